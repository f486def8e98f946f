// SPDX-License-Identifier: MIT
// Making, removing and renaming names of all kinds, in the working directory: for host files and for tmpfs.
#ifndef LIBOS_TEST_GUEST_FS_FS_NAMES_H
#define LIBOS_TEST_GUEST_FS_FS_NAMES_H

#include "fs_report.h"
#include <linux/fs.h>
#include <sys/sysmacros.h>

// musl has no renameat2.
static int exchange(int old_directory, const char *old, int new_directory, const char *new, unsigned flags)
{
    return (int)syscall(SYS_renameat2, old_directory, old, new_directory, new, flags);
}

static char g_long[300], g_path[5000];

static void show_kind(const char *name)
{
    struct stat s;
    if (lstat(name, &s) < 0) {
        printf("  %s: %s\n", name, strerror(errno));
        return;
    }
    printf("  %s: mode %o links %ld", name, s.st_mode, S_ISDIR(s.st_mode) ? 0l : (long)s.st_nlink);
    if (S_ISREG(s.st_mode) || S_ISLNK(s.st_mode))
        printf(" size %ld", (long)s.st_size);
    if (S_ISCHR(s.st_mode))
        printf(" rdev %u:%u", major(s.st_rdev), minor(s.st_rdev));
    printf("\n");
}

static void directories(void)
{
    printf("-- directories\n");
    R(mkdir("d", 0755));
    R(mkdir("d", 0755));
    R(mkdir("d/", 0755));
    R(mkdir("d/.", 0755));
    R(mkdir(".", 0755));
    R(mkdir("..", 0755));
    R(mkdir("/", 0755));
    R(mkdir("", 0755));
    R(mkdir(WILD, 0755));
    R(mkdir("none/x", 0755));
    R(mkdir("d/sub/", 01777));
    show_kind("d/sub");
    umask(077);
    R(mkdir("d/private", 0777));
    umask(022);
    show_kind("d/private");
    make_file("f", "text");
    R(mkdir("f", 0755));
    R(mkdir("f/", 0755));
    R(mkdir("f/x", 0755));
    R(mkdir(g_long, 0755));
    g_long[255] = 0;
    R(mkdir(g_long, 0755) ? -1 : rmdir(g_long));
    g_long[255] = 'n';
    R(mkdir(g_path, 0755));
    R(rmdir("d"));
    R(rmdir("d/."));
    R(rmdir("d/sub/.."));
    R(rmdir("."));
    R(rmdir("/"));
    R(rmdir(""));
    R(rmdir("none"));
    R(rmdir("none/"));
    R(rmdir("f"));
    R(rmdir("f/"));
    R(rmdir("f/x"));
    R(rmdir("d/private/"));
    R(rmdir("d/sub"));
    R(symlink("d", "ld"));
    R(rmdir("ld"));
    R(rmdir("ld/"));
    R(unlink("d"));
    R(unlink("d/"));
    R(unlink("d/."));
    R(unlink("f/"));
    R(unlink("ld/"));
    R(unlink("none/"));
    R(unlink("none"));
    R(unlink(""));
    R(unlink(WILD));
    R(unlink("ld"));
    R(unlinkat(AT_FDCWD, "f", 0x999));
    R(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
    R(unlinkat(-5, "f", 0));
    R(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
    R(unlink("f"));
}

static void links(void)
{
    char b[64] = {0};
    printf("-- links\n");
    make_file("f", "hello");
    R(symlink("f", "l"));
    R(symlink("f", "l"));
    R(symlink("", "e"));
    R(symlink("f", ""));
    R(symlink("f", "n/"));
    R(symlink("f", "none/x"));
    R(symlink(WILD, "w"));
    R(symlink("f", WILD));
    R(symlink(g_path, "w"));
    show_kind("l");
    R(readlink("l", b, sizeof(b)));
    show("b", b, 1);
    R(symlink("a/long/target", "t"));
    R(readlink("t", b, 6));
    show("b", b, 8);
    R(readlink("t", b, 0));
    R(readlink("t", b, MINUS_ONE));
    R(readlink("t", WILD, 10));
    R(readlink("f", b, 10));
    R(readlink("f/", b, 10));
    R(readlink("l/", b, 10));
    R(readlink(".", b, 10));
    R(readlink("none", b, 10));
    R(readlink("", b, 10));
    int fd = RFD(open("l", O_PATH | O_NOFOLLOW));
    R(readlinkat(fd, "", b, 10));
    R(close(fd));
    R(symlink("loop2", "loop1"));
    R(symlink("loop1", "loop2"));
    R(open("loop1", O_RDONLY));
    R(access("loop1", F_OK));
    R(open("l", O_RDONLY | O_NOFOLLOW));
    R(link("f", "h"));
    show_kind("f");
    show_kind("h");
    R(link("f", "h"));
    R(link("none", "x"));
    R(link("f", "none/x"));
    R(link("f", "x/"));
    R(link("f/", "x"));
    R(linkat(AT_FDCWD, "l", AT_FDCWD, "hf", AT_SYMLINK_FOLLOW));
    show_kind("hf");
    R(linkat(AT_FDCWD, "l", AT_FDCWD, "hf2", 0x4321));
    R(unlink("f"));
    show_kind("h");
    show_file("h");
    show_file("l");
    R(unlink("h"));
    R(unlink("hf"));
    R(unlink("l"));
    R(unlink("t"));
    R(unlink("loop1"));
    R(unlink("loop2"));
}

static void renames(void)
{
    printf("-- renames\n");
    make_file("a", "aaa");
    make_file("b", "bb");
    R(mkdir("d", 0755));
    R(mkdir("e", 0755));
    R(rename("a", "c"));
    show_kind("a");
    show_file("c");
    R(rename("none", "x"));
    R(rename("c", "none/x"));
    R(rename("c", "x/"));
    R(rename("c/", "x"));
    R(rename("c", "d"));
    R(rename("d", "c"));
    R(rename("d", "d/x"));
    R(rename("c", "c"));
    R(rename("d", "d"));
    R(rename("c", "c/x"));
    R(rename(".", "x"));
    R(rename("d/.", "x"));
    R(rename("d", "."));
    R(rename("d", "e/.."));
    R(rename("", "x"));
    R(rename("c", ""));
    R(rename(WILD, "x"));
    R(rename("c", "d/c"));
    R(rename("d", "e"));
    show_file("e/c");
    R(mkdir("d", 0755));
    R(rename("d", "e"));
    R(rename("e", "d/e2/"));
    show_file("d/e2/c");
    R(rename("d/e2", "d"));
    R(rename("b", "d/e2/c"));
    show_file("d/e2/c");
    R(link("d/e2/c", "hard"));
    R(rename("hard", "d/e2/c"));
    show_kind("hard");
    make_file("p", "p");
    make_file("q", "qq");
    R(exchange(AT_FDCWD, "p", AT_FDCWD, "q", RENAME_NOREPLACE));
    R(exchange(AT_FDCWD, "p", AT_FDCWD, "r", RENAME_NOREPLACE));
    R(exchange(AT_FDCWD, "q", AT_FDCWD, "r", RENAME_EXCHANGE | RENAME_NOREPLACE));
    R(exchange(AT_FDCWD, "q", AT_FDCWD, "r", 0x100));
    R(exchange(AT_FDCWD, "q", AT_FDCWD, "d", RENAME_NOREPLACE));
    show_file("q");
    show_file("r");
    int fd = RFD(open("d", O_RDONLY | O_DIRECTORY));
    R(renameat(AT_FDCWD, "q", fd, "q"));
    R(renameat(fd, "q", AT_FDCWD, "q2"));
    R(renameat(-7, "q", fd, "q"));
    R(close(fd));
    R(symlink("q2", "l"));
    R(rename("l", "l2"));
    show_kind("l2");
    R(rename("q2", "l2"));
    show_kind("l2");
    R(unlink("l2"));
    R(unlink("r"));
    R(unlink("hard"));
    R(unlink("d/e2/c"));
    R(rmdir("d/e2"));
    R(rmdir("d"));
}

static void nodes(void)
{
    printf("-- nodes\n");
    R(mknod("file", 0600, 0));
    R(mknod("file", S_IFREG | 0600, 0));
    R(mknod("reg", S_IFREG | 0666, 0));
    R(mknod("dir", S_IFDIR | 0777, 0));
    R(mknod("odd", S_IFLNK | 0777, 0));
    R(mknod("odd", 0170000, 0));
    R(mknod("none/x", S_IFREG, 0));
    R(mknod("x/", S_IFREG, 0));
    R(mknod("", S_IFREG, 0));
    show_kind("file");
    show_kind("reg");
    R(unlink("file"));
    R(unlink("reg"));
}

static void open_unlinked(void)
{
    char b[16] = {0};
    struct stat s;
    printf("-- unlinked open files\n");
    int fd = RFD(open("gone", O_RDWR | O_CREAT | O_EXCL, 0644));
    R(write(fd, "still here", 10));
    R(unlink("gone"));
    R(access("gone", F_OK));
    R(pread(fd, b, 16, 0));
    show("b", b, 10);
    R(fstat(fd, &s));
    printf("links %ld size %ld\n", (long)s.st_nlink, (long)s.st_size);
    R(ftruncate(fd, 3));
    R(pread(fd, b, 16, 0));
    R(fchmod(fd, 0600));
    R(fstat(fd, &s));
    printf("mode %o\n", s.st_mode);
    R(close(fd));
    R(mkdir("gone", 0755));
    fd = RFD(open("gone", O_RDONLY | O_DIRECTORY));
    R(rmdir("gone"));
    R(mkdirat(fd, "x", 0755));
    R(openat(fd, "x", O_CREAT | O_WRONLY, 0644));
    R(openat(fd, "x", O_RDONLY));
    R(fstat(fd, &s));
    R(syscall(SYS_getdents64, fd, b, sizeof(b)));
    R(close(fd));
}

// What leads to a directory, with and without a slash at its end, and how it is opened.
static void links_to_directories(void)
{
    static const int how[] = {O_RDONLY,        O_DIRECTORY,         O_NOFOLLOW,           O_DIRECTORY | O_NOFOLLOW,
                              O_PATH,          O_PATH | O_NOFOLLOW, O_PATH | O_DIRECTORY, O_RDWR,
                              O_CREAT | O_RDWR};
    static const char *const names[] = {"to-d", "to-d/", "to-d//", "to-d/.", "to-f", "to-f/", "to-none/"};
    printf("-- links to directories\n");
    R(mkdir("d", 0755));
    make_file("f", "text");
    R(symlink("d", "to-d"));
    R(symlink("f", "to-f"));
    R(symlink("none", "to-none"));
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (unsigned j = 0; j < sizeof(how) / sizeof(how[0]); j++) {
            struct stat s = {.st_mode = 0};
            const int fd = open(names[i], how[j], 0644);
            printf("%s %d: %s", names[i], (int)j, fd < 0 ? strerror(errno) : "opened");
            if (fd >= 0) {
                fstat(fd, &s);
                close(fd);
            }
            printf(" %o\n", s.st_mode & S_IFMT);
        }
    }
    R(unlink("to-d"));
    R(unlink("to-f"));
    R(unlink("to-none"));
    R(unlink("f"));
    R(rmdir("d"));
}

static void names_all(void)
{
    memset(g_long, 'n', 299);
    memset(g_path, '/', 4999);
    directories();
    links();
    links_to_directories();
    renames();
    nodes();
    open_unlinked();
}

#endif
