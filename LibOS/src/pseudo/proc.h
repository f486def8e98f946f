/* SPDX-License-Identifier: MIT */
/* The tables of /proc that are in files of their own, and what their nodes share. */
#ifndef LIBOS_SRC_PSEUDO_PROC_H
#define LIBOS_SRC_PSEUDO_PROC_H

#include "pseudo.h"
#include "task.h"

#define TICK_NS 10000000l /* units of time in /proc: USER_HZ is 100 */

/* Contents of directories. */
extern const struct pseudo_node proc_process_nodes[]; /* /proc/PID */
extern const struct pseudo_node proc_other_nodes[];   /* the same of another process */
extern const struct pseudo_node proc_fd_nodes[];      /* /proc/PID/fd */
extern const struct pseudo_node proc_fdinfo_nodes[];
extern const struct pseudo_node proc_other_fd_nodes[]; /* /proc/PID/fd of another process */
extern const struct pseudo_node proc_net_nodes[];      /* /proc/PID/net */
extern const struct pseudo_node proc_ns_nodes[];       /* /proc/PID/ns */
extern const struct pseudo_node proc_sys_nodes[];      /* /proc/sys */
extern const struct pseudo_node proc_sysvipc_nodes[];  /* /proc/sysvipc */

/* Files; see pseudo.h, show. */
int proc_show_maps(struct text *out, const struct pseudo_key *key);
int proc_show_smaps(struct text *out, const struct pseudo_key *key);
int proc_show_smaps_rollup(struct text *out, const struct pseudo_key *key);
int proc_show_stat(struct text *out, const struct pseudo_key *key);
int proc_show_task_stat(struct text *out, const struct pseudo_key *key);
int proc_show_statm(struct text *out, const struct pseudo_key *key);
int proc_show_status(struct text *out, const struct pseudo_key *key);
int proc_show_limits(struct text *out, const struct pseudo_key *key);
int proc_show_mounts(struct text *out, const struct pseudo_key *key);
int proc_show_mountinfo(struct text *out, const struct pseudo_key *key);
int proc_show_children(struct text *out, const struct pseudo_key *key);
int proc_show_cpuset(struct text *out, const struct pseudo_key *key);
int proc_show_cgroup(struct text *out, const struct pseudo_key *key);
int proc_show_zero(struct text *out, const struct pseudo_key *key);     /* without an end of line */
int proc_show_unset_id(struct text *out, const struct pseudo_key *key); /* as that, the id of nobody */
int proc_link_root(struct text *out, const struct pseudo_key *key);

/* Sockets of this process, one in a line as in the file of that name in /proc/net but for its number; other processes ask for
 * them by this and the name. 0 or -ENOENT. */
#define PROC_SOCKETS "sockets/"
int proc_show_sockets(const char *name, struct text *out);

/* Whether the caller may see what the process would only tell itself: whoever could trace it. */
bool proc_may_look(int32_t pid);
/* What only the process itself can tell; see pseudo.h, open. */
int proc_open_fd(const struct pseudo_key *key, uint32_t flags, struct file **out);
int proc_open_memory(const struct pseudo_key *key, uint32_t flags, struct file **out);
int proc_open_auxv(const struct pseudo_key *key, uint32_t flags, struct file **out);
int proc_open_environ(const struct pseudo_key *key, uint32_t flags, struct file **out);
int proc_open_maps(const struct pseudo_key *key, uint32_t flags, struct file **out);
int proc_open_smaps(const struct pseudo_key *key, uint32_t flags, struct file **out);
int proc_open_smaps_rollup(const struct pseudo_key *key, uint32_t flags, struct file **out);
int proc_open_io(const struct pseudo_key *key, uint32_t flags, struct file **out);

/* Fields 18 and 19 of stat, priority and nice value; and 40 and 41, the same of those in real time and the policy. */
struct stat_priorities {
    int32_t priority, nice;
    uint32_t realtime, policy;
};
struct stat_priorities proc_priorities(const struct task_traits *traits);

/* Which other processes there are, and all in turn, the caller's own included; see pseudo.h, match and next. */
bool proc_is_other(const char *name, size_t len, struct pseudo_key *key);
bool proc_next_process(const struct pseudo_key *directory, uint32_t *cursor, char name[16]);

/* The path of an open file as /proc shows it. */
void proc_add_file_name(struct text *out, const struct file *file);

/* The thread that a key stands for, with a reference; NULL = it has ended. */
struct thread *proc_thread(const struct pseudo_key *key);

#endif
