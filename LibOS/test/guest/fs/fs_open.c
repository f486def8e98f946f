// SPDX-License-Identifier: MIT
// open and its kin: flags, errors, links on the way and at the end, limits of names, openat2.
#include "fs_report.h"
#include <linux/openat2.h>

/* No file of these file systems can be found but by its name. */
static long handle_of(const char *name, int flags)
{
    static struct {
        struct file_handle handle;
        char bytes[128];
    } room = {.handle.handle_bytes = 128};
    int mount;
    const int fd = open("/proc", O_PATH);
    const long result = name_to_handle_at(fd, name, &room.handle, &mount, flags);
    const int error = errno;
    close(fd);
    errno = error;
    return result;
}

static void flags(void)
{
    struct stat st;
    char b[16];
    mkdir("d", 0755);
    make_file("f", "contents");
    RFD(open("missing", O_RDONLY));
    RFD(open("", O_RDONLY));
    RFD(open(WILD, O_RDONLY));
    RFD(open("f", O_RDONLY | O_CREAT | O_EXCL, 0600));
    RFD(open("f", O_RDONLY | O_DIRECTORY));
    RFD(open("f/", O_RDONLY));
    RFD(open("f/.", O_RDONLY));
    RFD(open("f/x", O_RDONLY));
    RFD(open("f/..", O_RDONLY));
    RFD(open("missing/", O_RDONLY | O_CREAT, 0600));
    RFD(open("missing/x", O_RDONLY | O_CREAT, 0600));
    RFD(open("d", O_WRONLY));
    RFD(open("d", O_RDWR | O_DIRECTORY));
    RFD(open("d", O_RDONLY | O_CREAT, 0600));
    RFD(open("d/", O_RDONLY | O_CREAT, 0600));
    RFD(open("d", O_RDONLY | O_TRUNC));
    int fd = RFD(open("f", O_RDONLY | O_TRUNC));
    R(fstat(fd, &st));
    printf("size %ld\n", (long)st.st_size);
    close(fd);
    fd = RFD(open("new", O_RDONLY | O_CREAT | O_EXCL, 0640));
    R(fstat(fd, &st));
    printf("mode %o\n", st.st_mode);
    R(write(fd, "x", 1));
    printf("flags %x\n", fcntl(fd, F_GETFL));
    close(fd);
    fd = RFD(open("new", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC));
    printf("flags %x fd %x\n", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
    close(fd);
    fd = RFD(open("new", O_RDWR | O_SYNC));
    printf("flags %x fd %x\n", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
    R(write(fd, "synchronous", 11));
    close(fd);
    fd = RFD(creat("new", 0600));
    R(write(fd, "created", 7));
    close(fd);
    show_file("new");
    fd = RFD(open("d", O_TMPFILE | O_RDWR, 0600));
    R(write(fd, "temporary", 9));
    R(pread(fd, b, 16, 0));
    R(fstat(fd, &st));
    printf("links %ld\n", (long)st.st_nlink);
    close(fd);
    RFD(open("d", O_TMPFILE | O_RDONLY, 0600));
    RFD(open("f", O_TMPFILE | O_RDWR, 0600));
    RFD(open("missing", O_TMPFILE | O_RDWR, 0600));
    R(rmdir("d"));
    umask(077);
    fd = RFD(open("masked", O_RDWR | O_CREAT, 0666));
    R(fstat(fd, &st));
    printf("mode %o\n", st.st_mode);
    R(unlink("masked"));
    R(write(fd, "still there", 11));
    R(pread(fd, b, 16, 6));
    R(fstat(fd, &st));
    printf("links %ld\n", (long)st.st_nlink);
    close(fd);
    umask(022);
}

static void links(void)
{
    char name[32], b[64];
    mkdir("d", 0755);
    mkdir("d/e", 0755);
    make_file("d/e/file", "deep");
    symlink("d/e", "short");
    symlink("../../short", "d/e/back");
    symlink("/etc", "absolute");
    symlink("file", "d/e/same");
    symlink("missing", "dangling");
    symlink("loop2", "loop1");
    symlink("loop1", "loop2");
    symlink("d/e/file/", "slashed");
    symlink("new-by-link", "creates");
    show_file("short/file");
    show_file("short/same");
    show_file("short/back/back/back/file");
    show_file("d/../d/./e//file");
    show_file("short/../e/file");
    show_file("short/../../d/e/same");
    show_file("../../../../../../../../../../etc/../etc/missing");
    show_file("slashed");
    RFD(open("absolute/hosts-missing", O_RDONLY));
    RFD(open("dangling", O_RDONLY));
    RFD(open("dangling/x", O_RDONLY));
    RFD(open("loop1", O_RDONLY));
    RFD(open("loop1/x", O_RDONLY));
    RFD(open("short", O_RDONLY | O_NOFOLLOW));
    RFD(open("short", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
    close(RFD(open("short/", O_RDONLY | O_NOFOLLOW)));
    close(RFD(open("short", O_RDONLY | O_DIRECTORY)));
    RFD(open("d/e/same", O_RDONLY | O_DIRECTORY));
    RFD(open("d/e/same", O_RDONLY | O_NOFOLLOW));
    RFD(open("dangling", O_RDONLY | O_CREAT | O_EXCL, 0600));
    int fd = RFD(open("creates", O_WRONLY | O_CREAT, 0600));
    R(write(fd, "by link", 7));
    close(fd);
    show_file("new-by-link");
    // 40 links are followed, 41 are not.
    symlink("d/e/file", "l0");
    for (int i = 1; i <= 41; i++) {
        char target[32];
        snprintf(name, sizeof(name), "l%d", i);
        snprintf(target, sizeof(target), "l%d", i - 1);
        symlink(target, name);
    }
    show_file("l39");
    show_file("l40");
    // What is known of a name changes with it.
    show_file("short/file");
    unlink("short");
    show_file("short/file");
    symlink("d", "short");
    show_file("short/file");
    show_file("short/e/file");
    R(rename("d", "D"));
    show_file("d/e/file");
    show_file("D/e/file");
    show_file("short/e/file");
    R(rename("D", "d"));
    show_file("short/e/file");
    R(rename("d/e", "d/f"));
    symlink("f", "d/e");
    show_file("d/e/file");
    R(unlink("d/e"));
    R(rename("d/f", "d/e"));
    // O_PATH
    struct stat st;
    fd = RFD(open("short", O_PATH | O_NOFOLLOW));
    R(fstat(fd, &st));
    printf("kind %o\n", st.st_mode & S_IFMT);
    R(readlinkat(fd, "", b, sizeof(b)));
    R(read(fd, b, 1));
    R(fchmod(fd, 0600));
    printf("flags %x\n", fcntl(fd, F_GETFL));
    close(fd);
    fd = RFD(open("short", O_PATH));
    R(fstat(fd, &st));
    printf("kind %o\n", st.st_mode & S_IFMT);
    int in = RFD(openat(fd, "e/file", O_RDONLY));
    R(read(in, b, 64));
    R(fchdir(fd));
    show_file("e/file");
    R(chdir(".."));
    close(in);
    close(fd);
    RFD(openat(-1, "f", O_RDONLY));
    RFD(openat(9999, "f", O_RDONLY));
    RFD(openat(0x7fffffff, "/etc/missing", O_RDONLY));
    fd = open("new", O_RDONLY);
    RFD(openat(fd, "f", O_RDONLY));
    close(fd);
    for (int i = 0; i <= 41; i++) {
        snprintf(name, sizeof(name), "l%d", i);
        unlink(name);
    }
}

// The directory in which one is, and what is known of it, go along when one above is renamed.
static void moves(void)
{
    char start[2048], path[4096];
    getcwd(start, sizeof(start));
    mkdir("x", 0755);
    mkdir("x/y", 0755);
    make_file("x/y/f", "moved");
    R(chdir("x/y"));
    show_file("f");
    R(rename("../../x", "../../z"));
    show_file("f");
    show_file("../y/f");
    R(symlink("z", "../../x"));
    show_file("../../x/y/f");
    snprintf(path, sizeof(path), "%s/x/y/f", start);
    R(access(path, R_OK));
    R(unlink("../../x"));
    R(access(path, R_OK));
    R(mkdir("../../x", 0755));
    R(access(path, R_OK));
    R(rmdir("../../x"));
    R(symlinkat(start, AT_FDCWD, "../../x"));
    R(access(path, R_OK));
    snprintf(path, sizeof(path), "%s/x/z/y/f", start);
    R(access(path, R_OK));
    int fd = open("f", O_RDONLY), dir = open(".", O_RDONLY | O_DIRECTORY);
    R(chdir(start));
    R(rename("z", "w"));
    close(RFD(openat(dir, "f", O_RDONLY)));
    R(unlink("w/y/f"));
    R(fchdir(dir));
    R(rmdir("../y"));
    RFD(openat(dir, "f", O_RDONLY));
    R(read(fd, path, 10));
    R(chdir(start));
    R(rmdir("w"));
    R(unlink("x"));
    close(fd);
    close(dir);
}

static void limits(void)
{
    char *name = malloc(9000);
    memset(name, 'n', 9000);
    name[255] = '\0';
    int fd = RFD(open(name, O_WRONLY | O_CREAT, 0600));
    close(fd);
    R(unlink(name));
    memset(name, 'n', 300);
    name[256] = '\0';
    RFD(open(name, O_WRONLY | O_CREAT, 0600));
    memset(name, 'n', 300);
    strcpy(name + 256, "/x");
    RFD(open(name, O_RDONLY));
    for (int i = 0; i < 4500; i += 2)
        memcpy(name + i, "./", 2);
    strcpy(name + 4092, "new");
    fd = RFD(open(name, O_RDONLY));
    close(fd);
    memcpy(name + 4092, "././new", 8);
    RFD(open(name, O_RDONLY));
    memset(name, '/', 4000);
    strcpy(name + 4000, "etc");
    fd = RFD(open(name, O_RDONLY));
    close(fd);
    free(name);
}

static int openat2(int directory, const char *name, unsigned long long how_flags, unsigned long long mode,
                   unsigned long long resolve)
{
    struct open_how how = {.flags = how_flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));
}

static void second(void)
{
    int fd = open("d", O_RDONLY | O_DIRECTORY);
    struct open_how how = {0};
    close(RFD(openat2(fd, "e/file", O_RDONLY, 0, 0)));
    RFD(openat2(fd, "e/file", O_RDONLY, 0600, 0));
    RFD(openat2(fd, "e/file", 1ull << 40, 0, 0));
    RFD(openat2(fd, "e/file", O_RDONLY, 0, 1ull << 40));
    RFD(openat2(fd, "x", O_CREAT | O_RDWR, 010600, 0));
    RFD((int)syscall(SYS_openat2, fd, "e/file", &how, 8));
    RFD((int)syscall(SYS_openat2, fd, "e/file", &how, 1 << 20));
    RFD((int)syscall(SYS_openat2, fd, "e/file", WILD, sizeof(how)));
    RFD(openat2(fd, "../new", O_RDONLY, 0, RESOLVE_BENEATH));
    RFD(openat2(fd, "/etc", O_RDONLY, 0, RESOLVE_BENEATH));
    RFD(openat2(fd, "e/back/file", O_RDONLY, 0, RESOLVE_BENEATH));
    close(RFD(openat2(fd, "e/../e/file", O_RDONLY, 0, RESOLVE_BENEATH)));
    close(RFD(openat2(fd, "e/same", O_RDONLY, 0, RESOLVE_BENEATH)));
    RFD(openat2(fd, "e/same", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
    RFD(openat2(fd, "e/back/file", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
    close(RFD(openat2(fd, "e/file", O_RDONLY, 0, RESOLVE_NO_SYMLINKS)));
    close(RFD(openat2(fd, "/e/file", O_RDONLY, 0, RESOLVE_IN_ROOT)));
    close(RFD(openat2(fd, "../../e/file", O_RDONLY, 0, RESOLVE_IN_ROOT)));
    RFD(openat2(fd, "/etc", O_RDONLY, 0, RESOLVE_IN_ROOT));
    RFD(openat2(fd, "/e/file", O_RDONLY, 0, RESOLVE_IN_ROOT | RESOLVE_BENEATH));
    RFD(openat2(AT_FDCWD, "/proc/self/status", O_RDONLY, 0, RESOLVE_NO_XDEV));
    RFD(openat2(AT_FDCWD, "/proc/self/fd/0", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS));
    R(handle_of("/proc/self/status", 0));
    R(handle_of("/proc/self/exe", 0));
    R(handle_of("", AT_EMPTY_PATH));
    R(handle_of("missing", 0));
    R(handle_of("", 0));
    R(handle_of("/proc/self/status", 0x4000));
    close(fd);
}

static void clean(void)
{
    static const char *const names[] = {"d/e/file", "d/e/back", "d/e/same",   "f",     "new",
                                        "short",    "absolute", "dangling",   "loop1", "loop2",
                                        "slashed",  "creates",  "new-by-link"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (unlink(names[i]) < 0)
            printf("unlink %s: %s\n", names[i], strerror(errno));
    R(rmdir("d/e"));
    R(rmdir("d"));
}

int main(void)
{
    flags();
    links();
    moves();
    limits();
    second();
    clean();
    return 0;
}
