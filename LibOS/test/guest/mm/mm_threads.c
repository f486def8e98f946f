// SPDX-License-Identifier: MIT
// Several threads map, protect, move and unmap at once; nobody loses what is theirs.
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE    4096ul
#define RW      (PROT_READ | PROT_WRITE)
#define ANON    (MAP_PRIVATE | MAP_ANONYMOUS)
#define THREADS 4
#define ROUNDS  3000
#define SLOTS   16

static void *run(void *arg)
{
    const unsigned char mark = (unsigned char)(size_t)arg;
    unsigned random = mark * 7919u;
    struct {
        unsigned char *start;
        size_t pages;
    } slots[SLOTS] = {0};
    size_t wrong = 0;
    for (int round = 0; round < ROUNDS; round++) {
        random = random * 1103515245 + 12345;
        const unsigned slot = random / 65536 % SLOTS, pages = random / 4096 % 7 + 1;
        if (!slots[slot].start) {
            slots[slot].start = mmap(NULL, pages * PAGE, RW, ANON, -1, 0);
            slots[slot].pages = pages;
            for (unsigned i = 0; i < pages; i++) {
                wrong += slots[slot].start[i * PAGE] != 0;
                slots[slot].start[i * PAGE] = mark;
            }
            continue;
        }
        for (unsigned i = 0; i < slots[slot].pages; i++)
            wrong += slots[slot].start[i * PAGE] != mark;
        switch (random / 65536 / SLOTS % 4) {
        case 0:
            wrong += munmap(slots[slot].start, slots[slot].pages * PAGE) != 0;
            slots[slot].start = NULL;
            break;
        case 1:
            slots[slot].start = mremap(slots[slot].start, slots[slot].pages * PAGE, pages * PAGE, MREMAP_MAYMOVE);
            for (size_t i = slots[slot].pages; i < pages; i++)
                slots[slot].start[i * PAGE] = mark;
            slots[slot].pages = pages;
            break;
        case 2:
            wrong += mprotect(slots[slot].start, PAGE, PROT_READ) != 0;
            wrong += mprotect(slots[slot].start, PAGE, RW) != 0;
            break;
        default:
            wrong += madvise(slots[slot].start, slots[slot].pages * PAGE, MADV_DONTNEED) != 0;
            for (unsigned i = 0; i < slots[slot].pages; i++) {
                wrong += slots[slot].start[i * PAGE] != 0;
                slots[slot].start[i * PAGE] = mark;
            }
            break;
        }
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (slots[i].start)
            wrong += munmap(slots[i].start, slots[i].pages * PAGE) != 0;
    }
    return (void *)wrong;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, (void *)(i + 1));
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        printf("thread %zu: %zu wrong\n", i, (size_t)wrong);
    }
    return 0;
}
