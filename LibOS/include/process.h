/* SPDX-License-Identifier: MIT */
/* Processes of the instance: what other rooms may know of them and do to them. Each is a process of the host; what they
 * share is a table in shared memory (shared.h), and a bell (DkThreadResume). Nobody is the leader. */
#ifndef LIBOS_INCLUDE_PROCESS_H
#define LIBOS_INCLUDE_PROCESS_H

#include <linux/resource.h>
#include "signals.h"
#include "task.h"

/***** Ids *****/

/* Who started the instance: the parent of its first process and of orphans, and nobody that it has a right on. */
#define OUTER_PID 1

/* Of the calling process, as they are now: others may change them. */
int32_t process_parent(void);
int32_t process_group(void);
int32_t process_session(void);

/* The process that this one is for the host: itself, or who lends it the thread (vfork). */
int32_t process_holder(void);

/* What /proc and questions about other processes show. */
#define PROCESS_COMMAND 256
struct process_facts {
    int32_t pid, ppid, pgid, sid;
    char state; /* 'R', 'S', 'T', 't', 'Z' */
    uint32_t uid, euid, suid, gid, egid, sgid;
    int64_t start_ns;          /* monotonic */
    uint64_t cpu_ns, resident; /* ns; bytes */
    char name[16];
    uint32_t command_size; /* arguments, each with its NUL; cut */
    char command[PROCESS_COMMAND];
};
/* False = there is no such process. */
bool process_find(int32_t pid, struct process_facts *out);
/* Have another process write down its arguments as they are now, for process_find; it may not come to that at once. */
void process_ask_command(int32_t pid);
/* The same of cpu_ns and resident. Nothing happens for who asks of itself. */
void process_ask_usage(int32_t pid);
/* A piece of a text that another process tells of itself (proc_read_own), as it is when the process comes to tell it.
 * returns  bytes, 0 = there is no more, -ESRCH = it does not come to that */
int64_t process_read_text(int32_t pid, const char *name, uint64_t position, void *to, size_t size);
/* For the calling one, when it is asked: returns bytes, 0, or -E... */
int64_t proc_read_own(const char *name, uint64_t position, void *to, size_t size);
/* The open descriptor of another process that is the lowest from `from` on, as it is when the process comes to tell it. False = there is
 * none, or it does not come to that. */
#define DESCRIPTOR_NAME 512 /* what it leads to; longer ones are not told */
struct process_descriptor {
    int32_t fd;
    uint32_t permissions; /* of its link in /proc */
    char name[DESCRIPTOR_NAME];
};
/* For the calling one, when it is asked: fd -1 = there is none. */
void proc_describe_descriptor(int32_t from, struct process_descriptor *out);
bool process_find_descriptor(int32_t pid, int32_t from, struct process_descriptor *out);
/* Whether a process is alive. The host is asked, so this takes time; whether it has been killed only its parent knows, and is
 * asked, too: the answer may be true a while longer. */
bool process_lives(int32_t pid);
/* Nobody tells of a child that was killed from outside, and who does not wait for it may sleep for ever. So the first thread of a
 * process with children sleeps no longer than process_nap says of its timeout, and looks after them when that is over. */
uint64_t process_nap(uint64_t timeout_us);
void process_look_after(void);
/* Ids of the threads of a process beside its first, ascending, as far as they are known: the first above one, 0 = none. And the process
 * of such a thread, 0 = there is none. */
int32_t process_next_thread(int32_t pid, int32_t tid);
int32_t process_of_thread(int32_t tid);
/* A thread of this process begins, or has ended; with g_process.lock held. */
void process_thread_begins(int32_t tid);
void process_thread_ended(int32_t tid);
/* The calling process has another name or other ids, or wants something else (prctl(2)). */
void process_changed(void);
/* Paths that /proc shows: of the program, and of the working directory. The caller has another one. */
enum process_path { PROCESS_PROGRAM, PROCESS_DIRECTORY, PROCESS_PATHS };
#define PROCESS_PATH 256 /* longer ones are not told */
void process_path_changed(enum process_path which, const char *path);
/* 0, -ESRCH, or -ENAMETOOLONG: it is not told. */
PAL_MUST_CHECK int process_get_path(int32_t pid, enum process_path which, char out[PROCESS_PATH]);
/* A directory, perhaps, has moved: other processes that work in it or below follow. */
struct path_move;
void process_tell_moved(const struct path_move *move);
/* Where the caller's working directory is after another process has moved it. False = nobody has, since it was asked last. */
bool process_take_moved(char out[PROCESS_PATH]);

/* Traits of the first thread of a process, and limits, as other processes see them. False = there is no such process. */
bool process_get_traits(int32_t pid, struct task_traits *out);
bool process_get_limit(int32_t pid, unsigned resource, struct limit *out);
/* Have another process change them, which the caller has the right to. It does so before it asks for them the next time. */
bool process_impose_traits(int32_t pid, const struct task_traits *traits);
bool process_impose_limit(int32_t pid, unsigned resource, const struct limit *limit);
/* What others want changed of the calling one: false = nothing. Anything may be written there. */
struct process_imposed {
    bool has_traits;
    uint32_t limits_set; /* a bit for each of limits */
    struct task_traits traits;
    struct limit limits[LIMIT_COUNT];
};
bool process_take_imposed(struct process_imposed *out);
/* Its limits have changed, and unless they are NULL the traits of its first thread. */
void process_traits_changed(const struct task_traits *traits);

/* The first process with an id above one; 0 = none. */
int32_t process_next(int32_t pid);

/* What processes have used: processor time in nanoseconds, and the most memory of any of them in bytes. */
struct process_usage {
    uint64_t cpu_ns, most_memory;
};
/* Of this process so far; and of its children that it has waited for, with theirs. */
void process_own_usage(struct process_usage *out);
void process_children_usage(struct process_usage *out);
/* As getrusage(2) tells it. */
void usage_describe(const struct process_usage *usage, struct rusage *out);

/***** Signals *****/

/* Send to processes as kill(2) says: one, a group (negative; 0 = the caller's), all (-1). Signal 0 only looks.
 * returns  0, -ESRCH, -EPERM, -EAGAIN */
PAL_MUST_CHECK int process_kill(int pid, const siginfo_t *info);
/* Send to a thread of another process; tgid 0 = whose it is. */
PAL_MUST_CHECK int process_kill_thread(int32_t tgid, int32_t tid, const siginfo_t *info);
/* Whether something came from another process that has not been taken; and take it. Room signal asks where it asks for
 * signals of the host; the first also from event handlers. */
bool process_has_mail(void);
/* Whether this thread is lent to a child of vfork. */
bool vfork_is_lent(void);
void process_take_mail(void);
/* This thread has just learnt of the end of another process. If that was killed with its whole group, the signal is here, though
 * nobody may have rung yet: look for it before the program goes on. */
void process_look_for_mail(void);
/* A process has ended, and who traced it, or a thread of it, in this slot knows: that is free, and if it was the last one the
 * parent hears of the end. In one step for who waits for the process. */
void process_tell_end(int32_t pid, uint32_t slot);
/* The disposition of SIGCHLD has changed. */
void process_child_signal_changed(void);

/* Whether the process's group is an orphan: nobody is there who could make it go on after a stop by a terminal. */
bool process_group_is_orphan(int32_t group);
/* The process has stopped (a signal) or goes on (0): its parent is told. */
void process_stopped(int signal);

/***** Job control *****/

/* Whose a terminal is: a session, whose controlling terminal it is, and which group of that is in the foreground; 0 = nobody. */
struct job {
    int32_t session, group;
};

/* The console is the host's terminal: that of the first session, as long as nobody says otherwise. Its group 0 = all are in
 * the foreground. */
struct job process_console_job(void);
void process_set_console_job(struct job job);
/* Whether this process is in the foreground of it. */
bool process_is_foreground(void);

/* The session of a group, -ESRCH. */
int32_t process_group_session(int32_t group);
/* Before a process uses a terminal for what only the foreground may do, SIGTTIN: read, SIGTTOU: change something.
 * returns  0: it may, or the terminal is not its own; -ERESTARTSYS: its group got the signal; -EIO */
PAL_MUST_CHECK int process_check_job(struct job job, int signal);
/* Send what a terminal sends: to a group. 0 = none. */
void process_signal_group(int32_t group, int signal);
/* A terminal is gone: its session's leader is told, and when that has ended the group that was in the foreground. */
void process_hang_up(struct job job);

/***** Threads that stand still (freeze.c) *****/

/* Have all other threads of this process stand still. 0, or -ERESTARTNOINTR: this one has to end. */
PAL_MUST_CHECK int freeze_others(void);
void thaw_others(void);
/* Threads that are not among those of the process, but may hold locks: one leaves the list, with its lock held; one that is in none
 * begins something, which waits while others stand still; and either is done. */
void unlisted_add(void);
void unlisted_begin(void);
void unlisted_end(void);

/* The process that a descriptor stands for, or -EBADF; out_nonblocking, which may be NULL, tells whether it has O_NONBLOCK. */
int32_t pidfd_get(int fd, bool *out_nonblocking);

/***** Beginnings and ends *****/

/* What clone and clone3 are given. Addresses are the program's. */
struct clone_request {
    uint64_t flags;       /* CLONE_x */
    uint32_t exit_signal; /* 0 = none */
    uint64_t stack;       /* top, 0 = the creator's */
    uint64_t tls;         /* base of %fs, with CLONE_SETTLS */
    void *parent_tid, *child_tid, *pidfd;
};
/* An entry for a companion (companion.c), which is to be a thread of the host here, with this id. Returns it, or -E... Its thread
 * could not be made; and it ends, with a status as in wait(2). */
int32_t companion_add(const struct clone_request *request);
void companion_fails(int32_t pid);
void companion_ends(int32_t pid, int status);
/* Make a process. The request has been checked. Returns its id, or -E... */
int64_t process_create(const struct clone_request *request);

/* The program is replaced by execve: before its descriptors are closed, which others may notice, and when all is done. */
void process_executes(void);
void process_executed(void);
/* execve is about to load a program: for the child of a vfork a process of its own is made now, in which the call returns 0 to
 * go on. In the one that was lent to it, it returns 1 if that has loaded the program, and the caller is to free what it has
 * and call process_return; -E... if it is impossible, as for a companion. */
PAL_MUST_CHECK int process_before_exec(const char *path);
/* The thread goes on in the parent, whose call of vfork ends now. */
__attribute__((noreturn)) void process_return(void);
/* The result of loading it: for who waits for it. Does not return in a process that was made for a program that cannot be
 * loaded. */
void process_after_exec(int error);
/* The process ends, with a status as in wait(2). For the child of a vfork the thread goes on as its parent, and this does
 * not return. */
void process_ends(int status);

#endif
