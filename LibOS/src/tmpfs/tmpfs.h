/* SPDX-License-Identifier: MIT */
/* tmpfs: a tree of files in memory that all processes share. What its parts share; nobody else needs it.
 *
 * Nodes, names and small contents are pieces of the shared memory (shared.h), so pointers mean the same in each process. A
 * process may die between any two writes, and one that runs wild may write anywhere: pointers that are followed are looked at
 * first, and links that are found broken are mended. */
#ifndef LIBOS_SRC_TMPFS_TMPFS_H
#define LIBOS_SRC_TMPFS_TMPFS_H

#include "fs.h"
#include "ipc.h"
#include "shared.h"
#include "tmpfs_runs.h"

/***** tmpfs_data.c: contents of files *****/

struct tmp_data {
    struct shared_lock lock;
    uint32_t users; /* who reads or writes the runs without the lock */
    uint64_t size;
    char *bytes; /* of small contents, or NULL */
    uint64_t room;
    struct tmp_runs *runs; /* of large ones */
    uint64_t allocated;
    bool large;  /* never goes back */
    bool mapped; /* nor does this: runs stay */
};

int64_t tmp_data_read(struct tmp_data *data, void *buffer, size_t count, int64_t position);
/* position: -1 = at the end; *out_position gets the place behind what was written. */
int64_t tmp_data_write(struct tmp_data *data, const void *buffer, size_t count, int64_t position,
                       int64_t *out_position);
PAL_MUST_CHECK int tmp_data_resize(struct tmp_data *data, uint64_t size);
PAL_MUST_CHECK int tmp_data_zero(struct tmp_data *data, uint64_t start, uint64_t end);
/* Bytes, and bytes that they take. */
uint64_t tmp_data_size(struct tmp_data *data, uint64_t *out_allocated);
PAL_MUST_CHECK int tmp_data_map(struct tmp_data *data, const struct tmp_mapping *mapping);
void tmp_data_free(struct tmp_data *data);

/***** tmpfs_tree.c: nodes and names *****/

struct tmp_xattr;

struct tmp_node {
    struct tmp_fs *fs;
    uint32_t references; /* names, open files of all processes, and who works with it */
    uint32_t mode, links, uid, gid;
    uint64_t inode, rdev;
    int64_t access_ns, modify_ns, change_ns, birth_ns;
    struct tmp_xattr *xattrs;
    bool linkable; /* without a name from the start (O_TMPFILE), and may get one */
    /* Of directories. */
    struct list entries; /* in the order of their positions */
    int64_t next_position;
    uint64_t parent_inode;
    /* Of others. */
    char *target;
    uint64_t target_len;
    struct fifo *fifo;
    struct tmp_data data;
};

#define TMP_NAME_MAX 255u

struct tmp_entry {
    struct list_node siblings;
    struct tmp_entry *chain; /* in the table */
    struct tmp_node *directory, *node;
    int64_t position; /* in the directory */
    uint64_t hash;
    uint64_t len;
    char name[];
};

struct tmp_table {
    uint64_t size; /* a power of two */
    struct tmp_entry *slots[];
};

struct tmp_fs {
    struct shared_lock lock; /* of the tree and of nodes' attributes; taken before a lock of data */
    struct tmp_table *table; /* hash of directory and name */
    uint64_t entry_count, node_count, last_inode, device;
};

/* What mount->data is; each process has its own. */
struct tmp_mount {
    struct tmp_mount *next;
    struct tmp_fs *fs; /* NULL until the first use, or the first fork */
    struct tmp_node *root;
    uint64_t device;
};

/* Take the lock of the file system that a place is in, which is made if this is the first use. NULL = no memory. */
struct tmp_fs *tmp_enter(const struct place *place);
static inline void tmp_leave(struct tmp_fs *fs)
{
    shared_unlock(&fs->lock);
}
static inline struct tmp_mount *tmp_mount_of(const struct place *place)
{
    return place->mount->data;
}
/* The file system of a node, which is one that this process knows. */
struct tmp_fs *tmp_fs_of(const struct tmp_node *node);
/* Whether memory can be that of an object. */
static inline bool tmp_is_sane(const void *object, size_t size)
{
    return ((uintptr_t)object & (_Alignof(uint64_t) - 1)) == 0 && shared_has(object, size);
}

/* All with the lock of the file system held. */

/* A new node without a name, with one reference. NULL = no memory. */
struct tmp_node *tmp_node_new(struct tmp_fs *fs, const struct tmp_node *directory, uint32_t mode);
/* What of a mode that is asked for a file gets that has this group: set-group-id only from who is in it, or the superuser. */
uint32_t tmp_allowed_mode(uint32_t mode, uint32_t gid);
/* The last reference takes what the node holds along; the node itself is freed. May be called without the lock. */
void tmp_node_put(struct tmp_node *node);
static inline void tmp_node_get(struct tmp_node *node)
{
    __atomic_add_fetch(&node->references, 1, __ATOMIC_RELAXED);
}

struct tmp_entry *tmp_entry_find(const struct tmp_node *directory, const char *name, size_t len);
/* Give a node a name; the entry takes a reference of its own. NULL = no memory. */
struct tmp_entry *tmp_entry_add(struct tmp_node *directory, const char *name, size_t len, struct tmp_node *node);

/* The entry of a directory behind one (NULL: the first); NULL = there is no other. */
struct tmp_entry *tmp_entry_next(const struct tmp_node *directory, const struct tmp_entry *entry);

/* Where a place leads: its node, which is borrowed while the lock is held; or its directory and last component. Nodes on
 * the way must be directories that can be searched.
 * returns  0; of tmp_find_name also if there is no such entry, *out_entry is then NULL */
PAL_MUST_CHECK int tmp_find(const struct place *place, struct tmp_node **out);
struct tmp_name {
    struct tmp_node *directory;
    struct tmp_entry *entry; /* NULL = there is none */
    struct tmp_node *node;   /* of the entry */
    const char *name;
    size_t len;
};
PAL_MUST_CHECK int tmp_find_name(const struct place *place, struct tmp_name *out);
/* Remove a name that is there. */
void tmp_entry_remove(const struct tmp_name *name);
/* The node of an entry; NULL = it cannot be one. */
struct tmp_node *tmp_entry_node(const struct tmp_entry *entry);

/* Bits as of attributes_permit. 0 or -EACCES. */
PAL_MUST_CHECK int tmp_permit(const struct tmp_node *node, uint32_t wanted);
/* Whether the calling process may do what only the owner may. */
bool tmp_is_owner(const struct tmp_node *node);
void tmp_touch(struct tmp_node *node);        /* its contents have changed now */
void tmp_touch_change(struct tmp_node *node); /* its attributes */
void tmp_drop_set_id(struct tmp_node *node);  /* who changes contents takes these bits away */

/***** tmpfs_names.c *****/

int tmp_make_directory(const struct place *place, uint32_t mode);
int tmp_make_node(const struct place *place, uint32_t mode, uint64_t device);
int tmp_make_link(const struct place *place, const char *target);
int tmp_remove(const struct place *place);
int tmp_remove_directory(const struct place *place);
int tmp_rename(const struct place *from, const struct place *to, uint32_t flags);
int tmp_hard_link(const struct place *from, const struct place *to);
int tmp_link_file(struct file *file, const struct place *to);
/* Make a node under a name that is free; with the lock held. *out is borrowed. */
PAL_MUST_CHECK int tmp_make(const struct tmp_name *name, uint32_t mode, struct tmp_node **out);

/***** tmpfs_file.c *****/

/* An open file of a node that is a regular file or a directory. NULL = no memory. */
struct file *tmp_file_new(struct tmp_node *node, uint32_t flags);
/* The node of an open file; NULL = it is none of a tmpfs. */
struct tmp_node *tmp_file_node(const struct file *file);

/***** tmpfs_hold.c: who has which nodes open *****/

/* An open file has, or gives back, its reference to a node. The file's state is where that is written down. */
void tmp_hold(struct file *file, struct tmp_node *node);
void tmp_release(struct file *file, struct tmp_node *node);
/* A fork is about to share the file's position and state: what is written down of it must be there before. 0 or -ENOMEM. */
PAL_MUST_CHECK int tmp_share_file(struct file *file);
/* Make what all processes share of this; after shared_begin, before the first fork. 0 or -ENOMEM. */
PAL_MUST_CHECK int tmp_hold_begin(void);

/***** tmpfs_mount.c *****/

int tmp_begin(struct mount *mount);
/* Make what all processes share of each mount, if it is not there yet. 0 or -ENOMEM. */
PAL_MUST_CHECK int tmp_begin_all(void);

/***** tmpfs.c *****/

int tmp_open_again(struct file *file, uint32_t flags, struct file **out);
void tmp_fill(struct tmp_node *node, struct file_attr *out);
PAL_MUST_CHECK int tmp_change_node(struct tmp_node *node, const struct attr_change *change);

#endif
