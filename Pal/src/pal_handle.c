/* SPDX-License-Identifier: MIT */
/* The handle table: tells real handles from forged ones, counts their users, finds their operations. Knows no kind of
 * handle. */
#include "pal_handle.h"
#include "pal_atomic.h"
#include "pal_lock.h"
#include "pal_string.h"
#include "pal_tcb.h"

/* Which handles share slots (pal_handle.h says why). */
enum { SLOTS_OF_ANY, SLOTS_OF_SEMAPHORES, SLOTS_OF_EVENTS, SLOTS_COUNT };

/* Bytes of the slots of each sort, enough for some 130,000 handles; memory is taken only for those in use. The near group of each
 * lies behind all of them, beside what is allocated next. */
#define FAR_SIZE  ((size_t)16 << 20)
#define NEAR_SIZE PAL_HANDLE_GROUP_SIZE
_Static_assert(FAR_SIZE % PAL_HANDLE_GROUP_SIZE == 0, "groups of slots begin where the sorts do");
_Static_assert(SLOTS_COUNT *(FAR_SIZE + NEAR_SIZE) == PAL_HANDLE_SLOTS_SIZE, "that is all");
enum { NEAR, FAR, PLACES };

/* Added to the references of a handle that is not published: the sum is negative, and so is none that pal_handle_get takes. */
#define UNPUBLISHED 0x80000000u

bool g_single_thread;
uintptr_t g_handle_slots;

static struct {
    struct pal_lock lock;
    struct slab slabs[PLACES][SLOTS_COUNT];
} g_handles;
PAL_LOCK_AT_COPY(g_copied, &g_handles.lock);

static unsigned sort_of(PAL_IDX type)
{
    if (type == PAL_TYPE_SEMAPHORE)
        return SLOTS_OF_SEMAPHORES;
    return type == PAL_TYPE_EVENT ? SLOTS_OF_EVENTS : SLOTS_OF_ANY;
}

/* Bytes from the first slot to those of a sort. */
static size_t start_of(unsigned place, unsigned sort)
{
    return place == FAR ? sort * FAR_SIZE : SLOTS_COUNT * FAR_SIZE + sort * NEAR_SIZE;
}

static int take_slot(PAL_IDX type, void **out)
{
    const unsigned sort = sort_of(type);
    const int error = slab_alloc(&g_handles.slabs[NEAR][sort], out);
    return error == 0 ? 0 : slab_alloc(&g_handles.slabs[FAR][sort], out);
}

int pal_handle_init(void)
{
    void *region;
    if (g_handle_slots)
        return 0;
    int error = _DkInternalAlloc(&region, PAL_HANDLE_SLOTS_SIZE);
    for (unsigned i = 0; error == 0 && i < PLACES * SLOTS_COUNT; i++) {
        const unsigned place = i / SLOTS_COUNT, sort = i % SLOTS_COUNT;
        error = slab_init(&g_handles.slabs[place][sort], (char *)region + start_of(place, sort),
                          place == FAR ? FAR_SIZE : NEAR_SIZE, PAL_HANDLE_SIZE, (struct slab_memory){NULL, NULL});
    }
    if (error == 0)
        g_handle_slots = (uintptr_t)region;
    return error;
}

int pal_handle_new(enum pal_handle_type type, PAL_HANDLE *out)
{
    void *memory;
    pal_lock(&g_handles.lock);
    const int error = take_slot(type, &memory);
    pal_unlock(&g_handles.lock);
    if (error < 0)
        return error;
    PAL_HANDLE handle = memory;
    *pal_hdr(handle) = (struct pal_handle_header){.type = type, .ref = (PAL_REF)(UNPUBLISHED + 1)};
    *out = handle;
    return 0;
}

void pal_handle_discard(PAL_HANDLE handle)
{
    __atomic_store_n(&pal_hdr(handle)->flags, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&pal_hdr(handle)->ref, 0, __ATOMIC_RELEASE);
    pal_lock(&g_handles.lock);
    const unsigned place = (uintptr_t)handle - g_handle_slots < SLOTS_COUNT * FAR_SIZE ? FAR : NEAR;
    const int error = slab_free(&g_handles.slabs[place][sort_of(pal_hdr(handle)->type)], handle);
    pal_unlock(&g_handles.lock);
    (void)error; /* only pal_handle_new's handles come here */
}

static uint32_t *references(PAL_HANDLE handle)
{
    return (uint32_t *)&pal_hdr(handle)->ref;
}

void pal_handle_publish(PAL_HANDLE handle)
{
    __atomic_store_n(&pal_hdr(handle)->flags, PAL_HANDLE_OPEN, __ATOMIC_RELEASE);
    (void)pal_add32(references(handle), UNPUBLISHED);
}

int pal_handle_get(PAL_HANDLE handle)
{
    if (!pal_handle_is_slot(handle))
        return -PAL_ERROR_BADHANDLE;
    /* Slots never become other memory, so the count may be looked at even if the handle goes meanwhile. */
    uint32_t count = __atomic_load_n(references(handle), __ATOMIC_RELAXED);
    do {
        if ((PAL_REF)count <= 0 || !(__atomic_load_n(&pal_hdr(handle)->flags, __ATOMIC_ACQUIRE) & PAL_HANDLE_OPEN))
            return -PAL_ERROR_BADHANDLE;
    } while (!pal_compare_exchange32(references(handle), &count, count + 1));
    return 0;
}

int pal_handle_get_typed(PAL_HANDLE handle, enum pal_handle_type type)
{
    const int error = pal_handle_get(handle);
    if (error < 0 || pal_hdr(handle)->type == type)
        return error;
    pal_handle_put(handle);
    return -PAL_ERROR_BADHANDLE;
}

int pal_handle_get_all(size_t count, PAL_HANDLE *handles)
{
    for (size_t i = 0; i < count; i++) {
        const int error = handles[i] ? pal_handle_get(handles[i]) : 0;
        if (error == 0)
            continue;
        pal_handle_put_all(i, handles);
        return error;
    }
    return 0;
}

/* The last reference has gone. */
PAL_APART static void end(PAL_HANDLE handle)
{
    const struct handle_ops *ops = pal_ops(handle);
    if (__atomic_load_n(&pal_hdr(handle)->flags, __ATOMIC_RELAXED) & PAL_HANDLE_WATCHED)
        _DkPollForget(handle);
    if (ops->close)
        ops->close(handle);
    pal_handle_discard(handle);
}

void pal_handle_put(PAL_HANDLE handle)
{
    if (pal_add32(references(handle), UINT32_MAX) == 0)
        end(handle);
}

void pal_handle_put_all(size_t count, PAL_HANDLE *handles)
{
    for (size_t i = 0; i < count; i++) {
        if (handles[i])
            pal_handle_put(handles[i]);
    }
}

void pal_handle_forget_others(PAL_HANDLE handle)
{
    const bool open = __atomic_load_n(&pal_hdr(handle)->flags, __ATOMIC_RELAXED) & PAL_HANDLE_OPEN;
    const uint32_t own = (uint32_t)open + (handle == pal_self()->handle); /* a thread has a reference on itself */
    __atomic_store_n(references(handle), own, __ATOMIC_RELAXED);
    if (own == 0)
        end(handle);
}

int pal_handle_close(PAL_HANDLE handle)
{
    const int error = pal_handle_get(handle);
    if (error < 0)
        return error;
    const PAL_FLG before = __atomic_fetch_and(&pal_hdr(handle)->flags, ~PAL_HANDLE_OPEN, __ATOMIC_ACQ_REL);
    pal_handle_put(handle);
    if (!(before & PAL_HANDLE_OPEN))
        return -PAL_ERROR_BADHANDLE;
    pal_handle_put(handle);
    return 0;
}

PAL_HANDLE pal_handle_next(PAL_HANDLE handle)
{
    uintptr_t at = handle ? (uintptr_t)handle + PAL_HANDLE_SIZE : g_handle_slots;
    for (unsigned i = 0; i < PLACES * SLOTS_COUNT; i++) {
        /* In the order of their addresses: those that are far come first. */
        const unsigned place = i < SLOTS_COUNT ? FAR : NEAR, sort = i % SLOTS_COUNT;
        const uintptr_t start = g_handle_slots + start_of(place, sort);
        const uintptr_t end = start + slab_extent(&g_handles.slabs[place][sort]);
        for (at = at < start ? start : at; at < end; at += PAL_HANDLE_SIZE) {
            PAL_HANDLE next = (PAL_HANDLE)at;
            if (pal_handle_is_slot(next) && (PAL_REF)__atomic_load_n(references(next), __ATOMIC_RELAXED) > 0)
                return next;
        }
    }
    return NULL;
}

const struct handle_ops *pal_ops(PAL_HANDLE handle)
{
    static const struct handle_ops none;
    const PAL_IDX type = pal_hdr(handle)->type;
    const struct handle_ops *ops = type < PAL_TYPE_LIMIT ? pal_handle_ops[type] : NULL;
    return ops ? ops : &none;
}
