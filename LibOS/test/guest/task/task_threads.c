/* SPDX-License-Identifier: MIT */
/* clone(2) and clone3(2) of threads: rules, ids, stacks, thread-local storage, and many of them. */
#include "report.h"
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

struct arguments { /* struct clone_args as of its first version, and more */
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
    uint64_t future;
};

static void rules(void)
{
    char *none = NULL;
    R(syscall(SYS_clone, CLONE_THREAD, none, none, none, 0));
    R(syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND, none, none, none, 0));
    R(syscall(SYS_clone, CLONE_SIGHAND, none, none, none, 0));
    R(syscall(SYS_clone, CLONE_NEWNS | CLONE_FS, none, none, none, 0));
    R(syscall(SYS_clone, CLONE_NEWUSER | CLONE_FS, none, none, none, 0));
    R(syscall(SYS_clone, THREAD | CLONE_NEWPID, none, none, none, 0));
    R(syscall(SYS_clone, CLONE_PIDFD | CLONE_DETACHED, none, none, none, 0));
    R(syscall(SYS_clone, THREAD | CLONE_SETTLS, 4096, none, none, 1ul << 63));
}

static void rules3(void)
{
    struct arguments a = {.flags = THREAD, .stack = 4096};
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    R(syscall(SYS_clone3, &a, 0));
    R(syscall(SYS_clone3, &a, 63));
    R(syscall(SYS_clone3, &a, 4097));
    R(syscall(SYS_clone3, WILD, 64));
    R(syscall(SYS_clone3, &a, 64)); /* stack without a size */
    a = (struct arguments){.flags = THREAD, .stack_size = 4096};
    R(syscall(SYS_clone3, &a, 64));
    a = (struct arguments){.flags = THREAD, .stack = (uintptr_t)page, .stack_size = 8192, .exit_signal = SIGCHLD};
    R(syscall(SYS_clone3, &a, 64));
    a.exit_signal = 100;
    a.flags = 0;
    R(syscall(SYS_clone3, &a, 64));
    a.exit_signal = 0;
    a.flags = 1ull << 40;
    R(syscall(SYS_clone3, &a, 64));
    a.flags = THREAD | SIGCHLD;
    R(syscall(SYS_clone3, &a, 64));
    a.flags = THREAD;
    a.set_tid_size = 1;
    R(syscall(SYS_clone3, &a, 80));
    a.set_tid = (uintptr_t)&a;
    a.set_tid_size = 33;
    R(syscall(SYS_clone3, &a, 80));
    a.set_tid = a.set_tid_size = 0;
    a.future = 1;
    R(syscall(SYS_clone3, &a, sizeof(a)));
    a.future = 0;
    a.stack = ~0ull - 4096;
    R(syscall(SYS_clone3, &a, sizeof(a)));
    munmap(page, 8192);
}

static pid_t g_tid_seen;
static volatile int g_stage;
static pid_t g_parent_tid, g_child_tid;

static int body(void *argument)
{
    g_tid_seen = (pid_t)syscall(SYS_gettid);
    g_stage = *(int *)argument;
    return 0;
}

/* Without the C library's help but for the switch of stacks. */
static void raw(void)
{
    const size_t size = 65536;
    int value = 42;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_child_tid = -1;
    const pid_t tid = clone(body, stack + size, THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, &value,
                            &g_parent_tid, NULL, &g_child_tid);
    while (__atomic_load_n(&g_child_tid, __ATOMIC_SEQ_CST))
        sched_yield();
    printf("stage %d, ids %d %d, another %d\n", g_stage, g_parent_tid == tid, g_tid_seen == tid, tid != getpid());
    munmap(stack, size);
}

static __thread int t_value = 5;
static long g_sum;
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;

static void *thread(void *argument)
{
    t_value += (int)(long)argument;
    sched_yield();
    pthread_mutex_lock(&g_lock);
    g_sum += t_value;
    pthread_mutex_unlock(&g_lock);
    return (void *)(long)t_value;
}

static void many(int rounds, int count)
{
    pthread_t threads[64];
    long returned = 0;
    for (int round = 0; round < rounds; round++) {
        for (long i = 0; i < count; i++)
            pthread_create(&threads[i], NULL, thread, (void *)i);
        for (int i = 0; i < count; i++) {
            void *value;
            pthread_join(threads[i], &value);
            returned += (long)value;
        }
    }
    printf("sum %ld %ld, mine %d\n", g_sum, returned, t_value);
    g_sum = 0;
}

/* The controls of vector arithmetic go to a new thread. */
static void *controls(void *argument)
{
    uint32_t mxcsr = 0;
    uint16_t word = 0;
    (void)argument;
    __asm__ volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(word));
    printf("mxcsr %x, control word %x\n", mxcsr & ~0x3fu, word);
    return NULL;
}

static void inherit(void)
{
    uint32_t mxcsr = 0x1f80 | 0x6000, usual = 0x1f80;
    uint16_t word = 0x27f, usual_word = 0x37f;
    pthread_t one;
    __asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(mxcsr), "m"(word));
    pthread_create(&one, NULL, controls, NULL);
    pthread_join(one, NULL);
    __asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(usual), "m"(usual_word));
}

static void *masks(void *argument)
{
    sigset_t set;
    (void)argument;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    printf("blocked: %d %d\n", sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2));
    return NULL;
}

static void inherit_mask(void)
{
    sigset_t set, old;
    pthread_t one;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &set, &old);
    pthread_create(&one, NULL, masks, NULL);
    pthread_join(one, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void *ends_first(void *argument)
{
    wait_ms(20);
    printf("still here\n");
    fflush(stdout);
    (void)argument;
    _exit(7);
}

int main(void)
{
    pthread_t last;
    rules();
    rules3();
    raw();
    many(1, 64);
    many(50, 4);
    many(200, 1);
    inherit();
    inherit_mask();
    OK(syscall(SYS_set_tid_address, &g_child_tid));
    /* The first thread may end before the others. */
    pthread_create(&last, NULL, ends_first, NULL);
    fflush(stdout);
    syscall(SYS_exit, 3);
}
