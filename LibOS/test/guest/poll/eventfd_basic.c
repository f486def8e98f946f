// SPDX-License-Identifier: MIT
// eventfd: counting, semaphores, overflow, blocking, readiness.
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include "interrupts.h"
#include "show.h"

static void show_read(const char *what, int fd)
{
    uint64_t value = 0;
    if (show(what, read(fd, &value, sizeof(value))) > 0)
        printf("  %llu\n", (unsigned long long)value);
}

static long put(int fd, uint64_t value)
{
    return write(fd, &value, sizeof(value));
}

static void show_poll(int fd)
{
    struct pollfd item = {fd, POLLIN | POLLOUT | POLLPRI, 0};
    int result = poll(&item, 1, 0);
    printf("poll: %d %#x\n", result, (unsigned)item.revents);
}

static void *reader(void *arg)
{
    for (int i = 0; i < 3; i++) {
        uint64_t value;
        read(*(int *)arg, &value, sizeof(value));
        printf("got %llu\n", (unsigned long long)value);
    }
    return NULL;
}

static void *taker(void *arg)
{
    uint64_t value;
    wait_ms(50);
    read(*(int *)arg, &value, sizeof(value));
    return (void *)(long)(value == UINT64_MAX - 1);
}

int main(void)
{
    char buffer[16] = {0};
    int fd = eventfd(3, EFD_NONBLOCK);
    struct stat stat;
    show("fstat", fstat(fd, &stat));
    printf("mode %o size %ld\n", stat.st_mode, (long)stat.st_size);
    printf("flags %#x %d\n", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
    show("seek", lseek(fd, 5, SEEK_SET));
    show("pread", pread(fd, buffer, sizeof(buffer), 0));
    show_poll(fd);
    show_read("initial", fd);
    show_poll(fd);
    show_read("empty", fd);
    show("write", put(fd, 5));
    show("write", put(fd, 7));
    show_read("sum", fd);
    show("short write", write(fd, buffer, 7));
    show("short read", read(fd, buffer, 7));
    show("long write", write(fd, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0", 16));
    show("long read", read(fd, buffer, 16));
    show("all ones", put(fd, UINT64_MAX));
    show("most", put(fd, UINT64_MAX - 1));
    show_poll(fd);
    show("overflow", put(fd, 1));
    show("zero", put(fd, 0));
    show("EFAULT", write(fd, (void *)8, 8));
    show_read("most", fd);
    put(fd, 9);
    show("EFAULT", read(fd, (void *)8, 8));
    show_read("was taken", fd);
    show("pread", pread(fd, buffer, 8, 0));
    show("ftruncate", ftruncate(fd, 0));
    close(fd);

    show("bad flags", eventfd(0, 0x10));
    fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
    printf("close on exec %d\n", fcntl(fd, F_GETFD));
    for (int i = 0; i < 3; i++)
        show_read("semaphore", fd);
    close(fd);

    pthread_t thread, self = pthread_self();
    fd = eventfd(0, 0);
    pthread_create(&thread, NULL, reader, &fd);
    for (uint64_t i = 1; i <= 3; i++) {
        wait_ms(30);
        put(fd, i);
        struct pollfd item = {.fd = fd, .events = POLLIN};
        while (poll(&item, 1, 0) == 1)
            wait_ms(1);
    }
    pthread_join(thread, NULL);
    put(fd, UINT64_MAX - 1);
    pthread_create(&thread, NULL, taker, &fd);
    show("blocks", put(fd, 4));
    void *made;
    pthread_join(thread, &made);
    printf("made room: %ld\n", (long)made);
    show_read("after", fd);

    struct sigaction action = {.sa_handler = do_nothing};
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, kill_later, &self);
    show_read("interrupted", fd);
    pthread_join(thread, NULL);
    return 0;
}
