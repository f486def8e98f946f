/* SPDX-License-Identifier: MIT */
/* Processes that lock and unlock a file as they are told, and say what came of it. */
#ifndef LIBOS_TEST_GUEST_PROCESS_PROCESS_PEERS_H
#define LIBOS_TEST_GUEST_PROCESS_PROCESS_PEERS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include "errors.h"

#ifndef F_OFD_GETLK
#define F_OFD_GETLK  36
#define F_OFD_SETLK  37
#define F_OFD_SETLKW 38
#endif

/***** Processes that do what they are told *****/

enum { DO_FCNTL, DO_FLOCK, DO_OPEN, DO_CLOSE, DO_SEEK, DO_EXEC, DO_EXIT };

struct order {
    int what, fd, command;
    struct flock lock;
};

struct answer {
    int result, error;
    struct flock lock;
};

struct peer {
    pid_t pid;
    int orders, answers;
};

static const char *g_file; /* which all locks are on */
static char *g_self;       /* this program */

static inline void answer_orders(int orders, int answers)
{
    struct order order;
    while (read(orders, &order, sizeof(order)) == sizeof(order)) {
        struct answer answer = {.lock = order.lock};
        switch (order.what) {
        case DO_FCNTL:
            answer.result = fcntl(order.fd, order.command, &answer.lock);
            break;
        case DO_FLOCK:
            answer.result = flock(order.fd, order.command);
            break;
        case DO_OPEN:
            answer.result = open(g_file, O_RDWR | order.command);
            break;
        case DO_CLOSE:
            answer.result = close(order.fd);
            break;
        case DO_SEEK:
            answer.result = (int)lseek(order.fd, order.command, SEEK_SET);
            break;
        case DO_EXEC: {
            char in[16], out[16];
            snprintf(in, sizeof(in), "%d", orders);
            snprintf(out, sizeof(out), "%d", answers);
            execl(g_self, g_self, g_file, in, out, NULL);
            break;
        }
        default:
            _exit(0);
        }
        answer.error = errno;
        if (write(answers, &answer, sizeof(answer)) != sizeof(answer))
            _exit(1);
    }
    _exit(0);
}

static inline struct peer start(void)
{
    int orders[2], answers[2];
    if (pipe(orders) < 0 || pipe(answers) < 0)
        _exit(2);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        close(orders[1]);
        close(answers[0]);
        answer_orders(orders[0], answers[1]);
    }
    close(orders[0]);
    close(answers[1]);
    return (struct peer){pid, orders[1], answers[0]};
}

static inline void tell(const struct peer *peer, struct order order)
{
    if (write(peer->orders, &order, sizeof(order)) != sizeof(order))
        printf("a peer has gone\n");
}

static inline struct answer hear(const struct peer *peer)
{
    struct answer answer = {.result = -1, .error = EPIPE};
    if (read(peer->answers, &answer, sizeof(answer)) != sizeof(answer))
        printf("a peer has gone\n");
    errno = answer.error;
    return answer;
}

static inline int ask(const struct peer *peer, struct order order)
{
    tell(peer, order);
    return hear(peer).result;
}

/* Whether a peer has not answered; it cannot, if it waits. */
static inline const char *waits(const struct peer *peer)
{
    struct pollfd item = {.fd = peer->answers, .events = POLLIN};
    return poll(&item, 1, 50) == 0 ? "waits" : "does not wait";
}

/* It may have been killed. */
static inline void end(const struct peer *peer)
{
    const struct order order = {.what = DO_EXIT};
    if (write(peer->orders, &order, sizeof(order)) < 0 && errno != EPIPE)
        printf("no end: %s\n", error_name(errno));
    close(peer->orders);
    close(peer->answers);
    waitpid(peer->pid, NULL, 0);
}

/***** What they are told *****/

static inline struct order range(int fd, int command, short type, off_t start, off_t len)
{
    return (struct order){DO_FCNTL, fd, command, {.l_type = type, .l_start = start, .l_len = len}};
}

static inline struct order whole(int fd, int operation)
{
    return (struct order){.what = DO_FLOCK, .fd = fd, .command = operation};
}

static inline struct order other(int what, int fd, int command)
{
    return (struct order){.what = what, .fd = fd, .command = command};
}

static inline int set(int fd, int command, short type, off_t start, off_t len)
{
    struct order order = range(fd, command, type, start, len);
    return fcntl(fd, command, &order.lock);
}

static inline void show(const char *what, int result)
{
    printf("%s: %s\n", what, outcome(result));
}

static inline void show_lock(const char *what, int result, const struct flock *lock, const struct peer *peer)
{
    if (result < 0 || lock->l_type == F_UNLCK) {
        printf("%s: %s\n", what, result < 0 ? error_name(errno) : "free");
        return;
    }
    printf("%s: %s %ld+%ld of %s\n", what, lock->l_type == F_RDLCK ? "read" : "write", (long)lock->l_start,
           (long)lock->l_len,
           lock->l_pid == getpid()            ? "the parent"
           : peer && lock->l_pid == peer->pid ? "the peer"
           : lock->l_pid == -1                ? "an open file"
                                              : "?");
}

static inline void peer_looks(const char *what, const struct peer *peer, int fd, int command)
{
    tell(peer, range(fd, command, F_WRLCK, 0, 0));
    const struct answer answer = hear(peer);
    show_lock(what, answer.result, &answer.lock, peer);
}

static inline void we_look(const char *what, const struct peer *peer, int fd, int command)
{
    struct flock lock = {.l_type = F_WRLCK};
    const int result = fcntl(fd, command, &lock);
    show_lock(what, result, &lock, peer);
}

/* Run all tests on a file of the host and on one in memory; or be the program that a peer executes. */
static inline int run_tests(int argc, char **argv, void (*test)(int fd))
{
    char name[64];
    g_self = argv[0];
    if (argc > 3) {
        const struct answer answer = {.result = 0};
        g_file = argv[1];
        if (write(atoi(argv[3]), &answer, sizeof(answer)) == sizeof(answer))
            answer_orders(atoi(argv[2]), atoi(argv[3]));
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    snprintf(name, sizeof(name), "/tmp/process_locks.%d", (int)getpid());
    for (int i = 0; i < 2; i++) {
        printf("##### %s\n", i == 0 ? "a file" : "in memory");
        g_file = i == 0 ? "file" : name;
        const int fd = open(g_file, O_RDWR | O_CREAT, 0600);
        test(fd);
        close(fd);
        unlink(g_file);
    }
    return 0;
}

#endif
