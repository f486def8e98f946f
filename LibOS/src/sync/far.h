/* SPDX-License-Identifier: MIT */
/* Room sync: waiters that other processes may wake. Until the first fork there are none, and nothing here costs anything. */
#ifndef LIBOS_SRC_SYNC_FAR_H
#define LIBOS_SRC_SYNC_FAR_H

#include "sync/futex.h"

#define FAR_NONE UINT32_MAX

/* Whether other processes may have a word, and be there. */
bool futex_is_far(const struct futex_key *key);

/* Tell the other processes of a waiter of the calling thread, before it looks at the word: its place in the table, FAR_NONE
 * if its key is of this process alone, or if there is no other one. -EAGAIN: the table is full. */
PAL_MUST_CHECK int far_add(const struct futex_waiter *waiter, uint32_t *out_place);
/* It does not wait any more. Returns whether somebody has woken it that it does not know of. */
bool far_remove(uint32_t place);

/* It waits for another word now. */
void far_move(uint32_t place, const struct futex_key *key);

/* Wake up to count waiters of a key in other processes; after those of this one. Returns how many. */
int64_t far_wake(const struct futex_key *key, uint32_t bitset, int64_t count);

#endif
