/* SPDX-License-Identifier: MIT */
/* Nodes and names of tmpfs: one table of all names, hashed with their directory, so that large directories are no slower
 * than small ones; and a list for each directory, in the order in which the names were made, for reading it. */
#include "clock.h"
#include "task.h"
#include "tmpfs.h"
#include "tmpfs_xattr.h"

#define TABLE_MIN 64

/* How far a list is followed: a circle ends there. */
#define STEPS_MAX (1u << 20)

/***** Nodes *****/

uint32_t tmp_allowed_mode(uint32_t mode, uint32_t gid)
{
    return g_process.fsuid == 0 || process_has_group(gid) ? mode : mode & ~(uint32_t)S_ISGID;
}

struct tmp_node *tmp_node_new(struct tmp_fs *fs, const struct tmp_node *directory, uint32_t mode)
{
    struct tmp_node *node = shared_alloc(sizeof(*node));
    if (node == NULL)
        return NULL;
    *node = (struct tmp_node){.fs = fs,
                              .references = 1,
                              .mode = mode,
                              .uid = g_process.fsuid,
                              .gid = g_process.fsgid,
                              .inode = ++fs->last_inode,
                              .next_position = 2};
    if (directory != NULL && (directory->mode & S_ISGID)) {
        node->gid = directory->gid;
        node->mode = S_ISDIR(mode) ? mode | S_ISGID : tmp_allowed_mode(mode, node->gid);
    }
    node->access_ns = node->modify_ns = node->change_ns = node->birth_ns = clock_realtime_ns();
    list_init(&node->entries);
    fs->node_count++;
    return node;
}

void tmp_node_put(struct tmp_node *node)
{
    if (__atomic_sub_fetch(&node->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    __atomic_sub_fetch(&tmp_fs_of(node)->node_count, 1, __ATOMIC_RELAXED);
    if (S_ISREG(node->mode))
        tmp_data_free(&node->data);
    if (S_ISFIFO(node->mode))
        fifo_release(&node->fifo);
    tmp_xattr_free(node->xattrs);
    shared_free(node->target, node->target_len + 1);
    shared_free(node, sizeof(*node));
}

int tmp_permit(const struct tmp_node *node, uint32_t wanted)
{
    const struct file_attr attr = {.mode = node->mode, .uid = node->uid, .gid = node->gid};
    return attributes_permit(&attr, wanted, g_process.fsuid, g_process.fsgid);
}

bool tmp_is_owner(const struct tmp_node *node)
{
    return g_process.fsuid == 0 || g_process.fsuid == node->uid;
}

void tmp_touch_change(struct tmp_node *node)
{
    node->change_ns = clock_realtime_ns();
}

void tmp_touch(struct tmp_node *node)
{
    node->modify_ns = node->change_ns = clock_realtime_ns();
}

void tmp_drop_set_id(struct tmp_node *node)
{
    if (g_process.fsuid != 0)
        node->mode &= ~(uint32_t)(S_ISUID | (node->mode & S_IXGRP ? S_ISGID : 0));
}

/***** Names *****/

static uint64_t hash_of(const struct tmp_node *directory, const char *name, size_t len)
{
    uint64_t hash = directory->inode * 0x9e3779b97f4a7c15ull;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3ull;
    return hash ^ hash >> 32;
}

/* The table, NULL = none yet, of no size. What it is, and its size, are read once, and bounded. */
static struct tmp_table *table_of(const struct tmp_fs *fs, uint64_t *out_size)
{
    struct tmp_table *table = __atomic_load_n(&fs->table, __ATOMIC_RELAXED);
    *out_size = 0;
    if (table == NULL || !tmp_is_sane(table, sizeof(*table)))
        return NULL;
    const uint64_t size = __atomic_load_n(&table->size, __ATOMIC_RELAXED);
    if (size == 0 || (size & (size - 1)) != 0 || size > SHARED_MAX ||
        !shared_has(table->slots, size * sizeof(table->slots[0])))
        return NULL;
    *out_size = size;
    return table;
}

static bool entry_is_sane(const struct tmp_entry *entry)
{
    return entry != NULL && tmp_is_sane(entry, sizeof(*entry)) && entry->len <= TMP_NAME_MAX;
}

struct tmp_node *tmp_entry_node(const struct tmp_entry *entry)
{
    struct tmp_node *node = __atomic_load_n(&entry->node, __ATOMIC_RELAXED);
    return tmp_is_sane(node, sizeof(*node)) ? node : NULL;
}

struct tmp_entry *tmp_entry_find(const struct tmp_node *directory, const char *name, size_t len)
{
    uint64_t size;
    const struct tmp_table *table = table_of(tmp_fs_of(directory), &size);
    if (table == NULL)
        return NULL;
    const uint64_t hash = hash_of(directory, name, len);
    struct tmp_entry *entry = table->slots[hash & (size - 1)];
    for (unsigned steps = 0; steps < STEPS_MAX && entry_is_sane(entry); steps++, entry = entry->chain)
        if (entry->hash == hash && entry->directory == directory && entry->len == len &&
            memcmp(entry->name, name, len) == 0)
            return entry;
    return NULL;
}

/* Names are lost if the process dies meanwhile, or if there are far more than there can be: then they go in circles. */
static bool grow_table(struct tmp_fs *fs)
{
    uint64_t old_size;
    struct tmp_table *old = table_of(fs, &old_size);
    const uint64_t size = old == NULL ? TABLE_MIN : 2 * old_size;
    struct tmp_table *table = shared_alloc(sizeof(*table) + size * sizeof(table->slots[0]));
    if (table == NULL)
        return old != NULL; /* a full table is slow, but works */
    table->size = size;
    uint64_t left = 4 * old_size;
    for (uint64_t i = 0; i < old_size; i++)
        for (struct tmp_entry *entry = old->slots[i], *next; left != 0 && entry_is_sane(entry); entry = next, left--) {
            next = entry->chain;
            struct tmp_entry **slot = &table->slots[entry->hash & (size - 1)];
            entry->chain = *slot;
            *slot = entry;
        }
    fs->table = table;
    if (old != NULL)
        shared_free(old, sizeof(*old) + old_size * sizeof(old->slots[0]));
    return true;
}

/***** Lists of entries *****/

static struct tmp_entry *entry_of(const struct tmp_node *directory, struct list_node *node)
{
    if (node == &directory->entries.head || !tmp_is_sane(node, sizeof(struct tmp_entry)))
        return NULL;
    struct tmp_entry *entry = list_entry(node, struct tmp_entry, siblings);
    return entry_is_sane(entry) ? entry : NULL;
}

struct tmp_entry *tmp_entry_next(const struct tmp_node *directory, const struct tmp_entry *entry)
{
    struct tmp_entry *next = entry_of(directory, entry != NULL ? entry->siblings.next : directory->entries.head.next);
    /* Positions grow, so that nobody goes round and round. */
    return next != NULL && entry != NULL && next->position <= entry->position ? NULL : next;
}

/* What is in front of a node of the list: as it says itself, unless somebody has died when they changed that. */
static struct list_node *before(struct tmp_node *directory, struct list_node *node)
{
    struct list_node *head = &directory->entries.head;
    struct list_node *prev = node->prev;
    if (prev == head || entry_of(directory, prev) != NULL) {
        if (prev->next == node)
            return prev;
    }
    prev = head;
    for (unsigned steps = 0; steps < STEPS_MAX && prev->next != node; steps++) {
        struct tmp_entry *entry = entry_of(directory, prev->next);
        if (entry == NULL)
            break;
        prev = &entry->siblings;
    }
    return prev;
}

static void link_last(struct tmp_node *directory, struct tmp_entry *entry)
{
    struct list_node *head = &directory->entries.head;
    struct list_node *last = before(directory, head);
    entry->siblings = (struct list_node){.next = head, .prev = last};
    __atomic_store_n(&last->next, &entry->siblings, __ATOMIC_RELEASE);
    head->prev = &entry->siblings;
}

static void unlink(struct tmp_node *directory, struct tmp_entry *entry)
{
    struct list_node *prev = before(directory, &entry->siblings);
    struct list_node *next = entry->siblings.next;
    if (prev->next == &entry->siblings)
        __atomic_store_n(&prev->next, next, __ATOMIC_RELEASE);
    if (next == &directory->entries.head || entry_of(directory, next) != NULL)
        next->prev = prev;
}

struct tmp_entry *tmp_entry_add(struct tmp_node *directory, const char *name, size_t len, struct tmp_node *node)
{
    struct tmp_fs *fs = tmp_fs_of(directory);
    uint64_t size = 0;
    if ((table_of(fs, &size) == NULL || fs->entry_count >= size) && !grow_table(fs))
        return NULL;
    struct tmp_table *table = table_of(fs, &size);
    struct tmp_entry *entry = table != NULL ? shared_alloc(sizeof(*entry) + len + 1) : NULL;
    if (entry == NULL)
        return NULL;
    entry->directory = directory;
    entry->node = node;
    entry->position = directory->next_position++;
    entry->hash = hash_of(directory, name, len);
    entry->len = len;
    memcpy(entry->name, name, len);
    entry->name[len] = '\0';
    tmp_node_get(node);
    link_last(directory, entry);
    struct tmp_entry **slot = &table->slots[entry->hash & (size - 1)];
    entry->chain = *slot;
    __atomic_store_n(slot, entry, __ATOMIC_RELEASE);
    fs->entry_count++;
    return entry;
}

void tmp_entry_remove(const struct tmp_name *name)
{
    struct tmp_entry *entry = name->entry;
    struct tmp_fs *fs = tmp_fs_of(name->directory);
    uint64_t size;
    struct tmp_table *table = table_of(fs, &size);
    struct tmp_entry **at = table != NULL ? &table->slots[entry->hash & (size - 1)] : NULL;
    for (unsigned steps = 0; at != NULL && *at != entry; steps++)
        at = steps < STEPS_MAX && entry_is_sane(*at) ? &(*at)->chain : NULL;
    if (at != NULL)
        __atomic_store_n(at, entry->chain, __ATOMIC_RELEASE);
    unlink(name->directory, entry);
    fs->entry_count--;
    tmp_node_put(name->node);
    shared_free(entry, sizeof(*entry) + entry->len + 1);
}

/***** Paths *****/

/* Go down the first len bytes of a path below the root. */
static int walk(const struct tmp_mount *mount, const char *path, size_t len, struct tmp_node **out)
{
    struct tmp_node *node = mount->root;
    const char *end = path + len;
    while (path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *name_end = slash != NULL ? slash : end;
        if (!S_ISDIR(node->mode))
            return -ENOTDIR;
        int error = tmp_permit(node, 1);
        if (error < 0)
            return error;
        const struct tmp_entry *entry = tmp_entry_find(node, path, (size_t)(name_end - path));
        node = entry != NULL ? tmp_entry_node(entry) : NULL;
        if (node == NULL)
            return -ENOENT;
        path = slash != NULL ? slash + 1 : end;
    }
    *out = node;
    return 0;
}

int tmp_find(const struct place *place, struct tmp_node **out)
{
    return walk(tmp_mount_of(place), place->inside, strlen(place->inside), out);
}

int tmp_find_name(const struct place *place, struct tmp_name *out)
{
    const char *slash = strrchr(place->inside, '/');
    out->name = slash != NULL ? slash + 1 : place->inside;
    out->len = strlen(out->name);
    out->entry = NULL;
    out->node = NULL;
    int error =
        walk(tmp_mount_of(place), place->inside, slash != NULL ? (size_t)(slash - place->inside) : 0, &out->directory);
    if (error < 0)
        return error;
    if (!S_ISDIR(out->directory->mode))
        return -ENOTDIR;
    if (out->directory->links == 0)
        return -ENOENT;
    error = tmp_permit(out->directory, 1);
    if (error < 0)
        return error;
    out->entry = tmp_entry_find(out->directory, out->name, out->len);
    out->node = out->entry != NULL ? tmp_entry_node(out->entry) : NULL;
    return out->entry == NULL || out->node != NULL ? 0 : -EIO;
}
