/* SPDX-License-Identifier: MIT */
/* A lock for sections of a few instructions that make no host call. Knows nothing of what it protects. */
#ifndef PAL_SRC_PAL_LOCK_H
#define PAL_SRC_PAL_LOCK_H

/* Free when zero, so static ones need no initialisation. */
struct pal_lock {
    int taken;
};

/* Take the lock, yielding to the other threads while it is held. Not recursive; not from a signal handler. */
void pal_lock(struct pal_lock *lock);
void pal_unlock(struct pal_lock *lock);

#endif
