/* SPDX-License-Identifier: MIT */
/* Room elf, inside: files that begin with #!. */
#ifndef LIBOS_SRC_ELF_SCRIPT_H
#define LIBOS_SRC_ELF_SCRIPT_H

#include "libos.h"

#define SCRIPT_LINE 256 /* bytes of the first line that count, as on Linux */

/* Take apart the first line of a file.
 * line          its first SCRIPT_LINE bytes, fewer if the file is shorter, and a NUL; changed
 * out_argument  what follows the interpreter, as one word, cut where the line is; NULL = nothing
 * returns       the interpreter; NULL = not a script, none is named, or its name goes on beyond the bytes that count */
char *script_parse(char *line, char **out_argument);

#endif
