/* SPDX-License-Identifier: MIT */
/* Inside room ipc: POSIX message queues, in memory that the processes of the instance share. */
#ifndef LIBOS_SRC_IPC_MQUEUE_H
#define LIBOS_SRC_IPC_MQUEUE_H

#include <linux/mqueue.h>
#include "fs.h"
#include "ipc/bell.h"
#include "ipc/users.h"

#define MQUEUE_SLOTS     256u /* fs.mqueue.queues_max */
#define MQUEUE_NAME_SIZE 256u

struct mqueue_msg {
    struct mqueue_msg *next;
    uint32_t priority;
    uint64_t size;
    uint8_t data[];
};

struct mqueue {
    bool used;
    bool unlinked; /* it goes with its last user */
    char name[MQUEUE_NAME_SIZE];
    uint32_t uid, gid, mode;
    uint64_t count, count_max, size_max;
    struct mqueue_msg *first; /* the highest priority, and of these the oldest */
    uint32_t receivers;       /* threads that sleep for a message */
    int32_t notified;         /* process that wants to hear of the next message, 0 = none */
    int32_t notify_kind, notify_signal;
    uint64_t notify_value, notify_serial; /* which differs for each that is wanted */
    struct ipc_user *users;               /* who has it open */
    struct bell bell;
};

struct mqueue_table {
    struct shared_lock lock;
    uint32_t end;
    struct mqueue queues[MQUEUE_SLOTS];
};

/* An open queue: the data of its file. */
struct mqueue_open {
    struct list_node node;
    struct mqueue *queue;
};

extern struct mqueue_table *g_mqueues;
extern const struct file_ops mqueue_ops;

/* The queue of a descriptor, with a reference to its file: -EBADF, also if it is not open for this access. */
PAL_MUST_CHECK int mqueue_get(int fd, bool (*has_access)(const struct file *file), struct file **out_file,
                              struct mqueue **out);
/* With the table locked: nobody wants to hear of the next message any more. */
void mqueue_forget_notify(struct mqueue *queue, int32_t pid);
/* What a link leads to; NULL = the end, or nonsense. */
struct mqueue_msg *mqueue_msg_at(struct mqueue_msg *const *link, const struct mqueue *queue);

/***** mqueue_notify.c *****/

/* Who wanted to hear of a message in an empty queue; pid 0 = nobody. */
struct mqueue_notice {
    int32_t pid;
    bool by_signal;
    siginfo_t info;
};
/* A message has come: with the table locked; then, without it. */
void mqueue_take_notice(struct mqueue *queue, struct mqueue_notice *out);
void mqueue_give_notice(const struct mqueue_notice *notice);
/* This process does not want to hear of the next message any more. No lock held. */
void mqueue_notify_drop(struct mqueue *queue);
/* Another process has rung: a message may have come. */
void mqueue_rung(void);
void mqueue_notify_forked(void);

int mqueue_begin(void);
void mqueue_process_ends(int32_t pid);
void mqueue_forked(void);

#endif
