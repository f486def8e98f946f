/* SPDX-License-Identifier: MIT */
/* What a thread's filters say of its calls, and what becomes of those. Knows neither instructions nor who has which filters. */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <asm/unistd.h>
#include "filter/room.h"
#include "task.h"

#define ERRNO_MAX       4095u
#define WORDS_OF_NUMBER 0x3u /* of struct seccomp_data: the number and the architecture, which is always the same */

_Static_assert(sizeof(struct seccomp_data) == BPF_DATA_WORDS * sizeof(uint32_t), "what programs look at");

static uint32_t action_of(uint32_t answer)
{
    return answer & SECCOMP_RET_ACTION_FULL;
}

/* The strictest answer counts, the newest filter's among several that are so: as numbers with a sign, stricter is less. */
static uint32_t ask(const struct filter *newest, const struct seccomp_data *call, uint32_t *looked)
{
    uint32_t data[BPF_DATA_WORDS], answer = SECCOMP_RET_ALLOW;
    memcpy(data, call, sizeof(data));
    for (const struct filter *filter = newest; filter; filter = filter->older) {
        const uint32_t other = bpf_run(filter->program, filter->count, data, looked);
        if ((int32_t)action_of(other) < (int32_t)action_of(answer))
            answer = other;
    }
    return answer;
}

static uint32_t ask_or_remember(struct filter *newest, const struct regs *regs)
{
    const struct seccomp_data call = {.nr = (int)regs->number,
                                      .arch = AUDIT_ARCH_X86_64,
                                      .instruction_pointer = regs->rip,
                                      .args = {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9}};
    const uint32_t number = (uint32_t)call.nr;
    uint64_t *allowed = number < NUMBER_LIMIT ? &newest->allowed[number / 64] : NULL;
    const uint64_t bit = 1ull << number % 64;
    if (allowed && __atomic_load_n(allowed, __ATOMIC_RELAXED) & bit)
        return SECCOMP_RET_ALLOW;
    uint32_t looked = 0;
    const uint32_t answer = ask(newest, &call, &looked);
    if (allowed && action_of(answer) == SECCOMP_RET_ALLOW && !(looked & ~WORDS_OF_NUMBER))
        __atomic_fetch_or(allowed, bit, __ATOMIC_RELAXED);
    return answer;
}

static void trap(const struct regs *regs, uint32_t reason)
{
    siginfo_t info;
    signal_info(&info, SIGSYS, SYS_SECCOMP);
    info.si_errno = (int)reason;
    info.si_call_addr = (void *)(uintptr_t)regs->rip;
    info.si_syscall = (int)regs->number;
    info.si_arch = AUDIT_ARCH_X86_64;
    signal_force(&info);
}

static bool forbid(struct regs *regs, int64_t result)
{
    regs->rax = (uint64_t)result;
    return false;
}

static __attribute__((noreturn)) void end(const struct regs *regs, int signal, bool all)
{
    log_print(LOG_DEBUG, "system call %lu: the program's own filter ends the %s", (unsigned long)(uint32_t)regs->number,
              all ? "process" : "thread");
    if (all)
        process_exit(signal);
    thread_exit(signal);
}

static bool is_strictly_allowed(uint32_t number)
{
    return number == __NR_read || number == __NR_write || number == __NR_exit || number == __NR_rt_sigreturn;
}

static uint32_t ask_own(const struct regs *regs)
{
    return ask_or_remember(__atomic_load_n(&self()->filters.newest, __ATOMIC_ACQUIRE), regs);
}

static bool obey(struct regs *regs)
{
    uint32_t answer = ask_own(regs);
    if (action_of(answer) == SECCOMP_RET_TRACE) {
        if (!tracee_filtered(regs, answer & SECCOMP_RET_DATA))
            return false;
        answer = ask_own(regs); /* the tracer may have made another call of it */
    }
    const uint32_t data = answer & SECCOMP_RET_DATA;
    switch (action_of(answer)) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_TRACE: /* has been decided */
        return true;
    case SECCOMP_RET_USER_NOTIF: /* nobody listens */
        return forbid(regs, -ENOSYS);
    case SECCOMP_RET_ERRNO:
        return forbid(regs, -(int64_t)(data < ERRNO_MAX ? data : ERRNO_MAX));
    case SECCOMP_RET_TRAP:
        trap(regs, data);
        return false;
    case SECCOMP_RET_KILL_THREAD:
        end(regs, SIGSYS, g_process.thread_count == 1);
    default:
        end(regs, SIGSYS, true);
    }
}

bool filter_before_call(struct regs *regs)
{
    if (__atomic_load_n(&self()->filters.mode, __ATOMIC_ACQUIRE) != SECCOMP_MODE_STRICT)
        return obey(regs);
    if (!is_strictly_allowed((uint32_t)regs->number))
        end(regs, SIGKILL, false);
    return true;
}
