/* SPDX-License-Identifier: MIT */
/* Paths as text: normalising, joining, and the names that a loader derives from one another.
 * Knows no file system: nothing here looks at a file, a link or the current directory. */
#ifndef PAL_LIB_PATH_H
#define PAL_LIB_PATH_H

#include "pal_attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Without the NUL. */
enum { PATH_LEN_MAX = 4095, PATH_COMPONENT_MAX = 255 };

/* Normalise a path by its text alone: empty and `.` components go, `..` takes the component before it along. Above the
 * root `..` is dropped; at the start of a relative path it stays. A slash at the end is dropped, too.
 *
 * This is not what a kernel makes of the path: there `..` is the parent of the directory reached so far, so that if
 * `a` is a symbolic link, `a/..` is the parent of its target and not the place where `a` stands; and `a/.` or `a/`
 * fails if `a` is no directory. Use it where no link is followed or where each one has been resolved before: for names
 * in a name space of our own, in messages, in comparisons of names as the user wrote them. Never decide with it what a
 * host path may reach, and do not rewrite with it a path that the host is about to open.
 *
 * path     need not end in NUL
 * out      receives the result and a NUL, must not overlap path; a result is never longer than its path. Unspecified
 *          on failure
 * size     bytes at out
 * returns  len of the result, which is "/" or "." if no component is left
 * errors   INVAL    path is empty or has an embedded NUL
 *          TOOLONG  path is longer than PATH_LEN_MAX, a component, kept or not, than PATH_COMPONENT_MAX, or the
 *                   result does not fit */
PAL_MUST_CHECK int64_t path_normalise(const char *path, size_t len, char *out, size_t size);

/* The last component, as the part of path that follows its last slash: all of it if there is none, "" if path ends in
 * one. Borrowed from path. */
const char *path_base(const char *path);

/* Whether path is a name without a slash, which a loader looks for in places of its own. "" is not. */
bool path_is_bare(const char *path);

/* Whether path ends in suffix and its last component has something before it: "dir/.manifest" is a file of that name
 * and not one with a suffix.
 * path     need not end in NUL */
bool path_has_suffix(const char *path, size_t len, const char *suffix);

/* The len of path without suffix, or len if path_has_suffix says no: "X.manifest" to "X".
 * path     need not end in NUL */
size_t path_without_suffix(const char *path, size_t len, const char *suffix);

/* Append suffix: "X" to "X.manifest".
 * path     need not end in NUL
 * out      receives the result and a NUL, must not overlap the arguments; unspecified on failure
 * size     bytes at out
 * returns  len of the result
 * errors   INVAL    path has no last component, or an embedded NUL
 *          TOOLONG  the result is longer than PATH_LEN_MAX or does not fit */
PAL_MUST_CHECK int64_t path_with_suffix(const char *path, size_t len, const char *suffix, char *out, size_t size);

/* Join a directory and a relative name with a slash, unless dir is "" or ends in one. Nothing is normalised: a name
 * with `..` can leave dir.
 * out      receives the result and a NUL, must not overlap the arguments; unspecified on failure
 * size     bytes at out
 * returns  len of the result
 * errors   INVAL    name is "" or begins with a slash
 *          TOOLONG  the result is longer than PATH_LEN_MAX or does not fit */
PAL_MUST_CHECK int64_t path_join(const char *dir, const char *name, char *out, size_t size);

/* The path of name in the directory that path's last component is in: "/opt/pal-Linux", "app" to "/opt/app", and
 * "pal-Linux", "app" to "app".
 * out      receives the result and a NUL, must not overlap the arguments; unspecified on failure
 * size     bytes at out
 * returns  len of the result
 * errors   INVAL    name is "" or begins with a slash
 *          TOOLONG  the result is longer than PATH_LEN_MAX or does not fit */
PAL_MUST_CHECK int64_t path_sibling(const char *path, const char *name, char *out, size_t size);

#endif
