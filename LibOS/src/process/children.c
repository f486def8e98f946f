/* SPDX-License-Identifier: MIT */
/* What this process keeps for each of its children, and how it notices that one was killed from outside. */
#include "process/table.h"
#include "process/wait.h"

#define EXIT_SIGNAL   128 /* what the host reports of a process that a signal has ended */
#define LOOK_AFTER_US 1000000

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

struct child *child_find(int32_t pid)
{
    list_for_each(node, &g_children) {
        struct child *child = list_entry(node, struct child, node);
        if (child->pid == pid)
            return child;
    }
    return NULL;
}

void child_forget(int32_t pid)
{
    lock_acquire(&g_children_lock);
    struct child *child = child_find(pid);
    if (child)
        child_remove(child);
    lock_release(&g_children_lock);
    table_lock();
    table_free(pid);
    table_unlock();
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

/* One that has ended without having said so; 0 = none. pid 0 = of all of them. */
static int32_t find_ended(int32_t pid, int *out_code)
{
    int32_t found = 0;
    lock_acquire(&g_children_lock);
    list_for_each(node, &g_children) {
        const struct child *child = list_entry(node, struct child, node);
        const struct process_entry *entry = table_entry(child->pid);
        if ((pid == 0 || child->pid == pid) && entry && entry->state == STATE_LIVE &&
            has_ended(child->handle, out_code)) {
            found = child->pid;
            break;
        }
    }
    lock_release(&g_children_lock);
    return found;
}

static void bury(int32_t pid)
{
    int code;
    int32_t ended;
    for (unsigned i = 0; i < PROCESS_SLOTS && (ended = find_ended(pid, &code)) != 0; i++)
        post_end(ended, status_of(code));
}

/* Have the parent of a process look whether that is alive. */
static void ask_parent(int32_t pid, int32_t parent_pid)
{
    struct process_entry *parent = table_entry(parent_pid);
    if (!parent)
        return;
    __atomic_store_n(&parent->look_after, pid, __ATOMIC_SEQ_CST);
    mail_nudge(parent_pid);
}

static bool is_of_host(int32_t pid, uint32_t host_id)
{
    const struct process_entry *entry = table_entry(pid);
    return entry && __atomic_load_n(&entry->host_id, __ATOMIC_RELAXED) == host_id;
}

bool children_miss(uint32_t host_id)
{
    int code;
    if (!g_table)
        return false;
    if (lock_try(&g_children_lock)) {
        bool gone = false;
        list_for_each(node, &g_children) {
            const struct child *child = list_entry(node, struct child, node);
            gone = gone || (is_of_host(child->pid, host_id) && has_ended(child->handle, &code));
        }
        lock_release(&g_children_lock);
        if (gone)
            return true;
    }
    for (unsigned i = 0; i < PROCESS_SLOTS; i++) {
        const struct kin kin = g_table->kin[i];
        if (kin.pid > 0 && kin.ppid != g_process.pid && is_of_host(kin.pid, host_id))
            ask_parent(kin.pid, kin.ppid);
    }
    return false;
}

void children_bury(void)
{
    bury(0);
}

void children_look_after(void)
{
    const int32_t pid = __atomic_exchange_n(&g_own->look_after, 0, __ATOMIC_SEQ_CST);
    if (pid != 0)
        bury(pid);
}

uint64_t process_nap(uint64_t timeout_us)
{
    const bool watches = self()->tid == g_process.pid && !list_is_empty(&g_children);
    return watches && timeout_us > LOOK_AFTER_US ? LOOK_AFTER_US : timeout_us;
}

void process_look_after(void)
{
    bury(0);
    process_look_for_mail();
}

static bool is_live(const struct process_entry *entry)
{
    return entry && __atomic_load_n(&entry->state, __ATOMIC_SEQ_CST) == STATE_LIVE;
}

bool process_lives(int32_t pid)
{
    const struct kin *kin = table_kin(pid);
    const struct process_entry *entry = table_entry(pid);
    if (!kin || !is_live(entry))
        return false;
    const uint64_t host_id = __atomic_load_n(&entry->host_id, __ATOMIC_SEQ_CST);
    if (pid == g_process.pid || host_id == 0)
        return true;
    if (!shared_ring(host_id))
        return false;
    /* The host knows those, too, whom nobody has buried. */
    const int32_t parent_pid = kin->ppid;
    if (parent_pid == g_process.pid)
        bury(pid);
    else
        ask_parent(pid, parent_pid);
    return is_live(table_entry(pid));
}
