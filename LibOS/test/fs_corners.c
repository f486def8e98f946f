/* SPDX-License-Identifier: MIT */
/* Orders of checks and rare states of files: appending, links to what cannot have them, programs that are none, directories
 * that are gone, sets of epoll with files that are always ready. */
#include "report.h"
#include <fcntl.h>
#include <sys/epoll.h>
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
    puts("-- links");
    R(mkdir("d", 0755));
    R(link("d", "d2"));
    R(link("d/", "d2"));
    R(link("d", "log"));
    R(link("missing", "log"));
    R(symlink("d", "to_d"));
    R(linkat(AT_FDCWD, "to_d", AT_FDCWD, "d2", AT_SYMLINK_FOLLOW));
    R(unlink("to_d"));
    R(rmdir("d"));
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
    programs();
    puts("-- a directory that is gone");
    gone_directory(remove_it);
    gone_directory(have_it_removed);
    always_ready();
    return 0;
}
