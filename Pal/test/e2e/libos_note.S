/* SPDX-License-Identifier: MIT */
/* The note by which a preload says that it is a library OS of a kind. */

    .section .note.libos, "a", @note
    .balign 4
    .long 4, 4, 2                   /* sizes of name and description, type PAL_LIBOS_NOTE */
    .asciz "PAL"
    .long KIND
    .section .note.GNU-stack, "", @progbits
