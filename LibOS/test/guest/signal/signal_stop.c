// SPDX-License-Identifier: MIT
// Stopping and going on: SIGSTOP stops all threads until SIGCONT, which a timer sends.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_long g_steps;
static atomic_int g_end, g_continued;

static void *work(void *arg)
{
    const struct timespec time = {.tv_nsec = 1000000};
    while (!g_end) {
        g_steps++;
        if (arg)
            nanosleep(&time, NULL);
    }
    return NULL;
}

static void on_continue(int signal)
{
    (void)signal;
    g_continued++;
}

static long now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Long enough that it does not end before the stop, even on a busy machine. */
static void stop_for(timer_t timer, long ms, int handled)
{
    const struct itimerspec when = {.it_value.tv_nsec = ms * 1000000};
    const long start = now_ms();
    timer_settime(timer, 0, &when, NULL);
    raise(SIGSTOP);
    const long stopped = now_ms() - start;
    /* The handler may run in another thread, a little later. */
    for (int i = 0; i < 50 || (i < 50000 && g_continued < handled); i++)
        usleep(1000);
    printf("stopped for long enough %d, SIGCONT handled %d times\n", stopped >= ms - 2, g_continued);
}

int main(void)
{
    timer_t timer;
    pthread_t threads[3];
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT};
    sigset_t set, now;
    setvbuf(stdout, NULL, _IOLBF, 0);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    stop_for(timer, 500, 0);
    signal(SIGCONT, on_continue);
    stop_for(timer, 500, 1);
    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    stop_for(timer, 500, 2);
    g_end = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);

    /* One cancels the other, blocked or not. */
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    kill(getpid(), SIGTSTP);
    sigpending(&now);
    printf("stop pending %d\n", sigismember(&now, SIGTSTP));
    kill(getpid(), SIGCONT);
    sigpending(&now);
    printf("stop pending %d, continue pending %d\n", sigismember(&now, SIGTSTP), sigismember(&now, SIGCONT));
    kill(getpid(), SIGTTIN);
    sigpending(&now);
    printf("continue pending %d\n", sigismember(&now, SIGCONT));
    kill(getpid(), SIGCONT);
    return 0;
}
