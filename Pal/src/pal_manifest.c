/* SPDX-License-Identifier: MIT */
/* A manifest's file, read and parsed. Knows no key and no host. */
#include "pal_manifest.h"
#include "elf_object.h"
#include "pal_streams.h"
#include "pal_string.h"

/* A manifest is text that somebody wrote; more than this is something else. */
#define MANIFEST_SIZE_MAX ((size_t)64 << 20)

int pal_manifest_read(struct pal_manifest *out, PAL_HANDLE handle)
{
    PAL_STREAM_ATTR attr;
    size_t size;
    const void *whole = elf_whole_file(handle, &size);
    if (whole) {
        *out = (struct pal_manifest){.text = pal_malloc_any(size), .size = size, .room = size};
        if (out->text)
            memcpy(out->text, whole, size);
        return out->text ? 0 : -PAL_ERROR_NOMEM;
    }
    int64_t result = pal_stream_attributes(handle, &attr);
    if (result < 0)
        return (int)result;
    /* Pipes have no size, nor have files that the host makes up when they are read. */
    const bool has_size = attr.type == PAL_TYPE_FILE && attr.size > 0;
    const size_t limit = has_size ? attr.size : MANIFEST_SIZE_MAX;
    if (limit > MANIFEST_SIZE_MAX)
        return -PAL_ERROR_TOOBIG;
    /* One byte more shows whether that was all. */
    char *text = pal_malloc_any(limit + 1);
    if (!text)
        return -PAL_ERROR_NOMEM;
    result = pal_stream_read_all(handle, 0, limit + 1, text);
    if (result > (int64_t)limit)
        result = has_size ? -PAL_ERROR_INCONSIST : -PAL_ERROR_TOOBIG;
    if (result < 0) {
        pal_free_any(text, limit + 1);
        return (int)result;
    }
    *out = (struct pal_manifest){.text = text, .size = (size_t)result, .room = limit + 1};
    return 0;
}

static void *alloc_table(void *arg, size_t size)
{
    (void)arg;
    return pal_malloc_any(size);
}

int pal_manifest_parse(struct pal_manifest *manifest, const char *name, struct manifest_fault *fault)
{
    const struct manifest_memory memory = {alloc_table, NULL};
    return manifest_parse(manifest->text, manifest->size, name, memory, &manifest->parsed, fault);
}

void pal_manifest_free(struct pal_manifest *manifest)
{
    pal_free_any(manifest->parsed.block, manifest->parsed.block_size);
    pal_free_any(manifest->text, manifest->room);
    *manifest = (struct pal_manifest){0};
}
