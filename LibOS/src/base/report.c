/* SPDX-License-Identifier: MIT */
/* Reports of faults in the library OS itself: where, with which registers, and by which way it came there. Trusts nothing
 * that it reads, for something is wrong already. */
#include "base.h"
#include "base/function_names.h"
#include "entry.h"
#include "symbols.h"
#include "format.h"
#include "task.h"
#include "user.h"

#define EXIT_CRASHED 139 /* as if by SIGSEGV */
#define FRAME_LIMIT  24
#define STACK_LIMIT  (64ul * 1024)
#define CALL_LONGEST 7 /* bytes of the longest call instruction */
#define PATIENCE     1000000

static bool is_code(uint64_t address)
{
    return address >= (uintptr_t)__ehdr_start && address < (uintptr_t)_end;
}

/* The function that an address lies in; NULL = unknown. */
static const char *name_of(uint64_t address, uint64_t *out_offset)
{
    const int64_t distance = (int64_t)(address - (uintptr_t)entry_syscall);
    uint32_t low = 0, high = function_name_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (function_names[middle].distance <= distance)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || !is_code(address))
        return NULL;
    *out_offset = (uint64_t)(distance - function_names[low - 1].distance);
    return function_name_text + function_names[low - 1].name;
}

/* Room for a name, what it is beyond that, and both offsets. */
static void describe(uint64_t address, char *out, size_t size)
{
    uint64_t offset = 0;
    const char *name = name_of(address, &offset);
    if (name)
        format_string(out, size, "%s+0x%lx (libsysdb.so+0x%lx)", name, offset, address - (uintptr_t)__ehdr_start);
    else
        format_string(out, size, "0x%lx", address);
}

/* Whether an address is one to which a call returns. */
static bool is_return_address(uint64_t address)
{
    uint8_t code[CALL_LONGEST];
    if (!is_code(address) || !is_code(address - sizeof(code)) ||
        user_copy(code, (const void *)(uintptr_t)(address - sizeof(code)), sizeof(code)) < 0)
        return false;
    if (code[2] == 0xe8) /* call rel32 */
        return true;
    for (unsigned len = 2; len <= CALL_LONGEST; len++) { /* call r/m64: ff /2 */
        const uint8_t *instruction = code + sizeof(code) - len;
        if (instruction[0] == 0xff && (instruction[1] >> 3 & 7) == 2)
            return true;
    }
    return false;
}

/* There are no frame pointers and no tables for unwinding, so everything on the stack that could be a return address is
 * shown. */
static void print_stack(uint64_t rsp)
{
    char text[128];
    unsigned shown = 0;
    rsp &= ~7ul;
    for (uint64_t at = rsp; at < rsp + STACK_LIMIT && shown < FRAME_LIMIT; at += sizeof(uint64_t)) {
        uint64_t word;
        if (user_copy(&word, (const void *)(uintptr_t)at, sizeof(word)) < 0)
            return;
        if (!is_return_address(word))
            continue;
        describe(word, text, sizeof(text));
        log_print(LOG_ERROR, "  called by %s", text);
        shown++;
    }
}

static void print_registers(const PAL_CONTEXT *context)
{
    log_print(LOG_ERROR, "  rax %016lx rbx %016lx rcx %016lx rdx %016lx", context->rax, context->rbx, context->rcx,
              context->rdx);
    log_print(LOG_ERROR, "  rsi %016lx rdi %016lx rbp %016lx rsp %016lx", context->rsi, context->rdi, context->rbp,
              context->rsp);
    log_print(LOG_ERROR, "  r8  %016lx r9  %016lx r10 %016lx r11 %016lx", context->r8, context->r9, context->r10,
              context->r11);
    log_print(LOG_ERROR, "  r12 %016lx r13 %016lx r14 %016lx r15 %016lx", context->r12, context->r13, context->r14,
              context->r15);
    log_print(LOG_ERROR, "  rip %016lx efl %016lx trap %lu error %lx", context->rip, context->efl, context->trapno,
              context->err);
}

static void print_thread(const struct thread *thread)
{
    struct regs regs;
    if (!thread || user_copy(&regs, thread->regs, sizeof(regs)) < 0)
        return;
    log_print(LOG_ERROR, "  thread %d, system call %ld by the program's instruction before 0x%lx", thread->tid,
              (long)regs.number, (uint64_t)regs.rip);
}

/* The program may have asked for faults at every unaligned access (AC). */
static void allow_unaligned(void)
{
    __asm__ volatile("pushfq; andl $~0x40000, (%%rsp); popfq" : : : "memory", "cc");
}

void report_crash(PAL_NUM event, PAL_NUM address, const PAL_CONTEXT *context)
{
    static const char *const names[PAL_EVENT_LIMIT] = {
        [PAL_EVENT_DIVZERO] = "arithmetic fault",
        [PAL_EVENT_MEMFAULT] = "memory fault",
        [PAL_EVENT_ILLEGAL] = "illegal instruction",
    };
    static struct thread *reporter;
    struct thread *nobody = NULL;
    char text[128];
    allow_unaligned();
    /* One report is enough; the fault of a second thread waits for its end, and one of the report ends it. */
    if (!__atomic_compare_exchange_n(&reporter, &nobody, self(), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        for (unsigned i = 0; reporter != self() && i < PATIENCE; i++)
            DkThreadYieldExecution();
    } else {
        describe(context->rip, text, sizeof(text));
        log_print(LOG_ERROR, "%s inside the library OS at address 0x%lx, by %s",
                  event < PAL_EVENT_LIMIT && names[event] ? names[event] : "fault", address, text);
        print_registers(context);
        print_thread(self());
        print_stack(context->rsp);
    }
    for (;;)
        DkProcessExit(EXIT_CRASHED);
}
