/* SPDX-License-Identifier: MIT */
/* seccomp(2): what becomes of calls that a filter has something against. */
#include "filters.h"
#include <signal.h>
#include <ucontext.h>

static void fails_with(int error)
{
    filter_call(SYS_getppid, ERRNO((unsigned)error));
    errno = 0;
    const long result = syscall(SYS_getppid);
    printf("result %ld errno %d\n", result, errno);
    R(getpid() > 0);
}

static void dies(int answer)
{
    filter_call(SYS_getppid, (unsigned)answer);
    syscall(SYS_getppid);
    puts("still alive");
}

static void on_trap(int signal, siginfo_t *info, void *argument)
{
    ucontext_t *context = argument;
    printf("signal %d code %d errno %d syscall %d arch %s, rax %s, address %s\n", signal, info->si_code, info->si_errno,
           info->si_syscall, info->si_arch == AUDIT_ARCH_X86_64 ? "x86-64" : "other",
           context->uc_mcontext.gregs[REG_RAX] == info->si_syscall ? "is the number" : "is not",
           (long)info->si_call_addr == context->uc_mcontext.gregs[REG_RIP] ? "is that of the call" : "is not");
    context->uc_mcontext.gregs[REG_RAX] = context->uc_mcontext.gregs[REG_RDI] + context->uc_mcontext.gregs[REG_R9];
}

static void traps(void)
{
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    filter_call(SYS_getppid, SECCOMP_RET_TRAP | 77);
    R(syscall(SYS_getppid, 100, 2, 3, 4, 5, 23));
    R(syscall(SYS_getppid, 1, 2, 3, 4, 5, 6));
}

static void traps_ignored(void)
{
    signal(SIGSYS, SIG_IGN);
    dies((int)SECCOMP_RET_TRAP);
}

static void traps_blocked(void)
{
    sigset_t set;
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    dies((int)SECCOMP_RET_TRAP);
}

/* Calls are looked at as they are, also those that no kernel knows. */
static void unknown_call(void)
{
    struct sock_filter filter[] = {LOAD(DATA(nr)), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 5000, 0, 1), ANSWER(ERRNO(33)),
                                   ANSWER(SECCOMP_RET_ALLOW)};
    R(syscall(5000));
    give_up_privileges();
    R(install_flags(filter, COUNT_OF(filter), 0));
    errno = 0;
    printf("%ld %d\n", syscall(5000), errno);
    errno = 0;
    printf("%ld %d\n", syscall(-1), errno);
    R(syscall(4999));
}

static void arguments(void)
{
    struct sock_filter filter[] = {
        LOAD(DATA(arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 7),
        LOAD(DATA(nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 5),
        LOAD(DATA(args[5]) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x1234, 0, 3),
        LOAD(DATA(args[5])),
        BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
        BPF_STMT(BPF_RET | BPF_A, 0),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    give_up_privileges();
    R(install_flags(filter, COUNT_OF(filter), 0));
    for (long low = 0; low < 5000; low += 1111) {
        errno = 0;
        const long result = syscall(SYS_getppid, 0, 0, 0, 0, 0, 0x123400000000 + low);
        printf("%ld %d\n", result, errno);
    }
    for (int i = 0; i < 3; i++)
        OK(syscall(SYS_getppid, 0, 0, 0, 0, 0, 0x123500000000));
}

/* The strictest answer counts, and the newest of several that are as strict. */
static void several(void)
{
    filter_call(SYS_getppid, ERRNO(1));
    filter_call(SYS_getppid, ERRNO(2));
    filter_call(SYS_getppid, SECCOMP_RET_ALLOW);
    filter_call(SYS_getppid, SECCOMP_RET_LOG);
    R(syscall(SYS_getppid));
    show_status();
    filter_call(SYS_getppid, SECCOMP_RET_TRACE);
    R(syscall(SYS_getppid));
    filter_call(SYS_getppid, SECCOMP_RET_USER_NOTIF);
    R(syscall(SYS_getppid));
    fflush(stdout);
    filter_call(SYS_getppid, 0x12340000); /* no such action */
    R(syscall(SYS_getppid));
}

static void traced(int answer)
{
    filter_call(SYS_getppid, (unsigned)answer);
    R(syscall(SYS_getppid));
}

int main(void)
{
    const int errors[] = {0, 1, 4095, 4096, 65535, 512, 513};
    for (size_t i = 0; i < COUNT_OF(errors); i++)
        end_of(start_with(fails_with, errors[i]));
    const unsigned ends[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, 0x12340000};
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        end_of(start_with(dies, (int)ends[i]));
    void (*const plays[])(void) = {traps, traps_ignored, traps_blocked, unknown_call, arguments, several};
    for (size_t i = 0; i < COUNT_OF(plays); i++)
        end_of(start(plays[i]));
    end_of(start_with(traced, (int)SECCOMP_RET_TRACE | 5));
    end_of(start_with(traced, (int)SECCOMP_RET_USER_NOTIF | 5));
    return 0;
}
