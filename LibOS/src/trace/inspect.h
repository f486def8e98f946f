/* SPDX-License-Identifier: MIT */
/* Requests of ptrace(2) that the table answers. The thread of the slot has stopped; each returns what the call does. */
#ifndef LIBOS_SRC_TRACE_INSPECT_H
#define LIBOS_SRC_TRACE_INSPECT_H

#include "trace/trace_room.h"

/* All of a set of registers (NT_x); PTRACE_GETREGSET and its kin, with a struct iovec of the program. */
int64_t trace_get_all(uint32_t number, uint64_t type, void *to);
int64_t trace_set_all(uint32_t number, uint64_t type, const void *from);
int64_t trace_move_set(uint32_t number, uint64_t type, void *vector, bool write);

/* A word of struct user. */
int64_t trace_peek_user(uint32_t number, uint64_t offset, void *to);
int64_t trace_poke_user(uint32_t number, uint64_t offset, uint64_t word);

int64_t trace_get_info(uint32_t number, void *to);
int64_t trace_set_info(uint32_t number, const void *from);
int64_t trace_get_mask(uint32_t number, uint64_t size, void *to);
int64_t trace_set_mask(uint32_t number, uint64_t size, const void *from);
/* PTRACE_GET_SYSCALL_INFO. */
int64_t trace_get_call(uint32_t number, uint64_t size, void *to);

#endif
