// SPDX-License-Identifier: MIT
// clone(2) with CLONE_VM, CLONE_FS and CLONE_FILES alone: a process of its own, which shares its maker's memory, descriptors and
// directory, and may trace its maker's threads.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARES     (CLONE_VM | CLONE_FS | CLONE_FILES)
#define STACK_SIZE 262144
#define THREADS    3

// What a companion leaves for its maker. It has its maker's errno, too, so it makes its calls without the C library where that
// could be in use.
static volatile int g_word, g_result[8];
static volatile int g_go;
static char *g_stack;

static pid_t begin(int (*program)(void *), int flags)
{
    fflush(stdout);
    return clone(program, g_stack + STACK_SIZE, flags, NULL);
}

static void show(const char *what, pid_t pid, int options)
{
    int status = 0;
    pid_t got;
    while ((got = waitpid(pid, &status, options)) < 0 && errno == EINTR)
        continue;
    printf("%s: ", what);
    if (got != pid)
        printf("%s\n", got < 0 ? strerror(errno) : got == 0 ? "nothing yet" : "somebody else");
    else if (WIFEXITED(status))
        printf("exited with %d\n", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("ended by signal %d\n", WTERMSIG(status));
    else
        printf("%s\n", WIFSTOPPED(status) ? "stopped" : "goes on");
}

static void await(volatile int *word)
{
    while (!__atomic_load_n(word, __ATOMIC_SEQ_CST))
        sched_yield();
}

static void set(volatile int *word)
{
    __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
}

/***** Who it is, and what it shares *****/

static pid_t g_maker;

static int tell(void *argument)
{
    (void)argument;
    const pid_t pid = (pid_t)syscall(SYS_getpid);
    g_word = 42;
    g_result[0] = pid != g_maker && pid == syscall(SYS_gettid);
    g_result[1] = syscall(SYS_getppid) == g_maker;
    g_result[2] = syscall(SYS_getpgid, 0) == getpgid(g_maker);
    g_result[3] = open("/dev/null", O_RDONLY);
    g_result[4] = chdir("/proc");
    char target[16] = "";
    g_result[5] = readlink("/proc/self", target, sizeof(target) - 1) > 0 && atoi(target) == pid;
    g_result[6] = pid;
    return 3;
}

static void identity(void)
{
    char directory[64];
    const pid_t pid = begin(tell, SHARES);
    await(&g_result[6]);
    printf("its id: %s\n", g_result[6] == pid ? "as it was told" : "another");
    show("a wait for children alone", pid, 0);
    show("a wait for all", pid, __WALL);
    show("another one", pid, __WALL);
    printf("word %d, own id %d, parent %d, group %d, /proc/self %d\n", g_word, g_result[0], g_result[1], g_result[2],
           g_result[5]);
    printf("its descriptor is here: %d\n", fcntl(g_result[3], F_GETFD) >= 0);
    close(g_result[3]);
    printf("directory: %s\n", getcwd(directory, sizeof(directory)));
    printf("%d\n", chdir("/"));
}

static int end_all(void *argument)
{
    (void)argument;
    syscall(SYS_exit_group, 9);
    return 0;
}

static volatile sig_atomic_t g_told;

static void on_child(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    g_told = info->si_pid;
}

static void ends(void)
{
    const struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
    sigaction(SIGCHLD, &action, NULL);
    pid_t pid = begin(end_all, SHARES);
    show("exit_group", pid, __WALL);
    printf("SIGCHLD: %d\n", g_told != 0);
    pid = begin(end_all, SHARES | SIGCHLD);
    show("one with SIGCHLD", pid, 0);
    printf("SIGCHLD: %d\n", g_told == pid);
    signal(SIGCHLD, SIG_DFL);
}

/***** Signals *****/

static volatile sig_atomic_t g_mine, g_its;

static void in_maker(int signal)
{
    (void)signal;
    g_mine++;
}

static void in_companion(int signal)
{
    (void)signal;
    g_its++;
}

static int wait_for_signal(void *argument)
{
    sigset_t all;
    (void)argument;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    sigdelset(&all, SIGUSR1);
    signal(SIGUSR1, in_companion);
    set(&g_go);
    sigsuspend(&all);
    return 5;
}

static int wait_for_ever(void *argument)
{
    (void)argument;
    set(&g_go);
    while (syscall(SYS_pause) < 0)
        continue;
    return 0;
}

static int fault(void *argument)
{
    (void)argument;
    *(volatile int *)8 = 1;
    return 0;
}

static pid_t begin_and_await(int (*program)(void *), int flags)
{
    g_go = 0;
    const pid_t pid = begin(program, flags);
    await(&g_go);
    return pid;
}

static void signals(void)
{
    signal(SIGUSR1, in_maker);
    pid_t pid = begin_and_await(wait_for_signal, SHARES);
    kill(getpid(), SIGUSR1);
    printf("the maker's signal: here %d, there %d\n", g_mine, g_its);
    kill(pid, SIGUSR1);
    show("after its own", pid, __WALL);
    printf("here %d, there %d\n", g_mine, g_its);
    pid = begin_and_await(wait_for_signal, SHARES | CLONE_SIGHAND);
    syscall(SYS_tgkill, pid, pid, SIGUSR1);
    show("with shared dispositions", pid, __WALL);
    kill(getpid(), SIGUSR1);
    printf("here %d, there %d\n", g_mine, g_its);
    signal(SIGUSR1, SIG_DFL);
    pid = begin_and_await(wait_for_ever, SHARES);
    kill(pid, SIGSTOP);
    show("SIGSTOP", pid, __WALL | WUNTRACED);
    show("nothing more", pid, __WALL | WUNTRACED | WNOHANG);
    kill(pid, SIGCONT);
    show("SIGCONT", pid, __WALL | WCONTINUED);
    printf("tgkill as a thread of the maker: %s\n", syscall(SYS_tgkill, getpid(), pid, 0) < 0 ? strerror(errno) : "ok");
    kill(pid, SIGKILL);
    show("SIGKILL", pid, __WALL);
    show("a fault", begin(fault, SHARES), __WALL);
    printf("kill after that: %s\n", kill(pid, 0) < 0 ? strerror(errno) : "ok");
}

/***** Others *****/

static int die_with_maker(void *argument)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return wait_for_ever(argument);
}

// It has the pipe as long as it lives.
static void end_of_maker(void)
{
    int ends[2];
    char byte;
    if (pipe(ends) < 0)
        return;
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        begin_and_await(die_with_maker, SHARES);
        _exit(6);
    }
    close(ends[1]);
    show("a maker that ends", pid, 0);
    printf("its companion: %s\n", read(ends[0], &byte, 1) == 0 ? "gone" : "still there");
    close(ends[0]);
}

static void fork_beside(void)
{
    const pid_t companion = begin_and_await(wait_for_ever, SHARES), child = fork();
    if (child == 0)
        _exit(kill(companion, 0) == 0 && waitpid(companion, NULL, __WALL) < 0 ? 8 : 1);
    show("a child of fork beside it", child, 0);
    kill(companion, SIGTERM);
    show("the companion", companion, __WALL);
}

/***** Tracing the maker *****/

static volatile int g_ready, g_stop;
static volatile long g_counts[THREADS];
static volatile int g_seen, g_attached, g_registers, g_still;

// One that computes, one that sleeps, one that calls.
static void *work(void *argument)
{
    const intptr_t number = (intptr_t)argument;
    __atomic_fetch_add(&g_ready, 1, __ATOMIC_SEQ_CST);
    while (!g_stop) {
        g_counts[number]++;
        if (number == 1)
            usleep(1000);
        else if (number == 2)
            syscall(SYS_getppid);
    }
    return NULL;
}

// Tracees that are to be stopped, from the directory of the maker's threads. Returns how many.
static int read_threads(pid_t *out, int limit)
{
    char name[64];
    int count = 0;
    snprintf(name, sizeof(name), "/proc/%d/task", g_maker);
    DIR *directory = opendir(name);
    if (!directory)
        return 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (atoi(entry->d_name) > 0 && count < limit)
            out[count++] = atoi(entry->d_name);
    }
    closedir(directory);
    return count;
}

static int trace_maker(void *argument)
{
    pid_t threads[THREADS * 3];
    struct user_regs_struct regs;
    long before[THREADS];
    int status;
    (void)argument;
    await(&g_go); // the maker has allowed it
    const int count = read_threads(threads, THREADS * 3);
    g_seen = count;
    for (int i = 0; i < count; i++) {
        if (ptrace(PTRACE_ATTACH, threads[i], 0, 0) == 0 && waitpid(threads[i], &status, __WALL) == threads[i] &&
            WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP)
            g_attached++;
        if (ptrace(PTRACE_GETREGS, threads[i], 0, &regs) == 0 && regs.rsp != 0 && regs.rip != 0)
            g_registers++;
    }
    for (int i = 0; i < THREADS; i++)
        before[i] = g_counts[i];
    const struct timespec nap = {.tv_nsec = 20000000};
    syscall(SYS_nanosleep, &nap, NULL);
    g_still = memcmp(before, (const void *)g_counts, sizeof(before)) == 0;
    g_word = (int)ptrace(PTRACE_PEEKDATA, threads[0], (void *)&g_word, 0) + 1;
    for (int i = 0; i < count; i++)
        ptrace(PTRACE_DETACH, threads[i], 0, 0);
    return 0;
}

static void trace(void)
{
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    while (g_ready < THREADS)
        sched_yield();
    for (int round = 0; round < 3; round++) {
        g_go = g_seen = g_attached = g_registers = g_still = 0;
        g_word = 10;
        const pid_t pid = begin(trace_maker, SHARES | CLONE_UNTRACED);
        prctl(PR_SET_PTRACER, pid, 0, 0, 0);
        set(&g_go);
        show("a tracer", pid, __WALL);
        printf("threads %d, stopped %d, with registers %d, still %d, word %d\n", g_seen, g_attached, g_registers,
               g_still, g_word);
        const long before = g_counts[1];
        while (g_counts[1] == before)
            usleep(1000);
    }
    g_stop = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    g_maker = getpid();
    g_stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g_stack == MAP_FAILED)
        return 1;
    identity();
    ends();
    signals();
    end_of_maker();
    fork_beside();
    trace();
    return 0;
}
