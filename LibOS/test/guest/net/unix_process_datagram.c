// SPDX-License-Identifier: MIT
// Datagrams by name between processes: what waited before a fork, who sends, queues that are full, peers, files, ends.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "children.h"
#include "show.h"

static struct sockaddr_un g_name, g_other;
static socklen_t g_size, g_other_size;

static socklen_t make_name(struct sockaddr_un *name, int abstract, const char *what)
{
    memset(name, 0, sizeof(*name));
    name->sun_family = AF_UNIX;
    const int len =
        snprintf(name->sun_path + abstract, sizeof(name->sun_path) - 1, "datagrams.%d.%s", (int)getpid(), what);
    unlink(name->sun_path);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len + 1);
}

static int bound(const struct sockaddr_un *name, socklen_t size)
{
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(fd, (const struct sockaddr *)name, size) < 0)
        show("bind", -1);
    return fd;
}

static long send_name(int fd, const char *text, int flags)
{
    return sendto(fd, text, strlen(text), flags, (struct sockaddr *)&g_name, g_size);
}

// Prints what has come, and from whom; answers if there is an answer.
static void receive(const char *what, int fd, int flags, const char *answer)
{
    struct sockaddr_un from = {0};
    socklen_t size = sizeof(from);
    char text[100] = "";
    const ssize_t got = recvfrom(fd, text, sizeof(text) - 1, flags, (struct sockaddr *)&from, &size);
    if (got < 0) {
        show(what, got);
        return;
    }
    const int named = size > offsetof(struct sockaddr_un, sun_path);
    const char *end = named ? strrchr(from.sun_path + (from.sun_path[0] == '\0'), '.') : NULL;
    printf("%s: %zd %s, from %s\n", what, got, text, end ? end + 1 : "nobody");
    fflush(stdout);
    if (answer)
        sendto(fd, answer, strlen(answer), 0, (struct sockaddr *)&from, size);
}

/***** A receiver that was there before *****/

static void play_sender(int unused)
{
    (void)unused;
    const int named = bound(&g_other, g_other_size), nameless = socket(AF_UNIX, SOCK_DGRAM, 0);
    show("by name", send_name(nameless, "one", 0));
    show("with a name", send_name(named, "two, longer", 0));
    show("connect", connect(nameless, (struct sockaddr *)&g_name, g_size));
    show("send", send(nameless, "three", 5, 0));
    show("empty", send(nameless, "", 0, 0));
    struct sockaddr_un peer = {0};
    socklen_t size = sizeof(peer);
    show("getpeername", getpeername(nameless, (struct sockaddr *)&peer, &size));
    printf("  %s\n", size == g_size && memcmp(&peer, &g_name, size) == 0 ? "the receiver" : "another one");
    fflush(stdout);
    step();
    receive("answer", named, 0, NULL);
    show("to itself", sendto(named, "self", 4, 0, (struct sockaddr *)&g_other, g_other_size));
    receive("by itself", named, 0, NULL);
    unlink(g_other.sun_path);
}

static void test_receiver_first(void)
{
    const int fd = bound(&g_name, g_size), set = epoll_create1(0);
    struct epoll_event event = {EPOLLIN, {.fd = 1}};
    int ready = -1;
    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    show("before the fork", send_name(fd, "zero", 0));
    const pid_t pid = start_with(play_sender, 0);
    await();
    show("epoll", epoll_wait(set, &event, 1, -1));
    receive("first", fd, 0, NULL);
    ioctl(fd, FIONREAD, &ready);
    printf("FIONREAD %d\n", ready);
    receive("peek", fd, MSG_PEEK, NULL);
    receive("second", fd, 0, NULL);
    char little[4] = "";
    show("cut", recv(fd, little, 3, MSG_TRUNC));
    printf("  %s\n", little);
    receive("fourth", fd, 0, NULL);
    receive("fifth", fd, 0, NULL);
    receive("none", fd, MSG_DONTWAIT, NULL);
    show("epoll", epoll_wait(set, &event, 1, 0));
    fflush(stdout);
    sendto(fd, "answer", 6, 0, (struct sockaddr *)&g_other, g_other_size);
    end_of(pid);
    close(set);
    close(fd);
}

/***** A receiver in another process *****/

static void play_echo(int count)
{
    const int fd = bound(&g_name, g_size);
    step();
    for (int i = 0; i < count; i++)
        receive("echo", fd, 0, "back");
}

static void test_receiver_in_child(void)
{
    const int fd = bound(&g_other, g_other_size);
    const pid_t pid = start_with(play_echo, 3);
    await();
    for (int i = 0; i < 3; i++) {
        struct pollfd item = {fd, POLLIN | POLLOUT, 0};
        send_name(fd, "question", 0);
        while (poll(&item, 1, -1) == 1 && !(item.revents & POLLIN))
            ;
        receive("back", fd, 0, NULL);
    }
    end_of(pid);
    show("after its end", send_name(fd, "x", 0));
    unlink(g_name.sun_path);
    show("after the name's end", send_name(fd, "x", 0));
    close(fd);
}

/***** Full queues *****/

static void play_slow(int fd)
{
    await();
    for (int i = 0; i < 16; i++)
        receive("slow", fd, 0, NULL);
}

static void test_full(void)
{
    const int fd = bound(&g_name, g_size), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    const pid_t pid = start_with(play_slow, fd);
    char text[20];
    int sent = 0;
    connect(sender, (struct sockaddr *)&g_name, g_size);
    for (; sent < 20; sent++) {
        snprintf(text, sizeof(text), "number %d", sent);
        if (send(sender, text, strlen(text), MSG_DONTWAIT) < 0)
            break;
    }
    show("full", -1);
    struct pollfd item = {sender, POLLOUT, 0};
    printf("%d sent; writable: %d\n", sent, poll(&item, 1, 0));
    fflush(stdout);
    step();
    for (; sent < 16; sent++) {
        snprintf(text, sizeof(text), "number %d", sent);
        send(sender, text, strlen(text), 0);
    }
    end_of(pid);
    printf("writable: %d\n", poll(&item, 1, -1));
    close(sender);
    close(fd);
    unlink(g_name.sun_path);
}

/***** Peers *****/

static void play_stranger(int unused)
{
    (void)unused;
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    show("a stranger sends", send_name(fd, "let me in", 0));
    show("a stranger connects", connect(fd, (struct sockaddr *)&g_name, g_size));
    const int peer = bound(&g_other, g_other_size);
    show("the peer sends", send_name(peer, "it is me", 0));
}

static void test_peer(void)
{
    const int fd = bound(&g_name, g_size), friend = bound(&g_other, g_other_size);
    show("connect", connect(fd, (struct sockaddr *)&g_other, g_other_size));
    close(friend);
    unlink(g_other.sun_path);
    const pid_t pid = start_with(play_stranger, 0);
    end_of(pid);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    show("without a peer again", connect(fd, &none, sizeof(none)));
    receive("what came", fd, MSG_DONTWAIT, NULL);
    close(fd);
    unlink(g_name.sun_path);
    unlink(g_other.sun_path);
}

/***** Ends *****/

static void play_victim(int unused)
{
    (void)unused;
    bound(&g_name, g_size);
    step();
    pause();
}

static void test_killed(void)
{
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    const pid_t pid = start_with(play_victim, 0);
    await();
    show("connect", connect(fd, (struct sockaddr *)&g_name, g_size));
    show("send", send(fd, "x", 1, 0));
    kill(pid, SIGKILL);
    end_of(pid);
    show("send after its end", send(fd, "x", 1, 0));
    show("by name", send_name(fd, "x", 0));
    close(fd);
    unlink(g_name.sun_path);
}

/***** Files *****/

static void play_files(int fd)
{
    for (int i = 0; i < 3; i++) {
        union {
            char bytes[CMSG_SPACE(sizeof(int))];
            struct cmsghdr align;
        } control;
        char text[20] = "";
        struct iovec piece = {text, sizeof(text) - 1};
        struct msghdr message = {
            .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
        recvmsg(fd, &message, 0);
        const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        printf("%s: %s\n", text, header ? "a descriptor" : "none");
        if (header) {
            int pipe_end;
            memcpy(&pipe_end, CMSG_DATA(header), sizeof(pipe_end));
            show("  write", write(pipe_end, text, strlen(text)));
            close(pipe_end);
        }
        fflush(stdout);
    }
}

static void test_files(void)
{
    const int fd = bound(&g_name, g_size), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    int ends[2];
    pipe(ends);
    const pid_t pid = start_with(play_files, fd);
    static const char *const texts[] = {"first", "plain", "second"};
    for (int i = 0; i < 3; i++) {
        union {
            char bytes[CMSG_SPACE(sizeof(int))];
            struct cmsghdr align;
        } control;
        struct iovec piece = {(void *)texts[i], strlen(texts[i])};
        struct msghdr message = {.msg_name = &g_name, .msg_namelen = g_size, .msg_iov = &piece, .msg_iovlen = 1};
        if (i != 1) {
            message.msg_control = &control;
            message.msg_controllen = sizeof(control);
            struct cmsghdr *header = CMSG_FIRSTHDR(&message);
            header->cmsg_len = CMSG_LEN(sizeof(int));
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
        }
        sendmsg(sender, &message, 0);
    }
    close(ends[1]);
    end_of(pid);
    char text[40] = "";
    for (ssize_t size; (size = read(ends[0], text, sizeof(text) - 1)) > 0;)
        printf("%.*s\n", (int)size, text);
    close(ends[0]);
    close(sender);
    close(fd);
    unlink(g_name.sun_path);
}

int main(void)
{
    steps_begin();
    for (int abstract = 0; abstract < 2; abstract++) {
        printf("--- %s\n", abstract ? "abstract" : "files");
        g_size = make_name(&g_name, abstract, "receiver");
        g_other_size = make_name(&g_other, abstract, "sender");
        test_receiver_first();
        unlink(g_name.sun_path);
        test_receiver_in_child();
        unlink(g_other.sun_path);
        test_full();
        test_peer();
        test_killed();
        test_files();
    }
    return 0;
}
