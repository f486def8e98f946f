/* SPDX-License-Identifier: MIT */
/* Options of internet sockets. A few are the host's; of the others those are kept that change nothing a program could
 * see but by asking for them, and the rest is refused. */
#include <linux/tcp.h>
#include "inet_socket.h"

#define SOL_IP        IPPROTO_IP
#define SOL_IPV6      IPPROTO_IPV6
#define SOL_TCP       IPPROTO_TCP
#define SOL_UDP       IPPROTO_UDP

#define FLAGS_OF_HOST ((1u << TCP_NODELAY) | (1u << TCP_CORK))

enum who { TCP = 1, UDP = 2, BOTH = 3 };

/* Options that are kept: their number in struct inet_socket is their place here. */
static const struct kept_option {
    int level, option;
    enum who who;
    int32_t initial, least, most;
} kept_options[] = {
    {SOL_TCP, TCP_KEEPIDLE, TCP, 7200, 1, 32767},
    {SOL_TCP, TCP_KEEPINTVL, TCP, 75, 1, 32767},
    {SOL_TCP, TCP_KEEPCNT, TCP, 9, 1, 127},
    {SOL_TCP, TCP_SYNCNT, TCP, 6, 1, 127},
    {SOL_TCP, TCP_LINGER2, TCP, 60, -1, INT32_MAX},
    {SOL_TCP, TCP_DEFER_ACCEPT, TCP, 0, 0, INT32_MAX},
    {SOL_TCP, TCP_QUICKACK, TCP, 1, INT32_MIN, INT32_MAX},
    {SOL_TCP, TCP_USER_TIMEOUT, TCP, 0, 0, INT32_MAX},
    {SOL_TCP, TCP_NOTSENT_LOWAT, TCP, 0, INT32_MIN, INT32_MAX},
    {SOL_IP, IP_TOS, BOTH, 0, 0, 255},
    {SOL_IP, IP_TTL, BOTH, 64, 1, 255},
    {SOL_IP, IP_MTU_DISCOVER, BOTH, IP_PMTUDISC_WANT, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT},
    {SOL_IP, IP_RECVERR, BOTH, 0, 0, 1},
    {SOL_IP, IP_PKTINFO, BOTH, 0, 0, 1},
    {SOL_IP, IP_FREEBIND, BOTH, 0, 0, 1},
    {SOL_IP, IP_BIND_ADDRESS_NO_PORT, BOTH, 0, 0, 1},
    {SOL_IP, IP_MULTICAST_TTL, UDP, 1, 0, 255},
    {SOL_IP, IP_MULTICAST_LOOP, UDP, 1, 0, 1},
    {SOL_IPV6, IPV6_UNICAST_HOPS, BOTH, 64, 0, 255},
    {SOL_IPV6, IPV6_TCLASS, BOTH, 0, 0, 255},
    {SOL_IPV6, IPV6_MTU_DISCOVER, BOTH, IPV6_PMTUDISC_WANT, IPV6_PMTUDISC_DONT, IPV6_PMTUDISC_OMIT},
    {SOL_IPV6, IPV6_RECVERR, BOTH, 0, 0, 1},
    {SOL_IPV6, IPV6_RECVPKTINFO, BOTH, 0, 0, 1},
    {SOL_IPV6, IPV6_MULTICAST_HOPS, UDP, 1, 0, 255},
    {SOL_IPV6, IPV6_MULTICAST_LOOP, UDP, 1, 0, 1},
};
_Static_assert(array_count(kept_options) <= INET_KEPT_OPTIONS, "room in struct inet_socket");

void inet_options_init(struct inet_socket *socket)
{
    for (size_t i = 0; i < array_count(kept_options); i++)
        socket->kept[i] = kept_options[i].initial;
}

static int find_kept(const struct inet_socket *socket, int level, int option)
{
    for (size_t i = 0; i < array_count(kept_options); i++) {
        const struct kept_option *kept = &kept_options[i];
        if (kept->level == level && kept->option == option && (kept->who & (inet_is_tcp(socket) ? TCP : UDP)) != 0 &&
            (level != SOL_IPV6 || socket->base.family == AF_INET6))
            return (int)i;
    }
    return -ENOPROTOOPT;
}

/***** The host's *****/

#define BUFFERS (PAL_SET_SENDBUF | PAL_SET_RECEIVEBUF)

/* What differs from what a new stream has, or has been set since: PAL_SET_x. */
static PAL_FLG wishes_of(const struct inet_socket *socket)
{
    PAL_FLG wishes = socket->sizes_set ? BUFFERS : 0;
    if (socket->tcp_flags & (1u << TCP_NODELAY))
        wishes |= PAL_SET_NODELAY;
    if (socket->tcp_flags & (1u << TCP_CORK))
        wishes |= PAL_SET_CORK;
    if (inet_is_tcp(socket) && socket->base.flags & SOCKET_FLAG(SO_KEEPALIVE))
        wishes |= PAL_SET_KEEPALIVE;
    if (inet_is_tcp(socket) && socket->base.flags & SOCKET_FLAG(SO_LINGER))
        wishes |= PAL_SET_LINGER;
    return wishes;
}

/* Have the host's stream be as the socket is; what: PAL_SET_x. */
static void apply(struct inet_socket *socket, PAL_FLG what)
{
    const struct socket *base = &socket->base;
    PAL_HANDLE stream = inet_stream(socket);
    PAL_STREAM_ATTR attr = {
        .share_flags = what,
        .sendbuf = base->send_size / 2,
        .receivebuf = base->receive_size / 2,
        .tcp_nodelay = (socket->tcp_flags & (1u << TCP_NODELAY)) != 0,
        .tcp_cork = (socket->tcp_flags & (1u << TCP_CORK)) != 0,
        .tcp_keepalive = (base->flags & SOCKET_FLAG(SO_KEEPALIVE)) != 0,
    };
    if ((base->flags & SOCKET_FLAG(SO_LINGER)) != 0)
        attr.linger = base->linger_seconds > 0 ? (PAL_NUM)base->linger_seconds * 1000000 : 1;
    if (stream && what && !DkStreamAttributesSetbyHandle(stream, &attr))
        log_print(LOG_DEBUG, "a socket's options are not all as the program wants them");
}

void inet_apply_options(struct inet_socket *socket)
{
    apply(socket, wishes_of(socket));
}

/***** Getting *****/

static int put(void *value, uint32_t *size, const void *data, uint32_t data_size)
{
    if (*size > data_size)
        *size = data_size;
    memcpy(value, data, *size);
    return 0;
}

static int put_int(void *value, uint32_t *size, int number)
{
    return put(value, size, &number, sizeof(number));
}

static uint8_t tcp_state(const struct inet_socket *socket)
{
    enum { ESTABLISHED = 1, SYN_SENT = 2, CLOSE = 7, LISTEN = 10 }; /* as in the kernel's tcp_states.h */
    switch (socket->state) {
    case INET_CONNECTED:
        return ESTABLISHED;
    case INET_CONNECTING:
        return SYN_SENT;
    case INET_LISTENING:
        return LISTEN;
    case INET_NEW:
    case INET_BOUND:
    case INET_FAILED:
    default:
        return CLOSE;
    }
}

static int get_tcp(struct inet_socket *socket, int option, void *value, uint32_t *size)
{
    switch (option) {
    case TCP_NODELAY:
    case TCP_CORK:
        return put_int(value, size, (socket->tcp_flags & (1u << option)) != 0);
    case TCP_MAXSEG:
        return put_int(value, size, 536);
    case TCP_CONGESTION:
        return put(value, size, "cubic\0\0\0\0\0\0\0\0\0\0", 16);
    case TCP_INFO: {
        struct tcp_info info = {.tcpi_state = tcp_state(socket)};
        return put(value, size, &info, sizeof(info));
    }
    default:
        return -ENOPROTOOPT;
    }
}

static int get_socket(struct inet_socket *socket, int option, void *value, uint32_t *size)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE stream = inet_stream(socket);
    switch (option) {
    case SO_ERROR: {
        const int settled = inet_settle(socket);
        const int error = settled < 0 && settled != -EINPROGRESS ? settled : socket_take_error(&socket->base);
        return put_int(value, size, -error);
    }
    case SO_SNDBUF:
    case SO_RCVBUF:
        if (socket->sizes_set || stream == NULL || !DkStreamAttributesQuerybyHandle(stream, &attr))
            return -ENOPROTOOPT;
        return put_int(value, size, (int)(2 * (option == SO_SNDBUF ? attr.sendbuf : attr.receivebuf)));
    default:
        return -ENOPROTOOPT;
    }
}

int inet_get_option(struct socket *base, int level, int option, void *value, uint32_t *size)
{
    struct inet_socket *socket = inet_of(base);
    const int kept = find_kept(socket, level, option);
    if (kept >= 0)
        return put_int(value, size, socket->kept[kept]);
    if (level == SOL_SOCKET)
        return get_socket(socket, option, value, size);
    if (level == SOL_TCP && inet_is_tcp(socket))
        return get_tcp(socket, option, value, size);
    if (level == SOL_IPV6 && option == IPV6_V6ONLY && base->family == AF_INET6)
        return put_int(value, size, socket->only6);
    const bool is_its_level = level == SOL_IP || level == (inet_is_tcp(socket) ? SOL_TCP : SOL_UDP);
    return is_its_level || base->family == AF_INET6 ? -ENOPROTOOPT : -EOPNOTSUPP;
}

/***** Setting *****/

/* Numbers of the level of IP may be one byte. */
static int read_number(int level, const void *value, uint32_t size, int *out)
{
    *out = 0;
    if (level == SOL_IP && size >= 1 && size < sizeof(*out))
        *out = *(const uint8_t *)value;
    else if (size < sizeof(*out))
        return -EINVAL;
    else
        memcpy(out, value, sizeof(*out));
    return 0;
}

static int set_kept(struct inet_socket *socket, int place, int number)
{
    const struct kept_option *kept = &kept_options[place];
    const bool is_flag = kept->least == 0 && kept->most == 1;
    /* -1 is what Linux chooses itself. */
    if (number == -1 && kept->least >= 0 && kept->level != SOL_TCP && !is_flag)
        number = kept->initial;
    if (is_flag)
        number = number != 0;
    if (number < kept->least || number > kept->most)
        return -EINVAL;
    socket->kept[place] = number;
    if (socket->base.family == AF_INET ? kept->level == SOL_IP && kept->option == IP_PKTINFO
                                       : kept->level == SOL_IPV6 && kept->option == IPV6_RECVPKTINFO)
        socket->wants_target = number != 0;
    return 0;
}

static int set_socket(struct inet_socket *socket, int option, const void *value, uint32_t size)
{
    const int result = socket_set_option(&socket->base, option, value, size);
    if (result < 0)
        return result;
    switch (option) {
    case SO_SNDBUF:
    case SO_RCVBUF:
        socket->sizes_set = true;
        apply(socket, BUFFERS);
        return 0;
    case SO_KEEPALIVE:
    case SO_LINGER:
        if (inet_is_tcp(socket))
            apply(socket, option == SO_LINGER ? PAL_SET_LINGER : PAL_SET_KEEPALIVE);
        return 0;
    default:
        return 0;
    }
}

static int set_tcp_flag(struct inet_socket *socket, int option, int number)
{
    const uint32_t before = socket->tcp_flags, bit = 1u << option;
    socket->tcp_flags = number != 0 ? before | bit : before & ~bit;
    if (socket->tcp_flags != before)
        apply(socket, option == TCP_CORK ? PAL_SET_CORK : PAL_SET_NODELAY);
    return 0;
}

int inet_set_option(struct socket *base, int level, int option, const void *value, uint32_t size)
{
    struct inet_socket *socket = inet_of(base);
    int number;
    if (level == SOL_SOCKET)
        return set_socket(socket, option, value, size);
    if (level == SOL_TCP && option == TCP_CONGESTION && inet_is_tcp(socket))
        return size >= 5 && memcmp(value, "cubic", 5) == 0 ? 0 : -ENOENT;
    const int result = read_number(level, value, size, &number);
    if (result < 0)
        return result;
    const int kept = find_kept(socket, level, option);
    if (kept >= 0)
        return set_kept(socket, kept, number);
    if (level == SOL_TCP && inet_is_tcp(socket) && option <= TCP_CORK && (FLAGS_OF_HOST >> option & 1) != 0)
        return set_tcp_flag(socket, option, number);
    if (level == SOL_TCP && inet_is_tcp(socket) && option == TCP_MAXSEG)
        return number == 0 || (number >= 88 && number <= 32767) ? 0 : -EINVAL;
    if (level == SOL_IPV6 && option == IPV6_V6ONLY && base->family == AF_INET6) {
        if (socket->state != INET_NEW)
            return -EINVAL;
        socket->only6 = number != 0;
        return 0;
    }
    return -ENOPROTOOPT;
}
