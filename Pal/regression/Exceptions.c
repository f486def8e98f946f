/* SPDX-License-Identifier: MIT */
/* Exceptions: every event, handlers of process and thread, contexts with vector state, nesting, DkExceptionReturn. */
#include "regression.h"

#define NESTING 4

static int g_handled, g_private_handled;
static PAL_NUM g_arg;
static PAL_CONTEXT g_seen;
static bool g_had_context;

/* Faults, each with a known length of its instruction. */
static uint64_t read_address(uint64_t address)
{
    uint64_t value = 0;
    __asm__ volatile("movb (%1), %%al" /* 8a 01 */ : "=a"(value) : "c"(address), "0"(value) : "memory");
    return value;
}
#define READ_LENGTH 2

static void run_illegal(void)
{
    __asm__ volatile("ud2" ::: "rax", "memory");
}

static uint64_t divide(uint32_t by)
{
    uint32_t result = 7, rest = 0;
    __asm__ volatile("divl %%ecx" /* f7 f1 */ : "+a"(result), "+d"(rest) : "c"(by) : "memory");
    return result;
}

static uint64_t own_system_call(uint64_t number)
{
    uint64_t result;
    __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(1), "S"(2), "d"(3) : "rcx", "r11", "memory");
    return result;
}

static void record(PAL_NUM arg, const PAL_CONTEXT *context)
{
    g_handled++;
    g_arg = arg;
    g_had_context = context != NULL;
    if (context)
        g_seen = *context;
}

/* Go on behind a two-byte instruction, with another value in %rax. */
static void skip_instruction(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    record(arg, context);
    context->rip += READ_LENGTH;
    context->rax = 4711;
    DkExceptionReturn(event);
    g_handled = -1000; /* not reached */
}

static void skip_by_return(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event;
    record(arg, context);
    context->rip += READ_LENGTH;
    context->rax = 4712;
}

static void skip_private(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    g_private_handled++;
    skip_by_return(event, arg, context);
}

static void test_faults(void)
{
    DkSetExceptionHandler(skip_instruction, PAL_EVENT_MEMFAULT, 0);
    DkSetExceptionHandler(skip_instruction, PAL_EVENT_ILLEGAL, 0);
    DkSetExceptionHandler(skip_instruction, PAL_EVENT_DIVZERO, 0);
    g_handled = 0;
    check(read_address(0x20) == 4711 && g_arg == 0x20, "a read of address 0x20 is a MEMFAULT there");
    check(g_had_context && g_seen.rcx == 0x20 && g_seen.rax == 0, "its context has the registers");
    check(read_address((uint64_t)1 << 62) == 4711, "so is one of an address that is not canonical");
    void *page = DkVirtualMemoryAlloc(NULL, pal_control.alloc_align, 0, PAL_PROT_NONE);
    check(read_address((uintptr_t)page) == 4711 && g_arg == (uintptr_t)page, "and one of a page without access");
    DkVirtualMemoryFree(page, pal_control.alloc_align);
    run_illegal();
    check(g_handled == 4 && g_arg == g_seen.rip, "ud2 is an ILLEGAL at its own address");
    check(divide(0) == 4711 && g_handled == 5, "a division by zero is a DIVZERO");
    check(divide(7) == 1 && g_handled == 5, "another division is none");
}

static void emulate(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    record(arg, context);
    context->rax = context->rax * 1000 + context->rdi * 100 + context->rsi * 10 + context->rdx;
    DkExceptionReturn(event);
}

static void test_interception(void)
{
    DkSetExceptionHandler(emulate, PAL_EVENT_ILLEGAL, 0);
    g_handled = 0;
    check(own_system_call(39) == 39123 && g_handled == 1,
          "a system call of the program's is an ILLEGAL with its arguments");
    check(g_arg + 2 == g_seen.rip, "at the address of the instruction, to be continued behind it");
    DkSetExceptionHandler(NULL, PAL_EVENT_ILLEGAL, 0);
}

static void test_handlers(void)
{
    DkSetExceptionHandler(skip_by_return, PAL_EVENT_MEMFAULT, 0);
    DkSetExceptionHandler(skip_private, PAL_EVENT_MEMFAULT, PAL_EVENT_PRIVATE);
    g_handled = g_private_handled = 0;
    check(read_address(1) == 4712 && g_private_handled == 1, "a thread's own handler comes first");
    DkSetExceptionHandler(NULL, PAL_EVENT_MEMFAULT, PAL_EVENT_PRIVATE);
    check(read_address(1) == 4712 && g_private_handled == 1 && g_handled == 2, "removed, the process's is back");
    DkSetExceptionHandler(skip_private, PAL_EVENT_MEMFAULT, PAL_EVENT_PRIVATE | PAL_EVENT_RESET);
    read_address(1);
    read_address(1);
    check(g_private_handled == 2 && g_handled == 4, "with RESET it is called once");
    failure();
    check_failure(DkSetExceptionHandler(skip_private, 0, 0), PAL_FALSE, PAL_ERROR_INVAL);
    check_failure(DkSetExceptionHandler(skip_private, PAL_EVENT_LIMIT, 0), PAL_FALSE, PAL_ERROR_INVAL);
    check_failure(DkSetExceptionHandler(skip_private, (PAL_NUM)-1, 0), PAL_FALSE, PAL_ERROR_INVAL);
    check_failure(DkSetExceptionHandler(skip_private, PAL_EVENT_MEMFAULT, 4), PAL_FALSE, PAL_ERROR_INVAL);
    check_void(DkExceptionReturn(NULL), PAL_ERROR_INVAL);
    check_void(DkExceptionReturn(&g_handled), PAL_ERROR_INVAL);
}

/* Fault in the handler of a fault ..., and return from the outermost handler out of the innermost. */
static PAL_PTR g_outer;

static void nest(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    const int depth = ++g_handled;
    context->rip += READ_LENGTH;
    context->rax = (PAL_NUM)depth;
    if (depth < NESTING && read_address(arg + 1) != (uint64_t)depth + 1)
        g_handled = -1000;
    if (depth == 1)
        g_arg = arg;
    DkExceptionReturn(event);
}

static void leave_outer(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    context->rip += READ_LENGTH;
    context->rax = 99;
    if (++g_handled == 1) {
        g_outer = event;
        read_address(arg);
        g_handled = -1000;
    }
    DkExceptionReturn(g_outer);
}

static void test_nesting(void)
{
    DkSetExceptionHandler(nest, PAL_EVENT_MEMFAULT, 0);
    g_handled = 0;
    check(read_address(16) == 1 && g_handled == NESTING && g_arg == 16, "faults in handlers of faults");
    DkSetExceptionHandler(leave_outer, PAL_EVENT_MEMFAULT, 0);
    g_handled = 0;
    check(read_address(16) == 99 && g_handled == 2, "an inner handler can return from the outer event");
    DkSetExceptionHandler(nest, PAL_EVENT_MEMFAULT, 0);
    unsigned good = 0;
    for (unsigned i = 0; i < 10000; i++) {
        g_handled = NESTING - 1;
        good += read_address(16) == NESTING;
    }
    check(good == 10000, "10000 faults in a row");
}

/* Vector registers: visible and changeable in the context, and untouched otherwise. */
static void change_vector(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    record(arg, context);
    /* FXSAVE's layout: xmm0 is at byte 160. */
    uint64_t *xmm0 = (uint64_t *)(void *)((char *)context->xsave + 160);
    if (context->xsave && xmm0[0] == 0x1122334455667788)
        xmm0[0] = 0x8877665544332211;
    __asm__ volatile("pxor %%xmm1, %%xmm1" ::: "xmm1");
    context->rip += READ_LENGTH;
    DkExceptionReturn(event);
}

static void test_vectors(void)
{
    uint64_t in = 0x1122334455667788, first, second;
    DkSetExceptionHandler(change_vector, PAL_EVENT_MEMFAULT, 0);
    __asm__ volatile("movq %2, %%xmm0\n\tmovq %2, %%xmm1\n\tmovb (%3), %%al\n\tmovq %%xmm0, %0\n\tmovq %%xmm1, %1"
                     : "=r"(first), "=r"(second)
                     : "r"(in), "c"(8ul)
                     : "rax", "xmm0", "xmm1", "memory");
    check(first == 0x8877665544332211, "the handler changed a vector register");
    check(second == in, "and its own use of another did not show");
    check(g_seen.xsave_size >= 512 && ((uintptr_t)g_seen.xsave & 63) == 0, "%lu bytes of aligned vector state",
          g_seen.xsave_size);
}

/* A base of %gs that is the program's own, unreadable at that: handlers find the PAL's, and it is back afterwards. */
static void skip_with_gs(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    record(arg, context);
    DkThreadYieldExecution();
    context->rip += READ_LENGTH;
    DkExceptionReturn(event);
}

static void change_gs(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    context->gs_base = 0x5000;
    skip_with_gs(event, arg, context);
}

/* Returns the base after a fault with another one, before it is what it was. */
static uint64_t fault_with_gs(uint64_t base)
{
    uint64_t own, after;
    __asm__ volatile("rdgsbase %0\n\twrgsbase %2\n\tmovb (%3), %%al\n\trdgsbase %1\n\twrgsbase %0"
                     : "=&r"(own), "=&r"(after)
                     : "r"(base), "c"(8ul)
                     : "rax", "memory");
    return after;
}

static void test_gs(void)
{
    DkSetExceptionHandler(skip_with_gs, PAL_EVENT_MEMFAULT, 0);
    check(fault_with_gs(0x3000) == 0x3000 && g_seen.gs_base == 0x3000, "a base of %%gs that the program has set");
    read_address(16);
    check(g_seen.gs_base == *(uint64_t *)(uintptr_t)g_seen.gs_base, "and the one that it has not set");
    DkSetExceptionHandler(change_gs, PAL_EVENT_MEMFAULT, 0);
    check(fault_with_gs(0x3000) == 0x5000, "a base that the handler has set");
}

/* What lies below the stack pointer, up to 128 bytes, is the program's. */
static void test_red_zone(void)
{
    uint64_t kept;
    DkSetExceptionHandler(skip_by_return, PAL_EVENT_MEMFAULT, 0);
    __asm__ volatile("movq %1, -128(%%rsp)\n\tmovb (%2), %%al\n\tmovq -128(%%rsp), %0"
                     : "=r"(kept)
                     : "r"(0x5a5a5a5a5a5a5a5aul), "c"(8ul)
                     : "rax", "memory");
    check(kept == 0x5a5a5a5a5a5a5a5a, "the red zone is kept");
}

static void fail_inside(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    record(arg, context);
    DkExceptionReturn(event);
    g_handled = -1000;
}

static void test_failure_event(void)
{
    DkSetExceptionHandler(fail_inside, PAL_EVENT_FAILURE, PAL_EVENT_PRIVATE);
    g_handled = 0;
    PAL_HANDLE none = DkStreamOpen("file:/nonexistent/file", PAL_ACCESS_RDONLY, 0, 0, 0);
    const bool good = !none && g_handled == 1 && g_arg == PAL_ERROR_STREAMNOTEXIST && !g_had_context;
    DkObjectClose(NULL);
    const bool again = g_handled == 2 && g_arg == PAL_ERROR_BADHANDLE;
    DkSetExceptionHandler(NULL, PAL_EVENT_FAILURE, PAL_EVENT_PRIVATE);
    check(good && again, "FAILURE comes before the call returns, once, with the code, and can be returned from");
}

static uint64_t g_other_thread;

static void fault_in_thread(void *param)
{
    (void)param;
    regression_thread_init();
    DkSetExceptionHandler(skip_private, PAL_EVENT_MEMFAULT, PAL_EVENT_PRIVATE);
    g_other_thread = read_address(8);
}

static void test_threads(void)
{
    DkSetExceptionHandler(skip_instruction, PAL_EVENT_MEMFAULT, 0);
    g_private_handled = 0;
    PAL_HANDLE thread = DkThreadCreate(fault_in_thread, NULL, 0);
    DkObjectsWaitAny(1, &thread, NO_TIMEOUT);
    DkObjectClose(thread);
    check(g_other_thread == 4712 && g_private_handled == 1, "a fault goes to the thread's private handler");
    check(read_address(8) == 4711, "which is no other thread's");
}

static void test_bad_pointers(void)
{
    PAL_STREAM_ATTR *bad = (PAL_STREAM_ATTR *)64;
    failure();
    check_failure(DkStreamOpen((PAL_STR)16, 0, 0, 0, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamAttributesQuery("file:/", bad), PAL_FALSE, PAL_ERROR_BADADDR);
    check_failure(DkRandomBitsRead(bad, 16), 0, PAL_ERROR_BADADDR);
    check_failure(DkObjectsWaitAny(2, (PAL_HANDLE *)64, 0), 0, PAL_ERROR_BADADDR);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_faults();
    test_interception();
    test_handlers();
    test_nesting();
    test_vectors();
    test_gs();
    test_red_zone();
    test_failure_event();
    test_threads();
    test_bad_pointers();
}
