// SPDX-License-Identifier: MIT
// A tmpfs under many processes at once, and under processes that are killed at any moment.
#include "process_tmpfs.h"
#include "memory_directory.h"
#include <dirent.h>
#include <signal.h>

#define WORKERS 4

// ---- many at once

static void run_workers(void (*work)(int))
{
    pid_t pids[WORKERS];
    int wrong = 0;
    fflush(stdout);
    for (int i = 0; i < WORKERS; i++)
        if ((pids[i] = fork()) == 0) {
            work(i);
            _exit(0);
        }
    for (int i = 0; i < WORKERS; i++) {
        int status = -1;
        wrong += waitpid(pids[i], &status, 0) != pids[i] || status != 0;
    }
    printf("workers in trouble: %d\n", wrong);
}

#define RECORDS 300

static void append_records(int worker)
{
    char record[400];
    int fd = open("log", O_WRONLY | O_APPEND);
    memset(record, 'a' + worker, sizeof(record));
    record[sizeof(record) - 1] = '\n';
    for (int i = 0; i < RECORDS; i++)
        if (write(fd, record, sizeof(record)) != sizeof(record))
            _exit(1);
    close(fd);
}

static void count_with_lock_file(int worker)
{
    (void)worker;
    for (int i = 0; i < 50; i++) {
        int number, lock;
        while ((lock = open("lock", O_CREAT | O_EXCL | O_WRONLY, 0600)) < 0)
            usleep(100);
        int fd = open("number", O_RDWR);
        if (pread(fd, &number, sizeof(number), 0) != sizeof(number))
            _exit(1);
        number++;
        if (pwrite(fd, &number, sizeof(number), 0) != sizeof(number))
            _exit(1);
        close(fd);
        close(lock);
        unlink("lock");
    }
}

static void churn(int worker)
{
    char a[32], b[32], text[64];
    unsigned seed = (unsigned)worker * 7919 + 1;
    for (int i = 0; i < 1500; i++) {
        seed = seed * 1103515245 + 12345;
        snprintf(a, sizeof(a), "f%u", seed >> 16 & 7);
        snprintf(b, sizeof(b), "c/f%u", seed >> 20 & 7);
        int fd = open(a, O_RDWR | O_CREAT, 0644);
        if (fd >= 0) {
            memset(text, 'a' + (int)(seed >> 24 & 15), sizeof(text));
            if (pwrite(fd, text, sizeof(text), (seed >> 25 & 3) * 30000) != sizeof(text) ||
                pread(fd, text, sizeof(text), 0) < 0)
                _exit(1);
            close(fd);
        }
        if (seed >> 28 & 1)
            rename(a, b);
        else if (link(a, b) < 0 && seed >> 27 & 1)
            unlink(b);
        if ((i & 31) == 0) {
            DIR *dir = opendir("c");
            while (dir && readdir(dir))
                ;
            if (dir)
                closedir(dir);
        }
    }
}

static void clean_churn(void)
{
    char name[32];
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        unlink(name);
        snprintf(name, sizeof(name), "c/f%d", i);
        unlink(name);
    }
}

static void at_once(void)
{
    int number = 0;
    long torn = 0;
    printf("-- many at once\n");
    make_file("log", "");
    run_workers(append_records);
    int fd = open("log", O_RDONLY);
    struct stat s;
    fstat(fd, &s);
    for (long at = 0; at < s.st_size; at += 400) {
        char record[400];
        if (pread(fd, record, sizeof(record), at) != sizeof(record) || record[399] != '\n' ||
            memcmp(record, record + 1, 398) != 0)
            torn++;
    }
    close(fd);
    printf("log: %ld bytes, %ld torn\n", (long)s.st_size, torn);
    R(unlink("log"));
    fd = open("number", O_RDWR | O_CREAT, 0600);
    (void)!write(fd, &number, sizeof(number));
    run_workers(count_with_lock_file);
    (void)!pread(fd, &number, sizeof(number), 0);
    printf("counted to %d\n", number);
    close(fd);
    R(unlink("number"));
    R(mkdir("c", 0755));
    run_workers(churn);
    clean_churn();
    R(rmdir("c"));
}

// ---- killed

static void killed(void)
{
    printf("-- killed\n");
    R(mkdir("c", 0755));
    fflush(stdout);
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            int fd = open("kept", O_RDWR | O_CREAT, 0600);
            unlink("kept");
            if (write(fd, g_bytes, LARGE) == LARGE)
                for (;;)
                    churn(i);
            _exit(1);
        }
        usleep(3000 + (useconds_t)i * 100);
        kill(pid, SIGKILL);
        int status = 0;
        if (waitpid(pid, &status, 0) != pid || status != SIGKILL)
            printf("status %d\n", status);
    }
    clean_churn();
    unlink("kept");
    R(rmdir("c"));
}

int main(void)
{
    const char *memory = enter_memory();
    fill(g_bytes, LARGE, 1);
    at_once();
    killed();
    leave_memory(memory);
    return 0;
}
