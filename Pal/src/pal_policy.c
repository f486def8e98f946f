/* SPDX-License-Identifier: MIT */
/* Reads a policy out of a manifest. Knows no host, and not how a policy is enforced. */
#include "pal_policy.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "pal_string.h"
#include "uri.h"

/* The default root mount. */
static const struct pal_policy_path g_root = {".", NULL, true};

/* The tables of a policy. They are made twice: first they are only counted, then there is room for them. */
struct tables {
    const struct manifest *manifest;
    struct manifest_fault *fault;
    struct pal_policy_path *paths; /* NULL = only count */
    struct pal_policy_range *ranges;
    char *text; /* where the next path goes */
    size_t path_count, range_count, text_size;
    bool devices;
};

static void add_path(struct tables *tables, const struct pal_policy_path *path, const char *text, size_t len)
{
    if (tables->paths) {
        memcpy(tables->text, text, len);
        tables->text[len] = '\0';
        tables->paths[tables->path_count] = *path;
        tables->paths[tables->path_count].path = tables->text;
        tables->text += len + 1;
    }
    tables->path_count++;
    tables->text_size += len + 1;
}

/* Types of mounts: what they take from the host. Of tmpfs, proc and sys a library OS makes all by itself. */
enum { MOUNT_CHROOT, MOUNT_DEV };

/* One mount; only what it takes from the host matters here.
 * group, member  name its keys
 * first          the first of them; NULL = there are none, and the defaults hold
 * types          words for its type, in the order of MOUNT_x */
static int read_mount(struct tables *tables, const char *group, const struct manifest_member *member,
                      const char *const *types)
{
    static const char *const modes[] = {"ro", "rw", NULL};
    const struct manifest *manifest = tables->manifest;
    const struct manifest_entry *type = manifest_find_member(manifest, group, member->name, member->name_len, "type");
    const struct manifest_entry *mode = manifest_find_member(manifest, group, member->name, member->name_len, "mode");
    const struct manifest_entry *source = manifest_find_member(manifest, group, member->name, member->name_len, "uri");
    const bool is_root = !types[1];
    unsigned type_choice = 0, mode_choice = 1;
    const char *text = NULL;
    size_t len;
    struct uri uri;
    if (!type && !is_root)
        return manifest_refuse(manifest, member->first, "the mount's type to be set, too", tables->fault);
    int error = manifest_get_choice(manifest, type, types, &type_choice, tables->fault);
    if (error >= 0)
        error = manifest_get_choice(manifest, mode, modes, &mode_choice, tables->fault);
    if (type_choice == MOUNT_DEV)
        tables->devices = true;
    if (error < 0 || type_choice != MOUNT_CHROOT)
        return error < 0 ? error : 0;
    struct pal_policy_path path = {.entry = source, .writable = mode_choice == 1};
    if (manifest_get_string(source, &text, &len)) {
        if (uri_parse(text, len, &uri) < 0 || uri.scheme != URI_FILE)
            return manifest_refuse(manifest, source, "a file: URI", tables->fault);
        add_path(tables, &path, uri.text, uri.len);
    } else if (is_root) {
        add_path(tables, &path, g_root.path, strlen(g_root.path));
    } else {
        return manifest_refuse(manifest, type, "the mount's uri to be set, too", tables->fault);
    }
    return 0;
}

static int read_mounts(struct tables *tables)
{
    static const char *const root_types[] = {"chroot", NULL};
    static const char *const types[] = {"chroot", "dev", "tmpfs", "proc", "sys", NULL};
    const struct manifest_member root = {.name = "root", .name_len = sizeof("root") - 1};
    struct manifest_member member;
    uint32_t cursor = 0;
    int error = read_mount(tables, "fs", &root, root_types);
    while (error >= 0 && manifest_group_next(tables->manifest, "fs.mount", &cursor, &member))
        error = read_mount(tables, "fs.mount", &member, types);
    return error;
}

/* A library OS may go on from an image of a process; it reads it. */
static int read_restore(struct tables *tables)
{
    const struct manifest_entry *entry = manifest_find(tables->manifest, "loader.restore");
    const struct pal_policy_path path = {.entry = entry};
    const char *text;
    size_t len;
    struct uri uri;
    if (!manifest_get_string(entry, &text, &len))
        return 0;
    if (uri_parse(text, len, &uri) < 0 || uri.scheme != URI_FILE)
        return manifest_refuse(tables->manifest, entry, "a file: URI", tables->fault);
    add_path(tables, &path, uri.text, uri.len);
    return 0;
}

/* The endpoints of a group; their numbers are names only. Returns how many there are. */
static int64_t read_ranges(struct tables *tables, const char *group)
{
    const size_t before = tables->range_count;
    struct manifest_member member;
    uint32_t cursor = 0;
    while (manifest_group_next(tables->manifest, group, &cursor, &member)) {
        const char *text;
        size_t len;
        struct pal_policy_range range = {.entry = member.value};
        if (!manifest_get_string(member.value, &text, &len) || inet_parse_range(text, len, &range.range) < 0)
            return manifest_refuse(tables->manifest, member.first, "address:port or address:port-port", tables->fault);
        if (tables->ranges)
            tables->ranges[tables->range_count] = range;
        tables->range_count++;
    }
    return (int64_t)(tables->range_count - before);
}

static int read_tables(struct tables *tables, struct pal_policy *out)
{
    int64_t result = read_mounts(tables);
    if (result >= 0)
        result = read_restore(tables);
    if (result >= 0)
        result = read_ranges(tables, "net.allow_bind");
    if (result < 0)
        return (int)result;
    out->bind_count = (size_t)result;
    result = read_ranges(tables, "net.allow_peer");
    if (result < 0)
        return (int)result;
    out->peer_count = (size_t)result;
    out->path_count = tables->path_count;
    out->devices = tables->devices;
    return 0;
}

/* A limit of 0 would be no limit to a reader, and none to the host. */
static int read_limits(const struct manifest *manifest, struct pal_policy *out, struct manifest_fault *fault)
{
    const struct manifest_entry *memory = manifest_find(manifest, "sys.memory.max");
    const struct manifest_entry *files = manifest_find(manifest, "sys.files.max");
    int memory_set = manifest_get_size(manifest, memory, &out->memory_max, fault);
    if (memory_set > 0 && out->memory_max == 0)
        memory_set = manifest_refuse(manifest, memory, "more than 0", fault);
    if (memory_set < 0)
        return memory_set;
    int files_set = manifest_get_uint(manifest, files, UINT32_MAX, &out->files_max, fault);
    if (files_set > 0 && out->files_max == 0)
        files_set = manifest_refuse(manifest, files, "more than 0", fault);
    return files_set < 0 ? files_set : 0;
}

/* Manifests that have the key may rely on it: that it does nothing has to be known. */
static int refuse_rebase(const struct manifest *manifest, struct manifest_fault *fault)
{
    const struct manifest_entry *entry = manifest_find(manifest, "net.port.rebase_on_lo");
    uint64_t added = 0;
    const int error = manifest_get_uint(manifest, entry, UINT16_MAX, &added, fault);
    return added == 0 ? error : manifest_refuse(manifest, entry, "0: ports are as the program says", fault);
}

/* FNV-1a (Fowler, Noll, Vo). It tells a child that its manifest is its parent's; no security rests on it. */
static void mix(uint64_t *hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        *hash = (*hash ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static void mix_ranges(uint64_t *hash, const struct pal_policy_range *ranges, size_t count)
{
    mix(hash, &count, sizeof(count));
    for (size_t i = 0; i < count; i++) {
        const struct inet_range *range = &ranges[i].range;
        mix(hash, range->first.address.bytes, sizeof(range->first.address.bytes));
        mix(hash, &range->first.address.scope_id, sizeof(range->first.address.scope_id));
        mix(hash, &range->first.port, sizeof(range->first.port));
        mix(hash, &range->last_port, sizeof(range->last_port));
    }
}

static uint64_t find_fingerprint(const struct pal_policy *policy)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    mix(&hash, &policy->mode, sizeof(policy->mode));
    mix(&hash, &policy->memory_max, sizeof(policy->memory_max));
    mix(&hash, &policy->files_max, sizeof(policy->files_max));
    for (size_t i = 0; i < policy->path_count; i++) {
        const struct pal_policy_path *path = &policy->paths[i];
        mix(&hash, path->path, strlen(path->path) + 1);
        mix(&hash, &path->writable, sizeof(path->writable));
    }
    mix(&hash, &policy->modes, sizeof(policy->modes));
    mix(&hash, &policy->devices, sizeof(policy->devices));
    mix_ranges(&hash, policy->binds, policy->bind_count);
    mix_ranges(&hash, policy->peers, policy->peer_count);
    return hash ? hash : 1;
}

/* Make room for the tables and fill them. */
static int make_tables(struct tables *tables, struct manifest_memory memory, struct pal_policy *out)
{
    /* Each is counted by a key in a text of less than 4 GiB, so the sum cannot wrap. */
    const size_t paths_size = tables->path_count * sizeof(*tables->paths);
    const size_t ranges_size = tables->range_count * sizeof(*tables->ranges);
    char *block = memory.alloc(memory.arg, paths_size + ranges_size + tables->text_size);
    if (!block) {
        const struct manifest_entry *first = tables->manifest->entries;
        tables->fault->line = first->line;
        tables->fault->column = first->column;
        manifest_fault_write(tables->fault, tables->manifest->file_name, first->key, first->key_len,
                             "found more grants than there is memory for, from here on");
        return -PAL_ERROR_NOMEM;
    }
    *tables = (struct tables){.manifest = tables->manifest,
                              .fault = tables->fault,
                              .paths = (void *)block,
                              .ranges = (void *)(block + paths_size),
                              .text = block + paths_size + ranges_size};
    const int error = read_tables(tables, out);
    out->paths = tables->paths;
    out->binds = tables->ranges;
    out->peers = tables->ranges + out->bind_count;
    return error;
}

int pal_policy_read(const struct manifest *manifest, struct manifest_memory memory, struct pal_policy *out,
                    struct manifest_fault *fault)
{
    static const char *const modes[] = {"enforce", "best-effort", "off", NULL};
    struct tables tables = {.manifest = manifest, .fault = fault};
    unsigned mode = PAL_POLICY_ENFORCE;
    *out = (struct pal_policy){.paths = &g_root};
    int error = manifest_get_choice(manifest, manifest_find(manifest, "loader.sandbox"), modes, &mode, fault);
    if (error >= 0)
        error = manifest_get_bool(manifest, manifest_find(manifest, "fs.allow_modes"), &out->modes, fault);
    if (error >= 0)
        error = read_limits(manifest, out, fault);
    if (error >= 0)
        error = refuse_rebase(manifest, fault);
    if (error >= 0)
        error = read_tables(&tables, out);
    if (error >= 0 && (tables.path_count > 1 || tables.range_count > 0 || manifest_find(manifest, "fs.root.uri") ||
                       manifest_find(manifest, "fs.root.mode")))
        error = make_tables(&tables, memory, out);
    if (error < 0)
        return error;
    out->mode = (enum pal_policy_mode)mode;
    out->fingerprint = find_fingerprint(out);
    return 0;
}

bool pal_policy_any_address(const struct pal_policy_range *range)
{
    static const uint8_t any[sizeof(range->range.first.address.bytes)];
    return memcmp(range->range.first.address.bytes, any, sizeof(any)) == 0;
}

bool pal_policy_is_everything(const struct pal_policy_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct inet_range *range = &ranges[i].range;
        if (pal_policy_any_address(&ranges[i]) && range->first.port <= 1 && range->last_port == UINT16_MAX)
            return true;
    }
    return false;
}

bool pal_policy_has_read_only(const struct pal_policy *policy)
{
    for (size_t i = 0; i < policy->path_count; i++) {
        if (!policy->paths[i].writable)
            return true;
    }
    return false;
}
