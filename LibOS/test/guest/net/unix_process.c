// SPDX-License-Identifier: MIT
// AF_UNIX sockets by name between processes: files and abstract names, listeners that are made before and after a fork, who is
// at the other end, queues, ends of processes.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "children.h"
#include "show.h"

#define CLIENTS 12

static struct sockaddr_un g_name;
static socklen_t g_size;

// A name that no other run of this program has.
static void set_name(const char *kind)
{
    memset(&g_name, 0, sizeof(g_name));
    g_name.sun_family = AF_UNIX;
    const int abstract = strcmp(kind, "abstract") == 0;
    const char *directory = strcmp(kind, "/tmp") == 0 ? "/tmp/" : "";
    const int len = snprintf(g_name.sun_path + abstract, sizeof(g_name.sun_path) - 1, "%sunix_process.%d", directory,
                             (int)getpid());
    g_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len + 1);
    unlink(g_name.sun_path);
}

static int make(int type)
{
    return socket(AF_UNIX, type, 0);
}

static int listener(int type, int backlog)
{
    const int fd = make(type);
    show("bind", bind(fd, (struct sockaddr *)&g_name, g_size));
    show("listen", listen(fd, backlog));
    return fd;
}

static int client(const char *what, int type)
{
    const int fd = make(type);
    show(what, connect(fd, (struct sockaddr *)&g_name, g_size));
    return fd;
}

static void receive(const char *what, int fd)
{
    char text[64] = "";
    if (show(what, recv(fd, text, sizeof(text) - 1, 0)) > 0)
        printf("  %s\n", text);
    fflush(stdout);
}

static const char *name_text(const struct sockaddr_un *name, socklen_t size)
{
    if (size <= offsetof(struct sockaddr_un, sun_path))
        return "none";
    return size == g_size && memcmp(name, &g_name, size) == 0 ? "the name" : "another one";
}

static void show_ends(int fd, pid_t expected)
{
    struct sockaddr_un name;
    socklen_t size = sizeof(name);
    getsockname(fd, (struct sockaddr *)&name, &size);
    printf("  own name: %s\n", name_text(&name, size));
    size = sizeof(name);
    show("  getpeername", getpeername(fd, (struct sockaddr *)&name, &size));
    printf("  peer's name: %s\n", name_text(&name, size));
    struct ucred peer = {0};
    size = sizeof(peer);
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    printf("  peer: %s, %s\n", peer.pid == expected ? "as expected" : "somebody else",
           peer.uid == geteuid() && peer.gid == getegid() ? "same user" : "another user");
    fflush(stdout);
}

/***** A client in another process *****/

static void play_client(int type)
{
    const int fd = client("child connects", type);
    show_ends(fd, getppid());
    show("child sends", send(fd, "from the child", 14, 0));
    receive("child receives", fd);
    show("child sends", send(fd, "more", 4, 0));
    close(fd);
}

static void test_listener_first(int type)
{
    const int fd = listener(type, 5);
    fflush(stdout);
    // Who has come before the fork is served first.
    const int early = client("early client", type);
    show("early client sends", send(early, "early", 5, 0));
    int order[2];
    pipe(order);
    const pid_t pid = fork();
    if (pid == 0) {
        char byte;
        close(order[1]);
        read(order[0], &byte, 1);
        play_client(type);
        fflush(stdout);
        _exit(0);
    }
    const int accepted = accept(fd, NULL, NULL);
    receive("server receives", accepted);
    show("server sends", send(accepted, "reply", 5, 0));
    receive("early client receives", early);
    close(accepted);
    receive("early client receives", early);
    close(early);
    // While the child talks, only the child prints.
    fflush(stdout);
    close(order[0]);
    write(order[1], "g", 1);
    close(order[1]);
    const int second = accept(fd, NULL, NULL);
    char text[64];
    recv(second, text, sizeof(text), 0);
    send(second, "answer", 6, 0);
    while (recv(second, text, sizeof(text), 0) > 0)
        ;
    end_of(pid);
    show_ends(second, pid);
    close(second);
    close(fd);
    unlink(g_name.sun_path);
}

/***** A server in another process *****/

static void play_server(int type)
{
    const int fd = listener(type, 5);
    step();
    char text[64];
    for (int i = 0; i < 2; i++) {
        const int accepted = accept(fd, NULL, NULL);
        const ssize_t size = recv(accepted, text, sizeof(text), 0);
        send(accepted, text, (size_t)size, 0);
        close(accepted);
    }
}

static void test_server_in_child(int type)
{
    const pid_t pid = start_with(play_server, type);
    await();
    for (int i = 0; i < 2; i++) {
        const int fd = client("parent connects", type);
        show_ends(fd, pid);
        show("connect again", connect(fd, (struct sockaddr *)&g_name, g_size));
        show("parent sends", send(fd, "echo", 4, 0));
        receive("parent receives", fd);
        receive("parent receives", fd);
        close(fd);
    }
    end_of(pid);
    client("nobody there", type);
    const int fd = make(type);
    show("bind to the same", bind(fd, (struct sockaddr *)&g_name, g_size));
    close(fd);
    show("unlink", g_name.sun_path[0] != '\0' ? unlink(g_name.sun_path) : 0);
    client("nothing there", type);
}

/***** Servers that are killed *****/

static void play_victim(int type)
{
    listener(type, 5);
    step();
    pause();
}

static void test_killed(int type)
{
    const pid_t pid = start_with(play_victim, type);
    await();
    const int other = make(type), wrong = make(type == SOCK_STREAM ? SOCK_SEQPACKET : SOCK_STREAM);
    show("bind while it lives", bind(other, (struct sockaddr *)&g_name, g_size));
    show("connect with another type", connect(wrong, (struct sockaddr *)&g_name, g_size));
    const int fd = client("connect while it lives", type);
    kill(pid, SIGKILL);
    end_of(pid);
    struct pollfd item = {fd, POLLIN, 0};
    show("poll", poll(&item, 1, -1));
    client("connect after its end", type);
    show("bind after its end", bind(other, (struct sockaddr *)&g_name, g_size));
    unlink(g_name.sun_path);
    show("bind to what was removed", bind(other, (struct sockaddr *)&g_name, g_size));
    close(other);
    close(wrong);
    close(fd);
    unlink(g_name.sun_path);
}

/***** One listener, several servers *****/

static void play_worker(int fd)
{
    for (;;) {
        const int accepted = accept(fd, NULL, NULL);
        char byte = 0;
        if (accepted < 0 || recv(accepted, &byte, 1, 0) != 1 || byte == 'q')
            break;
        send(accepted, "k", 1, 0);
        close(accepted);
    }
}

static void play_many(int type)
{
    int good = 0;
    for (int i = 0; i < CLIENTS; i++) {
        const int fd = make(type);
        char byte = 0;
        good += connect(fd, (struct sockaddr *)&g_name, g_size) == 0 && send(fd, "w", 1, 0) == 1 &&
                recv(fd, &byte, 1, 0) == 1 && byte == 'k';
        close(fd);
    }
    _exit(good);
}

static void test_workers(int type)
{
    pid_t workers[2], clients[2];
    const int fd = listener(type, 50);
    for (int i = 0; i < 2; i++)
        workers[i] = start_with(play_worker, fd);
    for (int i = 0; i < 2; i++)
        clients[i] = start_with(play_many, type);
    close(fd);
    for (int i = 0; i < 2; i++)
        end_of(clients[i]);
    for (int i = 0; i < 2; i++)
        send(client("quit", type), "q", 1, 0);
    for (int i = 0; i < 2; i++)
        end_of(workers[i]);
    client("no worker is left", type);
    unlink(g_name.sun_path);
}

/***** Readiness and queues *****/

static void play_two_clients(int type)
{
    await();
    const int first = make(type), second = make(type);
    fcntl(first, F_SETFL, O_NONBLOCK);
    fcntl(second, F_SETFL, O_NONBLOCK);
    show("first client", connect(first, (struct sockaddr *)&g_name, g_size));
    show("second client", connect(second, (struct sockaddr *)&g_name, g_size));
    fcntl(first, F_SETFL, 0);
    fcntl(second, F_SETFL, 0);
    fflush(stdout);
    show("second client waits", connect(second, (struct sockaddr *)&g_name, g_size));
    receive("first client receives", first);
    receive("second client receives", second);
}

static void test_queue(int type)
{
    const int fd = listener(type, 0), set = epoll_create1(0);
    struct epoll_event event = {EPOLLIN, {.fd = 7}};
    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    const pid_t pid = start_with(play_two_clients, type);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    show("nobody has come", accept(fd, NULL, NULL));
    show("epoll", epoll_wait(set, &event, 1, 0));
    step();
    wait_ms(200);
    int accepted[2], status = -1;
    struct pollfd item = {fd, POLLIN, 0};
    poll(&item, 1, -1);
    accepted[0] = accept(fd, NULL, NULL);
    poll(&item, 1, -1);
    epoll_wait(set, &event, 1, -1);
    accepted[1] = accept(fd, NULL, NULL);
    send(accepted[0], "one", 3, 0);
    send(accepted[1], "two", 3, 0);
    waitpid(pid, &status, 0);
    printf("its end: %#x, accepted %d\n", (unsigned)status, (accepted[0] >= 0) + (accepted[1] >= 0));
    show("nobody more", accept(fd, NULL, NULL));
    close(accepted[0]);
    close(accepted[1]);
    close(set);
    close(fd);
    unlink(g_name.sun_path);
}

/***** A socket that is bound before the fork and listens after it *****/

static int g_bound;

static void play_listen(int type)
{
    (void)type;
    show("child listens", listen(g_bound, 3));
}

static void test_bound_before(int type)
{
    g_bound = make(type);
    show("bind", bind(g_bound, (struct sockaddr *)&g_name, g_size));
    client("does not listen", type);
    end_of(start_with(play_listen, type));
    const int fd = client("listens", type), accepted = accept(g_bound, NULL, NULL);
    show("send", send(fd, "self", 4, 0));
    receive("receive", accepted);
    close(fd);
    close(accepted);
    close(g_bound);
    unlink(g_name.sun_path);
}

/***** Names of both *****/

static void play_named_client(int type)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    const int fd = make(type);
    snprintf(own.sun_path, sizeof(own.sun_path), "%.90s.client",
             g_name.sun_path[0] != '\0' ? g_name.sun_path : "named");
    unlink(own.sun_path);
    show("client's bind", bind(fd, (struct sockaddr *)&own, sizeof(own)));
    show("client connects", connect(fd, (struct sockaddr *)&g_name, g_size));
    receive("client receives", fd);
    unlink(own.sun_path);
}

static void test_named_client(int type)
{
    const int fd = listener(type, 1);
    const pid_t pid = start_with(play_named_client, type);
    struct sockaddr_un name = {0};
    socklen_t size = sizeof(name);
    const int accepted = accept(fd, (struct sockaddr *)&name, &size);
    const char *end = size > 10 ? strrchr(name.sun_path, '.') : NULL;
    char text[64];
    snprintf(text, sizeof(text), "you are %s", end ? end : "nobody");
    send(accepted, text, strlen(text), 0);
    end_of(pid);
    close(accepted);
    close(fd);
    unlink(g_name.sun_path);
}

static void run(const char *title, void (*test)(int), const char *kind, int type)
{
    printf("--- %s, %s, %s\n", title, kind, type == SOCK_STREAM ? "stream" : "packets");
    fflush(stdout);
    set_name(kind);
    test(type);
}

int main(void)
{
    static const char *const kinds[] = {"here", "/tmp", "abstract"};
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
    steps_begin();
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            run("listener first", test_listener_first, kinds[i], types[j]);
            run("server in a child", test_server_in_child, kinds[i], types[j]);
            run("killed", test_killed, kinds[i], types[j]);
            run("workers", test_workers, kinds[i], types[j]);
            run("queue", test_queue, kinds[i], types[j]);
            run("bound before", test_bound_before, kinds[i], types[j]);
            run("names", test_named_client, kinds[i], types[j]);
        }
    }
    return 0;
}
