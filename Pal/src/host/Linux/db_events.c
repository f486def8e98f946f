/* SPDX-License-Identifier: MIT */
/* Linux: events. An event is a waitable whose count is 0 or 1. */
#include "linux_waitable.h"

int _DkEventCreate(PAL_HANDLE *out, bool initially_set, bool auto_clear)
{
    const int error = pal_handle_new(PAL_TYPE_EVENT, out);
    if (error == 0)
        linux_waitable_init(&(*out)->event.set, initially_set, 1, auto_clear);
    return error;
}

int _DkEventSet(PAL_HANDLE event)
{
    return linux_raise(event, &event->event.set, 1, true);
}

int _DkEventClear(PAL_HANDLE event)
{
    return linux_clear(event, &event->event.set);
}

const struct handle_ops linux_event_ops = {.close = NULL};
