/* SPDX-License-Identifier: MIT */
/* Running a command and taking its time, size and output. Knows nothing of rows, medians and limits. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int measure_failed(const char *command, const char *what)
{
    (void)fprintf(stderr, "bench: %s: %s\n", command, what);
    return -1;
}

/* Start the command with out_fd as its output, or with none if out_fd is -1. What it warns of would drown the figures. */
static int start(char *const argv[], int out_fd, pid_t *out_pid)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return measure_failed(argv[0], strerror(error));

    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (error == 0 && out_fd < 0)
        error = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    else if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn(out_pid, argv[0], &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? 0 : measure_failed(argv[0], strerror(error));
}

static int finish(const char *command, pid_t pid)
{
    int status = 0;
    if (waitpid(pid, &status, 0) != pid)
        return measure_failed(command, strerror(errno));
    if (WIFSIGNALED(status))
        return measure_failed(command, strsignal(WTERMSIG(status)));
    return WEXITSTATUS(status) == 0 ? 0 : measure_failed(command, "does not exit with 0");
}

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int measure_time(char *const argv[], double *out_us)
{
    pid_t pid = -1;
    const double began = now_us();
    if (start(argv, -1, &pid) != 0 || finish(argv[0], pid) != 0)
        return -1;
    *out_us = now_us() - began;
    return 0;
}

int measure_size(char *const argv[], double *out_kib)
{
    struct stat attributes;
    if (stat(argv[0], &attributes) != 0)
        return measure_failed(argv[0], strerror(errno));
    *out_kib = (double)attributes.st_size / 1024;
    return 0;
}

/* Read up to the end, keep what has room. */
static void drain(int fd, size_t size, char *out_text)
{
    char rest[4096];
    size_t len = 0;
    for (;;) {
        const size_t room = size - 1 - len;
        const ssize_t count = room > 0 ? read(fd, out_text + len, room) : read(fd, rest, sizeof(rest));
        if (count <= 0)
            break;
        len += room > 0 ? (size_t)count : 0;
    }
    out_text[len] = '\0';
}

int measure_output(char *const argv[], size_t size, char *out_text)
{
    int ends[2];
    pid_t pid = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return measure_failed(argv[0], strerror(errno));
    const int result = start(argv, ends[1], &pid);
    (void)close(ends[1]);
    if (result == 0)
        drain(ends[0], size, out_text);
    (void)close(ends[0]);
    return result == 0 ? finish(argv[0], pid) : -1;
}

int measure_printed(char *const argv[], double *out_ns)
{
    char text[256];
    char *end = NULL;
    if (measure_output(argv, sizeof(text), text) != 0)
        return -1;
    *out_ns = strtod(text, &end);
    return end != text ? 0 : measure_failed(argv[0], "does not print a number");
}

int measure_printed_on_one(char *const argv[], double *out_ns)
{
    cpu_set_t before, one;
    const int processor = sched_getcpu();
    CPU_ZERO(&one);
    if (processor >= 0)
        CPU_SET((size_t)processor, &one);
    if (sched_getaffinity(0, sizeof(before), &before) != 0 || sched_setaffinity(0, sizeof(one), &one) != 0)
        return measure_failed(argv[0], strerror(errno));
    const int result = measure_printed(argv, out_ns);
    (void)sched_setaffinity(0, sizeof(before), &before);
    return result;
}
