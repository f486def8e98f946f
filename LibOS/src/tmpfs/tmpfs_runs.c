/* SPDX-License-Identifier: MIT */
/* Large contents of one file of tmpfs. Knows neither its size nor its lock. */
#include "tmpfs_runs.h"

#include "shared.h"

#define RUN_MIN   65536ul
#define TOTAL_MAX (1ul << 62)
#define ZEROS     65536ul

PAL_LARGE static char g_zeros[ZEROS]; /* never written */

static uint64_t count_of(const struct tmp_runs *runs)
{
    const uint64_t count = __atomic_load_n(&runs->count, __ATOMIC_RELAXED);
    return count < TMP_RUNS_MAX ? count : TMP_RUNS_MAX;
}

/* Bytes of the file that lie in a row: in the stream, or nowhere. */
struct extent {
    uint64_t at; /* in the stream */
    uint64_t size;
    bool hole;
};

static struct extent extent_at(const struct tmp_runs *runs, uint64_t position, uint64_t size)
{
    uint64_t start = 0;
    for (uint64_t i = 0; i < count_of(runs); i++) {
        const struct tmp_run *run = &runs->run[i];
        if (position - start < run->size) {
            const uint64_t left = run->size - (position - start);
            return (struct extent){.at = run->start + (position - start), .size = size < left ? size : left};
        }
        start += run->size;
    }
    return (struct extent){.size = size, .hole = true};
}

/* Zeros for the first bytes of a run that nobody has yet. */
static int zero_new(const struct tmp_run *run, uint64_t size)
{
    for (uint64_t done = 0; done < size;) {
        const uint64_t part = size - done < ZEROS ? size - done : ZEROS;
        const int64_t result = stream_write_through(tmp_space_stream(), run->start + done, part, g_zeros);
        if (result <= 0)
            return -ENOSPC;
        done += (uint64_t)result;
    }
    return 0;
}

/* Take a run of a size at least, which is for bytes of a file from `start` on. */
static int take(uint64_t wanted, uint64_t start, uint64_t file_size, struct tmp_run *out)
{
    if (tmp_run_take(wanted, out) < 0)
        return -ENOSPC;
    const uint64_t inside = file_size > start ? file_size - start : 0;
    if (zero_new(out, inside < out->used ? inside : out->used) == 0)
        return 0;
    tmp_run_give(out);
    return -ENOSPC;
}

int tmp_runs_cover(struct tmp_runs **slot, uint64_t end, uint64_t file_size)
{
    if (*slot == NULL)
        *slot = shared_alloc(sizeof(struct tmp_runs));
    struct tmp_runs *runs = *slot;
    if (runs == NULL || end > TOTAL_MAX)
        return -ENOSPC;
    while (runs->total < end) {
        uint64_t size = page_up(end) - runs->total;
        if (size < runs->total)
            size = runs->total;
        if (size < RUN_MIN)
            size = RUN_MIN;
        struct tmp_run run;
        const uint64_t count = count_of(runs);
        if (count == TMP_RUNS_MAX || take(size, runs->total, file_size, &run) < 0)
            return -ENOSPC;
        if (run.used != 0 && runs->dirty < runs->total + run.used)
            runs->dirty = runs->total + run.used;
        runs->run[count] = run;
        /* Others may be reading those before it. */
        __atomic_store_n(&runs->count, count + 1, __ATOMIC_RELEASE);
        runs->total += size;
    }
    return 0;
}

int64_t tmp_runs_read(const struct tmp_runs *runs, void *buffer, uint64_t count, uint64_t position)
{
    uint64_t done = 0;
    while (done < count) {
        char *to = (char *)buffer + done;
        const struct extent extent = extent_at(runs, position + done, count - done);
        const int64_t result = !extent.hole ? stream_read_through(tmp_space_stream(), extent.at, extent.size, to)
                               : user_zero(to, extent.size) < 0 ? -EFAULT
                                                                : (int64_t)extent.size;
        if (result <= 0)
            return done != 0 ? (int64_t)done : result;
        done += (uint64_t)result;
    }
    return (int64_t)done;
}

int64_t tmp_runs_write(const struct tmp_runs *runs, const void *buffer, uint64_t count, uint64_t position)
{
    uint64_t done = 0;
    while (done < count) {
        const struct extent extent = extent_at(runs, position + done, count - done);
        const int64_t result =
            extent.hole ? -EIO
                        : stream_write_through(tmp_space_stream(), extent.at, extent.size, (const char *)buffer + done);
        if (result <= 0)
            return done != 0 ? (int64_t)done : result;
        done += (uint64_t)result;
    }
    return (int64_t)done;
}

int tmp_runs_zero(struct tmp_runs *runs, uint64_t from, uint64_t to)
{
    if (to > runs->dirty)
        to = runs->dirty;
    if (to > runs->total)
        to = runs->total;
    while (from < to) {
        const int64_t result = tmp_runs_write(runs, g_zeros, to - from < ZEROS ? to - from : ZEROS, from);
        if (result <= 0)
            return result < 0 ? (int)result : -ENOSPC;
        from += (uint64_t)result;
    }
    return 0;
}

void tmp_runs_drop(struct tmp_runs *runs, uint64_t size)
{
    for (uint64_t count = count_of(runs); count > 0; count--) {
        struct tmp_run run = runs->run[count - 1];
        const uint64_t start = runs->total - run.size;
        if (start < size)
            break;
        const uint64_t used = runs->dirty > start ? runs->dirty - start : 0;
        run.used = used < run.size ? used : run.size;
        runs->count = count - 1;
        runs->total = start;
        tmp_run_give(&run);
    }
    if (runs->dirty > runs->total)
        runs->dirty = runs->total;
}

void tmp_runs_free(struct tmp_runs *runs)
{
    if (runs == NULL || !shared_has(runs, sizeof(*runs)))
        return;
    tmp_runs_drop(runs, 0);
    shared_free(runs, sizeof(*runs));
}

int tmp_runs_map(const struct tmp_runs *runs, const struct tmp_mapping *mapping)
{
    for (uint64_t done = 0; done < mapping->size;) {
        void *address = (void *)(mapping->address + done);
        const struct extent extent = extent_at(runs, mapping->offset + done, mapping->size - done);
        if (extent.hole)
            return -EIO;
        if (DkStreamMap(tmp_space_stream(), address, mapping->prot, extent.at, extent.size) == NULL)
            return pal_failure();
        done += extent.size;
    }
    return 0;
}
