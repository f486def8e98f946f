// SPDX-License-Identifier: MIT
// poll, select and epoll on a FIFO that nobody has read or written yet.
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include "report.h"

static void show_poll(const char *what, int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT};
    const int count = poll(&entry, 1, 10);
    printf("%s: %d %#x\n", what, count, (unsigned)entry.revents);
}

static int fresh(int flags)
{
    unlink("fifo");
    R(mkfifo("fifo", 0600));
    return open("fifo", flags);
}

static void both_ways(void)
{
    struct timeval soon = {0, 1000};
    fd_set set;
    char byte;
    puts("-- both ways");
    int fd = fresh(O_RDWR);
    show_poll("empty", fd);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    R(select(fd + 1, &set, NULL, NULL, &soon));
    R(write(fd, "x", 1));
    show_poll("filled", fd);
    R(read(fd, &byte, 1));
    show_poll("emptied", fd);
    close(fd);

    fd = fresh(O_RDWR);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    R(select(fd + 1, &set, NULL, NULL, &soon));
    close(fd);
}

static void one_way(void)
{
    puts("-- one way");
    const int reader = fresh(O_RDONLY | O_NONBLOCK);
    show_poll("reader alone", reader);
    int writer = open("fifo", O_WRONLY | O_NONBLOCK);
    show_poll("reader", reader);
    show_poll("writer", writer);
    close(writer);
    show_poll("without writer", reader);
    writer = open("fifo", O_WRONLY | O_NONBLOCK);
    close(reader);
    show_poll("without reader", writer);
    close(writer);
}

static void in_set(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    puts("-- in a set");
    const int fd = fresh(O_RDWR), set = epoll_create1(0);
    R(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
    R(epoll_wait(set, &event, 1, 10));
    R(write(fd, "x", 1));
    R(epoll_wait(set, &event, 1, 10));
    close(set);
    close(fd);
}

int main(void)
{
    both_ways();
    one_way();
    in_set();
    unlink("fifo");
    return 0;
}
