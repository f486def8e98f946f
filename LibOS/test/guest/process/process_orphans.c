/* SPDX-License-Identifier: MIT */
/* Who is left behind: groups without anybody who could wake them, siblings by clone(2), and what a program keeps of its maker's
 * wishes. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <stdbool.h>
#include "moments.h"
#include "report.h"

static int g_pipe[2];

static void say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

static void step(void)
{
    if (write(g_pipe[1], "s", 1) != 1)
        _exit(9);
}

static void await(void)
{
    char byte;
    if (read(g_pipe[0], &byte, 1) != 1)
        _exit(9);
}

static pid_t fork_quietly(void)
{
    fflush(stdout);
    return fork();
}

/***** Groups that become orphans *****/

static volatile sig_atomic_t g_hung_up, g_continued;

static void note(int signal)
{
    *(signal == SIGHUP ? &g_hung_up : &g_continued) = 1;
}

/* A process that stands still until it is told that nobody is left. */
static void stand_still(void)
{
    signal(SIGHUP, note);
    signal(SIGCONT, note);
    raise(SIGSTOP);
    while (!g_hung_up || !g_continued)
        wait_ms(1);
    say("  hung up, and going on");
    step();
    _exit(0);
}

/* In a session of its own: its child is in the group that is left, which is the child's own, or that of the session's leader. */
static void leave_group(bool own_group)
{
    int status;
    const pid_t pid = fork_quietly();
    if (pid == 0) {
        setpgid(0, own_group ? 0 : getpgrp());
        stand_still();
    }
    waitpid(pid, &status, WUNTRACED);
    printf("  stopped by %d\n", WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
    fflush(stdout);
    _exit(0);
}

static void test_group(const char *title, bool own_group)
{
    int status;
    say(title);
    const pid_t leader = fork_quietly();
    if (leader == 0) {
        setsid();
        const pid_t pid = fork_quietly();
        if (pid == 0) {
            setpgid(0, 0);
            leave_group(own_group);
        }
        waitpid(pid, &status, 0);
        await();
        _exit(0);
    }
    waitpid(leader, &status, 0);
    say("  its session has ended");
}

/* Nobody could wake it, so the terminal's signals leave it alone. */
static void test_terminal_signals(void)
{
    const pid_t pid = fork_quietly();
    if (pid == 0) {
        setsid();
        raise(SIGTSTP);
        raise(SIGTTIN);
        raise(SIGTTOU);
        say("an orphan is not stopped by a terminal");
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

/***** Siblings *****/

static void test_sibling(void)
{
    int status, ended = 0, codes = 0;
    const pid_t maker = fork_quietly();
    if (maker == 0) {
        const pid_t parent = getppid();
        const pid_t sibling = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGUSR1, 0, 0, 0, 0);
        if (sibling == 0) {
            printf("the sibling's parent is its maker's: %d\n", getppid() == parent);
            fflush(stdout);
            step();
            _exit(42);
        }
        await();
        R(waitpid(sibling, NULL, 0));
        fflush(stdout);
        _exit(41);
    }
    while (wait(&status) > 0) {
        ended++;
        codes += WEXITSTATUS(status);
    }
    printf("children: %d, sum of their codes: %d\n", ended, codes);
}

/* A subreaper that is none any more still has those whom it has taken over. */
static void test_former_reaper(void)
{
    int status, ended = 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t pid = fork_quietly();
    if (pid == 0) {
        if (fork_quietly() == 0) {
            await();
            _exit(5);
        }
        _exit(4);
    }
    waitpid(pid, NULL, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    step();
    while (wait(&status) > 0)
        ended = WEXITSTATUS(status);
    printf("an adopted child: %d\n", ended);
}

/***** Programs *****/

static void run(const char *what, int directory, const char *name, int flags)
{
    char *const arguments[] = {"orphans", "program", NULL};

    int status;
    const pid_t pid = fork_quietly();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGUSR2);
        syscall(SYS_execveat, directory, name, arguments, environ, flags);
        printf("%s: %s\n", what, error_name(errno));
        fflush(stdout);
        _exit(1);
    }
    waitpid(pid, &status, 0);
    printf("%s: %#x\n", what, (unsigned)status);
}

static void test_programs(void)
{
    (void)!symlink("/proc/self/exe", "link");
    const int here = open(".", O_RDONLY | O_DIRECTORY), self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    run("by a link", here, "link", 0);
    run("by a link that is not followed", here, "link", AT_SYMLINK_NOFOLLOW);
    run("the same by its name", AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW);
    run("by a descriptor", self, "", AT_EMPTY_PATH);
    unlink("link");
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        int signal = 0;
        prctl(PR_GET_PDEATHSIG, &signal);
        printf("a program: death signal %d\n", signal);
        return 0;
    }
    if (pipe(g_pipe) < 0)
        return 1;
    test_group("a group of its own", true);
    test_group("the group of who leaves", false);
    test_terminal_signals();
    test_sibling();
    test_former_reaper();
    test_programs();
    return 0;
}
