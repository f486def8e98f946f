// SPDX-License-Identifier: MIT
// To which address datagrams have come: IP_PKTINFO and IPV6_RECVPKTINFO, and servers that answer from there.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "show.h"

// One that is bound to an address, connected to another, or both.
static int open_socket(int family, const char *text, uint16_t port, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (void *)out;
    struct sockaddr_in6 *v6 = (void *)out;
    socklen_t size = family == AF_INET ? sizeof(*v4) : sizeof(*v6);
    const int fd = socket(family, SOCK_DGRAM, 0);
    memset(out, 0, sizeof(*out));
    out->ss_family = (sa_family_t)family;
    inet_pton(family, text, family == AF_INET ? (void *)&v4->sin_addr : &v6->sin6_addr);
    v4->sin_port = port;
    if (port != 0)
        show("connect", connect(fd, (struct sockaddr *)out, size));
    else
        show("bind", bind(fd, (struct sockaddr *)out, size));
    getsockname(fd, (struct sockaddr *)out, &size);
    return fd;
}

static void show_control(struct msghdr *message)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        char one[64] = "", other[64] = "";
        unsigned index = 0;
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            const struct in_pktinfo *info = (void *)CMSG_DATA(header);
            index = (unsigned)info->ipi_ifindex;
            inet_ntop(AF_INET, &info->ipi_addr, one, sizeof(one));
            inet_ntop(AF_INET, &info->ipi_spec_dst, other, sizeof(other));
        } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
            const struct in6_pktinfo *info = (void *)CMSG_DATA(header);
            index = info->ipi6_ifindex;
            inet_ntop(AF_INET6, &info->ipi6_addr, one, sizeof(one));
        }
        printf("  level %d, type %d, size %zu: interface %u, to %s %s\n", header->cmsg_level, header->cmsg_type,
               (size_t)header->cmsg_len, index, one, other);
    }
}

// What a server does: receive, and answer with the same control message.
static void serve(const char *what, int server, int client)
{
    char byte = 0, control[256];
    struct sockaddr_storage name;
    struct iovec piece = {&byte, 1};
    struct msghdr message = {.msg_name = &name,
                             .msg_namelen = sizeof(name),
                             .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    if (send(client, "?", 1, 0) != 1)
        perror("send");
    const long size = recvmsg(server, &message, 0);
    printf("%s: %ld, flags %#x\n", what, size, (unsigned)message.msg_flags);
    show_control(&message);
    show("answer", sendmsg(server, &message, 0));
    show("at the client", recv(client, &byte, 1, 0));
}

static void use(int family, const char *bound, int client_family, const char *client_to, int level, int option)
{
    struct sockaddr_storage name, own;
    const int on = 1, off = 0;
    int value = -1;
    socklen_t size = sizeof(value);
    printf("-- %s, from %s\n", bound, client_to);
    const int server = open_socket(family, bound, 0, &name);
    const int client = open_socket(client_family, client_to, ((struct sockaddr_in *)&name)->sin_port, &own);
    serve("without", server, client);
    show("on", setsockopt(server, level, option, &on, sizeof(on)));
    getsockopt(server, level, option, &value, &size);
    printf("option: %d\n", value);
    serve("with", server, client);
    serve("again", server, client);
    show("off", setsockopt(server, level, option, &off, sizeof(off)));
    serve("without", server, client);
}

int main(void)
{
    use(AF_INET, "0.0.0.0", AF_INET, "127.0.0.1", IPPROTO_IP, IP_PKTINFO);
    use(AF_INET, "127.0.0.1", AF_INET, "127.0.0.1", IPPROTO_IP, IP_PKTINFO);
    use(AF_INET6, "::", AF_INET6, "::1", IPPROTO_IPV6, IPV6_RECVPKTINFO);
    use(AF_INET6, "::", AF_INET, "127.0.0.1", IPPROTO_IPV6, IPV6_RECVPKTINFO);
    use(AF_INET6, "::1", AF_INET6, "::1", IPPROTO_IPV6, IPV6_RECVPKTINFO);
    return 0;
}
