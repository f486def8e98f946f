/* SPDX-License-Identifier: MIT */
/* Confines the program before it is entered. Knows no host, and not how it enforces anything. */
#include "pal_confine.h"
#include "pal_control.h"
#include "pal_log.h"
#include "pal_manifest.h"
#include "pal_streams.h"

/* What the program was made of; for policies that come later. */
static const struct boot *g_boot;

/* The memory of a policy. */
struct block {
    void *memory;
    size_t size;
};

static void *alloc_block(void *arg, size_t size)
{
    struct block *block = arg;
    block->memory = pal_malloc_any(size);
    block->size = size;
    return block->memory;
}

int boot_read_policy(struct boot *boot, struct pal_policy *out)
{
    struct block block; /* lives as long as the process */
    const struct manifest_memory memory = {alloc_block, &block};
    const int error = pal_policy_read(&boot->manifest, memory, out, &boot->fault);
    return error < 0 ? boot_complain(boot, error) : 0;
}

/* Bytes of the table of files: all objects and the manifest. */
static size_t files_size(const struct boot *boot)
{
    size_t count = 1;
    for (const struct elf_object *object = boot->objects; object; object = object->next)
        count++;
    return count * sizeof(const char *);
}

/* What was read from preloads may be read again: a child loads them, too. The other files are open at first. */
static int list_files(const struct boot *boot, struct pal_policy *policy)
{
    const bool first = policy->moment != PAL_POLICY_RUNNING;
    const char **files = pal_malloc_any(files_size(boot));
    if (!files)
        return -PAL_ERROR_NOMEM;
    for (const struct elf_object *object = boot->objects; object; object = object->next) {
        if (!first || object != boot->executable)
            files[policy->file_count++] = object->path;
    }
    if (!first && boot->manifest_choice.reason != LOADER_NO_FILE)
        files[policy->file_count++] = boot->manifest_choice.path;
    policy->files = files;
    return 0;
}

static void list_handles(const struct boot *boot, struct pal_policy *policy)
{
    PAL_HANDLE handles[] = {boot->manifest_handle, boot->executable_handle, pal_control.debug_stream};
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
static void report_gaps(const struct pal_policy *policy, unsigned gaps)
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
            pal_log(PAL_LOG_WARNING, "%s: %.*s%sthis host does not confine %s", policy->file, key_len, key, colon,
                    texts[i].what);
            continue;
        }
        pal_log(PAL_LOG_ERROR, "%s: %.*s%sthis host cannot confine %s; loader.sandbox = best-effort does without that",
                policy->file, key_len, key, colon, texts[i].what);
        return;
    }
}

/* Have the host enforce a policy, and judge what it says. */
static int enforce(const struct pal_policy *policy)
{
    const int result = _DkGuardStart(policy);
    if (result == -PAL_ERROR_NOTIMPLEMENTED && policy->mode == PAL_POLICY_OFF)
        return 0;
    if (result == -PAL_ERROR_NOTIMPLEMENTED)
        pal_log(PAL_LOG_ERROR, "%s: this host confines nothing; loader.sandbox = off runs it all the same",
                policy->file);
    if (result <= 0)
        return result;
    report_gaps(policy, (unsigned)result);
    return policy->mode == PAL_POLICY_ENFORCE ? -PAL_ERROR_NOTSUPPORT : 0;
}

int boot_confine(const struct boot *boot, struct pal_policy *policy)
{
    g_boot = boot;
    policy->file = boot->file;
    policy->moment = boot->is_child ? PAL_POLICY_CHILD : PAL_POLICY_FIRST;
    const int error = list_files(boot, policy);
    if (error < 0) {
        pal_log(PAL_LOG_ERROR, "%s: cannot confine it: %s", boot->file, pal_error_text(error));
        return error;
    }
    list_handles(boot, policy);
    if (policy->mode == PAL_POLICY_OFF && !boot->is_child)
        pal_log(PAL_LOG_ERROR, "%s: the sandbox is off (loader.sandbox): this program can do what its user can",
                boot->file);
    return enforce(policy);
}

/***** Later *****/

static int read_manifest(PAL_STR uri, struct pal_manifest *out)
{
    PAL_HANDLE handle;
    PAL_STREAM_ATTR attr;
    /* Nobody is waited for who might write to a FIFO, which is no manifest then either. */
    int error = pal_stream_open(&handle, uri, PAL_ACCESS_RDONLY, 0, 0, PAL_OPTION_NONBLOCK);
    if (error < 0)
        return error;
    error = pal_stream_attributes(handle, &attr);
    if (error == 0)
        error = attr.type == PAL_TYPE_FILE ? pal_manifest_read(out, handle) : -PAL_ERROR_INVAL;
    DkObjectClose(handle);
    return error;
}

int pal_confine_by(PAL_STR uri)
{
    struct pal_manifest manifest = {0};
    struct pal_policy policy = {0};
    struct manifest_fault fault;
    struct block block = {0};
    int error = read_manifest(uri, &manifest);
    if (error < 0)
        return error;
    error = pal_manifest_parse(&manifest, uri, &fault);
    if (error == 0)
        error = pal_policy_read(&manifest.parsed, (struct manifest_memory){alloc_block, &block}, &policy, &fault);
    if (error < 0 && error != -PAL_ERROR_NOMEM) {
        pal_log(PAL_LOG_WARNING, "%s", fault.text);
        error = -PAL_ERROR_INVAL;
    }
    policy.file = uri;
    policy.moment = PAL_POLICY_RUNNING;
    if (error == 0)
        error = list_files(g_boot, &policy);
    if (error == 0)
        error = enforce(&policy);
    pal_free_any((void *)(uintptr_t)policy.files, files_size(g_boot));
    pal_free_any(block.memory, block.size);
    pal_manifest_free(&manifest);
    return error;
}
