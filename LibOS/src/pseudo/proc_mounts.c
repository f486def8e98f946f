/* SPDX-License-Identifier: MIT */
/* /proc/PID/mounts and mountinfo. */
#include "proc.h"

#define ESCAPED " \t\n\\#"

/* What the host's files are called: programs know no kind of ours. */
static const char *kind_of(const struct mount *mount)
{
    return mount->host ? "ext4" : mount->ops->name;
}

static const char *path_of(const struct mount *mount)
{
    return mount->path_len != 0 ? mount->path : "/";
}

/* As of a directory that is mounted a second time: its path. Names with a colon would be taken for files of a network. */
static const char *source_of(const struct mount *mount)
{
    const char *path = mount->host ? strchr(mount->source, ':') : NULL;
    return path != NULL ? path + 1 : mount->source;
}

static void add_mount(struct mount *mount, void *arg)
{
    struct text *out = arg;
    text_add_path(out, source_of(mount), ESCAPED);
    text_add(out, " ");
    text_add_path(out, path_of(mount), ESCAPED);
    text_add(out, " %s %s,relatime 0 0\n", kind_of(mount), mount->read_only ? "ro" : "rw");
}

int proc_show_mounts(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    mount_for_each(add_mount, out);
    return 0;
}

struct numbered {
    struct text *out;
    uint32_t number;
};

static void add_mount_info(struct mount *mount, void *arg)
{
    struct numbered *numbered = arg;
    struct text *out = numbered->out;
    const char *mode = mount->read_only ? "ro" : "rw";
    uint64_t device = mount->device;
    text_add(out, "%u %u %u:%u / ", 21 + numbered->number, numbered->number == 0 ? 1 : 21,
             (unsigned)(device >> 8) & 0xfff, (unsigned)((device & 0xff) | ((device >> 12) & 0xfff00)));
    text_add_path(out, path_of(mount), ESCAPED);
    text_add(out, " %s,relatime - %s ", mode, kind_of(mount));
    text_add_path(out, source_of(mount), ESCAPED);
    text_add(out, " %s\n", mode);
    numbered->number++;
}

int proc_show_mountinfo(struct text *out, const struct pseudo_key *key)
{
    struct numbered numbered = {.out = out};
    (void)key;
    mount_for_each(add_mount_info, &numbered);
    return 0;
}
