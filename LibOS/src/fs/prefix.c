/* SPDX-License-Identifier: MIT */
/* What is known about names of the host: which are directories, and which are links and where they lead. Knows no mount.
 *
 * An entry is found by a hash of 64 bits, which stands for the path: two paths of one program that share one are not to be
 * expected, and would do no harm but to it, for the host decides on what may be reached. */
#include "fs_core.h"

#define SIZE_FIRST 256u
#define SIZE_LAST  65536u /* then everything is forgotten */

struct entry {
    uint64_t hash;       /* 0 = free */
    char *target;        /* of a link */
    struct mount *mount; /* of a directory */
    enum prefix_kind kind;
};

static struct {
    struct lock lock;
    struct entry *entries;
    uint32_t size, used;
} g_prefixes;

static uint64_t mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)(a ^ 0xa0761d6478bd642full) * (b ^ 0xe7037ed1a0b428dbull);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t prefix_hash(const char *path, size_t len)
{
    uint64_t hash = len, word;
    for (; len >= 8; path += 8, len -= 8) {
        __builtin_memcpy(&word, path, 8);
        hash = mix(hash, word);
    }
    word = 0;
    for (size_t i = 0; i < len; i++)
        word = word << 8 | (uint8_t)path[i];
    hash = mix(hash, word);
    return hash ? hash : 1;
}

static struct entry *find(uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (g_prefixes.size - 1);
    while (g_prefixes.entries[at].hash != 0 && g_prefixes.entries[at].hash != hash)
        at = (at + 1) & (g_prefixes.size - 1);
    return &g_prefixes.entries[at];
}

enum prefix_kind prefix_find(uint64_t hash, struct mount **out_mount, char target[PATH_SIZE])
{
    enum prefix_kind kind = PREFIX_UNKNOWN;
    const bool taken = shared_acquire(&g_prefixes.lock);
    if (g_prefixes.size) {
        const struct entry *entry = find(hash);
        if (entry->hash == hash)
            kind = entry->kind;
        *out_mount = entry->mount;
        if (kind == PREFIX_LINK && target)
            memcpy(target, entry->target, strlen(entry->target) + 1);
    }
    shared_release(&g_prefixes.lock, taken);
    return kind;
}

static void forget_all(void)
{
    for (uint32_t i = 0; i < g_prefixes.size; i++)
        heap_free(g_prefixes.entries[i].target);
    heap_free(g_prefixes.entries);
    g_prefixes.entries = NULL;
    g_prefixes.size = g_prefixes.used = 0;
}

/* Have room for one more. */
static bool reserve(void)
{
    struct entry *old = g_prefixes.entries;
    uint32_t old_size = g_prefixes.size;
    if (g_prefixes.used < old_size / 2)
        return true;
    if (old_size >= SIZE_LAST) {
        forget_all();
        old = NULL;
        old_size = 0;
    }
    const uint32_t size = old_size ? old_size * 2 : SIZE_FIRST;
    struct entry *entries = heap_zalloc(size * sizeof(*entries));
    if (!entries)
        return false;
    g_prefixes.entries = entries;
    g_prefixes.size = size;
    g_prefixes.used = 0;
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i].kind != PREFIX_UNKNOWN) {
            *find(old[i].hash) = old[i];
            g_prefixes.used++;
        } else {
            heap_free(old[i].target);
        }
    heap_free(old);
    return true;
}

/* target becomes the table's. */
static void add(uint64_t hash, enum prefix_kind kind, struct mount *mount, char *target)
{
    char *old = target;
    const bool taken = shared_acquire(&g_prefixes.lock);
    if (reserve()) {
        struct entry *entry = find(hash);
        if (entry->hash == 0)
            g_prefixes.used++;
        old = entry->target;
        *entry = (struct entry){.hash = hash, .target = target, .mount = mount, .kind = kind};
    }
    shared_release(&g_prefixes.lock, taken);
    heap_free(old);
}

void prefix_add_directory(uint64_t hash, struct mount *mount)
{
    add(hash, PREFIX_DIRECTORY, mount, NULL);
}

void prefix_add_link(uint64_t hash, const char *target)
{
    char *copy = heap_strdup(target, strlen(target));
    if (copy)
        add(hash, PREFIX_LINK, NULL, copy);
}

void prefix_remove(uint64_t hash)
{
    const bool taken = shared_acquire(&g_prefixes.lock);
    if (g_prefixes.size) {
        struct entry *entry = find(hash);
        entry->kind = PREFIX_UNKNOWN; /* its place stays taken, so that others behind it are found */
    }
    shared_release(&g_prefixes.lock, taken);
}

void prefix_clear(void)
{
    const bool taken = shared_acquire(&g_prefixes.lock);
    forget_all();
    shared_release(&g_prefixes.lock, taken);
}
