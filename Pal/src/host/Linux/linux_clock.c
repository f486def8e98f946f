/* SPDX-License-Identifier: MIT */
/* The kernel's clocks, read without a system call where its vDSO offers that. Knows no unit but its own. */
#include "linux_clock.h"
#include "elf_header.h"
#include "elf_segments.h"
#include "elf_symbol.h"
#include "pal_host.h"
#include "sys_linux.h"

typedef int clock_function(int clock, struct __kernel_timespec *out);

static int by_system_call(int clock, struct __kernel_timespec *out)
{
    return sys_clock_gettime(clock, out);
}

void *linux_vdso_function(const char *name)
{
    PAL_LARGE static struct elf_layout layout;
    struct elf64_ehdr header;
    struct elf_dynamic dynamic;
    struct elf_symbol symbol;
    struct elf_fault fault;
    const void *file = (const void *)g_linux.vdso;
    if (!file || elf_check_header(file, sizeof(header), LINUX_VDSO_SIZE, &header, &fault) < 0)
        return NULL;
    const struct elf64_phdr *phdrs = (const void *)(g_linux.vdso + header.e_phoff);
    if (elf_check_segments(&header, phdrs, LINUX_VDSO_SIZE, g_linux.page_size, &layout, &fault) < 0)
        return NULL;
    const struct elf_image image = {.layout = &layout, .bias = g_linux.vdso - layout.span_start};
    if (elf_read_dynamic(&image, &dynamic, &fault) < 0 || elf_lookup(&image, &dynamic, name, &symbol, &fault) < 0)
        return NULL;
    return (void *)(image.bias + symbol.value);
}

static clock_function *find_function(void)
{
    return (clock_function *)(uintptr_t)linux_vdso_function("__vdso_clock_gettime");
}

static clock_function *g_shared;

static int shared_clock(int clock, struct __kernel_timespec *out)
{
    if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
        return by_system_call(clock, out);
    return g_shared(clock, out);
}

void *linux_shared_clock(void)
{
    g_shared = find_function();
    return g_shared ? (void *)(uintptr_t)shared_clock : NULL;
}

int linux_clock(int clock, struct __kernel_timespec *out)
{
    static clock_function *function;
    clock_function *known = __atomic_load_n(&function, __ATOMIC_RELAXED);
    if (!known) {
        known = find_function();
        if (!known)
            known = by_system_call;
        __atomic_store_n(&function, known, __ATOMIC_RELAXED);
    }
    return known(clock, out);
}
