/* SPDX-License-Identifier: MIT */
/* talk's messages: what is sent through sockets, with addresses, descriptors and credentials. */
#include "talk.h"
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTROL_MAX 256

static const struct word send_words[] = {WORD(MSG_DONTWAIT), WORD(MSG_NOSIGNAL), WORD(MSG_EOR), WORD(MSG_DONTROUTE)};
static const struct word receive_words[] = {WORD(MSG_PEEK),    WORD(MSG_TRUNC),        WORD(MSG_DONTWAIT),
                                            WORD(MSG_WAITALL), WORD(MSG_CMSG_CLOEXEC), WORD(MSG_NOSIGNAL)};

union control {
    struct cmsghdr align;
    unsigned char bytes[CONTROL_MAX];
};

static int send_flags(void)
{
    return (int)pick_flags(send_words, 8) | (one_in(40) ? MSG_PEEK : 0);
}

static void send_bytes(void)
{
    union address address;
    const int fd = pick_fd();
    const size_t size = pick_size();
    const int flags = send_flags();
    if (one_in(2)) {
        say_result(send(fd, next_bytes(size), size, flags));
    } else {
        const socklen_t address_size = pick_address(&address);
        say_result(sendto(fd, next_bytes(size), size, flags, &address.any, address_size));
    }
    say_all_states();
}

static void receive_bytes(void)
{
    unsigned char bytes[8192];
    union address address = {0};
    socklen_t address_size = sizeof(address);
    const int fd = pick_fd();
    const size_t size = pick_size();
    const int flags = (int)pick_flags(receive_words, 6);
    const ssize_t got = recvfrom(fd, bytes, size, flags, &address.any, &address_size);
    if (say_result(got) < 0)
        return;
    say_bytes(bytes, (size_t)got < size ? (size_t)got : size);
    if (address_size != sizeof(address))
        say_address(&address, address_size, sizeof(address));
    say_all_states();
}

/***** Control data *****/

static size_t control_rights(union control *control)
{
    const size_t count = 1 + pick(3);
    int *fds = (int *)CMSG_DATA(&control->align);
    control->align = (struct cmsghdr){CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    say(" rights");
    for (size_t i = 0; i < count; i++)
        fds[i] = pick_fd();
    return CMSG_SPACE(count * sizeof(int));
}

static size_t control_credentials(union control *control)
{
    struct ucred *credentials = (struct ucred *)CMSG_DATA(&control->align);
    control->align = (struct cmsghdr){CMSG_LEN(sizeof(*credentials)), SOL_SOCKET, SCM_CREDENTIALS};
    *credentials = (struct ucred){getpid(), getuid(), getgid()};
    say(" credentials");
    return CMSG_SPACE(sizeof(*credentials));
}

static size_t control_odd(union control *control)
{
    static const struct word levels[] = {WORD(SOL_SOCKET), WORD(0), WORD(99)};
    static const struct word types[] = {WORD(SCM_RIGHTS), WORD(SCM_CREDENTIALS), WORD(9), WORD(99)};
    const int level = (int)pick_word(levels), type = (int)pick_word(types);
    memset(control->bytes, 0, sizeof(control->bytes));
    control->align = (struct cmsghdr){pick(40), level, type};
    const size_t size = pick(48);
    say(" len %zu of %zu", (size_t)control->align.cmsg_len, size);
    return size;
}

/* Those of other families read control data that is not for them in ways of their own. */
static size_t pick_control(int fd, union control *control)
{
    int family = 0;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &(socklen_t){sizeof(family)});
    switch (family == AF_UNIX ? pick(8) : 7) {
    case 0:
    case 1:
    case 2:
        return control_rights(control);
    case 3:
        return control_credentials(control);
    case 4:
        return control_odd(control);
    default:
        return 0;
    }
}

static void say_credentials(const struct ucred *credentials)
{
    say(" credentials %s %s",
        credentials->pid == getpid() ? "own"
        : credentials->pid           ? "other"
                                     : "0",
        credentials->uid == getuid() && credentials->gid == getgid() ? "own" : "others");
}

static void say_rights(const struct cmsghdr *header)
{
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    int fds[CONTROL_MAX / sizeof(int)];
    memcpy(fds, CMSG_DATA(header), count * sizeof(int));
    say(" rights %zu", count);
    for (size_t i = 0; i < count; i++)
        keep_fd(fds[i]);
}

static void say_control(struct msghdr *message)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        say(" {%zu %d %d", (size_t)header->cmsg_len, header->cmsg_level, header->cmsg_type);
        if (header->cmsg_type == SCM_RIGHTS && header->cmsg_level == SOL_SOCKET)
            say_rights(header);
        else if (header->cmsg_type == SCM_CREDENTIALS && header->cmsg_len == CMSG_LEN(sizeof(struct ucred)))
            say_credentials((const struct ucred *)CMSG_DATA(header));
        say("}");
    }
}

/***** Messages *****/

static void send_message(void)
{
    union address address;
    union control control;
    const int fd = pick_fd();
    const size_t first = pick_size(), second = one_in(2) ? pick_size() : 0;
    unsigned char *bytes = next_bytes(first + second);
    struct iovec vector[] = {{bytes, first}, {bytes + first, second}};
    struct msghdr message = {.msg_iov = vector, .msg_iovlen = 1 + pick(2)};
    if (one_in(3)) {
        message.msg_name = &address;
        message.msg_namelen = pick_address(&address);
    }
    message.msg_controllen = pick_control(fd, &control);
    message.msg_control = message.msg_controllen ? &control : NULL;
    say_result(sendmsg(fd, &message, send_flags()));
    say_all_states();
}

static void receive_message(void)
{
    static const size_t rooms[] = {0, 8, 15, 16, 19, 20, 24, 28, 32, 64, CONTROL_MAX, CONTROL_MAX, CONTROL_MAX};
    unsigned char bytes[8192] = "";
    union address address = {0};
    union control control;
    const int fd = pick_fd();
    const size_t first = pick_size(), second = first < 4000 && one_in(2) ? pick_size() : 0;
    struct iovec vector[] = {{bytes, first}, {bytes + first, second}};
    struct msghdr message = {.msg_iov = vector, .msg_iovlen = 2, .msg_control = &control};
    const socklen_t room = one_in(3) ? (socklen_t)pick(20) : sizeof(address);
    message.msg_name = one_in(3) ? &address : NULL;
    message.msg_namelen = room;
    message.msg_controllen = rooms[pick(COUNT(rooms))];
    say(" %u %zu", room, (size_t)message.msg_controllen);
    const ssize_t got = recvmsg(fd, &message, (int)pick_flags(receive_words, 6));
    if (say_result(got) < 0)
        return;
    say_bytes(bytes, (size_t)got < first + second ? (size_t)got : first + second);
    if (got > 0)
        say(" %#x", (unsigned)message.msg_flags);
    if (message.msg_name)
        say_address(&address, message.msg_namelen, room);
    if (got > 0)
        say_control(&message);
    say_all_states();
}

static void send_messages(void)
{
    const int fd = pick_fd();
    struct mmsghdr messages[3] = {0};
    struct iovec vectors[3];
    unsigned char *bytes = next_bytes(3 * 4097);
    for (size_t i = 0; i < 3; i++) {
        vectors[i] = (struct iovec){bytes + i * 4097, pick_size()};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    say_result(sendmmsg(fd, messages, (unsigned)pick(4), send_flags()));
    say(" %u %u %u", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len);
    say_all_states();
}

static void receive_messages(void)
{
    static unsigned char bytes[3][4097];
    const int fd = pick_fd();
    struct mmsghdr messages[3] = {0};
    struct iovec vectors[3];
    struct pollfd failed = {.fd = fd};
    if (poll(&failed, 1, 0) > 0 && failed.revents & POLLERR)
        return; /* it tells the error before what is there: only this call does */
    for (size_t i = 0; i < 3; i++) {
        vectors[i] = (struct iovec){bytes[i], pick_size()};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    const int flags = (int)pick_flags(receive_words, 8);
    const int got = recvmmsg(fd, messages, (unsigned)pick(4), flags, NULL);
    say_result(got);
    for (int i = 0; i < got;
         i++) /* who looks, or sees the end, is told of control data of the next message, or of nobody's */
        say(" %u %#x", messages[i].msg_len,
            flags & MSG_PEEK || messages[i].msg_len == 0 ? 0 : (unsigned)messages[i].msg_hdr.msg_flags);
    say_all_states();
}

static const struct step steps[] = {
    STEP(send_bytes),   STEP(send_bytes),      STEP(receive_bytes),   STEP(receive_bytes), STEP(send_message),
    STEP(send_message), STEP(receive_message), STEP(receive_message), STEP(send_messages), STEP(receive_messages),
};
const struct steps g_socket_steps = {steps, COUNT(steps)};
