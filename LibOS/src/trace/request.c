/* SPDX-License-Identifier: MIT */
/* ptrace(2), as the tracer calls it. What it asks for is in the table, but for memory (memory.c). */
#include <asm/ptrace-abi.h>
#include <linux/elf.h>
#include <linux/ptrace.h>
#include "copy.h"
#include "process/table.h"
#include "syscalls.h"
#include "trace/inspect.h"
#include "trace/memory.h"

#define OPTIONS_KNOWN (PTRACE_O_MASK & ~PTRACE_O_SUSPEND_SECCOMP)
#define WORD          sizeof(uint64_t)

/***** Becoming a tracer *****/

static int64_t trace_me(void)
{
    const int32_t parent = process_parent();
    if (!table_entry(parent) || self()->is_companion)
        return -EPERM;
    const struct trace_slot slot = {.tid = self()->tid, .pid = g_process.pid, .tracer = parent, .resume = PTRACE_CONT};
    const int64_t number = trace_take(&slot);
    if (number < 0)
        return number == -EAGAIN ? -ENOMEM : number;
    trace_rung();
    return 0;
}

/* The process of a thread that runs here; 0 = it is elsewhere. */
static int32_t process_here(int32_t tid)
{
    struct thread *thread = thread_find(tid);
    const int32_t pid = thread ? thread_pid(thread) : tid == g_process.pid ? tid : 0;
    if (thread)
        thread_put(thread);
    return pid;
}

static int may_trace(int32_t pid)
{
    const struct process_entry *entry = table_entry(pid);
    if (!entry)
        return pid == OUTER_PID ? -EPERM : -ESRCH;
    if (entry->state != STATE_LIVE || entry->maker)
        return -EPERM;
    const bool same = g_process.uid == entry->uid && entry->uid == entry->euid && entry->euid == entry->suid &&
                      g_process.gid == entry->gid && entry->gid == entry->egid && entry->egid == entry->sgid;
    return same || identity_has(CAP_SYS_PTRACE) ? 0 : -EPERM;
}

static int64_t attach(int32_t tid, bool seized, uint64_t address, uint64_t options)
{
    if (seized && address)
        return -EIO;
    if (seized && options & ~(uint64_t)OPTIONS_KNOWN)
        return -EIO;
    int32_t of_thread = process_here(tid);
    if (of_thread == own_pid())
        return -EPERM;
    if (of_thread == 0 && !table_entry(tid))
        of_thread = process_of_thread(tid);
    const int32_t pid = of_thread ? of_thread : tid;
    const int error = may_trace(pid);
    if (error < 0)
        return error;
    const struct trace_slot slot = {.tid = tid,
                                    .pid = pid,
                                    .tracer = own_pid(),
                                    .tracer_tid = self()->tid,
                                    .seized = seized,
                                    .options = seized ? (uint32_t)options : 0,
                                    .resume = PTRACE_CONT};
    const int64_t number = trace_take(&slot);
    if (number < 0)
        return number == -EAGAIN ? -ENOMEM : number;
    siginfo_t info;
    signal_info(&info, SIGSTOP, SI_KERNEL);
    if (seized)
        mail_nudge(pid);
    else
        mail_send(pid, tid, &info);
    return 0;
}

/***** Memory *****/

static int64_t peek(uint32_t number, uint64_t address, void *to)
{
    uint64_t word = 0;
    const int64_t size = trace_transfer(number, address, &word, sizeof(word), false);
    if (size != sizeof(word))
        return size == -ESRCH ? -ESRCH : -EIO;
    return copy_out(to, &word, sizeof(word));
}

static int64_t poke(uint32_t number, uint64_t address, uint64_t word)
{
    const int64_t size = trace_transfer(number, address, &word, sizeof(word), true);
    return size == sizeof(word) ? 0 : size == -ESRCH ? -ESRCH : -EIO;
}

/***** Going on *****/

static int64_t go_on(uint32_t number, uint32_t how, uint64_t signal)
{
    struct trace_slot *slot = slot_at(number);
    const int32_t pid = slot->pid;
    if (signal >= SIGNAL_LIMIT)
        return -EIO;
    slot->signal = (int32_t)signal;
    slot->resume = how;
    slot->unseen = 0;
    if (how == PTRACE_DETACH)
        slot->tracer = 0;
    __atomic_store_n(&slot->state, TRACE_RUNS, __ATOMIC_SEQ_CST);
    mail_nudge(pid);
    return 0;
}

static int64_t listen_on(uint32_t number)
{
    const struct trace_slot *slot = slot_at(number);
    const bool is_group_stop = slot->status >> 16 == PTRACE_EVENT_STOP;
    return slot->seized && is_group_stop ? go_on(number, PTRACE_LISTEN, 0) : -EIO;
}

static int64_t set_options(uint32_t number, uint64_t options)
{
    if (options & ~(uint64_t)OPTIONS_KNOWN)
        return -EINVAL;
    slot_at(number)->options = (uint32_t)options;
    return 0;
}

static int64_t interrupt(uint32_t number)
{
    struct trace_slot *slot = slot_at(number);
    if (!slot->seized)
        return -EIO;
    __atomic_store_n(&slot->wanted, 1, __ATOMIC_SEQ_CST);
    mail_nudge(slot->pid);
    return 0;
}

static int64_t end_by_force(uint32_t number)
{
    siginfo_t info;
    signal_info(&info, SIGKILL, SI_KERNEL);
    mail_send(slot_at(number)->pid, 0, &info);
    return 0;
}

/***** The call *****/

static int64_t of_stopped(uint32_t number, long request, uint64_t address, uint64_t data)
{
    void *to = (void *)(uintptr_t)data;
    switch (request) {
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA:
        return peek(number, address, to);
    case PTRACE_POKETEXT:
    case PTRACE_POKEDATA:
        return poke(number, address, data);
    case PTRACE_PEEKUSR:
        return trace_peek_user(number, address, to);
    case PTRACE_POKEUSR:
        return trace_poke_user(number, address, data);
    case PTRACE_GETREGS:
        return trace_get_all(number, NT_PRSTATUS, to);
    case PTRACE_SETREGS:
        return trace_set_all(number, NT_PRSTATUS, to);
    case PTRACE_GETFPREGS:
        return trace_get_all(number, NT_PRFPREG, to);
    case PTRACE_SETFPREGS:
        return trace_set_all(number, NT_PRFPREG, to);
    case PTRACE_GETREGSET:
    case PTRACE_SETREGSET:
        return trace_move_set(number, address, to, request == PTRACE_SETREGSET);
    case PTRACE_GETSIGINFO:
        return trace_get_info(number, to);
    case PTRACE_SETSIGINFO:
        return trace_set_info(number, to);
    case PTRACE_GETSIGMASK:
        return trace_get_mask(number, address, to);
    case PTRACE_SETSIGMASK:
        return trace_set_mask(number, address, to);
    case PTRACE_GETEVENTMSG:
        return copy_out(to, &detail_at(number)->message, WORD);
    case PTRACE_GET_SYSCALL_INFO:
        return trace_get_call(number, address, to);
    case PTRACE_SETOPTIONS:
        return set_options(number, data);
    case PTRACE_LISTEN:
        return listen_on(number);
    case PTRACE_CONT:
    case PTRACE_SYSCALL:
    case PTRACE_SINGLESTEP:
    case PTRACE_DETACH:
        return go_on(number, (uint32_t)request, data);
    default:
        return -EIO;
    }
}

int64_t sys_ptrace(long request, long pid, unsigned long address, unsigned long data)
{
    if (request == PTRACE_TRACEME)
        return g_table ? trace_me() : -EPERM;
    if (request == PTRACE_ATTACH || request == PTRACE_SEIZE) {
        if (!g_table)
            return process_here((int32_t)pid) ? -EPERM : -ESRCH;
        return attach((int32_t)pid, request == PTRACE_SEIZE, address, data);
    }
    const uint32_t number = pid > 0 && pid <= INT32_MAX ? trace_find((int32_t)pid) : 0;
    const struct trace_slot *slot = number ? slot_at(number) : NULL;
    if (!slot || slot->tracer != own_pid() || (slot->tracer_tid && slot->tracer_tid != self()->tid))
        return -ESRCH;
    const uint32_t state = __atomic_load_n(&slot->state, __ATOMIC_SEQ_CST);
    if (state == TRACE_ENDED)
        return -ESRCH;
    if (request == PTRACE_INTERRUPT)
        return interrupt(number);
    if (request == PTRACE_KILL)
        return end_by_force(number);
    return state == TRACE_STOPPED ? of_stopped(number, request, address, data) : -ESRCH;
}
