/* SPDX-License-Identifier: MIT */
/* File systems made of tables of nodes: names, attributes and opening. What is behind an open node is in pseudo_file.c;
 * what nodes tell is the business of proc, dev and sys. */
#include "pseudo.h"

#include "clock.h"
#include "format.h"
#include "process.h"
#include "pseudo_file.h"
#include "task.h"

#define MAGIC_PROC 0x9fa0
#define MAGIC_DEV  0x01021994
#define MAGIC_SYS  0x62656572

#define HASH_START 0xcbf29ce484222325ull

int32_t pseudo_number(const char *name, size_t len)
{
    uint64_t value;
    if ((len > 1 && name[0] == '0') || format_parse_u64(name, len, 10, &value) < 0 || value > INT32_MAX)
        return -1;
    return (int32_t)value;
}

void pseudo_name(char name[16], const char *prefix, uint32_t number)
{
    (void)format_string(name, 16, "%s%u", prefix, number);
}

/* Inode numbers are hashes of paths: the same at each look, with nothing to be kept. */
uint64_t pseudo_inode(uint64_t directory, const char *name, size_t len)
{
    uint64_t hash = directory;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3ull;
    return (hash ^ '/') * 0x100000001b3ull;
}

static const struct pseudo_node *root_of(const struct mount *mount)
{
    if (mount->ops == &dev_fs)
        return &dev_root;
    return mount->ops == &sys_fs ? &sys_root : &proc_root;
}

static const struct pseudo_node *find_child(const struct pseudo_node *directory, const char *name, size_t len,
                                            struct pseudo_key *key)
{
    for (const struct pseudo_node *node = directory->children; node->mode != 0; node++) {
        if (node->name == NULL ? node->match(name, len, key)
                               : strncmp(node->name, name, len) == 0 && node->name[len] == '\0')
            return node;
    }
    return NULL;
}

static int find_inside(const struct mount *mount, const char *inside, struct pseudo_spot *out)
{
    *out =
        (struct pseudo_spot){.node = root_of(mount), .key = {.fd = -1}, .inode = HASH_START, .device = mount->device};
    for (const char *at = inside; *at != '\0';) {
        const char *slash = strchr(at, '/');
        size_t len = slash != NULL ? (size_t)(slash - at) : strlen(at);
        if (!S_ISDIR(out->node->mode))
            return -ENOTDIR;
        out->node = find_child(out->node, at, len, &out->key);
        if (out->node == NULL)
            return -ENOENT;
        out->inode = pseudo_inode(out->inode, at, len);
        at += slash != NULL ? len + 1 : len;
    }
    return 0;
}

static int find(const struct place *place, struct pseudo_spot *out)
{
    return find_inside(place->mount, place->inside, out);
}

int pseudo_find_again(const struct file *file, struct pseudo_spot *out)
{
    if (file->mount == NULL || file->path == NULL)
        return -ENOENT;
    const char *inside = file->path + file->mount->path_len;
    return find_inside(file->mount, *inside == '/' ? inside + 1 : inside, out);
}

/* Programs tell by it how many threads they have (/proc/self/task). */
static uint32_t count_directories(const struct pseudo_node *directory, const struct pseudo_key *key)
{
    uint32_t count = 0;
    char name[16];
    for (const struct pseudo_node *node = directory->children; node->mode != 0; node++) {
        if (S_ISDIR(node->mode) && node->name != NULL)
            count++;
        for (uint32_t cursor = 0; S_ISDIR(node->mode) && node->next != NULL && node->next(key, &cursor, name); cursor++)
            count++;
    }
    return count;
}

void pseudo_fill(const struct pseudo_spot *spot, struct file_attr *out)
{
    const struct pseudo_node *node = spot->node;
    int64_t now = clock_realtime_ns();
    *out = (struct file_attr){.device = spot->device,
                              .inode = spot->inode,
                              .rdev = node->rdev + DEVICE_NUMBER(0, S_ISCHR(node->mode) ? spot->key.number : 0),
                              .mode = node->mode,
                              .links = S_ISDIR(node->mode) ? 2 + count_directories(node, &spot->key) : 1,
                              .block_size = S_ISDIR(node->mode) || node->device == NULL ? 1024 : PAGE_SIZE,
                              .access_ns = now,
                              .modify_ns = now,
                              .change_ns = now};
    if (node->permissions != NULL)
        out->mode = (node->mode & S_IFMT) | node->permissions(&spot->key);
    struct process_facts facts;
    if (spot->key.pid == g_process.pid) {
        out->uid = g_process.euid;
        out->gid = g_process.egid;
    } else if (spot->key.pid != 0 && process_find(spot->key.pid, &facts)) {
        out->uid = facts.euid;
        out->gid = facts.egid;
    }
    if (node->describe)
        node->describe(&spot->key, out);
}

static int pseudo_attributes(const struct place *place, struct file_attr *out)
{
    struct pseudo_spot spot;
    int error = find(place, &spot);
    if (error == 0)
        pseudo_fill(&spot, out);
    return error;
}

static int64_t pseudo_read_link(const struct place *place, char *buffer, size_t size)
{
    struct pseudo_spot spot;
    struct text text = {0};
    int64_t result = find(place, &spot);
    if (result < 0)
        return result;
    if (spot.node->read_link == NULL)
        return -EINVAL;
    result = spot.node->read_link(&text, &spot.key);
    if (result == 0 && text.failed)
        result = -ENOMEM;
    if (result == 0) {
        result = (int64_t)(text.used < size ? text.used : size);
        memcpy(buffer, text.data, (size_t)result);
    }
    text_free(&text);
    return result;
}

static struct file *pseudo_magic(const struct place *place)
{
    struct pseudo_spot spot;
    if (find(place, &spot) < 0 || spot.node->magic == NULL)
        return NULL;
    /* cppcheck-suppress returnDanglingLifetime ; the file has nothing of the key */
    return spot.node->magic(&spot.key);
}

static int check_open(const struct pseudo_node *node, uint32_t flags)
{
    bool write = (flags & O_ACCMODE) != O_RDONLY;
    bool read = (flags & O_ACCMODE) != O_WRONLY;
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if (S_ISLNK(node->mode))
        return -ELOOP;
    if (S_ISDIR(node->mode))
        return write || (flags & O_CREAT) ? -EISDIR : 0;
    if (flags & O_DIRECTORY)
        return -ENOTDIR;
    if (S_ISCHR(node->mode))
        return 0;
    if (write && node->store == NULL && !(node->open != NULL && node->mode & 0200))
        return -EACCES;
    return read && g_process.fsuid != 0 && !(node->mode & 0444) ? -EACCES : 0;
}

static int pseudo_open(const struct place *place, uint32_t flags, uint32_t mode, struct file **out)
{
    struct pseudo_spot spot;
    (void)mode;
    int error = find(place, &spot);
    if (error == 0)
        error = check_open(spot.node, flags);
    if (error < 0)
        return error;
    *out = NULL;
    error = spot.node->open != NULL ? spot.node->open(&spot.key, flags, out) : 0;
    if (error == 0 && *out == NULL)
        *out = pseudo_file_new(&spot, flags);
    if (error < 0 || *out == NULL)
        return error < 0 ? error : -ENOMEM;
    (*out)->inode = spot.inode;
    return 0;
}

/* Times and owners of what is made up are not kept, but nobody who sets them is refused who could set them elsewhere. What
 * belongs to a process is as it is. */
static int pseudo_change(const struct place *place, const struct attr_change *change)
{
    struct pseudo_spot spot;
    int error = find(place, &spot);
    if (error < 0)
        return error;
    if (change->which & CHANGE_SIZE)
        return S_ISDIR(spot.node->mode) ? -EISDIR : spot.node->store != NULL ? 0 : -EACCES;
    if (spot.node->change)
        return spot.node->change(&spot.key, change);
    return g_process.fsuid == 0 && spot.key.pid == 0 ? 0 : -EPERM;
}

static int pseudo_space(const struct place *place, struct fs_space *out)
{
    out->type = place->mount->ops == &dev_fs ? MAGIC_DEV : place->mount->ops == &sys_fs ? MAGIC_SYS : MAGIC_PROC;
    return 0;
}

#define PSEUDO_OPS                                                                                                     \
    .attributes = pseudo_attributes, .read_link = pseudo_read_link, .open = pseudo_open, .change = pseudo_change,      \
    .space = pseudo_space, .magic = pseudo_magic

const struct fs_ops proc_fs = {.name = "proc", PSEUDO_OPS};
const struct fs_ops dev_fs = {.name = "devtmpfs", PSEUDO_OPS};
const struct fs_ops sys_fs = {.name = "sysfs", PSEUDO_OPS};
