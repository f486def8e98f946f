/* SPDX-License-Identifier: MIT */
/* Waiting for many streams: what db_poll.c makes handles of. Knows no stream. */
#ifndef PAL_HOST_LINUX_LINUX_POLL_H
#define PAL_HOST_LINUX_LINUX_POLL_H

#include "pal_host.h"

/***** Lists (linux_polllist.c) *****/

/* Wait for entries of an array of the program's; see struct pal_poll. */
PAL_MUST_CHECK int64_t linux_poll_list(uint64_t timeout_us, size_t size, struct pal_poll *array);

/* What streams can tell, and the same as the kernel's flags, for lists and sets. */
#define LINUX_POLL_EVENTS                                                                                              \
    (PAL_POLL_READ | PAL_POLL_WRITE | PAL_POLL_ERROR | PAL_POLL_HANGUP | PAL_POLL_PEER_CLOSED | PAL_POLL_URGENT)
unsigned linux_poll_to_kernel(PAL_FLG events);
PAL_FLG linux_poll_from_kernel(unsigned events);

/* Of what is asked of a stream, what it can tell: there is never room in a server of pipes, whose socket is the kernel's. */
PAL_FLG linux_poll_wanted(PAL_HANDLE handle, PAL_FLG events);

/* Share what is waited for between the descriptors of a stream; one that becomes -1 has no part. Of two, one is left out if
 * nothing is asked of it: it could tell errors that nobody wants to know. */
void linux_poll_share_out(PAL_FLG events, int *input, int *output, PAL_FLG *out_input, PAL_FLG *out_output);

/***** Sets (linux_pollset.c) *****/

/* Make a set of a handle, and end it. */
PAL_MUST_CHECK int linux_poll_make_set(PAL_HANDLE set);
void linux_poll_end_set(PAL_HANDLE set);

/* Change members, and wait for them; see struct pal_poll_change and struct pal_poll_ready. */
PAL_MUST_CHECK int64_t linux_poll_change(PAL_HANDLE set, size_t size, const struct pal_poll_change *changes);
PAL_MUST_CHECK int64_t linux_poll_set(PAL_HANDLE set, uint64_t timeout_us, size_t size, struct pal_poll_ready *array);

/* From here on another process may have what a descriptor of this one stands for, so that closing that is not the end of
 * it. */
void linux_poll_share(void);

/* A descriptor is about to be closed that others may have, too: it leaves all sets. */
void linux_poll_forget(int fd);

/* In a copy of a process: its sets are its own, and empty. */
void linux_poll_begin_copy(void);

#endif
