/* SPDX-License-Identifier: MIT */
/* Which nodes of tmpfs a process has open, written down in shared memory as soon as there are several processes: so a child
 * has what its parent has, and what one that was killed had is given back. Knows nodes only by their references. */
#include "fs/fs_core.h"
#include "process.h"
#include "tmpfs.h"

#define SLOTS_MIN 16u

/* How many processes are looked through. */
#define HOLDINGS_MAX 65536u

/* In shared memory; of one process, and touched by others only when it has ended. A slot is a node, or if that is free twice
 * the index of the next free one and one. */
struct holdings {
    struct holdings *next;
    int32_t pid;      /* 0 = that of the first process */
    uint32_t count;   /* slots that were ever used */
    uint64_t host_id; /* 0 = it has not begun */
    uint64_t free;    /* the first free slot, as in a slot; 0 = none */
    uint64_t size;
    uint64_t *slots;
};

/* In shared memory. */
struct all_holdings {
    struct shared_lock lock;
    struct holdings *first;
};

static struct all_holdings *g_all;
static struct holdings *g_holdings; /* NULL until the first fork */
static struct lock g_lock;          /* of this process's */

int tmp_hold_begin(void)
{
    if (g_all == NULL)
        g_all = shared_alloc(sizeof(*g_all));
    return g_all != NULL ? 0 : -ENOMEM;
}

/***** Slots *****/

/* Slots as they are written down, looked at once: what is written there later is not believed. */
struct slots {
    uint64_t *at; /* NULL = there are none, or none that can be */
    uint64_t count, size;
};

static struct slots slots_of(const struct holdings *holdings)
{
    const struct slots found = {.at = __atomic_load_n(&holdings->slots, __ATOMIC_RELAXED),
                                .count = __atomic_load_n(&holdings->count, __ATOMIC_RELAXED),
                                .size = __atomic_load_n(&holdings->size, __ATOMIC_RELAXED)};
    const bool sane = found.count <= found.size && found.size <= SHARED_MAX / sizeof(uint64_t) &&
                      tmp_is_sane(found.at, found.size * sizeof(uint64_t));
    return sane ? found : (struct slots){.at = NULL};
}

static bool grow(struct holdings *holdings, struct slots *slots)
{
    const struct slots old = *slots;
    const uint64_t size = old.size == 0 ? SLOTS_MIN : 2 * old.size;
    uint64_t *at = shared_alloc(size * sizeof(*at));
    if (at == NULL)
        return false;
    if (old.at != NULL)
        memcpy(at, old.at, old.count * sizeof(*at));
    *slots = (struct slots){.at = at, .count = old.count, .size = size};
    holdings->slots = at;
    holdings->size = size;
    shared_free(old.at, old.size * sizeof(*at));
    return true;
}

/* Returns one more than the slot's index; 0 = no memory, and then the reference is lost with the process. */
static uint64_t put_down(struct holdings *holdings, const struct tmp_node *node)
{
    struct slots slots = slots_of(holdings);
    const uint64_t first = __atomic_load_n(&holdings->free, __ATOMIC_RELAXED);
    const uint64_t index = first >> 1;
    if (first != 0 && index < slots.count) {
        holdings->free = slots.at[index];
        slots.at[index] = (uintptr_t)node;
        return index + 1;
    }
    if (slots.count == slots.size && !grow(holdings, &slots))
        return 0;
    slots.at[slots.count] = (uintptr_t)node;
    holdings->count = (uint32_t)slots.count + 1;
    return slots.count + 1;
}

static void strike_out(struct holdings *holdings, uint64_t place)
{
    const struct slots slots = slots_of(holdings);
    if (place == 0 || place > slots.count)
        return;
    slots.at[place - 1] = holdings->free;
    holdings->free = (place - 1) << 1 | 1;
}

void tmp_hold(struct file *file, struct tmp_node *node)
{
    tmp_node_get(node);
    if (g_holdings == NULL)
        return;
    const bool taken = shared_acquire(&g_lock);
    if (file->state == 0)
        file->state = put_down(g_holdings, node);
    shared_release(&g_lock, taken);
}

void tmp_release(struct file *file, struct tmp_node *node)
{
    if (g_holdings != NULL && file->state != 0) {
        const bool taken = shared_acquire(&g_lock);
        strike_out(g_holdings, file->state);
        shared_release(&g_lock, taken);
    }
    tmp_node_put(node);
}

/***** Processes *****/

static struct tmp_node *node_in(uint64_t slot)
{
    struct tmp_node *node = (struct tmp_node *)slot;
    return slot != 0 && (slot & 1) == 0 && tmp_is_sane(node, sizeof(*node)) ? node : NULL;
}

/* Give back all that a process had. Nobody else knows of it any more. */
static void give_back(struct holdings *holdings)
{
    const struct slots slots = slots_of(holdings);
    for (uint64_t i = 0; i < slots.count; i++) {
        struct tmp_node *node = node_in(slots.at[i]);
        slots.at[i] = 0;
        if (node != NULL)
            tmp_node_put(node);
    }
    shared_free(slots.at, slots.size * sizeof(uint64_t));
    shared_free(holdings, sizeof(*holdings));
}

/* Whether a process is gone from the table, and from the host, where its other threads may live a little longer. */
static bool has_gone(const struct holdings *holdings)
{
    struct process_facts facts;
    if (process_find(holdings->pid, &facts) && facts.state != 'Z')
        return false;
    return holdings->host_id == 0 || !shared_ring(holdings->host_id);
}

/* Take one out of the list: that of a process id, or of one that has gone. NULL = there is none. */
static struct holdings *take_out(int32_t pid, bool gone)
{
    struct holdings *found = NULL;
    shared_lock(&g_all->lock);
    struct holdings **link = &g_all->first;
    for (unsigned i = 0; i < HOLDINGS_MAX && found == NULL; i++) {
        struct holdings *holdings = *link;
        if (holdings == NULL || !tmp_is_sane(holdings, sizeof(*holdings)))
            break;
        if (holdings != g_holdings && (holdings->pid == pid || (gone && has_gone(holdings)))) {
            found = holdings;
            *link = holdings->next;
        }
        link = &holdings->next;
    }
    shared_unlock(&g_all->lock);
    return found;
}

static void add(struct holdings *holdings)
{
    shared_lock(&g_all->lock);
    holdings->next = g_all->first;
    g_all->first = holdings;
    shared_unlock(&g_all->lock);
}

static void hold_open(struct file *file, void *arg)
{
    struct tmp_node *node = tmp_file_node(file);
    (void)arg;
    const bool taken = shared_acquire(&g_lock);
    if (node != NULL && file->state == 0)
        file->state = put_down(g_holdings, node);
    shared_release(&g_lock, taken);
}

/* Threads that fork at the same time may both come here. */
static int begin_own(void)
{
    const bool taken = shared_acquire(&g_lock);
    if (g_holdings == NULL) {
        struct holdings *own = shared_alloc(sizeof(*own));
        if (own != NULL) {
            own->host_id = shared_own_id();
            add(own);
        }
        g_holdings = own;
    }
    shared_release(&g_lock, taken);
    if (g_holdings == NULL)
        return -ENOMEM;
    file_for_each(hold_open, NULL);
    return 0;
}

int tmp_share_file(struct file *file)
{
    (void)file;
    return g_holdings != NULL ? 0 : begin_own();
}

int tmpfs_share(int32_t pid)
{
    struct holdings *old;
    if (tmp_begin_all() < 0 || (g_holdings == NULL && begin_own() < 0))
        return -ENOMEM;
    for (unsigned i = 0; i < HOLDINGS_MAX && (old = take_out(pid, true)) != NULL; i++)
        give_back(old);
    struct holdings *child = shared_alloc(sizeof(*child));
    if (child == NULL)
        return -ENOMEM;
    *child = (struct holdings){.pid = pid, .free = g_holdings->free};
    const struct slots slots = slots_of(g_holdings);
    if (slots.count != 0) {
        child->slots = shared_alloc(slots.size * sizeof(*slots.at));
        if (child->slots == NULL) {
            shared_free(child, sizeof(*child));
            return -ENOMEM;
        }
        child->size = slots.size;
        child->count = (uint32_t)slots.count;
        memcpy(child->slots, slots.at, slots.count * sizeof(*slots.at));
        for (uint64_t i = 0; i < slots.count; i++) {
            struct tmp_node *node = node_in(slots.at[i]);
            if (node != NULL)
                tmp_node_get(node);
        }
    }
    add(child);
    return 0;
}

void tmpfs_forked(int32_t pid)
{
    g_lock = (struct lock){0};
    g_holdings = NULL;
    shared_lock(&g_all->lock);
    struct holdings *holdings = g_all->first;
    for (unsigned i = 0; i < HOLDINGS_MAX && holdings != NULL && tmp_is_sane(holdings, sizeof(*holdings)); i++) {
        if (holdings->pid == pid) {
            g_holdings = holdings;
            holdings->host_id = shared_own_id();
            break;
        }
        holdings = holdings->next;
    }
    shared_unlock(&g_all->lock);
}

void tmpfs_process_ends(void)
{
    struct holdings *own = g_holdings;
    /* Other threads may be using what they have open; another process will find it later. */
    if (own == NULL || !alone())
        return;
    g_holdings = NULL;
    if (take_out(own->pid, false) == own)
        give_back(own);
}
