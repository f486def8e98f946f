/* SPDX-License-Identifier: MIT */
/* Signals about processor time go to the threads that use it; and RLIMIT_CPU. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENOUGH  40
#define WORKERS 2

static _Thread_local int t_me; /* 0 = the first thread, which sleeps */
static volatile int g_heard[1 + WORKERS], g_all, g_over;

static void on_profile(int signal)
{
    (void)signal;
    __atomic_fetch_add(&g_heard[t_me], 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&g_all, 1, __ATOMIC_RELAXED);
}

static void *work(void *number)
{
    t_me = (int)(long)number;
    while (g_all < ENOUGH)
        ;
    return NULL;
}

static void profile(int which, int signal, int workers)
{
    const struct itimerval time = {{0, 2000}, {0, 2000}}, none = {{0, 0}, {0, 0}};
    pthread_t threads[WORKERS];
    memset((void *)g_heard, 0, sizeof(g_heard));
    g_all = 0;
    sigaction(signal, &(struct sigaction){.sa_handler = on_profile, .sa_flags = SA_RESTART}, NULL);
    for (long i = 0; i < workers; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    setitimer(which, &time, NULL);
    for (int i = 0; i < workers; i++)
        pthread_join(threads[i], NULL);
    setitimer(which, &none, NULL);
    printf("%d at work: who sleeps gets %s", workers, g_heard[0] <= ENOUGH / 10 ? "few" : "many");
    for (int i = 0; i < workers; i++)
        printf(", a worker %s", g_heard[i + 1] >= ENOUGH / 10 ? "many" : "few");
    printf("\n");
}

static void on_limit(int signal)
{
    (void)signal;
    g_over++;
}

/* At 0 seconds there is a signal, and at 1 the end. */
static void limited(rlim_t soft, rlim_t hard, int handles)
{
    int status, ends[2];
    (void)!pipe(ends);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {soft, hard};
        if (handles)
            signal(SIGXCPU, on_limit);
        if (setrlimit(RLIMIT_CPU, &limit) < 0)
            _exit(1);
        while (!g_over)
            ;
        getrlimit(RLIMIT_CPU, &limit);
        (void)!write(ends[1], limit.rlim_cur == soft + 1 ? "raised\n" : "as it was\n", 7);
        for (;;)
            ;
    }
    char text[8] = "";
    waitpid(child, &status, 0);
    close(ends[1]);
    (void)!read(ends[0], text, 7);
    close(ends[0]);
    printf("%d: %s, %s", handles, WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ended",
           text[0] ? text : "unheard\n");
}

int main(void)
{
    profile(ITIMER_PROF, SIGPROF, 1);
    profile(ITIMER_VIRTUAL, SIGVTALRM, 1);
    profile(ITIMER_PROF, SIGPROF, 2);
    limited(0, 1, 1);
    limited(0, RLIM_INFINITY, 0);
    return 0;
}
