/* SPDX-License-Identifier: MIT */
/* Confines the program before it is entered. Knows no host, and not how it enforces anything. */
#include "pal_confine.h"
#include "pal_control.h"
#include "pal_log.h"

static void *alloc_tables(void *arg, size_t size)
{
    (void)arg;
    void *memory;
    if (size <= PAL_HEAP_MAX)
        return pal_malloc(size);
    return _DkInternalAlloc(&memory, size) < 0 ? NULL : memory;
}

int boot_read_policy(struct boot *boot, struct pal_policy *out)
{
    const struct manifest_memory memory = {alloc_tables, NULL};
    const int error = pal_policy_read(&boot->manifest, memory, out, &boot->fault);
    return error < 0 ? boot_complain(boot, error) : 0;
}

/* What was read from preloads may be read again: a child loads them, too. The other files are open. */
static int list_files(const struct boot *boot, struct pal_policy *policy)
{
    const struct elf_object *object;
    const char **files;
    size_t count = 0;
    for (object = boot->objects; object && object != boot->executable; object = object->next)
        count++;
    if (count == 0)
        return 0;
    files = alloc_tables(NULL, count * sizeof(*files));
    if (!files)
        return -PAL_ERROR_NOMEM;
    for (object = boot->objects; object && object != boot->executable; object = object->next)
        files[policy->file_count++] = object->path;
    policy->files = files;
    return 0;
}

static void list_handles(const struct boot *boot, struct pal_policy *policy)
{
    const PAL_HANDLE handles[] = {boot->manifest_handle, boot->executable_handle, pal_control.debug_stream};
    _Static_assert(sizeof(handles) / sizeof(handles[0]) <= PAL_POLICY_OPEN_MAX, "there is room for all");
    for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
        if (handles[i])
            policy->open[policy->open_count++] = handles[i];
    }
}

/* The key that asks for something about the network: the first one, or the first with an address of its own. */
static const struct manifest_entry *network_key(const struct pal_policy *policy, bool with_address)
{
    for (size_t i = 0; i < policy->bind_count + policy->peer_count; i++) {
        const struct pal_policy_range *range =
            i < policy->bind_count ? &policy->binds[i] : &policy->peers[i - policy->bind_count];
        if (!with_address || !pal_policy_any_address(range))
            return range->entry;
    }
    return NULL;
}

/* Say what is not enforced, each in a line of its own, or only the first. */
static void report_gaps(const char *file, const struct pal_policy *policy, unsigned gaps)
{
    static const struct {
        enum pal_guard_gap gap;
        const char *what;
    } texts[] = {
        {PAL_GUARD_CALLS, "system calls"}, {PAL_GUARD_FILES, "files"},
        {PAL_GUARD_PORTS, "TCP ports"},    {PAL_GUARD_ADDRESSES, "addresses (0.0.0.0 and [::] stand for all)"},
        {PAL_GUARD_DATAGRAMS, "UDP"},      {PAL_GUARD_MODES, "the permissions of files that are only to be read"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!(gaps & texts[i].gap))
            continue;
        const struct manifest_entry *entry = NULL;
        if (texts[i].gap & (PAL_GUARD_PORTS | PAL_GUARD_ADDRESSES | PAL_GUARD_DATAGRAMS))
            entry = network_key(policy, texts[i].gap == PAL_GUARD_ADDRESSES);
        const int key_len = entry ? entry->key_len : 0;
        const char *key = entry ? entry->key : "", *colon = entry ? ": " : "";
        if (policy->mode == PAL_POLICY_BEST_EFFORT) {
            pal_log(PAL_LOG_WARNING, "%s: %.*s%sthis host does not confine %s", file, key_len, key, colon,
                    texts[i].what);
            continue;
        }
        pal_log(PAL_LOG_ERROR, "%s: %.*s%sthis host cannot confine %s; loader.sandbox = best-effort does without that",
                file, key_len, key, colon, texts[i].what);
        return;
    }
}

int boot_confine(const struct boot *boot, struct pal_policy *policy)
{
    const char *file = boot->file;
    int result = list_files(boot, policy);
    if (result < 0) {
        pal_log(PAL_LOG_ERROR, "%s: cannot confine it: %s", file, pal_error_text(result));
        return result;
    }
    list_handles(boot, policy);
    policy->file = file;
    policy->is_child = boot->is_child;
    if (policy->mode == PAL_POLICY_OFF && !policy->is_child)
        pal_log(PAL_LOG_ERROR, "%s: the sandbox is off (loader.sandbox): this program can do what its user can", file);
    result = _DkGuardStart(policy);
    if (result == -PAL_ERROR_NOTIMPLEMENTED && policy->mode == PAL_POLICY_OFF)
        return 0;
    if (result == -PAL_ERROR_NOTIMPLEMENTED)
        pal_log(PAL_LOG_ERROR, "%s: this host confines nothing; loader.sandbox = off runs it all the same", file);
    if (result > 0)
        report_gaps(file, policy, (unsigned)result);
    if (result > 0)
        result = policy->mode == PAL_POLICY_ENFORCE ? -PAL_ERROR_NOTSUPPORT : 0;
    return result;
}
