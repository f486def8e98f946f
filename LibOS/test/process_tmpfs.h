// SPDX-License-Identifier: MIT
// What the tests of a tmpfs between processes share.
#ifndef LIBOS_TEST_PROCESS_TMPFS_H
#define LIBOS_TEST_PROCESS_TMPFS_H

#include "fs_report.h"
#include <sys/wait.h>

#define LARGE 300000

static char g_bytes[LARGE] __attribute__((unused)), g_read[LARGE] __attribute__((unused));

// Run something in a child, and wait for it; what it prints comes before what the parent prints next.
__attribute__((unused)) static int in_child(void (*work)(void))
{
    int status = -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        work();
        fflush(stdout);
        _exit(0);
    }
    if (waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

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
