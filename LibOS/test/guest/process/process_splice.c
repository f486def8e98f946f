// SPDX-License-Identifier: MIT
// splice, tee and vmsplice with pipes that another process has, too.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "show.h"

#define BIG 1000000

static int g_here[2], g_there[2]; // to the child, and back

static long splice_all(int in, int out, size_t count)
{
    size_t done = 0;
    long result = 1;
    while (done < count && (result = splice(in, NULL, out, NULL, count - done, SPLICE_F_MOVE)) > 0)
        done += (size_t)result;
    return result < 0 ? result : (long)done;
}

// What comes goes back until there is no more, by splice from pipe to pipe.
static void child(void)
{
    close(g_here[1]);
    close(g_there[0]);
    _exit(splice_all(g_here[0], g_there[1], 10 * BIG) == BIG + 10 + 6 + 5 ? 0 : 1);
}

static void show_read(const char *what, int fd, size_t size)
{
    char buffer[64] = "";
    size_t done = 0;
    long result = 1;
    while (done < size && (result = read(fd, buffer + done, size - done)) > 0)
        done += (size_t)result;
    printf("%s: %zu %s\n", what, done, buffer);
}

// What tee shows stays where it is; from a pipe that others have to one of this process alone, back, and to another such pipe.
static void look(void)
{
    int others[2], own[2];
    if (pipe(others) < 0)
        exit(1);
    const pid_t pid = fork();
    if (pid == 0) {
        close(others[0]);
        _exit(write(others[1], "shared", 6) == 6 ? 0 : 1);
    }
    waitpid(pid, NULL, 0);
    if (pipe(own) < 0)
        exit(1);
    show("tee to an own pipe", tee(others[0], own[1], 4, 0));
    show_read("  there", own[0], 4);
    struct pollfd readable = {.fd = others[0], .events = POLLIN};
    int size = 0;
    show("  ioctl", ioctl(others[0], FIONREAD, &size));
    show("  here are", size);
    show("  poll", poll(&readable, 1, 0));
    show("tee of more than there is", tee(others[0], own[1], 100, 0));
    show_read("  there", own[0], 6);
    char all[100];
    show("  and here", read(others[0], all, sizeof(all)));
    show("  which is", memcmp(all, "shared", 6));
    show("tee of nothing", tee(others[0], own[1], 100, SPLICE_F_NONBLOCK));
    show("write", write(own[1], "mine", 4));
    show("tee from an own pipe", tee(own[0], others[1], 100, 0));
    show_read("  there", others[0], 4);
    show_read("  and here", own[0], 4);
    show("tee to itself", tee(others[0], others[1], 1, 0));
    close(others[1]);
    show("tee at the end", tee(others[0], own[1], 1, 0));
    show("tee to a wrong end", tee(others[0], own[0], 1, 0));
    close(others[0]);
    close(own[0]);
    close(own[1]);
}

// A child that is made between tee and read finds what comes afterwards, and not what its maker has looked at and read.
static void look_and_fork(void)
{
    int others[2], own[2], go[2], status;
    if (pipe(others) < 0 || pipe(go) < 0)
        exit(1);
    if (fork() == 0)
        _exit(0);
    wait(&status);
    if (pipe(own) < 0)
        exit(1);
    show("write", write(others[1], "stale", 5));
    show("tee before a fork", tee(others[0], own[1], 5, 0));
    fflush(stdout);
    if (fork() == 0) {
        char byte;
        read(go[0], &byte, 1);
        show_read("the child's", others[0], 5);
        fflush(stdout);
        _exit(0);
    }
    show_read("its maker's", others[0], 5);
    show("write", write(others[1], "fresh", 5));
    fflush(stdout);
    write(go[1], "", 1);
    wait(&status);
}

static void big(int file)
{
    static char pattern[BIG], back[BIG];
    for (size_t i = 0; i < BIG; i++)
        pattern[i] = (char)(i * 31 + i / 1000);
    int source = open("big", O_RDWR | O_CREAT | O_TRUNC, 0600);
    show("file", write(source, pattern, BIG));
    lseek(source, 0, SEEK_SET);
    lseek(file, 0, SEEK_SET);
    if (fork() == 0)
        _exit(splice_all(source, g_here[1], BIG) == BIG ? 0 : 1);
    show("pipe to file", splice_all(g_there[0], file, BIG));
    int status;
    show("writer", (wait(&status), status));
    show("read back", pread(file, back, BIG, 0));
    printf("same: %d\n", memcmp(pattern, back, BIG) == 0);
    show("shared position", lseek(source, 0, SEEK_CUR));
    close(source);
}

int main(void)
{
    loff_t offset = 2;
    int pair[2];
    signal(SIGPIPE, SIG_IGN);
    pipe(g_here);
    pipe(g_there);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(file, "0123456789", 10);
    pid_t pid = fork();
    if (pid == 0)
        child();
    close(g_here[0]);
    close(g_there[1]);

    show("would wait", splice(g_there[0], NULL, file, NULL, 10, SPLICE_F_NONBLOCK));
    show("file to pipe", splice(file, &offset, g_here[1], NULL, 6, 0));
    printf("offset %ld\n", (long)offset);
    show_read("back", g_there[0], 6);
    lseek(file, 0, SEEK_SET);
    show("at its position", splice(file, NULL, g_here[1], NULL, 100, 0));
    show("end of file", splice(file, NULL, g_here[1], NULL, 100, 0));
    show_read("back", g_there[0], 10);
    show("vmsplice", vmsplice(g_here[1], &(struct iovec){"hello", 5}, 1, 0));
    struct pollfd ready = {g_there[0], POLLIN, 0};
    poll(&ready, 1, -1);
    show("to a socket", splice(g_there[0], NULL, pair[0], NULL, 100, 0));
    show_read("socket", pair[1], 5);
    show("an offset of a pipe", splice(g_there[0], &offset, file, NULL, 1, 0));
    show("the wrong end", splice(g_here[1], NULL, file, NULL, 1, 0));
    show("no pipe", splice(file, NULL, file, NULL, 1, 0));
    show("vmsplice of a file", vmsplice(file, &(struct iovec){"hello", 5}, 1, 0));
    show("size", fcntl(g_here[1], F_SETPIPE_SZ, 65536));
    show("size of a file", fcntl(file, F_SETPIPE_SZ, 65536));
    big(file);
    look();
    look_and_fork();

    close(g_here[1]);
    int status;
    waitpid(pid, &status, 0);
    show("child", status);
    show("end", splice(g_there[0], NULL, file, NULL, 10, 0));
    pipe(g_here);
    if ((pid = fork()) == 0)
        _exit(0);
    waitpid(pid, &status, 0);
    close(g_here[0]);
    lseek(file, 0, SEEK_SET);
    show("nobody reads", splice(file, NULL, g_here[1], NULL, 10, 0));
    show("and the file has not moved", lseek(file, 0, SEEK_CUR));
    return 0;
}
