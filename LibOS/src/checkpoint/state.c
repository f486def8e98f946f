/* SPDX-License-Identifier: MIT */
/* What writing an image and going on from it have in common: the state that goes along, and where things are. */
#include <linux/elf.h>
#include "base.h"
#include "entry.h"
#include "symbols.h"
#include "exec.h"
#include "room.h"

struct checkpoint_state g_checkpoint;

uint64_t scratch_start(void)
{
    uint64_t start, end;
    heap_range(&start, &end);
    return start + HEAP_SPAN / 2;
}

static const Elf64_Phdr *find_segment(uint32_t type, uint32_t flags)
{
    const Elf64_Ehdr *header = (const void *)__ehdr_start;
    const Elf64_Phdr *segment = (const void *)(__ehdr_start + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++, segment++)
        if (segment->p_type == type && (segment->p_flags & flags) == flags)
            return segment;
    die("the library OS has no segment of type 0x%x", type);
}

/* The image is linked for some place, and may lie at another. */
static uint64_t address_of(const Elf64_Phdr *segment)
{
    return (uintptr_t)__ehdr_start + (segment->p_vaddr - find_segment(PT_LOAD, PF_R)->p_vaddr);
}

void library_data(uint64_t *out_start, uint64_t *out_end)
{
    const Elf64_Phdr *data = find_segment(PT_LOAD, PF_R | PF_W), *fixed = find_segment(PT_GNU_RELRO, PF_R);
    *out_start = page_down(address_of(fixed) + fixed->p_memsz);
    *out_end = page_up(address_of(data) + data->p_memsz);
}

void image_expect(struct image_header *out)
{
    const Elf64_Phdr *code = find_segment(PT_LOAD, PF_R | PF_X);
    *out = (struct image_header){
        .magic = IMAGE_MAGIC,
        .version = IMAGE_VERSION,
        .page_size = PAGE_SIZE,
        .library = image_sum(code->p_memsz, (const void *)page_down(address_of(code)), page_down(code->p_memsz)),
        .library_start = (uintptr_t)__ehdr_start,
        .features = xstate_features(),
        .hwcap = g_host_facts.hwcap,
        .hwcap2 = g_host_facts.hwcap2,
    };
}
