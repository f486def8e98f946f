/* SPDX-License-Identifier: MIT */
/* What the processors tell of themselves, beyond what the control block has: for /proc/cpuinfo and /sys. Nothing is kept,
 * since an instance may be resumed on another machine. */
#ifndef LIBOS_SRC_PSEUDO_PROCESSOR_H
#define LIBOS_SRC_PSEUDO_PROCESSOR_H

#include "base.h"

#define PROCESSOR_CACHES_MAX 8

struct processor_facts {
    uint32_t level;       /* highest leaf of cpuid */
    uint32_t flush_bytes; /* of memory that one clflush is about */
    uint32_t physical_bits, virtual_bits;
};

struct processor_cache {
    const char *type; /* "Data", "Instruction", "Unified" */
    uint32_t level;
    uint32_t line_bytes, partitions, ways, sets; /* their product is the size */
    uint32_t sharing;                            /* so many processors, a power of 2, have it together */
};

struct processor_facts processor_facts(void);

/* The caches, nearest first; returns how many there are, 0 if they are not known. */
uint32_t processor_caches(struct processor_cache out[PROCESSOR_CACHES_MAX]);

uint32_t processor_cache_kib(const struct processor_cache *cache);

/* How often the time stamp counter counts, in kHz: measured against the clock, which takes a fifth of a millisecond. */
uint64_t processor_khz(void);

#endif
