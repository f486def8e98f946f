/* SPDX-License-Identifier: MIT */
/* eventfd: a counter as a file. */
#include "common_state.h"
#include "copy.h"
#include "parcel.h"
#include "poll.h"
#include "text.h"
#include "syscalls.h"

/* As <sys/eventfd.h> has them; the kernel of Linux keeps them to itself. */
#define EFD_SEMAPHORE 1
#define EFD_CLOEXEC   O_CLOEXEC
#define EFD_NONBLOCK  O_NONBLOCK

#define COUNT_MAX     (UINT64_MAX - 1)

struct event_counter {
    struct common_state common;
    uint64_t count; /* while it is this process's alone */
    bool semaphore;
};

/* With the lock held, or for a look. */
static uint64_t *count_of(const struct event_counter *counter)
{
    return counter->common.state;
}

/* Take what a read gives; 0 = nothing. */
static uint64_t take(struct event_counter *counter)
{
    common_lock(&counter->common);
    uint64_t *count = count_of(counter);
    const uint64_t now = *count;
    const uint64_t taken = counter->semaphore ? now != 0 : now;
    if (taken == 0) {
        common_unlock(&counter->common);
        return 0;
    }
    *count = now - taken;
    common_changed(&counter->common, &counter->common.writers);
    return taken;
}

static int64_t eventfd_read(struct file *file, void *buffer, size_t size, int64_t *position)
{
    (void)position;
    if (size < sizeof(uint64_t))
        return -EINVAL;
    uint64_t taken = take(file->data);
    while (taken == 0) {
        const int error = file_wait(file, POLLIN);
        if (error < 0)
            return error;
        taken = take(file->data);
    }
    return user_write(buffer, &taken, sizeof(taken)) < 0 ? -EFAULT : (int64_t)sizeof(taken);
}

/* False if the value does not fit; who has it fit is then heard of. */
static bool add(struct event_counter *counter, uint64_t value)
{
    common_lock(&counter->common);
    uint64_t *count = count_of(counter);
    const uint64_t now = *count;
    if (now > COUNT_MAX || value > COUNT_MAX - now) {
        common_ask(&counter->common);
        common_unlock(&counter->common);
        return false;
    }
    __atomic_store_n(count, now + value, __ATOMIC_RELAXED);
    common_changed(&counter->common, &counter->common.readers);
    return true;
}

/* Wait until a value fits: that the counter is writable says that 1 does. */
static int wait_for_room(struct file *file, uint64_t value)
{
    struct event_counter *counter = file->data;
    struct waiter waiter = {.notify = NULL};
    int result = 0;
    if ((file->flags & O_NONBLOCK) != 0)
        return -EAGAIN;
    wait_queue_add(&counter->common.writers, &waiter);
    while (!add(counter, value) && result == 0) {
        result = thread_sleep(NO_TIMEOUT);
        if (result < 0)
            result = signal_interrupts() ? -ERESTARTSYS : 0;
    }
    wait_queue_remove(&counter->common.writers, &waiter);
    return result;
}

static int64_t eventfd_write(struct file *file, const void *buffer, size_t size, int64_t *position)
{
    uint64_t value;
    (void)position;
    if (size != sizeof(value))
        return -EINVAL;
    if (user_read(&value, buffer, sizeof(value)) < 0)
        return -EFAULT;
    if (value > COUNT_MAX)
        return -EINVAL;
    const int error = add(file->data, value) ? 0 : wait_for_room(file, value);
    return error < 0 ? error : (int64_t)sizeof(value);
}

static uint32_t eventfd_poll(struct file *file, struct poll_table *table)
{
    struct event_counter *counter = file->data;
    poll_on_queue(table, &counter->common.readers);
    poll_on_queue(table, &counter->common.writers);
    if (table != NULL)
        common_hear(&counter->common);
    const uint64_t count = __atomic_load_n(count_of(counter), __ATOMIC_ACQUIRE);
    return (count != 0 ? POLLIN : 0) | (count < COUNT_MAX ? POLLOUT : 0);
}

static void eventfd_close(struct file *file)
{
    struct event_counter *counter = file->data;
    common_end(&counter->common);
    heap_free(counter);
}

static int eventfd_share(struct file *file)
{
    struct event_counter *counter = file->data;
    return common_share(file, &counter->common);
}

static const struct file_ops eventfd_ops;

static int new_eventfd(uint32_t flags, bool semaphore, struct file **out)
{
    struct event_counter *counter = heap_zalloc(sizeof(*counter));
    struct file *file = counter != NULL ? file_new(&eventfd_ops, O_RDWR | flags, counter) : NULL;
    if (file == NULL) {
        heap_free(counter);
        return -ENOMEM;
    }
    common_begin(&counter->common, &counter->count, sizeof(counter->count));
    counter->semaphore = semaphore;
    *out = file;
    return 0;
}

/***** On the way to another process *****/

static int eventfd_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    const struct event_counter *counter = file->data;
    (void)out_handle;
    parcel->data[0] = counter->semaphore;
    return 0;
}

static int eventfd_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    if (handle != NULL)
        DkObjectClose(handle);
    int error = new_eventfd(parcel->flags & O_NONBLOCK, parcel->data[0] != 0, out);
    if (error < 0)
        return error;
    error = common_join(&((struct event_counter *)(*out)->data)->common, parcel->shared);
    if (error < 0)
        file_put(*out);
    return error;
}

const struct parcel_kind eventfd_parcels = {.pack = eventfd_pack, .unpack = eventfd_unpack};

static void eventfd_describe(struct file *file, struct text *out)
{
    struct event_counter *counter = file->data;
    common_lock(&counter->common);
    const uint64_t count = *count_of(counter);
    common_unlock(&counter->common);
    text_add(out, "eventfd-count: %16lx\neventfd-id: %lu\neventfd-semaphore: %d\n", count, file->inode,
             counter->semaphore);
}

static const struct file_ops eventfd_ops = {
    .kind = "anon_inode:[eventfd]",
    .seeks_nowhere = true,
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
    .close = eventfd_close,
    .describe = eventfd_describe,
    .share = eventfd_share,
    .parcel = &eventfd_parcels,
};

bool file_is_eventfd(const struct file *file)
{
    return file->ops == &eventfd_ops;
}

int64_t sys_eventfd2(unsigned value, int flags)
{
    if ((flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)) != 0)
        return -EINVAL;
    struct file *file;
    const int error = new_eventfd((uint32_t)flags & EFD_NONBLOCK, (flags & EFD_SEMAPHORE) != 0, &file);
    if (error < 0)
        return error;
    ((struct event_counter *)file->data)->count = value;
    return fd_install(file, 0, (flags & EFD_CLOEXEC) != 0);
}

int64_t sys_eventfd(unsigned value)
{
    return sys_eventfd2(value, 0);
}
