/* SPDX-License-Identifier: MIT */
/* Shared memory of System V: attachments. Each is a mapping of a file that is made for it, so that whatever unmaps it tells. */
#include "copy.h"
#include "fs.h"
#include "ipc.h"
#include "ipc/sysv.h"
#include "mm.h"
#include "syscalls.h"

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
        shm_drop_user(table, object, g_process.pid, false);
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
        result = ipc_users_add(&object->shm.users, g_process.pid);
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

/***** fork *****/

void shm_forked(void)
{
    g_attached.lock = (struct lock){0};
    if (list_is_empty(attachments()))
        return;
    struct sysv_table *table = sysv_lock(SYSV_SHM);
    list_for_each(node, attachments()) {
        struct sysv_object *object;
        if (sysv_find(table, list_entry(node, struct attachment, node)->id, 0, &object) == 0)
            (void)!ipc_users_add(&object->shm.users, g_process.pid);
    }
    sysv_unlock(table);
}
