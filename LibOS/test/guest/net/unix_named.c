// SPDX-License-Identifier: MIT
// AF_UNIX sockets with names: in the file system and abstract ones; listening, connecting, datagrams.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "show.h"

// Names that the whole machine sees are this process's own.
static int is_shared(const char *path)
{
    return path[0] == '\0' || path[0] == '/';
}

static socklen_t name(struct sockaddr_un *out, const char *path)
{
    const int abstract = path[0] == '\0';
    char *text = out->sun_path + abstract;
    memset(out, 0, sizeof(*out));
    out->sun_family = AF_UNIX;
    strcpy(text, path + abstract);
    if (is_shared(path))
        sprintf(text + strlen(text), ".%07d", (int)getpid());
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(text) + 1);
}

static int unlink_name(const char *path)
{
    struct sockaddr_un address;
    name(&address, path);
    return unlink(address.sun_path);
}

static long bind_to(int fd, const char *path)
{
    struct sockaddr_un address;
    socklen_t size = name(&address, path);
    return bind(fd, (struct sockaddr *)&address, size);
}

static long connect_to(int fd, const char *path)
{
    struct sockaddr_un address;
    socklen_t size = name(&address, path);
    return connect(fd, (struct sockaddr *)&address, size);
}

static void show_name(const char *what, const struct sockaddr_un *address, socklen_t size)
{
    const int abstract = address->sun_path[0] == '\0';
    const char *text = address->sun_path + abstract;
    printf("  %s: size %u", what, (unsigned)size);
    if (size > 2)
        printf(" %s%.*s", abstract ? "@" : "", (int)strlen(text) - (is_shared(address->sun_path) ? 8 : 0), text);
    printf("\n");
}

static void names_of(int fd)
{
    struct sockaddr_un address = {0};
    socklen_t size = sizeof(address);
    if (show("getsockname", getsockname(fd, (struct sockaddr *)&address, &size)) == 0)
        show_name("own", &address, size);
    memset(&address, 0, sizeof(address));
    size = sizeof(address);
    if (show("getpeername", getpeername(fd, (struct sockaddr *)&address, &size)) == 0)
        show_name("peer", &address, size);
}

static const char *g_path;
static int g_type;

static void *client(void *arg)
{
    int fd = socket(AF_UNIX, g_type, 0);
    char buffer[16] = {0};
    (void)arg;
    wait_ms(30);
    if (connect_to(fd, g_path) < 0)
        printf("connect: %s\n", strerror(errno));
    write(fd, "request", 7);
    read(fd, buffer, sizeof(buffer));
    close(fd);
    return strdup(buffer);
}

static void connections(int type, const char *path)
{
    char buffer[16] = {0};
    pthread_t thread;
    g_type = type;
    g_path = path;
    printf("== type %d %s\n", type, path[0] ? path : "abstract");
    int fd = socket(AF_UNIX, type, 0), other = socket(AF_UNIX, type, 0);
    show("listen without a name", listen(fd, 5));
    show("nobody there", connect_to(other, path));
    show("bind", bind_to(fd, path));
    show("bind again", bind_to(fd, path));
    show("bind another", bind_to(other, path));
    show("not listening", connect_to(other, path));
    show("accept", accept(fd, NULL, NULL));
    show("listen", listen(fd, 2));
    struct pollfd item = {fd, POLLIN | POLLOUT, 0};
    show("poll", poll(&item, 1, 0));
    pthread_create(&thread, NULL, client, NULL);
    struct sockaddr_un address;
    socklen_t size = sizeof(address);
    int accepted = accept(fd, (struct sockaddr *)&address, &size);
    printf("accepted %d\n", accepted >= 0);
    show_name("from", &address, size);
    show("read", read(accepted, buffer, sizeof(buffer)));
    printf("server got %s\n", buffer);
    names_of(accepted);
    show("write", write(accepted, "answer", 6));
    void *answer;
    pthread_join(thread, &answer);
    printf("client got %s\n", (char *)answer);
    free(answer);
    show("end", read(accepted, buffer, sizeof(buffer)));
    close(accepted);

    int value;
    size = sizeof(value);
    show("SO_ACCEPTCONN", getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size));
    printf("  %d\n", value);
    fcntl(other, F_SETFL, O_NONBLOCK);
    show("connect", connect_to(other, path));
    show("connect again", connect_to(other, path));
    names_of(other);
    int more[4], full = 0;
    for (int i = 0; i < 4; i++) {
        more[i] = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
        full += connect_to(more[i], path) < 0 && errno == EAGAIN;
    }
    printf("backlog full for %d\n", full);
    show("poll", poll(&item, 1, 0));
    accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    printf("flags %#x %d\n", fcntl(accepted, F_GETFL), fcntl(accepted, F_GETFD));
    show("none yet", read(accepted, buffer, 1));
    show("talk", write(other, "talk", 4));
    show("talk", read(accepted, buffer, 10));
    show("connect to a connected one", listen(accepted, 1));
    close(fd);
    show("listener closed", read(more[0], buffer, 1));
    show("talk goes on", write(accepted, "talk", 4));
    show("talk", read(other, buffer, 10));
    if (path[0]) {
        int again = socket(AF_UNIX, type, 0);
        show("name is still there", bind_to(again, path));
        show("but nobody listens", connect_to(again, path));
        show("unlink", unlink_name(path));
        show("gone", connect_to(again, path));
        close(again);
    }
    for (int i = 0; i < 4; i++)
        close(more[i]);
    close(other);
    close(accepted);
}

static void datagrams(const char *path)
{
    char buffer[32] = {0};
    struct sockaddr_un address;
    socklen_t size;
    int server = socket(AF_UNIX, SOCK_DGRAM, 0), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    show("bind", bind_to(server, path));
    size = name(&address, path);
    show("sendto", sendto(sender, "hello", 5, 0, (struct sockaddr *)&address, size));
    struct sockaddr_un from = {0};
    socklen_t from_size = sizeof(from);
    show("recvfrom", recvfrom(server, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &from_size));
    show_name("unnamed", &from, from_size);
    show("bind sender", bind_to(sender, "\0sender-of-datagrams"));
    show("connect", connect_to(sender, path));
    show("send", send(sender, "again", 5, 0));
    from_size = sizeof(from);
    show("recvfrom", recvfrom(server, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &from_size));
    show_name("from", &from, from_size);
    show("answer", sendto(server, "answer", 6, 0, (struct sockaddr *)&from, from_size));
    show("recv", recv(sender, buffer, sizeof(buffer), 0));
    int count = 0;
    while (send(sender, "x", 1, MSG_DONTWAIT) == 1)
        count++;
    printf("queue holds %d\n", count);
    struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
    show("disconnect", connect(sender, &unspecified, sizeof(unspecified)));
    show("send", send(sender, "x", 1, 0));
    show("connect", connect_to(sender, path));
    close(server);
    show("refused", send(sender, "x", 1, 0));
    show("listen", listen(sender, 1));
    show("wrong type", connect_to(socket(AF_UNIX, SOCK_STREAM, 0), "\0sender-of-datagrams"));
    unlink_name(path);
    close(sender);
}

static void odd(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    show("autobind", bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family)));
    socklen_t size = sizeof(address);
    show("getsockname", getsockname(fd, (struct sockaddr *)&address, &size));
    printf("size %u\n", (unsigned)size);
    size = 4;
    show("short", getsockname(fd, (struct sockaddr *)&address, &size));
    printf("size %u\n", (unsigned)size);
    size = (socklen_t)-1;
    show("negative", getsockname(fd, (struct sockaddr *)&address, &size));
    show("family", connect(fd, (struct sockaddr *)&(struct sockaddr){.sa_family = AF_INET}, 16));
    show("size", connect(fd, (struct sockaddr *)&address, 2));
    show("size", connect(fd, (struct sockaddr *)&address, 200));
    show("EFAULT", connect(fd, (void *)8, 20));
    show("no directory", bind_to(socket(AF_UNIX, SOCK_STREAM, 0), "no/such/name"));
    char buffer[4];
    show("unconnected read", read(fd, buffer, 1));
    show("unconnected write", send(fd, buffer, 1, MSG_NOSIGNAL));
    struct pollfd item = {fd, POLLIN | POLLOUT, 0};
    show("poll", poll(&item, 1, 0));
    printf("%#x\n", (unsigned)item.revents);
    show("getpeername", getpeername(fd, (struct sockaddr *)&address, &size));
    show("family", socket(200, SOCK_STREAM, 0));
    show("type", socket(AF_UNIX, 0, 0));
    show("type", socket(AF_UNIX, 12, 0));
    show("protocol", socket(AF_UNIX, SOCK_STREAM, 5));
    fd = open("plain", O_CREAT | O_RDWR, 0600);
    close(fd);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    show("plain file", connect_to(fd, "plain"));
    show("plain file", bind_to(fd, "plain"));
    unlink("plain");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    connections(SOCK_STREAM, "name");
    connections(SOCK_STREAM, "\0an abstract name");
    connections(SOCK_SEQPACKET, "/tmp/libos-test-name");
    datagrams("dgram");
    odd();
    return 0;
}
