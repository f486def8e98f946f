/* SPDX-License-Identifier: MIT */
/* fork in a process with threads, which do all kinds of things meanwhile: the child is alone and in order, and nobody notices
 * that he was stopped for it. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS 30

static volatile int g_stop;
static int g_pipe[2];

static void *compute(void *arg)
{
    (void)arg;
    while (!g_stop)
        free(malloc(100));
    return NULL;
}

static void *call(void *arg)
{
    (void)arg;
    while (!g_stop) {
        getppid();
        close(dup(0));
    }
    return NULL;
}

static void *wait_in_poll(void *arg)
{
    struct pollfd entry = {.fd = g_pipe[0], .events = POLLIN};
    (void)arg;
    return (void *)(long)poll(&entry, 1, -1);
}

static void *wait_in_epoll(void *arg)
{
    struct epoll_event event = {.events = EPOLLIN};
    (void)arg;
    const int set = epoll_create1(0);
    epoll_ctl(set, EPOLL_CTL_ADD, g_pipe[0], &event);
    const int result = epoll_wait(set, &event, 1, -1);
    close(set);
    return (void *)(long)result;
}

static void *fork_often(void *arg)
{
    long good = 0;
    (void)arg;
    for (int i = 0; i < FORKS; i++) {
        int status;
        const pid_t pid = fork();
        if (pid == 0) {
            free(malloc(1000));
            _exit(close(dup(0)) == 0 ? 5 : 6);
        }
        good += waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 5;
    }
    return (void *)good;
}

/* The child makes threads of its own, and its first one ends before the others. */
static void *last_words(void *arg)
{
    (void)arg;
    usleep(20000);
    printf("the last thread of the child\n");
    fflush(stdout);
    exit(3);
}

/* Signals of other processes, when the first thread has ended. */
static volatile sig_atomic_t g_ended, g_sent;

static void on_signal(int signal)
{
    *(signal == SIGCHLD ? &g_ended : &g_sent) += 1;
}

static void *hear(void *arg)
{
    sigset_t child;
    (void)arg;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    pthread_sigmask(SIG_UNBLOCK, &child, NULL);
    usleep(50000); // for the first to end; before that all this is the same
    const pid_t pid = fork();
    if (pid == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    for (int i = 0; i < 10000 && (!g_ended || !g_sent); i++)
        usleep(1000);
    printf("without the first thread: ended %d, sent %d\n", (int)g_ended, (int)g_sent);
    fflush(stdout);
    exit(waitpid(pid, NULL, 0) == pid ? 4 : 5);
}

static void test_first_ends(void)
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        signal(SIGCHLD, on_signal);
        signal(SIGUSR1, on_signal);
        pthread_create(&thread, NULL, hear, NULL);
        pthread_exit(NULL);
    }
    int status;
    printf("waited %d", waitpid(pid, &status, 0) == pid);
    printf(" code %d\n", WEXITSTATUS(status));
}

static void *sleep_on(void *arg)
{
    (void)arg;
    pause();
    return NULL;
}

/* The child of posix_spawn tells by its parent's memory that its program cannot be executed. */
static void test_spawn(void)
{
    char *argv[] = {"true", NULL}, *envp[] = {NULL};
    pthread_t thread;
    pid_t pid;
    int status = -1;
    pthread_create(&thread, NULL, sleep_on, NULL);
    printf("missing: %d\n", posix_spawn(&pid, "/nonexistent", NULL, NULL, argv, envp) == ENOENT);
    printf("not executable: %d\n", posix_spawn(&pid, "/etc/passwd", NULL, NULL, argv, envp) == EACCES);
    printf("spawned: %d", posix_spawn(&pid, "/bin/true", NULL, NULL, argv, envp));
    waitpid(pid, &status, 0);
    printf(" %d, left %d\n", status, (int)waitpid(-1, &status, 0));
}

int main(void)
{
    static void *(*const functions[])(void *) = {compute, call, wait_in_poll, wait_in_epoll, fork_often, fork_often};
    enum { COUNT = sizeof(functions) / sizeof(functions[0]) };
    pthread_t threads[COUNT];
    void *results[COUNT];
    sigset_t child;
    /* A SIGCHLD that comes while the first thread is in pthread_create, which blocks signals, is not forgotten, and ends
     * epoll_wait of a thread that does not block it. */
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child, NULL);
    pipe(g_pipe);
    for (int i = 0; i < COUNT; i++)
        pthread_create(&threads[i], NULL, functions[i], NULL);
    for (int i = COUNT - 1; i >= 0; i--) {
        if (i == 3) {
            g_stop = 1;
            write(g_pipe[1], "x", 1);
        }
        pthread_join(threads[i], &results[i]);
    }
    printf("poll %ld, epoll_wait %ld, forks %ld %ld\n", (long)results[2], (long)results[3], (long)results[4],
           (long)results[5]);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        pthread_create(&threads[0], NULL, last_words, NULL);
        pthread_exit(NULL);
    }
    int status;
    printf("waited %d", waitpid(pid, &status, 0) == pid);
    printf(" code %d\n", WEXITSTATUS(status));
    test_first_ends();
    test_spawn();
    return 0;
}
