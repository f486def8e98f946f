/* SPDX-License-Identifier: MIT */
/* Nodes and names of tmpfs: one table of all names, hashed with their directory, so that large directories are no slower
 * than small ones; and a list for each directory, in the order in which the names were made, for reading it. */
#include "clock.h"
#include "task.h"
#include "tmpfs.h"
#include "tmpfs_xattr.h"

#define TABLE_MIN 64

/***** Nodes *****/

struct tmp_node *tmp_node_new(struct tmp_fs *fs, const struct tmp_node *directory, uint32_t mode)
{
    struct tmp_node *node = heap_zalloc(sizeof(*node));
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
        if (S_ISDIR(mode))
            node->mode |= S_ISGID;
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
    __atomic_sub_fetch(&node->fs->node_count, 1, __ATOMIC_RELAXED);
    if (S_ISREG(node->mode))
        tmp_data_free(&node->data);
    if (node->fifo != NULL)
        fifo_release(node->fifo);
    tmp_xattr_free(node->xattrs);
    heap_free(node->target);
    heap_free(node);
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

/***** Names *****/

static uint64_t hash_of(const struct tmp_node *directory, const char *name, size_t len)
{
    uint64_t hash = directory->inode * 0x9e3779b97f4a7c15ull;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3ull;
    return hash ^ hash >> 32;
}

static struct tmp_entry **slot_of(const struct tmp_fs *fs, uint64_t hash)
{
    return &fs->table[hash & (fs->table_size - 1)];
}

struct tmp_entry *tmp_entry_find(const struct tmp_node *directory, const char *name, size_t len)
{
    const struct tmp_fs *fs = directory->fs;
    if (fs->table_size == 0)
        return NULL;
    uint64_t hash = hash_of(directory, name, len);
    for (struct tmp_entry *entry = *slot_of(fs, hash); entry != NULL; entry = entry->chain)
        if (entry->hash == hash && entry->directory == directory && entry->len == len &&
            memcmp(entry->name, name, len) == 0)
            return entry;
    return NULL;
}

static bool grow_table(struct tmp_fs *fs)
{
    size_t size = fs->table_size == 0 ? TABLE_MIN : 2 * fs->table_size;
    struct tmp_entry **table = heap_zalloc(size * sizeof(struct tmp_entry *));
    if (table == NULL)
        return fs->table_size != 0; /* a full table is slow, but works */
    struct tmp_entry **old = fs->table;
    size_t old_size = fs->table_size;
    fs->table = table;
    fs->table_size = size;
    for (size_t i = 0; i < old_size; i++)
        for (struct tmp_entry *entry = old[i], *next; entry != NULL; entry = next) {
            next = entry->chain;
            struct tmp_entry **slot = slot_of(fs, entry->hash);
            entry->chain = *slot;
            *slot = entry;
        }
    heap_free(old);
    return true;
}

struct tmp_entry *tmp_entry_add(struct tmp_node *directory, const char *name, size_t len, struct tmp_node *node)
{
    struct tmp_fs *fs = directory->fs;
    if (fs->entry_count >= fs->table_size && !grow_table(fs))
        return NULL;
    struct tmp_entry *entry = heap_alloc(sizeof(*entry) + len + 1);
    if (entry == NULL)
        return NULL;
    entry->directory = directory;
    entry->node = node;
    entry->position = directory->next_position++;
    entry->hash = hash_of(directory, name, len);
    entry->len = len;
    memcpy(entry->name, name, len);
    entry->name[len] = '\0';
    struct tmp_entry **slot = slot_of(fs, entry->hash);
    entry->chain = *slot;
    *slot = entry;
    list_add_back(&directory->entries, &entry->siblings);
    fs->entry_count++;
    tmp_node_get(node);
    return entry;
}

void tmp_entry_remove(struct tmp_entry *entry)
{
    struct tmp_fs *fs = entry->directory->fs;
    struct tmp_entry **at = slot_of(fs, entry->hash);
    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    list_remove(&entry->siblings);
    fs->entry_count--;
    tmp_node_put(entry->node);
    heap_free(entry);
}

/***** Paths *****/

/* Go down the first len bytes of a path below the root. */
static int walk(const struct tmp_fs *fs, const char *path, size_t len, struct tmp_node **out)
{
    struct tmp_node *node = fs->root;
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
        if (entry == NULL)
            return -ENOENT;
        node = entry->node;
        path = slash != NULL ? slash + 1 : end;
    }
    *out = node;
    return 0;
}

int tmp_find(const struct place *place, struct tmp_node **out)
{
    return walk(tmp_fs_of(place), place->inside, strlen(place->inside), out);
}

int tmp_find_name(const struct place *place, struct tmp_name *out)
{
    const char *slash = strrchr(place->inside, '/');
    out->name = slash != NULL ? slash + 1 : place->inside;
    out->len = strlen(out->name);
    out->entry = NULL;
    int error =
        walk(tmp_fs_of(place), place->inside, slash != NULL ? (size_t)(slash - place->inside) : 0, &out->directory);
    if (error < 0)
        return error;
    if (!S_ISDIR(out->directory->mode))
        return -ENOTDIR;
    if (out->directory->links == 0)
        return -ENOENT;
    error = tmp_permit(out->directory, 1);
    if (error == 0)
        out->entry = tmp_entry_find(out->directory, out->name, out->len);
    return error;
}
