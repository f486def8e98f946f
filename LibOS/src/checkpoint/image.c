/* SPDX-License-Identifier: MIT */
/* Images of processes: sums, and whether a file is one. Knows no host and no process. */
#include "image.h"

#define PRIME 0x9e3779b97f4a7c15ul /* odd, so that multiplying loses nothing */
#define LANES 4

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * PRIME;
    return sum ^ sum >> 32;
}

/* Four sums side by side, since each step has to wait for the multiplication before. */
uint64_t image_sum(uint64_t sum, const void *pages, size_t size)
{
    const uint64_t *words = pages;
    for (const uint64_t *end = words + size / sizeof(*words); words < end;) {
        uint64_t lanes[LANES] = {sum, sum + 1, sum + 2, sum + 3};
        for (const uint64_t *page_end = words + PAGE_SIZE / sizeof(*words); words < page_end; words += LANES) {
            lanes[0] = mix(lanes[0], words[0]);
            lanes[1] = mix(lanes[1], words[1]);
            lanes[2] = mix(lanes[2], words[2]);
            lanes[3] = mix(lanes[3], words[3]);
        }
        sum = mix(mix(mix(lanes[0], lanes[1]), lanes[2]), lanes[3]);
    }
    return sum;
}

uint64_t image_sum_bytes(uint64_t sum, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    while (size-- > 0)
        sum = mix(sum, *byte++);
    return sum;
}

static bool is_good_range(const struct image_range *range, const struct image_header *header)
{
    const bool has_contents = range->kind >= IMAGE_STORED && range->kind != IMAGE_LIBRARY_EMPTY;
    if (range->kind >= IMAGE_KINDS || range->start >= range->end || (range->start | range->end) & ~PAGE_MASK)
        return false;
    return !has_contents || (!(range->offset & ~PAGE_MASK) && range->offset <= header->ranges &&
                             range->end - range->start <= header->ranges - range->offset);
}

static const char *check_ranges(const void *image, const struct image_header *header)
{
    const uint64_t size = header->range_count * sizeof(struct image_range);
    if (header->range_count > IMAGE_RANGES_MAX || header->ranges & ~PAGE_MASK || header->ranges > header->size ||
        size > header->size - header->ranges)
        return "is not as it was written";
    const struct image_range *ranges = (const void *)((const char *)image + header->ranges);
    if (image_sum_bytes(0, ranges, size) != header->ranges_sum)
        return "is not as it was written";
    for (uint64_t i = 0; i < header->range_count; i++)
        if (!is_good_range(&ranges[i], header))
            return "is not as it was written";
    return NULL;
}

const char *image_check(const void *image, uint64_t file_size, const struct image_header *expected)
{
    const struct image_header *header = image;
    if (header->magic != IMAGE_MAGIC)
        return "is not an image of a process";
    if (header->version != IMAGE_VERSION)
        return "is an image of another version";
    if (image_sum_bytes(0, header, offsetof(struct image_header, sum)) != header->sum)
        return "is not as it was written";
    if (header->size != file_size)
        return "is not complete";
    if (header->library != expected->library || header->library_start != expected->library_start)
        return "was written by another build of the library OS";
    if (header->page_size != expected->page_size || header->features & ~expected->features ||
        header->hwcap & ~expected->hwcap || header->hwcap2 & ~expected->hwcap2)
        return "was written on a processor that can do what this one cannot";
    return check_ranges(image, header);
}
