/* SPDX-License-Identifier: MIT */
/* Waiting for many streams: poll:list and poll:set. All of it is optional: a host without it leaves the type out of
 * pal_handle_ops. */
#include "pal_host.h"

/* Optional: poll:list, poll:set; STREAMNOTEXIST for another name. */
static int poll_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* The offset is the time-out in microseconds, NO_TIMEOUT = for ever. A list's buffer is an array of struct pal_poll of the
 * program's: copy it with pal_user_read and hold its handles with pal_handle_get. A set's gets struct pal_poll_ready. */
static int64_t poll_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Changes of a set: an array of struct pal_poll_change. */
static int64_t poll_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

static void poll_close(PAL_HANDLE handle)
{
}

static int64_t poll_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops poll_ops = {
    .open = poll_open,
    .read = poll_read,
    .write = poll_write,
    .close = poll_close,
    .getname = poll_getname,
};

/* Take a stream out of all sets, if it does not leave them when it is closed; only those that the host has marked with
 * PAL_HANDLE_WATCHED come here. */
void _DkPollForget(PAL_HANDLE handle)
{
}
