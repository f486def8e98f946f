/* SPDX-License-Identifier: MIT */
/* Checkpoints: a process written to a file, from which it goes on later in another one of the host (docs/checkpoint.md). What
 * the boot, devices and kinds of files need of it. */
#ifndef LIBOS_INCLUDE_CHECKPOINT_H
#define LIBOS_INCLUDE_CHECKPOINT_H

#include "libos.h"

struct file;

/***** Writing one *****/

/* What the manifest asks for; ends the process with one line if a key is wrong. */
void checkpoint_init(void);

/* Write the process to a file of the host, as it will be when the system call that it is in has returned.
 * path    memory of ours, as open(2) takes it
 * holder  the file that the call was made for; the process that goes on puts it
 * result  what the call returns in the process that goes on; -ERESTARTNOINTR = it is made again
 * returns 0; -EBUSY: there are other threads or processes; -EOPNOTSUPP: something is open that cannot be kept, or path is no
 *         file of the host; -E... of writing. A line says why; what was written is useless then */
PAL_MUST_CHECK int checkpoint_save(const char *path, struct file *holder, int64_t result);

/* Whether a checkpoint is to be written before the program reads its standard input for the first time; and do so. */
extern bool g_checkpoint_at_input;
void checkpoint_before_input(struct file *input);

/* For a file's keep operation: a stream of memory (mem:) of which nothing but this handle knows. Its contents are written, and
 * the handle is another one with these contents when the process goes on. The place must stay. 0 or -ENOMEM. */
PAL_MUST_CHECK int checkpoint_keep_memory(PAL_HANDLE *stream);

/***** Going on from one *****/

/* Which image the manifest names; NULL = none, the process begins with a program. */
const char *checkpoint_wanted(char *buffer, size_t size);

/* Become the process of an image. Ends this one with one line if that is impossible. uri is not of the heap. */
__attribute__((noreturn)) void checkpoint_resume(const char *uri);

#endif
