/* SPDX-License-Identifier: MIT */
/* Tests of filter/bpf.c: whatever it takes for a program can be run, and touches nothing that is not its own. What programs
 * compute is tested beside the kernel (guest/filter). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "filter/bpf.h"

#define PROGRAMS  200000
#define COUNT_MAX 24

static uint32_t g_random = 11;

static unsigned random_below(unsigned limit)
{
    g_random = g_random * 1664525 + 1013904223;
    return (g_random >> 8) % limit;
}

/* Instructions that are likely to be taken, with operands around the limits. */
static struct sock_filter random_instruction(void)
{
    static const uint16_t codes[] = {BPF_LD | BPF_W | BPF_ABS,
                                     BPF_LD | BPF_MEM,
                                     BPF_LDX | BPF_MEM,
                                     BPF_ST,
                                     BPF_STX,
                                     BPF_LD | BPF_IMM,
                                     BPF_LDX | BPF_IMM,
                                     BPF_LD | BPF_W | BPF_LEN,
                                     BPF_LDX | BPF_W | BPF_LEN,
                                     BPF_MISC | BPF_TAX,
                                     BPF_MISC | BPF_TXA,
                                     BPF_RET | BPF_K,
                                     BPF_RET | BPF_A,
                                     BPF_ALU | BPF_DIV | BPF_X,
                                     BPF_ALU | BPF_DIV | BPF_K,
                                     BPF_ALU | BPF_LSH | BPF_X,
                                     BPF_ALU | BPF_RSH | BPF_K,
                                     BPF_ALU | BPF_NEG,
                                     BPF_JMP | BPF_JA,
                                     BPF_JMP | BPF_JEQ | BPF_K,
                                     BPF_JMP | BPF_JGT | BPF_X,
                                     BPF_JMP | BPF_JSET | BPF_K};
    static const uint32_t operands[] = {0, 1, 2, 3, 4, 8, 15, 16, 31, 32, 60, 64, 0x7fffffff, UINT32_MAX};
    return (struct sock_filter){.code = random_below(20) ? codes[random_below(array_count(codes))]
                                                         : (uint16_t)random_below(0x10000),
                                .jt = (uint8_t)random_below(random_below(4) ? 3 : 256),
                                .jf = (uint8_t)random_below(random_below(4) ? 3 : 256),
                                .k = operands[random_below(array_count(operands))]};
}

/* Each program lies at the end of memory of its own, so that a step out of it is seen. */
static void test_random_programs(void **state)
{
    uint32_t data[BPF_DATA_WORDS];
    unsigned taken = 0;
    (void)state;
    for (unsigned n = 0; n < PROGRAMS; n++) {
        const size_t count = 1 + random_below(COUNT_MAX);
        struct sock_filter *program = malloc(count * sizeof(*program));
        uint16_t *written = malloc(count * sizeof(*written));
        assert_non_null(program);
        assert_non_null(written);
        for (size_t i = 0; i < count; i++)
            program[i] = random_instruction();
        if (random_below(4))
            program[count - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
        for (size_t i = 0; i < BPF_DATA_WORDS; i++)
            data[i] = random_below(2) ? random_below(64) : UINT32_MAX - random_below(64);
        if (bpf_check(program, count, written) == 0) {
            uint32_t looked = 0, again = 0;
            const uint32_t answer = bpf_run(program, count, data, &looked);
            taken++;
            assert_int_equal(bpf_run(program, count, data, &again), answer);
            assert_int_equal(looked, again);
            /* It depends on nothing but what it has looked at. */
            for (size_t i = 0; i < BPF_DATA_WORDS; i++)
                data[i] = looked & 1u << i ? data[i] : ~data[i];
            assert_int_equal(bpf_run(program, count, data, &again), answer);
        }
        free(program);
        free(written);
    }
    assert_true(taken > PROGRAMS / 100);
}

static void test_looks(void **state)
{
    const struct sock_filter program[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 60),
                                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
                                          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_A, 0)};
    uint32_t data[BPF_DATA_WORDS] = {[0] = 99, [15] = 7}, looked = 0;
    uint16_t written[array_count(program)];
    (void)state;
    assert_int_equal(bpf_check(program, array_count(program), written), 0);
    assert_int_equal(bpf_run(program, array_count(program), data, &looked), 99);
    assert_int_equal(looked, 0x8001);
    looked = 0;
    data[15] = 8;
    assert_int_equal(bpf_run(program, array_count(program), data, &looked), 8);
    assert_int_equal(looked, 0x8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_programs), cmocka_unit_test(test_looks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
