/* SPDX-License-Identifier: MIT */
/* Memory shared by all processes: its place, pieces of it, and locks in it. Knows nothing of what it is used for. */
#include "shared.h"
#include "format.h"
#include "process/table.h"

#define CLASS_MIN   32ul
#define CLASS_COUNT 20 /* 32 bytes to 16 MiB */
_Static_assert(CLASS_MIN << (CLASS_COUNT - 1) == SHARED_MAX, "the largest class");

/* How a lock is waited for: looks, then sleeps; after so many sleeps its owner is looked after, and if it was the same one
 * up to the limit it is taken for dead even if the host still knows it, as one that nobody has buried. Nobody yields, which on a
 * busy host gives a whole slice of time to somebody else, while a sleep is over soon. */
#define SPINS         100
#define NAP_US        50
#define NAPS_TO_CHECK 20
#define NAPS_LIMIT    20000

/* A host gives a process that reads a page of memory that it shares those beside it up to multiples of this. */
#define AROUND (64ul << 10)

/* So small things lie together behind the pool, as long as there is room. */
#define NEAR_MAX 256ul
#define NEAR_END (3 * PAGE_SIZE)

/* At the start of the span. */
struct pool {
    struct shared_lock lock;
    uint64_t near_used;         /* bytes from the start, up to NEAR_END */
    uint64_t used;              /* bytes from the start */
    uint64_t free[CLASS_COUNT]; /* offsets, chained by the first word; 0 = none */
};

bool g_shared;
uint64_t g_shared_start, g_shared_span;
static PAL_HANDLE g_stream; /* one of the documented places of handles */
static struct lock g_begin;

void shared_init(void)
{
    g_shared_start = (g_guest_end - SHARED_SPAN_MAX) & ~(AROUND - 1);
    g_guest_end = g_shared_start;
}

static struct pool *pool(void)
{
    return (struct pool *)g_shared_start;
}

static int map(PAL_HANDLE file, uint64_t span)
{
    if (DkStreamSetLength(file, span) != span)
        return pal_failure();
    return DkStreamMap(file, (void *)g_shared_start, PAL_PROT_READ | PAL_PROT_WRITE, 0, span) ? 0 : pal_failure();
}

/* As much as the host lets it have. */
static int make(uint64_t most, uint64_t least)
{
    PAL_HANDLE file = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    if (!file)
        return pal_failure();
    uint64_t span = most;
    int error;
    while ((error = map(file, span)) < 0 && span > least)
        span /= 4;
    if (error < 0) {
        DkObjectClose(file);
        return error;
    }
    g_stream = file;
    g_shared_span = span;
    pool()->near_used = page_up(sizeof(struct pool));
    pool()->used = NEAR_END;
    __atomic_store_n(&g_shared, true, __ATOMIC_RELEASE);
    return 0;
}

int shared_begin(void)
{
    if (g_shared)
        return 0;
    lock_acquire(&g_begin);
    const int error = g_shared ? 0 : make(SHARED_SPAN_MAX, SHARED_SPAN_MIN);
    lock_release(&g_begin);
    return error;
}

int shared_resumed(void)
{
    g_shared = false;
    g_begin = (struct lock){0};
    return make(g_shared_span, g_shared_span);
}

uint64_t shared_used(void)
{
    return page_up(pool()->used);
}

PAL_HANDLE shared_stream(uint64_t *out_start)
{
    *out_start = g_shared_span;
    return g_stream;
}

/* Room among the small things; 0 = there is none. With the pool locked. */
static uint64_t take_near(struct pool *state, size_t room)
{
    const uint64_t offset = state->near_used;
    if (room > NEAR_MAX || offset > NEAR_END - room)
        return 0;
    state->near_used = offset + room;
    return offset;
}

void *shared_place(size_t size)
{
    struct pool *state = pool();
    shared_lock(&state->lock);
    uint64_t offset = take_near(state, (size + CLASS_MIN - 1) & ~(CLASS_MIN - 1));
    if (offset == 0) {
        offset = page_up(state->used);
        state->used = offset + page_up(size);
    }
    shared_unlock(&state->lock);
    return (void *)(g_shared_start + offset);
}

void shared_range(uint64_t *out_start, uint64_t *out_end)
{
    *out_start = g_shared_start;
    *out_end = g_shared_start + g_shared_span;
}

/***** Pieces *****/

static unsigned class_of(size_t size)
{
    unsigned class = 0;
    while (CLASS_MIN << class < size)
        class ++;
    return class;
}

/* An offset that can be that of a piece. */
static bool is_piece(uint64_t offset, size_t size)
{
    return offset >= PAGE_SIZE && offset % CLASS_MIN == 0 && offset <= g_shared_span - size;
}

void *shared_alloc(size_t size)
{
    if (!g_shared || size > SHARED_MAX)
        return NULL;
    const unsigned class = class_of(size);
    const size_t room = CLASS_MIN << class;
    struct pool *state = pool();
    shared_lock(&state->lock);
    uint64_t offset = state->free[class];
    if (is_piece(offset, room)) {
        state->free[class] = *(uint64_t *)(g_shared_start + offset);
    } else if ((offset = take_near(state, room)) == 0) {
        offset = page_up(state->used) - state->used < room && room <= PAGE_SIZE ? page_up(state->used) : state->used;
        state->used = offset + room;
    }
    shared_unlock(&state->lock);
    if (!is_piece(offset, room))
        return NULL;
    return memset((void *)(g_shared_start + offset), 0, room);
}

void shared_free(void *memory, size_t size)
{
    if (!memory || size > SHARED_MAX || !shared_has(memory, size))
        return;
    struct pool *state = pool();
    const unsigned class = class_of(size);
    shared_lock(&state->lock);
    *(uint64_t *)memory = state->free[class];
    state->free[class] = (uintptr_t)memory - g_shared_start;
    shared_unlock(&state->lock);
}

/***** Processes of the host *****/

uint64_t shared_own_id(void)
{
    return pal_control_addr()->process_id;
}

bool shared_ring(uint64_t host_id)
{
    char uri[32];
    if (host_id == 0)
        return false;
    format_string(uri, sizeof(uri), "process:%lu", (unsigned long)host_id);
    PAL_HANDLE process = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, 0);
    if (!process)
        return false;
    const bool there = DkThreadResume(process);
    DkObjectClose(process);
    return there;
}

/***** Locks *****/

static bool take(struct shared_lock *lock, uint32_t from)
{
    return __atomic_compare_exchange_n(&lock->owner, &from, (uint32_t)shared_own_id(), false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static void wait_for(struct shared_lock *lock)
{
    uint32_t last_owner = 0;
    for (unsigned tries = 0, naps = 0;; tries++) {
        const uint32_t owner = __atomic_load_n(&lock->owner, __ATOMIC_RELAXED);
        if (owner == 0 && take(lock, 0))
            return;
        if (tries < SPINS)
            __builtin_ia32_pause();
        else
            DkThreadDelayExecution(NAP_US);
        naps = tries < SPINS || owner != last_owner ? 0 : naps + 1;
        last_owner = owner;
        if (naps == 0 || naps % NAPS_TO_CHECK != 0 || owner == 0)
            continue;
        /* Another thread of this process is alive. */
        const bool gone = owner != (uint32_t)shared_own_id() && (!shared_ring(owner) || children_miss(owner));
        if ((gone || naps >= NAPS_LIMIT) && take(lock, owner))
            return;
    }
}

/* A new process has no page of this memory yet. Where it reads first, the host gives it those beside, too. */
void shared_lock(struct shared_lock *lock)
{
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != 0 || !take(lock, 0))
        wait_for(lock);
}

/* Who was taken for dead, as the host had stopped it for long, must not open the lock of its heir. */
void shared_unlock(struct shared_lock *lock)
{
    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == (uint32_t)shared_own_id())
        __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}
