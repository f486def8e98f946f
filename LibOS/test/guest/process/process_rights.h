// SPDX-License-Identifier: MIT
// Descriptors that are sent from one process to another: what the programs about them have in common.
#ifndef LIBOS_TEST_GUEST_PROCESS_PROCESS_RIGHTS_H
#define LIBOS_TEST_GUEST_PROCESS_PROCESS_RIGHTS_H

#include <fcntl.h>
#include <sys/socket.h>
#include "children.h"
#include "show.h"

#define MAX 260

// The parent has g_pair[0], the child the other end.
static int g_pair[2];

static inline pid_t start_at_pair(void (*play)(void))
{
    const pid_t pid = fork_clean();
    if (pid == 0) {
        close(g_pair[0]);
        play();
        exit_clean(0);
    }
    close(g_pair[1]);
    return pid;
}

static inline ssize_t send_fds(int socket, const char *text, const int *fds, size_t count, int flags)
{
    static union {
        char bytes[CMSG_SPACE(MAX * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec piece = {(void *)text, strlen(text)};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    return sendmsg(socket, &message, flags);
}

// Room for so many descriptors; prints the message. Returns how many have come.
static inline int receive_fds(const char *what, int socket, int *fds, size_t room, size_t size, int flags)
{
    static union {
        char bytes[CMSG_SPACE(MAX * sizeof(int))];
        struct cmsghdr align;
    } control;
    static char text[1000];
    struct iovec piece = {text, size};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (room > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(room * sizeof(int));
    }
    const ssize_t got = recvmsg(socket, &message, flags);
    if (got < 0) {
        show(what, got);
        return 0;
    }
    int count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
            count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(fds, CMSG_DATA(header), (size_t)count * sizeof(int));
        }
    }
    printf("%s: %.*s, %d descriptors%s%s\n", what, (int)got, text, count, message.msg_flags & MSG_CTRUNC ? ", cut" : "",
           message.msg_flags & MSG_TRUNC ? ", text cut" : "");
    fflush(stdout);
    return count;
}

static inline void read_some(const char *what, int fd, size_t size)
{
    char text[100] = "";
    if (show(what, read(fd, text, size)) > 0)
        printf("  %s\n", text);
    fflush(stdout);
}

static inline void run(const char *title, void (*test)(int), int type)
{
    printf("--- %s, %s\n", title, type == SOCK_STREAM ? "stream" : type == SOCK_DGRAM ? "datagrams" : "packets");
    fflush(stdout);
    test(type);
}

#endif
