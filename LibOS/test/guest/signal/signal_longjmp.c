// SPDX-License-Identifier: MIT
// Leaving handlers without returning from them, as often as one likes, and unwinding through them.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf g_back;
static volatile sig_atomic_t g_count;

static void leave(int signal)
{
    g_count++;
    siglongjmp(g_back, signal);
}

static void round_of(int signal, int flags, const char *what)
{
    struct sigaction action = {.sa_handler = leave, .sa_flags = flags};
    sigset_t now;
    sigaction(signal, &action, NULL);
    g_count = 0;
    for (volatile int i = 0; i < 20000; i++) {
        if (sigsetjmp(g_back, 1) == 0) {
            if (signal == SIGSEGV)
                *(volatile int *)16 = 1;
            else
                raise(signal);
        }
    }
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("%s: %d times, blocked %d\n", what, (int)g_count, sigismember(&now, signal));
}

static ucontext_t g_main, g_other;
static volatile int g_steps;
static void other(void)
{
    for (;;) {
        g_steps++;
        swapcontext(&g_other, &g_main);
    }
}

static void switching(int signal)
{
    (void)signal;
    swapcontext(&g_main, &g_other);
}

int main(void)
{
    static char stack[65536], coroutine[65536];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
    round_of(SIGUSR1, 0, "signal");
    round_of(SIGUSR1, SA_ONSTACK, "signal on the stack");
    round_of(SIGSEGV, 0, "fault");
    round_of(SIGSEGV, SA_ONSTACK, "fault on the stack");
    getcontext(&g_other);
    g_other.uc_stack.ss_sp = coroutine;
    g_other.uc_stack.ss_size = sizeof(coroutine);
    makecontext(&g_other, other, 0);
    signal(SIGUSR2, switching);
    for (int i = 0; i < 100; i++)
        raise(SIGUSR2);
    printf("%d steps of a coroutine from a handler\n", g_steps);
    return 0;
}
