/* SPDX-License-Identifier: MIT */
/* The start of room fs: mounts as the manifest has them, and the defaults. */
#include "exec.h"
#include "fd.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "mount.h"
#include "path.h"

static const char *const types[] = {"chroot", "tmpfs", "proc", "dev", "sys", NULL};
static const struct fs_ops *const systems[] = {&chroot_fs, &tmpfs, &proc_fs, &dev_fs, &sys_fs};

static const struct manifest_entry *find(const char *name, size_t len, const char *key)
{
    return g_manifest ? manifest_find_member(g_manifest, "fs.mount", name, len, key) : NULL;
}

/* A value as text of ours; NULL = absent. */
static char *value_of(const struct manifest_entry *entry)
{
    const char *text;
    size_t len;
    if (!manifest_get_string(entry, &text, &len))
        return NULL;
    char *copy = heap_strdup(text, len);
    if (!copy)
        die("no memory for the mounts");
    return copy;
}

__attribute__((noreturn)) static void refuse(const struct manifest_entry *entry, const char *expected)
{
    struct manifest_fault fault;
    (void)!manifest_refuse(g_manifest, entry, expected, &fault);
    die("%s", fault.text);
}

static unsigned choice_of(const struct manifest_entry *entry, const char *const *words, unsigned absent)
{
    struct manifest_fault fault;
    unsigned choice = absent;
    if (manifest_get_choice(g_manifest, entry, words, &choice, &fault) < 0)
        die("%s", fault.text);
    return choice;
}

static bool is_read_only(const struct manifest_entry *entry)
{
    static const char *const modes[] = {"rw", "ro", NULL};
    return choice_of(entry, modes, 0) == 1;
}

/* Have a directory, if its file system is in memory; what the host has not is shown without it. */
static void make_directory(const char *path)
{
    struct place *place;
    const char *inside;
    if (mount_of(path, strlen(path), &inside)->host || place_find(AT_FDCWD, path, WALK_KERNEL, &place) < 0)
        return;
    const struct fs_ops *ops = place->mount->ops;
    if (ops->make_directory && place_look(place) == -ENOENT)
        (void)ops->make_directory(place, 0755);
    place_free(place);
}

/* Something may be mounted where there is no directory yet. */
static void make_mount_point(const char *path)
{
    const size_t len = strlen(path);
    char *part = heap_alloc(len + 1);
    for (size_t i = 1; part && i <= len; i++) {
        if (path[i] == '/' || path[i] == '\0') {
            memcpy(part, path, i);
            part[i] = '\0';
            make_directory(part);
        }
    }
    heap_free(part);
}

static void add(unsigned type, const char *path, const char *source, bool read_only)
{
    if (path[1] != '\0')
        make_mount_point(path);
    const int error = mount_add(systems[type], path, source, read_only, NULL);
    if (error < 0)
        die("mounting %s on %s: error %d", source, path, -error);
}

/* A path without dots or doubled slashes. */
static char *absolute_path(const struct manifest_entry *entry)
{
    char *path = value_of(entry);
    char *normal = heap_alloc(PATH_SIZE);
    if (!path || !normal || path[0] != '/' || path_normalise(path, strlen(path), normal, PATH_SIZE) < 0)
        refuse(entry, "an absolute path");
    heap_free(path);
    return normal;
}

static char *uri_of(const struct manifest_entry *entry)
{
    char *uri = value_of(entry);
    if (uri && strncmp(uri, "file:", 5) != 0 && strncmp(uri, "dir:", 4) != 0)
        refuse(entry, "a file: URI");
    return uri;
}

static void mount_root(void)
{
    const struct manifest_entry *uri_entry = g_manifest ? manifest_find(g_manifest, "fs.root.uri") : NULL;
    const struct manifest_entry *mode = g_manifest ? manifest_find(g_manifest, "fs.root.mode") : NULL;
    const struct manifest_entry *type = g_manifest ? manifest_find(g_manifest, "fs.root.type") : NULL;
    char *uri = uri_of(uri_entry);
    add(type ? choice_of(type, types, 0) : 0, "/", uri ? uri : "file:.", mode && is_read_only(mode));
    heap_free(uri);
}

static void mount_member(const struct manifest_member *member)
{
    const struct manifest_entry *type_entry = find(member->name, member->name_len, "type");
    const struct manifest_entry *path_entry = find(member->name, member->name_len, "path");
    const struct manifest_entry *mode = find(member->name, member->name_len, "mode");
    const struct manifest_entry *uri_entry = find(member->name, member->name_len, "uri");
    if (!type_entry || !path_entry)
        die("manifest: fs.mount.%.*s needs a type and a path", (int)member->name_len, member->name);
    const unsigned type = choice_of(type_entry, types, 0);
    if (type == 0 && !uri_entry)
        die("manifest: fs.mount.%.*s needs a uri", (int)member->name_len, member->name);
    char *path = absolute_path(path_entry);
    char *uri = uri_of(uri_entry);
    add(type, path, type == 0 ? uri : types[type], mode && is_read_only(mode));
    heap_free(path);
    heap_free(uri);
}

/* Whether the manifest has something of its own for a path. */
static bool is_mounted_by_manifest(const char *path)
{
    struct manifest_member member;
    uint32_t cursor = 0;
    bool found = false;
    while (!found && g_manifest && manifest_group_next(g_manifest, "fs.mount", &cursor, &member)) {
        const struct manifest_entry *entry = find(member.name, member.name_len, "path");
        char *other = entry ? absolute_path(entry) : NULL;
        found = other && streq(other, path);
        heap_free(other);
    }
    return found;
}

static void mount_default(unsigned type, const char *path)
{
    if (!is_mounted_by_manifest(path))
        add(type, path, types[type], false);
}

static void enter_start_dir(void)
{
    const struct manifest_entry *entry = g_manifest ? manifest_find(g_manifest, "fs.start_dir") : NULL;
    struct place *place;
    char *path = entry ? absolute_path(entry) : NULL;
    cwd_init("/");
    if (!path)
        return;
    const int error = place_find(AT_FDCWD, path, WALK_KERNEL | WALK_FOLLOW, &place);
    if (error == -ENOMEM)
        die("%s: no memory for files there; are addresses or the sizes of files limited?", path);
    if (error < 0 || !S_ISDIR(place->attr.mode))
        refuse(entry, error == -ENOSYS ? "a directory on a host that has them (a tmpfs needs mem:)" : "a directory");
    cwd_init(place->path);
    place_free(place);
    heap_free(path);
}

void fs_init(void)
{
    struct manifest_member member;
    uint32_t cursor = 0;
    fd_init();
    mount_init();
    mount_root();
    mount_default(2, "/proc");
    mount_default(3, "/dev");
    mount_default(4, "/sys");
    mount_default(1, "/tmp");
    mount_default(1, "/dev/shm");
    while (g_manifest && manifest_group_next(g_manifest, "fs.mount", &cursor, &member))
        mount_member(&member);
    enter_start_dir();
    stdio_init();
}
