/* SPDX-License-Identifier: MIT */
/* Linux: memory channels. A channel is a socket pair: its creator has one end, those who open it share the other. What is
 * sent is a sealed copy (linux_batch.h), or left to the next child without copying (linux_bequest.h). */
#include "pal_host.h"
#include <linux/mman.h>
#include "linux_bequest.h"
#include "linux_error.h"
#include "linux_pipenames.h"
#include "linux_rights.h"
#include "linux_socket.h"
#include "sys_linux.h"

#define ANNOUNCEMENT_MAGIC 0x50414c6d

/* Comes with the descriptor of a batch. */
struct announcement {
    uint32_t magic;
    uint32_t count; /* of ranges */
};

/***** The handle *****/

static int new_channel(uint64_t key, int fd, PAL_FLG options, PAL_HANDLE *out)
{
    PAL_HANDLE channel;
    const int error = pal_handle_new(PAL_TYPE_GIPC, &channel);
    if (error < 0)
        return error;
    channel->gipc.key = key;
    channel->gipc.fd = fd;
    channel->gipc.fd_other = -1;
    channel->gipc.nonblocking = options & PAL_OPTION_NONBLOCK;
    *out = channel;
    return 0;
}

/* Make a channel and its name of a socket pair, which is taken in any case. */
static int make_channel(uint64_t key, const int *pair, PAL_HANDLE *out)
{
    struct pipe_server *name;
    int error = linux_pipename_add(LINUX_NAME_CHANNEL, key, pair[1], &name);
    if (error == 0) {
        error = new_channel(key, pair[0], 0, out);
        if (error == 0) {
            (*out)->gipc.name = name;
            (*out)->gipc.fd_other = pair[1];
            return 0;
        }
        linux_pipename_remove(name);
    }
    sys_close(pair[0]);
    return error;
}

int _DkCreatePhysicalMemoryChannel(PAL_HANDLE *out, uint64_t *out_key)
{
    uint64_t key;
    int pair[2];
    int error = _DkRandomBitsRead(&key, sizeof(key));
    if (error == 0)
        error = (int)linux_error(sys_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
    if (error == 0)
        error = make_channel(key, pair, out);
    if (error == 0)
        *out_key = key;
    return error;
}

/* Access flags are not looked at: a channel has both directions. */
static int gipc_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    (void)access, (void)share, (void)create;
    /* Who has inherited something may never need the socket. */
    int fd = -1;
    if (!linux_bequest_has(uri->id)) {
        fd = linux_pipename_find(LINUX_NAME_CHANNEL, uri->id);
        if (fd < 0)
            return fd;
    }
    const int error = new_channel(uri->id, fd, options, out);
    if (error < 0 && fd >= 0)
        sys_close(fd);
    return error;
}

static void gipc_close(PAL_HANDLE handle)
{
    linux_bequest_withdraw(handle);
    linux_bequest_drop(handle->gipc.key);
    linux_batch_end(&handle->gipc.batch);
    if (handle->gipc.name)
        linux_pipename_remove(handle->gipc.name);
    else if (handle->gipc.fd_other >= 0)
        sys_close(handle->gipc.fd_other);
    if (handle->gipc.fd >= 0)
        sys_close(handle->gipc.fd);
}

static int64_t gipc_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    const struct uri uri = {.scheme = URI_GIPC, .id = handle->gipc.key};
    return uri_print(&uri, buffer, size);
}

const struct handle_ops linux_gipc_ops = {
    .open = gipc_open,
    .close = gipc_close,
    .getname = gipc_getname,
};

/***** Sending, which asks for no lock: another thread may hold it that waits for the answer *****/

/* The socket, which is looked for by whoever needs it first. */
static int find_socket(PAL_HANDLE channel)
{
    int known = __atomic_load_n(&channel->gipc.fd, __ATOMIC_ACQUIRE);
    if (known >= 0)
        return known;
    const int fd = linux_pipename_find(LINUX_NAME_CHANNEL, channel->gipc.key);
    if (fd < 0)
        return fd == -PAL_ERROR_STREAMNOTEXIST ? -PAL_ERROR_CONNFAILED : fd;
    if (__atomic_compare_exchange_n(&channel->gipc.fd, &known, fd, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fd;
    sys_close(fd);
    return known;
}

static int send_batch(PAL_HANDLE channel, size_t count, const struct pal_range *ranges)
{
    const int socket = find_socket(channel);
    if (socket < 0)
        return socket;
    const int fd = linux_batch_make(count, ranges);
    if (fd < 0)
        return fd;
    struct announcement announcement = {ANNOUNCEMENT_MAGIC, (uint32_t)count};
    const struct linux_message message = {
        .data = &announcement, .size = sizeof(announcement), .descriptors = {fd}, .count = 1};
    const int error = linux_rights_send(socket, &message, MSG_DONTWAIT);
    sys_close(fd);
    return error;
}

/***** Receiving; under the handle's lock *****/

static int receive_batch(PAL_HANDLE channel)
{
    struct announcement announcement = {0};
    struct linux_message message = {.data = &announcement, .size = sizeof(announcement)};
    const int socket = find_socket(channel);
    int error = socket;
    if (error >= 0)
        error = linux_rights_receive(socket, &message, channel->gipc.nonblocking ? MSG_DONTWAIT : 0);
    if (error < 0)
        return error;
    error = -PAL_ERROR_INCONSIST;
    if (message.size == sizeof(announcement) && announcement.magic == ANNOUNCEMENT_MAGIC && message.count == 1)
        error = linux_batch_begin(&channel->gipc.batch, message.descriptors[0], announcement.count);
    if (error < 0)
        linux_rights_close(&message);
    return error;
}

/***** Moving, within one thread *****/

static void send_to_self(PAL_HANDLE channel, const struct pal_range *range)
{
    struct linux_thread *self = linux_self();
    self->move_from = range->address;
    self->move_size = range->size;
    self->move_key = channel->gipc.key;
}

/* Take addresses for a range that has none. */
static int choose_place(struct pal_range *range)
{
    const long address = linux_map_anywhere(range->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address < 0 && address > -4096)
        return (int)linux_error(address);
    range->address = (void *)address;
    return 0;
}

static int move(struct linux_thread *self, struct pal_range *range)
{
    const bool chosen = !range->address;
    const uintptr_t from = (uintptr_t)self->move_from, to = (uintptr_t)range->address;
    if (range->size != self->move_size || (!chosen && from - to < range->size) || to - from < range->size)
        return -PAL_ERROR_INVAL;
    int error = chosen ? choose_place(range) : 0;
    if (error < 0)
        return error;
    self->move_size = 0;
    const long result =
        sys_mremap((void *)from, range->size, range->size, MREMAP_MAYMOVE | MREMAP_FIXED, range->address);
    if (result >= 0 || result <= -4096)
        return 0;
    if (chosen) {
        sys_munmap(range->address, range->size);
        range->address = NULL;
    }
    return (int)linux_error(result);
}

static int map_one(PAL_HANDLE channel, struct pal_range *range)
{
    struct linux_thread *self = linux_self();
    if (self->move_size > 0 && self->move_key == channel->gipc.key)
        return move(self, range);
    const int inherited = linux_bequest_map(channel->gipc.key, range);
    if (inherited != 0)
        return inherited < 0 ? inherited : 0;
    struct linux_batch *batch = &channel->gipc.batch;
    const int error = batch->next == batch->count ? receive_batch(channel) : 0;
    return error < 0 ? error : linux_batch_map(batch, range);
}

int64_t _DkPhysicalMemoryCommit(PAL_HANDLE channel, size_t count, const struct pal_range *ranges, PAL_FLG flags)
{
    int error;
    if (flags & PAL_COMMIT_CHILD) {
        error = linux_bequest_promise(channel, channel->gipc.key, count, ranges);
        return error < 0 ? error : (int64_t)count;
    }
    if (flags & PAL_COMMIT_MOVE) {
        send_to_self(channel, ranges);
        return 1;
    }
    if (count > LINUX_BATCH_MAX)
        count = LINUX_BATCH_MAX;
    error = send_batch(channel, count, ranges);
    return error < 0 ? error : (int64_t)count;
}

int64_t _DkPhysicalMemoryMap(PAL_HANDLE channel, size_t count, struct pal_range *ranges)
{
    size_t done = 0;
    int error = linux_lock_or_event(&channel->gipc.lock);
    if (error < 0)
        return error;
    while (error == 0 && done < count) {
        error = map_one(channel, &ranges[done]);
        done += error == 0;
    }
    linux_unlock(&channel->gipc.lock);
    return done > 0 ? (int64_t)done : error;
}
