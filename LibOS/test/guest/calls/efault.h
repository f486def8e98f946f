/* SPDX-License-Identifier: MIT */
/* For tests of bad pointers: each call of a table is made with every kind of bad pointer in one place. Knows no call. */
#ifndef LIBOS_TEST_GUEST_CALLS_EFAULT_H
#define LIBOS_TEST_GUEST_CALLS_EFAULT_H

#include "report.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE    4096ul
#define SCRATCH 100 /* descriptors from here on are closed after each call */
/* In arguments: where the pointer goes, and what is a valid one. */
#define P    0x7001000000000001l
#define GOOD ((long)g_good)

enum way {
    IN,   /* the call reads what the pointer points to */
    OUT,  /* it writes there */
    BAD,  /* it would do something with a valid one: only bad ones */
    LOST, /* the same, and null is valid */
};

struct probe {
    const char *name;
    int number;
    enum way way;
    size_t size; /* of what is pointed to */
    long arguments[6];
};

static unsigned char *g_pages; /* writable, read-only, unmapped, inaccessible */
static unsigned char g_good[8192] __attribute__((aligned(16)));

static void probe_setup(void)
{
    g_pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(g_pages + PAGE, PAGE, PROT_READ);
    munmap(g_pages + 2 * PAGE, PAGE);
    mprotect(g_pages + 3 * PAGE, PAGE, PROT_NONE);
    /* What calls make gets numbers from here on. */
    for (int fd = 3; fd < SCRATCH; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            dup2(0, fd);
}

static void probe_one(const struct probe *probe, const char *kind, unsigned long pointer)
{
    long a[6];
    for (int i = 0; i < 6; i++)
        a[i] = probe->arguments[i] == P ? (long)pointer : probe->arguments[i];
    memset(g_pages, 0, PAGE);
    memset(g_good, 0, sizeof(g_good));
    errno = 0;
    const long result = syscall(probe->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    printf(" %s:%s", kind, result >= 0 ? "ok" : error_name(errno));
    syscall(SYS_close_range, SCRATCH, ~0u, 0);
}

static void probe_all(const struct probe *probes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct probe *probe = &probes[i];
        printf("%s:", probe->name);
        if (probe->way != LOST)
            probe_one(probe, "null", 0);
        probe_one(probe, "small", 16);
        probe_one(probe, "unmapped", (unsigned long)g_pages + 2 * PAGE);
        probe_one(probe, "none", (unsigned long)g_pages + 3 * PAGE);
        probe_one(probe, "noncanonical", 0x800000000000);
        probe_one(probe, "kernel", 0xffffffff81000000);
        probe_one(probe, "last", ~0ul - 7);
        probe_one(probe, "minus", ~0ul);
        if (probe->way == OUT)
            probe_one(probe, "readonly", (unsigned long)g_pages + PAGE);
        if (probe->way == OUT && probe->size > 1)
            probe_one(probe, "short", (unsigned long)g_pages + PAGE - probe->size / 2);
        if (probe->way == IN && probe->size > 1)
            probe_one(probe, "short", (unsigned long)g_pages + 2 * PAGE - probe->size / 2);
        putchar('\n');
        fflush(stdout);
    }
}

#endif
