/* SPDX-License-Identifier: MIT */
/* Devices: dev:NAME. Knows no name but those that the host gives to programs. */
#include "pal_host.h"

/* Step 3: dev:tty, the process's standard input and output; STREAMNOTEXIST for a name that is not served, STREAMEXIST
 * with PAL_CREAT_ALWAYS for one that is. Optional: stdin, stdout, stderr, each of these alone, stdin.terminal and so
 * on, whose reads and writes are struct pal_terminal, and stdin.file and so on: a handle of the file (PAL_TYPE_FILE)
 * that it is, whose attributes tell and set place; STREAMISDEVICE. */
static int dev_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                    PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. From standard input; the offset means nothing. */
static int64_t dev_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 3: this is how HelloWorld speaks. To standard output. */
static int64_t dev_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 3. The process keeps its standard input and output. */
static void dev_close(PAL_HANDLE handle)
{
}

/* Step 4. Return when what was written has gone to the device. */
static int dev_flush(PAL_HANDLE handle)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. type is PAL_TYPE_DEV; STREAMNOTEXIST for a name that is not served. */
static int dev_attrquery(const struct uri *uri, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. readable and writeable: whether a read or write would not block now. */
static int dev_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. nonblocking: of this handle alone, whoever else has the device open. */
static int dev_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. dev:NAME, as opened. */
static int64_t dev_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops dev_ops = {
    .open = dev_open,
    .read = dev_read,
    .write = dev_write,
    .close = dev_close,
    .flush = dev_flush,
    .attrquery = dev_attrquery,
    .attrquerybyhdl = dev_attrquerybyhdl,
    .attrsetbyhdl = dev_attrsetbyhdl,
    .getname = dev_getname,
};
