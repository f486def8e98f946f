// SPDX-License-Identifier: MIT
// Sizes: truncate, fallocate, fsync, advice, RLIMIT_FSIZE; and the working directory.
#include "fs_report.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <linux/falloc.h>

static long size_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) < 0 ? -1 : (long)st.st_size;
}

static void sizes(void)
{
    make_file("f", "0123456789");
    int fd = open("f", O_RDWR), r = open("f", O_RDONLY), d = open(".", O_RDONLY);
    R(ftruncate(fd, 4));
    R(size_of(fd));
    R(ftruncate(fd, 12));
    show_file("f");
    R(ftruncate(fd, -1));
    R(ftruncate(r, 4));
    R(ftruncate(d, 4));
    R(ftruncate(-1, 4));
    R(ftruncate(fd, 0));
    R(size_of(fd));
    R(truncate("f", 3));
    R(size_of(fd));
    R(truncate("f", -3));
    R(truncate("missing", 3));
    R(truncate(".", 3));
    R(truncate("f/", 3));
    R(truncate("/dev/null", 3));
    R(truncate(WILD, 3));
    R(fallocate(fd, 0, 0, 100));
    R(size_of(fd));
    R(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1000));
    R(size_of(fd));
    R(pwrite(fd, "abcdefgh", 8, 0));
    R(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1000));
    R(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 3));
    R(size_of(fd));
    R(ftruncate(fd, 8));
    show_file("f");
    R(fallocate(fd, 0, -1, 10));
    R(fallocate(fd, 0, 0, 0));
    R(fallocate(fd, 1 << 20, 0, 1));
    R(fallocate(r, 0, 0, 10));
    R(fallocate(d, 0, 0, 10));
    R(fallocate(fd, 0, 0x7fffffffffffffff, 10));
    R(posix_fallocate(fd, 10, 10));
    R(size_of(fd));
    R(fsync(fd));
    R(fdatasync(r));
    R(fsync(d));
    R(fsync(-1));
    R(syncfs(fd));
    R(syncfs(-1));
    sync();
    R(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
    R(sync_file_range(fd, -1, 0, SYNC_FILE_RANGE_WRITE));
    R(sync_file_range(fd, 0, 0, 64));
    R(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    R(posix_fadvise(fd, 0, 0, 77));
    R(posix_fadvise(-1, 0, 0, 0));
    R(readahead(fd, 0, 10));
    R(readahead(-1, 0, 10));
    close(r);
    close(d);
    close(fd);
}

static void limited(void)
{
    struct rlimit limit = {100, RLIM_INFINITY}, old;
    char b[64] = {0};
    getrlimit(RLIMIT_FSIZE, &old);
    int fd = open("f", O_RDWR | O_TRUNC);
    signal(SIGXFSZ, SIG_IGN);
    R(setrlimit(RLIMIT_FSIZE, &limit));
    R(write(fd, b, 64));
    R(write(fd, b, 64));
    R(write(fd, b, 64));
    R(pwrite(fd, b, 10, 95));
    R(ftruncate(fd, 101));
    R(ftruncate(fd, 100));
    R(fallocate(fd, 0, 0, 200));
    setrlimit(RLIMIT_FSIZE, &old);
    close(fd);
}

static void directories(void)
{
    char b[4096], start[4096];
    getcwd(start, sizeof(start));
    size_t len = strlen(start);
    mkdir("a", 0755);
    mkdir("a/b", 0755);
    symlink("a/b", "link");
    R(chdir("link"));
    printf("%s\n", getcwd(b, sizeof(b)) + len);
    R(chdir(".."));
    printf("%s\n", getcwd(b, sizeof(b)) + len);
    R(chdir("missing"));
    R(chdir("/etc/passwd"));
    R(chdir(WILD));
    R(chdir(""));
    int fd = open("b", O_RDONLY | O_DIRECTORY);
    R(fchdir(fd));
    printf("%s\n", getcwd(b, sizeof(b)) + len);
    R(fchdir(-1));
    close(fd);
    fd = open("/etc/passwd", O_RDONLY);
    R(fchdir(fd));
    close(fd);
    R(rename("../../a", "../../c"));
    printf("%s\n", getcwd(b, sizeof(b)) + len);
    R(syscall(SYS_getcwd, b, 2));
    R(syscall(SYS_getcwd, WILD, 4096));
    R(syscall(SYS_getcwd, b, 0));
    R(syscall(SYS_getcwd, b, 4096) == (long)strlen(b) + 1);
    R(rmdir("../b"));
    R(syscall(SYS_getcwd, b, 4096));
    R(open("x", O_CREAT | O_RDWR, 0600));
    R(chdir(start));
    R(rmdir("c"));
    R(unlink("link"));
    R(chdir("/"));
    R(syscall(SYS_getcwd, b, 4096));
    printf("%s\n", b);
    R(chdir("../.."));
    R(chdir(start));
}

static void memory(void)
{
    struct stat st;
    char b[8] = {0};
    int fd = RFD(memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    R(fcntl(fd, F_GETFD));
    R(write(fd, "abcdef", 6));
    R(lseek(fd, 0, SEEK_SET));
    R(read(fd, b, 8));
    show("b", b, 6);
    R(ftruncate(fd, 8192));
    R(fstat(fd, &st));
    printf("size %ld links %ld kind %o\n", (long)st.st_size, (long)st.st_nlink, st.st_mode & S_IFMT);
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    map[1] = 'B';
    R(pread(fd, b, 8, 0));
    show("b", b, 6);
    R(fcntl(fd, F_GET_SEALS));
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    R(munmap(map, 8192));
    R(fcntl(fd, F_ADD_SEALS, 0x1000));
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    R(ftruncate(fd, 4096));
    R(ftruncate(fd, 10000));
    R(ftruncate(fd, 8192));
    R(pwrite(fd, "xyz", 3, 8190));
    R(pwrite(fd, "xyz", 3, 8192));
    R(fcntl(fd, F_GET_SEALS));
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    close(fd);
    fd = RFD(memfd_create("", 0));
    R(fcntl(fd, F_GET_SEALS));
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    close(fd);
    RFD(memfd_create("x", 0x8000));
    RFD(memfd_create(WILD, 0));
    char name[300];
    memset(name, 'n', 299);
    name[299] = 0;
    RFD(memfd_create(name, 0));
    name[249] = 0;
    close(RFD(memfd_create(name, 0)));
}

int main(void)
{
    sizes();
    limited();
    directories();
    memory();
    unlink("f");
    return 0;
}
