/* SPDX-License-Identifier: MIT */
/* seccomp(2): which programs of BPF it takes, and what they compute. */
#include "filters.h"

static void try_program(const char *name, struct sock_filter *filter, size_t count)
{
    const long result = install_flags(filter, count, 0);
    printf("%s: %s\n", name, result < 0 ? error_name(errno) : "taken");
}

#define TRY(name, ...)                                                                                                 \
    do {                                                                                                               \
        fflush(stdout);                                                                                                \
        if (fork() == 0) {                                                                                             \
            struct sock_filter filter[] = {__VA_ARGS__};                                                               \
            try_program(name, filter, COUNT_OF(filter));                                                               \
            exit_clean(0);                                                                                             \
        }                                                                                                              \
        wait(NULL);                                                                                                    \
    } while (0)

#define S     BPF_STMT
#define J     BPF_JUMP
#define ALLOW ANSWER(SECCOMP_RET_ALLOW)

static void shapes(void)
{
    TRY("allow", ALLOW);
    TRY("no end", S(BPF_LD | BPF_IMM, 1));
    TRY("return X", S(BPF_RET | BPF_X, 1));
    TRY("load half", S(BPF_LD | BPF_H | BPF_ABS, 0), ALLOW);
    TRY("load byte", S(BPF_LD | BPF_B | BPF_ABS, 0), ALLOW);
    TRY("load indirect", S(BPF_LD | BPF_W | BPF_IND, 0), ALLOW);
    TRY("load last", LOAD(60), ALLOW);
    TRY("load behind", LOAD(64), ALLOW);
    TRY("load unaligned", LOAD(2), ALLOW);
    TRY("load header", S(BPF_LDX | BPF_B | BPF_MSH, 0), ALLOW);
    TRY("load ancillary", LOAD((unsigned)SKF_AD_OFF), ALLOW);
    TRY("length", S(BPF_LD | BPF_W | BPF_LEN, 0), S(BPF_LDX | BPF_W | BPF_LEN, 0), ALLOW);
    TRY("memory not written", S(BPF_LD | BPF_MEM, 3), ALLOW);
    TRY("memory written", S(BPF_ST, 3), S(BPF_LD | BPF_MEM, 3), ALLOW);
    TRY("memory written elsewhere", S(BPF_STX, 4), S(BPF_LDX | BPF_MEM, 3), ALLOW);
    TRY("memory written on one way", J(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), S(BPF_ST, 1), S(BPF_LD | BPF_MEM, 1),
        ALLOW);
    TRY("memory written on both ways", J(BPF_JMP | BPF_JEQ | BPF_K, 1, 2, 0), S(BPF_ST, 1), S(BPF_JMP | BPF_JA, 1),
        S(BPF_STX, 1), S(BPF_LD | BPF_MEM, 1), ALLOW);
    TRY("memory 15", S(BPF_ST, 15), ALLOW);
    TRY("memory 16", S(BPF_ST, 16), ALLOW);
    TRY("divide by 0", S(BPF_ALU | BPF_DIV | BPF_K, 0), ALLOW);
    TRY("divide by X", S(BPF_ALU | BPF_DIV | BPF_X, 0), ALLOW);
    TRY("modulo", S(BPF_ALU | BPF_MOD | BPF_K, 2), ALLOW);
    TRY("shift 31", S(BPF_ALU | BPF_LSH | BPF_K, 31), ALLOW);
    TRY("shift 32", S(BPF_ALU | BPF_LSH | BPF_K, 32), ALLOW);
    TRY("shift right 32", S(BPF_ALU | BPF_RSH | BPF_K, 32), ALLOW);
    TRY("negate", S(BPF_ALU | BPF_NEG, 0), ALLOW);
    TRY("negate X", S(BPF_ALU | BPF_NEG | BPF_X, 0), ALLOW);
    TRY("jump to the end", S(BPF_JMP | BPF_JA, 0), ALLOW);
    TRY("jump behind", S(BPF_JMP | BPF_JA, 1), ALLOW);
    TRY("jump back", S(BPF_JMP | BPF_JA, UINT32_MAX), ALLOW);
    TRY("jump X", S(BPF_JMP | BPF_JA | BPF_X, 0), ALLOW);
    TRY("branch behind", J(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), ALLOW);
    TRY("branch behind, too", J(BPF_JMP | BPF_JSET | BPF_X, 0, 1, 0), ALLOW);
    TRY("branch at the end", ALLOW, J(BPF_JMP | BPF_JSET | BPF_X, 0, 0, 0));
    TRY("unreachable memory", S(BPF_JMP | BPF_JA, 1), S(BPF_LD | BPF_MEM, 2), ALLOW);
    TRY("other codes", S(0xffff, 0), ALLOW);
    TRY("wide codes", S(0x100 | BPF_RET, 0), ALLOW);
    TRY("a size at a store", S(BPF_ST | BPF_B, 0), ALLOW);
    TRY("a size at a constant", S(BPF_LD | BPF_IMM | BPF_B, 0), ALLOW);
    TRY("misc", S(BPF_MISC | 0x40, 0), ALLOW);
}

static void every_code(void)
{
    unsigned long taken = 0, sum = 0;
    for (unsigned code = 0; code < 0x200; code++) {
        struct sock_filter filter[] = {S(BPF_ST, 0), S((unsigned short)code, 4), ALLOW, ALLOW, ALLOW, ALLOW, ALLOW};
        if (install_flags(filter, COUNT_OF(filter), 0) == 0) {
            taken++;
            sum = sum * 31 + code;
        }
    }
    printf("%lu codes, %lx\n", taken, sum);
}

/* Answers of a program that computes with the number of a call, A, and X. */
static void compute(unsigned code, unsigned a, unsigned x, unsigned k)
{
    fflush(stdout);
    if (fork() == 0) {
        struct sock_filter filter[] = {
            LOAD(DATA(nr)),
            J(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0),
            ALLOW,
            S(BPF_LDX | BPF_IMM, x),
            S(BPF_LD | BPF_IMM, a),
            S((unsigned short)code, k),
            S(BPF_STX, 2),
            S(BPF_ST, 3),
            S(BPF_LDX | BPF_MEM, 2),
            S(BPF_ALU | BPF_XOR | BPF_X, 0),
            S(BPF_LDX | BPF_MEM, 3),
            S(BPF_ALU | BPF_ADD | BPF_X, 0),
            S(BPF_ALU | BPF_AND | BPF_K, 0x3ff),
            S(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
            S(BPF_RET | BPF_A, 0),
        };
        if (install_flags(filter, COUNT_OF(filter), 0) < 0) {
            printf(" %s", error_name(errno));
        } else {
            errno = 0;
            printf(syscall(SYS_getppid) < 0 ? " %d" : " =%d", errno);
        }
        exit_clean(0);
    }
    wait(NULL);
}

static void arithmetic(void)
{
    const unsigned operations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH, BPF_XOR};
    const unsigned values[][2] = {{0, 0}, {700, 3}, {0xffffffff, 0x80000001}, {12345678, 31}, {5, 32}};
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        printf("%02x:", operations[i]);
        for (size_t j = 0; j < COUNT_OF(values); j++) {
            compute(BPF_ALU | operations[i] | BPF_K, values[j][0], 0x155, values[j][1]);
            compute(BPF_ALU | operations[i] | BPF_X, values[j][0], values[j][1], 0);
        }
        puts("");
    }
    compute(BPF_ALU | BPF_NEG, 77, 4, 0);
    compute(BPF_MISC | BPF_TAX, 77, 4, 0);
    compute(BPF_MISC | BPF_TXA, 77, 4, 0);
    compute(BPF_LD | BPF_W | BPF_LEN, 77, 4, 0);
    puts("");
}

static void comparisons(void)
{
    const unsigned operations[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    const unsigned values[] = {0, 1, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        printf("%02x:", operations[i]);
        for (size_t j = 0; j < COUNT_OF(values) * COUNT_OF(values); j++) {
            fflush(stdout);
            if (fork() == 0) {
                struct sock_filter filter[] = {LOAD(DATA(nr)),
                                               J(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0),
                                               ALLOW,
                                               S(BPF_LDX | BPF_IMM, values[j / COUNT_OF(values)]),
                                               S(BPF_LD | BPF_IMM, values[j % COUNT_OF(values)]),
                                               J((unsigned short)(BPF_JMP | operations[i] | (j % 2 ? BPF_X : BPF_K)),
                                                 values[j / COUNT_OF(values)], 1, 0),
                                               ANSWER(ERRNO(1)),
                                               ANSWER(ERRNO(2))};
                if (install_flags(filter, COUNT_OF(filter), 0) < 0)
                    exit(9);
                syscall(SYS_getppid);
                printf(" %d", errno);
                exit_clean(0);
            }
            wait(NULL);
        }
        puts("");
    }
}

static void sizes(void)
{
    static struct sock_filter filter[BPF_MAXINSNS + 1];
    for (size_t i = 0; i < COUNT_OF(filter); i++)
        filter[i] = (struct sock_filter)ALLOW;
    R(install_flags(filter, 0, 0));
    R(install_flags(filter, COUNT_OF(filter), 0));
    R(install_flags(filter, BPF_MAXINSNS, 0));
    R(install_flags(WILD, 1, 0));
    R(install_flags(NULL, 1, 0));
    int installed = 0;
    while (installed < 100 && install_flags(filter, BPF_MAXINSNS, 0) == 0)
        installed++;
    printf("%s\n", installed > 1 && installed < 20 ? "several" : "too few, or too many");
    R(install_flags(filter, BPF_MAXINSNS, 0));
    R(getpid() > 0);
}

int main(void)
{
    give_up_privileges();
    shapes();
    end_of(start(every_code));
    arithmetic();
    comparisons();
    end_of(start(sizes));
    return 0;
}
