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
 * stays, for those who jump to it; a `lea` between the two stays as well, and is done by the stub. Everything else keeps
 * trapping. */
#include "rewrite.h"
#include "stubs.h"
#include "task.h"

#define REACH_BACK    126 /* of a short jump, from where it stands */
#define REACH_FORWARD 129
#define SYSCALL_SIZE  2
#define LOAD_SIZE     5 /* of `mov $number,%eax`, and of a long jump */
#define LEA_SIZE      STUB_CARRY_SIZE
#define MODE_RIP      0x05 /* of an addressing byte: 32 bits from %rip */
#define CACHE_LINE    64
#define NUMBER_LIMIT  512 /* of system calls */
#define NOT_FOUND     (-1)
#define TAKEN         INT16_MAX

/* Code as little-endian words, of the bytes that count. */
#define OP_SYSCALL 0x050f
#define NOP_LONG   0x0000000000841f0full
#define NOP_7      0x00000000801f0full
#define NOP_7_MASK 0xffffffffffffffull
#define NOP_5      0x0000441f0full
#define NOP_5_MASK 0xffffffffffull
#define TRAPS      0xccccccccccull
#define TRAPS_MASK 0xffffffffffull
#define TRAPS_SIZE 5
#define MIDDLE     3 /* of these, where a jump fits */

/* Eight bytes of code, or as many as there are and zeros. */
static uint64_t word_at(const struct code_window *window, int at)
{
    uint64_t word = 0;
    const int left = window->size - at;
    memcpy(&word, window->code + at, left < (int)sizeof(word) ? (size_t)left : sizeof(word));
    return word;
}

bool rewrite_is_site(const struct code_window *window, int at)
{
    return at >= 0 && at + SYSCALL_SIZE <= window->size && window->code[at] == (OP_SYSCALL & 0xff) &&
           window->code[at + 1] == OP_SYSCALL >> 8;
}

static void note(struct code_places *places, int at)
{
    if (places->count < array_count(places->at))
        places->at[places->count++] = (int16_t)at;
}

/* What begins with 0f. */
static void note_opcode(struct code_window *window, int at)
{
    const uint64_t word = word_at(window, at);
    if ((word & 0xffff) == OP_SYSCALL)
        note(&window->sites, at);
    else if (word == NOP_LONG)
        note(&window->rooms, at + MIDDLE);
    else if ((word & NOP_5_MASK) == NOP_5 || (word & NOP_7_MASK) == NOP_7)
        note(&window->steps, at + MIDDLE);
}

void rewrite_scan(struct code_window *window)
{
    window->sites.count = window->rooms.count = window->steps.count = 0;
    for (int at = 0; at < window->size; at++) {
        const uint8_t first = window->code[at];
        if (first == (OP_SYSCALL & 0xff))
            note_opcode(window, at);
        if (first == (TRAPS & 0xff) && (word_at(window, at) & TRAPS_MASK) == TRAPS) {
            note(&window->rooms, at);
            at += TRAPS_SIZE - 1;
        }
    }
}

/* The next place that a short jump reaches, and that nobody has taken; it counts as taken from now on. */
static int take_place(struct code_places *places, int from)
{
    for (unsigned i = 0; i < places->count; i++) {
        const int at = places->at[i];
        if (at < from - REACH_BACK || at == TAKEN)
            continue;
        if (at > from + REACH_FORWARD)
            break;
        places->at[i] = TAKEN;
        return at;
    }
    return NOT_FOUND;
}

/* A room that is reached by way of a step. */
static int take_step(struct code_window *window, int from, int *out_room)
{
    int step;
    while ((step = take_place(&window->steps, from)) != NOT_FOUND) {
        *out_room = take_place(&window->rooms, step);
        if (*out_room != NOT_FOUND)
            return step;
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
    const uint64_t address = window->start + (uint64_t)site;
    if (!is_one_store(address, SYSCALL_SIZE))
        return false;
    int step = NOT_FOUND, room = take_place(&window->rooms, site);
    if (room == NOT_FOUND)
        step = take_step(window, site, &room);
    if (room == NOT_FOUND)
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

/* `lea` of 64 bits with a displacement of 32: from %rip, or from a register that needs no further byte. */
static bool is_lea(const uint8_t *code)
{
    const uint8_t mode = code[2] & 0xc7;
    return (code[0] & 0xf8) == 0x48 && code[1] == 0x8d && (mode == MODE_RIP || ((mode & 0xc0) == 0x80 && mode != 0x84));
}

static bool has_lea_before(const struct code_window *window, int site)
{
    return site >= LEA_SIZE && is_lea(window->code + (site - LEA_SIZE));
}

/* Where `mov $number,%eax` (b8 imm32, no prefix before it) stands right before a site, or before a `lea` that does. */
static int load_before(const struct code_window *window, int site, int64_t *out_number)
{
    const int load = site - LOAD_SIZE - (has_lea_before(window, site) ? LEA_SIZE : 0);
    uint32_t number;
    if (load < 1 || window->code[load] != 0xb8 || (window->code[load - 1] & 0xf0) == 0x40)
        return NOT_FOUND;
    memcpy(&number, window->code + load + 1, sizeof(number));
    *out_number = number;
    return load;
}

int64_t rewrite_sure_number(const struct code_window *window, int site)
{
    int64_t number;
    if (!rewrite_is_site(window, site) || load_before(window, site, &number) == NOT_FOUND)
        return -1;
    return number < NUMBER_LIMIT ? number : -1;
}

/* cmp $-4096,%rax or cmp $-4095,%rax */
static bool is_before_comparison(const struct code_window *window, int site)
{
    static const uint8_t load[] = {0x48, 0x3d}, number[] = {0xf0, 0xff, 0xff};
    const uint8_t *next = window->code + site + SYSCALL_SIZE;
    return rewrite_is_site(window, site) && site + SYSCALL_SIZE + 6 <= window->size &&
           memcmp(next, load, sizeof(load)) == 0 && next[2] <= 1 && memcmp(next + 3, number, sizeof(number)) == 0;
}

bool rewrite_is_sure(const struct code_window *window, int site)
{
    return rewrite_sure_number(window, site) >= 0 || is_before_comparison(window, site);
}

/* Have a stub do the `lea` before a site; one from %rip has another distance to go from there. */
static bool carry_lea(const struct code_window *window, int site, uint64_t stub)
{
    uint8_t lea[LEA_SIZE];
    memcpy(lea, window->code + site - LEA_SIZE, sizeof(lea));
    if ((lea[2] & 0xc7) == MODE_RIP) {
        int32_t distance;
        memcpy(&distance, lea + 3, sizeof(distance));
        const int64_t there = distance + (int64_t)(window->start + (uint64_t)site - (stub + STUB_CARRIED));
        distance = (int32_t)there;
        if (distance != there)
            return false;
        memcpy(lea + 3, &distance, sizeof(distance));
    }
    return stub_carry(stub, lea);
}

static bool jump_over_load(struct code_window *window, int site, int64_t number, struct edits *edits)
{
    int64_t loaded;
    const int load = load_before(window, site, &loaded);
    const uint64_t address = window->start + (uint64_t)load;
    if (load == NOT_FOUND || number < 0 || loaded != number || !is_one_store(address, LOAD_SIZE))
        return false;
    const uint64_t stub = stub_take(address, window->start + (uint64_t)site + SYSCALL_SIZE, (uint32_t)number);
    if (!stub || (has_lea_before(window, site) && !carry_lea(window, site, stub)))
        return false;
    add_jump(window, edits, load, stub + STUB_LOADS);
    return true;
}

bool rewrite_site(struct code_window *window, int at, int64_t number, struct edits *edits)
{
    if (edits->count + 3 > array_count(edits->edits))
        return false;
    return jump_by_steps(window, at, edits) || jump_over_load(window, at, number, edits);
}
