/* SPDX-License-Identifier: MIT */
/* The loader's guard around a program of bare Linux. */
#include "guarded.h"
#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "linux_filter.h"

#define ALL_RIGHTS  ((LANDLOCK_ACCESS_FS_REFER << 1) - 1)
#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define GRANTS      (SYSCALL_TCP | SYSCALL_SERVE | SYSCALL_UDP)

/* Addresses from which system calls are let through: all of a program's. */
#define FIRST 0x10000ul
#define SPAN  0x7ffffffe0000ul

/* Of a root with mounts in it each entry is granted by itself, but for the kernel's own. */
static bool grant_root(int ruleset)
{
    DIR *root = opendir("/");
    bool good = root;
    for (const struct dirent *entry; good && (entry = readdir(root));) {
        const char *name = entry->d_name;
        if (name[0] == '.' || entry->d_type != DT_DIR || !strcmp(name, "proc") || !strcmp(name, "sys") ||
            !strcmp(name, "dev"))
            continue;
        struct landlock_path_beneath_attr rule = {.allowed_access = READ_RIGHTS};
        rule.parent_fd = openat(dirfd(root), name, O_PATH | O_CLOEXEC);
        good = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
        close(rule.parent_fd);
    }
    if (root)
        closedir(root);
    return good;
}

bool guard_self(void)
{
    const struct landlock_ruleset_attr rights = {.handled_access_fs = ALL_RIGHTS};
    const unsigned start = linux_filter_starts[GRANTS], end = linux_filter_starts[GRANTS + 1];
    const struct sock_fprog filter = {(unsigned short)(end - start),
                                      (struct sock_filter *)(uintptr_t)&linux_filters[start]};
    const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights, sizeof(rights.handled_access_fs), 0);
    return ruleset >= 0 && grant_root(ruleset) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 && close(ruleset) == 0 &&
           prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, FIRST, SPAN, NULL) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}
