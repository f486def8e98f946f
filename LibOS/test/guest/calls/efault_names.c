/* SPDX-License-Identifier: MIT */
/* Bad pointers in calls on names: paths, and what is known about files. */
#include "efault.h"

#define HERE AT_FDCWD
#define NAME ((long)"file")
#define NONE ((long)"missing")
#define LINK ((long)"symbolic")
#define NEW  ((long)"new")

static const struct probe probes[] = {
    {"open", SYS_open, BAD, 0, {P, 0, 0}},
    {"creat", SYS_creat, BAD, 0, {P, 0}},
    {"openat", SYS_openat, BAD, 0, {HERE, P, 0}},
    {"openat, bad directory", SYS_openat, BAD, 0, {1000, P, 0}},
    {"openat2, name", SYS_openat2, BAD, 0, {HERE, P, GOOD, 24}},
    {"openat2, how", SYS_openat2, IN, 24, {HERE, NAME, P, 24}},
    {"openat2, longer how", SYS_openat2, IN, 32, {HERE, NAME, P, 32}},
    {"openat2, how too short", SYS_openat2, IN, 0, {HERE, NAME, P, 23}},
    {"stat, name", SYS_stat, BAD, 0, {P, GOOD}},
    {"stat", SYS_stat, OUT, 144, {NAME, P}},
    {"stat of a missing file", SYS_stat, OUT, 144, {NONE, P}},
    {"lstat", SYS_lstat, OUT, 144, {NAME, P}},
    {"newfstatat, name", SYS_newfstatat, BAD, 0, {HERE, P, GOOD, 0}},
    {"newfstatat", SYS_newfstatat, OUT, 144, {HERE, NAME, P, 0}},
    {"newfstatat, bad flags", SYS_newfstatat, OUT, 144, {HERE, NAME, P, 1}},
    {"statx, name", SYS_statx, BAD, 0, {HERE, P, 0, 0x7ff, GOOD}},
    {"statx", SYS_statx, OUT, 256, {HERE, NAME, 0, 0x7ff, P}},
    {"statfs, name", SYS_statfs, BAD, 0, {P, GOOD}},
    {"statfs", SYS_statfs, OUT, 120, {(long)".", P}},
    {"access", SYS_access, BAD, 0, {P, 0}},
    {"access, bad mode", SYS_access, BAD, 0, {P, 9}},
    {"faccessat", SYS_faccessat, BAD, 0, {HERE, P, 0}},
    {"faccessat2", SYS_faccessat2, BAD, 0, {HERE, P, 0, 0}},
    {"chdir", SYS_chdir, BAD, 0, {P}},
    {"rename, old", SYS_rename, BAD, 0, {P, NEW}},
    {"rename, new", SYS_rename, BAD, 0, {NAME, P}},
    {"rename of a missing file", SYS_rename, BAD, 0, {NONE, P}},
    {"renameat2", SYS_renameat2, BAD, 0, {HERE, NAME, HERE, P, 0}},
    {"renameat2, bad flags", SYS_renameat2, BAD, 0, {HERE, NAME, HERE, P, 99}},
    {"link, old", SYS_link, BAD, 0, {P, NEW}},
    {"link, new", SYS_link, BAD, 0, {NAME, P}},
    {"linkat", SYS_linkat, BAD, 0, {HERE, P, HERE, NEW, 0}},
    {"symlink, target", SYS_symlink, BAD, 0, {P, NEW}},
    {"symlink, name", SYS_symlink, BAD, 0, {NAME, P}},
    {"symlinkat", SYS_symlinkat, BAD, 0, {P, HERE, P}},
    {"unlink", SYS_unlink, BAD, 0, {P}},
    {"unlinkat", SYS_unlinkat, BAD, 0, {HERE, P, 0}},
    {"mkdir", SYS_mkdir, BAD, 0, {P, 0755}},
    {"mkdirat", SYS_mkdirat, BAD, 0, {HERE, P, 0755}},
    {"rmdir", SYS_rmdir, BAD, 0, {P}},
    {"mknod", SYS_mknod, BAD, 0, {P, 0100644, 0}},
    {"mknodat", SYS_mknodat, BAD, 0, {HERE, P, 0100644, 0}},
    {"chmod", SYS_chmod, BAD, 0, {P, 0644}},
    {"fchmodat", SYS_fchmodat, BAD, 0, {HERE, P, 0644}},
    {"chown", SYS_chown, BAD, 0, {P, -1, -1}},
    {"lchown", SYS_lchown, BAD, 0, {P, -1, -1}},
    {"fchownat", SYS_fchownat, BAD, 0, {HERE, P, -1, -1, 0}},
    {"truncate", SYS_truncate, BAD, 0, {P, 5}},
    {"truncate to less than nothing", SYS_truncate, BAD, 0, {P, -1}},
    {"readlink, name", SYS_readlink, BAD, 0, {P, GOOD, 100}},
    {"readlink", SYS_readlink, OUT, 8, {LINK, P, 100}},
    {"readlink, no room", SYS_readlink, OUT, 0, {LINK, P, 0}},
    {"readlinkat", SYS_readlinkat, OUT, 8, {HERE, LINK, P, 100}},
    {"utime, name", SYS_utime, BAD, 0, {P, GOOD}},
    {"utime", SYS_utime, IN, 16, {NAME, P}},
    {"utimes", SYS_utimes, IN, 32, {NAME, P}},
    {"futimesat", SYS_futimesat, IN, 32, {HERE, NAME, P}},
    {"utimensat, name", SYS_utimensat, BAD, 0, {HERE, P, GOOD, 0}},
    {"utimensat", SYS_utimensat, IN, 32, {HERE, NAME, P, 0}},
    {"utimensat of a missing file", SYS_utimensat, IN, 32, {HERE, NONE, P, 0}},
    {"getcwd", SYS_getcwd, BAD, 0, {P, 4096}},
    {"getcwd, little room", SYS_getcwd, BAD, 0, {P, 1}},
    {"setxattr, name", SYS_setxattr, BAD, 0, {P, (long)"user.a", GOOD, 4, 0}},
    {"setxattr, attribute", SYS_setxattr, BAD, 0, {NAME, P, GOOD, 4, 0}},
    {"setxattr, value", SYS_setxattr, BAD, 0, {NAME, (long)"user.a", P, 4, 0}},
    {"setxattr, bad flags", SYS_setxattr, BAD, 0, {NAME, (long)"user.a", P, 0, 4}},
    {"setxattr, too much", SYS_setxattr, BAD, 0, {NAME, (long)"user.a", P, 70000, 0}},
    {"getxattr, attribute", SYS_getxattr, BAD, 0, {NAME, P, GOOD, 4}},
    {"removexattr", SYS_removexattr, BAD, 0, {NAME, P}},
    {"memfd_create", SYS_memfd_create, BAD, 0, {P, 0}},
    {"execve", SYS_execve, BAD, 0, {P, 0, 0}},
    {"execve, arguments", SYS_execve, LOST, 0, {(long)"/bin/true", P, 0}},
    {"execve, environment", SYS_execve, LOST, 0, {(long)"/bin/true", 0, P}},
    {"execveat", SYS_execveat, BAD, 0, {HERE, P, 0, 0, 0}},
};

int main(void)
{
    close(open("file", O_RDWR | O_CREAT, 0644));
    if (truncate("file", 4096) < 0 || symlink("somewhere", "symbolic") < 0)
        return 1;
    probe_setup();
    probe_all(probes, sizeof(probes) / sizeof(probes[0]));
    unlink("file");
    unlink("symbolic");
    return 0;
}
