/* SPDX-License-Identifier: MIT */
/* Guest: `fault KIND` ends in a fault that nobody handles, or waits for what other programs ask of it. */
#include "guest.h"
#include "pal_string.h"

static int g_seen;

static void on_wish(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)arg, (void)context;
    g_seen++;
    DkExceptionReturn(event);
}

static int count_wishes(void)
{
    static const PAL_NUM events[] = {PAL_EVENT_QUIT, PAL_EVENT_SUSPEND, PAL_EVENT_RESUME};
    for (unsigned i = 0; i < 3; i++)
        DkSetExceptionHandler(on_wish, events[i], 0);
    say("ready\n");
    for (int told = 0; told < 3;) {
        DkThreadDelayExecution(10000000);
        for (; told < g_seen; told++)
            say("wish %d\n", told + 1);
    }
    return 0;
}

/* Overflow the stack, which has a guard page below it. */
__attribute__((noinline)) static int use_stack(volatile int *from)
{
    volatile int room[256];
    room[0] = *from + 1;
    return room[0] > 0 ? use_stack(room) + room[0] : 0;
}

int main(int argc, char **argv)
{
    volatile int one = 1, zero = 0;
    volatile uintptr_t address = 0x123;
    const char *kind = argc > 1 ? argv[1] : "";
    if (streq(kind, "read"))
        return *(volatile int *)address;
    if (streq(kind, "jump"))
        ((void (*)(void))0x10008)();
    if (streq(kind, "illegal"))
        __asm__ volatile("ud2");
    if (streq(kind, "divide"))
        return one / zero;
    if (streq(kind, "trap"))
        __asm__ volatile("int3");
    if (streq(kind, "syscall"))
        __asm__ volatile("syscall" : : "a"(39) : "rcx", "r11");
    if (streq(kind, "stack"))
        return use_stack(&one);
    if (streq(kind, "wishes"))
        return count_wishes();
    return 99;
}
