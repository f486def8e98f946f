// SPDX-License-Identifier: MIT
// What /proc/net and /sys/class/net tell: the headers of the lists, this process's own sockets, and the interface lo.
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "show.h"

static void trim(char *line)
{
    size_t len = strlen(line);
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\n'))
        line[--len] = '\0';
}

static void show_header(const char *name)
{
    char path[64], line[512];
    snprintf(path, sizeof(path), "/proc/net/%s", name);
    FILE *file = fopen(path, "r");
    if (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        trim(line);
        printf("%s: %s\n", name, line);
    } else {
        printf("%s: nothing\n", name);
    }
    if (file != NULL)
        fclose(file);
}

// The column of a line whose columns are separated by blanks; "" = it has none.
static const char *column(const char *line, int number)
{
    static char text[512];
    char *rest = text, *word = NULL;
    snprintf(text, sizeof(text), "%s", line);
    for (int i = 0; i <= number; i++)
        word = strtok_r(rest, " \n", &rest);
    return word != NULL ? word : "";
}

// The line of a list that has this socket's inode in a column.
static const char *line_of(const char *list, int fd, int inode_column)
{
    static char line[512];
    char inode[32];
    struct stat st;
    bool found = false;
    FILE *file = fopen(list, "r");
    if (file == NULL || fstat(fd, &st) < 0)
        return "";
    snprintf(inode, sizeof(inode), "%lu", (unsigned long)st.st_ino);
    while (!found && fgets(line, sizeof(line), file) != NULL)
        found = strcmp(column(line, inode_column), inode) == 0;
    fclose(file);
    return found ? line : "";
}

static void show_inet(const char *what, const char *list, int fd)
{
    struct sockaddr_in own = {0}, peer = {0};
    socklen_t size = sizeof(own);
    char wanted[64];
    getsockname(fd, (struct sockaddr *)&own, &size);
    size = sizeof(peer);
    getpeername(fd, (struct sockaddr *)&peer, &size);
    const char *line = line_of(list, fd, 9);
    snprintf(wanted, sizeof(wanted), "%08X:%04X", own.sin_addr.s_addr, ntohs(own.sin_port));
    printf("%s: own address %d,", what, strcmp(column(line, 1), wanted) == 0);
    snprintf(wanted, sizeof(wanted), "%08X:%04X", peer.sin_addr.s_addr, ntohs(peer.sin_port));
    printf(" peer %d,", strcmp(column(line, 2), wanted) == 0);
    printf(" state %s\n", column(line, 3));
}

static void list_inet(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    const int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    const int datagrams = socket(AF_INET, SOCK_DGRAM, 0), unbound = socket(AF_INET, SOCK_STREAM, 0);
    show("bind", bind(server, (struct sockaddr *)&name, size));
    show("listen", listen(server, 1));
    show("bind", bind(datagrams, (struct sockaddr *)&name, size));
    getsockname(server, (struct sockaddr *)&name, &size);
    show("connect", connect(client, (struct sockaddr *)&name, size));
    const int end = accept(server, NULL, NULL);
    show_inet("server", "/proc/net/tcp", server);
    show_inet("client", "/proc/net/tcp", client);
    show_inet("accepted", "/proc/self/net/tcp", end);
    show_inet("datagrams", "/proc/net/udp", datagrams);
    printf("without an address: %s\n", line_of("/proc/net/tcp", unbound, 9));
    close(end);
    close(client);
    close(server);
    close(datagrams);
    close(unbound);
}

static void show_unix(const char *what, int fd)
{
    const char *line = line_of("/proc/net/unix", fd, 6);
    printf("%s: flags %s,", what, column(line, 3));
    printf(" type %s,", column(line, 4));
    printf(" state %s,", column(line, 5));
    printf(" name %.16s\n", column(line, 7));
}

static void list_unix(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "here"};
    int pair[2];
    const int server = socket(AF_UNIX, SOCK_STREAM, 0), abstract = socket(AF_UNIX, SOCK_DGRAM, 0);
    show("pair", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    show("bind", bind(server, (struct sockaddr *)&name, sizeof(name)));
    show("listen", listen(server, 1));
    const int len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "libos-net-proc-%d", (int)getpid());
    name.sun_path[0] = '\0';
    show("bind", bind(abstract, (struct sockaddr *)&name,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)));
    show_unix("of a pair", pair[0]);
    show_unix("server", server);
    show_unix("abstract", abstract);
    unlink("here");
}

static void show_file(const char *path)
{
    char text[64] = "";
    const int fd = open(path, O_RDONLY);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
        printf("%s: %s\n", path, strerror(errno));
    else
        printf("%s: %s", path, text);
    close(fd);
}

static void show_space(const char *name)
{
    char path[64], text[64] = "";
    snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
    const ssize_t len = readlink(path, text, sizeof(text) - 1);
    char *number = strchr(text, '[');
    if (len > 0 && number != NULL && atol(number + 1) > 0)
        *number = '\0';
    printf("%s -> %s\n", path, text);
}

int main(void)
{
    static const char *const lists[] = {"dev", "route", "tcp", "udp", "unix", "arp", "raw", "netlink"};
    static const char *const spaces[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
    static const char *const files[] = {"address", "flags", "ifindex", "mtu", "operstate", "type", "absent"};
    char path[64];
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        show_header(lists[i]);
    list_inet();
    list_unix();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "/sys/class/net/lo/%s", files[i]);
        show_file(path);
    }
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
        show_space(spaces[i]);
    return 0;
}
