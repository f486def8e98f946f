/* SPDX-License-Identifier: MIT */
/* Inside room ipc: what shared memory, semaphores and message queues of System V have in common. All of it lies in memory
 * that the processes of the instance share, from the first use or the first fork on. Any of them may have scribbled there:
 * what is read is bounded. */
#ifndef LIBOS_SRC_IPC_SYSV_H
#define LIBOS_SRC_IPC_SYSV_H

#include <linux/ipc.h>
#include <linux/msg.h>
#include <linux/sem.h>
#include <linux/shm.h>
#include "tmpfs/tmpfs_space.h"
#include "ipc/bell.h"
#include "ipc/users.h"

#define SYSV_SLOTS 4096u  /* objects of each kind */
#define SYSV_STEP  32768u /* an id says its slot, and how often that has been used */

enum sysv_kind { SYSV_SHM, SYSV_SEM, SYSV_MSG, SYSV_KINDS };

/* In the mode of a segment that is told. */
#define SHM_DEST   01000u
#define SHM_LOCKED 02000u

struct shm_segment {
    uint64_t size; /* as asked for */
    struct tmp_run run;
    struct ipc_user *users; /* who has it attached */
    int64_t attach_time, detach_time;
    int32_t creator, last_pid;
    bool locked;
};

struct semaphore {
    int32_t value, pid;
    uint32_t waiting_more, waiting_zero; /* threads */
    uint32_t zeros;                      /* how often it became 0, which those who wait for that may sleep through */
};

/* What the end of a process takes back (SEM_UNDO). */
struct sem_undo {
    struct sem_undo *next;
    int32_t pid;
    int16_t amounts[]; /* for each semaphore */
};

struct sem_set {
    uint32_t count;
    struct semaphore *semaphores;
    struct sem_undo *undo;
    int64_t operation_time;
    uint32_t last_zeros; /* of its only semaphore, when it is removed */
};

struct msg {
    struct msg *next;
    int64_t type;
    uint64_t size;
    uint8_t data[];
};

struct msg_queue {
    struct msg *first, *last;
    uint64_t bytes, count, bytes_max;
    int64_t send_time, receive_time;
    int32_t sender, receiver;
};

struct sysv_object {
    bool used;
    bool removed; /* a segment that is still attached: nobody finds it by its key */
    int32_t key;
    uint32_t uid, gid, cuid, cgid, mode;
    uint32_t sequence;
    int64_t change_time;
    struct bell bell;
    union {
        struct shm_segment shm;
        struct sem_set sem;
        struct msg_queue msg;
    };
};

struct sysv_table {
    struct shared_lock lock;
    uint32_t end;  /* slots from here on have never been used */
    uint32_t used; /* objects */
    struct sysv_object objects[SYSV_SLOTS];
};

/* Lock a kind's table. NULL = there is no memory for it, which ends with the first that there is. */
struct sysv_table *sysv_lock(enum sysv_kind kind);
/* The table, if there is one yet. */
struct sysv_table *sysv_table(enum sysv_kind kind);

static inline void sysv_unlock(struct sysv_table *table)
{
    shared_unlock(&table->lock);
}

/* What xxxget(2) does: find or make an object.
 * check     of one that was found: 0 or -E...
 * make      of a new one: 0 or -E...
 * returns   the id, -ENOMEM, -ENOENT, -EEXIST, -EACCES, -ENOSPC, or what the callbacks give */
struct sysv_making {
    int32_t key;
    int flags;
    uint64_t size; /* or count */
    int (*check)(const struct sysv_object *object, const struct sysv_making *making);
    int (*make)(struct sysv_object *object, const struct sysv_making *making);
};
PAL_MUST_CHECK int64_t sysv_get(enum sysv_kind kind, const struct sysv_making *making);

/* What xxxctl(2) tells and sets. */
union sysv_data {
    struct ipc64_perm perm; /* of each */
    struct shmid64_ds shm;
    struct semid64_ds sem;
    struct msqid64_ds msg;
};
union sysv_limits {
    struct shminfo64 shm;
    struct shm_info shm_use;
    struct seminfo sem;
    struct msginfo msg;
};

/* A kind's part of xxxctl(2), with the table locked.
 * size      of its member of union sysv_data
 * own       commands of its own, as bits by their numbers
 * limits    fill in what IPC_INFO and `info` tell; slots up to last may be in use; returns its size
 * fill      all but the permissions
 * change    for IPC_RMID, IPC_SET (permissions are set afterwards) and its own commands, by who owns it: 0 or -E... */
struct sysv_control {
    enum sysv_kind kind;
    int info, stat, stat_any; /* numbers of xxx_INFO, xxx_STAT, xxx_STAT_ANY */
    size_t size;
    uint32_t own;
    size_t (*limits)(const struct sysv_table *table, int last, int command, union sysv_limits *out);
    void (*fill)(const struct sysv_object *object, union sysv_data *out);
    int (*change)(struct sysv_table *table, struct sysv_object *object, int command, const union sysv_data *data);
};
PAL_MUST_CHECK int64_t sysv_control(const struct sysv_control *control, int id, int command, void *user);

/* With the table locked, as all that follows. The object of an id; wanted are permissions as of others (4 read, 2
 * write). -EINVAL, -EIDRM, -EACCES */
PAL_MUST_CHECK int sysv_find(struct sysv_table *table, int id, uint32_t wanted, struct sysv_object **out);
int sysv_id(const struct sysv_table *table, const struct sysv_object *object);
/* The same for xxx_STAT, whose id is a slot; *out_id is the object's id. */
PAL_MUST_CHECK int sysv_find_slot(struct sysv_table *table, int slot, uint32_t wanted, struct sysv_object **out);
/* The largest slot in use; 0 = none. */
int sysv_last_slot(const struct sysv_table *table);
/* Whether the caller may change or remove it: 0 or -EPERM. */
PAL_MUST_CHECK int sysv_check_owner(const struct sysv_object *object);
void sysv_fill(const struct sysv_object *object, struct ipc64_perm *out);
void sysv_change(struct sysv_object *object, const struct ipc64_perm *from);
void sysv_free(struct sysv_table *table, struct sysv_object *object);
int64_t sysv_now(void);

/* A process has a segment attached once less, or (all) no more. The last user of one that was removed takes it along. */
void shm_drop_user(struct sysv_table *table, struct sysv_object *object, int32_t pid, bool all);

/* What a segment's mode tells besides the permissions. */
static inline uint32_t shm_flags(const struct sysv_object *object)
{
    return (object->removed ? SHM_DEST : 0u) | (object->shm.locked ? SHM_LOCKED : 0u);
}

/* Each kind's part of the end of a process, and of its beginning as a copy. */
void shm_process_ends(int32_t pid);
void sem_process_ends(int32_t pid);
void shm_forked(void);

#endif
