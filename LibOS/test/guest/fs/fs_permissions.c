// SPDX-License-Identifier: MIT
// Who may do what in a tmpfs: owners, groups, others, sticky directories. Started by root it becomes somebody else for a while.
#include "fs_report.h"
#include "memory_directory.h"
#include <grp.h>
#include <sys/time.h>

static void as_other(void)
{
    struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}}, then[2] = {{1, 1}, {2, 2}};
    R(open("private", O_RDONLY));
    R(open("public", O_RDONLY) >= 0);
    R(open("public", O_WRONLY) >= 0);
    R(open("readable", O_WRONLY));
    R(open("readable", O_RDONLY | O_TRUNC));
    R(access("private", R_OK));
    R(faccessat(AT_FDCWD, "private", R_OK, AT_EACCESS));
    R(faccessat(AT_FDCWD, "readable", R_OK, AT_EACCESS));
    R(open("closed/file", O_RDONLY));
    R(access("closed", F_OK));
    R(unlink("readonly/file"));
    R(rename("readonly/file", "x"));
    R(mkdir("readonly/new", 0755));
    R(open("readonly/new", O_CREAT | O_WRONLY, 0644));
    R(symlink("x", "readonly/l"));
    R(open("readonly/file", O_RDONLY) >= 0);
    R(unlink("sticky/roots"));
    R(rename("sticky/roots", "sticky/x"));
    R(open("sticky/mine", O_CREAT | O_WRONLY, 0600) >= 0);
    R(rename("sticky/mine", "sticky/mine2"));
    R(rename("sticky/mine2", "sticky/roots"));
    R(unlink("sticky/mine2"));
    R(chmod("public", 0600));
    R(chown("public", 1000, 1000));
    R(chown("public", 0, 0));
    R(utimensat(AT_FDCWD, "public", now, 0));
    R(utimensat(AT_FDCWD, "public", NULL, 0));
    R(utimensat(AT_FDCWD, "public", then, 0));
    R(utimensat(AT_FDCWD, "readable", NULL, 0));
    R(truncate("readable", 0));
    R(truncate("public", 3));
    R(mkdir("setgid/sub", 0755));
    struct stat s;
    R(stat("setgid/sub", &s));
    printf("%o %u %u\n", s.st_mode, s.st_uid, s.st_gid);
    R(mkdir("setgid/sub/own", 0700));
    R(chmod("setgid/sub/own", 02777));
    R(stat("setgid/sub/own", &s));
    printf("%o %u %u\n", s.st_mode, s.st_uid, s.st_gid);
    R(close(open("setgid/file", O_CREAT | O_WRONLY, 02777)));
    R(chmod("setgid/file", 02777));
    R(stat("setgid/file", &s));
    printf("%o %u %u\n", s.st_mode, s.st_uid, s.st_gid);
    R(chown("setgid/file", -1, 2000));
    R(chmod("setgid/file", 02777));
    R(chown("setgid/file", -1, 3000));
    R(stat("setgid/file", &s));
    printf("%o %u %u\n", s.st_mode, s.st_uid, s.st_gid);
    R(unlink("setgid/file"));
    R(rmdir("setgid/sub/own"));
    R(rmdir("setgid/sub"));
    R(mknod("sticky/device", S_IFCHR | 0666, 0x103));
    R(link("readable", "sticky/l"));
    R(unlink("sticky/l"));
}

int main(void)
{
    struct stat s;
    const char *memory = enter_memory();
    umask(0);
    make_file("private", "private");
    make_file("public", "public");
    make_file("readable", "readable");
    R(chmod("private", 0600));
    R(chmod("public", 0666));
    R(mkdir("closed", 0700));
    make_file("closed/file", "x");
    R(mkdir("readonly", 0755));
    make_file("readonly/file", "x");
    R(mkdir("sticky", 01777));
    make_file("sticky/roots", "x");
    R(chmod("sticky/roots", 0666));
    R(mkdir("setgid", 0777));
    R(chown("setgid", 0, 50));
    R(chmod("setgid", 02777));
    const gid_t groups[] = {1000, 2000};
    R(setgroups(2, groups));
    R(setegid(1000));
    R(seteuid(1000));
    if (geteuid() == 1000)
        as_other();
    R(seteuid(0));
    R(setegid(0));
    R(chmod("public", 06777));
    R(chown("public", 1000, 1000));
    R(stat("public", &s));
    printf("%o %u %u\n", s.st_mode, s.st_uid, s.st_gid);
    int fd = RFD(open("private", O_RDWR));
    R(fchmod(fd, 0));
    R(access("private", R_OK | W_OK));
    R(access("private", X_OK));
    R(close(fd));
    R(unlink("private"));
    R(unlink("public"));
    R(unlink("readable"));
    R(unlink("closed/file"));
    R(unlink("readonly/file"));
    R(unlink("sticky/roots"));
    R(rmdir("closed"));
    R(rmdir("readonly"));
    R(rmdir("sticky"));
    R(rmdir("setgid"));
    leave_memory(memory);
    return 0;
}
