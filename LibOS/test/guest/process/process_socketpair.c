/* SPDX-License-Identifier: MIT */
/* Socket pairs between processes: what was sent before the fork, messages both ways, the end. */
#include <sys/socket.h>
#include "children.h"

static void test_socketpair(int type, const char *name)
{
    int fds[2];
    char text[32] = "";
    printf("%s: %d\n", name, socketpair(AF_UNIX, type, 0, fds));
    write(fds[0], "early ", 6);
    const pid_t pid = fork_clean();
    if (pid == 0) {
        close(fds[0]);
        ssize_t size = read(fds[1], text, sizeof(text));
        write(fds[1], "answer", 6);
        size += read(fds[1], text, sizeof(text));
        _exit((int)size);
    }
    close(fds[1]);
    ssize_t size = read(fds[0], text, sizeof(text));
    printf("%zd %s\n", size, text);
    write(fds[0], "more", 4);
    printf("code %d\n", code_of(pid));
    if (type != SOCK_DGRAM)
        printf("end: %zd\n", read(fds[0], text, sizeof(text)));
    close(fds[0]);
}

int main(void)
{
    test_socketpair(SOCK_STREAM, "stream");
    test_socketpair(SOCK_DGRAM, "datagram");
    test_socketpair(SOCK_SEQPACKET, "seqpacket");
    return 0;
}
