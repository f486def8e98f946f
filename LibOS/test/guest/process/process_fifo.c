// SPDX-License-Identifier: MIT
// FIFOs of a file system in memory, between processes: opening, ends that come, go and are killed, whole small writes.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include "children.h"
#include "show.h"

static char g_name[64];

static int write_slowly(int count)
{
    const int fd = open(g_name, O_WRONLY);
    for (int i = 0; i < count; i++) {
        if (write(fd, "piece", 5) != 5)
            return 9;
        wait_ms(5);
    }
    return count;
}

static int read_all(int wanted)
{
    char bytes[100];
    const int fd = open(g_name, O_RDONLY);
    int count = 0;
    for (long got = 1; got > 0 && (wanted == 0 || count < wanted); count += got > 0 ? (int)got : 0)
        got = read(fd, bytes, sizeof(bytes));
    return count;
}

static int open_for_reading(int ms)
{
    const int fd = open(g_name, O_RDONLY);
    wait_ms(ms);
    return fd < 0;
}

static int open_for_writing(int ms)
{
    const int fd = open(g_name, O_WRONLY);
    wait_ms(ms);
    return fd < 0;
}

static long read_to_end(int fd)
{
    char bytes[4096];
    long count = 0, got;
    while ((got = read(fd, bytes, sizeof(bytes))) > 0)
        count += got;
    return got < 0 ? got : count;
}

static void meeting(void)
{
    printf("-- meeting\n");
    show("nobody reads", open(g_name, O_WRONLY | O_NONBLOCK));
    pid_t pid = start_for_code(write_slowly, 10);
    int fd = open(g_name, O_RDONLY);
    show("bytes", read_to_end(fd));
    end_of(pid);
    close(fd);

    pid = start_for_code(read_all, 0);
    fd = open(g_name, O_WRONLY);
    show("written", write(fd, "from the parent", 15));
    close(fd);
    end_of(pid);

    // The end is that of the last writer.
    pid_t pids[5];
    for (int i = 0; i < 5; i++)
        pids[i] = start_for_code(write_slowly, 4 * i + 1);
    fd = open(g_name, O_RDONLY);
    long count = 0;
    while (count < 5 * (1 + 5 + 9 + 13 + 17)) {
        char bytes[100];
        const long got = read(fd, bytes, sizeof(bytes)); // 0 before the others have come
        count += got > 0 ? got : 0;
    }
    show("bytes", count);
    for (int i = 0; i < 5; i++)
        end_of(pids[i]);
    show("end", read_to_end(fd));
    close(fd);
}

// Wake who waits in open again and again, without being whom a reader waits for.
static int knock(int go_on)
{
    char byte;
    const int fd = open(g_name, O_RDONLY | O_NONBLOCK);
    fcntl(go_on, F_SETFL, O_NONBLOCK);
    while (read(go_on, &byte, 1) < 0)
        fcntl(fd, F_SETPIPE_SZ, 65536);
    return 0;
}

static int write_and_wait(int go_on)
{
    char byte;
    const int fd = open(g_name, O_WRONLY);
    const bool good = fd >= 0 && write(fd, "piece", 5) == 5;
    return read(go_on, &byte, 1) == 1 && good ? 0 : 1;
}

// Who comes back from open has met somebody, whatever others do meanwhile.
static void knocking(void)
{
    char bytes[8];
    int stop[2], go_on[2], missed = 0;
    printf("-- knocking\n");
    pipe(stop);
    pipe(go_on);
    pid_t knockers[3];
    for (int i = 0; i < 3; i++)
        knockers[i] = start_for_code(knock, stop[0]);
    for (int i = 0; i < 150; i++) {
        const pid_t writer = start_for_code(write_and_wait, go_on[0]);
        const int fd = open(g_name, O_RDONLY);
        missed += read(fd, bytes, sizeof(bytes)) != 5;
        write(go_on[1], "", 1);
        missed += code_of(writer) != 0;
        close(fd);
    }
    show("missed", missed);
    write(stop[1], "...", 3);
    for (int i = 0; i < 3; i++)
        end_of(knockers[i]);
    for (int i = 0; i < 2; i++) {
        close(stop[i]);
        close(go_on[i]);
    }
}

static void ends(void)
{
    struct pollfd item = {.events = POLLIN};
    printf("-- ends\n");
    pid_t pid = start_for_code(open_for_writing, 30000);
    int fd = open(g_name, O_RDONLY);
    item.fd = fd;
    show("quiet", poll(&item, 1, 20));
    kill(pid, SIGKILL);
    show("end", read_to_end(fd));
    end_of(pid);
    show("poll", poll(&item, 1, 60000));
    printf("%#x\n", (unsigned)item.revents);
    close(fd);

    pid = start_for_code(open_for_reading, 30000);
    fd = open(g_name, O_WRONLY);
    item = (struct pollfd){.fd = fd, .events = POLLOUT};
    show("poll", poll(&item, 1, 60000));
    show("written", write(fd, "unread", 6));
    kill(pid, SIGKILL);
    end_of(pid);
    show("poll", poll(&item, 1, 60000));
    printf("%#x\n", (unsigned)item.revents);
    show("broken", write(fd, "x", 1));
    // What nobody has read is there for the next one as long as anybody has it open.
    pid = start_for_code(read_all, 6);
    end_of(pid);
    close(fd);

    // A writer that is full when its reader goes.
    static char much[200000];
    pid = start_for_code(open_for_reading, 0);
    fd = open(g_name, O_WRONLY);
    long written = 0;
    for (long count = 1; count > 0; written += count > 0 ? count : 0)
        count = write(fd, much, sizeof(much));
    printf("%d\n", written >= 0 && written < (long)sizeof(much));
    end_of(pid);
    close(fd);

    pid = start_for_code(open_for_reading, 100);
    fd = open(g_name, O_WRONLY);
    signal(SIGPIPE, SIG_DFL);
    const pid_t writer = fork();
    if (writer == 0) {
        while (write(fd, much, sizeof(much)) > 0)
            ;
        _exit(1);
    }
    end_of(writer);
    signal(SIGPIPE, SIG_IGN);
    end_of(pid);
    close(fd);
}

static void on_alarm(int signal)
{
    (void)signal;
}

static void opening(void)
{
    char bytes[16];
    struct sigaction action = {.sa_handler = on_alarm};
    printf("-- opening\n");
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval often = {{0, 50000}, {0, 50000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    show("interrupted", open(g_name, O_RDONLY));
    setitimer(ITIMER_REAL, &never, NULL);
    show("left nobody", open(g_name, O_WRONLY | O_NONBLOCK));

    int fd = open(g_name, O_RDWR);
    pid_t pid = start_for_code(write_slowly, 1);
    end_of(pid);
    show("from a child", read(fd, bytes, sizeof(bytes)));
    int pair[2];
    pipe(pair);
    show("write", write(fd, "spliced", 7));
    show("splice", splice(fd, NULL, pair[1], NULL, 100, 0));
    show("splice", splice(pair[0], NULL, fd, NULL, 5, 0));
    show("both", read(fd, bytes, sizeof(bytes)) + read(pair[0], bytes, sizeof(bytes)));
    show("size", fcntl(fd, F_GETPIPE_SZ));
    show("size", fcntl(fd, F_SETPIPE_SZ, 4000));
    show("size", fcntl(fd, F_SETPIPE_SZ, 65536));
    close(pair[0]);
    close(pair[1]);
    pid = start_for_code(read_all, 4);
    show("to a child", write(fd, "abcd", 4));
    end_of(pid);
    close(fd);
}

static void names(void)
{
    printf("-- names\n");
    // What a fork inherits is one of the ends.
    pid_t pid = start_for_code(open_for_reading, 30000);
    int fd = open(g_name, O_WRONLY);
    const pid_t heir = fork();
    if (heir == 0) {
        wait_ms(50);
        write(fd, "heir", 4);
        _exit(0);
    }
    close(fd);
    fd = open(g_name, O_RDONLY | O_NONBLOCK);
    fcntl(fd, F_SETFL, 0);
    show("from the heir", read_to_end(fd));
    end_of(heir);
    kill(pid, SIGKILL);
    end_of(pid);
    close(fd);

    // The name goes, the pipe stays.
    pid = start_for_code(write_slowly, 20);
    fd = open(g_name, O_RDONLY);
    show("unlink", unlink(g_name));
    show("bytes", read_to_end(fd));
    end_of(pid);
    close(fd);
    show("gone", open(g_name, O_RDONLY));
    show("mkfifo", mkfifo(g_name, 0600));

    pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "cat <\"$1\"; echo by a program >\"$1\"", "sh", g_name, NULL);
        _exit(1);
    }
    fd = open(g_name, O_WRONLY);
    dprintf(fd, "to a program\n");
    close(fd);
    fd = open(g_name, O_RDONLY);
    show("from a program", read_to_end(fd));
    end_of(pid);
    close(fd);
}

#define RECORDS 200

static int write_records(int letter)
{
    static char record[4096];
    memset(record, letter, sizeof(record));
    const int fd = open(g_name, O_WRONLY);
    for (int i = 0; i < RECORDS; i++)
        if (write(fd, record, sizeof(record)) != sizeof(record))
            return 1;
    return 0;
}

static int read_records(int fd)
{
    static char record[4096];
    int wrong = 0, count[4] = {0};
    for (int i = 0; i < 4 * RECORDS; i++) {
        for (size_t size = 0; size < sizeof(record);) {
            const long got = read(fd, record + size, sizeof(record) - size);
            if (got <= 0)
                return -1;
            size += (size_t)got;
        }
        for (size_t j = 1; j < sizeof(record); j++)
            wrong += record[j] != record[0];
        if (record[0] >= 'a' && record[0] < 'e')
            count[record[0] - 'a']++;
    }
    printf("%d %d %d %d\n", count[0], count[1], count[2], count[3]);
    return wrong;
}

static int read_some(int wanted)
{
    char byte;
    const int fd = open(g_name, O_RDONLY);
    for (int i = 0; i < wanted; i++)
        if (read(fd, &byte, 1) != 1)
            return 1;
    return 0;
}

static void many(void)
{
    pid_t pids[4];
    printf("-- many\n");
    int keep = open(g_name, O_RDWR); // so that nobody sees an end before all have come
    for (int i = 0; i < 4; i++)
        pids[i] = start_for_code(write_records, 'a' + i);
    show("mixed up", read_records(keep));
    for (int i = 0; i < 4; i++)
        end_of(pids[i]);
    for (int i = 0; i < 4; i++)
        pids[i] = start_for_code(read_some, 500);
    for (int i = 0; i < 2000; i++)
        if (write(keep, "x", 1) != 1)
            show("write", -1);
    for (int i = 0; i < 4; i++)
        end_of(pids[i]);
    close(keep);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    snprintf(g_name, sizeof(g_name), "/tmp/libos-test-fifo.%d", getpid());
    show("mkfifo", mkfifo(g_name, 0600));
    meeting();
    knocking();
    ends();
    opening();
    names();
    many();
    show("unlink", unlink(g_name));
    return 0;
}
