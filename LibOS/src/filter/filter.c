/* SPDX-License-Identifier: MIT */
/* seccomp(2): who has which filters, and how they get them. Knows not what filters say. */
#include <linux/capability.h>
#include <linux/seccomp.h>
#include "copy.h"
#include "entry.h"
#include "filter/room.h"
#include "syscalls.h"
#include "task.h"

#define PATH_LIMIT 32768u /* instructions that a call may have to pass */
#define PATH_EXTRA 4u     /* counted for each filter that is there already */
#define FLAGS_KNOWN                                                                                                    \
    (SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |                            \
     SECCOMP_FILTER_FLAG_TSYNC_ESRCH)

/***** Who has them *****/

static void put(struct filter *filter)
{
    while (filter && __atomic_sub_fetch(&filter->references, 1, __ATOMIC_ACQ_REL) == 0) {
        struct filter *older = filter->older;
        heap_free(filter);
        filter = older;
    }
}

static void set(struct thread_filter *filters, struct filter *newest, uint32_t mode)
{
    __atomic_store_n(&filters->newest, newest, __ATOMIC_RELEASE);
    __atomic_store_n(&filters->mode, mode, __ATOMIC_RELEASE);
}

void filters_copy(struct thread_filter *to, const struct thread_filter *from)
{
    *to = *from;
    if (to->newest)
        __atomic_fetch_add(&to->newest->references, 1, __ATOMIC_RELAXED);
}

void filters_drop(struct thread_filter *filters)
{
    put(filters->newest);
    filters->newest = NULL;
}

unsigned filters_count(const struct thread_filter *filters)
{
    unsigned count = 0;
    for (const struct filter *filter = filters->newest; filter; filter = filter->older)
        count++;
    return count;
}

void filters_changed(void)
{
    entry_watch(WATCH_FILTER, self()->filters.mode != SECCOMP_MODE_DISABLED);
}

/***** Installing them *****/

/* A filter of the program's, checked. NULL and *out_error if it is none. */
static struct filter *make(const struct sock_fprog *from, int *out_error)
{
    struct filter *filter = NULL;
    uint16_t *written = NULL;
    *out_error = -EINVAL;
    if (from->len == 0 || from->len > BPF_MAXINSNS)
        return NULL;
    *out_error = -EACCES;
    if (!self()->filters.no_new_privs && !identity_has(CAP_SYS_ADMIN))
        return NULL;
    *out_error = -EINVAL;
    if (!from->filter)
        return NULL;
    const size_t size = from->len * sizeof(*from->filter);
    *out_error = -ENOMEM;
    if (!(filter = heap_zalloc(sizeof(*filter) + size)) || !(written = heap_alloc(from->len * sizeof(*written))))
        goto out;
    filter->references = 1;
    filter->count = from->len;
    *out_error = copy_in(filter->program, from->filter, size);
    if (*out_error == 0)
        *out_error = bpf_check(filter->program, filter->count, written);
out:
    heap_free(written);
    if (*out_error == 0)
        return filter;
    heap_free(filter);
    return NULL;
}

static bool is_too_long(const struct filter *added)
{
    size_t total = added->count;
    for (const struct filter *filter = added->older; filter; filter = filter->older)
        total += filter->count + PATH_EXTRA;
    return total > PATH_LIMIT;
}

static bool is_ancestor(const struct filter *older, const struct filter *filter)
{
    while (filter && filter != older)
        filter = filter->older;
    return filter == older;
}

static struct thread *thread_of(struct list_node *node)
{
    return list_entry(node, struct thread, peers);
}

/* Whose filters are not the beginning of the caller's, so that it cannot get those: an id, or 0. With the lock held. */
static int32_t who_differs(const struct thread *caller)
{
    list_for_each(node, &g_process.threads) {
        const struct thread *thread = thread_of(node);
        if (thread != caller && thread_pid(thread) == own_pid() &&
            (thread->filters.mode == SECCOMP_MODE_STRICT ||
             !is_ancestor(thread->filters.newest, caller->filters.newest)))
            return thread->tid;
    }
    return 0;
}

/* All threads get the caller's. One may be asking its old ones: they are there as long as the newer ones. */
static void give_to_all(const struct thread *caller)
{
    list_for_each(node, &g_process.threads) {
        struct thread *thread = thread_of(node);
        if (thread == caller || thread_pid(thread) != own_pid())
            continue;
        struct filter *before = thread->filters.newest;
        __atomic_fetch_add(&caller->filters.newest->references, 1, __ATOMIC_RELAXED);
        thread->filters.no_new_privs |= caller->filters.no_new_privs;
        set(&thread->filters, caller->filters.newest, SECCOMP_MODE_FILTER);
        put(before);
    }
}

/* With the lock held. */
static int64_t add(struct thread *caller, struct filter *filter, unsigned flags)
{
    if (caller->filters.mode == SECCOMP_MODE_STRICT)
        return -EINVAL;
    filter->older = caller->filters.newest;
    if (is_too_long(filter))
        return -ENOMEM;
    const int32_t other = flags & SECCOMP_FILTER_FLAG_TSYNC ? who_differs(caller) : 0;
    if (other)
        return flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH ? -ESRCH : other;
    set(&caller->filters, filter, SECCOMP_MODE_FILTER);
    if (flags & SECCOMP_FILTER_FLAG_TSYNC)
        give_to_all(caller);
    entry_watch(WATCH_FILTER, true);
    return 0;
}

static int64_t set_filter(unsigned flags, const void *program)
{
    struct sock_fprog from;
    int error;
    if (flags & ~(unsigned)FLAGS_KNOWN)
        return -EINVAL;
    if (copy_in(&from, program, sizeof(from)) < 0)
        return -EFAULT;
    struct filter *filter = make(&from, &error);
    if (!filter)
        return error;
    lock_acquire(&g_process.lock);
    const int64_t result = add(self(), filter, flags);
    lock_release(&g_process.lock);
    if (result != 0)
        heap_free(filter);
    return result;
}

static int64_t set_strict(void)
{
    struct thread_filter *filters = &self()->filters;
    lock_acquire(&g_process.lock);
    const bool allowed = filters->mode != SECCOMP_MODE_FILTER;
    if (allowed) {
        set(filters, NULL, SECCOMP_MODE_STRICT);
        entry_watch(WATCH_FILTER, true);
    }
    lock_release(&g_process.lock);
    return allowed ? 0 : -EINVAL;
}

int64_t filter_set(unsigned long mode, const void *program)
{
    switch (mode) {
    case SECCOMP_MODE_STRICT:
        return set_strict();
    case SECCOMP_MODE_FILTER:
        return set_filter(0, program);
    default:
        return -EINVAL;
    }
}

/* Not SECCOMP_RET_USER_NOTIF, for which there are no listeners. */
static int64_t tell_action(const void *from)
{
    uint32_t action;
    if (copy_in(&action, from, sizeof(action)) < 0)
        return -EFAULT;
    switch (action) {
    case SECCOMP_RET_KILL_PROCESS:
    case SECCOMP_RET_KILL_THREAD:
    case SECCOMP_RET_TRAP:
    case SECCOMP_RET_ERRNO:
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_ALLOW:
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}

int64_t sys_seccomp(unsigned operation, unsigned flags, void *argument)
{
    switch (operation) {
    case SECCOMP_SET_MODE_STRICT:
        return flags || argument ? -EINVAL : set_strict();
    case SECCOMP_SET_MODE_FILTER:
        return set_filter(flags, argument);
    case SECCOMP_GET_ACTION_AVAIL:
        return flags ? -EINVAL : tell_action(argument);
    default:
        return -EINVAL;
    }
}
