/* SPDX-License-Identifier: MIT */
/* Objects that files of several processes stand for: who has them open, and waiting for them. Knows no kind of them but by its
 * operations. */
#include "ipc/joint.h"
#include "clock.h"
#include "ipc.h"
#include "ipc/joint_holders.h"
#include "poll.h"
#include "process/table.h"

#define JOINTS 4096u

/* How often who waits looks whether the others, of whom it may be waiting for nothing, are still alive. */
#define LOOK_AFTER_NS NS_PER_SECOND

/* In shared memory. */
/* Apart from the slots: each process that ends looks whether there are any. */
struct joint_table {
    struct shared_lock lock;
    uint32_t end; /* slots from here on are free */
};

static struct joint_table *g_joints;
static struct joint **g_slots; /* JOINTS of them */

/* Files of this process. */
static struct {
    struct lock lock;
    struct list list;
} g_files = {.list = {{&g_files.list.head, &g_files.list.head}}};

static const struct joint_ops *const g_kinds[JOINT_KINDS] = {[JOINT_PTY] = &pty_joint, [JOINT_FIFO] = &fifo_joint};

/***** The table *****/

void joint_begin(void)
{
    if (g_joints != NULL)
        return;
    g_slots = shared_place(JOINTS * sizeof(*g_slots));
    g_joints = shared_place(sizeof(*g_joints));
}

int joints_lock(void)
{
    const int error = ipc_need();
    if (error == 0)
        shared_lock(&g_joints->lock);
    return error;
}

void joints_unlock(void)
{
    shared_unlock(&g_joints->lock);
}

static uint32_t end_of_table(void)
{
    const uint32_t end = __atomic_load_n(&g_joints->end, __ATOMIC_RELAXED);
    return end < JOINTS ? end : JOINTS;
}

bool joints_exist(void)
{
    return g_joints != NULL && end_of_table() != 0;
}

bool joint_is(const struct joint *joint, enum joint_kind kind)
{
    return joint != NULL && joint_is_sane(joint, g_kinds[kind]->size) && joint->kind == (uint32_t)kind;
}

/* The object of a slot and its kind; NULL = there is none. */
static struct joint *joint_at(uint32_t slot, enum joint_kind *out_kind)
{
    struct joint *joint = __atomic_load_n(&g_slots[slot], __ATOMIC_ACQUIRE);
    for (*out_kind = 0; *out_kind < JOINT_KINDS; ++*out_kind) {
        if (joint_is(joint, *out_kind))
            return joint;
    }
    return NULL;
}

struct joint *joint_next(enum joint_kind kind, uint32_t *cursor)
{
    for (const uint32_t end = end_of_table(); *cursor < end;) {
        enum joint_kind found;
        struct joint *joint = joint_at((*cursor)++, &found);
        if (joint != NULL && found == kind)
            return joint;
    }
    return NULL;
}

struct joint *joint_new(enum joint_kind kind)
{
    uint32_t slot = 0;
    while (slot < JOINTS && g_slots[slot] != NULL)
        slot++;
    struct joint *joint = slot < JOINTS ? shared_alloc(g_kinds[kind]->size) : NULL;
    if (joint == NULL)
        return NULL;
    joint->kind = (uint32_t)kind;
    __atomic_store_n(&g_slots[slot], joint, __ATOMIC_RELEASE);
    if (slot >= end_of_table())
        g_joints->end = slot + 1;
    return joint;
}

/* With the table locked: an object that nobody has any more goes. */
static void free_unused(struct joint *joint)
{
    if (joint->kept || joint->files[0] + joint->files[1] + joint->files[2] != 0)
        return;
    uint32_t end = end_of_table();
    for (uint32_t slot = 0; slot < end; slot++) {
        enum joint_kind kind;
        if (joint_at(slot, &kind) != joint)
            continue;
        g_slots[slot] = NULL;
        shared_free(joint, g_kinds[kind]->size);
    }
    while (end > 0 && g_slots[end - 1] == NULL)
        end--;
    g_joints->end = end;
}

/***** Open files *****/

static uint32_t sides_of(const struct joint_file *file)
{
    return file->sides == 2 && joint_is_lost(file) ? JOINT_LOST : file->sides;
}

int joint_open(struct joint *joint, enum joint_kind kind, uint32_t sides, struct joint_file *file)
{
    joint_lock(joint);
    const int error = joint_add_files(joint, process_holder(), sides);
    joint_changed(joint);
    if (error < 0) {
        free_unused(joint);
        return error;
    }
    *file = (struct joint_file){.joint = joint,
                                .kind = kind,
                                .sides = sides,
                                .generation = joint->generation,
                                .looked_ns = clock_monotonic_ns()};
    lock_acquire(&g_files.lock);
    list_add_back(&g_files.list, &file->node);
    lock_release(&g_files.lock);
    return 0;
}

void joint_leave(struct joint *joint, enum joint_kind kind, int32_t pid)
{
    g_kinds[kind]->left(joint, pid);
    joint_changed(joint);
    free_unused(joint);
}

void joint_close(struct joint_file *file)
{
    struct joint *joint = file->joint;
    lock_acquire(&g_files.lock);
    list_remove(&file->node);
    lock_release(&g_files.lock);
    shared_lock(&g_joints->lock);
    joint_lock(joint);
    joint_drop_files(joint, process_holder(), sides_of(file));
    joint_leave(joint, file->kind, 0);
    joints_unlock();
}

void joint_release(struct joint *joint)
{
    shared_lock(&g_joints->lock);
    joint->kept = false;
    free_unused(joint);
    joints_unlock();
}

/***** Waiting *****/

void joint_changed(struct joint *joint)
{
    struct bell bell;
    bell_take(&joint->bell, &bell);
    joint_unlock(joint);
    if (bell.count != 0)
        bell_ring(&bell);
}

/* Whether a process has ended without having closed what it had. One whose parent lives is its parent's to bury. */
static bool has_gone(int32_t pid)
{
    const struct process_entry *entry = table_entry(pid);
    const struct kin *kin = table_kin(pid);
    if (entry == NULL || kin == NULL || entry->state != STATE_LIVE)
        return true;
    const uint64_t host_id = __atomic_load_n(&entry->host_id, __ATOMIC_SEQ_CST);
    const struct process_entry *parent = table_entry(kin->ppid);
    return (parent == NULL || parent->state != STATE_LIVE) && host_id != 0 && !shared_ring(host_id);
}

/* Without the lock. */
static void look_after_others(struct joint *joint)
{
    int32_t pid = 0;
    children_bury();
    for (;;) {
        joint_lock(joint);
        pid = joint_next_other(joint, pid);
        joint_unlock(joint);
        if (pid == 0)
            break;
        if (has_gone(pid))
            joint_process_ends(pid);
    }
}

int joint_sleep(struct joint *joint, int64_t deadline_ns)
{
    const int64_t look_ns = joint_next_other(joint, 0) != 0 ? clock_monotonic_ns() + LOOK_AFTER_NS : INT64_MAX;
    int result = bell_sleep(&joint->lock, &joint->bell, deadline_ns < look_ns ? deadline_ns : look_ns);
    if (result == -EAGAIN && look_ns < deadline_ns) {
        joint_unlock(joint);
        look_after_others(joint);
        joint_lock(joint);
        result = 0;
    }
    return result == -EINTR ? -ERESTARTSYS : result;
}

void joint_lock_to_poll(struct joint_file *file, struct poll_table *table)
{
    struct joint *joint = file->joint;
    poll_on_queue(table, bell_queue());
    if (table == NULL) {
        joint_lock(joint);
        return;
    }
    const int64_t now_ns = clock_monotonic_ns();
    if (now_ns - file->looked_ns >= LOOK_AFTER_NS) {
        file->looked_ns = now_ns;
        look_after_others(joint);
    }
    joint_lock(joint);
    bell_ask(&joint->bell);
    if (joint_next_other(joint, 0) != 0)
        poll_on_time(table, file->looked_ns + LOOK_AFTER_NS);
}

/***** Processes *****/

/* With the lock of each object held. A process that could not execute its program may have left something. */
static int share_files(int32_t pid, int (*share)(struct joint *joint, int32_t pid, uint32_t sides))
{
    int error = 0;
    list_for_each(node, &g_files.list) {
        const struct joint_file *file = list_entry(node, struct joint_file, node);
        if (error < 0 || file->opening)
            continue;
        joint_lock(file->joint);
        error = share(file->joint, pid, sides_of(file));
        joint_unlock(file->joint);
    }
    return error;
}

static int forget_holder(struct joint *joint, int32_t pid, uint32_t sides)
{
    (void)sides;
    joint_drop_holder(joint, pid);
    return 0;
}

int joint_share(int32_t pid)
{
    (void)share_files(pid, forget_holder);
    return share_files(pid, joint_add_files);
}

void joint_process_ends(int32_t pid)
{
    if (!joints_exist())
        return;
    shared_lock(&g_joints->lock);
    for (uint32_t slot = 0; slot < end_of_table(); slot++) {
        enum joint_kind kind;
        struct joint *joint = joint_at(slot, &kind);
        if (joint == NULL)
            continue;
        joint_lock(joint);
        joint_drop_holder(joint, pid);
        joint_leave(joint, kind, pid);
    }
    joints_unlock();
}

void joint_forked(void)
{
    g_files.lock = (struct lock){0};
    list_for_each(node, &g_files.list) {
        if (list_entry(node, struct joint_file, node)->opening)
            list_remove(node);
    }
}
