/* SPDX-License-Identifier: MIT */
/* Processors that threads may run on. The host decides; what the program asked for is kept, checked and told. */
#include "copy.h"
#include "syscalls.h"
#include "task/task_room.h"

#define WORD_BITS 64ul

static unsigned processors(void)
{
    const PAL_NUM count = pal_control.cpu_info.cpu_num;
    return count == 0 ? 1 : count > AFFINITY_WORDS * WORD_BITS ? AFFINITY_WORDS * WORD_BITS : (unsigned)count;
}

/* Of a mask with a bit for each. */
static unsigned words(void)
{
    return (unsigned)((processors() + WORD_BITS - 1) / WORD_BITS);
}

/* Those that there are. */
static void all(uint64_t mask[AFFINITY_WORDS])
{
    memset(mask, 0, AFFINITY_WORDS * sizeof(*mask));
    for (unsigned i = 0, count = processors(); i < count; i++)
        mask[i / WORD_BITS] |= 1ul << i % WORD_BITS;
}

static bool is_empty(const uint64_t mask[AFFINITY_WORDS])
{
    uint64_t any = 0;
    for (unsigned i = 0; i < AFFINITY_WORDS; i++)
        any |= mask[i];
    return any == 0;
}

uint32_t affinity_tell(uint32_t processor)
{
    const uint64_t *wanted = self()->task.traits.affinity;
    if (processor < AFFINITY_WORDS * WORD_BITS && wanted[processor / WORD_BITS] >> processor % WORD_BITS & 1)
        return processor;
    for (unsigned i = 0; i < words(); i++)
        if (wanted[i])
            return i * (uint32_t)WORD_BITS + (uint32_t)__builtin_ctzl(wanted[i]);
    return processor; /* any */
}

int64_t sys_sched_setaffinity(int pid, unsigned long size, void *mask)
{
    uint64_t wanted[AFFINITY_WORDS] = {0}, there[AFFINITY_WORDS];
    struct subject subject;
    if (copy_in(wanted, mask, size < sizeof(wanted) ? size : sizeof(wanted)) < 0)
        return -EFAULT;
    int error = subject_find(pid, &subject);
    if (error < 0)
        return error;
    all(there);
    for (unsigned i = 0; i < AFFINITY_WORDS; i++)
        subject.traits.affinity[i] = wanted[i] & there[i];
    if (!subject_is_ours(&subject))
        error = -EPERM;
    else if (is_empty(subject.traits.affinity))
        error = -EINVAL;
    else
        error = subject_set(&subject);
    subject_end(&subject);
    return error;
}

/* Returns how many bytes it has written. Linux has as many as it could have processors; here that is a whole word. */
int64_t sys_sched_getaffinity(int pid, unsigned long size, void *mask)
{
    struct subject subject;
    if (size % sizeof(uint64_t) || size * 8 < processors())
        return -EINVAL;
    const int error = subject_find(pid, &subject);
    if (error < 0)
        return error;
    subject_end(&subject);
    if (is_empty(subject.traits.affinity))
        all(subject.traits.affinity);
    const size_t whole = words() * sizeof(uint64_t);
    const size_t told = size < whole ? size : whole;
    return copy_out(mask, subject.traits.affinity, told) < 0 ? -EFAULT : (int64_t)told;
}
