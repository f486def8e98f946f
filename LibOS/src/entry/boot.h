/* SPDX-License-Identifier: MIT */
/* The start of the library OS. */
#ifndef LIBOS_SRC_ENTRY_BOOT_H
#define LIBOS_SRC_ENTRY_BOOT_H

#include "libos.h"

/* Called by start.S on the stack of the first thread. words: argc, argv, NULL, environment, NULL, auxiliary vector. */
__attribute__((noreturn)) void boot(uint64_t *words);

/* Read the manifest of this process, again if the process has become that of a checkpoint. */
void boot_read_manifest(void);

/* What remains to be printed at the end of the process (--stats). */
void boot_print_stats(void);

#endif
