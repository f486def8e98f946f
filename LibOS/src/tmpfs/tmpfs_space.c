/* SPDX-License-Identifier: MIT */
/* Room for large contents of tmpfs: runs of the stream that all processes share, so that any of them can read, write and map
 * what any other has made. Knows no file.
 *
 * Addresses of the stream are many: 2^62 bytes. Runs are taken from its top, or from what was given back, which is kept in the
 * order of its addresses, the highest first. Memory returns to the host when the top comes down. */
#include "tmpfs_space.h"

#include "shared.h"

#define SPACE_SIZE (1ul << 62)
/* What is larger is always taken from the top, where it is known to be zeroed. */
#define REUSE_MAX (16ul << 20)
/* How many free runs are looked at. Those that find no place in the list are lost until the top comes down past them. */
#define TRIES_MAX 64
#define FREE_MAX  65536

struct free_run {
    struct free_run *next;
    struct tmp_run run;
};

/* In shared memory. */
struct space {
    struct shared_lock lock;
    bool is_extended; /* the stream reaches to the end of all addresses */
    uint64_t start;   /* the first one */
    uint64_t top;     /* nothing is used from here on, and it is zeroed */
    struct free_run *free;
};

static struct space *g_space;

int tmp_space_begin(void)
{
    if (g_space != NULL)
        return 0;
    struct space *space = shared_alloc(sizeof(*space));
    if (space == NULL)
        return -ENOMEM;
    (void)shared_stream(&space->start);
    space->top = space->start;
    g_space = space;
    return 0;
}

PAL_HANDLE tmp_space_stream(void)
{
    uint64_t start;
    return shared_stream(&start);
}

/* Reading and mapping need a length; what has not been written takes no memory. */
static int extend(void)
{
    if (g_space->is_extended)
        return 0;
    if (DkStreamSetLength(tmp_space_stream(), SPACE_SIZE) != SPACE_SIZE)
        return pal_failure();
    g_space->is_extended = true;
    return 0;
}

void tmp_space_used(uint64_t *out_start, uint64_t *out_end)
{
    *out_start = g_space != NULL ? g_space->start : 0;
    *out_end = g_space != NULL ? g_space->top : 0;
}

int tmp_space_resumed(void)
{
    if (g_space == NULL || !g_space->is_extended)
        return 0;
    g_space->is_extended = false;
    return extend();
}

/* The free run that a link leads to; NULL = none. */
static struct free_run *run_at(struct free_run *const *link)
{
    struct free_run *run = *link;
    return run != NULL && shared_has(run, sizeof(*run)) ? run : NULL;
}

static void unlink_run(struct free_run **link, struct free_run *run)
{
    *link = run->next;
    shared_free(run, sizeof(*run));
}

static bool reuse(uint64_t size, struct tmp_run *out)
{
    struct free_run **link = &g_space->free;
    struct free_run *free;
    for (unsigned tries = 0; tries < TRIES_MAX && (free = run_at(link)) != NULL; tries++, link = &free->next) {
        struct tmp_run *run = &free->run;
        if (run->size < size)
            continue;
        const uint64_t used = run->used < size ? run->used : size;
        *out = (struct tmp_run){.start = run->start, .size = size, .used = used};
        run->start += size;
        run->size -= size;
        run->used -= used;
        if (run->size == 0)
            unlink_run(link, free);
        return true;
    }
    return false;
}

static int take_new(uint64_t size, struct tmp_run *out)
{
    uint64_t end;
    const uint64_t start = g_space->top;
    if (__builtin_add_overflow(start, size, &end) || end > SPACE_SIZE || extend() < 0)
        return -ENOSPC;
    g_space->top = end;
    *out = (struct tmp_run){.start = start, .size = size};
    return 0;
}

int tmp_run_take(uint64_t size, struct tmp_run *out)
{
    shared_lock(&g_space->lock);
    const int error = size <= REUSE_MAX && reuse(size, out) ? 0 : take_new(size, out);
    shared_unlock(&g_space->lock);
    return error;
}

/* Let the top come down. */
static void lower(uint64_t top)
{
    struct free_run *free;
    while ((free = run_at(&g_space->free)) != NULL && free->run.start + free->run.size == top) {
        top = free->run.start;
        unlink_run(&g_space->free, free);
    }
    /* To no less than where the memory of all ends. */
    if (top < g_space->start)
        return;
    g_space->is_extended = false;
    if (DkStreamSetLength(tmp_space_stream(), top) == top)
        g_space->top = top;
    (void)!extend();
}

/* Add what lies right behind a run to it. */
static void append(struct tmp_run *run, const struct tmp_run *next)
{
    if (next->used != 0)
        run->used = run->size + next->used;
    run->size += next->size;
}

static bool is_next(const struct tmp_run *run, const struct tmp_run *next)
{
    return run->start + run->size == next->start;
}

/* Put one into the list, as a part of those beside it if they are there. */
static void keep(const struct tmp_run *run)
{
    struct free_run **link = &g_space->free, **higher_link = NULL;
    struct free_run *lower;
    for (unsigned tries = 0; (lower = run_at(link)) != NULL && lower->run.start > run->start; tries++) {
        if (tries == FREE_MAX)
            return;
        higher_link = link;
        link = &lower->next;
    }
    struct free_run *higher = higher_link != NULL ? *higher_link : NULL;
    if (higher != NULL && is_next(run, &higher->run)) {
        struct tmp_run joined = *run;
        append(&joined, &higher->run);
        if (lower != NULL && is_next(&lower->run, &joined)) {
            append(&lower->run, &joined);
            unlink_run(higher_link, higher);
        } else {
            higher->run = joined;
        }
    } else if (lower != NULL && is_next(&lower->run, run)) {
        append(&lower->run, run);
    } else {
        struct free_run *free = shared_alloc(sizeof(*free));
        if (free == NULL)
            return;
        free->run = *run;
        free->next = lower;
        *link = free;
    }
}

void tmp_run_give(const struct tmp_run *run)
{
    shared_lock(&g_space->lock);
    if (run->start + run->size == g_space->top)
        lower(run->start);
    else
        keep(run);
    shared_unlock(&g_space->lock);
}
