/* SPDX-License-Identifier: MIT */
/* Asynchronous input and output of the kernel (io_setup(2) and its kin). A request is done when it is submitted, as Linux does
 * those for files that are not opened with O_DIRECT, and its completion waits to be fetched. */
#include <linux/aio_abi.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include "clock.h"
#include "copy.h"
#include "ipc.h"
#include "mm.h"
#include "poll.h"
#include "syscalls.h"

#define REQUEST_LIMIT 65536 /* of all contexts, as /proc/sys/fs/aio-max-nr has it */
#define COUNT_LIMIT   (0x10000000 / sizeof(struct io_event))

struct context {
    struct context *next;
    uint64_t id; /* address of a page of the program's, where libraries look for a ring of Linux's and find none */
    uint32_t references;
    bool gone;
    uint32_t capacity, first, count; /* of events */
    uint32_t promised;               /* events of requests that are being done: there is room for them */
    struct wait_queue fetchers;
    struct io_event events[];
};

static struct lock g_lock; /* of all that follows and what is in contexts; taken before a queue's */
static struct context *g_contexts;
static uint32_t g_requests;

/***** Contexts *****/

static void put(struct context *context)
{
    lock_acquire(&g_lock);
    const bool last = --context->references == 0;
    lock_release(&g_lock);
    if (last)
        heap_free(context);
}

static struct context *get(uint64_t id)
{
    lock_acquire(&g_lock);
    struct context *context = g_contexts;
    while (context != NULL && context->id != id)
        context = context->next;
    if (context != NULL)
        context->references++;
    lock_release(&g_lock);
    return context;
}

static int add(struct context *context)
{
    int result = -EAGAIN;
    lock_acquire(&g_lock);
    if (g_requests + context->capacity <= REQUEST_LIMIT) {
        g_requests += context->capacity;
        context->next = g_contexts;
        g_contexts = context;
        result = 0;
    }
    lock_release(&g_lock);
    return result;
}

int64_t sys_io_setup(unsigned count, void *id)
{
    uint64_t old;
    if (copy_in(&old, id, sizeof(old)) < 0)
        return -EFAULT;
    if (old != 0 || count == 0 || count > COUNT_LIMIT)
        return -EINVAL;
    if (count > REQUEST_LIMIT)
        return -EAGAIN;
    struct context *context = heap_zalloc(sizeof(*context) + count * sizeof(context->events[0]));
    if (context == NULL)
        return -ENOMEM;
    const int64_t page = mm_map(0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, NULL, 0);
    int64_t result = page < 0 ? page : 0;
    context->id = (uint64_t)page;
    context->capacity = count;
    context->references = 1;
    wait_queue_init(&context->fetchers);
    if (result == 0)
        result = copy_out(id, &context->id, sizeof(context->id));
    if (result == 0)
        result = add(context);
    if (result < 0) {
        if (page >= 0)
            mm_unmap((uint64_t)page, PAGE_SIZE);
        heap_free(context);
    }
    return result;
}

int64_t sys_io_destroy(unsigned long id)
{
    lock_acquire(&g_lock);
    struct context **link = &g_contexts;
    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next;
    struct context *context = *link;
    if (context != NULL) {
        *link = context->next;
        context->gone = true;
        g_requests -= context->capacity;
    }
    lock_release(&g_lock);
    if (context == NULL)
        return -EINVAL;
    wait_queue_wake(&context->fetchers);
    mm_unmap(context->id, PAGE_SIZE);
    put(context);
    return 0;
}

void aio_forget(void)
{
    while (g_contexts != NULL) {
        struct context *context = g_contexts;
        g_contexts = context->next;
        heap_free(context);
    }
    g_lock = (struct lock){0};
    g_requests = 0;
}

/***** Requests *****/

static int64_t perform(const struct iocb *request)
{
    void *buffer = (void *)request->aio_buf;
    const int fd = (int)request->aio_fildes;
    const uint64_t count = request->aio_nbytes;
    const int64_t offset = request->aio_offset;
    const int flags = (int)request->aio_rw_flags;
    int64_t result;
    switch (request->aio_lio_opcode) {
    case IOCB_CMD_PREAD:
        result = sys_pread64(fd, buffer, count, offset);
        return result == -ESPIPE ? sys_read(fd, buffer, count) : result;
    case IOCB_CMD_PWRITE:
        result = sys_pwrite64(fd, buffer, count, offset);
        return result == -ESPIPE ? sys_write(fd, buffer, count) : result;
    case IOCB_CMD_PREADV:
        return sys_preadv2(fd, buffer, (int)count, (unsigned long)offset, 0, flags);
    case IOCB_CMD_PWRITEV:
        return sys_pwritev2(fd, buffer, (int)count, (unsigned long)offset, 0, flags);
    case IOCB_CMD_FSYNC:
        return sys_fsync(fd);
    case IOCB_CMD_FDSYNC:
        return sys_fdatasync(fd);
    default:
        return -EINVAL;
    }
}

/* What is refused before anything is done, and has no completion: 0 or -E... */
static int check(const struct iocb *request)
{
    if (request->aio_reserved2 != 0 || (int64_t)request->aio_nbytes < 0)
        return -EINVAL;
    const uint16_t operation = request->aio_lio_opcode;
    if (operation != IOCB_CMD_PREAD && operation != IOCB_CMD_PWRITE && operation != IOCB_CMD_PREADV &&
        operation != IOCB_CMD_PWRITEV && operation != IOCB_CMD_FSYNC && operation != IOCB_CMD_FDSYNC)
        return -EINVAL;
    const bool reads = operation == IOCB_CMD_PREAD || operation == IOCB_CMD_PREADV;
    const bool writes = operation == IOCB_CMD_PWRITE || operation == IOCB_CMD_PWRITEV;
    struct file *file = fd_get((int)request->aio_fildes);
    if (file == NULL)
        return -EBADF;
    const bool allowed = (!reads || file_readable(file)) && (!writes || file_writable(file));
    file_put(file);
    return allowed ? 0 : -EBADF;
}

/* The eventfd that a request names is told of its completion. */
static int notified(const struct iocb *request, struct file **out)
{
    *out = NULL;
    if ((request->aio_flags & IOCB_FLAG_RESFD) == 0)
        return 0;
    struct file *file = fd_get((int)request->aio_resfd);
    if (file == NULL)
        return -EBADF;
    if (!file_is_eventfd(file)) {
        file_put(file);
        return -EINVAL;
    }
    *out = file;
    return 0;
}

static bool promise_room(struct context *context)
{
    lock_acquire(&g_lock);
    const bool room = context->count + context->promised < context->capacity;
    context->promised += room;
    lock_release(&g_lock);
    return room;
}

/* What was promised is used, or not (NULL). */
static void complete(struct context *context, const struct io_event *event)
{
    lock_acquire(&g_lock);
    context->promised--;
    if (event != NULL)
        context->events[(context->first + context->count++) % context->capacity] = *event;
    lock_release(&g_lock);
}

static int submit(struct context *context, uint64_t address)
{
    static const uint64_t one = 1;
    struct iocb request;
    struct file *listener;
    if (copy_in(&request, (void *)address, sizeof(request)) < 0)
        return -EFAULT;
    if (!promise_room(context))
        return -EAGAIN;
    int result = check(&request);
    if (result == 0)
        result = notified(&request, &listener);
    if (result < 0) {
        complete(context, NULL);
        return result;
    }
    struct io_event event = {.data = request.aio_data, .obj = address, .res = perform(&request)};
    if (event.res == -ERESTARTSYS)
        event.res = -EINTR;
    complete(context, &event);
    wait_queue_wake(&context->fetchers);
    if (listener != NULL) {
        io_write(listener, &one, sizeof(one), NULL);
        file_put(listener);
    }
    return 0;
}

int64_t sys_io_submit(unsigned long id, long count, void *requests)
{
    if (count < 0)
        return -EINVAL;
    struct context *context = get(id);
    if (context == NULL)
        return -EINVAL;
    int64_t done = 0, result = 0;
    for (; done < count; done++) {
        uint64_t address;
        result = copy_in(&address, (uint64_t *)requests + done, sizeof(address));
        if (result == 0)
            result = submit(context, address);
        if (result < 0)
            break;
    }
    put(context);
    return done > 0 ? done : result;
}

/* Nothing is ever under way. */
int64_t sys_io_cancel(unsigned long id, void *request, void *result)
{
    uint32_t key;
    (void)result;
    struct context *context = get(id);
    if (copy_in(&key, (char *)request + offsetof(struct iocb, aio_key), sizeof(key)) < 0) {
        if (context != NULL)
            put(context);
        return -EFAULT;
    }
    if (context != NULL)
        put(context);
    return -EINVAL;
}

/***** Completions *****/

/* Move what there is, at most count, to the program; the lock is held. */
static int64_t fetch(struct context *context, struct io_event *user, int64_t count)
{
    int64_t done = 0;
    while (done < count && context->count > 0) {
        if (copy_out(user + done, &context->events[context->first], sizeof(*user)) < 0)
            return done > 0 ? done : -EFAULT;
        context->first = (context->first + 1) % context->capacity;
        context->count--;
        done++;
    }
    return done;
}

static int64_t fetch_until(struct context *context, int64_t minimum, int64_t count, struct io_event *user,
                           int64_t deadline_ns)
{
    int64_t done = 0, result = 0;
    lock_acquire(&g_lock);
    while (result >= 0) {
        struct waiter waiter = {.notify = NULL};
        result = fetch(context, user + done, count - done);
        done += result > 0 ? result : 0;
        const int64_t left_ns = deadline_ns == INT64_MAX ? INT64_MAX : deadline_ns - clock_monotonic_ns();
        if (result < 0 || done >= minimum || left_ns <= 0)
            break;
        if (context->gone) {
            result = -EINVAL;
            break;
        }
        wait_queue_add(&context->fetchers, &waiter);
        lock_release(&g_lock);
        result = thread_sleep(left_ns == INT64_MAX ? NO_TIMEOUT : (uint64_t)left_ns / 1000 + 1);
        wait_queue_remove(&context->fetchers, &waiter);
        lock_acquire(&g_lock);
        if (result == -ETIMEDOUT)
            result = 0;
    }
    lock_release(&g_lock);
    return done > 0 ? done : result;
}

static int64_t get_events(unsigned long id, int64_t minimum, int64_t count, void *events, const void *timeout)
{
    int64_t timeout_ns = -1;
    if (timeout != NULL) {
        const int error = timespec_read(timeout, &timeout_ns);
        if (error < 0)
            return error;
    }
    struct context *context = get(id);
    if (context == NULL)
        return -EINVAL;
    int64_t deadline_ns = INT64_MAX, result = -EINVAL;
    if (timeout_ns >= 0 && __builtin_add_overflow(clock_monotonic_ns(), timeout_ns, &deadline_ns))
        deadline_ns = INT64_MAX;
    if (minimum >= 0 && count >= minimum)
        result = fetch_until(context, minimum, count, events, deadline_ns);
    put(context);
    return result;
}

int64_t sys_io_getevents(unsigned long id, long minimum, long count, void *events, void *timeout)
{
    return get_events(id, minimum, count, events, timeout);
}

int64_t sys_io_pgetevents(unsigned long id, long minimum, long count, void *events, void *timeout, void *mask)
{
    struct {
        void *set;
        uint64_t size;
    } signals = {NULL, 0};
    if (mask != NULL && copy_in(&signals, mask, sizeof(signals)) < 0)
        return -EFAULT;
    const int error = signal_mask_for_call(signals.set, signals.size);
    const int64_t result = error < 0 ? error : get_events(id, minimum, count, events, timeout);
    return result == -EINTR ? -ERESTARTNOHAND : result;
}
