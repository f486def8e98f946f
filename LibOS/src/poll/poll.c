/* SPDX-License-Identifier: MIT */
/* poll and ppoll. Knows no kind of file. */
#include <linux/resource.h>
#include "clock.h"
#include "copy.h"
#include "poll_table.h"
#include "syscalls.h"

#define FEW 128 /* descriptors that need no heap */

/* Take up what the program asks. A negative descriptor is passed over, one that is not open is ready. */
static void open_items(const struct pollfd *fds, struct poll_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct file *file = fds[i].fd >= 0 ? fd_get(fds[i].fd) : NULL;
        items[i].file = file;
        items[i].events = (uint16_t)fds[i].events | POLLERR | POLLHUP;
        items[i].ready = file == NULL && fds[i].fd >= 0 ? POLLNVAL : 0;
    }
}

static void close_items(struct poll_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].file != NULL)
            file_put(items[i].file);
}

/* Only revents is the kernel's to write, and only what changes: another thread may be preparing its next call. */
static int write_results(struct pollfd *user, const struct pollfd *fds, const struct poll_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        short revents = (short)items[i].ready;
        if (revents != fds[i].revents && copy_out(&user[i].revents, &revents, sizeof(revents)) < 0)
            return -EFAULT;
    }
    return 0;
}

static int64_t poll_fds(struct pollfd *user, unsigned count, int64_t deadline_ns)
{
    struct {
        struct pollfd fds[FEW];
        struct poll_item items[FEW];
    } few;
    struct pollfd *fds = few.fds;
    struct poll_item *items = few.items;

    if (count > limit_get(RLIMIT_NOFILE))
        return -EINVAL;
    if (count > FEW) {
        items = heap_alloc(count * (sizeof(*items) + sizeof(*fds)));
        if (items == NULL)
            return -ENOMEM;
        fds = (void *)(items + count);
    }
    int64_t result =
        user_range_ok((uintptr_t)user, count * sizeof(*fds)) ? user_read(fds, user, count * sizeof(*fds)) : -EFAULT;
    if (result == 0) {
        open_items(fds, items, count);
        result = poll_items(items, count, deadline_ns);
        close_items(items, count);
    }
    if (result >= 0 && write_results(user, fds, items, count) < 0)
        result = -EFAULT;
    if (items != few.items)
        heap_free(items);
    return result == -EINTR ? -ERESTARTNOHAND : result;
}

int64_t sys_poll(void *fds, unsigned count, int timeout_ms)
{
    if (timeout_ms <= 0)
        return poll_fds(fds, count, timeout_ms < 0 ? POLL_FOREVER : POLL_LOOK);
    const int64_t deadline_ns = sleep_deadline((int64_t)timeout_ms * 1000000);
    const int64_t result = poll_fds(fds, count, deadline_ns);
    if (result == -ERESTARTNOHAND)
        sleep_keep(deadline_ns);
    return result;
}

int64_t sys_ppoll(void *fds, unsigned count, void *timeout, void *mask, unsigned long set_size)
{
    int64_t timeout_ns = -1;
    int error = timeout != NULL ? timespec_read(timeout, &timeout_ns) : 0;
    if (error == 0)
        error = signal_mask_for_call(mask, set_size);
    if (error < 0)
        return error;

    int64_t deadline_ns = poll_deadline(timeout_ns);
    int64_t result = poll_fds(fds, count, deadline_ns);
    return timeout_ns > 0 ? poll_tell_remaining(result, timeout, deadline_ns, timespec_write) : result;
}
