/* SPDX-License-Identifier: MIT */
/* Positions of open files that processes have in common, when some of them give the files up in one way or another. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int make(const char *name, int size)
{
    const int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0600);
    for (int i = 0; i < size; i++)
        if (write(fd, "x", 1) != 1)
            puts("no room");
    return fd;
}

static void in_child(int fd, int size)
{
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < size; i++)
            if (write(fd, "y", 1) != 1)
                _exit(1);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

static int run(posix_spawn_file_actions_t *actions)
{
    static char name[] = "true";
    char *const argv[] = {name, NULL};
    pid_t pid;
    int status = -1;
    if (posix_spawn(&pid, "/bin/true", actions, NULL, argv, environ) != 0)
        return -1;
    waitpid(pid, &status, 0);
    return status;
}

static void show(const char *when, const int fds[], int count)
{
    printf("%s:", when);
    for (int i = 0; i < count; i++)
        printf(" %ld", (long)lseek(fds[i], 0, SEEK_CUR));
    printf("\n");
    fflush(stdout);
}

/* The child of posix_spawn closes a file, or puts another one in its place. */
static void spawned(void)
{
    posix_spawn_file_actions_t actions;
    int fds[3] = {make("a", 10)};
    in_child(fds[0], 5);
    show("shared", fds, 1);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, fds[0]);
    printf("status %d\n", run(&actions));
    fds[1] = make("b", 100);
    in_child(fds[1], 7);
    show("closed", fds, 2);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, fds[0], "b", O_RDONLY, 0);
    printf("status %d\n", run(&actions));
    fds[2] = make("c", 1000);
    in_child(fds[2], 9);
    in_child(fds[0], 1);
    show("replaced", fds, 3);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

/* Only a mapping keeps a file that was shared; a child that executes a program drops it. */
static void mapped(void)
{
    int fds[2] = {make("a", 20), make("b", 30)};
    in_child(fds[0], 1);
    in_child(fds[1], 1);
    char *memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fds[0], 0);
    close(fds[0]);
    for (int i = 0; i < 3; i++)
        printf("status %d\n", system("exec true"));
    fds[0] = make("c", 40);
    in_child(fds[0], 2);
    munmap(memory, 4096);
    in_child(fds[1], 3);
    show("mapped", fds, 2);
}

int main(void)
{
    for (int i = 0; i < 3; i++)
        spawned();
    mapped();
    return 0;
}
