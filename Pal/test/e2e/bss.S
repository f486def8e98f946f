/* SPDX-License-Identifier: MIT */
/* BSS_SIZE bytes of zeros from the beginning of a page on; linked last, so that the segment ends with them. */

    .bss
    .balign 4096
    .globl bss_start
    .globl bss_end
    .hidden bss_start
    .hidden bss_end
bss_start:
    .zero BSS_SIZE
bss_end:
    .section .note.GNU-stack, "", @progbits
