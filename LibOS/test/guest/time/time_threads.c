/* SPDX-License-Identifier: MIT */
/* Processor time of threads, as other threads read it: of one that works, of one that has worked, and of one that only sleeps. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "show.h"

#define MILLISECOND 1000000
#define WORK        (200 * MILLISECOND)

static volatile int g_go_on = 1;
static volatile int64_t g_used;
static volatile pid_t g_tid;
static pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;

static int64_t read_clock(clockid_t clock)
{
    struct timespec time;
    return clock_gettime(clock, &time) == 0 ? time.tv_sec * (int64_t)1000000000 + time.tv_nsec : -1;
}

static int64_t time_of(pthread_t thread)
{
    clockid_t clock;
    return pthread_getcpuclockid(thread, &clock) == 0 ? read_clock(clock) : -1;
}

static void *work(void *unused)
{
    (void)unused;
    g_tid = (pid_t)syscall(SYS_gettid);
    while (g_go_on)
        ;
    while (read_clock(CLOCK_THREAD_CPUTIME_ID) < WORK)
        ;
    g_used = read_clock(CLOCK_THREAD_CPUTIME_ID);
    pthread_mutex_lock(&g_mutex);
    pthread_mutex_unlock(&g_mutex);
    return NULL;
}

static void *rest(void *pipe)
{
    char byte;
    (void)!read(*(int *)pipe, &byte, 1);
    return NULL;
}

/* Ticks of a thread in /proc. */
static long ticks_of(pid_t tid)
{
    char name[64], text[512] = "";
    long ticks = -1;
    snprintf(name, sizeof(name), "/proc/self/task/%d/stat", tid);
    FILE *file = fopen(name, "r");
    if (file && fgets(text, sizeof(text), file)) {
        long user = 0, system = 0;
        const char *at = strrchr(text, ')');
        if (at && sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &system) == 2)
            ticks = user + system;
    }
    if (file)
        fclose(file);
    return ticks;
}

int main(void)
{
    pthread_t worker, sleeper;
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    pthread_mutex_lock(&g_mutex);
    pthread_create(&worker, NULL, work, NULL);
    pthread_create(&sleeper, NULL, rest, &ends[0]);

    const int64_t before = time_of(worker);
    while (time_of(worker) < before + 50 * MILLISECOND)
        usleep(1000);
    puts("it works");
    g_go_on = 0;
    while (g_used == 0)
        usleep(1000);
    usleep(1000);
    const int64_t after = time_of(worker), slept = time_of(sleeper);
    printf("has worked: %s\n", after < g_used                       ? "too little"
                               : after > g_used + 100 * MILLISECOND ? "too much"
                                                                    : "right");
    printf("sleeps: %s\n", slept < 0 ? "unknown" : slept > 50 * MILLISECOND ? "too much" : "right");
    const long ticks = ticks_of(g_tid);
    printf("in /proc: %s\n", ticks < 10                                 ? "too little"
                             : ticks > g_used / (10 * MILLISECOND) + 10 ? "too much"
                                                                        : "right");
    printf("itself: %d\n", time_of(pthread_self()) > 0);

    pthread_mutex_unlock(&g_mutex);
    (void)!write(ends[1], "x", 1);
    pthread_join(worker, NULL);
    pthread_join(sleeper, NULL);
    return 0;
}
