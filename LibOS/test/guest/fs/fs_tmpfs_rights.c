/* SPDX-License-Identifier: MIT */
/* What a user may do on a tmpfs, who is not the superuser: directories that may not be searched or moved, set-id bits that changes
 * take away, names of attributes, and the limit on the size of files. */
#include "report.h"
#include "memory_directory.h"
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#define USER 65534
#define PAGE 4096
#define SIZE 100000

static long mode_of(const char *name)
{
    struct stat status;
    return stat(name, &status) < 0 ? -1 : (long)(status.st_mode & 07777);
}

static void searching(void)
{
    struct stat status;
    puts("-- searching");
    mkdir("closed", 0700);
    const int fd = open("closed", O_PATH);
    chmod("closed", 0600);
    R(stat("closed", &status));
    R(stat("closed/.", &status));
    R(stat("closed/..", &status));
    R(stat("closed/../closed", &status));
    R(fstatat(fd, ".", &status, 0));
    R(open("closed/.", O_RDONLY));
    R(rmdir("closed"));
    close(fd);
}

static void moving(void)
{
    puts("-- moving");
    mkdir("here", 0700);
    mkdir("here/fixed", 0500);
    mkdir("there", 0700);
    R(rename("here/fixed", "here/moved"));
    R(rename("here/moved", "there/moved"));
    R(syscall(SYS_renameat2, AT_FDCWD, "there", AT_FDCWD, "here/moved", RENAME_EXCHANGE));
    R(rmdir("here/moved"));
    R(rmdir("here"));
    R(rmdir("there"));
}

static void set_id(void)
{
    puts("-- set-id");
    close(open("program", O_CREAT | O_WRONLY, 0755));
    chmod("program", 06755);
    R(truncate("program", 10));
    R(mode_of("program"));
    chmod("program", 06755);
    const int fd = open("program", O_RDWR);
    R(fallocate(fd, 0, 0, 20));
    R(mode_of("program"));
    close(fd);
    R(unlink("program"));
}

static void attributes(void)
{
    char value[8];
    puts("-- attributes");
    close(open("file", O_CREAT | O_WRONLY, 0755));
    R(setxattr("file", "user.", "x", 1, 0));
    R(setxattr("file", "user.", "x", 1, XATTR_REPLACE));
    R(getxattr("file", "user.", value, sizeof(value)));
    R(removexattr("file", "user."));
    R(getxattr("file", "user.none", value, sizeof(value)));
    R(chmod("file", 0));
    R(setxattr("file", "unknown", "x", 1, 0));
    R(getxattr("file", "unknown", value, sizeof(value)));
    R(unlink("file"));
}

static void limits(void)
{
    const struct rlimit small = {SIZE, SIZE};
    struct iovec pieces[2] = {{"12345", 5}, {"67890", 5}};
    puts("-- limits");
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    const int fd = open("file", O_CREAT | O_RDWR, 0755);
    R(pwrite(fd, "1234567890", 10, SIZE - 5));
    R(pwrite(fd, "1", 1, SIZE));
    R(pwritev(fd, pieces, 2, SIZE - 4));
    R(pwritev(fd, pieces, 2, 2 * SIZE));
    R(lseek(fd, 0, SEEK_END));
    R(fallocate(fd, 0, 0, SIZE + 1));
    R(ftruncate(fd, SIZE + 1));
    R(lseek(fd, 0, SEEK_END));
    close(fd);
    const int more = open("file", O_WRONLY | O_APPEND);
    R(write(more, "1", 1));
    close(more);
    R(unlink("file"));
}

/* That something was read is told if something else was before it: a change of attributes, too. */
static void times(void)
{
    const struct timespec old[2] = {{20, 0}, {10, 0}};
    struct stat status;
    puts("-- times");
    const int fd = open("file", O_CREAT | O_RDWR, 0755);
    R(write(fd, "x", 1));
    R(futimens(fd, old));
    R(pread(fd, (char[1]){0}, 1, 0));
    R(fstat(fd, &status));
    printf("%d\n", status.st_atim.tv_sec > 1000);
    R(futimens(fd, old));
    R(write(fd, (void *)8, 10));
    R(fstat(fd, &status));
    printf("%d\n", status.st_mtim.tv_sec > 1000);
    R(fallocate(fd, FALLOC_FL_ZERO_RANGE, LONG_MAX - 5, 10));
    close(fd);
    R(unlink("file"));
    R(mknod("socket", S_IFSOCK | 0, 0));
    R(open("socket", O_RDWR));
    R(mkdir("closed", 0700));
    R(mkdir("closed/in", 0700));
    R(chmod("closed", 0));
    R(open("closed/in/", O_CREAT | O_RDWR, 0700));
    R(chmod("closed", 0700));
    R(rmdir("closed/in"));
    R(rmdir("closed"));
    R(unlink("socket"));
}

/* What can be read of the memory is written. */
static void half_there(void)
{
    int pair[2];
    char *memory = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    puts("-- memory that is half there");
    munmap(memory + 4 * PAGE, 4 * PAGE);
    const int fd = open("file", O_CREAT | O_RDWR, 0755);
    R(write(fd, memory + 100, 8 * PAGE));
    R(write(fd, memory + 4 * PAGE, PAGE));
    R(lseek(fd, 0, SEEK_END));
    R(pipe(pair));
    R(write(pair[1], memory, 8 * PAGE));
    R(write(pair[1], memory + 3 * PAGE + 1, PAGE));
    R(mkfifo("fifo", 0600));
    const int fifo = open("fifo", O_RDWR);
    R(write(fifo, memory, 8 * PAGE));
    close(fifo);
    close(fd);
    close(pair[0]);
    close(pair[1]);
    R(unlink("file"));
    R(unlink("fifo"));
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    umask(022);
    const char *name = enter_memory();
    if (getuid() == 0 && (chown(name, USER, USER) < 0 || setgid(USER) < 0 || setuid(USER) < 0))
        return 1;
    searching();
    moving();
    set_id();
    attributes();
    times();
    half_there();
    limits();
    leave_memory(name);
    return 0;
}
