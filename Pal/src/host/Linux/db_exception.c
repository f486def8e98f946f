/* SPDX-License-Identifier: MIT */
/* Linux: signals become events. Faults of the program go to its handlers; those of the PAL are the program's too if it
 * named bad memory (pal_user.h), else they end the process. Knows no handler. */
#include "pal_exception.h"
#include <asm/errno.h>
#include "linux_error.h"
#include "linux_signal.h"
#include "linux_symbols.h"
#include "pal_host.h"
#include "pal_log.h"
#include "pal_string.h"
#include "pal_user.h"
#include "sys_linux.h"
#include "sys_start.h"

#define SYSCALL_SIZE 2 /* bytes of the instruction */

/* The kernel's general registers are PAL_CONTEXT's up to xsave, in the same order (pal_abi_check.c). */
#define GENERAL_SIZE offsetof(PAL_CONTEXT, xsave)
_Static_assert(offsetof(struct sigcontext, cr2) == offsetof(PAL_CONTEXT, cr2), "one order of registers");

/* The actions of all signals are set by the first process before it is confined, and children inherit them. */
LINUX_KEPT static bool g_actions_set;

/* Wishes that this process's program is told of, by the bits of their signals: none at first, also in a child. */
static uint64_t g_watched;

static bool is_program(uint64_t rip)
{
    return rip < g_linux.user_end;
}

_Static_assert(offsetof(struct ucontext, uc_stack.ss_sp) == 16 && offsetof(struct ucontext, uc_stack.ss_size) == 32,
               "signal_entry.S");

static PAL_NUM fault_event(int signal)
{
    switch (signal) {
    case SIGSEGV:
    case SIGBUS:
        return PAL_EVENT_MEMFAULT;
    case SIGFPE:
        return PAL_EVENT_DIVZERO;
    default:
        return PAL_EVENT_ILLEGAL;
    }
}

static void take_context(const struct ucontext *from, PAL_CONTEXT *to)
{
    const struct _fpx_sw_bytes *software;
    memcpy(to, &from->uc_mcontext, GENERAL_SIZE);
    to->xsave = (void *)(uintptr_t)from->uc_mcontext.fpstate;
    to->xsave_size = 0;
    if (to->xsave) {
        software = &((const struct _fpstate_64 *)to->xsave)->sw_reserved;
        to->xsave_size = software->magic1 == FP_XSTATE_MAGIC1 ? software->xstate_size : sizeof(struct _fpstate_64);
    }
}

/* An event with the registers of the interrupted program, which the handler may change. */
static bool upcall(PAL_NUM event, PAL_NUM arg, struct ucontext *interrupted, uint64_t *gs_base)
{
    PAL_CONTEXT context;
    take_context(interrupted, &context);
    context.gs_base = *gs_base;
    const bool handled = pal_upcall(event, arg, &context);
    memcpy(&interrupted->uc_mcontext, &context, GENERAL_SIZE);
    *gs_base = context.gs_base;
    return handled;
}

__attribute__((noreturn)) static void end_by(int signal)
{
    for (;;)
        _DkProcessExit(LINUX_EXIT_SIGNAL + signal);
}

/* A fault while the PAL was running, which only functions for the program's memory may have. */
static void fault_inside(int signal, const siginfo_t *info, struct ucontext *context)
{
    struct sigcontext *registers = &context->uc_mcontext;
    if (registers->rip >= (uintptr_t)pal_user_begin && registers->rip < (uintptr_t)pal_user_end) {
        registers->rip = (uintptr_t)pal_user_fault;
        return;
    }
    pal_log(PAL_LOG_ERROR, "fault inside the PAL: signal %d at address 0x%lx, by the instruction at pal-Linux+0x%lx",
            signal, (uintptr_t)info->si_addr, (uint64_t)registers->rip - (uintptr_t)__ehdr_start);
    end_by(signal);
}

/* The host's own helper code (vDSO) makes a system call now and then. */
static bool is_host_code(uint64_t rip)
{
    return rip >= g_linux.vdso && rip < g_linux.vdso + LINUX_VDSO_SIZE;
}

void linux_on_fault(int signal, siginfo_t *info, struct ucontext *context, uint64_t *gs_base)
{
    struct sigcontext *registers = &context->uc_mcontext;
    PAL_CONTEXT seen;
    if (signal == SIGSYS && is_host_code(registers->rip)) {
        registers->rax = (uint64_t)linux_syscall((long)registers->rax, (long)registers->rdi, (long)registers->rsi,
                                                 (long)registers->rdx, (long)registers->r10, (long)registers->r8,
                                                 (long)registers->r9);
        return;
    }
    if (!is_program(registers->rip)) {
        fault_inside(signal, info, context);
        return;
    }
    take_context(context, &seen);
    if (signal == SIGSEGV && pal_entry_has_returned(&seen)) {
        registers->rip = (uintptr_t)pal_enter_return;
        return;
    }
    const PAL_NUM event = fault_event(signal);
    PAL_NUM arg = registers->rip;
    if (event == PAL_EVENT_MEMFAULT)
        arg = (uintptr_t)info->si_addr;
    else if (signal == SIGSYS)
        arg -= SYSCALL_SIZE;
    if (upcall(event, arg, context, gs_base))
        return;
    if (signal == SIGSYS)
        pal_log(PAL_LOG_ERROR, "system call %lu by the instruction at 0x%lx, which needs a library OS (loader.preload)",
                (uint64_t)registers->rax, arg);
    else
        pal_report_unhandled(event, arg, &seen);
    end_by(signal);
}

static PAL_NUM asynchronous_event(int signal)
{
    switch (signal) {
    case SIGTERM:
        return PAL_EVENT_QUIT;
    case SIGCONT:
    case LINUX_SIGNAL_RESUME:
        return PAL_EVENT_RESUME;
    default:
        return PAL_EVENT_SUSPEND;
    }
}

static uint32_t wish_of(int signal)
{
    switch (signal) {
    case SIGINT:
        return PAL_SUSPEND_INTERRUPT;
    case SIGTSTP:
        return PAL_SUSPEND_STOP;
    case SIGQUIT:
        return PAL_SUSPEND_QUIT;
    case SIGWINCH:
        return PAL_SUSPEND_RESIZE;
    case SIGHUP:
        return PAL_SUSPEND_HANGUP;
    case SIGUSR1:
        return PAL_SUSPEND_USER1;
    case SIGUSR2:
        return PAL_SUSPEND_USER2;
    default:
        return 0;
    }
}

/* What the kernel does with a wish that nobody handles; but for stopping, which it alone could. */
static bool is_harmless(int signal)
{
    const uint64_t harmless = LINUX_SIGNAL_BIT(SIGCONT) | LINUX_SIGNAL_BIT(SIGWINCH) | LINUX_SIGNAL_BIT(SIGTSTP) |
                              LINUX_SIGNAL_BIT(LINUX_SIGNAL_RESUME);
    return (harmless | g_linux.ignored) & LINUX_SIGNAL_BIT(signal);
}

/* The program is not told: a call that has been interrupted goes on. No lock is needed to end, whatever this thread is doing. */
static void on_unwatched(int signal, struct sigcontext *registers)
{
    if (!is_harmless(signal))
        end_by(signal);
    if (registers->rip == (uintptr_t)linux_blocking_slept && registers->rax == (uint64_t)-EINTR)
        registers->rip = (uintptr_t)linux_blocking_again;
}

/* A wish of another program, or of another thread. In the midst of a PAL call it waits for the end of that call, and a
 * blocking one is brought to its end, even if it is just about to sleep. */
void linux_on_wish(int signal, siginfo_t *info, struct ucontext *context, uint64_t *gs_base)
{
    (void)info;
    struct sigcontext *registers = &context->uc_mcontext;
    const PAL_NUM event = asynchronous_event(signal);
    if (!(__atomic_load_n(&g_watched, __ATOMIC_RELAXED) & LINUX_SIGNAL_BIT(signal))) {
        on_unwatched(signal, registers);
        return;
    }
    __atomic_fetch_or(&pal_self()->wishes, wish_of(signal), __ATOMIC_RELAXED);
    if (is_program(registers->rip)) {
        linux_self()->in_wish = true;
        upcall(event, event == PAL_EVENT_SUSPEND ? pal_take_wishes() : 0, context, gs_base);
        linux_self()->in_wish = false;
        return;
    }
    __atomic_fetch_or(&pal_self()->tcb.pending, 1u << event, __ATOMIC_RELAXED);
    if (registers->rip >= (uintptr_t)linux_blocking_test && registers->rip <= (uintptr_t)linux_blocking_sleep)
        registers->rip = (uintptr_t)linux_blocking_interrupted;
}

/* A fault in the handler of a fault is one more; mask is what waits until the handler has returned. Notes who was told to
 * ignore what. */
static int set_action(int signal, void (*handler)(int, siginfo_t *, struct ucontext *), uint64_t mask)
{
    struct linux_sigaction before = {0};
    const struct linux_sigaction action = {
        .handler = handler,
        .flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTORER,
        .restorer = linux_sigreturn,
        .mask = mask,
    };
    const int result = sys_rt_sigaction(signal, &action, &before);
    if (before.handler == LINUX_IGNORE)
        g_linux.ignored |= LINUX_SIGNAL_BIT(signal);
    return result;
}

/* Faults, wishes, and what would end the process though it is an error of a write: to a pipe that nobody reads, beyond a
 * limit. Children that have ended are not waited for (linux_end.h). Who hears of no other process has neither wishes nor children:
 * there the kernel does what it does to every program. */
static int set_actions(bool hears_others)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
    const struct linux_sigaction ignore = {.handler = LINUX_IGNORE};
    struct linux_sigaction before = {0};
    int result = 0;
    for (unsigned i = 0; result == 0 && i < sizeof(faults) / sizeof(faults[0]); i++)
        result = set_action(faults[i], linux_fault_entry, 0);
    for (uint64_t rest = hears_others ? LINUX_WISHES : 0; result == 0 && rest != 0; rest &= rest - 1)
        result = set_action(__builtin_ctzl(rest) + 1, linux_wish_entry, LINUX_WISHES);
    if (result == 0)
        result = sys_rt_sigaction(SIGPIPE, &ignore, &before);
    if (before.handler == LINUX_IGNORE)
        g_linux.ignored |= LINUX_SIGNAL_BIT(SIGPIPE);
    if (result == 0)
        result = sys_rt_sigaction(SIGXFSZ, &ignore, NULL);
    return result == 0 && hears_others ? sys_rt_sigaction(SIGCHLD, &ignore, NULL) : result;
}

/* The first process, which is not confined yet. */
static int begin_first(void *stack, bool hears_others)
{
    int result = linux_signal_enter_first(stack);
    if (result == 0)
        result = set_actions(hears_others);
    if (result == 0 && hears_others)
        result = sys_rt_sigprocmask(SIG_BLOCK, NULL, &g_linux.blocked);
    g_actions_set = result == 0;
    return result;
}

int _DkExceptionInit(bool hears_others)
{
    void *stack;
    int result = _DkInternalAlloc(&stack, linux_signal_stack_size());
    if (result < 0)
        return result;
    result = g_actions_set ? linux_signal_enter_thread(stack) : begin_first(stack, hears_others);
    return (int)linux_error(result);
}

static void watch(uint64_t wishes, bool watched)
{
    if (watched)
        __atomic_fetch_or(&g_watched, wishes, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(&g_watched, ~wishes, __ATOMIC_SEQ_CST);
}

/* A user's wishes are of one kind for the program. */
int _DkExceptionWatch(PAL_NUM event, bool watched)
{
    const uint64_t quitting = LINUX_SIGNAL_BIT(SIGTERM), resuming = LINUX_SIGNAL_BIT(SIGCONT);
    if (event == PAL_EVENT_QUIT)
        watch(quitting, watched);
    else if (event == PAL_EVENT_RESUME)
        watch(resuming, watched);
    else
        watch(LINUX_WISHES & ~(quitting | resuming | LINUX_SIGNAL_BIT(LINUX_SIGNAL_RESUME)), watched);
    return 0;
}

void linux_watch_resume(void)
{
    watch(LINUX_SIGNAL_BIT(LINUX_SIGNAL_RESUME), true);
}
