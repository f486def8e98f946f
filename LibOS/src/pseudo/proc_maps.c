/* SPDX-License-Identifier: MIT */
/* /proc/PID/maps and smaps: the memory of the program, as room mm knows it. */
#include <linux/mman.h>

#include "mm.h"
#include "proc.h"

/* Copies of mappings, whose files have references: files are asked for their attributes when no lock is held. */
static void copy_mapping(const struct mapping *mapping, void *arg)
{
    struct text *list = arg;
    size_t before = list->used;
    text_add_bytes(list, (const char *)mapping, sizeof(*mapping));
    if (list->used != before && mapping->file != NULL)
        file_get(mapping->file);
}

struct last_file {
    struct file *file;
    struct file_attr attr;
};

/* Ranges of one file follow each other. */
static void look_at_file(struct last_file *last, struct file *file)
{
    if (file == last->file)
        return;
    if (file == NULL || file_attributes(file, &last->attr) < 0)
        last->attr = (struct file_attr){0};
    last->file = file;
}

static void add_mapping(struct text *out, const struct mapping *mapping, struct last_file *last)
{
    size_t start = out->used;
    look_at_file(last, mapping->file);
    uint64_t device = last->attr.device;
    text_add(out, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", mapping->start, mapping->end,
             mapping->prot & PROT_READ ? 'r' : '-', mapping->prot & PROT_WRITE ? 'w' : '-',
             mapping->prot & PROT_EXEC ? 'x' : '-', (mapping->flags & MAP_TYPE) == MAP_SHARED ? 's' : 'p',
             mapping->file != NULL ? mapping->offset : 0, (unsigned)(device >> 8) & 0xfff,
             (unsigned)((device & 0xff) | ((device >> 12) & 0xfff00)), last->attr.inode);
    if (mapping->name != NULL || mapping->file != NULL) {
        while (!out->failed && out->used - start < 73)
            text_add_bytes(out, " ", 1);
        if (mapping->name != NULL)
            text_add_path(out, mapping->name, "\n");
        else
            proc_add_file_name(out, mapping->file);
    }
    text_add_bytes(out, "\n", 1);
}

/* How much of a mapping is resident is the host's secret: all of it, as far as the program can tell. */
static void add_sizes(struct text *out, uint64_t size, uint64_t anonymous)
{
    text_add(out, "Size:           %8lu kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n", size);
    text_add(out, "Rss:            %8lu kB\nPss:            %8lu kB\n", size, size);
    text_add(out, "Shared_Clean:          0 kB\nShared_Dirty:          0 kB\n");
    text_add(out, "Private_Clean:  %8lu kB\nPrivate_Dirty:  %8lu kB\n", size - anonymous, anonymous);
    text_add(out, "Referenced:     %8lu kB\nAnonymous:      %8lu kB\n", size, anonymous);
    text_add(out, "LazyFree:              0 kB\nAnonHugePages:         0 kB\nShmemPmdMapped:        0 kB\n");
    text_add(out, "Swap:                  0 kB\nSwapPss:               0 kB\nLocked:                0 kB\n");
}

/* What of a mapping may be the process's own: private pages of a file are so when they have been written. */
static uint64_t anonymous_of(const struct mapping *mapping, uint64_t size)
{
    const bool own =
        mapping->file == NULL || ((mapping->flags & MAP_TYPE) == MAP_PRIVATE && mapping->flags & MM_WRITTEN);
    return own ? size : 0;
}

static void add_flags(struct text *out, const struct mapping *mapping)
{
    text_add(out, "THPeligible:    0\nVmFlags:%s%s%s%s mr mw me%s\n", mapping->prot & PROT_READ ? " rd" : "",
             mapping->prot & PROT_WRITE ? " wr" : "", mapping->prot & PROT_EXEC ? " ex" : "",
             (mapping->flags & MAP_TYPE) == MAP_SHARED ? " sh" : "", mapping->flags & MAP_GROWSDOWN ? " gd" : "");
}

static int show(struct text *out, bool sizes)
{
    struct text list = {0};
    struct last_file last = {0};
    mm_for_each(copy_mapping, &list);
    bool failed = list.failed;
    for (size_t at = 0; at < list.used; at += sizeof(struct mapping)) {
        struct mapping mapping;
        memcpy(&mapping, list.data + at, sizeof(mapping));
        add_mapping(out, &mapping, &last);
        if (sizes) {
            uint64_t size = (mapping.end - mapping.start) / 1024;
            add_sizes(out, size, anonymous_of(&mapping, size));
            add_flags(out, &mapping);
        }
    }
    for (size_t at = 0; at < list.used; at += sizeof(struct mapping)) {
        struct mapping mapping;
        memcpy(&mapping, list.data + at, sizeof(mapping));
        if (mapping.file != NULL)
            file_put(mapping.file);
    }
    text_free(&list);
    return failed ? -ENOMEM : 0;
}

int proc_show_maps(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    return show(out, false);
}

int proc_show_smaps(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    return show(out, true);
}

struct sum {
    uint64_t start, end, size, anonymous;
};

static void add_up(const struct mapping *mapping, void *arg)
{
    struct sum *sum = arg;
    uint64_t size = (mapping->end - mapping->start) / 1024;
    if (sum->end == 0)
        sum->start = mapping->start;
    sum->end = mapping->end;
    sum->size += size;
    sum->anonymous += anonymous_of(mapping, size);
}

int proc_show_smaps_rollup(struct text *out, const struct pseudo_key *key)
{
    struct sum sum = {0};
    (void)key;
    mm_for_each(add_up, &sum);
    text_add(out, "%08lx-%08lx ---p 00000000 00:00 0                          [rollup]\n", sum.start, sum.end);
    add_sizes(out, sum.size, sum.anonymous);
    return 0;
}
