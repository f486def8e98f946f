/* SPDX-License-Identifier: MIT */
/* What the programs that make processes share: children that play a role of their own program. Stands on the Host ABI
 * alone. */
#ifndef PAL_REGRESSION_PROCESSES_H
#define PAL_REGRESSION_PROCESSES_H

#include "regression.h"

/* What a child does; the value is its exit code. argument: NULL if there is none. */
struct role {
    const char *name;
    int (*play)(char *argument);
};

/* If this process is a child, play its role and end. Roles end with one without a name. */
void play_role(const struct role *roles, int argc, char **argv);

/* Make a child of this program that plays a role; NULL on failure. */
PAL_HANDLE start_role(const char *role, const char *argument);

/* Read so many bytes, or until the end; returns how many. */
size_t read_fully(PAL_HANDLE stream, void *buffer, size_t size);
bool write_fully(PAL_HANDLE stream, const void *buffer, size_t size);

/* Read one byte, or -1 at the end. */
int read_byte(PAL_HANDLE stream);
bool write_byte(PAL_HANDLE stream, int byte);

/* Read to the end of a child's stream, close its handle, and return its exit code; -1 if it is not told. */
int end_of(PAL_HANDLE process);

/* Make a FIFO of a name in the test's directory. Whether it could be made: hosts may have none. */
bool make_fifo(const char *name);

/* The number that decimal digits make. */
int to_number(const char *digits);

/* Make a file with this content. Whether it could be written. */
bool write_file(const char *uri, const char *content);

#endif
