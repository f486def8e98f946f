/* SPDX-License-Identifier: MIT */
/* Places: names that are looked up, mostly without a walk, since they lie in a directory that is known; and links at their
 * ends. Knows no file system. */
#include "walk.h"
#include <linux/limits.h>

/* Walks are large; the last one that was given back serves again. */
static void *g_spare;

static struct walk *walk_new(void)
{
    struct walk *walk = spare_take(&g_spare);
    return walk ? walk : heap_alloc(sizeof(*walk));
}

void place_free(struct place *place)
{
    if (place->magic)
        file_put(place->magic);
    place->magic = NULL;
    spare_give(&g_spare, walk_of(place));
}

/***** The last component *****/

int place_look(struct place *place)
{
    if (place->looked)
        return 0;
    int error =
        place->magic ? file_attributes(place->magic, &place->attr) : place->mount->ops->attributes(place, &place->attr);
    if (error == -ENOENT)
        error = cwd_removed_attributes(place, &place->attr);
    place->looked = error == 0;
    return error;
}

int place_follow(struct place *place)
{
    struct walk *walk = walk_of(place);
    struct file *file = walk_magic(place);
    int error;
    place->looked = false;
    if (file) {
        error = place->walk & (WALK_NO_MAGIC | WALK_NO_LINKS) ? -ELOOP : walk_count_link(place);
        if (error == 0 && place->walk & (WALK_BENEATH | WALK_IN_ROOT))
            error = -EXDEV;
        if (error < 0)
            file_put(file);
        else
            place->magic = file;
        return error;
    }
    error = walk_read_target(walk);
    walk->rest = "";
    if (error == 0)
        error = walk_splice(walk);
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

/***** Where a name starts *****/

/* The path of a directory that is open. */
static int base_of_file(struct place *place, int directory)
{
    struct file *file = fd_get_path(directory);
    if (!file)
        return -EBADF;
    const bool named = file->path && file->mount;
    if (named) {
        place->len = strlen(file->path);
        memcpy(place->path, file->path, place->len + 1);
    }
    file_put(file);
    return named ? 0 : -ENOTDIR;
}

/* The path from which a relative name starts; the root has no text. */
static int set_base(struct place *place, int directory)
{
    int error = 0;
    if (directory == AT_FDCWD)
        place->len = cwd_read(place->path);
    else
        error = base_of_file(place, directory);
    if (place->len == 1)
        place->len = 0;
    return error;
}

/* The path from which an absolute name starts. */
static void set_root(struct place *place)
{
    place->len = (place->walk & WALK_TRUE) == WALK_TRUE ? 0 : root_read(place->path);
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
    return (int)len;
}

/* Whether a component is "." or "..", or begins like the latter. */
static bool has_dots(const char *name)
{
    return name[0] == '.' && (name[1] == '/' || name[1] == '\0' || name[1] == '.');
}

/* Where slashes are in a word of text: the top bit of each such byte. A sum of two times seven bits carries nowhere. */
static uint64_t slashes(const char *text)
{
    const uint64_t each = UINT64_MAX / 255, low = 0x7f * each;
    uint64_t word;
    __builtin_memcpy(&word, text, WORD);
    word ^= '/' * each;
    return ~(((word & low) + low) | word | low);
}

/* The len of a name up to its last slash, -1 = there is none; or -2 if it has dots or doubled slashes, or ends in a slash:
 * if it is not the text of a path that it could be. Looked at word by word, also behind its end. */
static int directory_len(const char *name, int len)
{
    int slash = -1;
    if (len == 0 || has_dots(name))
        return -2;
    for (int start = 0; start < len; start += WORD) {
        for (uint64_t found = slashes(name + start); found; found &= found - 1) {
            const int at = start + __builtin_ctzll(found) / 8;
            if (at >= len)
                break;
            if ((at == slash + 1 && at > 0) || has_dots(name + at + 1))
                return -2;
            slash = at;
        }
    }
    return slash == len - 1 ? -2 : slash;
}

/* The base of a walk is a directory, and so are those above it. If one is known, those above it always are, too: who renames
 * a directory finds out by this whether something below it is known. */
static void remember_base(const struct place *place)
{
    struct mount *mount;
    const char *inside;
    size_t len = place->len;
    for (;;) {
        const uint64_t hash = prefix_hash(place->path, len);
        if (prefix_find(hash, &mount, NULL) == PREFIX_DIRECTORY)
            return;
        mount = mount_of(place->path, len, &inside);
        if (mount->host)
            prefix_add_directory(hash, mount);
        if (len == 0)
            return;
        while (place->path[--len] != '/')
            ;
    }
}

/* Whether the path that ends at len is one of a directory, as a file system says that can be asked at once: there is no link
 * on the way then. */
static bool is_strict_directory(struct place *place, size_t len, struct mount **out_mount)
{
    struct file_attr attr;
    struct mount *mount = *out_mount = mount_of(place->path, len, &place->inside);
    if (!mount->ops->strict || len == mount->path_len)
        return mount->ops->strict;
    const char old = place->path[len];
    place->path[len] = '\0';
    place->mount = mount;
    const bool found = mount->ops->attributes(place, &attr) == 0 && S_ISDIR(attr.mode);
    place->path[len] = old;
    return found;
}

/* Most names are those of something in a directory that is known, or of which its file system knows: these need no walk. The
 * base is in place->path. */
static bool find_known(struct walk *walk, int name_len)
{
    struct place *place = &walk->place;
    struct mount *mount;
    const bool absolute = walk->name[0] == '/';
    const int slash = directory_len(walk->name, name_len);
    const size_t base_len = place->len;
    if (slash == -2 || name_len - slash > NAME_MAX || base_len + 1 + (size_t)name_len >= PATH_SIZE)
        return false;
    char *end = place->path + base_len;
    const char old = *end;
    if (!absolute)
        *end++ = '/';
    memcpy(end, walk->name, (size_t)name_len + 1);
    /* Without a slash the name lies in the base itself. */
    const size_t directory = slash < 0 ? base_len : (size_t)(end - place->path) + (size_t)slash;
    if (prefix_find(prefix_hash(place->path, directory), &mount, NULL) != PREFIX_DIRECTORY &&
        (slash < 0 || !is_strict_directory(place, directory, &mount))) {
        place->path[base_len] = old;
        return false;
    }
    place->len = (size_t)(end - place->path) + (size_t)name_len;
    place->mount = mount_at(place->path, place->len);
    if (!place->mount)
        place->mount = mount;
    walk_set_inside(place);
    return true;
}

/* From the base, or the root, component by component. */
static int walk_from(struct walk *walk, int directory)
{
    struct place *place = &walk->place;
    const bool absolute = walk->name[0] == '/' && !(place->walk & WALK_IN_ROOT);
    if (absolute && place->walk & WALK_BENEATH)
        return -EXDEV;
    walk->rest = walk->name;
    if (absolute)
        set_root(place);
    walk_set_path(walk, place->path, place->len);
    if (place->walk & (WALK_BENEATH | WALK_IN_ROOT))
        place->floor = (uint32_t)place->len;
    /* Of a base only the name is known, and that it was no link when it was opened. */
    if (!absolute && directory != AT_FDCWD && place->len > 0) {
        const int result = walk_enter(walk);
        if (result != 0)
            return result < 0 ? result : -ENOTDIR;
    }
    remember_base(place);
    return walk_on(walk);
}

/* "" with WALK_EMPTY: the file itself, and its name if it has one. */
static int take_descriptor(struct walk *walk, int fd)
{
    struct place *place = &walk->place;
    struct file *file = place->magic = fd_get_path(fd);
    if (!file)
        return -EBADF;
    const bool named = file->path && file->mount;
    walk_set_path(walk, named ? file->path : "", named ? strlen(file->path) : 0);
    walk_set_inside(place);
    return place->walk & WALK_FOLLOW ? place_look(place) : 0;
}

static int find(struct walk *walk, int directory, const char *name)
{
    struct place *place = &walk->place;
    const uint32_t flags = place->walk;
    const uint32_t special = WALK_BENEATH | WALK_IN_ROOT | WALK_NO_XDEV;
    const int len = read_name(walk, name, flags);
    if (len < 0)
        return len;
    if (len == 0 && directory != AT_FDCWD)
        return take_descriptor(walk, directory);
    int error = 0;
    if (walk->name[0] != '/' || flags & special)
        error = set_base(place, directory);
    else
        set_root(place);
    if (error == 0 && (len == 0 || flags & special || !find_known(walk, len)))
        error = walk_from(walk, directory);
    return error == 0 && flags & WALK_FOLLOW ? follow_all(place) : error;
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
    place->len = 0;
    const int error = find(walk, directory, name);
    if (error < 0) {
        place_free(place);
        return error;
    }
    *out = place;
    return 0;
}
