/* SPDX-License-Identifier: MIT */
/* FIFOs of file systems in memory: a ring of bytes in shared memory, for whichever processes have them open. Knows
 * nothing of how they are opened. */
#include "ipc/fifo.h"
#include <asm/ioctls.h>
#include "copy.h"
#include "parcel.h"
#include "poll.h"
#include "process.h"

/***** The ring; with the lock held. Another process may have written nonsense there: what it says is bounded *****/

static uint32_t capacity_of(const struct fifo *fifo)
{
    const uint32_t capacity = __atomic_load_n(&fifo->capacity, __ATOMIC_RELAXED);
    return capacity < FIFO_SIZE ? capacity : FIFO_SIZE;
}

static uint32_t used(const struct fifo *fifo)
{
    const uint64_t bytes = fifo->head - fifo->tail;
    return bytes <= FIFO_SIZE ? (uint32_t)bytes : 0;
}

static uint32_t space(const struct fifo *fifo)
{
    const uint32_t bytes = used(fifo), capacity = capacity_of(fifo);
    return bytes < capacity ? capacity - bytes : 0;
}

/* How many of so many bytes come before the end of the ring. */
static size_t first_part(uint64_t at, size_t count)
{
    const size_t rest = FIFO_SIZE - at % FIFO_SIZE;
    return count < rest ? count : rest;
}

static int put_bytes(char *ring, uint64_t at, const char *user, size_t count)
{
    const size_t first = first_part(at, count);
    const int error = user_read(ring + at % FIFO_SIZE, user, first);
    return error < 0 || first == count ? error : user_read(ring, user + first, count - first);
}

static int get_bytes(const char *ring, uint64_t at, char *user, size_t count)
{
    const size_t first = first_part(at, count);
    const int error = user_write(user, ring + at % FIFO_SIZE, first);
    return error < 0 || first == count ? error : user_write(user + first, ring, count - first);
}

static void fifo_left(struct joint *joint, int32_t pid)
{
    struct fifo *fifo = container_of(joint, struct fifo, joint);
    (void)pid;
    if (joint->files[0] + joint->files[1] != 0)
        return;
    char *ring = fifo_ring_of(fifo);
    fifo->head = fifo->tail = 0;
    fifo->ring = NULL;
    shared_free(ring, FIFO_SIZE);
}

const struct joint_ops fifo_joint = {.size = sizeof(struct fifo), .left = fifo_left};

/***** Reading and writing *****/

static int64_t fifo_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    struct fifo *fifo = fifo_data_of(file)->fifo;
    int64_t result = 0;
    (void)position;
    if (count == 0)
        return 0;
    joint_lock(&fifo->joint);
    while (used(fifo) == 0 && fifo->joint.files[1] != 0 && result == 0)
        result = (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : joint_sleep(&fifo->joint, INT64_MAX);
    const uint32_t ready = used(fifo);
    const size_t size = count < ready ? count : ready;
    const bool was_full = space(fifo) < PIPE_ATOMIC;
    const char *ring = fifo_ring_of(fifo);
    if (size != 0 && ring != NULL) {
        const int error = get_bytes(ring, fifo->tail, buffer, size);
        if (error == 0)
            __atomic_store_n(&fifo->tail, fifo->tail + size, __ATOMIC_RELEASE);
        result = error == 0 ? (int64_t)size : error;
    }
    if (result == 0)
        process_look_for_mail();
    if (was_full && space(fifo) >= PIPE_ATOMIC)
        joint_changed(&fifo->joint);
    else
        joint_unlock(&fifo->joint);
    return result;
}

/* Put in as much as there is room for, or all of a small piece, or nothing: bytes, 0 = no room, -EFAULT, -EPIPE. */
static int64_t write_now(struct fifo *fifo, const char *buffer, size_t count)
{
    const uint32_t room = space(fifo);
    char *ring = fifo_ring_of(fifo);
    size_t size = count < room ? count : room;
    if (fifo->joint.files[0] == 0 || ring == NULL)
        return -EPIPE;
    if (size < count && (count <= PIPE_ATOMIC || room < PIPE_ATOMIC))
        return 0;
    const int error = put_bytes(ring, fifo->head, buffer, size);
    if (error < 0)
        return error;
    __atomic_store_n(&fifo->head, fifo->head + size, __ATOMIC_RELEASE);
    return (int64_t)size;
}

/* Sleep until there is room for any small piece, or nobody reads. What has been written is told before. */
static int wait_for_room(struct fifo *fifo, bool told)
{
    int result = 0;
    if (!told) {
        joint_changed(&fifo->joint);
        joint_lock(&fifo->joint);
    }
    while (space(fifo) < PIPE_ATOMIC && fifo->joint.files[0] != 0 && result == 0)
        result = joint_sleep(&fifo->joint, INT64_MAX);
    return result;
}

static int64_t fifo_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    struct fifo *fifo = fifo_data_of(file)->fifo;
    size_t done = 0, told = 0, piece = count;
    int64_t result = 0;
    (void)position;
    joint_lock(&fifo->joint);
    while (done < count && result >= 0) {
        const size_t wanted = count - done < piece ? count - done : piece;
        result = write_now(fifo, (const char *)buffer + done, wanted);
        if (result > 0) {
            done += (size_t)result;
        } else if (result == -EFAULT && wanted > PAGE_SIZE) {
            piece = PAGE_SIZE; /* what can be read goes in, page by page */
            result = 0;
        } else if (result == 0) {
            result = (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : wait_for_room(fifo, told == done);
            told = done;
        }
    }
    if (told < done)
        joint_changed(&fifo->joint);
    else
        joint_unlock(&fifo->joint);
    if (result == -EPIPE) {
        process_look_for_mail();
        (void)pipe_broken();
    }
    return done > 0 ? (int64_t)done : result;
}

/***** The rest *****/

static uint32_t fifo_poll(struct file *file, struct poll_table *table)
{
    struct fifo_file *data = fifo_data_of(file);
    struct fifo *fifo = data->fifo;
    uint32_t ready = 0;
    joint_lock_to_poll(&data->held, table);
    if (file_readable(file)) {
        ready |= used(fifo) != 0 ? POLL_READABLE : 0;
        /* A FIFO that nobody has opened for writing since this file was opened has not been hung up. */
        ready |= fifo->joint.files[1] == 0 && fifo->opens[1] != data->before ? POLLHUP : 0;
    }
    if (file_writable(file)) {
        ready |= space(fifo) >= PIPE_ATOMIC ? POLL_WRITABLE : 0;
        ready |= fifo->joint.files[0] == 0 ? POLLERR : 0;
    }
    joint_unlock(&fifo->joint);
    return ready;
}

static int64_t fifo_control(struct file *file, uint32_t request, uint64_t argument)
{
    struct fifo *fifo = fifo_data_of(file)->fifo;
    if (request != FIONREAD)
        return -ENOTTY;
    joint_lock(&fifo->joint);
    const uint32_t size = used(fifo);
    joint_unlock(&fifo->joint);
    return copy_out((void *)argument, &size, sizeof(size));
}

static int fifo_attributes(struct file *file, struct file_attr *out)
{
    *out = fifo_data_of(file)->attributes;
    return 0;
}

/* One that could not be opened has joined nobody. */
static void fifo_close(struct file *file)
{
    if (fifo_data_of(file)->fifo != NULL)
        joint_close(&fifo_data_of(file)->held);
    heap_free(file->data);
}

/***** On the way to another process *****/

/* Of a parcel's data, behind what joints need. */
#define FIFO_WORD 4
_Static_assert(sizeof(struct file_attr) <= (PARCEL_WORDS - FIFO_WORD) * sizeof(uint64_t),
               "attributes fit into a parcel");

static int fifo_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    const struct fifo_file *data = fifo_data_of(file);
    (void)out_handle;
    memcpy(&parcel->data[FIFO_WORD], &data->attributes, sizeof(data->attributes));
    parcel->state = data->before;
    return joint_pack(&data->held, parcel);
}

static int fifo_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    struct fifo_file *data = heap_zalloc(sizeof(*data));
    struct file *file = data != NULL ? file_new(&fifo_ops, parcel->flags & (O_ACCMODE | O_NONBLOCK), data) : NULL;
    if (handle != NULL)
        DkObjectClose(handle);
    const int error = file != NULL ? joint_unpack(parcel, JOINT_FIFO, &data->held) : -ENOMEM;
    if (error < 0 && file != NULL)
        file_put(file);
    else if (error < 0)
        heap_free(data);
    if (error < 0)
        return error;
    data->fifo = container_of(data->held.joint, struct fifo, joint);
    memcpy(&data->attributes, &parcel->data[FIFO_WORD], sizeof(data->attributes));
    data->before = parcel->state;
    *out = file;
    return 0;
}

const struct parcel_kind fifo_parcels = {.pack = fifo_pack, .unpack = fifo_unpack, .drop = joint_drop};

const struct file_ops fifo_ops = {.kind = "pipe",
                                  .read = fifo_read,
                                  .write = fifo_write,
                                  .attributes = fifo_attributes,
                                  .control = fifo_control,
                                  .poll = fifo_poll,
                                  .tells_owner = true,
                                  .close = fifo_close,
                                  .parcel = &fifo_parcels};

int64_t fifo_get_size(const struct file *file)
{
    return file->ops == &fifo_ops ? (int64_t)capacity_of(fifo_data_of(file)->fifo) : -EBADF;
}

int64_t fifo_set_size(struct file *file, uint32_t capacity)
{
    struct fifo *fifo = file->ops == &fifo_ops ? fifo_data_of(file)->fifo : NULL;
    int64_t result = capacity;
    if (fifo == NULL)
        return -EBADF;
    if (capacity > FIFO_SIZE)
        return -EPERM;
    joint_lock(&fifo->joint);
    if (capacity < used(fifo))
        result = -EBUSY;
    else
        fifo->capacity = capacity;
    joint_changed(&fifo->joint);
    return result;
}
