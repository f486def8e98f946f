/* SPDX-License-Identifier: MIT */
/* What is changed in the code of the interpreter (ld.so), which most programs have in common. A program that is executed in
 * place of another finds it changed before it runs: it neither traps nor asks the processor. */
#ifndef LIBOS_SRC_ENTRY_KNOWN_H
#define LIBOS_SRC_ENTRY_KNOWN_H

#include "rewrite.h"

/* What follows is called with the lock of patch.c held. */

/* A site is about to be changed, by the edits from one on.
 * number  that it is known to be called with; -1 = unknown */
void known_add(uint64_t site, int64_t number, const struct edits *edits, unsigned from);

/* Code in a range is gone, or is not what its file says: nothing is learnt there any more. */
void known_forget(uint64_t start, uint64_t end);

/* Whether there is nothing to look for; without the lock. */
bool known_is_searched(void);
/* Look once for each `cpuid` that is worth a change. Both are scratch. */
void known_search(struct code_window *window, struct edits *edits);

/* The interpreter's code, which nobody runs, is at an address now. Whether anything is known of it. */
struct file_attr;
bool known_mapped(const struct file_attr *file, uint64_t start, uint64_t end);
/* What it takes to change it as before, if it is as it was; else no edits. */
void known_edits(struct edits *out);

#endif
