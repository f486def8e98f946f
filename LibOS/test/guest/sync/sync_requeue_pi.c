/* SPDX-License-Identifier: MIT */
/* Waiters of a condition that are handed on to a lock with an owner: FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "show.h"

#define WAITERS 4

static uint32_t g_condition, g_lock, g_other;
static int g_waiting, g_inside, g_had;
static volatile int g_caught;
static volatile pid_t g_tids[WAITERS];

static long futex(uint32_t *word, int operation, uint32_t value, const void *timeout, uint32_t *word2, uint32_t value3)
{
    return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, word2, value3);
}

static long requeue(uint32_t *word, uint32_t *to, unsigned wake, long count, uint32_t expected)
{
    return futex(word, FUTEX_CMP_REQUEUE_PI, wake, (const void *)count, to, expected);
}

static void *wait_for_both(void *unused)
{
    (void)unused;
    g_tids[__atomic_fetch_add(&g_waiting, 1, __ATOMIC_SEQ_CST)] = (pid_t)syscall(SYS_gettid);
    const long result = futex(&g_condition, FUTEX_WAIT_REQUEUE_PI, 0, NULL, &g_lock, 0);
    const int mine = (g_lock & FUTEX_TID_MASK) == (uint32_t)syscall(SYS_gettid);
    const int alone = __atomic_add_fetch(&g_inside, 1, __ATOMIC_SEQ_CST) == 1;
    usleep(1000);
    __atomic_fetch_sub(&g_inside, 1, __ATOMIC_SEQ_CST);
    if (result == 0 && mine && alone)
        __atomic_fetch_add(&g_had, 1, __ATOMIC_SEQ_CST);
    futex(&g_lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
    return NULL;
}

static void begin(pthread_t *threads, int count)
{
    g_waiting = g_had = 0;
    memset((void *)g_tids, 0, sizeof(g_tids));
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, wait_for_both, NULL);
    for (int i = 0; i < count; i++) {
        while (g_tids[i] == 0)
            usleep(1000);
        wait_asleep(g_tids[i], 10);
    }
}

static void end(const pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    show("had the lock", g_had);
    show("lock", g_lock);
}

/* Until all sleep the answer is a smaller one, so it is asked for in parts. */
static void hand_on(const char *what, int count, long each)
{
    int done = 0;
    long answer = 0;
    while (done < count && answer >= 0) {
        answer = requeue(&g_condition, &g_lock, 1, each, 0);
        done += answer > 0 ? (int)answer : 0;
    }
    show(what, done);
}

static void *own_and_end(void *tid)
{
    *(long *)tid = syscall(SYS_gettid);
    show("lock", futex(&g_lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    return NULL;
}

static void on_signal(int signal)
{
    g_caught = signal;
}

static void *wait_to_no_end(void *unused)
{
    struct timespec until;
    (void)unused;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    show("interrupted", futex(&g_condition, FUTEX_WAIT_REQUEUE_PI, 0, &until, &g_lock, 0));
    return NULL;
}

int main(void)
{
    pthread_t threads[WAITERS];
    const struct timespec past = {1, 0};

    begin(threads, WAITERS);
    show("lock", futex(&g_lock, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    show("wake", futex(&g_condition, FUTEX_WAKE, 1, NULL, NULL, 0));
    show("requeue", futex(&g_condition, FUTEX_CMP_REQUEUE, 1, (const void *)1, &g_other, 0));
    show("to another lock", requeue(&g_condition, &g_other, 1, INT_MAX, 0));
    show("another value", requeue(&g_condition, &g_lock, 1, INT_MAX, 7));
    show("wake two", requeue(&g_condition, &g_lock, 2, INT_MAX, 0));
    show("to itself", requeue(&g_condition, &g_condition, 1, INT_MAX, 0));
    hand_on("held", WAITERS, INT_MAX);
    printf("wanted: %d\n", (g_lock & FUTEX_WAITERS) != 0);
    show("unlock", futex(&g_lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    end(threads, WAITERS);

    begin(threads, WAITERS);
    hand_on("free", WAITERS, INT_MAX);
    end(threads, WAITERS);

    begin(threads, WAITERS);
    hand_on("one by one", WAITERS, 0);
    end(threads, WAITERS);

    show("nobody", requeue(&g_condition, &g_lock, 1, INT_MAX, 0));
    show("in the past", futex(&g_condition, FUTEX_WAIT_REQUEUE_PI, 0, &past, &g_lock, 0));
    show("another value", futex(&g_condition, FUTEX_WAIT_REQUEUE_PI, 1, &past, &g_lock, 0));
    show("the same word", futex(&g_condition, FUTEX_WAIT_REQUEUE_PI, 0, &past, &g_condition, 0));

    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_signal}, NULL);
    pthread_create(&threads[0], NULL, wait_to_no_end, NULL);
    usleep(100000);
    pthread_kill(threads[0], SIGUSR1);
    pthread_join(threads[0], NULL);
    show("caught", g_caught == SIGUSR1);

    begin(threads, 1);
    long tid = 0;
    pthread_create(&threads[1], NULL, own_and_end, &tid);
    pthread_join(threads[1], NULL);
    while (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
        usleep(1000); /* it is on its way */
    show("the owner has ended", requeue(&g_condition, &g_lock, 1, INT_MAX, 0));
    g_lock = 0;
    hand_on("free again", 1, 0);
    end(threads, 1);
    return 0;
}
