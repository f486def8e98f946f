// SPDX-License-Identifier: MIT
// ptrace(2) of a process whose threads do nothing but make calls, again and again: they go on wherever they were when it began.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 6
#define ROUNDS  80
#define ENOUGH  50 // calls of each thread between two rounds

static volatile long *g_calls; // of each thread; both processes have them

static void *call(void *number)
{
    for (;;) {
        syscall(SYS_getppid);
        g_calls[(long)number]++;
    }
    return NULL;
}

static void run(void)
{
    pthread_t thread;
    for (long i = 0; i < THREADS; i++)
        pthread_create(&thread, NULL, call, (void *)i);
    for (;;)
        pause();
}

// Until all threads have made calls, or have ended.
static void let_run(pid_t pid)
{
    siginfo_t info = {0};
    for (int i = 0; i < THREADS; i++) {
        const long end = g_calls[i] + ENOUGH;
        while (g_calls[i] < end && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
               info.si_pid == 0)
            usleep(1000);
    }
}

int main(void)
{
    int status = 0, rounds = 0;
    g_calls = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const pid_t pid = fork();
    if (pid == 0)
        run();
    for (; rounds < ROUNDS; rounds++) {
        let_run(pid);
        if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0 || waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
            break;
        let_run(pid); // the others
        ptrace(PTRACE_DETACH, pid, NULL, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    printf("traced %d times, then ended by signal %d\n", rounds, WTERMSIG(status));
    return 0;
}
