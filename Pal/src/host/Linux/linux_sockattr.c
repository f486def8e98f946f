/* SPDX-License-Identifier: MIT */
/* Attributes of pipes, sockets and their servers: the handles that pal_host.h calls sock. Knows no protocol. */
#include "linux_sock.h"
#include "linux_error.h"
#include "pal_host.h"
#include "sys_linux.h"

#define US_PER_S UINT64_C(1000000)

/* How the kernel has a value. */
enum option_kind {
    OPTION_FLAG,  /* int */
    OPTION_BYTES, /* int; the kernel doubles what it is given for its own bookkeeping, and shows it doubled */
    OPTION_TIME,  /* struct timeval */
    OPTION_LINGER /* struct linger */
};

#define OF(type)  (1u << PAL_TYPE_##type)
#define TCP_TYPES (OF(TCP) | OF(TCPSRV))
#define UDP_TYPES (OF(UDP) | OF(UDPSRV))

static const struct option {
    int level, name;
    enum option_kind kind;
    unsigned types; /* of handles that have it */
    size_t member;  /* offset in PAL_STREAM_ATTR */
    PAL_FLG chosen; /* PAL_SET_x, 0 = there is none */
    bool of_output; /* asked of the descriptor that is written to */
} options[] = {
    {SOL_SOCKET, SO_REUSEADDR, OPTION_FLAG, TCP_TYPES | UDP_TYPES, offsetof(PAL_STREAM_ATTR, reuseaddr), 0, false},
    {SOL_SOCKET, SO_LINGER, OPTION_LINGER, TCP_TYPES, offsetof(PAL_STREAM_ATTR, linger), PAL_SET_LINGER, false},
    {SOL_SOCKET, SO_RCVBUF, OPTION_BYTES, TCP_TYPES | UDP_TYPES, offsetof(PAL_STREAM_ATTR, receivebuf),
     PAL_SET_RECEIVEBUF, false},
    {SOL_SOCKET, SO_SNDBUF, OPTION_BYTES, TCP_TYPES | UDP_TYPES | OF(PIPE), offsetof(PAL_STREAM_ATTR, sendbuf),
     PAL_SET_SENDBUF, true},
    {SOL_SOCKET, SO_RCVTIMEO, OPTION_TIME, TCP_TYPES | UDP_TYPES | OF(PIPE) | OF(PIPESRV),
     offsetof(PAL_STREAM_ATTR, receivetimeout), 0, false},
    {SOL_SOCKET, SO_SNDTIMEO, OPTION_TIME, TCP_TYPES | UDP_TYPES | OF(PIPE), offsetof(PAL_STREAM_ATTR, sendtimeout), 0,
     true},
    {IPPROTO_TCP, TCP_CORK, OPTION_FLAG, TCP_TYPES, offsetof(PAL_STREAM_ATTR, tcp_cork), PAL_SET_CORK, false},
    {SOL_SOCKET, SO_KEEPALIVE, OPTION_FLAG, TCP_TYPES, offsetof(PAL_STREAM_ATTR, tcp_keepalive), PAL_SET_KEEPALIVE,
     false},
    {IPPROTO_TCP, TCP_NODELAY, OPTION_FLAG, TCP_TYPES, offsetof(PAL_STREAM_ATTR, tcp_nodelay), PAL_SET_NODELAY, false},
};

#define SET_FLAGS                                                                                                      \
    (PAL_FLG)(PAL_SET_LINGER | PAL_SET_RECEIVEBUF | PAL_SET_SENDBUF | PAL_SET_CORK | PAL_SET_KEEPALIVE |               \
              PAL_SET_NODELAY)
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* Room for a value of any kind. */
union option_value {
    int number;
    struct __kernel_sock_timeval time;
    struct linger linger;
};

static const int value_sizes[] = {
    [OPTION_FLAG] = sizeof(int),
    [OPTION_BYTES] = sizeof(int),
    [OPTION_TIME] = sizeof(struct __kernel_sock_timeval),
    [OPTION_LINGER] = sizeof(struct linger),
};

static int option_fd(PAL_HANDLE handle, const struct option *option)
{
    return option->of_output ? handle->sock.write_fd : handle->sock.fd;
}

/* A side that this process has given up has none. */
static bool has_option(PAL_HANDLE handle, const struct option *option)
{
    return option->types >> pal_hdr(handle)->type & 1 && option_fd(handle, option) >= 0;
}

static int get_option(int fd, const struct option *option, uint64_t *out)
{
    union option_value value = {0};
    int size = value_sizes[option->kind];
    const int result = sys_getsockopt(fd, option->level, option->name, &value, &size);
    if (result < 0)
        return (int)linux_error(result);
    switch (option->kind) {
    case OPTION_FLAG:
        *out = value.number != 0;
        break;
    case OPTION_BYTES:
        *out = (uint64_t)value.number / 2;
        break;
    case OPTION_TIME:
        *out = (uint64_t)value.time.tv_sec * US_PER_S + (uint64_t)value.time.tv_usec;
        break;
    case OPTION_LINGER:
        /* On with no time at all, which resets the connection: the smallest time that is not "off". */
        *out = value.linger.l_onoff ? (uint64_t)value.linger.l_linger * US_PER_S : 0;
        if (value.linger.l_onoff && *out == 0)
            *out = 1;
        break;
    }
    return 0;
}

static int set_option(int fd, const struct option *option, uint64_t wanted)
{
    union option_value value = {0};
    switch (option->kind) {
    case OPTION_FLAG:
        value.number = wanted != 0;
        break;
    case OPTION_BYTES:
        if (wanted > INT32_MAX / 2)
            return -PAL_ERROR_INVAL;
        value.number = (int)wanted;
        break;
    case OPTION_TIME:
        if (wanted > INT64_MAX)
            return -PAL_ERROR_INVAL;
        value.time = (struct __kernel_sock_timeval){(int64_t)(wanted / US_PER_S), (int64_t)(wanted % US_PER_S)};
        break;
    case OPTION_LINGER:
        if (wanted / US_PER_S > INT32_MAX)
            return -PAL_ERROR_INVAL;
        value.linger = (struct linger){wanted != 0, (int)(wanted / US_PER_S)};
        break;
    }
    const int size = value_sizes[option->kind];
    return (int)linux_error(sys_setsockopt(fd, option->level, option->name, &value, size));
}

static uint64_t get_member(const PAL_STREAM_ATTR *attr, const struct option *option)
{
    const void *member = (const char *)attr + option->member;
    return option->kind == OPTION_FLAG ? *(const PAL_BOL *)member : *(const PAL_NUM *)member;
}

static void set_member(PAL_STREAM_ATTR *attr, const struct option *option, uint64_t value)
{
    void *member = (char *)attr + option->member;
    if (option->kind == OPTION_FLAG)
        *(PAL_BOL *)member = value != 0;
    else
        *(PAL_NUM *)member = value;
}

int linux_poll_attributes(int input, int output, PAL_STREAM_ATTR *out)
{
    struct pollfd fds[2] = {{.fd = input, .events = POLLIN}, {.fd = output, .events = POLLOUT}};
    const bool one = input == output;
    if (one)
        fds[0].events = POLLIN | POLLOUT;
    const int result = sys_poll_now(fds, one ? 1 : 2);
    if (result < 0)
        return (int)linux_error(result);
    const short seen = (short)(fds[0].revents | fds[1].revents);
    out->readable = (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    out->writeable = ((one ? fds[0].revents : fds[1].revents) & POLLOUT) != 0;
    out->disconnected = (seen & (POLLHUP | POLLERR)) != 0;
    return 0;
}

uint64_t linux_bytes_ready(int fd)
{
    int size = 0;
    return sys_ioctl(fd, FIONREAD, &size) < 0 || size < 0 ? 0 : (uint64_t)size;
}

static bool is_server(PAL_HANDLE handle)
{
    const PAL_IDX type = pal_hdr(handle)->type;
    return type == PAL_TYPE_PIPESRV || type == PAL_TYPE_TCPSRV;
}

int linux_sock_attributes(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    PAL_STREAM_ATTR attr = {.type = pal_hdr(handle)->type, .nonblocking = handle->sock.nonblocking};
    int error = linux_poll_attributes(handle->sock.fd, is_server(handle) ? -1 : handle->sock.write_fd, &attr);
    for (size_t i = 0; error == 0 && i < OPTION_COUNT; i++) {
        uint64_t value = 0;
        if (!has_option(handle, &options[i]))
            continue;
        error = get_option(option_fd(handle, &options[i]), &options[i], &value);
        if (error == 0)
            set_member(&attr, &options[i], value);
    }
    if (error < 0)
        return error;
    if (__atomic_load_n(&handle->sock.first, __ATOMIC_RELAXED)) {
        attr.readable = true;
        attr.size = handle->sock.first_size;
    } else if (!is_server(handle)) {
        attr.size = linux_bytes_ready(handle->sock.fd);
    }
    *out = attr;
    return 0;
}

static int set_nonblocking(PAL_HANDLE handle, bool nonblocking)
{
    if (nonblocking == handle->sock.nonblocking)
        return 0;
    /* accept4(2) has no flag for it; all other calls are told each time, so that it is this handle's alone. */
    if (pal_hdr(handle)->type == PAL_TYPE_TCPSRV) {
        const int result = sys_fcntl(handle->sock.fd, F_SETFL, nonblocking ? O_NONBLOCK : 0);
        if (result < 0)
            return (int)linux_error(result);
    }
    handle->sock.nonblocking = nonblocking;
    return 0;
}

/* Exactly what PAL_SET_x asks for, without a look at what is there. */
static int set_chosen(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    int error = 0;
    for (size_t i = 0; error == 0 && i < OPTION_COUNT; i++) {
        const struct option *option = &options[i];
        if (!(attr->share_flags & option->chosen))
            continue;
        error = has_option(handle, option) ? set_option(option_fd(handle, option), option, get_member(attr, option))
                                           : -PAL_ERROR_INVAL;
    }
    return error;
}

static int set_different(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    int error = set_nonblocking(handle, attr->nonblocking);
    for (size_t i = 0; error == 0 && i < OPTION_COUNT; i++) {
        const struct option *option = &options[i];
        const uint64_t wanted = get_member(attr, option);
        uint64_t present = 0;
        if (!has_option(handle, option))
            continue;
        error = get_option(option_fd(handle, option), option, &present);
        if (error == 0 && wanted != present)
            error = set_option(option_fd(handle, option), option, wanted);
    }
    return error;
}

int linux_sock_set_attributes(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return attr->share_flags & SET_FLAGS ? set_chosen(handle, attr) : set_different(handle, attr);
}
