/* SPDX-License-Identifier: MIT */
/* Orders of checks and rare states of files: appending, links to what cannot have them, programs that are none, directories
 * that are gone, sets of epoll with files that are always ready. */
#include "report.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

static void appending(void)
{
    puts("-- appending");
    int fd = open("log", O_CREAT | O_RDWR | O_APPEND, 0644);
    R(write(fd, "0123456789", 10));
    R(pwrite(fd, "x", 1, 0));
    R(lseek(fd, 0, SEEK_CUR));
    R(write(fd, "y", 1));
    R(pwrite(fd, "z", 1, 3));
    R(lseek(fd, -1, SEEK_CUR));
    R(lseek(fd, 0, SEEK_END));
    close(fd);
}

static void links(void)
{
    struct stat attr;
    char text[64];
    puts("-- links");
    R(mkdir("d", 0755));
    R(link("d", "d2"));
    R(link("d/", "d2"));
    R(link("d", "log"));
    R(link("missing", "log"));
    R(symlink("d", "to_d"));
    R(linkat(AT_FDCWD, "to_d", AT_FDCWD, "d2", AT_SYMLINK_FOLLOW));
    R(link("to_d", "again"));
    R(lstat("again", &attr));
    printf("%o %ld\n", attr.st_mode & S_IFMT, (long)attr.st_nlink);
    R(unlink("to_d"));
    R(readlink("again", text, sizeof(text)));
    R(unlink("again"));
    R(rmdir("d"));
    close(open("secret", O_CREAT | O_WRONLY, 0));
    R(link("secret", "no_secret"));
    R(unlink("secret"));
    R(unlink("no_secret"));
}

static long exchange(const char *one, const char *other, unsigned flags)
{
    return syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, flags);
}

/* Where a descriptor leads to. */
static void show_fd(int fd)
{
    char name[32], path[4096] = "";
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    const ssize_t len = readlink(name, path, sizeof(path) - 1);
    char *last = strrchr(path, '/'), *before = last;
    while (before && before > path && *--before != '/')
        ;
    printf("%d %s\n", len > 0, before ? before : "none");
}

static void exchanging(void)
{
    struct stat attr;
    char path[4096];
    puts("-- exchanging");
    mkdir("one", 0755);
    mkdir("other", 0755);
    close(open("one/a", O_CREAT | O_WRONLY, 0600));
    int b = open("other/b", O_CREAT | O_WRONLY, 0600);
    R(exchange("one", "missing", RENAME_EXCHANGE));
    R(exchange("missing", "one", RENAME_EXCHANGE));
    R(exchange("one", "other", RENAME_EXCHANGE | RENAME_NOREPLACE));
    R(chdir("one"));
    R(exchange("../one", "../other", RENAME_EXCHANGE));
    R(getcwd(path, sizeof(path)) ? strcmp(strrchr(path, '/'), "/other") : -1);
    R(stat("a", &attr));
    R(stat("../one/b", &attr));
    R(stat("../one/a", &attr));
    show_fd(b);
    R(chdir(".."));
    R(exchange("one", "log", RENAME_EXCHANGE));
    R(stat("log/b", &attr));
    R(exchange("one", "log", RENAME_EXCHANGE));
    R(exchange("one", "one/b", RENAME_EXCHANGE));
    R(exchange("one/b", "one", RENAME_EXCHANGE));
    R(unlink("one/b") + rmdir("one") + unlink("other/a") + rmdir("other"));
    close(b);
}

static void programs(void)
{
    char *const argv[] = {"x", NULL}, *const wild[] = {(char *)8, NULL};
    puts("-- programs");
    mkfifo("fifo", 0755);
    mkdir("d", 0755);
    R(execve("missing", wild, argv));
    R(execve("log/missing", wild, argv));
    R(execve("log", wild, argv));
    R(execve("d", argv, wild));
    R(execve("fifo", argv, argv));
    R(execve("/dev/null", argv, argv));
    R(execve("/proc/self/exe", wild, argv));
    rmdir("d");
    unlink("fifo");
}

static void gone_directory(void (*remove)(void))
{
    char path[4096];
    struct stat attr;
    mkdir("gone", 0755);
    R(chdir("gone"));
    remove();
    R(getcwd(path, sizeof(path)) ? 0 : -1);
    R(stat(".", &attr));
    printf("%o %ld\n", attr.st_mode & S_IFMT, (long)attr.st_nlink);
    int fd = open(".", O_RDONLY | O_DIRECTORY);
    R(fd >= 0);
    R(syscall(SYS_getdents64, fd, path, sizeof(path)));
    R(open("file", O_CREAT | O_RDWR, 0600));
    R(mkdir("d", 0700));
    R(stat("file", &attr));
    R(openat(fd, "file", O_RDONLY));
    close(fd);
    R(chdir(".."));
    R(getcwd(path, sizeof(path)) ? 0 : -1);
}

static void remove_it(void)
{
    R(rmdir("../gone"));
}

static void have_it_removed(void)
{
    int status;
    fflush(stdout);
    if (fork() == 0)
        _exit(rmdir("../gone") == 0 ? 7 : 8);
    R(wait(&status) > 0);
    printf("%x\n", status);
}

/* Calls that want data of a file or its blocks. */
static void directories(void)
{
    int size = 0;
    puts("-- directories");
    int directory = open(".", O_RDONLY), file = open("log", O_RDWR), pipes[2];
    R(pipe(pipes));
    R(readahead(directory, 0, 10));
    R(readahead(file, 0, 10));
    R(readahead(pipes[0], 0, 10));
    R(sendfile(file, directory, NULL, 5));
    R(sendfile(file, pipes[0], NULL, 5));
    R(ioctl(directory, FIGETBSZ, &size));
    R(size >= 512);
    R(ioctl(file, FIGETBSZ, WILD));
}

static void always_ready(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    puts("-- epoll");
    int set = epoll_create1(0), file = open("log", O_RDWR);
    int pipes[2];
    R(pipe(pipes));
    R(epoll_ctl(set, 99, file, &event));
    R(epoll_ctl(set, 99, pipes[0], &event));
    R(epoll_ctl(file, EPOLL_CTL_ADD, file, &event));
    R(epoll_ctl(file, EPOLL_CTL_ADD, pipes[0], &event));
    R(epoll_ctl(set, EPOLL_CTL_ADD, file, &event));
    R(epoll_ctl(set, EPOLL_CTL_MOD, file, &event));
    R(epoll_ctl(set, EPOLL_CTL_MOD, pipes[0], &event));
    R(epoll_ctl(set, EPOLL_CTL_DEL, file, &event));
    R(epoll_ctl(set, EPOLL_CTL_DEL, pipes[0], &event));
    R(epoll_ctl(set, EPOLL_CTL_ADD, set, &event));
    R(epoll_ctl(set, EPOLL_CTL_ADD, file, NULL));
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    appending();
    links();
    exchanging();
    programs();
    puts("-- a directory that is gone");
    gone_directory(remove_it);
    gone_directory(have_it_removed);
    always_ready();
    directories();
    return 0;
}
