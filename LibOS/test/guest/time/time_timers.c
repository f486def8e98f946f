/* SPDX-License-Identifier: MIT */
/* Interval timers, alarm and POSIX timers. */
#include "report.h"
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

static volatile int g_count[65], g_code, g_value, g_overrun;

static void handler(int signal, siginfo_t *info, void *context)
{
    (void)context;
    g_count[signal]++;
    g_code = info->si_code;
    g_value = info->si_value.sival_int;
    if (info->si_overrun > g_overrun)
        g_overrun = info->si_overrun;
}

static void catch (int signal)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(signal, &action, NULL);
    g_count[signal] = 0;
}

static void wait_for(int signal, int count)
{
    for (int i = 0; i < 60000 && g_count[signal] < count; i++)
        wait_ms(1);
}

static void itimers(void)
{
    struct itimerval value = {{0, 0}, {0, 20000}}, old = {{9, 9}, {9, 9}}, bad = {{0, 0}, {0, 1000000}};
    catch (SIGALRM);
    R(syscall(SYS_getitimer, 3, &old));
    R(syscall(SYS_getitimer, 0, WILD));
    R(syscall(SYS_setitimer, 3, &value, NULL));
    R(syscall(SYS_setitimer, 0, &bad, NULL));
    R(syscall(SYS_setitimer, 0, WILD, NULL));
    R(getitimer(ITIMER_REAL, &old));
    printf("%ld %ld\n", old.it_value.tv_sec, old.it_value.tv_usec);
    R(setitimer(ITIMER_REAL, &value, &old));
    wait_for(SIGALRM, 1);
    printf("alarms %d, code %d\n", g_count[SIGALRM], g_code);
    value.it_interval.tv_usec = 5000;
    R(setitimer(ITIMER_REAL, &value, NULL));
    wait_for(SIGALRM, 4);
    R(g_count[SIGALRM] >= 4);
    R(getitimer(ITIMER_REAL, &old));
    R(old.it_interval.tv_usec == 5000 && old.it_value.tv_sec == 0 && old.it_value.tv_usec <= 20000);
    R(syscall(SYS_setitimer, 0, NULL, &old));
    g_count[SIGALRM] = 0;
    wait_ms(30);
    R(g_count[SIGALRM]);
    R(alarm(100));
    R(alarm(1));
    R(alarm(0));
    R(alarm(0));
}

static void cpu_timers(void)
{
    struct itimerval value = {{0, 10000}, {0, 10000}}, none = {{0, 0}, {0, 0}};
    catch (SIGPROF);
    catch (SIGVTALRM);
    // One that does not run keeps its interval, or forgets it.
    static const int all[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
    for (int i = 0; i < 3; i++) {
        const struct itimerval stopped = {.it_interval = {10, 0}}, zero = {0};
        struct itimerval was = {{1, 1}, {1, 1}};
        R(setitimer(all[i], &stopped, NULL));
        R(getitimer(all[i], &was));
        printf("%ld %ld\n", (long)was.it_interval.tv_sec, (long)was.it_value.tv_sec);
        R(setitimer(all[i], &zero, &was));
        printf("%ld %ld\n", (long)was.it_interval.tv_sec, (long)was.it_value.tv_sec);
    }
    R(setitimer(ITIMER_PROF, &value, NULL));
    R(setitimer(ITIMER_VIRTUAL, &value, NULL));
    wait_ms(100);
    R(g_count[SIGPROF] <= 4);
    while (g_count[SIGPROF] < 3 || g_count[SIGVTALRM] < 3)
        ;
    R(setitimer(ITIMER_PROF, &none, &value));
    R(value.it_interval.tv_usec == 10000);
    R(setitimer(ITIMER_VIRTUAL, &none, NULL));
}

/* The member has a name with glibc, and another one with musl. */
static void set_thread(struct sigevent *event, int tid)
{
    memcpy((char *)event + 16, &tid, sizeof(tid));
}

static int make_thread_timer(int signal)
{
    const struct itimerspec value = {{0, 5000000}, {0, 5000000}};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};
    int id = -1;
    set_thread(&event, (int)syscall(SYS_gettid));
    R(syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &event, &id));
    R(syscall(SYS_timer_settime, id, 0, &value, NULL));
    return id;
}

/* Until told otherwise; it has used next to nothing. */
static void *sleeping(void *pipes)
{
    char c;
    const int id = make_thread_timer(SIGVTALRM);
    (void)!write(((int *)pipes)[3], "x", 1);
    (void)!read(((int *)pipes)[0], &c, 1);
    syscall(SYS_timer_delete, id);
    return NULL;
}

/* Timers on the processor time of threads, as profilers have one for each: one works, and one sleeps meanwhile. */
static void thread_timers(void)
{
    int pipes[4];
    char c;
    pthread_t thread;
    catch (SIGPROF);
    catch (SIGVTALRM);
    pipe(pipes);
    pipe(pipes + 2);
    pthread_create(&thread, NULL, sleeping, pipes);
    (void)!read(pipes[2], &c, 1);
    const int id = make_thread_timer(SIGPROF);
    while (g_count[SIGPROF] < 20)
        ;
    R(syscall(SYS_timer_delete, id));
    R(g_count[SIGVTALRM] < 5);
    (void)!write(pipes[1], "x", 1);
    pthread_join(thread, NULL);
    for (int i = 0; i < 4; i++)
        close(pipes[i]);
}

static void posix_errors(void)
{
    int id = 0;
    struct sigevent event = {.sigev_notify = 99};
    struct itimerspec value = {{0, 0}, {0, 1000000000}};
    R(syscall(SYS_timer_create, 99, NULL, &id));
    R(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id));
    R(syscall(SYS_timer_create, 0, WILD, &id));
    R(syscall(SYS_timer_create, 0, &event, &id));
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 65;
    R(syscall(SYS_timer_create, 0, &event, &id));
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    set_thread(&event, 99999999);
    R(syscall(SYS_timer_create, 0, &event, &id));
    R(syscall(SYS_timer_create, 0, NULL, WILD));
    R(syscall(SYS_timer_settime, 12345, 0, &value, NULL));
    R(syscall(SYS_timer_gettime, 12345, &value));
    R(syscall(SYS_timer_getoverrun, 12345));
    R(syscall(SYS_timer_delete, 12345));
    R(syscall(SYS_timer_delete, -1));
    R(syscall(SYS_timer_create, 0, NULL, &id));
    R(syscall(SYS_timer_settime, id, 0, &value, NULL));
    R(syscall(SYS_timer_settime, id, 0, NULL, NULL));
    R(syscall(SYS_timer_settime, id, 0, WILD, NULL));
    R(syscall(SYS_timer_gettime, id, WILD));
    R(syscall(SYS_timer_delete, id));
    R(syscall(SYS_timer_delete, id));
}

static void posix(clockid_t clock, int flags)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 123};
    const int64_t start = flags ? now_ns(clock) : 0;
    const int64_t first = start + 20000000;
    struct itimerspec value = {{0, 0}, {first / 1000000000, first % 1000000000}}, old;
    catch (SIGRTMIN);
    printf("clock %d, flags %d\n", clock, flags);
    R(timer_create(clock, &event, &timer));
    R(timer_gettime(timer, &old));
    printf("%ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
    R(timer_settime(timer, flags, &value, NULL));
    R(timer_gettime(timer, &old));
    R(old.it_value.tv_sec == 0 && old.it_value.tv_nsec <= 20000000);
    R(old.it_value.tv_nsec > 0 || g_count[SIGRTMIN] == 1);
    wait_for(SIGRTMIN, 1);
    printf("signals %d, code %d, value %d\n", g_count[SIGRTMIN], g_code, g_value);
    R(timer_gettime(timer, &old));
    printf("%ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
    value.it_interval.tv_nsec = 3000000;
    R(timer_settime(timer, flags, &value, NULL));
    wait_for(SIGRTMIN, 5);
    R(g_count[SIGRTMIN] >= 5);
    R(timer_delete(timer));
    g_count[SIGRTMIN] = 0;
    wait_ms(20);
    R(g_count[SIGRTMIN]);
}

static void overruns(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec value = {{0, 1000000}, {0, 1000000}};
    sigset_t set;
    catch (SIGRTMIN);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    R(timer_create(CLOCK_MONOTONIC, &event, &timer));
    R(timer_settime(timer, 0, &value, NULL));
    wait_ms(200);
    value.it_interval.tv_nsec = value.it_value.tv_nsec = 0;
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    R(g_count[SIGRTMIN] >= 1);
    R(g_overrun > 10);
    R(timer_getoverrun(timer) > 10 || g_count[SIGRTMIN] > 1);
    R(timer_settime(timer, 0, &value, NULL));
    R(timer_delete(timer));
}

// What has expired counts until the signal is taken, whoever had no time to look meanwhile.
static void overruns_until_now(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    const struct itimerspec value = {{0, 100000}, {0, 100000}}, none = {{0, 0}, {0, 0}};
    const struct timespec at_once = {0, 0};
    sigset_t set;
    timer_t timer;
    siginfo_t info;
    int too_few = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    for (int i = 0; i < 100; i++) {
        timer_settime(timer, 0, &value, NULL);
        const int64_t start = now_ns(CLOCK_MONOTONIC);
        sigwaitinfo(&set, &info);
        int count = info.si_overrun + 1;
        while (now_ns(CLOCK_MONOTONIC) - start < 3000000)
            ;
        const int64_t expected = (now_ns(CLOCK_MONOTONIC) - start) / 100000;
        sigwaitinfo(&set, &info);
        count += info.si_overrun + 1;
        too_few += timer_getoverrun(timer) != info.si_overrun;
        timer_settime(timer, 0, &none, NULL);
        while (sigtimedwait(&set, &info, &at_once) == SIGRTMIN)
            count += info.si_overrun + 1;
        too_few += count < expected;
    }
    R(too_few);
    R(timer_delete(timer));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static volatile int g_notified;

static void notified(union sigval value)
{
    g_notified += value.sival_int;
}

static void *idle(void *argument)
{
    return argument;
}

static void kinds(void)
{
    timer_t timer;
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD, .sigev_notify_function = notified, .sigev_value.sival_int = 5};
    struct itimerspec value = {{0, 0}, {0, 10000000}}, now;
    pthread_t thread;
    R(timer_create(CLOCK_REALTIME, &event, &timer));
    R(timer_settime(timer, 0, &value, NULL));
    for (int i = 0; i < 60000 && !g_notified; i++)
        wait_ms(1);
    printf("notified %d\n", g_notified);
    R(timer_delete(timer));

    event = (struct sigevent){.sigev_notify = SIGEV_NONE};
    R(timer_create(CLOCK_MONOTONIC, &event, &timer));
    value.it_interval.tv_sec = 100;
    R(timer_settime(timer, 0, &value, NULL));
    wait_ms(20);
    R(timer_gettime(timer, &now));
    R(now.it_value.tv_sec >= 50 && now.it_value.tv_sec < 100 && now.it_interval.tv_sec == 100);
    R(timer_delete(timer));

    catch (SIGUSR2);
    event = (struct sigevent){.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2};
    set_thread(&event, (int)syscall(SYS_gettid));
    value.it_interval.tv_sec = 0;
    R(timer_create(CLOCK_MONOTONIC, &event, &timer));
    R(timer_settime(timer, 0, &value, NULL));
    pthread_create(&thread, NULL, idle, NULL);
    wait_for(SIGUSR2, 1);
    R(g_count[SIGUSR2]);
    pthread_join(thread, NULL);
    R(timer_delete(timer));
}

int main(void)
{
    itimers();
    cpu_timers();
    thread_timers();
    posix_errors();
    posix(CLOCK_MONOTONIC, 0);
    posix(CLOCK_REALTIME, TIMER_ABSTIME);
    posix(CLOCK_MONOTONIC, TIMER_ABSTIME);
    posix(CLOCK_BOOTTIME, 0);
    overruns();
    overruns_until_now();
    kinds();
    return 0;
}
