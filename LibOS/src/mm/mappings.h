/* SPDX-License-Identifier: MIT */
/* A set of mappings that do not overlap, ordered by address: finding, cutting, merging, and the search for free addresses.
 * Pure: makes no host call, takes no lock; files are only counted, by functions of the caller's.
 *
 * It is a treap, a binary tree by address that is a heap by random priorities, because one rule, turning a node above its
 * parent, serves for adding and removing, and each turn corrects the largest gap below a node in passing. With it a
 * place for a new mapping is found in as many steps as the tree is high. */
#ifndef LIBOS_SRC_MM_MAPPINGS_H
#define LIBOS_SRC_MM_MAPPINGS_H

#include "mm.h"

/* A flag of mappings: is or was executable, and so may hold patches. Neighbours that differ in it alone become one, which
 * has it. */
#define MM_CODE 0x10000000

/* Between a MAP_GROWSDOWN mapping and what lies below it. */
#define MAP_GUARD_GAP (256 * PAGE_SIZE)

/* A mapping in the set. Others read `map` and walk `next` and `previous`; all else is private to mappings.c and
 * map_tree.c. */
struct map_node {
    struct mapping map;
    struct map_node *next, *previous; /* by address; NULL in front of the first; the last is followed by set->end */
    struct map_node *parent, *left, *right;
    uint64_t gap;     /* free bytes below, without the guard of a mapping that grows */
    uint64_t max_gap; /* largest gap in the subtree */
    uint32_t priority;
};

struct map_set {
    uint64_t low;          /* lowest address */
    struct map_node end;   /* behind all others; root of the tree; begins where addresses end */
    struct map_node *free; /* by next */
    uint32_t free_count;
    struct map_node *dropped; /* removed ones whose file is still to be put; by next */
    uint32_t count;
    uint32_t random;
    uint64_t total;     /* bytes mapped */
    uint64_t most;      /* that there ever were */
    uint64_t data;      /* bytes private, writable and not growing: what RLIMIT_DATA counts */
    uint64_t committed; /* bytes that may need memory of their own: private writable, shared anonymous */
    uint64_t locked;    /* bytes with MAP_LOCKED */
    void *(*allocate)(size_t size);
    void (*hold)(struct file *file); /* one more node refers to a file */
};

/* Begin an empty set of addresses from low to high, which are aligned.
 * seed      of the priorities
 * allocate  gives memory for nodes, which is kept; NULL = none left */
void mappings_init(struct map_set *set, uint64_t low, uint64_t high, uint32_t seed, void *(*allocate)(size_t size),
                   void (*hold)(struct file *file));

/* Make sure that count nodes can be made. false = no memory. */
PAL_MUST_CHECK bool mappings_reserve(struct map_set *set, uint32_t count);

/* The first mapping that ends behind an address; may begin behind it. &set->end = none. */
struct map_node *mappings_find(const struct map_set *set, uint64_t address);

/* Whether [start, end) is free and in the set's range; guard: and far enough below mappings that grow. */
bool mappings_is_free(const struct map_set *set, uint64_t start, uint64_t end, bool guard);

/* The highest free range of a size whose start is aligned, inside [low, high). 0 = none. */
uint64_t mappings_search(const struct map_set *set, uint64_t size, uint64_t align, uint64_t low, uint64_t high);

/* Add a mapping where it is free; becomes part of its neighbours if these are alike. Takes 1 node. */
void mappings_insert(struct map_set *set, const struct mapping *map);

/* Remove all in [start, end), cutting what lies across its borders. Takes 1 node.
 * What had a file goes to set->dropped: the caller puts the file, then gives the node back with mappings_give. */
void mappings_remove(struct map_set *set, uint64_t start, uint64_t end);
void mappings_give(struct map_set *set, struct map_node *node);

/* Change all in [start, end), which may have gaps. Takes 2 nodes.
 * prot        PROT_x, or -1 = as it is
 * clear, add  bits of flags */
void mappings_change(struct map_set *set, uint64_t start, uint64_t end, int prot, int clear, int add);

#endif
