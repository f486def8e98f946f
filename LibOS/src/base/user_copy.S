/* SPDX-License-Identifier: MIT */
/* Access to memory of the program. A fault between user_begin and user_end goes on at user_fault (entry/events.c); these
 * functions keep no state but in registers, and use no stack. */

#define PAGE_SIZE 4096
#define WORDS_MAX 512

    .text
    .macro FUNCTION name
    .globl \name
    .hidden \name
    .type \name, @function
\name:
    .endm

FUNCTION user_begin
    /* int user_copy(to, from, size) */
FUNCTION user_copy
    /* Starting a string instruction takes longer than copying a structure by words: four at a time, then one; the last one
     * overlaps what has been copied. */
    xorl %eax, %eax
    cmpq $WORDS_MAX, %rdx
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
    /* By words, but for the last bytes of `to` and of a page: the next one may not be there. A word has a zero byte if a
     * borrow reaches the top of a byte that has not got its top bit: (w - 01..01) & ~w & 80..80; the lowest one is true. */
    xorl %eax, %eax
    movabsq $0x0101010101010101, %r8
    movabsq $0x8080808080808080, %r9
1:  leaq 8(%rax), %r11
    cmpq %rsi, %r11
    ja 3f
    leal (%rdx,%rax), %ecx
    andl $(PAGE_SIZE - 1), %ecx
    cmpl $(PAGE_SIZE - 8), %ecx
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
    je 4f
    movb (%rdx,%rax), %cl
    movb %cl, (%rdi,%rax)
    testb %cl, %cl
    je 4f
    incq %rax
    jmp 1b
4:  ret
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
