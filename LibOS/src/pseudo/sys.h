/* SPDX-License-Identifier: MIT */
/* The tables of /sys that are in files of their own. */
#ifndef LIBOS_SRC_PSEUDO_SYS_H
#define LIBOS_SRC_PSEUDO_SYS_H

#include "pseudo.h"

extern const struct pseudo_node sys_net_nodes[]; /* /sys/class/net */

#endif
