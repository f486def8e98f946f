// SPDX-License-Identifier: MIT
// Descriptors: dup and its kin, the lowest free one, limits, close-on-exec, close_range, fcntl and ioctl that all files have.
#include "fs_report.h"
#include <linux/close_range.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#define close_range close_descriptors // musl has none

static int close_descriptors(unsigned first, unsigned last, unsigned flags)
{
    return (int)syscall(SYS_close_range, first, last, flags);
}

static void duplicates(void)
{
    char b[8];
    make_file("f", "0123456789");
    int fd = open("f", O_RDONLY), copy = dup(fd);
    R(read(fd, b, 3));
    R(lseek(copy, 0, SEEK_CUR));
    R(dup2(fd, 50));
    R(dup2(fd, fd) == fd);
    R(dup2(-1, 5));
    R(dup2(fd, -1));
    R(dup2(fd, 1 << 20));
    R(dup2(60, 60));
    R(dup3(fd, 51, O_CLOEXEC));
    R(dup3(fd, fd, 0));
    R(dup3(fd, 52, O_APPEND));
    R(fcntl(50, F_GETFD));
    R(fcntl(51, F_GETFD));
    R(fcntl(50, F_SETFD, FD_CLOEXEC));
    R(fcntl(50, F_GETFD));
    R(fcntl(50, F_SETFD, 0));
    R(fcntl(fd, F_DUPFD, 100));
    R(fcntl(fd, F_DUPFD, 100));
    R(fcntl(fd, F_DUPFD_CLOEXEC, 100));
    R(fcntl(102, F_GETFD));
    R(fcntl(fd, F_DUPFD, -1));
    R(fcntl(fd, F_DUPFD, 1 << 24));
    R(lseek(102, 7, SEEK_SET));
    R(read(copy, b, 8));
    R(close(fd));
    R(read(copy, b, 8));
    R(fcntl(fd, F_GETFD));
    R(fcntl(-1, F_GETFD));
    R(fcntl(50, 12345));
    R(dup(fd));
    R(close_range(100, 101, 0));
    R(fcntl(100, F_GETFD));
    R(fcntl(102, F_GETFD));
    R(close_range(50, 60, CLOSE_RANGE_CLOEXEC));
    R(fcntl(50, F_GETFD));
    R(close_range(50, ~0u, 0));
    R(fcntl(102, F_GETFD));
    R(close_range(5, 4, 0));
    R(close_range(5, 6, 64));
    close(copy);
}

static void lowest(void)
{
    int first = open("f", O_RDONLY), fds[300];
    printf("lowest %d\n", first);
    for (int i = 0; i < 300; i++)
        fds[i] = dup(first);
    printf("last %d\n", fds[299]);
    close(fds[10]);
    close(fds[200]);
    close(fds[5]);
    R(dup(first) == fds[5]);
    R(dup(first) == fds[10]);
    R(fcntl(first, F_DUPFD, 20) == fds[200]);
    R(dup(first));
    for (int i = 0; i < 302; i++)
        close(first + i);
    R(fcntl(first, F_GETFD));

    struct rlimit limit = {20, 20000}, old;
    getrlimit(RLIMIT_NOFILE, &old);
    limit.rlim_max = old.rlim_max;
    R(setrlimit(RLIMIT_NOFILE, &limit));
    int count = 0;
    while (open("f", O_RDONLY) >= 0)
        count++;
    printf("%d more: %s\n", count, strerror(errno));
    R(dup(0));
    R(dup2(0, 20));
    R(dup2(0, 19));
    R(fcntl(0, F_DUPFD, 20));
    R(fcntl(0, F_DUPFD, 19));
    close_range(3, ~0u, 0);
    R(setrlimit(RLIMIT_NOFILE, &old));
}

static void controls(void)
{
    int fd = open("f", O_RDWR), on = 1, off = 0, left = -1;
    char b[4];
    R(ioctl(fd, FIONREAD, &left));
    printf("left %d\n", left);
    R(read(fd, b, 4));
    R(ioctl(fd, FIONREAD, &left));
    printf("left %d\n", left);
    R(ioctl(fd, FIONREAD, WILD));
    R(ioctl(fd, FIONBIO, &on));
    printf("flags %x\n", fcntl(fd, F_GETFL));
    R(ioctl(fd, FIONBIO, &off));
    printf("flags %x\n", fcntl(fd, F_GETFL));
    R(ioctl(fd, FIONBIO, WILD));
    R(ioctl(fd, FIOCLEX, 0));
    R(fcntl(fd, F_GETFD));
    R(ioctl(fd, FIONCLEX, 0));
    R(fcntl(fd, F_GETFD));
    R(ioctl(fd, TIOCGWINSZ, b));
    R(ioctl(fd, 0x12345678, b));
    R(ioctl(-1, FIONREAD, &left));
    R(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY | O_TRUNC));
    printf("flags %x\n", fcntl(fd, F_GETFL));
    R(fcntl(fd, F_SETFL, 0));
    printf("flags %x\n", fcntl(fd, F_GETFL));
    R(fcntl(fd, F_GETOWN));
    R(fcntl(fd, F_SETOWN, getpid()));
    R(fcntl(fd, F_GETOWN) == getpid());
    R(fcntl(fd, F_SETOWN, 0));
    R(fcntl(fd, F_GETSIG));
    R(fcntl(fd, F_SETSIG, 10));
    R(fcntl(fd, F_GETSIG));
    R(fcntl(fd, F_SETSIG, 100));
    R(fcntl(fd, F_GETPIPE_SZ));
    close(fd);
}

// Threads that open and close the same descriptors: nobody reads from a file that is not his.
static void *busy(void *arg)
{
    const char *name = arg;
    long faults = 0;
    for (int i = 0; i < 3000; i++) {
        char b[1];
        int fd = open(name, O_RDONLY);
        int copy = dup(fd);
        if (read(copy, b, 1) != 1 || b[0] != name[0])
            faults++;
        if (close(fd) < 0 || close(copy) < 0)
            faults++;
    }
    return (void *)faults;
}

static volatile int g_stop;

// Descriptors that others use are closed under them.
static void *hostile(void *arg)
{
    (void)arg;
    char b[4];
    while (!g_stop) {
        pread(77, b, 4, 0);
        fcntl(77, F_GETFL);
    }
    return NULL;
}

static void threads(void)
{
    static char a[] = "a", b[] = "b";
    pthread_t one, two, three;
    void *result;
    make_file(a, "a");
    make_file(b, "b");
    pthread_create(&three, NULL, hostile, NULL);
    pthread_create(&one, NULL, busy, a);
    pthread_create(&two, NULL, busy, b);
    for (int i = 0; i < 2000; i++) {
        int fd = open(a, O_RDONLY);
        dup2(fd, 77);
        close(fd);
        close(77);
    }
    pthread_join(one, &result);
    printf("faults %ld\n", (long)result);
    pthread_join(two, &result);
    printf("faults %ld\n", (long)result);
    g_stop = 1;
    pthread_join(three, NULL);
    unlink(a);
    unlink(b);
}

int main(void)
{
    close_range(3, ~0u, 0);
    duplicates();
    lowest();
    controls();
    threads();
    unlink("f");
    return 0;
}
