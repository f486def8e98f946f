// SPDX-License-Identifier: MIT
// Threads that wait, and are interrupted by SIGUSR1.
#ifndef LIBOS_TEST_GUEST_INTERRUPTS_H
#define LIBOS_TEST_GUEST_INTERRUPTS_H

#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include "moments.h"

static inline void do_nothing(int signal)
{
    (void)signal;
}

// A thread for pthread_create; thread: the first one, which gets the signal when it has gone to sleep.
static inline void *kill_later(void *thread)
{
    wait_asleep(getpid(), 20);
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
    return NULL;
}

// Until the thread has ended: a signal that comes before it waits is one too early.
static inline void interrupt(pthread_t thread)
{
    do {
        pthread_kill(thread, SIGUSR1);
        wait_ms(20);
    } while (pthread_tryjoin_np(thread, NULL) != 0);
}

#endif
