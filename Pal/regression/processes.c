/* SPDX-License-Identifier: MIT */
/* What the programs that make processes share. Stands on the Host ABI alone. */
#include "processes.h"

void play_role(const struct role *roles, int argc, char **argv)
{
    if (!pal_control.parent_process)
        return;
    for (; roles->name; roles++) {
        if (argc >= 2 && strcmp(roles->name, argv[1]) == 0)
            DkProcessExit((PAL_NUM)roles->play(argc > 2 ? argv[2] : NULL));
    }
    bail_out("a child without a role");
}

PAL_HANDLE start_role(const char *role, const char *argument)
{
    PAL_STR args[] = {"child", role, argument, NULL};
    return DkProcessCreate(NULL, 0, args);
}

size_t read_fully(PAL_HANDLE stream, void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const size_t got = DkStreamRead(stream, 0, size - done, (char *)buffer + done, NULL, 0);
        if (got == 0)
            break;
        done += got;
    }
    return done;
}

bool write_fully(PAL_HANDLE stream, const void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const size_t written = DkStreamWrite(stream, 0, size - done, (char *)(uintptr_t)buffer + done, NULL);
        if (written == 0)
            break;
        done += written;
    }
    return done == size;
}

int read_byte(PAL_HANDLE stream)
{
    unsigned char byte;
    return read_fully(stream, &byte, 1) == 1 ? byte : -1;
}

bool write_byte(PAL_HANDLE stream, int byte)
{
    const char one = (char)byte;
    return write_fully(stream, &one, 1);
}

int end_of(PAL_HANDLE process)
{
    char rest[256];
    PAL_STREAM_ATTR attr;
    while (read_fully(process, rest, sizeof(rest)) > 0)
        ;
    const bool known = DkStreamAttributesQuerybyHandle(process, &attr) && attr.disconnected;
    DkObjectClose(process);
    return known ? (int)attr.size : -1;
}

int to_number(const char *digits)
{
    int number = 0;
    while (*digits)
        number = number * 10 + (*digits++ - '0');
    return number;
}

bool write_file(const char *uri, const char *content)
{
    PAL_HANDLE file = DkStreamOpen(uri, PAL_ACCESS_RDWR, PAL_SHARE_OWNER_R | PAL_SHARE_OWNER_W, PAL_CREAT_TRY, 0);
    const size_t size = strlen(content);
    const bool written = file && DkStreamWrite(file, 0, size, (char *)(uintptr_t)content, NULL) == size;
    DkObjectClose(file);
    return written;
}

bool make_fifo(const char *name)
{
    PAL_FLG share = PAL_SHARE_OWNER_R | PAL_SHARE_OWNER_W;
    PAL_HANDLE link = DkStreamOpen(scratch("link:", name), PAL_ACCESS_WRONLY, 0, 0, 0);
    const bool made = link && DkStreamWrite(link, PAL_LINK_FIFO, sizeof(share), &share, NULL) == sizeof(share);
    DkObjectClose(link);
    failure();
    return made;
}
