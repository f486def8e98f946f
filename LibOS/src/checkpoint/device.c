/* SPDX-License-Identifier: MIT */
/* /dev/checkpoint: what is written to it is the name of a file that becomes an image of the process; reading it tells what
 * happened last: "saved" in the process that wrote it, "resumed" in one that goes on from it, nothing before. */
#include "copy.h"
#include "pseudo/devices.h"
#include "room.h"

static int64_t device_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    const char *text = g_checkpoint.told ? g_checkpoint.told : "";
    const size_t len = strlen(text);
    (void)file;
    if (*position < 0 || (uint64_t)*position >= len)
        return 0;
    if (count > len - (uint64_t)*position)
        count = len - (uint64_t)*position;
    if (user_write(buffer, text + *position, count) < 0)
        return -EFAULT;
    *position += (int64_t)count;
    return (int64_t)count;
}

static int64_t device_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    if (count == 0)
        return 0;
    if (count > PATH_SIZE)
        return -ENAMETOOLONG;
    char *path = heap_zalloc(count + 1);
    if (!path)
        return -ENOMEM;
    int error = user_read(path, buffer, count);
    if (error == 0 && path[count - 1] == '\n')
        path[count - 1] = '\0';
    if (error == 0 && (!path[0] || strlen(path) + 1 < count))
        error = -EINVAL;
    /* What is read next is what has happened. */
    *position = 0;
    if (error == 0)
        error = checkpoint_save(path, file, (int64_t)count);
    heap_free(path);
    return error < 0 ? error : (int64_t)count;
}

const struct file_ops checkpoint_device_ops = {
    .read = device_read,
    .write = device_write,
    .attributes = device_attributes,
};
