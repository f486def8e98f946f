/* SPDX-License-Identifier: MIT */
/* What each thread needs to take signals: a stack for them, its mask, and system calls of the program among them. Knows no
 * handler. */
#include "linux_signal.h"
#include "linux_symbols.h"
#include "pal_host.h"
#include "sys_linux.h"
#include "sys_start.h"

#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON           1

#define NESTED_FRAMES                8 /* faults in handlers of faults ... that fit on a signal stack */
#define FRAME_OVERHEAD               8192
#define STACK_OWNER_SIZE             64 /* above a signal stack: whose it is (signal_entry.S) */

#define AT(member, offset)           _Static_assert(offsetof(struct ucontext, member) == (offset), "linux_signal_set.S")
AT(uc_flags, 0);
AT(uc_link, 8);
AT(uc_stack, 16);
AT(uc_mcontext.r11, 64);
AT(uc_mcontext.r12, 72);
AT(uc_mcontext.r15, 96);
AT(uc_mcontext.rbp, 120);
AT(uc_mcontext.rbx, 128);
AT(uc_mcontext.rdx, 136);
AT(uc_mcontext.rax, 144);
AT(uc_mcontext.rcx, 152);
AT(uc_mcontext.rsp, 160);
AT(uc_mcontext.rip, 168);
AT(uc_mcontext.eflags, 176);
AT(uc_mcontext.cs, 184);
AT(uc_mcontext.ss, 190);
AT(uc_mcontext.fpstate, 224);
AT(uc_sigmask, 296);
_Static_assert(sizeof(struct ucontext) <= 320 && sizeof(stack_t) == 24, "linux_signal_set.S");
_Static_assert((UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS) == 6, "linux_signal_set.S");

size_t linux_signal_stack_size(void)
{
    const size_t frame = g_linux.facts.min_signal_stack + FRAME_OVERHEAD;
    return (NESTED_FRAMES * frame + g_linux.page_size - 1) & ~(g_linux.page_size - 1);
}

int linux_signal_dispatch(void)
{
    return sys_prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, (uintptr_t)linux_syscall_start,
                     (uintptr_t)linux_syscall_end - (uintptr_t)linux_syscall_start, 0);
}

static stack_t own_stack(void)
{
    return (stack_t){.ss_sp = linux_self()->signal_stack, .ss_size = linux_signal_stack_size() - STACK_OWNER_SIZE};
}

void linux_signal_block(uint64_t signals)
{
    const uint64_t usual = g_linux.blocked | (linux_self()->in_wish ? LINUX_WISHES : 0);
    const stack_t stack = own_stack();
    linux_signal_set(usual | signals, &stack, linux_vector_features());
}

int linux_signal_enter_first(void *stack)
{
    linux_self()->signal_stack = stack;
    const stack_t alternate = own_stack();
    const int result = sys_sigaltstack(&alternate, NULL);
    return result == 0 ? linux_signal_dispatch() : result;
}

int linux_signal_enter_thread(void *stack)
{
    struct linux_thread *const self = linux_self();
    self->signal_stack = stack;
    /* The memory is new for the first thread, which need not touch it. */
    if (self != &linux_first_thread)
        *(struct linux_thread **)(void *)((char *)stack + own_stack().ss_size) = self;
    linux_signal_block(0);
    return linux_signal_dispatch();
}
