/* SPDX-License-Identifier: MIT */
/* Telling inotify what happens to files. Called by room fs after something has succeeded; costs one look at a counter while
 * nobody watches. Events are those of the instance: what other programs of the host do to its files is not seen. */
#ifndef LIBOS_INCLUDE_NOTIFY_H
#define LIBOS_INCLUDE_NOTIFY_H

#include <linux/inotify.h>
#include "libos.h"

struct file;

/* Watches of all inotify instances of this process; and whether somebody watches at all: the same, or what counts the processes
 * that do. */
extern uint32_t g_notify_watches;
extern const uint32_t *g_notify_wanted;

static inline bool notify_wanted(void)
{
    return __builtin_expect(__atomic_load_n(g_notify_wanted, __ATOMIC_RELAXED) != 0, 0);
}

/* There are to be other processes: 0 or -ENOMEM. Another process has rung, or may have: take what it says. This one has begun
 * as a copy of another. */
PAL_MUST_CHECK int notify_begin(void);
void notify_rung(void);
void notify_forked(void);

/* What notify_name and notify_moved call. */
void notify_send(uint32_t mask, const char *path);
void notify_send_moved(const char *from, const char *to, bool directory);
void notify_send_file(uint32_t mask, struct file *file);

/* Something happened to what a name stands for, and is told to those who watch it and those who watch its directory.
 * mask  one of IN_ACCESS, IN_MODIFY, IN_ATTRIB, IN_OPEN, IN_CLOSE_x, or IN_CREATE, IN_DELETE (which ends watches on what was
 *       there); with IN_ISDIR if it is a directory
 * path  absolute, without links and dots, as in struct place */
static inline void notify_name(uint32_t mask, const char *path)
{
    if (notify_wanted())
        notify_send(mask, path);
}

/* A name has become another one. */
static inline void notify_moved(const char *from, const char *to, bool directory)
{
    if (notify_wanted())
        notify_send_moved(from, to, directory);
}

/* The same for an open file, which need not have a name. */
static inline void notify_file(uint32_t mask, struct file *file)
{
    if (notify_wanted())
        notify_send_file(mask, file);
}

#endif
