/* SPDX-License-Identifier: MIT */
/* Signals from one process to another: to whom they go, and what they say. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "children.h"
#include "errors.h"
#include "moments.h"

static sigset_t set_of(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

static pid_t g_parent;
static int g_taken[2]; /* a pipe: a byte for each signal that the taker has */

/* A child that takes so many signals, which are blocked from before the fork on, and prints them. */
static pid_t start_taker(const sigset_t *set, int count)
{
    siginfo_t info;
    fflush(stdout);
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    while (count-- > 0) {
        const int signal = sigwaitinfo(set, &info);
        printf("signal %d code %d from the parent %d uid %d value %d\n", signal, info.si_code, info.si_pid == g_parent,
               info.si_uid == getuid(), info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
        write(g_taken[1], "x", 1);
    }
    fflush(stdout);
    _exit(0);
}

static void test_info(void)
{
    char byte;
    pipe(g_taken);
    sigset_t set = set_of(SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid_t pid = start_taker(&set, 1);
    kill(pid, SIGUSR1);
    waitpid(pid, NULL, 0);
    read(g_taken[0], &byte, 1);
    pid = start_taker(&set, 40);
    for (int i = 0; i < 40; i++) {
        /* One by one: of several that wait the lowest comes first. */
        sigqueue(pid, SIGRTMIN + i % 2, (union sigval){.sival_int = i});
        read(g_taken[0], &byte, 1);
    }
    waitpid(pid, NULL, 0);
    close(g_taken[0]);
    close(g_taken[1]);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* A process with two threads, of which only the second one wants SIGUSR1 for itself, and says who has got it. */
static void on_usr1(int signal)
{
    printf("signal %d, to the %s thread\n", signal, getpid() == gettid() ? "first" : "second");
    fflush(stdout);
    write(g_taken[1], "x", 1);
}

static void *be_second(void *arg)
{
    const pid_t tid = gettid();
    (void)arg;
    write(g_taken[1], &tid, sizeof(tid));
    while (pause() != 0)
        continue;
    return NULL;
}

static void test_second_thread(void)
{
    pthread_t thread;
    pid_t tid;
    char byte;
    pipe(g_taken);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGUSR1, on_usr1);
        pthread_create(&thread, NULL, be_second, NULL);
        for (;;)
            pause();
    }
    read(g_taken[0], &tid, sizeof(tid));
    printf("tkill, it is there: %s\n", outcome((int)syscall(SYS_tkill, tid, 0)));
    fflush(stdout);
    for (int i = 0; i < 3; i++) {
        const long result =
            i == 0 ? syscall(SYS_tkill, tid, SIGUSR1) : syscall(SYS_tgkill, pid, i == 1 ? tid : pid, SIGUSR1);
        if (result == 0)
            read(g_taken[0], &byte, 1);
        printf("sent: %s\n", outcome((int)result));
        fflush(stdout);
    }
    /* The id of a thread stands for its process. */
    printf("kill, by a thread: %s\n", outcome(kill(tid, SIGTERM)));
    int status = 0;
    waitpid(pid, &status, 0);
    printf("ended by %d; then: %s\n", WTERMSIG(status), outcome((int)syscall(SYS_tkill, tid, 0)));
    close(g_taken[0]);
    close(g_taken[1]);
}

static void *call_often(void *arg)
{
    const int *fd = arg;
    char byte;
    while (read(*fd, &byte, 1) == 0)
        continue;
    return NULL;
}

/* The first thread, whose id is the process's: it blocks the signal, which so waits for it, though another thread is awake and
 * would die of it. */
static void test_first_thread(void)
{
    enum { ROUNDS = 40 };
    pthread_t thread;
    sigset_t set;
    int taken[2], ended[2], kept = 0;
    char byte = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pipe(taken);
    pipe(ended);
    fflush(stdout);
    const pid_t pid = fork();
    close(ended[1]);
    if (pid == 0) {
        pthread_create(&thread, NULL, call_often, &ended[0]);
        sigprocmask(SIG_BLOCK, &set, NULL);
        do {
            int signal = 0;
            write(taken[1], "x", 1);
            usleep(1000);
            sigwait(&set, &signal);
        } while (1);
    }
    for (int i = 0; i < ROUNDS && read(taken[0], &byte, 1) == 1; i++)
        kept += syscall(SYS_tgkill, pid, pid, SIGUSR1) == 0;
    kill(pid, SIGTERM);
    int status = 0;
    waitpid(pid, &status, 0);
    printf("the first thread takes its own signals: %d of %d, then %d\n", kept, ROUNDS, WTERMSIG(status));
    close(taken[0]);
    close(taken[1]);
    close(ended[0]);
}

static void test_threads_of_others(void)
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    printf("tgkill: %s\n", outcome((int)syscall(SYS_tgkill, pid, pid, 0)));
    printf("tgkill, a thread of another: %s\n", outcome((int)syscall(SYS_tgkill, pid, getpid(), SIGTERM)));
    printf("tgkill, a thread of nobody: %s\n", outcome((int)syscall(SYS_tgkill, pid, 4000000, SIGTERM)));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void test_errors(void)
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    siginfo_t info;
    waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
    printf("zombie: %s\n", outcome(kill(pid, SIGTERM)));
    waitpid(pid, NULL, 0);
    printf("gone: %s\n", outcome(kill(pid, 0)));
    printf("bad signal: %s\n", outcome(kill(getpid(), 65)));
    printf("no group: %s\n", outcome(kill(-pid, 0)));
    printf("tgkill: %s\n", outcome((int)syscall(SYS_tgkill, pid, pid, 0)));
    printf("sigqueue: %s\n", outcome(sigqueue(pid, 0, (union sigval){0})));
}

static volatile sig_atomic_t g_count;

static void on_signal(int signal)
{
    (void)signal;
    g_count++;
}

static int g_told; /* gets a byte for each */

static void on_counted(int signal)
{
    on_signal(signal);
    write(g_told, "x", 1);
}

static void hear(int fd, int count)
{
    char byte;
    while (count > 0 && read(fd, &byte, 1) == 1)
        count--;
}

/* Children of two groups; each counts what it gets and says how much when it is told to end. */
static pid_t start_counter(pid_t group, int ready)
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid != 0) {
        setpgid(pid, group);
        return pid;
    }
    sigset_t blocked = set_of(SIGTERM), none;
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    g_told = ready;
    signal(SIGUSR1, on_counted);
    write(ready, "x", 1);
    sigfillset(&none);
    sigdelset(&none, SIGUSR1);
    siginfo_t info;
    while (sigwaitinfo(&blocked, &info) != SIGTERM)
        ;
    _exit(g_count);
}

static void test_groups(void)
{
    pid_t pids[4];
    int fds[2], status;
    pipe(fds);
    pids[0] = start_counter(0, fds[1]);
    pids[1] = start_counter(pids[0], fds[1]);
    pids[2] = start_counter(0, fds[1]);
    pids[3] = start_counter(pids[2], fds[1]);
    hear(fds[0], 4);
    printf("group: %s\n", outcome(kill(-pids[0], SIGUSR1)));
    printf("other: %s\n", outcome(killpg(pids[2], SIGUSR1)));
    hear(fds[0], 4);
    printf("one: %s\n", outcome(kill(pids[3], SIGUSR1)));
    hear(fds[0], 1);
    kill(-pids[0], SIGTERM);
    kill(-pids[2], SIGTERM);
    for (int i = 0; i < 4; i++) {
        waitpid(pids[i], &status, 0);
        printf("counter %d: %d\n", i, WEXITSTATUS(status));
    }
    close(fds[0]);
    close(fds[1]);
}

/* Signals to and fro between two processes, as fast as they can. */
static void test_ping_pong(void)
{
    sigset_t set = set_of(SIGUSR1);
    int signal, status, rounds = 0;
    sigprocmask(SIG_BLOCK, &set, NULL);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 500; i++) {
            sigwait(&set, &signal);
            kill(g_parent, SIGUSR1);
        }
        _exit(0);
    }
    for (int i = 0; i < 500; i++) {
        kill(pid, SIGUSR1);
        sigwait(&set, &signal);
        rounds++;
    }
    waitpid(pid, &status, 0);
    printf("rounds %d, code %d\n", rounds, WEXITSTATUS(status));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* What signals of another process interrupt; they come until one finds it asleep. */
static void test_interrupts(void)
{
    static const char *const calls[] = {"pause", "read", "poll", "nanosleep", "sigsuspend", "computing"};
    struct sigaction action = {.sa_handler = on_signal};
    int fds[2];
    char byte;
    pipe(fds);
    sigaction(SIGUSR1, &action, NULL);
    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        int result = 0;
        sigset_t none;
        sigemptyset(&none);
        struct pollfd entry = {.fd = fds[0], .events = POLLIN};
        struct timespec time = {.tv_sec = 100};
        g_count = 0;
        fflush(stdout);
        const pid_t pid = fork();
        if (pid == 0) {
            do
                wait_ms(60);
            while (kill(g_parent, SIGUSR1) == 0);
            _exit(0);
        }
        errno = 0;
        if (i == 0)
            result = pause();
        else if (i == 1)
            result = (int)read(fds[0], &byte, 1);
        else if (i == 2)
            result = poll(&entry, 1, -1);
        else if (i == 3)
            result = nanosleep(&time, NULL);
        else if (i == 4)
            result = sigsuspend(&none);
        else
            while (g_count == 0)
                ;
        printf("%s: %s %d\n", calls[i], outcome(result), g_count > 0);
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) != pid)
            ;
    }
    close(fds[0]);
    close(fds[1]);
}

static void test_parent_death(void)
{
    int fds[2];
    char byte = '?';
    pipe(fds);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        int ready[2];
        pipe(ready);
        if (fork() == 0) {
            sigset_t set = set_of(SIGUSR2);
            int signal;
            sigprocmask(SIG_BLOCK, &set, NULL);
            prctl(PR_SET_PDEATHSIG, SIGUSR2);
            write(ready[1], "r", 1);
            sigwait(&set, &signal);
            write(fds[1], signal == SIGUSR2 ? "d" : "x", 1);
            _exit(0);
        }
        read(ready[0], &byte, 1);
        _exit(0);
    }
    close(fds[1]);
    waitpid(pid, NULL, 0);
    const ssize_t size = read(fds[0], &byte, 1);
    printf("death of the parent: %zd %c\n", size, byte);
    close(fds[0]);
}

int main(void)
{
    g_parent = getpid();
    test_info();
    test_threads_of_others();
    test_second_thread();
    test_first_thread();
    test_errors();
    test_groups();
    test_ping_pong();
    test_interrupts();
    test_parent_death();
    return 0;
}
