/* SPDX-License-Identifier: MIT */
/* Lists of streams to wait for (ppoll), which are given anew with each wait. Knows no stream but its descriptors. */
#include "linux_poll.h"
#include "linux_ready.h"
#include "linux_wait.h"
#include "pal_handle.h"
#include "pal_user.h"

/* Entries, and events and the like among them, for which the stack has room. */
#define FEW       64
#define FEW_NODES 8
/* Descriptors that one entry has at most. */
#define ENTRY_FDS   2
#define ENTRIES_MAX ((size_t)1 << 20)

/***** Flags: the kernel has the same ones for lists and sets *****/

unsigned linux_poll_to_kernel(PAL_FLG events)
{
    return (events & PAL_POLL_READ ? POLLIN : 0u) | (events & PAL_POLL_WRITE ? POLLOUT : 0u) |
           (events & PAL_POLL_PEER_CLOSED ? POLLRDHUP : 0u) | (events & PAL_POLL_URGENT ? POLLPRI : 0u);
}

PAL_FLG linux_poll_from_kernel(unsigned events)
{
    return (events & POLLIN ? PAL_POLL_READ : 0u) | (events & POLLOUT ? PAL_POLL_WRITE : 0u) |
           (events & (POLLERR | POLLNVAL) ? PAL_POLL_ERROR : 0u) | (events & POLLHUP ? PAL_POLL_HANGUP : 0u) |
           (events & POLLRDHUP ? PAL_POLL_PEER_CLOSED : 0u) | (events & POLLPRI ? PAL_POLL_URGENT : 0u);
}

PAL_FLG linux_poll_wanted(PAL_HANDLE handle, PAL_FLG events)
{
    return pal_hdr(handle)->type == PAL_TYPE_PIPESRV ? events & ~(PAL_FLG)PAL_POLL_WRITE : events;
}

void linux_poll_share_out(PAL_FLG events, int *input, int *output, PAL_FLG *out_input, PAL_FLG *out_output)
{
    if (*input == *output)
        *output = -1;
    *out_input = *out_output = events;
    if (*input < 0 || *output < 0)
        return;
    *out_input = events & ~(PAL_FLG)PAL_POLL_WRITE;
    *out_output = events & ~(PAL_FLG)(PAL_POLL_READ | PAL_POLL_PEER_CLOSED | PAL_POLL_URGENT);
    if (!(events & PAL_POLL_WRITE))
        *output = -1;
    else if ((events & LINUX_POLL_EVENTS) == PAL_POLL_WRITE)
        *input = -1;
}

/***** Lists *****/

struct poll_list {
    struct pal_poll *entries; /* a copy; until the end, ready is what follows */
    size_t count;
    struct wait wait;
    size_t ready; /* entries that are so without a look at descriptors */
};

enum {
    ENTRY_FDS_MASK = 3, /* how many descriptors it has */
    ENTRY_TAKEN = 4,    /* an event and the like */
    ENTRY_ALWAYS = 8,   /* whatever is asked for */
    ENTRY_INPUT = 16
};

static void add_stream(struct poll_list *list, struct pal_poll *entry, int input, int output)
{
    struct wait *wait = &list->wait;
    PAL_FLG input_events, output_events;
    linux_poll_share_out(linux_poll_wanted(entry->handle, entry->events), &input, &output, &input_events,
                         &output_events);
    if (input >= 0)
        wait->fds[wait->fd_count++] = (struct pollfd){.fd = input, .events = (short)linux_poll_to_kernel(input_events)};
    if (output >= 0)
        wait->fds[wait->fd_count++] =
            (struct pollfd){.fd = output, .events = (short)linux_poll_to_kernel(output_events)};
    entry->ready = (input >= 0 ? 1u : 0u) + (output >= 0 ? 1u : 0u);
    if (entry->events & PAL_POLL_READ && linux_has_input(entry->handle))
        entry->ready |= ENTRY_INPUT;
}

/* Sort the entries, which are held, into what is polled, what is queued for, and what is ready. */
static void sort(struct poll_list *list)
{
    struct wait *wait = &list->wait;
    for (size_t i = 0; i < list->count; i++) {
        struct pal_poll *entry = &list->entries[i];
        struct waitable *waitable = entry->handle ? linux_waitable_of(entry->handle) : NULL;
        int input, output;
        entry->ready = 0;
        if (waitable && linux_take(waitable))
            entry->ready = ENTRY_TAKEN;
        else if (waitable)
            wait->nodes[wait->node_count++] = (struct wait_node){.waitable = waitable, .holder = entry->handle};
        else if (entry->handle && linux_descriptors(entry->handle, &input, &output))
            add_stream(list, entry, input, output);
        else if (entry->handle && entry->events & (PAL_POLL_READ | PAL_POLL_WRITE))
            entry->ready = ENTRY_ALWAYS;
        list->ready += (entry->ready & ~(PAL_FLG)ENTRY_FDS_MASK) != 0;
    }
}

/* Make ready what the program is told; returns how many entries are. */
static size_t tell(struct poll_list *list, PAL_HANDLE taken)
{
    const struct pollfd *next = list->wait.fds;
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct pal_poll *entry = &list->entries[i];
        const PAL_FLG marks = entry->ready;
        entry->ready = marks & (ENTRY_TAKEN | ENTRY_INPUT) ? PAL_POLL_READ : 0;
        if (marks & ENTRY_ALWAYS)
            entry->ready = entry->events & (PAL_POLL_READ | PAL_POLL_WRITE);
        if (taken && entry->handle == taken) {
            entry->ready = PAL_POLL_READ;
            taken = NULL;
        }
        for (unsigned fds = marks & ENTRY_FDS_MASK; fds > 0; fds--)
            entry->ready |= linux_poll_from_kernel((unsigned short)(next++)->revents);
        count += entry->ready != 0;
    }
    return count;
}

/* Wait for what is held. */
static int wait_sorted(struct poll_list *list, uint64_t timeout_us)
{
    PAL_HANDLE taken = NULL;
    int error;
    if (list->ready > 0 || timeout_us == 0)
        error = linux_poll(&list->wait);
    else
        error = linux_wait(&list->wait, timeout_us, &taken);
    /* What was taken has to be told. */
    if (error < 0 && list->ready == 0)
        return error;
    return tell(list, taken) > 0 ? 0 : -PAL_ERROR_TRYAGAIN;
}

static void put_entries(const struct poll_list *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list->entries[i].handle)
            pal_handle_put(list->entries[i].handle);
    }
}

/* Hold all handles. out_nodes: how many are waited for without a descriptor. */
static int get_entries(const struct poll_list *list, size_t *out_nodes)
{
    size_t nodes = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct pal_poll *entry = &list->entries[i];
        int error = entry->events & ~(PAL_FLG)LINUX_POLL_EVENTS ? -PAL_ERROR_INVAL : 0;
        if (error == 0 && entry->handle)
            error = pal_handle_get(entry->handle);
        if (error < 0) {
            put_entries(list, i);
            return error;
        }
        nodes += entry->handle && linux_waitable_of(entry->handle);
    }
    *out_nodes = nodes;
    return 0;
}

/* Room for the rest of a list whose entries are held. For many entries it lies behind them. */
static int wait_held(struct poll_list *list, size_t nodes, uint64_t timeout_us)
{
    struct wait_node few_nodes[FEW_NODES];
    struct pollfd few_fds[FEW * ENTRY_FDS + 1];
    list->wait = (struct wait){.nodes = few_nodes, .fds = few_fds};
    if (list->count > FEW) {
        list->wait.nodes = (struct wait_node *)(void *)(list->entries + list->count);
        list->wait.fds = (struct pollfd *)(void *)(list->wait.nodes + list->count);
    } else if (nodes > FEW_NODES) {
        list->wait.nodes = linux_wait_memory(nodes * sizeof(struct wait_node));
        if (!list->wait.nodes)
            return -PAL_ERROR_NOMEM;
    }
    sort(list);
    return wait_sorted(list, timeout_us);
}

int64_t linux_poll_list(uint64_t timeout_us, size_t size, struct pal_poll *array)
{
    struct pal_poll few_entries[FEW];
    struct poll_list list = {.entries = few_entries, .count = size / sizeof(*array)};
    size_t nodes = 0;
    if (size == 0 || size % sizeof(*array))
        return -PAL_ERROR_INVAL;
    if (list.count > ENTRIES_MAX)
        return -PAL_ERROR_TOOLONG;
    if (list.count > FEW)
        list.entries = linux_wait_memory(list.count * (sizeof(struct pal_poll) + sizeof(struct wait_node)) +
                                         (list.count * ENTRY_FDS + 1) * sizeof(struct pollfd));
    if (!list.entries)
        return -PAL_ERROR_NOMEM;
    int error = pal_user_read(list.entries, array, size);
    if (error == 0)
        error = get_entries(&list, &nodes);
    if (error < 0)
        return error;
    error = wait_held(&list, nodes, timeout_us);
    put_entries(&list, list.count);
    if (error == 0)
        error = pal_user_write(array, list.entries, size);
    return error < 0 ? error : (int64_t)size;
}
