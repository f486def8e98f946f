/* SPDX-License-Identifier: MIT */
/* From the kernel's errors to the PAL's: the only place that knows both. */
#include "linux_error.h"
#include <asm/errno.h>
#include "pal_error.h"

int64_t linux_error(long result)
{
    /* Every errno that one of the calls in sys_linux.h can give (man 2). */
    static const unsigned char codes[] = {
        [EPERM] = PAL_ERROR_DENIED,
        [ENOENT] = PAL_ERROR_STREAMNOTEXIST,
        [ESRCH] = PAL_ERROR_NOTKILLABLE,
        [EINTR] = PAL_ERROR_INTERRUPTED,
        [EIO] = PAL_ERROR_IO,
        [ENXIO] = PAL_ERROR_STREAMNOTEXIST,
        [E2BIG] = PAL_ERROR_TOOBIG,
        [ENOEXEC] = PAL_ERROR_NOEXEC,
        [EBADF] = PAL_ERROR_DENIED, /* the handle was live, so the descriptor lacks the access */
        [ECHILD] = PAL_ERROR_NOTKILLABLE,
        [EAGAIN] = PAL_ERROR_TRYAGAIN,
        [ENOMEM] = PAL_ERROR_NOMEM,
        [EACCES] = PAL_ERROR_DENIED,
        [EFAULT] = PAL_ERROR_BADADDR,
        [EBUSY] = PAL_ERROR_BUSY,
        [EEXIST] = PAL_ERROR_STREAMEXIST,
        [EXDEV] = PAL_ERROR_CROSSDEVICE,
        [ENODEV] = PAL_ERROR_NOTSUPPORT,
        [ENOTDIR] = PAL_ERROR_STREAMISFILE,
        [EISDIR] = PAL_ERROR_STREAMISDIR,
        [EINVAL] = PAL_ERROR_INVAL,
        [ENFILE] = PAL_ERROR_TOOMANY,
        [EMFILE] = PAL_ERROR_TOOMANY,
        [ENOTTY] = PAL_ERROR_NOTSUPPORT,
        [ETXTBSY] = PAL_ERROR_BUSY,
        [EFBIG] = PAL_ERROR_TOOBIG,
        [ENOSPC] = PAL_ERROR_NOSPACE,
        [ESPIPE] = PAL_ERROR_NOTSUPPORT,
        [EROFS] = PAL_ERROR_READONLY,
        [EMLINK] = PAL_ERROR_TOOMANY,
        [EPIPE] = PAL_ERROR_CONNFAILED,
        [EDOM] = PAL_ERROR_INVAL,
        [ERANGE] = PAL_ERROR_OVERFLOW,
        [EDEADLK] = PAL_ERROR_INCONSIST,
        [ENAMETOOLONG] = PAL_ERROR_TOOLONG,
        [ENOSYS] = PAL_ERROR_NOTSUPPORT,
        [ENOTEMPTY] = PAL_ERROR_NOTEMPTY,
        [ELOOP] = PAL_ERROR_LINKLOOP,
        [ENODATA] = PAL_ERROR_NOTDEFINED,
        [ENONET] = PAL_ERROR_CONNFAILED,
        [EPROTO] = PAL_ERROR_CONNFAILED,
        [EOVERFLOW] = PAL_ERROR_OVERFLOW,
        [ENOTSOCK] = PAL_ERROR_BADHANDLE,
        [EDESTADDRREQ] = PAL_ERROR_NOTCONNECTION,
        [EMSGSIZE] = PAL_ERROR_TOOBIG,
        [EPROTOTYPE] = PAL_ERROR_NOTSUPPORT,
        [ENOPROTOOPT] = PAL_ERROR_NOTSUPPORT,
        [EPROTONOSUPPORT] = PAL_ERROR_NOTSUPPORT,
        [ESOCKTNOSUPPORT] = PAL_ERROR_NOTSUPPORT,
        [EOPNOTSUPP] = PAL_ERROR_NOTSUPPORT,
        [EAFNOSUPPORT] = PAL_ERROR_NOTSUPPORT,
        [EADDRINUSE] = PAL_ERROR_ADDRINUSE,
        [EADDRNOTAVAIL] = PAL_ERROR_ADDRNOTEXIST,
        [ENETDOWN] = PAL_ERROR_CONNFAILED,
        [ENETUNREACH] = PAL_ERROR_CONNFAILED,
        [ENETRESET] = PAL_ERROR_CONNFAILED,
        [ECONNABORTED] = PAL_ERROR_CONNFAILED,
        [ECONNRESET] = PAL_ERROR_CONNFAILED,
        [ENOBUFS] = PAL_ERROR_NOMEM,
        [EISCONN] = PAL_ERROR_STREAMEXIST,
        [ENOTCONN] = PAL_ERROR_NOTCONNECTION,
        [ETOOMANYREFS] = PAL_ERROR_TOOMANY, /* descriptors on their way in messages */
        [ETIMEDOUT] = PAL_ERROR_TIMEDOUT,
        [ECONNREFUSED] = PAL_ERROR_CONNFAILED,
        [EHOSTDOWN] = PAL_ERROR_CONNFAILED,
        [EHOSTUNREACH] = PAL_ERROR_CONNFAILED,
        [EALREADY] = PAL_ERROR_BUSY,
        [EINPROGRESS] = PAL_ERROR_TRYAGAIN,
        [ESTALE] = PAL_ERROR_STREAMNOTEXIST,
        [EDQUOT] = PAL_ERROR_NOSPACE,
        [ECANCELED] = PAL_ERROR_INTERRUPTED,
    };
    if (result >= 0)
        return result;
    const unsigned long number = 0 - (unsigned long)result;
    const unsigned code = number < sizeof(codes) ? codes[number] : 0;
    return code ? -(int64_t)code : -PAL_ERROR_INCONSIST;
}
