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

static struct tmp_fs *make(uint64_t device)
{
    struct tmp_fs *fs = shared_alloc(sizeof(*fs));
    if (fs == NULL)
        return NULL;
    fs->device = device;
    fs->root = tmp_node_new(fs, NULL, S_IFDIR | S_ISVTX | 0777);
    if (fs->root == NULL) {
        shared_free(fs, sizeof(*fs));
        return NULL;
    }
    fs->root->links = 2;
    fs->root->parent_inode = fs->root->inode;
    return fs;
}

static int begin_all(void)
{
    int error = shared_begin();
    if (error == 0)
        error = tmp_space_begin();
    if (error == 0)
        error = tmp_hold_begin();
    for (struct tmp_mount *mount = g_mounts; mount != NULL && error == 0; mount = mount->next) {
        struct tmp_fs *fs = mount->fs != NULL ? mount->fs : make(mount->device);
        __atomic_store_n(&mount->fs, fs, __ATOMIC_RELEASE);
        error = fs != NULL ? 0 : -ENOMEM;
    }
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

struct tmp_fs *tmp_enter(const struct place *place)
{
    const struct tmp_mount *mount = place->mount->data;
    if (tmp_begin_all() < 0)
        return NULL;
    shared_lock(&mount->fs->lock);
    return mount->fs;
}
