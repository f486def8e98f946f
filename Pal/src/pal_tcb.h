/* SPDX-License-Identifier: MIT */
/* What the core keeps for each thread behind the public part of its thread control block. A host embeds this at the
 * start of its own structure and points %gs at it. */
#ifndef PAL_SRC_PAL_TCB_H
#define PAL_SRC_PAL_TCB_H

#include <stdint.h>
#include "pal.h"

/* An event that is being handled; what a handler gets as its event. */
struct pal_event {
    PAL_NUM number;
    void *resume_stack;      /* where DkExceptionReturn goes on, see pal_invoke */
    struct pal_event *outer; /* the event during whose handling this one came */
};

struct pal_thread {
    struct pal_tcb tcb;                          /* what the ABI shows; bit N of pending is PAL_EVENT N */
    void *entry_stack;                           /* %rsp of pal_enter, to come back to */
    void *program_stack;                         /* %rsp with which the program was entered */
    uint32_t wishes;                             /* PAL_SUSPEND_x that the next PAL_EVENT_SUSPEND tells */
    struct pal_event *event;                     /* the innermost one that is being handled */
    PAL_EVENT_HANDLER handlers[PAL_EVENT_LIMIT]; /* PAL_EVENT_PRIVATE */
    PAL_FLG handler_flags[PAL_EVENT_LIMIT];
    PAL_HANDLE handle; /* of this thread */
};

/* The calling thread's block. */
static inline struct pal_thread *pal_self(void)
{
    struct pal_thread *self;
    __asm__("movq %%gs:0, %0" : "=r"(self));
    return self;
}

#endif
