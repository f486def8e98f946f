// SPDX-License-Identifier: MIT
// ptrace(2) of a process that makes many threads, several at a time: its tracer sees the beginning and the end of each.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAKERS  4
#define EACH    40
#define THREADS (1 + MAKERS + MAKERS * EACH)

/***** The tracee *****/

static void *call(void *argument)
{
    syscall(SYS_getppid);
    return argument;
}

static void *make(void *argument)
{
    for (int i = 0; i < EACH; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, call, NULL) == 0)
            pthread_join(thread, NULL);
    }
    return argument;
}

static void run(void)
{
    pthread_t threads[MAKERS];
    for (int i = 0; i < MAKERS; i++)
        pthread_create(&threads[i], NULL, make, NULL);
    for (int i = 0; i < MAKERS; i++)
        pthread_join(threads[i], NULL);
}

/***** The tracer *****/

// What has been seen of a thread.
static struct seen {
    pid_t tid;
    int begun, ended;
} g_seen[2 * THREADS];

static struct seen *find(pid_t tid)
{
    struct seen *seen = g_seen;
    while (seen->tid != 0 && seen->tid != tid && seen < g_seen + 2 * THREADS - 1)
        seen++;
    seen->tid = tid;
    return seen;
}

// Returns the signal with which it goes on.
static int look_at(pid_t tid, int status)
{
    const int event = status >> 16, signal = WSTOPSIG(status);
    unsigned long message = 0;
    if (event == PTRACE_EVENT_CLONE && ptrace(PTRACE_GETEVENTMSG, tid, NULL, &message) == 0)
        find((pid_t)message)->begun++;
    return event || signal == SIGSTOP ? 0 : signal;
}

int main(void)
{
    int status, begun = 0, ended = 0, lost = 0;
    pid_t tid;
    const pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        run();
        _exit(5);
    }
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL));
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    while ((tid = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFSTOPPED(status))
            ptrace(PTRACE_CONT, tid, NULL, (void *)(long)look_at(tid, status));
        else
            find(tid)->ended++;
    }
    for (const struct seen *seen = g_seen; seen->tid; seen++) {
        begun += seen->begun;
        ended += seen->ended;
        lost += seen->begun && !seen->ended;
    }
    printf("%d threads begun, %d ended, %d lost\n", begun, ended, lost);
    return 0;
}
