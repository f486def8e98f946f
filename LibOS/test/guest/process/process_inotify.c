/* SPDX-License-Identifier: MIT */
/* inotify of what other processes do: children, programs that are executed, two that watch, changes by the thousand. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "children.h"
#include "inotify_bits.h"

#define FLOOD 20000
#define MANY  3000

static void show_event(const struct inotify_event *event)
{
    printf(" [%d", event->wd);
    print_bits(event->mask);
    printf("%s%s]", event->len > 0 ? " " : "", event->len > 0 ? event->name : "");
}

/* Show all events up to the one for a name, waiting for it. The cookies of a move are the same. */
static void show_until(const char *what, int fd, const char *name)
{
    static char buffer[65536] __attribute__((aligned(8)));
    uint32_t cookie = 0;
    printf("%s:", what);
    for (int found = 0; !found;) {
        struct pollfd entry = {.fd = fd, .events = POLLIN};
        if (poll(&entry, 1, 20000) != 1) {
            printf(" nothing comes\n");
            return;
        }
        const ssize_t size = read(fd, buffer, sizeof(buffer));
        for (const char *at = buffer; at < buffer + size;) {
            const struct inotify_event *event = (const void *)at;
            show_event(event);
            if (event->cookie != 0 && cookie != 0)
                printf(event->cookie == cookie ? " same" : " other");
            cookie = event->cookie;
            found |= event->len > 0 && strcmp(event->name, name) == 0;
            at += sizeof(*event) + event->len;
        }
    }
    printf("\n");
}

static void make(const char *name)
{
    close(open(name, O_CREAT | O_WRONLY, 0644));
}

/***** What children do *****/

static void change_much(void)
{
    const int fd = open("d/file", O_CREAT | O_RDWR, 0644);
    write(fd, "text", 4);
    write(fd, "text", 4);
    char buffer[8];
    pread(fd, buffer, 8, 0);
    close(fd);
    chmod("d/file", 0600);
    mkdir("d/sub", 0755);
    rename("d/file", "d/other");
    unlink("d/other");
    rmdir("d/sub");
    make("d/end");
}

static void move_away(void)
{
    rename("d", "e");
    make("e/inside");
    rename("e", "d");
    make("d/back");
}

static void by_grandchild(void)
{
    in_child(change_much);
}

static void test_children(int fd)
{
    const int watch = inotify_add_watch(fd, "d", IN_ALL_EVENTS);
    in_child(change_much);
    show_until("child", fd, "end");
    unlink("d/end");
    in_child(by_grandchild);
    show_until("grandchild", fd, "end");
    inotify_rm_watch(fd, watch);
    unlink("d/end");
    inotify_add_watch(fd, "d", IN_CREATE | IN_MOVE_SELF);
    in_child(move_away);
    show_until("the directory moves", fd, "back");
}

/* Nothing but what is wanted, and nothing of other directories. */
static void elsewhere(void)
{
    make("f");
    mkdir("g", 0755);
    make("g/h");
    close(open("d/back", O_RDONLY));
    make("d/wanted");
}

static int g_shared_fd;

static void write_shared(void)
{
    write(g_shared_fd, "x", 1);
    close(g_shared_fd);
}

/* A file that several processes have is closed when the last one closes it. */
static void test_close(int fd)
{
    g_shared_fd = open("d/shared", O_CREAT | O_WRONLY, 0644);
    const int watch = inotify_add_watch(fd, "d/shared", IN_CLOSE | IN_MODIFY);
    const int other = inotify_add_watch(fd, "d", IN_CREATE);
    in_child(write_shared);
    make("d/before");
    close(g_shared_fd);
    make("d/after");
    show_until("closed by the last", fd, "after");
    inotify_rm_watch(fd, watch);
    inotify_rm_watch(fd, other);
}

static void make_last(void)
{
    make("d/last");
}

static void test_masks(int fd)
{
    in_child(elsewhere);
    show_until("masks", fd, "wanted");
    const int file = inotify_add_watch(fd, "f", IN_DELETE_SELF | IN_ATTRIB);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        unlink("f");
        make_last();
        _exit(0);
    }
    status_of(pid);
    show_until("the file itself", fd, "last");
    (void)file;
}

/***** Several processes that watch *****/

static void watch_too(void)
{
    const int fd = inotify_init1(IN_CLOEXEC);
    inotify_add_watch(fd, "d", IN_CREATE);
    make("d/ready");
    show_until("the child's", fd, "go");
    fflush(stdout);
    make("d/done");
}

static void test_two(int fd)
{
    const pid_t pid = start(watch_too);
    show_until("the parent's", fd, "ready");
    make("d/go");
    status_of(pid);
    show_until("the parent's", fd, "done");
}

/* One that watches and is killed is in nobody's way. */
static void watch_and_wait(void)
{
    const int fd = inotify_init1(0);
    inotify_add_watch(fd, "d", IN_CREATE);
    make("d/killable");
    pause();
}

static void many(void)
{
    for (int i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof(name), "d/m%d", i);
        make(name);
        unlink(name);
    }
    make("d/enough");
}

static void test_killed(int fd)
{
    const pid_t pid = start(watch_and_wait);
    show_until("to be killed", fd, "killable");
    kill(pid, SIGKILL);
    status_of(pid);
    inotify_add_watch(fd, "d", IN_CREATE | IN_ONLYDIR);
    in_child(many);
    static char buffer[65536] __attribute__((aligned(8)));
    int count = 0, sound = 1, end = 0;
    while (!end) {
        const ssize_t size = read(fd, buffer, sizeof(buffer));
        for (const char *at = buffer; at < buffer + size;) {
            const struct inotify_event *event = (const void *)at;
            end = strcmp(event->name, "enough") == 0;
            sound &= end || atoi(event->name + 1) == count;
            count += !end;
            at += sizeof(*event) + event->len;
        }
    }
    printf("many: %d, in order %d\n", count, sound);
}

/* More than anybody keeps: the last event says so. The same event again is one. */
static void flood(void)
{
    const int fd = open("d/log", O_WRONLY | O_CREAT, 0644);
    for (int i = 0; i < FLOOD; i++)
        write(fd, "x", 1);
    close(fd);
    make("d/flooded");
}

static void test_flood(int fd)
{
    inotify_add_watch(fd, "d", IN_MODIFY | IN_CREATE);
    in_child(flood);
    show_until("written often", fd, "flooded");
}

static void test_exec(int fd)
{
    char *argv[] = {"touch", "d/touched", NULL};
    pid_t pid;
    if (posix_spawnp(&pid, "touch", NULL, NULL, argv, environ) == 0)
        status_of(pid);
    show_until("another program", fd, "touched");
}

int main(void)
{
    /* Before there is another process. */
    const int early = inotify_init1(IN_NONBLOCK);
    mkdir("d", 0755);
    test_children(early);
    test_masks(early);
    close(early);
    const int fd = inotify_init1(IN_NONBLOCK);
    test_close(fd);
    inotify_add_watch(fd, "d", IN_CREATE);
    test_two(fd);
    fcntl(fd, F_SETFL, 0);
    test_killed(fd);
    test_exec(fd);
    test_flood(fd);
    close(fd);
    return 0;
}
