/* SPDX-License-Identifier: MIT */
/* nanosleep and clock_nanosleep: times, errors, signals. */
#include "report.h"
#include "interrupts.h"

static volatile int g_signals;

static void handler(int signal)
{
    (void)signal;
    g_signals++;
}

static void errors(void)
{
    const struct timespec zero = {0, 0}, negative = {-1, 0}, bad = {0, 1000000000}, past = {1, 0};
    R(syscall(SYS_nanosleep, &zero, NULL));
    R(syscall(SYS_nanosleep, &negative, NULL));
    R(syscall(SYS_nanosleep, &bad, NULL));
    R(syscall(SYS_nanosleep, WILD, NULL));
    R(syscall(SYS_nanosleep, &zero, WILD));
    R(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &zero, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 1, &past, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, 1, &past, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_TAI, 1, &past, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &zero, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_COARSE, 0, &zero, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &zero, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, 0, &zero, NULL));
    R(syscall(SYS_clock_nanosleep, 99, 0, &zero, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &negative, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, WILD, NULL));
}

static void lengths(void)
{
    static const long lengths[] = {1, 1000, 100000, 5000000, 30000000};
    for (int i = 0; i < 5; i++) {
        const struct timespec time = {0, lengths[i]};
        const int64_t start = now_ns(CLOCK_MONOTONIC);
        const int result = nanosleep(&time, NULL);
        const int64_t slept = now_ns(CLOCK_MONOTONIC) - start;
        printf("%ld: %d, %d %d\n", lengths[i], result, slept >= lengths[i], slept < lengths[i] + 20000000000);
    }
    for (int i = 0; i < 2; i++) {
        const clockid_t clock = i ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        const int64_t until = now_ns(clock) + 20000000;
        const struct timespec time = {until / 1000000000, until % 1000000000};
        R(clock_nanosleep(clock, TIMER_ABSTIME, &time, NULL));
        R(now_ns(clock) >= until);
    }
}

/* Print a call that a signal interrupts when it sleeps. */
#define INTERRUPTED(call)                                                                                              \
    do {                                                                                                               \
        pthread_t self_ = pthread_self(), thread_;                                                                     \
        pthread_create(&thread_, NULL, kill_later, &self_);                                                            \
        R(call);                                                                                                       \
        pthread_join(thread_, NULL);                                                                                   \
    } while (0)

static void signals(int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    struct timespec time = {100, 0}, left = {777, 777};
    sigaction(SIGUSR1, &action, NULL);
    g_signals = 0;
    INTERRUPTED(nanosleep(&time, &left));
    printf("signals %d, left %d\n", g_signals, left.tv_sec >= 50 && left.tv_sec < 100);
    INTERRUPTED(nanosleep(&time, NULL));
    INTERRUPTED(syscall(SYS_nanosleep, &time, WILD));
    left.tv_sec = 777;
    int64_t until = now_ns(CLOCK_MONOTONIC) + 100000000000;
    time = (struct timespec){until / 1000000000, until % 1000000000};
    INTERRUPTED(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, &left));
    printf("left alone %d\n", left.tv_sec == 777);
}

static void *pokes(void *thread)
{
    wait_ms(30);
    for (int i = 0; i < 5; i++) {
        pthread_kill(*(pthread_t *)thread, SIGWINCH);
        pthread_kill(*(pthread_t *)thread, SIGCONT);
        wait_ms(10);
    }
    return NULL;
}

/* What nobody handles does not end a sleep. */
static void ignored(void)
{
    const struct timespec time = {0, 150000000};
    pthread_t me = pthread_self(), thread;
    pthread_create(&thread, NULL, pokes, &me);
    const int64_t start = now_ns(CLOCK_MONOTONIC);
    R(nanosleep(&time, NULL));
    const int64_t slept = now_ns(CLOCK_MONOTONIC) - start;
    printf("%d %d\n", slept >= 150000000, slept < 20000000000);
    pthread_join(thread, NULL);
}

static void *sleeps(void *ms)
{
    wait_ms((long)ms);
    return NULL;
}

int main(void)
{
    pthread_t threads[20];
    errors();
    lengths();
    signals(0);
    signals(SA_RESTART);
    ignored();
    /* One after the other they would sleep for 9.5 seconds. */
    const int64_t start = now_ns(CLOCK_MONOTONIC);
    for (long i = 0; i < 20; i++)
        pthread_create(&threads[i], NULL, sleeps, (void *)(i * 50));
    for (int i = 0; i < 20; i++)
        pthread_join(threads[i], NULL);
    const int64_t all = now_ns(CLOCK_MONOTONIC) - start;
    printf("together %d\n", all >= 950000000 && all < 8000000000);
    return 0;
}
