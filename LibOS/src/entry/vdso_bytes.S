/* SPDX-License-Identifier: MIT */
/* The image of the vDSO as data. */
    .section .rodata
    .balign 16
    .globl vdso_bytes
    .hidden vdso_bytes
vdso_bytes:
    .incbin "build/libos/vdso.so", 0, 4096
    .section .note.GNU-stack, "", @progbits
