/* SPDX-License-Identifier: MIT */
/* Access to memory that the program named and that may not be there. Knows no address map: a fault in one of these
 * functions ends it with BADADDR (the host's exception code sends it to pal_user_fault). */
#ifndef PAL_SRC_PAL_USER_H
#define PAL_SRC_PAL_USER_H

#include <stddef.h>
#include <stdint.h>
#include "pal_attributes.h"

/* Copy from the program's memory, or to it.
 * returns  0, or -PAL_ERROR_BADADDR; part of the bytes may have been copied then */
PAL_MUST_CHECK int pal_user_read(void *to, const void *from_user, size_t size);
PAL_MUST_CHECK int pal_user_write(void *to_user, const void *from, size_t size);

/* Length of a string of the program's, or max_len if it is longer. Error: BADADDR. */
PAL_MUST_CHECK int64_t pal_user_strnlen(const char *text_user, size_t max_len);

/* Copy a string of the program's with its NUL, or its first size bytes if it is longer. Other threads may change it: what
 * has been copied is what was measured.
 * returns  its length, or size; or -PAL_ERROR_BADADDR */
PAL_MUST_CHECK int64_t pal_user_copy_string(char *to, size_t size, const char *text_user);

/* Code in which a fault is the program's, and where it continues (arch). */
extern const char pal_user_begin[], pal_user_end[], pal_user_fault[];

#endif
