// SPDX-License-Identifier: MIT
// Names in a tmpfs.
#include "fs_names.h"
#include "memory_directory.h"

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
    const char *memory = enter_memory();
    names_all();
    fifos();
    leave_memory(memory);
    return 0;
}
