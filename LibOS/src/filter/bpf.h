/* SPDX-License-Identifier: MIT */
/* Programs of classic BPF, as seccomp(2) takes them: what is one, and what it answers. Knows no system call. */
#ifndef LIBOS_SRC_FILTER_BPF_H
#define LIBOS_SRC_FILTER_BPF_H

#include <linux/filter.h>
#include "libos.h"

/* What a program looks at: words, which it names by their offsets in bytes. */
#define BPF_DATA_WORDS 16

/* Whether count instructions are a program that can be run: every one is known, jumps lead forward and inside, each path ends
 * with BPF_RET, and nothing is read that was not written.
 * written  count numbers for the function's own use
 * returns  0 or -EINVAL */
PAL_MUST_CHECK int bpf_check(const struct sock_filter *program, size_t count, uint16_t *written);

/* Run one that has been checked. *looked gets a bit more for each word that it has looked at. */
uint32_t bpf_run(const struct sock_filter *program, size_t count, const uint32_t data[BPF_DATA_WORDS],
                 uint32_t *looked);

#endif
