// SPDX-License-Identifier: MIT
// socketpair: streams, datagrams, packets in sequence; flags, options, shutdown, files and credentials on their way.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/time.h>
#include "show.h"

static int g_pair[2];
static char g_buffer[300000];

static void receive(const char *what, size_t size, int flags)
{
    struct iovec piece = {g_buffer, size};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    memset(g_buffer, 0, 64);
    if (show(what, recvmsg(g_pair[1], &message, flags)) >= 0)
        printf("  %.40s flags %#x\n", g_buffer, (unsigned)message.msg_flags);
}

static void show_poll(const char *what)
{
    struct pollfd items[2] = {{g_pair[0], POLLIN | POLLOUT | POLLRDHUP | POLLPRI, 0},
                              {g_pair[1], POLLIN | POLLOUT | POLLRDHUP | POLLPRI, 0}};
    poll(items, 2, 0);
    printf("%s: %#x %#x\n", what, (unsigned)items[0].revents, (unsigned)items[1].revents);
}

static void *send_later(void *arg)
{
    (void)arg;
    wait_ms(30);
    write(g_pair[0], "ab", 2);
    wait_ms(30);
    write(g_pair[0], "cd", 2);
    return NULL;
}

static void data(int type)
{
    int value;
    struct stat stat;
    show("socketpair", socketpair(AF_UNIX, type, 0, g_pair));
    fstat(g_pair[0], &stat);
    printf("mode %o\n", stat.st_mode);
    show_poll("new");
    show("none", recv(g_pair[1], g_buffer, 10, MSG_DONTWAIT));
    show("send", send(g_pair[0], "hello", 5, 0));
    show("write", write(g_pair[0], "world", 5));
    show_poll("sent");
    show("FIONREAD", ioctl(g_pair[1], FIONREAD, &value));
    printf("  %d\n", value);
    receive("peek", 3, MSG_PEEK);
    receive("first", 3, 0);
    receive("second", 30, 0);
    receive("third", 30, MSG_DONTWAIT);
    show("empty", send(g_pair[0], "", 0, 0));
    receive("empty", 10, MSG_DONTWAIT);
    show("send", send(g_pair[0], "hello", 5, 0));
    show("whole size", recv(g_pair[1], g_buffer, 2, MSG_TRUNC));
    receive("rest", 10, MSG_DONTWAIT);
    show("send EFAULT", send(g_pair[0], (void *)8, 5, 0));
    show("send", send(g_pair[0], "hello", 5, 0));
    show("recv EFAULT", recv(g_pair[1], (void *)8, 5, 0));
    receive("after EFAULT", 10, MSG_DONTWAIT);
    pthread_t thread;
    pthread_create(&thread, NULL, send_later, NULL);
    receive("waits for all", 4, MSG_WAITALL);
    pthread_join(thread, NULL);
    while (recv(g_pair[1], g_buffer, 10, MSG_DONTWAIT) > 0)
        ;
    show("address", sendto(g_pair[0], "x", 1, 0, (struct sockaddr *)&(struct sockaddr_un){AF_UNIX, "/nowhere"}, 20));
    while (recv(g_pair[1], g_buffer, 10, MSG_DONTWAIT) > 0)
        ;
    show("large", send(g_pair[0], g_buffer, 100000, MSG_DONTWAIT));
    long sum = 0;
    for (long got; sum < 100000 && (got = recv(g_pair[1], g_buffer, 30000, MSG_DONTWAIT)) > 0;)
        sum += got;
    show("received", sum);
    show("too large", send(g_pair[0], g_buffer, 250000, MSG_DONTWAIT) > 200000);
    while (recv(g_pair[1], g_buffer, 300000, MSG_DONTWAIT) > 0)
        ;
    long count = 0;
    while (send(g_pair[0], g_buffer, 5000, MSG_DONTWAIT) > 0)
        count++;
    printf("full after some: %d\n", count > 10 && count < 60);
    show_poll("full");
    while (recv(g_pair[1], g_buffer, 5000, MSG_DONTWAIT) > 0)
        ;
    show_poll("empty");
    show("shutdown", shutdown(g_pair[0], SHUT_WR));
    show_poll("half");
    show("send", send(g_pair[0], "x", 1, MSG_NOSIGNAL));
    receive("end", 10, MSG_DONTWAIT);
    show("other way", send(g_pair[1], "back", 4, 0));
    show("recv", recv(g_pair[0], g_buffer, 10, 0));
    show("shutdown", shutdown(g_pair[1], SHUT_RDWR));
    show_poll("both");
    show("bad shutdown", shutdown(g_pair[1], 3));
    close(g_pair[0]);
    show_poll("closed");
    receive("closed", 10, MSG_DONTWAIT);
    close(g_pair[1]);

    socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, g_pair);
    printf("flags %#x %d\n", fcntl(g_pair[0], F_GETFL), fcntl(g_pair[0], F_GETFD));
    show("none", read(g_pair[0], g_buffer, 1));
    write(g_pair[0], "unread", 6);
    write(g_pair[1], "unread", 6);
    close(g_pair[0]);
    receive("what was sent", 10, 0);
    receive("then", 10, 0);
    show("send", send(g_pair[1], "x", 1, MSG_NOSIGNAL));
    close(g_pair[1]);
}

static void send_fds(int count, int with_credentials)
{
    char control[256] = {0};
    struct iovec piece = {"fd", 2};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control};
    struct cmsghdr *header = (struct cmsghdr *)control;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    int fds[4] = {0, 1, 2, 1};
    memcpy(CMSG_DATA(header), fds, sizeof(int) * (size_t)count);
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    if (with_credentials) {
        struct ucred own = {getpid(), getuid(), getgid()};
        header = (struct cmsghdr *)(control + message.msg_controllen);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_CREDENTIALS;
        header->cmsg_len = CMSG_LEN(sizeof(own));
        memcpy(CMSG_DATA(header), &own, sizeof(own));
        message.msg_controllen += CMSG_SPACE(sizeof(own));
    }
    show("sendmsg", sendmsg(g_pair[0], &message, 0));
}

static void receive_fds(size_t room, int flags)
{
    char control[256];
    struct iovec piece = {g_buffer, 10};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
    if (show("recvmsg", recvmsg(g_pair[1], &message, flags)) < 0)
        return;
    printf("  flags %#x control %zu\n", (unsigned)message.msg_flags, (size_t)message.msg_controllen);
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        printf("  level %d type %d size %zu:", header->cmsg_level, header->cmsg_type, (size_t)header->cmsg_len);
        if (header->cmsg_type == SCM_RIGHTS) {
            int fds[16];
            size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds, CMSG_DATA(header), count * sizeof(int));
            for (size_t i = 0; i < count; i++) {
                struct stat stat;
                printf(" %s%s", fstat(fds[i], &stat) == 0 ? "open" : "closed",
                       fcntl(fds[i], F_GETFD) ? " cloexec" : "");
                close(fds[i]);
            }
        } else if (header->cmsg_type == SCM_CREDENTIALS) {
            struct ucred from;
            memcpy(&from, CMSG_DATA(header), sizeof(from));
            printf(" pid %d uid %d gid %d", from.pid == getpid(), from.uid == getuid(), from.gid == getgid());
        }
        printf("\n");
    }
}

static void ancillary(int type)
{
    socketpair(AF_UNIX, type, 0, g_pair);
    send_fds(2, 0);
    receive_fds(256, 0);
    send_fds(3, 0);
    receive_fds(CMSG_SPACE(sizeof(int)), MSG_CMSG_CLOEXEC);
    send_fds(1, 0);
    receive_fds(0, 0);
    send_fds(1, 0);
    receive_fds(8, 0);
    send_fds(1, 0);
    receive_fds(256, MSG_PEEK);
    receive_fds(256, 0);
    int on = 1;
    show("SO_PASSCRED", setsockopt(g_pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
    send_fds(1, 1);
    receive_fds(256, 0);
    write(g_pair[0], "x", 1);
    receive_fds(256, 0);
    on = 0;
    setsockopt(g_pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
    write(g_pair[0], "before", 6);
    send_fds(1, 0);
    write(g_pair[0], "after", 5);
    for (int i = 0; i < 3; i++)
        receive_fds(256, MSG_DONTWAIT);

    char control[64] = {0};
    struct cmsghdr *header = (struct cmsghdr *)control;
    struct iovec piece = {"x", 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = 64};
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(4), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    *(int *)CMSG_DATA(header) = 999;
    message.msg_controllen = CMSG_SPACE(4);
    show("bad fd", sendmsg(g_pair[0], &message, 0));
    header->cmsg_len = 3;
    show("bad size", sendmsg(g_pair[0], &message, 0));
    header->cmsg_len = 1000;
    show("bad size", sendmsg(g_pair[0], &message, 0));
    header->cmsg_len = CMSG_LEN(4);
    header->cmsg_type = 77;
    show("bad type", sendmsg(g_pair[0], &message, 0));
    close(g_pair[0]);
    close(g_pair[1]);
}

static void option(const char *what, int number)
{
    int value = -1;
    socklen_t size = sizeof(value);
    if (show(what, getsockopt(g_pair[0], SOL_SOCKET, number, &value, &size)) == 0)
        printf("  %d size %u\n", value, (unsigned)size);
}

static void options(void)
{
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, g_pair);
    option("SO_TYPE", SO_TYPE);
    option("SO_DOMAIN", SO_DOMAIN);
    option("SO_PROTOCOL", SO_PROTOCOL);
    option("SO_ERROR", SO_ERROR);
    option("SO_ACCEPTCONN", SO_ACCEPTCONN);
    option("SO_SNDBUF", SO_SNDBUF);
    option("SO_RCVBUF", SO_RCVBUF);
    option("SO_REUSEADDR", SO_REUSEADDR);
    option("SO_KEEPALIVE", SO_KEEPALIVE);
    option("SO_RCVLOWAT", SO_RCVLOWAT);
    option("SO_PASSCRED", SO_PASSCRED);
    option("unknown", 9999);
    int value = 10000;
    show("set", setsockopt(g_pair[0], SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)));
    option("SO_SNDBUF", SO_SNDBUF);
    value = 1;
    show("set", setsockopt(g_pair[0], SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)));
    option("SO_SNDBUF", SO_SNDBUF);
    show("set", setsockopt(g_pair[0], SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value)));
    option("SO_REUSEADDR", SO_REUSEADDR);
    show("set short", setsockopt(g_pair[0], SOL_SOCKET, SO_REUSEADDR, &value, 3));
    show("set unknown", setsockopt(g_pair[0], SOL_SOCKET, 9999, &value, sizeof(value)));
    show("set EFAULT", setsockopt(g_pair[0], SOL_SOCKET, SO_REUSEADDR, (void *)8, 4));
    struct ucred peer;
    socklen_t size = sizeof(peer);
    show("SO_PEERCRED", getsockopt(g_pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &size));
    printf("  pid %d uid %d gid %d size %u\n", peer.pid == getpid(), peer.uid == getuid(), peer.gid == getgid(),
           (unsigned)size);
    struct timeval time = {0, 60000};
    show("SO_RCVTIMEO", setsockopt(g_pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)));
    size = sizeof(time);
    show("SO_RCVTIMEO", getsockopt(g_pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, &size));
    printf("  %ld %ld\n", (long)time.tv_sec, (long)time.tv_usec);
    long start = now_ms();
    show("times out", read(g_pair[0], g_buffer, 1));
    printf("%s\n", about(start, 60));
    struct sockaddr_un name;
    size = sizeof(name);
    show("getsockname", getsockname(g_pair[0], (struct sockaddr *)&name, &size));
    printf("  %u %d\n", (unsigned)size, name.sun_family);
    size = sizeof(name);
    show("getpeername", getpeername(g_pair[0], (struct sockaddr *)&name, &size));
    printf("  %u\n", (unsigned)size);
    show("listen", listen(g_pair[0], 1));
    show("accept", accept(g_pair[0], NULL, NULL));
    show("lseek", lseek(g_pair[0], 0, SEEK_SET));
    show("not a socket", recv(0, g_buffer, 1, 0));
    show("closed", recv(99, g_buffer, 1, 0));
    close(g_pair[0]);
    close(g_pair[1]);
    show("bad type", socketpair(AF_UNIX, 77, 0, g_pair));
    show("bad type", socketpair(AF_UNIX, 9, 0, g_pair));
    show("bad flags", socketpair(AF_UNIX, SOCK_STREAM | 0x10, 0, g_pair));
    show("bad protocol", socketpair(AF_UNIX, SOCK_STREAM, 7, g_pair));
    show("bad family", socketpair(200, SOCK_STREAM, 0, g_pair));
    show("EFAULT", syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, (void *)8));
}

static void many_messages(void)
{
    socketpair(AF_UNIX, SOCK_DGRAM, 0, g_pair);
    struct iovec pieces[3] = {{"one", 3}, {"three", 5}, {"", 0}};
    struct mmsghdr messages[3] = {{{.msg_iov = &pieces[0], .msg_iovlen = 1}, 0},
                                  {{.msg_iov = &pieces[1], .msg_iovlen = 1}, 0},
                                  {{.msg_iov = &pieces[2], .msg_iovlen = 1}, 0}};
    show("sendmmsg", sendmmsg(g_pair[0], messages, 3, 0));
    printf("%u %u %u\n", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len);
    struct iovec into[4];
    struct mmsghdr got[4] = {0};
    for (int i = 0; i < 4; i++) {
        into[i] = (struct iovec){g_buffer + 10 * i, 10};
        got[i].msg_hdr.msg_iov = &into[i];
        got[i].msg_hdr.msg_iovlen = 1;
    }
    show("recvmmsg", recvmmsg(g_pair[1], got, 4, MSG_WAITFORONE, NULL));
    printf("%u %u %u\n", got[0].msg_len, got[1].msg_len, got[2].msg_len);
    close(g_pair[0]);
    close(g_pair[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 3; i++) {
        printf("== type %d\n", types[i]);
        data(types[i]);
        ancillary(types[i]);
    }
    options();
    many_messages();
    return 0;
}
