/* SPDX-License-Identifier: MIT */
/* Memory of a traced process: its stopped thread is asked for it. Knows no request of ptrace(2). */
#include "trace/memory.h"
#include "process/table.h"

/* An answer takes tens of microseconds, a little more while code is copied. It is looked for, since whoever rings costs more. */
#define YIELDS        50u
#define NAP_US        50
#define NAPS_TO_CHECK 100u
#define NAPS_LIMIT    100000u /* it does not answer at all */

static bool is_stopped(const struct trace_slot *slot)
{
    return __atomic_load_n(&slot->state, __ATOMIC_SEQ_CST) == TRACE_STOPPED;
}

static bool await(const struct trace_slot *slot, const struct trace_detail *detail)
{
    for (unsigned tries = 0; __atomic_load_n(&detail->ask, __ATOMIC_ACQUIRE) != ASK_NOTHING; tries++) {
        if (!is_stopped(slot))
            return false;
        if (tries < YIELDS) {
            DkThreadYieldExecution();
            continue;
        }
        DkThreadDelayExecution(NAP_US);
        if (tries > NAPS_LIMIT || (tries % NAPS_TO_CHECK == 0 && !process_lives(slot->pid)))
            return false;
    }
    return true;
}

/* What the tracer wants. */
struct wish {
    uint32_t what; /* ASK_x */
    uint64_t address;
    const void *given; /* bytes that go there first, or NULL */
    size_t given_size;
};

/* Size is at most ASK_SIZE. */
static int64_t ask(uint32_t number, const struct wish *wish, void *to, uint32_t size)
{
    const struct trace_slot *slot = slot_at(number);
    struct trace_detail *detail = detail_at(number);
    detail->address = wish->address;
    detail->size = size;
    if (wish->given)
        memcpy(detail->buffer, wish->given, wish->given_size);
    __atomic_store_n(&detail->ask, wish->what, __ATOMIC_RELEASE);
    mail_nudge(slot->pid);
    if (!await(slot, detail))
        return -ESRCH;
    const int32_t done = detail->done;
    if (done < 0 || (uint32_t)done > size)
        return -EFAULT;
    if (to)
        memcpy(to, detail->buffer, (size_t)done);
    return done;
}

static struct lock g_asking; /* of all threads of the tracer, for there is one buffer */

static int64_t ask_for_piece(uint32_t number, uint64_t address, char *buffer, uint32_t size, bool write)
{
    const struct wish wish = {write ? ASK_WRITE : ASK_READ, address, write ? buffer : NULL, size};
    return ask(number, &wish, write ? NULL : buffer, size);
}

int64_t trace_transfer(uint32_t number, uint64_t address, void *buffer, size_t size, bool write)
{
    size_t done = 0;
    int64_t result = 0;
    lock_acquire(&g_asking);
    while (done < size) {
        const size_t left = size - done;
        const uint32_t piece = left < ASK_SIZE ? (uint32_t)left : ASK_SIZE;
        result = ask_for_piece(number, address + done, (char *)buffer + done, piece, write);
        if (result > 0)
            done += (size_t)result;
        if (result != piece)
            break;
    }
    lock_release(&g_asking);
    return done ? (int64_t)done : result < 0 ? result : -EFAULT;
}

/* A stopped thread of a process that the caller traces; or that one. 0 = none. */
static uint32_t find_stopped(int32_t id)
{
    for (uint32_t i = 1; i <= trace_end(); i++) {
        const struct trace_slot *slot = slot_at(i);
        if (slot->tid > 0 && (slot->tid == id || slot->pid == id) && slot->tracer == own_pid() && is_stopped(slot))
            return i;
    }
    return 0;
}

int64_t tracer_transfer(int32_t pid, uint64_t address, void *buffer, size_t size, bool write)
{
    const uint32_t number = find_stopped(pid);
    return number ? trace_transfer(number, address, buffer, size, write) : -ESRCH;
}

int64_t tracer_read_text(int32_t pid, const char *name, uint64_t offset, void *buffer, size_t size)
{
    char given[TEXT_NAME] = "";
    const uint32_t number = find_stopped(pid);
    if (!number)
        return -ESRCH;
    memcpy(given, name, strnlen(name, TEXT_NAME - 1));
    const struct wish wish = {ASK_TEXT, offset, given, sizeof(given)};
    lock_acquire(&g_asking);
    const int64_t result = ask(number, &wish, buffer, size < ASK_SIZE ? (uint32_t)size : ASK_SIZE);
    lock_release(&g_asking);
    return result;
}
