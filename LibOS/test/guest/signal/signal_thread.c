// SPDX-License-Identifier: MIT
// Signals and threads: to one of them, to whichever takes it, masks of their own, and many at the same time.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define COUNT 4

static atomic_int g_stop, g_ready, g_total;
static atomic_int g_runs[COUNT + 1];
static _Thread_local int g_index;
static pthread_t g_threads[COUNT];

static void handler(int signal)
{
    (void)signal;
    g_runs[g_index]++;
}

static void wait_for(atomic_int *value, int wanted)
{
    const struct timespec time = {.tv_nsec = 100000};
    for (int i = 0; atomic_load(value) < wanted && i < 50000; i++)
        nanosleep(&time, NULL);
}

static void block(int how, int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(how, &set, NULL);
}

/* Computes without a system call. */
static void *spin(void *arg)
{
    g_index = (int)(long)arg;
    g_ready++;
    while (!atomic_load(&g_stop))
        continue;
    return NULL;
}

static void directed(void)
{
    g_ready = g_stop = 0;
    for (long i = 0; i < COUNT; i++)
        pthread_create(&g_threads[i], NULL, spin, (void *)i);
    wait_for(&g_ready, COUNT);
    for (int i = 0; i < COUNT; i++) {
        pthread_kill(g_threads[i], SIGUSR1);
        wait_for(&g_runs[i], 1);
    }
    pthread_kill(g_threads[2], SIGUSR1);
    wait_for(&g_runs[2], 2);
    g_stop = 1;
    for (int i = 0; i < COUNT; i++) {
        pthread_join(g_threads[i], NULL);
        printf("thread %d ran the handler %d times\n", i, g_runs[i]);
        g_runs[i] = 0;
    }
    printf("main: %d\n", g_runs[COUNT]);
}

/* The first thread blocks it, so that one of the others takes it. */
static void process_wide(void)
{
    block(SIG_BLOCK, SIGUSR1);
    g_ready = g_stop = 0;
    for (long i = 0; i < COUNT; i++)
        pthread_create(&g_threads[i], NULL, spin, (void *)i); /* inherit the mask */
    wait_for(&g_ready, COUNT);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    const struct timespec time = {.tv_nsec = 20000000};
    nanosleep(&time, NULL);
    int sum = g_runs[COUNT];
    for (int i = 0; i < COUNT; i++)
        sum += g_runs[i];
    printf("all block: %d\n", sum);
    block(SIG_UNBLOCK, SIGUSR1);
    printf("main takes it: %d\n", g_runs[COUNT]);
    g_stop = 1;
    for (int i = 0; i < COUNT; i++)
        pthread_join(g_threads[i], NULL);

    g_runs[COUNT] = g_ready = g_stop = 0;
    for (long i = 0; i < COUNT; i++)
        pthread_create(&g_threads[i], NULL, spin, (void *)i);
    block(SIG_BLOCK, SIGUSR1);
    wait_for(&g_ready, COUNT);
    kill(getpid(), SIGUSR1);
    for (int round = 0, ran = 0; !ran && round < 1000; round++) {
        const struct timespec short_time = {.tv_nsec = 1000000};
        nanosleep(&short_time, NULL);
        for (int i = 0; i < COUNT; i++)
            ran += g_runs[i];
    }
    sum = 0;
    for (int i = 0; i < COUNT; i++)
        sum += g_runs[i];
    printf("one of the others: %d, main: %d\n", sum, g_runs[COUNT]);
    g_stop = 1;
    for (int i = 0; i < COUNT; i++) {
        pthread_join(g_threads[i], NULL);
        g_runs[i] = 0;
    }
    block(SIG_UNBLOCK, SIGUSR1);
}

/* The last that did not block it blocks it while it is pending for the process. */
static void *waits(void *arg)
{
    sigset_t set;
    int signal;
    (void)arg;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    g_ready++;
    for (;;) {
        if (sigwait(&set, &signal) != 0 || g_stop)
            return NULL;
        g_total++;
    }
}

static void sigwaiters(void)
{
    block(SIG_BLOCK, SIGUSR2);
    g_ready = g_stop = g_total = 0;
    for (long i = 0; i < COUNT; i++)
        pthread_create(&g_threads[i], NULL, waits, NULL);
    wait_for(&g_ready, COUNT);
    for (int i = 0; i < 200; i++) {
        if (i % 2)
            kill(getpid(), SIGUSR2);
        else
            pthread_kill(g_threads[i / 2 % COUNT], SIGUSR2);
        wait_for(&g_total, i + 1);
    }
    printf("taken by sigwait: %d\n", g_total);
    g_stop = 1;
    for (int i = 0; i < COUNT; i++)
        pthread_kill(g_threads[i], SIGUSR2);
    for (int i = 0; i < COUNT; i++)
        pthread_join(g_threads[i], NULL);
    block(SIG_UNBLOCK, SIGUSR2);
}

/* Real-time signals from many threads to one that sleeps, computes and makes calls. None may get lost. */
static atomic_int g_received;
static void receive(int signal)
{
    (void)signal;
    g_received++;
}

static pid_t g_receiver;
static void *bombard(void *arg)
{
    siginfo_t info = {.si_code = SI_QUEUE};
    (void)arg;
    for (int i = 0; i < 500; i++) {
        while (syscall(SYS_rt_tgsigqueueinfo, getpid(), g_receiver, SIGRTMIN + i % 5, &info) < 0 && errno == EAGAIN)
            sched_yield();
    }
    return NULL;
}

static void many(void)
{
    char c;
    int pipes[2];
    for (int i = 0; i < 5; i++)
        sigaction(SIGRTMIN + i, &(struct sigaction){.sa_handler = receive}, NULL);
    if (pipe(pipes) < 0)
        return;
    g_receiver = gettid();
    for (int i = 0; i < COUNT; i++)
        pthread_create(&g_threads[i], NULL, bombard, NULL);
    for (unsigned i = 0; g_received < COUNT * 500; i++) {
        const struct timespec time = {.tv_nsec = 1000};
        if (i % 3 == 0)
            nanosleep(&time, NULL);
        else if (i % 3 == 1 && write(pipes[1], "x", 1) == 1)
            while (read(pipes[0], &c, 1) < 0)
                continue;
        else
            for (volatile int n = 0; n < 1000; n++)
                continue;
    }
    for (int i = 0; i < COUNT; i++)
        pthread_join(g_threads[i], NULL);
    printf("received %d\n", g_received);
}

/* A signal may come between any two instructions: none of their registers, flags or red zone changes. */
static void intact(void)
{
    unsigned long wrong = 0;
    g_received = 0;
    for (int i = 0; i < COUNT; i++)
        pthread_create(&g_threads[i], NULL, bombard, NULL);
    while (g_received < COUNT * 500) {
        unsigned long bad = 0, count = 20000;
        __asm__ volatile("movq %2, %%xmm3; movq %2, %%xmm15; movq %2, %%r8; movq %2, %%r15; stc\n"
                         "1: movq %2, -8(%%rsp); movq %2, -128(%%rsp); fld1\n\t"
                         "movq $0, %%r9; adcq $0, %%r9; xorq $1, %%r9; orq %%r9, %0\n\t"
                         "fstp %%st(0); movq %%xmm3, %%r10; xorq %2, %%r10; orq %%r10, %0\n\t"
                         "movq %%xmm15, %%r10; xorq %2, %%r10; orq %%r10, %0\n\t"
                         "movq -8(%%rsp), %%r10; xorq %2, %%r10; orq %%r10, %0\n\t"
                         "movq -128(%%rsp), %%r10; xorq %2, %%r10; orq %%r10, %0\n\t"
                         "movq %%r8, %%r10; xorq %%r15, %%r10; orq %%r10, %0\n\t"
                         "subq $1, %1; stc; leaq (%1), %1; jrcxz 2f; jmp 1b\n2:"
                         : "+r"(bad), "+c"(count)
                         : "r"(0x123456789abcdef0ul)
                         : "xmm3", "xmm15", "r8", "r9", "r10", "r15", "cc", "memory");
        wrong |= bad;
    }
    for (int i = 0; i < COUNT; i++)
        pthread_join(g_threads[i], NULL);
    printf("received %d, changed bits %lx\n", g_received, wrong);
}

static void *ends(void *arg)
{
    return arg;
}

static void gone(void)
{
    pthread_t thread;
    sigset_t now;
    block(SIG_BLOCK, SIGHUP);
    pthread_create(&thread, NULL, ends, NULL);
    pthread_join(thread, NULL);
    pthread_kill(pthread_self(), SIGHUP);
    sigpending(&now);
    printf("pending for main %d\n", sigismember(&now, SIGHUP));
    pthread_create(&thread, NULL, waits, NULL); /* does not inherit what is pending */
    g_stop = 1;
    block(SIG_BLOCK, SIGUSR2);
    pthread_kill(thread, SIGUSR2);
    pthread_join(thread, NULL);
    signal(SIGHUP, SIG_IGN);
}

int main(void)
{
    g_index = COUNT;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGUSR1, handler);
    directed();
    process_wide();
    sigwaiters();
    many();
    intact();
    block(SIG_BLOCK, SIGUSR2);
    gone();
    return 0;
}
