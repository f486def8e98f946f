/* SPDX-License-Identifier: MIT */
/* getsockopt and setsockopt, and the options that all sockets have. */
#include <linux/time.h>
#include "clock.h"
#include "copy.h"
#include "socket.h"
#include "syscalls.h"

#define OPTION_SIZE_MAX  256 /* of any option's value */
#define SEND_SIZE_MIN    4608
#define RECEIVE_SIZE_MIN 2304
#define SIZE_MAXIMUM     212992 /* net.core.wmem_max, before it is doubled */

/* On or off. */
static bool is_flag(int option)
{
    switch (option) {
    case SO_DEBUG:
    case SO_REUSEADDR:
    case SO_DONTROUTE:
    case SO_BROADCAST:
    case SO_KEEPALIVE:
    case SO_OOBINLINE:
    case SO_REUSEPORT:
    case SO_PASSCRED:
    case SO_TIMESTAMP_OLD:
    case SO_TIMESTAMPNS_OLD:
    case SO_PASSSEC:
    case SO_RXQ_OVFL:
    case SO_NO_CHECK:
        return true;
    default:
        return false;
    }
}

/***** Getting *****/

static int put_int(void *value, uint32_t *size, int number)
{
    if (*size > sizeof(number))
        *size = sizeof(number);
    memcpy(value, &number, *size);
    return 0;
}

static int put_timeout(void *value, uint32_t *size, int64_t ns)
{
    const struct __kernel_old_timeval time = {.tv_sec = ns / NS_PER_SECOND, .tv_usec = ns % NS_PER_SECOND / 1000};
    if (*size > sizeof(time))
        *size = sizeof(time);
    memcpy(value, &time, *size);
    return 0;
}

struct linger_value {
    int on, seconds;
};

int socket_get_option(struct socket *socket, int option, void *value, uint32_t *size)
{
    if (is_flag(option))
        return put_int(value, size, (socket->flags & SOCKET_FLAG(option)) != 0);
    switch (option) {
    case SO_TYPE:
        return put_int(value, size, socket->type);
    case SO_DOMAIN:
        return put_int(value, size, socket->family);
    case SO_PROTOCOL:
        return put_int(value, size, socket->protocol);
    case SO_ERROR:
        return put_int(value, size, -socket_take_error(socket));
    case SO_ACCEPTCONN:
        return put_int(value, size, socket->listening);
    case SO_SNDBUF:
        return put_int(value, size, (int)socket->send_size);
    case SO_RCVBUF:
        return put_int(value, size, (int)socket->receive_size);
    case SO_RCVLOWAT:
        return put_int(value, size, socket->low_water);
    case SO_SNDLOWAT:
        return put_int(value, size, 1);
    case SO_PRIORITY:
        return put_int(value, size, socket->priority);
    case SO_RCVTIMEO_OLD:
        return put_timeout(value, size, socket->receive_timeout_ns);
    case SO_SNDTIMEO_OLD:
        return put_timeout(value, size, socket->send_timeout_ns);
    case SO_LINGER: {
        const struct linger_value linger = {(socket->flags & SOCKET_FLAG(SO_LINGER)) != 0, socket->linger_seconds};
        if (*size > sizeof(linger))
            *size = sizeof(linger);
        memcpy(value, &linger, *size);
        return 0;
    }
    case SO_BINDTODEVICE: /* to none */
        *size = 0;
        return 0;
    case SO_PEERCRED: { /* of other families than AF_UNIX, which answers itself */
        const struct credentials nobody = {0, UINT32_MAX, UINT32_MAX};
        if (*size > sizeof(nobody))
            *size = sizeof(nobody);
        memcpy(value, &nobody, *size);
        return 0;
    }
    default:
        return -ENOPROTOOPT;
    }
}

/***** Setting *****/

static int set_timeout(int64_t *timeout_ns, const void *value, uint32_t size)
{
    struct __kernel_old_timeval time;
    if (size < sizeof(time))
        return -EINVAL;
    memcpy(&time, value, sizeof(time));
    if (time.tv_usec < 0 || time.tv_usec >= 1000000)
        return -EDOM;
    if (time.tv_sec < 0)
        *timeout_ns = 1; /* is over at once */
    else if (time.tv_sec > INT64_MAX / NS_PER_SECOND - 1)
        *timeout_ns = 0;
    else
        *timeout_ns = time.tv_sec * NS_PER_SECOND + time.tv_usec * 1000;
    return 0;
}

/* Linux doubles what is asked for: half of it is for its own structures. */
static uint32_t buffer_size(int asked, uint32_t least)
{
    const uint32_t size = asked < 0 || asked > SIZE_MAXIMUM ? SIZE_MAXIMUM : (uint32_t)asked;
    return size * 2 > least ? size * 2 : least;
}

static int set_linger(struct socket *socket, const void *value, uint32_t size)
{
    struct linger_value linger;
    if (size < sizeof(linger))
        return -EINVAL;
    memcpy(&linger, value, sizeof(linger));
    socket->linger_seconds = linger.seconds;
    socket->flags &= ~SOCKET_FLAG(SO_LINGER);
    socket->flags |= linger.on != 0 ? SOCKET_FLAG(SO_LINGER) : 0;
    return 0;
}

int socket_set_option(struct socket *socket, int option, const void *value, uint32_t size)
{
    int number;
    if (size < sizeof(number))
        return -EINVAL;
    memcpy(&number, value, sizeof(number));
    if (option == SO_TIMESTAMP_OLD || option == SO_TIMESTAMPNS_OLD)
        socket->flags &= ~SOCKET_TIMES; /* one of them, or none */
    if (is_flag(option)) {
        socket->flags = number != 0 ? socket->flags | SOCKET_FLAG(option) : socket->flags & ~SOCKET_FLAG(option);
        return 0;
    }
    switch (option) {
    case SO_SNDBUF:
        socket->send_size = buffer_size(number, SEND_SIZE_MIN);
        return 0;
    case SO_RCVBUF:
        socket->receive_size = buffer_size(number, RECEIVE_SIZE_MIN);
        return 0;
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE:
    case SO_BINDTODEVICE:
        return -EPERM;
    case SO_RCVLOWAT:
        socket->low_water = number < 0 ? INT32_MAX : number == 0 ? 1 : number;
        return 0;
    case SO_PRIORITY:
        if (number < 0 || number > 6)
            return -EPERM;
        socket->priority = number;
        return 0;
    case SO_RCVTIMEO_OLD:
        return set_timeout(&socket->receive_timeout_ns, value, size);
    case SO_SNDTIMEO_OLD:
        return set_timeout(&socket->send_timeout_ns, value, size);
    case SO_LINGER:
        return set_linger(socket, value, size);
    default:
        return -ENOPROTOOPT;
    }
}

/***** The calls *****/

int64_t sys_setsockopt(int fd, int level, int option, void *user, unsigned length)
{
    char value[OPTION_SIZE_MAX];
    struct file *file;
    struct socket *socket;
    int result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    const uint32_t size = length < sizeof(value) ? length : sizeof(value);
    result = (int)length < (level == SOL_SOCKET ? (int)sizeof(int) : 0) ? -EINVAL : copy_in(value, user, size);
    if (result == 0) {
        result = socket->ops->set_option(socket, level, option, value, size);
        if (result == -ENOPROTOOPT && level == SOL_SOCKET)
            result = socket_set_option(socket, option, value, size);
    }
    file_put(file);
    return result;
}

int64_t sys_getsockopt(int fd, int level, int option, void *user, void *length)
{
    char value[OPTION_SIZE_MAX];
    struct file *file;
    struct socket *socket;
    int room;
    int result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    result = copy_in(&room, length, sizeof(room));
    if (result == 0 && room < 0)
        result = -EINVAL;
    if (result == 0) {
        uint32_t size = (uint32_t)room < sizeof(value) ? (uint32_t)room : sizeof(value);
        result = socket->ops->get_option(socket, level, option, value, &size);
        if (result == -ENOPROTOOPT && level == SOL_SOCKET)
            result = socket_get_option(socket, option, value, &size);
        room = (int)size;
    }
    file_put(file);
    if (result < 0)
        return result;
    return copy_out(user, value, (size_t)room) < 0 ? -EFAULT : copy_out(length, &room, sizeof(room));
}
