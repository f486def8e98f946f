/* SPDX-License-Identifier: MIT */
/* Messages that carry descriptors over AF_UNIX sockets (unix(7), SCM_RIGHTS). Knows no meaning of their bytes. */
#include "linux_rights.h"
#include <linux/fcntl.h>
#include "linux_error.h"
#include "linux_socket.h"
#include "pal_error.h"
#include "pal_string.h"
#include "sys_linux.h"

/* The kernel puts as many descriptors as fit before the end of the buffer, whatever its alignment. */
struct control {
    struct cmsghdr header;
    int descriptors[LINUX_RIGHTS_MAX];
};

int linux_rights_send(int fd, const struct linux_message *message, int flags)
{
    struct control control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    struct iovec data = {message->data, message->size};
    struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
    if (message->count > 0) {
        const size_t size = message->count * sizeof(int);
        memcpy(control.descriptors, message->descriptors, size);
        control.header.cmsg_len = sizeof(control.header) + size;
        header.msg_control = &control;
        header.msg_controllen = control.header.cmsg_len;
    }
    const int64_t result = linux_error(sys_sendmsg(fd, &header, flags | MSG_NOSIGNAL));
    if (result < 0)
        return (int)result;
    return (size_t)result == message->size ? 0 : -PAL_ERROR_INCONSIST;
}

void linux_rights_close(struct linux_message *message)
{
    while (message->count > 0)
        sys_close(message->descriptors[--message->count]);
}

int linux_rights_receive(int fd, struct linux_message *message, int flags)
{
    struct control control = {0};
    struct iovec data = {message->data, message->size};
    struct msghdr header = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    const int64_t result = linux_error(sys_recvmsg(fd, &header, flags | MSG_CMSG_CLOEXEC));
    if (result < 0)
        return (int)result;
    message->size = (size_t)result;
    message->count = 0;
    if (header.msg_controllen >= sizeof(control.header) && control.header.cmsg_type == SCM_RIGHTS) {
        const size_t size = control.header.cmsg_len - sizeof(control.header);
        memcpy(message->descriptors, control.descriptors, size);
        message->count = (unsigned)(size / sizeof(int));
        for (unsigned i = 0; i < message->count; i++)
            linux_given(message->descriptors[i]);
    }
    int error = 0;
    if (header.msg_flags & MSG_TRUNC)
        error = -PAL_ERROR_INCONSIST;
    else if (header.msg_flags & MSG_CTRUNC)
        error = message->count == LINUX_RIGHTS_MAX ? -PAL_ERROR_INCONSIST : -PAL_ERROR_TOOMANY;
    else if (result == 0 && message->count == 0)
        error = -PAL_ERROR_CONNFAILED;
    if (error < 0)
        linux_rights_close(message);
    return error;
}

static bool is_number(int fd, int option, int wanted)
{
    int value = -1, size = sizeof(value);
    return sys_getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

bool linux_rights_is_socket(int fd, int family, int type)
{
    return is_number(fd, SO_TYPE, type) && is_number(fd, SO_DOMAIN, family);
}

bool linux_rights_is_pipe(int fd)
{
    return sys_fcntl(fd, F_GETPIPE_SZ, 0) >= 0;
}
