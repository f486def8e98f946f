/* SPDX-License-Identifier: MIT */
/* Inside room poll: who is told what to wait for, and the host's part of waiting. Knows no kind of file. */
#ifndef LIBOS_SRC_POLL_POLL_TABLE_H
#define LIBOS_SRC_POLL_POLL_TABLE_H

#include "fs.h"
#include "poll.h"

/* The other side of poll_on_queue, poll_on_stream and poll_on_time. */
struct poll_table {
    void (*queue)(struct poll_table *table, struct wait_queue *queue);
    void (*stream)(struct poll_table *table, PAL_HANDLE stream);
    void (*time)(struct poll_table *table, int64_t when_ns);
};

/* What a file is ready for, of all POLLx; files without an operation are always ready. */
static inline uint32_t poll_ask(struct file *file, struct poll_table *table)
{
    return file->ops->poll != NULL ? file->ops->poll(file, table) : POLL_READABLE | POLL_WRITABLE;
}

/***** One call that waits *****/

/* In events: the item's stream has told only what does not count, and would do so for ever. */
#define POLL_DEAF 0x80000000u

struct poll_item {
    struct file *file; /* NULL: passed over, ready stays */
    uint32_t events;   /* POLLx that count; POLLERR and POLLHUP are not implied */
    uint32_t ready;    /* result */
};

#define POLL_LOOK    0         /* deadline: do not wait */
#define POLL_FOREVER INT64_MAX /* deadline: no end */

/* Wait until at least one item is ready.
 * deadline_ns  monotonic
 * returns      items that are ready, 0 = none in time, -EINTR, -ENOMEM */
PAL_MUST_CHECK int64_t poll_items(struct poll_item *items, size_t count, int64_t deadline_ns);

/* The deadline of a timeout; negative = for ever. */
int64_t poll_deadline(int64_t timeout_ns);
/* Write what is left of a timeout back to the program. Returns the result that the call then has. */
int64_t poll_tell_remaining(int64_t result, void *timeout, int64_t deadline_ns, int (*write)(void *to, int64_t ns));

/***** The host's streams *****/

/* Ask the host for many streams at once, or wait for one of them.
 * entries     the host fills `ready`
 * timeout_us  0 = look, NO_TIMEOUT
 * returns     0, also if none became ready; -EINTR, -ENOMEM */
PAL_MUST_CHECK int host_poll(struct pal_poll *entries, size_t count, uint64_t timeout_us);

/* POLLx, which are EPOLLx as well, and PAL_POLL_x. */
uint32_t host_events(uint32_t events);
uint32_t host_ready(uint32_t ready);
/* What to ask a file's stream for. */
uint32_t host_events_of_file(const struct file *file, uint32_t events);

#endif
