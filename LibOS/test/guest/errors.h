// SPDX-License-Identifier: MIT
// Errors by name: the texts of the C libraries differ, and not each of them knows all names.
#ifndef LIBOS_TEST_GUEST_ERRORS_H
#define LIBOS_TEST_GUEST_ERRORS_H

#include <errno.h>
#include <string.h>

#define NAMED(error) [error] = #error

static inline const char *error_name(int error)
{
    static const char *const names[] = {
        NAMED(EPERM),  NAMED(ENOENT),       NAMED(ESRCH),  NAMED(EINTR),      NAMED(EIO),       NAMED(ENXIO),
        NAMED(E2BIG),  NAMED(ENOEXEC),      NAMED(EBADF),  NAMED(ECHILD),     NAMED(EAGAIN),    NAMED(ENOMEM),
        NAMED(EACCES), NAMED(EFAULT),       NAMED(EEXIST), NAMED(ENOTDIR),    NAMED(EISDIR),    NAMED(EINVAL),
        NAMED(ENOTTY), NAMED(ESPIPE),       NAMED(EROFS),  NAMED(EPIPE),      NAMED(ERANGE),    NAMED(EDEADLK),
        NAMED(ENOSYS), NAMED(ENAMETOOLONG), NAMED(ELOOP),  NAMED(EOPNOTSUPP), NAMED(ETIMEDOUT),
    };
    if (error >= 0 && error < (int)(sizeof(names) / sizeof(names[0])) && names[error])
        return names[error];
    return error == 0 ? "0" : strerror(error);
}

#undef NAMED

// What a call gives that only fails or succeeds.
static inline const char *outcome(long result)
{
    return result < 0 ? error_name(errno) : "ok";
}

#endif
