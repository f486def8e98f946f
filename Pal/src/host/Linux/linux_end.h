/* SPDX-License-Identifier: MIT */
/* How a child has ended. Linux tells that by the child's descriptor, since 6.15; before, the child says it itself, in a word of
 * memory that it shares with its parent. Who is killed says nothing, so the signal is taken for SIGKILL then.
 *
 * SIGCHLD is ignored from the start on, so that no child waits for somebody to ask: there are no zombies. */
#ifndef PAL_HOST_LINUX_LINUX_END_H
#define PAL_HOST_LINUX_LINUX_END_H

#include <linux/ioctl.h>
#include <stdbool.h>
#include <stdint.h>
#include "pal_attributes.h"

/* linux/pidfd.h, which older headers do not have: the first version of what a descriptor of a process tells. */
struct linux_pidfd_info {
    uint64_t mask, cgroup;
    uint32_t ids[11];
    int32_t exit_code; /* as wait(2) has it */
};
#define LINUX_PIDFD_GET_INFO  _IOWR(0xff, 11, struct linux_pidfd_info)
#define LINUX_PIDFD_INFO_EXIT (UINT64_C(1) << 3)

/***** The parent *****/

/* A child is about to be made.
 * out_word  where it is to leave its exit code; NULL = nowhere, the kernel will tell it
 * errors    NOMEM */
PAL_MUST_CHECK int linux_end_expect(uint32_t **out_word);

/* It has been made: other children are not to have the word, which may be NULL. */
void linux_end_hide(uint32_t *word);

/* Nobody will ask any more. word may be NULL. */
void linux_end_forget(uint32_t *word);

/* Whether a child has ended, and then its exit code, or 128 + the signal that killed it. May be called from any thread. */
bool linux_end_of(int pidfd, const uint32_t *word, int *out_code);

/* Wait at most so long for the end of a process, which is POLLIN, or, with other events, for POLLHUP: the other side of a
 * connection is closed, or no trace is left of a process. */
bool linux_comes_to_its_end(int fd, short events, int64_t limit_s);

/***** The child *****/

/* This process leaves its exit code there; NULL = nowhere. */
void linux_end_begin(uint32_t *word);

/* Leave the exit code, right before the end. */
void linux_end_tell(int code);

#endif
