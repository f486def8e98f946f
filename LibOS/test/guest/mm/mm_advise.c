// SPDX-License-Identifier: MIT
// madvise: memory that is given back is zero, or what the file says, and advice that changes nothing.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "mm_show.h"

static long advise(void *at, size_t size, int advice)
{
    return syscall(SYS_madvise, at, size, advice);
}

static void contents(void)
{
    char data[3 * PAGE];
    puts("# contents");
    char *a = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
    memset(a, 1, 4 * PAGE);
    show("give back the middle", advise(a + PAGE, 2 * PAGE, MADV_DONTNEED));
    printf("left: %d, middle: %d %d, right: %d\n", a[PAGE - 1], a[PAGE], a[3 * PAGE - 1], a[3 * PAGE]);
    a[PAGE] = 3;
    show("read only", mprotect(a, 4 * PAGE, PROT_READ));
    show("give back", advise(a, 4 * PAGE, MADV_DONTNEED));
    printf("zero: %d %d, still read only: %ld\n", a[0], a[PAGE],
           syscall(SYS_getrandom, a, 1, 0) == -1 ? (long)errno : 0);
    munmap(a, 4 * PAGE);

    const int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    memset(data, 5, sizeof(data));
    write(fd, data, sizeof(data));
    a = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE, fd, 0);
    a[0] = a[PAGE] = a[2 * PAGE] = 6;
    show("private file", advise(a + PAGE, PAGE, MADV_DONTNEED));
    printf("contents: %d %d %d\n", a[0], a[PAGE], a[2 * PAGE]);
    char *b = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
    b[0] = 7;
    show("shared file", advise(b, 3 * PAGE, MADV_DONTNEED));
    printf("contents: %d\n", b[0]);
    show("free lazily, shared", advise(b, PAGE, MADV_FREE));
    show("free lazily, private file", advise(a, PAGE, MADV_FREE));
    munmap(a, 3 * PAGE);
    munmap(b, 3 * PAGE);
    close(fd);
    unlink("file");

    a = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    a[0] = a[PAGE] = 1;
    show("shared memory", advise(a, 2 * PAGE, MADV_DONTNEED));
    printf("contents: %d\n", a[0]);
    show("remove", advise(a, PAGE, MADV_REMOVE));
    printf("contents: %d %d\n", a[0], a[PAGE]);
    munmap(a, 2 * PAGE);
    a = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0);
    a[0] = 1;
    show("free lazily", advise(a, PAGE, MADV_FREE));
    printf("contents: %d\n", a[0] == 0 || a[0] == 1);
    show("remove, private", advise(a, PAGE, MADV_REMOVE));
    munmap(a, 2 * PAGE);
}

static void advices(void)
{
    static const struct {
        const char *name;
        int number;
    } all[] = {
        {"normal", 0},
        {"random", 1},
        {"sequential", 2},
        {"will need", 3},
        {"do not fork", 10},
        {"do fork", 11},
        {"huge pages", 14},
        {"no huge", 15},
        {"do not dump", 16},
        {"do dump", 17},
        {"wipe on fork", 18},
        {"keep on fork", 19},
        {"cold", 20},
        {"page out", 21},
        {"populate", 22},
        {"populate to write", 23},
        {"5", 5},
        {"6", 6},
        {"7", 7},
        {"26", 26},
        {"99", 99},
        {"1000", 1000},
        {"-1", -1},
    };
    puts("# advices");
    char *a = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
    memset(a, 1, 4 * PAGE);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        show(all[i].name, advise(a, 2 * PAGE, all[i].number));
    printf("contents: %d %d\n", a[0], a[2 * PAGE]);

    puts("# errors");
    show("unaligned", advise(a + 1, PAGE, MADV_DONTNEED));
    show("size 0", advise(a, 0, MADV_DONTNEED));
    show("size 0, unknown advice", advise(a, 0, 99));
    show("wraps", advise(a, -PAGE, MADV_DONTNEED));
    show("wraps to 0", advise(a, -1ul, MADV_DONTNEED));
    show("not mapped", advise((void *)0x10000, PAGE, MADV_DONTNEED));
    munmap(a + PAGE, PAGE);
    show("over a gap", advise(a, 4 * PAGE, MADV_DONTNEED));
    printf("done all the same: %d %d\n", a[0], a[2 * PAGE]);
    show("normal, over a gap", advise(a, 4 * PAGE, MADV_NORMAL));
    mprotect(a, PAGE, PROT_READ);
    show("populate to write, read only", advise(a, PAGE, 23));
    show("populate, gap", advise(a, 2 * PAGE, 22));
    munmap(a, 4 * PAGE);
}

static long advise_process(int pidfd, const struct iovec *ranges, size_t count, int advice, unsigned flags)
{
    return syscall(SYS_process_madvise, pidfd, ranges, count, advice, flags);
}

static void processes(void)
{
    char *a = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
    const int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    struct iovec ranges[] = {{a, PAGE}, {a + 2 * PAGE, 2 * PAGE}, {a + 1, PAGE}};
    puts("# process_madvise");
    show("two ranges", advise_process(pidfd, ranges, 2, MADV_WILLNEED, 0));
    show("the last is wrong", advise_process(pidfd, ranges, 3, MADV_COLD, 0));
    show("the first is", advise_process(pidfd, ranges + 2, 1, MADV_COLD, 0));
    show("none", advise_process(pidfd, ranges, 0, MADV_COLD, 0));
    show("unknown advice", advise_process(pidfd, ranges, 2, 999, 0));
    show("a flag", advise_process(pidfd, ranges, 2, MADV_COLD, 1));
    show("too many", advise_process(pidfd, ranges, 1025, MADV_COLD, 0));
    show("no process", advise_process(0, ranges, 2, MADV_COLD, 0));
    show("no descriptor", advise_process(-1, ranges, 2, MADV_COLD, 0));
    munmap(a + 2 * PAGE, PAGE);
    show("a gap", advise_process(pidfd, ranges, 2, MADV_COLD, 0));
    munmap(a, 4 * PAGE);
    close(pidfd);
}

/* While one thread gives memory back, another uses what is beside it, and what is there. */
static char *g_shared;

static void *use(void *arg)
{
    long wrong = 0;
    for (int i = 0; i < 20000; i++) {
        g_shared[0] = 1;
        g_shared[PAGE * (size_t)(1 + i % 3)] = (char)i;
        wrong += g_shared[0] != 1;
    }
    *(long *)arg = wrong;
    return NULL;
}

static void threads(void)
{
    pthread_t thread;
    long wrong = 1;
    puts("# threads");
    g_shared = mmap(NULL, 4 * PAGE, RW, ANON | MAP_NORESERVE, -1, 0);
    pthread_create(&thread, NULL, use, &wrong);
    for (int i = 0; i < 20000; i++)
        advise(g_shared + PAGE, 3 * PAGE, MADV_DONTNEED);
    pthread_join(thread, NULL);
    printf("wrong: %ld\n", wrong);
}

int main(void)
{
    contents();
    advices();
    processes();
    threads();
    return 0;
}
