/* SPDX-License-Identifier: MIT */
/* The end of a process while other threads sleep, compute and make calls. */
#include "report.h"
#include <poll.h>
#include <pthread.h>
#include <sched.h>

static void *sleeps(void *argument)
{
    (void)argument;
    for (;;)
        pause();
    return NULL;
}

static void *computes(void *argument)
{
    (void)argument;
    for (volatile long i = 0;; i++)
        ;
    return NULL;
}

static void *calls(void *argument)
{
    (void)argument;
    for (;;)
        sched_yield();
    return NULL;
}

static void *reads(void *end)
{
    char byte;
    return (void *)read(*(int *)end, &byte, 1);
}

int main(void)
{
    static void *(*const bodies[])(void *) = {sleeps, computes, calls, reads};
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    for (int i = 0; i < 8; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, bodies[i % 4], &ends[0]);
    }
    wait_ms(20);
    printf("ends\n");
    fflush(stdout);
    syscall(SYS_exit_group, 0x1234);
}
