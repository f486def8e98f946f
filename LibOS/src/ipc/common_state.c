/* SPDX-License-Identifier: MIT */
/* State of open files that several processes have. Knows no kind of file. */
#include "common_state.h"
#include "ipc/bell.h"

/* In shared memory, with the state behind it. */
struct common_shared {
    struct file_shared base;
    uint32_t changes; /* so far */
    struct bell bell;
    uint64_t state[];
};

/* Those of this process that are shared. */
static struct {
    struct lock lock;
    struct list list;
} g_common = {.list = {{&g_common.list.head, &g_common.list.head}}};

void common_begin(struct common_state *common, void *state, size_t size)
{
    *common = (struct common_state){.state = state, .size = size};
    wait_queue_init(&common->readers);
    wait_queue_init(&common->writers);
    list_node_init(&common->node);
}

void common_end(struct common_state *common)
{
    if (!common->shared)
        return;
    lock_acquire(&g_common.lock);
    list_remove(&common->node);
    lock_release(&g_common.lock);
}

static void attach(struct common_state *common, struct common_shared *shared)
{
    common->state = shared->state;
    common->shared = shared;
    common->seen = shared->changes;
    lock_acquire(&g_common.lock);
    list_add_back(&g_common.list, &common->node);
    lock_release(&g_common.lock);
}

int common_join(struct common_state *common, struct file_shared *base)
{
    const size_t size = sizeof(struct common_shared) + common->size;
    if (base == NULL || (uintptr_t)base % _Alignof(struct common_shared) != 0 || !shared_has(base, size) ||
        __atomic_load_n(&base->size, __ATOMIC_RELAXED) != size)
        return -EBADMSG;
    attach(common, (struct common_shared *)base);
    return 0;
}

int common_share(struct file *file, struct common_state *common)
{
    if (common->shared)
        return 0;
    struct common_shared *shared = file_share_memory(file, sizeof(*shared) + common->size);
    if (!shared)
        return -ENOMEM;
    memcpy(shared->state, common->state, common->size);
    attach(common, shared);
    /* Who waits has asked nobody yet. */
    wait_queue_wake(&common->readers);
    wait_queue_wake(&common->writers);
    return 0;
}

void common_lock(struct common_state *common)
{
    if (common->shared)
        shared_lock(&common->shared->base.lock);
    else
        lock_acquire(&common->lock);
}

void common_unlock(struct common_state *common)
{
    if (common->shared)
        shared_unlock(&common->shared->base.lock);
    else
        lock_release(&common->lock);
}

void common_changed(struct common_state *common, struct wait_queue *queue)
{
    struct bell bell;
    bell.count = 0;
    if (common->shared) {
        common->shared->changes++;
        bell_take(&common->shared->bell, &bell);
    }
    common_unlock(common);
    wait_queue_wake(queue);
    if (bell.count == 0)
        return;
    common_rung(); /* this process may have it by several files */
    bell_ring(&bell);
}

void common_ask(struct common_state *common)
{
    if (common->shared)
        bell_ask(&common->shared->bell);
}

void common_rung(void)
{
    if (list_is_empty(&g_common.list))
        return;
    lock_acquire(&g_common.lock);
    list_for_each(node, &g_common.list) {
        struct common_state *common = list_entry(node, struct common_state, node);
        const uint32_t changes = __atomic_load_n(&common->shared->changes, __ATOMIC_ACQUIRE);
        if (changes == common->seen)
            continue;
        common->seen = changes;
        wait_queue_wake(&common->readers);
        wait_queue_wake(&common->writers);
    }
    lock_release(&g_common.lock);
}

void common_forked(void)
{
    list_for_each(node, &g_common.list) {
        struct common_state *common = list_entry(node, struct common_state, node);
        if (!list_is_empty(&common->readers.waiters) || !list_is_empty(&common->writers.waiters))
            common_hear(common);
    }
}
