/* SPDX-License-Identifier: MIT */
/* Contents of files of tmpfs. Knows no names. */
#include "tmpfs.h"

#define SMALL_MAX  32768ul /* bytes that are kept in the heap */
#define ROOM_MIN   256ul
#define LENGTH_MAX INT64_MAX

/* All contents that have a stream. */
static struct {
    struct lock lock; /* taken after that of contents */
    struct list list;
    bool ready;
} g_streams;

static void add_stream(struct tmp_data *data)
{
    lock_acquire(&g_streams.lock);
    if (!g_streams.ready)
        list_init(&g_streams.list);
    g_streams.ready = true;
    list_add_back(&g_streams.list, &data->streams);
    lock_release(&g_streams.lock);
}

void tmpfs_for_each_stream(void (*visit)(PAL_HANDLE *stream, void *arg), void *arg)
{
    lock_acquire(&g_streams.lock);
    if (g_streams.ready)
        list_for_each(node, &g_streams.list) visit(&list_entry(node, struct tmp_data, streams)->stream, arg);
    lock_release(&g_streams.lock);
}

/* All with the lock held. */

static int set_length(PAL_HANDLE stream, uint64_t length)
{
    pal_failure_clear();
    (void)DkStreamSetLength(stream, length);
    return pal_failed() ? pal_failure() : 0;
}

static int write_all(PAL_HANDLE stream, const char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        PAL_NUM written = DkStreamWrite(stream, done, size - done, (char *)(uintptr_t)bytes + done, NULL);
        if (written == 0)
            return pal_failure();
        done += written;
    }
    return 0;
}

static int make_stream(struct tmp_data *data)
{
    if (data->stream != NULL)
        return 0;
    PAL_HANDLE stream = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    if (stream == NULL)
        return pal_failure();
    int error = write_all(stream, data->bytes, data->size);
    if (error < 0) {
        DkObjectClose(stream);
        return error;
    }
    heap_free(data->bytes);
    data->bytes = NULL;
    data->room = 0;
    data->stream = stream;
    add_stream(data);
    return 0;
}

static int make_room(struct tmp_data *data, size_t size)
{
    if (size <= data->room)
        return 0;
    size_t room = data->room < ROOM_MIN ? ROOM_MIN : data->room;
    while (room < size)
        room *= 2;
    char *bytes = heap_alloc(room);
    if (bytes == NULL)
        return -ENOSPC;
    if (data->size != 0)
        memcpy(bytes, data->bytes, data->size);
    heap_free(data->bytes);
    data->bytes = bytes;
    data->room = room;
    return 0;
}

static uint64_t stream_size(const struct tmp_data *data, uint64_t *out_allocated)
{
    PAL_STREAM_ATTR attr = {0};
    if (!DkStreamAttributesQuerybyHandle(data->stream, &attr))
        return 0;
    if (out_allocated != NULL)
        *out_allocated = attr.allocated;
    return attr.size;
}

static int resize(struct tmp_data *data, uint64_t size)
{
    if (data->stream == NULL && size > SMALL_MAX) {
        int error = make_stream(data);
        if (error < 0)
            return error;
    }
    if (data->stream != NULL)
        return set_length(data->stream, size);
    int error = make_room(data, size);
    if (error < 0)
        return error;
    if (size > data->size)
        memset(data->bytes + data->size, 0, size - data->size);
    data->size = size;
    return 0;
}

static int64_t write_small(struct tmp_data *data, const void *buffer, size_t count, uint64_t position)
{
    uint64_t end = position + count;
    int error = make_room(data, end);
    if (error < 0)
        return error;
    if (position > data->size)
        memset(data->bytes + data->size, 0, position - data->size);
    if (user_read(data->bytes + position, buffer, count) < 0)
        return -EFAULT;
    if (end > data->size)
        data->size = end;
    return (int64_t)count;
}

/***** What others call *****/

int64_t tmp_data_read(struct tmp_data *data, void *buffer, size_t count, int64_t position)
{
    uint64_t start = (uint64_t)position;
    int64_t result = 0;
    lock_acquire(&data->lock);
    if (data->stream != NULL) {
        lock_release(&data->lock);
        return stream_read(data->stream, start, count, buffer);
    }
    if (start < data->size) {
        size_t left = data->size - start;
        size_t size = count < left ? count : left;
        result = user_write(buffer, data->bytes + start, size) < 0 ? -EFAULT : (int64_t)size;
    }
    lock_release(&data->lock);
    return result;
}

int64_t tmp_data_write(struct tmp_data *data, const void *buffer, size_t count, int64_t position, int64_t *out_position)
{
    uint64_t end;
    int64_t result = 0;
    lock_acquire(&data->lock);
    uint64_t start = (uint64_t)position;
    if (position < 0)
        start = data->stream != NULL ? stream_size(data, NULL) : data->size;
    if (__builtin_add_overflow(start, count, &end) || end > LENGTH_MAX)
        result = -EFBIG;
    if (result == 0 && data->stream == NULL && end > SMALL_MAX)
        result = make_stream(data);
    if (result == 0 && count != 0)
        result = data->stream != NULL ? stream_write(data->stream, start, count, buffer)
                                      : write_small(data, buffer, count, start);
    lock_release(&data->lock);
    if (result > 0)
        *out_position = (int64_t)start + result;
    return result;
}

int tmp_data_resize(struct tmp_data *data, uint64_t size)
{
    if (size > LENGTH_MAX)
        return -EFBIG;
    lock_acquire(&data->lock);
    int error = resize(data, size);
    lock_release(&data->lock);
    return error;
}

int tmp_data_zero(struct tmp_data *data, uint64_t start, uint64_t end)
{
    static const char zeros[PAGE_SIZE];
    int error = 0;
    lock_acquire(&data->lock);
    uint64_t size = data->stream != NULL ? stream_size(data, NULL) : data->size;
    if (end > size)
        end = size;
    if (data->stream == NULL && start < end)
        memset(data->bytes + start, 0, end - start);
    while (data->stream != NULL && start < end && error == 0) {
        size_t count = end - start < sizeof(zeros) ? end - start : sizeof(zeros);
        if (DkStreamWrite(data->stream, start, count, (void *)(uintptr_t)zeros, NULL) == 0)
            error = pal_failure();
        start += count;
    }
    lock_release(&data->lock);
    return error;
}

uint64_t tmp_data_size(struct tmp_data *data, uint64_t *out_allocated)
{
    lock_acquire(&data->lock);
    uint64_t allocated = page_up(data->size);
    uint64_t size = data->stream != NULL ? stream_size(data, &allocated) : data->size;
    lock_release(&data->lock);
    *out_allocated = allocated;
    return size;
}

int tmp_data_stream(struct tmp_data *data, PAL_HANDLE *out)
{
    lock_acquire(&data->lock);
    int error = make_stream(data);
    *out = data->stream;
    lock_release(&data->lock);
    return error;
}

void tmp_data_free(struct tmp_data *data)
{
    heap_free(data->bytes);
    if (data->stream == NULL)
        return;
    lock_acquire(&g_streams.lock);
    list_remove(&data->streams);
    lock_release(&g_streams.lock);
    DkObjectClose(data->stream);
}
