/* SPDX-License-Identifier: MIT */
/* Advisory locks: which files have them, who waits for them, and when they end. Knows neither system calls nor kinds of file.
 *
 * Locks belong to what a file is (device and inode), not to how it was opened. The ranges are kept apart from all else
 * (lock_ranges.h), so that one process can decide about the locks of several. */
#include "locks.h"

#define KNOWN_COUNT    16
#define DEADLOCK_STEPS 10 /* as Linux: longer chains are not looked at */

/* A file that somebody has locks on, or waits for. */
struct locked_file {
    struct list_node node;
    uint64_t device, inode;
    struct list ranges; /* of fcntl */
    struct list whole;  /* of flock */
    struct wait_queue waiting;
    uint32_t waiters;
};

/* A process that waits for a lock, and whom it waits for. */
struct lock_waiter {
    struct list_node node;
    struct lock_owner owner, blocker;
};

static struct {
    struct lock lock;
    bool ready;
    struct list files, waiters;
    uint32_t process_locks; /* ranges of this process: whether closing a descriptor can matter */
    uint32_t file_locks;    /* ranges of open files, and flocks */
    /* Which file an open file is, so that asking the host once is enough. */
    struct {
        const struct file *file;
        uint64_t device, inode;
    } known[KNOWN_COUNT];
} g_locks;

/***** Which file *****/

static unsigned known_slot(const struct file *file)
{
    return (unsigned)((uintptr_t)file / sizeof(*file) % KNOWN_COUNT);
}

static int identify(struct file *file, uint64_t *out_device, uint64_t *out_inode)
{
    struct file_attr attr;
    const unsigned slot = known_slot(file);
    lock_acquire(&g_locks.lock);
    const bool known = g_locks.known[slot].file == file;
    *out_device = g_locks.known[slot].device;
    *out_inode = g_locks.known[slot].inode;
    lock_release(&g_locks.lock);
    if (known)
        return 0;
    const int error = file_attributes(file, &attr);
    if (error < 0)
        return error;
    *out_device = attr.device;
    *out_inode = attr.inode;
    lock_acquire(&g_locks.lock);
    g_locks.known[slot].file = file;
    g_locks.known[slot].device = attr.device;
    g_locks.known[slot].inode = attr.inode;
    lock_release(&g_locks.lock);
    return 0;
}

/* With the lock held from here on. */
static struct locked_file *find_file(uint64_t device, uint64_t inode)
{
    if (!g_locks.ready) {
        list_init(&g_locks.files);
        list_init(&g_locks.waiters);
        g_locks.ready = true;
    }
    list_for_each(node, &g_locks.files) {
        struct locked_file *file = list_entry(node, struct locked_file, node);
        if (file->device == device && file->inode == inode)
            return file;
    }
    return NULL;
}

static struct locked_file *make_file(uint64_t device, uint64_t inode)
{
    struct locked_file *file = find_file(device, inode);
    if (file)
        return file;
    file = heap_alloc(sizeof(*file));
    if (!file)
        return NULL;
    file->device = device;
    file->inode = inode;
    file->waiters = 0;
    list_init(&file->ranges);
    list_init(&file->whole);
    wait_queue_init(&file->waiting);
    list_add_front(&g_locks.files, &file->node);
    return file;
}

static void drop_unused(struct locked_file *file)
{
    if (file->waiters || !list_is_empty(&file->ranges) || !list_is_empty(&file->whole))
        return;
    list_remove(&file->node);
    heap_free(file);
}

struct lock_owner lock_owner_of(const struct file *file, bool is_file)
{
    if (is_file)
        return (struct lock_owner){.id = (uintptr_t)file, .is_file = true, .pid = -1};
    return (struct lock_owner){.id = (uint32_t)g_process.pid, .pid = g_process.pid};
}

/***** Changing *****/

static bool get_spares(struct list *spares)
{
    list_init(spares);
    for (unsigned i = 0; i < LOCK_SPARES; i++) {
        struct lock_range *range = heap_alloc(sizeof(*range));
        if (!range)
            return false;
        list_add_back(spares, &range->node);
    }
    return true;
}

static uint32_t free_spares(struct list *spares)
{
    uint32_t count = 0;
    list_for_each(node, spares) {
        heap_free(list_entry(node, struct lock_range, node));
        count++;
    }
    return count;
}

static void count(const struct lock_owner *owner, uint32_t added)
{
    uint32_t *counter = owner->is_file ? &g_locks.file_locks : &g_locks.process_locks;
    __atomic_store_n(counter, *counter + added, __ATOMIC_RELAXED);
}

/* Change what an owner has; ranges come from spares, and those that are left are counted. */
static void change(struct locked_file *file, const struct lock_request *request, struct list *spares)
{
    struct list *locks = request->whole ? &file->whole : &file->ranges;
    const bool freed = lock_change(locks, &request->range, request->release, spares);
    count(&request->range.owner, LOCK_SPARES - free_spares(spares));
    if (freed)
        wait_queue_wake(&file->waiting);
}

/* Whether the one who is in the way waits, perhaps through others, for the one who asks. */
static bool is_deadlock(const struct lock_owner *owner, const struct lock_owner *blocker)
{
    struct lock_owner next = *blocker;
    for (unsigned i = 0; i < DEADLOCK_STEPS && !next.is_file; i++) {
        const struct lock_waiter *found = NULL;
        list_for_each(node, &g_locks.waiters) {
            const struct lock_waiter *waiter = list_entry(node, struct lock_waiter, node);
            if (lock_same_owner(&waiter->owner, &next))
                found = waiter;
        }
        if (!found)
            return false;
        if (lock_same_owner(&found->blocker, owner))
            return true;
        next = found->blocker;
    }
    return false;
}

/* Try once. -EAGAIN: *out_blocker is in the way. */
static int try_change(struct locked_file *file, struct lock_request *request, struct lock_owner *out_blocker)
{
    struct list *locks = request->whole ? &file->whole : &file->ranges;
    struct list spares;
    if (!get_spares(&spares)) {
        free_spares(&spares);
        return -ENOLCK;
    }
    /* A flock that becomes another one is given up first, even if that then cannot be had. */
    if (request->whole && !request->release) {
        const struct lock_request release = {.range = request->range, .release = true, .whole = true};
        change(file, &release, &spares);
        if (!get_spares(&spares)) {
            free_spares(&spares);
            return -ENOLCK;
        }
    }
    const struct lock_range *conflict = request->release ? NULL : lock_conflict(locks, &request->range);
    if (conflict) {
        *out_blocker = conflict->owner;
        free_spares(&spares);
        return -EAGAIN;
    }
    change(file, request, &spares);
    return 0;
}

/* Sleep until something has changed about the file's locks. The lock is held at both ends, not in between. */
static int wait_for_change(struct locked_file *file, struct lock_waiter *waiting)
{
    struct waiter waiter = {.notify = NULL};
    wait_queue_add(&file->waiting, &waiter);
    file->waiters++;
    list_add_back(&g_locks.waiters, &waiting->node);
    lock_release(&g_locks.lock);
    int error = thread_sleep(NO_TIMEOUT);
    if (error < 0)
        error = signal_interrupts() ? -ERESTARTSYS : 0;
    wait_queue_remove(&file->waiting, &waiter);
    lock_acquire(&g_locks.lock);
    list_remove(&waiting->node);
    file->waiters--;
    return error;
}

int lock_request_now(struct file *file, struct lock_request *request, bool blocks)
{
    uint64_t device, inode;
    struct lock_waiter waiting = {.owner = request->range.owner};
    int error = identify(file, &device, &inode);
    if (error < 0)
        return error;
    lock_acquire(&g_locks.lock);
    struct locked_file *locked = make_file(device, inode);
    if (!locked) {
        lock_release(&g_locks.lock);
        return -ENOLCK;
    }
    while ((error = try_change(locked, request, &waiting.blocker)) == -EAGAIN && blocks) {
        if (!waiting.owner.is_file && is_deadlock(&waiting.owner, &waiting.blocker))
            error = -EDEADLK;
        else
            error = wait_for_change(locked, &waiting);
        if (error < 0)
            break;
    }
    drop_unused(locked);
    lock_release(&g_locks.lock);
    return error;
}

/***** Asking *****/

int lock_test(struct file *file, const struct lock_range *wanted, struct lock_range *out)
{
    uint64_t device, inode;
    const int error = identify(file, &device, &inode);
    if (error < 0)
        return error;
    lock_acquire(&g_locks.lock);
    struct locked_file *locked = find_file(device, inode);
    const struct lock_range *found = locked ? lock_conflict(&locked->ranges, wanted) : NULL;
    if (found)
        *out = *found;
    lock_release(&g_locks.lock);
    return found != NULL;
}

/***** Closing *****/

/* All that an owner has on a file. Releasing a whole file takes no memory: nothing is cut. */
static void release_all(struct locked_file *file, const struct lock_owner *owner, bool whole)
{
    const struct lock_request request = {
        .range = {.owner = *owner, .last = LOCK_RANGE_END}, .release = true, .whole = whole};
    struct list none;
    list_init(&none);
    struct list *locks = whole ? &file->whole : &file->ranges;
    const bool freed = lock_change(locks, &request.range, true, &none);
    count(owner, 0u - free_spares(&none));
    if (freed)
        wait_queue_wake(&file->waiting);
}

static void release_file_owner(struct file *file)
{
    const struct lock_owner owner = lock_owner_of(file, true);
    list_for_each(node, &g_locks.files) {
        struct locked_file *locked = list_entry(node, struct locked_file, node);
        release_all(locked, &owner, true);
        release_all(locked, &owner, false);
        drop_unused(locked);
    }
}

void lock_file_closed(struct file *file, bool last)
{
    const unsigned slot = known_slot(file);
    uint64_t device, inode;
    if (last) {
        if (__atomic_load_n(&g_locks.known[slot].file, __ATOMIC_RELAXED) == file ||
            __atomic_load_n(&g_locks.file_locks, __ATOMIC_RELAXED)) {
            lock_acquire(&g_locks.lock);
            if (g_locks.known[slot].file == file)
                g_locks.known[slot].file = NULL;
            if (g_locks.file_locks)
                release_file_owner(file);
            lock_release(&g_locks.lock);
        }
        return;
    }
    if (!__atomic_load_n(&g_locks.process_locks, __ATOMIC_RELAXED) || file->flags & O_PATH)
        return;
    /* A process loses its locks on a file with any descriptor of it. */
    if (identify(file, &device, &inode) < 0)
        return;
    const struct lock_owner owner = lock_owner_of(NULL, false);
    lock_acquire(&g_locks.lock);
    struct locked_file *locked = find_file(device, inode);
    if (locked) {
        release_all(locked, &owner, false);
        drop_unused(locked);
    }
    lock_release(&g_locks.lock);
}
