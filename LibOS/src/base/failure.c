/* SPDX-License-Identifier: MIT */
/* What calls of the Host ABI fail with, as errors of Linux; and the stream calls that can sleep, or have
 * another name on some hosts. */
#include "base.h"
#include "entry.h"
#include "task.h"

/* Codes of the Host ABI are those of the calls, which mean what Linux's mean under another name. */
static const uint8_t errors[] = {
    [PAL_ERROR_NOTIMPLEMENTED] = ENOSYS,
    [PAL_ERROR_NOTDEFINED] = ENOSYS,
    [PAL_ERROR_NOTSUPPORT] = EOPNOTSUPP,
    [PAL_ERROR_INVAL] = EINVAL,
    [PAL_ERROR_TOOLONG] = ENAMETOOLONG,
    [PAL_ERROR_DENIED] = EACCES,
    [PAL_ERROR_BADHANDLE] = EBADF,
    [PAL_ERROR_STREAMEXIST] = EEXIST,
    [PAL_ERROR_STREAMNOTEXIST] = ENOENT,
    [PAL_ERROR_STREAMISFILE] = ENOTDIR,
    [PAL_ERROR_STREAMISDIR] = EISDIR,
    [PAL_ERROR_STREAMISDEVICE] = ENXIO,
    [PAL_ERROR_INTERRUPTED] = EINTR,
    [PAL_ERROR_OVERFLOW] = EOVERFLOW,
    [PAL_ERROR_BADADDR] = EFAULT,
    [PAL_ERROR_NOMEM] = ENOMEM,
    [PAL_ERROR_NOTKILLABLE] = ESRCH,
    [PAL_ERROR_INCONSIST] = EIO,
    [PAL_ERROR_TRYAGAIN] = EAGAIN,
    [PAL_ERROR_ENDOFSTREAM] = ENODATA,
    [PAL_ERROR_NOTSERVER] = EINVAL,
    [PAL_ERROR_NOTCONNECTION] = ENOTCONN,
    [PAL_ERROR_ZEROSIZE] = EINVAL,
    [PAL_ERROR_CONNFAILED] = ECONNRESET,
    [PAL_ERROR_ADDRNOTEXIST] = EADDRNOTAVAIL,
    [PAL_ERROR_NOSPACE] = ENOSPC,
    [PAL_ERROR_READONLY] = EROFS,
    [PAL_ERROR_LINKLOOP] = ELOOP,
    [PAL_ERROR_TOOMANY] = EMFILE,
    [PAL_ERROR_BUSY] = EBUSY,
    [PAL_ERROR_NOTEMPTY] = ENOTEMPTY,
    [PAL_ERROR_CROSSDEVICE] = EXDEV,
    [PAL_ERROR_IO] = EIO,
    [PAL_ERROR_TIMEDOUT] = ETIMEDOUT,
    [PAL_ERROR_ADDRINUSE] = EADDRINUSE,
    [PAL_ERROR_NOEXEC] = ENOEXEC,
    [PAL_ERROR_TOOBIG] = EFBIG,
};

int pal_failure(void)
{
    const uint32_t code = self()->failure;
    return code < array_count(errors) && errors[code] ? -errors[code] : -EIO;
}

void pal_failure_clear(void)
{
    self()->failure = 0;
}

bool pal_failed(void)
{
    return self()->failure != 0;
}

void failure_set(uint32_t code)
{
    self()->failure = code;
}

int64_t stream_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    pal_failure_clear();
    thread_rests(true);
    const PAL_NUM size = block_read(handle, offset, count, buffer, NULL, 0);
    thread_rests(false);
    return size == 0 && pal_failed() ? pal_failure() : (int64_t)size;
}

int64_t stream_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    pal_failure_clear();
    thread_rests(true);
    const PAL_NUM size = block_write(handle, offset, count, (void *)(uintptr_t)buffer, NULL);
    thread_rests(false);
    return size == 0 && pal_failed() ? pal_failure() : (int64_t)size;
}

int64_t stream_read_through(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    for (;;) {
        pal_failure_clear();
        const PAL_NUM size = DkStreamRead(handle, offset, count, buffer, NULL, 0);
        const int error = size == 0 && pal_failed() ? pal_failure() : 0;
        if (error != -EINTR)
            return error < 0 ? error : (int64_t)size;
    }
}

int64_t stream_write_through(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    for (;;) {
        pal_failure_clear();
        const PAL_NUM size = DkStreamWrite(handle, offset, count, (void *)(uintptr_t)buffer, NULL);
        const int error = size == 0 && pal_failed() ? pal_failure() : 0;
        if (error != -EINTR)
            return error < 0 ? error : (int64_t)size;
    }
}

PAL_HANDLE host_stream_open(unsigned number, PAL_FLG access, PAL_FLG options)
{
    static const char *const uris[] = {"dev:stdin", "dev:stdout", "dev:stderr"};
    PAL_HANDLE handle = DkStreamOpen(uris[number], access, 0, 0, options);
    if (!handle && pal_failure() == -ENOENT)
        handle = DkStreamOpen("dev:tty", access, 0, 0, options);
    return handle;
}
