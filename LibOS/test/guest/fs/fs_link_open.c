// SPDX-License-Identifier: MIT
// Names for files that are open: without one from the start (O_TMPFILE), without one any more, and only names (O_PATH); by way
// of /proc/self/fd.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include "interrupts.h"
#include "memory_directory.h"
#include "show.h"

static long link_open(int fd, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static void show_file(const char *name)
{
    struct stat st;
    char text[64] = "";
    const int fd = open(name, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) < 0) {
        printf("%s: %s\n", name, strerror(errno));
        return;
    }
    const ssize_t size = read(fd, text, sizeof(text) - 1);
    printf("%s: mode %o, %u links, %ld bytes: %.*s\n", name, st.st_mode, (unsigned)st.st_nlink, (long)st.st_size,
           (int)(size > 0 ? size : 0), text);
    close(fd);
}

static void write_text(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        perror("write");
}

static void link_unnamed(int access)
{
    struct stat st, other;
    const int fd = open(".", O_TMPFILE | access, 0640);
    if (show("O_TMPFILE", fd < 0 ? -1 : 0) < 0)
        return;
    write_text(fd, "one ");
    show("fchmod", fchmod(fd, 0604));
    show("link", link_open(fd, "a"));
    show_file("a");
    show("link to what is there", link_open(fd, "a"));
    show("a second one", link_open(fd, "b"));
    show_file("b");
    write_text(fd, "two");
    show_file("a");
    printf("the same file: %d\n", fstat(fd, &st) == 0 && stat("a", &other) == 0 && st.st_ino == other.st_ino);
    unlink("a");
    unlink("b");
    show("link after all names are gone", link_open(fd, "a"));
    close(fd);
}

static void link_large(void)
{
    enum { SIZE = 300000 };
    static char out[SIZE], in[SIZE];
    for (int i = 0; i < SIZE; i++)
        out[i] = (char)(i * 7 + i / 251);
    const int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    printf("written: %zd\n", write(fd, out, SIZE));
    show("link", link_open(fd, "large"));
    printf("position: %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    close(fd);
    const int again = open("large", O_RDONLY);
    const ssize_t size = read(again, in, SIZE);
    printf("read: %zd, %s\n", size, memcmp(in, out, SIZE) == 0 ? "the same" : "different");
    close(again);
    unlink("large");
}

// What the other thread uses: a descriptor, and above it which one that is of all that have had its number. 0 = none.
#define FD_BITS 16
static _Atomic unsigned busy;
static _Atomic int busy_ends, busy_failures;

static void *use_file(void *unused)
{
    while (!busy_ends) {
        char byte;
        struct stat st;
        const unsigned at = busy;
        const int fd = (int)(at & ((1 << FD_BITS) - 1));
        if (at && (fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && pread(fd, &byte, 1, 0) < 0)) && at == busy)
            busy_failures++;
    }
    return unused;
}

static pthread_t begin_use(void)
{
    pthread_t thread;
    busy = 0;
    busy_ends = busy_failures = 0;
    pthread_create(&thread, NULL, use_file, NULL);
    return thread;
}

static void end_use(const char *what, pthread_t thread, int done, int times)
{
    busy_ends = 1;
    pthread_join(thread, NULL);
    printf("%s while in use: %d of %d, %d failures\n", what, done, times, busy_failures);
}

// While another thread uses the file, and signals come.
static void link_busy(void)
{
    enum { SIZE = 1 << 20, TIMES = 40 };
    static char text[SIZE];
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    const pthread_t thread = begin_use();
    int linked = 0;
    setitimer(ITIMER_REAL, &often, NULL);
    for (unsigned i = 1; i <= TIMES; i++) {
        const int fd = open(".", O_TMPFILE | O_RDWR, 0600);
        if (pwrite(fd, text, SIZE, 0) != SIZE)
            perror("pwrite");
        busy = i << FD_BITS | (unsigned)fd;
        linked += link_open(fd, "busy") == 0;
        unlink("busy");
        busy = 0;
        close(fd);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    end_use("linked", thread, linked, TIMES);
}

// A directory that nobody has called one is opened as a file.
static void read_busy_directory(void)
{
    enum { TIMES = 200 };
    char entries[4096];
    const pthread_t thread = begin_use();
    int done = 0;
    mkdir("dir", 0700);
    for (unsigned i = 1; i <= TIMES; i++) {
        const int fd = open("dir", O_RDONLY);
        busy = i << FD_BITS | (unsigned)fd;
        done += syscall(SYS_getdents64, fd, entries, sizeof(entries)) > 0;
        busy = 0;
        close(fd);
    }
    rmdir("dir");
    end_use("read", thread, done, TIMES);
}

static void link_others(void)
{
    int fd = open(".", O_TMPFILE | O_EXCL | O_RDWR, 0600);
    show("O_EXCL: never", link_open(fd, "a"));
    close(fd);
    fd = open("n", O_RDWR | O_CREAT, 0600);
    write_text(fd, "named");
    show("link of one with a name", link_open(fd, "a"));
    show_file("a");
    unlink("n");
    show("the first name is gone, one is left", rename("a", "n"));
    unlink("n");
    show("none is left", link_open(fd, "a"));
    close(fd);
    close(open("n", O_RDWR | O_CREAT, 0600));
    fd = open("n", O_PATH);
    show("O_PATH", link_open(fd, "a"));
    show_file("a");
    close(fd);
    fd = open(".", O_PATH | O_DIRECTORY);
    show("a directory", link_open(fd, "d"));
    close(fd);
    unlink("a");
    unlink("n");
}

static void all(const char *where)
{
    printf("-- %s\n", where);
    link_unnamed(O_RDWR);
    link_unnamed(O_WRONLY);
    link_large();
    link_busy();
    read_busy_directory();
    link_others();
}

int main(void)
{
    umask(022);
    signal(SIGALRM, do_nothing);
    all("here");
    const char *memory = enter_memory();
    all("in memory");
    leave_memory(memory);
    return 0;
}
