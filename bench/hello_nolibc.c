/* SPDX-License-Identifier: MIT */
/* What no program that prints HelloWorld's line can do with less: two system calls, no C library, no relocation. */
#include <asm/unistd.h>

static const char greeting[] = "Hello World\n";

static long system_call(long number, long a1, long a2, long a3)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a1), "S"(a2), "d"(a3) : "rcx", "r11", "memory");
    return result;
}

__attribute__((noreturn, used)) void _start(void);

void _start(void)
{
    const long size = sizeof(greeting) - 1;
    const long written = system_call(__NR_write, 1, (long)greeting, size);
    for (;;)
        (void)system_call(__NR_exit_group, written == size ? 0 : 1, 0, 0);
}
