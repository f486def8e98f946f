/* SPDX-License-Identifier: MIT */
/* The objects that the loader has mapped, from their mapping to their entry. Knows no host. */
#ifndef PAL_SRC_ELF_OBJECT_H
#define PAL_SRC_ELF_OBJECT_H

#include "elf_dynamic.h"
#include "elf_header.h"
#include "elf_segments.h"
#include "pal_host_api.h"
#include "pal_rtld.h"

struct elf_object {
    struct elf_object *next; /* in the order of entry: preloads, then the executable */
    const char *uri;         /* for messages; lives as long as the process */
    const char *path;        /* part of uri behind the scheme */
    bool is_executable;      /* the executable, not a preload */
    bool is_libos;           /* it says that it is a library OS (PAL_LIBOS_NOTE) */
    bool left_alone;         /* relocated by the interpreter that it names, not here */
    bool chooses;            /* it leaves addresses to functions of its own (IRELATIVE) */
    uintptr_t bias;          /* what is added to the addresses in the file */
    struct elf_layout layout;
    struct elf_image image;
    struct elf_dynamic dynamic;
    struct link_map map; /* for debuggers */
};

/* Read the first bytes of a file, and keep them for elf_map_object if that comes next.
 * returns  1 if it is ELF, 0 if not or if it is no regular file
 * errors   those of reading */
PAL_MUST_CHECK int elf_read_head(PAL_HANDLE handle, PAL_STREAM_ATTR *out_attr);

/* The contents of the file whose head was read last, if that was all of it; valid until the next head is read.
 * returns  NULL if it is another file, or longer */
const void *elf_whole_file(PAL_HANDLE handle, size_t *out_size);

/* Check and map an object; nothing in it is changed yet.
 * handle   opened for reading; borrowed
 * at       where the host has mapped the file already, else NULL
 * errors   printed, naming the object; any code */
PAL_MUST_CHECK int elf_map_object(struct elf_object *object, PAL_HANDLE handle, void *at);

/* Relocate all objects of a list, and make read-only what is to be so afterwards.
 * errors   printed, naming the object; any code */
PAL_MUST_CHECK int elf_relocate_all(struct elf_object *objects);

/* The address that a name has for the objects of a list: the Host ABI's, else that of the first definition, the
 * executable's before those of the preloads.
 * out_address  0 if nothing defines the name, which is no error
 * errors       NOEXEC with the reason in *fault, found in *out_culprit */
PAL_MUST_CHECK int elf_resolve(const struct elf_object *objects, const char *name, uintptr_t *out_address,
                               const struct elf_object **out_culprit, struct elf_fault *fault);

/* Print a fault of an object and return NOEXEC. */
PAL_MUST_CHECK int elf_complain(const struct elf_object *object, const struct elf_fault *fault);

#endif
