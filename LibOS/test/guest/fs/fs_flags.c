/* SPDX-License-Identifier: MIT */
/* Flags that go together seldom, and slashes at the ends of names: in the working directory, and in a tmpfs. */
#include "report.h"
#include "memory_directory.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static void make(const char *name)
{
    int fd = open(name, O_CREAT | O_WRONLY, 0644);
    OK(write(fd, "text", 4));
    close(fd);
}

static void opening(void)
{
    char byte;
    int available;
    int fd = open("file", O_ACCMODE);
    puts("-- opening");
    R(read(fd, &byte, 1));
    R(write(fd, "x", 1));
    R(pread(fd, &byte, 1, 0));
    R(ioctl(fd, FIONREAD, &available));
    R(fcntl(fd, F_GETFL) & O_ACCMODE);
    close(fd);
    OK(open("directory", O_RDONLY | O_TRUNC));
    OK(open("to_directory/", O_RDONLY));
    OK(open("to_directory/", O_RDONLY | O_NOFOLLOW));
    OK(open("to_directory", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
    OK(open("to_directory/inner", O_RDONLY));
    OK(open("to_file/", O_RDONLY));
    OK(open("..", O_CREAT | O_EXCL, 0600));
    OK(open("directory/..", O_CREAT | O_EXCL, 0600));
    OK(open("directory/.", O_CREAT, 0600));
    OK(open("new/", O_CREAT | O_EXCL, 0600));
    puts("-- without a name");
    OK(open("to_directory", O_TMPFILE | O_RDWR, 0600));
    OK(open("to_directory", O_TMPFILE | O_RDWR | O_NOFOLLOW, 0600));
    OK(open("to_directory/", O_TMPFILE | O_RDWR, 0600));
    OK(open("to_file", O_TMPFILE | O_RDWR, 0600));
    OK(open("file", O_TMPFILE | O_RDWR, 0600));
    OK(open("missing", O_TMPFILE | O_RDWR, 0600));
}

static long exchange(const char *one, const char *other)
{
    return syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

static void exchanging(void)
{
    puts("-- exchanging");
    R(exchange("file", "directory/"));
    R(exchange("file/", "directory"));
    R(exchange("file/", "directory/"));
    R(exchange("file", "to_file/"));
    R(exchange("to_directory/", "file"));
    R(exchange("directory/", "file"));
    R(exchange("directory", "file/"));
    R(exchange("file", "missing/"));
    OK(open("file", O_WRONLY));
}

static void copying(void)
{
    int in = open("file", O_RDONLY), directory = open("directory", O_RDONLY);
    puts("-- copying");
    R(copy_file_range(in, NULL, directory, NULL, 1, 0));
    R(copy_file_range(directory, NULL, in, NULL, 1, 0));
    R(copy_file_range(in, NULL, in, NULL, 1, 0));
    close(in);
    close(directory);
}

static void all(void)
{
    make("file");
    mkdir("directory", 0755);
    make("directory/inner");
    symlink("file", "to_file");
    symlink("directory", "to_directory");
    opening();
    exchanging();
    copying();
    unlink("to_file");
    unlink("to_directory");
    unlink("directory/inner");
    R(rmdir("directory"));
    R(unlink("file"));
}

int main(void)
{
    all();
    puts("---- tmpfs");
    const char *memory = enter_memory();
    all();
    leave_memory(memory);
    return 0;
}
