// SPDX-License-Identifier: MIT
// mprotect, with gaps and in parts, protection keys, and code that is written and run.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "mm_show.h"

static sigjmp_buf g_back;
static siginfo_t g_info;

static void caught(int number, siginfo_t *info, void *context)
{
    (void)context;
    g_info = *info;
    siglongjmp(g_back, number);
}

static const char *touch(volatile char *at, int write)
{
    static char text[64];
    const int number = sigsetjmp(g_back, 1);
    if (number) {
        snprintf(text, sizeof(text), "signal %d code %d there %d", number, g_info.si_code, g_info.si_addr == at);
        return text;
    }
    if (write)
        *at = 1;
    snprintf(text, sizeof(text), "%d", *at);
    return text;
}

static void code(char *page)
{
    static const unsigned char give_7[] = {0xb8, 7, 0, 0, 0, 0xc3}; /* mov $7,%eax; ret */
    puts("# code");
    show("writable", mprotect(page, PAGE, RW));
    memcpy(page, give_7, sizeof(give_7));
    show("executable", mprotect(page, PAGE, PROT_READ | PROT_EXEC));
    int (*function)(void) = (int (*)(void))(void *)page;
    printf("run: %d\n", function());
    show("writable and executable", mprotect(page, PAGE, RW | PROT_EXEC));
    page[1] = 9;
    printf("run: %d\n", function());
    show("not executable", mprotect(page, PAGE, RW));
    if (sigsetjmp(g_back, 1) == 0)
        printf("run: %d\n", function());
    else
        printf("run: code %d, at it %d\n", g_info.si_code, g_info.si_addr == (void *)page);
}

int main(void)
{
    const struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    char *a = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
    show("read only", mprotect(a, 2 * PAGE, PROT_READ));
    printf("write: %s\n", touch(a + PAGE, 1));
    printf("next: %s\n", touch(a + 2 * PAGE, 1));
    show("nothing", mprotect(a, 2 * PAGE, PROT_NONE));
    printf("read: %s\n", touch(a, 0));
    show("all again", mprotect(a, 8 * PAGE, RW));
    printf("write: %s\n", touch(a + PAGE, 1));
    show("the same", mprotect(a, 8 * PAGE, RW));

    puts("# errors");
    show("unaligned", mprotect(a + 1, PAGE, RW));
    show("size 0", mprotect(a, 0, RW));
    show("size 0 and unknown bits", mprotect(a, 0, 0x100));
    show("unknown bits", mprotect(a, PAGE, 0x100));
    show("sem", mprotect(a, PAGE, RW | 8));
    show("wraps", mprotect(a, -PAGE, RW));
    show("wraps to 0", mprotect(a, -1ul, RW));
    show("both ways", mprotect(a, PAGE, RW | PROT_GROWSUP | PROT_GROWSDOWN));
    show("grows down, does not", mprotect(a, PAGE, RW | PROT_GROWSDOWN));
    show("grows up, does not", mprotect(a, PAGE, RW | PROT_GROWSUP));
    munmap(a + 4 * PAGE, PAGE);
    show("over a gap", mprotect(a, 8 * PAGE, PROT_READ));
    printf("in front of it: %s\n", touch(a + 3 * PAGE, 1));
    printf("behind it: %s\n", touch(a + 5 * PAGE, 1));
    show("begins in a gap", mprotect(a + 4 * PAGE, 2 * PAGE, PROT_READ));
    printf("behind it: %s\n", touch(a + 5 * PAGE, 1));
    show("a gap alone", mprotect(a + 4 * PAGE, PAGE, PROT_READ));

    puts("# keys");
    show("alloc flags", syscall(SYS_pkey_alloc, 1, 0));
    show("alloc rights", syscall(SYS_pkey_alloc, 0, 8));
    show("free", syscall(SYS_pkey_free, 77));
    show("protect without", syscall(SYS_pkey_mprotect, a, PAGE, RW, -1));
    show("protect unknown", syscall(SYS_pkey_mprotect, a, PAGE, RW, 99));
    code(a);
    return 0;
}
