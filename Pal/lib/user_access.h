/* SPDX-License-Identifier: MIT */
/* For assembly: copying memory that may not be there, for the loader and for the library OS, each of which goes on elsewhere
 * after a fault. The code keeps no state but in registers, and uses no stack. Knows neither. */
#ifndef PAL_LIB_USER_ACCESS_H
#define PAL_LIB_USER_ACCESS_H
/* clang-format off */

/* A function of these files. */
.macro FUNCTION name
    .globl \name
    .hidden \name
    .type \name, @function
\name:
.endm

/* int f(to, from, size), which returns 0. Starting a string instruction takes longer than copying a structure by words: four
 * at a time, then one; the last one overlaps what has been copied. */
.macro COPY_MEMORY
    xorl %eax, %eax
    cmpq $512, %rdx
    ja 6f
    subq $32, %rdx
    jb 2f
1:  movq (%rsi,%rax), %rcx
    movq 8(%rsi,%rax), %r8
    movq 16(%rsi,%rax), %r9
    movq 24(%rsi,%rax), %r10
    movq %rcx, (%rdi,%rax)
    movq %r8, 8(%rdi,%rax)
    movq %r9, 16(%rdi,%rax)
    movq %r10, 24(%rdi,%rax)
    addq $32, %rax
    cmpq %rdx, %rax
    jbe 1b
2:  addq $24, %rdx                  /* where the last word is */
    js 4f
3:  cmpq %rdx, %rax
    jae 5f
    movq (%rsi,%rax), %rcx
    movq %rcx, (%rdi,%rax)
    addq $8, %rax
    jmp 3b
5:  movq (%rsi,%rdx), %rcx
    movq %rcx, (%rdi,%rdx)
    xorl %eax, %eax
    ret
4:  addq $4, %rdx                   /* less than a word: halves in the same way, or bytes */
    js 7f
    movl (%rsi), %ecx
    movl (%rsi,%rdx), %r8d
    movl %ecx, (%rdi)
    movl %r8d, (%rdi,%rdx)
    ret
7:  addq $4, %rdx
    jz 9f
8:  movb -1(%rsi,%rdx), %cl
    movb %cl, -1(%rdi,%rdx)
    decq %rdx
    jnz 8b
9:  ret
6:  movq %rdx, %rcx
    rep movsb
    ret
.endm

/* int64_t f(to, size, from): bytes before the NUL, or size if there is none. By words, but for the last bytes of `to` and of
 * a page: the next one may not be there. A word has a zero byte if a borrow reaches the top of a byte that has not got its
 * top bit: (w - 01..01) & ~w & 80..80; the lowest one is true. */
.macro COPY_STRING
    xorl %eax, %eax
    movabsq $0x0101010101010101, %r8
    movabsq $0x8080808080808080, %r9
1:  leaq 8(%rax), %r11
    cmpq %rsi, %r11
    ja 3f
    leal (%rdx,%rax), %ecx
    andl $4095, %ecx                /* in the smallest page that there is */
    cmpl $(4096 - 8), %ecx
    ja 3f
    movq (%rdx,%rax), %rcx
    movq %rcx, (%rdi,%rax)
    movq %rcx, %r10
    subq %r8, %r10
    notq %rcx
    andq %r9, %r10
    andq %rcx, %r10
    jnz 2f
    movq %r11, %rax
    jmp 1b
2:  bsfq %r10, %r10
    shrq $3, %r10
    addq %r10, %rax
    ret
3:  cmpq %rsi, %rax
    jae 4f
    movb (%rdx,%rax), %cl
    movb %cl, (%rdi,%rax)
    testb %cl, %cl
    jz 4f
    incq %rax
    jmp 1b
4:  ret
.endm

#endif
