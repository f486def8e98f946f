/* SPDX-License-Identifier: MIT */
/* POSIX message queues: sending, receiving, notification, attributes. */
#include <linux/time.h>
#include "clock.h"
#include "copy.h"
#include "ipc/mqueue.h"
#include "process/table.h"
#include "syscalls.h"

#define PRIORITIES 32768 /* MQ_PRIO_MAX */

static int read_deadline(const void *user, int64_t *out_ns)
{
    int64_t realtime_ns;
    *out_ns = INT64_MAX;
    if (user == NULL)
        return 0;
    const int result = timespec_read(user, &realtime_ns);
    if (result == 0)
        *out_ns = clock_to_monotonic(CLOCK_REALTIME, realtime_ns);
    return result;
}

/* What a sleep's end means for the call. */
static int sleep_error(int result)
{
    return result == -EAGAIN ? -ETIMEDOUT : result == -EINTR ? -ERESTARTSYS : result;
}

/***** Sending *****/

static void insert(struct mqueue *queue, struct mqueue_msg *msg)
{
    struct mqueue_msg **link = &queue->first;
    struct mqueue_msg *next = mqueue_msg_at(link, queue);
    for (uint64_t i = 0; i < queue->count && next != NULL && next->priority >= msg->priority; i++) {
        link = &next->next;
        next = mqueue_msg_at(link, queue);
    }
    msg->next = next;
    *link = msg;
    queue->count++;
}

static int send(struct file *file, struct mqueue *queue, struct mqueue_msg *msg, int64_t deadline_ns)
{
    struct bell bell = {.count = 0};
    struct mqueue_notice notice = {.pid = 0};
    int result = 0;
    shared_lock(&g_mqueues->lock);
    while (result == 0 && queue->count >= queue->count_max) {
        if ((file->flags & O_NONBLOCK) != 0)
            result = -EAGAIN;
        else
            result = sleep_error(bell_sleep(&g_mqueues->lock, &queue->bell, deadline_ns));
        if (result == -ETIMEDOUT && queue->count < queue->count_max)
            result = 0;
    }
    if (result == 0) {
        insert(queue, msg);
        mqueue_take_notice(queue, &notice);
        bell_take(&queue->bell, &bell);
    }
    shared_unlock(&g_mqueues->lock);
    if (result == 0) {
        bell_ring(&bell);
        mqueue_give_notice(&notice);
    }
    return result;
}

int64_t sys_mq_timedsend(int fd, void *data, unsigned long size, unsigned priority, void *timeout)
{
    struct file *file;
    struct mqueue *queue;
    int64_t deadline_ns;
    int result = read_deadline(timeout, &deadline_ns);
    if (result == 0 && priority >= PRIORITIES)
        result = -EINVAL;
    if (result == 0)
        result = mqueue_get(fd, file_writable, &file, &queue);
    if (result != 0)
        return result;
    struct mqueue_msg *msg = NULL;
    const size_t room = sizeof(*msg) + size;
    if (size > queue->size_max)
        result = -EMSGSIZE;
    else if ((msg = shared_alloc(room)) == NULL)
        result = -ENOMEM;
    if (result == 0) {
        msg->priority = priority;
        msg->size = size;
        result = copy_in(msg->data, data, size);
    }
    if (result == 0)
        result = send(file, queue, msg, deadline_ns);
    if (result < 0)
        shared_free(msg, room);
    file_put(file);
    return result;
}

/***** Receiving *****/

static int receive(struct file *file, struct mqueue *queue, int64_t deadline_ns, struct mqueue_msg **out)
{
    struct bell bell = {.count = 0};
    int result = 0;
    shared_lock(&g_mqueues->lock);
    while (result == 0 && (*out = mqueue_msg_at(&queue->first, queue)) == NULL) {
        if ((file->flags & O_NONBLOCK) != 0) {
            result = -EAGAIN;
            break;
        }
        queue->receivers++;
        result = sleep_error(bell_sleep(&g_mqueues->lock, &queue->bell, deadline_ns));
        queue->receivers--;
        if (result == -ETIMEDOUT && mqueue_msg_at(&queue->first, queue) != NULL)
            result = 0;
    }
    if (result == 0) {
        queue->first = (*out)->next;
        queue->count -= queue->count > 0;
        bell_take(&queue->bell, &bell);
    }
    shared_unlock(&g_mqueues->lock);
    if (result == 0)
        bell_ring(&bell);
    return result;
}

int64_t sys_mq_timedreceive(int fd, void *to, unsigned long size, void *user_priority, void *timeout)
{
    struct file *file;
    struct mqueue *queue;
    struct mqueue_msg *msg = NULL;
    int64_t deadline_ns;
    int64_t result = read_deadline(timeout, &deadline_ns);
    if (result == 0)
        result = mqueue_get(fd, file_readable, &file, &queue);
    if (result != 0)
        return result;
    result = size < queue->size_max ? -EMSGSIZE : receive(file, queue, deadline_ns, &msg);
    file_put(file);
    if (result < 0)
        return result;
    const size_t room = sizeof(*msg) + msg->size;
    result = (int64_t)msg->size;
    if (copy_out(to, msg->data, msg->size) < 0 ||
        copy_out_wanted(user_priority, &msg->priority, sizeof(msg->priority)) < 0)
        result = -EFAULT;
    shared_free(msg, room);
    return result;
}

/***** The rest *****/

int64_t sys_mq_getsetattr(int fd, void *user_new, void *user_old)
{
    struct mq_attr new, old = {.mq_flags = 0};
    struct file *file;
    struct mqueue *queue;
    if (user_new != NULL) {
        if (copy_in(&new, user_new, sizeof(new)) < 0)
            return -EFAULT;
        if ((new.mq_flags & ~O_NONBLOCK) != 0)
            return -EINVAL;
    }
    const int result = mqueue_get(fd, NULL, &file, &queue);
    if (result < 0)
        return result;
    shared_lock(&g_mqueues->lock);
    old.mq_flags = file->flags & O_NONBLOCK;
    old.mq_maxmsg = (long)queue->count_max;
    old.mq_msgsize = (long)queue->size_max;
    old.mq_curmsgs = (long)queue->count;
    if (user_new != NULL)
        file->flags = (file->flags & ~(uint32_t)O_NONBLOCK) | (uint32_t) new.mq_flags;
    shared_unlock(&g_mqueues->lock);
    file_put(file);
    return copy_out_wanted(user_old, &old, sizeof(old));
}
