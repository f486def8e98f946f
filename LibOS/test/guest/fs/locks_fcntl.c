// SPDX-License-Identifier: MIT
// Record locks: of the process and of open files, ranges that are cut and joined, waiting, closing; errors.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "interrupts.h"
#include "show.h"

#ifndef F_OFD_GETLK
#define F_OFD_GETLK  36
#define F_OFD_SETLK  37
#define F_OFD_SETLKW 38
#endif

static int set(int fd, int command, short type, short whence, off_t start, off_t len)
{
    struct flock lock = {.l_type = type, .l_whence = whence, .l_start = start, .l_len = len};
    return fcntl(fd, command, &lock);
}

/* What is in the way of a lock of an open file. */
static void ask(const char *what, int fd, int command, short type, off_t start, off_t len)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    if (fcntl(fd, command, &lock) < 0) {
        show(what, -1);
        return;
    }
    printf("%s: %s", what, lock.l_type == F_UNLCK ? "free" : lock.l_type == F_RDLCK ? "read" : "write");
    if (lock.l_type != F_UNLCK)
        printf(" %ld+%ld by %s", (long)lock.l_start, (long)lock.l_len,
               lock.l_pid == -1         ? "a file"
               : lock.l_pid == getpid() ? "us"
                                        : "?");
    printf("\n");
}

/* All ranges of a file that others see, found by asking again and again behind each. */
static void list(const char *what, int fd)
{
    off_t at = 0;
    printf("%s:", what);
    for (;;) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at};
        off_t first = -1, len = 0;
        short type = 0;
        /* The first in the list need not be the lowest: ask for less and less. */
        while (fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
            first = lock.l_start, len = lock.l_len, type = lock.l_type;
            if (first <= at)
                break;
            lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = first - at};
        }
        if (first < 0)
            break;
        printf(" %c%ld+%ld", type == F_RDLCK ? 'r' : 'w', (long)first, (long)len);
        if (len == 0)
            break;
        at = first + len;
    }
    printf("\n");
}

static void ranges(int fd, int other)
{
    puts("# ranges");
    show("10 to 19", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 10, 10));
    list("seen", other);
    show("20 to 29", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 20, 10));
    list("joined", other);
    show("read 15 to 24", set(fd, F_SETLK, F_RDLCK, SEEK_SET, 15, 10));
    list("cut", other);
    show("free 12", set(fd, F_SETLK, F_UNLCK, SEEK_SET, 12, 1));
    list("cut", other);
    show("write 0 to 99", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 100));
    list("one", other);
    show("free 50 to the end", set(fd, F_SETLK, F_UNLCK, SEEK_SET, 50, 0));
    list("rest", other);
    show("read all", set(fd, F_SETLK, F_RDLCK, SEEK_SET, 0, 0));
    list("all", other);
    show("free 10 to 20", set(fd, F_SETLK, F_UNLCK, SEEK_SET, 10, 10));
    list("two", other);
    show("free all", set(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
    list("none", other);
    show("free nothing", set(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));

    puts("# from elsewhere");
    lseek(fd, 100, SEEK_SET);
    show("from the position", set(fd, F_SETLK, F_WRLCK, SEEK_CUR, -10, 5));
    show("from the end", set(fd, F_SETLK, F_WRLCK, SEEK_END, -1, 1));
    show("length below 0", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 50, -10));
    list("seen", other);
    show("free all", set(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
    show("last byte", set(fd, F_SETLK, F_WRLCK, SEEK_SET, INT64_MAX, 1));
    show("and the one before", set(fd, F_SETLK, F_WRLCK, SEEK_SET, INT64_MAX - 1, 1));
    list("seen", other);
    show("free all", set(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
}

static void errors(int fd)
{
    const int reader = open("file", O_RDONLY), writer = open("file", O_WRONLY), path = open("file", O_PATH);
    struct flock lock = {.l_type = F_WRLCK, .l_pid = 1};
    puts("# errors");
    show("bad descriptor", set(-1, F_SETLK, F_WRLCK, SEEK_SET, 0, 0));
    show("bad pointer", fcntl(fd, F_SETLK, (void *)1));
    show("bad pointer to ask with", fcntl(fd, F_GETLK, (void *)1));
    show("bad whence", set(fd, F_SETLK, F_WRLCK, 7, 0, 0));
    show("bad type", set(fd, F_SETLK, 7, SEEK_SET, 0, 0));
    show("ask for nothing", set(fd, F_GETLK, F_UNLCK, SEEK_SET, 0, 0));
    show("ask for 7", set(fd, F_GETLK, 7, SEEK_SET, 0, 0));
    show("in front of the file", set(fd, F_SETLK, F_WRLCK, SEEK_SET, -1, 1));
    show("reaches in front of it", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 5, -6));
    show("too long", set(fd, F_SETLK, F_WRLCK, SEEK_SET, INT64_MAX, 2));
    show("too far", set(fd, F_SETLK, F_WRLCK, SEEK_END, INT64_MAX, 0));
    show("read, not readable", set(writer, F_SETLK, F_RDLCK, SEEK_SET, 0, 0));
    show("write, not writable", set(reader, F_SETLK, F_WRLCK, SEEK_SET, 0, 0));
    show("ask for it", set(reader, F_GETLK, F_WRLCK, SEEK_SET, 0, 0));
    show("O_PATH", set(path, F_SETLK, F_RDLCK, SEEK_SET, 0, 0));
    show("of a file, with a pid", fcntl(fd, F_OFD_SETLK, &lock));
    show("the other, with a pid", fcntl(fd, F_SETLK, &lock));
    close(reader), close(writer), close(path);
}

static void owners(int fd, int other)
{
    puts("# owners");
    show("process", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 10));
    show("process, by another open file", set(other, F_SETLK, F_WRLCK, SEEK_SET, 5, 10));
    ask("process asks", other, F_GETLK, F_WRLCK, 0, 0);
    ask("file asks", other, F_OFD_GETLK, F_RDLCK, 0, 0);
    show("file", set(fd, F_OFD_SETLK, F_RDLCK, SEEK_SET, 0, 10));
    show("file, elsewhere", set(fd, F_OFD_SETLK, F_RDLCK, SEEK_SET, 100, 10));
    ask("process asks", fd, F_GETLK, F_WRLCK, 100, 1);
    show("process", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 105, 1));
    show("process, read", set(fd, F_SETLK, F_RDLCK, SEEK_SET, 105, 1));
    show("another file, read", set(other, F_OFD_SETLK, F_RDLCK, SEEK_SET, 105, 1));
    show("the first, write", set(fd, F_OFD_SETLK, F_WRLCK, SEEK_SET, 100, 10));
    show("another file off", set(other, F_OFD_SETLK, F_UNLCK, SEEK_SET, 0, 0));
    show("process off", set(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
    show("the first, write", set(fd, F_OFD_SETLK, F_WRLCK, SEEK_SET, 100, 5));

    puts("# closing");
    show("process", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 10));
    const int copy = dup(fd), third = open("file", O_RDWR);
    close(copy);
    list("after a copy has been closed", third);
    show("process", set(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 10));
    close(other);
    list("after another one has been closed", third);
    close(fd);
    list("after the first has been closed", third);
    close(third);
}

/***** Waiting *****/

static int g_waiting[2];

static void *wait_for(void *arg)
{
    const int fd = *(int *)arg;
    show("had it at last", set(fd, F_OFD_SETLKW, F_WRLCK, SEEK_SET, 0, 1));
    return NULL;
}

static void *wait_interrupted(void *arg)
{
    const int fd = *(int *)arg;
    show("interrupted", set(fd, F_OFD_SETLKW, F_WRLCK, SEEK_SET, 0, 1));
    return NULL;
}

static void waiting(void)
{
    pthread_t thread;
    const struct sigaction action = {.sa_handler = do_nothing};
    puts("# waiting");
    g_waiting[0] = open("file", O_RDWR), g_waiting[1] = open("file", O_RDWR);
    show("first", set(g_waiting[0], F_OFD_SETLK, F_WRLCK, SEEK_SET, 0, 1));
    show("second", set(g_waiting[1], F_OFD_SETLK, F_WRLCK, SEEK_SET, 0, 1));
    pthread_create(&thread, NULL, wait_for, &g_waiting[1]);
    usleep(50000);
    puts("release");
    fflush(stdout);
    const int result = set(g_waiting[0], F_OFD_SETLK, F_UNLCK, SEEK_SET, 0, 1);
    pthread_join(thread, NULL);
    show("release", result);
    show("first", set(g_waiting[0], F_OFD_SETLK, F_RDLCK, SEEK_SET, 0, 1));

    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, wait_interrupted, &g_waiting[0]);
    interrupt(thread);

    pthread_create(&thread, NULL, wait_for, &g_waiting[0]);
    usleep(50000);
    close(g_waiting[1]); /* releases what it had */
    pthread_join(thread, NULL);
    close(g_waiting[0]);
}

int main(void)
{
    static char data[200];
    const int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600), other = open("file", O_RDWR);
    write(fd, data, sizeof(data));
    errors(fd);
    set(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0);
    ranges(fd, other);
    owners(fd, other);
    waiting();
    int pipes[2];
    pipe(pipes);
    puts("# a pipe");
    show("write", set(pipes[1], F_SETLK, F_WRLCK, SEEK_SET, 0, 0));
    show("read, other end", set(pipes[0], F_OFD_SETLK, F_RDLCK, SEEK_SET, 0, 0));
    unlink("file");
    return 0;
}
