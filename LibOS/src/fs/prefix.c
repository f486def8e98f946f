/* SPDX-License-Identifier: MIT */
/* What is known about names of the host: which are directories, and which are links and where they lead. Knows no mount.
 *
 * An entry is found by a hash of 64 bits, which stands for the path: two paths of one program that share one are not to be
 * expected, and would do no harm but to it, for the host decides on what may be reached.
 *
 * Processes tell each other by the same hashes what they have changed: each looks at what is new before it trusts its table. */
#include "fs_core.h"
#include "shared.h"

#define SIZE_FIRST 256u
#define SIZE_LAST  65536u /* then everything is forgotten */

#define CHANGES    128u /* who has missed more than so many forgets everything */

struct entry {
    uint64_t hash;       /* 0 = free */
    char *target;        /* of a link */
    struct mount *mount; /* of a directory */
    enum prefix_kind kind;
};

/* In shared memory. */
struct changes {
    struct shared_lock lock;
    uint64_t count; /* ever made; the last ones are kept */
    struct {
        uint64_t hash;
        bool moved; /* it has another name, and so has what is in it */
    } last[CHANGES];
};

static struct {
    struct lock lock;
    struct entry *entries;
    uint32_t size, used;
    struct changes *changes; /* NULL until there is another process */
    uint64_t seen;           /* changes */
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

static void forget_all(void)
{
    for (uint32_t i = 0; i < g_prefixes.size; i++)
        heap_free(g_prefixes.entries[i].target);
    heap_free(g_prefixes.entries);
    g_prefixes.entries = NULL;
    g_prefixes.size = g_prefixes.used = 0;
}

/***** Changes *****/

static void forget(uint64_t hash, bool moved)
{
    if (!g_prefixes.size)
        return;
    struct entry *entry = find(hash);
    if (moved && entry->kind == PREFIX_DIRECTORY)
        forget_all();
    else
        entry->kind = PREFIX_UNKNOWN; /* its place stays taken, so that others behind it are found */
}

/* Hear of what other processes have changed. */
static void catch_up(void)
{
    const struct changes *changes = g_prefixes.changes;
    const uint64_t count = __atomic_load_n(&changes->count, __ATOMIC_ACQUIRE);
    uint64_t at = g_prefixes.seen;
    for (; count - at <= CHANGES && at != count; at++)
        forget(changes->last[at % CHANGES].hash, changes->last[at % CHANGES].moved);
    /* What was looked at last may have been overwritten before. */
    if (at != count || __atomic_load_n(&changes->count, __ATOMIC_ACQUIRE) - g_prefixes.seen > CHANGES)
        forget_all();
    g_prefixes.seen = count;
}

static bool is_behind(void)
{
    return g_prefixes.changes && __atomic_load_n(&g_prefixes.changes->count, __ATOMIC_RELAXED) != g_prefixes.seen;
}

static void change(uint64_t hash, bool moved)
{
    struct changes *changes = g_prefixes.changes;
    const bool taken = shared_acquire(&g_prefixes.lock);
    forget(hash, moved);
    shared_release(&g_prefixes.lock, taken);
    if (!changes)
        return;
    shared_lock(&changes->lock);
    const uint64_t count = changes->count;
    changes->last[count % CHANGES].hash = hash;
    changes->last[count % CHANGES].moved = moved;
    __atomic_store_n(&changes->count, count + 1, __ATOMIC_RELEASE);
    shared_unlock(&changes->lock);
}

void prefix_remove(uint64_t hash)
{
    change(hash, false);
}

void prefix_moved(uint64_t hash)
{
    change(hash, true);
}

int prefix_share(void)
{
    if (!g_prefixes.changes)
        g_prefixes.changes = shared_alloc(sizeof(*g_prefixes.changes));
    return g_prefixes.changes ? 0 : -ENOMEM;
}

/***** What is known *****/

enum prefix_kind prefix_find(uint64_t hash, struct mount **out_mount, char target[PATH_SIZE])
{
    enum prefix_kind kind = PREFIX_UNKNOWN;
    const bool taken = shared_acquire(&g_prefixes.lock);
    if (is_behind())
        catch_up();
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

void prefix_clear(void)
{
    const bool taken = shared_acquire(&g_prefixes.lock);
    forget_all();
    shared_release(&g_prefixes.lock, taken);
}
