/* SPDX-License-Identifier: MIT */
/* Bad pointers in calls on descriptors: reading and writing, waiting, sockets. */
#include "efault.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

enum {
    FILE_FD = 50,
    DIR_FD,
    PIPE_IN,
    PIPE_OUT,
    SOCKET_FD,
    PEER_FD,
    EPOLL_FD,
    TIMER_FD,
    EVENT_FD,
    INOTIFY_FD,
    ZERO_FD,
    NO_FD = 1000
};

static const struct probe probes[] = {
    {"read", SYS_read, OUT, 16, {FILE_FD, P, 16}},
    {"read of a pipe", SYS_read, OUT, 16, {PIPE_IN, P, 16}},
    {"read of zeros", SYS_read, BAD, 0, {ZERO_FD, P, 16}},
    {"read of nothing", SYS_read, OUT, 0, {FILE_FD, P, 0}},
    {"read of a directory", SYS_read, OUT, 16, {DIR_FD, P, 16}},
    {"read of an eventfd", SYS_read, BAD, 8, {EVENT_FD, P, 8}},
    {"read, bad descriptor", SYS_read, BAD, 8, {NO_FD, P, 8}},
    {"read, too much", SYS_read, BAD, 8, {FILE_FD, P, -1}},
    {"write", SYS_write, BAD, 16, {FILE_FD, P, 16}},
    {"write to a pipe", SYS_write, BAD, 16, {PIPE_OUT, P, 16}},
    {"write of nothing", SYS_write, IN, 0, {FILE_FD, P, 0}},
    {"write to an eventfd", SYS_write, IN, 8, {EVENT_FD, P, 8}},
    {"pread64", SYS_pread64, BAD, 16, {FILE_FD, P, 16, 0}},
    {"pread64 before the start", SYS_pread64, BAD, 16, {FILE_FD, P, 16, -1}},
    {"pwrite64", SYS_pwrite64, BAD, 16, {FILE_FD, P, 16, 0}},
    {"readv", SYS_readv, IN, 32, {FILE_FD, P, 2}},
    {"readv of none", SYS_readv, IN, 0, {FILE_FD, P, 0}},
    {"readv of too many", SYS_readv, BAD, 0, {FILE_FD, P, 1025}},
    {"writev", SYS_writev, IN, 32, {FILE_FD, P, 2}},
    {"preadv", SYS_preadv, IN, 32, {FILE_FD, P, 2, 0, 0}},
    {"pwritev2", SYS_pwritev2, IN, 32, {FILE_FD, P, 2, 0, 0, 0}},
    {"vmsplice", SYS_vmsplice, BAD, 32, {PIPE_OUT, P, 2, 0}},
    {"fstat", SYS_fstat, OUT, 144, {FILE_FD, P}},
    {"fstat, bad descriptor", SYS_fstat, OUT, 144, {NO_FD, P}},
    {"fstatfs", SYS_fstatfs, OUT, 120, {FILE_FD, P}},
    {"newfstatat of a descriptor", SYS_newfstatat, BAD, 0, {FILE_FD, P, GOOD, AT_EMPTY_PATH}},
    {"getdents", SYS_getdents, BAD, 0, {DIR_FD, P, 4096}},
    {"getdents64", SYS_getdents64, BAD, 0, {DIR_FD, P, 4096}},
    {"fcntl F_GETLK", SYS_fcntl, IN, 32, {FILE_FD, F_GETLK, P}},
    {"fcntl F_SETLK", SYS_fcntl, IN, 32, {FILE_FD, F_SETLK, P}},
    {"fcntl F_OFD_GETLK", SYS_fcntl, BAD, 32, {FILE_FD, F_OFD_GETLK, P}},
    {"fcntl F_GETOWN_EX", SYS_fcntl, OUT, 8, {PIPE_IN, F_GETOWN_EX, P}},
    {"fcntl F_SETOWN_EX", SYS_fcntl, BAD, 8, {PIPE_IN, F_SETOWN_EX, P}},
    {"ioctl FIONREAD", SYS_ioctl, OUT, 4, {PIPE_IN, 0x541b, P}},
    {"ioctl FIONBIO", SYS_ioctl, IN, 4, {PIPE_IN, 0x5421, P}},
    {"ioctl TCGETS", SYS_ioctl, OUT, 36, {FILE_FD, 0x5401, P}},
    {"sendfile", SYS_sendfile, BAD, 8, {PIPE_OUT, FILE_FD, P, 1}},
    {"copy_file_range", SYS_copy_file_range, BAD, 8, {FILE_FD, P, FILE_FD, 0, 4, 0}},
    {"splice", SYS_splice, BAD, 8, {FILE_FD, P, PIPE_OUT, 0, 4, 0}},
    {"splice, offset of a pipe", SYS_splice, LOST, 8, {PIPE_IN, P, FILE_FD, 0, 4, 0}},
    {"fgetxattr, attribute", SYS_fgetxattr, BAD, 0, {FILE_FD, P, GOOD, 4}},
    {"inotify_add_watch", SYS_inotify_add_watch, BAD, 0, {INOTIFY_FD, P, 1}},
    {"pipe", SYS_pipe, OUT, 8, {P}},
    {"pipe2", SYS_pipe2, OUT, 8, {P, 0}},
    {"pipe2, bad flags", SYS_pipe2, OUT, 8, {P, 1}},
    {"socketpair", SYS_socketpair, OUT, 8, {AF_UNIX, SOCK_STREAM, 0, P}},
    {"bind", SYS_bind, BAD, 20, {SOCKET_FD, P, 20}},
    {"bind of nothing", SYS_bind, IN, 0, {SOCKET_FD, P, 0}},
    {"bind of too much", SYS_bind, IN, 0, {SOCKET_FD, P, 200}},
    {"connect", SYS_connect, BAD, 20, {SOCKET_FD, P, 20}},
    {"getsockname", SYS_getsockname, BAD, 0, {SOCKET_FD, P, GOOD}},
    {"getsockname, length", SYS_getsockname, BAD, 0, {SOCKET_FD, GOOD, P}},
    {"getpeername, length", SYS_getpeername, BAD, 0, {SOCKET_FD, GOOD, P}},
    {"accept", SYS_accept, BAD, 0, {SOCKET_FD, P, GOOD}},
    {"sendto, data", SYS_sendto, BAD, 0, {SOCKET_FD, P, 10, 0, 0, 0}},
    {"sendmsg", SYS_sendmsg, BAD, 56, {SOCKET_FD, P, 0}},
    {"recvfrom, data", SYS_recvfrom, BAD, 0, {PEER_FD, P, 4, MSG_DONTWAIT | MSG_PEEK, 0, 0}},
    {"recvmsg", SYS_recvmsg, BAD, 56, {PEER_FD, P, MSG_DONTWAIT}},
    {"sendmmsg", SYS_sendmmsg, BAD, 64, {SOCKET_FD, P, 1, 0}},
    {"recvmmsg", SYS_recvmmsg, BAD, 64, {PEER_FD, P, 1, MSG_DONTWAIT, 0}},
    {"setsockopt", SYS_setsockopt, IN, 4, {SOCKET_FD, SOL_SOCKET, SO_PASSCRED, P, 4}},
    {"setsockopt, too short", SYS_setsockopt, IN, 0, {SOCKET_FD, SOL_SOCKET, SO_PASSCRED, P, 2}},
    {"getsockopt, value of no length", SYS_getsockopt, BAD, 0, {SOCKET_FD, SOL_SOCKET, SO_TYPE, P, GOOD}},
    {"getsockopt, length", SYS_getsockopt, BAD, 0, {SOCKET_FD, SOL_SOCKET, SO_TYPE, GOOD, P}},
    {"poll", SYS_poll, IN, 16, {P, 2, 0}},
    {"poll of nothing", SYS_poll, IN, 0, {P, 0, 0}},
    {"poll of too many", SYS_poll, BAD, 0, {P, 0x7fffffff, 0}},
    {"ppoll, time", SYS_ppoll, LOST, 16, {0, 0, P, 0, 8}},
    {"ppoll, mask", SYS_ppoll, BAD, 8, {GOOD, 1, GOOD, P, 8}},
    {"ppoll, mask of a bad size", SYS_ppoll, BAD, 8, {GOOD, 1, GOOD, P, 4}},
    {"select", SYS_select, BAD, 8, {5, P, 0, 0, GOOD}},
    {"select of nothing", SYS_select, BAD, 8, {0, P, P, P, GOOD}},
    {"select, time", SYS_select, LOST, 16, {0, 0, 0, 0, P}},
    {"pselect6, mask", SYS_pselect6, BAD, 16, {0, 0, 0, 0, GOOD, P}},
    {"epoll_ctl ADD", SYS_epoll_ctl, BAD, 12, {EPOLL_FD, EPOLL_CTL_ADD, PIPE_IN, P}},
    {"epoll_ctl DEL of what is not there", SYS_epoll_ctl, BAD, 12, {EPOLL_FD, EPOLL_CTL_DEL, PIPE_IN, P}},
    {"epoll_wait", SYS_epoll_wait, BAD, 12, {EPOLL_FD, P, 1, 0}},
    {"epoll_pwait, mask", SYS_epoll_pwait, BAD, 8, {EPOLL_FD, GOOD, 1, 0, P, 8}},
    {"timerfd_settime", SYS_timerfd_settime, IN, 32, {TIMER_FD, 0, P, 0}},
    {"timerfd_settime, old", SYS_timerfd_settime, OUT, 32, {TIMER_FD, 0, GOOD, P}},
    {"timerfd_gettime", SYS_timerfd_gettime, OUT, 32, {TIMER_FD, P}},
    {"signalfd", SYS_signalfd, IN, 8, {-1, P, 8}},
    {"signalfd4, bad size", SYS_signalfd4, IN, 8, {-1, P, 4, 0}},
};

static void place(int fd, int number)
{
    dup2(fd, number);
    close(fd);
}

int main(void)
{
    int pair[2];
    place(open("file", O_RDWR | O_CREAT, 0644), FILE_FD);
    if (write(FILE_FD, g_good, 4096) != 4096)
        return 1;
    lseek(FILE_FD, 0, SEEK_SET);
    place(open(".", O_RDONLY), DIR_FD);
    if (pipe2(pair, O_NONBLOCK) < 0 || write(pair[1], g_good, 4096) != 4096)
        return 1;
    place(pair[0], PIPE_IN);
    place(pair[1], PIPE_OUT);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    place(pair[0], SOCKET_FD);
    place(pair[1], PEER_FD);
    for (int i = 0; i < 3; i++)
        if (send(SOCKET_FD, "data", 4, 0) != 4)
            return 1;
    place(epoll_create1(0), EPOLL_FD);
    place(eventfd(1, EFD_NONBLOCK), EVENT_FD);
    place(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), TIMER_FD);
    place(inotify_init1(IN_NONBLOCK), INOTIFY_FD);
    place(open("/dev/zero", O_RDWR), ZERO_FD);
    struct epoll_event event = {.events = EPOLLOUT};
    epoll_ctl(EPOLL_FD, EPOLL_CTL_ADD, PIPE_OUT, &event);
    probe_setup();
    probe_all(probes, sizeof(probes) / sizeof(probes[0]));
    unlink("file");
    return 0;
}
