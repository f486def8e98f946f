/* SPDX-License-Identifier: MIT */
/* Opening FIFOs of file systems in memory, as fifo(7) says. Knows no name. */
#include "ipc/fifo.h"

/* Of the flags of open(2), those that F_GETFL tells. */
#define KEPT_FLAGS (uint32_t)(O_ACCMODE | O_NONBLOCK | O_APPEND | O_SYNC | O_DIRECTORY | O_NOFOLLOW | O_NOATIME)

static struct fifo *fifo_at(struct fifo *const *slot)
{
    struct fifo *fifo = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    return fifo != NULL && joint_is(&fifo->joint, JOINT_FIFO) ? fifo : NULL;
}

/* The FIFO of a name, ready to be used. With the table locked. NULL = no memory. */
static struct fifo *find_or_make(struct fifo **slot)
{
    struct fifo *fifo = fifo_at(slot);
    if (fifo == NULL) {
        struct joint *joint = joint_new(JOINT_FIFO);
        if (joint == NULL)
            return NULL;
        fifo = container_of(joint, struct fifo, joint);
        fifo->capacity = FIFO_SIZE;
        joint->kept = true;
        __atomic_store_n(slot, fifo, __ATOMIC_RELEASE);
    }
    if (fifo_ring_of(fifo) == NULL)
        fifo->ring = shared_alloc(FIFO_SIZE);
    return fifo_ring_of(fifo) != NULL ? fifo : NULL;
}

/* Be one of those who have it open; who waits for one is woken. A writer that does not wait needs a reader. */
static int join(struct fifo **slot, struct file *file)
{
    struct fifo_file *data = fifo_data_of(file);
    const uint32_t sides = fifo_sides_of(file);
    const unsigned other = sides == FIFO_READER ? 1 : 0;
    int error = joints_lock();
    if (error < 0)
        return error;
    struct fifo *fifo = find_or_make(slot);
    if (fifo == NULL) {
        error = -ENOMEM;
    } else if (sides == FIFO_WRITER && (file->flags & O_NONBLOCK) != 0 && fifo->joint.files[0] == 0) {
        error = -ENXIO;
    } else {
        data->before = sides == FIFO_READER && fifo->joint.files[1] == 0 ? fifo->opens[1] : UINT64_MAX;
        /* One that is there has been met, however soon it closes its file. */
        data->met = fifo->opens[other] - (fifo->joint.files[other] != 0);
        error = joint_open(&fifo->joint, JOINT_FIFO, sides, &data->held);
    }
    /* After it is one of them: who sees that somebody has come may count on finding them. */
    if (error == 0) {
        data->fifo = fifo;
        fifo->opens[0] += (sides & FIFO_READER) != 0;
        fifo->opens[1] += (sides & FIFO_WRITER) != 0;
    }
    joints_unlock();
    return error;
}

/* Wait for the other side: until it is there, or was, for it may have closed its file already. */
static int meet(struct file *file)
{
    struct fifo_file *data = fifo_data_of(file);
    struct fifo *fifo = data->fifo;
    const uint32_t sides = fifo_sides_of(file);
    const unsigned other = sides == FIFO_READER ? 1 : 0;
    int result = 0;
    if (sides == (FIFO_READER | FIFO_WRITER) || (file->flags & O_NONBLOCK) != 0)
        return 0;
    data->held.opening = true;
    joint_lock(&fifo->joint);
    bool met;
    while (!(met = fifo->joint.files[other] != 0 || fifo->opens[other] != data->met) && result == 0)
        result = joint_sleep(&fifo->joint, INT64_MAX);
    joint_unlock(&fifo->joint);
    data->held.opening = false;
    return met ? 0 : result; /* a signal that comes together with the other side changes nothing */
}

int fifo_open(struct fifo **slot, const struct file_attr *attributes, uint32_t flags, struct file **out)
{
    struct fifo_file *data = heap_zalloc(sizeof(*data));
    struct file *file = data != NULL ? file_new(&fifo_ops, flags & KEPT_FLAGS, data) : NULL;
    if (file == NULL) {
        heap_free(data);
        return -ENOMEM;
    }
    data->attributes = *attributes;
    int result = join(slot, file);
    if (result == 0)
        result = meet(file);
    if (result < 0)
        file_put(file);
    else
        *out = file;
    return result;
}

void fifo_release(struct fifo **slot)
{
    struct fifo *fifo = fifo_at(slot);
    if (fifo != NULL)
        joint_release(&fifo->joint);
}
