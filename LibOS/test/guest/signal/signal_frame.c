// SPDX-License-Identifier: MIT
// Signal frames: their layout, what sigreturn takes from them, vector registers, and frames that are broken on purpose.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <ucontext.h>
#include <unistd.h>

#define MAGIC1 0x46505853u
#define MAGIC2 0x46505845u

struct software {
    uint32_t magic1, extended_size;
    uint64_t features;
    uint32_t state_size;
};

static volatile uint64_t g_seen[16];

static void layout(int signal, siginfo_t *info, void *context)
{
    ucontext_t *frame = context;
    const greg_t *regs = frame->uc_mcontext.gregs;
    const char *state = (const char *)frame->uc_mcontext.fpregs;
    struct software software;
    uint32_t magic2;
    memcpy(&software, state + 464, sizeof(software));
    memcpy(&magic2, state + software.extended_size - 4, 4);
    printf("signal %d info %d flags %lx link %p\n", signal, info->si_signo, frame->uc_flags, (void *)frame->uc_link);
    printf("cs %llx ss %llx trapno %lld err %lld cr2 %lld\n", regs[REG_CSGSFS] & 0xffff,
           (unsigned long long)regs[REG_CSGSFS] >> 48, regs[REG_TRAPNO], regs[REG_ERR], regs[REG_CR2]);
    printf("vector state aligned %d, magic %d %d, sizes differ by %u, size %u features %lx in use subset %d\n",
           (uintptr_t)state % 64 == 0, software.magic1 == MAGIC1, magic2 == MAGIC2,
           software.extended_size - software.state_size, software.state_size, software.features,
           (*(const uint64_t *)(state + 512) & ~software.features) == 0);
    const uintptr_t frame_start = (uintptr_t)frame - 8;
    printf("frame aligned %d, info behind %ld, below rsp by more than the red zone %d, vectors between %d\n",
           (frame_start + 8) % 16 == 0, (long)((uintptr_t)info - (uintptr_t)frame),
           (uintptr_t)regs[REG_RSP] - ((uintptr_t)state + software.extended_size) >= 128,
           (uintptr_t)state > (uintptr_t)info && (uintptr_t)state < (uintptr_t)regs[REG_RSP]);
    printf("mask %lx oldmask %llx\n", *(const uint64_t *)&frame->uc_sigmask, regs[REG_OLDMASK]);
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(signal, &action, NULL);
}

static void change(int signal, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)signal;
    (void)info;
    regs[REG_RAX] = 0x1001;
    regs[REG_RBX] = 0x1002;
    regs[REG_RCX] = 0x1003;
    regs[REG_RDX] = 0x1004;
    regs[REG_RSI] = 0x1005;
    regs[REG_RDI] = 0x1006;
    regs[REG_R8] = 0x1008;
    regs[REG_R9] = 0x1009;
    regs[REG_R10] = 0x100a;
    regs[REG_R11] = 0x100b;
    regs[REG_R12] = 0x100c;
    regs[REG_R13] = 0x100d;
    regs[REG_R14] = 0x100e;
    regs[REG_R15] = 0x100f;
    regs[REG_EFL] |= 0x8d5; /* OF SF ZF AF PF CF */
}

/* ud2 is skipped by the handler's caller below; all registers are seen right after it. */
static void skip(int signal, siginfo_t *info, void *context)
{
    change(signal, info, context);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void registers(void)
{
    uint64_t out[15];
    install(SIGILL, skip);
    __asm__ volatile("pushq %%rbp\n\t"
                     "movq %0, %%rbp\n\t"
                     "ud2\n\t"
                     "movq %%rax, 0(%%rbp)\n\t"
                     "movq %%rbx, 8(%%rbp)\n\t"
                     "movq %%rcx, 16(%%rbp)\n\t"
                     "movq %%rdx, 24(%%rbp)\n\t"
                     "movq %%rsi, 32(%%rbp)\n\t"
                     "movq %%rdi, 40(%%rbp)\n\t"
                     "movq %%r8, 48(%%rbp)\n\t"
                     "movq %%r9, 56(%%rbp)\n\t"
                     "movq %%r10, 64(%%rbp)\n\t"
                     "movq %%r11, 72(%%rbp)\n\t"
                     "movq %%r12, 80(%%rbp)\n\t"
                     "movq %%r13, 88(%%rbp)\n\t"
                     "movq %%r14, 96(%%rbp)\n\t"
                     "movq %%r15, 104(%%rbp)\n\t"
                     "pushfq\n\t"
                     "popq 112(%%rbp)\n\t"
                     "popq %%rbp"
                     :
                     : "r"(out)
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "memory", "cc");
    for (int i = 0; i < 14; i++)
        printf("%lx ", out[i]);
    printf("flags %lx\n", out[14] & 0x8d5);
}

static uint64_t g_values[8] __attribute__((aligned(64)));
static void clobber(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    (void)context;
    uint32_t mxcsr, bad = 0x5f80;
    uint16_t control, other = 0x27f;
    uint64_t low;
    __asm__ volatile("stmxcsr %0; fnstcw %1; movq %%xmm5, %2" : "=m"(mxcsr), "=m"(control), "=r"(low));
    g_seen[0] = mxcsr;
    g_seen[1] = control;
    g_seen[2] = low;
    __asm__ volatile("ldmxcsr %0; fldcw %1; pxor %%xmm5, %%xmm5; pxor %%xmm15, %%xmm15; fninit; fldz"
                     :
                     : "m"(bad), "m"(other)
                     : "xmm5", "xmm15");
    if (__builtin_cpu_supports("avx"))
        __asm__ volatile("vzeroall"
                         :
                         :
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                           "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/* Through a signal that a system call sends to itself, all in one piece of assembly. */
static void vectors(bool wide)
{
    uint64_t out[8] __attribute__((aligned(64))) = {0};
    uint32_t mxcsr = 0x3f80, mxcsr_after = 0;
    uint16_t control = 0x77f, control_after = 0;
    double top = 0;
    const double seven = 7;
    for (int i = 0; i < 8; i++)
        g_values[i] = 0x0101010101010101ul * (unsigned)(i + 1);
    install(SIGUSR1, clobber);
    const long pid = getpid(), number = SYS_kill, signal = SIGUSR1;
    if (wide) {
        __asm__ volatile("ldmxcsr %[mx]; fninit; fldcw %[cw]; fldl %[seven]; vmovdqu (%[in]), %%ymm5; movq %[nr], "
                         "%%rax; movq %[pid], %%rdi; movq "
                         "%[sig], %%rsi; syscall; vmovdqu %%ymm5, (%[out]); fstpl %[top]; stmxcsr %[mxa]; fnstcw %[cwa]"
                         : [mxa] "=m"(mxcsr_after), [cwa] "=m"(control_after), [top] "=m"(top)
                         : [in] "r"(g_values), [out] "r"(out), [nr] "r"(number), [pid] "r"(pid), [sig] "r"(signal),
                           [mx] "m"(mxcsr), [cw] "m"(control), [seven] "m"(seven)
                         : "rax", "rcx", "r11", "rdi", "rsi", "xmm5", "memory");
    } else {
        __asm__ volatile("ldmxcsr %[mx]; fninit; fldcw %[cw]; fldl %[seven]; movdqu (%[in]), %%xmm5; movq %[nr], "
                         "%%rax; movq %[pid], %%rdi; movq "
                         "%[sig], %%rsi; syscall; movdqu %%xmm5, (%[out]); fstpl %[top]; stmxcsr %[mxa]; fnstcw %[cwa]"
                         : [mxa] "=m"(mxcsr_after), [cwa] "=m"(control_after), [top] "=m"(top)
                         : [in] "r"(g_values), [out] "r"(out), [nr] "r"(number), [pid] "r"(pid), [sig] "r"(signal),
                           [mx] "m"(mxcsr), [cw] "m"(control), [seven] "m"(seven)
                         : "rax", "rcx", "r11", "rdi", "rsi", "xmm5", "memory");
    }
    __asm__ volatile("fninit");
    mxcsr = 0x1f80;
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
    printf("handler began with mxcsr %lx control %lx xmm5 %lx\n", g_seen[0], g_seen[1], g_seen[2]);
    printf("kept %lx %lx %lx %lx mxcsr %x control %x st0 %d\n", out[0], out[1], wide ? out[2] : g_values[2],
           wide ? out[3] : g_values[3], mxcsr_after, control_after, (int)top);
}

/* Frames made wrong. Each handler changes one thing; SIGSEGV tells what became of it. */
static int g_case;
static sigjmp_buf g_back;

static void refused(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("case %d: signal %d code %d address %p\n", g_case, signal, info->si_code, info->si_addr);
    siglongjmp(g_back, 1);
}

static void spoil(int signal, siginfo_t *info, void *context)
{
    ucontext_t *frame = context;
    greg_t *regs = frame->uc_mcontext.gregs;
    char *state = (char *)frame->uc_mcontext.fpregs;
    (void)signal;
    (void)info;
    switch (g_case) {
    case 0: /* XSTATE_BV with a bit that no processor has */
        *(uint64_t *)(state + 512) |= 1ul << 62;
        break;
    case 1: /* reserved bytes of the header */
        *(uint64_t *)(state + 512 + 16) = 1;
        break;
    case 2: /* the compacted form */
        *(uint64_t *)(state + 512 + 8) = 1ul << 63;
        break;
    case 3: /* reserved bits of MXCSR */
        *(uint32_t *)(state + 24) = 0xffffffff;
        break;
    case 4:
        frame->uc_mcontext.fpregs = (void *)(state + 8);
        break;
    case 5:
        frame->uc_mcontext.fpregs = (void *)64;
        break;
    case 6:
        regs[REG_RIP] = (greg_t)0x8000000000000000ul;
        break;
    case 7:
        regs[REG_RIP] = (greg_t)0xffffffff80000000ul;
        break;
    case 8:
        regs[REG_CSGSFS] = (regs[REG_CSGSFS] & ~0xffffll) | 0x1b;
        break;
    case 9: /* no magic: only the first 512 bytes count */
        *(uint32_t *)(state + 464) = 0;
        break;
    case 10: /* no vector state at all: a fresh one */
        frame->uc_mcontext.fpregs = NULL;
        break;
    case 11: /* flags that are not the program's */
        regs[REG_EFL] |= 0x3000 | 0x20000 | 0x4000;
        break;
    case 12: /* system call results are not interpreted */
        regs[REG_RAX] = -512;
        break;
    case 13:
        *(uint32_t *)(state + 468) = 0xffffffff;
        break;
    default: /* 14: signals that cannot be blocked */
        memset(&frame->uc_sigmask, 0xff, 8);
        break;
    }
}

static void broken(void)
{
    install(SIGUSR2, spoil);
    install(SIGSEGV, refused);
    for (g_case = 0; g_case <= 14; g_case++) {
        if (sigsetjmp(g_back, 1) != 0)
            continue;
        const long result = syscall(SYS_tgkill, getpid(), gettid(), SIGUSR2);
        if (g_case == 12) { /* syscall() makes errno of it */
            printf("case 12: %ld %d\n", result, errno);
            continue;
        }
        sigset_t now, none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, &now);
        printf("case %d: result %ld, mask %lx\n", g_case, result, *(uint64_t *)&now);
    }
}

/* sigreturn with a stack that is not there. */
static void without_stack(void)
{
    struct sigaction action = {.sa_sigaction = refused, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    sigaltstack(&stack, NULL);
    sigaction(SIGSEGV, &action, NULL);
    for (g_case = 20; g_case < 23; g_case++) {
        static const uintptr_t stacks[] = {8, 0x7ffffffff000, 0x8000000000000000};
        if (sigsetjmp(g_back, 1) == 0)
            __asm__ volatile("movq %0, %%rsp; movl $15, %%eax; syscall; ud2" : : "r"(stacks[g_case - 20]) : "memory");
    }
    /* No room for a frame. */
    install(SIGUSR1, layout);
    for (; g_case < 25; g_case++) {
        if (sigsetjmp(g_back, 1) == 0)
            __asm__ volatile("movq %2, %%rsp; syscall; ud2"
                             :
                             : "a"(SYS_kill), "D"(getpid()), "r"(g_case == 23 ? 4096ul : 0x7fffffffffff0000ul),
                               "S"(SIGUSR1)
                             : "memory", "rcx", "r11");
    }
}

/* Handlers that are nowhere. */
static void nowhere(void)
{
    static const uintptr_t places[] = {0x8000000000000000, 0xffffffff80000000, 0x1000, 0x7ffffffff000};
    for (g_case = 30; g_case < 34; g_case++) {
        signal(SIGUSR1, (void (*)(int))places[g_case - 30]);
        if (sigsetjmp(g_back, 1) == 0)
            raise(SIGUSR1);
    }
}

int main(void)
{
    sigset_t some;
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigemptyset(&some);
    sigaddset(&some, SIGHUP);
    sigaddset(&some, SIGRTMAX);
    sigprocmask(SIG_SETMASK, &some, NULL);
    install(SIGUSR1, layout);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    sigemptyset(&some);
    sigprocmask(SIG_SETMASK, &some, NULL);
    registers();
    vectors(false);
    vectors(__builtin_cpu_supports("avx"));
    broken();
    without_stack();
    nowhere();
    return 0;
}
