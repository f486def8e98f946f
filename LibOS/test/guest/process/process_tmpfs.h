// SPDX-License-Identifier: MIT
// What the tests of a tmpfs between processes share.
#ifndef LIBOS_TEST_GUEST_PROCESS_PROCESS_TMPFS_H
#define LIBOS_TEST_GUEST_PROCESS_PROCESS_TMPFS_H

#include "children.h"
#include "fs_report.h"

#define LARGE 300000

static char g_bytes[LARGE] __attribute__((unused)), g_read[LARGE] __attribute__((unused));

__attribute__((unused)) static void fill(char *bytes, long size, int seed)
{
    for (long i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 + i / 251 + seed);
}

__attribute__((unused)) static long read_all(const char *name)
{
    int fd = open(name, O_RDONLY);
    long size = fd < 0 ? -1 : read(fd, g_read, sizeof(g_read));
    close(fd);
    return size;
}

#endif
