/* SPDX-License-Identifier: MIT */
/* Room checkpoint, for its own files. */
#ifndef LIBOS_SRC_CHECKPOINT_ROOM_H
#define LIBOS_SRC_CHECKPOINT_ROOM_H

#include <linux/mman.h>
#include "checkpoint.h"
#include "image.h"
#include "mm.h"
#include "task.h"

/***** What goes along in the image, in the library OS's own memory *****/

/* A file whose contents the process relies on. */
struct kept_file {
    struct file *file;
    bool unchanged; /* size and time must be the same */
    uint64_t size;
    int64_t modify_ns;
};

/* A stream of memory that only one place knows. */
struct kept_stream {
    PAL_HANDLE *place;
    uint64_t size;
};

/* Variables marked with OF_HOST, as the linker puts them together. */
extern char of_host_start[] __asm__("__start_of_host"), of_host_end[] __asm__("__stop_of_host");

struct checkpoint_state {
    const char *told; /* what reading the device gives: what happened last */
    struct file *holder, *output;
    struct thread *thread;
    struct regs regs;
    uint64_t fs_base;
    int64_t monotonic_ns;
    uint64_t features;
    char *vectors, *vectors_memory; /* aligned, and as it was allocated */
    struct kept_file *files;
    uint32_t file_count, file_room;
    struct kept_stream *streams;
    uint32_t stream_count, stream_room;
};
extern struct checkpoint_state g_checkpoint;

/***** Addresses *****/

/* In the middle of the heap's addresses, of which few are used: room for what is not part of the process. */
#define SCRATCH_SIZE (16ul << 30)
uint64_t scratch_start(void);
/* The library OS's variables, with the page that ends them. */
void library_data(uint64_t *out_start, uint64_t *out_end);
/* What an image must have in common with this process. */
void image_expect(struct image_header *out);

/***** files.c *****/

/* Have all files ready to be kept. 0 or -EOPNOTSUPP, -ENOMEM, with a line. */
PAL_MUST_CHECK int files_keep(void);
/* The contents of a file's mapping are not written, so it must be there, and the same. 0 or -E... */
PAL_MUST_CHECK int files_rely_on(struct file *file);
void files_keep_end(void);
/* Handles for all that is open. Ends the process with one line if a file is missing or another one. */
void files_resume(const char *image);

/***** scan.c *****/

/* What is being written. Not in the library OS's own memory, which is written meanwhile. */
struct writer {
    PAL_HANDLE output;
    uint64_t size; /* of the image so far */
    struct image_range *ranges;
    uint32_t range_count;
    uint32_t map_count;
    struct mapping *maps;   /* of the program */
    char *buffer, *compare; /* CHUNK_SIZE bytes each */
};
#define CHUNK_SIZE 65536ul

/* Write a whole number of pages at the end of the last range; pages of zeros become holes. */
PAL_MUST_CHECK int writer_put(struct writer *writer, struct image_range *range, const void *pages, size_t size);
/* Write a mapping of the program, or memory of the library OS (kind: IMAGE_LIBRARY). */
PAL_MUST_CHECK int scan_mapping(struct writer *writer, const struct mapping *map, enum image_kind kind);
/* Write a part of a stream of memory. */
PAL_MUST_CHECK int scan_stream(struct writer *writer, PAL_HANDLE stream, uint64_t start, uint64_t end,
                               enum image_kind kind, uint32_t index);

#endif
