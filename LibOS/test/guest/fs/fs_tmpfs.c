// SPDX-License-Identifier: MIT
// Contents of files of a tmpfs: small and large, sparse, mapped, shared by links and descriptors; files without a name;
// extended attributes.
#include "fs_report.h"
#include "memory_directory.h"
#include <sys/mman.h>
#include <sys/xattr.h>

static void contents(void)
{
    static char b[100000], c[100000];
    struct stat s;
    printf("-- contents\n");
    int fd = RFD(open("a", O_RDWR | O_CREAT | O_EXCL, 0640));
    for (unsigned i = 0; i < sizeof(b); i++)
        b[i] = (char)(i * 7 + i / 251);
    for (long size = 1; size < 70000; size = size * 3 + 1) {
        long written = pwrite(fd, b, (size_t)size, 0), read = pread(fd, c, sizeof(c), 0);
        printf("%ld: %ld %ld %d\n", size, written, read, memcmp(b, c, (size_t)size) == 0);
    }
    R(ftruncate(fd, 10));
    R(fstat(fd, &s));
    printf("%ld\n", (long)s.st_size);
    R(ftruncate(fd, 50));
    R(pread(fd, c, 100, 0));
    printf("zeros: %d\n", c[10] == 0 && c[49] == 0);
    R(pwrite(fd, "end", 3, 5000));
    R(pread(fd, c, 10000, 0));
    printf("hole: %d\n", c[100] == 0 && c[4999] == 0 && c[5000] == 'e');
    R(pwrite(fd, "far", 3, 1l << 32));
    R(fstat(fd, &s));
    printf("%ld, sparse %d\n", (long)s.st_size, s.st_blocks < 1000);
    R(pread(fd, c, 10, (1l << 32) - 4));
    show("c", c, 7);
    R(ftruncate(fd, 0));
    R(lseek(fd, 0, SEEK_END));
    R(pread(fd, c, 10, 0));
    R(ftruncate(fd, -1));
    R(ftruncate(fd, 0x7fffffffffffffff));
    R(ftruncate(fd, 5));
    R(fallocate(fd, 0, 0, 8192));
    R(lseek(fd, 0, SEEK_END));
    R(fallocate(fd, 1, 0, 100000));
    R(lseek(fd, 0, SEEK_END));
    memset(b, 'x', 8192);
    R(pwrite(fd, b, 8192, 0));
    R(fallocate(fd, 3, 10, 5000));
    R(pread(fd, c, 8192, 0));
    printf("punched: %d\n", c[9] == 'x' && c[10] == 0 && c[5009] == 0 && c[5010] == 'x');
    R(fallocate(fd, 0, -1, 10));
    R(fallocate(fd, 0, 0, 0));
    R(fsync(fd));
    R(fdatasync(fd));
    R(close(fd));
}

static void appended(void)
{
    printf("-- appended\n");
    int one = RFD(open("b", O_WRONLY | O_CREAT | O_APPEND, 0644)), two = RFD(open("b", O_RDWR));
    R(write(one, "one", 3));
    R(write(two, "TWO!", 4));
    R(write(one, "three", 5));
    R(lseek(one, 0, SEEK_CUR));
    R(pwrite(one, "x", 1, 0));
    show_file("b");
    R(close(one));
    one = RFD(open("b", O_RDONLY | O_TRUNC));
    R(lseek(two, 0, SEEK_END));
    R(write(one, "x", 1));
    R(close(one));
    R(close(two));
    R(open("b", O_RDWR | O_CREAT | O_EXCL, 0600));
    R(open("b/", O_RDWR));
    R(open("b/", O_RDWR | O_CREAT, 0600));
    R(open("new/", O_RDWR | O_CREAT, 0600));
    R(open("none/x", O_RDWR | O_CREAT, 0600));
    R(open("b", O_RDONLY | O_DIRECTORY));
}

static void mapped(void)
{
    char b[8] = {0};
    printf("-- mapped\n");
    int fd = RFD(open("m", O_RDWR | O_CREAT, 0644));
    R(write(fd, "before", 6));
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    show("shared", shared, 6);
    memcpy(shared, "after!", 6);
    R(pread(fd, b, 6, 0));
    show("b", b, 6);
    show("private", private, 6);
    private[0] = 'X';
    show("shared", shared, 6);
    R(pwrite(fd, "again.", 6, 0));
    show("shared", shared, 6);
    R(unlink("m"));
    R(close(fd));
    shared[1] = 'Y';
    show("shared", shared, 6);
    R(msync(shared, 4096, MS_SYNC));
    R(munmap(shared, 4096));
    R(munmap(private, 4096));
    fd = RFD(open("b", O_RDONLY));
    R(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
    R(close(fd));
}

static void nameless(void)
{
    char name[64], b[8] = {0};
    struct stat s;
    printf("-- nameless\n");
    int fd = RFD(open(".", O_TMPFILE | O_RDWR, 0600));
    R(write(fd, "hidden", 6));
    R(fstat(fd, &s));
    printf("links %ld mode %o\n", (long)s.st_nlink, s.st_mode);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    R(linkat(AT_FDCWD, name, AT_FDCWD, "shown", AT_SYMLINK_FOLLOW));
    show_file("shown");
    R(fstat(fd, &s));
    printf("links %ld\n", (long)s.st_nlink);
    R(linkat(AT_FDCWD, name, AT_FDCWD, "shown", AT_SYMLINK_FOLLOW));
    R(unlink("shown"));
    R(linkat(AT_FDCWD, name, AT_FDCWD, "shown", AT_SYMLINK_FOLLOW));
    int again = RFD(open(name, O_RDWR));
    R(read(again, b, 6));
    show("b", b, 6);
    R(lseek(fd, 0, SEEK_CUR));
    R(write(again, "!", 1));
    R(pread(fd, b, 8, 0));
    R(close(again));
    R(close(fd));
    fd = RFD(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600));
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    R(linkat(AT_FDCWD, name, AT_FDCWD, "shown", AT_SYMLINK_FOLLOW));
    R(close(fd));
    R(open(".", O_TMPFILE | O_RDONLY, 0600));
    R(open("b", O_TMPFILE | O_RDWR, 0600));
}

static void attributes(void)
{
    char b[64] = {0};
    printf("-- extended attributes\n");
    R(getxattr("b", "trusted.one", b, sizeof(b)));
    R(setxattr("b", "trusted.one", "value", 5, 0));
    R(getxattr("b", "trusted.one", b, sizeof(b)));
    show("b", b, 5);
    R(getxattr("b", "trusted.one", b, 0));
    R(getxattr("b", "trusted.one", b, 2));
    R(setxattr("b", "trusted.one", "x", 1, XATTR_CREATE));
    R(setxattr("b", "trusted.two", "x", 1, XATTR_REPLACE));
    R(setxattr("b", "trusted.two", "", 0, XATTR_CREATE));
    R(setxattr("b", "trusted.one", "changed", 7, XATTR_REPLACE));
    R(getxattr("b", "trusted.one", b, sizeof(b)));
    R(listxattr("b", b, 0));
    R(listxattr("b", b, 5));
    R(removexattr("b", "trusted.two"));
    R(removexattr("b", "trusted.two"));
    R(listxattr("b", b, sizeof(b)));
    show("b", b, 11);
    R(setxattr("b", "odd.name", "x", 1, 0));
    R(setxattr("b", "", "x", 1, 0));
    R(setxattr("b", "trusted.one", "x", 1, 0x80));
    R(setxattr("b", "trusted.one", b, (size_t)MANY * 65, 0));
    R(setxattr("b", "trusted.one", WILD, 5, 0));
    R(setxattr("none", "trusted.one", "x", 1, 0));
    R(getxattr(WILD, "trusted.one", b, sizeof(b)));
    R(getxattr("b", WILD, b, sizeof(b)));
    int fd = RFD(open("b", O_RDONLY));
    R(fgetxattr(fd, "trusted.one", b, sizeof(b)));
    R(fremovexattr(fd, "trusted.one"));
    R(flistxattr(fd, b, sizeof(b)));
    R(close(fd));
    R(fgetxattr(-1, "trusted.one", b, sizeof(b)));
    R(symlink("b", "l"));
    R(lsetxattr("l", "trusted.link", "x", 1, 0));
    R(getxattr("l", "trusted.link", b, sizeof(b)));
    R(lgetxattr("l", "trusted.link", b, sizeof(b)));
    R(unlink("l"));
    R(getxattr("/proc/self", "user.x", b, sizeof(b)));
    R(setxattr("/proc/self/comm", "user.x", "x", 1, 0));
}

static size_t count_others(const char *bytes, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += bytes[i] != 0;
    return count;
}

// What a file has that was never written reads as zeros, also where another file's contents have been.
static void holes(void)
{
    enum { SIZE = 1 << 20, AT = 300000 };
    static char bytes[SIZE];
    printf("-- holes\n");
    for (int how = 0; how < 5; how++) {
        memset(bytes, 'x', SIZE);
        int fd = open("old", O_RDWR | O_CREAT, 0600);
        make_file("above", "text");
        const int above = open("above", O_RDWR);
        R(write(fd, bytes, SIZE));
        R(pwrite(above, bytes, SIZE, SIZE)); // so that the space below is not given to the host
        close(fd);
        R(unlink("old"));
        fd = open("new", O_RDWR | O_CREAT, 0600);
        R(ftruncate(fd, how == 4 ? 5000 : SIZE));
        if (how == 1)
            R(pwrite(fd, "y", 1, AT));
        if (how == 2)
            R(pwrite(fd, "y", 1, SIZE));
        if (how == 4)
            R(pwrite(fd, bytes, SIZE - 5, 0));
        const size_t size = how == 4 ? SIZE - 5 : SIZE;
        if (how >= 3) {
            char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            printf("mapped, %d: %zu\n", how, count_others(map, SIZE));
            munmap(map, SIZE);
        }
        memset(bytes, 'z', SIZE);
        R(pread(fd, bytes, SIZE, 0));
        printf("read, %d: %zu\n", how, count_others(bytes, size));
        close(fd);
        close(above);
        R(unlink("new"));
        R(unlink("above"));
    }
}

int main(void)
{
    const char *memory = enter_memory();
    contents();
    appended();
    mapped();
    nameless();
    attributes();
    holes();
    R(unlink("a"));
    R(unlink("b"));
    leave_memory(memory);
    return 0;
}
