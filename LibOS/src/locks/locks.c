/* SPDX-License-Identifier: MIT */
/* Advisory locks: getting, asking, releasing, and when they end by themselves. Knows neither system calls nor kinds of file.
 *
 * Locks belong to what a file is (device and inode), not to how it was opened, and hold between all processes of the instance.
 * Ranges are cut and joined in lock_ranges.c. Where the table lies is lock_table.c's business; which open files own locks,
 * lock_hold.c's; who waits, lock_wait.c's; what becomes of the locks of processes, lock_ends.c's. */
#include "locks.h"
#include "lock_table.h"

#define KNOWN_COUNT 16

/***** Which file *****/

/* Which file an open file is, so that asking the host once is enough. */
static struct {
    struct lock lock;
    struct {
        const struct file *file;
        uint64_t device, inode;
    } slots[KNOWN_COUNT];
} g_known;

static unsigned known_slot(const struct file *file)
{
    return (unsigned)((uintptr_t)file / sizeof(*file) % KNOWN_COUNT);
}

static int identify(struct file *file, struct lock_range *out)
{
    struct file_attr attr;
    const unsigned slot = known_slot(file);
    lock_acquire(&g_known.lock);
    const bool known = g_known.slots[slot].file == file;
    out->device = g_known.slots[slot].device;
    out->inode = g_known.slots[slot].inode;
    lock_release(&g_known.lock);
    if (known)
        return 0;
    const int error = file_attributes(file, &attr);
    if (error < 0)
        return error;
    out->device = attr.device;
    out->inode = attr.inode;
    lock_acquire(&g_known.lock);
    g_known.slots[slot].file = file;
    g_known.slots[slot].device = attr.device;
    g_known.slots[slot].inode = attr.inode;
    lock_release(&g_known.lock);
    return 0;
}

static void forget_identity(const struct file *file)
{
    const unsigned slot = known_slot(file);
    if (__atomic_load_n(&g_known.slots[slot].file, __ATOMIC_RELAXED) != file)
        return;
    lock_acquire(&g_known.lock);
    if (g_known.slots[slot].file == file)
        g_known.slots[slot].file = NULL;
    lock_release(&g_known.lock);
}

/***** Changing; with the lock held *****/

/* Whose a lock of this kind is. 0 or -ENOLCK */
static int name_owner(struct file *file, struct lock_range *range)
{
    range->owner = (uint32_t)g_process.pid;
    range->pid = range->kind == LOCK_OF_FILE ? -1 : g_process.pid;
    if (range->kind == LOCK_OF_PROCESS)
        return 0;
    const int error = lock_hold(file);
    range->owner = file->lock_id;
    return error;
}

static void change(const struct lock_range *wanted, bool release, struct lock_bell *bell)
{
    if (lock_change(&g_locks.set, wanted, release))
        lock_choose(wanted, bell);
    if (wanted->kind == LOCK_OF_PROCESS)
        lock_count_own(g_process.pid);
}

/* What an open file has of a whole file: nothing, or a lock that is exclusive or not. */
static const struct lock_range *find_whole(const struct lock_range *wanted)
{
    for (uint32_t i = 0, end = lock_set_end(&g_locks.set); i < end; i++) {
        const struct lock_range *range = &g_locks.set.ranges[i];
        if (range->kind == LOCK_OF_WHOLE && lock_same_owner(range, wanted) && lock_same_file(range, wanted))
            return range;
    }
    return NULL;
}

/* Try once. -EAGAIN: *out_blocker is in the way. */
static int try_change(const struct lock_request *request, struct lock_range *out_blocker, struct lock_bell *bell)
{
    const struct lock_range *wanted = &request->range;
    int error = lock_make_room();
    if (error < 0)
        return error;
    if (wanted->kind == LOCK_OF_WHOLE && !request->release) {
        const struct lock_range *has = find_whole(wanted);
        if (has && (has->exclusive != 0) == (wanted->exclusive != 0))
            return 0;
        /* One that becomes another is given up first, even if that then cannot be had. */
        if (has)
            change(wanted, true, bell);
    }
    const struct lock_range *conflict = request->release ? NULL : lock_conflict(&g_locks.set, wanted);
    if (conflict) {
        *out_blocker = *conflict;
        return -EAGAIN;
    }
    change(wanted, request->release, bell);
    return 0;
}

/***** Requests *****/

static int change_now(const struct lock_request *request, struct lock_bell *bell)
{
    struct lock_range blocker;
    int error = try_change(request, &blocker, bell);
    if (error != -EAGAIN)
        return error;
    locks_release();
    const bool gone = lock_has_gone(&blocker);
    locks_acquire();
    return gone ? try_change(request, &blocker, bell) : error;
}

static int change_waiting(const struct lock_request *request, struct lock_bell *bell)
{
    const struct lock_range *wanted = &request->range;
    struct lock_range blocker;
    uint32_t place = LOCK_NONE;
    int error;
    while ((error = try_change(request, &blocker, bell)) == -EAGAIN) {
        if (wanted->kind == LOCK_OF_PROCESS && lock_is_deadlock(wanted, &blocker))
            error = -EDEADLK;
        else
            error = lock_sleep(wanted, &place, bell);
        if (error == -ETIMEDOUT) {
            locks_release();
            (void)lock_has_gone(&blocker);
            locks_acquire();
        } else if (error < 0) {
            break;
        }
    }
    lock_leave(wanted, place, bell);
    return error;
}

int lock_request_now(struct file *file, struct lock_request *request, bool blocks)
{
    struct lock_range *range = &request->range;
    struct lock_bell bell = {.count = 0};
    int error = identify(file, range);
    if (error < 0)
        return error;
    locks_acquire();
    error = name_owner(file, range);
    if (error == 0)
        error = blocks ? change_waiting(request, &bell) : change_now(request, &bell);
    locks_release();
    lock_ring(&bell);
    return error;
}

int lock_test(struct file *file, struct lock_range *wanted, struct lock_range *out)
{
    int error = identify(file, wanted);
    bool again = true;
    while (error == 0) {
        const struct lock_range *found = NULL;
        locks_acquire();
        error = name_owner(file, wanted);
        if (error == 0 && (found = lock_conflict(&g_locks.set, wanted)) != NULL)
            *out = *found;
        locks_release();
        if (!found)
            break;
        if (!again || !lock_has_gone(out))
            return 1;
        again = false;
    }
    return error;
}

/***** Closing *****/

/* The open file has gone, in this process. */
static void release_file(struct file *file)
{
    struct lock_bell bell = {.count = 0};
    /* Where nobody has locks, and nobody else looks, there is nothing to be careful about. */
    if (alone() && lock_set_end(&g_locks.set) == 0) {
        (void)lock_let_go(file);
        return;
    }
    locks_acquire();
    if (lock_let_go(file))
        lock_choose(NULL, &bell);
    locks_release();
    lock_ring(&bell);
}

/* A process loses its locks on a file with any descriptor of it. */
static void release_process(struct file *file)
{
    struct lock_bell bell = {.count = 0};
    struct lock_range all = {.kind = LOCK_OF_PROCESS, .last = LOCK_RANGE_END};
    if (identify(file, &all) < 0 || name_owner(file, &all) < 0)
        return;
    locks_acquire();
    change(&all, true, &bell);
    locks_release();
    lock_ring(&bell);
}

void lock_file_closed(struct file *file, bool last)
{
    if (!last) {
        if (__atomic_load_n(&g_locks.process_ranges, __ATOMIC_RELAXED) && !(file->flags & O_PATH))
            release_process(file);
        return;
    }
    forget_identity(file);
    if (file->lock_id)
        release_file(file);
}
