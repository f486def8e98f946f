/* SPDX-License-Identifier: MIT */
/* Confines the program before it is entered: what the manifest grants becomes what the host enforces. Knows no host. */
#ifndef PAL_SRC_PAL_CONFINE_H
#define PAL_SRC_PAL_CONFINE_H

#include "pal_boot.h"
#include "pal_policy.h"

/* Read the policy of the manifest.
 * errors  printed; INVAL, OVERFLOW, NOMEM */
PAL_MUST_CHECK int boot_read_policy(struct boot *boot, struct pal_policy *out);

/* Put a policy of boot_read_policy in force, now that all is loaded and nothing has run yet. What the host cannot enforce
 * is printed.
 * errors  printed; NOTSUPPORT: the host cannot enforce what the manifest asks for; or the host's */
PAL_MUST_CHECK int boot_confine(const struct boot *boot, struct pal_policy *policy);

/* Confine the running program by another manifest, inside of what confines it already: DkProcessSandboxCreate.
 * uri     file: URI
 * errors  STREAMNOTEXIST, DENIED, ...: of opening and reading; INVAL: not a manifest, or one with bad values, which is
 *         printed; NOTSUPPORT: the host cannot enforce it, or there are other threads, and it cannot confine those */
PAL_MUST_CHECK int pal_confine_by(PAL_STR uri);

#endif
