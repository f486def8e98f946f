/* SPDX-License-Identifier: MIT */
/* Pipes that several processes have: an anonymous pipe of the host takes the place of the ring when a process is about to be
 * copied (fork). Each process gives up the side of which it has closed the last descriptor, so that the others see it. */
#include "copy.h"
#include "parcel.h"
#include "pipe.h"
#include "process.h"

static int set_room(PAL_HANDLE stream, uint64_t bytes)
{
    PAL_STREAM_ATTR attr = {.share_flags = PAL_SET_RECEIVEBUF, .receivebuf = bytes};
    return DkStreamAttributesSetbyHandle(stream, &attr) ? 0 : pal_failure();
}

/* 0 = the host does not say. */
static uint64_t room_of(PAL_HANDLE stream)
{
    PAL_STREAM_ATTR attr;
    return DkStreamAttributesQuerybyHandle(stream, &attr) ? attr.receivebuf : 0;
}

/* A pipe of the host with as much room; where the host does not grant that, one of any kind. */
static PAL_HANDLE open_stream(const struct pipe *pipe)
{
    PAL_HANDLE stream = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_FIFO);
    const bool small = pipe->capacity == PIPE_CAPACITY && pipe_used(pipe) <= PIPE_ATOMIC;
    if (stream != NULL && !small && room_of(stream) != pipe->capacity && set_room(stream, pipe->capacity) < 0) {
        DkObjectClose(stream);
        stream = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    }
    return stream;
}

/* With the lock held. In one piece: the host's pipe fills whole pages, so that two could need more room. */
static int move_bytes(struct pipe *pipe, PAL_HANDLE stream)
{
    const uint64_t used = pipe_used(pipe);
    uint8_t *bytes = heap_alloc(used);
    int result = bytes != NULL ? pipe_get_bytes(pipe, bytes, used, 0) : -ENOMEM;
    if (result == 0 && DkStreamWrite(stream, PAL_SOCKET_NOW, used, bytes, NULL) != used)
        result = -ENOMEM;
    heap_free(bytes);
    return result;
}

/* With the lock held. What was in the ring moves over. */
static int make_stream(struct pipe *pipe)
{
    PAL_HANDLE stream = open_stream(pipe);
    if (stream == NULL)
        return pal_failure();
    const int result = pipe_used(pipe) != 0 ? move_bytes(pipe, stream) : 0;
    if (result < 0) {
        DkObjectClose(stream);
        return result;
    }
    while (pipe_used(pipe) != 0) /* packet by packet */
        pipe_consume(pipe, pipe_readable(pipe));
    if (pipe->readers == 0)
        DkStreamDelete(stream, PAL_DELETE_OWN | PAL_DELETE_RD);
    if (pipe->writers == 0)
        DkStreamDelete(stream, PAL_DELETE_OWN | PAL_DELETE_WR);
    __atomic_store_n(&pipe->stream, stream, __ATOMIC_RELEASE);
    return 0;
}

int pipe_share(struct file *file)
{
    struct pipe *pipe = file->data;
    int result = 0;
    if (pipe->stream != NULL)
        return 0;
    lock_acquire(&pipe->lock);
    if (pipe->stream == NULL)
        result = make_stream(pipe);
    lock_release(&pipe->lock);
    /* Who sleeps goes on with the stream. */
    wait_queue_wake(&pipe->read_queue);
    wait_queue_wake(&pipe->write_queue);
    return result;
}

/* Whether a call blocks is the file's to say: both ends have one handle here. */
static PAL_NUM mode_of(const struct file *file)
{
    return (file->flags & O_NONBLOCK) != 0 ? PAL_SOCKET_NOW : PAL_SOCKET_WAIT;
}

int64_t pipe_stream_read(struct file *file, void *buffer, size_t count)
{
    struct pipe *pipe = file->data;
    const int64_t looked = pipe_take_looked(pipe, buffer, count);
    if (looked < 0 || (size_t)looked == count)
        return looked;
    const PAL_NUM mode = looked > 0 ? PAL_SOCKET_NOW : mode_of(file);
    const int64_t result = stream_read(pipe->stream, mode, count - (size_t)looked, (char *)buffer + looked);
    if (looked > 0)
        return result > 0 ? looked + result : looked;
    if (result == 0)
        process_look_for_mail();
    return result == -EINTR ? -ERESTARTSYS : result;
}

int64_t pipe_stream_write(struct file *file, const void *buffer, size_t count)
{
    struct pipe *pipe = file->data;
    size_t done = 0;
    int64_t result = 0;
    while (done < count && result >= 0) {
        result = stream_write(pipe->stream, mode_of(file), count - done, (const char *)buffer + done);
        if (result > 0)
            done += (size_t)result;
    }
    if (result == -ECONNRESET) {
        process_look_for_mail();
        result = pipe_broken();
    }
    if (result == -EINTR)
        result = -ERESTARTSYS;
    return done > 0 ? (int64_t)done : result;
}

uint32_t pipe_stream_poll(struct file *file, struct poll_table *table)
{
    struct pipe *pipe = file->data;
    const uint32_t wanted = (file_readable(file) ? POLL_READABLE : 0u) | (file_writable(file) ? POLL_WRITABLE : 0u);
    const uint32_t looked = file_readable(file) && pipe_looked(pipe) != 0 ? POLL_READABLE : 0;
    if (table == NULL)
        return poll_of_stream(file, poll_stream_now(pipe->stream, wanted)) | looked;
    poll_on_stream(table, pipe->stream);
    return looked;
}

int pipe_stream_size(const struct pipe *pipe)
{
    PAL_STREAM_ATTR attr;
    return (int)pipe_looked(pipe) + (DkStreamAttributesQuerybyHandle(pipe->stream, &attr) ? (int)attr.size : 0);
}

int64_t pipe_stream_room(const struct pipe *pipe)
{
    const uint64_t room = room_of(pipe->stream);
    return (int64_t)(room != 0 ? room : pipe->capacity);
}

int64_t pipe_stream_set_room(const struct pipe *pipe, uint32_t capacity)
{
    const int error = set_room(pipe->stream, capacity);
    if (error == 0)
        return capacity;
    return error == -EACCES ? -EPERM : -EBUSY;
}

void pipe_stream_closed(struct pipe *pipe, bool reader, bool writer)
{
    if (reader && pipe->readers == 0)
        DkStreamDelete(pipe->stream, PAL_DELETE_OWN | PAL_DELETE_RD);
    if (writer && pipe->writers == 0)
        DkStreamDelete(pipe->stream, PAL_DELETE_OWN | PAL_DELETE_WR);
}

/***** On the way to another process *****/

static int pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    const struct pipe *pipe = file->data;
    (void)parcel;
    *out_handle = pipe->stream;
    return 0;
}

/* Of the stream's two sides only the file's is kept. */
static int unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    struct pipe *pipe = handle != NULL ? pipe_new() : NULL;
    struct file *file = pipe != NULL ? file_new(&pipe_ops, parcel->flags, pipe) : NULL;
    if (file == NULL) {
        if (pipe != NULL)
            pipe_put(pipe);
        if (handle != NULL)
            DkObjectClose(handle);
        return handle != NULL ? -ENOMEM : -EBADMSG;
    }
    pipe->stream = handle;
    pipe->readers = file_readable(file);
    pipe->writers = file_writable(file);
    if (pipe->readers == 0)
        DkStreamDelete(handle, PAL_DELETE_OWN | PAL_DELETE_RD);
    if (pipe->writers == 0)
        DkStreamDelete(handle, PAL_DELETE_OWN | PAL_DELETE_WR);
    *out = file;
    return 0;
}

const struct parcel_kind pipe_parcels = {.pack = pack, .unpack = unpack};
