/* SPDX-License-Identifier: MIT */
/* Keys: found by a binary radix tree over their bits, known by a list of patterns.
 * Knows no value and no syntax.
 *
 * The tree needs no secret seed to be safe from a manifest made to be slow, as a hash table would: to add or find a key
 * visits no node that tests a bit behind the key's end, thus at most 8 for each of its bytes, and all keys together are
 * shorter than the text. It needs one node for each entry but the first, so the nodes live in the entries. */
#include "manifest_keys.h"

#include "pal_string.h"

/* A reference to a node is 2i + 1, to an entry 2i. Node i was made when entry i was added, so entry i is always below
 * it: that gives every node a key to stand for all that are below. */
static bool is_node(uint32_t ref)
{
    return ref & 1;
}

/* A key to look for: its bytes, then `end`, then zeros without end. With 0 for `end` it is found itself, since no key
 * has a zero in it; with a dot for `end` the keys of the group that it names are. */
struct probe {
    const char *key;
    size_t len;
    char end;
};

static unsigned probe_byte(const struct probe *probe, size_t at)
{
    if (at < probe->len)
        return (unsigned char)probe->key[at];
    return at == probe->len ? (unsigned char)probe->end : 0;
}

static unsigned probe_bit(const struct probe *probe, unsigned bit)
{
    return probe_byte(probe, bit / 8) >> (7 - bit % 8) & 1;
}

/* An entry than which no other has more bits in common with the probe from the beginning on; there must be one. */
static const struct manifest_entry *nearest(const struct manifest *manifest, const struct probe *probe, uint64_t *steps)
{
    uint32_t ref = manifest->root;
    while (is_node(ref)) {
        const struct manifest_entry *node = &manifest->entries[ref / 2];
        if (node->bit / 8 > probe->len)
            break; /* all below are equal as far as the probe goes */
        ref = node->child[probe_bit(probe, node->bit)];
        ++*steps;
    }
    return &manifest->entries[ref / 2];
}

static size_t common_len(const struct manifest_entry *entry, const char *key, size_t len)
{
    size_t at = 0, stop = len < entry->key_len ? len : entry->key_len;
    while (at < stop && entry->key[at] == key[at])
        at++;
    return at;
}

/* The entry whose key is the probe or, if the probe ends in a dot, begins with it. */
static const struct manifest_entry *lookup(const struct manifest *manifest, const struct probe *probe, uint64_t *steps)
{
    if (manifest->count == 0)
        return NULL;
    const struct manifest_entry *entry = nearest(manifest, probe, steps);
    if (common_len(entry, probe->key, probe->len) < probe->len)
        return NULL;
    if (entry->key_len == probe->len)
        return probe->end == '\0' ? entry : NULL;
    return entry->key[probe->len] == probe->end ? entry : NULL;
}

/* Put the newest entry and its node where the tree first differs from its key. */
static void link_entry(struct manifest *manifest, const struct probe *probe, unsigned bit)
{
    struct manifest_entry *entries = manifest->entries;
    uint32_t *link = &manifest->root;
    while (is_node(*link) && entries[*link / 2].bit < bit) {
        struct manifest_entry *node = &entries[*link / 2];
        link = &node->child[probe_bit(probe, node->bit)];
        manifest->steps++;
    }
    struct manifest_entry *node = &entries[manifest->count];
    unsigned side = probe_bit(probe, bit);
    node->bit = (uint16_t)bit;
    node->child[side] = manifest->count * 2;
    node->child[!side] = *link;
    *link = manifest->count * 2 + 1;
}

enum manifest_clash manifest_keys_add(struct manifest *manifest, const struct manifest_entry **out_other)
{
    struct manifest_entry *entry = &manifest->entries[manifest->count];
    if (manifest->count == 0) {
        manifest->root = 0;
        manifest->count++;
        return MANIFEST_ADDED;
    }
    const struct probe probe = {entry->key, entry->key_len, '\0'};
    const struct manifest_entry *near = nearest(manifest, &probe, &manifest->steps);
    size_t common = common_len(near, probe.key, probe.len);
    *out_other = near;
    if (common == probe.len) {
        if (near->key_len == probe.len)
            return MANIFEST_TWICE;
        const struct probe group = {probe.key, probe.len, '.'};
        *out_other = lookup(manifest, &group, &manifest->steps);
        if (*out_other)
            return MANIFEST_IS_GROUP;
    } else if (probe.key[common] == '.') {
        /* No shorter group above this key can be a value: it would be above `near` as well, and have clashed then. */
        const struct probe value = {probe.key, common, '\0'};
        *out_other = lookup(manifest, &value, &manifest->steps);
        if (*out_other)
            return MANIFEST_UNDER_VALUE;
    }

    const struct probe other = {near->key, near->key_len, '\0'};
    unsigned differ = probe_byte(&probe, common) ^ probe_byte(&other, common);
    unsigned leading = (unsigned)__builtin_clz(differ) - (unsigned)(8 * (sizeof(unsigned) - 1));
    entry->shared_len = (uint16_t)common;
    link_entry(manifest, &probe, (unsigned)common * 8 + leading);
    manifest->count++;
    return MANIFEST_ADDED;
}

static const struct manifest_entry *find(const struct manifest *manifest, const char *key, size_t len)
{
    uint64_t steps = 0;
    const struct probe probe = {key, len, '\0'};
    return lookup(manifest, &probe, &steps);
}

const struct manifest_entry *manifest_find(const struct manifest *manifest, const char *key)
{
    return find(manifest, key, strlen(key));
}

/* A key that is put together. */
struct key_text {
    char text[MANIFEST_KEY_MAX];
    size_t len; /* more than there is room for if the key is too long */
};

static void append(struct key_text *key, const char *text, size_t len)
{
    if (key->len <= sizeof(key->text) && len <= sizeof(key->text) - key->len)
        memcpy(key->text + key->len, text, len);
    else
        len = sizeof(key->text) + 1;
    key->len += len;
}

const struct manifest_entry *manifest_find_member(const struct manifest *manifest, const char *group, const char *name,
                                                  size_t name_len, const char *key)
{
    struct key_text whole;
    whole.len = 0;
    append(&whole, group, strlen(group));
    append(&whole, ".", 1);
    append(&whole, name, name_len);
    if (key) {
        append(&whole, ".", 1);
        append(&whole, key, strlen(key));
    }
    return whole.len <= sizeof(whole.text) ? find(manifest, whole.text, whole.len) : NULL;
}

/* Capitals stand for one token of any kind, `*` for all that is left. */
static const char *const g_known[] = {
    "loader.exec",
    "loader.execname",
    "loader.preload",
    "loader.restore",
    "loader.argv.N",
    "loader.env.NAME",
    "loader.env_host",
    "loader.debug_type",
    "loader.debug_file",
    "loader.log_level",
    "loader.stats",
    "loader.sandbox",
    "fs.root.type",
    "fs.root.uri",
    "fs.root.mode",
    "fs.mount.ID.type",
    "fs.mount.ID.path",
    "fs.mount.ID.uri",
    "fs.mount.ID.mode",
    "fs.start_dir",
    "fs.allow_modes",
    "sys.stack.size",
    "sys.aslr",
    "sys.checkpoint.file",
    "sys.checkpoint.at",
    "sys.checkpoint.verify",
    "sys.brk.size",
    "sys.memory.max",
    "sys.processes.max",
    "sys.files.max",
    "net.allow_bind.N",
    "net.allow_peer.N",
    "net.port.rebase_on_lo",
    "sgx.*",
    NULL,
};

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static size_t token_len(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len && text[at] != '.')
        at++;
    return at;
}

static bool matches(const char *pattern, const char *key, size_t len)
{
    size_t at = 0;
    for (; *pattern; pattern++) {
        if (*pattern == '*')
            return true;
        if (is_capital(*pattern)) {
            at += token_len(key + at, len - at);
            while (is_capital(pattern[1]))
                pattern++;
        } else if (at == len || key[at++] != *pattern) {
            return false;
        }
    }
    return at == len;
}

static bool is_known(const struct manifest_entry *entry)
{
    for (const char *const *pattern = g_known; *pattern; pattern++)
        if (matches(*pattern, entry->key, entry->key_len))
            return true;
    return false;
}

enum { CANDIDATE_SIZE = MANIFEST_KEY_MAX + 32 }; /* a pattern, its capitals replaced by a piece of a key, and NUL */

/* The key that the pattern makes with what the key at hand has in the place of its capitals. */
static size_t fill_pattern(char candidate[static CANDIDATE_SIZE], const char *pattern, const char *key, size_t len)
{
    char *to = candidate;
    while (*pattern) {
        size_t key_token = token_len(key, len), pattern_token = token_len(pattern, strlen(pattern));
        bool takes_key = is_capital(*pattern) && key_token > 0;
        size_t size = takes_key ? key_token : pattern_token;
        memcpy(to, takes_key ? key : pattern, size);
        to += size;
        pattern += pattern_token;
        if (*pattern)
            *to++ = *pattern++;
        key_token += key_token < len; /* the dot */
        key += key_token;
        len -= key_token;
    }
    *to = '\0';
    return (size_t)(to - candidate);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many bytes have to be added, left out, replaced or swapped with the next to make one text of the other, each of
 * them at most once; anything above bound is just above bound. */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len, unsigned bound)
{
    uint16_t rows[3][CANDIDATE_SIZE] = {0};
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (uint16_t)j;
    for (size_t i = 1; i <= a_len; i++) {
        uint16_t *row = rows[i % 3], *old = rows[(i + 2) % 3], *older = rows[(i + 1) % 3];
        unsigned row_least = row[0] = (uint16_t)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned cost = least(old[j - 1] + (unsigned)(a[i - 1] != b[j - 1]), least(old[j], row[j - 1]) + 1U);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost = least(cost, older[j - 2] + 1U);
            row[j] = (uint16_t)cost;
            row_least = least(row_least, cost);
        }
        if (row_least > bound)
            return bound + 1;
    }
    return rows[a_len % 3][b_len];
}

/* Find the known key that is nearest, if it is so near that it may have been meant.
 * returns  whether there is one */
static bool suggest(const struct manifest_entry *entry, char out_key[static CANDIDATE_SIZE])
{
    const unsigned none = least(entry->key_len / 4U, 3) + 1;
    unsigned best = none;
    for (const char *const *pattern = g_known; *pattern; pattern++) {
        char candidate[CANDIDATE_SIZE];
        size_t len = fill_pattern(candidate, *pattern, entry->key, entry->key_len);
        unsigned distance = edit_distance(entry->key, entry->key_len, candidate, len, best - 1);
        if (distance < best) {
            best = distance;
            memcpy(out_key, candidate, len + 1);
        }
    }
    return best < none;
}

bool manifest_next_unknown(const struct manifest *manifest, struct manifest_unknown *cursor,
                           struct manifest_fault *warning)
{
    const struct manifest_entry *entry = NULL;
    uint32_t count = 0;
    /* One to name, or all that are left to count. */
    while (cursor->entry < manifest->count && (count == 0 || cursor->named == MANIFEST_UNKNOWN_MAX)) {
        const struct manifest_entry *next = &manifest->entries[cursor->entry++];
        if (is_known(next))
            continue;
        if (count++ == 0)
            entry = next;
    }
    if (!entry)
        return false;
    warning->line = entry->line;
    warning->column = entry->column;
    if (cursor->named == MANIFEST_UNKNOWN_MAX) {
        manifest_fault_write(warning, manifest->file_name, entry->key, entry->key_len,
                             "found more unknown keys, %u from this line on; they are ignored", count);
        return true;
    }
    cursor->named++;
    char meant[CANDIDATE_SIZE], quoted[MANIFEST_QUOTE_SIZE];
    bool is_near = suggest(entry, meant);
    manifest_fault_write(warning, manifest->file_name, entry->key, entry->key_len,
                         "found an unknown key, which is ignored%s%s%s", is_near ? "; did you mean " : "",
                         is_near ? manifest_quote(quoted, meant, strlen(meant)) : "", is_near ? "?" : "");
    return true;
}
