/* SPDX-License-Identifier: MIT */
/* From a name to a place, component by component: path_resolution(7). Knows no file system; what the host has is asked for
 * once and remembered in prefix.c, which is only for directories on the way, never for what a name ends in. */
#include "walk.h"
#include <linux/limits.h>

#include "attributes.h"
#include "task.h"

#define LINKS_MAX  40
#define MAY_SEARCH 1

/***** The path so far *****/

void walk_set_path(struct walk *walk, const char *path, size_t len)
{
    struct place *place = &walk->place;
    if (len == 1)
        len = 0; /* "/" */
    memmove(place->path, path, len);
    place->path[len] = '\0';
    place->len = len;
    place->mount = mount_of(place->path, len, &place->inside);
}

static int append(struct walk *walk, const char *name, size_t len)
{
    struct place *place = &walk->place;
    if (len > NAME_MAX || place->len + 1 + len >= PATH_SIZE)
        return -ENAMETOOLONG;
    place->path[place->len] = '/';
    memcpy(place->path + place->len + 1, name, len);
    place->len += 1 + len;
    place->path[place->len] = '\0';
    struct mount *mount = mount_at(place->path, place->len);
    if (!mount)
        return 0;
    if (place->walk & WALK_NO_XDEV && mount != place->mount)
        return -EXDEV;
    place->mount = mount;
    return 0;
}

/* Where a link in the last component starts from, and `..` leads to. */
static void drop_last(struct walk *walk)
{
    struct place *place = &walk->place;
    size_t len = place->len;
    while (len > 0 && place->path[len] != '/')
        len--;
    walk_set_path(walk, place->path, len);
}

static int go_up(struct walk *walk)
{
    struct place *place = &walk->place;
    struct mount *mount = place->mount;
    if (place->len <= place->floor || root_is(place->path, place->len))
        return place->walk & WALK_BENEATH ? -EXDEV : 0;
    drop_last(walk);
    return place->walk & WALK_NO_XDEV && place->mount != mount ? -EXDEV : 0;
}

/* A path from the root. */
static int go_to_root(struct walk *walk)
{
    struct place *place = &walk->place;
    struct mount *mount = place->mount;
    if (place->walk & WALK_BENEATH)
        return -EXDEV;
    walk_set_path(walk, place->path, place->walk & WALK_IN_ROOT ? place->floor : root_read(place->path));
    return place->walk & WALK_NO_XDEV && mount && place->mount != mount ? -EXDEV : 0;
}

void walk_set_inside(struct place *place)
{
    const char *inside = place->path + place->mount->path_len;
    place->inside = *inside == '/' ? inside + 1 : inside;
}

/***** Links *****/

int walk_count_link(struct place *place)
{
    if (place->walk & WALK_NO_LINKS || ++place->links > LINKS_MAX)
        return -ELOOP;
    return 0;
}

/* Go on with a link's target, which is in walk->target, instead of the last component. */
int walk_splice(struct walk *walk)
{
    const size_t target_len = strlen(walk->target);
    const size_t rest_len = strlen(walk->rest);
    int error = walk_count_link(&walk->place);
    if (error < 0)
        return error;
    if (target_len == 0)
        return -ENOENT;
    /* A slash only if something follows: at the end it would ask for a directory. */
    const size_t slash = rest_len ? 1 : 0;
    if (target_len + slash + rest_len >= PATH_SIZE)
        return -ENAMETOOLONG;
    if (walk->target[0] != '/')
        drop_last(walk);
    else if ((error = go_to_root(walk)) < 0)
        return error;
    memmove(walk->name + target_len + slash, walk->rest, rest_len + 1);
    memcpy(walk->name, walk->target, target_len);
    if (slash)
        walk->name[target_len] = '/';
    walk->rest = walk->name;
    return 0;
}

int walk_read_target(struct walk *walk)
{
    const struct fs_ops *ops = walk->place.mount->ops;
    const int64_t len = ops->read_link ? ops->read_link(&walk->place, walk->target, PATH_SIZE - 1) : -EINVAL;
    if (len < 0)
        return (int)len;
    walk->target[len] = '\0';
    return 0;
}

/* The file that a magic link stands for. */
struct file *walk_magic(const struct place *place)
{
    return place->mount->ops->magic ? place->mount->ops->magic(place) : NULL;
}

/***** Directories on the way *****/

/* Go on in the directory that an open file is. */
static int enter_magic(struct walk *walk, struct file *file)
{
    struct place *place = &walk->place;
    int error = place->walk & (WALK_NO_MAGIC | WALK_NO_LINKS) ? -ELOOP : walk_count_link(place);
    if (error == 0 && place->walk & (WALK_BENEATH | WALK_IN_ROOT | WALK_NO_XDEV))
        error = -EXDEV;
    if (error == 0 && !(file->path && file->mount))
        error = -ENOTDIR;
    if (error == 0)
        walk_set_path(walk, file->path, strlen(file->path));
    file_put(file);
    return error;
}

/* A link has been found where a directory is to be: go where it leads. */
static int turn(struct walk *walk)
{
    const int error = walk_splice(walk);
    return error < 0 ? error : 1;
}

/* The path so far is to be a directory: 0 if it is, 1 if it was a link, and the walk has been turned there. */
static int enter_unknown(struct walk *walk, uint64_t hash)
{
    struct place *place = &walk->place;
    struct mount *mount = place->mount;
    struct file_attr attr;
    int error = mount->ops->attributes(place, &attr);
    if (error < 0)
        return error;
    if (S_ISDIR(attr.mode)) {
        if (mount->host)
            prefix_add_directory(hash, mount);
        return 0;
    }
    if (!S_ISLNK(attr.mode))
        return -ENOTDIR;
    struct file *file = walk_magic(place);
    if (file) {
        error = enter_magic(walk, file);
        return error < 0 ? error : 1;
    }
    error = walk_read_target(walk);
    if (error < 0)
        return error;
    if (mount->host)
        prefix_add_link(hash, walk->target);
    return turn(walk);
}

int walk_enter(struct walk *walk)
{
    struct place *place = &walk->place;
    struct mount *mount = place->mount;
    /* Where something is mounted there is a directory. */
    const bool is_root = place->len == mount->path_len;
    walk_set_inside(place);
    if (!mount->host)
        return is_root ? 0 : enter_unknown(walk, 0);
    const uint64_t hash = prefix_hash(place->path, place->len);
    const enum prefix_kind kind = prefix_find(hash, &mount, walk->target);
    if (kind == PREFIX_DIRECTORY)
        return 0;
    if (kind == PREFIX_LINK)
        return turn(walk);
    if (is_root) {
        prefix_add_directory(hash, place->mount);
        return 0;
    }
    return enter_unknown(walk, hash);
}

/* "." and ".." are looked up in a directory, too. Of those of the host only the host knows who may. */
static int search(struct walk *walk)
{
    struct place *place = &walk->place;
    const struct fs_ops *ops = place->mount->ops;
    struct file_attr attr;
    if (!ops->strict)
        return 0;
    walk_set_inside(place);
    /* One that has been removed has them. */
    if (ops->attributes(place, &attr) < 0)
        return 0;
    return attributes_permit(&attr, MAY_SEARCH, g_process.fsuid, g_process.fsgid);
}

/* Take one component; returns 1 after the last one. */
static int step(struct walk *walk)
{
    struct place *place = &walk->place;
    const char *name = walk->rest;
    while (*name == '/')
        name++;
    size_t len = 0;
    while (name[len] != '/' && name[len] != '\0')
        len++;
    walk->rest = name + len;
    if (len == 0)
        return 1;

    int error = 0;
    place->dots = 0;
    if (len == 1 && name[0] == '.') {
        place->dots = 1;
        error = search(walk);
    } else if (len == 2 && name[0] == '.' && name[1] == '.') {
        place->dots = 2;
        error = search(walk);
        if (error == 0)
            error = go_up(walk);
    } else {
        error = append(walk, name, len);
        if (error == 0 && *walk->rest == '\0')
            return 1;
        const char *next = walk->rest;
        while (*next == '/')
            next++;
        if (error == 0 && *next == '\0') {
            place->must_be_dir = true;
            return 1;
        }
        if (error == 0)
            error = walk_enter(walk);
    }
    return error < 0 ? error : 0;
}

/* Take all that is left of the name. */
int walk_on(struct walk *walk)
{
    struct place *place = &walk->place;
    int result = 0;
    while (result == 0)
        result = step(walk);
    if (result < 0)
        return result;
    if (place->dots || place->len == place->mount->path_len)
        place->must_be_dir = true;
    if (place->len == 0) {
        place->path[0] = '/';
        place->path[1] = '\0';
        place->len = 1;
    }
    walk_set_inside(place);
    return 0;
}
