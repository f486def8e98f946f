/* SPDX-License-Identifier: MIT */
/* The debug registers of a traced thread. The host gives it none, so the thread goes on step by step while its debugger watches a
 * place, and looks after each step whether it has been written to; that is as the processor tells it, but slower. Knows nothing
 * of stops. */
#include "trace/watch.h"
#include "trace/trace_room.h"

#define KIND_EXECUTE 0u
#define KIND_WRITE   1u
#define STATUS_FIXED 0xffff0ff0ul /* bits of DR6 that read as one when nothing has happened */
#define STATUS_STEP  0x4000ul
#define ENABLES      3ul /* of each watch, local and global */
#define DR6          6
#define DR7          7

static uint32_t kind_of(uint64_t control, unsigned index)
{
    return control >> (16 + 4 * index) & 3;
}

static uint32_t size_of(uint64_t control, unsigned index)
{
    static const uint8_t sizes[] = {1, 2, 8, 4};
    return sizes[control >> (18 + 4 * index) & 3];
}

static bool is_enabled(uint64_t control, unsigned index)
{
    return control >> (2 * index) & ENABLES;
}

/***** In the tracer *****/

uint64_t watch_peek(const struct trace_detail *detail, unsigned number)
{
    return number == DR6 ? detail->debug[number] ^ STATUS_FIXED : detail->debug[number];
}

/* Reading cannot be noticed. */
static int check(uint64_t control, unsigned index, uint64_t address)
{
    const uint32_t size = size_of(control, index);
    switch (kind_of(control, index)) {
    case KIND_EXECUTE:
        return size == 1 && address < g_guest_end ? 0 : -EINVAL;
    case KIND_WRITE:
        return address % size == 0 && address < g_guest_end ? 0 : -EINVAL;
    default:
        return -ENOSPC;
    }
}

int watch_poke(struct trace_detail *detail, unsigned number, uint64_t word)
{
    if (number == 4 || number == 5)
        return -EIO;
    for (unsigned i = 0; number == DR7 && i < WATCHES; i++) {
        const int error = is_enabled(word, i) ? check(word, i, detail->debug[i]) : 0;
        if (error < 0)
            return error;
    }
    if (number < WATCHES && word >= g_guest_end)
        return -EINVAL;
    if (number < WATCHES && is_enabled(detail->debug[DR7], number)) {
        const int error = check(detail->debug[DR7], number, word);
        if (error < 0)
            return error;
    }
    detail->debug[number] = number == DR6 ? word ^ STATUS_FIXED : word;
    return 0;
}

/***** In the thread *****/

/* What is there now; false: nothing can be read there. */
static bool read_value(const struct trace_watch *watch, uint64_t *out)
{
    *out = 0;
    return user_range_ok(watch->address, watch->size) &&
           user_read(out, (const void *)(uintptr_t)watch->address, watch->size) == 0;
}

void watch_begin(struct thread_trace *trace, const struct trace_detail *detail)
{
    const uint64_t control = detail->debug[DR7];
    trace->watching = 0;
    for (unsigned i = 0; i < WATCHES; i++) {
        struct trace_watch *watch = &trace->watches[i];
        *watch = (struct trace_watch){.address = detail->debug[i], .size = size_of(control, i)};
        watch->executes = kind_of(control, i) == KIND_EXECUTE;
        if (is_enabled(control, i) && check(control, i, watch->address) == 0) {
            trace->watching |= 1u << i;
            (void)read_value(watch, &watch->value);
        }
    }
}

void watch_end(struct thread_trace *trace, struct trace_detail *detail)
{
    trace->watching = 0;
    memset(detail->debug, 0, sizeof(detail->debug));
}

/* Which watches tell of something, as bits. */
static uint64_t look(struct thread_trace *trace, uint64_t rip)
{
    uint64_t hits = 0, value;
    for (unsigned i = 0; i < WATCHES; i++) {
        struct trace_watch *watch = &trace->watches[i];
        if (!(trace->watching & 1u << i))
            continue;
        if (watch->executes) {
            hits |= (uint64_t)(watch->address == rip) << i;
        } else if (read_value(watch, &value) && value != watch->value) {
            watch->value = value;
            hits |= 1ul << i;
        }
    }
    return hits;
}

bool watch_step(struct thread_trace *trace, struct trace_detail *detail, uint64_t rip)
{
    const uint64_t hits = trace->watching ? look(trace, rip) : 0;
    if (hits || trace->steps)
        detail->debug[DR6] = hits | (trace->steps ? STATUS_STEP : 0);
    return hits != 0;
}
