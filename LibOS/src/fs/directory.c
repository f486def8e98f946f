/* SPDX-License-Identifier: MIT */
/* Reading directories: getdents64(2), and the records that it gives. Knows no file system. */
#include "entries.h"
#include "fs.h"
#include "notify.h"
#include "syscalls.h"

struct entry_head {
    uint64_t inode;
    int64_t position;
    uint16_t size;
    uint8_t kind;
} __attribute__((packed));

#define NAME_OFFSET sizeof(struct entry_head)

bool entries_add(struct entries *entries, const char *name, size_t len, uint64_t inode, int64_t position, uint32_t mode)
{
    struct {
        struct entry_head head;
        char name[256 + 8];
    } __attribute__((packed)) record;
    size_t size = (NAME_OFFSET + len + 1 + 7) & ~(size_t)7;
    if (entries->error < 0 || len > 255 || size > entries->size - entries->used)
        return false;
    record.head = (struct entry_head){inode, position, (uint16_t)size, (uint8_t)((mode & S_IFMT) >> 12)};
    memcpy(record.name, name, len);
    memset(record.name + len, 0, size - NAME_OFFSET - len);
    entries->error = user_write(entries->buffer + entries->used, &record, size);
    if (entries->error < 0)
        return false;
    entries->used += size;
    return true;
}

int64_t entries_result(const struct entries *entries, bool at_end)
{
    if (entries->error < 0)
        return entries->error;
    return entries->used == 0 && !at_end ? -EINVAL : (int64_t)entries->used;
}

int64_t sys_getdents64(int fd, void *buf, unsigned size)
{
    struct file *file = fd_get(fd);
    if (file == NULL)
        return -EBADF;
    int64_t result = -ENOTDIR;
    if (file->ops->read_directory != NULL) {
        lock_acquire(&file->position_lock);
        result = user_range_ok((uint64_t)buf, size) ? file->ops->read_directory(file, buf, size) : -EFAULT;
        lock_release(&file->position_lock);
    }
    if (result >= 0)
        notify_file(IN_ACCESS | IN_ISDIR, file);
    file_put(file);
    return result;
}

/* The old form of a record has its kind in its last byte instead of in front of the name, which makes no difference to its
 * size. */
static int make_old(char *at, uint16_t size)
{
    char tail[256 + 8];
    size_t count = size - NAME_OFFSET;
    char *kind_at = at + offsetof(struct entry_head, kind);
    if (size < NAME_OFFSET || count > sizeof(tail) - 1)
        return -EINVAL;
    if (user_read(tail, kind_at, count + 1) < 0)
        return -EFAULT;
    char kind = tail[0];
    memmove(tail, tail + 1, count);
    tail[count] = kind;
    return user_write(kind_at, tail, count + 1);
}

int64_t sys_getdents(int fd, void *buf, unsigned size)
{
    int64_t result = sys_getdents64(fd, buf, size);
    for (int64_t at = 0; at < result;) {
        struct entry_head head;
        if (user_read(&head, (char *)buf + at, sizeof(head)) < 0)
            return -EFAULT;
        int error = make_old((char *)buf + at, head.size);
        if (error < 0)
            return error;
        at += head.size;
    }
    return result;
}
