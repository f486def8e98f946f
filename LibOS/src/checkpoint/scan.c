/* SPDX-License-Identifier: MIT */
/* What of memory has to be written into an image: neither zeros nor what a file says anyway. Memory that is written comes in
 * pieces of some pages; short pieces that need not be are written, too, so that fewer ranges have to be mapped. */
#include "fs.h"
#include "mm/room.h"
#include "room.h"

#define GAP_EMPTY   (256ul << 10) /* bytes of zeros between two pieces that make them two; holes cost no room */
#define GAP_FILE    (1ul << 20)   /* of what the file says */
#define COMPARE_MIN (1ul << 20)   /* mappings of files below this are written whole: fewer files to rely on */

enum piece { PIECE_WRITTEN, PIECE_NEEDLESS, PIECE_MISSING };

struct scan {
    struct writer *writer;
    const struct mapping *map;
    enum image_kind kind;
    struct file *file; /* to compare with, or NULL */
    uint64_t gap_max;
    struct image_range *range; /* being written, or NULL */
    bool covered;              /* from the start on, without gaps */
};

/***** Writing *****/

static bool is_zero(const void *page)
{
    const uint64_t *word = page;
    uint64_t any = 0;
    for (unsigned i = 0; i < PAGE_SIZE / sizeof(*word); i++)
        any |= word[i];
    return any == 0;
}

static int write_all(PAL_HANDLE output, uint64_t offset, const char *bytes, size_t size)
{
    while (size > 0) {
        const PAL_NUM written = DkStreamWrite(output, offset, size, (void *)(uintptr_t)bytes, NULL);
        if (written == 0)
            return pal_failure();
        offset += written;
        bytes += written;
        size -= written;
    }
    return 0;
}

/* NULL = there are too many. */
static struct image_range *add_range(struct writer *writer, enum image_kind kind, uint64_t start, uint64_t end)
{
    if (!writer->ranges || writer->range_count == IMAGE_RANGES_MAX)
        return NULL;
    struct image_range *range = &writer->ranges[writer->range_count++];
    *range = (struct image_range){.start = start, .end = end, .offset = writer->size, .kind = (uint32_t)kind};
    return range;
}

int writer_put(struct writer *writer, struct image_range *range, const void *pages, size_t size)
{
    const char *page = pages;
    int error = 0;
    range->sum = image_sum(range->sum, pages, size);
    range->end += size;
    for (size_t at = 0; at < size && error == 0;) {
        size_t end = at;
        while (end < size && !is_zero(page + end))
            end += PAGE_SIZE;
        if (end > at)
            error = write_all(writer->output, writer->size + at, page + at, end - at);
        at = end + PAGE_SIZE;
    }
    writer->size += size;
    return error;
}

/***** Memory *****/

/* Begin a range, or go on with the last one if this is its continuation. */
static int begin(struct scan *scan, uint64_t start)
{
    struct writer *writer = scan->writer;
    struct image_range *last = writer->range_count ? &writer->ranges[writer->range_count - 1] : NULL;
    if (last && last->kind == (uint32_t)scan->kind && last->end == start && last->prot == (uint32_t)scan->map->prot) {
        scan->range = last;
        return 0;
    }
    scan->range = add_range(writer, scan->kind, start, start);
    if (!scan->range)
        return -ENOMEM;
    scan->range->prot = (uint32_t)scan->map->prot;
    return 0;
}

/* Fetch a piece; what is not there reads as zeros. */
static bool fetch(const struct scan *scan, uint64_t start, size_t size)
{
    char *buffer = scan->writer->buffer;
    bool whole = true;
    if (user_read(buffer, (const void *)start, size) == 0)
        return true;
    for (size_t at = 0; at < size; at += PAGE_SIZE) {
        if (user_read(buffer + at, (const void *)(start + at), PAGE_SIZE) == 0)
            continue;
        memset(buffer + at, 0, PAGE_SIZE);
        whole = false;
    }
    return whole;
}

static bool is_as_file(const struct scan *scan, uint64_t start, size_t size)
{
    char *compare = scan->writer->compare;
    const uint64_t offset = scan->map->offset + (start - scan->map->start);
    const int64_t count = file_read_at(scan->file, compare, size, (int64_t)offset);
    if (count < 0)
        return false;
    memset(compare + count, 0, size - (size_t)count);
    return memcmp(compare, scan->writer->buffer, size) == 0;
}

static enum piece look(const struct scan *scan, uint64_t start, size_t size)
{
    if (!fetch(scan, start, size))
        return PIECE_MISSING;
    if (scan->file)
        return is_as_file(scan, start, size) ? PIECE_NEEDLESS : PIECE_WRITTEN;
    if (scan->map->file)
        return PIECE_WRITTEN;
    for (size_t at = 0; at < size; at += PAGE_SIZE)
        if (!is_zero(scan->writer->buffer + at))
            return PIECE_WRITTEN;
    return PIECE_NEEDLESS;
}

/* Write up to an address what was passed over. */
static int fill(struct scan *scan, uint64_t end)
{
    int error = 0;
    while (scan->range->end < end && error == 0) {
        const uint64_t start = scan->range->end, left = end - start;
        const size_t size = left < CHUNK_SIZE ? left : CHUNK_SIZE;
        (void)fetch(scan, start, size);
        error = writer_put(scan->writer, scan->range, scan->writer->buffer, size);
    }
    return error;
}

static int scan_pieces(struct scan *scan)
{
    const struct mapping *map = scan->map;
    int error = 0;
    scan->covered = true;
    for (uint64_t at = map->start; at < map->end && error == 0; at += CHUNK_SIZE) {
        const size_t size = map->end - at < CHUNK_SIZE ? map->end - at : CHUNK_SIZE;
        const enum piece piece = look(scan, at, size);
        const uint64_t from = scan->range ? scan->range->end : map->start;
        if (piece == PIECE_MISSING || (piece == PIECE_NEEDLESS && at + size - from > scan->gap_max)) {
            scan->range = NULL;
            scan->covered = false;
        }
        if (piece != PIECE_WRITTEN)
            continue;
        if (!scan->range)
            error = begin(scan, scan->covered ? map->start : at);
        if (error == 0 && scan->range->end < at) {
            error = fill(scan, at);
            (void)fetch(scan, at, size);
        }
        if (error == 0)
            error = writer_put(scan->writer, scan->range, scan->writer->buffer, size);
    }
    if (error == 0 && scan->range)
        error = fill(scan, map->end);
    scan->covered = scan->covered && scan->range;
    return error;
}

/* What lies below what was written. It comes first when the process goes on, whatever its place in the table. */
static int add_base(struct scan *scan)
{
    const struct mapping *map = scan->map;
    const enum image_kind kind = scan->kind == IMAGE_LIBRARY ? IMAGE_LIBRARY_EMPTY
                                 : map->file                 ? IMAGE_FILE
                                                             : IMAGE_EMPTY;
    struct image_range *range = add_range(scan->writer, kind, map->start, map->end);
    if (!range)
        return -ENOMEM;
    range->prot = (uint32_t)map->prot;
    range->flags = (uint32_t)map->flags;
    return map->file ? files_rely_on(map->file) : 0;
}

int scan_mapping(struct writer *writer, const struct mapping *map, enum image_kind kind)
{
    struct file_attr attr;
    const uint64_t size = map->end - map->start;
    const bool unreadable = !(map->prot & PROT_READ);
    struct scan scan = {.writer = writer, .map = map, .kind = kind, .gap_max = map->file ? GAP_FILE : GAP_EMPTY};
    /* Mapped devices are memory; other shared mappings are files'. */
    if (map->flags & MAP_SHARED && !(file_attributes(map->file, &attr) == 0 && S_ISCHR(attr.mode)))
        return add_base(&scan);
    if (map->file && size >= COMPARE_MIN)
        scan.file = map->file;
    int error = unreadable ? mm_host_protect(map->start, map->end, PROT_READ) : 0;
    if (error == 0)
        error = scan_pieces(&scan);
    if (unreadable && mm_host_protect(map->start, map->end, map->prot) < 0)
        die("checkpoint: memory cannot be put back as it was");
    return error == 0 && !scan.covered ? add_base(&scan) : error;
}

/***** Streams *****/

int scan_stream(struct writer *writer, PAL_HANDLE stream, uint64_t start, uint64_t end, enum image_kind kind,
                uint32_t index)
{
    struct image_range *range = NULL;
    int error = 0;
    for (uint64_t at = start; at < end && error == 0; at += CHUNK_SIZE) {
        const size_t size = end - at < CHUNK_SIZE ? end - at : CHUNK_SIZE, pages = page_up(size);
        bool wanted = false;
        const int64_t count = stream_read_through(stream, at, size, writer->buffer);
        if (count < 0)
            return (int)count;
        memset(writer->buffer + count, 0, pages - (size_t)count);
        for (size_t page = 0; page < pages; page += PAGE_SIZE)
            wanted = wanted || !is_zero(writer->buffer + page);
        if (!wanted) {
            range = NULL;
            continue;
        }
        if (!range && !(range = add_range(writer, kind, at, at)))
            return -ENOMEM;
        range->stream = index;
        error = writer_put(writer, range, writer->buffer, pages);
    }
    return error;
}
