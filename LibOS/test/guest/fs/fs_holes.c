/* SPDX-License-Identifier: MIT */
/* Sparse files: where they have data, and where holes, on a file of the host and in a tmpfs; and an open file of memory that is
 * opened once more. */
#include "report.h"
#include "memory_directory.h"
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define MIB (1l << 20)

static void seek_holes(const char *name)
{
    struct stat attr;
    int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0600);
    R(lseek(fd, 0, SEEK_DATA));
    R(lseek(fd, 0, SEEK_HOLE));
    R(ftruncate(fd, 64 * MIB));
    R(lseek(fd, 0, SEEK_DATA));
    R(lseek(fd, 0, SEEK_HOLE));
    R(pwrite(fd, "data", 4, 3 * MIB));
    R(pwrite(fd, "more", 4, 40 * MIB - 2));
    fsync(fd);
    R(fstat(fd, &attr) == 0 && attr.st_blocks < attr.st_size / 512);
    R(lseek(fd, 0, SEEK_DATA));
    R(lseek(fd, 3 * MIB + 1, SEEK_DATA));
    R(lseek(fd, 3 * MIB + 1, SEEK_HOLE));
    R(lseek(fd, 3 * MIB + 4096, SEEK_DATA));
    R(lseek(fd, 40 * MIB, SEEK_HOLE));
    R(lseek(fd, 41 * MIB, SEEK_DATA));
    R(lseek(fd, 41 * MIB, SEEK_HOLE));
    R(lseek(fd, 0, SEEK_CUR));
    R(lseek(fd, 64 * MIB, SEEK_HOLE));
    R(lseek(fd, -1, SEEK_DATA));
    R(lseek(fd, 0, SEEK_HOLE + 1));
    close(fd);
    /* All of it is data, and one hole is behind its end. */
    fd = open(name, O_TRUNC | O_RDWR);
    R(write(fd, "dense", 5));
    fsync(fd);
    R(lseek(fd, 2, SEEK_DATA));
    R(lseek(fd, 2, SEEK_HOLE));
    R(lseek(fd, 5, SEEK_HOLE));
    close(fd);
    unlink(name);
}

/* A hole where there is one takes nothing of the medium, also for those who may only write (cp --sparse=always). */
static void punch(const char *name, int access)
{
    struct stat attr;
    int fd = open(name, O_CREAT | O_TRUNC | access, 0600);
    R(ftruncate(fd, 64 * MIB));
    R(pwrite(fd, "data", 4, 3 * MIB));
    R(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 64 * MIB));
    fsync(fd);
    R(fstat(fd, &attr) == 0 && attr.st_blocks < MIB / 512);
    close(fd);
    fd = open(name, O_RDONLY);
    R(lseek(fd, 0, SEEK_DATA));
    close(fd);
    unlink(name);
}

/* Who looks for what is far away can be killed meanwhile. Returns whether that was soon. */
static int kill_seeker(const char *name)
{
    const int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0600);
    struct timespec before, after;
    R(ftruncate(fd, 256 * 1024 * MIB));
    R(lseek(fd, 3 * MIB, SEEK_HOLE));
    R(pwrite(fd, "far", 3, 256 * 1024 * MIB - 3));
    fsync(fd);
    fflush(stdout);
    const pid_t pid = fork();
    for (; pid == 0;)
        lseek(fd, 0, SEEK_DATA);
    usleep(50000);
    clock_gettime(CLOCK_MONOTONIC, &before);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    close(fd);
    unlink(name);
    return after.tv_sec - before.tv_sec < 5;
}

static int open_again(int fd, int flags)
{
    char name[32];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    return open(name, flags, 0600);
}

static void memory_again(void)
{
    char text[8] = "";
    struct stat attr;
    int fd = memfd_create("m", MFD_ALLOW_SEALING);
    puts("-- memory");
    R(write(fd, "memory", 6));
    int reader = open_again(fd, O_RDONLY);
    R(write(reader, "x", 1));
    R(read(reader, text, 3));
    R(lseek(fd, 0, SEEK_CUR));
    R(lseek(reader, 0, SEEK_CUR));
    R(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED ? -1 : 0);
    close(reader);
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    R(open_again(fd, O_RDWR | O_TRUNC));
    int other = memfd_create("n", 0);
    R(write(other, "memory", 6));
    close(open_again(other, O_RDWR | O_TRUNC));
    R(fstat(other, &attr) == 0 ? attr.st_size : -1);
    char *writable = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    R(munmap(writable, 4096));
    R(fcntl(other, F_ADD_SEALS, F_SEAL_WRITE));
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    R(map != MAP_FAILED && memcmp(map, "memory", 6) == 0);
    R(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
    R(mprotect(map, 4096, PROT_READ | PROT_WRITE));
    close(other);
    close(fd);
    R(map[0]);
    R(munmap(map, 4096));
}

int main(void)
{
    seek_holes("holes");
    punch("holes", O_RDWR);
    punch("holes", O_WRONLY);
    printf("killed: %d\n", kill_seeker("holes"));
    memory_again();
    const char *memory = enter_memory();
    seek_holes("holes");
    punch("holes", O_RDWR);
    punch("holes", O_WRONLY);
    leave_memory(memory);
    return 0;
}
