/* SPDX-License-Identifier: MIT */
/* Giving the program its vDSO. What is in it: vdso_image.S. */
#include <linux/mman.h>
#include "clock.h"
#include "entry.h"
#include "exec.h"
#include "mm.h"
#include "entry/vdso_bytes.h"

/* Where the image keeps the addresses of the host's clock function, and of entry_syscall (vdso.lds). */
#define CLOCK_AT (PAGE_SIZE - 16)
#define ENTRY_AT (PAGE_SIZE - 8)

uint64_t vdso_map(void)
{
    const int64_t address =
        mm_map(0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MM_VDSO, NULL, 0);
    if (address <= 0)
        return 0;
    char *image = (char *)address;
    PAL_PTR clock = clock_function();
    const uint64_t entry = (uintptr_t)entry_syscall;
    memcpy(image, vdso_bytes, PAGE_SIZE);
    memcpy(image + CLOCK_AT, &clock, sizeof(clock));
    memcpy(image + ENTRY_AT, &entry, sizeof(entry));
    if (mm_protect((uint64_t)address, PAGE_SIZE, PROT_READ | PROT_EXEC) < 0)
        return 0;
    return (uint64_t)address;
}

void vdso_resumed(uint64_t address)
{
    PAL_PTR clock = clock_function();
    const struct code_piece piece = {.address = address + CLOCK_AT, .code = &clock, .size = sizeof(clock)};
    if (mm_write_code(&piece, 1) < 0)
        die("the vDSO cannot be told of the host's clock");
}
