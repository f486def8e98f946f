/* SPDX-License-Identifier: MIT */
/* Linux: when handles of each kind are ready, and waiting for any of several. Knows no queue and no way to sleep. */
#include "linux_ready.h"
#include "linux_wait.h"
#include "pal_handle.h"

/* Handles of a wait that fits on the stack. */
#define FEW 16

/* Descriptors that one handle has at most. */
#define POLL_FDS 2

/* One wait in so many looks at the streams first. Otherwise those come last, for they take a host call. */
#define STREAMS_TURN 8

/* What one call is about. */
struct request {
    size_t count;
    PAL_HANDLE *handles;
    unsigned turn; /* where looking begins: at another handle each time, so that none starves */
};

/* The same, sorted. */
struct sorted {
    struct wait wait;
    PAL_HANDLE *owners; /* of wait.fds */
};

/***** Kinds of handles *****/

/* Take what needs no reference (pal_handle.h): only events and semaphores. */
static bool take_unheld(PAL_HANDLE handle)
{
    const PAL_IDX type = pal_hdr(handle)->type;
    return (type == PAL_TYPE_EVENT || type == PAL_TYPE_SEMAPHORE) && linux_take_unheld(linux_waitable_of(handle));
}

/* Take what is known to be ready without a host call. */
static bool take(PAL_HANDLE handle)
{
    struct waitable *waitable = linux_waitable_of(handle);
    switch (pal_hdr(handle)->type) {
    case PAL_TYPE_FILE:
        return !linux_file_waits(handle);
    case PAL_TYPE_DIR:
    case PAL_TYPE_LINK:
        return true;
    default:
        return waitable ? linux_take(waitable) : linux_has_input(handle);
    }
}

static unsigned poll_for(struct pollfd *out, int input, int output, bool room)
{
    unsigned count = 0;
    if (input >= 0)
        out[count++] = (struct pollfd){.fd = input, .events = POLLIN};
    if (output < 0 || !room)
        return count;
    if (output == input)
        out[0].events |= POLLOUT;
    else
        out[count++] = (struct pollfd){.fd = output, .events = POLLOUT};
    return count;
}

/* Whether a stream is waited for until there is room, too: if the last write has found none. Who can only write waits for
 * nothing else. */
static bool waits_for_room(PAL_HANDLE handle, int input)
{
    switch (pal_hdr(handle)->type) {
    case PAL_TYPE_FILE:
        return input < 0;
    case PAL_TYPE_DEV:
        return input < 0 || __atomic_load_n(&handle->dev.full, __ATOMIC_RELAXED);
    case PAL_TYPE_PROCESS:
        return __atomic_load_n(&handle->process.full, __ATOMIC_RELAXED);
    case PAL_TYPE_GIPC:
    case PAL_TYPE_POLL:
        return false;
    default:
        return __atomic_load_n(&handle->sock.full, __ATOMIC_RELAXED);
    }
}

/* The descriptors that tell when a handle is ready, and for what: at most POLL_FDS. */
static unsigned poll_fds_of(PAL_HANDLE handle, struct pollfd *out)
{
    int input, output;
    if (!linux_descriptors(handle, &input, &output))
        return 0;
    return poll_for(out, input, output, waits_for_room(handle, input));
}

/***** Looking *****/

static PAL_HANDLE take_any(const struct request *request, bool (*take_one)(PAL_HANDLE))
{
    size_t next = request->count > 1 ? request->turn % request->count : 0;
    for (size_t i = 0; i < request->count; i++) {
        PAL_HANDLE handle = request->handles[next];
        if (handle && take_one(handle))
            return handle;
        if (++next == request->count)
            next = 0;
    }
    return NULL;
}

/* The handle of a descriptor that the last poll has found ready. */
static PAL_HANDLE find_polled(const struct request *request, const struct sorted *sorted)
{
    const size_t count = sorted->wait.fd_count;
    size_t next = count > 1 ? request->turn % count : 0;
    for (size_t i = 0; i < count; i++) {
        if (sorted->wait.fds[next].revents)
            return sorted->owners[next];
        if (++next == count)
            next = 0;
    }
    return NULL;
}

static int take_polled(const struct request *request, struct sorted *sorted, PAL_HANDLE *out)
{
    const int error = linux_poll(&sorted->wait);
    if (error == 0)
        *out = find_polled(request, sorted);
    return error;
}

static bool is_turn_of_streams(const struct request *request)
{
    return request->count > 1 && request->turn % STREAMS_TURN == 0;
}

/* Look without sleeping: *out stays NULL if nothing is ready. */
static int look(const struct request *request, struct sorted *sorted, bool streams_too, PAL_HANDLE *out)
{
    const bool streams_first = is_turn_of_streams(request);
    int error = 0;
    if (streams_first)
        error = take_polled(request, sorted, out);
    if (error == 0 && !*out)
        *out = take_any(request, take);
    if (error == 0 && !*out && streams_too && !streams_first)
        error = take_polled(request, sorted, out);
    return error;
}

/***** Waiting *****/

static void sort(const struct request *request, struct sorted *out)
{
    struct wait *wait = &out->wait;
    wait->node_count = wait->fd_count = 0;
    for (size_t i = 0; i < request->count; i++) {
        PAL_HANDLE handle = request->handles[i];
        struct waitable *waitable = handle ? linux_waitable_of(handle) : NULL;
        unsigned fds = handle ? poll_fds_of(handle, &wait->fds[wait->fd_count]) : 0;
        if (waitable)
            wait->nodes[wait->node_count++] = (struct wait_node){.waitable = waitable, .holder = handle};
        for (; fds > 0; fds--)
            out->owners[wait->fd_count++] = handle;
    }
}

/* Look, and wait if that was in vain. */
static int look_and_wait(const struct request *request, struct sorted *sorted, uint64_t timeout_us, PAL_HANDLE *out)
{
    int error = look(request, sorted, timeout_us == 0, out);
    if (error < 0 || *out)
        return error;
    if (timeout_us == 0)
        return -PAL_ERROR_TRYAGAIN;
    error = linux_wait(&sorted->wait, timeout_us, out);
    if (error == 0 && !*out)
        *out = find_polled(request, sorted);
    return error;
}

/* All handles are held. */
static int wait_held(const struct request *request, uint64_t timeout_us, PAL_HANDLE *out)
{
    struct wait_node nodes[FEW];
    struct pollfd fds[FEW * POLL_FDS + 1];
    PAL_HANDLE owners[FEW * POLL_FDS];
    struct sorted sorted = {.wait = {.nodes = nodes, .fds = fds}, .owners = owners};
    if (request->count > FEW) {
        const size_t count = request->count, entries = count * POLL_FDS + 1;
        char *memory = linux_wait_memory(count * sizeof(*nodes) + entries * (sizeof(PAL_HANDLE) + sizeof(*fds)));
        if (!memory)
            return -PAL_ERROR_NOMEM;
        sorted.wait.nodes = (struct wait_node *)(void *)memory;
        sorted.owners = (PAL_HANDLE *)(void *)(sorted.wait.nodes + count);
        sorted.wait.fds = (struct pollfd *)(void *)(sorted.owners + entries);
    }
    sort(request, &sorted);
    return look_and_wait(request, &sorted, timeout_us, out);
}

int _DkObjectsWaitAny(size_t count, PAL_HANDLE *handles, uint64_t timeout_us, PAL_HANDLE *out)
{
    const struct request request = {count, handles, linux_self()->wait_turn++};
    PAL_HANDLE ready = is_turn_of_streams(&request) ? NULL : take_any(&request, take_unheld);
    int error = 0;
    if (!ready) {
        error = pal_handle_get_all(count, handles);
        if (error < 0)
            return error;
        error = wait_held(&request, timeout_us, &ready);
        pal_handle_put_all(count, handles);
    }
    if (error == 0)
        *out = ready;
    return error;
}
