/* SPDX-License-Identifier: MIT */
/* From the loader's entry to the first instruction of the program. */
#include "entry.h"
#include <linux/auxvec.h>
#include "base.h"
#include "checkpoint.h"
#include "clock.h"
#include "entry.h"
#include "entry/dispatch.h"
#include "symbols.h"
#include "exec.h"
#include "fs.h"
#include "manifest.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "mm.h"
#include "shared.h"
#include "task.h"

#define IMAGE_URI_SIZE 2048

static struct manifest g_parsed;
const struct manifest *g_manifest = &g_parsed;
bool g_aslr = true;
OF_HOST struct host_facts g_host_facts = {0};

static void *manifest_alloc(void *arg, size_t size)
{
    (void)arg;
    return heap_alloc(size);
}

/* The loader has parsed this text already, so it is free of faults. */
static void read_manifest(const PAL_CONTROL *control)
{
    struct manifest_fault fault;
    const char *text = control->manifest_preload.start;
    const size_t size = (size_t)((const char *)control->manifest_preload.end - text);
    const struct manifest_memory heap = {.alloc = manifest_alloc};
    if (manifest_parse(text, size, "manifest", heap, &g_parsed, &fault) < 0)
        die("%s", fault.text);
}

/* loader.stats */
static bool g_counts;

static void read_settings(void)
{
    static const char *const levels[] = {"error", "warning", "debug", "trace", NULL};
    struct manifest_fault fault;
    unsigned level = g_log_level;
    if (manifest_get_choice(g_manifest, manifest_find(g_manifest, "loader.log_level"), levels, &level, &fault) < 0 ||
        manifest_get_bool(g_manifest, manifest_find(g_manifest, "sys.aslr"), &g_aslr, &fault) < 0 ||
        manifest_get_bool(g_manifest, manifest_find(g_manifest, "loader.stats"), &g_counts, &fault) < 0)
        die("%s", fault.text);
    g_log_level = level;
    entry_watch(WATCH_COUNT, g_counts);
    entry_watch(WATCH_LOG, level >= LOG_TRACE);
}

static void read_facts(const uint64_t *vector)
{
    static const struct {
        uint64_t type;
        size_t offset;
    } wanted[] = {
        {AT_HWCAP, offsetof(struct host_facts, hwcap)},
        {AT_HWCAP2, offsetof(struct host_facts, hwcap2)},
        {AT_CLKTCK, offsetof(struct host_facts, clock_ticks)},
        {AT_MINSIGSTKSZ, offsetof(struct host_facts, min_signal_stack)},
        {AT_UID, offsetof(struct host_facts, uid)},
        {AT_EUID, offsetof(struct host_facts, euid)},
        {AT_GID, offsetof(struct host_facts, gid)},
        {AT_EGID, offsetof(struct host_facts, egid)},
    };
    for (; vector[0] != AT_NULL; vector += 2) {
        for (unsigned i = 0; i < array_count(wanted); i++) {
            if (vector[0] == wanted[i].type)
                *(uint64_t *)(void *)((char *)&g_host_facts + wanted[i].offset) = vector[1];
        }
    }
}

void boot_read_manifest(void)
{
    read_manifest(&pal_control);
    read_settings();
}

static const uint64_t *behind_null(const uint64_t *words)
{
    while (*words)
        words++;
    return words + 1;
}

/* loader.exec names a file as the program's own mounts show it; what is relative is so to its working directory. */
static const char *executable_path(const PAL_CONTROL *control)
{
    static const char scheme[] = "file:";
    const char *uri = control->executable;
    if (!uri)
        die("no program to run: set loader.exec");
    if (memcmp(uri, scheme, sizeof(scheme) - 1) == 0)
        uri += sizeof(scheme) - 1;
    return uri;
}

void boot(uint64_t *words)
{
    const uint64_t *envp = behind_null(words + 1 + words[0]);
    /* Everything of ours but the heap lies above: this image, and with some hosts the stack. */
    heap_init((uintptr_t)__ehdr_start);
    shared_init();
    thread_adopt_first((uintptr_t)words & ~63ul);
    entry_init();
    const PAL_CONTROL *control = &pal_control;
    self()->handle = control->first_thread;
    if (control->debug_stream)
        log_to(control->debug_stream);
    read_facts(behind_null(envp));
    boot_read_manifest();
    char image[IMAGE_URI_SIZE];
    if (checkpoint_wanted(image, sizeof(image)))
        checkpoint_resume(image);
    task_init();
    clock_init();
    signals_init();
    mm_init();
    g_umask = (uint32_t)control->creation_mask;
    fs_init();
    checkpoint_init();

    const char *path = executable_path(control);
    struct regs *regs = thread_regs(self());
    self()->regs = regs;
    const int error =
        program_load(path, (const char *const *)(uintptr_t)(words + 1), (const char *const *)(uintptr_t)envp, regs);
    if (error < 0)
        program_explain(path, error);
    entry_return(regs);
}

void boot_print_stats(void)
{
    if (g_counts)
        log_print(LOG_ERROR, "%lu system calls by patched code, %lu by traps", (unsigned long)g_entry_counts.patched,
                  (unsigned long)g_entry_counts.trapped);
}
