/* SPDX-License-Identifier: MIT */
/* Steps that go by names. */
#include "same.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OLD_TIME 1000000

/* Opening never waits for the other end of a FIFO. */
static void step_open(void)
{
    static const struct word access[] = {WORD(O_RDONLY), WORD(O_WRONLY), WORD(O_RDWR), WORD(O_RDWR), WORD(O_ACCMODE)};
    static const struct word flags[] = {WORD(O_CREAT),  WORD(O_CREAT),     WORD(O_EXCL),     WORD(O_TRUNC),
                                        WORD(O_APPEND), WORD(O_DIRECTORY), WORD(O_NOFOLLOW), WORD(O_CLOEXEC),
                                        WORD(O_PATH),   WORD(O_NOATIME),   WORD(O_DSYNC),    WORD(O_TMPFILE),
                                        WORD(O_NOCTTY)};
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    long how = ask_word(WORDS(access));
    say("|");
    how |= ask_words(WORDS(flags)) | O_NONBLOCK;
    say(", ");
    const int mode = ask_mode();
    struct stat status;
    if (fstatat(directory, name, &status, 0) == 0 && S_ISFIFO(status.st_mode) && (how & O_ACCMODE) == O_ACCMODE)
        return; /* for neither reading nor writing: the Host ABI has no such access */
    if ((how & O_TMPFILE) == O_TMPFILE && !is_on_tmpfs())
        return; /* it has a name for a moment, so that the directory changes */
    say_result(openat(directory, name, (int)how, mode));
}

static void step_openat2(void)
{
    static const struct word resolve[] = {WORD(0),    WORD(0x01), WORD(0x02), WORD(0x04),
                                          WORD(0x08), WORD(0x10), WORD(0x80)};
    static const struct word flags[] = {WORD(O_RDONLY), WORD(O_RDWR | O_CREAT), WORD(O_PATH),
                                        WORD(O_RDONLY | O_NOFOLLOW)};
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const long how = ask_word(WORDS(flags)) | O_NONBLOCK;
    say(", ");
    const long by = ask_word(WORDS(resolve));
    struct {
        uint64_t flags, mode, resolve;
    } open_how = {(uint64_t)how, how & O_CREAT ? 0644 : 0, (uint64_t)by};
    say_result(syscall(SYS_openat2, directory, name, &open_how, sizeof(open_how)));
}

static void step_rename(void)
{
    static const struct word flags[] = {WORD(0),
                                        WORD(0),
                                        WORD(0),
                                        WORD(RENAME_NOREPLACE),
                                        WORD(RENAME_EXCHANGE),
                                        WORD(RENAME_NOREPLACE | RENAME_EXCHANGE),
                                        WORD(8)};
    const int from_directory = ask_directory();
    const char *from = ask_short_name();
    say(", ");
    const int to_directory = ask_directory();
    const char *to = ask_short_name();
    say(", ");
    const long how = ask_word(WORDS(flags));
    say_result(syscall(SYS_renameat2, from_directory, from, to_directory, to, how));
}

static void step_link(void)
{
    static const struct word flags[] = {WORD(0), WORD(0), WORD(AT_SYMLINK_FOLLOW), WORD(AT_EMPTY_PATH),
                                        WORD(AT_SYMLINK_NOFOLLOW)};
    const int from_directory = ask_directory();
    const char *from = ask_name();
    say(", ");
    const int to_directory = ask_directory();
    const char *to = ask_name();
    say(", ");
    const long how = ask_word(WORDS(flags));
    /* Newer kernels allow it to those who have opened the file themselves. */
    if (how & AT_EMPTY_PATH && !*from && geteuid() != 0)
        return;
    say_result(linkat(from_directory, from, to_directory, to, (int)how));
}

static void step_symlink(void)
{
    static const char *const targets[] = {"a", "d", "none", "d/a", "../b", "", "..", "d/", "loop", "none/a", "."};
    const char *target = targets[pick(COUNT(targets))];
    say("\"%s\", ", target);
    const int directory = ask_directory();
    const char *name = ask_name();
    say_result(symlinkat(target, directory, name));
}

static void step_readlink(void)
{
    char target[256];
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const long size = ask_number((const long[]){0, 1, 255}, 3);
    const long len = readlinkat(directory, name, target, (size_t)size);
    say_result(len);
    say_bytes(target, len);
}

static void step_unlink(void)
{
    static const struct word flags[] = {WORD(0), WORD(0), WORD(AT_REMOVEDIR), WORD(AT_REMOVEDIR), WORD(1)};
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const long how = ask_word(WORDS(flags));
    say_result(unlinkat(directory, name, (int)how));
}

static void step_mkdir(void)
{
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const int mode = ask_mode();
    say_result(mkdirat(directory, name, (mode_t)mode));
}

static void step_mknod(void)
{
    static const struct word types[] = {WORD(S_IFIFO),  WORD(S_IFIFO), WORD(S_IFREG), WORD(0),
                                        WORD(S_IFSOCK), WORD(S_IFDIR), WORD(S_IFLNK)};
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const long type = ask_word(WORDS(types));
    say("|");
    const int mode = ask_mode() & (is_on_tmpfs() ? 07777 : 0777);
    say_result(mknodat(directory, name, (mode_t)type | (mode_t)mode, 0));
}

static void say_status(long result, const struct stat *status)
{
    say_result(result);
    if (result == 0)
        say(" %s %#o %ld %ld", kind_of(status), status->st_mode & 07777u,
            S_ISDIR(status->st_mode) ? 0 : (long)status->st_size, (long)status->st_nlink);
}

static void step_stat(void)
{
    static const struct word flags[] = {WORD(0), WORD(AT_SYMLINK_NOFOLLOW), WORD(AT_EMPTY_PATH), WORD(AT_NO_AUTOMOUNT),
                                        WORD(AT_SYMLINK_FOLLOW)};
    struct stat status;
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const long how = ask_word(WORDS(flags));
    say_status(fstatat(directory, name, &status, (int)how), &status);
}

static void step_statx(void)
{
    static const struct word flags[] = {WORD(0),
                                        WORD(AT_SYMLINK_NOFOLLOW),
                                        WORD(AT_EMPTY_PATH),
                                        WORD(AT_STATX_DONT_SYNC),
                                        WORD(AT_STATX_FORCE_SYNC),
                                        WORD(AT_STATX_SYNC_TYPE)};
    struct statx status;
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const long how = ask_word(WORDS(flags));
    const int result = statx(directory, name, (int)how, once_in(20) ? 1u << 31 : STATX_BASIC_STATS, &status);
    say_result(result);
    if (result == 0)
        say(" %#x %#o %lu", status.stx_mask & STATX_BASIC_STATS, status.stx_mode,
            S_ISDIR(status.stx_mode) ? 0 : (unsigned long)status.stx_size);
}

static void step_access(void)
{
    static const struct word modes[] = {WORD(F_OK), WORD(R_OK), WORD(W_OK), WORD(X_OK), WORD(R_OK | W_OK | X_OK),
                                        WORD(8)};
    static const struct word flags[] = {WORD(0), WORD(AT_EACCESS), WORD(AT_SYMLINK_NOFOLLOW), WORD(AT_EMPTY_PATH),
                                        WORD(1)};
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const long mode = ask_word(WORDS(modes));
    say(", ");
    const long how = ask_word(WORDS(flags));
    say_result(syscall(SYS_faccessat2, directory, name, mode, how));
}

static void step_chmod(void)
{
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const int mode = ask_mode() & 07777;
    /* Descriptors of directories are names in the library OS: the way to them stays open. */
    struct stat status;
    const bool is_way = fstatat(directory, name, &status, 0) == 0 && S_ISDIR(status.st_mode);
    say_result(fchmodat(directory, name, (mode_t)(is_way ? mode | 0700 : mode), 0));
}

static void step_chown(void)
{
    static const struct word flags[] = {WORD(0), WORD(AT_SYMLINK_NOFOLLOW), WORD(AT_EMPTY_PATH)};
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    const uid_t uid = once_in(2) ? (uid_t)-1 : getuid();
    const gid_t gid = uid != (uid_t)-1 && once_in(2) ? (gid_t)-1 : getgid();
    say("%d, %d, ", uid == (uid_t)-1, gid == (gid_t)-1);
    const long how = ask_word(WORDS(flags));
    say_result(fchownat(directory, name, uid, gid, (int)how));
}

static void step_utimens(void)
{
    static const struct word nanoseconds[] = {WORD(0),  WORD(5),         WORD(999999999), WORD(1000000000),
                                              WORD(-1), WORD(UTIME_NOW), WORD(UTIME_OMIT)};
    static const struct word flags[] = {WORD(0), WORD(0), WORD(0), WORD(AT_SYMLINK_NOFOLLOW), WORD(AT_EMPTY_PATH),
                                        WORD(1)};
    struct timespec times[2] = {{(long)pick(OLD_TIME), 0}, {(long)pick(OLD_TIME), 0}};
    const int directory = ask_directory();
    const char *name = ask_name();
    say(", ");
    times[0].tv_nsec = ask_word(WORDS(nanoseconds));
    say(", ");
    times[1].tv_nsec = ask_word(WORDS(nanoseconds));
    say(", ");
    const long how = ask_word(WORDS(flags));
    say_result(utimensat(directory, name, once_in(8) ? NULL : times, (int)how));
}

static void step_truncate(void)
{
    const char *name = ask_name();
    say(", ");
    const long size = ask_offset();
    say_result(truncate(name, size));
}

static void step_chdir(void)
{
    const char *name = ask_name();
    say_result(chdir(name));
}

static void step_fchdir(void)
{
    if (once_in(2)) {
        say("base");
        say_result(fchdir(FD_BASE));
    } else {
        const int fd = ask_fd();
        if (is_directory(fd))
            say_result(fchdir(fd));
    }
}

static void step_getcwd(void)
{
    char here[PATH_MAX];
    const long size = ask_number((const long[]){0, 1, 2, PATH_MAX}, 4);
    const long len = syscall(SYS_getcwd, here, size);
    say_result(len < 0 ? -1 : 0);
}

static void step_umask(void)
{
    int mask = (int[]){0, 022, 022, 077, 0777, 0644}[pick(6)];
    if (!is_on_tmpfs())
        mask &= 077;
    say("%#o", (unsigned)mask);
    say_result((long)umask((mode_t)mask));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void say_entries(const char *bytes, long size)
{
    static char names[64][300];
    const char *sorted[64];
    size_t count = 0;
    for (long at = 0; at < size && count < 64; count++) {
        const struct dirent64 *entry = (const struct dirent64 *)(bytes + at);
        snprintf(names[count], sizeof(names[0]), "%.20s:%d", entry->d_name, entry->d_type);
        sorted[count] = names[count];
        at += entry->d_reclen;
    }
    qsort(sorted, count, sizeof(sorted[0]), by_name);
    for (size_t i = 0; i < count; i++)
        say(" %s", sorted[i]);
}

/* All names at once, so that their order does not matter. */
static void step_list(void)
{
    char entries[16384] __attribute__((aligned(8)));
    const char *name = ask_name();
    const int fd = open(name, O_RDONLY | O_DIRECTORY);
    const long size = fd < 0 ? -1 : syscall(SYS_getdents64, fd, entries, sizeof(entries));
    say_result(size < 0 ? size : 0);
    say_entries(entries, size);
    close(fd);
}

static void step_getdents(void)
{
    char entries[16384] __attribute__((aligned(8)));
    const int fd = ask_fd();
    say(", ");
    const long room = ask_number((const long[]){0, 10, 23, sizeof(entries)}, 4);
    lseek(fd, 0, SEEK_SET);
    const long size = syscall(SYS_getdents64, fd, entries, room);
    say_result(size < 0 ? size : 0);
    say_entries(entries, size);
}

static const char *ask_attribute(void)
{
    static const char *const names[] = {"user.a", "user.b", "user.", "a", "", "trusted.a", "security.a", "user.a"};
    const char *name = names[pick(COUNT(names))];
    say(", \"%s\"", name);
    return name;
}

static void step_setxattr(void)
{
    static const char value[256] = "value";
    static const struct word flags[] = {WORD(0), WORD(0), WORD(XATTR_CREATE), WORD(XATTR_REPLACE), WORD(4)};
    const char *name = ask_name();
    const char *attribute = ask_attribute();
    say(", ");
    const long size = ask_number((const long[]){0, 1, 10, 100}, 4);
    say(", ");
    const long how = ask_word(WORDS(flags));
    if (is_on_tmpfs())
        say_result(once_in(2) ? setxattr(name, attribute, value, (size_t)size, (int)how)
                              : lsetxattr(name, attribute, value, (size_t)size, (int)how));
}

static void step_getxattr(void)
{
    char value[256];
    const char *name = ask_name();
    const char *attribute = ask_attribute();
    say(", ");
    const long size = ask_number((const long[]){0, 1, 10, 256}, 4);
    if (!is_on_tmpfs())
        return;
    const long len = once_in(4)   ? lgetxattr(name, attribute, value, (size_t)size)
                     : once_in(3) ? removexattr(name, attribute)
                     : once_in(2) ? listxattr(name, value, (size_t)size)
                                  : getxattr(name, attribute, value, (size_t)size);
    say_result(len);
}

static void step_watch(void)
{
    static const struct word masks[] = {WORD(IN_ALL_EVENTS),
                                        WORD(IN_ALL_EVENTS),
                                        WORD(IN_CREATE | IN_DELETE),
                                        WORD(IN_MOVE),
                                        WORD(IN_ATTRIB),
                                        WORD(IN_MODIFY),
                                        WORD(0)};
    static const struct word flags[] = {WORD(IN_ONLYDIR), WORD(IN_DONT_FOLLOW), WORD(IN_MASK_ADD),
                                        WORD(IN_ONESHOT), WORD(IN_MASK_CREATE), WORD(IN_EXCL_UNLINK)};
    const char *name = ask_name();
    say(", ");
    const long mask = ask_word(WORDS(masks));
    say("|");
    const long how = ask_words(WORDS(flags));
    if (getenv("SAME_EVENTS"))
        say_result(inotify_add_watch(FD_EVENTS, name, (uint32_t)(mask | how)));
}

static void step_unwatch(void)
{
    const int watch = (int)pick(4);
    say("%d", watch);
    say_result(inotify_rm_watch(FD_EVENTS, watch));
}

const struct step g_name_steps[] = {
    {"openat", step_open},
    {"openat", step_open},
    {"openat", step_open},
    {"openat", step_open},
    {"openat2", step_openat2},
    {"renameat2", step_rename},
    {"renameat2", step_rename},
    {"renameat2", step_rename},
    {"linkat", step_link},
    {"linkat", step_link},
    {"symlinkat", step_symlink},
    {"readlinkat", step_readlink},
    {"unlinkat", step_unlink},
    {"unlinkat", step_unlink},
    {"mkdirat", step_mkdir},
    {"mkdirat", step_mkdir},
    {"mknodat", step_mknod},
    {"fstatat", step_stat},
    {"statx", step_statx},
    {"faccessat2", step_access},
    {"fchmodat", step_chmod},
    {"fchownat", step_chown},
    {"utimensat", step_utimens},
    {"truncate", step_truncate},
    {"chdir", step_chdir},
    {"fchdir", step_fchdir},
    {"getcwd", step_getcwd},
    {"umask", step_umask},
    {"list", step_list},
    {"getdents64", step_getdents},
    {"setxattr", step_setxattr},
    {"getxattr", step_getxattr},
    {"inotify_add_watch", step_watch},
    {"inotify_rm_watch", step_unwatch},
    {"utimensat", step_utimens},
};
const size_t g_name_steps_count = COUNT(g_name_steps);
