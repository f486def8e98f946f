/* SPDX-License-Identifier: MIT */
/* Other processes of the instance, all of it for step 4. Knows neither manifest nor executable: the child's pal_main
 * reads them. */
#include "pal_host.h"

/* Step 4. Start this loader again (_DkGetLoaderPath) in a process that has nothing else of this one, and have its pal_main
 * get the instance_id, a handle of this process and arguments, a loader's whole command line. Return once that is
 * certain, or with the error: DENIED, TOOBIG, NOMEM, TOOMANY. */
int _DkProcessCreate(PAL_HANDLE *out, PAL_STR *arguments)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Optional: without it a library OS has no fork (ENOSYS). Copy this process, with the calling thread alone: NULL = all of its memory,
 * else what was committed for a child, and this. In the copy, *out is a handle of the parent and the result 1. */
int _DkProcessCopy(PAL_HANDLE *out, const struct pal_range *stack)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. From here on, pipes and channels of these names are others than those that the instance has had so far. */
int _DkProcessIsolate(void)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Optional: a handle of any process of the instance, by its number, to be resumed by. */
static int process_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                        PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. A byte stream from the process, 0 when it has ended. */
static int64_t process_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. CONNFAILED when it has ended. */
static int64_t process_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. The process lives on. */
static void process_close(PAL_HANDLE handle)
{
}

/* Step 4. Shut down reading, writing, or both for 0. */
static int process_delete(PAL_HANDLE handle, PAL_FLG access)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for a pipe; when disconnected, size is the exit code. */
static int process_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. nonblocking. */
static int process_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops process_ops = {
    .open = process_open,
    .read = process_read,
    .write = process_write,
    .close = process_close,
    .delete = process_delete,
    .attrquerybyhdl = process_attrquerybyhdl,
    .attrsetbyhdl = process_attrsetbyhdl,
};
