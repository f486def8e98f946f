/* SPDX-License-Identifier: MIT */
/* From a name to a place: path_resolution(7). Knows no file system; what the host has is asked for once and remembered in
 * prefix.c, which is only for directories on the way, never for what a name ends in. */
#include "walk.h"
#include <linux/limits.h>

#define LINKS_MAX 40

/* One walk: the place so far, and what of the name is still to go. */
struct walk {
    struct place place;
    uint64_t hash; /* of place.path */
    const char *rest;
    char name[PATH_SIZE]; /* rest is in here */
    char target[PATH_SIZE];
};

/* Walks are large; the last one that was given back serves again. */
static struct walk *g_spare;

static struct walk *walk_new(void)
{
    struct walk *walk = __atomic_exchange_n(&g_spare, NULL, __ATOMIC_ACQ_REL);
    return walk ? walk : heap_alloc(sizeof(*walk));
}

static struct walk *walk_of(struct place *place)
{
    return container_of(place, struct walk, place);
}

void place_free(struct place *place)
{
    if (place->magic)
        file_put(place->magic);
    place->magic = NULL;
    heap_free(__atomic_exchange_n(&g_spare, walk_of(place), __ATOMIC_ACQ_REL));
}

/***** The path so far *****/

/* Within: the root has no text. */
static void set_path(struct walk *walk, const char *path, size_t len)
{
    struct place *place = &walk->place;
    if (len == 1)
        len = 0; /* "/" */
    memmove(place->path, path, len);
    place->path[len] = '\0';
    place->len = len;
    place->mount = mount_of(place->path, len, &place->inside);
    walk->hash = path_hash(place->path, len);
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
    walk->hash = prefix_hash(walk->hash, name, len);
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
    set_path(walk, place->path, len);
}

static int go_up(struct walk *walk)
{
    struct place *place = &walk->place;
    struct mount *mount = place->mount;
    if (place->len <= place->floor)
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
    set_path(walk, place->path, place->walk & WALK_IN_ROOT ? place->floor : 0);
    return place->walk & WALK_NO_XDEV && mount && place->mount != mount ? -EXDEV : 0;
}

static void set_inside(struct place *place)
{
    const char *inside = place->path + place->mount->path_len;
    place->inside = *inside == '/' ? inside + 1 : inside;
}

/***** Links *****/

static int count_link(struct place *place)
{
    if (place->walk & WALK_NO_LINKS || ++place->links > LINKS_MAX)
        return -ELOOP;
    return 0;
}

/* Go on with a link's target, which is in walk->target, instead of the last component. */
static int splice(struct walk *walk)
{
    const size_t target_len = strlen(walk->target);
    const size_t rest_len = strlen(walk->rest);
    int error = count_link(&walk->place);
    if (error < 0)
        return error;
    if (target_len == 0)
        return -ENOENT;
    if (target_len + 1 + rest_len >= PATH_SIZE)
        return -ENAMETOOLONG;
    if (walk->target[0] != '/')
        drop_last(walk);
    else if ((error = go_to_root(walk)) < 0)
        return error;
    memmove(walk->name + target_len + 1, walk->rest, rest_len + 1);
    memcpy(walk->name, walk->target, target_len);
    /* A slash only if something follows: at the end it would ask for a directory. */
    walk->name[target_len] = rest_len ? '/' : '\0';
    walk->rest = walk->name;
    return 0;
}

static int read_target(struct walk *walk)
{
    const struct fs_ops *ops = walk->place.mount->ops;
    const int64_t len = ops->read_link ? ops->read_link(&walk->place, walk->target, PATH_SIZE - 1) : -EINVAL;
    if (len < 0)
        return (int)len;
    walk->target[len] = '\0';
    return 0;
}

/* The file that a magic link stands for. */
static struct file *magic_of(const struct place *place)
{
    return place->mount->ops->magic ? place->mount->ops->magic(place) : NULL;
}

/***** Directories on the way *****/

/* Go on in the directory that an open file is. */
static int enter_magic(struct walk *walk, struct file *file)
{
    struct place *place = &walk->place;
    int error = place->walk & (WALK_NO_MAGIC | WALK_NO_LINKS) ? -ELOOP : count_link(place);
    if (error == 0 && place->walk & (WALK_BENEATH | WALK_IN_ROOT | WALK_NO_XDEV))
        error = -EXDEV;
    if (error == 0 && !(file->path && file->mount))
        error = -ENOTDIR;
    if (error == 0)
        set_path(walk, file->path, strlen(file->path));
    file_put(file);
    return error;
}

/* The path so far is to be a directory: 0 if it is, 1 if it was a link, and the walk has been turned there. */
static int enter_unknown(struct walk *walk)
{
    struct place *place = &walk->place;
    const struct mount *mount = place->mount;
    struct file_attr attr;
    int error = mount->ops->attributes(place, &attr);
    if (error < 0)
        return error;
    if (S_ISDIR(attr.mode)) {
        if (mount->host)
            prefix_add(walk->hash, PREFIX_DIRECTORY, NULL);
        return 0;
    }
    if (!S_ISLNK(attr.mode))
        return -ENOTDIR;
    struct file *file = magic_of(place);
    if (file) {
        error = enter_magic(walk, file);
        return error < 0 ? error : 1;
    }
    error = read_target(walk);
    if (error < 0)
        return error;
    if (mount->host)
        prefix_add(walk->hash, PREFIX_LINK, walk->target);
    error = splice(walk);
    return error < 0 ? error : 1;
}

static int enter(struct walk *walk)
{
    struct place *place = &walk->place;
    if (place->len == place->mount->path_len)
        return 0; /* where something is mounted there is a directory */
    set_inside(place);
    if (place->mount->host) {
        const enum prefix_kind kind = prefix_find(walk->hash, walk->target);
        if (kind == PREFIX_DIRECTORY)
            return 0;
        if (kind == PREFIX_LINK) {
            const int error = splice(walk);
            return error < 0 ? error : 1;
        }
    }
    return enter_unknown(walk);
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
    } else if (len == 2 && name[0] == '.' && name[1] == '.') {
        place->dots = 2;
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
            error = enter(walk);
    }
    return error < 0 ? error : 0;
}

/* Take all that is left of the name. */
static int walk_on(struct walk *walk)
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
    set_inside(place);
    return 0;
}

/***** The last component *****/

int place_look(struct place *place)
{
    if (place->looked)
        return 0;
    const int error = place->magic ? file_attributes(place->magic, &place->attr)
                                   : place->mount->ops->attributes(place, &place->attr);
    place->looked = error == 0;
    return error;
}

int place_follow(struct place *place)
{
    struct walk *walk = walk_of(place);
    struct file *file = magic_of(place);
    int error;
    place->looked = false;
    if (file) {
        error = place->walk & (WALK_NO_MAGIC | WALK_NO_LINKS) ? -ELOOP : count_link(place);
        if (error == 0 && place->walk & (WALK_BENEATH | WALK_IN_ROOT))
            error = -EXDEV;
        if (error < 0)
            file_put(file);
        else
            place->magic = file;
        return error;
    }
    error = read_target(walk);
    walk->rest = "";
    if (error == 0)
        error = splice(walk);
    return error < 0 ? error : walk_on(walk);
}

/* Look, and follow as long as there are links. */
static int follow_all(struct place *place)
{
    for (;;) {
        int error = place_look(place);
        if (error == -ENOENT && place->walk & WALK_CREATE)
            return 0;
        if (error < 0)
            return error;
        if (!S_ISLNK(place->attr.mode) || place->magic)
            return place->must_be_dir && !S_ISDIR(place->attr.mode) ? -ENOTDIR : 0;
        error = place_follow(place);
        if (error < 0)
            return error;
    }
}

/***** The first one *****/

/* Start from a directory that is open. */
static int start_at_file(struct walk *walk, int directory)
{
    struct file *file = fd_get_path(directory);
    if (!file)
        return -EBADF;
    const bool named = file->path && file->mount;
    if (named)
        set_path(walk, file->path, strlen(file->path));
    file_put(file);
    if (!named)
        return -ENOTDIR;
    walk->rest = walk->name;
    /* Only the name is known, but what it stands for is a directory at most once a link has been followed. */
    const int result = walk->place.len == 0 ? 0 : enter(walk);
    return result > 0 ? -ENOTDIR : result;
}

static int start(struct walk *walk, int directory)
{
    struct place *place = &walk->place;
    int error = 0;
    walk->rest = walk->name;
    if (walk->name[0] == '/' && !(place->walk & WALK_IN_ROOT)) {
        if (place->walk & WALK_BENEATH)
            return -EXDEV;
        place->len = 0;
        set_path(walk, "", 0);
    } else if (directory == AT_FDCWD) {
        set_path(walk, place->path, cwd_read(place->path));
    } else {
        error = start_at_file(walk, directory);
    }
    if (place->walk & (WALK_BENEATH | WALK_IN_ROOT))
        place->floor = (uint32_t)place->len;
    return error;
}

static int read_name(struct walk *walk, const char *name, uint32_t flags)
{
    int64_t len;
    if (flags & WALK_KERNEL) {
        len = (int64_t)strnlen(name, PATH_SIZE);
        if (len < PATH_SIZE)
            memcpy(walk->name, name, (size_t)len + 1);
        else
            len = -ENAMETOOLONG;
    } else {
        len = user_range_ok((uint64_t)name, 1) ? user_read_string(walk->name, PATH_SIZE, name) : -EFAULT;
    }
    if (len == 0 && !(flags & WALK_EMPTY))
        return -ENOENT;
    return len < 0 ? (int)len : 0;
}

/* "" with WALK_EMPTY. */
static int take_descriptor(struct place *place, int fd)
{
    place->magic = fd_get_path(fd);
    place->path[0] = '\0';
    place->len = 0;
    place->inside = place->path;
    place->mount = NULL;
    if (!place->magic)
        return -EBADF;
    return place->walk & WALK_FOLLOW ? place_look(place) : 0;
}

int place_find(int directory, const char *name, uint32_t flags, struct place **out)
{
    struct walk *walk = walk_new();
    if (!walk)
        return -ENOMEM;
    struct place *place = &walk->place;
    place->must_be_dir = place->looked = false;
    place->dots = 0;
    place->links = place->floor = 0;
    place->walk = flags;
    place->magic = NULL;
    int error = read_name(walk, name, flags);
    if (error == 0 && walk->name[0] == '\0' && directory != AT_FDCWD) {
        error = take_descriptor(place, directory);
    } else {
        if (error == 0)
            error = start(walk, directory);
        if (error == 0)
            error = walk_on(walk);
        if (error == 0 && flags & WALK_FOLLOW)
            error = follow_all(place);
    }
    if (error < 0) {
        place_free(place);
        return error;
    }
    *out = place;
    return 0;
}

/***** Changes *****/

void place_changed(const struct place *place)
{
    if (place->mount->host)
        prefix_remove(path_hash(place->path, place->len));
    cwd_removed(place->path);
}

struct move {
    const struct place *from, *to;
};

static void move_file(struct file *file, void *arg)
{
    const struct move *move = arg;
    const size_t len = move->from->len;
    if (!file->path || strncmp(file->path, move->from->path, len) != 0 ||
        (file->path[len] != '/' && file->path[len] != '\0'))
        return;
    char *old = file->path;
    const size_t rest_len = strlen(old + len);
    char *path = heap_alloc(move->to->len + rest_len + 1);
    if (!path)
        return;
    memcpy(path, move->to->path, move->to->len);
    memcpy(path + move->to->len, old + len, rest_len + 1);
    /* Another thread may be reading the old one. Renaming what is open is rare enough to let it be. */
    file->path = path;
}

void place_moved(const struct place *from, const struct place *to)
{
    struct move move = {from, to};
    if (from->mount->host) {
        if (prefix_find(path_hash(from->path, from->len), walk_of((struct place *)(uintptr_t)from)->target) ==
            PREFIX_DIRECTORY)
            prefix_clear();
        prefix_remove(path_hash(from->path, from->len));
        prefix_remove(path_hash(to->path, to->len));
    }
    file_for_each(move_file, &move);
    cwd_moved(from->path, from->len, to->path);
}
