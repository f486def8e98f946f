/* SPDX-License-Identifier: MIT */
/* Landlock: from a policy to a ruleset, with the rights that the running kernel knows. */
#include "linux_guard.h"
#include <asm/errno.h>
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include "linux_error.h"
#include "pal_host.h"
#include "pal_log.h"
#include "pal_string.h"
#include "sys_linux.h"

/* From the kernel's include/uapi/linux/landlock.h, which on the machine that compiles this may be older. */
#define ACCESS_WRITE_FILE  (UINT64_C(1) << 1)
#define ACCESS_READ_FILE   (UINT64_C(1) << 2)
#define ACCESS_READ_DIR    (UINT64_C(1) << 3)
#define ACCESS_REMOVE_DIR  (UINT64_C(1) << 4)
#define ACCESS_REMOVE_FILE (UINT64_C(1) << 5)
#define ACCESS_MAKE_DIR    (UINT64_C(1) << 7)
#define ACCESS_MAKE_REG    (UINT64_C(1) << 8)
#define ACCESS_MAKE_SOCK   (UINT64_C(1) << 9)
#define ACCESS_MAKE_FIFO   (UINT64_C(1) << 10)
#define ACCESS_MAKE_SYM    (UINT64_C(1) << 12)
#define ACCESS_REFER       (UINT64_C(1) << 13)
#define ACCESS_IOCTL_DEV   (UINT64_C(1) << 15)
#define ACCESS_FIRST_LEVEL (ACCESS_REFER - 1)
#define ACCESS_BIND_TCP    (UINT64_C(1) << 0)
#define ACCESS_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_SOCKETS      (UINT64_C(1) << 0)
#define SCOPE_SIGNALS      (UINT64_C(1) << 1)
#define CREATE_VERSION     1u

/* Descriptors below this one need not be closed at once. */
#define LEFT_OPEN 16

struct ruleset_attr {
    uint64_t files, ports, scoped;
};
enum { RULE_PATH = 1, RULE_PORT = 2 };
struct path_rule {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));
struct port_rule {
    uint64_t allowed, port;
};

/* A record of getdents64(2). */
struct linux_dirent {
    uint64_t d_ino;
    int64_t d_off;
    uint16_t d_reclen;
    uint8_t d_type;
    char d_name[];
};

/* Nothing may be executed, and no device but those that are open already may be controlled. Of special files only
 * FIFOs and names of sockets are made: for others no system call is allowed.
 * The right to cut files is left alone. The filter lets none be cut that has not been opened for writing, and where that
 * right counts the kernel looks for it whenever a file is opened, for reading too and up to the root of the system: where
 * nothing may be written, that is a tenth of what opening takes. */
#define READING (ACCESS_READ_FILE | ACCESS_READ_DIR)
#define WRITING                                                                                                        \
    (ACCESS_WRITE_FILE | ACCESS_MAKE_REG | ACCESS_MAKE_DIR | ACCESS_MAKE_SOCK | ACCESS_MAKE_FIFO | ACCESS_MAKE_SYM |   \
     ACCESS_REMOVE_FILE | ACCESS_REMOVE_DIR | ACCESS_REFER)
#define OF_ONE_FILE (ACCESS_READ_FILE | ACCESS_WRITE_FILE)

/***** The ruleset *****/

static uint64_t file_rights(int level)
{
    uint64_t rights = ACCESS_FIRST_LEVEL;
    if (level >= LANDLOCK_REFER)
        rights |= ACCESS_REFER;
    if (level >= LANDLOCK_IOCTL)
        rights |= ACCESS_IOCTL_DEV;
    return rights;
}

static uint64_t port_rights(const struct pal_policy *policy)
{
    uint64_t rights = 0;
    if (!pal_policy_is_everything(policy->binds, policy->bind_count))
        rights |= ACCESS_BIND_TCP;
    if (!pal_policy_is_everything(policy->peers, policy->peer_count))
        rights |= ACCESS_CONNECT_TCP;
    return rights;
}

static int create(const struct pal_policy *policy, int level)
{
    const struct ruleset_attr attr = {
        .files = file_rights(level),
        .ports = level >= LANDLOCK_PORTS ? port_rights(policy) : 0,
        .scoped = level >= LANDLOCK_SCOPES ? SCOPE_SOCKETS | SCOPE_SIGNALS : 0,
    };
    size_t size = offsetof(struct ruleset_attr, ports);
    if (level >= LANDLOCK_SCOPES)
        size = sizeof(attr);
    else if (level >= LANDLOCK_PORTS)
        size = offsetof(struct ruleset_attr, scoped);
    return sys_landlock_create_ruleset(&attr, size, 0);
}

int linux_landlock_create(const struct pal_policy *policy, struct linux_ruleset *out)
{
    int level = LANDLOCK_SCOPES;
    int fd = create(policy, level);
    if (fd == -E2BIG || fd == -EINVAL) {
        level = sys_landlock_create_ruleset(NULL, 0, CREATE_VERSION);
        if (level > LANDLOCK_SCOPES)
            level = LANDLOCK_SCOPES;
        fd = level > 0 ? create(policy, level) : level;
    }
    *out = (struct linux_ruleset){.fd = -1, .level = LANDLOCK_NONE};
    /* Not compiled in, not switched on, or forbidden by a filter of whoever has started us. */
    if (fd == -ENOSYS || fd == -EOPNOTSUPP || fd == -EPERM || fd == -EACCES)
        return 0;
    if (fd < 0)
        return (int)linux_error(fd);
    *out = (struct linux_ruleset){.fd = fd, .level = level, .files = file_rights(level)};
    return 0;
}

/***** Files *****/

/* Add a rule for what a descriptor stands for. */
static int add_path(const struct linux_ruleset *ruleset, int fd, uint64_t rights)
{
    struct path_rule rule = {.allowed = rights & ruleset->files, .fd = fd};
    int result = sys_landlock_add_rule(ruleset->fd, RULE_PATH, &rule);
    if (result == -EINVAL) {
        /* Not a directory. */
        rule.allowed &= OF_ONE_FILE;
        result = sys_landlock_add_rule(ruleset->fd, RULE_PATH, &rule);
    }
    return result;
}

/* Kinds of entries in a directory, as getdents64 gives them. */
enum { TYPE_UNKNOWN = 0, TYPE_REGULAR = 8, TYPE_LINK = 10 };

/* Through these the kernel and other processes could be reached. */
static bool is_kernels_own(int fd)
{
    struct statfs what;
    if (sys_fstatfs(fd, &what) < 0)
        return true;
    switch (what.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case BPF_FS_MAGIC:
        return true;
    default:
        return false;
    }
}

static bool is_mount(int directory, const char *name)
{
    struct statx what;
    return sys_statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &what) == 0 &&
           what.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* Whether a directory is the root of a system. One that has /sys has the others. */
static bool is_system_root(int fd)
{
    return is_mount(fd, "proc") || is_mount(fd, "dev");
}

static bool is_symbolic_link(int fd)
{
    struct statx what;
    return sys_statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &what) < 0 || (what.stx_mode & 0170000) == 0120000;
}

/* One entry of a system's root. Links are left out: what they lead to is granted by its own name or not at all. The
 * devices are known by their name alone, since their file system looks like any other in memory. */
static int grant_entry(const struct linux_ruleset *ruleset, int directory, const struct linux_dirent *entry,
                       uint64_t rights)
{
    const char *name = entry->d_name;
    if (entry->d_type == TYPE_LINK || streq(name, ".") || streq(name, "..") ||
        (streq(name, "dev") && is_mount(directory, name)))
        return 0;
    const int fd = sys_openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return fd == -ENOENT || fd == -EACCES ? 0 : fd;
    int result = 0;
    const bool told = entry->d_type != TYPE_UNKNOWN; /* some file systems do not say it here */
    if ((told || !is_symbolic_link(fd)) && !is_kernels_own(fd))
        result = add_path(ruleset, fd, entry->d_type == TYPE_REGULAR ? rights & OF_ONE_FILE : rights);
    sys_close(fd);
    return result;
}

/* Grant a system's root without /proc, /sys and /dev: rules can only add, so its entries are granted one by one. */
static int grant_system_root(const struct linux_ruleset *ruleset, int fd, uint64_t rights)
{
    char entries[2048];
    long end;
    int result = add_path(ruleset, fd, ACCESS_READ_DIR);
    const int directory = sys_openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (directory < 0)
        return directory;
    while (result == 0 && (end = sys_getdents64(directory, entries, sizeof(entries))) != 0) {
        if (end < 0)
            result = (int)end;
        for (long next = 0; result == 0 && next < end;) {
            const struct linux_dirent *entry = (const void *)(entries + next);
            result = grant_entry(ruleset, directory, entry, rights);
            next += entry->d_reclen;
        }
    }
    sys_close(directory);
    return result;
}

static int grant_as_it_is(const struct linux_ruleset *ruleset, const char *path, uint64_t rights)
{
    const int fd = sys_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    const int result = add_path(ruleset, fd, rights);
    sys_close(fd);
    return result;
}

/* The first process closes what it does not keep in one go (linux_guard.c); a few more cost nothing. */
static void close_soon(const struct pal_policy *policy, int fd)
{
    if (policy->moment != PAL_POLICY_FIRST || fd >= LEFT_OPEN)
        sys_close(fd);
}

/* What a user names: not the kernel's own files, be they at the top of the system that is named. */
static int grant_without_kernels(const struct pal_policy *policy, const struct linux_ruleset *ruleset, const char *path,
                                 uint64_t rights)
{
    const int fd = sys_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    int result = -EPERM;
    if (is_system_root(fd))
        result = grant_system_root(ruleset, fd, rights);
    else if (!is_kernels_own(fd))
        result = add_path(ruleset, fd, rights);
    close_soon(policy, fd);
    return result;
}

static int complain(const struct pal_policy *policy, const struct pal_policy_path *path, int result)
{
    static const struct manifest_entry by_default = {.key = "fs.root.uri", .key_len = sizeof("fs.root.uri") - 1};
    const struct manifest_entry *entry = path->entry ? path->entry : &by_default;
    const int error = (int)linux_error(result);
    pal_log(PAL_LOG_ERROR, "%s: %.*s: %s: cannot be granted: %s", policy->file, entry->key_len, entry->key, path->path,
            pal_error_text(error));
    return error;
}

/* Those of db_devices.c. */
static int grant_devices(const struct linux_ruleset *ruleset)
{
    static const char paths[][16] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
    int result = 0;
    for (size_t i = 0; result == 0 && i < sizeof(paths) / sizeof(paths[0]); i++)
        result = grant_as_it_is(ruleset, paths[i], READING | WRITING);
    return (int)linux_error(result);
}

/* What the loader has read, as far as it is still there. */
static int grant_files(const struct pal_policy *policy, const struct linux_ruleset *ruleset)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < policy->file_count; i++) {
        result = grant_as_it_is(ruleset, policy->files[i], READING);
        if (result == -ENOENT || result == -EACCES)
            result = 0;
    }
    for (size_t i = 0; result == 0 && i < policy->open_count; i++) {
        PAL_HANDLE handle = policy->open[i];
        if (pal_hdr(handle)->type == PAL_TYPE_FILE && handle->file.access != PAL_ACCESS_WRONLY)
            result = add_path(ruleset, handle->file.fd, ACCESS_READ_FILE);
        /* A pipe or the like has no place where it could be opened again. */
        if (result == -EBADFD)
            result = 0;
    }
    return (int)linux_error(result);
}

/***** Ports *****/

static int grant_ports(const struct linux_ruleset *ruleset, uint64_t right, const struct pal_policy_range *ranges,
                       size_t count)
{
    int result = 0;
    for (size_t i = 0; i < count; i++) {
        const struct inet_range *range = &ranges[i].range;
        for (unsigned port = range->first.port; result == 0 && port <= range->last_port; port++) {
            const struct port_rule rule = {right, port};
            result = sys_landlock_add_rule(ruleset->fd, RULE_PORT, &rule);
        }
    }
    return (int)linux_error(result);
}

int linux_landlock_grant(const struct pal_policy *policy, const struct linux_ruleset *ruleset, bool nested)
{
    for (size_t i = 0; i < policy->path_count; i++) {
        const struct pal_policy_path *path = &policy->paths[i];
        const uint64_t rights = path->writable ? READING | WRITING : READING;
        /* A policy inside of another one leaves the kernel's own files to that. */
        const int result = nested ? grant_as_it_is(ruleset, path->path, rights)
                                  : grant_without_kernels(policy, ruleset, path->path, rights);
        if (result < 0)
            return complain(policy, path, result);
    }
    int error = grant_files(policy, ruleset);
    if (error == 0 && policy->devices)
        error = grant_devices(ruleset);
    const uint64_t ports = ruleset->level >= LANDLOCK_PORTS ? port_rights(policy) : 0;
    if (error == 0 && ports & ACCESS_BIND_TCP)
        error = grant_ports(ruleset, ACCESS_BIND_TCP, policy->binds, policy->bind_count);
    if (error == 0 && ports & ACCESS_CONNECT_TCP)
        error = grant_ports(ruleset, ACCESS_CONNECT_TCP, policy->peers, policy->peer_count);
    if (error < 0)
        pal_log(PAL_LOG_ERROR, "%s: cannot grant what it needs: %s", policy->file, pal_error_text(error));
    return error;
}
