/* SPDX-License-Identifier: MIT */
/* A lock that may be held during host calls: who waits for it sleeps. Knows nothing of what it protects. */
#ifndef PAL_HOST_LINUX_LINUX_LOCK_H
#define PAL_HOST_LINUX_LINUX_LOCK_H

#include <stdint.h>
#include "pal_attributes.h"

/* Free when zero. */
struct linux_lock {
    uint32_t state; /* 0 free, 1 taken, 2 taken and somebody may wait */
};

/* Take the lock. Not recursive. */
void linux_lock(struct linux_lock *lock);

/* The same for those whose wait an event may end. Error: INTERRUPTED. */
PAL_MUST_CHECK int linux_lock_or_event(struct linux_lock *lock);

void linux_unlock(struct linux_lock *lock);

/* As PAL_LOCK_AT_COPY, pal_locks_take and pal_locks_release. */
#define LINUX_LOCK_AT_COPY(name, lock)                                                                                 \
    __attribute__((section("linux_locks"), used)) static struct linux_lock *const name = (lock)
extern struct linux_lock *const __start_linux_locks[] __attribute__((visibility("hidden")));
extern struct linux_lock *const __stop_linux_locks[] __attribute__((visibility("hidden")));
void linux_locks_take(void);
void linux_locks_release(void);

#endif
