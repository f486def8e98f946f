/* SPDX-License-Identifier: MIT */
/* mq_notify(2): who wants to hear of the next message in an empty queue, by a signal or by a datagram. The C library's SIGEV_THREAD
 * is the latter: a thread of its own reads a socket of AF_NETLINK, to which the kernel sends what mq_notify was given. */
#include "copy.h"
#include "ipc.h"
#include "ipc/mqueue.h"
#include "net.h"
#include "process/table.h"
#include "syscalls.h"

/* Source: linux/mqueue.h, whose NOTIFY_COOKIE_LEN this is; the last byte says what has happened. */
#define COOKIE_SIZE NOTIFY_COOKIE_LEN

/* Where this process hears by a datagram. It lies here as sockets do; that it is so far is seen in the queue. */
struct listener {
    struct list_node node;
    struct mqueue *queue;
    uint64_t serial; /* queue->notify_serial */
    struct file *socket;
    uint8_t cookie[COOKIE_SIZE];
};

/* The lock is taken before the table's. */
static struct {
    struct lock lock;
    struct list list;
} g_listeners;

/***** Listeners; with their lock held *****/

static bool is_waiting(const struct listener *listener)
{
    const struct mqueue *queue = listener->queue;
    return queue->used && queue->notified == g_process.pid && queue->notify_serial == listener->serial;
}

static void free_listener(struct listener *listener)
{
    file_put(listener->socket);
    heap_free(listener);
}

static void tell(struct listener *listener, uint8_t what)
{
    list_remove(&listener->node);
    listener->cookie[COOKIE_SIZE - 1] = what;
    net_deliver(listener->socket, listener->cookie, COOKIE_SIZE);
    free_listener(listener);
}

/* Those whose message has come. */
static void tell_all(void)
{
    list_for_each(node, &g_listeners.list) {
        struct listener *listener = list_entry(node, struct listener, node);
        shared_lock(&g_mqueues->lock);
        const bool waiting = is_waiting(listener);
        shared_unlock(&g_mqueues->lock);
        if (!waiting)
            tell(listener, NOTIFY_WOKENUP);
    }
}

static bool has_listeners(void)
{
    return __atomic_load_n(&g_listeners.list.head.next, __ATOMIC_RELAXED) != NULL && !list_is_empty(&g_listeners.list);
}

void mqueue_rung(void)
{
    if (!has_listeners())
        return;
    lock_acquire(&g_listeners.lock);
    tell_all();
    lock_release(&g_listeners.lock);
}

void mqueue_notify_forked(void)
{
    g_listeners.lock = (struct lock){0};
    if (!has_listeners())
        return;
    list_for_each(node, &g_listeners.list) {
        list_remove(node);
        free_listener(list_entry(node, struct listener, node));
    }
}

void mqueue_notify_drop(struct mqueue *queue)
{
    lock_acquire(&g_listeners.lock);
    if (has_listeners()) {
        tell_all();
        list_for_each(node, &g_listeners.list) {
            struct listener *listener = list_entry(node, struct listener, node);
            if (listener->queue == queue)
                tell(listener, NOTIFY_REMOVED);
        }
    }
    shared_lock(&g_mqueues->lock);
    mqueue_forget_notify(queue, g_process.pid);
    shared_unlock(&g_mqueues->lock);
    lock_release(&g_listeners.lock);
}

/***** A message comes *****/

void mqueue_take_notice(struct mqueue *queue, struct mqueue_notice *out)
{
    out->pid = 0;
    if (queue->count != 1 || queue->receivers != 0 || queue->notified == 0)
        return;
    if (queue->notify_kind != SIGEV_NONE)
        out->pid = queue->notified;
    out->by_signal = queue->notify_kind == SIGEV_SIGNAL;
    if (out->by_signal) {
        signal_info(&out->info, queue->notify_signal, SI_MESGQ);
        out->info.si_pid = g_process.pid;
        out->info.si_uid = g_process.uid;
        out->info.si_value.sival_ptr = (void *)queue->notify_value;
    }
    queue->notified = 0;
}

void mqueue_give_notice(const struct mqueue_notice *notice)
{
    if (notice->pid == 0)
        return;
    const bool own = notice->pid == g_process.pid;
    if (!notice->by_signal) {
        if (own)
            mqueue_rung();
        else
            mail_nudge(notice->pid);
        return;
    }
    if (notice->info.si_signo <= 0 || notice->info.si_signo >= SIGNAL_LIMIT)
        return;
    if (own)
        (void)!signal_send_process(&notice->info);
    else
        mail_send(notice->pid, 0, &notice->info);
}

/***** The call *****/

static int new_listener(const struct sigevent *event, struct listener **out)
{
    struct listener *listener = heap_zalloc(sizeof(*listener));
    if (listener == NULL)
        return -ENOMEM;
    int error = copy_in(listener->cookie, event->sigev_value.sival_ptr, COOKIE_SIZE);
    if (error == 0) {
        listener->socket = fd_get(event->sigev_signo);
        error = listener->socket != NULL ? net_check_netlink(listener->socket) : -EBADF;
    }
    if (error < 0) {
        if (listener->socket != NULL)
            file_put(listener->socket);
        heap_free(listener);
        return error;
    }
    *out = listener;
    return 0;
}

static int enter(struct mqueue *queue, const struct sigevent *event, struct listener *listener)
{
    lock_acquire(&g_listeners.lock);
    if (listener != NULL) {
        if (g_listeners.list.head.next == NULL)
            list_init(&g_listeners.list);
        tell_all(); /* of what this process wanted before */
        list_add_back(&g_listeners.list, &listener->node);
    }
    shared_lock(&g_mqueues->lock);
    const int result = queue->notified != 0 ? -EBUSY : 0;
    if (result == 0) {
        queue->notified = g_process.pid;
        queue->notify_kind = event->sigev_notify;
        queue->notify_signal = event->sigev_signo;
        queue->notify_value = (uint64_t)event->sigev_value.sival_ptr;
        queue->notify_serial++;
    }
    if (listener != NULL) {
        listener->queue = queue;
        listener->serial = queue->notify_serial;
    }
    shared_unlock(&g_mqueues->lock);
    if (result < 0 && listener != NULL)
        list_remove(&listener->node);
    lock_release(&g_listeners.lock);
    return result;
}

static int check_event(const struct sigevent *event)
{
    switch (event->sigev_notify) {
    case SIGEV_NONE:
    case SIGEV_THREAD:
        return 0;
    case SIGEV_SIGNAL:
        return event->sigev_signo >= 0 && event->sigev_signo < SIGNAL_LIMIT ? 0 : -EINVAL;
    default:
        return -EINVAL;
    }
}

int64_t sys_mq_notify(int fd, void *user)
{
    struct sigevent event;
    struct file *file;
    struct mqueue *queue;
    struct listener *listener = NULL;
    if (user != NULL && copy_in(&event, user, sizeof(event)) < 0)
        return -EFAULT;
    int result = user != NULL ? check_event(&event) : 0;
    if (result == 0 && user != NULL && event.sigev_notify == SIGEV_THREAD)
        result = new_listener(&event, &listener);
    if (result == 0)
        result = mqueue_get(fd, NULL, &file, &queue);
    if (result == 0) {
        if (user == NULL)
            mqueue_notify_drop(queue);
        else
            result = enter(queue, &event, listener);
        file_put(file);
    }
    if (result < 0 && listener != NULL)
        free_listener(listener);
    return result;
}
