// SPDX-License-Identifier: MIT
// splice, tee and vmsplice.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "show.h"

static int g_one[2], g_two[2];

static void show_read(const char *what, int fd, size_t size)
{
    static char buffer[100001];
    long result = show(what, read(fd, buffer, size));
    if (result >= 0 && result < 60) {
        buffer[result] = '\0';
        printf("  %s\n", buffer);
    }
}

static void *write_later(void *arg)
{
    (void)arg;
    wait_ms(40);
    write(g_one[1], "later", 5);
    return NULL;
}

int main(void)
{
    loff_t offset = 2;
    signal(SIGPIPE, SIG_IGN);
    pipe(g_one);
    pipe(g_two);
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(file, "0123456789", 10);

    show("file to pipe", splice(file, &offset, g_one[1], NULL, 5, 0));
    printf("offset %ld, position %ld\n", (long)offset, (long)lseek(file, 0, SEEK_CUR));
    show("tee", tee(g_one[0], g_two[1], 100, 0));
    show_read("copy", g_two[0], 100);
    show("pipe to pipe", splice(g_one[0], NULL, g_two[1], NULL, 3, SPLICE_F_MOVE));
    show_read("moved", g_two[0], 100);
    show_read("left", g_one[0], 100);
    lseek(file, 8, SEEK_SET);
    show("at its position", splice(file, NULL, g_one[1], NULL, 100, 0));
    show("end of file", splice(file, NULL, g_one[1], NULL, 100, 0));
    write(g_one[1], "abc", 3);
    offset = 4;
    show("pipe to file", splice(g_one[0], NULL, file, &offset, 4, 0));
    printf("offset %ld\n", (long)offset);
    show("pipe to file", splice(g_one[0], NULL, file, NULL, 100, 0));
    char text[32] = {0};
    show("pread", pread(file, text, 31, 0));
    printf("%s\n", text);

    show("would wait", splice(g_one[0], NULL, file, NULL, 100, SPLICE_F_NONBLOCK));
    show("tee would wait", tee(g_one[0], g_two[1], 100, SPLICE_F_NONBLOCK));
    pthread_t thread;
    pthread_create(&thread, NULL, write_later, NULL);
    show("waits", splice(g_one[0], NULL, g_two[1], NULL, 100, 0));
    pthread_join(thread, NULL);
    show_read("got", g_two[0], 100);

    struct iovec pieces[2] = {{"vm", 2}, {"splice", 6}};
    show("vmsplice", vmsplice(g_one[1], pieces, 2, 0));
    show_read("got", g_one[0], 100);
    write(g_one[1], "back", 4);
    struct iovec into = {text, 4};
    show("vmsplice", vmsplice(g_one[0], &into, 1, 0));
    printf("%.4s\n", text);

    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    write(g_one[1], "socket", 6);
    show("to socket", splice(g_one[0], NULL, pair[0], NULL, 100, 0));
    show("from socket", splice(pair[1], NULL, g_two[1], NULL, 100, 0));
    show_read("got", g_two[0], 100);

    /* More than a pipe holds. */
    static char block[100000];
    memset(block, 'x', sizeof(block));
    pwrite(file, block, sizeof(block), 0);
    lseek(file, 0, SEEK_SET);
    long all = 0;
    for (long got; (got = splice(file, NULL, g_one[1], NULL, 1 << 20, 0)) > 0;) {
        for (long left = got; left > 0;)
            left -= splice(g_one[0], NULL, pair[0], NULL, (size_t)left, 0);
        for (long left = got, part; left > 0; left -= part)
            part = read(pair[1], block, sizeof(block));
        all += got;
    }
    printf("all %ld\n", all);

    show("nothing", splice(file, NULL, g_one[1], NULL, 0, 0));
    show("no pipe", splice(file, NULL, file, NULL, 1, 0));
    show("same pipe", splice(g_one[0], NULL, g_one[1], NULL, 1, 0));
    offset = 0;
    show("offset of a pipe", splice(g_one[0], &offset, file, NULL, 1, 0));
    show("flags", splice(file, NULL, g_one[1], NULL, 1, 0x100));
    show("closed", splice(99, NULL, g_one[1], NULL, 1, 0));
    show("wrong way", splice(g_one[1], NULL, file, NULL, 1, 0));
    show("wrong way", splice(file, NULL, g_one[0], NULL, 1, 0));
    show("EFAULT", splice(file, (void *)8, g_one[1], NULL, 1, 0));
    offset = -1;
    show("negative", splice(file, &offset, g_one[1], NULL, 1, 0));
    fcntl(file, F_SETFL, O_APPEND);
    write(g_one[1], "x", 1);
    show("append", splice(g_one[0], NULL, file, NULL, 1, 0));
    show("tee no pipe", tee(file, g_two[1], 1, 0));
    show("vmsplice no pipe", vmsplice(file, pieces, 1, 0));
    close(g_two[0]);
    show("no reader", splice(g_one[0], NULL, g_two[1], NULL, 1, 0));
    close(g_one[1]);
    read(g_one[0], text, 1);
    show("no writer", splice(g_one[0], NULL, pair[0], NULL, 1, 0));
    unlink("file");
    return 0;
}
