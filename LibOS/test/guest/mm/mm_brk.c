// SPDX-License-Identifier: MIT
// brk: the heap grows, shrinks, is zero when it comes back, and ends at its limit and at what is in the way.
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "mm_show.h"

static uintptr_t set(uintptr_t address)
{
    return (uintptr_t)syscall(SYS_brk, address);
}

int main(void)
{
    static char out[4096];
    setvbuf(stdout, out, _IOLBF, sizeof(out));
    const uintptr_t start = set(0);
    printf("is set: %d\n", start != 0);
    printf("too low: %d\n", set(1) == start);
    printf("too high: %d\n", set(-PAGE) == start);
    printf("16 MiB: %d\n", set(start + (16ul << 20)) == start + (16ul << 20));
    volatile char *heap = (volatile char *)start;
    for (size_t at = 0; at < 16ul << 20; at += PAGE)
        heap[at] = 1;
    printf("odd: %d\n", set(start + 5 * PAGE + 123) == start + 5 * PAGE + 123);
    heap[5 * PAGE + 122] = 7;
    printf("back: %d\n", set(start + (1ul << 20)) == start + (1ul << 20));
    printf("kept: %d, %d; new: %d\n", heap[0], heap[5 * PAGE + 122], heap[6 * PAGE]);
    printf("same: %d\n", set(start + (1ul << 20)) == start + (1ul << 20));

    void *block = mmap((void *)((start & -PAGE) + (4ul << 20)), PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("something in the way: %d\n", block == (void *)((start & -PAGE) + (4ul << 20)));
    printf("over it: %d\n", set(start + (5ul << 20)) == start + (1ul << 20));
    printf("up to it: %d\n", set((uintptr_t)block) == start + (1ul << 20));
    printf("not quite: %d\n", set((uintptr_t)block - PAGE) == (uintptr_t)block - PAGE);
    munmap(block, PAGE);
    printf("free again: %d\n", set(start + (5ul << 20)) == start + (5ul << 20));

    const struct rlimit limit = {8ul << 20, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
    show("limit", setrlimit(RLIMIT_DATA, &limit));
    printf("beyond the limit: %d\n", set(start + (9ul << 20)) == start + (5ul << 20));
    show("no limit", setrlimit(RLIMIT_DATA, &none));
    printf("beyond the limit: %d\n", set(start + (9ul << 20)) == start + (9ul << 20));

    /* A hole in the heap, as a program may make it. */
    show("hole", munmap((void *)((start & -PAGE) + (2ul << 20)), PAGE));
    printf("grows behind it: %d\n", set(start + (10ul << 20)) == start + (10ul << 20));
    printf("shrinks over it: %d\n", set(start + PAGE) == start + PAGE);
    printf("shrinks to nothing: %d\n", set(start) == start);
    return 0;
}
