/* SPDX-License-Identifier: MIT */
/* Inside room poll: epoll sets. Members whose readiness is the host's are members of one set of the host; the others put
 * themselves on the set's ready list when their queue is woken.
 *
 * Locks, outer first: g_epoll_links, set->lock, (locks of files, and their queues'), set->ready_lock, set->sleepers'. A set
 * comes before its members, and sets are in each other without a cycle. */
#ifndef LIBOS_SRC_POLL_EPOLL_H
#define LIBOS_SRC_POLL_EPOLL_H

#include <linux/eventpoll.h>
#include "poll_table.h"

#define MEMBER_QUEUES 4 /* more than any file has */

struct epoll_member;

struct epoll_watch {
    struct waiter waiter;
    struct wait_queue *queue;
    struct epoll_member *member;
};

struct epoll_member {
    struct epoll_set *set;
    struct file *file; /* borrowed: a file that is closed leaves its sets first */
    int fd;
    uint32_t serial; /* tells members of a descriptor apart that came one after the other */
    uint32_t events; /* EPOLLx; without the low bits after EPOLLONESHOT */
    uint64_t data;
    struct epoll_member *next;         /* in the bucket */
    struct epoll_member *next_of_file; /* of file->watchers */
    struct list_node ready_node;
    struct list_node timed_node;
    int64_t when_ns;   /* becomes ready by itself */
    PAL_HANDLE stream; /* member of the host's set, or NULL */
    bool owns_stream;  /* it is not the file's */
    uint32_t watch_count;
    int error; /* while it is being added */
    struct epoll_watch watches[MEMBER_QUEUES];
};

struct epoll_set {
    struct lock lock;              /* members and what they wait for */
    bool closing;                  /* and the host's set with it */
    bool hidden;                   /* of the library OS itself (async.c): no other process has it */
    struct file *file;             /* its own; file->handle is the host's set, if there is one */
    struct epoll_member **buckets; /* by descriptor; a power of two of them */
    uint32_t bucket_count, member_count;
    uint32_t last_serial;
    uint32_t stream_count; /* members of the host's set */
    struct list timed;     /* members with when_ns */

    struct lock ready_lock;
    struct list ready;
    uint32_t ready_count;

    struct wait_queue sleepers; /* threads in epoll_wait, where one is woken for each member that becomes ready */
    struct wait_queue pollers;  /* who waits for the set's own descriptor */
    uint32_t host_sleepers;     /* threads in epoll_wait that sleep in the host's set */
    PAL_HANDLE
    doorbell; /* a pipe in the host's set, by which they are woken; made when there are members of both kinds */
    uint32_t rings;

    struct epoll_shared *shared; /* with other processes, or NULL */
    uint32_t seen;               /* changes of it */
    struct list_node shared_node;
    bool catching_up; /* a thread is doing what others have done */

    uint32_t visit; /* of loop checks: when depth was found last */
    uint32_t depth;
};

extern struct lock g_epoll_links;
extern bool g_epoll_used; /* there is a set, or was one */
extern const struct file_ops epoll_ops;

/* A set without members, whose file has one reference and no descriptor. NULL = no memory. */
struct epoll_set *epoll_new(void);

#define DOORBELL_COOKIE UINT64_MAX

static inline struct epoll_set *epoll_of(const struct file *file)
{
    return file->ops == &epoll_ops ? file->data : NULL;
}

static inline uint64_t member_cookie(const struct epoll_member *member)
{
    return (uint64_t)member->serial << 32 | (uint32_t)member->fd;
}

/* EPOLLx that are not events. */
#define EPOLL_MODES (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

/* Members; set->lock is held, for the changes also g_epoll_links. */
struct epoll_member *epoll_find(const struct epoll_set *set, int fd, const struct file *file);
struct epoll_member *epoll_find_cookie(const struct epoll_set *set, uint64_t cookie);
PAL_MUST_CHECK int epoll_add(struct epoll_set *set, int fd, struct file *file, const struct epoll_event *event);
PAL_MUST_CHECK int epoll_change(struct epoll_member *member, const struct epoll_event *event);
void epoll_remove(struct epoll_member *member);

/* The host's set, to which streams belong: a member's stream becomes one of it, is waited for otherwise, and leaves it. Add_again
 * is for members whose set of the host has been made anew. */
PAL_MUST_CHECK int epoll_host_add(struct epoll_member *member, PAL_HANDLE stream);
int epoll_host_add_again(struct epoll_member *member);
PAL_MUST_CHECK int epoll_host_change(struct epoll_member *member);
void epoll_host_remove(struct epoll_member *member);
/* Have something that wakes who sleeps in the host's set, if it is needed; own: for something that is not the host's. */
int epoll_hang_doorbell(struct epoll_set *set, bool own);

/* What a member is ready for of what it waits for, without its host stream; notes when that changes by itself. */
uint32_t epoll_ask(struct epoll_member *member);

/* Put a member on the ready list. Returns whether it was not there. */
bool epoll_push(struct epoll_member *member);
/* The same, and if so wake somebody. */
void epoll_make_ready(struct epoll_member *member);
/* Wake one thread that sleeps in epoll_wait, and all who wait for the set's descriptor. */
void epoll_wake(struct epoll_set *set);
/* Whoever has taken members off the ready list, or heard the doorbell, and does not look after those that are there: somebody else
 * has to, who may just have seen none. */
void epoll_pass_on(struct epoll_set *set);
/* There is a stream: whoever sleeps without the host has to sleep there. */
void epoll_move_sleepers(struct epoll_set *set);
/* Take the first member off the ready list; NULL = it is empty. */
struct epoll_member *epoll_pop(struct epoll_set *set);
/* Put those on the ready list whose time has come. Returns when the next one's comes, INT64_MAX = none. set->lock held. */
int64_t epoll_check_times(struct epoll_set *set);

/* epoll_ctl: both locks are held. 0 or -E... */
PAL_MUST_CHECK int epoll_change_member(struct epoll_set *set, int operation, int fd, struct file *file,
                                       const struct epoll_event *event);

/***** epoll_share.c: sets of several processes *****/

/* What the share operation of a set does; and the end of a set. No lock held. */
PAL_MUST_CHECK int epoll_share(struct file *file);
void epoll_unshare(struct epoll_set *set);
/* The others are to do what has been done here; and this process what the others have done. No lock held. */
void epoll_tell(struct epoll_set *set, int operation, int fd, const struct file *file, const struct epoll_event *event);
void epoll_catch_up(struct epoll_set *set);
void epoll_share_forked(void);

/* Whether `target` may become a member of `set`: 0 or -ELOOP. g_epoll_links is held. */
PAL_MUST_CHECK int epoll_check_nesting(struct epoll_set *set, struct epoll_set *target);

#endif
