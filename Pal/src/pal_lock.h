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

/* Have a lock taken while the process is copied, so that the copy finds what it protects in order. At file level; name: one
 * that nothing else in the file has. */
#define PAL_LOCK_AT_COPY(name, lock)                                                                                   \
    __attribute__((section("pal_locks"), used)) static struct pal_lock *const name = (lock)

/* The linker's names for where these are; weak, for there may be none. */
extern struct pal_lock *const __start_pal_locks[] __attribute__((weak, visibility("hidden")));
extern struct pal_lock *const __stop_pal_locks[] __attribute__((weak, visibility("hidden")));

/* Take all of these, and release them; the copy releases them, too. */
void pal_locks_take(void);
void pal_locks_release(void);

#endif
