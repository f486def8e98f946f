/* SPDX-License-Identifier: MIT */
/* fork: what a child has of its parent, and what is its own. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "errors.h"

/* Run a function in a child and print how it ended. */
static void in_child(const char *name, int (*run)(void))
{
    int status;
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        const int code = run();
        fflush(stdout);
        _exit(code);
    }
    const pid_t ended = waitpid(pid, &status, 0);
    printf("%s: %s, exited %d, code %d, signal %d\n", name, ended == pid ? "waited" : "error", WIFEXITED(status),
           WEXITSTATUS(status), WTERMSIG(status));
}

static int g_variable = 1;
static pid_t g_parent;
static int *g_shared, *g_private, *g_wiped, *g_left;

static int ids(void)
{
    printf("its parent %d, its id another %d, its thread's id its own %d, group the same %d, session the same %d\n",
           getppid() == g_parent, getpid() != g_parent, syscall(SYS_gettid) == getpid(), getpgrp() == getpgid(g_parent),
           getsid(0) == getsid(g_parent));
    return 3;
}

static int memory(void)
{
    unsigned char vector;
    printf("variable %d, private %d, shared %d, wiped %d\n", g_variable, *g_private, *g_shared, *g_wiped);
    printf("left out: %s\n", mincore(g_left, 4096, &vector) < 0 ? error_name(errno) : "there");
    g_variable = *g_private = *g_wiped = 7;
    *g_shared = 8;
    return 0;
}

static void test_memory(void)
{
    const int flags = MAP_ANONYMOUS | MAP_PRIVATE;
    g_shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_SHARED, -1, 0);
    g_private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    g_wiped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    g_left = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    madvise(g_wiped, 4096, MADV_WIPEONFORK);
    madvise(g_left, 4096, MADV_DONTFORK);
    *g_shared = *g_private = *g_wiped = *g_left = 5;
    in_child("memory", memory);
    printf("then: variable %d, private %d, shared %d, wiped %d, left out %d\n", g_variable, *g_private, *g_shared,
           *g_wiped, *g_left);
}

/***** Files *****/

static int g_fd;

static int write_more(void)
{
    write(g_fd, "child ", 6);
    lseek(g_fd, 2, SEEK_CUR);
    return 0;
}

static int close_it(void)
{
    close(g_fd);
    return 0;
}

static void test_files(void)
{
    char text[32] = "";
    g_fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
    write(g_fd, "parent ", 7);
    in_child("write", write_more);
    printf("position %ld\n", (long)lseek(g_fd, 0, SEEK_CUR));
    write(g_fd, "again", 5);
    in_child("close", close_it);
    const ssize_t size = pread(g_fd, text, sizeof(text) - 1, 0);
    for (ssize_t i = 0; i < size; i++)
        text[i] = text[i] ? text[i] : '.';
    printf("file: %zd \"%s\"\n", size, text);
    close(g_fd);
    g_fd = open("file", O_WRONLY | O_APPEND);
    in_child("append", write_more);
    write(g_fd, "!", 1);
    struct stat stat;
    fstat(g_fd, &stat);
    printf("size %ld\n", (long)stat.st_size);
    close(g_fd);
    unlink("file");
}

/***** Signals, timers, limits *****/

static volatile int g_handled;

static void on_signal(int signal)
{
    g_handled = signal;
}

static int signals(void)
{
    sigset_t set;
    struct sigaction action;
    struct itimerval timer;
    sigpending(&set);
    printf("pending %d\n", sigismember(&set, SIGUSR2));
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf("blocked %d %d\n", sigismember(&set, SIGUSR2), sigismember(&set, SIGUSR1));
    sigaction(SIGUSR1, NULL, &action);
    printf("handler %d\n", action.sa_handler == on_signal);
    raise(SIGUSR1);
    printf("handled %d\n", g_handled == SIGUSR1);
    getitimer(ITIMER_REAL, &timer);
    printf("timer %ld\n", (long)timer.it_value.tv_sec);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("limit %ld, umask %o\n", (long)limit.rlim_cur, umask(0));
    char directory[256];
    printf("directory %s\n", strrchr(getcwd(directory, sizeof(directory)), '/'));
    return 0;
}

static void test_signals(void)
{
    sigset_t set;
    struct itimerval timer = {.it_value = {.tv_sec = 1000}};
    struct rlimit limit = {.rlim_cur = 100, .rlim_max = 200};
    signal(SIGUSR1, on_signal);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR2);
    setitimer(ITIMER_REAL, &timer, NULL);
    setrlimit(RLIMIT_NOFILE, &limit);
    umask(027);
    mkdir("inside", 0755);
    chdir("inside");
    in_child("signals", signals);
    printf("handled here %d\n", g_handled);
    chdir("..");
    rmdir("inside");
    timer.it_value.tv_sec = 0;
    setitimer(ITIMER_REAL, &timer, NULL);
}

/***** Ends *****/

static int die(void)
{
    kill(getpid(), SIGKILL);
    return 0;
}

static int fault(void)
{
    signal(SIGSEGV, SIG_DFL);
    *(volatile int *)8 = 0;
    return 0;
}

static int leave(void)
{
    exit(300);
}

static int deeper(void)
{
    int status;
    static int depth;
    if (++depth == 10)
        return 10;
    if (fork() == 0)
        _exit(deeper());
    wait(&status);
    return WEXITSTATUS(status);
}

static void *thread_main(void *arg)
{
    (void)arg;
    return (void *)(long)fork();
}

/* A thread's child is that thread alone, and goes on from there. */
static int from_thread(void)
{
    pthread_t thread;
    void *result;
    int status;
    pthread_create(&thread, NULL, thread_main, NULL);
    pthread_join(thread, &result);
    if ((pid_t)(long)result == 0)
        _exit(77); /* the thread that waited is not in the child, so nobody comes here */
    const pid_t pid = waitpid((pid_t)(long)result, &status, 0);
    printf("a thread's child: %d, code %d\n", pid == (pid_t)(long)result, WEXITSTATUS(status));
    return 0;
}

static void many(void)
{
    enum { COUNT = 60 };
    pid_t pids[COUNT];
    int status, good = 0;
    fflush(stdout);
    for (int i = 0; i < COUNT; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(i);
    }
    for (int i = COUNT - 1; i >= 0; i--)
        good += waitpid(pids[i], &status, 0) == pids[i] && WEXITSTATUS(status) == i;
    printf("%d of %d at once\n", good, COUNT);
    for (int i = 0; i < 300; i++) {
        const pid_t pid = fork();
        if (pid == 0)
            _exit(i % 100);
        good += waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == i % 100;
    }
    printf("%d in all\n", good);
    const int left = wait(&status);
    printf("no more: %d %s\n", left, error_name(errno));
}

int main(void)
{
    g_parent = getpid();
    in_child("ids", ids);
    test_memory();
    test_files();
    test_signals();
    in_child("die", die);
    in_child("fault", fault);
    in_child("leave", leave);
    in_child("deeper", deeper);
    in_child("thread", from_thread);
    many();
    return 0;
}
