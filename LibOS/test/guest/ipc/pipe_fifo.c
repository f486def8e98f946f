// SPDX-License-Identifier: MIT
// FIFOs of a file system in memory: opening in all ways, ends that come and go.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include "show.h"

static char g_name[40];

static void *open_writer(void *arg)
{
    wait_ms(50);
    int fd = open(g_name, O_WRONLY);
    wait_ms(30);
    write(fd, "hello", 5);
    if (arg != NULL)
        wait_ms(30);
    close(fd);
    return NULL;
}

static void *open_reader(void *arg)
{
    char buffer[8];
    (void)arg;
    wait_ms(50);
    int fd = open(g_name, O_RDONLY);
    while (read(fd, buffer, 8) > 0)
        ;
    close(fd);
    return NULL;
}

static void show_poll(const char *what, int fd)
{
    struct pollfd item = {fd, POLLIN | POLLOUT, 0};
    int result = poll(&item, 1, 0);
    printf("%s: %d %#x\n", what, result, (unsigned)item.revents);
}

int main(void)
{
    char buffer[16];
    struct stat stat;
    pthread_t thread;
    signal(SIGPIPE, SIG_IGN);
    snprintf(g_name, sizeof(g_name), "/tmp/libos-test-fifo.%d", getpid());
    show("mkfifo", mkfifo(g_name, 0600));
    show("mkfifo", mkfifo(g_name, 0600));
    show("nobody reads", open(g_name, O_WRONLY | O_NONBLOCK));
    int reader = open(g_name, O_RDONLY | O_NONBLOCK);
    fstat(reader, &stat);
    printf("mode %o\n", stat.st_mode);
    show_poll("never opened", reader);
    show("nobody writes", read(reader, buffer, 1));
    int writer = open(g_name, O_WRONLY | O_NONBLOCK);
    show_poll("reader", reader);
    show_poll("writer", writer);
    show("empty", read(reader, buffer, 1));
    show("write", write(writer, "abc", 3));
    show_poll("reader", reader);
    close(writer);
    show_poll("hung up with data", reader);
    show("read", read(reader, buffer, 10));
    show_poll("hung up", reader);
    show("end", read(reader, buffer, 10));
    writer = open(g_name, O_WRONLY);
    show_poll("again", reader);
    close(reader);
    show("no reader", write(writer, "x", 1));
    show_poll("no reader", writer);
    close(writer);
    reader = open(g_name, O_RDONLY | O_NONBLOCK);
    show_poll("new reader", reader);
    close(reader);

    int both = open(g_name, O_RDWR);
    show_poll("both", both);
    show("write", write(both, "self", 4));
    show("read", read(both, buffer, 10));
    close(both);

    pthread_create(&thread, NULL, open_writer, "slowly");
    reader = open(g_name, O_RDONLY);
    show("waited", read(reader, buffer, 10));
    show("end", read(reader, buffer, 10));
    pthread_join(thread, NULL);
    close(reader);
    pthread_create(&thread, NULL, open_reader, NULL);
    writer = open(g_name, O_WRONLY);
    show("waited", write(writer, "hello", 5));
    close(writer);
    pthread_join(thread, NULL);
    show("lseek", lseek(reader, 0, SEEK_SET));
    show("unlink", unlink(g_name));
    return 0;
}
