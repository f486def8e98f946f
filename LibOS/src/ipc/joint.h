/* SPDX-License-Identifier: MIT */
/* What files of several processes stand for together: FIFOs, pseudo terminals. Such an object lies in shared memory from the
 * start, so that a fork, or an open by name, has nothing to move. It knows which processes have it open, and how often, by
 * sides (reader and writer, master and terminal): the last one to go is noticed, also if it was killed.
 *
 * Locks, outer first: that of the table, that of an object. */
#ifndef LIBOS_SRC_IPC_JOINT_H
#define LIBOS_SRC_IPC_JOINT_H

#include "ipc/bell.h"
#include "list.h"
#include "shared.h"

/* Sides 0 and 1, and files of side 1 that were hung up: they are of no use, but keep the object in memory. */
#define JOINT_SIDES 3u
#define JOINT_LOST  4u /* its bit */

enum joint_kind { JOINT_PTY, JOINT_FIFO, JOINT_KINDS };

struct joint_holder;

/* In shared memory, the first member of an object. */
struct joint {
    struct shared_lock lock; /* of the whole object */
    uint32_t kind;
    bool kept;           /* it stays without files: it has a name */
    uint32_t generation; /* of files of side 1: those of an earlier one were hung up */
    struct bell bell;
    struct joint_holder *holders;
    uint32_t files[JOINT_SIDES]; /* open files of all processes, on each side */
};

/* An open file: a member of what its data points to, in this process's memory. */
struct joint_file {
    struct list_node node;
    struct joint *joint;
    enum joint_kind kind;
    uint32_t sides; /* a bit for each that it is on */
    uint32_t generation;
    bool opening; /* by a thread that a copy of the process does not have */
    int64_t looked_ns;
};

/* What a kind does in addition. */
struct joint_ops {
    size_t size;
    /* With the object's lock held: files are gone; pid has ended, 0 = nobody has. */
    void (*left)(struct joint *joint, int32_t pid);
};
extern const struct joint_ops pty_joint, fifo_joint;

/***** The table *****/

/* Lock it; it is made if need be. 0 or -E... */
PAL_MUST_CHECK int joints_lock(void);
void joints_unlock(void);
/* Whether there is any object. */
bool joints_exist(void);
/* With the table locked: the next object of a kind, from *cursor on, which moves behind it; NULL = no more. */
struct joint *joint_next(enum joint_kind kind, uint32_t *cursor);
/* With the table locked: a new object, zeroed but for its joint; NULL = no memory. Without files it is gone by the next
 * joint_open that fails, joint_close or joint_release. */
struct joint *joint_new(enum joint_kind kind);
/* Whether a pointer out of shared memory is one to an object of a kind. */
bool joint_is(const struct joint *joint, enum joint_kind kind);

/***** Open files *****/

/* With the table locked: a file of this process is on these sides. 0 or -ENOMEM. */
PAL_MUST_CHECK int joint_open(struct joint *joint, enum joint_kind kind, uint32_t sides, struct joint_file *file);
/* With the object's lock held: all files of side 1 are lost, in all processes. And whether one is. */
void joint_hang_up(struct joint *joint);
static inline bool joint_is_lost(const struct joint_file *file)
{
    return file->generation != __atomic_load_n(&file->joint->generation, __ATOMIC_ACQUIRE);
}
/* No lock held. */
void joint_close(struct joint_file *file);
/* The name is gone: no lock held. */
void joint_release(struct joint *joint);

/***** On the way to another process *****/

/* Put a file into a parcel, in its first three words of data, whose others are the kind's; the parcel is one of those who have
 * the object open. 0 or -ENOMEM. */
struct file_parcel;
PAL_MUST_CHECK int joint_pack(const struct joint_file *file, struct file_parcel *parcel);
/* Have it out again, as a file of this process: -EBADMSG, -ENOMEM. The parcel is empty afterwards. */
PAL_MUST_CHECK int joint_unpack(const struct file_parcel *parcel, enum joint_kind kind, struct joint_file *file);
void joint_drop(const struct file_parcel *parcel);

/***** Waiting; bells as in bell.h *****/

static inline void joint_lock(struct joint *joint)
{
    shared_lock(&joint->lock);
}
/* Let go of the lock; with changes, wake who waits for them. */
static inline void joint_unlock(struct joint *joint)
{
    shared_unlock(&joint->lock);
}
void joint_changed(struct joint *joint);
/* Sleep until something has changed, with the lock held before and after: 0, -EAGAIN: the time is over, -ERESTARTSYS. */
PAL_MUST_CHECK int joint_sleep(struct joint *joint, int64_t deadline_ns);
/* For a file's poll operation: say what is waited for, and lock. */
struct poll_table;
void joint_lock_to_poll(struct joint_file *file, struct poll_table *table);

/***** Processes *****/

void joint_begin(void);
/* A process is about to be made that will have this one's open files. 0 or -ENOMEM. */
PAL_MUST_CHECK int joint_share(int32_t pid);
void joint_process_ends(int32_t pid);
void joint_forked(void);

#endif
