/* SPDX-License-Identifier: MIT */
/* Queues of threads that wait for something in the library OS. Knows nothing of what that is. */
#include "task.h"

void wait_queue_init(struct wait_queue *queue)
{
    memset(&queue->lock, 0, sizeof(queue->lock));
    list_init(&queue->waiters);
}

void wait_queue_add(struct wait_queue *queue, struct waiter *waiter)
{
    waiter->thread = self();
    waiter->fired = 0;
    lock_acquire(&queue->lock);
    list_add_back(&queue->waiters, &waiter->node);
    lock_release(&queue->lock);
    /* The caller looks at its condition now; who makes that true looks at the queue after it. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void wait_queue_remove(struct wait_queue *queue, struct waiter *waiter)
{
    lock_acquire(&queue->lock);
    list_remove(&waiter->node);
    lock_release(&queue->lock);
}

static bool nobody_waits(const struct wait_queue *queue)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&queue->waiters.head.next, __ATOMIC_RELAXED) == &queue->waiters.head;
}

static void fire(struct waiter *waiter, struct wake_batch *batch)
{
    __atomic_store_n(&waiter->fired, 1, __ATOMIC_RELEASE);
    if (waiter->notify)
        waiter->notify(waiter);
    else
        wake_collect(batch, waiter->thread);
}

void wait_queue_wake(struct wait_queue *queue)
{
    struct wake_batch batch;
    if (nobody_waits(queue))
        return;
    batch.count = 0;
    lock_acquire(&queue->lock);
    list_for_each(node, &queue->waiters)
        fire(list_entry(node, struct waiter, node), &batch);
    lock_release(&queue->lock);
    wake_all(&batch);
}

/* Who has been woken goes to the end, so that the next call finds another. Notified ones take nothing away. */
void wait_queue_wake_some(struct wait_queue *queue, uint32_t count)
{
    struct wake_batch batch;
    if (nobody_waits(queue))
        return;
    batch.count = 0;
    lock_acquire(&queue->lock);
    struct list_node *end = queue->waiters.head.prev;
    for (struct list_node *node = list_first(&queue->waiters), *next; node && count > 0; node = next) {
        struct waiter *waiter = list_entry(node, struct waiter, node);
        next = node == end ? NULL : node->next;
        if (!waiter->notify && waiter->thread->attention & ATTENTION_GONE) {
            list_remove(node);
            continue;
        }
        if (!waiter->notify) {
            count--;
            list_remove(node);
            list_add_back(&queue->waiters, node);
        }
        fire(waiter, &batch);
    }
    lock_release(&queue->lock);
    wake_all(&batch);
}
