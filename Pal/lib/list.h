/* SPDX-License-Identifier: MIT */
/* A doubly linked list whose nodes lie inside the objects that it links.
 * Knows nothing of those objects, allocates nothing and takes no lock: access is the caller's to serialise. */
#ifndef PAL_LIB_LIST_H
#define PAL_LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A node that is in no list points to itself, as does the head of an empty one. */
struct list_node {
    struct list_node *next;
    struct list_node *prev;
};

struct list {
    struct list_node head;
};

/* Make a node a member of no list; needed only if list_is_linked or list_remove may see it before it is added. */
static inline void list_node_init(struct list_node *node)
{
    node->next = node;
    node->prev = node;
}

/* Make a list empty; required before any other use, and forgets nodes that were in it. */
static inline void list_init(struct list *list)
{
    list_node_init(&list->head);
}

/* Add a node, which must be in no list, in front of one that is in a list. */
static inline void list_add_before(struct list_node *next, struct list_node *node)
{
    node->next = next;
    node->prev = next->prev;
    next->prev->next = node;
    next->prev = node;
}

/* Add a node, which must be in no list, as the first. The object is borrowed until it is removed. */
static inline void list_add_front(struct list *list, struct list_node *node)
{
    list_add_before(list->head.next, node);
}

/* Add a node, which must be in no list, as the last. The object is borrowed until it is removed. */
static inline void list_add_back(struct list *list, struct list_node *node)
{
    list_add_before(&list->head, node);
}

/* Take a node out of its list; harmless if it is in none. */
static inline void list_remove(struct list_node *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_node_init(node);
}

/* Whether a node is in a list. */
static inline bool list_is_linked(const struct list_node *node)
{
    return node->next != node;
}

static inline bool list_is_empty(const struct list *list)
{
    return !list_is_linked(&list->head);
}

/* The first node, or NULL if the list is empty. */
static inline struct list_node *list_first(const struct list *list)
{
    return list_is_empty(list) ? NULL : list->head.next;
}

/* What is offset bytes below a node. */
static inline void *list_container(struct list_node *node, size_t offset)
{
    return (char *)node - offset;
}

/* The object of a type around the node that is its member; not for NULL. */
#define list_entry(node, type, member) ((type *)list_container(node, offsetof(type, member)))

/* Loop over the nodes of a list; the body may remove the current node, also freeing its object, but no other.
 * item  name of the loop's struct list_node pointer
 * list  evaluated once */
/* NOLINTBEGIN(bugprone-macro-parentheses): item is a name that the macro declares. */
#define list_for_each(item, list)                                                                                      \
    for (struct list_node *item##_end = &(list)->head, *item = item##_end->next, *item##_next = item->next;            \
         item != item##_end; item = item##_next, item##_next = item->next)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
