/* SPDX-License-Identifier: MIT */
/* From a command line to a program in memory: what was found, step by step. Knows no host.
 * All that fails here says so on the console, in one line that names the object, before it returns. */
#ifndef PAL_SRC_PAL_BOOT_H
#define PAL_SRC_PAL_BOOT_H

#include "elf_object.h"
#include "loader_rules.h"
#include "manifest.h"
#include "pal_host_api.h"

struct boot {
    const char *file;             /* that was named: by the user, or by the parent process */
    const char *const *arguments; /* of the program; in a first process [0] is replaced by the program's name */
    bool is_child;                /* the arguments are the parent's: [0] is the name, and there may be none at all */
    const char *const *environment;
    enum loader_action action;

    PAL_HANDLE manifest_handle, executable_handle;
    bool is_elf;     /* the file that was named is the executable */
    void *loaded_at; /* where the host had mapped the executable already */

    const char *manifest_text;
    size_t manifest_size;
    struct manifest manifest; /* empty without one */

    const char *executable_uri;    /* NULL without one */
    struct elf_object *objects;    /* preloads in order, then the executable */
    struct elf_object *executable; /* the last of them; NULL without one */
    struct pal_range stack;        /* of the first thread */
    bool has_libos;                /* a preload is a library OS, so the executable is not opened here */

    /* Large and rarely used whole: at the end, so that a start touches few pages. */
    struct loader_choice manifest_choice, executable_choice;
    struct manifest_fault fault;
};

/* What this process was told to run: a path; NULL while it is not known. */
const char *boot_file(void);

/* The stack that the first thread was given; empty before. */
struct pal_range boot_stack(void);

/* Find and read the manifest, find the executable. */
PAL_MUST_CHECK int boot_find(struct boot *boot);

/***** pal_configure.c *****/

/* Obey the keys that concern the loader itself: log_level, debug_type, debug_file; warn of keys that are not known. */
PAL_MUST_CHECK int boot_configure(struct boot *boot);

/***** pal_boot.c, pal_explain.c, elf_start.c *****/

/* Map all objects, relocate them unless they are only to be explained, and tell debuggers. */
PAL_MUST_CHECK int boot_load(struct boot *boot);

/* Print how everything was decided. */
void boot_explain(const struct boot *boot);

/* Build the stack of a UNIX process. out_stack: its %rsp. */
PAL_MUST_CHECK int boot_build_stack(struct boot *boot, void **out_stack);

/* The value of a key that must be a file: URI; lives as long as the process. Returns 1, 0 if absent. */
PAL_MUST_CHECK int boot_file_key(struct boot *boot, const char *key, const char **out_uri);

/* Print what failed with which object; returns the error. */
PAL_MUST_CHECK int boot_fail(const char *object, const char *what, int64_t error);
/* Print the manifest's fault; returns the error. */
PAL_MUST_CHECK int boot_complain(const struct boot *boot, int error);

/***** pal_environment.c *****/

/* Takes strings one after the other: counts them, and copies them if it has room. */
struct string_sink {
    uint64_t *pointers; /* gets the address of each; NULL = only count */
    char *text;         /* where the next one goes */
    size_t count, size; /* strings, and bytes with their NULs */
};

/* The arguments and the environment of the program, as manifest and command line say. */
PAL_MUST_CHECK int boot_emit_arguments(struct boot *boot, struct string_sink *sink);
PAL_MUST_CHECK int boot_emit_environment(struct boot *boot, struct string_sink *sink);

/***** arch *****/

/* Enter a program and return what it returns (arch/x86_64/enter.S). */
int pal_enter(uintptr_t entry, void *stack);

#endif
