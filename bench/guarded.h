/* SPDX-License-Identifier: MIT */
/* The loader's guard around a program of bare Linux, to tell what of a call's time is the kernel's. */
#ifndef BENCH_GUARDED_H
#define BENCH_GUARDED_H

#include <stdbool.h>

/* Confine this process as the loader does one that may read everything and use the network: Landlock's rules, dispatch of system
 * calls, the filter. What the filter has not got ends the process from here on. False: the kernel has not got all that. */
bool guard_self(void);

#endif
