/* SPDX-License-Identifier: MIT */
/* The kernel's calls for pipes. */
#ifndef PAL_HOST_LINUX_SYS_PIPE_H
#define PAL_HOST_LINUX_SYS_PIPE_H

#include "sys_linux.h"

static inline int sys_pipe2(int *out_fds, int flags)
{
    return linux_given_two(SYS2(pipe2, out_fds, flags), out_fds);
}

/* Make a pipe that is O_NONBLOCK readable, or not so any more. One that is full is. */
static inline void sys_pipe_raise(int fd)
{
    const char byte = 0;
    SYS3(write, fd, &byte, sizeof(byte));
}

static inline void sys_pipe_clear(int fd)
{
    char bytes[64];
    while (SYS3(read, fd, bytes, sizeof(bytes)) == sizeof(bytes))
        ;
}

#endif
