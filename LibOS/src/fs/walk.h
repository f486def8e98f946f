/* SPDX-License-Identifier: MIT */
/* The walk from a name to a place, for the files that begin and end it. */
#ifndef LIBOS_SRC_FS_WALK_H
#define LIBOS_SRC_FS_WALK_H

#include "fs_core.h"

#define WORD 8 /* bytes of a name that are looked at together */

/* One walk: the place so far, and what of the name is still to go. */
struct walk {
    struct place place;
    const char *rest;
    char name[PATH_SIZE + WORD]; /* rest is in here */
    char target[PATH_SIZE];
};

static inline struct walk *walk_of(struct place *place)
{
    return container_of(place, struct walk, place);
}

/***** walk.c *****/

/* Set the path so far, one without links and dots. During a walk the root has no text: len is 0; "/" is taken for it, too. */
void walk_set_path(struct walk *walk, const char *path, size_t len);
/* Set place->inside, which is not kept up during a walk. */
void walk_set_inside(struct place *place);

/* One more link is to be followed: 0 or -ELOOP. */
int walk_count_link(struct place *place);
/* Read the target of the link that the path so far ends in to walk->target. 0 or -E... */
int walk_read_target(struct walk *walk);
/* Go on with walk->target instead of that link, and then with what was left of the name. 0 or -E... */
int walk_splice(struct walk *walk);
/* The file that a magic link stands for, with a reference; NULL = it is an ordinary link, or none. */
struct file *walk_magic(const struct place *place);

/* The path so far is to be a directory: 0 if it is, 1 if it was a link, and the walk has been turned there, or -E... */
int walk_enter(struct walk *walk);
/* Take all that is left of the name, and finish the place. 0 or -E... */
int walk_on(struct walk *walk);

/***** Others *****/

/* What is mounted at exactly this path; NULL = nothing. */
struct mount *mount_at(const char *path, size_t len);

/* Copy the working directory's path, "" for the root; returns its length. */
size_t cwd_read(char to[PATH_SIZE]);
/* Whether a path, "" for the root of all, is that of the root directory, or above all that could be. */
bool root_is(const char *path, size_t len);

#endif
