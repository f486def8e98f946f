/* SPDX-License-Identifier: MIT */
/* Running a command under ptrace(2), to count its system calls and to see its memory at its end. Knows nothing of rows,
 * medians and limits. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is known of a command that runs. */
struct trace {
    const char *command;
    pid_t pid;
    bool running; /* execve has returned */
    bool written;
    long calls;
    long calls_to_write;
    long peak_kib;
    int status; /* as of waitpid; -1 until its end */
};

/* In the child: wait for the tracer, then become the command. */
static void become(char *const argv[])
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        _exit(127);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
        _exit(127);
    (void)execv(argv[0], argv);
    _exit(127);
}

/* The number behind `key` in a file of /proc, in KiB; 0 if there is none. */
static long proc_kib(pid_t pid, const char *file, const char *key)
{
    char path[64];
    char line[256];
    long kib = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    FILE *stream = fopen(path, "re");
    if (!stream)
        return 0;
    while (fgets(line, sizeof(line), stream))
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtol(line + strlen(key), NULL, 10);
    (void)fclose(stream);
    return kib;
}

/* Older kernels have VmHWM from counters that lag behind by some pages; smaps_rollup counts pages, but only those that are
 * there now. The truth is at least the greater one. */
static long peak_kib(pid_t pid)
{
    const long peak = proc_kib(pid, "status", "VmHWM:");
    const long now = proc_kib(pid, "smaps_rollup", "Rss:");
    return peak > now ? peak : now;
}

static void count_call(struct trace *trace, pid_t pid)
{
    struct __ptrace_syscall_info info;
    const long size = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
    if (size <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY || !trace->running)
        return;
    const __typeof__(info.entry.nr) call = info.entry.nr;
    if (call == SYS_write || call == SYS_writev || call == SYS_pwrite64)
        trace->written = true;
    trace->calls++;
    if (!trace->written)
        trace->calls_to_write++;
}

/* A stop of one of the processes.
 * returns  the signal with which it is to go on, 0 for none */
static int handle_stop(struct trace *trace, pid_t pid, int status)
{
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    if (signal == (SIGTRAP | 0x80))
        count_call(trace, pid);
    else if (event == PTRACE_EVENT_EXEC && pid == trace->pid)
        trace->running = true;
    else if (event == PTRACE_EVENT_EXIT && pid == trace->pid)
        trace->peak_kib = peak_kib(pid);
    else if (event == 0 && signal != SIGSTOP) /* a new process begins with SIGSTOP */
        return signal;
    return 0;
}

/* Let all processes run until the last has ended. */
static int follow(struct trace *trace)
{
    for (;;) {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0)
            return errno == ECHILD ? 0 : measure_failed(trace->command, strerror(errno));
        if (WIFSTOPPED(status)) {
            const long signal = handle_stop(trace, pid, status);
            /* Fails if it has just been killed. */
            (void)ptrace(PTRACE_SYSCALL, pid, NULL, signal);
        } else if (pid == trace->pid) {
            trace->status = status;
        }
    }
}

static int run(char *const argv[], struct trace *out_trace)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
                         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0)
        become(argv);
    *out_trace = (struct trace){.command = argv[0], .pid = pid, .status = -1};
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return measure_failed(argv[0], strerror(errno));
    if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, pid, NULL, options) != 0)
        return measure_failed(argv[0], "cannot be traced here");
    (void)ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
    if (follow(out_trace) != 0)
        return -1;
    if (!out_trace->running)
        return measure_failed(argv[0], "cannot be started");
    return out_trace->status == 0 ? 0 : measure_failed(argv[0], "does not exit with 0");
}

int measure_memory(char *const argv[], double *out_kib)
{
    struct trace trace;
    const int result = run(argv, &trace);
    *out_kib = (double)trace.peak_kib;
    return result;
}

int measure_calls(char *const argv[], double *out_calls)
{
    struct trace trace;
    const int result = run(argv, &trace);
    *out_calls = (double)trace.calls;
    return result;
}

int measure_calls_to_write(char *const argv[], double *out_calls)
{
    struct trace trace;
    const int result = run(argv, &trace);
    *out_calls = (double)trace.calls_to_write;
    return result;
}
