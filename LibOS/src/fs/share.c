/* SPDX-License-Identifier: MIT */
/* Open files that several processes have: their positions. Knows no process. */
#include "fs_core.h"
#include "shared.h"

/* In shared memory. */
struct file_shared {
    struct shared_lock lock;
    uint32_t users; /* processes */
    int64_t position;
    uint64_t state; /* file->state: whether the position is the end */
};

static uint32_t g_round; /* forks so far: so that a file with two descriptors is shared once */
static uint32_t g_birth; /* the round that made this process: it is a user of what was shared in it or later */

void position_begin(struct file *file)
{
    lock_acquire(&file->position_lock);
    if (!file->shared)
        return;
    shared_lock(&file->shared->lock);
    file->position = file->shared->position;
    file->state = file->shared->state;
}

void position_end(struct file *file)
{
    if (file->shared) {
        file->shared->position = file->position;
        file->shared->state = file->state;
        shared_unlock(&file->shared->lock);
    }
    lock_release(&file->position_lock);
}

/* A process that was killed has not gone through here; what it leaves is small. What only the parent's memory had of a file,
 * no descriptor but a mapping or the table of a vfork's parent, is not counted. */
void file_unshare(struct file *file)
{
    struct file_shared *shared = file->shared;
    file->shared = NULL;
    if (!shared || (int32_t)(file->share_round - g_birth) < 0)
        return;
    if (__atomic_sub_fetch(&shared->users, 1, __ATOMIC_ACQ_REL) == 0)
        shared_free(shared, sizeof(*shared));
}

static int share_position(struct file *file)
{
    if (!file->shared) {
        struct file_shared *shared = shared_alloc(sizeof(*shared));
        if (!shared)
            return -ENOMEM;
        shared->users = 1;
        shared->position = file->position;
        shared->state = file->state;
        file->shared = shared;
    }
    if (file->share_round != g_round)
        __atomic_add_fetch(&file->shared->users, 1, __ATOMIC_ACQ_REL);
    file->share_round = g_round;
    return 0;
}

static void share(int fd, struct file *file, bool close_on_exec, void *arg)
{
    int *error = arg;
    (void)fd;
    (void)close_on_exec;
    if (*error == 0 && file->ops->share)
        *error = file->ops->share(file);
    if (*error == 0 && file->ops->read && io_has_positions(file))
        *error = share_position(file);
}

int files_share(void)
{
    int error = prefix_share();
    g_round++;
    fd_for_each(share, &error);
    return error;
}

void files_forked(void)
{
    g_birth = g_round;
}
