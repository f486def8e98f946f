/* SPDX-License-Identifier: MIT */
/* The functions of pal_user.h. Between pal_user_begin and pal_user_end nothing is on the stack, so a fault goes on at
 * pal_user_fault as if the function returned there. */
#include "user_access.h"

#define PAL_ERROR_BADADDR 15

    .text
    .globl pal_user_begin
    .hidden pal_user_begin
pal_user_begin:

FUNCTION pal_user_read
FUNCTION pal_user_write
    COPY_MEMORY
    .size pal_user_read, . - pal_user_read
    .size pal_user_write, . - pal_user_write

FUNCTION pal_user_strnlen
    xorl %eax, %eax
1:  cmpq %rsi, %rax
    jae 2f
    cmpb $0, (%rdi,%rax)
    je 2f
    incq %rax
    jmp 1b
2:  ret
    .size pal_user_strnlen, . - pal_user_strnlen

FUNCTION pal_user_copy_string
    COPY_STRING
    .size pal_user_copy_string, . - pal_user_copy_string

    .globl pal_user_end
    .hidden pal_user_end
pal_user_end:

    .globl pal_user_fault
    .hidden pal_user_fault
pal_user_fault:
    movq $-PAL_ERROR_BADADDR, %rax
    ret
    .section .note.GNU-stack, "", @progbits
