/* SPDX-License-Identifier: MIT */
/* The set of mappings. Knows neither the host nor what is mapped. */
#include "mappings.h"

#define NODES_AT_ONCE 16

/***** The tree: gaps go up, nodes are turned *****/

static uint64_t max_gap_of(const struct map_node *node)
{
    return node ? node->max_gap : 0;
}

static uint64_t max_gap_below(const struct map_node *node)
{
    const uint64_t left = max_gap_of(node->left), right = max_gap_of(node->right);
    const uint64_t below = left > right ? left : right;
    return node->gap > below ? node->gap : below;
}

/* Where the addresses that may be given out in front of a mapping end. */
static uint64_t gap_end(const struct map_node *node)
{
    const uint64_t guard = node->map.flags & MAP_GROWSDOWN ? MAP_GUARD_GAP : 0;
    return node->map.start > guard ? node->map.start - guard : 0;
}

static uint64_t gap_start(const struct map_set *set, const struct map_node *node)
{
    return node->previous ? node->previous->map.end : set->low;
}

static void correct_upwards(struct map_node *node)
{
    for (; node; node = node->parent) {
        const uint64_t max = max_gap_below(node);
        if (max == node->max_gap)
            return;
        node->max_gap = max;
    }
}

/* After a node's start, or the end of what is in front of it, has changed. */
static void correct_gap(struct map_set *set, struct map_node *node)
{
    const uint64_t start = gap_start(set, node), end = gap_end(node);
    node->gap = end > start ? end - start : 0;
    correct_upwards(node);
}

static struct map_node **link_of(struct map_node *node)
{
    return node->parent->left == node ? &node->parent->left : &node->parent->right;
}

/* Turn a node above its parent. set->end is never turned down, so that there is a parent's parent. */
static void turn_up(struct map_node *node)
{
    struct map_node *parent = node->parent, *moved;
    *link_of(parent) = node;
    node->parent = parent->parent;
    if (parent->left == node) {
        moved = node->right;
        parent->left = moved;
        node->right = parent;
    } else {
        moved = node->left;
        parent->right = moved;
        node->left = parent;
    }
    if (moved)
        moved->parent = parent;
    parent->parent = node;
    node->max_gap = parent->max_gap;
    parent->max_gap = max_gap_below(parent);
}

/* xorshift; never the priority of set->end. */
static uint32_t next_priority(struct map_set *set)
{
    uint32_t random = set->random;
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    set->random = random;
    return random & ~1u;
}

/* Add a node in front of another. Of two neighbours by address the lower has no right child, or the upper no left one. */
static void attach(struct map_set *set, struct map_node *node, struct map_node *next)
{
    node->next = next;
    node->previous = next->previous;
    next->previous = node;
    if (node->previous)
        node->previous->next = node;
    node->left = node->right = NULL;
    if (!next->left) {
        next->left = node;
        node->parent = next;
    } else {
        node->previous->right = node;
        node->parent = node->previous;
    }
    node->gap = node->max_gap = 0;
    node->priority = next_priority(set);
    while (node->parent->priority < node->priority)
        turn_up(node);
    correct_gap(set, node);
    correct_gap(set, next);
    set->count++;
}

static void detach(struct map_set *set, struct map_node *node)
{
    while (node->left || node->right) {
        struct map_node *left = node->left, *right = node->right;
        turn_up(!right || (left && left->priority > right->priority) ? left : right);
    }
    *link_of(node) = NULL;
    correct_upwards(node->parent);
    node->next->previous = node->previous;
    if (node->previous)
        node->previous->next = node->next;
    correct_gap(set, node->next);
    set->count--;
}

/***** Nodes *****/

void mappings_give(struct map_set *set, struct map_node *node)
{
    node->next = set->free;
    set->free = node;
    set->free_count++;
}

bool mappings_reserve(struct map_set *set, uint32_t count)
{
    while (set->free_count < count) {
        struct map_node *nodes = set->allocate(NODES_AT_ONCE * sizeof(*nodes));
        if (!nodes)
            return false;
        for (unsigned i = 0; i < NODES_AT_ONCE; i++)
            mappings_give(set, &nodes[i]);
    }
    return true;
}

static struct map_node *take_node(struct map_set *set, const struct mapping *map)
{
    struct map_node *node = set->free;
    set->free = node->next;
    set->free_count--;
    node->map = *map;
    if (map->file)
        set->hold(map->file);
    return node;
}

static void drop_node(struct map_set *set, struct map_node *node)
{
    detach(set, node);
    if (node->map.file) {
        node->next = set->dropped;
        set->dropped = node;
    } else {
        mappings_give(set, node);
    }
}

/***** Sums *****/

static void count_bytes(struct map_set *set, const struct mapping *map, uint64_t bytes, bool add)
{
    const uint64_t delta = add ? bytes : -bytes;
    const bool private_writable = !(map->flags & MAP_SHARED) && map->prot & PROT_WRITE;
    set->total += delta;
    if (private_writable && !(map->flags & MAP_GROWSDOWN))
        set->data += delta;
    if (private_writable || (map->flags & (MAP_SHARED | MAP_ANONYMOUS)) == (MAP_SHARED | MAP_ANONYMOUS))
        set->committed += delta;
    if (map->flags & MAP_LOCKED)
        set->locked += delta;
}

static void count_all(struct map_set *set, const struct mapping *map, bool add)
{
    count_bytes(set, map, map->end - map->start, add);
}

/***** Borders *****/

static void set_start(struct map_set *set, struct map_node *node, uint64_t start)
{
    count_all(set, &node->map, false);
    if (node->map.file)
        node->map.offset += start - node->map.start;
    node->map.start = start;
    count_all(set, &node->map, true);
    correct_gap(set, node);
}

static void set_end(struct map_set *set, struct map_node *node, uint64_t end)
{
    count_all(set, &node->map, false);
    node->map.end = end;
    count_all(set, &node->map, true);
    correct_gap(set, node->next);
}

/* Whether the second could be the continuation of the first, which ends where it begins. */
static bool is_continued(const struct mapping *first, const struct mapping *second)
{
    return first->end == second->start && first->prot == second->prot && first->flags == second->flags &&
           first->file == second->file && first->name == second->name &&
           (!first->file || first->offset + (first->end - first->start) == second->offset);
}

/* Make one mapping of a node and the one in front of it, if they are alike. Returns the node that is left. */
static struct map_node *join_previous(struct map_set *set, struct map_node *node)
{
    struct map_node *previous = node->previous;
    if (!previous || node == &set->end || !is_continued(&previous->map, &node->map))
        return node;
    const uint64_t end = node->map.end;
    count_all(set, &node->map, false);
    drop_node(set, node);
    set_end(set, previous, end);
    return previous;
}

/* Cut a mapping that begins in front of an address and ends behind it. Returns the first node that begins there or later. */
static struct map_node *cut(struct map_set *set, uint64_t address)
{
    struct map_node *node = mappings_find(set, address);
    if (node->map.start >= address)
        return node;
    struct mapping upper = node->map;
    upper.start = address;
    if (upper.file)
        upper.offset += address - node->map.start;
    set_end(set, node, address);
    struct map_node *made = take_node(set, &upper);
    attach(set, made, node->next);
    count_all(set, &upper, true);
    return made;
}

/***** The set *****/

void mappings_init(struct map_set *set, uint64_t low, uint64_t high, uint32_t seed, void *(*allocate)(size_t size),
                   void (*hold)(struct file *file))
{
    memset(set, 0, sizeof(*set));
    set->low = low;
    set->end.map.start = high;
    set->end.map.end = UINT64_MAX;
    set->end.priority = UINT32_MAX;
    set->random = seed | 1;
    set->allocate = allocate;
    set->hold = hold;
    correct_gap(set, &set->end);
}

struct map_node *mappings_find(const struct map_set *set, uint64_t address)
{
    const struct map_node *found = &set->end, *node = found->left;
    while (node) {
        if (node->map.end > address) {
            found = node;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return (struct map_node *)(uintptr_t)found;
}

bool mappings_is_free(const struct map_set *set, uint64_t start, uint64_t end, bool guard)
{
    if (start < set->low || end > set->end.map.start || end < start)
        return false;
    const struct map_node *node = mappings_find(set, start);
    return (guard ? gap_end(node) : node->map.start) >= end;
}

void mappings_insert(struct map_set *set, const struct mapping *map)
{
    struct map_node *next = mappings_find(set, map->start), *previous = next->previous;
    count_all(set, map, true);
    if (previous && is_continued(&previous->map, map)) {
        previous->map.end = map->end;
        correct_gap(set, next);
        join_previous(set, next);
    } else if (next != &set->end && is_continued(map, &next->map)) {
        next->map.start = map->start;
        next->map.offset = map->offset;
        correct_gap(set, next);
    } else {
        attach(set, take_node(set, map), next);
    }
}

void mappings_remove(struct map_set *set, uint64_t start, uint64_t end)
{
    struct map_node *node = mappings_find(set, start);
    if (node->map.start < start) {
        if (node->map.end > end) {
            cut(set, end);
            set_end(set, node, start);
            return;
        }
        set_end(set, node, start);
        node = node->next;
    }
    while (node->map.end <= end) {
        struct map_node *next = node->next;
        count_all(set, &node->map, false);
        drop_node(set, node);
        node = next;
    }
    if (node->map.start < end)
        set_start(set, node, end);
}

void mappings_change(struct map_set *set, uint64_t start, uint64_t end, int prot, int clear, int add)
{
    struct map_node *node = cut(set, start);
    if (node->map.start < end)
        cut(set, end);
    for (; node->map.end <= end; node = node->next) {
        count_all(set, &node->map, false);
        if (prot >= 0)
            node->map.prot = prot;
        node->map.flags = (node->map.flags & ~clear) | add;
        count_all(set, &node->map, true);
        /* Whether there is a guard may have changed. */
        correct_gap(set, node);
        node = join_previous(set, node);
    }
    join_previous(set, node);
}

/***** Searching *****/

static struct map_node *last_with(struct map_node *node, uint64_t size)
{
    for (;;) {
        if (max_gap_of(node->right) >= size)
            node = node->right;
        else if (node->gap >= size)
            return node;
        else
            node = node->left;
    }
}

/* The last node in front of one whose gap has a size. NULL = none. */
static struct map_node *previous_with(struct map_node *node, uint64_t size)
{
    for (;;) {
        if (max_gap_of(node->left) >= size)
            return last_with(node->left, size);
        while (node->parent && node->parent->left == node)
            node = node->parent;
        node = node->parent;
        if (!node || node->gap >= size)
            return node;
    }
}

uint64_t mappings_search(const struct map_set *set, uint64_t size, uint64_t align, uint64_t low, uint64_t high)
{
    for (struct map_node *node = mappings_find(set, high - 1); node; node = previous_with(node, size)) {
        uint64_t start = gap_start(set, node), end = gap_end(node);
        if (end <= low)
            return 0;
        start = start > low ? start : low;
        end = end < high ? end : high;
        if (end < start || end - start < size)
            continue;
        const uint64_t address = (end - size) & ~(align - 1);
        if (address >= start)
            return address;
    }
    return 0;
}
