/* SPDX-License-Identifier: MIT */
/* Host ABI, exceptions: which handler an event goes to. Knows no signal and no host. */
#include "pal_exception.h"
#include "pal_handle.h"
#include "pal_log.h"
#include "pal_rtld.h"
#include "pal_tcb.h"

/* A handler and its flags, changed together. */
static struct {
    PAL_EVENT_HANDLER handlers[PAL_EVENT_LIMIT];
    PAL_FLG flags[PAL_EVENT_LIMIT];
} g_process;

static bool g_hears_others;

void pal_exception_note_use(uintptr_t abi_address)
{
    if (abi_address == (uintptr_t)&DkSetExceptionHandler || abi_address == (uintptr_t)&DkThreadCreate ||
        abi_address == (uintptr_t)&DkThreadResume || abi_address == (uintptr_t)&DkProcessCreate ||
        abi_address == (uintptr_t)&DkProcessSandboxCreate)
        g_hears_others = true;
}

bool pal_exception_hears_others(void)
{
    return g_hears_others;
}

/* Take the handler to call from a table; one with RESET is removed by this. */
static PAL_EVENT_HANDLER take_handler(PAL_EVENT_HANDLER *handlers, const PAL_FLG *flags, PAL_NUM event)
{
    if (!__atomic_load_n(&handlers[event], __ATOMIC_ACQUIRE))
        return NULL;
    if (__atomic_load_n(&flags[event], __ATOMIC_RELAXED) & PAL_EVENT_RESET)
        return __atomic_exchange_n(&handlers[event], NULL, __ATOMIC_ACQ_REL);
    return __atomic_load_n(&handlers[event], __ATOMIC_ACQUIRE);
}

bool pal_upcall(PAL_NUM event, PAL_NUM arg, PAL_CONTEXT *context)
{
    struct pal_thread *self = pal_self();
    PAL_EVENT_HANDLER handler = take_handler(self->handlers, self->handler_flags, event);
    if (!handler)
        handler = take_handler(g_process.handlers, g_process.flags, event);
    if (!handler)
        return false;
    struct pal_event record = {.number = event, .outer = self->event};
    self->event = &record;
    pal_invoke(handler, &record, arg, context);
    self->event = record.outer;
    return true;
}

void pal_fail(int64_t negative_code)
{
    pal_upcall(PAL_EVENT_FAILURE, (PAL_NUM)-negative_code, NULL);
}

PAL_NUM pal_take_wishes(void)
{
    return __atomic_exchange_n(&pal_self()->wishes, 0, __ATOMIC_ACQ_REL);
}

/* Events that came while this thread was inside of a call, which is about to end. */
static void deliver_pending(void)
{
    uint32_t pending = __atomic_exchange_n(&pal_self()->tcb.pending, 0, __ATOMIC_ACQ_REL);
    for (PAL_NUM event = 1; event < PAL_EVENT_LIMIT; event++) {
        if (pending >> event & 1)
            pal_upcall(event, event == PAL_EVENT_SUSPEND ? pal_take_wishes() : 0, NULL);
    }
}

/* Its failure first, then what waited for the call to end. */
PAL_APART static void tell(int64_t result)
{
    if (result < 0)
        pal_fail(result);
    if (__atomic_load_n(&pal_self()->tcb.pending, __ATOMIC_RELAXED))
        deliver_pending();
}

/* The end of each call. */
static inline bool finish(int64_t result)
{
    if (__builtin_expect(result < 0 || __atomic_load_n(&pal_self()->tcb.pending, __ATOMIC_RELAXED), 0))
        tell(result);
    return result >= 0;
}

PAL_NUM pal_return_count(int64_t result)
{
    return finish(result) ? (PAL_NUM)result : 0;
}

PAL_BOL pal_return_bool(int64_t result)
{
    return finish(result);
}

PAL_HANDLE pal_return_handle(int64_t result, PAL_HANDLE handle)
{
    if (result >= 0)
        pal_handle_publish(handle);
    return finish(result) ? handle : NULL;
}

bool pal_entry_has_returned(const PAL_CONTEXT *context)
{
    const PAL_NUM *argc = pal_self()->program_stack;
    return argc && context->rip == *argc && context->rsp == (uintptr_t)(argc + 1);
}

void pal_report_unhandled(PAL_NUM event, PAL_NUM arg, const PAL_CONTEXT *context)
{
    static const char *const names[PAL_EVENT_LIMIT] = {
        [PAL_EVENT_DIVZERO] = "arithmetic fault",
        [PAL_EVENT_MEMFAULT] = "memory fault",
        [PAL_EVENT_ILLEGAL] = "illegal instruction",
    };
    uintptr_t offset = 0;
    const char *object = pal_rtld_find(context->rip, &offset);
    const char *name = event < PAL_EVENT_LIMIT && names[event] ? names[event] : "event";
    pal_log(PAL_LOG_ERROR, "%s at address 0x%lx, by the instruction at 0x%lx (%s+0x%lx), which nobody handles", name,
            arg, context->rip, object ? object : "no object", offset);
}

PAL_BOL DkSetExceptionHandler(PAL_EVENT_HANDLER handler, PAL_NUM event, PAL_FLG flags)
{
    if (event == 0 || event >= PAL_EVENT_LIMIT || flags & ~(PAL_FLG)(PAL_EVENT_PRIVATE | PAL_EVENT_RESET))
        return pal_return_bool(-PAL_ERROR_INVAL);
    struct pal_thread *self = pal_self();
    const bool private = flags & PAL_EVENT_PRIVATE;
    PAL_EVENT_HANDLER *handlers = private ? self->handlers : g_process.handlers;
    PAL_FLG *all_flags = private ? self->handler_flags : g_process.flags;
    const PAL_EVENT_HANDLER before = __atomic_load_n(&handlers[event], __ATOMIC_RELAXED);
    __atomic_store_n(&all_flags[event], flags, __ATOMIC_RELAXED);
    __atomic_store_n(&handlers[event], handler, __ATOMIC_RELEASE);
    int error = 0;
    if (event >= PAL_EVENT_QUIT && event <= PAL_EVENT_RESUME && !before != !handler && !private)
        error = _DkExceptionWatch(event, handler);
    return pal_return_bool(error);
}

void DkExceptionReturn(PAL_PTR event)
{
    struct pal_thread *self = pal_self();
    for (struct pal_event *record = self->event; record; record = record->outer) {
        if (record != event)
            continue;
        self->event = record;
        pal_invoke_return(record);
    }
    (void)pal_return_bool(-PAL_ERROR_INVAL);
}
