// SPDX-License-Identifier: MIT
// What the tests of files share: an expression is printed with its result, or with the error.
#ifndef LIBOS_TEST_FS_REPORT_H
#define LIBOS_TEST_FS_REPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define R(call) (errno = 0, report(#call, (long)(call)))

// Not known to the compiler, which would warn.
static void *volatile g_wild = (void *)8;
static volatile long g_minus_one = -1, g_many = 1025;
#define WILD      g_wild
#define MINUS_ONE g_minus_one
#define MANY      g_many

static inline long report(const char *text, long result)
{
    if (result == -1 && errno)
        printf("%s: %s\n", text, strerror(errno));
    else
        printf("%s = %ld\n", text, result);
    return result;
}

// A descriptor without its number, which may differ.
#define RFD(call) (errno = 0, report_fd(#call, (call)))

static inline int report_fd(const char *text, int fd)
{
    if (fd < 0)
        printf("%s: %s\n", text, strerror(errno));
    else
        printf("%s: open\n", text);
    return fd;
}

static inline void show(const char *what, const char *bytes, long size)
{
    printf("%s: %ld [", what, size);
    for (long i = 0; i < size; i++)
        putchar(bytes[i] >= ' ' && bytes[i] < 127 ? bytes[i] : '.');
    printf("]\n");
}

static inline void make_file(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        printf("cannot make %s: %s\n", name, strerror(errno));
    close(fd);
}

static inline void show_file(const char *name)
{
    char buffer[256];
    int fd = open(name, O_RDONLY);
    long size = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));
    if (size < 0)
        printf("%s: %s\n", name, strerror(errno));
    else
        show(name, buffer, size);
    if (fd >= 0)
        close(fd);
}

#endif
