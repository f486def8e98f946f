/* SPDX-License-Identifier: MIT */
/* What a program may touch, as its manifest says: files, the network, limits. Knows no host, and not how it is enforced.
 */
#ifndef PAL_SRC_PAL_POLICY_H
#define PAL_SRC_PAL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "inet.h"
#include "manifest.h"
#include "pal.h"
#include "pal_attributes.h"

/* loader.sandbox */
enum pal_policy_mode {
    PAL_POLICY_ENFORCE,     /* all of it, or the program does not start */
    PAL_POLICY_BEST_EFFORT, /* what the host can, and a line that names the rest */
    PAL_POLICY_OFF
};

/* When a policy is put in force. */
enum pal_policy_moment {
    PAL_POLICY_FIRST,  /* in the first process of an instance: what else is open was inherited from its starter */
    PAL_POLICY_CHILD,  /* in another one, before its program runs */
    PAL_POLICY_RUNNING /* by a running program, which may have more threads than this one */
};

/* A file, or a directory and all that is below it. */
struct pal_policy_path {
    const char *path;                   /* of the host; NUL-terminated */
    const struct manifest_entry *entry; /* that says so; NULL = nobody, it is the default */
    bool writable;
};

/* Endpoints; the address 0.0.0.0 or [::] means all addresses of both families. */
struct pal_policy_range {
    struct inet_range range;
    const struct manifest_entry *entry;
};

enum { PAL_POLICY_OPEN_MAX = 4 };

struct pal_policy {
    const char *file; /* that was named, for messages */
    enum pal_policy_mode mode;
    enum pal_policy_moment moment;
    const struct pal_policy_path *paths;
    size_t path_count;
    bool modes;   /* permissions, owners and times of what is open may be changed even if it is for reading only */
    bool devices; /* those that every program may have (pal.h, dev:), such as dev:null */
    const struct pal_policy_range *binds, *peers; /* what may be bound, and connected to */
    size_t bind_count, peer_count;
    uint64_t memory_max, files_max; /* bytes, descriptors; 0 = as the host has it */
    /* What the loader has read: files by their paths, and handles that stay open where others are closed. Programs may
     * read them again. */
    const char *const *files;
    size_t file_count;
    PAL_HANDLE open[PAL_POLICY_OPEN_MAX];
    size_t open_count;
    uint64_t fingerprint; /* of all that was read from the manifest: equal for equal policies, not 0 */
};

/* Read the keys loader.sandbox, fs.*, net.* and sys.*.max. Without keys: the current directory for reading and writing,
 * and no network.
 * memory   called at most once, for tables and paths, which live as long as *out is used; not called without keys
 * out      file, moment, files and open are left empty; unspecified on failure
 * fault    written on failure only
 * returns  0
 * errors   INVAL, OVERFLOW: a value; NOMEM */
PAL_MUST_CHECK int pal_policy_read(const struct manifest *manifest, struct manifest_memory memory,
                                   struct pal_policy *out, struct manifest_fault *fault);

/* Whether a range has all addresses. */
bool pal_policy_any_address(const struct pal_policy_range *range);

/* Whether one of the ranges has all addresses and all ports from 1 on. */
bool pal_policy_is_everything(const struct pal_policy_range *ranges, size_t count);

/* Whether a path is granted for reading only. */
bool pal_policy_has_read_only(const struct pal_policy *policy);

#endif
