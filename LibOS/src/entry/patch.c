/* SPDX-License-Identifier: MIT */
/* When a `syscall` that traps is worth a change of the code, so that it never traps again. How: rewrite.c.
 *
 * A trap costs about 2 us, a change of a page about 15. So traps are counted, for each page; when there were a few, what has
 * trapped there and all else in the page that is unmistakable is changed at once. Only code of files is changed that is
 * mapped privately, executable and not writable: compilers at run time write theirs again and again, and what is written
 * again could be found half changed. */
#include <linux/mman.h>
#include "exec.h"
#include "fs.h"
#include "known.h"
#include "mm.h"
#include "rewrite.h"
#include "stubs.h"
#include "task.h"

#define WORTH_IT 8 /* traps in a page, the first time; then at a site where there was no way, and again when doubled */
#define COUNTERS 256

PAL_LARGE static struct {
    struct lock lock;
    struct change {
        struct change *next;
        uint64_t address;
        uint8_t size, old[5], code[5];
        bool undone; /* for as long as the process is traced, and until it is worth it again */
    } * changes;     /* what the code was and has become, newest first */
    struct counter {
        uint64_t key; /* a page, or a site in a page that has been done */
        uint32_t count;
    } counters[COUNTERS];
    bool in_use;                /* there are counters or changes */
    struct code_window *window; /* scratch, with edits; made when they are needed */
    struct edits *edits;
} g_patch;
static bool g_suspended; /* the process is traced; apart, for each fork writes it */

/* How often something has trapped. Two threads, or two keys with one counter, may miscount; that does no harm. */
static uint32_t count_trap(uint64_t key)
{
    struct counter *counter = &g_patch.counters[(key ^ key >> 12) % COUNTERS];
    g_patch.in_use = true;
    if (counter->key != key)
        *counter = (struct counter){.key = key};
    return ++counter->count;
}

/* A site for which there is no way may have one later: with other threads around, some changes cannot be made. */
static bool is_worth_trying(uint64_t site)
{
    const uint32_t count = count_trap(site);
    return count >= WORTH_IT && (count & (count - 1)) == 0;
}

static bool remember(const struct edit *edit)
{
    struct change *change = heap_alloc(sizeof(*change));
    if (!change || user_read(change->old, (const void *)edit->address, edit->size) < 0) {
        heap_free(change);
        return false;
    }
    change->address = edit->address;
    change->size = edit->size;
    memcpy(change->code, edit->code, edit->size);
    change->undone = false;
    change->next = g_patch.changes;
    g_patch.changes = change;
    return true;
}

static void carry_out(const struct edits *edits)
{
    struct code_piece *pieces = heap_alloc(sizeof(*pieces) * edits->count);
    bool possible = pieces;
    for (unsigned i = 0; possible && i < edits->count; i++) {
        const struct edit *edit = &edits->edits[i];
        possible = remember(edit);
        pieces[i] = (struct code_piece){edit->address, edit->code, edit->size};
    }
    if (!possible || mm_write_code(pieces, edits->count) < 0)
        log_print(LOG_DEBUG, "code at 0x%lx could not be changed", (unsigned long)edits->edits[0].address);
    heap_free(pieces);
}

/* What may be looked at and changed for a range of sites: a little more, inside of their mapping. */
static bool read_window(struct code_window *window, uint64_t start, uint64_t end, const struct mapping *mapping)
{
    const uint64_t first = start - mapping->start > REWRITE_REACH ? start - REWRITE_REACH : mapping->start;
    const uint64_t last = mapping->end - end > REWRITE_REACH ? end + REWRITE_REACH : mapping->end;
    window->start = first;
    window->size = (int)(last - first);
    return user_read(window->code, (const void *)first, (size_t)window->size) == 0;
}

static bool has_scratch(void)
{
    if (!g_patch.window)
        g_patch.window = heap_alloc(sizeof(*g_patch.window));
    if (!g_patch.edits)
        g_patch.edits = heap_alloc(sizeof(*g_patch.edits));
    return g_patch.window && g_patch.edits;
}

/* All sites from start to end that are unmistakable: those that have their number right before them, which gives them a second way,
 * or the others, which need the room. */
static void rewrite_sure_sites(struct code_window *window, uint64_t start, uint64_t end, bool with_number,
                               struct edits *edits)
{
    for (unsigned i = 0; i < window->sites.count; i++) {
        const int at = window->sites.at[i];
        const uint64_t address = window->start + (uint64_t)at;
        const int64_t number = rewrite_sure_number(window, at);
        const unsigned before = edits->count;
        if (address >= start && address < end - 1 && rewrite_is_sure(window, at) && (number >= 0) == with_number &&
            rewrite_site(window, at, number, edits))
            known_add(address, number, edits, before);
    }
}

static bool write_change(const struct change *change, const uint8_t *code)
{
    const struct code_piece piece = {change->address, code, change->size};
    return mm_write_code(&piece, 1) == 0;
}

static bool is_as_before(const struct change *change)
{
    uint8_t now[sizeof(change->old)];
    return user_read(now, (const void *)change->address, change->size) == 0 &&
           memcmp(now, change->old, change->size) == 0;
}

/* What was undone in a range leads the ways that are still there again, if nobody has put something else in its place. */
static void redo(uint64_t start, uint64_t end)
{
    for (struct change *change = g_patch.changes; change; change = change->next) {
        if (change->undone && change->address >= start && change->address < end &&
            rewrite_is_one_store(change->address, change->size) && is_as_before(change))
            change->undone = !write_change(change, change->code);
    }
}

static void patch_locked(uint64_t site, const struct mapping *mapping, bool whole_page)
{
    struct code_window *window = g_patch.window;
    struct edits *edits = g_patch.edits;
    const uint64_t start = whole_page ? page_down(site) : site, end = whole_page ? start + PAGE_SIZE : site + 2;
    redo(start, end);
    if (!read_window(window, start, end, mapping))
        return;
    rewrite_scan(window);
    edits->count = 0;
    const int at = (int)(site - window->start);
    const int64_t number = (int64_t)self()->regs->number;
    if (rewrite_is_site(window, at) && rewrite_site(window, at, number, edits))
        known_add(site, number, edits, 0);
    if (whole_page) {
        rewrite_sure_sites(window, start, end, false, edits);
        rewrite_sure_sites(window, start, end, true, edits);
    }
    if (edits->count)
        carry_out(edits);
}

void patch_site(uint64_t site)
{
    struct mapping mapping;
    if (__builtin_expect(g_suspended, 0))
        return;
    const bool whole_page = count_trap(page_down(site)) == WORTH_IT;
    if ((!whole_page && !is_worth_trying(site)) || !mm_find(site, &mapping))
        return;
    const bool file = mapping.file;
    if (file)
        file_put(mapping.file);
    if (!file || mapping.flags & MAP_SHARED || mapping.prot != (PROT_READ | PROT_EXEC))
        return;
    lock_acquire(&g_patch.lock);
    if (!g_suspended && has_scratch())
        patch_locked(site, &mapping, whole_page);
    lock_release(&g_patch.lock);
}

/***** The interpreter *****/

void patch_interpreter(const struct file_attr *file, uint64_t start, uint64_t end)
{
    lock_acquire(&g_patch.lock);
    g_patch.in_use = true;
    if (known_mapped(file, start, end) && !g_suspended && has_scratch()) {
        known_edits(g_patch.edits);
        if (g_patch.edits->count)
            carry_out(g_patch.edits);
    }
    lock_release(&g_patch.lock);
}

void patch_learn(void)
{
    if (known_is_searched())
        return;
    lock_acquire(&g_patch.lock);
    if (has_scratch())
        known_search(g_patch.window, g_patch.edits);
    lock_release(&g_patch.lock);
}

/* Take the changes in a range out of the list, restoring the code or not. */
static void end_changes(uint64_t start, uint64_t end, bool restore)
{
    for (struct change **link = &g_patch.changes; *link;) {
        struct change *change = *link;
        if (change->address < start || change->address >= end) {
            link = &change->next;
            continue;
        }
        if (restore && !change->undone && !write_change(change, change->old))
            log_print(LOG_WARNING, "code at 0x%lx could not be restored", (unsigned long)change->address);
        *link = change->next;
        heap_free(change);
    }
}

static void forget_counters(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < COUNTERS; i++) {
        if (g_patch.counters[i].key >= start && g_patch.counters[i].key < end)
            g_patch.counters[i].key = 0;
    }
}

void patch_forget(uint64_t start, uint64_t end)
{
    if (!g_patch.in_use)
        return;
    lock_acquire(&g_patch.lock);
    forget_counters(start, end);
    known_forget(start, end);
    end_changes(start, end, false);
    stubs_forget(start, end);
    lock_release(&g_patch.lock);
}

void patch_restore(uint64_t start, uint64_t end)
{
    if (!g_patch.in_use)
        return;
    lock_acquire(&g_patch.lock);
    forget_counters(start, end);
    known_forget(start, end);
    end_changes(start, end, true);
    lock_release(&g_patch.lock);
}

/* Whether a change is on the way from a site to its stub: there were bytes that nobody runs. */
static bool is_on_the_way(const struct change *change)
{
    return change->old[0] == 0x00 || change->old[0] == 0xcc;
}

/* The ways stay: threads may have been interrupted on them, and go on from there. Nobody else comes to them then. */
static void undo(void)
{
    for (struct change *change = g_patch.changes; change; change = change->next) {
        if (change->undone || is_on_the_way(change))
            continue;
        change->undone = write_change(change, change->old);
        if (!change->undone)
            log_print(LOG_WARNING, "code at 0x%lx could not be restored", (unsigned long)change->address);
    }
}

void patch_suspend(bool suspended)
{
    g_suspended = suspended;
    if (!suspended || !g_patch.in_use)
        return;
    lock_acquire(&g_patch.lock);
    forget_counters(0, g_guest_end);
    known_forget(0, g_guest_end);
    undo();
    lock_release(&g_patch.lock);
}

uint64_t patch_restart_address(uint64_t return_address)
{
    return return_address - 2; /* the `syscall`, or the short jump in its place */
}
