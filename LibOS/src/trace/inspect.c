/* SPDX-License-Identifier: MIT */
/* What a tracer sees and changes of a stopped thread in the table: registers, siginfo, mask, system call. Knows no memory, and not
 * how the thread goes on. */
#include "trace/inspect.h"
#include <linux/audit.h>
#include <linux/elf.h>
#include <linux/ptrace.h>
#include <linux/uio.h>
#include "copy.h"
#include "trace/watch.h"

#define WORD           sizeof(uint64_t)
#define USER_SIZE      912 /* of struct user */
#define DEBUG_START    848 /* where its debug registers are, and how many */
#define DEBUG_COUNT    8
#define LEGACY_SIZE    512 /* of FXSAVE */
#define MXCSR_OFFSET   24
#define MXCSR_RESERVED 0xffff0000u
#define HEADER_OFFSET  512 /* of XSAVE: which components are in use */
#define HEADER_SIZE    64
#define LEGACY_IN_USE  3u

/***** Registers *****/

/* Bytes of a set of registers of a stopped thread: where they are in the table, and what changes with them. */
struct register_set {
    void *start;
    size_t size;
    uint32_t changes;
};

static int find_set(uint32_t number, uint64_t type, struct register_set *out)
{
    struct trace_detail *detail = detail_at(number);
    const uint32_t vectors = detail->vectors_size < VECTORS_ROOM ? detail->vectors_size : VECTORS_ROOM;
    switch (type) {
    case NT_PRSTATUS:
        *out = (struct register_set){&detail->regs, sizeof(detail->regs), CHANGED_REGS};
        return 0;
    case NT_PRFPREG:
        *out = (struct register_set){detail->vectors, LEGACY_SIZE, CHANGED_VECTORS};
        return 0;
    case NT_X86_XSTATE:
        *out = (struct register_set){detail->vectors, vectors, CHANGED_VECTORS};
        return vectors > HEADER_OFFSET ? 0 : -ENODEV;
    default:
        return -EINVAL;
    }
}

/* After a change by the tracer. */
static void set_changed(uint32_t number, const struct register_set *set)
{
    struct trace_detail *detail = detail_at(number);
    if (set->changes == CHANGED_VECTORS) {
        uint32_t mxcsr, in_use;
        memcpy(&mxcsr, detail->vectors + MXCSR_OFFSET, sizeof(mxcsr));
        mxcsr &= ~MXCSR_RESERVED;
        memcpy(detail->vectors + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
        memcpy(&in_use, detail->vectors + HEADER_OFFSET, sizeof(in_use));
        in_use |= set->size == LEGACY_SIZE ? LEGACY_IN_USE : 0;
        memcpy(detail->vectors + HEADER_OFFSET, &in_use, sizeof(in_use));
    }
    detail->changed |= set->changes;
}

int64_t trace_get_all(uint32_t number, uint64_t type, void *to)
{
    struct register_set set;
    const int error = find_set(number, type, &set);
    return error < 0 ? error : copy_out(to, set.start, set.size) < 0 ? -EIO : 0;
}

int64_t trace_set_all(uint32_t number, uint64_t type, const void *from)
{
    struct register_set set;
    const int error = find_set(number, type, &set);
    if (error < 0 || copy_in(set.start, from, set.size) < 0)
        return error < 0 ? error : -EIO;
    set_changed(number, &set);
    return 0;
}

int64_t trace_move_set(uint32_t number, uint64_t type, void *vector, bool write)
{
    struct register_set set;
    struct iovec wish;
    if (copy_in(&wish, vector, sizeof(wish)) < 0)
        return -EFAULT;
    const int error = find_set(number, type, &set);
    if (error < 0)
        return error;
    if (wish.iov_len % WORD != 0)
        return -EINVAL;
    /* A debugger may know fewer components than there are. */
    if (write && type == NT_X86_XSTATE && wish.iov_len < HEADER_OFFSET + HEADER_SIZE)
        return -EFAULT;
    if (wish.iov_len > set.size)
        wish.iov_len = set.size;
    if (write ? copy_in(set.start, wish.iov_base, wish.iov_len) < 0
              : copy_out(wish.iov_base, set.start, wish.iov_len) < 0)
        return -EFAULT;
    if (write)
        set_changed(number, &set);
    return copy_out(vector, &wish, sizeof(wish));
}

static bool is_user_word(uint64_t offset)
{
    return offset % WORD == 0 && offset < USER_SIZE;
}

static bool is_debug_word(uint64_t offset)
{
    return offset >= DEBUG_START && offset < DEBUG_START + DEBUG_COUNT * WORD;
}

static unsigned debug_number(uint64_t offset)
{
    return (unsigned)((offset - DEBUG_START) / WORD);
}

int64_t trace_peek_user(uint32_t number, uint64_t offset, void *to)
{
    const struct user_registers *regs = &detail_at(number)->regs;
    uint64_t word = 0;
    if (!is_user_word(offset))
        return -EIO;
    if (offset < sizeof(*regs))
        memcpy(&word, (const char *)regs + offset, sizeof(word));
    else if (is_debug_word(offset))
        word = watch_peek(detail_at(number), debug_number(offset));
    return copy_out(to, &word, sizeof(word));
}

int64_t trace_poke_user(uint32_t number, uint64_t offset, uint64_t word)
{
    struct trace_detail *detail = detail_at(number);
    if (!is_user_word(offset))
        return -EIO;
    if (offset < sizeof(detail->regs)) {
        memcpy((char *)&detail->regs + offset, &word, sizeof(word));
        detail->changed |= CHANGED_REGS;
        return 0;
    }
    return is_debug_word(offset) ? watch_poke(detail, debug_number(offset), word) : -EIO;
}

/***** What the stop was for *****/

int64_t trace_get_info(uint32_t number, void *to)
{
    const struct trace_detail *detail = detail_at(number);
    return detail->has_info ? copy_out(to, &detail->info, sizeof(detail->info)) : -EINVAL;
}

int64_t trace_set_info(uint32_t number, const void *from)
{
    struct trace_detail *detail = detail_at(number);
    if (!detail->has_info)
        return -EINVAL;
    if (copy_in(&detail->info, from, sizeof(detail->info)) < 0)
        return -EFAULT;
    detail->changed |= CHANGED_INFO;
    return 0;
}

int64_t trace_get_mask(uint32_t number, uint64_t size, void *to)
{
    return size != WORD ? -EINVAL : copy_out(to, &detail_at(number)->blocked, WORD);
}

int64_t trace_set_mask(uint32_t number, uint64_t size, const void *from)
{
    struct trace_detail *detail = detail_at(number);
    if (size != WORD)
        return -EINVAL;
    if (copy_in(&detail->blocked, from, WORD) < 0)
        return -EFAULT;
    detail->changed |= CHANGED_MASK;
    return 0;
}

int64_t trace_get_call(uint32_t number, uint64_t size, void *to)
{
    const struct trace_detail *detail = detail_at(number);
    const struct user_registers *regs = &detail->regs;
    struct ptrace_syscall_info info = {
        .arch = AUDIT_ARCH_X86_64, .instruction_pointer = regs->rip, .stack_pointer = regs->rsp};
    size_t filled = offsetof(struct ptrace_syscall_info, entry);
    if (detail->call == PTRACE_SYSCALL_INFO_ENTRY || detail->call == PTRACE_SYSCALL_INFO_SECCOMP) {
        const uint64_t arguments[6] = {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9};
        info.op = (uint8_t)detail->call;
        info.entry.nr = regs->number;
        memcpy(info.entry.args, arguments, sizeof(arguments));
        filled = offsetof(struct ptrace_syscall_info, entry.args) + sizeof(arguments);
        if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
            info.seccomp.ret_data = (uint32_t)detail->message;
            filled += sizeof(info.seccomp.ret_data);
        }
    } else if (detail->call == PTRACE_SYSCALL_INFO_EXIT) {
        info.op = PTRACE_SYSCALL_INFO_EXIT;
        info.exit.rval = (int64_t)regs->rax;
        info.exit.is_error = regs->rax >= (uint64_t)-4095;
        filled = offsetof(struct ptrace_syscall_info, exit.is_error) + sizeof(info.exit.is_error);
    }
    return copy_out(to, &info, filled < size ? filled : size) < 0 ? -EFAULT : (int64_t)filled;
}
