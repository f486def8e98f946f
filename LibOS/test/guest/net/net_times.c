// SPDX-License-Identifier: MIT
// When datagrams came: SO_TIMESTAMP and SO_TIMESTAMPNS, of UDP and AF_UNIX, also in a child.
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include "show.h"

static int get(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -errno : value;
}

static void set(const char *what, int fd, int option, int value)
{
    show(what, setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value)));
    printf("  SO_TIMESTAMP %d, SO_TIMESTAMPNS %d\n", get(fd, SO_TIMESTAMP), get(fd, SO_TIMESTAMPNS));
}

// The seconds come first in both.
static void show_control(struct msghdr *message)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        long value[2] = {0};
        memcpy(value, CMSG_DATA(header),
               header->cmsg_len < CMSG_LEN(sizeof(value)) ? header->cmsg_len - CMSG_LEN(0) : sizeof(value));
        const long late = (long)time(NULL) - value[0];
        printf("  level %d, type %d, size %zu: %s\n", header->cmsg_level, header->cmsg_type, (size_t)header->cmsg_len,
               header->cmsg_type == SCM_CREDENTIALS                                        ? "credentials"
               : header->cmsg_len < CMSG_LEN(sizeof(value))                                ? "cut"
               : late >= -1 && late < 60 && value[1] >= 0 && value[1] < 1000 * 1000 * 1000 ? "now"
                                                                                           : "wrong");
    }
}

static void receive(const char *what, int from, int to, size_t room, int flags)
{
    char byte = 0, control[256];
    struct iovec piece = {&byte, 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
    if (send(to, "x", 1, 0) != 1)
        perror("send");
    const long size = recvmsg(from, &message, flags);
    printf("%s: %ld, flags %#x\n", what, size, (unsigned)message.msg_flags);
    if (room > 0)
        show_control(&message);
    if (flags & MSG_PEEK && recv(from, &byte, 1, 0) != 1)
        perror("recv");
}

static void use(int from, int to)
{
    receive("without", from, to, 256, 0);
    set("SO_TIMESTAMP", from, SO_TIMESTAMP, 1);
    receive("with", from, to, 256, 0);
    receive("at a look", from, to, 256, MSG_PEEK);
    receive("no room", from, to, 0, 0);
    receive("little room", from, to, CMSG_LEN(8), 0);
    set("SO_TIMESTAMPNS", from, SO_TIMESTAMPNS, 1);
    receive("with", from, to, 256, 0);
    const pid_t child = fork();
    if (child == 0) {
        receive("in a child", from, to, 256, 0);
        exit(0);
    }
    waitpid(child, NULL, 0);
    set("the other off", from, SO_TIMESTAMP, 0);
    receive("without", from, to, 256, 0);
    const int on = 1;
    show("SO_RXQ_OVFL", setsockopt(from, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)));
    printf("  %d\n", get(from, SO_RXQ_OVFL));
    receive("nothing is lost", from, to, 256, 0);
}

int main(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    int pair[2];
    const int on = 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("-- UDP");
    const int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(server, (struct sockaddr *)&name, size) < 0 || getsockname(server, (struct sockaddr *)&name, &size) < 0 ||
        connect(client, (struct sockaddr *)&name, size) < 0)
        return 1;
    use(server, client);
    puts("-- AF_UNIX");
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
        return 1;
    use(pair[0], pair[1]);
    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
    set("both", pair[0], SO_TIMESTAMP, 1);
    receive("with credentials", pair[0], pair[1], 256, 0);
    return 0;
}
