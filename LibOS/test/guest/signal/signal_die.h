// SPDX-License-Identifier: MIT
// A program that ends by a signal, in the way that HOW says: a number (kill), "segv", "fpe", "ill", "abort", ...
#ifndef LIBOS_TEST_GUEST_SIGNAL_SIGNAL_DIE_H
#define LIBOS_TEST_GUEST_SIGNAL_SIGNAL_DIE_H

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int g_zero, g_number = 1;

static void *sleeper(void *arg)
{
    (void)arg;
    for (;;)
        pause();
    return NULL;
}

static void *faulter(void *arg)
{
    *(volatile int *)arg = 1;
    return NULL;
}

int main(void)
{
    static const char how[] = HOW;
    pthread_t thread;
    printf("%s\n", how);
    fflush(stdout);
    if (strcmp(how, "segv") == 0)
        *(volatile int *)NULL = 1;
    if (strcmp(how, "fpe") == 0)
        return g_number / g_zero;
    if (strcmp(how, "ill") == 0)
        __builtin_trap();
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "blocked") == 0) { /* a fault cannot be blocked */
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        signal(SIGSEGV, SIG_IGN);
        *(volatile int *)NULL = 1;
    }
    if (strcmp(how, "stack") == 0) /* no room for a handler's frame */
        __asm__ volatile("movq $4096, %rsp; pushq %rax");
    if (strcmp(how, "thread") == 0) {
        pthread_create(&thread, NULL, sleeper, NULL);
        pthread_create(&thread, NULL, faulter, NULL);
        pthread_join(thread, NULL);
    }
    kill(getpid(), atoi(how));
    return 0;
}

#endif
