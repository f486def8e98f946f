/* SPDX-License-Identifier: MIT */
/* Contents of files of tmpfs. Knows no names.
 *
 * Small contents are a piece of the shared memory. Those that outgrow it, or are mapped, are in runs, which are given back only
 * while nobody uses them. Beyond the file's size there may be anything in them, which becomes zeros when the file grows. */
#include "tmpfs.h"

#include "shared.h"

#define SMALL_MAX  32768ul
#define ROOM_MIN   256ul
#define LENGTH_MAX INT64_MAX
#define CHUNK      (4ul << 20) /* what is written at once with the lock held */

/***** With the lock held *****/

static void free_bytes(struct tmp_data *data)
{
    char *bytes = data->bytes;
    data->bytes = NULL;
    shared_free(bytes, data->room);
    data->room = 0;
}

/* Have the contents in runs, with room for `end` bytes. */
static int enlarge(struct tmp_data *data, uint64_t end)
{
    int error =
        tmp_runs_cover(&data->runs, end > data->size || data->large ? end : data->size, data->large ? data->size : 0);
    if (error < 0 || data->large)
        return error;
    const int64_t written = tmp_runs_write(data->runs, data->bytes, data->size, 0);
    if (written < 0 || (uint64_t)written < data->size)
        return -ENOSPC;
    if (data->runs->dirty < data->size)
        data->runs->dirty = data->size;
    data->allocated = page_up(data->size);
    data->large = true;
    free_bytes(data);
    return 0;
}

static int make_room(struct tmp_data *data, size_t size)
{
    if (size <= data->room)
        return 0;
    size_t room = data->room < ROOM_MIN ? ROOM_MIN : data->room;
    while (room < size)
        room *= 2;
    char *bytes = shared_alloc(room);
    if (bytes == NULL)
        return -ENOSPC;
    if (data->size != 0)
        memcpy(bytes, data->bytes, data->size);
    free_bytes(data);
    data->bytes = bytes;
    data->room = room;
    return 0;
}

/* What another process may have written there by mistake is no reason to leave the shared memory. */
static bool small_is_sane(const struct tmp_data *data)
{
    return data->size <= data->room && data->room <= SHARED_MAX &&
           (data->bytes == NULL ? data->room == 0 : shared_has(data->bytes, data->room));
}

static int begin(struct tmp_data *data)
{
    shared_lock(&data->lock);
    const bool sane = data->large ? shared_has(data->runs, sizeof(*data->runs)) : small_is_sane(data);
    if (sane)
        return 0;
    shared_unlock(&data->lock);
    return -EIO;
}

/* The file has grown to `end`, where it is mapped, too. */
static void grown(struct tmp_data *data, uint64_t end)
{
    data->size = end;
    if (data->mapped && data->runs->dirty < page_up(end))
        data->runs->dirty = page_up(end);
}

static void shrink(struct tmp_data *data, uint64_t size)
{
    data->size = size;
    if (data->allocated > page_up(size))
        data->allocated = page_up(size);
    if (!data->mapped && __atomic_load_n(&data->users, __ATOMIC_ACQUIRE) == 0)
        tmp_runs_drop(data->runs, size);
}

static int resize(struct tmp_data *data, uint64_t size)
{
    if (!data->large && size > SMALL_MAX) {
        const int error = enlarge(data, 0);
        if (error < 0)
            return error;
    }
    if (data->large && size <= data->size) {
        shrink(data, size);
        return 0;
    }
    const int error = data->large ? tmp_runs_zero(data->runs, data->size, size) : make_room(data, size);
    if (error < 0)
        return error;
    if (!data->large && size > data->size)
        memset(data->bytes + data->size, 0, size - data->size);
    grown(data, size);
    return 0;
}

static int64_t write_small(struct tmp_data *data, const void *buffer, size_t count, uint64_t position)
{
    const uint64_t end = position + count;
    const int error = make_room(data, end);
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

static int64_t write_grown(struct tmp_data *data, const void *buffer, size_t count, uint64_t position)
{
    if (count > CHUNK)
        count = CHUNK;
    int error = tmp_runs_cover(&data->runs, position + count, data->size);
    if (error == 0 && position > data->size)
        error = tmp_runs_zero(data->runs, data->size, position);
    if (error < 0)
        return error;
    const uint64_t before = position > data->runs->dirty ? position : page_up(data->runs->dirty);
    if (data->runs->dirty < position + count)
        data->runs->dirty = position + count;
    const int64_t result = tmp_runs_write(data->runs, buffer, count, position);
    if (result <= 0)
        return result;
    const uint64_t end = position + (uint64_t)result;
    if (page_up(end) > page_down(before))
        data->allocated += page_up(end) - page_down(before);
    if (end > data->size)
        grown(data, end);
    return result;
}

/***** What others call *****/

int64_t tmp_data_read(struct tmp_data *data, void *buffer, size_t count, int64_t position)
{
    const uint64_t start = (uint64_t)position;
    int64_t result = begin(data);
    if (result < 0)
        return result;
    const uint64_t left = start < data->size ? data->size - start : 0;
    const uint64_t size = count < left ? count : left;
    if (data->large && size != 0) {
        __atomic_add_fetch(&data->users, 1, __ATOMIC_RELAXED);
        shared_unlock(&data->lock);
        result = tmp_runs_read(data->runs, buffer, size, start);
        __atomic_sub_fetch(&data->users, 1, __ATOMIC_RELEASE);
        return result;
    }
    if (size != 0)
        result = user_write(buffer, data->bytes + start, size) < 0 ? -EFAULT : (int64_t)size;
    shared_unlock(&data->lock);
    return result;
}

/* One piece of a write, with the lock held, which is given back. */
static int64_t write_piece(struct tmp_data *data, const void *buffer, size_t count, uint64_t position)
{
    int64_t result = 0;
    if (!data->large && position + count > SMALL_MAX)
        result = enlarge(data, position + count);
    if (result == 0 && data->large && position + count <= data->size && position + count <= data->runs->total) {
        const uint64_t end = position + count;
        if (data->runs->dirty < end)
            data->runs->dirty = end;
        __atomic_add_fetch(&data->users, 1, __ATOMIC_RELAXED);
        shared_unlock(&data->lock);
        result = tmp_runs_write(data->runs, buffer, count, position);
        __atomic_sub_fetch(&data->users, 1, __ATOMIC_RELEASE);
        return result;
    }
    if (result == 0)
        result = data->large ? write_grown(data, buffer, count, position) : write_small(data, buffer, count, position);
    shared_unlock(&data->lock);
    return result;
}

/* How much of a piece of memory lies in the page in which it begins. */
static size_t size_in_page(const char *from, size_t size)
{
    const size_t rest = PAGE_SIZE - ((uintptr_t)from & (PAGE_SIZE - 1));
    return size < rest ? size : rest;
}

int64_t tmp_data_write(struct tmp_data *data, const void *buffer, size_t count, int64_t position, int64_t *out_position)
{
    size_t done = 0;
    int64_t result = 0;
    bool by_pages = false;
    while (done < count) {
        const char *from = (const char *)buffer + done;
        const size_t wanted = by_pages ? size_in_page(from, count - done) : count - done;
        uint64_t end;
        result = begin(data);
        if (result < 0)
            break;
        const uint64_t start = position < 0 ? data->size : (uint64_t)position + done;
        if (__builtin_add_overflow(start, count - done, &end) || end > LENGTH_MAX) {
            shared_unlock(&data->lock);
            result = -EFBIG;
            break;
        }
        result = write_piece(data, from, wanted, start);
        if (result == -EFAULT && !by_pages) {
            by_pages = true; /* what can be read is written */
            continue;
        }
        if (result <= 0)
            break;
        done += (size_t)result;
        *out_position = (int64_t)start + result;
    }
    return done != 0 ? (int64_t)done : result;
}

int tmp_data_resize(struct tmp_data *data, uint64_t size)
{
    if (size > LENGTH_MAX)
        return -EFBIG;
    int error = begin(data);
    if (error < 0)
        return error;
    error = resize(data, size);
    shared_unlock(&data->lock);
    return error;
}

int tmp_data_zero(struct tmp_data *data, uint64_t start, uint64_t end)
{
    int error = 0;
    bool more = true;
    while (more && error == 0) {
        error = begin(data);
        if (error < 0)
            break;
        const uint64_t last = end < data->size ? end : data->size;
        const uint64_t next = last > start && last - start > CHUNK ? start + CHUNK : last;
        if (data->large)
            error = tmp_runs_zero(data->runs, start, next);
        else if (start < next)
            memset(data->bytes + start, 0, next - start);
        shared_unlock(&data->lock);
        start = next;
        more = next < last;
    }
    return error;
}

uint64_t tmp_data_size(struct tmp_data *data, uint64_t *out_allocated)
{
    /* Two words that are never half written: who looks meanwhile sees what was before or after. */
    const uint64_t size = __atomic_load_n(&data->size, __ATOMIC_RELAXED);
    *out_allocated = data->large ? data->allocated : page_up(size);
    return size;
}

int tmp_data_map(struct tmp_data *data, const struct tmp_mapping *mapping)
{
    int error = begin(data);
    if (error < 0)
        return error;
    uint64_t end;
    error = __builtin_add_overflow(mapping->offset, mapping->size, &end) ? -EOVERFLOW : enlarge(data, end);
    /* The rest of the last page is seen, too. */
    if (error == 0 && !data->mapped)
        error = tmp_runs_zero(data->runs, data->size, page_up(data->size));
    if (error == 0) {
        data->mapped = true;
        grown(data, data->size);
    }
    shared_unlock(&data->lock);
    return error < 0 ? error : tmp_runs_map(data->runs, mapping);
}

void tmp_data_free(struct tmp_data *data)
{
    free_bytes(data);
    tmp_runs_free(data->runs);
    data->runs = NULL;
}
