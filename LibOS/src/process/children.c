/* SPDX-License-Identifier: MIT */
/* What this process keeps for each of its children, and how it notices that one was killed from outside. */
#include "process/table.h"
#include "process/wait.h"

#define EXIT_SIGNAL 128 /* what the host reports of a process that a signal has ended */

struct list g_children = {{&g_children.head, &g_children.head}};
struct lock g_children_lock;
struct wait_queue g_children_queue;

struct wait_queue *children_queue(void)
{
    if (!g_children_queue.waiters.head.next)
        wait_queue_init(&g_children_queue);
    return &g_children_queue;
}

struct child *child_add(int32_t pid)
{
    struct child *child = heap_zalloc(sizeof(*child));
    if (!child)
        return NULL;
    child->pid = pid;
    lock_acquire(&g_children_lock);
    (void)children_queue();
    list_add_back(&g_children, &child->node);
    lock_release(&g_children_lock);
    return child;
}

void child_remove(struct child *child)
{
    list_remove(&child->node);
    if (child->handle)
        DkObjectClose(child->handle);
    heap_free(child);
}

void children_forget(void)
{
    g_children_lock = (struct lock){0};
    list_for_each(node, &g_children)
        child_remove(list_entry(node, struct child, node));
    wait_queue_init(&g_children_queue);
}

void children_changed(void)
{
    wait_queue_wake(children_queue());
}

/* The status of a child that has left none: the host's process was killed. */
static int status_of(int code)
{
    return code > EXIT_SIGNAL && code < EXIT_SIGNAL + SIGNAL_LIMIT ? code - EXIT_SIGNAL : (code & 0xff) << 8;
}

static bool has_ended(PAL_HANDLE handle, int *out_code)
{
    PAL_STREAM_ATTR attr;
    if (!handle || !DkObjectsWaitAny(1, &handle, 0) || !DkStreamAttributesQuerybyHandle(handle, &attr) ||
        !attr.disconnected)
        return false;
    *out_code = (int)attr.size;
    return true;
}

void children_bury(void)
{
    int code;
    lock_acquire(&g_children_lock);
    list_for_each(node, &g_children) {
        struct child *child = list_entry(node, struct child, node);
        const struct process_entry *entry = table_entry(child->pid);
        if (entry && entry->state == STATE_LIVE && has_ended(child->handle, &code))
            post_end(child->pid, status_of(code));
    }
    lock_release(&g_children_lock);
}
