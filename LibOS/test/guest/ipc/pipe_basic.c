// SPDX-License-Identifier: MIT
// Pipes: data, ends, sizes, flags, packets, and what is wrong with them.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "show.h"

static int g_fds[2];
static volatile int g_signals;

static void on_signal(int signal)
{
    (void)signal;
    g_signals++;
}

static void show_waiting(void)
{
    int waiting = -1;
    show("FIONREAD", ioctl(g_fds[0], FIONREAD, &waiting));
    printf("  %d\n", waiting);
}

static void show_read(const char *what, size_t size)
{
    static char buffer[100000];
    long result = show(what, read(g_fds[0], buffer, size));
    unsigned sum = 0;
    for (long i = 0; i < result; i++)
        sum = sum * 31 + (unsigned char)buffer[i];
    printf("  sum %u\n", sum);
}

static void ends(void)
{
    struct stat in, out;
    char buffer[16];
    show("pipe", pipe(g_fds));
    fstat(g_fds[0], &in);
    fstat(g_fds[1], &out);
    printf("mode %o %o, same %d, size %ld, block %ld\n", in.st_mode, out.st_mode,
           in.st_ino == out.st_ino && in.st_dev == out.st_dev, (long)in.st_size, (long)in.st_blksize);
    printf("flags %#x %#x %d\n", fcntl(g_fds[0], F_GETFL), fcntl(g_fds[1], F_GETFL), fcntl(g_fds[0], F_GETFD));
    show("read the writer", read(g_fds[1], buffer, 1));
    show("write the reader", write(g_fds[0], buffer, 1));
    show("lseek", lseek(g_fds[0], 0, SEEK_CUR));
    show("pread", pread(g_fds[0], buffer, 1, 0));
    show("ftruncate", ftruncate(g_fds[1], 0));
    show("fsync", fsync(g_fds[1]));
    show("write", write(g_fds[1], "hello", 5));
    show_waiting();
    show("write nothing", write(g_fds[1], "", 0));
    show("read nothing", read(g_fds[0], buffer, 0));
    show_read("read", 3);
    show_read("rest", 30);
    struct iovec pieces[3] = {{"ab", 2}, {"", 0}, {"cdef", 4}};
    show("writev", writev(g_fds[1], pieces, 3));
    struct iovec into[2] = {{buffer, 1}, {buffer + 1, 10}};
    show("readv", readv(g_fds[0], into, 2));
    printf("%.6s\n", buffer);
    show("EFAULT", write(g_fds[1], (void *)8, 5));
    show_waiting();
    write(g_fds[1], "hello", 5);
    show("EFAULT", read(g_fds[0], (void *)8, 5));
    close(g_fds[1]);
    show_read("after close", 10);
    show_read("end", 10);
    close(g_fds[0]);

    pipe(g_fds);
    close(g_fds[0]);
    show("EPIPE", write(g_fds[1], "x", 1));
    printf("signals %d\n", g_signals);
    close(g_fds[1]);
    show("pipe EFAULT", syscall(SYS_pipe, (void *)8));
    show("pipe2 flags", pipe2(g_fds, O_APPEND));
    show("bad fd", fcntl(1000, F_GETPIPE_SZ));
}

static void sizes(void)
{
    static char block[200000];
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (char)(i * 7 / 3);
    show("pipe2", pipe2(g_fds, O_NONBLOCK | O_CLOEXEC));
    printf("flags %#x %d\n", fcntl(g_fds[1], F_GETFL), fcntl(g_fds[1], F_GETFD));
    show("size", fcntl(g_fds[0], F_GETPIPE_SZ));
    show("empty", read(g_fds[0], block, 1));
    show("large", write(g_fds[1], block, sizeof(block)));
    show_waiting();
    show("full", write(g_fds[1], block, 1));
    show("full", write(g_fds[1], block, 5000));
    struct pollfd item = {g_fds[1], POLLOUT, 0};
    show("poll", poll(&item, 1, 0));
    show_read("half a page", 2048);
    show("poll", poll(&item, 1, 0));
    show_read("half a page", 2048);
    show("poll", poll(&item, 1, 0));
    show("page", write(g_fds[1], block, 4096));
    show("too small", fcntl(g_fds[0], F_SETPIPE_SZ, 4096));
    show_read("all", sizeof(block));
    show("one page", fcntl(g_fds[0], F_SETPIPE_SZ, 1));
    show("large", write(g_fds[1], block, 10000));
    show_read("all", sizeof(block));
    show("odd", fcntl(g_fds[0], F_SETPIPE_SZ, 70000));
    show("size", fcntl(g_fds[1], F_GETPIPE_SZ));
    show("large", write(g_fds[1], block, sizeof(block)));
    show("grow", fcntl(g_fds[0], F_SETPIPE_SZ, 1 << 20));
    show("more", write(g_fds[1], block, 70000));
    show_read("some", 1000);
    show_read("all", sizeof(block) / 2);
    show_read("all", sizeof(block) / 2);
    show("huge", fcntl(g_fds[0], F_SETPIPE_SZ, 0x80000001u));
    show("no pipe", fcntl(1, F_SETPIPE_SZ, 4096));
    /* Around the end of the ring. */
    for (int i = 0; i < 40; i++) {
        long wrote = write(g_fds[1], block + i * 100, 3000);
        long got = read(g_fds[0], block + 100000, 3000);
        if (wrote != 3000 || got != 3000 || memcmp(block + i * 100, block + 100000, 3000) != 0)
            printf("wrong at %d\n", i);
    }
    close(g_fds[0]);
    close(g_fds[1]);
}

static void packets(void)
{
    show("pipe2", pipe2(g_fds, O_DIRECT | O_NONBLOCK));
    printf("flags %#x %#x\n", fcntl(g_fds[0], F_GETFL), fcntl(g_fds[1], F_GETFL));
    show("write", write(g_fds[1], "hello", 5));
    show("write", write(g_fds[1], "you", 3));
    show_waiting();
    show_read("first", 100);
    show_read("cut off", 2);
    show_read("empty", 100);
    write(g_fds[1], "hello", 5);
    show_read("cut off", 1);
    write(g_fds[1], "two", 3);
    show_read("next", 100);
    static char block[10000];
    show("three", write(g_fds[1], block, sizeof(block)));
    show_read("one", sizeof(block));
    show_read("two", sizeof(block));
    show_read("three", sizeof(block));
    write(g_fds[1], "packet", 6);
    show("no packets", fcntl(g_fds[1], F_SETFL, O_NONBLOCK));
    write(g_fds[1], "ab", 2);
    write(g_fds[1], "cd", 2);
    show_read("packet", 100);
    show_read("bytes", 100);
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGPIPE, &action, NULL);
    ends();
    sizes();
    packets();
    return 0;
}
