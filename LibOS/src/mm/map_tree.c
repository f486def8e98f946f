/* SPDX-License-Identifier: MIT */
/* The tree of a set of mappings: a treap by address that knows the gaps. Knows not what mappings are like. */
#include "map_tree.h"

/***** Gaps go up, nodes are turned *****/

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

void map_tree_correct(struct map_set *set, struct map_node *node)
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

/* Of two neighbours by address the lower has no right child, or the upper no left one. */
void map_tree_attach(struct map_set *set, struct map_node *node, struct map_node *next)
{
    struct map_node *previous = next->previous;
    node->next = next;
    node->previous = previous;
    next->previous = node;
    if (previous)
        previous->next = node;
    node->left = node->right = NULL;
    if (previous && next->left) {
        previous->right = node;
        node->parent = previous;
    } else {
        next->left = node;
        node->parent = next;
    }
    node->gap = node->max_gap = 0;
    node->priority = next_priority(set);
    while (node->parent->priority < node->priority)
        turn_up(node);
    map_tree_correct(set, node);
    map_tree_correct(set, next);
    set->count++;
}

void map_tree_detach(struct map_set *set, struct map_node *node)
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
    map_tree_correct(set, node->next);
    set->count--;
}

/***** Finding *****/

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
