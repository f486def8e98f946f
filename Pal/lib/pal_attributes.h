/* SPDX-License-Identifier: MIT */
/* Compiler attributes under names of our own; knows nothing of any module. */
#ifndef PAL_LIB_PAL_ATTRIBUTES_H
#define PAL_LIB_PAL_ATTRIBUTES_H

#define PAL_MUST_CHECK                           __attribute__((warn_unused_result))
#define PAL_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))

/* For what a frequent function seldom needs, so that it does not pay for its frame and its guard. */
#define PAL_APART __attribute__((noinline))

/* For code that runs before the stack protector's guard exists. */
#define PAL_NO_GUARD __attribute__((no_stack_protector))

/* For variables, zero at first, that take pages, or that only the start needs: they lie behind all others (mk/large.lds), so that
 * those are on few pages. Each page that two processes write after a fork is copied. */
#define PAL_LARGE __attribute__((section(".bss.large")))

#endif
