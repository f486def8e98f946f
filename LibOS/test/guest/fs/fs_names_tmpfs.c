// SPDX-License-Identifier: MIT
// Names in a tmpfs.
#include "fs_names.h"

static void fifos(void)
{
    printf("-- fifos\n");
    R(mkfifo("fifo", 0666));
    R(mkfifo("fifo", 0666));
    show_kind("fifo");
    int fd = RFD(open("fifo", O_RDWR));
    R(write(fd, "x", 1));
    R(close(fd));
    R(open("fifo", O_WRONLY | O_NONBLOCK));
    fd = RFD(open("fifo", O_RDONLY | O_NONBLOCK));
    R(close(fd));
    R(unlink("fifo"));
}

int main(void)
{
    char name[64];
    snprintf(name, sizeof(name), "/dev/shm/names.%d", getpid());
    if (mkdir(name, 0755) < 0 || chdir(name) < 0) {
        printf("no tmpfs: %s\n", strerror(errno));
        return 1;
    }
    names_all();
    fifos();
    printf("left: %d\n", rmdir(name));
    return 0;
}
