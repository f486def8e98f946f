/* SPDX-License-Identifier: MIT */
/* Debug registers of traced threads. */
#ifndef LIBOS_SRC_TRACE_WATCH_H
#define LIBOS_SRC_TRACE_WATCH_H

#include "trace.h"

struct trace_detail;

/* In the tracer: debug register 0 to 7 of a stopped thread. 0, -EINVAL, -EIO: there is none, -ENOSPC: it cannot be watched */
uint64_t watch_peek(const struct trace_detail *detail, unsigned number);
PAL_MUST_CHECK int watch_poke(struct trace_detail *detail, unsigned number, uint64_t word);

/* In the thread: it is about to go on, with these registers; it has none any more; and a step has been made, which a watch may have
 * waited for (DR6 says which). */
void watch_begin(struct thread_trace *trace, const struct trace_detail *detail);
void watch_end(struct thread_trace *trace, struct trace_detail *detail);
bool watch_step(struct thread_trace *trace, struct trace_detail *detail, uint64_t rip);

#endif
