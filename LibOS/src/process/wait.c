/* SPDX-License-Identifier: MIT */
/* wait4 and waitid. */
#include "process/wait.h"
#include <linux/wait.h>
#include "copy.h"
#include "process/table.h"
#include "syscalls.h"

#define WAIT4_OPTIONS  (WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS (WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define CONTINUED      0xffff /* status as in wait(2) */
#define STOPPED        0x7f
#define CORE_FLAG      0x80

/* How many children's handles one sleep looks at, and how often the others are looked after. */
#define HANDLES_MAX   60
#define LOOK_AFTER_US 200000

/* What is waited for. */
struct wish {
    int which, id; /* P_x */
    int options;
};

/* What has happened. */
struct news {
    int32_t pid;
    int status; /* as wait(2) has it */
    uint32_t uid;
    bool trapped; /* a stop of who is traced */
    struct process_usage usage;
};

static bool is_meant(const struct wish *wish, const struct kin *kin, const struct process_entry *entry)
{
    const bool is_clone = entry->exit_signal != SIGCHLD;
    if (!(wish->options & __WALL) && is_clone != ((wish->options & (int)__WCLONE) != 0))
        return false;
    switch (wish->which) {
    case P_PID:
        return kin->pid == wish->id;
    case P_PGID:
        return kin->pgid == wish->id;
    default:
        return true;
    }
}

/* Take what an entry has to tell. With the table locked. */
static bool take_news(const struct wish *wish, int32_t pid, struct process_entry *entry, struct news *out)
{
    *out = (struct news){.pid = pid, .uid = entry->uid, .usage = usage_of(entry)};
    const bool keep = wish->options & WNOWAIT;
    if (entry->state == STATE_ZOMBIE) {
        out->status = entry->status;
        return wish->options & WEXITED;
    }
    if (wish->options & WSTOPPED && entry->changes & CHANGE_STOPPED) {
        out->status = (int)(entry->stop_signal & 0xff) << 8 | STOPPED;
        if (!keep)
            __atomic_fetch_and(&entry->changes, ~CHANGE_STOPPED, __ATOMIC_RELAXED);
        return true;
    }
    if (wish->options & WCONTINUED && entry->changes & CHANGE_CONTINUED) {
        out->status = CONTINUED;
        if (!keep)
            __atomic_fetch_and(&entry->changes, ~CHANGE_CONTINUED, __ATOMIC_RELAXED);
        return true;
    }
    return false;
}

/* A child that was waited for. With the table and the children locked. */
static void let_go(int32_t pid, const struct process_entry *entry)
{
    struct child *child = child_find(pid);
    const struct process_usage usage = usage_of(entry);
    usage_add(&g_own->used_by_children, &usage);
    table_free(pid);
    if (child)
        child_remove(child);
}

/* One process. Returns 1 with news, 0 = it is meant, -1 = not. */
static int look_at(const struct wish *wish, int32_t pid, struct news *out)
{
    const struct kin *kin = table_kin(pid);
    struct process_entry *entry = table_entry(pid);
    if (!kin || kin->ppid != own_pid() || !is_meant(wish, kin, entry))
        return -1;
    if (entry->state == STATE_ZOMBIE && trace_awaits(pid))
        return 0;
    if (!take_news(wish, pid, entry, out))
        return entry->state == STATE_ZOMBIE ? -1 : 0;
    if (entry->state == STATE_ZOMBIE && !(wish->options & WNOWAIT))
        let_go(pid, entry);
    return 1;
}

/* Whom this process traces. */
static int look_at_traced(const struct wish *wish, struct news *out)
{
    const struct trace_wish traced = {.tid = wish->which == P_PID ? wish->id : 0,
                                      .group = wish->which == P_PGID ? wish->id : 0,
                                      .own_only = wish->options & (int)__WNOTHREAD,
                                      .ends = wish->options & WEXITED,
                                      .keep = wish->options & WNOWAIT};
    struct trace_news news = {0};
    const int result = tracer_wait(&traced, &news);
    if (result == 1)
        *out = (struct news){.pid = news.tid, .status = news.status, .uid = news.uid, .trapped = true};
    return result;
}

/* Those that this process traces or has made, then, if it was given those of others, all. */
static int look(const struct wish *wish, struct news *out)
{
    int result = look_at_traced(wish, out);
    if (result == 1)
        return result;
    table_lock();
    lock_acquire(&g_children_lock);
    list_for_each(node, &g_children) {
        struct child *child = list_entry(node, struct child, node);
        const int32_t pid = child->pid;
        if (!table_kin(pid)) { /* it has buried itself */
            child_remove(child);
            continue;
        }
        const int found = result == 1 ? -1 : look_at(wish, pid, out);
        if (found >= 0)
            result = found;
    }
    for (unsigned i = 0; g_own->adopts && result != 1 && i < PROCESS_SLOTS; i++) {
        const int found = g_table->kin[i].pid ? look_at(wish, g_table->kin[i].pid, out) : -1;
        if (found >= 0)
            result = found;
    }
    lock_release(&g_children_lock);
    table_unlock();
    if (result == 1)
        process_look_for_mail();
    return result;
}

/* Handles of children that are meant, to notice it if they are killed. */
static size_t collect_handles(const struct wish *wish, PAL_HANDLE *out, bool *out_all)
{
    size_t count = 0;
    *out_all = true;
    lock_acquire(&g_children_lock);
    list_for_each(node, &g_children) {
        const struct child *child = list_entry(node, struct child, node);
        const struct kin *kin = table_kin(child->pid);
        if (!child->handle || !kin || !is_meant(wish, kin, entry_at(slot_of(child->pid))))
            continue;
        if (count == HANDLES_MAX)
            *out_all = false;
        else
            out[count++] = child->handle;
    }
    lock_release(&g_children_lock);
    return count;
}

/* Sleep until something may have happened. 0 or -EINTR. */
static int sleep_for(const struct wish *wish)
{
    PAL_HANDLE handles[HANDLES_MAX];
    bool all;
    size_t ready;
    const size_t count = collect_handles(wish, handles, &all);
    const bool tells = all && !tracer_has_strangers();
    const int result = thread_sleep_streams(handles, count, tells ? NO_TIMEOUT : LOOK_AFTER_US, &ready);
    if (result == -ETIMEDOUT || (result == 0 && ready < count))
        children_bury();
    if (result == -ETIMEDOUT)
        tracer_look_after();
    return result == -ETIMEDOUT ? 0 : result;
}

/* Returns the process's id with its news, 0 = nothing yet (WNOHANG), or -E... */
static int64_t wait_for(const struct wish *wish, struct news *out)
{
    struct waiter waiter = {.notify = NULL};
    if (!g_table)
        return -ECHILD;
    int result = look(wish, out);
    if (result == 0 && wish->options & WNOHANG) {
        children_bury();
        result = look(wish, out);
    }
    if (result != 0 || wish->options & WNOHANG)
        return result == 1 ? out->pid : result;
    wait_queue_add(children_queue(), &waiter);
    while ((result = look(wish, out)) == 0) {
        const int error = sleep_for(wish);
        if (error == 0)
            continue;
        result = look(wish, out);
        result = result == 0 ? -ERESTARTSYS : result;
        break;
    }
    wait_queue_remove(children_queue(), &waiter);
    return result == 1 ? out->pid : result;
}

/***** The calls *****/

static int put_usage(void *to, const struct news *news)
{
    struct rusage usage;
    usage_describe(&news->usage, &usage);
    return copy_out_wanted(to, &usage, sizeof(usage));
}

int64_t sys_wait4(int pid, void *status, int options, void *usage)
{
    struct wish wish = {.which = P_ALL, .options = options | WEXITED};
    struct news news;
    if (options & ~(int)WAIT4_OPTIONS)
        return -EINVAL;
    if (pid == INT32_MIN)
        return -ESRCH;
    if (pid != -1) {
        wish.which = pid > 0 ? P_PID : P_PGID;
        wish.id = pid > 0 ? pid : pid < 0 ? -pid : process_group();
    }
    const int64_t result = wait_for(&wish, &news);
    if (result <= 0)
        return result;
    if (copy_out_wanted(status, &news.status, sizeof(news.status)) < 0 || put_usage(usage, &news) < 0)
        return -EFAULT;
    return result;
}

static void fill_info(const struct news *news, siginfo_t *out)
{
    memset(out, 0, sizeof(*out));
    out->si_signo = SIGCHLD;
    out->si_pid = news->pid;
    out->si_uid = news->uid;
    if (news->status == CONTINUED) {
        out->si_code = CLD_CONTINUED;
        out->si_status = SIGCONT;
    } else if ((news->status & 0xff) == STOPPED) {
        out->si_code = news->trapped ? CLD_TRAPPED : CLD_STOPPED;
        out->si_status = news->status >> 8;
    } else if (news->status & 0x7f) {
        out->si_code = news->status & CORE_FLAG ? CLD_DUMPED : CLD_KILLED;
        out->si_status = news->status & 0x7f;
    } else {
        out->si_code = CLD_EXITED;
        out->si_status = news->status >> 8 & 0xff;
    }
}

/* The structure ends with what the call fills in. */
static int put_info(void *to, const siginfo_t *info)
{
    return to ? copy_out(to, info, offsetof(siginfo_t, si_status) + sizeof(info->si_status)) : 0;
}

static int64_t wait_by_kind(int which, int pid, int options, struct news *out)
{
    struct wish wish = {.which = which, .id = pid, .options = options};
    if (options & ~(int)WAITID_OPTIONS || !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    if ((which != P_ALL && which != P_PID && which != P_PGID && which != P_PIDFD) || (which == P_PID && pid <= 0) ||
        (which == P_PGID && pid < 0) || (which == P_PIDFD && pid < 0))
        return -EINVAL;
    bool nonblocking = false;
    if (which == P_PIDFD) {
        wish.which = P_PID;
        wish.id = pidfd_get(pid, &nonblocking);
        if (wish.id < 0)
            return wish.id;
        nonblocking = nonblocking && !(options & WNOHANG);
        wish.options |= nonblocking ? WNOHANG : 0;
    }
    if (which == P_PGID && pid == 0)
        wish.id = process_group();
    const int64_t result = wait_for(&wish, out);
    return result == 0 && nonblocking ? -EAGAIN : result;
}

int64_t sys_waitid(int which, int pid, void *info, int options, void *usage)
{
    struct news news = {0};
    siginfo_t told;
    const int64_t result = wait_by_kind(which, pid, options, &news);
    memset(&told, 0, sizeof(told));
    if (result > 0)
        fill_info(&news, &told);
    /* Failures fill it in, too. */
    if (put_info(info, &told) < 0 || (result > 0 && put_usage(usage, &news) < 0))
        return -EFAULT;
    return result < 0 ? result : 0;
}
