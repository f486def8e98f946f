/* SPDX-License-Identifier: MIT */
/* One thing that Linux does with processes, over and over: linux_processes OPERATION [ARGUMENT] prints nanoseconds for one. Run
 * natively and on the library OS. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "linux_operation.h"

#define ROUNDS     20
#define MEASURE_NS 400000000ll /* that long, at least */

static const char *g_argument;
static int g_ends[2];
static pid_t g_peer;
static sigset_t g_signals;

/* It prints nothing, for it would be counted with our own output. */
static void be_quiet(void)
{
    dup2((int)check(open("/dev/null", O_WRONLY), "/dev/null"), STDOUT_FILENO);
}

static void wait_for(pid_t pid)
{
    int status;
    check(pid, "process");
    if (waitpid(pid, &status, 0) != pid || status != 0)
        fail("wait");
}

/***** Making processes *****/

/* The argument is how many MiB the process has. */
static void set_up_memory(void)
{
    const size_t size = (strtoul(g_argument, NULL, 10) << 20) + 1;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    memset(memory, 1, size);
}

static void do_fork(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    wait_for(pid);
}

/* The argument is a program. */
static void do_exec(void)
{
    const pid_t pid = fork();
    if (pid == 0) {
        be_quiet();
        execl(g_argument, g_argument, (char *)NULL);
        _exit(127);
    }
    wait_for(pid);
}

static void set_up_quiet_children(void)
{
    g_ends[1] = (int)check(open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null");
}

static void do_vfork(void)
{
    const pid_t pid = vfork();
    if (pid == 0) {
        dup2(g_ends[1], STDOUT_FILENO);
        execl(g_argument, g_argument, (char *)NULL);
        _exit(127);
    }
    wait_for(pid);
}

static void do_spawn(void)
{
    char *arguments[] = {(char *)(uintptr_t)g_argument, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, g_ends[1], STDOUT_FILENO);
    if (posix_spawn(&pid, g_argument, &actions, NULL, arguments, environ) != 0)
        fail("posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    wait_for(pid);
}

/***** Between processes *****/

static void answer(int in, int out)
{
    char byte;
    while (read(in, &byte, 1) == 1)
        check(write(out, &byte, 1), "write");
    _exit(0);
}

static void set_up_pipes(void)
{
    int there[2], back[2];
    check(pipe(there), "pipe");
    check(pipe(back), "pipe");
    g_peer = (pid_t)check(fork(), "fork");
    if (g_peer == 0) {
        close(there[1]);
        answer(there[0], back[1]);
    }
    g_ends[0] = back[0];
    g_ends[1] = there[1];
}

static void set_up_sockets(void)
{
    int pair[2];
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    g_peer = (pid_t)check(fork(), "fork");
    if (g_peer == 0) {
        close(pair[0]);
        answer(pair[1], pair[1]);
    }
    g_ends[0] = g_ends[1] = pair[0];
}

static void do_ping_pong(void)
{
    char byte = 'x';
    check(write(g_ends[1], &byte, 1), "write");
    check(read(g_ends[0], &byte, 1), "read");
}

static void set_up_signals(void)
{
    sigemptyset(&g_signals);
    sigaddset(&g_signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &g_signals, NULL);
    const pid_t parent = getpid();
    int signal;
    g_peer = (pid_t)check(fork(), "fork");
    while (g_peer == 0 && sigwait(&g_signals, &signal) == 0)
        check(kill(parent, SIGUSR1), "kill");
}

static void do_signals(void)
{
    int signal;
    check(kill(g_peer, SIGUSR1), "kill");
    sigwait(&g_signals, &signal);
}

/***** Measuring *****/

static const struct operation operations[] = {
    {"fork", set_up_memory, do_fork},           {"exec", NULL, do_exec},
    {"vfork", set_up_quiet_children, do_vfork}, {"spawn", set_up_quiet_children, do_spawn},
    {"pipe", set_up_pipes, do_ping_pong},       {"socket", set_up_sockets, do_ping_pong},
    {"signal", set_up_signals, do_signals},
};

/* The best of several rounds, for other programs run as well. */
static double measure(void (*body)(void))
{
    double best = 0;
    for (int64_t begin = now_ns(), end; (end = now_ns()) - begin < MEASURE_NS;) {
        for (int i = 0; i < ROUNDS; i++)
            body();
        const double took = (double)(now_ns() - end) / ROUNDS;
        if (best == 0 || took < best)
            best = took;
    }
    return best;
}

int main(int argc, char **argv)
{
    g_argument = argc == 3 ? argv[2] : "0";
    const struct operation *operation =
        argc >= 2 ? operation_begin(operations, sizeof(operations) / sizeof(operations[0]), argv[1]) : NULL;
    if (!operation) {
        fprintf(stderr, "usage: linux_processes OPERATION [ARGUMENT]\n");
        return 2;
    }
    printf("%.1f\n", measure(operation->body));
    if (g_peer > 0)
        kill(g_peer, SIGKILL);
    return 0;
}
