/* SPDX-License-Identifier: MIT */
/* Room task: what its files share. */
#ifndef LIBOS_SRC_TASK_TASK_ROOM_H
#define LIBOS_SRC_TASK_TASK_ROOM_H

#include "task.h"

#define STREAM_LIMIT        64 /* of thread_sleep_streams */
#define TIMER_SLACK_DEFAULT 50000

/* Add a thread to those of the process. False = they are being ended. */
PAL_MUST_CHECK bool thread_link(struct thread *thread);
/* Take it out; the reference of the list is the caller's then, who says so when nothing of the process is held any more
 * (unlisted_end). Returns how many are left. */
uint32_t thread_unlink(struct thread *thread);

/* Who the process is on the host: AT_UID and its kin. */
void identity_init(void);
/* Capabilities of who starts; of who has other users than before; and of a program that has just been loaded. */
void capabilities_init(void);
struct user_ids {
    uint32_t real, effective, saved, fs;
};
void capabilities_users_changed(const struct user_ids *old);
void capabilities_exec(void);
/* PR_CAPBSET_x and PR_CAP_AMBIENT of prctl(2). */
int64_t capabilities_bounding(int option, unsigned long capability);
int64_t capabilities_ambient(unsigned long what, unsigned long capability);

/* Limits that the manifest sets. */
void limits_init(void);

/***** subject.c: whom a call on scheduling means *****/

struct subject {
    int32_t pid;           /* or the id of a thread of this process */
    struct thread *thread; /* of this process, with a reference; NULL = it is another one */
    uint32_t uid, euid;
    struct task_traits traits; /* to be looked at, and changed for subject_set */
};

/* Find out: id 0 = the calling thread. 0 or -ESRCH. */
PAL_MUST_CHECK int subject_find(int pid, struct subject *out);
void subject_end(struct subject *subject);
/* Whether the caller may change its traits. */
bool subject_is_ours(const struct subject *subject);
/* It gets the traits that are in *subject now. 0 or -ESRCH: it has ended. */
PAL_MUST_CHECK int subject_set(struct subject *subject);

#define REALTIME_MAX 99
bool is_realtime(int policy);
bool is_normal(int policy);

/* A nice value as near as there is one, and whether who has the traits may be given it. */
int nice_clamp(int nice);
bool nice_is_allowed(const struct task_traits *traits, int nice);
bool nice_is_within_limit(int nice); /* RLIMIT_NICE */

/* Another process wants a limit to be so. */
void limit_impose(unsigned resource, const struct limit *limit);

#endif
