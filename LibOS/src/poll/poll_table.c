/* SPDX-License-Identifier: MIT */
/* What a file's poll operation and its read and write call. Knows no kind of file. */
#include "poll_table.h"
#include "clock.h"

void poll_on_queue(struct poll_table *table, struct wait_queue *queue)
{
    if (table != NULL)
        table->queue(table, queue);
}

void poll_on_stream(struct poll_table *table, PAL_HANDLE stream)
{
    if (table != NULL)
        table->stream(table, stream);
}

void poll_on_time(struct poll_table *table, int64_t when_ns)
{
    if (table != NULL)
        table->time(table, when_ns);
}

uint32_t file_poll_now(struct file *file)
{
    return poll_ask(file, NULL);
}

int file_wait(struct file *file, uint32_t events)
{
    if ((file->flags & O_NONBLOCK) != 0)
        return -EAGAIN;
    struct poll_item item = {.file = file, .events = events | POLLERR | POLLHUP};
    int64_t result = poll_items(&item, 1, POLL_FOREVER);
    if (result >= 0)
        return 0;
    return result == -EINTR ? -ERESTARTSYS : (int)result;
}
