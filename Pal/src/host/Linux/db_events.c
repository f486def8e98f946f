/* SPDX-License-Identifier: MIT */
/* Linux: events. Knows no kernel: who waits, and how, is linux_wait.c's business. */
#include "linux_object.h"
#include "pal_atomic.h"
#include "pal_handle.h"

int _DkEventCreate(PAL_HANDLE *out, bool initially_set, bool auto_clear)
{
    const int error = pal_handle_new(PAL_TYPE_EVENT, out);
    if (error < 0)
        return error;
    (*out)->event.auto_clear = auto_clear;
    (*out)->event.set.count = initially_set;
    list_init(&(*out)->event.set.nodes);
    return 0;
}

static int wake(PAL_HANDLE event)
{
    const int error = pal_handle_get(event);
    if (error < 0)
        return error;
    if (event->event.auto_clear)
        linux_wake(&event->event.set);
    else
        linux_wake_all(&event->event.set);
    pal_handle_put(event);
    return 0;
}

/* The barrier of the exchange is needed even if the event is set: whoever takes it must see what was written before. */
int _DkEventSet(PAL_HANDLE event)
{
    struct waitable *set = &event->event.set;
    const bool was_set = pal_exchange(&set->count, 1);
    return was_set || __atomic_load_n(&set->waiters, __ATOMIC_SEQ_CST) == 0 ? 0 : wake(event);
}

/* And here lest a look that follows at what another thread has written comes before the clearing. */
int _DkEventClear(PAL_HANDLE event)
{
    struct waitable *set = &event->event.set;
    if (__atomic_load_n(&set->count, __ATOMIC_ACQUIRE))
        pal_exchange(&set->count, 0);
    return 0;
}

bool linux_event_take(PAL_HANDLE event)
{
    struct waitable *set = &event->event.set;
    uint32_t one = 1;
    if (!__atomic_load_n(&set->count, __ATOMIC_SEQ_CST))
        return false;
    return !event->event.auto_clear || pal_compare_exchange(&set->count, &one, 0);
}

const struct handle_ops linux_event_ops = {.close = NULL};
