/* SPDX-License-Identifier: MIT */
/* Room checkpoint: the format of images. Pure: knows neither how they are written nor what is in them.
 *
 * An image is a header, contents that begin at multiples of the page size, and a table of ranges, which says what is to be
 * where. The header is written last, so what is not complete is no image. Numbers are in the order of bytes of the processor. */
#ifndef LIBOS_SRC_CHECKPOINT_IMAGE_H
#define LIBOS_SRC_CHECKPOINT_IMAGE_H

#include "libos.h"

#define IMAGE_MAGIC      0x0a65676d696c6170ul /* "palimge\n" */
#define IMAGE_VERSION    1u
#define IMAGE_RANGES_MAX 65536u

enum image_kind {
    IMAGE_EMPTY,  /* memory of the program, zeroed */
    IMAGE_FILE,   /* a whole mapping of the program that its file says all about */
    IMAGE_STORED, /* memory of the program, after what lies below it */
    IMAGE_LIBRARY_EMPTY,
    IMAGE_LIBRARY, /* of the library OS, which is in place before all others */
    IMAGE_SHARED,  /* of the memory that processes share, or of the stream behind it */
    IMAGE_STREAM,  /* contents of a stream of memory; start is an offset in it */
    IMAGE_KINDS
};

struct image_range {
    uint64_t start, end; /* addresses, or what the kind says */
    uint64_t offset;     /* in the image */
    uint64_t sum;        /* of the contents */
    uint32_t kind;       /* IMAGE_x */
    uint32_t prot;       /* PROT_x */
    uint32_t flags;      /* MAP_x */
    uint32_t stream;     /* which one */
};

struct image_header {
    uint64_t magic;
    uint32_t version, page_size;
    uint64_t size;          /* of the file */
    uint64_t library;       /* hash of the library OS's code */
    uint64_t library_start; /* where it lies */
    uint64_t features;      /* of the processor: XCR0, and what programs are told */
    uint64_t hwcap, hwcap2;
    uint64_t ranges, range_count; /* offset of the table */
    uint64_t ranges_sum;
    uint64_t sum; /* of all before */
};
_Static_assert(sizeof(struct image_header) <= PAGE_SIZE, "the header has a page");

/* Go on with a sum over whole pages. A single word that differs always gives another sum; no security rests on it. */
uint64_t image_sum(uint64_t sum, const void *pages, size_t size);
/* The same over bytes, slowly. */
uint64_t image_sum_bytes(uint64_t sum, const void *bytes, size_t size);

/* What is wrong with an image, in a few words; NULL = nothing that shows without comparing contents.
 * file_size  as it is, at least a page
 * expected   has those of its members set that are to be the same: page_size, library, library_start; and features, hwcap and
 *            hwcap2, of which the image may have fewer */
const char *image_check(const void *image, uint64_t file_size, const struct image_header *expected);

#endif
