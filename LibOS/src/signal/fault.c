/* SPDX-License-Identifier: MIT */
/* Faults of the program: which signal each becomes. The processor's trap numbers are those of x86 (Intel SDM vol. 3 ch. 6);
 * what Linux makes of them is in arch/x86/kernel/traps.c. */
#include <asm/sigcontext.h>
#include "entry.h"
#include "fs.h"
#include "mm.h"
#include "signal/signal_room.h"

enum trap {
    TRAP_DIVIDE = 0,
    TRAP_DEBUG = 1,
    TRAP_BREAKPOINT = 3,
    TRAP_OVERFLOW = 4,
    TRAP_BOUND = 5,
    TRAP_INVALID_OPCODE = 6,
    TRAP_SEGMENT_ABSENT = 11,
    TRAP_STACK = 12,
    TRAP_PROTECTION = 13,
    TRAP_PAGE = 14,
    TRAP_X87 = 16,
    TRAP_ALIGNMENT = 17,
    TRAP_SIMD = 19,
};

/* Bits of a page fault's error code. */
#define PAGE_PRESENT     1u
#define PAGE_WRITE       2u
#define PAGE_EXECUTE     16u

#define MXCSR_MASK_SHIFT 7
#define FP_EXCEPTIONS    0x3fu
#define DEBUG_STEP_FLAG  0x100u /* TF */

/* On the host's signal stack nothing can be locked, so this only keeps what is gone later. */
void signal_fault(PAL_NUM event, PAL_NUM address, PAL_CONTEXT *context)
{
    struct signal_fault *fault = &self()->signals.fault;
    if (event == PAL_EVENT_MEMFAULT && context->trapno == TRAP_PAGE && !(context->err & PAGE_PRESENT) &&
        mm_grow_stack(address))
        return;
    signal_learn_vectors(context);
    fault->event = event;
    fault->address = address;
    fault->trapno = context->trapno;
    fault->err = context->err;
    fault->cr2 = context->cr2;
    fault->x87_errors = fault->sse_errors = 0;
    if (context->xsave && context->xsave_size >= sizeof(struct _fpstate_64)) {
        const struct _fpstate_64 *state = context->xsave;
        fault->x87_errors = state->swd & ~(uint32_t)state->cwd & FP_EXCEPTIONS;
        fault->sse_errors = state->mxcsr & ~(state->mxcsr >> MXCSR_MASK_SHIFT) & FP_EXCEPTIONS;
    }
    event_enter_fault(context);
}

static int floating_code(uint32_t errors)
{
    if (errors & 0x01)
        return FPE_FLTINV;
    if (errors & 0x04)
        return FPE_FLTDIV;
    if (errors & 0x08)
        return FPE_FLTOVF;
    if (errors & 0x12) /* denormal, underflow */
        return FPE_FLTUND;
    return errors & 0x20 ? FPE_FLTRES : 0;
}

static bool allows(const struct mapping *mapping, uint64_t err)
{
    if (err & PAGE_EXECUTE)
        return mapping->prot & PROT_EXEC;
    if (err & PAGE_WRITE)
        return mapping->prot & PROT_WRITE;
    return mapping->prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
}

/* Whether an address of a mapping lies behind the last page of its file. */
static bool is_beyond_end(const struct mapping *mapping, uint64_t address)
{
    struct file_attr attr;
    if (!mapping->file || !mapping->file->ops->attributes || mapping->file->ops->attributes(mapping->file, &attr) < 0)
        return false;
    return page_down(address) - mapping->start + mapping->offset >= attr.size;
}

static void set(siginfo_t *out, int signal, int code, uint64_t address)
{
    signal_info(out, signal, code);
    out->si_addr = (void *)(uintptr_t)address;
}

/* Returns false if there is no reason for the fault any more: another thread has removed it meanwhile. */
static bool explain_page(struct signal_fault *fault, uint64_t rip, siginfo_t *out)
{
    struct mapping mapping;
    const uint64_t address = fault->address;
    if (!mm_find(address, &mapping)) {
        set(out, SIGSEGV, SEGV_MAPERR, address);
        return true;
    }
    const bool allowed = allows(&mapping, fault->err);
    const bool beyond = allowed && is_beyond_end(&mapping, address);
    if (mapping.file)
        file_put(mapping.file);
    const bool again = rip == fault->retried_rip && address == fault->retried_address;
    if (allowed && !beyond && !again) {
        fault->retried_rip = rip;
        fault->retried_address = address;
        return false;
    }
    fault->retried_rip = fault->retried_address = 0;
    if (allowed)
        set(out, SIGBUS, BUS_ADRERR, address);
    else
        set(out, SIGSEGV, SEGV_ACCERR, address);
    return true;
}

static bool explain_fault(struct signal_fault *fault, const struct regs *regs, siginfo_t *out)
{
    switch (fault->trapno) {
    case TRAP_PAGE:
        return explain_page(fault, regs->rip, out);
    case TRAP_DIVIDE:
        set(out, SIGFPE, FPE_INTDIV, regs->rip);
        break;
    case TRAP_X87:
        set(out, SIGFPE, floating_code(fault->x87_errors), regs->rip);
        break;
    case TRAP_SIMD:
        set(out, SIGFPE, floating_code(fault->sse_errors), regs->rip);
        break;
    case TRAP_DEBUG:
        set(out, SIGTRAP, regs->efl & DEBUG_STEP_FLAG ? TRAP_TRACE : TRAP_BRKPT, regs->rip);
        break;
    case TRAP_BREAKPOINT:
        set(out, SIGTRAP, SI_KERNEL, 0);
        break;
    case TRAP_INVALID_OPCODE:
        set(out, SIGILL, ILL_ILLOPN, regs->rip);
        break;
    case TRAP_SEGMENT_ABSENT:
    case TRAP_STACK:
        set(out, SIGBUS, SI_KERNEL, 0);
        break;
    case TRAP_ALIGNMENT:
        set(out, SIGBUS, BUS_ADRALN, 0);
        break;
    case TRAP_OVERFLOW:
    case TRAP_BOUND:
    case TRAP_PROTECTION:
    default:
        set(out, SIGSEGV, SI_KERNEL, 0);
        break;
    }
    return true;
}

void fault_deliver(struct regs *regs)
{
    struct thread *thread = self();
    siginfo_t info;
    thread->regs = regs;
    if (!explain_fault(&thread->signals.fault, regs, &info))
        return;
    const bool is_step = thread->signals.fault.trapno == TRAP_DEBUG && tracee_may_step(&thread->trace);
    if (__builtin_expect(is_step, 0) && !tracee_steps(regs, &info))
        return;
    signal_force(&info);
    signal_deliver(regs);
}

static const char *name_of(int signal)
{
    switch (signal) {
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    case SIGTRAP:
        return "SIGTRAP";
    case SIGSYS:
        return "SIGSYS";
    default:
        return "SIGSEGV";
    }
}

void fault_explain(const siginfo_t *info, const struct regs *regs)
{
    struct mapping mapping;
    const char *object = "no object";
    uint64_t offset = 0;
    if (mm_find(regs->rip, &mapping)) {
        offset = regs->rip - mapping.start + mapping.offset;
        object = mapping.file && mapping.file->path ? mapping.file->path : mapping.name ? mapping.name : "memory";
    }
    /* The parent of any other process is told, and stderr may be one that somebody compares. */
    log_print(own_pid() == FIRST_PID ? LOG_ERROR : LOG_DEBUG,
              "%s at address 0x%lx, by the instruction at 0x%lx (%s+0x%lx)", name_of(info->si_signo),
              (uint64_t)(uintptr_t)info->si_addr, (uint64_t)regs->rip, object, offset);
}
