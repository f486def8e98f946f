/* SPDX-License-Identifier: MIT */
/* Room elf, inside: files that begin with #!. */
#ifndef LIBOS_ELF_SCRIPT_H
#define LIBOS_ELF_SCRIPT_H

#include "libos.h"

#define SCRIPT_LINE 256 /* bytes of the first line that count, as on Linux */

/* Take apart the first line of a file.
 * line          its first bytes, NUL-terminated; changed
 * out_argument  what follows the interpreter, as one word; NULL = nothing
 * returns       the interpreter; NULL: not a script, or none is named (out_argument then says which: NULL = no script) */
char *script_parse(char *line, char **out_argument);

#endif
