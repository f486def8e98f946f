/* SPDX-License-Identifier: MIT */
/* seccomp(2) and ptrace(2): SECCOMP_RET_TRACE asks the tracer, who may change the call, take it away, or let it be. */
#include "filters.h"
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/user.h>

/* Of linux/ptrace.h, which does not go together with sys/ptrace.h. */
#define TRACE_SECCOMP 0x80
#define CALL_INFO     0x420e
#define EVENT_SECCOMP 7
struct call_info {
    uint8_t op, pad[3];
    uint32_t arch;
    uint64_t instruction_pointer, stack_pointer, nr, args[6];
    uint32_t ret_data;
};

static long request(long number, pid_t pid, long address, long data)
{
    return syscall(SYS_ptrace, number, (long)pid, address, data);
}

static void child(int answer)
{
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    filter_call(SYS_getppid, (unsigned)answer);
    for (long i = 1; i <= 4; i++) {
        errno = 0;
        const long result = syscall(SYS_getppid, i, 22, 33, 44, 55, 66);
        printf("%ld: %s %d\n", i, result >= 0 ? "a result" : "none", errno);
    }
}

static void show_stop(pid_t pid, int status)
{
    unsigned long message = 0;
    struct call_info info = {.op = 77};
    if (!WIFSTOPPED(status) || status >> 8 != (SIGTRAP | EVENT_SECCOMP << 8)) {
        printf("stop %x\n", status >> 8);
        return;
    }
    request(PTRACE_GETEVENTMSG, pid, 0, (long)&message);
    const long size = request(CALL_INFO, pid, sizeof(info), (long)&info);
    printf("event, message %lu; op %d size %ld call %ld args %ld %ld data %u\n", message, info.op, size, (long)info.nr,
           (long)info.args[0], (long)info.args[5], info.ret_data);
}

/* What is done about the n-th call. */
static void decide(pid_t pid, long n)
{
    struct user_regs_struct regs;
    if (request(PTRACE_GETREGS, pid, 0, (long)&regs) < 0)
        exit(9);
    printf("rax %lld\n", (long long)regs.rax);
    if (n == 2) { /* another call */
        regs.orig_rax = SYS_getpid;
    } else if (n == 3) { /* none, with a result */
        regs.orig_rax = (unsigned long)-1;
        regs.rax = (unsigned long)-EEXIST;
    }
    request(PTRACE_SETREGS, pid, 0, (long)&regs);
}

static void trace(long options, int answer, int resume)
{
    int status = 0;
    const pid_t pid = start_with(child, answer);
    waitpid(pid, &status, 0);
    R(request(PTRACE_SETOPTIONS, pid, 0, options) == 0);
    long n = 0;
    request(PTRACE_CONT, pid, 0, 0);
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        show_stop(pid, status);
        const int event = status >> 16;
        if (event)
            decide(pid, ++n);
        fflush(stdout);
        request(event ? resume : PTRACE_CONT, pid, 0, 0);
    }
    printf(WIFEXITED(status) ? "exit %d\n" : "signal %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

int main(void)
{
    trace(TRACE_SECCOMP, (int)SECCOMP_RET_TRACE | 77, PTRACE_CONT);
    trace(TRACE_SECCOMP, (int)SECCOMP_RET_TRACE | 77, PTRACE_SYSCALL);
    trace(0, (int)SECCOMP_RET_TRACE | 77, PTRACE_CONT);
    trace(TRACE_SECCOMP, (int)SECCOMP_RET_TRAP | 77, PTRACE_CONT);
    trace(TRACE_SECCOMP, (int)SECCOMP_RET_KILL_PROCESS, PTRACE_CONT);
    return 0;
}
