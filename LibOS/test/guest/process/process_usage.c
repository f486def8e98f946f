/* SPDX-License-Identifier: MIT */
/* What children have used: getrusage, times, wait4. All answers are comparisons with bounds that hold on any machine. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>
#include "children.h"

#define WORK_MS   80
#define MEMORY    (64 << 20)
#define MEMORY_KB (MEMORY >> 10)

static long cpu_ms(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
           (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

static long children_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return cpu_ms(&usage);
}

static void work(void)
{
    const clock_t end = clock() + CLOCKS_PER_SEC / 1000 * WORK_MS;
    while (clock() < end)
        ;
}

static void use_memory(void)
{
    void *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, MEMORY);
    munmap(memory, MEMORY);
}

static void nothing(void)
{
}

static void work_by_child(void)
{
    const pid_t pid = start(work);
    waitpid(pid, NULL, 0);
}

static void work_and_stop(void)
{
    work();
    raise(SIGSTOP);
}

static void work_and_die(void)
{
    work();
    raise(SIGTERM);
}

static void show(const char *what, const struct rusage *usage)
{
    printf("%s: worked %d, not too long %d, much memory %d\n", what, cpu_ms(usage) >= WORK_MS - 10,
           cpu_ms(usage) < 20 * WORK_MS, usage->ru_maxrss >= MEMORY_KB);
}

int main(void)
{
    struct rusage usage;
    struct tms ticks;
    int status;
    printf("none: %ld\n", children_ms());
    pid_t pid = start(work);
    printf("not waited for: %ld\n", children_ms());
    wait4(pid, &status, 0, &usage);
    show("wait4", &usage);
    getrusage(RUSAGE_CHILDREN, &usage);
    show("children", &usage);
    times(&ticks);
    printf("times: %d\n", ticks.tms_cutime + ticks.tms_cstime >= 7);

    pid = start(use_memory);
    wait4(pid, &status, 0, &usage);
    printf("memory of the child: %d\n", usage.ru_maxrss >= MEMORY_KB);
    pid = start(nothing);
    wait4(pid, &status, 0, &usage);
    printf("of another: %d", usage.ru_maxrss >= MEMORY_KB);
    getrusage(RUSAGE_CHILDREN, &usage);
    printf(", of all: %d\n", usage.ru_maxrss >= MEMORY_KB);

    long before = children_ms();
    pid = start(work_by_child);
    wait4(pid, &status, 0, &usage);
    printf("by a grandchild: %d %d\n", cpu_ms(&usage) >= WORK_MS - 10, children_ms() - before >= WORK_MS - 10);

    pid = start(work_and_stop);
    wait4(pid, &status, WUNTRACED, &usage);
    printf("stopped: %d, it worked %d\n", WIFSTOPPED(status), cpu_ms(&usage) >= WORK_MS - 10);
    before = children_ms();
    kill(pid, SIGKILL);
    wait4(pid, &status, 0, &usage);
    printf("killed: %d, it had worked %d %d\n", WTERMSIG(status), cpu_ms(&usage) >= WORK_MS - 10,
           children_ms() - before >= WORK_MS - 10);
    pid = start(work_and_die);
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    before = children_ms();
    wait4(pid, &status, 0, &usage);
    printf("ended by a signal: %d, it had worked %d %d\n", WTERMSIG(status), cpu_ms(&usage) >= WORK_MS - 10,
           children_ms() - before >= WORK_MS - 10);

    /* Nobody waits for it. */
    before = children_ms();
    signal(SIGCHLD, SIG_IGN);
    pid = start(work);
    while (waitpid(pid, NULL, 0) == pid)
        ;
    printf("ignored: %d\n", children_ms() - before < WORK_MS / 2);
    return 0;
}
