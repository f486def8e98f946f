/* SPDX-License-Identifier: MIT */
/* Atomic operations that cost no more than plain ones as long as the process has only one thread: a locked instruction
 * takes longer than the rest of a call that makes no host call. Knows nothing of what is counted.
 *
 * That is enough because nothing else interrupts the PAL: events of a thread inside of it wait for the end of the call. */
#ifndef PAL_SRC_PAL_ATOMIC_H
#define PAL_SRC_PAL_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

/* Set while there is no other thread. To be cleared before one is made. */
extern bool g_single_thread;

/* Replace *expected by desired, or report in *expected what was found instead. A full barrier. */
static inline bool pal_compare_exchange(uint64_t *word, uint64_t *expected, uint64_t desired)
{
    const uint64_t found = __atomic_load_n(word, __ATOMIC_RELAXED);
    if (!g_single_thread || found != *expected)
        return __atomic_compare_exchange_n(word, expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    __atomic_store_n(word, desired, __ATOMIC_RELAXED);
    return true;
}

/* The same for 32 bits. */
static inline bool pal_compare_exchange32(uint32_t *word, uint32_t *expected, uint32_t desired)
{
    const uint32_t found = __atomic_load_n(word, __ATOMIC_RELAXED);
    if (!g_single_thread || found != *expected)
        return __atomic_compare_exchange_n(word, expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    __atomic_store_n(word, desired, __ATOMIC_RELAXED);
    return true;
}

/* Add to the value, which may wrap, and return the new one. A full barrier. */
static inline uint32_t pal_add32(uint32_t *word, uint32_t value)
{
    if (!g_single_thread)
        return __atomic_add_fetch(word, value, __ATOMIC_SEQ_CST);
    return *word += value;
}

#endif
