/* SPDX-License-Identifier: MIT */
/* What other processes do, as /proc tells: run, sleep in one way or another, are stopped, have ended. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/wait.h>
#include "children.h"
#include "moments.h"

static int g_pipe[2];

static void runs(void)
{
    for (;;)
        __asm__ volatile("");
}

static void pauses(void)
{
    pause();
}

static void dozes(void)
{
    wait_ms(100000);
}

static void reads(void)
{
    char c;
    if (read(g_pipe[0], &c, 1) == 1)
        runs();
}

static void selects(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(g_pipe[0], &set);
    select(g_pipe[0] + 1, &set, NULL, NULL, NULL);
}

static void locks(void)
{
    flock(open("locked", O_RDWR), LOCK_EX);
}

static void waits(void)
{
    setpgid(0, 0);
    const pid_t child = fork();
    if (child == 0)
        pauses();
    waitpid(child, NULL, 0);
}

static void ends(void)
{
}

/* The letter in stat, and the one in status. */
static void read_states(pid_t pid, char *stat, char *status)
{
    char name[64], text[4096] = "";
    snprintf(name, sizeof(name), "/proc/%d/stat", pid);
    FILE *file = fopen(name, "r");
    const char *end = file && fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
    *stat = end ? end[2] : '?';
    if (file)
        fclose(file);
    snprintf(name, sizeof(name), "/proc/%d/status", pid);
    file = fopen(name, "r");
    *status = '?';
    while (file && fgets(text, sizeof(text), file))
        if (strncmp(text, "State:\t", 7) == 0)
            *status = text[7];
    if (file)
        fclose(file);
}

/* Both in the end are as expected, if they ever are. */
static void show_state(const char *what, pid_t pid, char expected)
{
    char stat = '?', status = '?';
    for (int tries = 0; tries < 60000 && (stat != expected || status != expected); tries++) {
        wait_ms(1);
        read_states(pid, &stat, &status);
    }
    printf("%s: %c %c\n", what, stat, status);
    fflush(stdout);
}

/* With a group of its own, which all that it starts belongs to. */
static pid_t begin(void (*act)(void))
{
    const pid_t pid = start(act);
    setpgid(pid, pid);
    return pid;
}

static void show(const char *what, void (*act)(void), char expected)
{
    const pid_t pid = begin(act);
    show_state(what, pid, expected);
    kill(-pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(void)
{
    if (pipe(g_pipe) < 0 || flock(open("locked", O_RDWR | O_CREAT, 0600), LOCK_EX) < 0)
        return 1;
    show("runs", runs, 'R');
    show("pauses", pauses, 'S');
    show("dozes", dozes, 'S');
    show("reads", reads, 'S');
    show("selects", selects, 'S');
    show("waits for a lock", locks, 'S');
    show("waits for a child", waits, 'S');
    show("has ended", ends, 'Z');
    const pid_t pid = begin(reads);
    show_state("sleeps", pid, 'S');
    if (write(g_pipe[1], "", 1) == 1)
        show_state("and runs", pid, 'R');
    kill(pid, SIGSTOP);
    show_state("is stopped", pid, 'T');
    kill(pid, SIGCONT);
    show_state("goes on", pid, 'R');
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return 0;
}
