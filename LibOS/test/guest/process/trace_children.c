// SPDX-License-Identifier: MIT
// ptrace(2) of more than one: children and threads of a tracee are traced from their beginning; PTRACE_SEIZE and its stops; tracees
// that are nobody's children; what becomes of them when their tracer ends.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Those of Linux, whatever the C library calls them.
#define SEIZE        0x4206
#define INTERRUPT    0x4207
#define LISTEN       0x4208
#define EVENT_STOP   128
#define FORK_OPTIONS (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORKDONE)

static long request(long number, pid_t pid, long address, long data)
{
    return syscall(SYS_ptrace, number, (long)pid, address, data);
}

static void show(const char *what, int status)
{
    if (WIFSTOPPED(status))
        printf("%s: stopped by 0x%x\n", what, status >> 8);
    else if (WIFEXITED(status))
        printf("%s: exited with %d\n", what, WEXITSTATUS(status));
    else if (WIFCONTINUED(status))
        printf("%s: goes on\n", what);
    else
        printf("%s: ended by %d\n", what, WTERMSIG(status));
}

static int wait_for(pid_t pid, const char *what)
{
    int status = 0;
    const pid_t got = waitpid(pid, &status, __WALL);
    if (got != pid)
        printf("%s: waitpid %s\n", what, got < 0 ? strerror(errno) : "somebody else");
    else
        show(what, status);
    return status;
}

static pid_t begin(void (*child)(void))
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        child();
        _exit(7);
    }
    wait_for(pid, "first stop");
    request(PTRACE_SETOPTIONS, pid, 0, FORK_OPTIONS);
    request(PTRACE_CONT, pid, 0, 0);
    return pid;
}

static pid_t message_of(pid_t pid)
{
    unsigned long message = 0;
    request(PTRACE_GETEVENTMSG, pid, 0, (long)&message);
    return (pid_t)message;
}

static void go_on(pid_t pid)
{
    request(PTRACE_CONT, pid, 0, 0);
}

/***** Children *****/

static void fork_once(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(3);
    int status;
    waitpid(pid, &status, 0);
    _exit(WEXITSTATUS(status) + 1);
}

static void vfork_once(void)
{
    const pid_t pid = vfork();
    if (pid == 0) {
        execl("/bin/false", "false", NULL);
        _exit(9);
    }
    int status;
    waitpid(pid, &status, 0);
    _exit(WEXITSTATUS(status) + 1);
}

static void follow_fork(void)
{
    const pid_t parent = begin(fork_once);
    wait_for(parent, "fork");
    const pid_t child = message_of(parent);
    wait_for(child, "child");
    go_on(child);
    wait_for(child, "child");
    go_on(parent);
    wait_for(parent, "SIGCHLD");
    go_on(parent);
    wait_for(parent, "parent");
}

static void follow_vfork(void)
{
    const pid_t parent = begin(vfork_once);
    wait_for(parent, "vfork");
    const pid_t child = message_of(parent);
    wait_for(child, "child");
    go_on(parent);
    go_on(child);
    wait_for(child, "execve");
    wait_for(parent, "vfork is over");
    printf("the same child: %d\n", message_of(parent) == child);
    go_on(child);
    wait_for(child, "child");
    go_on(parent);
    wait_for(parent, "SIGCHLD or the end");
    go_on(parent);
    wait_for(parent, "parent");
}

/***** Threads *****/

static void *work(void *arg)
{
    return arg;
}

static void make_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
    raise(SIGUSR1);
    _exit(4);
}

static void follow_thread(void)
{
    const pid_t process = begin(make_thread);
    wait_for(process, "clone");
    const pid_t thread = message_of(process);
    wait_for(thread, "thread");
    printf("another id: %d\n", thread != process);
    go_on(process);
    go_on(thread);
    wait_for(thread, "thread");
    wait_for(process, "signal");
    go_on(process);
    wait_for(process, "process");
}

/***** PTRACE_SEIZE *****/

static pid_t begin_pausing(void)
{
    int pipes[2];
    char byte;
    fflush(stdout);
    if (pipe(pipes) < 0)
        exit(1);
    const pid_t pid = fork();
    if (pid == 0) {
        if (write(pipes[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    if (read(pipes[0], &byte, 1) != 1)
        exit(1);
    close(pipes[0]);
    close(pipes[1]);
    return pid;
}

static void seize(void)
{
    const pid_t pid = begin_pausing();
    printf("seized: %ld\n", request(SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD));
    long result = request(SEIZE, pid, 0, 0);
    printf("twice: %ld %s\n", result, strerror(errno));
    result = request(PTRACE_CONT, pid, 0, 0);
    printf("not stopped: %ld %s\n", result, strerror(errno));
    request(INTERRUPT, pid, 0, 0);
    wait_for(pid, "interrupted");
    go_on(pid);
    kill(pid, SIGSTOP);
    wait_for(pid, "SIGSTOP");
    request(PTRACE_CONT, pid, 0, SIGSTOP);
    wait_for(pid, "the process");
    request(LISTEN, pid, 0, 0);
    kill(pid, SIGCONT);
    wait_for(pid, "it may go on");
    go_on(pid);
    wait_for(pid, "SIGCONT");
    request(PTRACE_DETACH, pid, 0, SIGTERM);
    wait_for(pid, "end");
}

static void attach_stopped(void)
{
    int status;
    const pid_t pid = begin_pausing();
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    show("stopped", status);
    request(SEIZE, pid, 0, 0);
    wait_for(pid, "seized");
    request(PTRACE_DETACH, pid, 0, 0);
    kill(pid, SIGCONT);
    kill(pid, SIGTERM);
    wait_for(pid, "end");
}

static void attach(void)
{
    const pid_t pid = begin_pausing();
    printf("attached: %ld\n", request(PTRACE_ATTACH, pid, 0, 0));
    wait_for(pid, "attached");
    go_on(pid);
    kill(pid, SIGUSR1);
    wait_for(pid, "SIGUSR1");
    request(PTRACE_CONT, pid, 0, SIGUSR1);
    wait_for(pid, "end");
}

/***** Tracees of others *****/

static void trace_stranger(void)
{
    const pid_t pid = begin_pausing();
    fflush(stdout);
    const pid_t tracer = fork();
    if (tracer == 0) {
        request(SEIZE, pid, 0, 0);
        request(INTERRUPT, pid, 0, 0);
        wait_for(pid, "the tracer sees it");
        go_on(pid);
        kill(pid, SIGTERM);
        wait_for(pid, "SIGTERM");
        request(PTRACE_CONT, pid, 0, SIGTERM);
        wait_for(pid, "the tracer sees its end");
        exit(0);
    }
    waitpid(tracer, NULL, 0);
    wait_for(pid, "the parent sees its end");
}

// Who traces it ends without a word: it goes on, or dies with PTRACE_O_EXITKILL.
static void lose_tracer(long options)
{
    int status;
    const pid_t pid = begin_pausing();
    fflush(stdout);
    const pid_t tracer = fork();
    if (tracer == 0) {
        request(SEIZE, pid, 0, options);
        request(INTERRUPT, pid, 0, 0);
        wait_for(pid, "stopped");
        fflush(stdout);
        _exit(0);
    }
    waitpid(tracer, &status, 0);
    if (!options)
        kill(pid, SIGTERM);
    wait_for(pid, options ? "died with it" : "went on");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    follow_fork();
    follow_vfork();
    follow_thread();
    seize();
    attach_stopped();
    attach();
    trace_stranger();
    lose_tracer(0);
    lose_tracer(PTRACE_O_EXITKILL);
    return 0;
}
