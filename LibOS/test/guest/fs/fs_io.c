// SPDX-License-Identifier: MIT
// read, write, pread, pwrite, lseek, their vector forms, positions and errors.
#include "fs_report.h"
#include <pthread.h>
#include <signal.h>
#include <sys/sendfile.h>

// musl has none.
#define preadv2  read_second
#define pwritev2 write_second

static long read_second(int fd, const struct iovec *vector, int count, long offset, int flags)
{
    return syscall(SYS_preadv2, fd, vector, count, offset, 0L, flags);
}

static long write_second(int fd, const struct iovec *vector, int count, long offset, int flags)
{
    return syscall(SYS_pwritev2, fd, vector, count, offset, 0L, flags);
}

static void plain(void)
{
    char b[64] = {0};
    int fd = RFD(open("a", O_RDWR | O_CREAT | O_EXCL, 0644));
    R(write(fd, "hello, world", 12));
    R(lseek(fd, 0, SEEK_CUR));
    R(read(fd, b, 5));
    R(lseek(fd, 0, SEEK_SET));
    R(read(fd, b, 5));
    show("b", b, 5);
    R(pread(fd, b, 64, 7));
    show("b", b, 5);
    R(lseek(fd, 0, SEEK_CUR));
    R(pwrite(fd, "WORLD", 5, 7));
    R(pread(fd, b, 64, 100));
    R(pread(fd, b, 64, -1));
    R(pwrite(fd, b, 1, -1));
    R(read(fd, b, 0));
    R(write(fd, b, 0));
    R(lseek(fd, -3, SEEK_END));
    R(read(fd, b, 64));
    R(lseek(fd, -100, SEEK_CUR));
    R(lseek(fd, 5, 17));
    R(lseek(fd, 20, SEEK_SET));
    R(write(fd, "x", 1));
    show_file("a");
    R(lseek(fd, 0, SEEK_END));
    R(lseek(fd, 1, SEEK_END));
    R(lseek(fd, 0x7fffffffffffffff, SEEK_CUR));
    R(lseek(fd, 100, SEEK_DATA));
    R(lseek(fd, 100, SEEK_HOLE));
    R(close(fd));
    R(close(fd));
    R(read(fd, b, 1));
    R(write(fd, b, 1));
    R(lseek(fd, 0, SEEK_SET));
    R(lseek(-1, 0, 99));
    R(read(-1, b, 1));
}

static void directions(void)
{
    char b[8];
    int r = RFD(open("a", O_RDONLY)), w = RFD(open("a", O_WRONLY)), d = RFD(open(".", O_RDONLY));
    int e = RFD(open(".", O_RDONLY | O_DIRECTORY));
    R(write(r, "x", 1));
    R(read(w, b, 1));
    R(pread(w, b, 1, 0));
    R(pwrite(r, b, 1, 0));
    R(read(d, b, 1));
    R(read(e, b, 1));
    R(pread(e, b, 1, 0));
    R(write(d, b, 1));
    R(read(r, WILD, 1));
    R(write(w, WILD, 1));
    R(pread(r, WILD, 1, 0));
    R(read(r, (void *)-1, 1));
    R(write(w, (void *)-4096, 1));
    R(read(r, b, MINUS_ONE));
    R(write(w, b, MINUS_ONE));
    R(read(r, (void *)0x7fffffff0000, (size_t)MANY << 40));
    close(r);
    close(w);
    close(d);
    close(e);
}

static void append(void)
{
    char b[64];
    make_file("log", "one\n");
    int fd = RFD(open("log", O_RDWR | O_APPEND));
    int other = RFD(open("log", O_WRONLY));
    R(lseek(fd, 0, SEEK_CUR));
    R(read(fd, b, 2));
    R(write(fd, "two\n", 4));
    R(lseek(fd, 0, SEEK_CUR));
    R(read(fd, b, 2));
    R(pwrite(fd, "three\n", 6, 0));
    R(pwrite(other, "ONE", 3, 0));
    R(lseek(fd, 0, SEEK_SET));
    R(read(fd, b, 64));
    show("log", b, 14);
    R(fcntl(fd, F_GETFL) & O_APPEND ? 1 : 0);
    R(fcntl(fd, F_SETFL, 0));
    R(lseek(fd, 0, SEEK_SET));
    R(write(fd, "X", 1));
    R(fcntl(other, F_SETFL, O_APPEND));
    R(write(other, "end\n", 4));
    R(lseek(other, 0, SEEK_CUR));
    show_file("log");
    close(fd);
    close(other);
}

static void vectors(void)
{
    char a[4] = {0}, b[8] = {0}, c[16] = {0};
    struct iovec in[3] = {{a, 3}, {b, 0}, {c, 15}};
    struct iovec out[4] = {{"abc", 3}, {NULL, 0}, {"defgh", 5}, {"ij", 2}};
    struct iovec bad[2] = {{a, 3}, {WILD, 4}};
    struct iovec negative[1] = {{a, (size_t)-1}};
    int fd = RFD(open("v", O_RDWR | O_CREAT | O_TRUNC, 0600));
    R(writev(fd, out, 4));
    R(pwritev(fd, out, 2, 12));
    R(lseek(fd, 0, SEEK_CUR));
    R(lseek(fd, 0, SEEK_SET));
    R(readv(fd, in, 3));
    show("a", a, 3);
    show("c", c, 12);
    R(preadv(fd, in, 3, 2));
    show("a", a, 3);
    R(lseek(fd, 1, SEEK_SET));
    R(preadv2(fd, in, 3, -1, 0));
    R(lseek(fd, 0, SEEK_CUR));
    R(preadv2(fd, in, 3, 0, 0x40000000));
    R(pwritev2(fd, out, 1, 0, 2)); // RWF_DSYNC
    R(pwritev2(fd, out, 1, 0, 6)); // and RWF_SYNC
    // RWF_NOWAIT is for some file systems, and for what is in memory.
    const ssize_t at_once = preadv2(fd, in, 1, 0, 8);
    const int refusal = at_once < 0 ? errno : 0;
    R(at_once == (ssize_t)in[0].iov_len || refusal == EOPNOTSUPP || refusal == EAGAIN);
    // RWF_APPEND, where it changes nothing.
    int pair[2];
    R(pipe(pair));
    R(pwritev2(pair[1], out, 1, -1, 16));
    R(preadv2(pair[0], in, 1, -1, 16));
    close(pair[0]);
    close(pair[1]);
    const int end = open("appended", O_RDWR | O_CREAT | O_APPEND, 0600);
    R(pwritev2(end, out, 1, 0, 16));
    R(pwritev2(end, out, 1, 0, 16 | 2));
    R(lseek(end, 0, SEEK_END));
    close(end);
    unlink("appended");
    R(readv(fd, in, 0));
    R(readv(fd, in, MINUS_ONE));
    R(readv(fd, in, MANY));
    R(readv(fd, WILD, 1));
    R(readv(-1, WILD, 1));
    R(readv(fd, negative, 1));
    R(preadv(fd, in, 1, -1));
    R(lseek(fd, 0, SEEK_SET));
    R(writev(fd, bad, 1));
    R(writev(fd, bad + 1, 1));
    char *large = malloc(200000);
    memset(large, 'L', 200000);
    struct iovec big[3] = {{large, 70000}, {large, 80000}, {large, 50000}};
    R(lseek(fd, 0, SEEK_SET));
    R(writev(fd, big, 3));
    R(lseek(fd, 0, SEEK_END));
    R(pwrite(fd, "end", 3, 199997));
    R(lseek(fd, 0, SEEK_SET));
    R(readv(fd, big, 3));
    show("large", large + 49990, 10);
    free(large);
    close(fd);
}

static void copies(void)
{
    char b[64];
    off_t at = 2, to = 1;
    make_file("from", "0123456789");
    int in = RFD(open("from", O_RDONLY)), out = RFD(open("to", O_RDWR | O_CREAT | O_TRUNC, 0644));
    R(sendfile(out, in, NULL, 4));
    R(lseek(in, 0, SEEK_CUR));
    R(sendfile(out, in, &at, 3));
    printf("at %ld\n", (long)at);
    R(lseek(in, 0, SEEK_CUR));
    R(sendfile(out, in, NULL, 100));
    R(sendfile(out, in, NULL, 100));
    show_file("to");
    R(sendfile(in, out, NULL, 1));
    R(sendfile(out, -1, NULL, 1));
    at = -1;
    R(sendfile(out, in, &at, 1));
    R(sendfile(out, in, WILD, 1));
    int broken[2];
    pipe(broken);
    close(broken[0]);
    signal(SIGPIPE, SIG_IGN);
    R(sendfile(broken[1], in, NULL, 100)); // at the end: there is nothing to be sent
    close(broken[1]);
    at = 3;
    R(copy_file_range(in, &at, out, &to, 4, 0));
    printf("at %ld to %ld\n", (long)at, (long)to);
    show_file("to");
    R(copy_file_range(in, &at, out, NULL, 4, 1));
    at = 0;
    to = 2;
    R(copy_file_range(out, &at, out, &to, 4, 0));
    to = 40;
    R(copy_file_range(out, &at, out, &to, 4, 0));
    R(copy_file_range(in, NULL, out, NULL, 4, 0));
    R(lseek(in, 0, SEEK_SET));
    R(copy_file_range(in, NULL, out, NULL, 4, 0));
    R(lseek(out, 0, SEEK_CUR));
    int dir = open(".", O_RDONLY);
    R(copy_file_range(dir, NULL, out, NULL, 4, 0));
    R(copy_file_range(out, NULL, in, NULL, 4, 0));
    R(pread(out, b, 64, 0));
    close(dir);
    close(in);
    close(out);
}

// Several threads at one position: each byte is read once, and what is appended stays whole.
static void *reader(void *arg)
{
    unsigned char b[7];
    long size, sum = 0;
    while ((size = read(*(int *)arg, b, sizeof(b))) > 0)
        for (long i = 0; i < size; i++)
            sum += b[i];
    return (void *)sum;
}

static void *writer(void *arg)
{
    for (int i = 0; i < 500; i++)
        if (write(*(int *)arg, "0123456789", 10) != 10)
            return (void *)1;
    return NULL;
}

static void shared(void)
{
    char b[10];
    pthread_t threads[4];
    void *result;
    long sum = 0, torn = 0;
    int fd = RFD(open("shared", O_RDWR | O_CREAT | O_TRUNC, 0600));
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, writer, &fd);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("failed %ld\n", sum);
    R(lseek(fd, 0, SEEK_CUR));
    for (long at = 0; pread(fd, b, 10, at) == 10; at += 10)
        torn += memcmp(b, "0123456789", 10) != 0;
    printf("torn %ld\n", torn);
    R(lseek(fd, 0, SEEK_SET));
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, reader, &fd);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("sum %ld\n", sum);
    close(fd);
    unlink("shared");
}

int main(void)
{
    plain();
    directions();
    append();
    vectors();
    copies();
    shared();
    unlink("a"), unlink("log"), unlink("v"), unlink("from"), unlink("to");
    return 0;
}
