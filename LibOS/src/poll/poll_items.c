/* SPDX-License-Identifier: MIT */
/* One wait for many files: objects of the library OS wake the thread, streams of the host end the one host call in which it
 * waits, times bound it. Knows neither system calls nor kinds of files. */
#include "poll_table.h"
#include "clock.h"
#include "process.h"

#define FIRST_WAITERS 16 /* on the stack; a benchmark of ten descriptors needs no heap */
#define FIRST_STREAMS 32
#define BLOCK_WAITERS 64

struct poll_waiter {
    struct waiter waiter;
    struct wait_queue *queue;
};

/* Waiters are members of queues and do not move, so there are more blocks instead of a longer one. */
struct waiter_block {
    struct waiter_block *next;
    size_t count;
    struct poll_waiter waiters[BLOCK_WAITERS];
};

struct poll_call {
    struct poll_table table; /* first: what files are handed */
    struct poll_item *items;
    size_t count;
    size_t item; /* the one whose file is being asked */
    bool enqueue;
    bool own; /* not only streams of the host can become ready */
    int error;
    int64_t until_ns; /* when one becomes ready by itself */

    size_t first_count;
    struct waiter_block *blocks; /* the last one first */

    struct pal_poll *streams; /* room for one more than stream_limit: the thread's wake event */
    uint32_t *owners;         /* index of the item, for each stream */
    size_t stream_count, stream_limit;

    struct poll_waiter first_waiters[FIRST_WAITERS];
    struct pal_poll first_streams[FIRST_STREAMS + 1];
    uint32_t first_owners[FIRST_STREAMS];
};

static struct poll_waiter *new_waiter(struct poll_call *call)
{
    if (call->first_count < FIRST_WAITERS)
        return &call->first_waiters[call->first_count++];
    if (call->blocks == NULL || call->blocks->count == BLOCK_WAITERS) {
        struct waiter_block *block = heap_alloc(sizeof(*block));
        if (block == NULL)
            return NULL;
        block->next = call->blocks;
        block->count = 0;
        call->blocks = block;
    }
    return &call->blocks->waiters[call->blocks->count++];
}

static void on_queue(struct poll_table *table, struct wait_queue *queue)
{
    struct poll_call *call = container_of(table, struct poll_call, table);
    call->own = true;
    if (!call->enqueue)
        return;
    struct poll_waiter *waiter = new_waiter(call);
    if (waiter == NULL) {
        call->error = -ENOMEM;
        return;
    }
    waiter->waiter.notify = NULL;
    waiter->queue = queue;
    wait_queue_add(queue, &waiter->waiter);
}

static void on_time(struct poll_table *table, int64_t when_ns)
{
    struct poll_call *call = container_of(table, struct poll_call, table);
    call->own = true;
    if (when_ns < call->until_ns)
        call->until_ns = when_ns;
}

static void free_streams(struct poll_call *call)
{
    if (call->streams != call->first_streams)
        heap_free(call->streams);
}

static int grow_streams(struct poll_call *call)
{
    size_t limit = call->stream_limit * 4;
    struct pal_poll *streams = heap_alloc((limit + 1) * sizeof(*streams) + limit * sizeof(*call->owners));
    if (streams == NULL)
        return -ENOMEM;
    uint32_t *owners = (void *)(streams + limit + 1);
    memcpy(streams, call->streams, call->stream_count * sizeof(*streams));
    memcpy(owners, call->owners, call->stream_count * sizeof(*owners));
    free_streams(call);
    call->streams = streams;
    call->owners = owners;
    call->stream_limit = limit;
    return 0;
}

static void on_stream(struct poll_table *table, PAL_HANDLE stream)
{
    struct poll_call *call = container_of(table, struct poll_call, table);
    const struct poll_item *item = &call->items[call->item];
    if ((item->events & POLL_DEAF) != 0)
        return;
    if (call->stream_count == call->stream_limit && grow_streams(call) < 0) {
        call->error = -ENOMEM;
        return;
    }
    call->streams[call->stream_count] =
        (struct pal_poll){.handle = stream, .events = host_events_of_file(item->file, item->events)};
    call->owners[call->stream_count++] = (uint32_t)call->item;
}

/* Ask all files; the streams that they name are asked by ask_host. */
static bool ask_files(struct poll_call *call)
{
    bool any = false;
    call->stream_count = 0;
    call->own = false;
    call->until_ns = INT64_MAX;
    for (size_t i = 0; i < call->count; i++) {
        struct poll_item *item = &call->items[i];
        if (item->file != NULL) {
            call->item = i;
            item->ready = poll_ask(item->file, &call->table) & item->events;
        }
        if (item->ready != 0) {
            any = true;
            call->enqueue = false; /* it will not wait */
        }
    }
    return any;
}

/* Ask the host for its streams, or wait for them and, if anything else can become ready, for the thread's wake-up. */
static int ask_host(struct poll_call *call, uint64_t timeout_us, bool *out_any)
{
    struct thread *thread = self();
    const bool wakeable = timeout_us != 0 && call->own;
    size_t count = call->stream_count;
    if (wakeable) {
        if (!thread_lie_down(thread))
            return 0;
        call->streams[count++] = (struct pal_poll){.handle = thread->wake, .events = PAL_POLL_READ};
    }
    const uint64_t nap_us = process_nap(timeout_us);
    const int result = host_poll(call->streams, count, nap_us);
    if (wakeable)
        (void)thread_get_up(thread);
    if (result < 0)
        return result;
    for (size_t i = 0; i < call->stream_count; i++) {
        if (call->streams[i].ready == 0)
            continue;
        struct poll_item *item = &call->items[call->owners[i]];
        item->ready |= poll_of_stream(item->file, host_ready(call->streams[i].ready)) & item->events;
        if (item->ready != 0) {
            *out_any = true;
        } else {
            item->events |= POLL_DEAF;
            call->streams[i].handle = NULL;
        }
    }
    if (!*out_any && nap_us < timeout_us)
        process_look_after();
    return 0;
}

static int sleep_once(struct poll_call *call, int64_t deadline_ns, bool *out_any)
{
    int64_t until_ns = call->until_ns < deadline_ns ? call->until_ns : deadline_ns;
    uint64_t timeout_us = timeout_until(until_ns);
    if (call->stream_count != 0)
        return ask_host(call, timeout_us, out_any);
    int result = thread_sleep(timeout_us);
    return result == -ETIMEDOUT ? 0 : result;
}

static int wait_until_ready(struct poll_call *call, int64_t deadline_ns)
{
    bool any = false;
    if (call->own) {
        call->enqueue = true;
        any = ask_files(call);
    }
    while (!any && call->error == 0) {
        const int result = sleep_once(call, deadline_ns, &any);
        if (result < 0 && (result != -EINTR || signal_interrupts()))
            return result;
        if (any)
            return 0;
        bool over = deadline_ns != POLL_FOREVER && clock_monotonic_ns() >= deadline_ns;
        if (call->own) {
            call->enqueue = false;
            any = ask_files(call);
        }
        if (over)
            return 0;
    }
    return call->error;
}

static void leave_queues(struct poll_call *call)
{
    for (size_t i = 0; i < call->first_count; i++)
        wait_queue_remove(call->first_waiters[i].queue, &call->first_waiters[i].waiter);
    while (call->blocks != NULL) {
        struct waiter_block *block = call->blocks;
        for (size_t i = 0; i < block->count; i++)
            wait_queue_remove(block->waiters[i].queue, &block->waiters[i].waiter);
        call->blocks = block->next;
        heap_free(block);
    }
}

int64_t poll_items(struct poll_item *items, size_t count, int64_t deadline_ns)
{
    struct poll_call call;
    call.table = (struct poll_table){.queue = on_queue, .stream = on_stream, .time = on_time};
    call.items = items;
    call.count = count;
    call.enqueue = false;
    call.error = 0;
    call.first_count = 0;
    call.blocks = NULL;
    call.streams = call.first_streams;
    call.owners = call.first_owners;
    call.stream_limit = FIRST_STREAMS;

    bool any = ask_files(&call);
    int result = call.error;
    if (result == 0) {
        /* Also when a file of ours is ready: one that always is would starve the host's. */
        if (!any && deadline_ns != POLL_LOOK)
            result = wait_until_ready(&call, deadline_ns);
        else if (call.stream_count != 0)
            result = ask_host(&call, 0, &any);
    }
    leave_queues(&call);
    free_streams(&call);
    if (result < 0)
        return result;

    int64_t ready = 0;
    for (size_t i = 0; i < count; i++)
        ready += items[i].ready != 0;
    return ready;
}

int64_t poll_deadline(int64_t timeout_ns)
{
    if (timeout_ns < 0)
        return POLL_FOREVER;
    if (timeout_ns == 0)
        return POLL_LOOK;
    int64_t deadline_ns;
    return __builtin_add_overflow(clock_monotonic_ns(), timeout_ns, &deadline_ns) ? POLL_FOREVER : deadline_ns;
}
