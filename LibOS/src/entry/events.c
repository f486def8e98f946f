/* SPDX-License-Identifier: MIT */
/* Events of the host: traps of system calls, faults, wishes. They come on a stack of the PAL, at any instruction; all that
 * happens here is to choose where the thread goes on. */
#include "base.h"
#include "dispatch.h"
#include "entry.h"
#include "symbols.h"
#include "mm.h"
#include "process.h"
#include "task.h"
#include "thread_offsets.h"

#define FLAG_ZERO  (1ul << 6)
#define TRAP_FLAG  (1ul << 8)  /* TF */
#define CHECK_FLAG (1ul << 18) /* AC: faults for unaligned accesses, which the program may want; we do not */
#define TRAP_DEBUG 1
#define CODE_64BIT 0x33ul /* selector of 64-bit code, in the lower 16 bits of csgsfs; 0x23 is that of 32-bit code */

static bool is_between(uint64_t address, const char *start, const char *end)
{
    return address >= (uintptr_t)start && address < (uintptr_t)end;
}

static bool is_libos(uint64_t address)
{
    return is_between(address, __ehdr_start, _end);
}

/* What the sleeping calls of entry.S return when they do not sleep. */
PAL_NUM block_interrupted(void)
{
    failure_set(PAL_ERROR_INTERRUPTED);
    return 0;
}

static void on_failure(PAL_PTR event, PAL_NUM code, PAL_CONTEXT *context)
{
    (void)event;
    (void)context;
    if (self())
        failure_set((uint32_t)code);
}

/* From here on %gs is ours; what the program made of it is kept for its return. */
static void take_gs(PAL_CONTEXT *context)
{
    struct pal_tcb *own;
    __asm__("movq %%gs:0, %0" : "=r"(own));
    if (context->gs_base == (uintptr_t)own)
        return;
    self()->guest_gs = context->gs_base;
    context->gs_base = (uintptr_t)own;
}

/* The program's registers go to their place as if it had made a system call, and it goes on at `where`. */
static void enter_library(PAL_CONTEXT *context, void (*where)(void))
{
    struct thread *thread = self();
    struct regs *regs = thread_regs(thread);
    take_gs(context);
    memcpy(regs, context, offsetof(PAL_CONTEXT, csgsfs));
    regs->number = NO_CALL;
    regs->changed = 1;
    thread->regs = regs;
    context->rip = (uintptr_t)where;
    context->efl &= ~(TRAP_FLAG | CHECK_FLAG);
    context->csgsfs = (context->csgsfs & ~0xfffful) | CODE_64BIT;
}

/* A program that is stepped through has come into the library OS, or is about to leave it. TF comes with the flags of the
 * program; what lies between that and the program's first instruction is not to be stepped through. */
static bool skip_step(PAL_CONTEXT *context)
{
    if (context->trapno != TRAP_DEBUG || !is_libos(context->rip))
        return false;
    if (is_between(context->rip, entry_stepping, entry_left)) {
        const struct regs *regs = thread_regs(self());
        context->rsp = regs->rsp;
        context->rip = regs->rip;
    } else {
        context->efl &= ~TRAP_FLAG;
    }
    return true;
}

void event_enter_fault(PAL_CONTEXT *context)
{
    enter_library(context, entry_fault);
}

/* A system call that has trapped at `site`, or came through patched code (0). */
static void enter_trapped(PAL_CONTEXT *context, uint64_t site)
{
    signal_learn_vectors(context);
    take_gs(context);
    self()->trap_site = site;
    context->rip = (uintptr_t)entry_trapped;
    context->efl &= ~TRAP_FLAG;
}

static void on_illegal(PAL_PTR event, PAL_NUM address, PAL_CONTEXT *context)
{
    (void)event;
    if (skip_step(context))
        return;
    if (context->rip == (uintptr_t)entry_foreign) {
        enter_trapped(context, 0);
    } else if (is_libos(context->rip)) {
        report_crash(PAL_EVENT_ILLEGAL, address, context);
    } else if (address != context->rip) { /* a `syscall`, behind which rip is already */
        context->rcx = context->rip;
        enter_trapped(context, address);
    } else {
        signal_fault(PAL_EVENT_ILLEGAL, address, context);
    }
}

static void on_fault(PAL_NUM number, PAL_NUM address, PAL_CONTEXT *context)
{
    if (is_between(context->rip, user_begin, user_end) || is_between(context->rip, user_vector_begin, user_vector_end))
        context->rip = (uintptr_t)user_fault;
    else if (is_libos(context->rip))
        report_crash(number, address, context);
    else
        signal_fault(number, address, context);
}

/* The vDSO looks for the mark, too (LOOK_AROUND): it is not there, which is what the comparison is about. */
static bool skip_comparison(PAL_CONTEXT *context)
{
    static const uint8_t comparison[] = {0x65, 0x48, 0x39, 0x0c, 0x25, TCB_MARK, 0, 0, 0}; /* cmp %rcx,%gs:TCB_MARK */
    uint8_t code[sizeof(comparison)];
    if (context->rcx != (uintptr_t)entry_syscall || user_read(code, (void *)context->rip, sizeof(code)) < 0 ||
        memcmp(code, comparison, sizeof(code)) != 0)
        return false;
    context->rip += sizeof(code);
    context->efl &= ~FLAG_ZERO;
    return true;
}

static void on_memory_fault(PAL_PTR event, PAL_NUM address, PAL_CONTEXT *context)
{
    (void)event;
    if (context->rip == (uintptr_t)entry_check)
        enter_trapped(context, 0);
    else if (!skip_comparison(context))
        on_fault(PAL_EVENT_MEMFAULT, address, context);
}

static void on_arithmetic(PAL_PTR event, PAL_NUM address, PAL_CONTEXT *context)
{
    (void)event;
    on_fault(PAL_EVENT_DIVZERO, address, context);
}

/* Somebody has set this thread's attention. Inside of the library OS it is looked at before the thread leaves or sleeps,
 * unless the thread is just between that look and the deed. */
static void on_resume(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event;
    (void)arg;
    if (!self())
        return;
    /* Who has lent its thread is rung, too, when the program of the other one runs; its mail is not looked at before. */
    if (process_has_mail() || vfork_is_lent())
        __atomic_fetch_or(&self()->attention, ATTENTION_SIGNAL, __ATOMIC_SEQ_CST);
    if (!context)
        return;
    if (is_between(context->rip, entry_leaving, entry_left)) {
        take_gs(context);
        context->rip = (uintptr_t)entry_look;
    } else if (is_between(context->rip, entry_sleeping, entry_slept))
        context->rip = (uintptr_t)entry_interrupted;
    else if (!is_libos(context->rip) && __atomic_load_n(&self()->attention, __ATOMIC_ACQUIRE))
        enter_library(context, (void (*)(void))(uintptr_t)entry_look);
}

static void on_quit(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    signal_host_event(SIGTERM);
    on_resume(event, arg, context);
}

static void on_suspend(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    static const struct {
        PAL_NUM wish;
        int signal;
    } wishes[] = {{PAL_SUSPEND_INTERRUPT, SIGINT}, {PAL_SUSPEND_STOP, SIGTSTP},  {PAL_SUSPEND_QUIT, SIGQUIT},
                  {PAL_SUSPEND_RESIZE, SIGWINCH},  {PAL_SUSPEND_HANGUP, SIGHUP}, {PAL_SUSPEND_USER1, SIGUSR1},
                  {PAL_SUSPEND_USER2, SIGUSR2}};
    for (unsigned i = 0; i < array_count(wishes); i++) {
        if (arg & wishes[i].wish || (arg == 0 && i == 0))
            signal_host_event(wishes[i].signal);
    }
    on_resume(event, arg, context);
}

void entry_set_thread(struct thread *thread)
{
    __asm__ volatile("movq %0, %%gs:16" : : "r"(thread) : "memory");
    __asm__ volatile("movq %0, %%gs:32" : : "r"(entry_syscall) : "memory");
}

void entry_init(void)
{
    DkSetExceptionHandler(on_failure, PAL_EVENT_FAILURE, 0);
    DkSetExceptionHandler(on_illegal, PAL_EVENT_ILLEGAL, 0);
    DkSetExceptionHandler(on_memory_fault, PAL_EVENT_MEMFAULT, 0);
    DkSetExceptionHandler(on_arithmetic, PAL_EVENT_DIVZERO, 0);
    DkSetExceptionHandler(on_resume, PAL_EVENT_RESUME, 0);
    DkSetExceptionHandler(on_quit, PAL_EVENT_QUIT, 0);
    DkSetExceptionHandler(on_suspend, PAL_EVENT_SUSPEND, 0);
}
