/* SPDX-License-Identifier: MIT */
/* Ranges of memory as they are at one moment, in a sealed memfd. Knows no channel. */
#include "linux_batch.h"
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include "linux_child.h"
#include "linux_error.h"
#include "linux_source.h"
#include "linux_stat.h"
#include "pal_host.h"
#include "pal_string.h"
#include "pal_user.h"
#include "sys_linux.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
/* Without these, the sender could pull pages away, or change them after they were received. */
#define SEALS_NEEDED (F_SEAL_SHRINK | F_SEAL_WRITE)

/* Pages that the kernel is asked about at once, and sizes that are written at once. */
#define PAGES_AT_ONCE 2048
#define SIZES_AT_ONCE 256

/* /proc/swaps: the kernel takes some 30, a line each, after a heading. */
#define SWAPS_SIZE 3072
#define SWAPS_USED 4 /* the field */

/***** Making *****/

struct copier {
    int fd;
    uint64_t offset; /* where the next page goes */
    bool swapping;   /* pages that are not in memory may be elsewhere */
    char *page;      /* room for one, of pal_malloc_any */
};

static int write_all(int fd, const void *from, size_t size, uint64_t offset)
{
    const char *next = from;
    while (size > 0) {
        const long written = sys_pwrite64(fd, next, size, offset);
        if (written <= 0)
            return written < 0 ? (int)linux_error(written) : -PAL_ERROR_NOMEM;
        next += written;
        offset += (uint64_t)written;
        size -= (size_t)written;
    }
    return 0;
}

/* Copy pages of which nothing is known: those of zeros are left out. */
static int copy_seen(struct copier *copier, const char *from, size_t size)
{
    const size_t page_size = g_linux.page_size;
    for (size_t done = 0; done < size; done += page_size) {
        int error = pal_user_read(copier->page, from + done, page_size);
        const bool zero = copier->page[0] == 0 && memcmp(copier->page, copier->page + 1, page_size - 1) == 0;
        if (error == 0 && !zero)
            error = write_all(copier->fd, copier->page, page_size, copier->offset + done);
        if (error < 0)
            return error;
    }
    copier->offset += size;
    return 0;
}

/* Copy pages that are in memory. */
static int copy_present(struct copier *copier, const char *from, size_t size)
{
    const int error = write_all(copier->fd, from, size, copier->offset);
    copier->offset += size;
    return error;
}

/* Copy pages that are not in memory: they are zeros, or the machine has put them elsewhere. */
static int copy_absent(struct copier *copier, const char *from, size_t size)
{
    if (copier->swapping)
        return copy_seen(copier, from, size);
    copier->offset += size;
    return 0;
}

/* Copy anonymous memory, run by run of pages that are in memory or not. */
static int copy_anonymous(struct copier *copier, char *from, size_t size)
{
    const size_t page_size = g_linux.page_size;
    unsigned char present[PAGES_AT_ONCE];
    while (size > 0) {
        const size_t part = size < PAGES_AT_ONCE * page_size ? size : PAGES_AT_ONCE * page_size;
        const size_t pages = part / page_size;
        if (sys_mincore(from, part, present) < 0)
            return -PAL_ERROR_BADADDR;
        for (size_t start = 0, end; start < pages; start = end) {
            end = start + 1;
            while (end < pages && (present[end] & 1) == (present[start] & 1))
                end++;
            const char *run = from + start * page_size;
            const size_t run_size = (end - start) * page_size;
            const int error =
                present[start] & 1 ? copy_present(copier, run, run_size) : copy_absent(copier, run, run_size);
            if (error < 0)
                return error;
        }
        from += part;
        size -= part;
    }
    return 0;
}

/* Whether memory is private and of no file. The kernel tells by what it would do for a child, so there is none meanwhile. */
static bool is_anonymous(void *address, size_t size)
{
    linux_lock(&g_births);
    const bool anonymous = sys_madvise(address, size, MADV_WIPEONFORK) == 0;
    sys_madvise(address, size, MADV_KEEPONFORK);
    linux_unlock(&g_births);
    return anonymous;
}

/* Whether a line of /proc/swaps tells of use: "NAME TYPE SIZE USED PRIORITY". */
static bool is_used(const char *line, size_t len)
{
    bool blank = true;
    unsigned field = 0;
    for (size_t i = 0; i < len; i++) {
        const bool was_blank = blank;
        blank = line[i] == ' ' || line[i] == '\t';
        field += was_blank && !blank;
        if (field == SWAPS_USED)
            return line[i] != '0';
    }
    return true;
}

/* Whether the machine keeps memory elsewhere, as far as is known. */
static bool is_swapping(void)
{
    char text[SWAPS_SIZE] = {0};
    const int fd = linux_source(LINUX_SOURCE_SWAPS);
    const long size = fd < 0 ? fd : sys_pread64(fd, text, sizeof(text), 0);
    bool used = size <= 0 || size == SWAPS_SIZE, heading = true;
    for (long from = 0, to; !used && from < size; from = to + 1) {
        to = from;
        while (to < size && text[to] != '\n')
            to++;
        used = !heading && is_used(text + from, (size_t)(to - from));
        heading = false;
    }
    return used;
}

static int copy_all(int fd, size_t head, size_t count, const struct pal_range *ranges)
{
    struct copier copier = {
        .fd = fd, .offset = head, .swapping = is_swapping(), .page = pal_malloc_any(g_linux.page_size)};
    int error = copier.page ? 0 : -PAL_ERROR_NOMEM;
    for (size_t i = 0; error == 0 && i < count; i++) {
        if (is_anonymous(ranges[i].address, ranges[i].size))
            error = copy_anonymous(&copier, ranges[i].address, ranges[i].size);
        else
            error = copy_seen(&copier, ranges[i].address, ranges[i].size);
    }
    pal_free_any(copier.page, g_linux.page_size);
    return error;
}

static int write_sizes(int fd, size_t count, const struct pal_range *ranges)
{
    uint64_t sizes[SIZES_AT_ONCE];
    int error = 0;
    for (size_t done = 0, part; error == 0 && done < count; done += part) {
        part = count - done < SIZES_AT_ONCE ? count - done : SIZES_AT_ONCE;
        for (size_t i = 0; i < part; i++)
            sizes[i] = ranges[done + i].size;
        error = write_all(fd, sizes, part * sizeof(sizes[0]), done * sizeof(sizes[0]));
    }
    return error;
}

/* Bytes of the sizes, as whole pages. */
static size_t head_size(size_t count)
{
    const size_t mask = g_linux.page_size - 1;
    return (count * sizeof(uint64_t) + mask) & ~mask;
}

int linux_batch_make(size_t count, const struct pal_range *ranges)
{
    uint64_t size = head_size(count);
    for (size_t i = 0; i < count; i++) {
        if (__builtin_add_overflow(size, ranges[i].size, &size) || size > INT64_MAX)
            return -PAL_ERROR_NOMEM;
    }
    const int fd = (int)linux_error(sys_memfd_create("pal", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (fd < 0)
        return fd;
    int error = (int)linux_error(sys_ftruncate(fd, size));
    if (error == 0)
        error = write_sizes(fd, count, ranges);
    if (error == 0)
        error = copy_all(fd, head_size(count), count, ranges);
    if (error == 0)
        error = (int)linux_error(sys_fcntl(fd, F_ADD_SEALS, SEALS));
    if (error == 0)
        return fd;
    sys_close(fd);
    return error;
}

/***** Mapping *****/

int linux_batch_begin(struct linux_batch *batch, int fd, uint32_t count)
{
    if (count == 0 || count > LINUX_BATCH_MAX)
        return -PAL_ERROR_INCONSIST;
    const int seals = sys_fcntl(fd, F_GET_SEALS, 0);
    PAL_STREAM_ATTR attr;
    if (seals < 0 || (seals & SEALS_NEEDED) != SEALS_NEEDED || linux_stat_open(fd, &attr) < 0 ||
        attr.size < head_size(count))
        return -PAL_ERROR_INCONSIST;
    *batch = (struct linux_batch){.fd = fd, .count = count, .offset = head_size(count), .end = attr.size};
    return 0;
}

void linux_batch_end(struct linux_batch *batch)
{
    if (batch->next < batch->count)
        sys_close(batch->fd);
    batch->next = batch->count;
}

int linux_batch_map(struct linux_batch *batch, struct pal_range *range)
{
    uint64_t size = 0;
    const long got = sys_pread64(batch->fd, &size, sizeof(size), batch->next * sizeof(size));
    if (got != sizeof(size) || size == 0 || size & (g_linux.page_size - 1) || size > batch->end - batch->offset) {
        linux_batch_end(batch);
        return -PAL_ERROR_INCONSIST;
    }
    if (size != range->size)
        return -PAL_ERROR_INVAL;
    const int protection = linux_protection(range->prot), flags = MAP_PRIVATE | MAP_NORESERVE;
    linux_memory_gets_file();
    const long result = range->address
                            ? sys_mmap(range->address, size, protection, flags | MAP_FIXED, batch->fd, batch->offset)
                            : linux_map_anywhere(size, protection, flags, batch->fd, batch->offset);
    if (result < 0 && result > -4096)
        return (int)linux_error(result);
    range->address = (void *)result;
    batch->offset += size;
    if (++batch->next == batch->count)
        sys_close(batch->fd);
    return 0;
}
