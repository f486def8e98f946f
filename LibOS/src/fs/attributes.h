/* SPDX-License-Identifier: MIT */
/* What the system calls on attributes share. Knows no file system. */
#ifndef LIBOS_SRC_FS_ATTRIBUTES_H
#define LIBOS_SRC_FS_ATTRIBUTES_H

#include <linux/fcntl.h>
#include "fs.h"

/* How to resolve a name for a call with these AT_x flags. */
static inline uint32_t walk_of_flags(int flags)
{
    return (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
}

/* place_look; a name that ended in a slash is followed if it is a link, and -ENOTDIR if it is a file. */
PAL_MUST_CHECK int place_look_kind(struct place *place);

/* Where what a place leads to is mounted; NULL = nowhere. */
static inline struct mount *place_mount(const struct place *place)
{
    return place->magic != NULL ? place->magic->mount : place->mount;
}

#endif
