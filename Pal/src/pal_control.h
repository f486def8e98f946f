/* SPDX-License-Identifier: MIT */
/* The control block, filled in only if something that was loaded can see it: some of its facts are slow to get. */
#ifndef PAL_SRC_PAL_CONTROL_H
#define PAL_SRC_PAL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include "pal.h"

/* Tell that a loaded object refers to an address of the ABI. */
void pal_control_note_use(uintptr_t abi_address);

/* Fill in what the host knows, if a loaded object refers to the control block. With a library OS the description of the
 * processors, which is slow to get, waits for the first pal_control_addr. What the loader knows (handles,
 * executable, manifest) is in pal_control already. */
void pal_control_complete(bool has_libos);

#endif
