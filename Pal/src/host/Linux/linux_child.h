/* SPDX-License-Identifier: MIT */
/* How the other processes of an instance begin: each as a copy of its parent (clone without exec) that forgets all but
 * what this file names, and then starts like a first one. Knows no program.
 *
 * A copy costs as much as the parent has memory, so memory is not copied: the program's is taken out of the copy, and
 * the PAL's own (_DkInternalAlloc) never was in it. What is copied are the variables and the first stack. All variables
 * that change are zero at first, so a new process zeroes them; those that it takes over are LINUX_KEPT. */
#ifndef PAL_HOST_LINUX_LINUX_CHILD_H
#define PAL_HOST_LINUX_LINUX_CHILD_H

#include "linux_lock.h"
#include "pal_host_api.h"

/* What a new process is to be, and with which descriptors. */
struct linux_birth {
    int stream, cargo;  /* its ends of a process handle */
    int hub;            /* >= 0: be the broker, which reads this end of the hub and has no other descriptors */
    PAL_STR *arguments; /* of its pal_main; unless it is the broker */
};

/* For who makes a child, or is doing what no child should begin with. */
extern struct linux_lock g_births;

/* Copy this process. Under g_births.
 * birth      borrowed
 * out_last_word  where it says how it ends (linux_end.h), also if it fails; for the caller to forget. NULL = nobody will ask
 * out_pidfd  of the new process; for the caller to close
 * returns    its process id
 * errors     NOMEM; TOOMANY: no process or descriptor left */
PAL_MUST_CHECK int linux_give_birth(const struct linux_birth *birth, uint32_t **out_last_word, int *out_pidfd);

/* Copy this process as it is, with the calling thread alone (PAL_PROCESS_COPY). Under g_births.
 * stack      NULL = with all memory; else with what was committed, and this
 * out_last_word  as above
 * out_pidfd  of the copy; for the caller to close
 * returns    its process id; 0 in the copy
 * errors     NOMEM; TOOMANY: no process or descriptor left */
PAL_MUST_CHECK int linux_copy(const struct pal_range *stack, uint32_t **out_last_word, int *out_pidfd);

#endif
