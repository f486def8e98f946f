/* SPDX-License-Identifier: MIT */
/* Files of /tmp that children inherit open and write to: the first of them was opened before there was a second process. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES 20
#define SIZE  3000

static char g_directory[40];

static const char *name_of(int i)
{
    static char name[64];
    snprintf(name, sizeof(name), "%s/%d", g_directory, i);
    return name;
}

/* The child writes, in two pieces so that the position counts; the parent does not wait before it closes its own. */
static void write_by_child(int i)
{
    const int fd = open(name_of(i), O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fork() == 0) {
        char bytes[SIZE];
        memset(bytes, 'a' + i, sizeof(bytes));
        const bool done = write(fd, bytes, 1000) == 1000 && write(fd, bytes, SIZE - 1000) == SIZE - 1000;
        _exit(done ? 0 : 1);
    }
    close(fd);
}

static void check(int i)
{
    char bytes[2 * SIZE];
    struct stat status;
    const int fd = open(name_of(i), O_RDONLY);
    if (fd < 0) {
        printf("%d is missing\n", i);
        return;
    }
    const ssize_t size = read(fd, bytes, sizeof(bytes));
    int wrong = 0;
    for (ssize_t k = 0; k < size; k++)
        wrong += bytes[k] != 'a' + i;
    fstat(fd, &status);
    printf("%d: %zd bytes, %d wrong, links %d\n", i, size, wrong, (int)status.st_nlink);
    close(fd);
    unlink(name_of(i));
}

int main(void)
{
    snprintf(g_directory, sizeof(g_directory), "/tmp/inherited-%d", (int)getpid());
    if (mkdir(g_directory, 0700) < 0)
        return 1;
    for (int i = 0; i < FILES; i++)
        write_by_child(i);
    int status, failed = 0;
    while (wait(&status) > 0)
        failed += status != 0;
    printf("failed %d\n", failed);
    for (int i = 0; i < FILES; i++)
        check(i);
    printf("directory %d\n", rmdir(g_directory));
    return 0;
}
