// SPDX-License-Identifier: MIT
// A directory of the program's own in a file system in memory.
#ifndef LIBOS_TEST_GUEST_MEMORY_DIRECTORY_H
#define LIBOS_TEST_GUEST_MEMORY_DIRECTORY_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// Make it, empty, and go there. Its name, which holds the process id, is not to be printed.
static inline const char *enter_memory(void)
{
    static char name[40];
    snprintf(name, sizeof(name), "/dev/shm/libos-test.%d", getpid());
    if (mkdir(name, 0755) < 0 || chdir(name) < 0) {
        perror("/dev/shm");
        exit(1);
    }
    return name;
}

// Leave and remove it: 0, or not if something is left there.
static inline void leave_memory(const char *name)
{
    chdir("/");
    printf("left: %d\n", rmdir(name));
}

#endif
