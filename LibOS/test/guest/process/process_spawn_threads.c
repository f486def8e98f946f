/* SPDX-License-Identifier: MIT */
/* posix_spawn by a process of several threads: what its children are given and give back is apart from all else that processes
 * share, such as files in memory. */
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 12, SIZE = 4000 };

static int g_pipe[2];

static void *wait_for_end(void *unused)
{
    char byte;
    if (read(g_pipe[0], &byte, 1) < 0)
        perror("read");
    return unused;
}

static int spawn(char *const *argv)
{
    pid_t pid;
    int status = -1;
    char *envp[] = {NULL};
    const int error = posix_spawn(&pid, argv[0], NULL, NULL, argv, envp);
    if (error != 0)
        return -error;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

/* A file of the memory file system, full of one letter; of a size that is kept like what children give back. */
static int make_file(int number)
{
    char text[SIZE];
    const int fd = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
    memset(text, 'a' + number, sizeof(text));
    return write(fd, text, sizeof(text)) == SIZE ? fd : -1;
}

static bool is_as_made(int fd, int number)
{
    char text[SIZE];
    if (pread(fd, text, sizeof(text), 0) != SIZE)
        return false;
    for (int i = 0; i < SIZE; i++) {
        if (text[i] != 'a' + number)
            return false;
    }
    return true;
}

int main(void)
{
    char *missing[] = {"/nonexistent", NULL}, *failing[] = {"/bin/false", NULL};
    int files[FILES], right = 0;
    pthread_t thread;
    if (pipe(g_pipe) < 0 || pthread_create(&thread, NULL, wait_for_end, NULL) != 0)
        return 1;
    for (int i = 0; i < FILES; i++) {
        printf("%d %s\n", i, i % 3 ? "ends" : "is missing");
        if (spawn(i % 3 ? failing : missing) != (i % 3 ? 1 : -2))
            printf("not so\n");
        files[i] = make_file(i);
    }
    for (int i = 0; i < FILES; i++)
        right += is_as_made(files[i], i);
    printf("%d of %d files are as they were made\n", right, FILES);
    close(g_pipe[1]);
    pthread_join(thread, NULL);
    return 0;
}
