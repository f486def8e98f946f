/* SPDX-License-Identifier: MIT */
/* A seccomp filter as a graph: each node is an instruction and knows what comes after it; nodes that are alike are one, so
 * that ends which several paths have in common are there once. Knows no system call. */
#ifndef TOOLS_BPF_GRAPH_H
#define TOOLS_BPF_GRAPH_H

#include <linux/filter.h>
#include <stdint.h>

enum { BPF_NODES_MAX = 2048, BPF_RANGES_MAX = 256 };

/* Forget all nodes. */
void bpf_begin(void);

/* A node: the verdict `value`. The same for the others; an accumulator is theirs as it was left before them. */
unsigned bpf_return(uint32_t value);
/* The word at an offset of struct seccomp_data, then `next`. */
unsigned bpf_load(uint32_t offset, unsigned next);
/* The accumulator's `bits`, then `next`. */
unsigned bpf_and(uint32_t bits, unsigned next);
/* `yes` or `no`, as the accumulator compares with k. operation: BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET */
unsigned bpf_jump(uint16_t operation, uint32_t k, unsigned yes, unsigned no);

/* The node after `node` if that loads what the accumulator holds already, else `node`. */
unsigned bpf_loaded(uint32_t offset, unsigned node);

/* What the accumulator can be, from `begin` up to where the next range begins; one node decides about all of it. */
struct bpf_range {
    uint32_t begin;
    unsigned node;
};

/* A tree of comparisons for all values, with few instructions. The first range begins with 0; neighbours that have one node
 * are one to it.
 * count  at most BPF_RANGES_MAX
 * tried  who installs the filter waits until each value below this has been tried; to those few steps are to lead, too */
unsigned bpf_tree(const struct bpf_range *ranges, unsigned count, unsigned tried);

/* Lay the graph out as a program that begins with `root`.
 * out_program  room for BPF_MAXINSNS instructions
 * returns      how many there are */
unsigned bpf_layout(unsigned root, struct sock_filter *out_program);

#endif
