/* SPDX-License-Identifier: MIT */
/* prctl, arch_prctl, personality, and other calls about the process as a whole. */
#include "report.h"
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <linux/prctl.h>

#define P(option, ...) R(syscall(SYS_prctl, option, __VA_ARGS__))

static void *name(void *argument)
{
    char text[17] = {0};
    (void)argument;
    P(PR_GET_NAME, text, 0, 0, 0);
    printf("name %s\n", text);
    P(PR_SET_NAME, "other", 0, 0, 0);
    return NULL;
}

static void names(void)
{
    char text[17] = {0};
    pthread_t thread;
    P(PR_SET_NAME, "a name that is far too long", 0, 0, 0);
    pthread_create(&thread, NULL, name, NULL);
    pthread_join(thread, NULL);
    P(PR_GET_NAME, text, 0, 0, 0);
    printf("name %s\n", text);
    P(PR_SET_NAME, "short\0and more behind", 0, 0, 0);
    P(PR_GET_NAME, text, 0, 0, 0);
    printf("name %s, '%s' behind it\n", text, text + 6);
    P(PR_SET_NAME, "", 0, 0, 0);
    P(PR_GET_NAME, text, 0, 0, 0);
    printf("name '%s'\n", text);
    P(PR_SET_NAME, WILD, 0, 0, 0);
    P(PR_GET_NAME, WILD, 0, 0, 0);
}

static void properties(void)
{
    int value = -1;
    P(PR_GET_DUMPABLE, 0, 0, 0, 0);
    P(PR_SET_DUMPABLE, 0, 0, 0, 0);
    P(PR_GET_DUMPABLE, 0, 0, 0, 0);
    P(PR_SET_DUMPABLE, 2, 0, 0, 0);
    P(PR_SET_DUMPABLE, 1, 0, 0, 0);
    P(PR_GET_KEEPCAPS, 0, 0, 0, 0);
    P(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    P(PR_GET_KEEPCAPS, 0, 0, 0, 0);
    P(PR_SET_KEEPCAPS, 2, 0, 0, 0);
    P(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    P(PR_GET_PDEATHSIG, &value, 0, 0, 0);
    printf("%d\n", value);
    P(PR_SET_PDEATHSIG, 65, 0, 0, 0);
    P(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    P(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    P(PR_SET_TIMERSLACK, 1234, 0, 0, 0);
    P(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    P(PR_SET_TIMERSLACK, 0, 0, 0, 0);
    P(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    P(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    P(PR_GET_CHILD_SUBREAPER, &value, 0, 0, 0);
    printf("%d\n", value);
    P(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    P(PR_GET_THP_DISABLE, 0, 0, 0, 0);
    P(PR_GET_THP_DISABLE, 1, 0, 0, 0);
    P(PR_GET_TIMING, 0, 0, 0, 0);
    P(PR_SET_TIMING, 1, 0, 0, 0);
    P(PR_CAPBSET_READ, 0, 0, 0, 0);
    P(PR_CAPBSET_READ, 200, 0, 0, 0);
    P(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    P(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
    P(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0);
    P(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    P(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    P(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0);
    P(PR_GET_TSC, &value, 0, 0, 0);
    printf("%d\n", value);
    P(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 1, 0, 0);
    P(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    P(PR_CAP_AMBIENT, 77, 0, 0, 0);
    P(9999, 0, 0, 0, 0);
}

static void arch(void)
{
    unsigned long fs = 0, gs = 1;
    R(syscall(SYS_arch_prctl, 0x1003, &fs)); /* ARCH_GET_FS */
    unsigned long self;
    __asm__("movq %%fs:0, %0" : "=r"(self));
    printf("fs %d\n", fs == self);
    R(syscall(SYS_arch_prctl, 0x1004, &gs)); /* ARCH_GET_GS */
    printf("gs %lu\n", gs);
    R(syscall(SYS_arch_prctl, 0x1002, fs)); /* ARCH_SET_FS */
    R(syscall(SYS_arch_prctl, 0x1002, ~0ul));
    R(syscall(SYS_arch_prctl, 0x1003, WILD));
    R(syscall(SYS_arch_prctl, 77, 0));
}

int main(void)
{
    names();
    properties();
    arch();
    R(personality(0xffffffff));
    R(personality(ADDR_NO_RANDOMIZE));
    R(personality(0xffffffff));
    R(personality(0));
    R(syscall(SYS_unshare, 1));
    R(syscall(SYS_unshare, 0));
    R(syscall(SYS_syslog, 99, NULL, 0));
    return 0;
}
