/* SPDX-License-Identifier: MIT */
/* eventfd: a counter as a file. */
#include "copy.h"
#include "fs.h"
#include "poll.h"
#include "syscalls.h"

/* As <sys/eventfd.h> has them; the kernel of Linux keeps them to itself. */
#define EFD_SEMAPHORE 1
#define EFD_CLOEXEC   O_CLOEXEC
#define EFD_NONBLOCK  O_NONBLOCK

#define COUNT_MAX     (UINT64_MAX - 1)

struct event_counter {
    struct lock lock;
    uint64_t count;
    bool semaphore;
    struct wait_queue readers, writers;
};

/* Take what a read gives; 0 = nothing. */
static uint64_t take(struct event_counter *counter)
{
    lock_acquire(&counter->lock);
    const uint64_t taken = counter->semaphore ? counter->count != 0 : counter->count;
    counter->count -= taken;
    lock_release(&counter->lock);
    return taken;
}

static int64_t eventfd_read(struct file *file, void *buffer, size_t size, int64_t *position)
{
    struct event_counter *counter = file->data;
    (void)position;
    if (size < sizeof(uint64_t))
        return -EINVAL;
    uint64_t taken = take(counter);
    while (taken == 0) {
        const int error = file_wait(file, POLLIN);
        if (error < 0)
            return error;
        taken = take(counter);
    }
    wait_queue_wake(&counter->writers);
    return user_write(buffer, &taken, sizeof(taken)) < 0 ? -EFAULT : (int64_t)sizeof(taken);
}

static bool add(struct event_counter *counter, uint64_t value)
{
    lock_acquire(&counter->lock);
    const bool fits = value <= COUNT_MAX - counter->count;
    counter->count += fits ? value : 0;
    lock_release(&counter->lock);
    return fits;
}

/* Wait until a value fits: that the counter is writable says that 1 does. */
static int wait_for_room(struct file *file, uint64_t value)
{
    struct event_counter *counter = file->data;
    struct waiter waiter = {.notify = NULL};
    int result = 0;
    if ((file->flags & O_NONBLOCK) != 0)
        return -EAGAIN;
    wait_queue_add(&counter->writers, &waiter);
    while (!add(counter, value) && result == 0) {
        result = thread_sleep(NO_TIMEOUT);
        if (result < 0)
            result = signal_interrupts() ? -ERESTARTSYS : 0;
    }
    wait_queue_remove(&counter->writers, &waiter);
    return result;
}

static int64_t eventfd_write(struct file *file, const void *buffer, size_t size, int64_t *position)
{
    struct event_counter *counter = file->data;
    uint64_t value;
    (void)position;
    if (size != sizeof(value))
        return -EINVAL;
    if (user_read(&value, buffer, sizeof(value)) < 0)
        return -EFAULT;
    if (value > COUNT_MAX)
        return -EINVAL;
    if (!add(counter, value)) {
        const int error = wait_for_room(file, value);
        if (error < 0)
            return error;
    }
    wait_queue_wake(&counter->readers);
    return sizeof(value);
}

static uint32_t eventfd_poll(struct file *file, struct poll_table *table)
{
    struct event_counter *counter = file->data;
    poll_on_queue(table, &counter->readers);
    poll_on_queue(table, &counter->writers);
    const uint64_t count = __atomic_load_n(&counter->count, __ATOMIC_ACQUIRE);
    return (count != 0 ? POLLIN : 0) | (count < COUNT_MAX ? POLLOUT : 0);
}

static int eventfd_attributes(struct file *file, struct file_attr *out)
{
    anonymous_attributes(file, 0600, out);
    return 0;
}

static void eventfd_close(struct file *file)
{
    heap_free(file->data);
}

static const struct file_ops eventfd_ops = {
    .kind = "anon_inode:[eventfd]",
    .read = eventfd_read,
    .write = eventfd_write,
    .attributes = eventfd_attributes,
    .poll = eventfd_poll,
    .close = eventfd_close,
};

bool file_is_eventfd(const struct file *file)
{
    return file->ops == &eventfd_ops;
}

int64_t sys_eventfd2(unsigned value, int flags)
{
    if ((flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)) != 0)
        return -EINVAL;
    struct event_counter *counter = heap_zalloc(sizeof(*counter));
    if (counter == NULL)
        return -ENOMEM;
    counter->count = value;
    counter->semaphore = (flags & EFD_SEMAPHORE) != 0;
    wait_queue_init(&counter->readers);
    wait_queue_init(&counter->writers);
    struct file *file = file_new(&eventfd_ops, O_RDWR | ((uint32_t)flags & EFD_NONBLOCK), counter);
    if (file == NULL) {
        heap_free(counter);
        return -ENOMEM;
    }
    return fd_install(file, 0, (flags & EFD_CLOEXEC) != 0);
}

int64_t sys_eventfd(unsigned value)
{
    return sys_eventfd2(value, 0);
}
