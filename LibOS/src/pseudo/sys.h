/* SPDX-License-Identifier: MIT */
/* The tables of /sys that are in files of their own. */
#ifndef LIBOS_SRC_PSEUDO_SYS_H
#define LIBOS_SRC_PSEUDO_SYS_H

#include "pseudo.h"

#define SYS_FILE(file, function)                                                                                       \
    {                                                                                                                  \
        .name = (file), .mode = S_IFREG | 0444, .show = (function)                                                     \
    }
#define SYS_DIRECTORY(file, table)                                                                                     \
    {                                                                                                                  \
        .name = (file), .mode = S_IFDIR | 0755, .children = (table)                                                    \
    }

/* How many processors there are, and all of them as a list and as a mask. */
uint32_t sys_processor_count(void);
int sys_show_processors(struct text *out, const struct pseudo_key *key);
int sys_show_processor_mask(struct text *out, const struct pseudo_key *key);

extern const struct pseudo_node sys_cpu_nodes[]; /* /sys/devices/system/cpu */
extern const struct pseudo_node sys_net_nodes[]; /* /sys/class/net */

#endif
