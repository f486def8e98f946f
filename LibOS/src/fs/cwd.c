/* SPDX-License-Identifier: MIT */
/* The working directory: a path without links, which moves along when the directory is renamed. */
#include "mount.h"
#include "process.h"
#include "shared.h"
#include "syscalls.h"
#include "walk.h"

PAL_LARGE static struct {
    struct lock lock;
    size_t len; /* 0 = the root */
    bool removed;
    char path[PATH_SIZE];
} g_cwd;

static void set(const char *path, size_t len)
{
    lock_acquire(&g_cwd.lock);
    g_cwd.len = len == 1 ? 0 : len;
    memcpy(g_cwd.path, path, g_cwd.len);
    g_cwd.path[g_cwd.len] = '\0';
    g_cwd.removed = false;
    process_path_changed(PROCESS_DIRECTORY, g_cwd.len ? g_cwd.path : "/");
    lock_release(&g_cwd.lock);
}

void cwd_init(const char *path)
{
    set(path, strlen(path));
}

size_t cwd_read(char to[PATH_SIZE])
{
    const bool taken = shared_acquire(&g_cwd.lock);
    const size_t len = g_cwd.len;
    memcpy(to, g_cwd.path, len + 1);
    shared_release(&g_cwd.lock, taken);
    return len;
}

int64_t cwd_get(char *buffer, size_t size)
{
    int64_t result;
    lock_acquire(&g_cwd.lock);
    const char *path = g_cwd.len ? g_cwd.path : "/";
    const size_t len = g_cwd.len ? g_cwd.len : 1;
    if (g_cwd.removed) {
        result = -ENOENT;
    } else if (len + 1 > size) {
        result = -ERANGE;
    } else {
        memcpy(buffer, path, len + 1);
        result = (int64_t)len;
    }
    lock_release(&g_cwd.lock);
    return result;
}

/* The rest of a path behind a directory that is it or above it; NULL = it is not. */
static const char *below(const char *path, const char *directory, size_t len)
{
    return strncmp(path, directory, len) == 0 && (path[len] == '/' || path[len] == '\0') ? path + len : NULL;
}

bool cwd_moved(const char *from, size_t from_len, const char *to)
{
    lock_acquire(&g_cwd.lock);
    const char *rest = below(g_cwd.path, from, from_len);
    const size_t to_len = strlen(to);
    const size_t rest_len = rest ? strlen(rest) : 0;
    if (rest && to_len + rest_len < PATH_SIZE) {
        memmove(g_cwd.path + to_len, rest, rest_len + 1);
        memcpy(g_cwd.path, to, to_len);
        g_cwd.len = to_len + rest_len;
        process_path_changed(PROCESS_DIRECTORY, g_cwd.path);
    }
    lock_release(&g_cwd.lock);
    return rest;
}

void cwd_removed(const char *path)
{
    const bool taken = shared_acquire(&g_cwd.lock);
    if (g_cwd.len && streq(g_cwd.path, path))
        g_cwd.removed = true;
    shared_release(&g_cwd.lock, taken);
}

bool cwd_is_removed(const struct place *place)
{
    if (place->dots != 1)
        return false;
    const bool taken = shared_acquire(&g_cwd.lock);
    const bool is_cwd = g_cwd.len && streq(g_cwd.path, place->path);
    shared_release(&g_cwd.lock, taken);
    if (is_cwd)
        cwd_removed(place->path);
    return is_cwd;
}

int cwd_removed_attributes(const struct place *place, struct file_attr *out)
{
    if (!cwd_is_removed(place))
        return -ENOENT;
    *out = (struct file_attr){.device = place->mount->device, .mode = S_IFDIR | 0755, .block_size = PAGE_SIZE};
    return 0;
}

/***** System calls *****/

/* Another process may have removed it. */
static int look_after(const char *path)
{
    struct file_attr attr;
    const int error = g_shared ? name_attributes(AT_FDCWD, path, WALK_KERNEL, &attr) : 0;
    if (error == -ENOENT)
        cwd_removed(path);
    return error == -ENOENT ? error : 0;
}

int64_t sys_getcwd(void *buffer, unsigned long size)
{
    char *path = heap_alloc(PATH_SIZE);
    if (!path)
        return -ENOMEM;
    int64_t result = cwd_get(path, PATH_SIZE);
    if (result >= 0 && look_after(path) < 0)
        result = -ENOENT;
    if (result >= 0) {
        result++; /* with the NUL */
        if ((uint64_t)result > size)
            result = -ERANGE;
        else if (!user_range_ok((uint64_t)buffer, (uint64_t)result) || user_write(buffer, path, (size_t)result) < 0)
            result = -EFAULT;
    }
    heap_free(path);
    return result;
}

int64_t sys_chdir(const char *name)
{
    struct place *place;
    int error = place_find(AT_FDCWD, name, WALK_FOLLOW, &place);
    if (error < 0)
        return error;
    struct file *file = place->magic;
    const char *path = file ? file->path : place->path;
    if (!S_ISDIR(place->attr.mode) || !path || (file && !file->mount))
        error = -ENOTDIR;
    else
        error = attributes_permit(&place->attr, 1, g_process.fsuid, g_process.fsgid);
    if (error == 0)
        set(path, strlen(path));
    place_free(place);
    return error;
}

int64_t sys_fchdir(int fd)
{
    struct file_attr attr;
    struct file *file = fd_get_path(fd);
    if (!file)
        return -EBADF;
    int error = file->path && file->mount ? file_attributes(file, &attr) : -ENOTDIR;
    if (error == 0 && !S_ISDIR(attr.mode))
        error = -ENOTDIR;
    if (error == 0)
        error = attributes_permit(&attr, 1, g_process.fsuid, g_process.fsgid);
    if (error == 0)
        set(file->path, strlen(file->path));
    file_put(file);
    return error;
}

/* Nobody has the right to. But a wrong name is told first. */
int64_t sys_chroot(const char *name)
{
    struct place *place;
    int error = place_find(AT_FDCWD, name, WALK_FOLLOW, &place);
    if (error < 0)
        return error;
    error = S_ISDIR(place->attr.mode) ? -EPERM : -ENOTDIR;
    place_free(place);
    return error;
}
