/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs between processes. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include "children.h"
#include "errors.h"
#include "moments.h"

static long read_all(int fd)
{
    char buffer[5000];
    long sum = 0;
    for (ssize_t size; (size = read(fd, buffer, sizeof(buffer))) > 0;)
        sum += size;
    return sum;
}

/* What was in a pipe before the fork comes first, then what both write; the end comes when both have closed. */
static void test_contents(void)
{
    int fds[2], left = 0;
    char text[64] = "";
    pipe(fds);
    write(fds[1], "before ", 7);
    const pid_t pid = fork_clean();
    if (pid == 0) {
        close(fds[0]);
        write(fds[1], "child ", 6);
        _exit(0);
    }
    printf("code %d\n", code_of(pid));
    write(fds[1], "parent", 6);
    ioctl(fds[0], FIONREAD, &left);
    close(fds[1]);
    const ssize_t size = read(fds[0], text, sizeof(text));
    printf("%zd of %d: %s\n", size, left, text);
    printf("end: %zd\n", read(fds[0], text, sizeof(text)));
    close(fds[0]);
}

static void test_bulk(void)
{
    static char block[100000];
    int fds[2];
    pipe(fds);
    const pid_t pid = fork_clean();
    if (pid == 0) {
        close(fds[0]);
        for (int i = 0; i < 50; i++) {
            if (write(fds[1], block, sizeof(block)) != sizeof(block))
                _exit(1);
        }
        _exit(0);
    }
    close(fds[1]);
    const long sum = read_all(fds[0]);
    printf("bulk: %ld, code %d\n", sum, code_of(pid));
    close(fds[0]);
}

/* Small writes of several processes are not mixed. */
static void test_atomic(void)
{
    enum { WRITERS = 4, RECORDS = 200, SIZE = 512 };
    int fds[2], counts[WRITERS] = {0}, torn = 0;
    char record[SIZE];
    pipe(fds);
    for (int i = 0; i < WRITERS; i++) {
        if (fork_clean() == 0) {
            memset(record, 'a' + i, sizeof(record));
            for (int j = 0; j < RECORDS; j++)
                write(fds[1], record, sizeof(record));
            _exit(0);
        }
    }
    close(fds[1]);
    FILE *stream = fdopen(fds[0], "r");
    while (fread(record, sizeof(record), 1, stream) == 1) {
        const int who = record[0] - 'a';
        for (int i = 1; i < SIZE; i++)
            torn += record[i] != record[0];
        if (who >= 0 && who < WRITERS)
            counts[who]++;
    }
    fclose(stream);
    printf("records %d %d %d %d, torn %d\n", counts[0], counts[1], counts[2], counts[3], torn);
    for (int i = 0; i < WRITERS; i++)
        wait(NULL);
}

static void test_broken(void)
{
    int fds[2], ready[2];
    char byte;
    pipe(fds);
    pipe(ready);
    pid_t pid = fork_clean();
    if (pid == 0) {
        close(fds[0]);
        close(fds[1]);
        write(ready[1], "x", 1);
        wait_ms(50);
        _exit(0);
    }
    close(fds[0]);
    read(ready[0], &byte, 1);
    close(ready[0]);
    close(ready[1]);
    signal(SIGPIPE, SIG_IGN);
    const ssize_t size = write(fds[1], "x", 1);
    printf("nobody reads: %zd %s\n", size, size < 0 ? error_name(errno) : "");
    code_of(pid);
    signal(SIGPIPE, SIG_DFL);
    pid = fork_clean();
    if (pid == 0) {
        write(fds[1], "x", 1);
        _exit(0);
    }
    printf("SIGPIPE: %d\n", code_of(pid));
    close(fds[1]);
}

static void test_nonblocking(void)
{
    int fds[2], looked[2];
    char byte;
    pipe2(fds, O_NONBLOCK);
    pipe(looked);
    const pid_t pid = fork_clean();
    if (pid == 0) {
        close(fds[0]);
        read(looked[0], &byte, 1);
        wait_ms(80);
        write(fds[1], "y", 1);
        wait_ms(80);
        _exit(0);
    }
    close(fds[1]);
    ssize_t size = read(fds[0], &byte, 1);
    printf("nothing: %zd %s\n", size, error_name(errno));
    write(looked[1], "x", 1);
    struct pollfd entry = {.fd = fds[0], .events = POLLIN};
    int ready = poll(&entry, 1, -1);
    printf("poll: %d readable %d\n", ready, (entry.revents & POLLIN) != 0);
    size = read(fds[0], &byte, 1);
    printf("then: %zd %c\n", size, byte);
    ready = poll(&entry, 1, -1);
    printf("poll: %d hung up %d\n", ready, (entry.revents & POLLHUP) != 0);
    printf("end: %zd\n", read(fds[0], &byte, 1));
    code_of(pid);
    close(fds[0]);
    close(looked[0]);
    close(looked[1]);
}

static void test_fifo(void)
{
    char text[32] = "";
    printf("fifo: %d\n", mkfifo("fifo", 0600));
    const pid_t pid = fork_clean();
    if (pid == 0) {
        const int fd = open("fifo", O_WRONLY);
        write(fd, "through", 7);
        _exit(0);
    }
    const int fd = open("fifo", O_RDONLY);
    ssize_t size = 0;
    for (ssize_t more; (more = read(fd, text + size, sizeof(text) - (size_t)size)) > 0;)
        size += more;
    printf("%zd %s, code %d\n", size, text, code_of(pid));
    close(fd);
    unlink("fifo");
}

/* A pipeline of many processes, each of which passes on what it gets. */
static void test_pipeline(void)
{
    enum { LENGTH = 12 };
    int from = open("/dev/null", O_RDONLY), fds[2];
    for (int i = 0; i < LENGTH; i++) {
        pipe(fds);
        if (fork_clean() == 0) {
            char c = (char)('a' + i);
            char buffer[100];
            for (ssize_t size; (size = read(from, buffer, sizeof(buffer))) > 0;)
                write(fds[1], buffer, (size_t)size);
            write(fds[1], &c, 1);
            _exit(0);
        }
        close(from);
        close(fds[1]);
        from = fds[0];
    }
    char text[32] = "";
    size_t size = 0;
    for (ssize_t more; (more = read(from, text + size, sizeof(text) - 1 - size)) > 0;)
        size += (size_t)more;
    printf("pipeline: %s\n", text);
    close(from);
    for (int i = 0; i < LENGTH; i++)
        wait(NULL);
}

int main(void)
{
    test_contents();
    test_bulk();
    test_atomic();
    test_broken();
    test_nonblocking();
    test_fifo();
    test_pipeline();
    return 0;
}
