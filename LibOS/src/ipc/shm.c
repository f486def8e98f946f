/* SPDX-License-Identifier: MIT */
/* Shared memory of System V. A segment is a run of the stream that all processes have; an attachment is a mapping of a file
 * that is made for it, so that whatever unmaps it tells. */
#include <linux/shm.h>
#include "copy.h"
#include "fs.h"
#include "ipc.h"
#include "ipc/sysv.h"
#include "mm.h"
#include "syscalls.h"

#define SHM_SIZE_MAX 18446744073692774399ul /* kernel.shmmax */

/* In the mode that is told. */
#define SHM_DEST   01000u
#define SHM_LOCKED 02000u

/* An attachment of this process. */
struct attachment {
    struct list_node node;
    int id;
    uint64_t address, size;
    uint64_t offset; /* in the stream */
};

static struct {
    struct lock lock;
    struct list list;
} g_attached;

static struct list *attachments(void)
{
    if (g_attached.list.head.next == NULL)
        list_init(&g_attached.list);
    return &g_attached.list;
}

/***** Users of a segment; with the table locked *****/

/* What a link leads to; NULL = the end, or nonsense. */
static struct shm_user *user_at(struct shm_user *const *link)
{
    struct shm_user *user = __atomic_load_n(link, __ATOMIC_RELAXED);
    return shared_has(user, sizeof(*user)) ? user : NULL;
}

static uint64_t count_users(const struct shm_segment *segment)
{
    uint64_t count = 0;
    const struct shm_user *user = user_at(&segment->users);
    for (unsigned i = 0; user != NULL && i < SYSV_SLOTS; i++, user = user_at(&user->next))
        count += user->count;
    return count;
}

/* A process among the users, and the link that leads to it; NULL = it is none. */
static struct shm_user *find_user(struct shm_segment *segment, int32_t pid, struct shm_user ***out_link)
{
    struct shm_user *user;
    *out_link = &segment->users;
    for (unsigned i = 0; i < SYSV_SLOTS && (user = user_at(*out_link)) != NULL; i++, *out_link = &user->next) {
        if (user->pid == pid)
            return user;
    }
    return NULL;
}

static int add_user(struct shm_segment *segment, int32_t pid)
{
    struct shm_user **link, *user = find_user(segment, pid, &link);
    if (user != NULL) {
        user->count++;
        return 0;
    }
    user = shared_alloc(sizeof(*user));
    if (user == NULL)
        return -ENOMEM;
    *user = (struct shm_user){.next = segment->users, .pid = pid, .count = 1};
    segment->users = user;
    return 0;
}

static void destroy(struct sysv_table *table, struct sysv_object *object)
{
    struct tmp_run run = object->shm.run;
    run.used = run.size;
    sysv_free(table, object);
    tmp_run_give(&run);
}

/* A process has so many attachments less; all = none is left. */
static void drop_user(struct sysv_table *table, struct sysv_object *object, int32_t pid, bool all)
{
    struct shm_user **link, *user = find_user(&object->shm, pid, &link);
    if (user == NULL)
        return;
    if (user->count > 0)
        user->count--;
    if (user->count == 0 || all) {
        *link = user->next;
        shared_free(user, sizeof(*user));
    }
    object->shm.detach_time = sysv_now();
    object->shm.last_pid = pid;
    if (object->removed && count_users(&object->shm) == 0)
        destroy(table, object);
}

void shm_process_ends(int32_t pid)
{
    struct sysv_table *table = sysv_table(SYSV_SHM);
    if (table->used == 0)
        return;
    shared_lock(&table->lock);
    for (uint32_t i = 0; i < SYSV_SLOTS && i < table->end; i++) {
        if (table->objects[i].used)
            drop_user(table, &table->objects[i], pid, true);
    }
    sysv_unlock(table);
}

void shm_forked(void)
{
    g_attached.lock = (struct lock){0};
    if (list_is_empty(attachments()))
        return;
    struct sysv_table *table = sysv_lock(SYSV_SHM);
    list_for_each(node, attachments()) {
        struct sysv_object *object;
        if (sysv_find(table, list_entry(node, struct attachment, node)->id, 0, &object) == 0)
            (void)!add_user(&object->shm, g_process.pid);
    }
    sysv_unlock(table);
}

/***** The file that is mapped *****/

static int attachment_map(struct file *file, uint64_t address, size_t size, int prot, int flags, uint64_t offset)
{
    const struct attachment *attachment = file->data;
    const PAL_FLG access = (prot & PROT_READ ? PAL_PROT_READ : 0u) | (prot & PROT_WRITE ? PAL_PROT_WRITE : 0u) |
                           (prot & PROT_EXEC ? PAL_PROT_EXEC : 0u);
    (void)flags;
    if (offset > attachment->size || size > attachment->size - offset)
        return -EINVAL;
    return DkStreamMap(tmp_space_stream(), (void *)address, access, attachment->offset + offset, size) ? 0
                                                                                                       : pal_failure();
}

/* By which futexes in it are known to all processes. */
static int attachment_attributes(struct file *file, struct file_attr *out)
{
    const struct attachment *attachment = file->data;
    *out = (struct file_attr){.inode = attachment->offset, .device = UINT64_MAX - 1, .size = attachment->size};
    return 0;
}

static void forget(struct attachment *attachment)
{
    lock_acquire(&g_attached.lock);
    list_remove(&attachment->node);
    lock_release(&g_attached.lock);
    struct sysv_object *object;
    struct sysv_table *table = sysv_lock(SYSV_SHM);
    if (sysv_find(table, attachment->id, 0, &object) == 0)
        drop_user(table, object, g_process.pid, false);
    sysv_unlock(table);
    heap_free(attachment);
}

/* The last piece of the mapping has gone. */
static void attachment_close(struct file *file)
{
    forget(file->data);
}

static const struct file_ops attachment_ops = {
    .kind = "/SYSV (deleted)",
    .map = attachment_map,
    .attributes = attachment_attributes,
    .close = attachment_close,
};

/***** shmget *****/

static int check_segment(const struct sysv_object *object, const struct sysv_making *making)
{
    return making->size > object->shm.size ? -EINVAL : 0;
}

/* What was used before is zeroed. */
static int zero(const struct tmp_run *run)
{
    static const char zeros[16 * PAGE_SIZE];
    for (uint64_t done = 0; done < run->used;) {
        const uint64_t left = run->used - done;
        const int64_t count =
            stream_write(tmp_space_stream(), run->start + done, left < sizeof(zeros) ? left : sizeof(zeros), zeros);
        if (count <= 0 && count != -EINTR)
            return count == 0 ? -EIO : (int)count;
        done += count > 0 ? (uint64_t)count : 0;
    }
    return 0;
}

static int make_segment(struct sysv_object *object, const struct sysv_making *making)
{
    struct shm_segment *segment = &object->shm;
    if (making->size == 0 || making->size > SHM_SIZE_MAX)
        return -EINVAL;
    if (tmp_run_take(page_up(making->size), &segment->run) < 0)
        return -ENOMEM;
    const int result = zero(&segment->run);
    if (result < 0) {
        tmp_run_give(&segment->run);
        return result;
    }
    segment->size = making->size;
    segment->creator = g_process.pid;
    return 0;
}

int64_t sys_shmget(int key, unsigned long size, int flags)
{
    const struct sysv_making making = {key, flags, size, check_segment, make_segment};
    if ((flags & SHM_HUGETLB) != 0)
        return identity_is_root() ? -ENOMEM : -EPERM;
    struct sysv_table *table = sysv_lock(SYSV_SHM);
    if (table == NULL)
        return -ENOMEM;
    const int64_t result = sysv_get(table, &making);
    sysv_unlock(table);
    return result;
}

/***** shmat, shmdt *****/

/* Count the attachment, so that the segment stays. */
static int attach(int id, int flags, struct attachment *out)
{
    struct sysv_object *object;
    struct sysv_table *table = sysv_lock(SYSV_SHM);
    if (table == NULL)
        return -EINVAL;
    const uint32_t wanted = ((flags & SHM_RDONLY) != 0 ? 4u : 6u) | ((flags & SHM_EXEC) != 0 ? 1u : 0u);
    int result = sysv_find(table, id, wanted, &object);
    if (result == 0)
        result = add_user(&object->shm, g_process.pid);
    if (result == 0) {
        object->shm.attach_time = sysv_now();
        object->shm.last_pid = g_process.pid;
        out->id = id;
        out->size = page_up(object->shm.size);
        out->offset = object->shm.run.start;
    }
    sysv_unlock(table);
    return result;
}

static int64_t map_attachment(struct attachment *attachment, uint64_t address, int flags)
{
    const bool read_only = (flags & SHM_RDONLY) != 0;
    struct file *file = file_new(&attachment_ops, read_only ? O_RDONLY : O_RDWR, attachment);
    lock_acquire(&g_attached.lock);
    list_add_back(attachments(), &attachment->node);
    lock_release(&g_attached.lock);
    if (file == NULL) {
        forget(attachment);
        return -ENOMEM;
    }
    const int prot = PROT_READ | (read_only ? 0 : PROT_WRITE) | ((flags & SHM_EXEC) != 0 ? PROT_EXEC : 0);
    const int fixed = address == 0 ? 0 : (flags & SHM_REMAP) != 0 ? MAP_FIXED : MAP_FIXED_NOREPLACE;
    const int64_t result = mm_map(address, attachment->size, prot, MAP_SHARED | fixed, file, 0);
    if (result >= 0)
        attachment->address = (uint64_t)result;
    file_put(file);
    return result == -EEXIST ? -EINVAL : result;
}

int64_t sys_shmat(int id, unsigned long address, int flags)
{
    if (id < 0)
        return -EINVAL;
    if (address != 0 && (address & ~PAGE_MASK) != 0) {
        if ((flags & SHM_RND) == 0)
            return -EINVAL;
        address = page_down(address);
    }
    if (address == 0 && (flags & SHM_REMAP) != 0)
        return -EINVAL;
    struct attachment *attachment = heap_zalloc(sizeof(*attachment));
    if (attachment == NULL)
        return -ENOMEM;
    const int result = attach(id, flags, attachment);
    if (result < 0) {
        heap_free(attachment);
        return result;
    }
    return map_attachment(attachment, address, flags);
}

/* Unmap what is left of an attachment. The mapping at its start says which it is. */
int64_t sys_shmdt(unsigned long address)
{
    struct mapping map;
    if ((address & ~PAGE_MASK) != 0 || !mm_find(address, &map))
        return -EINVAL;
    struct file *file = map.file;
    const bool is_one = file != NULL && file->ops == &attachment_ops && map.start == address && map.offset == 0;
    int64_t result = is_one ? 0 : -EINVAL;
    const uint64_t end = is_one ? address + ((struct attachment *)file->data)->size : 0;
    for (uint64_t at = address; result == 0 && at < end;) {
        if (!mm_find(at, &map)) {
            at += PAGE_SIZE;
            continue;
        }
        const uint64_t until = map.end < end ? map.end : end;
        if (map.file == file)
            result = mm_unmap(at, until - at);
        if (map.file != NULL)
            file_put(map.file);
        at = until;
    }
    if (file != NULL)
        file_put(file);
    return result;
}

/***** shmctl *****/

static void fill(const struct sysv_object *object, struct shmid64_ds *out)
{
    const struct shm_segment *segment = &object->shm;
    memset(out, 0, sizeof(*out));
    sysv_fill(object, &out->shm_perm);
    out->shm_perm.mode |= (object->removed ? SHM_DEST : 0u) | (segment->locked ? SHM_LOCKED : 0u);
    out->shm_segsz = segment->size;
    out->shm_atime = segment->attach_time;
    out->shm_dtime = segment->detach_time;
    out->shm_ctime = object->change_time;
    out->shm_cpid = segment->creator;
    out->shm_lpid = segment->last_pid;
    out->shm_nattch = count_users(segment);
}

static int64_t tell_limits(struct sysv_table *table, int command, void *to)
{
    const struct shminfo64 limits = {
        .shmmax = SHM_SIZE_MAX, .shmmin = 1, .shmmni = SYSV_SLOTS, .shmseg = SYSV_SLOTS, .shmall = SHM_SIZE_MAX};
    struct shm_info use = {.used_ids = (int)table->used};
    shared_lock(&table->lock);
    const int last = sysv_last_slot(table);
    for (int i = 0; i <= last; i++)
        use.shm_tot += table->objects[i].used ? table->objects[i].shm.run.size / PAGE_SIZE : 0;
    sysv_unlock(table);
    const int result = command == IPC_INFO ? copy_out(to, &limits, sizeof(limits)) : copy_out(to, &use, sizeof(use));
    return result < 0 ? result : last;
}

static int change(struct sysv_table *table, struct sysv_object *object, int command, const struct shmid64_ds *from)
{
    int result = sysv_check_owner(object);
    if (result < 0)
        return result;
    switch (command) {
    case IPC_SET:
        sysv_change(object, &from->shm_perm);
        return 0;
    case SHM_LOCK:
    case SHM_UNLOCK:
        object->shm.locked = command == SHM_LOCK;
        return 0;
    default:
        object->removed = true;
        object->key = IPC_PRIVATE;
        if (count_users(&object->shm) == 0)
            destroy(table, object);
        return 0;
    }
}

int64_t sys_shmctl(int id, int command, void *user)
{
    struct shmid64_ds data = {.shm_segsz = 0};
    struct sysv_object *object;
    command &= ~IPC_64;
    if (id < 0 || command < 0)
        return -EINVAL;
    if (command == IPC_SET && copy_in(&data, user, sizeof(data)) < 0)
        return -EFAULT;
    if (ipc_need() < 0)
        return -ENOMEM;
    if (command == IPC_INFO || command == SHM_INFO)
        return tell_limits(sysv_table(SYSV_SHM), command, user);
    const bool stat = command == IPC_STAT || command == SHM_STAT || command == SHM_STAT_ANY;
    if (!stat && command != IPC_SET && command != IPC_RMID && command != SHM_LOCK && command != SHM_UNLOCK)
        return -EINVAL;
    struct sysv_table *table = sysv_lock(SYSV_SHM);
    const uint32_t wanted = command == IPC_STAT || command == SHM_STAT ? 4 : 0;
    int64_t result = command == SHM_STAT || command == SHM_STAT_ANY ? sysv_find_slot(table, id, wanted, &object)
                                                                    : sysv_find(table, id, wanted, &object);
    if (result == 0 && stat) {
        fill(object, &data);
        result = command == IPC_STAT ? 0 : sysv_id(table, object);
    } else if (result == 0) {
        result = change(table, object, command, &data);
    }
    sysv_unlock(table);
    return result >= 0 && stat && copy_out(user, &data, sizeof(data)) < 0 ? -EFAULT : result;
}
