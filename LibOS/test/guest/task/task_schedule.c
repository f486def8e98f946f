/* SPDX-License-Identifier: MIT */
/* Scheduling: policies, priorities, processors. */
#include "report.h"
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

struct attributes { /* struct sched_attr */
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
    uint64_t more;
};

static void *child(void *argument)
{
    (void)argument;
    R(syscall(SYS_sched_getscheduler, 0));
    R(getpriority(PRIO_PROCESS, 0));
    return NULL;
}

static void policies(void)
{
    struct sched_param param = {0};
    struct timespec interval;
    for (int policy = 0; policy < 7; policy++) {
        printf("policy %d: %ld %ld\n", policy, syscall(SYS_sched_get_priority_min, policy),
               syscall(SYS_sched_get_priority_max, policy));
    }
    R(syscall(SYS_sched_getscheduler, 0));
    R(syscall(SYS_sched_getscheduler, -1));
    R(syscall(SYS_sched_getscheduler, 99999999));
    R(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &param));
    R(syscall(SYS_sched_getscheduler, 0));
    R(syscall(SYS_sched_setscheduler, 0, 77, &param));
    R(syscall(SYS_sched_setscheduler, 0, -1, &param));
    R(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL));
    R(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, WILD));
    param.sched_priority = 1;
    R(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
    param.sched_priority = 100;
    R(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
    param.sched_priority = 0;
    R(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
    R(syscall(SYS_sched_setparam, 0, &param));
    R(syscall(SYS_sched_getparam, 0, &param));
    R(param.sched_priority);
    R(syscall(SYS_sched_getparam, 0, NULL));
    R(syscall(SYS_sched_getparam, -1, &param));
    R(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
    R(syscall(SYS_sched_rr_get_interval, 0, &interval));
    R(syscall(SYS_sched_rr_get_interval, -1, &interval));
    R(sched_yield());
}

static void attributes(void)
{
    struct attributes a = {.size = 48};
    const int inherited = getpriority(PRIO_PROCESS, 0);
    R(syscall(SYS_sched_getattr, 0, &a, 48, 0));
    printf("%u: policy %u, flags %lu, nice %d more, priority %u\n", a.size, a.policy, (unsigned long)a.flags,
           a.nice - inherited, a.priority);
    R(syscall(SYS_sched_getattr, 0, &a, 47, 0));
    R(syscall(SYS_sched_getattr, 0, &a, 48, 1));
    R(syscall(SYS_sched_getattr, 0, NULL, 48, 0));
    R(syscall(SYS_sched_getattr, 99999999, &a, 48, 0));
    a = (struct attributes){.size = 48, .policy = 0, .nice = 3};
    R(syscall(SYS_sched_setattr, 0, &a, 0));
    R(getpriority(PRIO_PROCESS, 0));
    R(syscall(SYS_sched_setattr, 0, &a, 1));
    a.size = 20;
    R(syscall(SYS_sched_setattr, 0, &a, 0));
    R(a.size >= 48);
    a.size = sizeof(a);
    a.more = 1;
    R(syscall(SYS_sched_setattr, 0, &a, 0));
    a = (struct attributes){.size = 48, .policy = 99};
    R(syscall(SYS_sched_setattr, 0, &a, 0));
}

static void priorities(void)
{
    pthread_t thread;
    R(setpriority(PRIO_PROCESS, 0, 5));
    R(getpriority(PRIO_PROCESS, 0));
    R(setpriority(PRIO_PROCESS, 0, 100));
    R(getpriority(PRIO_PROCESS, getpid()));
    R(getpriority(3, 0));
    R(setpriority(3, 0, 0));
    R(getpriority(PRIO_PROCESS, 99999999));
    R(setpriority(PRIO_PROCESS, 99999999, 0));
    pthread_create(&thread, NULL, child, NULL);
    pthread_join(thread, NULL);
    R(syscall(SYS_ioprio_get, 1, 0));
    R(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 4));
    R(syscall(SYS_ioprio_get, 1, 0));
    R(syscall(SYS_ioprio_set, 9, 0, 2 << 13));
    R(syscall(SYS_ioprio_set, 1, 0, 5 << 13));
    R(syscall(SYS_ioprio_get, 1, 99999999));
}

static void processors(void)
{
    cpu_set_t set, old;
    unsigned cpu = 99999, node = 99999;
    CPU_ZERO(&old);
    R(sched_getaffinity(0, sizeof(old), &old));
    R(CPU_COUNT(&old) <= sysconf(_SC_NPROCESSORS_ONLN));
    R(syscall(SYS_sched_getaffinity, 0, 3, &set));
    R(syscall(SYS_sched_getaffinity, 0, 0, &set));
    R(syscall(SYS_sched_getaffinity, 99999999, 128, &set));
    R(syscall(SYS_sched_getaffinity, 0, 128, WILD) == -1);
    CPU_ZERO(&set);
    R(sched_setaffinity(0, sizeof(set), &set));
    CPU_SET(0, &set);
    R(sched_setaffinity(0, sizeof(set), &set));
    CPU_ZERO(&set);
    R(sched_getaffinity(0, sizeof(set), &set));
    R(CPU_COUNT(&set));
    R(sched_setaffinity(99999999, sizeof(set), &set));
    R(syscall(SYS_sched_setaffinity, 0, 128, WILD));
    int wrong = 0;
    for (int i = 0; i < CPU_SETSIZE; i++) {
        CPU_ZERO(&set);
        CPU_SET(i, &set);
        if (CPU_ISSET(i, &old) && (sched_setaffinity(0, sizeof(set), &set) < 0 || sched_getcpu() != i))
            wrong++;
    }
    R(wrong);
    R(sched_setaffinity(0, sizeof(old), &old));
    R(syscall(SYS_getcpu, &cpu, &node, NULL));
    R(cpu < 4096 && node < 1024);
    R(syscall(SYS_getcpu, NULL, NULL, NULL));
    R(syscall(SYS_getcpu, WILD, NULL, NULL));
}

/* What nobody gives back who is no superuser: the lowest policy, and that children begin without one. */
static void no_way_back(void)
{
    const struct sched_param param = {0};
    const struct rlimit enough = {20, 20};
    fflush(stdout);
    if (fork() != 0) {
        wait(NULL);
        return;
    }
    puts("-- without rights");
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
        _exit(1);
    R(sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &param));
    R(sched_setscheduler(0, SCHED_BATCH, &param));
    R(sched_setscheduler(0, SCHED_IDLE | SCHED_RESET_ON_FORK, &param));
    R(sched_setparam(0, &param));
    R(sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &param));
    R(setrlimit(RLIMIT_NICE, &enough));
    fflush(stdout);
    _exit(0);
}

int main(void)
{
    no_way_back();
    policies();
    attributes();
    priorities();
    processors();
    return 0;
}
