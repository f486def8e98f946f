/* SPDX-License-Identifier: MIT */
/* Waiting for locks of other processes: until they give them up, end, or are killed; signals, and deadlocks. */
#include <pthread.h>
#include "process_peers.h"

static void test_waiting(int fd)
{
    printf("# waiting\n");
    struct peer peer = start(), third = start();
    show("ours", set(fd, F_SETLK, F_WRLCK, 0, 10));
    tell(&peer, range(fd, F_SETLKW, F_WRLCK, 5, 1));
    printf("the peer %s\n", waits(&peer));
    show("free, but for that", set(fd, F_SETLK, F_UNLCK, 6, 4));
    printf("the peer %s\n", waits(&peer));
    show("free", set(fd, F_SETLK, F_UNLCK, 0, 0));
    show("the peer has it", hear(&peer).result);

    tell(&third, range(fd, F_SETLKW, F_RDLCK, 0, 0));
    printf("the third %s\n", waits(&third));
    show("down to read", ask(&peer, range(fd, F_SETLK, F_RDLCK, 5, 1)));
    show("the third has it", hear(&third).result);
    end(&third);
    end(&peer);

    peer = start();
    third = start();
    const int mine = ask(&peer, other(DO_OPEN, 0, 0)), other_file = ask(&third, other(DO_OPEN, 0, 0));
    show("flock, shared", ask(&peer, whole(mine, LOCK_SH)));
    show("both", ask(&third, whole(other_file, LOCK_SH)));
    tell(&peer, whole(mine, LOCK_EX));
    printf("the peer %s\n", waits(&peer));
    show("the third closes", ask(&third, other(DO_CLOSE, other_file, 0)));
    show("the peer has it", hear(&peer).result);
    tell(&third, whole(fd, LOCK_EX));
    printf("the third %s\n", waits(&third));
    end(&peer);
    show("the peer has ended", hear(&third).result);
    end(&third);
    show("what it had is ours, too", flock(fd, LOCK_UN));
}

static void test_killed(int fd)
{
    printf("# killed\n");
    struct peer peer = start();
    const int its = ask(&peer, other(DO_OPEN, 0, 0));
    show("range", ask(&peer, range(fd, F_SETLK, F_WRLCK, 0, 10)));
    show("of an open file", ask(&peer, range(its, F_OFD_SETLK, F_WRLCK, 100, 10)));
    show("flock", ask(&peer, whole(its, LOCK_EX)));
    struct peer ranges = start(), files = start();
    const int another = ask(&files, other(DO_OPEN, 0, 0));
    tell(&ranges, range(fd, F_SETLKW, F_WRLCK, 0, 0));
    tell(&files, whole(another, LOCK_EX));
    printf("one %s, another %s\n", waits(&ranges), waits(&files));
    kill(peer.pid, SIGKILL);
    show("one has it", hear(&ranges).result);
    show("another has it", hear(&files).result);
    end(&peer);

    tell(&files, range(fd, F_SETLKW, F_WRLCK, 0, 0));
    printf("the other %s\n", waits(&files));
    peer = start();
    tell(&peer, range(fd, F_SETLKW, F_WRLCK, 0, 0));
    printf("the next %s\n", waits(&peer));
    kill(files.pid, SIGKILL); /* who waits */
    end(&files);
    kill(ranges.pid, SIGKILL);
    show("the next has it", hear(&peer).result);
    end(&ranges);
    end(&peer);
}

/* After some signals the handler has a peer give up what this process waits for. */
static volatile sig_atomic_t g_signals_left;
static const struct peer *g_holder;
static struct order g_holder_order;

static void count_signal(int number)
{
    (void)number;
    if (g_signals_left > 0 && --g_signals_left == 0)
        tell(g_holder, g_holder_order);
}

static pid_t start_signals(void)
{
    fflush(stdout);
    const pid_t parent = getpid(), pid = fork();
    while (pid == 0) {
        if (kill(parent, SIGUSR1) < 0)
            _exit(0);
        usleep(10000);
    }
    return pid;
}

static void test_signals(int fd)
{
    struct sigaction action = {.sa_handler = count_signal};
    printf("# interrupted\n");
    const struct peer peer = start();
    const int its = ask(&peer, other(DO_OPEN, 0, 0));
    ask(&peer, range(fd, F_SETLK, F_WRLCK, 0, 10));
    ask(&peer, whole(its, LOCK_EX));
    sigaction(SIGUSR1, &action, NULL);
    const pid_t pid = start_signals();
    show("range", set(fd, F_SETLKW, F_WRLCK, 0, 10));
    show("flock", flock(fd, LOCK_SH));
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    g_holder = &peer;
    g_holder_order = range(fd, F_SETLK, F_UNLCK, 0, 0);
    g_signals_left = 5;
    show("made again", set(fd, F_SETLKW, F_WRLCK, 0, 10));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    show("the peer's answer", hear(&peer).result);
    end(&peer);
    show("free", set(fd, F_SETLK, F_UNLCK, 0, 0));
}

/* Each of several processes has one byte and wants that of the next. Whoever is told of the deadlock gives up its own. */
static void test_deadlock(int fd, int count)
{
    struct peer peers[4];
    struct pollfd items[4];
    int deadlocks = 0, done = 0;
    printf("# deadlock of %d\n", count);
    for (int i = 0; i < count; i++) {
        peers[i] = start();
        ask(&peers[i], range(fd, F_SETLK, F_WRLCK, i, 1));
        items[i] = (struct pollfd){.fd = peers[i].answers, .events = POLLIN};
    }
    for (int i = 0; i < count; i++)
        tell(&peers[i], range(fd, F_SETLKW, F_WRLCK, (i + 1) % count, 1));
    while (done < count) {
        poll(items, (nfds_t)count, -1);
        for (int i = 0; i < count; i++) {
            if (!(items[i].revents & POLLIN))
                continue;
            if (hear(&peers[i]).result < 0 && errno == EDEADLK)
                deadlocks++;
            items[i].fd = -1;
            done++;
            ask(&peers[i], range(fd, F_SETLK, F_UNLCK, 0, 0));
        }
    }
    printf("told: %d, done: %d\n", deadlocks, done);
    for (int i = 0; i < count; i++)
        end(&peers[i]);
}

static void *lock_by_thread(void *arg)
{
    show("the thread has it", flock(*(const int *)arg, LOCK_EX));
    return NULL;
}

/* A thread waits when this process still is the only one. */
static void test_thread(void)
{
    pthread_t thread;
    printf("# a thread\n");
    const int ours = open(g_file, O_RDWR);
    int its = open(g_file, O_RDWR);
    show("flock", flock(ours, LOCK_EX));
    fflush(stdout);
    pthread_create(&thread, NULL, lock_by_thread, &its);
    usleep(50000);
    const struct peer peer = start();
    close(ours);
    printf("closed here\n");
    fflush(stdout);
    tell(&peer, other(DO_EXIT, 0, 0));
    pthread_join(thread, NULL);
    end(&peer);
    close(its);
}

static void test_all(int fd)
{
    test_thread();
    test_waiting(fd);
    test_killed(fd);
    test_signals(fd);
    test_deadlock(fd, 2);
    test_deadlock(fd, 4);
}

int main(int argc, char **argv)
{
    return run_tests(argc, argv, test_all);
}
