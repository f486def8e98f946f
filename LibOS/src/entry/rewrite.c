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
 * stays, for those who jump to it; what only loads registers between the two stays as well, and is done by the stub.
 * Everything else keeps trapping. */
#include "rewrite.h"
#include "stubs.h"
#include "task.h"

#define REACH_BACK    126 /* of a short jump, from where it stands */
#define REACH_FORWARD 129
#define SYSCALL_SIZE  2
#define LOAD_SIZE     5 /* of `mov $number,%eax`, and of a long jump */
#define LEA_SIZE      7
#define CPUID_LOAD    7    /* of `mov $4,%eax; xor %ecx,%ecx` */
#define CPUID_MOVES   4    /* of two moves to these */
#define MODE_RIP      0x05 /* of an addressing byte: 32 bits from %rip */
#define MODE_REGISTER 0xc0 /* from here on: no memory */
#define REX_W         0x08
#define CACHE_LINE    64
#define NUMBER_LIMIT  512 /* of system calls */
#define NOT_FOUND     (-1)
#define TAKEN         INT16_MAX

/* Code as little-endian words, of the bytes that count. */
#define OP_SYSCALL 0x050f
#define OP_CPUID   0xa20f
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
    if (left >= (int)sizeof(word))
        memcpy(&word, window->code + at, sizeof(word));
    else
        memcpy(&word, window->code + at, (size_t)left);
    return word;
}

/* Whether a word has a byte of this value: x - 1 borrows from the highest bit of a byte only if that was 0. */
static bool has_byte(uint64_t word, uint8_t byte)
{
    const uint64_t ones = 0x0101010101010101ull, x = word ^ (ones * byte);
    return ((x - ones) & ~x & (ones << 7)) != 0;
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
    for (int at = 0; at < window->size;) {
        const uint64_t word = word_at(window, at);
        const uint8_t first = word & 0xff;
        if (first == (OP_SYSCALL & 0xff))
            note_opcode(window, at);
        if ((word & TRAPS_MASK) == TRAPS) {
            note(&window->rooms, at);
            at += TRAPS_SIZE;
        } else {
            /* Nothing begins in most words. */
            at += has_byte(word, OP_SYSCALL & 0xff) || has_byte(word, TRAPS & 0xff) ? 1 : (int)sizeof(word);
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

bool rewrite_is_one_store(uint64_t address, size_t size)
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

static uint64_t take_call(uint64_t near, uint64_t back)
{
    return stub_take(near, back, 0);
}

/* From two bytes at a site. */
static bool jump_by_steps(struct code_window *window, int site, uint64_t (*take)(uint64_t near, uint64_t back),
                          struct edits *edits)
{
    const uint64_t address = window->start + (uint64_t)site;
    if (!rewrite_is_one_store(address, SYSCALL_SIZE))
        return false;
    int step = NOT_FOUND, room = take_place(&window->rooms, site);
    if (room == NOT_FOUND)
        step = take_step(window, site, &room);
    if (room == NOT_FOUND)
        return false;
    const uint64_t stub = take(window->start + (uint64_t)room, address + SYSCALL_SIZE);
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

/* Whether `mov $number,%eax` (b8 imm32, no prefix before it) stands at a place, and its number. */
static bool is_load(const struct code_window *window, int at, int64_t *out_number)
{
    uint32_t number;
    if (at < 1 || at + LOAD_SIZE > window->size || window->code[at] != 0xb8 || (window->code[at - 1] & 0xf0) == 0x40)
        return false;
    memcpy(&number, window->code + at + 1, sizeof(number));
    *out_number = number;
    return true;
}

/* What stands at the end of a `lea` may look like a load. */
static int gap_first(const struct code_window *window, int site)
{
    return has_lea_before(window, site) ? LEA_SIZE : 0;
}

int64_t rewrite_sure_number(const struct code_window *window, int site)
{
    int64_t number;
    if (!rewrite_is_site(window, site) || !is_load(window, site - gap_first(window, site) - LOAD_SIZE, &number))
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

/* The size of an instruction that changes nothing but registers, and does so anywhere (but see is_lea); 0 = it is none. */
static int carried_size(const uint8_t *code)
{
    const int prefix = (code[0] & 0xf0) == 0x40;
    const uint8_t *operation = code + prefix;
    if (is_lea(code))
        return LEA_SIZE;
    if ((operation[0] & 0xf8) == 0xb8) /* mov $number,%register */
        return prefix && code[0] & REX_W ? 0 : prefix + 5;
    if (operation[1] < MODE_REGISTER)
        return 0;
    switch (operation[0]) {
    case 0x31: /* xor and mov of registers */
    case 0x33:
    case 0x89:
    case 0x8b:
        return prefix + 2;
    case 0x80: /* and, or, xor ... with a number of 8 bits, of 32 */
    case 0x83:
        return prefix + 3;
    case 0x81:
        return prefix + 6;
    default:
        return 0;
    }
}

static bool is_carried(const struct code_window *window, int at, int end)
{
    int size = 1;
    while (at < end && size > 0)
        at += size = carried_size(window->code + at);
    return at == end;
}

/* Where the number with which a site was reached is loaded before it. */
static int load_before(const struct code_window *window, int site, int64_t number)
{
    for (int gap = gap_first(window, site); gap <= STUB_CARRY_MAX; gap++) {
        const int load = site - gap - LOAD_SIZE;
        int64_t loaded;
        if (is_load(window, load, &loaded) && loaded == number && is_carried(window, load + LOAD_SIZE, site))
            return load;
    }
    return NOT_FOUND;
}

/* Have a stub do what stands between the load and a site; a `lea` from %rip has another distance to go from there. */
static bool carry(const struct code_window *window, int from, int site, uint64_t stub)
{
    uint8_t code[STUB_CARRY_MAX];
    const int size = site - from;
    if (size == 0)
        return true;
    memcpy(code, window->code + from, (size_t)size);
    const int64_t way = (int64_t)(window->start + (uint64_t)from - (stub + STUB_JUMPS));
    for (int at = 0; at < size; at += carried_size(window->code + from + at)) {
        if (!is_lea(window->code + from + at) || (code[at + 2] & 0xc7) != MODE_RIP)
            continue;
        int32_t distance;
        memcpy(&distance, code + at + 3, sizeof(distance));
        const int64_t there = distance + way;
        distance = (int32_t)there;
        if (distance != there)
            return false;
        memcpy(code + at + 3, &distance, sizeof(distance));
    }
    return stub_carry(stub, code, (size_t)size);
}

static bool jump_over_load(struct code_window *window, int site, int64_t number, struct edits *edits)
{
    const int load = load_before(window, site, number);
    const uint64_t address = window->start + (uint64_t)load;
    if (load == NOT_FOUND || !rewrite_is_one_store(address, LOAD_SIZE))
        return false;
    const uint64_t stub = stub_take(address, window->start + (uint64_t)site + SYSCALL_SIZE, (uint32_t)number);
    if (!stub || !carry(window, load + LOAD_SIZE, site, stub))
        return false;
    add_jump(window, edits, load, stub + STUB_LOADS);
    return true;
}

bool rewrite_site(struct code_window *window, int at, int64_t number, struct edits *edits)
{
    if (edits->count + 3 > array_count(edits->edits))
        return false;
    return jump_by_steps(window, at, take_call, edits) || jump_over_load(window, at, number, edits);
}

/* mov $4,%eax; xor %ecx,%ecx */
static bool is_after_load(const struct code_window *window, int at)
{
    static const uint8_t load[CPUID_LOAD] = {0xb8, 4, 0, 0, 0, 0x31, 0xc9};
    return memcmp(window->code + at - CPUID_LOAD, load, sizeof(load)) == 0;
}

int rewrite_next_cpuid(const struct code_window *window, int from)
{
    /* Its second byte is the rarer one. */
    for (int second = from + 1; second < window->size;) {
        if (rewrite_is_cpuid(window, second - 1))
            return second - 1;
        second += has_byte(word_at(window, second), OP_CPUID >> 8) ? 1 : (int)sizeof(uint64_t);
    }
    return NOT_FOUND;
}

bool rewrite_is_cpuid(const struct code_window *window, int at)
{
    if (at < CPUID_LOAD || at + SYSCALL_SIZE > window->size || (word_at(window, at) & 0xffff) != OP_CPUID)
        return false;
    /* mov %REGISTER,%eax; mov %REGISTER,%ecx */
    const uint8_t *moves = window->code + (at - CPUID_MOVES);
    return (moves[0] == 0x89 && (moves[1] & 0xc7) == 0xc0 && moves[2] == 0x89 && (moves[3] & 0xc7) == 0xc1) ||
           is_after_load(window, at);
}

/* Nobody goes there: who carries the edits out takes a stub then. */
static uint64_t take_none(uint64_t near, uint64_t back)
{
    (void)back;
    return near;
}

bool rewrite_cpuid(struct code_window *window, int at, struct edits *edits)
{
    if (edits->count + 3 > array_count(edits->edits))
        return false;
    if (!is_after_load(window, at))
        return jump_by_steps(window, at, take_none, edits);
    add_jump(window, edits, at - CPUID_LOAD, window->start);
    return true;
}
