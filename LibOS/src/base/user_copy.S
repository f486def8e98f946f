/* SPDX-License-Identifier: MIT */
/* Access to memory of the program. A fault between user_begin and user_end goes on at user_fault (entry/events.c); these
 * functions keep no state but in registers, and use no stack. */
#include "user_access.h"

    .text

FUNCTION user_begin
    /* int user_copy(to, from, size) */
FUNCTION user_copy
    COPY_MEMORY
    .size user_copy, . - user_copy

    /* int user_fill_zero(to, size) */
FUNCTION user_fill_zero
    movq %rsi, %rcx
    xorl %eax, %eax
    rep stosb
    ret
    .size user_fill_zero, . - user_fill_zero

    /* int64_t user_copy_string(to, size, from): bytes before the NUL, or size if there is none */
FUNCTION user_copy_string
    COPY_STRING
    .size user_copy_string, . - user_copy_string

    /* int user_load32(out, from) */
FUNCTION user_load32
    movl (%rsi), %eax
    movl %eax, (%rdi)
    xorl %eax, %eax
    ret
    .size user_load32, . - user_load32

    /* int user_compare_exchange32(word, expected, desired) */
FUNCTION user_compare_exchange32
    movl (%rsi), %eax
    lock cmpxchgl %edx, (%rdi)
    movl %eax, (%rsi)
    xorl %eax, %eax
    ret
    .size user_compare_exchange32, . - user_compare_exchange32
FUNCTION user_end

FUNCTION user_fault
    movq $-14, %rax                 /* -EFAULT */
    ret
    .size user_fault, . - user_fault
    .section .note.GNU-stack, "", @progbits
