/* SPDX-License-Identifier: MIT */
/* Signal frames: what a handler finds on the program's stack, laid out as Linux does it, and the way back from it. Knows
 * nothing of which signal comes when. */
#include <asm/signal.h>
#include <asm/processor-flags.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include "entry.h"
#include "signal/signal_room.h"
#include "syscalls.h"

#define RED_ZONE         128
#define USER_CODE        0x33 /* selectors of a 64-bit program */
#define USER_DATA        0x2b
#define VECTOR_ALIGNMENT 64
#define CANONICAL_SHIFT  16 /* bits of an address that repeat bit 47 */

/* Flags that a program may change. Not TF and AC, which would work on the library OS, too. */
#define CHANGEABLE_FLAGS                                                                                               \
    (X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_DF | X86_EFLAGS_OF)

/* The general registers of a sigcontext are those of regs, in the same order. */
#define GENERAL_SIZE offsetof(struct regs, number)
_Static_assert(offsetof(struct sigcontext_64, flags) == offsetof(struct regs, efl), "one order of registers");

struct frame {
    uint64_t restorer;
    struct {
        uint64_t flags;
        uint64_t link;
        stack_t stack;
        struct sigcontext_64 context;
        uint64_t mask;
    } user;
    siginfo_t info;
};
_Static_assert(sizeof(struct frame) == 440, "struct rt_sigframe");

/* Where the frame goes; 0 = there is no room. out_vectors: where the vector state goes, above it. */
static uint64_t place(const struct thread_signals *signals, uint64_t rsp, uint64_t flags, uint64_t *out_vectors)
{
    bool on_stack = is_on_stack(signals, rsp);
    uint64_t top = rsp - RED_ZONE;
    if (flags & SA_ONSTACK && stack_is_free(signals, top)) {
        top = signals->stack_base + signals->stack_size;
        on_stack = true;
    }
    *out_vectors = (top - vectors_frame_size()) & ~(VECTOR_ALIGNMENT - 1ul);
    const uint64_t frame = ((*out_vectors - sizeof(struct frame)) & ~15ul) - 8;
    if (on_stack && (frame <= signals->stack_base || frame - signals->stack_base > signals->stack_size))
        return 0;
    return user_range_ok(frame, top - frame) ? frame : 0;
}

static void fill_context(const struct thread_signals *signals, const struct regs *regs, struct sigcontext_64 *out)
{
    memcpy(out, regs, GENERAL_SIZE);
    out->cs = USER_CODE;
    out->ss = USER_DATA;
    out->err = signals->fault.err;
    out->trapno = signals->fault.trapno;
    out->cr2 = signals->fault.cr2;
}

int frame_push(struct regs *regs, const struct signal_action *action, const siginfo_t *info, uint64_t mask)
{
    const struct thread_signals *signals = &self()->signals;
    struct frame frame = {.restorer = action->restorer};
    uint64_t vectors;
    const uint64_t address = place(signals, regs->rsp, action->flags, &vectors);
    if (!address || !(action->flags & SA_RESTORER))
        return -EFAULT;
    frame.user.flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
    stack_save(signals, &frame.user.stack);
    fill_context(signals, regs, &frame.user.context);
    frame.user.context.oldmask = mask;
    frame.user.context.fpstate = vectors;
    frame.user.mask = mask;
    const bool has_info = action->flags & SA_SIGINFO;
    if (has_info)
        frame.info = *info;
    const size_t size = has_info ? sizeof(frame) : offsetof(struct frame, info);
    /* The registers are lost with the second step, so it comes when nothing else can fail. */
    if (user_write((void *)(uintptr_t)address, &frame, size) < 0 || vectors_save(vectors) < 0)
        return -EFAULT;
    regs->rdi = (uint64_t)info->si_signo;
    regs->rsi = address + offsetof(struct frame, info);
    regs->rdx = address + offsetof(struct frame, user);
    regs->rax = 0;
    regs->rsp = address;
    regs->rip = action->handler;
    regs->efl &= ~(uint64_t)(X86_EFLAGS_DF | X86_EFLAGS_RF | X86_EFLAGS_TF);
    return 0;
}

static void load_general(struct regs *regs, const struct sigcontext_64 *context)
{
    const uint64_t kept = regs->efl & ~(uint64_t)CHANGEABLE_FLAGS;
    memcpy(regs, context, GENERAL_SIZE);
    regs->efl = kept | (regs->efl & CHANGEABLE_FLAGS);
    regs->number = NO_CALL;
}

static void bad_frame(void)
{
    siginfo_t info;
    signal_info(&info, SIGSEGV, SI_KERNEL);
    signal_force(&info);
}

void check_target(const struct regs *regs)
{
    siginfo_t info;
    if (__builtin_expect(regs->rip < g_guest_end, 1))
        return;
    const int64_t rip = (int64_t)regs->rip;
    if (rip << CANONICAL_SHIFT >> CANONICAL_SHIFT != rip) {
        bad_frame();
        return;
    }
    signal_info(&info, SIGSEGV, SEGV_MAPERR);
    info.si_addr = (void *)(uintptr_t)regs->rip;
    signal_force(&info);
}

void signal_check_target(const struct regs *regs)
{
    check_target(regs);
}

int64_t sys_rt_sigreturn(void)
{
    struct thread_signals *signals = &self()->signals;
    struct regs *regs = self()->regs;
    struct frame frame;
    const uint64_t address = regs->rsp - sizeof(frame.restorer);
    regs->number = NO_CALL;
    regs->changed = 1;
    if (!user_range_ok(address, offsetof(struct frame, info)) ||
        user_read(&frame, (const void *)(uintptr_t)address, offsetof(struct frame, info)) < 0) {
        bad_frame();
        return (int64_t)regs->rax;
    }
    set_blocked(frame.user.mask);
    if (!(frame.user.flags & UC_STRICT_RESTORE_SS))
        frame.user.context.ss = USER_DATA;
    const bool possible = (frame.user.context.cs | 3) == USER_CODE && (frame.user.context.ss | 3) == USER_DATA;
    load_general(regs, &frame.user.context);
    /* Only memory that cannot be read counts; a stack that is refused stays as it is. */
    const bool loaded = vectors_restore(frame.user.context.fpstate) == 0;
    if (loaded)
        (void)!stack_change(signals, &frame.user.stack, regs->rsp);
    if (!loaded || !possible)
        bad_frame();
    else
        check_target(regs);
    return (int64_t)regs->rax;
}
