/* SPDX-License-Identifier: MIT */
/* futex_waitv(2), which no C library calls. */
#include "report.h"
#include <linux/futex.h>
#include <pthread.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define WORDS 128

struct one { /* struct futex_waitv, where headers are old */
    uint64_t value, address;
    uint32_t flags, reserved;
};

static uint32_t g_words[WORDS + 1];
static struct one g_set[WORDS + 1];

static long waitv(void *set, unsigned count, unsigned flags, const void *timeout, int clock)
{
    return syscall(SYS_futex_waitv, set, count, flags, timeout, clock);
}

static void fill(void)
{
    for (int i = 0; i <= WORDS; i++)
        g_set[i] = (struct one){0, (uintptr_t)&g_words[i], 2 | FUTEX_PRIVATE_FLAG, 0};
}

static void *waking(void *index)
{
    wait_asleep(getpid(), 50);
    g_words[(long)index] = 1;
    printf("woken %ld\n", syscall(SYS_futex, &g_words[(long)index], FUTEX_WAKE_PRIVATE, 5, NULL, NULL, 0));
    return NULL;
}

int main(void)
{
    const struct timespec past = {1, 0}, bad = {0, -1};
    fill();
    R(waitv(g_set, 0, 0, NULL, 0));
    R(waitv(g_set, WORDS + 1, 0, NULL, 0));
    R(waitv(NULL, 1, 0, NULL, 0));
    R(waitv(WILD, 1, 0, NULL, 0));
    R(waitv(g_set, 1, 1, NULL, 0));
    R(waitv(g_set, 1, 0, &past, CLOCK_BOOTTIME));
    R(waitv(g_set, 1, 0, &bad, CLOCK_MONOTONIC));
    R(waitv(g_set, 1, 0, &past, CLOCK_MONOTONIC));
    R(waitv(g_set, WORDS, 0, &past, CLOCK_REALTIME));
    g_set[5].flags = FUTEX_PRIVATE_FLAG;
    R(waitv(g_set, WORDS, 0, &past, CLOCK_MONOTONIC));
    fill();
    g_set[5].reserved = 1;
    R(waitv(g_set, WORDS, 0, &past, CLOCK_MONOTONIC));
    fill();
    g_set[5].address++;
    R(waitv(g_set, WORDS, 0, &past, CLOCK_MONOTONIC));
    fill();
    g_set[5].address = 8;
    R(waitv(g_set, WORDS, 0, &past, CLOCK_MONOTONIC));
    fill();
    g_set[WORDS - 1].value = 7;
    R(waitv(g_set, WORDS, 0, NULL, 0));
    fill();
    for (long i = 0; i < WORDS; i += 50) {
        pthread_t thread;
        g_words[i] = 0;
        pthread_create(&thread, NULL, waking, (void *)i);
        const long result = waitv(g_set, WORDS, 0, NULL, 0);
        pthread_join(thread, NULL);
        printf("waited: %ld\n", result);
        g_words[i] = 0;
    }
    return 0;
}
