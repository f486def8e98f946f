// SPDX-License-Identifier: MIT
// Faults: the signal and the siginfo of each kind, and that handlers can repair what they were about.
#define _GNU_SOURCE
#include <fcntl.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf g_back;
static char *g_page;
static const char *g_what;

static void report(int signal, siginfo_t *info, void *context)
{
    const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    const char *where = "elsewhere";
    if (info->si_addr == NULL)
        where = "0";
    else if ((char *)info->si_addr >= g_page && (char *)info->si_addr < g_page + 3 * 4096)
        where = "page";
    else if (info->si_addr == (void *)(uintptr_t)regs[REG_RIP])
        where = "rip";
    printf("%s: signal %d code %d at %s trapno %lld err %llx", g_what, signal, info->si_code, where, regs[REG_TRAPNO],
           regs[REG_ERR]);
    if (strcmp(where, "page") == 0)
        printf(" offset %ld cr2 %d", (long)((char *)info->si_addr - g_page),
               (char *)regs[REG_CR2] == (char *)info->si_addr);
    putchar('\n');
    siglongjmp(g_back, 1);
}

#define TRY(what, ...)                                                                                                 \
    do {                                                                                                               \
        g_what = what;                                                                                                 \
        if (sigsetjmp(g_back, 1) == 0) {                                                                               \
            __VA_ARGS__;                                                                                               \
            printf("%s: nothing\n", what);                                                                             \
        }                                                                                                              \
    } while (0)

static void memory(void)
{
    volatile char *page = g_page;
    TRY("read no access", (void)page[5]);
    TRY("write no access", page[6] = 1);
    mprotect(g_page, 4096, PROT_READ);
    TRY("write read-only", page[7] = 1);
    TRY("execute", ((void (*)(void))(g_page + 8))());
    munmap(g_page + 4096, 4096);
    TRY("unmapped", (void)page[4096]);
    TRY("unmapped write", page[4097] = 1);
    TRY("null", (void)*(volatile char *)NULL);
    TRY("jump to null", ((void (*)(void))NULL)());
    TRY("non-canonical", (void)*(volatile char *)0x8000000000000000ul);
    TRY("non-canonical stack",
        __asm__ volatile("movq %%rsp, %%rbx; movabsq $0x8000000000000000, %%rsp; popq %%rax; movq %%rbx, %%rsp"
                         :
                         :
                         : "rax", "rbx", "memory"));
    TRY("kernel", (void)*(volatile char *)0xffffffffff600800ul);
    TRY("across pages", *(volatile uint64_t *)(void *)(g_page + 4092) = 1);
}

static void file(void)
{
    const int fd = open("faults", O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink("faults");
    if (ftruncate(fd, 100) < 0)
        return;
    char *map = mmap(g_page, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    TRY("in the file", map[99] = 1);
    TRY("behind it in its page", map[4095] = 1);
    TRY("beyond its end", map[4096] = 1);
    TRY("read beyond", (void)*(volatile char *)(map + 8192));
    if (ftruncate(fd, 8192) == 0)
        TRY("grown", map[4096] = 2);
    map = mmap(g_page, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 4096);
    TRY("private write", map[0] = 1);
    TRY("private beyond", (void)*(volatile char *)(map + 4096));
    TRY("private beyond write", map[4096] = 1);
    close(fd);
    mmap(g_page, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void arithmetic(void)
{
    volatile int zero = 0, one = 1, lowest = INT32_MIN;
    volatile double d0 = 0, d1 = 1, huge = 1e308, tiny = 1e-308;
    TRY("divide", one = one / zero);
    TRY("overflowing divide", one = lowest / (zero - 1));
    /* Handlers begin with all of them masked, and are not returned from. */
    TRY("float divide", feenableexcept(FE_DIVBYZERO); d1 = d1 / d0);
    TRY("float invalid", feenableexcept(FE_INVALID); d1 = d0 / d0);
    TRY("float overflow", feenableexcept(FE_OVERFLOW); d1 = huge * huge);
    TRY("float underflow", feenableexcept(FE_UNDERFLOW); d1 = tiny * tiny);
    TRY("float inexact", feenableexcept(FE_INEXACT); d1 = 1.0 / (zero + 3));
    fedisableexcept(FE_ALL_EXCEPT);
    feclearexcept(FE_ALL_EXCEPT);
    static const uint16_t unmasked = 0x37b; /* zero divide */
    TRY("x87 divide", __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(unmasked)));
    __asm__ volatile("fninit");
}

static void instructions(void)
{
    TRY("ud2", __asm__ volatile("ud2"));
    TRY("int3", __asm__ volatile("int3"));
    TRY("icebp", __asm__ volatile(".byte 0xf1"));
    TRY("hlt", __asm__ volatile("hlt"));
    TRY("cli", __asm__ volatile("cli"));
    TRY("in", __asm__ volatile("inb $0x80, %%al" : : : "eax"));
    TRY("int 13", __asm__ volatile("int $13"));
    TRY("control register", __asm__ volatile("movq %%cr3, %%rax" : : : "rax"));
    TRY("misaligned vector", __asm__ volatile("movaps %%xmm0, 1(%0)" : : "r"(g_page) : "memory"));
}

/* Faults in code of 32 bits, which a far return leads to. */
static void small_code(void)
{
    static const unsigned char illegal[] = {0x0f, 0x0b};
    char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    char *const page = g_page;
    memcpy(code, illegal, sizeof(illegal));
    g_page = code;
    TRY("32 bits", __asm__ volatile("pushq $0x23; pushq %0; lretq" : : "r"(code) : "memory"));
    g_page = page;
    munmap(code, 4096);
}

static int g_repairs;
static void repair(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    g_repairs++;
    mprotect((void *)((uintptr_t)info->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE);
}

static void repaired(void)
{
    struct sigaction action = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO};
    volatile char *page = g_page;
    sigaction(SIGSEGV, &action, NULL);
    mmap(g_page, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 3; i++)
            page[i * 4096] = (char)(page[i * 4096] + 1);
        mprotect(g_page, 3 * 4096, round % 2 ? PROT_NONE : PROT_READ);
    }
    mprotect(g_page, 4096, PROT_READ);
    printf("%d repairs, %d rounds\n", g_repairs, page[0]);
}

#define CHECK_FLAG 0x40000 /* AC: unaligned accesses fault */

static void clear_check_flag(void)
{
    __asm__ volatile("subq $128, %%rsp; pushfq; andl %0, (%%rsp); popfq; addq $128, %%rsp" : : "i"(~CHECK_FLAG) : "cc");
}

/* The flag is still set in the handler, whose own accesses are to be none of those. */
static void checked(int signal, siginfo_t *info, void *context)
{
    clear_check_flag();
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    printf("checked: signal %d code %d address %s, flag %d\n", signal, info->si_code,
           info->si_addr == NULL        ? "none"
           : info->si_addr == (void *)8 ? "8"
                                        : "of code",
           (regs[REG_EFL] & CHECK_FLAG) != 0);
    regs[REG_EFL] &= ~CHECK_FLAG;
    regs[REG_RIP] = regs[REG_RCX];
}

/* Faults while unaligned accesses are faults, too: with what is between the fault and the handler that is none of the program's. */
#define CHECKED(instruction, address)                                                                                  \
    __asm__ volatile("leaq 1f(%%rip), %%rcx; subq $128, %%rsp; pushfq; orl %1, (%%rsp); popfq; " instruction           \
                     "; 1: addq $128, %%rsp"                                                                           \
                     :                                                                                                 \
                     : "a"(address), "i"(CHECK_FLAG)                                                                   \
                     : "rcx", "rdx", "cc", "memory")

static void alignment(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL};
    static long words[2];
    struct sigaction action = {.sa_sigaction = checked, .sa_flags = SA_SIGINFO | SA_ONSTACK}, former[3];
    for (unsigned i = 0; i < 3; i++)
        sigaction(signals[i], &action, &former[i]);
    CHECKED("movq 1(%%rax), %%rdx", words);
    CHECKED("movq (%%rax), %%rdx", (void *)8);
    CHECKED("ud2", words);
    for (unsigned i = 0; i < 3; i++)
        sigaction(signals[i], &former[i], NULL);
}

int main(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    struct sigaction action = {.sa_sigaction = report, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    static char stack[65536];
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (unsigned i = 0; i < 5; i++)
        sigaction(signals[i], &action, NULL);
    g_page = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory();
    file();
    arithmetic();
    instructions();
    small_code();
    repaired();
    alignment();
    return 0;
}
