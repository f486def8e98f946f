/* SPDX-License-Identifier: MIT */
/* Many processes that count in one file, each of them with locks of every kind; and readers among writers. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_OFD_SETLKW
#define F_OFD_SETLKW 38
#endif

#define PROCESSES 8
#define ROUNDS    500

enum { RECORD, OPEN_FILE, WHOLE, LOCKF, KINDS };

static const char *const g_names[] = {"fcntl", "fcntl of open files", "flock", "lockf"};

static int lock(int kind, int fd, short type)
{
    struct flock record = {.l_type = type, .l_start = 100, .l_len = 8};
    switch (kind) {
    case RECORD:
        return fcntl(fd, F_SETLKW, &record);
    case OPEN_FILE:
        return fcntl(fd, F_OFD_SETLKW, &record);
    case WHOLE:
        return flock(fd, type == F_UNLCK ? LOCK_UN : type == F_RDLCK ? LOCK_SH : LOCK_EX);
    default:
        lseek(fd, 100, SEEK_SET);
        return lockf(fd, type == F_UNLCK ? F_ULOCK : F_LOCK, 8);
    }
}

/* Add to two numbers that always are the same; every third time only see that they are. */
static int count(int kind, int fd)
{
    long numbers[2];
    for (int i = 0; i < ROUNDS; i++) {
        const int reads = i % 3 == 2;
        if (lock(kind, fd, reads ? F_RDLCK : F_WRLCK) < 0)
            return 1;
        if (pread(fd, numbers, sizeof(numbers), 0) != sizeof(numbers) || numbers[0] != numbers[1])
            return 2;
        numbers[0]++;
        numbers[1]++;
        if (!reads &&
            (pwrite(fd, &numbers[0], sizeof(long), 0) < 0 || pwrite(fd, &numbers[1], sizeof(long), sizeof(long)) < 0))
            return 3;
        if (lock(kind, fd, F_UNLCK) < 0)
            return 4;
    }
    return 0;
}

static void run(int kind, const char *name)
{
    long numbers[2] = {0, 0};
    int failed = 0, status;
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (pwrite(fd, numbers, sizeof(numbers), 0) < 0)
        perror("pwrite");
    fflush(stdout);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            fd = open(name, O_RDWR);
            _exit(count(kind, fd));
        }
    }
    while (wait(&status) > 0)
        failed += status != 0;
    if (pread(fd, numbers, sizeof(numbers), 0) < 0)
        perror("pread");
    printf("%s: %ld and %ld, %d failed\n", g_names[kind], numbers[0], numbers[1], failed);
    close(fd);
    unlink(name);
}

int main(void)
{
    char name[64];
    snprintf(name, sizeof(name), "/tmp/process_locks_count.%d", (int)getpid());
    for (int kind = 0; kind < KINDS; kind++)
        run(kind, "file");
    for (int kind = 0; kind < KINDS; kind++)
        run(kind, name);
    return 0;
}
