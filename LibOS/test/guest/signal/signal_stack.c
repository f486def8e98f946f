// SPDX-License-Identifier: MIT
// Alternate stacks: rules of sigaltstack, where handlers run, and what happens when a stack is too small.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

static char *g_stack;
#define SIZE 65536

static void say(const char *what, long result)
{
    printf("%s: %ld %s\n", what, result < 0 ? -1 : result, result < 0 ? strerror(errno) : "");
}

static void state(const char *what)
{
    stack_t now;
    sigaltstack(NULL, &now);
    printf("%s: at our stack %d flags %x size %lu\n", what, now.ss_sp == g_stack, (unsigned)now.ss_flags, now.ss_size);
}

static int on_it(void)
{
    char here;
    return &here > g_stack && &here < g_stack + SIZE;
}

static void run(int signal, siginfo_t *info, void *context)
{
    const ucontext_t *frame = context;
    stack_t other = {.ss_sp = g_stack, .ss_size = SIZE / 2};
    (void)info;
    printf("handler %d on it %d, frame: stack %d flags %x size %lu\n", signal, on_it(),
           frame->uc_stack.ss_sp == g_stack, (unsigned)frame->uc_stack.ss_flags, frame->uc_stack.ss_size);
    state("inside");
    say("change inside", sigaltstack(&other, NULL));
    if (signal == SIGUSR1)
        raise(SIGUSR2);
}

static void set(int signal, int flags)
{
    struct sigaction action = {.sa_sigaction = run, .sa_flags = SA_SIGINFO | flags};
    sigaction(signal, &action, NULL);
}

static void rules(void)
{
    stack_t stack = {.ss_sp = g_stack, .ss_size = SIZE}, old;
    state("at first");
    stack.ss_flags = 4;
    say("flags 4", sigaltstack(&stack, NULL));
    stack.ss_flags = 3;
    say("flags 3", sigaltstack(&stack, NULL));
    stack.ss_flags = 0;
    stack.ss_size = 2047;
    say("2047", sigaltstack(&stack, NULL));
    stack.ss_size = 0;
    say("0", sigaltstack(&stack, NULL));
    stack.ss_flags = SS_DISABLE;
    say("disable", sigaltstack(&stack, NULL));
    stack.ss_size = 2048;
    stack.ss_flags = SS_ONSTACK;
    say("onstack", sigaltstack(&stack, &old));
    state("onstack");
    say("wild", syscall(SYS_sigaltstack, (void *)8, NULL));
    say("wild old", syscall(SYS_sigaltstack, NULL, (void *)8));
    stack.ss_flags = 0;
    stack.ss_size = SIZE;
    say("set", sigaltstack(&stack, NULL));
    state("set");
}

static sigjmp_buf g_back;
static void overflowed(int signal, siginfo_t *info, void *context)
{
    (void)info;
    (void)context;
    printf("overflow: signal %d on it %d\n", signal, on_it());
    siglongjmp(g_back, 1);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int deeper(int n)
{
    volatile char frame[4096];
    frame[n & 1023] = (char)n;
    return deeper(n + 1) + frame[0];
}

/* The main stack's limit is the one thing that is the same everywhere: a small one of our own is run over instead. */
static void *small(void *arg)
{
    stack_t stack = {.ss_sp = g_stack, .ss_size = SIZE};
    sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_sigaction = overflowed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < 3; i++) {
        if (sigsetjmp(g_back, 1) == 0)
            printf("%d\n", deeper((int)(long)arg));
    }
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    setvbuf(stdout, NULL, _IOLBF, 0);
    g_stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    rules();
    set(SIGUSR1, SA_ONSTACK);
    set(SIGUSR2, SA_ONSTACK);
    raise(SIGUSR1);
    set(SIGUSR2, 0);
    raise(SIGUSR1);
    set(SIGUSR1, 0);
    raise(SIGUSR1);
    state("afterwards");
    stack_t automatic = {.ss_sp = g_stack, .ss_size = SIZE, .ss_flags = (int)SS_AUTODISARM};
    say("autodisarm", sigaltstack(&automatic, NULL));
    state("autodisarm");
    set(SIGUSR1, SA_ONSTACK);
    set(SIGUSR2, SA_ONSTACK);
    raise(SIGUSR2);
    state("afterwards");
    stack_t off = {.ss_flags = SS_DISABLE};
    sigaltstack(&off, NULL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    pthread_create(&thread, &attributes, small, NULL);
    pthread_join(thread, NULL);
    state("never another thread's");
    return 0;
}
