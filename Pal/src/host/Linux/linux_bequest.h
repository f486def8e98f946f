/* SPDX-License-Identifier: MIT */
/* Ranges of memory that a process leaves to its next child, which has them as its copy: no byte is moved. Knows no
 * socket and no handle but as a name.
 *
 * The parent keeps a list of what each thread has promised. A birth lets the kernel copy these ranges, which are all of
 * the program's memory that a child gets; the child moves them out of the user's range, so that its program finds that
 * empty, and when they are asked for to where they are wanted. */
#ifndef PAL_HOST_LINUX_LINUX_BEQUEST_H
#define PAL_HOST_LINUX_LINUX_BEQUEST_H

#include <stdbool.h>
#include "pal_host_api.h"

/* One range, as it is told to the child. */
struct linux_bequest {
    uint64_t key;      /* of the channel */
    uintptr_t address; /* in the child: where it is hidden; 0 = the parent had unmapped it */
    size_t size;       /* 0 = mapped, or dropped */
};

/***** The parent *****/

/* Promise ranges to the next child of this thread.
 * owner   of the promise: linux_bequest_withdraw takes it back
 * errors  NOMEM; BADADDR: a part is not mapped. Then nothing is promised */
PAL_MUST_CHECK int linux_bequest_promise(PAL_HANDLE owner, uint64_t key, size_t count, const struct pal_range *ranges);
void linux_bequest_withdraw(PAL_HANDLE owner);

/* Number of ranges that the calling thread has promised. Others may only withdraw some. */
size_t linux_bequest_count(void);

/* Let the kernel copy them, and write them to an array with room for so many; returns how many these are. */
size_t linux_bequest_give(struct linux_bequest *out, size_t room);

/* For a copy of this process, which has them where they are: only let the kernel copy them. */
void linux_bequest_let(void);

/* They are given: forget the promises of the calling thread. */
void linux_bequest_given(void);

/***** The child *****/

/* A copy has nothing that is hidden. */
void linux_bequest_begin_copy(void);

/* Hide what it got; the array lives as long as the process. */
void linux_bequest_take(struct linux_bequest *ranges, size_t count);

/* Whether there is anything left of a channel. */
bool linux_bequest_has(uint64_t key);

/* Map the next range of a channel.
 * returns  1; 0 if there is none left
 * errors   INVAL: it has another size, and stays; CONNFAILED: the parent had unmapped it; NOMEM; DENIED: the protection */
PAL_MUST_CHECK int linux_bequest_map(uint64_t key, struct pal_range *range);

/* Free what is left of a channel. */
void linux_bequest_drop(uint64_t key);

#endif
