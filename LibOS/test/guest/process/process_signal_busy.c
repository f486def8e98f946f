// SPDX-License-Identifier: MIT
// Signals for a process that makes no system calls, wherever it is: in its own code, or reading a clock.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include "show.h"

#define ROUNDS 60

static void read_clocks(void)
{
    struct timespec now;
    for (;;)
        clock_gettime(CLOCK_MONOTONIC, &now);
}

static void compute(void)
{
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void ask(void)
{
    for (;;)
        getppid();
}

// How many children ended as they should.
static void run(const char *name, void (*work)(void), int signal_number, int wanted)
{
    int right = 0;
    for (int i = 0; i < ROUNDS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            work();
        wait_ms(1 + i % 3);
        kill(pid, signal_number);
        int status;
        waitpid(pid, &status, 0);
        right += status == wanted;
    }
    printf("%s: %d of %d\n", name, right, ROUNDS);
    fflush(stdout);
}

int main(void)
{
    run("clocks, SIGKILL", read_clocks, SIGKILL, SIGKILL);
    run("clocks, SIGTERM", read_clocks, SIGTERM, SIGTERM);
    run("computing, SIGKILL", compute, SIGKILL, SIGKILL);
    run("system calls, SIGKILL", ask, SIGKILL, SIGKILL);
    run("system calls, SIGTERM", ask, SIGTERM, SIGTERM);
    return 0;
}
