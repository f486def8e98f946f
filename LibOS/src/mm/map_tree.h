/* SPDX-License-Identifier: MIT */
/* The tree of a set of mappings, for mappings.c alone. */
#ifndef LIBOS_SRC_MM_MAP_TREE_H
#define LIBOS_SRC_MM_MAP_TREE_H

#include "mappings.h"

/* Add a node, whose mapping is set, in front of another; take one out. */
void map_tree_attach(struct map_set *set, struct map_node *node, struct map_node *next);
void map_tree_detach(struct map_set *set, struct map_node *node);

/* Correct the gap of a node after its start, its guard, or the end of what is in front of it has changed. */
void map_tree_correct(struct map_set *set, struct map_node *node);

#endif
