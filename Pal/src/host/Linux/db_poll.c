/* SPDX-License-Identifier: MIT */
/* Linux: waiting for many streams, poll:list and poll:set, as handles. Knows no stream. */
#include "linux_poll.h"
#include "pal_string.h"

static int64_t poll_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return handle->poll.fd < 0 ? linux_poll_list(offset, count, buffer) : linux_poll_set(handle, offset, count, buffer);
}

static int64_t poll_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    if (handle->poll.fd < 0)
        return -PAL_ERROR_NOTSUPPORT;
    return offset == 0 ? linux_poll_change(handle, count, buffer) : -PAL_ERROR_INVAL;
}

static bool is_named(const struct uri *uri, const char *name)
{
    return uri->len == strlen(name) && memcmp(uri->text, name, uri->len) == 0;
}

static int poll_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share_flags, PAL_FLG create,
                     PAL_FLG options)
{
    (void)access, (void)share_flags, (void)options;
    const bool set = is_named(uri, "set");
    PAL_HANDLE handle;
    if (!set && !is_named(uri, "list"))
        return -PAL_ERROR_STREAMNOTEXIST;
    if (create & PAL_CREAT_ALWAYS)
        return -PAL_ERROR_STREAMEXIST;
    int error = pal_handle_new(PAL_TYPE_POLL, &handle);
    if (error < 0)
        return error;
    handle->poll.fd = -1;
    error = set ? linux_poll_make_set(handle) : 0;
    if (error < 0) {
        pal_handle_discard(handle);
        return error;
    }
    *out = handle;
    return 0;
}

static void poll_close(PAL_HANDLE handle)
{
    if (handle->poll.fd >= 0)
        linux_poll_end_set(handle);
}

static int64_t poll_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    const char *name = handle->poll.fd < 0 ? "list" : "set";
    const struct uri uri = {.scheme = URI_POLL, .text = name, .len = strlen(name)};
    return uri_print(&uri, buffer, size);
}

const struct handle_ops linux_poll_ops = {
    .open = poll_open,
    .read = poll_read,
    .write = poll_write,
    .close = poll_close,
    .getname = poll_getname,
};
