/* SPDX-License-Identifier: MIT */
/* Locks with owners: FUTEX_LOCK_PI and its kin, robust lists, and what is left when a thread ends. */
#include "report.h"
#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>

static uint32_t g_word;
static volatile int g_step;

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static long futex(void *word, int op, uint32_t value, const void *timeout)
{
    return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

static uint32_t tid(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

static void word(const char *what)
{
    const uint32_t owner = g_word & FUTEX_TID_MASK;
    printf("%s: %s%s%s\n", what,
           owner == tid() ? "mine"
           : owner        ? "another's"
                          : "free",
           g_word & FUTEX_WAITERS ? ", wanted" : "", g_word & FUTEX_OWNER_DIED ? ", owner died" : "");
}

static void alone(void)
{
    R(futex(&g_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL));
    word("locked");
    R(futex(&g_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL));
    R(futex(&g_word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL));
    R(futex(&g_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL));
    word("unlocked");
    R(futex(&g_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL));
    R(futex(&g_word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL));
    R(futex(&g_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL));
    g_word = FUTEX_OWNER_DIED;
    R(futex(&g_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL));
    word("after a death");
    R(futex(&g_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL));
    g_word = 0x3ffffff0; /* nobody's id */
    R(futex(&g_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL));
    g_word = 0;
    R(futex(WILD, FUTEX_LOCK_PI_PRIVATE, 0, NULL));
    R(futex((char *)&g_word + 1, FUTEX_LOCK_PI_PRIVATE, 0, NULL));
    R(futex(WILD, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL));
}

static volatile int g_locker; /* its id */

static void *locker(void *argument)
{
    const int64_t until = now_ns(CLOCK_REALTIME) + 30000000, until2 = now_ns(CLOCK_MONOTONIC) + 30000000;
    const struct timespec time = {until / 1000000000, until % 1000000000};
    const struct timespec time2 = {until2 / 1000000000, until2 % 1000000000};
    (void)argument;
    R(futex(&g_word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL));
    R(futex(&g_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL));
    R(futex(&g_word, FUTEX_LOCK_PI_PRIVATE, 0, &time));
    R(futex(&g_word, FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG, 0, &time2));
    g_locker = tid();
    g_step = 1;
    R(futex(&g_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL));
    g_word &= ~FUTEX_WAITERS; /* Linux leaves it there, though nobody waits */
    word("given");
    R(futex(&g_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL));
    word("unlocked");
    return NULL;
}

static void contended(void)
{
    pthread_t thread;
    g_word = tid();
    pthread_create(&thread, NULL, locker, NULL);
    while (g_step != 1)
        wait_ms(1);
    wait_asleep(g_locker, 20);
    word("before");
    const long result = futex(&g_word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL);
    pthread_join(thread, NULL);
    printf("unlocked: %ld\n", result);
    word("after");
}

struct robust_lock {
    struct robust_list list;
    uint32_t word;
};
static struct robust_lock g_robust[2];
static struct robust_list_head g_head;

/* Ends with a lock held and another about to be. */
static void *dying(void *argument)
{
    struct robust_list_head *head = &g_head;
    (void)argument;
    head->list.next = &g_robust[0].list;
    g_robust[0].list.next = &head->list;
    head->futex_offset = offsetof(struct robust_lock, word);
    head->list_op_pending = &g_robust[1].list;
    R(syscall(SYS_set_robust_list, head, sizeof(*head) - 1));
    R(syscall(SYS_set_robust_list, head, sizeof(*head)));
    g_robust[0].word = tid() | FUTEX_WAITERS;
    g_robust[1].word = tid();
    g_step = 2;
    wait_asleep(getpid(), 50);
    return NULL;
}

static void robust(void)
{
    pthread_t thread;
    void *head = NULL;
    size_t size = 0;
    R(syscall(SYS_get_robust_list, 0, &head, &size));
    printf("size %zu\n", size);
    R(syscall(SYS_get_robust_list, 0, WILD, &size));
    R(syscall(SYS_get_robust_list, 99999999, &head, &size));
    pthread_create(&thread, NULL, dying, NULL);
    while (g_step != 2)
        wait_ms(1);
    R(futex(&g_robust[0].word, FUTEX_WAIT, g_robust[0].word, NULL));
    pthread_join(thread, NULL);
    printf("left: %x %x\n", g_robust[0].word, g_robust[1].word);
}

static void *takes_and_ends(void *mutex)
{
    pthread_mutex_lock(mutex);
    g_step++;
    wait_ms(50);
    return NULL;
}

/* The same through the C library: robust locks, with and without priority inheritance. */
static void by_library(int protocol)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutex_init(&mutex, &attributes);
    g_step = 0;
    pthread_create(&thread, NULL, takes_and_ends, &mutex);
    while (!g_step)
        wait_ms(1);
    printf("lock: %s\n", error_name(pthread_mutex_lock(&mutex)));
    printf("consistent: %d\n", pthread_mutex_consistent(&mutex));
    printf("unlock: %d\n", pthread_mutex_unlock(&mutex));
    pthread_join(thread, NULL);
    printf("lock again: %d\n", pthread_mutex_lock(&mutex));
    pthread_mutex_unlock(&mutex);
    pthread_mutex_destroy(&mutex);
}

static void *count_up(void *argument)
{
    pthread_mutex_t *mutex = argument;
    static long count;
    for (int i = 0; i < 3000; i++) {
        pthread_mutex_lock(mutex);
        count++;
        pthread_mutex_unlock(mutex);
    }
    return &count;
}

static void fight(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    pthread_t threads[4];
    void *count = NULL;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutex, &attributes);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, count_up, &mutex);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], &count);
    printf("count %ld\n", *(long *)count);
}

int main(void)
{
    alone();
    contended();
    robust();
    by_library(PTHREAD_PRIO_NONE);
    by_library(PTHREAD_PRIO_INHERIT);
    fight();
    return 0;
}
