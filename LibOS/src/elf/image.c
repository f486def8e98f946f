/* SPDX-License-Identifier: MIT */
/* ELF files of the program. What a file says is checked by Pal/lib's reader before anything is mapped. */
#include "image.h"
#include "fs.h"
#include "mm.h"

#define PHDRS_SIZE (ELF_PHNUM_MAX * sizeof(struct elf64_phdr))

int image_open_file(const char *path, struct file **out)
{
    struct file_attr attr;
    /* Whatever it is, nobody is waited for; and what cannot even be opened so is no regular file. */
    int error = file_open(path, O_RDONLY | O_LARGEFILE | O_NONBLOCK | O_NOCTTY, 0, out);
    if (error < 0)
        return error == -ENXIO || error == -EIO || error == -ENODEV ? -EACCES : error;
    error = (*out)->ops->attributes ? (*out)->ops->attributes(*out, &attr) : -EACCES;
    if (error == 0 && (!S_ISREG(attr.mode) || !(attr.mode & 0111)))
        error = -EACCES;
    if (error < 0)
        file_put(*out);
    return error;
}

static int read_exactly(struct file *file, void *buffer, size_t size, uint64_t offset)
{
    const int64_t count = file_read_at(file, buffer, size, (int64_t)offset);
    if (count < 0)
        return (int)count;
    return (size_t)count == size ? 0 : -EIO;
}

static int check(struct image *image, const void *start, size_t len, uint64_t file_size)
{
    if (elf_check_header(start, len, file_size, &image->header, &image->fault) < 0)
        return -ENOEXEC;
    const size_t size = image->header.e_phnum * sizeof(struct elf64_phdr);
    struct elf64_phdr *phdrs = heap_alloc(PHDRS_SIZE);
    if (!phdrs)
        return -ENOMEM;
    int error = 0;
    if (image->header.e_phoff + size <= len)
        memcpy(phdrs, (const char *)start + image->header.e_phoff, size);
    else
        error = read_exactly(image->file, phdrs, size, image->header.e_phoff);
    if (error == 0 &&
        elf_check_segments(&image->header, phdrs, file_size, PAGE_SIZE, &image->layout, &image->fault) < 0)
        error = -ENOEXEC;
    heap_free(phdrs);
    return error;
}

static int read_interpreter(struct image *image)
{
    const struct elf_part *part = &image->layout.interp;
    if (!part->present)
        return 0;
    if (part->filesz > sizeof(image->interpreter))
        return -ENOEXEC;
    const int error = read_exactly(image->file, image->interpreter, part->filesz, part->offset);
    if (error < 0)
        return error;
    return elf_check_interp(&image->layout, image->interpreter, &image->fault) < 0 ? -ENOEXEC : 0;
}

int image_read(struct file *file, struct image **out)
{
    struct image *image = heap_alloc(sizeof(*image));
    char *start = heap_alloc(PAGE_SIZE);
    *out = image;
    if (image)
        memset(image, 0, offsetof(struct image, interpreter) + 1);
    if (!image || !start) {
        file_put(file);
        heap_free(start);
        return -ENOMEM;
    }
    image->file = file;
    int64_t result = file->ops->attributes(file, &image->attr);
    if (result == 0)
        result = file_read_at(file, start, PAGE_SIZE, 0);
    if (result >= 0)
        result = check(image, start, (size_t)result, image->attr.size);
    if (result == 0)
        result = read_interpreter(image);
    heap_free(start);
    return (int)result;
}

void image_free(struct image *image)
{
    if (image && image->file)
        file_put(image->file);
    heap_free(image);
}

static int protection(uint32_t flags)
{
    return (flags & ELF_PF_R ? PROT_READ : 0) | (flags & ELF_PF_W ? PROT_WRITE : 0) |
           (flags & ELF_PF_X ? PROT_EXEC : 0);
}

/* The file's part, then zeros: to the end of its last page, and whole pages. */
static int map_load(struct image *image, const struct elf_load *load)
{
    const uint64_t start = load->vaddr + image->bias;
    const uint64_t file_end = start + load->filesz;
    const uint64_t zero_page = load->filesz ? page_up(file_end) : page_down(start);
    const uint64_t end = page_up(start + load->memsz);
    const int prot = protection(load->flags);
    int64_t result = 0;
    if (load->filesz)
        result = mm_map(page_down(start), zero_page - page_down(start), prot, MAP_PRIVATE | MAP_FIXED, image->file,
                        page_down(load->offset));
    if (result >= 0 && load->memsz > load->filesz && load->filesz && prot & PROT_WRITE && zero_page > file_end)
        result =
            user_zero((void *)file_end, (zero_page < start + load->memsz ? zero_page : page_up(file_end)) - file_end);
    if (result >= 0 && end > zero_page)
        result = mm_map(zero_page, end - zero_page, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0);
    return result < 0 ? (int)result : 0;
}

/* Whether segments follow each other without gaps, and the first is not to be written: then it can be mapped in the length of the
 * whole image, as long as the others are not there yet. */
static bool is_one_piece(const struct elf_layout *layout)
{
    const struct elf_load *first = &layout->loads[0];
    bool yes = layout->align <= PAGE_SIZE && first->flags == ELF_PF_R && first->filesz == first->memsz;
    for (uint32_t i = 1; yes && i < layout->load_count; i++) {
        const struct elf_load *before = &layout->loads[i - 1];
        yes = page_down(layout->loads[i].vaddr) == page_up(before->vaddr + before->memsz);
    }
    return yes;
}

/* Take the addresses of the image, at the wanted ones or where its segments say, and some more; with its first segment if it
 * is of one piece. Returns where they begin. */
static int64_t reserve(const struct image *image, uint64_t wanted, uint64_t size, bool one_piece)
{
    const struct elf_layout *layout = &image->layout;
    const uint64_t address = layout->fixed ? layout->span_start : wanted;
    const int flags = layout->fixed ? MAP_PRIVATE | MAP_FIXED_NOREPLACE : MAP_PRIVATE;
    if (one_piece)
        return mm_map(address, size, PROT_READ, flags, image->file, page_down(layout->loads[0].offset));
    return mm_map(address, size, PROT_NONE, flags | MAP_ANONYMOUS | MAP_NORESERVE, NULL, 0);
}

int image_map(struct image *image, uint64_t wanted)
{
    const struct elf_layout *layout = &image->layout;
    const uint64_t span = layout->span_end - layout->span_start;
    const uint64_t room = span + (!layout->fixed && layout->align > PAGE_SIZE ? layout->align : 0);
    const bool one_piece = is_one_piece(layout);
    const int64_t base = reserve(image, wanted, room, one_piece);
    if (base < 0)
        return (int)base;
    const uint64_t aligned =
        layout->fixed ? (uint64_t)base : ((uint64_t)base + layout->align - 1) & ~(layout->align - 1);
    image->bias = aligned - layout->span_start;
    if (aligned > (uint64_t)base)
        mm_unmap((uint64_t)base, aligned - (uint64_t)base);
    if ((uint64_t)base + room > aligned + span)
        mm_unmap(aligned + span, (uint64_t)base + room - aligned - span);
    int error = 0;
    for (uint32_t i = one_piece; error == 0 && i < layout->load_count; i++)
        error = map_load(image, &layout->loads[i]);
    return error;
}
