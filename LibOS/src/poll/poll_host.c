/* SPDX-License-Identifier: MIT */
/* Asking the host which of its streams are ready. Knows no file. */
#include "poll_table.h"

/* The host's stateless poll:list stream, opened when it is first needed; a forked process opens its own. */
static struct {
    struct lock lock;
    uint32_t generation;
    PAL_HANDLE handle;
} g_list;

static PAL_HANDLE list_handle(void)
{
    if (__atomic_load_n(&g_list.handle, __ATOMIC_ACQUIRE) != NULL && g_list.generation == g_generation)
        return g_list.handle;
    lock_acquire(&g_list.lock);
    if (g_list.handle == NULL || g_list.generation != g_generation) {
        PAL_HANDLE handle = DkStreamOpen("poll:list", PAL_ACCESS_RDWR, 0, 0, 0);
        g_list.generation = g_generation;
        __atomic_store_n(&g_list.handle, handle, __ATOMIC_RELEASE);
    }
    lock_release(&g_list.lock);
    return g_list.handle;
}

int host_poll(struct pal_poll *entries, size_t count, uint64_t timeout_us)
{
    PAL_HANDLE list = list_handle();
    if (list == NULL)
        return pal_failure();
    int64_t result = stream_read(list, timeout_us, count * sizeof(*entries), entries);
    if (result < 0 && result != -EAGAIN)
        return (int)result;
    return 0;
}

/* One line for each bit of the host. */
static const struct {
    uint32_t host, poll;
} bits[] = {
    {PAL_POLL_READ, POLL_READABLE}, {PAL_POLL_WRITE, POLL_WRITABLE},   {PAL_POLL_ERROR, POLLERR},
    {PAL_POLL_HANGUP, POLLHUP},     {PAL_POLL_PEER_CLOSED, POLLRDHUP}, {PAL_POLL_URGENT, POLLPRI},
};

uint32_t host_events(uint32_t events)
{
    uint32_t host = 0;
    for (size_t i = 0; i < array_count(bits); i++)
        host |= (events & bits[i].poll) != 0 ? bits[i].host : 0;
    return host;
}

uint32_t host_ready(uint32_t ready)
{
    uint32_t events = 0;
    for (size_t i = 0; i < array_count(bits); i++)
        events |= (ready & bits[i].host) != 0 ? bits[i].poll : 0;
    return events;
}

/* Of the ends of a pipe, which have one stream: the one that the file is. */
static bool is_reader(const struct file *file)
{
    return file->ops->one_way && !file_writable(file);
}

static bool is_writer(const struct file *file)
{
    return file->ops->one_way && !file_readable(file);
}

uint32_t host_events_of_file(const struct file *file, uint32_t events)
{
    const uint32_t host = host_events(events);
    if (is_reader(file))
        return host & ~(uint32_t)PAL_POLL_WRITE;
    if (is_writer(file)) /* together with anything else it would mean both */
        return host & (host & PAL_POLL_WRITE ? PAL_POLL_WRITE : PAL_POLL_ERROR | PAL_POLL_HANGUP);
    return host;
}

/* See pipe(7): that the others are gone is a hang-up for a reader, and an error for a writer. */
uint32_t poll_of_stream(const struct file *file, uint32_t ready)
{
    if (is_reader(file))
        return ready & (POLL_READABLE | POLLHUP);
    if (is_writer(file))
        return (ready & POLL_WRITABLE) | (ready & (POLLHUP | POLLERR) ? POLLERR : 0u);
    return ready;
}

uint32_t poll_stream_now(PAL_HANDLE stream, uint32_t events)
{
    struct pal_poll entry = {.handle = stream, .events = host_events(events)};
    PAL_HANDLE list = list_handle();
    /* Nothing is waited for, so a signal that has come meanwhile has no say. */
    const int64_t result = list ? stream_read_through(list, 0, sizeof(entry), &entry) : pal_failure();
    return result >= 0 || result == -EAGAIN ? host_ready(entry.ready) : POLLERR;
}
