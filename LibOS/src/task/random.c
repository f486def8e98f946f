/* SPDX-License-Identifier: MIT */
/* Random bytes. The host's source never runs dry and never blocks, so the flags make no difference. */
#include <linux/random.h>
#include "syscalls.h"
#include "task.h"

#define PIECE     (64ul << 10) /* looked at signals in between */
#define COUNT_MAX 0x7fffffful  /* bytes of one call, as on Linux */

int64_t sys_getrandom(void *buf, unsigned long count, unsigned flags)
{
    const unsigned both = GRND_RANDOM | GRND_INSECURE;
    if (flags & ~(GRND_NONBLOCK | both) || (flags & both) == both)
        return -EINVAL;
    if (count > COUNT_MAX)
        count = COUNT_MAX;
    if (!user_range_ok((uintptr_t)buf, count))
        return -EFAULT;
    size_t done = 0;
    while (done < count) {
        const size_t piece = count - done < PIECE ? count - done : PIECE;
        if (DkRandomBitsRead((char *)buf + done, piece) == 0)
            return done ? (int64_t)done : pal_failure();
        done += piece;
        if (done < count && thread_is_wanted())
            break;
    }
    return (int64_t)done;
}
