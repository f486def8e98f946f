/* SPDX-License-Identifier: MIT */
/* /proc/PID/fd and fdinfo: the open descriptors. */
#include "proc.h"
#include "process.h"

void proc_add_file_name(struct text *out, const struct file *file)
{
    const char *kind = file->ops->kind != NULL ? file->ops->kind : "anon_inode:[unknown]";
    const char *seen = file->path != NULL && file->mount != NULL ? root_name(file->path) : NULL;
    if (file->path != NULL)
        text_add_path(out, *file->path == '\0' ? "/" : seen != NULL ? seen : file->path, "\n");
    else if (strchr(kind, ':') != NULL || kind[0] == '/')
        text_add(out, "%s", kind);
    else
        text_add(out, "%s:[%lu]", kind, file->inode);
}

static bool is_descriptor(const char *name, size_t len, struct pseudo_key *key)
{
    int32_t fd = pseudo_number(name, len);
    struct file *file = fd >= 0 ? fd_get_path(fd) : NULL;
    if (file == NULL)
        return false;
    file_put(file);
    key->fd = fd;
    return true;
}

struct lowest {
    uint32_t from;
    uint32_t fd;
};

static void find_lowest(int fd, struct file *file, bool close_on_exec, void *arg)
{
    struct lowest *lowest = arg;
    (void)file, (void)close_on_exec;
    if ((uint32_t)fd >= lowest->from && (uint32_t)fd < lowest->fd)
        lowest->fd = (uint32_t)fd;
}

static bool next_descriptor(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    struct lowest lowest = {.from = *cursor, .fd = UINT32_MAX};
    (void)directory;
    fd_for_each(find_lowest, &lowest);
    if (lowest.fd == UINT32_MAX)
        return false;
    *cursor = lowest.fd;
    pseudo_name(name, "", lowest.fd);
    return true;
}

/* Nothing has its name any more; one that is open for its name only (O_PATH) is looked up. */
static bool is_removed(struct file *file)
{
    struct file_attr attr;
    const int error = file->mount != NULL ? file_attributes(file, &attr) : -EBADF;
    return error == -ENOENT || (error == 0 && attr.links == 0);
}

static void add_name(struct text *out, struct file *file)
{
    proc_add_file_name(out, file);
    if (is_removed(file))
        text_add(out, " (deleted)");
}

static int read_link(struct text *out, const struct pseudo_key *key)
{
    struct file *file = fd_get_path(key->fd);
    if (file == NULL)
        return -ENOENT;
    add_name(out, file);
    file_put(file);
    return 0;
}

/* What the link's owner may do tells how the file is open. */
static uint32_t permissions_of(const struct file *file)
{
    return 0100u | (file_readable(file) ? 0400u : 0) | (file_writable(file) ? 0200u : 0);
}

static uint32_t permissions(const struct pseudo_key *key)
{
    struct file *file = fd_get_path(key->fd);
    if (file == NULL)
        return 0;
    const uint32_t allowed = permissions_of(file);
    file_put(file);
    return allowed;
}

static struct file *magic(const struct pseudo_key *key)
{
    return fd_get_path(key->fd);
}

struct flag_of {
    int fd;
    bool close_on_exec;
};

static void find_flag(int fd, struct file *file, bool close_on_exec, void *arg)
{
    struct flag_of *flag = arg;
    (void)file;
    if (fd == flag->fd)
        flag->close_on_exec = close_on_exec;
}

static int show_info(struct text *out, const struct pseudo_key *key)
{
    struct flag_of flag = {.fd = key->fd};
    struct file *file = fd_get_path(key->fd);
    if (file == NULL)
        return -ENOENT;
    fd_for_each(find_flag, &flag);
    position_begin(file);
    const int64_t position = file->position;
    position_end(file);
    text_add(out, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t%lu\nino:\t%lu\n", position,
             file->flags | (flag.close_on_exec ? O_CLOEXEC : 0u), file->mount != NULL ? file->mount->device : 0,
             file->inode);
    if (file->ops->describe != NULL)
        file->ops->describe(file, out);
    file_put(file);
    return 0;
}

const struct pseudo_node proc_fd_nodes[] = {{.mode = S_IFLNK | 0700,
                                             .permissions = permissions,
                                             .match = is_descriptor,
                                             .next = next_descriptor,
                                             .read_link = read_link,
                                             .magic = magic},
                                            {0}};

const struct pseudo_node proc_fdinfo_nodes[] = {
    {.mode = S_IFREG | 0444, .match = is_descriptor, .next = next_descriptor, .show = show_info}, {0}};

/***** Of other processes, which are asked *****/

void proc_describe_descriptor(int32_t from, struct process_descriptor *out)
{
    struct lowest lowest = {.from = from > 0 ? (uint32_t)from : 0, .fd = UINT32_MAX};
    struct text text = {0};
    fd_for_each(find_lowest, &lowest);
    struct file *file = lowest.fd < INT32_MAX ? fd_get_path((int32_t)lowest.fd) : NULL;
    out->fd = -1;
    if (file == NULL)
        return;
    add_name(&text, file);
    out->permissions = permissions_of(file);
    out->name[0] = '\0';
    if (!text.failed && text.used < DESCRIPTOR_NAME) {
        memcpy(out->name, text.data, text.used);
        out->name[text.used] = '\0';
    }
    out->fd = (int32_t)lowest.fd;
    text_free(&text);
    file_put(file);
}

bool proc_may_look(int32_t pid)
{
    struct process_facts facts;
    const uint32_t uid = g_process.fsuid;
    return uid == 0 || (process_find(pid, &facts) && facts.uid == uid && facts.euid == uid && facts.suid == uid);
}

int proc_open_fd(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    (void)flags, (void)out;
    return proc_may_look(key->pid) ? 0 : -EACCES;
}

static bool is_others(const char *name, size_t len, struct pseudo_key *key)
{
    struct process_descriptor found;
    key->fd = pseudo_number(name, len);
    return key->fd >= 0 && proc_may_look(key->pid) && process_find_descriptor(key->pid, key->fd, &found) &&
           found.fd == key->fd;
}

static bool next_of_others(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    struct process_descriptor found;
    if (*cursor > INT32_MAX || !process_find_descriptor(directory->pid, (int32_t)*cursor, &found))
        return false;
    *cursor = (uint32_t)found.fd;
    pseudo_name(name, "", *cursor);
    return true;
}

static uint32_t permissions_of_others(const struct pseudo_key *key)
{
    struct process_descriptor found;
    return process_find_descriptor(key->pid, key->fd, &found) && found.fd == key->fd ? found.permissions & 0700 : 0;
}

static int read_link_of_others(struct text *out, const struct pseudo_key *key)
{
    struct process_descriptor found;
    if (!process_find_descriptor(key->pid, key->fd, &found) || found.fd != key->fd)
        return -ENOENT;
    text_add(out, "%s", found.name);
    return found.name[0] ? 0 : -ENAMETOOLONG;
}

const struct pseudo_node proc_other_fd_nodes[] = {{.mode = S_IFLNK | 0700,
                                                   .permissions = permissions_of_others,
                                                   .match = is_others,
                                                   .next = next_of_others,
                                                   .read_link = read_link_of_others},
                                                  {0}};
