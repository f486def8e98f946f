/* SPDX-License-Identifier: MIT */
/* Sockets, for other rooms. */
#ifndef LIBOS_INCLUDE_NET_H
#define LIBOS_INCLUDE_NET_H

#include "libos.h"

/* Make what the sockets of all processes have in common; once, before the first fork. 0 or -ENOMEM */
PAL_MUST_CHECK int net_begin(void);

#endif
