// SPDX-License-Identifier: MIT
// What the tests of files share: an expression is printed with its result, or with the error.
#ifndef LIBOS_TEST_GUEST_FS_REPORT_H
#define LIBOS_TEST_GUEST_FS_REPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "report.h"

// Not known to the compiler, which would warn.
static volatile long g_minus_one = -1, g_many = 1025;
#define MINUS_ONE g_minus_one
#define MANY      g_many

// A descriptor without its number, which may differ.
#define RFD(call) (errno = 0, report_fd(#call, (call)))

static inline int report_fd(const char *text, int fd)
{
    if (fd < 0)
        printf("%s: %s\n", text, error_name(errno));
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
        printf("cannot make %s: %s\n", name, error_name(errno));
    close(fd);
}

static inline void show_file(const char *name)
{
    char buffer[256];
    int fd = open(name, O_RDONLY);
    long size = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));
    if (size < 0)
        printf("%s: %s\n", name, error_name(errno));
    else
        show(name, buffer, size);
    if (fd >= 0)
        close(fd);
}

#endif
