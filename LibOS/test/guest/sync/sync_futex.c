/* SPDX-License-Identifier: MIT */
/* futex(2) but for locks with owners: every operation, its errors, and threads that wait. */
#include "report.h"
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

static uint32_t g_word, g_other;
static volatile uint32_t g_ready, g_woken;

static long futex(volatile void *word, int op, uint32_t value, const void *timeout, volatile void *word2,
                  uint32_t value3)
{
    return syscall(SYS_futex, word, op, value, timeout, word2, value3);
}

static void errors(void)
{
    struct timespec bad = {0, 1000000000}, negative = {-1, 0}, past = {1, 0};
    char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    R(futex(&g_word, FUTEX_WAIT, 1, NULL, NULL, 0));
    R(futex(&g_word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0));
    R(futex((char *)&g_word + 1, FUTEX_WAIT, 0, NULL, NULL, 0));
    R(futex(none, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    R(futex(WILD, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    R(futex((void *)-4096ul, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    R(futex(WILD, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    R(futex(WILD, FUTEX_WAKE, 1, NULL, NULL, 0));
    R(futex(&g_word, FUTEX_WAIT, 0, &bad, NULL, 0));
    R(futex(&g_word, FUTEX_WAIT, 0, &negative, NULL, 0));
    R(futex(&g_word, FUTEX_WAIT, 0, WILD, NULL, 0));
    R(futex(&g_word, FUTEX_WAIT_BITSET, 0, &past, NULL, 0));
    R(futex(&g_word, FUTEX_WAIT_BITSET, 0, &past, NULL, 1));
    R(futex(&g_word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, 1));
    R(futex(&g_word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, &past, NULL, 0));
    R(futex(&g_word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
    R(futex(&g_word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 1));
    R(futex(&g_word, FUTEX_WAKE, 0, NULL, NULL, 0));
    R(futex(&g_word, FUTEX_WAKE, -1, NULL, NULL, 0));
    R(futex(&g_word, 77, 1, NULL, NULL, 0));
    R(futex(&g_word, FUTEX_REQUEUE, -1, NULL, &g_other, 0));
    R(futex(&g_word, FUTEX_REQUEUE, 1, (void *)-1, &g_other, 0));
    R(futex(&g_word, FUTEX_REQUEUE, 1, (void *)1, (char *)&g_other + 2, 0));
    R(futex(&g_word, FUTEX_CMP_REQUEUE, 1, (void *)1, &g_other, 5));
    R(futex(&g_word, FUTEX_CMP_REQUEUE, 1, (void *)1, &g_other, 0));
    munmap(none, 4096);
}

static void timeouts(void)
{
    struct timespec ten = {0, 10000000};
    int64_t start = now_ns(CLOCK_MONOTONIC);
    R(futex(&g_word, FUTEX_WAIT_PRIVATE, 0, &ten, NULL, 0));
    printf("not before: %d\n", now_ns(CLOCK_MONOTONIC) - start >= 10000000);
    for (int i = 0; i < 2; i++) {
        const clockid_t clock = i ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        int64_t until = now_ns(clock) + 10000000;
        struct timespec absolute = {until / 1000000000, until % 1000000000};
        const int op = FUTEX_WAIT_BITSET_PRIVATE | (i ? FUTEX_CLOCK_REALTIME : 0);
        R(futex(&g_word, op, 0, &absolute, NULL, FUTEX_BITSET_MATCH_ANY));
        printf("not before: %d\n", now_ns(clock) >= until);
    }
}

/* FUTEX_WAKE_OP: what it makes of the word, and whether it would wake. */
static void wake_op(void)
{
    static const uint32_t ops[] = {FUTEX_OP_SET, FUTEX_OP_ADD, FUTEX_OP_OR, FUTEX_OP_ANDN, FUTEX_OP_XOR};
    for (unsigned i = 0; i < 5; i++) {
        g_other = 12;
        long result = futex(&g_word, FUTEX_WAKE_OP, 1, (void *)1, &g_other, FUTEX_OP(ops[i], 10, FUTEX_OP_CMP_EQ, 12));
        printf("op %u: %ld, %u\n", i, result, g_other);
        g_other = 12;
        futex(&g_word, FUTEX_WAKE_OP, 1, (void *)1, &g_other,
              FUTEX_OP((ops[i] | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_EQ, 12));
        printf("op %u shifted: %u\n", i, g_other);
    }
    g_other = 0;
    R(futex(&g_word, FUTEX_WAKE_OP, 1, (void *)1, &g_other, FUTEX_OP(FUTEX_OP_ADD, 0xfff, FUTEX_OP_CMP_EQ, 0)));
    printf("minus one: %d\n", (int)g_other);
    R(futex(&g_word, FUTEX_WAKE_OP, 1, (void *)1, &g_other, FUTEX_OP(6, 1, 0, 0)));
    R(futex(&g_word, FUTEX_WAKE_OP, 1, (void *)1, &g_other, FUTEX_OP(0, 1, 7, 0)));
    R(futex(&g_word, FUTEX_WAKE_OP, 1, (void *)1, WILD, FUTEX_OP(0, 1, 0, 0)));
    g_other = 0;
}

struct wait {
    volatile uint32_t *word;
    uint32_t value, bitset;
    int op;
    long result;
    int error;
    pid_t tid;
};

static void *waiting(void *argument)
{
    struct wait *wait = argument;
    wait->tid = (pid_t)syscall(SYS_gettid);
    __atomic_fetch_add(&g_ready, 1, __ATOMIC_SEQ_CST);
    wait->result = futex(wait->word, wait->op, wait->value, NULL, NULL, wait->bitset);
    wait->error = errno;
    __atomic_fetch_add(&g_woken, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void until_woken(uint32_t count)
{
    for (int i = 0; i < 60000 && g_woken < count; i++)
        wait_ms(1);
}

/* Four threads wait for one word. */
static void start(pthread_t threads[4], struct wait waits[4], volatile uint32_t *word, int op, uint32_t bits)
{
    g_ready = g_woken = 0;
    for (int i = 0; i < 4; i++) {
        waits[i] = (struct wait){word, 0, bits ? 1u << i : FUTEX_BITSET_MATCH_ANY, op, 0, 0, 0};
        pthread_create(&threads[i], NULL, waiting, &waits[i]);
    }
    while (g_ready < 4)
        wait_ms(1);
    for (int i = 0; i < 4; i++)
        wait_asleep(waits[i].tid, 5);
}

static void join(pthread_t threads[4], const struct wait waits[4])
{
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        printf("waiter %d: %ld\n", i, waits[i].result);
    }
}

static void waking(void)
{
    pthread_t threads[4];
    struct wait waits[4];
    start(threads, waits, &g_word, FUTEX_WAIT_PRIVATE, 0);
    R(futex(&g_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    until_woken(1);
    R(g_woken);
    R(futex(&g_word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0));
    until_woken(3);
    R(g_woken);
    R(futex(&g_word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0));
    join(threads, waits);
    R(futex(&g_word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0));

    start(threads, waits, &g_word, FUTEX_WAIT_BITSET_PRIVATE, 1);
    R(futex(&g_word, FUTEX_WAKE_BITSET_PRIVATE, 4, NULL, NULL, 0x10));
    R(futex(&g_word, FUTEX_WAKE_BITSET_PRIVATE, 4, NULL, NULL, 0x6));
    until_woken(2);
    R(futex(&g_word, FUTEX_WAKE_PRIVATE, 4, NULL, NULL, 0));
    join(threads, waits);

    start(threads, waits, &g_word, FUTEX_WAIT_PRIVATE, 0);
    R(futex(&g_word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &g_other, 0));
    until_woken(1);
    R(futex(&g_other, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
    until_woken(3);
    R(futex(&g_word, FUTEX_REQUEUE_PRIVATE, 0, (void *)9, &g_word, 0));
    R(futex(&g_word, FUTEX_REQUEUE_PRIVATE, 0, (void *)9, &g_other, 0));
    R(futex(&g_word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
    R(futex(&g_other, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
    join(threads, waits);

    start(threads, waits, &g_word, FUTEX_WAIT_PRIVATE, 0);
    R(futex(&g_other, FUTEX_WAKE_OP_PRIVATE, 9, (void *)3, &g_word, FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_NE, 0)));
    g_word = 0;
    R(futex(&g_other, FUTEX_WAKE_OP_PRIVATE, 9, (void *)3, &g_word, FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)));
    g_word = 0;
    R(futex(&g_word, FUTEX_WAKE_OP_PRIVATE, 9, (void *)3, &g_other, FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0)));
    join(threads, waits);
}

/* One word at two addresses. */
static void shared(void)
{
    pthread_t threads[4];
    struct wait waits[4];
    FILE *file = tmpfile();
    if (!file || ftruncate(fileno(file), 8192) < 0)
        return;
    uint32_t *a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    uint32_t *b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 4096);
    start(threads, waits, a + 1024 + 3, FUTEX_WAIT, 0);
    R(futex(b + 2, FUTEX_WAKE, 9, NULL, NULL, 0));
    R(futex(b + 3, FUTEX_WAKE, 9, NULL, NULL, 0));
    join(threads, waits);
    fclose(file);
}

static void on_signal(int signal)
{
    (void)signal;
}

static void *interrupt(void *thread)
{
    wait_asleep(getpid(), 50);
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
    wait_asleep(getpid(), 50);
    g_word = 1;
    futex(&g_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return NULL;
}

static void interrupted(int flags, const struct timespec *timeout)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    pthread_t me = pthread_self(), thread;
    sigaction(SIGUSR1, &action, NULL);
    g_word = 0;
    pthread_create(&thread, NULL, interrupt, &me);
    R(futex(&g_word, FUTEX_WAIT_PRIVATE, 0, timeout, NULL, 0));
    pthread_join(thread, NULL);
    g_word = 0;
}

int main(void)
{
    static const struct timespec second = {5, 0};
    errors();
    timeouts();
    wake_op();
    waking();
    shared();
    interrupted(0, NULL);
    interrupted(SA_RESTART, NULL);
    interrupted(0, &second);
    interrupted(SA_RESTART, &second);
    return 0;
}
