// SPDX-License-Identifier: MIT
// A tmpfs is the same for all processes: names, contents small and large, mappings, files that have lost their names,
// programs.
#include "process_tmpfs.h"
#include "memory_directory.h"
#include <dirent.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/xattr.h>

// ---- open before there was another process

static int g_first;

static void child_first(void)
{
    char b[8];
    R(read(g_first, b, 4));
    show("child", b, 4);
    R(close(g_first));
}

static void first(void)
{
    char b[16] = {0};
    printf("-- first\n");
    make_file("first", "contents");
    g_first = RFD(open("first", O_RDWR));
    int second = dup(g_first), mapped = open("first", O_RDWR);
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 0);
    R(close(mapped));
    R(unlink("first"));
    for (int i = 0; i < 3; i++) {
        printf("status %d\n", in_child(child_first));
        R(lseek(second, -2, SEEK_CUR));
    }
    R(close(g_first));
    show("map", map, 8);
    // What was given back too early would be taken by these.
    for (int i = 0; i < 20; i++) {
        snprintf(b, sizeof(b), "next%d", i);
        make_file(b, "something else");
        unlink(b);
    }
    R(pread(second, b, 16, 0));
    show("parent", b, 8);
    show("map", map, 8);
    R(close(second));
    show("map", map, 8);
    R(munmap(map, 4096));
}

// ---- names

static void child_names(void)
{
    struct stat s;
    show_file("from-parent");
    R(mkdir("d", 0750));
    make_file("d/from-child", "child's");
    R(symlink("d/from-child", "link"));
    R(link("d/from-child", "second"));
    R(chmod("from-parent", 0604));
    R(truncate("from-parent", 3));
    R(rename("moving", "d/moved"));
    R(setxattr("from-parent", "trusted.one", "value", 5, 0));
    R(stat("d", &s));
    printf("mode %o links %ld\n", s.st_mode, (long)s.st_nlink);
}

static void names(void)
{
    char b[64];
    struct stat s;
    printf("-- names\n");
    make_file("from-parent", "parent's");
    make_file("moving", "x");
    printf("status %d\n", in_child(child_names));
    show_file("from-parent");
    R(stat("from-parent", &s));
    printf("mode %o size %ld\n", s.st_mode, (long)s.st_size);
    R(getxattr("from-parent", "trusted.one", b, sizeof(b)));
    show_file("link");
    R(stat("second", &s));
    printf("links %ld\n", (long)s.st_nlink);
    R(access("moving", F_OK));
    R(access("d/moved", F_OK));
    R(rmdir("d"));
    long count = 0;
    DIR *dir = opendir("d");
    while (dir && readdir(dir))
        count++;
    closedir(dir);
    printf("%ld entries\n", count);
    R(unlink("d/moved"));
    R(unlink("d/from-child"));
    show_file("link");
    show_file("second");
    R(rmdir("d"));
    R(unlink("link"));
    R(unlink("second"));
    R(unlink("from-parent"));
}

// ---- contents

static void child_large(void)
{
    int fd = open("large", O_RDWR);
    long size = read(fd, g_read, sizeof(g_read));
    printf("child reads %ld %d\n", size, memcmp(g_bytes, g_read, sizeof(g_bytes)) == 0);
    R(pwrite(fd, "changed", 7, 200000));
    R(ftruncate(fd, 250000));
    R(close(fd));
    fd = RFD(open("made-by-child", O_RDWR | O_CREAT | O_EXCL, 0600));
    R(write(fd, g_bytes, LARGE));
    R(close(fd));
}

static void child_zeros(void)
{
    int fd = RFD(open("holes", O_RDWR | O_CREAT, 0600));
    R(ftruncate(fd, LARGE));
    R(pwrite(fd, "x", 1, 100000));
    R(close(fd));
}

static long count_nonzero(long size)
{
    long count = 0;
    for (long i = 0; i < size; i++)
        count += g_read[i] != 0;
    return count;
}

static void contents(void)
{
    struct stat s;
    printf("-- contents\n");
    fill(g_bytes, LARGE, 0);
    int fd = RFD(open("large", O_RDWR | O_CREAT, 0600));
    R(write(fd, g_bytes, LARGE));
    printf("status %d\n", in_child(child_large));
    R(fstat(fd, &s));
    printf("size %ld\n", (long)s.st_size);
    R(pread(fd, g_read, 7, 200000));
    show("read", g_read, 7);
    R(pread(fd, g_read, 7, 249998));
    long size = read_all("made-by-child");
    printf("%ld %d\n", size, memcmp(g_bytes, g_read, sizeof(g_bytes)) == 0);
    // What was cut off does not come back, nor does what was in files that have gone.
    R(ftruncate(fd, LARGE));
    R(pread(fd, g_read, 50000, 250000));
    printf("%ld not zero\n", count_nonzero(50000));
    R(ftruncate(fd, 10));
    R(ftruncate(fd, 100000));
    R(pread(fd, g_read, 100000, 0));
    printf("%ld not zero\n", count_nonzero(100000));
    R(close(fd));
    R(unlink("made-by-child"));
    printf("status %d\n", in_child(child_zeros));
    size = read_all("holes");
    printf("%ld, %ld not zero\n", size, count_nonzero(size));
    R(unlink("holes"));
    R(unlink("large"));
    // A file that is small, and one that has grown by bits of all sizes.
    fd = RFD(open("grown", O_RDWR | O_CREAT, 0600));
    long at = 0;
    for (long piece = 1; at + piece < LARGE; piece = piece * 2 + 1)
        at += write(fd, g_bytes + at, (size_t)piece);
    R(close(fd));
    size = read_all("grown");
    printf("%ld %d\n", size, memcmp(g_bytes, g_read, (size_t)size) == 0);
    R(unlink("grown"));
}

// ---- files without names

static int g_fd, g_pipe[2];

static void child_inherits(void)
{
    char b[16];
    // Until the parent has closed its own.
    R(read(g_pipe[0], b, 1));
    R(pread(g_fd, g_read, LARGE, 0));
    printf("%d\n", memcmp(g_bytes, g_read, LARGE) == 0);
    R(lseek(g_fd, 0, SEEK_CUR));
    R(write(g_fd, "end", 3));
    R(lseek(g_fd, 0, SEEK_END));
    R(close(g_fd));
}

static void child_leaves(void)
{
    char name[64];
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    R(write(fd, "was nameless", 12));
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    R(linkat(AT_FDCWD, name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
}

static void nameless(void)
{
    printf("-- nameless\n");
    g_fd = RFD(open("gone", O_RDWR | O_CREAT, 0600));
    R(write(g_fd, g_bytes, LARGE));
    R(unlink("gone"));
    R(pipe(g_pipe));
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        child_inherits();
        fflush(stdout);
        _exit(0);
    }
    close(g_fd);
    (void)!write(g_pipe[1], "x", 1);
    R(waitpid(pid, NULL, 0) == pid);
    close(g_pipe[0]);
    close(g_pipe[1]);
    printf("status %d\n", in_child(child_leaves));
    show_file("named");
    R(unlink("named"));
}

// ---- mappings

static char *g_map;

static void child_maps(void)
{
    int fd = RFD(open("mapped", O_RDWR));
    char *other = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    show("inherited", g_map, 6);
    show("by name", other, 6);
    memcpy(g_map + 4096, "inherited", 9);
    memcpy(other + 200000, "by name", 7);
    show("written by the parent", other + 290000, 5);
    R(munmap(other, LARGE));
    R(close(fd));
}

static void child_grows(void)
{
    int fd = RFD(open("mapped", O_RDWR));
    R(ftruncate(fd, 2 * LARGE));
    R(pwrite(fd, "grown", 5, LARGE + 100));
    R(close(fd));
}

static void child_makes_object(void)
{
    int fd = RFD(shm_open("/process-tmpfs-test", O_RDWR | O_CREAT | O_EXCL, 0600));
    R(ftruncate(fd, 1 << 20));
    char *map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(map + 500000, "an object");
}

static void mappings(void)
{
    printf("-- mappings\n");
    int fd = RFD(open("mapped", O_RDWR | O_CREAT, 0600));
    R(write(fd, "before", 6));
    R(ftruncate(fd, LARGE));
    g_map = mmap(NULL, 2 * LARGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *private = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    memcpy(private, "OTHER", 5);
    memcpy(g_map, "after!", 6);
    R(pwrite(fd, "there", 5, 290000));
    printf("status %d\n", in_child(child_maps));
    show("private", private, 6);
    show("inherited", g_map + 4096, 9);
    show("by name", g_map + 200000, 7);
    R(pread(fd, g_read, 7, 200000));
    show("read", g_read, 7);
    printf("status %d\n", in_child(child_grows));
    show("grown", g_map + LARGE + 100, 5);
    g_map[LARGE + 1000] = 'y';
    R(pread(fd, g_read, 5, LARGE + 998));
    show("read", g_read, 5);
    R(munmap(private, LARGE));
    R(munmap(g_map, 2 * LARGE));
    R(close(fd));
    R(unlink("mapped"));
    printf("status %d\n", in_child(child_makes_object));
    fd = RFD(shm_open("/process-tmpfs-test", O_RDONLY, 0));
    char *map = mmap(NULL, 1 << 20, PROT_READ, MAP_SHARED, fd, 0);
    show("object", map + 500000, 9);
    R(shm_unlink("/process-tmpfs-test"));
    R(shm_unlink("/process-tmpfs-test"));
    show("object", map + 500000, 9);
    R(munmap(map, 1 << 20));
    R(close(fd));
}

// ---- programs

static void programs(void)
{
    static char buffer[65536];
    char *args[] = {"copy", "in-program", NULL};
    printf("-- programs\n");
    int from = RFD(open("/proc/self/exe", O_RDONLY));
    int to = RFD(open("copy", O_WRONLY | O_CREAT, 0755));
    for (ssize_t size; (size = read(from, buffer, sizeof(buffer))) > 0;)
        if (write(to, buffer, (size_t)size) != size)
            printf("cannot copy\n");
    close(from);
    close(to);
    make_file("note", "for the program");
    fflush(stdout);
    pid_t pid = 0;
    int status = -1;
    R(posix_spawn(&pid, "./copy", NULL, NULL, args, environ));
    R(waitpid(pid, &status, 0) == pid);
    printf("status %d\n", status);
    show_file("answer");
    R(unlink("answer"));
    R(unlink("note"));
    R(unlink("copy"));
}

static int in_program(void)
{
    printf("in a program\n");
    show_file("note");
    make_file("answer", "from the program");
    return 3;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "in-program") == 0)
        return in_program();
    const char *memory = enter_memory();
    first();
    names();
    contents();
    nameless();
    mappings();
    programs();
    leave_memory(memory);
    return 0;
}
