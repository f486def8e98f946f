/* SPDX-License-Identifier: MIT */
/* adjtimex(2) and clock_adjtime(2): how the host's clock is kept, which it does not tell and nobody here may change. */
#include <linux/timex.h>

#include "clock.h"
#include "copy.h"
#include "syscalls.h"

/* As of a clock that nobody sets. */
#define UNKNOWN_ERROR_US 16000000
#define TICK_US          10000
#define TOLERANCE        32768000 /* 500 parts in a million */

static bool changes(unsigned modes)
{
    const bool only_reads = (modes & ADJ_OFFSET_SS_READ) == ADJ_OFFSET_SS_READ;
    return modes != 0 && !only_reads;
}

static int64_t adjust(void *address)
{
    struct __kernel_timex state;
    if (copy_in(&state, address, sizeof(state)) < 0)
        return -EFAULT;
    if (changes(state.modes))
        return -EPERM;
    const int64_t now = clock_realtime_ns();
    state = (struct __kernel_timex){
        .modes = state.modes,
        .maxerror = UNKNOWN_ERROR_US,
        .esterror = UNKNOWN_ERROR_US,
        .status = STA_UNSYNC,
        .constant = 2,
        .precision = 1,
        .tolerance = TOLERANCE,
        .time = {.tv_sec = now / NS_PER_SECOND, .tv_usec = now % NS_PER_SECOND / 1000},
        .tick = TICK_US,
    };
    return copy_out(address, &state, sizeof(state)) < 0 ? -EFAULT : TIME_ERROR;
}

int64_t sys_adjtimex(void *state)
{
    return adjust(state);
}

int64_t sys_clock_adjtime(int clock, void *state)
{
    if (clock == CLOCK_REALTIME)
        return adjust(state);
    int64_t now_ns;
    return clock_read(clock, &now_ns) < 0 ? -EINVAL : -EOPNOTSUPP;
}
