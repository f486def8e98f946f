// SPDX-License-Identifier: MIT
// Names in a tmpfs.
#include "fs_names.h"

int main(void)
{
    char name[64];
    snprintf(name, sizeof(name), "/dev/shm/names.%d", getpid());
    if (mkdir(name, 0755) < 0 || chdir(name) < 0) {
        printf("no tmpfs: %s\n", strerror(errno));
        return 1;
    }
    names_all();
    printf("left: %d\n", rmdir(name));
    return 0;
}
