/* SPDX-License-Identifier: MIT */
/* The changes of the interpreter: those that were made while a program ran, since it trapped; and those for `cpuid`, which does
 * not trap and has to be looked for. That is done before the first child is made, which inherits what was found. */
#include "fs.h"
#include "known.h"
#include "stubs.h"

#define CHANGES_MAX 64
#define LOAD        0xb8  /* mov $number,%eax */
#define CPUID       (-2l) /* in place of a number: not a `syscall` */

PAL_LARGE static struct {
    uint64_t device, inode, size; /* the file */
    int64_t modify_ns;
    uint64_t start, end; /* where its code is; 0, 0 = gone, or changed by others */
    bool searched;
    uint32_t count;
    struct known_change {
        uint32_t offset, back; /* of the code's beginning: the change, and where its stub goes back to */
        int32_t number;
        uint8_t size, old[5], code[5]; /* five bytes are a jump to a stub, two one of the code */
    } changes[CHANGES_MAX];
} g_known;

static bool is_same_file(const struct file_attr *file)
{
    return file->device == g_known.device && file->inode == g_known.inode && file->size == g_known.size &&
           file->modify_ns == g_known.modify_ns;
}

bool known_mapped(const struct file_attr *file, uint64_t start, uint64_t end)
{
    if (!is_same_file(file)) {
        memset(&g_known, 0, sizeof(g_known));
        g_known.device = file->device;
        g_known.inode = file->inode;
        g_known.size = file->size;
        g_known.modify_ns = file->modify_ns;
    }
    g_known.start = start;
    g_known.end = end;
    return g_known.count > 0;
}

void known_forget(uint64_t start, uint64_t end)
{
    if (start < g_known.end && end > g_known.start)
        g_known.start = g_known.end = 0;
}

/* A stub that does more than to load a number is left out. */
static bool is_plain(const struct edit *edit, uint64_t site, int64_t number)
{
    const uint8_t *first = (const uint8_t *)edit->address;
    uint8_t byte;
    return edit->size != sizeof(edit->code) || number == CPUID || user_read(&byte, first, 1) < 0 || byte != LOAD ||
           edit->address + edit->size == site;
}

void known_add(uint64_t site, int64_t number, const struct edits *edits, unsigned from)
{
    if (site < g_known.start || site >= g_known.end || g_known.count + (edits->count - from) > CHANGES_MAX)
        return;
    const uint32_t before = g_known.count;
    for (unsigned i = from; i < edits->count; i++) {
        const struct edit *edit = &edits->edits[i];
        struct known_change *change = &g_known.changes[g_known.count++];
        *change = (struct known_change){
            .offset = (uint32_t)(edit->address - g_known.start),
            .back = (uint32_t)(site + 2 - g_known.start),
            .number = (int32_t)number,
            .size = edit->size,
        };
        memcpy(change->code, edit->code, edit->size);
        if (!is_plain(edit, site, number) || edit->address < g_known.start ||
            edit->address + edit->size > g_known.end ||
            user_read(change->old, (const void *)edit->address, edit->size) < 0) {
            g_known.count = before;
            return;
        }
    }
}

bool known_is_searched(void)
{
    return g_known.searched || g_known.start == 0;
}

void known_search(struct code_window *window, struct edits *edits)
{
    g_known.searched = true;
    stubs_learn();
    for (uint64_t at = g_known.start; at < g_known.end; at += PAGE_SIZE) {
        /* What stands around a site is looked at, too. */
        const uint64_t first = at - g_known.start > REWRITE_REACH ? at - REWRITE_REACH : g_known.start;
        const uint64_t last =
            g_known.end - at > PAGE_SIZE + REWRITE_REACH ? at + PAGE_SIZE + REWRITE_REACH : g_known.end;
        window->start = first;
        window->size = (int)(last - first);
        if (user_read(window->code, (const void *)first, last - first) < 0)
            return;
        int place = rewrite_next_cpuid(window, (int)(at - first));
        if (place >= 0)
            rewrite_scan(window);
        for (; place >= 0 && first + (uint64_t)place < at + PAGE_SIZE; place = rewrite_next_cpuid(window, place + 1)) {
            edits->count = 0;
            if (rewrite_cpuid(window, place, edits))
                known_add(first + (uint64_t)place, CPUID, edits, 0);
        }
    }
}

static bool as_before(const struct known_change *change)
{
    uint8_t now[sizeof(change->old)];
    return user_read(now, (const void *)(g_known.start + change->offset), change->size) == 0 &&
           memcmp(now, change->old, change->size) == 0;
}

/* Have a long jump lead to a stub. */
static bool lead(const struct known_change *change, uint64_t address, uint8_t code[5])
{
    const uint64_t back = g_known.start + change->back;
    const bool cpuid = change->number == CPUID, load = change->old[0] == LOAD;
    const uint64_t stub =
        cpuid ? stub_take_cpuid(address, back) : stub_take(address, back, load ? (uint32_t)change->number : 0);
    const uint64_t entry = stub + (load ? STUB_LOADS : cpuid ? STUB_JUMPS_CPUID : STUB_JUMPS);
    const uint32_t distance = (uint32_t)(entry - (address + 5));
    memcpy(code + 1, &distance, sizeof(distance));
    return stub != 0;
}

void known_edits(struct edits *out)
{
    out->count = 0;
    for (unsigned i = 0; i < g_known.count; i++) {
        const struct known_change *change = &g_known.changes[i];
        struct edit *edit = &out->edits[out->count++];
        edit->address = g_known.start + change->offset;
        edit->size = change->size;
        memcpy(edit->code, change->code, change->size);
        if (!as_before(change) || (change->size == sizeof(change->code) && !lead(change, edit->address, edit->code))) {
            out->count = 0;
            return;
        }
    }
}
