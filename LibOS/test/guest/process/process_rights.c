// SPDX-License-Identifier: MIT
// Descriptors that are sent from one process to another (SCM_RIGHTS): the messages that they come with, limits, what becomes of
// those that nobody takes. And who sends (SCM_CREDENTIALS).
#include <spawn.h>
#include "process_rights.h"

/***** Messages *****/

static void play_messages(void)
{
    int fds[MAX];
    await();
    for (int i = 0; i < 4; i++) {
        const int count = receive_fds("message", g_pair[1], fds, 8, 100, MSG_CMSG_CLOEXEC);
        for (int j = 0; j < count; j++) {
            printf("  close-on-exec %d\n", fcntl(fds[j], F_GETFD));
            close(fds[j]);
        }
    }
    int count = receive_fds("room for one", g_pair[1], fds, 1, 100, 0);
    printf("  close-on-exec %d\n", fcntl(fds[0], F_GETFD));
    close(fds[0]);
    count += receive_fds("no room", g_pair[1], fds, 0, 100, 0);
    read_some("read", g_pair[1], 100);
    receive_fds("none wait", g_pair[1], fds, 4, 100, MSG_DONTWAIT);
    printf("descriptors: %d\n", count);
    fflush(stdout);
    step();
}

static void test_messages(int type)
{
    int ends[2], ends2[2], many[MAX];
    socketpair(AF_UNIX, type, 0, g_pair);
    pipe(ends2);
    const pid_t pid = start_at_pair(play_messages);
    pipe(ends);
    const int two[2] = {ends[1], ends[1]};
    show("plain", send_fds(g_pair[0], "plain ", NULL, 0, 0));
    show("with one", send_fds(g_pair[0], "one ", two, 1, 0));
    show("with two", send_fds(g_pair[0], "two ", two, 2, 0));
    show("with one", send_fds(g_pair[0], "other ", two, 1, 0));
    show("with two", send_fds(g_pair[0], "cut ", two, 2, 0));
    show("with two", send_fds(g_pair[0], "lost ", two, 2, 0));
    show("with one", send_fds(g_pair[0], "read ", two, 1, 0));
    for (int i = 0; i < MAX; i++)
        many[i] = ends[1];
    show("too many", send_fds(g_pair[0], "many", many, 254, 0));
    many[1] = 1000;
    show("a bad one", send_fds(g_pair[0], "bad", many, 2, 0));
    close(ends[1]);
    step();
    if (type == SOCK_STREAM) // one read less, for what has no descriptors goes with what follows it
        send_fds(g_pair[0], "last", NULL, 0, 0);
    end_of(pid);
    await();
    read_some("nobody has the pipe", ends[0], 1);
    close(ends[0]);
    close(ends2[0]);
    close(ends2[1]);
    close(g_pair[0]);
}

/***** As many as there can be *****/

static void play_many(void)
{
    int fds[MAX], good = 0;
    await();
    const int count = receive_fds("many", g_pair[1], fds, MAX, 100, 0);
    for (int i = 0; i < count; i++) {
        good += write(fds[i], "m", 1) == 1;
        close(fds[i]);
    }
    printf("  %d good ones\n", good);
}

static void test_many(int type)
{
    int ends[2], fds[253], got = 0;
    char text[300];
    socketpair(AF_UNIX, type, 0, g_pair);
    const pid_t pid = start_at_pair(play_many);
    pipe(ends);
    for (int i = 0; i < 253; i++)
        fds[i] = ends[1];
    show("send", send_fds(g_pair[0], "all", fds, 100, 0));
    close(ends[1]);
    step();
    end_of(pid);
    for (ssize_t size; (size = read(ends[0], text, sizeof(text))) > 0;)
        got += (int)size;
    printf("by these: %d bytes\n", got);
    close(ends[0]);
    close(g_pair[0]);
}

/***** What nobody receives *****/

static void play_nothing(void)
{
    await();
}

static void test_lost(int type)
{
    int ends[2];
    socketpair(AF_UNIX, type, 0, g_pair);
    const pid_t pid = start_at_pair(play_nothing);
    pipe(ends);
    show("send", send_fds(g_pair[0], "lost", &ends[1], 1, 0));
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    read_some("while it is on its way", ends[0], 1);
    fcntl(ends[0], F_SETFL, 0);
    step();
    end_of(pid);
    read_some("after its end", ends[0], 1);
    close(ends[0]);
    close(g_pair[0]);
}

/***** A socket over itself *****/

static void play_itself(void)
{
    int fds[MAX];
    receive_fds("a socket's end", g_pair[1], fds, 2, 100, 0);
    show("  send by it", send(fds[0], "to myself", 9, 0));
    read_some("  receive", g_pair[1], 100);
    close(fds[0]);
    fflush(stdout);
    send(g_pair[1], "done", 4, 0);
}

static void test_itself(int type)
{
    socketpair(AF_UNIX, type, 0, g_pair);
    const pid_t pid = start_at_pair(play_itself);
    send_fds(g_pair[0], "myself", &g_pair[0], 1, 0);
    read_some("answer", g_pair[0], 100);
    end_of(pid);
    close(g_pair[0]);
}

/***** Sent before the fork *****/

static void play_early(void)
{
    int fds[MAX];
    receive_fds("early", g_pair[1], fds, 2, 5, 0);
    show("  write", write(fds[0], "early bird", 10));
    receive_fds("late", g_pair[1], fds, 2, 100, 0);
}

static void test_early(int type)
{
    int ends[2];
    socketpair(AF_UNIX, type, 0, g_pair);
    pipe(ends);
    show("before the fork", send_fds(g_pair[0], "early", &ends[1], 1, 0));
    show("before the fork", send_fds(g_pair[0], "late", NULL, 0, 0));
    const pid_t pid = start_at_pair(play_early);
    end_of(pid);
    close(ends[1]);
    read_some("from the child", ends[0], 100);
    read_some("and its end", ends[0], 100);
    close(ends[0]);
    close(g_pair[0]);
}

/***** Programs that are executed by children which have closed their copies before *****/

static void play_end(void)
{
}

static void test_spawned(int type)
{
    enum { SPAWNED = 20, OTHERS = 4 };
    char *const arguments[] = {"true", NULL};
    int own[2], others[OTHERS][2], good = 0, fds[1];
    socketpair(AF_UNIX, type, 0, own);
    socketpair(AF_UNIX, type, 0, g_pair);
    end_of(start_at_pair(play_end));
    close(g_pair[0]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, own[0]);
    posix_spawn_file_actions_addclose(&actions, own[1]);
    for (int i = 0; i < SPAWNED; i++) {
        pid_t pid;
        int status = -1;
        good += posix_spawn(&pid, "/bin/true", &actions, NULL, arguments, NULL) == 0 &&
                waitpid(pid, &status, 0) == pid && status == 0;
    }
    posix_spawn_file_actions_destroy(&actions);
    printf("%d programs\n", good);
    fflush(stdout);
    for (int i = 0; i < OTHERS; i++)
        socketpair(AF_UNIX, type, 0, others[i]);
    socketpair(AF_UNIX, type, 0, g_pair);
    end_of(start_at_pair(play_end));
    close(g_pair[0]);
    for (int i = 0; i < OTHERS; i++)
        send_fds(others[i][0], "of another pair", own, 1, 0);
    send_fds(own[0], "of the first pair", own, 1, 0);
    if (receive_fds("it", own[1], fds, 1, 100, 0) == 1)
        close(fds[0]);
    for (int i = 0; i < OTHERS; i++) {
        if (receive_fds("other", others[i][1], fds, 1, 100, 0) == 1)
            close(fds[0]);
        close(others[i][0]);
        close(others[i][1]);
    }
    close(own[0]);
    close(own[1]);
}

/***** Who sends *****/

static void play_credentials(void)
{
    for (int i = 0; i < 2; i++) {
        union {
            char bytes[CMSG_SPACE(sizeof(struct ucred))];
            struct cmsghdr align;
        } control;
        char text[20] = "";
        struct iovec piece = {text, sizeof(text)};
        struct msghdr message = {
            .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
        recvmsg(g_pair[1], &message, 0);
        struct ucred sender = {0};
        const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_type == SCM_CREDENTIALS)
            memcpy(&sender, CMSG_DATA(header), sizeof(sender));
        printf("%s: %s\n", text,
               sender.pid == getppid()  ? "the parent"
               : sender.pid == getpid() ? "myself"
                                        : "another one");
        fflush(stdout);
        step();
    }
}

static void test_credentials(int type)
{
    const int on = 1;
    socketpair(AF_UNIX, type, 0, g_pair);
    setsockopt(g_pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
    const pid_t pid = start_at_pair(play_credentials);
    send(g_pair[0], "first", 5, 0);
    await();
    const pid_t other = fork();
    if (other == 0) {
        send(g_pair[0], "second", 6, 0);
        _exit(0);
    }
    await();
    end_of(other);
    end_of(pid);
    close(g_pair[0]);
}

int main(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    steps_begin();
    for (int i = 0; i < 3; i++) {
        run("messages", test_messages, types[i]);
        run("many", test_many, types[i]);
        run("lost", test_lost, types[i]);
        run("itself", test_itself, types[i]);
        run("early", test_early, types[i]);
        run("spawned", test_spawned, types[i]);
        run("credentials", test_credentials, types[i]);
    }
    return 0;
}
