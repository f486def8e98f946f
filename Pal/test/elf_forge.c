/* SPDX-License-Identifier: MIT */
/* Write the small broken (and good) ELF files of unit/elf_kinds.h, for tests of the whole loader:
 *     elf_forge <kind> <output>    write one, executable
 *     elf_forge list               all kinds, each with a part of the message to expect, separated by a tab; nothing
 *                                  behind the tab means that the file is good and ends with 7
 * A hosted tool. Must not check what it writes. */
#include "unit/elf_kinds.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int list(void)
{
    for (size_t i = 0; i < ELF_KIND_COUNT; i++)
        printf("%s\t%s\n", elf_kinds[i].name, elf_kinds[i].fault);
    return 0;
}

static int forge(const struct elf_kind *kind, const char *output)
{
    struct elf_sample sample = elf_sample_dyn;
    size_t size = kind->sample && !kind->size ? sizeof(sample) : kind->size;
    FILE *file = fopen(output, "wb");
    size_t written;

    if (kind->sample)
        sample = *kind->sample;
    for (size_t i = 0; i < ELF_PATCHES; i++)
        memcpy((unsigned char *)&sample + kind->patches[i].offset, &kind->patches[i].value, kind->patches[i].size);

    if (!file) {
        perror(output);
        return 1;
    }
    written = fwrite(kind->sample ? (const void *)&sample : kind->content, 1, size, file);
    if (fclose(file) != 0 || written != size || chmod(output, 0755) != 0) {
        perror(output);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return list();
    if (argc != 3) {
        fprintf(stderr, "usage: elf_forge <kind> <output> | elf_forge list\n");
        return 2;
    }
    for (size_t i = 0; i < ELF_KIND_COUNT; i++)
        if (strcmp(elf_kinds[i].name, argv[1]) == 0)
            return forge(&elf_kinds[i], argv[2]);
    fprintf(stderr, "elf_forge: no such kind: %s\n", argv[1]);
    return 2;
}
