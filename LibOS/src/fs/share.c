/* SPDX-License-Identifier: MIT */
/* Open files that several processes have: what they have in common of one, which for most is its position. Knows no process. */
#include "fs_core.h"
#include "shared.h"

struct position_shared {
    struct file_shared base;
    int64_t position;
    uint64_t state; /* file->state: whether the position is the end */
};

static struct position_shared *position_of(const struct file *file)
{
    return (struct position_shared *)file->shared;
}

void position_begin(struct file *file)
{
    lock_acquire(&file->position_lock);
    if (!file->shared)
        return;
    shared_lock(&file->shared->lock);
    file->position = position_of(file)->position;
    file->state = position_of(file)->state;
}

void position_end(struct file *file)
{
    if (file->shared) {
        position_of(file)->position = file->position;
        position_of(file)->state = file->state;
        shared_unlock(&file->shared->lock);
    }
    lock_release(&file->position_lock);
}

void *file_share_memory(struct file *file, size_t size)
{
    struct file_shared *shared = shared_alloc(size);
    if (!shared)
        return NULL;
    shared->users = 1;
    shared->size = (uint32_t)size;
    file->shared = shared;
    return shared;
}

/* A process that was killed has not gone through here; what it leaves is small. */
bool file_unshare(struct file *file)
{
    struct file_shared *shared = file->shared;
    file->shared = NULL;
    const bool last = !shared || __atomic_sub_fetch(&shared->users, 1, __ATOMIC_ACQ_REL) == 0;
    if (shared && last)
        shared_free(shared, shared->size);
    return last;
}

void shared_user_put(struct file_shared *shared)
{
    if (!shared || !shared_has(shared, sizeof(struct position_shared)))
        return;
    const uint32_t size = shared->size;
    if (__atomic_sub_fetch(&shared->users, 1, __ATOMIC_ACQ_REL) == 0)
        shared_free(shared, size);
}

void file_give_shared(struct file *file, struct file_shared *shared)
{
    if (shared && shared_has(shared, sizeof(struct position_shared)))
        file->shared = shared;
}

static int share_position(struct file *file)
{
    if (file->shared)
        return 0;
    struct position_shared *shared = file_share_memory(file, sizeof(*shared));
    if (!shared)
        return -ENOMEM;
    shared->position = file->position;
    shared->state = file->state;
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

/* Also of files without a descriptor: mapped ones, and those that the parent of a vfork has and its child has closed. */
static void count_user(struct file *file, void *arg)
{
    (void)arg;
    if (file->shared)
        __atomic_add_fetch(&file->shared->users, 1, __ATOMIC_ACQ_REL);
    if (file->ops->copied)
        file->ops->copied(file);
}

int file_share(struct file *file)
{
    int error = 0;
    share(0, file, false, &error);
    if (error == 0)
        count_user(file, NULL);
    return error;
}

int files_share(void)
{
    int error = prefix_share();
    fd_for_each(share, &error);
    if (error == 0)
        file_for_each(count_user, NULL);
    return error;
}
