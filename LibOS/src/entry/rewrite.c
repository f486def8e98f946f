/* SPDX-License-Identifier: MIT */
/* Room for a jump that takes the place of a `syscall`, which has two bytes: a short jump fits there, and nothing else.
 *
 * What the short jump lands on is the middle of a long no-operation, with which compilers align functions and loops:
 *
 *     0f 1f 84 [00 00 00 00 00]      nopl 0x0(%rax,%rax,1): an addressing byte and a displacement that nobody looks at
 *     0f 1f 84 [e9 rel32      ]      the same for who comes from above; from its middle on a jump to anywhere
 *
 * So it does not matter who else runs there, nor where instructions begin: no code is taken apart, moved or guessed at. If no
 * long one is near, shorter ones (0f 1f 44 [00 00], 0f 1f 80 [00 00 ...]) hold a second short jump on the way. Where there is
 * none either, but `mov $number,%eax` stands before the `syscall`, a long jump takes the place of that and the `syscall`
 * stays, for those who jump to it. Everything else keeps trapping. */
#include "rewrite.h"
#include "stubs.h"
#include "task.h"

#define REACH_BACK    126 /* of a short jump, from where it stands */
#define REACH_FORWARD 129
#define SYSCALL_SIZE  2
#define CACHE_LINE    64
#define NUMBER_LIMIT  512 /* of system calls */
#define NOT_FOUND     (-1)

/* Code as little-endian words, of the bytes that count. */
#define OP_SYSCALL 0x050f
#define NOP_LONG   0x0000000000841f0full
#define NOP_7      0x00000000801f0full
#define NOP_7_MASK 0xffffffffffffffull
#define NOP_5      0x0000441f0full
#define NOP_5_MASK 0xffffffffffull
#define TRAPS      0xccccccccccull
#define TRAPS_MASK 0xffffffffffull
#define MIDDLE     3 /* of these, where a jump fits */

/* Eight bytes of code. Searching goes through every page that traps, so this is no call. */
static inline uint64_t word_at(const struct code_window *window, int at)
{
    uint64_t word;
    __builtin_memcpy(&word, window->code + at, sizeof(word));
    return word;
}

bool rewrite_is_site(const struct code_window *window, int at)
{
    return at >= 0 && at + 2 <= window->size && window->code[at] == (OP_SYSCALL & 0xff) &&
           window->code[at + 1] == OP_SYSCALL >> 8;
}

/* The part of the window that a short jump at a site reaches, in which a word can be read. */
static void set_range(const struct code_window *window, int from, int *out_first, int *out_last)
{
    *out_first = from - REACH_BACK < MIDDLE ? MIDDLE : from - REACH_BACK;
    *out_last = from + REACH_FORWARD;
    if (*out_last > window->size - (int)sizeof(uint64_t))
        *out_last = window->size - (int)sizeof(uint64_t);
}

/* Where five bytes may become a jump to anywhere. */
static int find_room(const struct code_window *window, int from)
{
    int first, last;
    set_range(window, from, &first, &last);
    for (int at = first; at < last; at++) {
        if (word_at(window, at - MIDDLE) == NOP_LONG || (word_at(window, at) & TRAPS_MASK) == TRAPS)
            return at;
    }
    return NOT_FOUND;
}

/* Where two bytes may become another short jump that reaches such a room. */
static int find_step(const struct code_window *window, int from, int *out_room)
{
    int first, last;
    set_range(window, from, &first, &last);
    for (int at = first; at < last; at++) {
        const uint64_t word = word_at(window, at - MIDDLE);
        if ((word & NOP_5_MASK) != NOP_5 && (word & NOP_7_MASK) != NOP_7)
            continue;
        *out_room = find_room(window, at);
        if (*out_room != NOT_FOUND)
            return at;
    }
    return NOT_FOUND;
}

/* Whether other threads see all of a change or nothing (mm_write_code). */
static bool is_one_store(uint64_t address, size_t size)
{
    if (g_process.thread_count == 1)
        return true;
    return size == 2 ? address % CACHE_LINE + size <= CACHE_LINE : address % 8 + size <= 8;
}

static void add(struct code_window *window, struct edits *edits, int at, const uint8_t *code, uint8_t size)
{
    struct edit *edit = &edits->edits[edits->count++];
    edit->address = window->start + (uint64_t)at;
    edit->size = size;
    memcpy(edit->code, code, size);
    memcpy(window->code + at, code, size);
}

static void add_jump(struct code_window *window, struct edits *edits, int at, uint64_t to)
{
    const uint32_t distance = (uint32_t)(to - (window->start + (uint64_t)at + 5));
    uint8_t code[5] = {0xe9};
    memcpy(code + 1, &distance, sizeof(distance));
    add(window, edits, at, code, sizeof(code));
}

static void add_short_jump(struct code_window *window, struct edits *edits, int at, int to)
{
    const uint8_t code[2] = {0xeb, (uint8_t)(to - (at + 2))};
    add(window, edits, at, code, sizeof(code));
}

static bool jump_by_steps(struct code_window *window, int site, struct edits *edits)
{
    int step = NOT_FOUND, room = find_room(window, site);
    const uint64_t address = window->start + (uint64_t)site;
    if (room == NOT_FOUND)
        step = find_step(window, site, &room);
    if (room == NOT_FOUND || !is_one_store(address, SYSCALL_SIZE))
        return false;
    const uint64_t stub = stub_take(window->start + (uint64_t)room, address + SYSCALL_SIZE, 0);
    if (!stub)
        return false;
    add_jump(window, edits, room, stub + STUB_JUMPS);
    if (step != NOT_FOUND)
        add_short_jump(window, edits, step, room);
    add_short_jump(window, edits, site, step == NOT_FOUND ? room : step);
    return true;
}

/* The number that `mov $number,%eax` (b8 imm32, no prefix before it) loads right before a site; -1 = there is none. */
static int64_t number_before(const struct code_window *window, int site)
{
    const int load = site - 5;
    uint32_t number;
    if (load < 1 || window->code[load] != 0xb8 || (window->code[load - 1] & 0xf0) == 0x40)
        return -1;
    memcpy(&number, window->code + load + 1, sizeof(number));
    return number;
}

int rewrite_next_sure(const struct code_window *window, int from, int end, int64_t *out_number)
{
    for (int at = from; at < end && at + SYSCALL_SIZE <= window->size; at++) {
        if (window->code[at] != (OP_SYSCALL & 0xff) || !rewrite_is_site(window, at))
            continue;
        *out_number = number_before(window, at);
        if (*out_number >= 0 && *out_number < NUMBER_LIMIT)
            return at;
    }
    return NOT_FOUND;
}

static bool jump_over_load(struct code_window *window, int site, int64_t number, struct edits *edits)
{
    const uint64_t address = window->start + (uint64_t)site - 5;
    if (number < 0 || number_before(window, site) != number || !is_one_store(address, 5))
        return false;
    const uint64_t stub = stub_take(address, window->start + (uint64_t)site + SYSCALL_SIZE, (uint32_t)number);
    if (!stub)
        return false;
    add_jump(window, edits, site - 5, stub + STUB_LOADS);
    return true;
}

bool rewrite_site(struct code_window *window, int at, int64_t number, struct edits *edits)
{
    if (edits->count + 3 > array_count(edits->edits))
        return false;
    return jump_by_steps(window, at, edits) || jump_over_load(window, at, number, edits);
}
