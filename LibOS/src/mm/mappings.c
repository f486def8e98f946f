/* SPDX-License-Identifier: MIT */
/* The set of mappings: cutting, merging, counting. Knows neither the host nor what is mapped, nor how the tree is kept. */
#include "mappings.h"
#include "map_tree.h"

#define NODES_AT_ONCE 16

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
    map_tree_detach(set, node);
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
    if (set->total > set->most)
        set->most = set->total;
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
    map_tree_correct(set, node);
}

static void set_end(struct map_set *set, struct map_node *node, uint64_t end)
{
    count_all(set, &node->map, false);
    node->map.end = end;
    count_all(set, &node->map, true);
    map_tree_correct(set, node->next);
}

/* Whether the second could be the continuation of the first, which ends where it begins. */
static bool is_continued(const struct mapping *first, const struct mapping *second)
{
    return first->end == second->start && first->prot == second->prot &&
           ((first->flags ^ second->flags) & ~(MM_CODE | MM_WRITTEN)) == 0 && first->file == second->file &&
           first->name == second->name &&
           (!first->file || first->offset + (first->end - first->start) == second->offset);
}

/* Make one mapping of a node and the one in front of it, if they are alike. Returns the node that is left. */
static struct map_node *join_previous(struct map_set *set, struct map_node *node)
{
    struct map_node *previous = node->previous;
    if (!previous || node == &set->end || !is_continued(&previous->map, &node->map))
        return node;
    const uint64_t end = node->map.end;
    previous->map.flags |= node->map.flags;
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
    map_tree_attach(set, made, node->next);
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
    map_tree_correct(set, &set->end);
}

void mappings_insert(struct map_set *set, const struct mapping *map)
{
    struct map_node *next = mappings_find(set, map->start), *previous = next->previous;
    count_all(set, map, true);
    if (previous && is_continued(&previous->map, map)) {
        previous->map.end = map->end;
        previous->map.flags |= map->flags;
        map_tree_correct(set, next);
        join_previous(set, next);
    } else if (next != &set->end && is_continued(map, &next->map)) {
        next->map.start = map->start;
        next->map.offset = map->offset;
        next->map.flags |= map->flags;
        map_tree_correct(set, next);
    } else {
        map_tree_attach(set, take_node(set, map), next);
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
        map_tree_correct(set, node);
        node = join_previous(set, node);
    }
    join_previous(set, node);
}
