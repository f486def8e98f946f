/* SPDX-License-Identifier: MIT */
/* File systems of tmpfs: made when the first of them is used, so that a process that never does has no shared memory; but at
 * the latest when there is another process to share it with. Knows no files. */
#include "tmpfs.h"
#include "tmpfs_space.h"

static struct tmp_mount *g_mounts;
static struct lock g_lock;
static bool g_begun; /* all of them */

int tmp_begin(struct mount *mount)
{
    struct tmp_mount *mine = heap_zalloc(sizeof(*mine));
    if (mine == NULL)
        return -ENOMEM;
    mine->device = mount->device;
    mine->next = g_mounts;
    g_mounts = mine;
    g_begun = false;
    mount->data = mine;
    return 0;
}

static int make(struct tmp_mount *mount)
{
    struct tmp_fs *fs = shared_alloc(sizeof(*fs));
    if (fs == NULL)
        return -ENOMEM;
    fs->device = mount->device;
    mount->root = tmp_node_new(fs, NULL, S_IFDIR | S_ISVTX | 0777);
    if (mount->root == NULL) {
        shared_free(fs, sizeof(*fs));
        return -ENOMEM;
    }
    mount->root->links = 2;
    mount->root->parent_inode = mount->root->inode;
    __atomic_store_n(&mount->fs, fs, __ATOMIC_RELEASE);
    return 0;
}

static int begin_all(void)
{
    int error = shared_begin();
    if (error == 0)
        error = tmp_space_begin();
    if (error == 0)
        error = tmp_hold_begin();
    for (struct tmp_mount *mount = g_mounts; mount != NULL && error == 0; mount = mount->next)
        error = mount->fs == NULL ? make(mount) : 0;
    return error;
}

int tmp_begin_all(void)
{
    if (__atomic_load_n(&g_begun, __ATOMIC_ACQUIRE))
        return 0;
    lock_acquire(&g_lock);
    const int error = begin_all();
    if (error == 0)
        __atomic_store_n(&g_begun, true, __ATOMIC_RELEASE);
    lock_release(&g_lock);
    return error;
}

struct tmp_fs *tmp_fs_of(const struct tmp_node *node)
{
    const struct tmp_fs *fs = __atomic_load_n(&node->fs, __ATOMIC_RELAXED);
    const struct tmp_mount *mount = g_mounts;
    while (mount->fs != fs && mount->next != NULL)
        mount = mount->next;
    return mount->fs;
}

struct tmp_fs *tmp_enter(const struct place *place)
{
    const struct tmp_mount *mount = place->mount->data;
    if (tmp_begin_all() < 0)
        return NULL;
    shared_lock(&mount->fs->lock);
    return mount->fs;
}
