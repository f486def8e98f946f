/* SPDX-License-Identifier: MIT */
/* The functions of the control block: clocks that agree with each other and with DkSystemTimeQuery, on small stacks, in
 * all threads and in children. A host without them has NULL there. */
#include "processes.h"

#define NS_PER_S   1000000000
#define NS_PER_US  1000
#define STACK_SIZE 1024

typedef int clock_function(int clock, PAL_NUM out[2]);
typedef int cpu_function(unsigned *cpu, unsigned *node);

static clock_function *clock_of_host(void)
{
    return (clock_function *)(uintptr_t)pal_control.clock_gettime;
}

/* Nanoseconds of a clock, 0 if it has none. */
static PAL_NUM now(int clock)
{
    PAL_NUM time[2];
    return clock_of_host()(clock, time) == 0 && time[1] < NS_PER_S ? time[0] * NS_PER_S + time[1] : 0;
}

static void test_clocks(void)
{
    static const int clocks[] = {PAL_CLOCK_REALTIME,        PAL_CLOCK_MONOTONIC,     PAL_CLOCK_MONOTONIC_RAW,
                                 PAL_CLOCK_REALTIME_COARSE, PAL_CLOCK_BOOTTIME,      PAL_CLOCK_MONOTONIC_COARSE,
                                 PAL_CLOCK_PROCESS_CPUTIME, PAL_CLOCK_THREAD_CPUTIME};
    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        bool forwards = true;
        PAL_NUM before = now(clocks[i]);
        check(before > 0, "clock %d tells the time", clocks[i]);
        for (int n = 0; n < 1000; n++) {
            const PAL_NUM time = now(clocks[i]);
            /* Somebody may set the clock back, but not while we look. */
            forwards = forwards && time >= before;
            before = time;
        }
        check(forwards, "and goes forwards");
    }
    const PAL_NUM before = DkSystemTimeQuery() * NS_PER_US, time = now(PAL_CLOCK_REALTIME);
    check(time >= before && time / NS_PER_US <= DkSystemTimeQuery(), "REALTIME is what DkSystemTimeQuery tells");
    const PAL_NUM start = now(PAL_CLOCK_MONOTONIC);
    const PAL_NUM slept = DkThreadDelayExecution(20000) * NS_PER_US, end = now(PAL_CLOCK_MONOTONIC);
    check(end - start >= slept && end - start < slept + 10 * (PAL_NUM)NS_PER_S, "MONOTONIC goes on in sleep");
    check(now(PAL_CLOCK_BOOTTIME) >= end, "BOOTTIME is not behind it");
}

static void test_speed(void)
{
    enum { CALLS = 100000 };
    const PAL_NUM start = now(PAL_CLOCK_MONOTONIC);
    for (int n = 1; n < CALLS; n++)
        (void)now(PAL_CLOCK_MONOTONIC);
    note("%lu ns for each look at the clock", (now(PAL_CLOCK_MONOTONIC) - start) / CALLS);
}

/* Look at the clock with nothing but 1 KiB of stack. */
static bool on_small_stack(void)
{
    static _Alignas(16) char stack[STACK_SIZE];
    PAL_NUM time[2] = {0};
    PAL_NUM *out = time;
    int result, clock = PAL_CLOCK_MONOTONIC;
    void *top = stack + STACK_SIZE;
    __asm__ volatile("movq %%rsp, %%rbx\n\tmovq %[top], %%rsp\n\tcall *%[function]\n\tmovq %%rbx, %%rsp"
                     : "=a"(result), "+D"(clock), "+S"(out)
                     : [top] "r"(top), [function] "a"(pal_control.clock_gettime)
                     : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1");
    return result == 0 && time[0] > 0;
}

static void test_cpu(void)
{
    cpu_function *getcpu = (cpu_function *)(uintptr_t)pal_control.getcpu;
    unsigned cpu = ~0u, node = ~0u;
    if (!getcpu) {
        skip("getcpu", "the host has not got it");
        return;
    }
    check(getcpu(&cpu, &node) == 0 && cpu < 65536 && node < 65536, "the processor has a number");
    check(getcpu(NULL, NULL) == 0, "which nobody has to be told");
}

static void look(void *param)
{
    *(PAL_NUM *)param = on_small_stack() ? now(PAL_CLOCK_MONOTONIC) : 0;
}

static void test_thread(void)
{
    PAL_NUM seen = 0;
    PAL_HANDLE thread = DkThreadCreate((PAL_PTR)look, &seen, 0);
    check(thread && DkObjectsWaitAny(1, &thread, NO_TIMEOUT) == thread && seen > 0, "in another thread, too");
    DkObjectClose(thread);
}

static int play_child(char *argument)
{
    (void)argument;
    return on_small_stack() && now(PAL_CLOCK_REALTIME) > 0 ? 7 : 1;
}

void regression_main(int argc, char **argv, char **envp)
{
    static const struct role roles[] = {{"child", play_child}, {0}};
    (void)envp;
    play_role(roles, argc, argv);
    if (!clock_of_host()) {
        skip("clocks", "the host has no function for them");
        return;
    }
    test_clocks();
    test_speed();
    check(on_small_stack(), "1 KiB of stack is enough");
    test_cpu();
    test_thread();
    PAL_HANDLE child = start_role("child", NULL);
    check(child && end_of(child) == 7, "a child has it, too");
}
