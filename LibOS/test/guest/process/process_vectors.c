/* SPDX-License-Identifier: MIT */
/* Vector registers and the modes of floating point survive the making of a process, in it and in its maker. The calls are made
 * without the C library, which would use the registers itself. */
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { REGISTERS = 32, WIDTH = 64, SSE = 0, AVX, AVX512 };

struct vectors {
    unsigned char registers[REGISTERS][WIDTH];
    uint32_t mxcsr;
    uint16_t control;
};

static struct vectors g_before, g_after;
static struct vectors *g_child; /* shared */
static int g_kind;

#define SIXTEEN                    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define SIXTEEN_MORE               ",16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define EACH(numbers, instruction) ".irp n," numbers "\n\t" instruction "\n\t.endr\n\t"
#define MODES_IN                   "ldmxcsr 2048(%[in])\n\tfldcw 2052(%[in])\n\t"
#define MODES_OUT                  "stmxcsr 2048(%[out])\n\tfnstcw 2052(%[out])\n\t"

/* Load all, call, store all. The child stores them elsewhere and ends; it uses no stack, which may be its maker's. */
#define CALL(load, store)                                                                                              \
    __asm__ volatile(load MODES_IN "syscall\n\ttest %%rax, %%rax\n\tcmovz %[child], %[out]\n\t" store MODES_OUT        \
                                   "test %%rax, %%rax\n\tjnz 1f\n\tmov $231, %%eax\n\txor %%edi, %%edi\n\tsyscall\n1:" \
                     : "+a"(result), [out] "+r"(out)                                                                   \
                     : [in] "r"(&g_before), [child] "r"(g_child), "D"(flags), "S"(0L), "d"(0L), "r"(r10), "r"(r8)      \
                     : "rcx", "r11", "memory")

__attribute__((noinline)) static long call_with_vectors(long number, long flags)
{
    long result = number;
    struct vectors *out = &g_after;
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    if (g_kind == AVX512)
        CALL(EACH(SIXTEEN SIXTEEN_MORE, "vmovdqu64 \\n*64(%[in]), %%zmm\\n"),
             EACH(SIXTEEN SIXTEEN_MORE, "vmovdqu64 %%zmm\\n, \\n*64(%[out])"));
    else if (g_kind == AVX)
        CALL(EACH(SIXTEEN, "vmovdqu \\n*64(%[in]), %%ymm\\n"), EACH(SIXTEEN, "vmovdqu %%ymm\\n, \\n*64(%[out])"));
    else
        CALL(EACH(SIXTEEN, "movdqu \\n*64(%[in]), %%xmm\\n"), EACH(SIXTEEN, "movdqu %%xmm\\n, \\n*64(%[out])"));
    static const uint32_t usual = 0x1f80;
    __asm__ volatile("ldmxcsr %0\n\tfninit" : : "m"(usual));
    return result;
}

static void fill(void)
{
    memset(&g_before, 0, sizeof(g_before));
    memset(&g_after, 0, sizeof(g_after));
    memset(g_child, 0, sizeof(*g_child));
    for (int i = 0; i < (g_kind == AVX512 ? 32 : 16); i++) {
        for (int at = 0; at < 16 << g_kind; at++)
            g_before.registers[i][at] = (unsigned char)(rand() >> 7);
    }
    g_before.mxcsr = 0x7f80;
    g_before.control = 0x027f;
}

static const char *kept(const struct vectors *seen)
{
    return memcmp(&g_before, seen, sizeof(*seen)) == 0 ? "kept" : "lost";
}

static void try(const char *name, long number, long flags)
{
    int status = -1;
    fill();
    fflush(stdout);
    const long pid = call_with_vectors(number, flags);
    waitpid((pid_t)pid, &status, 0);
    printf("%s: the maker's %s, the child's %s, status %d\n", name, kept(&g_after), kept(g_child), status);
}

static void in_handler(int number)
{
    (void)number;
    try("fork in a handler", SYS_fork, 0);
}

int main(void)
{
    g_child = mmap(NULL, sizeof(*g_child), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    g_kind = SSE;
    if (__builtin_cpu_supports("avx512f"))
        g_kind = AVX512;
    else if (__builtin_cpu_supports("avx"))
        g_kind = AVX;
    try("fork", SYS_fork, 0);
    try("vfork", SYS_vfork, 0);
    try("clone, as posix_spawn does", SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD);
    try("fork again", SYS_fork, 0);
    signal(SIGUSR1, in_handler);
    raise(SIGUSR1);
    return 0;
}
