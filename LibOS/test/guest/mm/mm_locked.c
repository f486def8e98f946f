// SPDX-License-Identifier: MIT
// msync, mincore, and the mlock family with its limits.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "mm_show.h"

static void sync_calls(void)
{
    char data[2 * PAGE] = {0};
    puts("# msync");
    const int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(fd, data, sizeof(data));
    char *a = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
    a[3] = 3;
    show("sync", msync(a, 2 * PAGE, MS_SYNC));
    show("async", msync(a, 1, MS_ASYNC));
    show("invalidate", msync(a, 2 * PAGE, MS_INVALIDATE));
    show("nothing", msync(a, 2 * PAGE, 0));
    show("both", msync(a, PAGE, MS_SYNC | MS_ASYNC));
    show("unknown", msync(a, PAGE, 8));
    show("unaligned", msync(a + 1, PAGE, MS_SYNC));
    show("size 0", msync(a, 0, MS_SYNC));
    show("wraps", msync(a, -PAGE, MS_SYNC));
    munmap(a + PAGE, PAGE);
    show("over the end", msync(a, 2 * PAGE, MS_SYNC));
    show("not mapped", msync(a + PAGE, PAGE, MS_ASYNC));
    munmap(a, PAGE);
    a = mmap(NULL, PAGE, RW, ANON, -1, 0);
    show("anonymous", msync(a, PAGE, MS_SYNC));
    munmap(a, PAGE);
    close(fd);
    unlink("file");
}

static void core_calls(void)
{
    static unsigned char vector[600];
    puts("# mincore");
    unsigned char *a = mmap(NULL, 600 * PAGE, RW, ANON, -1, 0);
    memset(a, 1, 600 * PAGE);
    show("600 pages", mincore(a, 600 * PAGE, vector));
    printf("resident: %d %d %d\n", vector[0] & 1, vector[300] & 1, vector[599] & 1);
    show("part of a page", mincore(a, 1, vector));
    show("unaligned", mincore(a + 1, PAGE, vector));
    show("size 0", mincore(a, 0, vector));
    show("no vector", mincore(a, PAGE, (void *)1));
    show("kernel's vector", mincore(a, PAGE, (void *)-PAGE));
    munmap(a + 599 * PAGE, PAGE);
    show("not mapped", mincore(a + 599 * PAGE, PAGE, vector));
    show("over the end", mincore(a, 600 * PAGE, vector));
    show("beyond", mincore(a, -PAGE, vector));
    munmap(a, 600 * PAGE);
}

static void lock_calls(void)
{
    puts("# mlock");
    char *a = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
    show("lock", mlock(a, 2 * PAGE));
    show("lock odd", mlock(a + 5, 100));
    show("lock on fault", syscall(SYS_mlock2, a, PAGE, 1));
    show("lock2 unknown flag", syscall(SYS_mlock2, a, PAGE, 2));
    show("invalidate what is locked", msync(a, PAGE, MS_INVALIDATE));
    show("give back what is locked", madvise(a, PAGE, MADV_DONTNEED));
    show("unlock", munlock(a, 8 * PAGE));
    show("give back", madvise(a, PAGE, MADV_DONTNEED));
    show("size 0", mlock(a, 0));
    show("wraps", mlock(a, -PAGE));
    munmap(a + 4 * PAGE, PAGE);
    show("over a gap", mlock(a, 8 * PAGE));
    show("unlock over a gap", munlock(a, 8 * PAGE));
    show("not mapped", mlock(a + 4 * PAGE, PAGE));
    char *b = show_pointer("map locked", mmap(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0));
    munmap(b, PAGE);
    munmap(a, 8 * PAGE);
    puts("# mlockall");
    show("none", mlockall(0));
    show("unknown", mlockall(8));
    show("on fault alone", mlockall(4));
    show("future", mlockall(MCL_FUTURE));
    show_pointer("map", a = mmap(NULL, PAGE, RW, ANON, -1, 0));
    show("is locked", msync(a, PAGE, MS_INVALIDATE));
    show("unlock all", munlockall());
    show("is not", msync(a, PAGE, MS_INVALIDATE));
    munmap(a, PAGE);
}

/* An ordinary user's limits; only where there is one. */
static void limits(void)
{
    const struct rlimit limit = {4 * PAGE, 4 * PAGE}, none = {0, 0};
    puts("# limits");
    if (geteuid() == 0 && setresuid(1000, 1000, 1000) < 0)
        return;
    char *a = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
    show("limit", setrlimit(RLIMIT_MEMLOCK, &limit));
    show("lock 4", mlock(a, 4 * PAGE));
    show("again", mlock(a, 4 * PAGE));
    show("one more", mlock(a + 4 * PAGE, PAGE));
    show_pointer("map locked", mmap(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0));
    show("all", mlockall(MCL_CURRENT));
    show("unlock", munlock(a, PAGE));
    show("one more", mlock(a + 4 * PAGE, PAGE));
    show("no limit left", setrlimit(RLIMIT_MEMLOCK, &none));
    show("lock", mlock(a, PAGE));
    show_pointer("map locked", mmap(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0));
    show("all", mlockall(MCL_CURRENT));
    show("unlock", munlock(a, 8 * PAGE));
}

int main(void)
{
    sync_calls();
    core_calls();
    lock_calls();
    limits();
    return 0;
}
