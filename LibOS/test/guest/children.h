// SPDX-License-Identifier: MIT
// Children that play a part of a test: how they begin, how they and their parent wait for each other, how they end.
#ifndef LIBOS_TEST_GUEST_CHILDREN_H
#define LIBOS_TEST_GUEST_CHILDREN_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/***** How they begin *****/

// What has been printed and not written yet is not the child's, too.
static inline pid_t fork_clean(void)
{
    fflush(stdout);
    return fork();
}

static inline _Noreturn void exit_clean(int code)
{
    fflush(stdout);
    _exit(code);
}

static inline pid_t start(void (*play)(void))
{
    const pid_t pid = fork_clean();
    if (pid == 0) {
        play();
        exit_clean(0);
    }
    return pid;
}

static inline pid_t start_with(void (*play)(int), int argument)
{
    const pid_t pid = fork_clean();
    if (pid == 0) {
        play(argument);
        exit_clean(0);
    }
    return pid;
}

// One that exits with what its part returns.
static inline pid_t start_for_code(int (*play)(int), int argument)
{
    const pid_t pid = fork_clean();
    if (pid == 0)
        exit_clean(play(argument));
    return pid;
}

/***** How they end *****/

// A status as wait(2) tells it, -1 without one.
static inline int status_of(pid_t pid)
{
    int status = -1;
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

// What the child prints comes before what the parent prints next.
static inline int in_child(void (*play)(void))
{
    return status_of(start(play));
}

// An exit code, or a signal below 0.
static inline int code_of(pid_t pid)
{
    const int status = status_of(pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void end_of(pid_t pid)
{
    const int code = code_of(pid);
    printf(code < 0 ? "killed by %d\n" : "exit %d\n", abs(code));
    fflush(stdout);
}

/***** How one waits for another *****/

static int g_steps[2] __attribute__((unused));

static inline void steps_begin(void)
{
    if (pipe(g_steps) < 0)
        exit(9);
}

// One process says that it has come to some place,
static inline void step(void)
{
    if (write(g_steps[1], "s", 1) != 1)
        exit(9);
}

// another one waits for that.
static inline void await(void)
{
    char byte;
    if (read(g_steps[0], &byte, 1) != 1)
        exit(9);
}

#endif
