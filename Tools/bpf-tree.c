/* SPDX-License-Identifier: MIT */
/* Trees of comparisons (bpf-graph.h). Knows ranges and the nodes that they lead to, not what these are. */
#include "bpf-graph.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* What an instruction weighs beside a step on the way of one value that is tried. Measured: the kernel takes about 0.1 us to
 * translate an instruction, and a few ns to interpret it once; the best filter of several weights. */
enum { INSTRUCTION = 80 };

/* How ranges i to j are told apart at the least cost. */
struct plan {
    unsigned cost;
    unsigned split; /* those from here on are one half, if it is not 0; else the odd ones are picked out */
    bool is_shared; /* the range at `split` belongs to both halves: either may end with it */
    bool is_known;
};

static struct plan g_plans[BPF_RANGES_MAX][BPF_RANGES_MAX];
static struct bpf_range g_ranges[BPF_RANGES_MAX];
static unsigned g_last, g_tried;

/* Whether single values lie in the midst of others that have one node: a comparison picks one out. */
static bool is_comb(unsigned i, unsigned j)
{
    for (unsigned k = i + 1; k < j; k += 2) {
        if (g_ranges[k].begin + 1 != g_ranges[k + 1].begin || g_ranges[k - 1].node != g_ranges[k + 1].node)
            return false;
    }
    return (j - i) % 2 == 0;
}

static void consider(struct plan *plan, unsigned cost, unsigned split, bool is_shared)
{
    if (cost < plan->cost)
        *plan = (struct plan){.cost = cost, .split = split, .is_shared = is_shared};
}

/* Values of ranges i to j that are tried. */
static unsigned count_tried(unsigned i, unsigned j)
{
    const unsigned begin = g_ranges[i].begin, next = j < g_last ? g_ranges[j + 1].begin : g_tried;
    const unsigned end = next < g_tried ? next : g_tried;
    return end > begin ? end - begin : 0;
}

static unsigned find_plan(unsigned i, unsigned j)
{
    struct plan plan = {.cost = ~0u};
    if (i == j)
        return 0;
    if (g_plans[i][j].is_known)
        return g_plans[i][j].cost;
    const unsigned step = INSTRUCTION + count_tried(i, j);
    if (is_comb(i, j))
        consider(&plan, (j - i) / 2 * step, 0, false);
    for (unsigned k = i + 1; k <= j; k++) {
        consider(&plan, step + find_plan(i, k - 1) + find_plan(k, j), k, false);
        if (k < j)
            consider(&plan, step + find_plan(i, k) + find_plan(k, j), k, true);
    }
    plan.is_known = true;
    g_plans[i][j] = plan;
    return plan.cost;
}

static unsigned make_tree(unsigned i, unsigned j)
{
    if (i == j)
        return g_ranges[i].node;
    const struct plan *plan = &g_plans[i][j];
    if (plan->split)
        return bpf_jump(BPF_JGE, g_ranges[plan->split].begin + plan->is_shared, make_tree(plan->split, j),
                        make_tree(i, plan->split - !plan->is_shared));
    unsigned node = g_ranges[j].node;
    for (unsigned k = i + 1; k < j; k += 2)
        node = bpf_jump(BPF_JEQ, g_ranges[k].begin, g_ranges[k].node, node);
    return node;
}

unsigned bpf_tree(const struct bpf_range *ranges, unsigned count, unsigned tried)
{
    unsigned last = 0;
    if (count > BPF_RANGES_MAX) {
        fprintf(stderr, "bpf-tree: more than %d ranges\n", BPF_RANGES_MAX);
        exit(1);
    }
    g_ranges[0] = ranges[0];
    for (unsigned i = 1; i < count; i++) {
        if (ranges[i].node != g_ranges[last].node)
            g_ranges[++last] = ranges[i];
    }
    for (unsigned i = 0; i <= last; i++) {
        for (unsigned j = i; j <= last; j++)
            g_plans[i][j].is_known = false;
    }
    g_last = last;
    g_tried = tried;
    find_plan(0, last);
    return make_tree(0, last);
}
