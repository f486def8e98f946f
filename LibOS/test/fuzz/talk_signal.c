/* SPDX-License-Identifier: MIT */
/* talk's signals, all of them sent to itself, and timers that have passed or are far away. */
#include "talk.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

const struct word g_signals[SIGNALS] = {WORD(SIGHUP),         WORD(SIGUSR1),        WORD(SIGUSR2),
                                        WORD(SIGTERM),        WORD(SIGCHLD),        WORD(SIGURG),
                                        WORD(__SIGRTMIN + 3), WORD(__SIGRTMIN + 4), WORD(SIGCONT)};

/***** What comes *****/

static char caught[8192];
static size_t caught_size;
static volatile int raise_inside; /* a signal that the next handler sends, 0 for none */
static unsigned char other_stack[32768];

static void note(const char *text)
{
    const size_t size = strlen(text);
    if (caught_size + size < sizeof(caught)) {
        memcpy(caught + caught_size, text, size + 1);
        caught_size += size;
    }
}

static void note_number(long number)
{
    char digits[24], *at = digits + sizeof(digits) - 1;
    unsigned long left = number < 0 ? -(unsigned long)number : (unsigned long)number;
    *at = 0;
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (number < 0)
        *--at = '-';
    note(at);
}

static bool is_on_other_stack(void)
{
    const unsigned char *here = __builtin_frame_address(0);
    return here >= other_stack && here < other_stack + sizeof(other_stack);
}

static void note_mask(void)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    note(" mask ");
    for (size_t i = 0; i < SIGNALS; i++)
        note(sigismember(&mask, (int)g_signals[i].value) ? "1" : "0");
}

static void plain_handler(int signal)
{
    const int inside = raise_inside;
    raise_inside = 0;
    note(" <");
    note_number(signal);
    note(is_on_other_stack() ? " other stack" : "");
    note_mask();
    if (inside)
        kill(getpid(), inside);
    note(">");
}

static void info_handler(int signal, siginfo_t *info, void *context)
{
    (void)context;
    note(" {code ");
    note_number(info->si_code);
    if (info->si_code == SI_QUEUE || info->si_code == SI_TIMER) {
        note(" value ");
        note_number(info->si_value.sival_int);
    }
    note(info->si_code == SI_TIMER ? "" : info->si_pid == getpid() ? " own" : info->si_pid ? " other" : " 0");
    plain_handler(signal);
    note("}");
}

void say_caught(void)
{
    if (caught_size > 0)
        say(" caught%s", caught);
    caught_size = 0;
    raise_inside = 0;
}

void signals_begin(void)
{
    struct sigaction action = {.sa_sigaction = info_handler, .sa_flags = SA_SIGINFO};
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction((int)g_signals[i].value, &action, NULL);
    sigaction(SIGPIPE, &action, NULL);
    action.sa_flags |= SA_NOCLDSTOP; /* a stop can be waited for before its signal is there */
    sigaction(SIGCHLD, &action, NULL);
}

/***** Calls *****/

static int pick_signal(void)
{
    static const struct word odd[] = {WORD(0), WORD(65), WORD(-1), WORD(SIGWINCH)};
    return (int)(one_in(20) ? pick_word(odd) : pick_one_of(g_signals, SIGNALS));
}

static void pick_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < SIGNALS; i++)
        if (one_in(3)) {
            sigaddset(set, (int)g_signals[i].value);
            say(" %s", g_signals[i].name);
        }
}

static void say_set(const sigset_t *set)
{
    say(" {");
    for (int signal = 1; signal < 65; signal++)
        if (sigismember(set, signal) == 1)
            say("%d ", signal);
    say("}");
}

static void act(void)
{
    static const struct word flags[] = {WORD(SA_SIGINFO), WORD(SA_NODEFER),   WORD(SA_ONSTACK),
                                        WORD(SA_RESTART), WORD(SA_NOCLDSTOP), WORD(SA_NOCLDWAIT)};
    const int signal = pick_signal();
    struct sigaction action = {0}, before = {0};
    action.sa_flags = (int)pick_flags(flags, 3);
    pick_set(&action.sa_mask);
    action.sa_flags |= g_is_child ? SA_NOCLDSTOP : 0;
    if (one_in(8)) {
        action.sa_handler = SIG_IGN;
        say(" ignore");
    } else if (action.sa_flags & SA_SIGINFO) {
        action.sa_sigaction = info_handler;
    } else {
        action.sa_handler = plain_handler;
    }
    if (signal == SIGCHLD || signal == SIGURG || signal == SIGCONT) { /* whose default does no harm */
        action.sa_flags |= one_in(4) ? SA_RESETHAND : 0;
        action.sa_handler = one_in(6) ? SIG_DFL : action.sa_handler;
        say(" %#x %s", (unsigned)action.sa_flags, action.sa_handler == SIG_DFL ? "default" : "");
    }
    if (say_result(sigaction(signal, &action, &before)) == 0) {
        say(" %#x %s", (unsigned)before.sa_flags & ~0x04000000u,
            before.sa_handler == SIG_DFL   ? "default"
            : before.sa_handler == SIG_IGN ? "ignored"
                                           : "caught");
        say_set(&before.sa_mask);
    }
}

static void mask(void)
{
    static const struct word ways[] = {WORD(SIG_BLOCK), WORD(SIG_UNBLOCK), WORD(SIG_SETMASK)};
    sigset_t set, before;
    const int way = one_in(30) ? 7 : (int)pick_word(ways);
    pick_set(&set);
    if (one_in(4))
        raise_inside = pick_signal();
    if (say_result(sigprocmask(way, &set, &before)) == 0)
        say_set(&before);
}

/* A sender's own words: only codes that may be made up. */
static void queue(int signal)
{
    static const struct word codes[] = {WORD(SI_QUEUE), WORD(SI_USER),  WORD(SI_TIMER),
                                        WORD(SI_MESGQ), WORD(SI_TKILL), WORD(-77)};
    siginfo_t info = {.si_signo = (int)pick(3), .si_errno = (int)pick(2), .si_code = (int)pick_word(codes)};
    info.si_pid = getpid();
    info.si_value.sival_int = (int)pick(100);
    if (one_in(2))
        say_result(syscall(SYS_rt_sigqueueinfo, getpid(), signal, &info));
    else
        say_result(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), signal, &info));
}

static void raise_signal(void)
{
    const int signal = pick_signal();
    if (one_in(4))
        raise_inside = pick_signal();
    switch (pick(6)) {
    case 0:
        say_result(kill(getpid(), signal));
        break;
    case 1:
        say_result(tgkill(getpid(), gettid(), signal));
        break;
    case 2:
        say_result(syscall(SYS_tkill, one_in(5) ? -1 : gettid(), signal));
        break;
    case 3:
        say_result(sigqueue(getpid(), signal, (union sigval){(int)pick(100)}));
        break;
    case 4:
        queue(signal);
        break;
    default:
        say_result(raise(signal));
    }
}

static void raise_some(void)
{
    for (size_t i = 2 + pick(4); i > 0; i--)
        raise_signal();
}

static void pending(void)
{
    sigset_t set;
    say_result(sigpending(&set));
    say_set(&set);
}

static void wait_signal(void)
{
    sigset_t set;
    siginfo_t info = {0};
    pick_set(&set);
    if (say_result(sigtimedwait(&set, &info, &(struct timespec){0, one_in(20) ? -1 : 0})) > 0)
        say(" code %d errno %d %s %d", info.si_code, info.si_errno,
            info.si_code == SI_TIMER  ? "timer"
            : info.si_pid == getpid() ? "own"
                                      : "other",
            info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
}

/* Waits for nothing but what is there. */
static void suspend(void)
{
    sigset_t pending, mask, all;
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigfillset(&all);
    for (size_t i = 0; i < SIGNALS; i++) {
        const int signal = (int)g_signals[i].value;
        struct sigaction action;
        sigaction(signal, NULL, &action);
        if (!sigismember(&pending, signal) || action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
            continue;
        sigdelset(&all, signal);
        if (one_in(2))
            break;
    }
    if (sigismember(&all, SIGHUP) + sigismember(&all, SIGUSR1) + sigismember(&all, SIGUSR2) +
            sigismember(&all, SIGTERM) <
        4)
        say_result(sigsuspend(&all));
}

static void other_stack_state(void)
{
    static const struct word flags[] = {WORD(0), WORD(0), WORD(SS_DISABLE), WORD(SS_ONSTACK), WORD(4), WORD(1u << 31)};
    const long chosen = pick_word(flags);
    stack_t stack = {other_stack, (int)chosen, one_in(10) ? 100 : sizeof(other_stack)}, before = {0};
    say_result(one_in(4) ? sigaltstack(NULL, &before) : sigaltstack(&stack, &before));
    say(" %s %#x %zu",
        before.ss_sp == other_stack ? "other"
        : before.ss_sp              ? "?"
                                    : "none",
        (unsigned)before.ss_flags, before.ss_size);
}

static void odd_sizes(void)
{
    unsigned char set[16] = {0};
    const size_t size = pick(17);
    say(" %zu", size);
    say_result(syscall(SYS_rt_sigprocmask, SIG_BLOCK, set, NULL, size));
    say_result(syscall(SYS_rt_sigpending, set, size));
    say_result(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, size));
    say_result(syscall(SYS_rt_sigtimedwait, set, NULL, &(struct timespec){0, 0}, size));
}

static void read_signals(void)
{
    struct signalfd_siginfo info[2];
    sigset_t set;
    pick_set(&set);
    const int fd = signalfd(-1, &set, SFD_NONBLOCK);
    const ssize_t size = read(fd, info, sizeof(info) - pick(2) * 100);
    say_result(size);
    for (ssize_t i = 0; i < size / (ssize_t)sizeof(info[0]); i++)
        say(" %u code %d errno %d value %d", info[i].ssi_signo, info[i].ssi_code, info[i].ssi_errno,
            info[i].ssi_code == SI_QUEUE ? info[i].ssi_int : 0);
    close(fd);
}

/***** Timers *****/

static void interval(void)
{
    static const struct word timers[] = {WORD(ITIMER_REAL), WORD(ITIMER_VIRTUAL), WORD(ITIMER_PROF), WORD(3)};
    const long timer = pick_word(timers);
    struct itimerval value = {{(time_t)pick(3) * 100, 0}, {(time_t)pick(3) * 10000, one_in(10) ? 1000000 : 0}},
                     before = {0};
    say_result(one_in(3) ? getitimer((int)timer, &before) : setitimer((int)timer, &value, &before));
    say(" %ld %ld", (long)before.it_interval.tv_sec, (long)(before.it_value.tv_sec + 50) / 100);
}

static void alarm_far(void)
{
    const unsigned seconds = (unsigned)pick(2) * 10000;
    say(" %u", seconds);
    say(" = %u", (alarm(seconds) + 50) / 100);
}

/* The signal of a timer that has passed is waited for, so it comes in this step. */
static void passed_timer(void)
{
    static const struct word clocks[] = {WORD(CLOCK_MONOTONIC), WORD(CLOCK_REALTIME), WORD(CLOCK_BOOTTIME), WORD(99)};
    timer_t timer = NULL;
    sigset_t set, before;
    siginfo_t info = {0};
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 5, .sigev_value.sival_int = (int)pick(100)};
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 5);
    sigprocmask(SIG_BLOCK, &set, &before);
    if (say_outcome(timer_create((clockid_t)pick_word(clocks), &event, &timer)) == 0) {
        struct itimerspec when = {{0, 0}, {0, 1}};
        say_result(timer_settime(timer, TIMER_ABSTIME, &when, NULL));
        say_result(sigtimedwait(&set, &info, &(struct timespec){5, 0}));
        say(" code %d value %d overrun %d", info.si_code, info.si_value.sival_int, info.si_overrun);
        say_result(timer_gettime(timer, &when));
        say(" %ld %ld", (long)when.it_value.tv_sec, when.it_value.tv_nsec);
        say_result(timer_getoverrun(timer));
        say_result(timer_delete(timer));
        say_result(timer_delete(timer));
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static const struct step steps[] = {
    STEP(act),          STEP(act),          STEP(mask),       STEP(mask),       STEP(mask),
    STEP(raise_signal), STEP(raise_signal), STEP(raise_some), STEP(raise_some), STEP(pending),
    STEP(wait_signal),  STEP(wait_signal),  STEP(suspend),    STEP(suspend),    STEP(other_stack_state),
    STEP(odd_sizes),    STEP(read_signals), STEP(interval),   STEP(alarm_far),  STEP(passed_timer),
};
const struct steps g_signal_steps = {steps, COUNT(steps)};
