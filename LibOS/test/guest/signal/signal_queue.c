// SPDX-License-Identifier: MIT
// Real-time signals: queued in order, with values, up to a limit; taken by handlers and by sigtimedwait.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result)
{
    printf("%s: %ld %s\n", what, result < 0 ? -1 : result, result < 0 ? strerror(errno) : "");
}

static void show(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("handler %d code %d value %d\n", signal, info->si_code, info->si_value.sival_int);
}

static int queue(int signal, int value)
{
    return sigqueue(getpid(), signal, (union sigval){.sival_int = value});
}

static void handlers(void)
{
    sigset_t all, before;
    struct sigaction action = {.sa_sigaction = show, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask);
    sigaction(37, &action, NULL);
    sigaction(36, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    queue(36, 1);
    queue(37, 2);
    queue(36, 3);
    queue(37, 4);
    queue(SIGUSR1, 5);
    queue(SIGUSR1, 6); /* lost */
    kill(getpid(), 37);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void waiting(void)
{
    sigset_t set, before, wild;
    siginfo_t info;
    const struct timespec none = {0}, soon = {.tv_nsec = 2000000}, bad = {.tv_nsec = 1000000000}, past = {.tv_sec = -1};
    sigemptyset(&set);
    sigaddset(&set, 40);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGKILL);
    sigprocmask(SIG_BLOCK, &set, &before);
    say("nothing", sigtimedwait(&set, &info, &none));
    say("nothing soon", sigtimedwait(&set, &info, &soon));
    say("bad time", sigtimedwait(&set, &info, &bad));
    say("past", sigtimedwait(&set, &info, &past));
    say("size", syscall(SYS_rt_sigtimedwait, &set, &info, &none, 16));
    say("wild set", syscall(SYS_rt_sigtimedwait, (void *)8, &info, &none, 8));
    say("wild time", syscall(SYS_rt_sigtimedwait, &set, &info, (void *)8, 8));
    for (int i = 0; i < 3; i++)
        queue(40, 10 + i);
    kill(getpid(), SIGUSR2);
    for (int i = 0; i < 4; i++) {
        memset(&info, 0xff, sizeof(info));
        const int signal = sigwaitinfo(&set, &info);
        printf("took %d: signo %d code %d value %d\n", signal, info.si_signo, info.si_code,
               signal == 40 ? info.si_value.sival_int : -1);
    }
    say("no more", sigtimedwait(&set, &info, &none));
    queue(40, 20);
    say("without info", sigtimedwait(&set, NULL, &none));
    queue(40, 21);
    say("wild info", syscall(SYS_rt_sigtimedwait, &set, (void *)8, &none, 8));
    say("taken nevertheless", sigtimedwait(&set, &info, &none));
    sigemptyset(&wild);
    say("empty set", sigtimedwait(&wild, &info, &none));
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void infos(void)
{
    siginfo_t info;
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, 41);
    sigprocmask(SIG_BLOCK, &set, &before);
    memset(&info, 0, sizeof(info));
    info.si_code = SI_USER;
    info.si_signo = 12; /* overwritten */
    say("own code 0", syscall(SYS_rt_sigqueueinfo, getpid(), 41, &info));
    info.si_code = SI_TKILL;
    say("own tkill", syscall(SYS_rt_sigqueueinfo, getpid(), 41, &info));
    info.si_code = -77;
    info.si_errno = 5;
    info.si_pid = 123;
    info.si_value.sival_ptr = (void *)0x123456789abcul;
    say("own", syscall(SYS_rt_sigqueueinfo, getpid(), 41, &info));
    say("own thread", syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), 41, &info));
    say("wild", syscall(SYS_rt_sigqueueinfo, getpid(), 41, (void *)8));
    say("signal 65", syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info));
    say("signal 0", syscall(SYS_rt_sigqueueinfo, getpid(), 0, &info));
    say("nobody", syscall(SYS_rt_sigqueueinfo, 0x3ffffff0, 41, &info));
    say("thread 0", syscall(SYS_rt_tgsigqueueinfo, getpid(), 0, 41, &info));
    say("group 0", syscall(SYS_rt_tgsigqueueinfo, 0, gettid(), 41, &info));
    say("nobody", syscall(SYS_rt_tgsigqueueinfo, getpid(), 0x3ffffff0, 41, &info));
    info.si_code = 0;
    say("forged", syscall(SYS_rt_sigqueueinfo, 0x3ffffff0, 41, &info));
    say("forged thread", syscall(SYS_rt_tgsigqueueinfo, getpid(), 0x3ffffff0, 41, &info));
    for (int i = 0; i < 4; i++) {
        sigwaitinfo(&set, &info);
        printf("got %d code %d errno %d pid %d pointer %p\n", info.si_signo, info.si_code, info.si_errno, info.si_pid,
               info.si_value.sival_ptr);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void limits(void)
{
    struct rlimit limit;
    sigset_t set, before;
    siginfo_t info;
    const struct timespec none = {0};
    int taken = 0;
    sigemptyset(&set);
    sigaddset(&set, 42);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &before);
    getrlimit(RLIMIT_SIGPENDING, &limit);
    limit.rlim_cur = 0;
    say("limit", setrlimit(RLIMIT_SIGPENDING, &limit));
    say("queue", queue(42, 1));
    say("kill real-time", kill(getpid(), 42));
    say("kill ordinary", kill(getpid(), SIGUSR1));
    while (sigtimedwait(&set, &info, &none) > 0) {
        printf("took %d code %d own %d\n", info.si_signo, info.si_code, info.si_pid == getpid());
        taken++;
    }
    printf("%d taken\n", taken);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void many(void)
{
    sigset_t set, before;
    siginfo_t info;
    long sum = 0;
    bool in_order = true;
    sigemptyset(&set);
    sigaddset(&set, 43);
    sigprocmask(SIG_BLOCK, &set, &before);
    for (int i = 0; i < 1000; i++)
        queue(43, i);
    for (int i = 0; i < 1000; i++) {
        sigwaitinfo(&set, &info);
        in_order = in_order && info.si_value.sival_int == i;
        sum += info.si_value.sival_int;
    }
    printf("1000 queued: sum %ld, in order %d\n", sum, in_order);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    handlers();
    waiting();
    infos();
    many();
    limits();
    return 0;
}
