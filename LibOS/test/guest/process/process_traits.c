/* SPDX-License-Identifier: MIT */
/* What processes can ask of each other and change: scheduling, priorities, processors, limits, capabilities, groups. */
#include "report.h"
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define SCHED_RESET 0x40000000

static int g_to_child[2], g_to_parent[2];

static void wake(const int pipes[2])
{
    if (write(pipes[1], "", 1) != 1)
        puts("a pipe is broken");
}

static void wait_for(const int pipes[2])
{
    char c;
    if (read(pipes[0], &c, 1) != 1)
        puts("a pipe is broken");
}

/* Nice values beyond what the tests have. */
static int g_nice;

static int priority(int which, id_t who)
{
    errno = 0;
    const int nice = getpriority(which, who);
    return errno ? -1 : nice - g_nice;
}

static int set_priority(int which, id_t who, int more)
{
    return setpriority(which, who, g_nice + more);
}

static long policy_of(pid_t pid)
{
    return syscall(SYS_sched_getscheduler, pid);
}

static long set_policy(pid_t pid, int policy)
{
    struct sched_param param = {0};
    return syscall(SYS_sched_setscheduler, pid, policy, &param);
}

static long io_priority(pid_t pid)
{
    return syscall(SYS_ioprio_get, 1, pid);
}

static cpu_set_t first_processor(void)
{
    cpu_set_t all, one;
    CPU_ZERO(&one);
    sched_getaffinity(0, sizeof(all), &all);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &all)) {
            CPU_SET(i, &one);
            break;
        }
    return one;
}

static int processors_of(pid_t pid)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(pid, sizeof(set), &set) < 0 ? -1 : CPU_COUNT(&set);
}

static void show_limit(const char *who, pid_t pid)
{
    struct rlimit limit = {0, 0};
    const int result = prlimit(pid, RLIMIT_CORE, NULL, &limit);
    printf("%s: %d %ld %ld\n", who, result, (long)limit.rlim_cur, (long)limit.rlim_max);
}

/* The child, after its parent has changed it. */
static void changed(void)
{
    struct sched_param param;
    puts("-- as the child sees it");
    R(policy_of(0));
    R(sched_getparam(0, &param));
    R(priority(PRIO_PROCESS, 0));
    R(priority(PRIO_PROCESS, getpid()));
    R(io_priority(0));
    R(processors_of(0));
    show_limit("limit", 0);
    R(dup2(0, 200));
    R(set_policy(0, SCHED_BATCH | SCHED_RESET));
    R(set_priority(PRIO_PROCESS, 0, 7));
}

/* Its child gets what it has, but for what it resets. */
static void hand_on(void)
{
    fflush(stdout);
    if (fork() == 0) {
        puts("-- its child");
        R(policy_of(0) & ~SCHED_RESET);
        R(priority(PRIO_PROCESS, 0));
        R(processors_of(0));
        show_limit("limit", 0);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

static void foreigner(void)
{
    const struct rlimit limit = {0, 0};
    const pid_t parent = getppid();
    if (geteuid() != 0)
        return; /* there is nobody else to become */
    puts("-- without rights");
    R(setresuid(65534, 65534, 65534));
    R(set_priority(PRIO_PROCESS, parent, 19));
    R(set_policy(parent, SCHED_BATCH));
    R(prlimit(parent, RLIMIT_CORE, &limit, NULL));
    R(policy_of(parent));
}

static void child(void)
{
    wait_for(g_to_child);
    changed();
    hand_on();
    fflush(stdout);
    wake(g_to_parent);
    wait_for(g_to_child);
    foreigner();
    fflush(stdout);
    _exit(0);
}

static void change(pid_t pid)
{
    const cpu_set_t one = first_processor();
    const cpu_set_t none = {{0}};
    struct rlimit limit = {0, 4096}, files = {100, 100};
    struct sched_param param = {1};
    puts("-- changing a child");
    R(policy_of(pid));
    R(priority(PRIO_PROCESS, pid));
    R(processors_of(pid) == processors_of(0));
    R(set_policy(pid, SCHED_IDLE));
    R(policy_of(pid));
    R(sched_setparam(pid, &param));
    R(set_policy(pid, 77));
    R(set_priority(PRIO_PROCESS, pid, 5));
    R(priority(PRIO_PROCESS, pid));
    R(syscall(SYS_ioprio_set, 1, pid, 2 << 13 | 6));
    R(io_priority(pid));
    R(sched_setaffinity(pid, sizeof(none), &none));
    R(sched_setaffinity(pid, sizeof(one), &one));
    R(processors_of(pid));
    R(prlimit(pid, RLIMIT_CORE, &limit, NULL));
    show_limit("limit", pid);
    limit = (struct rlimit){2, 1};
    R(prlimit(pid, RLIMIT_CORE, &limit, NULL));
    R(prlimit(pid, 99, &limit, NULL));
    R(prlimit(pid, RLIMIT_NOFILE, &files, NULL));
    R(priority(PRIO_PROCESS, 0));
    R(policy_of(0));
}

static void look(pid_t pid)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, pid};
    struct __user_cap_data_struct data[2], own[2];
    puts("-- as its parent sees it");
    R(policy_of(pid) == (SCHED_BATCH | SCHED_RESET));
    R(priority(PRIO_PROCESS, pid));
    R(priority(PRIO_PGRP, 0));
    R(set_priority(PRIO_PGRP, 0, 9));
    R(priority(PRIO_PROCESS, pid));
    R(priority(PRIO_PROCESS, 0));
    R(priority(PRIO_PGRP, getpgrp()));
    R(syscall(SYS_capget, &head, data));
    head.pid = 0;
    R(syscall(SYS_capget, &head, own));
    R(data[0].effective == own[0].effective);
    R(getpgid(pid) == getpgrp());
    R(getsid(pid) == getsid(0));
    R(getpgid(1) >= 0);
    R(setpgid(-1, 0));
    R(setpgid(-1, 1));
}

/* A dead child is one until it is waited for; then there is none. */
static void end(pid_t pid)
{
    int status;
    puts("-- afterwards");
    R(waitpid(pid, &status, 0) == pid);
    R(status);
    R(policy_of(pid));
    R(priority(PRIO_PROCESS, pid));
    R(set_priority(PRIO_PROCESS, pid, 1));
    R(processors_of(pid));
    R(prlimit(pid, RLIMIT_CORE, NULL, NULL));
    R(getpgid(pid));
    R(io_priority(pid));
    R(getppid() > 0 && policy_of(getppid()) >= 0);
    R(processors_of(getppid()) > 0);
}

int main(void)
{
    g_nice = getpriority(PRIO_PROCESS, 0);
    setpgid(0, 0);
    if (pipe(g_to_child) != 0 || pipe(g_to_parent) != 0)
        return 1;
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        child();
    change(pid);
    fflush(stdout);
    wake(g_to_child);
    wait_for(g_to_parent);
    look(pid);
    fflush(stdout);
    wake(g_to_child);
    end(pid);
    return 0;
}
