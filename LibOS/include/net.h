/* SPDX-License-Identifier: MIT */
/* Sockets, for other rooms. */
#ifndef LIBOS_INCLUDE_NET_H
#define LIBOS_INCLUDE_NET_H

#include "libos.h"

/* Make what the sockets of all processes have in common; once, before the first fork. 0 or -ENOMEM */
PAL_MUST_CHECK int net_begin(void);

/* The file that is the name of a socket is another one now: who connects finds the socket there. */
void net_file_replaced(uint64_t device, uint64_t inode, uint64_t new_inode);

#endif
