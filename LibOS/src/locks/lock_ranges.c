/* SPDX-License-Identifier: MIT */
/* Ranges of locks: see lock_ranges.h. There are few at a time, so that looking at all of them will do. */
#include "lock_ranges.h"
#include <stddef.h>

bool lock_same_file(const struct lock_range *a, const struct lock_range *b)
{
    return a->inode == b->inode && a->device == b->device;
}

bool lock_same_owner(const struct lock_range *a, const struct lock_range *b)
{
    return a->owner == b->owner && a->kind == b->kind;
}

static bool is_of(const struct lock_range *range, const struct lock_range *owner)
{
    return range->kind != LOCK_FREE && lock_same_owner(range, owner);
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

bool lock_excludes(const struct lock_range *has, const struct lock_range *wanted)
{
    return has->kind != LOCK_FREE && lock_same_file(has, wanted) &&
           (has->kind == LOCK_OF_WHOLE) == (wanted->kind == LOCK_OF_WHOLE) && (has->exclusive || wanted->exclusive) &&
           overlaps(has, wanted) && !lock_same_owner(has, wanted);
}

const struct lock_range *lock_conflict(const struct lock_set *set, const struct lock_range *wanted)
{
    const struct lock_range *found = NULL;
    for (uint32_t i = 0, end = lock_set_end(set); i < end; i++) {
        const struct lock_range *range = &set->ranges[i];
        if (lock_excludes(range, wanted) &&
            (!found || range->order < found->order || (range->order == found->order && range->first < found->first)))
            found = range;
    }
    return found;
}

/* The first free entry; it may be the one behind the last. */
static uint32_t find_free(const struct lock_set *set, uint32_t from)
{
    const uint32_t end = lock_set_end(set);
    while (from < end && set->ranges[from].kind != LOCK_FREE)
        from++;
    return from;
}

bool lock_has_room(const struct lock_set *set)
{
    return set->capacity - lock_set_end(set) >= LOCK_ROOM || find_free(set, find_free(set, 0) + 1) < set->capacity;
}

static void add(const struct lock_set *set, const struct lock_range *range)
{
    const uint32_t index = find_free(set, 0);
    if (index == set->capacity)
        return;
    set->ranges[index] = *range;
    if (index == lock_set_end(set))
        set->counts->end = index + 1;
}

void lock_drop(const struct lock_set *set, uint32_t index)
{
    uint32_t end = lock_set_end(set);
    set->ranges[index].kind = LOCK_FREE;
    while (end > 0 && set->ranges[end - 1].kind == LOCK_FREE)
        end--;
    set->counts->end = end;
}

/* What sticks out of a range on either side of another one stays. */
static void cut(const struct lock_set *set, uint32_t index, int64_t first, int64_t last)
{
    struct lock_range *range = &set->ranges[index];
    struct lock_range rest = *range;
    const bool stays = range->first < first;
    if (stays)
        range->last = first - 1;
    if (rest.last <= last) {
        if (!stays)
            lock_drop(set, index);
        return;
    }
    rest.first = last + 1;
    if (stays)
        add(set, &rest);
    else
        range->first = rest.first;
}

bool lock_change(const struct lock_set *set, const struct lock_range *wanted, bool release)
{
    struct lock_range whole = *wanted;
    bool freed = false, is_new = true;
    /* What is added on the way neither overlaps nor joins. */
    for (uint32_t i = 0, end = lock_set_end(set); i < end; i++) {
        struct lock_range *range = &set->ranges[i];
        if (!is_of(range, wanted) || !lock_same_file(range, wanted))
            continue;
        whole.order = range->order;
        is_new = false;
        if (!release && (range->exclusive != 0) == (wanted->exclusive != 0) && touches(range, &whole)) {
            whole.first = range->first < whole.first ? range->first : whole.first;
            whole.last = range->last > whole.last ? range->last : whole.last;
            lock_drop(set, i);
        } else if (overlaps(range, wanted)) {
            freed |= release || range->exclusive;
            cut(set, i, wanted->first, wanted->last);
        }
    }
    if (release)
        return freed;
    if (is_new)
        whole.order = ++set->counts->last_order;
    add(set, &whole);
    return freed;
}

uint32_t lock_count(const struct lock_set *set, const struct lock_range *owner)
{
    uint32_t count = 0;
    for (uint32_t i = 0, end = lock_set_end(set); i < end; i++)
        count += is_of(&set->ranges[i], owner);
    return count;
}

bool lock_forget(const struct lock_set *set, const struct lock_range *owner)
{
    bool found = false;
    for (uint32_t i = 0, end = lock_set_end(set); i < end; i++) {
        if (is_of(&set->ranges[i], owner)) {
            lock_drop(set, i);
            found = true;
        }
    }
    return found;
}
