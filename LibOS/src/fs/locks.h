/* SPDX-License-Identifier: MIT */
/* Advisory locks on files: the table of who has them, for the system calls. */
#ifndef LIBOS_SRC_FS_LOCKS_H
#define LIBOS_SRC_FS_LOCKS_H

#include "fs_core.h"
#include "lock_ranges.h"

/* What a call wants. */
struct lock_request {
    struct lock_range range;
    bool release;
    bool whole; /* flock: apart from the others */
};

/* The owner of locks that are this process's, or an open file's. */
struct lock_owner lock_owner_of(const struct file *file, bool is_file);

/* Get or release a lock.
 * blocks   wait for it
 * returns  0, -EAGAIN, -ENOLCK: no memory, -EDEADLK, -ERESTARTSYS */
PAL_MUST_CHECK int lock_request_now(struct file *file, struct lock_request *request, bool blocks);

/* Who is in the way of a lock: 1 and the lock, 0, or -E... */
PAL_MUST_CHECK int lock_test(struct file *file, const struct lock_range *wanted, struct lock_range *out);

#endif
