/* SPDX-License-Identifier: MIT */
/* Addresses in the library OS's own code. */
#ifndef LIBOS_INCLUDE_SYMBOLS_H
#define LIBOS_INCLUDE_SYMBOLS_H

/* The image, as the linker sees it. */
extern const char __ehdr_start[], _end[], _DYNAMIC[];

/* entry.S */
extern const char entry_check[], entry_foreign[], entry_look[], entry_leaving[], entry_stepping[], entry_left[],
    entry_sleeping[], entry_slept[], entry_interrupted[];

#endif
