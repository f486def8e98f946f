/* SPDX-License-Identifier: MIT */
/* Sets of epoll that several processes have. Each has its members for itself, as it has their files; what one changes is written
 * down in shared memory, and the others, who are rung, do the same. Only files that were inherited concern them: of
 * others they have none, and nobody writes those down. */
#include "epoll.h"
#include "fs/fs_core.h"
#include "ipc/bell.h"
#include "process.h"

#define CHANGES_MAX 64u /* that are kept for those who have not looked; who is slower misses the older ones */

struct epoll_change {
    int32_t operation; /* EPOLL_CTL_x */
    int32_t fd;
    int32_t pid;      /* who has made it */
    uint64_t file_id; /* the same in all processes */
    struct epoll_event event;
};

struct epoll_shared {
    struct file_shared base;
    uint32_t count; /* changes so far */
    struct bell bell;
    struct epoll_change changes[CHANGES_MAX];
};

/* Those of this process that are shared. */
static struct {
    struct lock lock;
    struct list list;
} g_sets = {.list = {{&g_sets.list.head, &g_sets.list.head}}};

int epoll_share(struct file *file)
{
    struct epoll_set *set = file->data;
    if (set->shared || set->hidden)
        return 0;
    struct epoll_shared *shared = file_share_memory(file, sizeof(*shared));
    if (!shared)
        return -ENOMEM;
    lock_acquire(&g_sets.lock);
    bell_ask(&shared->bell);
    set->shared = shared;
    list_add_back(&g_sets.list, &set->shared_node);
    lock_release(&g_sets.lock);
    return 0;
}

void epoll_unshare(struct epoll_set *set)
{
    if (!set->shared)
        return;
    lock_acquire(&g_sets.lock);
    list_remove(&set->shared_node);
    lock_release(&g_sets.lock);
}

/***** Telling *****/

void epoll_tell(struct epoll_set *set, int operation, int fd, const struct file *file, const struct epoll_event *event)
{
    struct epoll_shared *shared = set->shared;
    struct bell bell;
    if (!shared || !file->lock_id || __atomic_load_n(&shared->base.users, __ATOMIC_RELAXED) <= 1)
        return;
    shared_lock(&shared->base.lock);
    shared->changes[shared->count % CHANGES_MAX] = (struct epoll_change){
        .operation = operation, .fd = fd, .pid = g_process.pid, .file_id = file->lock_id, .event = *event};
    shared->count++;
    bell_take(&shared->bell, &bell);
    bell_ask(&shared->bell);
    shared_unlock(&shared->base.lock);
    bell_ring(&bell);
}

/***** Hearing *****/

struct search {
    struct epoll_set *set;
    struct epoll_change change;
};

/* A file is looked at; errors are those of the change, of which its maker knows. */
static void change_if_meant(struct file *file, void *arg)
{
    const struct search *search = arg;
    const struct epoll_change *change = &search->change;
    if (file->lock_id != change->file_id || file->ops == &epoll_ops || !file->ops->poll)
        return;
    lock_acquire(&g_epoll_links);
    lock_acquire(&search->set->lock);
    if (epoll_change_member(search->set, change->operation, change->fd, file, &change->event) < 0)
        log_print(LOG_DEBUG, "epoll: a change of another process changes nothing here");
    lock_release(&search->set->lock);
    lock_release(&g_epoll_links);
}

static bool is_behind(const struct epoll_set *set)
{
    return __atomic_load_n(&set->shared->count, __ATOMIC_ACQUIRE) != __atomic_load_n(&set->seen, __ATOMIC_RELAXED);
}

/* The next change that another process has made; for the thread that looks after the set. False = there is none. */
static bool next_change(struct epoll_set *set, struct epoll_change *out)
{
    struct epoll_shared *shared = set->shared;
    bool found = false;
    shared_lock(&shared->base.lock);
    const uint32_t count = shared->count;
    if (count - set->seen > CHANGES_MAX)
        set->seen = count - CHANGES_MAX;
    while (!found && set->seen != count) {
        *out = shared->changes[set->seen++ % CHANGES_MAX];
        found = out->pid != g_process.pid && out->file_id != 0;
    }
    bell_ask(&shared->bell);
    shared_unlock(&shared->base.lock);
    return found;
}

/* A set of this process, or this one, of which others have changed something, for this thread to look after, with a reference
 * to its file; NULL = there is none. */
static struct epoll_set *take_behind(const struct epoll_set *wanted)
{
    struct epoll_set *found = NULL;
    lock_acquire(&g_sets.lock);
    list_for_each(node, &g_sets.list) {
        struct epoll_set *set = list_entry(node, struct epoll_set, shared_node);
        if ((!wanted || set == wanted) && is_behind(set) && !set->catching_up && file_try_get(set->file)) {
            set->catching_up = true;
            found = set;
            break;
        }
    }
    lock_release(&g_sets.lock);
    return found;
}

/* No lock is held while files are looked through: one may end with it, be it a set. */
static void catch_up(struct epoll_set *set)
{
    struct search search = {.set = set};
    for (unsigned i = 0; i < CHANGES_MAX && next_change(set, &search.change); i++)
        file_for_each(change_if_meant, &search);
    lock_acquire(&g_sets.lock);
    set->catching_up = false;
    lock_release(&g_sets.lock);
    file_put(set->file);
}

void epoll_catch_up(struct epoll_set *set)
{
    if (set->shared && is_behind(set) && take_behind(set))
        catch_up(set);
}

void epoll_rung(void)
{
    struct epoll_set *set;
    if (list_is_empty(&g_sets.list))
        return;
    for (unsigned i = 0; i < CHANGES_MAX && (set = take_behind(NULL)) != NULL; i++)
        catch_up(set);
}

/* What its parent has done before is in the copy already, and is nobody's news. */
void epoll_share_forked(void)
{
    list_for_each(node, &g_sets.list) {
        struct epoll_set *set = list_entry(node, struct epoll_set, shared_node);
        shared_lock(&set->shared->base.lock);
        bell_ask(&set->shared->bell);
        shared_unlock(&set->shared->base.lock);
    }
}
