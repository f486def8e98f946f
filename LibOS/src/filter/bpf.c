/* SPDX-License-Identifier: MIT */
/* An interpreter of classic BPF. What it runs has been checked, so it has nothing to check: jumps lead only forward, which
 * is why each program ends. */
#include "filter/bpf.h"

#define WORD ((uint32_t)sizeof(uint32_t))

/***** What is a program *****/

static bool operation_is_known(const struct sock_filter *at)
{
    switch (BPF_OP(at->code)) {
    case BPF_DIV:
        return BPF_SRC(at->code) == BPF_X || at->k != 0;
    case BPF_LSH:
    case BPF_RSH:
        return BPF_SRC(at->code) == BPF_X || at->k < 32;
    case BPF_NEG:
        return BPF_SRC(at->code) == BPF_K;
    case BPF_ADD:
    case BPF_SUB:
    case BPF_MUL:
    case BPF_AND:
    case BPF_OR:
    case BPF_XOR:
        return true;
    default:
        return false;
    }
}

/* left: how many instructions come after it. */
static bool jump_is_known(const struct sock_filter *at, size_t left)
{
    switch (BPF_OP(at->code)) {
    case BPF_JA:
        return BPF_SRC(at->code) == BPF_K && at->k < left;
    case BPF_JEQ:
    case BPF_JGT:
    case BPF_JGE:
    case BPF_JSET:
        return at->jt < left && at->jf < left;
    default:
        return false;
    }
}

static bool is_known(const struct sock_filter *at, size_t left)
{
    switch (at->code) {
    case BPF_LD | BPF_W | BPF_ABS:
        return at->k < BPF_DATA_WORDS * WORD && at->k % WORD == 0;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
        return at->k < BPF_MEMWORDS;
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
        return true;
    default:
        break;
    }
    if (at->code != (BPF_CLASS(at->code) | BPF_OP(at->code) | BPF_SRC(at->code)))
        return false;
    switch (BPF_CLASS(at->code)) {
    case BPF_ALU:
        return operation_is_known(at);
    case BPF_JMP:
        return jump_is_known(at, left);
    default:
        return false;
    }
}

/* A cell may be read where all ways have written it: each jump takes what its way has written to where it leads. */
static bool cells_are_written(const struct sock_filter *program, size_t count, uint16_t *written)
{
    uint16_t now = 0;
    memset(written, 0xff, count * sizeof(*written));
    for (size_t i = 0; i < count; i++) {
        const struct sock_filter *at = &program[i];
        now &= written[i];
        switch (at->code) {
        case BPF_ST:
        case BPF_STX:
            now = (uint16_t)(now | 1u << at->k);
            break;
        case BPF_LD | BPF_MEM:
        case BPF_LDX | BPF_MEM:
            if (!((uint32_t)now >> at->k & 1))
                return false;
            break;
        case BPF_JMP | BPF_JA:
            written[i + 1 + at->k] &= now;
            now = UINT16_MAX;
            break;
        default:
            if (BPF_CLASS(at->code) != BPF_JMP)
                break;
            written[i + 1 + at->jt] &= now;
            written[i + 1 + at->jf] &= now;
            now = UINT16_MAX;
        }
    }
    return true;
}

int bpf_check(const struct sock_filter *program, size_t count, uint16_t *written)
{
    if (count == 0 || BPF_CLASS(program[count - 1].code) != BPF_RET)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        if (!is_known(&program[i], count - i - 1))
            return -EINVAL;
    }
    return cells_are_written(program, count, written) ? 0 : -EINVAL;
}

/***** What it answers *****/

struct machine {
    uint32_t a, x;
    uint32_t cells[BPF_MEMWORDS];
    bool over; /* the answer is in a */
};

static uint32_t operate(unsigned operation, uint32_t a, uint32_t by)
{
    switch (operation) {
    case BPF_ADD:
        return a + by;
    case BPF_SUB:
        return a - by;
    case BPF_MUL:
        return a * by;
    case BPF_DIV:
        return a / by;
    case BPF_AND:
        return a & by;
    case BPF_OR:
        return a | by;
    case BPF_XOR:
        return a ^ by;
    case BPF_LSH:
        return a << by % 32;
    case BPF_RSH:
        return a >> by % 32;
    default:
        return -a;
    }
}

static bool compare(unsigned operation, uint32_t a, uint32_t with)
{
    switch (operation) {
    case BPF_JEQ:
        return a == with;
    case BPF_JGT:
        return a > with;
    case BPF_JGE:
        return a >= with;
    default:
        return (a & with) != 0;
    }
}

static uint32_t load(const struct machine *machine, const struct sock_filter *at, const uint32_t *data,
                     uint32_t *looked)
{
    switch (BPF_MODE(at->code)) {
    case BPF_ABS:
        *looked |= 1u << at->k / WORD;
        return data[at->k / WORD];
    case BPF_MEM:
        return machine->cells[at->k];
    case BPF_LEN:
        return BPF_DATA_WORDS * WORD;
    default:
        return at->k;
    }
}

/* Returns how many instructions are jumped over. */
static size_t step(struct machine *machine, const struct sock_filter *at, const uint32_t *data, uint32_t *looked)
{
    const uint32_t other = BPF_SRC(at->code) == BPF_X ? machine->x : at->k;
    const unsigned operation = BPF_OP(at->code);
    switch (BPF_CLASS(at->code)) {
    case BPF_LD:
        machine->a = load(machine, at, data, looked);
        break;
    case BPF_LDX:
        machine->x = load(machine, at, data, looked);
        break;
    case BPF_ST:
        machine->cells[at->k] = machine->a;
        break;
    case BPF_STX:
        machine->cells[at->k] = machine->x;
        break;
    case BPF_ALU:
        /* Who divides by nothing answers 0. */
        machine->over = operation == BPF_DIV && other == 0;
        machine->a = machine->over ? 0 : operate(operation, machine->a, other);
        break;
    case BPF_JMP:
        return operation == BPF_JA ? at->k : compare(operation, machine->a, other) ? at->jt : at->jf;
    case BPF_RET:
        machine->over = true;
        machine->a = BPF_RVAL(at->code) == BPF_A ? machine->a : at->k;
        break;
    default:
        if (BPF_MISCOP(at->code) == BPF_TAX)
            machine->x = machine->a;
        else
            machine->a = machine->x;
    }
    return 0;
}

uint32_t bpf_run(const struct sock_filter *program, size_t count, const uint32_t data[BPF_DATA_WORDS], uint32_t *looked)
{
    struct machine machine = {0};
    for (size_t i = 0; i < count && !machine.over; i++)
        i += step(&machine, &program[i], data, looked);
    return machine.a;
}
