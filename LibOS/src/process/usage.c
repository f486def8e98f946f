/* SPDX-License-Identifier: MIT */
/* What processes and their children have used. Knows no call that asks for it. */
#include "clock.h"
#include "mm.h"
#include "process/table.h"

void usage_add(struct process_usage *sum, const struct process_usage *part)
{
    sum->cpu_ns += part->cpu_ns;
    if (part->most_memory > sum->most_memory)
        sum->most_memory = part->most_memory;
}

struct process_usage usage_of(const struct process_entry *entry)
{
    struct process_usage sum = entry->used;
    usage_add(&sum, &entry->used_by_children);
    return sum;
}

void process_own_usage(struct process_usage *out)
{
    *out = (struct process_usage){.cpu_ns = (uint64_t)clock_process_cpu_ns(), .most_memory = mm_most()};
}

void process_children_usage(struct process_usage *out)
{
    *out = g_own ? g_own->used_by_children : (struct process_usage){0};
}
