/* SPDX-License-Identifier: MIT */
/* /dev/pts: pseudo terminals. */
#include "devices.h"

const struct pseudo_node pts_nodes[] = {{0}};
