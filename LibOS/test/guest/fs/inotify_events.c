// SPDX-License-Identifier: MIT
// inotify: what happens to files and directories as events; watches, flags, reading in pieces, errors.
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "inotify_bits.h"
#include "memory_directory.h"
#include "show.h"

static uint32_t g_cookie;

/* Read all that is there. Cookies are told by whether they are new. */
static void drain(const char *what, int fd)
{
    static char buffer[65536] __attribute__((aligned(8)));
    printf("%s:", what);
    ssize_t size;
    while ((size = read(fd, buffer, sizeof(buffer))) > 0) {
        for (char *at = buffer; at < buffer + size;) {
            const struct inotify_event *event = (void *)at;
            printf(" [%d", event->wd);
            print_bits(event->mask);
            if (event->cookie)
                printf(event->cookie == g_cookie ? " same" : " new");
            g_cookie = event->cookie;
            if (event->len)
                printf(" %s+%d", event->name, event->len);
            printf("]");
            at += sizeof(*event) + event->len;
        }
    }
    printf(size < 0 && errno != EAGAIN ? " %s\n" : "\n", strerror(errno));
}

static void errors(void)
{
    puts("# errors");
    show("init flags", inotify_init1(1));
    const int fd = inotify_init1(IN_NONBLOCK), file = open("plain", O_RDWR | O_CREAT, 0600);
    char small[sizeof(struct inotify_event) - 1];
    show("no mask", inotify_add_watch(fd, ".", 0));
    show("unknown bits alone", inotify_add_watch(fd, ".", 0x00100000));
    show("bad descriptor", inotify_add_watch(-1, ".", IN_OPEN));
    show("not inotify", inotify_add_watch(file, ".", IN_OPEN));
    show("no such file", inotify_add_watch(fd, "missing", IN_OPEN));
    show("empty name", inotify_add_watch(fd, "", IN_OPEN));
    show("bad pointer", inotify_add_watch(fd, (void *)1, IN_OPEN));
    show("only directories", inotify_add_watch(fd, "plain", IN_OPEN | IN_ONLYDIR));
    show("add and create", inotify_add_watch(fd, "plain", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
    show("watch", inotify_add_watch(fd, "plain", IN_OPEN));
    show("create again", inotify_add_watch(fd, "plain", IN_OPEN | IN_MASK_CREATE));
    show("the same", inotify_add_watch(fd, "./plain", IN_ATTRIB));
    show("remove bad descriptor", inotify_rm_watch(-1, 1));
    show("remove from a file", inotify_rm_watch(file, 1));
    show("remove what is none", inotify_rm_watch(fd, 99));
    show("remove", inotify_rm_watch(fd, 1));
    show("remove again", inotify_rm_watch(fd, 1));
    show("too small a buffer", read(fd, small, sizeof(small)));
    drain("removed", fd);
    show("nothing", read(fd, small, sizeof(small)));
    show("write", write(fd, "x", 1));
    close(fd), close(file);
    unlink("plain");
}

static void directory(void)
{
    puts("# a directory");
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    show("close on exec", fcntl(fd, F_GETFD));
    mkdir("dir", 0700);
    show("watch", inotify_add_watch(fd, "dir", IN_ALL_EVENTS));
    int file = open("dir/a", O_RDWR | O_CREAT, 0600);
    drain("create", fd);
    write(file, "hello", 5);
    drain("write", fd);
    write(file, "hello", 5);
    write(file, "hello", 5);
    drain("write twice", fd);
    char data[4];
    pread(file, data, 4, 0);
    drain("read", fd);
    ftruncate(file, 3);
    drain("truncate", fd);
    close(file);
    drain("close", fd);
    close(open("dir/a", O_RDONLY));
    drain("open and close", fd);
    rename("dir/a", "dir/a_name_of_more_than_16_bytes");
    drain("rename", fd);
    rename("dir/a_name_of_more_than_16_bytes", "b");
    drain("move out", fd);
    rename("b", "dir/c");
    drain("move in", fd);
    link("dir/c", "dir/d");
    drain("link", fd);
    symlink("c", "dir/e");
    drain("symbolic link", fd);
    mkdir("dir/f", 0700);
    drain("mkdir", fd);
    rmdir("dir/f");
    drain("rmdir", fd);
    unlink("dir/e");
    drain("unlink", fd);
    unlink("dir/d");
    drain("unlink", fd);
    unlink("dir/c");
    drain("unlink", fd);
    mknod("dir/g", S_IFREG | 0600, 0);
    drain("mknod", fd);
    unlink("dir/g");
    drain("unlink", fd);
    close(open("dir", O_RDONLY | O_DIRECTORY));
    drain("open itself", fd);
    rename("dir", "dir2");
    drain("rename itself", fd);
    close(open("dir2/h", O_CREAT | O_WRONLY, 0600));
    drain("still watched", fd);
    unlink("dir2/h");
    rmdir("dir2");
    drain("gone", fd);
    close(fd);
}

static void file(void)
{
    puts("# a file");
    const int fd = inotify_init1(IN_NONBLOCK);
    int file = open("file", O_RDWR | O_CREAT, 0600);
    show("watch", inotify_add_watch(fd, "file", IN_MODIFY | IN_CLOSE | IN_DELETE_SELF | IN_MOVE_SELF));
    write(file, "x", 1);
    close(file);
    drain("write and close", fd);
    show("more", inotify_add_watch(fd, "file", IN_OPEN | IN_MASK_ADD));
    close(open("file", O_RDONLY));
    drain("open and close", fd);
    show("less", inotify_add_watch(fd, "file", IN_ATTRIB));
    close(open("file", O_RDONLY));
    truncate("file", 0);
    drain("only attributes", fd);
    show("once", inotify_add_watch(fd, "file", IN_OPEN | IN_ONESHOT));
    close(open("file", O_RDONLY));
    close(open("file", O_RDONLY));
    drain("once", fd);
    show("watch", inotify_add_watch(fd, "file", IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB));
    rename("file", "other");
    drain("rename", fd);
    unlink("other");
    drain("unlink", fd);

    file = open("file", O_RDWR | O_CREAT, 0600);
    symlink("file", "link");
    show("through a link", inotify_add_watch(fd, "link", IN_MODIFY));
    show("the link", inotify_add_watch(fd, "link", IN_DELETE_SELF | IN_DONT_FOLLOW));
    write(file, "x", 1);
    drain("write", fd);
    unlink("link");
    drain("unlink the link", fd);
    close(file);
    unlink("file");
    close(fd);
}

/* Below /tmp permissions can be changed even where the host's must not be. */
static void attributes(void)
{
    char name[64];
    puts("# attributes");
    const int fd = inotify_init1(IN_NONBLOCK);
    snprintf(name, sizeof(name), "/tmp/inotify-%d", (int)getpid());
    if (mkdir(name, 0700) < 0 || chdir(name) < 0)
        return;
    const int file = open("file", O_RDWR | O_CREAT, 0600);
    show("watch", inotify_add_watch(fd, ".", IN_ATTRIB));
    show("watch", inotify_add_watch(fd, "file", IN_ATTRIB));
    fchmod(file, 0644);
    drain("fchmod", fd);
    chmod("file", 0600);
    drain("chmod", fd);
    chmod(".", 0750);
    drain("chmod of the directory", fd);
    utimensat(AT_FDCWD, "file", NULL, 0);
    drain("times", fd);
    close(file);
    unlink("file");
    drain("unlink", fd);
    close(fd);
    rmdir(name);
}

static void reading(void)
{
    puts("# reading");
    const int fd = inotify_init1(IN_NONBLOCK);
    char buffer[64] __attribute__((aligned(8)));
    int bytes = -1;
    mkdir("dir", 0700);
    inotify_add_watch(fd, "dir", IN_CREATE);
    struct pollfd item = {.fd = fd, .events = POLLIN};
    show("poll", poll(&item, 1, 0));
    close(open("dir/a", O_CREAT | O_WRONLY, 0600));
    close(open("dir/b", O_CREAT | O_WRONLY, 0600));
    close(open("dir/c", O_CREAT | O_WRONLY, 0600));
    show("poll", poll(&item, 1, 0));
    show("ioctl", ioctl(fd, FIONREAD, &bytes));
    printf("bytes: %d\n", bytes);
    show("too small", read(fd, buffer, 31));
    show("one", read(fd, buffer, 32));
    show("two", read(fd, buffer, 64));
    show("poll", poll(&item, 1, 0));
    for (int i = 0; i < 17000; i++) {
        close(open("dir/x", O_CREAT | O_WRONLY | O_EXCL, 0600));
        unlink("dir/x");
        close(open("dir/y", O_CREAT | O_WRONLY | O_EXCL, 0600));
        unlink("dir/y");
    }
    ioctl(fd, FIONREAD, &bytes);
    printf("bytes: %d\n", bytes);
    static char all[1 << 20];
    const ssize_t size = read(fd, all, sizeof(all));
    const struct inotify_event *last = (void *)(all + size - sizeof(*last));
    printf("%zd, last: %d %d %d\n", size, last->wd, last->mask == IN_Q_OVERFLOW, last->len);
    unlink("dir/a"), unlink("dir/b"), unlink("dir/c");
    rmdir("dir");
    close(fd);
}

/* What happens to a directory is told as that of a directory, to who watches it and to who watches the one above. */
static void directories(void)
{
    puts("# directories");
    char entries[4096], name[64];
    const char *here = enter_memory();
    const int fd = inotify_init1(IN_NONBLOCK);
    mkdir("in", 0755);
    show("watch above", inotify_add_watch(fd, ".", IN_ALL_EVENTS));
    show("watch", inotify_add_watch(fd, "in", IN_ALL_EVENTS));
    const int in = open("in", O_RDONLY | O_DIRECTORY);
    drain("open", fd);
    show("list", syscall(SYS_getdents64, in, entries, sizeof(entries)) > 0);
    drain("list", fd);
    fchmod(in, 0700);
    drain("fchmod", fd);
    chmod("in", 0750);
    drain("chmod", fd);
    show("set", setxattr("in", "user.a", "x", 1, 0));
    drain("setxattr", fd);
    show("remove", fremovexattr(in, "user.a"));
    drain("fremovexattr", fd);
    show("get", getxattr("in", "user.a", name, sizeof(name)));
    drain("getxattr", fd);
    close(in);
    drain("close", fd);
    close(fd);
    rmdir("in");
    leave_memory(here);
}

int main(void)
{
    errors();
    directory();
    file();
    reading();
    attributes();
    directories();
    return 0;
}
