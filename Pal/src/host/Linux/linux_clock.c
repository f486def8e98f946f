/* SPDX-License-Identifier: MIT */
/* What the kernel's vDSO offers: its clocks, read without a system call, and its version. Knows no unit but its own. */
#include "linux_clock.h"
#include "elf_header.h"
#include "elf_note.h"
#include "elf_segments.h"
#include "elf_symbol.h"
#include "pal_host.h"
#include "pal_string.h"
#include "sys_linux.h"

typedef int clock_function(int clock, struct __kernel_timespec *out);

/* Functions of the kernel's vDSO, which vdso(7) lists; it lies where it does in the parent. */
LINUX_KEPT static struct {
    bool searched;
    clock_function *clock_gettime; /* NULL = there is none */
    void *getcpu;
    uint32_t version;
} g_vdso;

static void *find(const struct elf_image *image, const struct elf_dynamic *dynamic, const char *name,
                  struct elf_fault *fault)
{
    struct elf_symbol symbol = {0};
    if (elf_lookup(image, dynamic, name, &symbol, fault) < 0)
        return NULL;
    return (void *)(image->bias + symbol.value);
}

static uint32_t find_version(const struct elf_image *image, struct elf_fault *fault)
{
    struct elf_note note;
    uint32_t version = 0;
    if (elf_image_note(image, "Linux", 0, &note, fault) == 0 && note.size == sizeof(version))
        memcpy(&version, note.desc, sizeof(version));
    return version;
}

static void search(void)
{
    struct elf_layout layout = {0};
    struct elf64_ehdr header;
    struct elf_dynamic dynamic;
    struct elf_fault fault;
    const void *file = (const void *)g_linux.vdso;
    if (!file || elf_check_header(file, sizeof(header), LINUX_VDSO_SIZE, &header, &fault) < 0)
        return;
    const struct elf64_phdr *phdrs = (const void *)(g_linux.vdso + header.e_phoff);
    if (elf_check_segments(&header, phdrs, LINUX_VDSO_SIZE, g_linux.page_size, &layout, &fault) < 0)
        return;
    const struct elf_image image = {.layout = &layout, .bias = g_linux.vdso - layout.span_start};
    g_vdso.version = find_version(&image, &fault);
    if (elf_read_dynamic(&image, &dynamic, &fault) < 0)
        return;
    g_vdso.clock_gettime = (clock_function *)(uintptr_t)find(&image, &dynamic, "__vdso_clock_gettime", &fault);
    g_vdso.getcpu = find(&image, &dynamic, "__vdso_getcpu", &fault);
}

/* Threads that do this at the same time find the same. */
static void know_vdso(void)
{
    if (__atomic_load_n(&g_vdso.searched, __ATOMIC_ACQUIRE))
        return;
    search();
    __atomic_store_n(&g_vdso.searched, true, __ATOMIC_RELEASE);
}

uint32_t linux_kernel_version(void)
{
    know_vdso();
    return g_vdso.version;
}

int linux_clock(int clock, struct __kernel_timespec *out)
{
    know_vdso();
    return g_vdso.clock_gettime ? g_vdso.clock_gettime(clock, out) : sys_clock_gettime(clock, out);
}

static int shared_clock(int clock, struct __kernel_timespec *out)
{
    if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
        return sys_clock_gettime(clock, out);
    return g_vdso.clock_gettime(clock, out);
}

void linux_helpers(void **out_clock_gettime, void **out_getcpu)
{
    know_vdso();
    *out_clock_gettime = g_vdso.clock_gettime ? (void *)(uintptr_t)shared_clock : NULL;
    *out_getcpu = g_vdso.getcpu;
}
