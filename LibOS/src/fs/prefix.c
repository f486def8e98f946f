/* SPDX-License-Identifier: MIT */
/* What is known about names of the host: which are directories, and which are links and where they lead. Knows no mount.
 *
 * An entry is found by a hash of 64 bits, which stands for the path: two paths of one program that share one are not to be
 * expected, and would do no harm but to it, for the host decides on what may be reached. */
#include "fs_core.h"

#define SIZE_FIRST 256u
#define SIZE_LAST  65536u /* then everything is forgotten */

struct entry {
    uint64_t hash; /* 0 = free */
    char *target;  /* of a link */
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

uint64_t prefix_hash(uint64_t parent, const char *name, size_t len)
{
    uint64_t hash = parent + len;
    for (; len >= 8; name += 8, len -= 8) {
        uint64_t word;
        __builtin_memcpy(&word, name, 8);
        hash = mix(hash, word);
    }
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word = word << 8 | (uint8_t)name[i];
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

static void enter(void)
{
    if (!alone())
        lock_acquire(&g_prefixes.lock);
}

static void leave(void)
{
    if (!alone())
        lock_release(&g_prefixes.lock);
}

enum prefix_kind prefix_find(uint64_t hash, char target[PATH_SIZE])
{
    enum prefix_kind kind = PREFIX_UNKNOWN;
    enter();
    if (g_prefixes.size) {
        const struct entry *entry = find(hash);
        if (entry->hash == hash)
            kind = entry->kind;
        if (kind == PREFIX_LINK)
            memcpy(target, entry->target, strlen(entry->target) + 1);
    }
    leave();
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

void prefix_add(uint64_t hash, enum prefix_kind kind, const char *target)
{
    char *copy = NULL;
    if (kind == PREFIX_LINK && !(copy = heap_strdup(target, strlen(target))))
        return;
    enter();
    if (reserve()) {
        struct entry *entry = find(hash);
        if (entry->hash == 0)
            g_prefixes.used++;
        char *old = entry->target;
        *entry = (struct entry){.hash = hash, .target = copy, .kind = kind};
        copy = old;
    }
    leave();
    heap_free(copy);
}

void prefix_remove(uint64_t hash)
{
    enter();
    if (g_prefixes.size) {
        struct entry *entry = find(hash);
        entry->kind = PREFIX_UNKNOWN; /* its place stays taken, so that others behind it are found */
    }
    leave();
}

void prefix_clear(void)
{
    enter();
    forget_all();
    leave();
}
