// SPDX-License-Identifier: MIT
// Stacks: the first one down to its limit, mappings that grow, and what lies below them.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "mm_touch.h"

static unsigned long deep(unsigned long bytes)
{
    volatile char frame[4096];
    frame[0] = (char)bytes;
    return bytes < sizeof(frame) ? (unsigned long)frame[0] : deep(bytes - sizeof(frame)) + (unsigned long)frame[0];
}

static void grows(void)
{
    puts("# a mapping that grows");
    char *room = mmap(NULL, 4096 * PAGE, PROT_NONE, ANON, -1, 0);
    munmap(room, 4096 * PAGE);
    char *a = mmap(room + 2048 * PAGE, PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
    show_pointer("map", a);
    printf("page below: %s\n", touch(a - 1, 1));
    printf("further below: %s\n", touch(a - 100 * PAGE, 1));
    printf("between: %s\n", touch(a - 50 * PAGE, 0));
    printf("above: %s\n", touch(a + PAGE, 0));
    char *b = mmap(room + 1600 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    show_pointer("something below", b);
    printf("far enough: %s\n", touch(b + PAGE + 256 * PAGE, 1));
    printf("too near: %s\n", touch(b + PAGE + 255 * PAGE, 1));
    show("protect all of it", mprotect(a, PAGE, PROT_READ | PROT_GROWSDOWN));
    printf("write: %s\n", touch(b + PAGE + 256 * PAGE, 1));
    show("unmap", munmap(room, 4096 * PAGE));

    const struct rlimit limit = {64 * PAGE, RLIM_INFINITY};
    struct rlimit old;
    getrlimit(RLIMIT_STACK, &old);
    a = mmap(room + 2048 * PAGE, PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
    setrlimit(RLIMIT_STACK, &limit);
    printf("within the limit: %s\n", touch(a - 60 * PAGE, 1));
    printf("beyond the limit: %s\n", touch(a - 64 * PAGE, 1));
    setrlimit(RLIMIT_STACK, &old);
    munmap(room, 4096 * PAGE);
}

static void *thread_main(void *arg)
{
    (void)arg;
    return (void *)(long)(deep(900000) != 1);
}

int main(void)
{
    static char alternate[65536];
    const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
    sigaltstack(&stack, NULL);
    touch_begin(SA_ONSTACK);

    puts("# first stack");
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    printf("7 MiB: %d\n", limit.rlim_cur < 8ul << 20 || deep(7ul << 20) != 1);
    if (sigsetjmp(g_back, 1) == 0)
        printf("without end: %lu\n", deep(1ul << 40));
    else
        puts("without end: a signal");
    printf("7 MiB again: %d\n", limit.rlim_cur < 8ul << 20 || deep(7ul << 20) != 1);

    pthread_t thread;
    void *result = NULL;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 1 << 20);
    show("thread", pthread_create(&thread, &attributes, thread_main, NULL));
    show("join", pthread_join(thread, &result));
    printf("900 KB: %d\n", result != NULL);
    grows();
    return 0;
}
