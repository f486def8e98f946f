/* SPDX-License-Identifier: MIT */
/* Room process: the table of all processes, in shared memory, and what this process knows of itself and its children.
 *
 * The table's lock protects who there is and who belongs to whom (struct kin); an entry's lock its mail. Both are shared
 * locks: they may be taken over from the dead, so every change leaves the table usable after each of its writes. Numbers that
 * are read from it are bounded here and nowhere else. */
#ifndef LIBOS_SRC_PROCESS_TABLE_H
#define LIBOS_SRC_PROCESS_TABLE_H

#include "process.h"
#include "shared.h"

#define PROCESS_SLOTS 4096u /* a process's id says its slot */
#define MAIL_SLOTS    16u   /* signals with all that they say, until the receiver looks; others lose their siginfo */

enum process_state { STATE_FREE, STATE_LIVE, STATE_ZOMBIE };

/* What is looked through for groups, sessions and children. */
struct kin {
    int32_t pid; /* 0 = free */
    int32_t ppid, pgid, sid;
};

/* Changes of a process that its parent can wait for. */
#define CHANGE_STOPPED   1u
#define CHANGE_CONTINUED 2u

/* Of process_entry.executed: it has ended without; its frame is there. */
#define EXECUTED_NOT (-4096)

/* How many threads of a process others know. */
#define THREADS_KNOWN 64

struct mail {
    int32_t tid; /* 0 = for the process */
    siginfo_t info;
};

/* What is always used lies together: a fork touches few pages. */
struct process_entry {
    struct shared_lock lock; /* the mail, mail_count, lost, imposed, has_moved, paths */
    uint32_t state;          /* STATE_x */
    uint64_t host_id;        /* 0 = not known yet: it looks at its mail when it begins */
    uint32_t mail_flag;      /* there is some, or something has happened to a child */
    uint32_t mail_count;
    uint32_t asked;     /* ASKED_x: what somebody wants to be told */
    uint32_t has_moved; /* the working directory: another process has written down where to */
    uint64_t lost;      /* signals that found no room */
    int32_t exit_signal, status;
    uint32_t changes, stop_signal; /* CHANGE_x that nobody has waited for yet */
    uint32_t stopped;
    uint32_t rests; /* its first thread sleeps */
    uint32_t uid, euid, suid, gid, egid, sgid;
    uint32_t buries_itself; /* its children are not waited for: SIGCHLD is ignored */
    uint32_t is_subreaper, has_executed;
    uint32_t is_parent;      /* it has, or had, children */
    uint32_t has_companions; /* or had some */
    uint32_t adopts;         /* among them some that it has not made itself */
    int32_t death_signal;    /* PR_SET_PDEATHSIG */
    int32_t maker;           /* of a companion: in whose process of the host it runs; else 0 */
    int32_t look_after;      /* somebody wants to know whether this child is alive; 0 = nobody does */
    int32_t executed; /* of a child of vfork: 0 = not yet, 1 = yes, negative = its program cannot be loaded; else 1 */
    int32_t hung_up_group; /* it was in the foreground of the terminal of this leader of a session; 0 = none */
    int64_t start_ns;
    struct process_usage used, used_by_children; /* the first is as of its end or last stop */
    uint64_t resident;
    char name[16];
    uint32_t command_size; /* of the program's arguments, as much as there is room for */
    char command[PROCESS_COMMAND];
    /* As the process, or who wants it changed, has written them last; it takes over what bits of `imposed` say. */
    struct task_traits traits;
    struct limit limits[LIMIT_COUNT];
    uint32_t imposed;               /* IMPOSED_TRAITS, and a bit for each limit */
    int32_t threads[THREADS_KNOWN]; /* ids of those beside the first; 0 = free */
    char paths[PROCESS_PATHS][PROCESS_PATH];
};
#define IMPOSED_TRAITS   (1u << LIMIT_COUNT)

#define ASKED_COMMAND    1u /* the program's arguments, which it may have changed */
#define ASKED_DESCRIPTOR 2u /* see struct question */
#define ASKED_TEXT       4u
#define ASKED_USAGE      8u /* processor time and memory */

/* A piece of what only a process itself can tell (proc_read_own). */
#define PIECE_NAME 32
#define PIECE_SIZE 2048
struct text_piece {
    char name[PIECE_NAME];
    uint64_t position;
    int64_t size; /* 0 = there is no more; or -E... */
    char bytes[PIECE_SIZE];
};

/* What a process tells of one of its descriptors, or a piece of a text: who asks keeps the lock until there is an answer, or is not
 * going to be one. */
struct question {
    struct shared_lock lock;
    int32_t from;
    struct process_descriptor found; /* fd -1 = there is none */
    struct text_piece text;
};

struct process_table {
    struct shared_lock lock;
    int32_t last_pid;
    uint32_t count, limit;
    uint32_t has_stopped; /* somebody was stopped, once */
    struct job console;
    struct kin kin[PROCESS_SLOTS];
    struct process_entry entries[PROCESS_SLOTS];
    struct mail mail[PROCESS_SLOTS][MAIL_SLOTS];
    struct question questions[PROCESS_SLOTS];
};

/* NULL until the first fork. */
extern struct process_table *g_table;

/* The entry of this process; NULL until the first fork. */
extern struct process_entry *g_own;

/* Make the table, with this process in it. 0 or -E... */
PAL_MUST_CHECK int table_begin(void);

static inline void table_lock(void)
{
    shared_lock(&g_table->lock);
}

static inline void table_unlock(void)
{
    shared_unlock(&g_table->lock);
}

static inline unsigned slot_of(int32_t pid)
{
    return (uint32_t)pid % PROCESS_SLOTS;
}

/* The kin and the entry of a process; NULL = there is none. Entries stay where they are, so an answer that is out of date
 * by the time that it is used hits another process at worst. */
struct kin *table_kin(int32_t pid);
struct process_entry *table_entry(int32_t pid);
static inline struct process_entry *entry_at(unsigned slot)
{
    return &g_table->entries[slot % PROCESS_SLOTS];
}

/* An id for a thread, or for a process: then with a slot of its own, and the table locked. */
int32_t table_new_id(void);
/* Add a child of this process. Returns its id, or -EAGAIN. */
int32_t table_add(int32_t parent, int exit_signal);
/* With the table locked: a process is gone and waited for. */
void table_free(int32_t pid);
/* With the table locked: a process has ended; its children get another parent. */
void table_orphan(int32_t pid);

/* Write down what the program of this process is called. */
void table_describe_program(void);
void table_describe_command(void);
void table_describe_usage(void);
/* Whether this process may send a signal to one. */
bool table_permits(const struct process_entry *target, int signal);

/***** usage.c *****/

/* Add what somebody has used; and all that a process has, with its children. */
void usage_add(struct process_usage *sum, const struct process_usage *part);
struct process_usage usage_of(const struct process_entry *entry);

/***** mailbox.c *****/

/* Put a signal into a process's mailbox and ring. tid 0 = for the process. */
void mail_send(int32_t pid, int32_t tid, const siginfo_t *info);
/* The same for the process without ringing, by mail_nudge, which is the caller's to do. Not for real-time signals. */
void mail_post(int32_t pid, const siginfo_t *info);
/* Have a process look at its mail and its children. */
void mail_nudge(int32_t pid);

/***** children.c: what this process keeps for each child *****/

struct child {
    struct list_node node;
    int32_t pid;
    PAL_HANDLE handle; /* of its host process; NULL = it is lent this one. One of the documented places of handles */
};

/* Remember a child; takes over the handle. false = no memory, and then the child cannot be waited for. */
struct child *child_add(int32_t pid);
void child_remove(struct child *child);
/* With the lock held. NULL = no child of this process. */
struct child *child_find(int32_t pid);
/* In a new process: it has none. */
void children_forget(void);
/* Something may have happened to a child. */
void children_changed(void);
/* What ends with the host's process: SIGKILL from outside. Looks at each child; or at one that somebody asks for. */
void children_bury(void);
void children_look_after(void);
/* A process of the host that the host still knows holds something for long. Whether it is a child of this one that has ended;
 * else its parent is asked to look, whereupon the host forgets it. No lock is waited for. */
bool children_miss(uint32_t host_id);

extern struct list g_children;
extern struct lock g_children_lock;

/* There is no such child after all. */
void child_forget(int32_t pid);

/***** freeze.c *****/

/* In the copy: there are no others. Before the list of threads is made anew. */
void forget_others(void);

/***** fork.c *****/

/* What a process that begins as a copy of another must forget and make new. */
void fork_begin_child(int32_t pid, int32_t parent);
/* On the child's thread: its id, its %fs, its dispositions and its stack are those that were asked for. */
void fork_arrange(const struct clone_request *request, int32_t pid);
/* The process ends: what its parent wants of its memory, if it stands in for the child of a vfork. */
void fork_give_frame(void);
/* Whether this is the copy, after a call that has made one. */
bool fork_is_child(PAL_HANDLE handle);
/* Post the end of a process into the table, and tell its parent. */
void post_end(int32_t pid, int status);

/* A process is about to be made: whether that is allowed, and there is a table for it. 0 or -E... */
PAL_MUST_CHECK int process_begin_child(void);

/***** companion.c *****/

/* What a companion shares at least. */
#define COMPANION_SHARES (CLONE_VM | CLONE_FS | CLONE_FILES)

/***** pidfd.c *****/

/* A descriptor for a process; flags: O_NONBLOCK. */
int pidfd_install(int32_t pid, uint32_t flags);

/***** vfork.c *****/

/* Run the child on this thread. Returns 0, as the child. Only for a process with one thread. */
int64_t vfork_begin(const struct clone_request *request);
/* In a new process, which nobody has lent a thread. */
void vfork_forget(void);
__attribute__((noreturn)) void vfork_end(int status);

#endif
