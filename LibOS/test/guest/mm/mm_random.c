// SPDX-License-Identifier: MIT
// Random calls on one stretch of memory; what each gives, and what is in memory from time to time, are summed up and printed.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "mm_show.h"

#define PAGE   4096ul
#define PAGES  64
#define ROUNDS 400
#define BATCH  50

static char *g_area;
static int g_file, g_pipe[2];
static uint64_t g_sum = 0xcbf29ce484222325ull;
static unsigned g_random = 1;

static unsigned below(unsigned limit)
{
    g_random = g_random * 1103515245 + 12345;
    return g_random / 65536 % limit;
}

static void add(long value)
{
    g_sum = (g_sum ^ (uint64_t)value) * 0x100000001b3ull;
}

/* An address in the area is the same in each run as its distance from the start. */
static void add_result(long result)
{
    const uintptr_t distance = (uintptr_t)result - (uintptr_t)g_area;
    add(result == -1 ? -errno : distance < PAGES * PAGE ? (long)distance : result == 0 ? 0 : 1);
}

static void map_some(char *at, size_t size)
{
    static const int prots[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
                                PROT_READ | PROT_EXEC};
    static const int kinds[] = {MAP_PRIVATE | MAP_ANONYMOUS,
                                MAP_PRIVATE | MAP_ANONYMOUS,
                                MAP_SHARED | MAP_ANONYMOUS,
                                MAP_PRIVATE,
                                MAP_SHARED,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE};
    const int flags = kinds[below(6)] | (below(6) ? MAP_FIXED : 0x100000);
    const long offset = (long)(below(20) * PAGE);
    add_result(syscall(SYS_mmap, at, size, prots[below(5)], flags, flags & MAP_ANONYMOUS ? -1 : g_file, offset));
}

/* What is moved is one mapping, whatever the kernel makes of neighbours that are alike. */
static void move_some(char *at, size_t size)
{
    char *to = g_area + below(PAGES) * PAGE;
    const size_t new_size = below(3) ? size : (below(8) + 1) * PAGE;
    if (below(2))
        size = PAGE;
    else
        map_some(at, size);
    if (to + new_size <= g_area + PAGES * PAGE)
        add_result(syscall(SYS_mremap, at, size, new_size, MREMAP_MAYMOVE | MREMAP_FIXED, to));
}

static void act(void)
{
    static const int advices[] = {MADV_DONTNEED, MADV_DONTNEED, MADV_NORMAL, MADV_WILLNEED,
                                  MADV_DONTFORK, MADV_DOFORK,   22};
    static const int prots[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE | PROT_EXEC};
    const unsigned first = below(PAGES), count = below(8) + 1;
    char *at = g_area + first * PAGE;
    const size_t size = (first + count > PAGES ? PAGES - first : count) * PAGE;
    switch (below(9)) {
    case 0:
    case 1:
    case 2:
        map_some(at, size);
        break;
    case 3:
        add_result(munmap(at, size));
        break;
    case 4:
        add_result(mprotect(at, size, prots[below(4)]));
        break;
    case 5:
        add_result(madvise(at, size, advices[below(7)]));
        break;
    case 6:
        add_result(msync(at, size, below(2) ? MS_ASYNC : MS_SYNC));
        break;
    case 7:
        move_some(at, size);
        break;
    default:
        /* A call that writes there, or does not. */
        if (pwrite(g_file, "12345678", 8, (off_t)(below(20) * PAGE)) == 8)
            add(pread(g_file, at + below(100), 8, (off_t)(below(20) * PAGE)));
        break;
    }
}

/* Each page: whether it can be read, and its first bytes. */
static void look(void)
{
    for (unsigned i = 0; i < PAGES; i++) {
        char bytes[128] = {0};
        const ssize_t size = write(g_pipe[1], g_area + i * PAGE, sizeof(bytes));
        add(size < 0 ? -errno : size);
        if (size > 0 && read(g_pipe[0], bytes, sizeof(bytes)) > 0) {
            for (size_t at = 0; at < sizeof(bytes); at++)
                add(bytes[at]);
        }
    }
}

int main(void)
{
    static char data[20 * PAGE];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i / PAGE + 1);
    g_file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(g_file, data, sizeof(data));
    pipe(g_pipe);
    g_area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BATCH; i++)
            act();
        look();
        if (round % 20 == 19)
            printf("%d: %016llx\n", round + 1, (unsigned long long)g_sum);
    }
    unlink("file");
    return 0;
}
