/* SPDX-License-Identifier: MIT */
/* Mounts: which file system a path lies in. Knows no file system but by its operations. */
#include "mount.h"
#include "walk.h"

/* Longest paths first, and of equal ones the one mounted last. */
static struct list g_mounts;
static uint64_t g_device;

#define DEVICE_FIRST 0x14 /* of file systems without a device, as Linux numbers them: major 0 */

struct mount *mount_of(const char *path, size_t len, const char **out_inside)
{
    /* The last one is the root, in which everything lies. */
    struct mount *found = list_entry(g_mounts.head.prev, struct mount, node);
    list_for_each(node, &g_mounts) {
        struct mount *mount = list_entry(node, struct mount, node);
        const size_t mount_len = mount->path_len;
        if (mount_len <= len && memcmp(mount->path, path, mount_len) == 0 &&
            (path[mount_len] == '/' || mount_len == len)) {
            found = mount;
            break;
        }
    }
    const char *inside = path + found->path_len;
    *out_inside = *inside == '/' ? inside + 1 : inside;
    return found;
}

struct mount *mount_at(const char *path, size_t len)
{
    list_for_each(node, &g_mounts) {
        struct mount *mount = list_entry(node, struct mount, node);
        if (mount->path_len < len)
            break;
        if (mount->path_len == len && memcmp(mount->path, path, len) == 0)
            return mount;
    }
    return NULL;
}

bool mount_is_above(const char *path, size_t len)
{
    list_for_each(node, &g_mounts) {
        const struct mount *mount = list_entry(node, struct mount, node);
        if (mount->path_len <= len)
            break;
        if (memcmp(mount->path, path, len) == 0 && mount->path[len] == '/')
            return true;
    }
    return false;
}

const char *mount_child(const char *path, size_t len, unsigned index, size_t *out_len)
{
    unsigned found = 0;
    list_for_each(node, &g_mounts) {
        const struct mount *mount = list_entry(node, struct mount, node);
        if (mount->path_len <= len + 1 || memcmp(mount->path, path, len) != 0 || mount->path[len] != '/')
            continue;
        if (found++ < index)
            continue;
        const char *name = mount->path + len + 1;
        const char *slash = strchr(name, '/');
        *out_len = slash ? (size_t)(slash - name) : strlen(name);
        return name;
    }
    return NULL;
}

void mount_for_each(void (*visit)(struct mount *mount, void *arg), void *arg)
{
    for (struct list_node *node = g_mounts.head.prev; node != &g_mounts.head; node = node->prev)
        visit(list_entry(node, struct mount, node), arg);
}

static void insert(struct mount *mount)
{
    struct list_node *before = &g_mounts.head;
    list_for_each(node, &g_mounts) {
        if (list_entry(node, struct mount, node)->path_len <= mount->path_len) {
            before = node;
            break;
        }
    }
    list_add_before(before, &mount->node);
}

int mount_add(const struct fs_ops *ops, const char *path, const char *source, bool read_only, void *data)
{
    size_t len = strlen(path);
    if (len == 1)
        len = 0; /* the root */
    struct mount *mount = heap_zalloc(sizeof(*mount));
    int error = -ENOMEM;
    if (!mount)
        return error;
    mount->ops = ops;
    mount->read_only = read_only;
    mount->host = ops == &chroot_fs;
    mount->device = DEVICE_FIRST + g_device++;
    mount->path = heap_strdup(path, len);
    mount->path_len = len;
    mount->source = heap_strdup(source, strlen(source));
    mount->data = data;
    if (mount->path && mount->source)
        error = ops->begin ? ops->begin(mount) : 0;
    if (error < 0) {
        heap_free(mount->path);
        heap_free(mount->source);
        heap_free(mount);
        return error;
    }
    insert(mount);
    prefix_clear();
    return 0;
}

void mount_init(void)
{
    list_init(&g_mounts);
}
