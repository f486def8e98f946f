/* SPDX-License-Identifier: MIT */
/* Where a new process begins: as if linux_syscall, which made it, returned here. It is on the two words that its parent
 * has prepared, the second of which is the stack to go to. */

    .text
    .globl linux_child_entry
    .hidden linux_child_entry
    .type linux_child_entry, @function
linux_child_entry:
    popq %rsp
    andq $-16, %rsp
    xorl %ebp, %ebp
    wrfsbase %rbp
    fninit                              /* the floating point modes of the parent's program are not for this one */
    pushq $0x1f80
    ldmxcsr (%rsp)
    popq %rax
    call linux_child_start
    ud2
    .size linux_child_entry, . - linux_child_entry
    .section .note.GNU-stack, "", @progbits
