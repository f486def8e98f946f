/* SPDX-License-Identifier: MIT */
/* Ranges of locks: see lock_ranges.h. A file has few, so that a list will do. */
#include "lock_ranges.h"

static struct lock_range *range_of(struct list_node *node)
{
    return list_entry(node, struct lock_range, node);
}

static bool overlaps(const struct lock_range *a, const struct lock_range *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Whether two ranges make one, when they are of one kind. */
static bool touches(const struct lock_range *a, const struct lock_range *b)
{
    return overlaps(a, b) || (a->last != LOCK_RANGE_END && a->last + 1 == b->first) ||
           (b->last != LOCK_RANGE_END && b->last + 1 == a->first);
}

const struct lock_range *lock_conflict(struct list *locks, const struct lock_range *wanted)
{
    list_for_each(node, locks) {
        const struct lock_range *range = range_of(node);
        if ((range->exclusive || wanted->exclusive) && overlaps(range, wanted) &&
            !lock_same_owner(&range->owner, &wanted->owner))
            return range;
    }
    return NULL;
}

/* Where a range goes: those of an owner stand together and in order, owners as they came. F_GETLK tells the first. */
static struct list_node *place_of(struct list *locks, const struct lock_owner *owner, int64_t first)
{
    struct list_node *end = &locks->head;
    struct list_node *node = end->next;
    while (node != end && !lock_same_owner(&range_of(node)->owner, owner))
        node = node->next;
    while (node != end && lock_same_owner(&range_of(node)->owner, owner) && range_of(node)->first < first)
        node = node->next;
    return node;
}

static void add(struct list *locks, const struct lock_range *from, int64_t first, int64_t last, struct list *spares)
{
    struct lock_range *range = range_of(spares->head.next);
    list_remove(&range->node);
    range->owner = from->owner;
    range->exclusive = from->exclusive;
    range->first = first;
    range->last = last;
    list_add_before(place_of(locks, &range->owner, first), &range->node);
}

bool lock_change(struct list *locks, const struct lock_range *wanted, bool release, struct list *spares)
{
    struct lock_range whole = *wanted;
    bool freed = false;
    list_for_each(node, locks) {
        struct lock_range *range = range_of(node);
        if (!lock_same_owner(&range->owner, &wanted->owner))
            continue;
        const bool joins = !release && range->exclusive == wanted->exclusive && touches(range, &whole);
        if (!joins && !overlaps(range, wanted))
            continue;
        list_remove(node);
        list_add_back(spares, node);
        if (joins) {
            whole.first = range->first < whole.first ? range->first : whole.first;
            whole.last = range->last > whole.last ? range->last : whole.last;
            continue;
        }
        /* What sticks out on either side stays. Only one range can stick out on both, and it gives a spare itself. */
        freed |= release || range->exclusive;
        const struct lock_range old = *range;
        if (old.first < wanted->first)
            add(locks, &old, old.first, wanted->first - 1, spares);
        if (old.last > wanted->last)
            add(locks, &old, wanted->last + 1, old.last, spares);
    }
    if (!release)
        add(locks, &whole, whole.first, whole.last, spares);
    return freed;
}
