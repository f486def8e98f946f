/* SPDX-License-Identifier: MIT */
/* Names of errors, which not every libc knows. */
#ifndef LIBOS_TEST_PROCESS_NAMES_H
#define LIBOS_TEST_PROCESS_NAMES_H

#include <errno.h>

static inline const char *error_name(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {{0, "0"},           {E2BIG, "E2BIG"},   {EACCES, "EACCES"}, {EAGAIN, "EAGAIN"}, {EBADF, "EBADF"},
                 {ECHILD, "ECHILD"}, {EFAULT, "EFAULT"}, {EINTR, "EINTR"},   {EINVAL, "EINVAL"}, {ENOENT, "ENOENT"},
                 {ENOMEM, "ENOMEM"}, {EPERM, "EPERM"},   {EPIPE, "EPIPE"},   {ESRCH, "ESRCH"},   {EISDIR, "EISDIR"}};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].error == error)
            return names[i].name;
    }
    return "another error";
}

#endif
