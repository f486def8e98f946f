/* SPDX-License-Identifier: MIT */
/* Where a new process begins: as if linux_syscall, which made it, returned here. It is on the first two words of what its parent
 * has prepared, which linux_child_start gets; the second is the stack to go to. */

    .text
    .globl linux_child_entry
    .hidden linux_child_entry
    .type linux_child_entry, @function
linux_child_entry:
    leaq -8(%rsp), %rdi
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
