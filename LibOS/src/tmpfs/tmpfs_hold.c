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

static uint64_t *slots_of(const struct holdings *holdings, uint64_t *out_count)
{
    *out_count = holdings->count;
    const bool sane = *out_count <= holdings->size && holdings->size <= SHARED_MAX / sizeof(uint64_t) &&
                      shared_has(holdings->slots, holdings->size * sizeof(uint64_t));
    return sane ? holdings->slots : NULL;
}

static bool grow(struct holdings *holdings)
{
    const uint64_t size = holdings->size == 0 ? SLOTS_MIN : 2 * holdings->size;
    uint64_t *slots = shared_alloc(size * sizeof(*slots));
    uint64_t *old = holdings->slots;
    if (slots == NULL)
        return false;
    if (old != NULL)
        memcpy(slots, old, holdings->count * sizeof(*slots));
    holdings->slots = slots;
    const uint64_t old_size = holdings->size;
    holdings->size = size;
    shared_free(old, old_size * sizeof(*slots));
    return true;
}

/* Returns one more than the slot's index; 0 = no memory, and then the reference is lost with the process. */
static uint64_t put_down(struct holdings *holdings, const struct tmp_node *node)
{
    uint64_t count;
    uint64_t index = holdings->free >> 1;
    uint64_t *slots = slots_of(holdings, &count);
    if (holdings->free != 0 && slots != NULL && index < count) {
        holdings->free = slots[index];
        slots[index] = (uintptr_t)node;
        return index + 1;
    }
    index = holdings->count;
    if ((index == holdings->size || holdings->slots == NULL) && !grow(holdings))
        return 0;
    holdings->slots[index] = (uintptr_t)node;
    holdings->count++;
    return index + 1;
}

static void strike_out(struct holdings *holdings, uint64_t place)
{
    uint64_t count;
    uint64_t *slots = slots_of(holdings, &count);
    if (slots == NULL || place == 0 || place > count)
        return;
    slots[place - 1] = holdings->free;
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
    uint64_t count;
    uint64_t *slots = slots_of(holdings, &count);
    for (uint64_t i = 0; slots != NULL && i < count; i++) {
        struct tmp_node *node = node_in(slots[i]);
        slots[i] = 0;
        if (node != NULL)
            tmp_node_put(node);
    }
    shared_free(holdings->slots, holdings->size * sizeof(uint64_t));
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
    while ((old = take_out(pid, true)) != NULL)
        give_back(old);
    struct holdings *child = shared_alloc(sizeof(*child));
    if (child == NULL)
        return -ENOMEM;
    *child = (struct holdings){.pid = pid, .free = g_holdings->free};
    uint64_t count;
    const uint64_t *slots = slots_of(g_holdings, &count);
    if (count != 0 && slots != NULL) {
        child->slots = shared_alloc(g_holdings->size * sizeof(*slots));
        if (child->slots == NULL) {
            shared_free(child, sizeof(*child));
            return -ENOMEM;
        }
        child->size = g_holdings->size;
        child->count = (uint32_t)count;
        memcpy(child->slots, slots, count * sizeof(*slots));
        for (uint64_t i = 0; i < count; i++) {
            struct tmp_node *node = node_in(slots[i]);
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
