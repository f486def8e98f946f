/* SPDX-License-Identifier: MIT */
/* Open files as owners of locks. One that is inherited is the same owner in all processes that have it, so it has an id, and each
 * process has written down in shared memory which it has: the locks go with the last of them, however that ended. */
#include "lock_table.h"

#define FIRST_SIZE 16u
#define IDS_MAX    (SHARED_MAX / sizeof(uint64_t))

static struct lock_holding *g_own;  /* of this process; NULL until its first fork */
static struct lock_holding *g_next; /* of the one that is about to be made */
static uint32_t g_free_hint;        /* no place in g_own below is free */

static uint32_t holding_end(void)
{
    const uint32_t end = __atomic_load_n(&g_locks.shared->holding_end, __ATOMIC_RELAXED);
    return end < LOCK_HOLDINGS ? end : LOCK_HOLDINGS;
}

/* *out_count = 0 if there are none, or nonsense. */
static uint64_t *ids_of(const struct lock_holding *holding, uint32_t *out_count)
{
    uint64_t *ids = __atomic_load_n(&holding->ids, __ATOMIC_RELAXED);
    const uint32_t size = __atomic_load_n(&holding->size, __ATOMIC_RELAXED);
    const bool sound = (uintptr_t)ids % sizeof(*ids) == 0 && size <= IDS_MAX && shared_has(ids, size * sizeof(*ids));
    *out_count = sound ? size : 0;
    return ids;
}

static bool has(const struct lock_holding *holding, uint64_t id)
{
    uint32_t count;
    const uint64_t *ids = ids_of(holding, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (ids[i] == id)
            return true;
    }
    return false;
}

int32_t lock_holder(uint64_t id)
{
    if (g_own && has(g_own, id))
        return g_own->pid;
    for (uint32_t i = 0, end = holding_end(); i < end; i++) {
        const struct lock_holding *holding = &g_locks.shared->holdings[i];
        if (holding->pid && has(holding, id))
            return holding->pid;
    }
    return 0;
}

/***** Open files of this process *****/

static bool grow(struct lock_holding *holding)
{
    uint32_t count;
    uint64_t *old = ids_of(holding, &count);
    const uint32_t size = count == 0 ? FIRST_SIZE : 2 * count;
    uint64_t *ids = shared_alloc(size * sizeof(*ids));
    if (!ids)
        return false;
    if (count)
        memcpy(ids, old, count * sizeof(*ids));
    holding->size = 0; /* never more than there is, whenever the process dies */
    __atomic_store_n(&holding->ids, ids, __ATOMIC_SEQ_CST);
    __atomic_store_n(&holding->size, size, __ATOMIC_SEQ_CST);
    if (count)
        shared_free(old, count * sizeof(*ids));
    return true;
}

/* Write an id down. Returns one more than its index; 0 = no memory. */
static uint32_t put_down(uint64_t id)
{
    uint32_t count, index = g_free_hint;
    uint64_t *ids = ids_of(g_own, &count);
    while (index < count && ids[index])
        index++;
    if (index >= count) {
        ids = grow(g_own) ? ids_of(g_own, &count) : NULL;
        if (!ids || index >= count)
            return 0;
    }
    ids[index] = id;
    g_free_hint = index + 1;
    return index + 1;
}

static void strike_out(uint32_t place)
{
    uint32_t count;
    uint64_t *ids = ids_of(g_own, &count);
    if (place > count)
        return;
    ids[place - 1] = 0;
    if (place - 1 < g_free_hint)
        g_free_hint = place - 1;
}

int lock_hold(struct file *file)
{
    if (!file->lock_id)
        file->lock_id = ++g_locks.numbers->last_id;
    if (g_own && !file->lock_place)
        file->lock_place = put_down(file->lock_id);
    return g_own && !file->lock_place ? -ENOLCK : 0;
}

static bool is_of_file(const struct lock_range *range)
{
    return range->kind == LOCK_OF_FILE || range->kind == LOCK_OF_WHOLE;
}

bool lock_let_go(struct file *file)
{
    const uint64_t id = file->lock_id;
    if (g_own && file->lock_place)
        strike_out(file->lock_place);
    file->lock_id = file->lock_place = 0;
    bool freed = false;
    for (uint32_t kind = LOCK_OF_FILE; kind <= LOCK_OF_WHOLE; kind++) {
        const struct lock_range owner = {.kind = kind, .owner = id};
        if (lock_count(&g_locks.set, &owner) && !(g_locks.shared && lock_holder(id)))
            freed |= lock_forget(&g_locks.set, &owner);
    }
    return freed;
}

static void hold_owner(struct file *file, void *arg)
{
    int *error = arg;
    locks_acquire();
    if (*error == 0 && file->lock_id)
        *error = lock_hold(file);
    locks_release();
}

/***** Processes *****/

static struct lock_holding *find(int32_t pid)
{
    for (uint32_t i = 0, end = holding_end(); i < end; i++) {
        if (g_locks.shared->holdings[i].pid == pid)
            return &g_locks.shared->holdings[i];
    }
    return NULL;
}

/* For a process that has what another one has (NULL: nothing). NULL = no memory. */
static struct lock_holding *add(int32_t pid, const struct lock_holding *from)
{
    uint32_t count = 0, end = holding_end();
    const uint64_t *ids = from ? ids_of(from, &count) : NULL;
    struct lock_holding *holding = find(0);
    if (!holding && end < LOCK_HOLDINGS) {
        holding = &g_locks.shared->holdings[end];
        g_locks.shared->holding_end = end + 1;
    }
    uint64_t *copy = count ? shared_alloc(count * sizeof(*copy)) : NULL;
    if (!holding || (count && !copy))
        return NULL;
    if (count)
        memcpy(copy, ids, count * sizeof(*copy));
    *holding = (struct lock_holding){pid, count, copy};
    return holding;
}

bool lock_holding_ends(int32_t pid)
{
    struct lock_holding *holding = find(pid);
    if (!holding)
        return false;
    const struct lock_holding gone = *holding;
    bool freed = false;
    uint32_t count;
    uint64_t *ids = ids_of(&gone, &count);
    holding->pid = 0;
    if (holding == g_own)
        g_own = NULL;
    for (uint32_t i = 0, end = lock_set_end(&g_locks.set); i < end; i++) {
        const struct lock_range *range = &g_locks.set.ranges[i];
        if (is_of_file(range) && has(&gone, range->owner) && !lock_holder(range->owner)) {
            lock_drop(&g_locks.set, i);
            freed = true;
        }
    }
    if (count)
        shared_free(ids, count * sizeof(*ids));
    return freed;
}

int lock_hold_begin(void)
{
    int error = 0;
    locks_acquire();
    if (!g_own)
        g_own = add(g_process.pid, NULL);
    locks_release();
    if (!g_own)
        return -ENOMEM;
    file_for_each(hold_owner, &error);
    return error < 0 ? -ENOMEM : 0;
}

static void hold_open(int fd, struct file *file, bool close_on_exec, void *arg)
{
    int *error = arg;
    (void)fd;
    (void)close_on_exec;
    if (*error < 0 || file->lock_place || file->flags & O_PATH)
        return;
    locks_acquire();
    *error = lock_hold(file);
    locks_release();
}

int locks_share(int32_t pid)
{
    int error = 0;
    fd_for_each(hold_open, &error);
    if (error < 0)
        return -ENOMEM;
    locks_acquire();
    g_next = add(pid, g_own);
    locks_release();
    return g_next ? 0 : -ENOMEM;
}

void lock_hold_forked(void)
{
    g_own = g_next;
}
