/* SPDX-License-Identifier: MIT */
/* The four memory functions that compilers call themselves: word loops for small sizes, the string instructions of
 * x86-64 for large ones, as vector registers are not ours to use. Knows nothing of what the bytes mean. */
#include "pal_string.h"

#include <stdint.h>

/* Words at any address, of bytes of any type. */
typedef uint64_t __attribute__((may_alias, aligned(1))) word;
typedef uint32_t __attribute__((may_alias, aligned(1))) half_word;

/* The loops go by pairs of words. What is left after the last pair is done by the last pair of the whole range, which
 * overlaps bytes already done; a range of at most a pair is two words, or parts of words, that overlap. */
enum { HALF = sizeof(half_word), WORD = sizeof(word), PAIR = 2 * WORD };

/* From these sizes on the string instructions have made up for what starting them costs. */
enum { STRING_COPY_MIN = 512, STRING_FILL_MIN = 512 };

static inline word load(const unsigned char *at)
{
    return *(const word *)at;
}

static inline void store(unsigned char *at, word value)
{
    *(word *)at = value;
}

static inline void store_pair(unsigned char *at, word first, word second)
{
    store(at, first);
    store(at + WORD, second);
}

/* Move at most a pair. All is read before any is written, so that the ranges may overlap in any way. */
static inline void move_few(unsigned char *to, const unsigned char *from, size_t size)
{
    if (size >= WORD) {
        word first = load(from);
        word last = load(from + size - WORD);
        store(to, first);
        store(to + size - WORD, last);
    } else if (size >= HALF) {
        half_word first = *(const half_word *)from;
        half_word last = *(const half_word *)(from + size - HALF);
        *(half_word *)to = first;
        *(half_word *)(to + size - HALF) = last;
    } else if (size > 0) {
        unsigned char first = from[0];
        unsigned char middle = from[size / 2];
        unsigned char last = from[size - 1];
        to[0] = first;
        to[size / 2] = middle;
        to[size - 1] = last;
    }
}

/* Move more than a pair, lowest address first. The ranges may overlap if `to` is the lower one: the last pair is read
 * before the loop writes over it. */
static inline void move_up(unsigned char *to, const unsigned char *from, size_t size)
{
    unsigned char *last_to = to + size - PAIR;
    word last_first = load(from + size - PAIR);
    word last_second = load(from + size - WORD);
    for (; to < last_to; to += PAIR, from += PAIR)
        store_pair(to, load(from), load(from + WORD));
    store_pair(last_to, last_first, last_second);
}

/* The same, highest address first, for `to` being the higher one. */
static inline void move_down(unsigned char *to, const unsigned char *from, size_t size)
{
    word first = load(from);
    word second = load(from + WORD);
    for (size_t left = size; left > PAIR; left -= PAIR)
        store_pair(to + left - PAIR, load(from + left - PAIR), load(from + left - WORD));
    store_pair(to, first, second);
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *at = to;
    if (size <= PAIR)
        move_few(to, from, size);
    else if (size < STRING_COPY_MIN)
        move_up(to, from, size);
    else /* Upwards, as the ABI keeps the direction flag clear. */
        __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    uintptr_t distance_up = (uintptr_t)to - (uintptr_t)from;
    uintptr_t distance_down = (uintptr_t)from - (uintptr_t)to;
    if (size <= PAIR)
        move_few(to, from, size);
    else if (distance_up < size)
        move_down(to, from, size);
    else if (distance_down < size)
        move_up(to, from, size);
    else
        return memcpy(to, from, size);
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    unsigned char *at = to;
    unsigned char value = (unsigned char)byte;
    word values = value * (UINT64_MAX / 255);
    if (size >= STRING_FILL_MIN) {
        __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
    } else if (size > PAIR) {
        unsigned char *last = at + size - PAIR;
        for (; at < last; at += PAIR)
            store_pair(at, values, values);
        store_pair(last, values, values);
    } else if (size >= WORD) {
        store(at, values);
        store(at + size - WORD, values);
    } else {
        for (; size > 0; size--)
            *at++ = value;
    }
    return to;
}

/* Words compare as their bytes do once the byte at the lowest address is the most significant one. */
static inline int compare_words(word a, word b)
{
    uint64_t a_value = __builtin_bswap64(a);
    uint64_t b_value = __builtin_bswap64(b);
    return (a_value > b_value) - (a_value < b_value);
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *a_at = a;
    const unsigned char *b_at = b;
    size_t done = 0;
    if (size >= WORD) {
        for (; done < size - WORD; done += WORD)
            if (load(a_at + done) != load(b_at + done))
                return compare_words(load(a_at + done), load(b_at + done));
        return compare_words(load(a_at + size - WORD), load(b_at + size - WORD));
    }
    for (; done < size; done++)
        if (a_at[done] != b_at[done])
            return a_at[done] - b_at[done];
    return 0;
}
