/* SPDX-License-Identifier: MIT */
/* What processors say of themselves. Under a hypervisor it may take microseconds to ask. */
#ifndef PAL_LIB_CPUID_H
#define PAL_LIB_CPUID_H

#include <stdint.h>

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

#endif
