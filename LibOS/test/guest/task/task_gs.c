/* SPDX-License-Identifier: MIT */
/* A program that uses %gs, by arch_prctl and by wrgsbase: it is as the program left it after system calls of every kind, in
 * signal handlers, in new threads and in children; and system calls work whatever it is. */
#include <asm/prctl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef HWCAP2_FSGSBASE
#define HWCAP2_FSGSBASE 2
#endif

static uint64_t g_area[512], g_other[512];
static volatile sig_atomic_t g_seen, g_right;

static uint64_t word(void)
{
    uint64_t value;
    __asm__ volatile("movq %%gs:8, %0" : "=r"(value));
    return value;
}

static void set_base(const void *base)
{
    __asm__ volatile("wrgsbase %0" : : "r"(base));
}

static uintptr_t base(void)
{
    uintptr_t value;
    __asm__ volatile("rdgsbase %0" : "=r"(value));
    return value;
}

static void on_signal(int signal)
{
    (void)signal;
    g_seen++;
    g_right += word() == 7;
}

static void *thread(void *arg)
{
    (void)arg;
    printf("a thread begins with its creator's: %d\n", base() == (uintptr_t)g_area);
    set_base(g_other);
    for (int i = 0; i < 100; i++)
        syscall(SYS_gettid);
    printf("and has its own: %d\n", (int)word());
    return NULL;
}

static void calls(const char *what)
{
    struct timespec time;
    int pipes[2], right = 0;
    char text[8] = "";
    if (pipe(pipes) < 0)
        exit(1);
    for (int i = 0; i < 200; i++) {
        right += syscall(SYS_getppid) == getppid();
        right += write(pipes[1], "abc", 3) == 3 && read(pipes[0], text, 3) == 3 && strcmp(text, "abc") == 0;
        right += clock_gettime(CLOCK_MONOTONIC, &time) == 0 && time.tv_sec + time.tv_nsec > 0;
        right += word() == 7;
    }
    printf("%s: %d of 800 right, a bad address: %d\n", what, right, write(pipes[1], NULL, 1) < 0 && errno == EFAULT);
    close(pipes[0]);
    close(pipes[1]);
}

static void signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct itimerval timer = {.it_interval = {0, 1000}, .it_value = {0, 1000}};
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    while (g_seen < 20) {
        raise(SIGUSR1);
        for (volatile int i = 0; i < 100000; i++) {
        }
    }
    memset(&timer, 0, sizeof(timer));
    setitimer(ITIMER_REAL, &timer, NULL);
    printf("signals: %s\n", g_right == g_seen ? "all right" : "wrong");
}

int main(void)
{
    uintptr_t told = 1;
    struct timespec time;
    pthread_t handle;
    if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE))
        return 1;
    g_area[1] = 7;
    g_other[1] = 9;
    printf("at first %d", syscall(SYS_arch_prctl, ARCH_GET_GS, &told) == 0);
    printf(" %d\n", (int)told);
    printf("set: %d\n", (int)syscall(SYS_arch_prctl, ARCH_SET_GS, g_area));
    printf("word %d\n", (int)word());
    calls("by arch_prctl");
    printf("beyond: %d\n", syscall(SYS_arch_prctl, ARCH_SET_GS, UINT64_MAX / 2 + 2) < 0 ? errno : 0);
    set_base(g_other);
    printf("word %d\n", (int)word());
    syscall(SYS_arch_prctl, ARCH_GET_GS, &told);
    printf("told %d\n", told == (uintptr_t)g_other);
    set_base(g_area);
    calls("by wrgsbase");
    signals();
    pthread_create(&handle, NULL, thread, NULL);
    pthread_join(handle, NULL);
    printf("word %d\n", (int)word());
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        calls("in a child");
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    /* Where nothing can be read. */
    const void *hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    set_base(hole);
    for (int i = 0; i < 100; i++) {
        clock_gettime(CLOCK_MONOTONIC, &time);
        told = (uintptr_t)syscall(SYS_getpid);
    }
    printf("in a hole: %d\n", told == (uintptr_t)getpid() && base() == (uintptr_t)hole);
    return 0;
}
