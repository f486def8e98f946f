// SPDX-License-Identifier: MIT
// stat and its kin, permissions, times, access, umask, statfs.
#include "fs_report.h"
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <utime.h>

static void print(const char *what, const struct stat *s)
{
    printf("  %s: mode %o uid %u gid %u", what, s->st_mode, s->st_uid, s->st_gid);
    if (!S_ISDIR(s->st_mode))
        printf(" links %ld size %ld", (long)s->st_nlink, (long)s->st_size);
    printf("\n");
}

static void kinds(void)
{
    struct stat s, t;
    printf("-- kinds\n");
    make_file("f", "hello");
    R(symlink("f", "l"));
    R(symlink("none", "dangling"));
    R(mkdir("d", 0750));
    R(stat("f", &s));
    print("f", &s);
    R(stat("l", &t));
    print("l", &t);
    printf("same: %d\n", s.st_ino == t.st_ino && s.st_dev == t.st_dev);
    R(lstat("l", &s));
    print("l itself", &s);
    R(stat("dangling", &s));
    R(lstat("dangling", &s));
    print("dangling", &s);
    R(stat("d", &s));
    print("d", &s);
    R(stat("d/", &s));
    R(stat("d/.", &t));
    printf("same: %d\n", s.st_ino == t.st_ino);
    R(stat("d/..", &s));
    R(stat(".", &t));
    printf("same: %d\n", s.st_ino == t.st_ino);
    R(symlink("d", "ld"));
    R(lstat("ld/", &s));
    print("ld/", &s);
    R(readlink("ld/", (char[8]){0}, 8));
    R(chmod("ld/", 0750));
    R(access("ld/", X_OK));
    R(rmdir("ld/"));
    R(unlink("ld"));
    R(stat("f/", &s));
    R(stat("l/", &s));
    R(lstat("l/", &s));
    R(stat("f/x", &s));
    R(stat("none", &s));
    R(stat("none/x", &s));
    R(stat("", &s));
    R(stat(WILD, &s));
    R(stat("f", WILD));
    R(fstat(-1, &s));
    int fd = RFD(open("f", O_RDONLY));
    R(fstat(fd, &s));
    print("fd", &s);
    R(fstat(fd, WILD));
    R(fstatat(fd, "", &s, AT_EMPTY_PATH));
    print("fd", &s);
    R(fstatat(fd, "", &s, 0));
    R(fstatat(fd, "x", &s, 0));
    R(fstatat(AT_FDCWD, "", &s, AT_EMPTY_PATH));
    print("cwd", &s);
    R(fstatat(AT_FDCWD, "l", &s, AT_SYMLINK_NOFOLLOW));
    print("l", &s);
    R(fstatat(AT_FDCWD, "l", &s, 0x8000000));
    R(fstatat(-9, "l", &s, 0));
    R(close(fd));
    fd = RFD(open("l", O_PATH | O_NOFOLLOW));
    R(fstat(fd, &s));
    print("path", &s);
    R(fchmod(fd, 0600));
    R(close(fd));
    fd = RFD(open("d", O_RDONLY));
    R(fstat(fd, &s));
    print("d", &s);
    R(close(fd));
    R(stat("/dev/null", &s));
    printf("null: %o %u:%u\n", s.st_mode, major(s.st_rdev), minor(s.st_rdev));
    int p[2];
    R(pipe(p));
    R(fstat(p[0], &s));
    printf("pipe: %o %ld\n", s.st_mode, (long)s.st_size);
    close(p[0]);
    close(p[1]);
}

static void extended(void)
{
#ifdef __GLIBC__ // musl has no statx
    struct statx x;
    printf("-- statx\n");
    R(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x));
    printf("mask %d mode %o size %llu links %u\n", (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS, x.stx_mode,
           x.stx_size, x.stx_nlink);
    R(statx(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, STATX_ALL, &x));
    printf("mode %o size %llu\n", x.stx_mode, x.stx_size);
    R(statx(AT_FDCWD, "none", 0, STATX_ALL, &x));
    R(statx(AT_FDCWD, "f", 0, STATX__RESERVED, &x));
    R(statx(AT_FDCWD, "f", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_ALL, &x));
    R(statx(AT_FDCWD, "f", 0x80000, STATX_ALL, &x));
    R(statx(AT_FDCWD, "f", 0, STATX_ALL, WILD));
    R(statx(0x7fff, "", AT_EMPTY_PATH, STATX_ALL, &x));
#endif
}

static void permissions(void)
{
    struct stat s;
    printf("-- permissions\n");
    R(chmod("f", 0600));
    stat("f", &s);
    print("f", &s);
    R(chmod("l", 01644));
    stat("f", &s);
    print("f", &s);
    R(chmod("d", 01777));
    stat("d", &s);
    print("d", &s);
    R(chmod("d", 0755));
    R(chmod("none", 0600));
    R(chmod("dangling", 0600));
    R(chmod("f/", 0600));
    R(chmod(WILD, 0600));
    int fd = RFD(open("f", O_RDONLY));
    R(fchmod(fd, 0640));
    fstat(fd, &s);
    print("f", &s);
    R(close(fd));
    R(fchmod(-1, 0));
    R(fchmodat(AT_FDCWD, "f", 0644, 0));
    R(syscall(SYS_fchmodat, AT_FDCWD, "f", 0600));
    R(umask(0));
    R(umask(01077));
    R(umask(022));
    R(chown("f", -1, -1));
    R(chown("f", getuid(), getgid()));
    R(chown("dangling", -1, -1));
    R(lchown("dangling", 5, 6));
    R(lchown("dangling", getuid(), getgid()));
    R(fchownat(AT_FDCWD, "l", getuid(), getgid(), 0x77));
    R(access("f", F_OK));
    R(access("f", R_OK | W_OK));
    R(access("f", 8));
    R(access("none", F_OK));
    R(access("l", R_OK));
    R(access("dangling", R_OK));
    R(access("d", X_OK));
    R(access("f/", F_OK));
    R(chmod("f", 0600));
    R(access("f", X_OK));
    R(chmod("f", 0700));
    R(access("f", X_OK));
    R(faccessat(AT_FDCWD, "l", F_OK, AT_SYMLINK_NOFOLLOW));
    R(faccessat(AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
    R(faccessat(AT_FDCWD, "f", W_OK, AT_EACCESS));
    R(faccessat(-4, "f", W_OK, 0));
}

static void print_times(const char *name)
{
    struct stat s;
    lstat(name, &s);
    printf("  %s: %ld.%09ld %ld.%09ld\n", name, (long)s.st_atim.tv_sec, s.st_atim.tv_nsec, (long)s.st_mtim.tv_sec,
           s.st_mtim.tv_nsec);
}

static void times(void)
{
    struct timespec both[2] = {{1000000000, 123456789}, {1100000000, 987654321}};
    struct timespec omit[2] = {{5, UTIME_OMIT}, {1200000000, 5}};
    struct timespec keep[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    struct timespec wrong[2] = {{0, 1000000000}, {0, 0}};
    struct timespec early[2] = {{-5, 1}, {0, 0}};
    struct timespec now[2] = {{0, UTIME_NOW}, {7, 8}};
    struct timeval values[2] = {{900000000, 250000}, {900000001, 999999}};
    struct timeval wrong_values[2] = {{0, 1000000}, {0, 0}};
    struct utimbuf seconds = {800000000, 800000001};
    struct stat s;
    printf("-- times\n");
    R(utimensat(AT_FDCWD, "f", both, 0));
    print_times("f");
    R(utimensat(AT_FDCWD, "f", omit, 0));
    print_times("f");
    R(utimensat(AT_FDCWD, "f", keep, 0));
    R(utimensat(AT_FDCWD, "none", keep, 0));
    R(utimensat(AT_FDCWD, "none", both, 0));
    R(utimensat(AT_FDCWD, "f", wrong, 0));
    R(utimensat(AT_FDCWD, "f", early, 0));
    print_times("f");
    R(utimensat(AT_FDCWD, "f", both, 0x40));
    R(utimensat(AT_FDCWD, "f", WILD, 0));
    R(utimensat(AT_FDCWD, "f", now, 0));
    stat("f", &s);
    printf("now: %d, %ld.%ld\n", s.st_atime > 1700000000, (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    R(utimensat(AT_FDCWD, "f", NULL, 0));
    stat("f", &s);
    printf("now: %d\n", s.st_mtime > 1700000000);
    int fd = RFD(open("f", O_RDONLY));
    R(futimens(fd, both));
    print_times("f");
    R(syscall(SYS_utimensat, fd, NULL, both, AT_SYMLINK_NOFOLLOW));
    R(syscall(SYS_utimensat, AT_FDCWD, NULL, both, 0));
    R(close(fd));
    R(utimes("f", values));
    print_times("f");
    R(utimes("f", wrong_values));
    R(syscall(SYS_futimesat, AT_FDCWD, "f", values));
    R(utime("f", &seconds));
    print_times("f");
    R(syscall(SYS_utime, "f", NULL));
    R(utime("none", &seconds));
    R(utimensat(AT_FDCWD, "d", both, 0));
    print_times("d");
    R(utimes("d/", values));
    print_times("d");
}

static void space(void)
{
    struct statfs s;
    printf("-- space\n");
    R(statfs("f", &s));
    printf("%d %d %ld\n", s.f_blocks > 0, s.f_bfree <= s.f_blocks, (long)s.f_namelen);
    R(statfs("none", &s));
    R(statfs(".", WILD));
    R(statfs("/proc", &s));
    printf("proc: %lx %ld\n", (long)s.f_type, (long)s.f_blocks);
    R(statfs("/dev/shm", &s));
    printf("shm: %lx\n", (long)s.f_type);
    int fd = RFD(open("f", O_RDONLY));
    R(fstatfs(fd, &s));
    printf("%d\n", s.f_blocks > 0);
    R(close(fd));
    R(fstatfs(fd, &s));
    int p[2];
    R(pipe(p));
    R(fstatfs(p[0], &s));
    printf("pipe: %lx\n", (long)s.f_type);
    close(p[0]);
    close(p[1]);
}

int main(void)
{
    kinds();
    extended();
    permissions();
    times();
    space();
    R(unlink("f"));
    R(unlink("l"));
    R(unlink("dangling"));
    R(rmdir("d"));
    return 0;
}
