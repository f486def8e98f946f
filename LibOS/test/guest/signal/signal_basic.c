// SPDX-License-Identifier: MIT
// Dispositions, masks and kill: who gets what, and what is refused.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    unsigned long mask;
};

static volatile sig_atomic_t g_count, g_depth;
static char g_trace[256];

static void say(const char *what, long result)
{
    printf("%s: %ld %s\n", what, result < 0 ? -1 : result, result < 0 ? strerror(errno) : "");
}

static void trace(const char *text)
{
    strcat(g_trace, text);
}

static void count(int signal)
{
    (void)signal;
    g_count++;
}

static void nest(int signal)
{
    char text[32];
    snprintf(text, sizeof(text), " <%d", signal);
    trace(text);
    if (++g_depth < 3 && g_count++ < 6)
        raise(signal == SIGUSR1 ? SIGUSR2 : SIGUSR1);
    g_depth--;
    snprintf(text, sizeof(text), " %d>", signal);
    trace(text);
}

static void show(int signal)
{
    char text[16];
    snprintf(text, sizeof(text), " %d", signal);
    trace(text);
}

static void set(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(signal, &action, NULL);
}

static void refused(void)
{
    struct kernel_action action = {0}, old;
    unsigned long word = 0;
    say("action 0", syscall(SYS_rt_sigaction, 0, NULL, &old, 8));
    say("action 65", syscall(SYS_rt_sigaction, 65, NULL, &old, 8));
    say("action 64", syscall(SYS_rt_sigaction, 64, NULL, &old, 8));
    say("action kill", syscall(SYS_rt_sigaction, SIGKILL, &action, NULL, 8));
    say("action kill asked", syscall(SYS_rt_sigaction, SIGKILL, NULL, &old, 8));
    say("action stop", syscall(SYS_rt_sigaction, SIGSTOP, &action, NULL, 8));
    say("action size", syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, 4));
    say("action wild", syscall(SYS_rt_sigaction, SIGUSR1, (void *)8, NULL, 8));
    say("action wild old", syscall(SYS_rt_sigaction, SIGUSR1, NULL, (void *)8, 8));
    say("mask how", syscall(SYS_rt_sigprocmask, 3, &word, NULL, 8));
    say("mask how without set", syscall(SYS_rt_sigprocmask, 77, NULL, &word, 8));
    say("mask size", syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, NULL, 16));
    say("mask wild", syscall(SYS_rt_sigprocmask, SIG_SETMASK, (void *)8, NULL, 8));
    say("mask wild old", syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, (void *)8, 8));
    say("pending size 4", syscall(SYS_rt_sigpending, &word, 4));
    say("pending size 9", syscall(SYS_rt_sigpending, &word, 9));
    say("pending wild", syscall(SYS_rt_sigpending, (void *)8, 8));
    say("suspend size", syscall(SYS_rt_sigsuspend, &word, 7));
    say("suspend wild", syscall(SYS_rt_sigsuspend, (void *)8, 8));
    say("kill 65", kill(getpid(), 65));
    say("kill -1", kill(getpid(), -1));
    say("kill 0", kill(getpid(), 0));
    say("kill nobody", kill(0x3ffffff0, SIGUSR1));
    say("kill no group", kill(-0x3ffffff0, SIGUSR1));
    say("kill lowest", kill((int)0x80000000, SIGUSR1));
    say("tkill 0", syscall(SYS_tkill, 0, SIGUSR1));
    say("tkill -1", syscall(SYS_tkill, -1, SIGUSR1));
    say("tkill nobody", syscall(SYS_tkill, 0x3ffffff0, SIGUSR1));
    say("tkill test", syscall(SYS_tkill, gettid(), 0));
    say("tkill 65", syscall(SYS_tkill, gettid(), 65));
    say("tgkill 0", syscall(SYS_tgkill, 0, gettid(), SIGUSR1));
    say("tgkill wrong", syscall(SYS_tgkill, getpid() + 100000, gettid(), SIGUSR1));
    say("tgkill test", syscall(SYS_tgkill, getpid(), gettid(), 0));
    say("tgkill 65", syscall(SYS_tgkill, getpid(), gettid(), 65));
}

static void actions(void)
{
    struct kernel_action action = {.handler = (void *)count, .flags = 0x7fffffff | 0xffff00000000, .mask = ~0ul}, old;
    action.flags &= ~(unsigned long)SA_RESETHAND;
    syscall(SYS_rt_sigaction, SIGUSR1, &action, &old, 8);
    printf("old handler %p flags %lx mask %lx\n", old.handler, old.flags, old.mask);
    syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, 8);
    printf("handler kept %d flags %lx mask %lx\n", old.handler == (void *)count, old.flags, old.mask);
    signal(SIGUSR1, SIG_DFL);
}

static void masks(void)
{
    sigset_t all, before, now;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    unsigned long word = ~0ul;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &word, NULL, 8);
    word = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &word, 8);
    printf("all blocked %lx\n", word);
    word = 1ul << (SIGUSR1 - 1);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &word, NULL, 8);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &word, 8);
    printf("but one %lx\n", word);
    set(SIGUSR2, count, 0);
    g_count = 0;
    kill(getpid(), SIGUSR2);
    raise(SIGUSR2);
    raise(SIGUSR2);
    sigpending(&now);
    printf("pending %d, run %d\n", sigismember(&now, SIGUSR2), (int)g_count);
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("process and thread run %d\n", (int)g_count);
}

static void ignored(void)
{
    sigset_t one, now;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    sigaddset(&one, SIGCHLD);
    sigprocmask(SIG_BLOCK, &one, NULL);
    signal(SIGUSR1, SIG_IGN);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGCHLD);
    sigpending(&now);
    printf("ignored, blocked: %d %d\n", sigismember(&now, SIGUSR1), sigismember(&now, SIGCHLD));
    set(SIGUSR1, count, 0);
    sigpending(&now);
    printf("handled: %d\n", sigismember(&now, SIGUSR1));
    signal(SIGUSR1, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigpending(&now);
    printf("ignored again: %d %d\n", sigismember(&now, SIGUSR1), sigismember(&now, SIGCHLD));
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    static const int harmless[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGUSR1};
    for (unsigned i = 0; i < 5; i++)
        kill(getpid(), harmless[i]);
    puts("harmless ones do no harm");
}

static void order(void)
{
    sigset_t all, before;
    static const int mixed[] = {SIGTERM, SIGHUP, 40, SIGSEGV, SIGUSR1, 35, SIGBUS};
    for (unsigned i = 0; i < 7; i++)
        set(mixed[i], show, 0);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < 7; i++)
        kill(getpid(), mixed[i]);
    raise(SIGTERM);
    g_trace[0] = 0;
    g_count = 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("nested order:%s\n", g_trace);
    for (unsigned i = 0; i < 7; i++) {
        struct sigaction action = {.sa_handler = show};
        sigfillset(&action.sa_mask);
        sigaction(mixed[i], &action, NULL);
    }
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (unsigned i = 0; i < 7; i++)
        kill(getpid(), mixed[i]);
    g_trace[0] = 0;
    g_count = 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("one after the other:%s\n", g_trace);
}

static volatile sig_atomic_t g_seen_blocked;
static void look(int signal)
{
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    g_seen_blocked = sigismember(&now, signal) + 2 * sigismember(&now, SIGHUP);
}

static void flags(void)
{
    struct sigaction action = {.sa_handler = look, .sa_flags = SA_RESETHAND}, now;
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &now);
    printf("reset: blocked %d, handler default %d, flags %x\n", (int)g_seen_blocked, now.sa_handler == SIG_DFL,
           (unsigned)now.sa_flags & ~0x04000000u);
    action.sa_flags = SA_NODEFER;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    printf("nodefer: blocked %d\n", (int)g_seen_blocked);
    set(SIGUSR1, nest, SA_NODEFER);
    set(SIGUSR2, nest, SA_NODEFER);
    g_trace[0] = 0;
    g_count = 0;
    raise(SIGUSR1);
    printf("nodefer nests:%s\n", g_trace);
    set(SIGUSR1, nest, 0);
    set(SIGUSR2, nest, 0);
    g_trace[0] = 0;
    g_count = 0;
    g_depth = 0;
    raise(SIGUSR1);
    printf("defer nests:%s\n", g_trace);
}

static siginfo_t g_info;
static void keep(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    g_info = *info;
}

static void infos(void)
{
    struct sigaction action = {.sa_sigaction = keep, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    kill(getpid(), SIGUSR1);
    printf("kill: code %d pid %d uid %d errno %d\n", g_info.si_code, g_info.si_pid == getpid(),
           g_info.si_uid == getuid(), g_info.si_errno);
    raise(SIGUSR1);
    printf("raise: code %d pid %d\n", g_info.si_code, g_info.si_pid == getpid());
    union sigval value = {.sival_int = 77};
    sigqueue(getpid(), SIGUSR1, value);
    printf("sigqueue: code %d pid %d value %d\n", g_info.si_code, g_info.si_pid == getpid(), g_info.si_value.sival_int);
}

int main(void)
{
    refused();
    actions();
    masks();
    ignored();
    order();
    flags();
    infos();
    return 0;
}
