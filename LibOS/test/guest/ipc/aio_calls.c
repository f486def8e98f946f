// SPDX-License-Identifier: MIT
// The kernel's asynchronous input and output, by its calls: io_setup(2) and its kin.
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "show.h"

static aio_context_t g_context;
static struct io_event g_events[8];

static void submit(const char *what, struct iocb *request)
{
    struct iocb *list[] = {request};
    show(what, syscall(SYS_io_submit, g_context, 1, list));
}

static void fetch(const char *what, long minimum, long count, struct timespec *timeout)
{
    long result = show(what, syscall(SYS_io_getevents, g_context, minimum, count, g_events, timeout));
    for (long i = 0; i < result; i++)
        printf("  %llu: %lld\n", (unsigned long long)g_events[i].data, (long long)g_events[i].res);
}

static struct iocb request_of(int operation, int fd, void *buffer, size_t count, long offset)
{
    static uint64_t number;
    struct iocb request = {.aio_lio_opcode = (uint16_t)operation, .aio_fildes = (uint32_t)fd, .aio_nbytes = count};
    request.aio_buf = (uintptr_t)buffer;
    request.aio_offset = offset;
    request.aio_data = ++number;
    return request;
}

static void *submit_later(void *arg)
{
    wait_ms(30);
    struct iocb *list[] = {arg};
    syscall(SYS_io_submit, g_context, 1, list);
    return NULL;
}

static void setting_up(void)
{
    aio_context_t other = 0;
    show("setup of none", syscall(SYS_io_setup, 0, &other));
    show("setup of too many", syscall(SYS_io_setup, 1u << 30, &other));
    show("setup nowhere", syscall(SYS_io_setup, 1, NULL));
    show("setup", syscall(SYS_io_setup, 4, &g_context));
    show("setup again", syscall(SYS_io_setup, 4, &g_context));
    show("setup of another", syscall(SYS_io_setup, 1, &other));
    show("destroy", syscall(SYS_io_destroy, other));
    show("destroy again", syscall(SYS_io_destroy, other));
    show("submit to none", syscall(SYS_io_submit, other, 0, NULL));
    show("fetch from none", syscall(SYS_io_getevents, other, 0, 1, g_events, NULL));
    show("cancel in none", syscall(SYS_io_cancel, other, g_events, g_events));
}

static void requests(int file)
{
    char buffer[32] = "";
    struct iovec pieces[] = {{"abc", 3}, {"defg", 4}}, places[] = {{buffer, 2}, {buffer + 16, 8}};
    struct iocb write = request_of(IOCB_CMD_PWRITE, file, "0123456789", 10, 0);
    struct iocb vector = request_of(IOCB_CMD_PWRITEV, file, pieces, 2, 10);
    struct iocb read = request_of(IOCB_CMD_PREADV, file, places, 2, 8);
    struct iocb sync = request_of(IOCB_CMD_FSYNC, file, NULL, 0, 0);
    struct iocb *list[] = {&write, &vector, &read};
    show("submit", syscall(SYS_io_submit, g_context, 3, list));
    fetch("fetch", 3, 8, NULL);
    printf("%s %s\n", buffer, buffer + 16);
    fetch("no more", 0, 8, NULL);
    fetch("no more in time", 1, 8, &(struct timespec){0, 20000000});
    fetch("more than wanted", 8, 4, NULL);
    fetch("less than none", -1L, 4, NULL);

    struct iocb bad = request_of(IOCB_CMD_PREAD, 99, buffer, 1, 0);
    submit("no descriptor", &bad);
    bad = request_of(77, file, buffer, 1, 0);
    submit("no operation", &bad);
    bad = request_of(IOCB_CMD_PREAD, file, buffer, 1, 0);
    bad.aio_reserved2 = 1;
    submit("reserved", &bad);
    show("nowhere", syscall(SYS_io_submit, g_context, 1, NULL));
    show("less than none", syscall(SYS_io_submit, g_context, -1L, list));
    show("none", syscall(SYS_io_submit, g_context, 0, NULL));
    int writer = open("file", O_WRONLY);
    bad = request_of(IOCB_CMD_PREAD, writer, buffer, 1, 0);
    submit("cannot be read", &bad);
    close(writer);
    bad = request_of(IOCB_CMD_PREAD, 99, buffer, 1, 0);
    show("one good", syscall(SYS_io_submit, g_context, 2, (struct iocb *[]){&sync, &bad}));
    fetch("fetch", 1, 8, NULL);
    show("cancel", syscall(SYS_io_cancel, g_context, &sync, g_events));
}

static void waiting(int file)
{
    uint64_t told = 0;
    int listener = eventfd(0, 0);
    struct iocb request = request_of(IOCB_CMD_PWRITE, file, "x", 1, 3);
    request.aio_flags = IOCB_FLAG_RESFD;
    request.aio_resfd = (uint32_t)listener;
    submit("with a listener", &request);
    show("told", read(listener, &told, sizeof(told)));
    printf("  %llu\n", (unsigned long long)told);
    fetch("fetch", 1, 1, NULL);
    request.aio_resfd = (uint32_t)file;
    submit("no listener", &request);
    request.aio_resfd = 99;
    submit("no listener", &request);
    request.aio_flags = 0;

    pthread_t thread;
    pthread_create(&thread, NULL, submit_later, &request);
    fetch("by another thread", 1, 1, NULL);
    pthread_join(thread, NULL);

    if (fork() == 0) {
        fetch("the child has none", 0, 1, NULL);
        exit(0);
    }
    int status;
    wait(&status);
    fetch("the parent has", 0, 1, NULL);
    show("destroy", syscall(SYS_io_destroy, g_context));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    setting_up();
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    requests(file);
    waiting(file);
    return 0;
}
