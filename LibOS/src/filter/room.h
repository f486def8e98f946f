/* SPDX-License-Identifier: MIT */
/* Room filter: what a filter is. */
#ifndef LIBOS_SRC_FILTER_ROOM_H
#define LIBOS_SRC_FILTER_ROOM_H

#include "filter/bpf.h"

#define NUMBER_LIMIT 512u /* of calls for which an answer is remembered */

struct filter {
    uint32_t references;
    struct filter *older;
    /* Calls that this one and all older ones allow whatever their arguments are: a bit is set when that was seen. */
    uint64_t allowed[NUMBER_LIMIT / 64];
    size_t count;
    struct sock_filter program[];
};

#endif
