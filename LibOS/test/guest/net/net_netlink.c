// SPDX-License-Identifier: MIT
// What programs learn of the network's interfaces: getifaddrs and its kin, netlink's messages, ioctl. Only lo is shown, for others
// are the host's.
#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "show.h"

static void test_library(void)
{
    struct ifaddrs *list = NULL;
    show("getifaddrs", getifaddrs(&list));
    for (const struct ifaddrs *item = list; item; item = item->ifa_next) {
        char address[64] = "", mask[64] = "";
        if (strcmp(item->ifa_name, "lo") != 0 || !item->ifa_addr || item->ifa_addr->sa_family != AF_INET)
            continue;
        inet_ntop(AF_INET, &((struct sockaddr_in *)item->ifa_addr)->sin_addr, address, sizeof(address));
        inet_ntop(AF_INET, &((struct sockaddr_in *)item->ifa_netmask)->sin_addr, mask, sizeof(mask));
        printf("lo: %s, %s, flags %#x\n", address, mask, item->ifa_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING));
    }
    freeifaddrs(list);
    char name[IF_NAMESIZE] = "";
    show("if_nametoindex", if_nametoindex("lo"));
    show("if_nametoindex of none", if_nametoindex("none0"));
    printf("if_indextoname: %s\n", if_indextoname(1, name) ? name : "none");
    printf("if_indextoname of none: %s\n", if_indextoname(12345, name) ? name : strerror(errno));
    struct if_nameindex *names = if_nameindex();
    for (const struct if_nameindex *item = names; item && item->if_index; item++) {
        if (strcmp(item->if_name, "lo") == 0)
            printf("if_nameindex: lo is %u\n", item->if_index);
    }
    if_freenameindex(names);
}

static void test_ioctl(void)
{
    static const int families[] = {AF_INET, AF_UNIX};
    for (int i = 0; i < 2; i++) {
        const int fd = socket(families[i], SOCK_DGRAM, 0);
        struct ifreq request = {0};
        strcpy(request.ifr_name, "lo");
        show("SIOCGIFINDEX", ioctl(fd, SIOCGIFINDEX, &request));
        printf("  %d\n", request.ifr_ifindex);
        show("SIOCGIFMTU", ioctl(fd, SIOCGIFMTU, &request));
        printf("  %d\n", request.ifr_mtu);
        show("SIOCGIFNETMASK", ioctl(fd, SIOCGIFNETMASK, &request));
        printf("  %s\n", inet_ntoa(((struct sockaddr_in *)&request.ifr_addr)->sin_addr));
        strcpy(request.ifr_name, "none0");
        show("SIOCGIFFLAGS of none", ioctl(fd, SIOCGIFFLAGS, &request));
        close(fd);
    }
}

struct question {
    struct nlmsghdr header;
    struct ifinfomsg link;
    char attributes[64];
};

static struct question make_question(int type, int flags)
{
    struct question question = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
                                           .nlmsg_type = (unsigned short)type,
                                           .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags),
                                           .nlmsg_seq = 77}};
    return question;
}

static void add_name(struct question *question, const char *name)
{
    struct rtattr *attribute = (struct rtattr *)question->attributes;
    attribute->rta_type = IFLA_IFNAME;
    attribute->rta_len = (unsigned short)RTA_LENGTH(strlen(name) + 1);
    strcpy(RTA_DATA(attribute), name);
    question->header.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)) + RTA_ALIGN(attribute->rta_len);
}

// One datagram's first message.
static void show_answer(const char *what, int fd)
{
    static char buffer[32768] __attribute__((aligned(8)));
    const ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
    const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
    if (size < (ssize_t)sizeof(*header)) {
        show(what, size);
        return;
    }
    printf("%s: type %d, sequence %u\n", what, header->nlmsg_type, header->nlmsg_seq);
    if (header->nlmsg_type == NLMSG_ERROR)
        printf("  error %d\n", ((const struct nlmsgerr *)NLMSG_DATA(header))->error);
    if (header->nlmsg_type == RTM_NEWLINK) {
        const struct ifinfomsg *link = NLMSG_DATA(header);
        int left = (int)IFLA_PAYLOAD(header);
        printf("  index %d, kind %d\n", link->ifi_index, link->ifi_type);
        for (const struct rtattr *item = IFLA_RTA(link); RTA_OK(item, left); item = RTA_NEXT(item, left)) {
            if (item->rta_type == IFLA_IFNAME)
                printf("  name %s\n", (const char *)RTA_DATA(item));
            if (item->rta_type == IFLA_MTU)
                printf("  mtu %u\n", *(const unsigned *)RTA_DATA(item));
        }
    }
    fflush(stdout);
}

static void ask(const char *what, int fd, const struct question *question)
{
    show(what, send(fd, question, question->header.nlmsg_len, 0) == (ssize_t)question->header.nlmsg_len ? 0 : -1);
    show_answer("  answer", fd);
}

static void test_messages(void)
{
    const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct sockaddr_nl name = {.nl_family = AF_NETLINK};
    socklen_t size = sizeof(name);
    struct pollfd item = {fd, POLLIN, 0};
    show("bind", bind(fd, (struct sockaddr *)&name, sizeof(name)));
    show("getsockname", getsockname(fd, (struct sockaddr *)&name, &size));
    printf("a port: %d\n", name.nl_pid != 0);
    show("nothing yet", recv(fd, &name, sizeof(name), MSG_DONTWAIT));
    show("poll", poll(&item, 1, 0));
    struct question question = make_question(RTM_GETLINK, 0);
    question.link.ifi_index = 1;
    ask("by index", fd, &question);
    question = make_question(RTM_GETLINK, 0);
    add_name(&question, "lo");
    ask("by name", fd, &question);
    question = make_question(RTM_GETLINK, 0);
    add_name(&question, "none0");
    ask("by a wrong name", fd, &question);
    question.link.ifi_index = 12345;
    ask("by a wrong index", fd, &question);
    question = make_question(RTM_GETLINK, NLM_F_DUMP);
    show("all", send(fd, &question, question.header.nlmsg_len, 0) > 0 ? 0 : -1);
    show("poll", poll(&item, 1, -1));
    char byte;
    printf("peek: %d\n", recv(fd, &byte, 1, MSG_PEEK | MSG_TRUNC) > 32);
    show_answer("the first one", fd);
    while (recv(fd, &question, sizeof(question), 0) > 0 && question.header.nlmsg_type != NLMSG_DONE)
        ;
    printf("the end: %u\n", question.header.nlmsg_seq);
    show("nothing more", recv(fd, &name, sizeof(name), MSG_DONTWAIT));
    close(fd);
}

static void test_errors(void)
{
    show("stream", socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
    show("protocol", socket(AF_NETLINK, SOCK_RAW, 300));
    const int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
    struct sockaddr_nl name = {.nl_family = AF_INET};
    show("family", bind(fd, (struct sockaddr *)&name, sizeof(name)));
    show("size", bind(fd, (struct sockaddr *)&name, 4));
    show("listen", listen(fd, 1));
    show("accept", accept(fd, NULL, NULL));
    close(fd);
}

int main(void)
{
    test_library();
    test_ioctl();
    test_messages();
    test_errors();
    return 0;
}
