// SPDX-License-Identifier: MIT
// Signals while a child of vfork has its parent's memory: what is pending in either, and what the parent's timers send, stays
// with it; a child that ends as the leader of a terminal's session takes its hang-up along.
#include "report.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static pid_t g_parent;
static volatile int g_in_parent, g_in_child, g_values[8];
static volatile int g_seen; // by the child

static void on_signal(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    if (getpid() != g_parent)
        g_in_child++;
    else if (g_in_parent < 8)
        g_values[g_in_parent++] = info->si_value.sival_int;
}

static void mask(int how, int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(how, &set, NULL);
}

static int pending(int signal)
{
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, signal);
}

// What has been handled since the last time, by whom.
static void show_handled(const char *what)
{
    printf("%s: %d in the parent, %d in the child\n", what, g_in_parent, g_in_child);
    g_in_parent = g_in_child = 0;
}

// What is pending in the parent is not the child's, and is there afterwards.
static void of_parent(int signal)
{
    mask(SIG_BLOCK, signal);
    for (int i = 0; i < 3; i++)
        sigqueue(g_parent, signal, (union sigval){.sival_int = i});
    const pid_t child = vfork();
    if (child == 0) {
        g_seen = pending(signal);
        mask(SIG_UNBLOCK, signal);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("pending in the child: %d, in the parent: %d\n", g_seen, pending(signal));
    mask(SIG_UNBLOCK, signal);
    printf("values %d %d %d\n", g_values[0], g_values[1], g_values[2]);
    show_handled("the parent's own");
}

// And the other way round.
static void of_child(int signal)
{
    const pid_t child = vfork();
    if (child == 0) {
        mask(SIG_BLOCK, signal);
        kill(getpid(), signal);
        kill(g_parent, SIGUSR2);
        g_seen = pending(signal);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("pending in the child: %d, in the parent: %d\n", g_seen, pending(signal));
    show_handled("one that the child sent to the parent"); // the other one has gone with it
}

// The child sleeps longer than the timer needs; that the sleep ends early would show a signal in the child.
static void wait_for_timer(const char *what)
{
    const struct timespec pause = {.tv_nsec = 60 * 1000 * 1000};
    const pid_t child = vfork();
    if (child == 0)
        _exit(nanosleep(&pause, NULL) == 0 ? 5 : 6);
    int status;
    while (waitpid(child, &status, 0) < 0)
        continue;
    while (g_in_parent == 0)
        wait_ms(1);
    printf("the child's sleep: %d\n", WEXITSTATUS(status));
    show_handled(what);
}

static void timers(void)
{
    const struct itimerval in_ms = {.it_value.tv_usec = 10000};
    const struct itimerspec soon = {.it_value.tv_nsec = 10 * 1000 * 1000};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t timer;
    setitimer(ITIMER_REAL, &in_ms, NULL);
    wait_for_timer("setitimer");
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &soon, NULL);
    wait_for_timer("timer_settime");
    timer_delete(timer);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_notify_thread_id = g_parent;
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &soon, NULL);
    wait_for_timer("timer_settime, for the thread");
    timer_delete(timer);
}

static void hang_up(void)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    const pid_t child = vfork();
    if (child == 0) {
        setsid();
        _exit(ioctl(slave, TIOCSCTTY, 0) == 0 ? 7 : 8);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        continue;
    printf("the leader's status: %#x\n", (unsigned)status);
    close(slave);
    close(master);
    show_handled("its hang-up");
}

// A child that ends its thread alone, by the call without its process's name, has ended; its maker has not.
static void ends_its_thread(void)
{
    int status = -1;
    pid_t pid = vfork();
    if (pid == 0)
        syscall(SYS_exit, 3);
    printf("exit: %d, ", waitpid(pid, &status, 0) == pid);
    printf("%d\n", WEXITSTATUS(status));
    fflush(stdout);
    pid = fork();
    if (pid == 0)
        _exit(4);
    printf("and a fork: %d, ", waitpid(pid, &status, 0) == pid);
    printf("%d\n", WEXITSTATUS(status));
}

int main(void)
{
    static const int signals[] = {SIGHUP, SIGCONT, SIGALRM, SIGUSR1, SIGUSR2, 0};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    g_parent = getpid();
    for (int i = 0; signals[i]; i++)
        sigaction(signals[i], &action, NULL);
    sigaction(SIGRTMIN + 1, &action, NULL);
    of_parent(SIGUSR1);
    of_parent(SIGRTMIN + 1);
    of_child(SIGUSR1);
    of_child(SIGRTMIN + 1);
    timers();
    hang_up();
    ends_its_thread();
    return 0;
}
