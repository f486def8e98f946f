// SPDX-License-Identifier: MIT
// Debug registers: a debugger has a child stop where it writes to a variable, and where it executes a function.
#include <signal.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include "children.h"
#include "show.h"

#define STATUS_FIXED 0xffff0ff0ul
#define WRITE(index, len)                                                                                              \
    (1ul << (2 * (index)) | 1ul << (16 + 4 * (index)) | (unsigned long)(len) << (18 + 4 * (index)))
#define LEN_1          0
#define LEN_4          3
#define LEN_8          2
#define EXECUTE(index) (1ul << (2 * (index)))

static volatile int32_t g_small;
static volatile int64_t g_large[2];
static volatile int g_calls;

static __attribute__((noinline)) void called(void)
{
    g_calls++;
}

static __attribute__((noinline)) void work(void)
{
    for (int i = 1; i <= 2; i++)
        g_small = i * 100;
    getppid();
    g_large[1] = -1;
    g_large[0] = 5; /* nobody looks */
    called();
    g_small = 7;
}

static void play_child(void)
{
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    work();
    raise(SIGUSR1);
    work();
}

static size_t place_of(unsigned number)
{
    return offsetof(struct user, u_debugreg) + number * sizeof(long);
}

static long peek(pid_t pid, unsigned number)
{
    errno = 0;
    return ptrace(PTRACE_PEEKUSER, pid, (void *)place_of(number), NULL);
}

static long poke(pid_t pid, unsigned number, unsigned long word)
{
    return ptrace(PTRACE_POKEUSER, pid, (void *)place_of(number), (void *)word);
}

static bool wait_for_stop(pid_t pid)
{
    int status;
    siginfo_t info;
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) {
        printf("no stop: status %x\n", status);
        return false;
    }
    const int signal = WSTOPSIG(status);
    ptrace(PTRACE_GETSIGINFO, pid, NULL, &info);
    printf("stop by %d, code %d; DR6 %lx", signal, signal == SIGTRAP ? info.si_code : 0,
           (unsigned long)peek(pid, 6) ^ STATUS_FIXED);
    errno = 0;
    printf("; small %d, large %ld, calls %d\n", (int)ptrace(PTRACE_PEEKDATA, pid, &g_small, NULL),
           ptrace(PTRACE_PEEKDATA, pid, &g_large[1], NULL), (int)ptrace(PTRACE_PEEKDATA, pid, &g_calls, NULL));
    return signal == SIGTRAP;
}

static bool go_on(pid_t pid)
{
    poke(pid, 6, STATUS_FIXED);
    if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
        perror("PTRACE_CONT");
    return wait_for_stop(pid);
}

static void show_errors(pid_t pid)
{
    show("no such register", poke(pid, 4, 1));
    show("an address that is not the program's", poke(pid, 0, 0xffff800000000000ul));
    show("execution of more than a byte", poke(pid, 7, EXECUTE(0) | (unsigned long)LEN_4 << 18));
    show("none", poke(pid, 7, 0));
}

static void show_watches(pid_t pid)
{
    show("DR0", poke(pid, 0, (uintptr_t)&g_small));
    show("DR1", poke(pid, 1, (uintptr_t)&g_large[1]));
    show("DR2", poke(pid, 2, (uintptr_t)called));
    show("DR7", poke(pid, 7, WRITE(0, LEN_4) | WRITE(1, LEN_8) | EXECUTE(2)));
    printf("they are kept: %d\n", peek(pid, 0) == (long)(uintptr_t)&g_small &&
                                      peek(pid, 7) == (long)(WRITE(0, LEN_4) | WRITE(1, LEN_8) | EXECUTE(2)));
    while (go_on(pid))
        ;
}

// Only one of them, of one byte, and steps beside it.
static void show_one(pid_t pid)
{
    show("only DR0", poke(pid, 7, WRITE(0, LEN_1)));
    for (int i = 0; i < 2; i++)
        if (!go_on(pid))
            return;
    show("a step", ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL));
    wait_for_stop(pid);
    show("no more", poke(pid, 7, 0));
    int status;
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    waitpid(pid, &status, 0);
    printf("ended: %d\n", WIFEXITED(status));
}

int main(void)
{
    const pid_t child = start(play_child);
    if (wait_for_stop(child))
        return 1;
    show_errors(child);
    show_watches(child);
    show_one(child);
    return 0;
}
