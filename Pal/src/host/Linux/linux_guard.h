/* SPDX-License-Identifier: MIT */
/* How the kernel is made to enforce a policy: Landlock for files, ports and signals, seccomp for system calls. Knows no
 * manifest. */
#ifndef PAL_HOST_LINUX_LINUX_GUARD_H
#define PAL_HOST_LINUX_LINUX_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include "pal_attributes.h"
#include "pal_policy.h"

/* Levels of Landlock's interface at which something comes (landlock(7)). */
enum {
    LANDLOCK_NONE = 0, /* the kernel has no Landlock, or will not let us use it */
    LANDLOCK_FILES = 1,
    LANDLOCK_REFER = 2,
    LANDLOCK_PORTS = 4,
    LANDLOCK_IOCTL = 5,
    LANDLOCK_SCOPES = 6 /* the newest that is used */
};

/* What a process is to be confined to, before it is. */
struct linux_ruleset {
    int fd;         /* -1 = none */
    int level;      /* LANDLOCK_x */
    uint64_t files; /* rights that it handles */
};

/* Make a ruleset that allows nothing of files, TCP ports, signals and sockets of other processes; kinds of ports that the
 * policy grants as a whole are left out.
 * out     the caller closes fd; without Landlock, fd is -1 and level LANDLOCK_NONE
 * errors  TOOMANY, NOMEM */
PAL_MUST_CHECK int linux_landlock_create(const struct pal_policy *policy, struct linux_ruleset *out);

/* Add what the policy grants.
 * nested  another policy is in force already, and takes care of the kernel's own files
 * errors  printed, naming the key; those of opening a path; DENIED: the kernel's own files, such as /proc */
PAL_MUST_CHECK int linux_landlock_grant(const struct pal_policy *policy, const struct linux_ruleset *ruleset,
                                        bool nested);

/* Whether system calls of this process are filtered, so that those of the table that are for the start only end it. */
bool linux_guard_is_on(void);

#endif
