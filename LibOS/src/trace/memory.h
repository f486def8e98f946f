/* SPDX-License-Identifier: MIT */
/* Memory of a traced process, and what it knows of it. */
#ifndef LIBOS_SRC_TRACE_MEMORY_H
#define LIBOS_SRC_TRACE_MEMORY_H

#include "trace/trace_room.h"

/* Copy from or to the memory of a stopped thread's process; part of it if not all is there. Bytes, -EFAULT, -ESRCH. */
int64_t trace_transfer(uint32_t number, uint64_t address, void *buffer, size_t size, bool write);

/* In the stopped thread: answer, if it has been asked. */
void trace_serve(struct trace_detail *detail);

#endif
