/* SPDX-License-Identifier: MIT */
/* select and pselect6: sets of bits, one for each descriptor. Knows no kind of file. */
#include <linux/time.h>
#include "clock.h"
#include "copy.h"
#include "fd.h"
#include "poll_table.h"
#include "syscalls.h"

#define FEW_WORDS 16 /* sets of 1024 descriptors, which is what fd_set has, need no heap */
#define FEW_ITEMS 128
#define WORD_BITS 64

enum { SET_READ, SET_WRITE, SET_EXCEPT, SETS };

/* What makes a descriptor a member of each result. */
static const uint32_t set_events[SETS] = {
    [SET_READ] = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
    [SET_WRITE] = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
    [SET_EXCEPT] = POLLPRI,
};

struct selection {
    size_t words;            /* in each set */
    uint64_t *bits[SETS];    /* asked, then answered; NULL = not given */
    struct poll_item *items; /* one for each descriptor that is in any set, in their order */
    size_t count;
};

/* A word of each set, those that are not given as empty ones; returns the members of any. */
static uint64_t take_word(const struct selection *selection, size_t word, uint64_t out[SETS])
{
    uint64_t any = 0;
    for (int set = 0; set < SETS; set++) {
        out[set] = selection->bits[set] != NULL ? selection->bits[set][word] : 0;
        any |= out[set];
    }
    return any;
}

static unsigned count_bits(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (unsigned)(bits * 0x0101010101010101 >> 56);
}

static size_t count_members(const struct selection *selection)
{
    uint64_t bits[SETS];
    size_t count = 0;
    for (size_t word = 0; word < selection->words; word++)
        count += count_bits(take_word(selection, word, bits));
    return count;
}

static int open_members(struct selection *selection)
{
    uint64_t bits[SETS];
    selection->count = 0;
    for (size_t word = 0; word < selection->words; word++) {
        for (uint64_t any = take_word(selection, word, bits); any != 0; any &= any - 1) {
            const uint64_t bit = any & -any;
            struct poll_item *item = &selection->items[selection->count];
            item->file = fd_get((int)(word * WORD_BITS) + __builtin_ctzll(any));
            if (item->file == NULL)
                return -EBADF;
            item->events = 0;
            item->ready = 0;
            for (int set = 0; set < SETS; set++)
                item->events |= (bits[set] & bit) != 0 ? set_events[set] : 0;
            selection->count++;
        }
    }
    return 0;
}

/* Take out of the sets what is not ready. Returns how many members are left. */
static int64_t keep_ready(struct selection *selection)
{
    const struct poll_item *item = selection->items;
    int64_t left = 0;
    for (size_t word = 0; word < selection->words; word++) {
        uint64_t bits[SETS], kept[SETS] = {0};
        for (uint64_t any = take_word(selection, word, bits); any != 0; any &= any - 1) {
            const uint32_t ready = (item++)->ready;
            if (ready == 0)
                continue;
            for (int set = 0; set < SETS; set++)
                if ((ready & set_events[set]) != 0)
                    kept[set] |= any & -any & bits[set];
        }
        for (int set = 0; set < SETS; set++) {
            if (selection->bits[set] == NULL)
                continue;
            selection->bits[set][word] = kept[set];
            left += count_bits(kept[set]);
        }
    }
    return left;
}

/* Wait for what the sets, which have been read, ask for. */
static int64_t wait_for_members(struct selection *selection, int64_t deadline_ns)
{
    struct poll_item few[FEW_ITEMS];
    size_t count = count_members(selection);
    selection->items = count > FEW_ITEMS ? heap_alloc(count * sizeof(*few)) : few;
    if (selection->items == NULL)
        return -ENOMEM;
    int64_t result = open_members(selection);
    if (result == 0)
        result = poll_items(selection->items, selection->count, deadline_ns);
    for (size_t i = 0; i < selection->count; i++)
        file_put(selection->items[i].file);
    if (result >= 0)
        result = keep_ready(selection);
    if (selection->items != few)
        heap_free(selection->items);
    selection->items = NULL;
    return result;
}

/* The program's sets have whole words of 64 bits, of which those from count on are ignored. */
static int read_sets(struct selection *selection, uint64_t *memory, void *const user[SETS], size_t count)
{
    uint64_t last = count % WORD_BITS != 0 ? (1ull << count % WORD_BITS) - 1 : UINT64_MAX;
    for (int set = 0; set < SETS; set++) {
        selection->bits[set] = user[set] != NULL ? memory + (size_t)set * selection->words : NULL;
        if (user[set] == NULL || selection->words == 0)
            continue;
        if (copy_in(selection->bits[set], user[set], selection->words * sizeof(*memory)) < 0)
            return -EFAULT;
        selection->bits[set][selection->words - 1] &= last;
    }
    return 0;
}

static int write_sets(const struct selection *selection, void *const user[SETS])
{
    for (int set = 0; set < SETS; set++)
        if (user[set] != NULL && copy_out(user[set], selection->bits[set], selection->words * sizeof(uint64_t)) < 0)
            return -EFAULT;
    return 0;
}

static int64_t select_fds(int count, void *const user[SETS], int64_t deadline_ns)
{
    if (count < 0)
        return -EINVAL;
    /* What the table has no room for cannot be open; Linux does not even look at it. */
    const uint32_t span = fd_span();
    size_t looked_at = (uint32_t)count < span ? (size_t)count : span;

    uint64_t few[SETS * FEW_WORDS];
    struct selection selection = {.words = (looked_at + WORD_BITS - 1) / WORD_BITS};
    uint64_t *memory = few;
    if (selection.words > FEW_WORDS) {
        memory = heap_alloc(SETS * selection.words * sizeof(*memory));
        if (memory == NULL)
            return -ENOMEM;
    }
    int64_t result = read_sets(&selection, memory, user, looked_at);
    if (result == 0)
        result = wait_for_members(&selection, deadline_ns);
    if (result >= 0 && write_sets(&selection, user) < 0)
        result = -EFAULT;
    if (memory != few)
        heap_free(memory);
    return result == -EINTR ? -ERESTARTNOHAND : result;
}

int64_t poll_tell_remaining(int64_t result, void *timeout, int64_t deadline_ns, int (*write)(void *to, int64_t ns))
{
    int64_t left_ns = deadline_ns == POLL_FOREVER ? POLL_FOREVER : deadline_ns - clock_monotonic_ns();
    if (write(timeout, left_ns > 0 ? left_ns : 0) == 0)
        return result;
    /* A timeout in memory that cannot be written is no error, but the call cannot be made again with what is left of it. */
    return result == -ERESTARTNOHAND ? -EINTR : result;
}

static int timeval_write(void *to, int64_t ns)
{
    struct __kernel_old_timeval value = {.tv_sec = ns / NS_PER_SECOND, .tv_usec = ns % NS_PER_SECOND / 1000};
    return copy_out(to, &value, sizeof(value));
}

static int timeval_read(const void *from, int64_t *out_ns)
{
    struct __kernel_old_timeval value;
    if (copy_in(&value, from, sizeof(value)) < 0)
        return -EFAULT;
    int64_t seconds, ns;
    if (value.tv_usec < 0 || __builtin_add_overflow(value.tv_sec, value.tv_usec / 1000000, &seconds) || seconds < 0)
        return -EINVAL;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ||
        __builtin_add_overflow(ns, value.tv_usec % 1000000 * 1000, &ns))
        ns = INT64_MAX;
    *out_ns = ns;
    return 0;
}

int64_t sys_select(int count, void *read_set, void *write_set, void *except_set, void *timeout)
{
    int64_t timeout_ns = -1;
    int error = timeout != NULL ? timeval_read(timeout, &timeout_ns) : 0;
    if (error < 0)
        return error;
    int64_t deadline_ns = poll_deadline(timeout_ns);
    int64_t result = select_fds(count, (void *const[SETS]){read_set, write_set, except_set}, deadline_ns);
    return timeout_ns > 0 ? poll_tell_remaining(result, timeout, deadline_ns, timeval_write) : result;
}

int64_t sys_pselect6(int count, void *read_set, void *write_set, void *except_set, void *timeout, void *mask)
{
    struct {
        void *set;
        uint64_t size;
    } signals = {NULL, 0};
    if (mask != NULL && copy_in(&signals, mask, sizeof(signals)) < 0)
        return -EFAULT;
    int64_t timeout_ns = -1;
    int error = timeout != NULL ? timespec_read(timeout, &timeout_ns) : 0;
    if (error == 0)
        error = signal_mask_for_call(signals.set, signals.size);
    if (error < 0)
        return error;
    int64_t deadline_ns = poll_deadline(timeout_ns);
    int64_t result = select_fds(count, (void *const[SETS]){read_set, write_set, except_set}, deadline_ns);
    return timeout_ns > 0 ? poll_tell_remaining(result, timeout, deadline_ns, timespec_write) : result;
}
