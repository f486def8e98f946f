/* SPDX-License-Identifier: MIT */
/* Advisory locks on files: what the system calls ask for. */
#ifndef LIBOS_SRC_LOCKS_LOCKS_H
#define LIBOS_SRC_LOCKS_LOCKS_H

#include "fs/fs_core.h"
#include "lock_ranges.h"

/* What a call wants. Of the range it says kind, exclusive, first and last; the others are filled in. */
struct lock_request {
    struct lock_range range;
    bool release;
};

/* Get or release a lock.
 * blocks   wait for it
 * returns  0, -EAGAIN, -ENOLCK: no memory, -EDEADLK, -ERESTARTSYS */
PAL_MUST_CHECK int lock_request_now(struct file *file, struct lock_request *request, bool blocks);

/* Who is in the way of a lock: 1 and the lock, 0, or -E... */
PAL_MUST_CHECK int lock_test(struct file *file, struct lock_range *wanted, struct lock_range *out);

#endif
