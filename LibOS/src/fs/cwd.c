/* SPDX-License-Identifier: MIT */
/* The directories in which names start, the working directory and the root: paths without links, which move along when the
 * directory is renamed. */
#include "mount.h"
#include "process.h"
#include "shared.h"
#include "syscalls.h"
#include "walk.h"

struct start {
    size_t len; /* 0 = the root of all */
    char path[PATH_SIZE];
};

PAL_LARGE static struct {
    struct lock lock;
    bool removed;
    struct start cwd, root;
} g_starts;

/* Most processes never have another root, and never take the lock for it. */
static bool g_has_root;

static void set(struct start *start, const char *path)
{
    const size_t len = strlen(path);
    start->len = len == 1 ? 0 : len;
    memcpy(start->path, path, start->len);
    start->path[start->len] = '\0';
}

void cwd_init(const char *path)
{
    lock_acquire(&g_starts.lock);
    set(&g_starts.cwd, path);
    g_starts.removed = false;
    process_path_changed(PROCESS_DIRECTORY, g_starts.cwd.len ? g_starts.cwd.path : "/");
    lock_release(&g_starts.lock);
}

/* Another process may have moved the working directory. */
static void catch_up(void)
{
    char path[PROCESS_PATH];
    if (process_take_moved(path)) {
        set(&g_starts.cwd, path);
        g_starts.removed = false;
    }
}

static size_t read_start(const struct start *start, char to[PATH_SIZE])
{
    const bool taken = shared_acquire(&g_starts.lock);
    if (start == &g_starts.cwd)
        catch_up();
    const size_t len = start->len;
    memcpy(to, start->path, len + 1);
    shared_release(&g_starts.lock, taken);
    return len;
}

size_t cwd_read(char to[PATH_SIZE])
{
    return read_start(&g_starts.cwd, to);
}

int64_t cwd_get(char *buffer, size_t size)
{
    int64_t result;
    lock_acquire(&g_starts.lock);
    catch_up();
    const struct start *cwd = &g_starts.cwd;
    const char *path = cwd->len ? cwd->path : "/";
    const size_t len = cwd->len ? cwd->len : 1;
    if (g_starts.removed) {
        result = -ENOENT;
    } else if (len + 1 > size) {
        result = -ERANGE;
    } else {
        memcpy(buffer, path, len + 1);
        result = (int64_t)len;
    }
    lock_release(&g_starts.lock);
    return result;
}

/* The rest of a path behind a directory that is it or above it; NULL = it is not. */
static const char *below(const char *path, const char *directory, size_t len)
{
    return strncmp(path, directory, len) == 0 && (path[len] == '/' || path[len] == '\0') ? path + len : NULL;
}

static bool follow(char *path, size_t size, const char *from, const char *to)
{
    const char *rest = below(path, from, strlen(from));
    if (!rest)
        return false;
    const size_t to_len = strnlen(to, size), rest_len = strlen(rest);
    if (to_len + rest_len < size) {
        memmove(path + to_len, rest, rest_len + 1);
        memcpy(path, to, to_len);
    }
    return true;
}

bool path_follow(char *path, size_t size, const struct path_move *move)
{
    return follow(path, size, move->from, move->to) || (move->exchanged && follow(path, size, move->to, move->from));
}

void cwd_moved(const struct path_move *move)
{
    struct start *const starts[] = {&g_starts.cwd, &g_starts.root};
    bool moved = false;
    lock_acquire(&g_starts.lock);
    for (size_t i = 0; i < array_count(starts); i++)
        if (path_follow(starts[i]->path, PATH_SIZE, move)) {
            starts[i]->len = strlen(starts[i]->path);
            moved = true;
        }
    if (moved)
        process_path_changed(PROCESS_DIRECTORY, g_starts.cwd.len ? g_starts.cwd.path : "/");
    lock_release(&g_starts.lock);
}

void cwd_removed(const char *path)
{
    const bool taken = shared_acquire(&g_starts.lock);
    if (g_starts.cwd.len && streq(g_starts.cwd.path, path))
        g_starts.removed = true;
    shared_release(&g_starts.lock, taken);
}

bool cwd_is_removed(const struct place *place)
{
    if (place->dots != 1)
        return false;
    const bool taken = shared_acquire(&g_starts.lock);
    const bool is_cwd = g_starts.cwd.len && streq(g_starts.cwd.path, place->path);
    shared_release(&g_starts.lock, taken);
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

/* Another process may have removed it, and has told so then: what is still known to be a directory need not be looked at. */
static int look_after(const char *path)
{
    struct mount *mount;
    struct file_attr attr;
    if (!g_shared || prefix_find(prefix_hash(path, strlen(path)), &mount, NULL) == PREFIX_DIRECTORY)
        return 0;
    const int error = name_attributes(AT_FDCWD, path, WALK_TRUE, &attr);
    if (error == -ENOENT)
        cwd_removed(path);
    return error == -ENOENT ? error : 0;
}

/* What the program calls a path, in its place; one that its root does not lead to is said to be such. */
static size_t name_from_root(char path[PATH_SIZE])
{
    static const char outside[] = "(unreachable)";
    const size_t mark = sizeof(outside) - 1;
    const char *seen = root_name(path);
    const size_t len = strlen(seen ? seen : path);
    if (seen) {
        memmove(path, seen, len + 1);
        return len;
    }
    if (len + mark >= PATH_SIZE)
        return len;
    memmove(path + mark, path, len + 1);
    memcpy(path, outside, mark);
    return len + mark;
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
        result = (int64_t)name_from_root(path) + 1; /* with the NUL */
        if ((uint64_t)result > size)
            result = -ERANGE;
        else if (!user_range_ok((uint64_t)buffer, (uint64_t)result) || user_write(buffer, path, (size_t)result) < 0)
            result = -EFAULT;
    }
    heap_free(path);
    return result;
}

/* A directory that names are to start in: its path, borrowed from the place. 0 or -E... */
static int check_start(const struct place *place, const char **out_path)
{
    const struct file *file = place->magic;
    *out_path = file ? file->path : place->path;
    if (!S_ISDIR(place->attr.mode) || !*out_path || (file && !file->mount))
        return -ENOTDIR;
    return attributes_permit(&place->attr, 1, g_process.fsuid, g_process.fsgid);
}

int64_t sys_chdir(const char *name)
{
    struct place *place;
    const char *path;
    int error = place_find(AT_FDCWD, name, WALK_FOLLOW, &place);
    if (error < 0)
        return error;
    error = check_start(place, &path);
    if (error == 0)
        cwd_init(path);
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
        cwd_init(file->path);
    file_put(file);
    return error;
}

/***** The root *****/

size_t root_read(char to[PATH_SIZE])
{
    if (__builtin_expect(__atomic_load_n(&g_has_root, __ATOMIC_ACQUIRE), 0))
        return read_start(&g_starts.root, to);
    to[0] = '\0';
    return 0;
}

bool root_is(const char *path, size_t len)
{
    if (len == 0 || !__atomic_load_n(&g_has_root, __ATOMIC_ACQUIRE))
        return len == 0;
    const bool taken = shared_acquire(&g_starts.lock);
    const bool is = g_starts.root.len == len && memcmp(g_starts.root.path, path, len) == 0;
    shared_release(&g_starts.lock, taken);
    return is;
}

const char *root_name(const char *path)
{
    if (!__atomic_load_n(&g_has_root, __ATOMIC_ACQUIRE))
        return path;
    const bool taken = shared_acquire(&g_starts.lock);
    const char *rest = g_starts.root.len ? below(path, g_starts.root.path, g_starts.root.len) : path;
    shared_release(&g_starts.lock, taken);
    return rest && !*rest ? "/" : rest;
}

void root_set(const char *path)
{
    lock_acquire(&g_starts.lock);
    set(&g_starts.root, path);
    __atomic_store_n(&g_has_root, g_starts.root.len != 0, __ATOMIC_RELEASE);
    lock_release(&g_starts.lock);
}

int64_t sys_chroot(const char *name)
{
    struct place *place;
    const char *path;
    int error = place_find(AT_FDCWD, name, WALK_FOLLOW, &place);
    if (error < 0)
        return error;
    error = check_start(place, &path);
    if (error == 0 && !identity_has(CAP_SYS_CHROOT))
        error = -EPERM;
    if (error == 0)
        root_set(path);
    place_free(place);
    return error;
}
