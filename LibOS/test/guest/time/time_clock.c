/* SPDX-License-Identifier: MIT */
/* Clocks: reading, resolution, errors; by system call and as the C library does it. */
#include "report.h"
#include <pthread.h>
#include <sys/sem.h>
#include <sys/time.h>

static void *spin(void *argument)
{
    clockid_t clock;
    pthread_getcpuclockid(pthread_self(), &clock);
    *(clockid_t *)argument = clock;
    struct timespec time;
    R(clock_gettime(clock, &time));
    R(time.tv_sec == 0);
    return NULL;
}

// Whether it is so many seconds since 1970, or somewhat more.
static int is_soon_after(int64_t seconds)
{
    const int64_t now = time(NULL);
    return now >= seconds && now < seconds + 60;
}

// Seconds are those of one clock, whoever tells them: none is later than one that is asked for afterwards, also at its end.
static void seconds(void)
{
    struct semid_ds set;
    const int id = semget(IPC_PRIVATE, 1, 0600);
    const time_t end = time(NULL) + 2;
    int later = 0;
    while (time(NULL) < end) {
        const time_t told = syscall(SYS_time, NULL);
        later += told > time(NULL);
        semctl(id, 0, SETVAL, 1);
        semctl(id, 0, IPC_STAT, &set);
        later += set.sem_ctime > time(NULL);
    }
    R(later);
    semctl(id, 0, IPC_RMID);
}

int main(void)
{
    static const int clocks[] = {-1, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 16, 100};
    struct timespec a, b;
    struct timeval v;
    struct timezone z = {5, 5};
    clockid_t clock;
    pthread_t thread;
    for (unsigned i = 0; i < sizeof(clocks) / sizeof(*clocks); i++) {
        printf("%d: ", clocks[i]);
        errno = 0;
        long result = syscall(SYS_clock_gettime, clocks[i], &a);
        printf("%s, ", result < 0 ? error_name(errno) : a.tv_nsec >= 0 && a.tv_nsec < 1000000000 ? "ok" : "bad");
        result = syscall(SYS_clock_getres, clocks[i], &b);
        if (clocks[i] != 5 && clocks[i] != 6)
            printf("%s %ld\n", result < 0 ? error_name(errno) : "ok", result < 0 ? 0 : b.tv_nsec);
        else
            printf("%d\n", b.tv_nsec >= 1000000);
    }
    R(syscall(SYS_clock_gettime, 0, WILD));
    R(syscall(SYS_clock_getres, 0, WILD));
    R(syscall(SYS_clock_getres, 0, NULL));
    R(syscall(SYS_clock_settime, 1, &a));
    R(syscall(SYS_clock_settime, 0, WILD));
    a.tv_nsec = -1;
    R(syscall(SYS_clock_settime, 0, &a));

    int64_t last = 0, first = now_ns(CLOCK_MONOTONIC);
    int back = 0;
    for (int i = 0; i < 100000; i++) {
        const int64_t now = now_ns(CLOCK_MONOTONIC);
        back += now < last;
        last = now;
    }
    R(back);
    R(last > first);
    R(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &a));
    first = (int64_t)a.tv_sec * 1000000000 + a.tv_nsec;
    R(first >= last && first < last + 60000000000);
    R(is_soon_after(now_ns(CLOCK_REALTIME) / 1000000000 - 1));
    R(gettimeofday(&v, &z));
    R(z.tz_minuteswest == 0 && is_soon_after(v.tv_sec - 1) && v.tv_usec < 1000000);
    R(syscall(SYS_gettimeofday, &v, NULL));
    R(syscall(SYS_gettimeofday, NULL, NULL));
    R(syscall(SYS_gettimeofday, WILD, NULL));
    long t = 0;
    OK(syscall(SYS_time, &t));
    R(is_soon_after(t));
    R(syscall(SYS_time, WILD));
    R(now_ns(CLOCK_BOOTTIME) >= now_ns(CLOCK_MONOTONIC) - 1000000000);

    const int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), own = now_ns(CLOCK_THREAD_CPUTIME_ID);
    for (volatile long i = 0; i < 50000000; i++)
        ;
    R(now_ns(CLOCK_PROCESS_CPUTIME_ID) > cpu + 5000000);
    R(now_ns(CLOCK_THREAD_CPUTIME_ID) > own + 5000000);
    const int64_t asleep = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    wait_ms(100);
    R(now_ns(CLOCK_PROCESS_CPUTIME_ID) < asleep + 60000000);
    R(clock_getcpuclockid(0, &clock));
    R(clock_gettime(clock, &a));
    R(clock_getcpuclockid(getpid(), &clock));
    R(clock_gettime(clock, &a));
    pthread_create(&thread, NULL, spin, &clock);
    pthread_join(thread, NULL);
    R(syscall(SYS_clock_gettime, (int)(~99999999u << 3) | 2, &a));
    seconds();
    return 0;
}
