/* SPDX-License-Identifier: MIT */
/* What whoever started the first process has set for it. A library OS keeps it up; the host is to get in its way as little as
 * it can. */
#include "pal_host.h"
#include <linux/fcntl.h>
#include <linux/resource.h>
#include "linux_guard.h"
#include "linux_signal.h"
#include "sys_linux.h"
#include "sys_start.h"

#define NICE_NONE 20 /* getpriority(2) tells 20 less the nice value */

static PAL_FLG opened_as(int fd)
{
    static const PAL_FLG accesses[] = {
        [O_RDONLY] = PAL_ACCESS_RDONLY, [O_WRONLY] = PAL_ACCESS_WRONLY, [O_RDWR] = PAL_ACCESS_RDWR};
    const int flags = sys_fcntl(fd, F_GETFL, 0);
    if (flags < 0 || (flags & O_ACCMODE) == O_ACCMODE)
        return PAL_ACCESS_RDONLY;
    return accesses[flags & O_ACCMODE] | (flags & O_APPEND ? PAL_OPTION_APPEND : 0) |
           (flags & O_NONBLOCK ? PAL_OPTION_NONBLOCK : 0);
}

/* Those of wishes, faults and pipes are known. */
static PAL_NUM ignored_signals(void)
{
    static const int background[] = {SIGTTIN, SIGTTOU};
    PAL_NUM ignored = g_linux.ignored;
    for (unsigned i = 0; i < sizeof(background) / sizeof(background[0]); i++) {
        struct linux_sigaction action;
        if (sys_rt_sigaction(background[i], NULL, &action) == 0 && action.handler == LINUX_IGNORE)
            ignored |= LINUX_SIGNAL_BIT(background[i]);
    }
    return ignored;
}

/* The library OS sees to these itself: its program is to hear of them first, and files of its own memory are none of the
 * program's. */
static bool is_left_to_program(int resource)
{
    return resource == RLIMIT_FSIZE || resource == RLIMIT_CPU;
}

static PAL_LIMIT take_limit(int resource)
{
    struct rlimit64 limit;
    if (sys_prlimit64(resource, NULL, &limit) < 0)
        return (PAL_LIMIT){~UINT64_C(0), ~UINT64_C(0)};
    const PAL_LIMIT told = {limit.rlim_cur, limit.rlim_max};
    if (is_left_to_program(resource) && limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)sys_prlimit64(resource, &limit, NULL);
    }
    return told;
}

void _DkTakeStarter(PAL_STARTER *out)
{
    LINUX_KEPT_LARGE static PAL_STARTER starter;
    /* The guard lets nobody ask: a child whose parents had no library OS is told nothing. */
    if (!starter.told && !linux_guard_is_on()) {
        starter = (PAL_STARTER){
            .told = PAL_TRUE, .ignored = ignored_signals(), .nice = NICE_NONE - sys_getpriority(PRIO_PROCESS, 0)};
        for (int fd = 0; fd < PAL_STANDARD_STREAMS; fd++)
            starter.streams[fd] = opened_as(fd);
        for (int resource = 0; resource < PAL_LIMITS; resource++)
            starter.limits[resource] = take_limit(resource);
    }
    *out = starter;
}
