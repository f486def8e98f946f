/* SPDX-License-Identifier: MIT */
/* Filters as graphs (bpf-graph.h): making nodes, and putting them in an order in which all jumps lead forward. */
#include "bpf-graph.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* What one jump can skip. */
enum { JUMP_MAX = 255 };

/* A jump has two successors, a verdict none; others have the same one twice. */
struct node {
    uint16_t code;
    uint32_t k;
    unsigned yes, no;
    unsigned place; /* instructions from it to the end of the program, itself included; 0 = not laid out */
};

static struct node g_nodes[BPF_NODES_MAX];
static unsigned g_count;

/* The program as it grows, from its end to its beginning: the successors of an instruction are there before it. */
static struct sock_filter g_reversed[BPF_MAXINSNS];
static unsigned g_length;

void bpf_begin(void)
{
    g_count = 0;
}

static unsigned find_or_make(uint16_t code, uint32_t k, unsigned yes, unsigned no)
{
    for (unsigned i = 0; i < g_count; i++) {
        if (g_nodes[i].code == code && g_nodes[i].k == k && g_nodes[i].yes == yes && g_nodes[i].no == no)
            return i;
    }
    if (g_count == BPF_NODES_MAX) {
        fprintf(stderr, "bpf-graph: more than %d nodes\n", BPF_NODES_MAX);
        exit(1);
    }
    g_nodes[g_count] = (struct node){.code = code, .k = k, .yes = yes, .no = no};
    return g_count++;
}

unsigned bpf_return(uint32_t value)
{
    return find_or_make(BPF_RET | BPF_K, value, 0, 0);
}

unsigned bpf_load(uint32_t offset, unsigned next)
{
    return find_or_make(BPF_LD | BPF_W | BPF_ABS, offset, next, next);
}

unsigned bpf_and(uint32_t bits, unsigned next)
{
    return find_or_make(BPF_ALU | BPF_AND | BPF_K, bits, next, next);
}

unsigned bpf_jump(uint16_t operation, uint32_t k, unsigned yes, unsigned no)
{
    return yes == no ? yes : find_or_make((uint16_t)(BPF_JMP | operation | BPF_K), k, yes, no);
}

unsigned bpf_loaded(uint32_t offset, unsigned node)
{
    const struct node *load = &g_nodes[node];
    return load->code == (BPF_LD | BPF_W | BPF_ABS) && load->k == offset ? load->yes : node;
}

static void put(uint16_t code, uint32_t k, unsigned yes, unsigned no)
{
    if (g_length == BPF_MAXINSNS) {
        fprintf(stderr, "bpf-graph: more than %d instructions\n", BPF_MAXINSNS);
        exit(1);
    }
    g_reversed[g_length++] = (struct sock_filter){code, (uint8_t)yes, (uint8_t)no, k};
}

/* How far an instruction that is put next has to jump to a node. */
static unsigned distance(unsigned node)
{
    return g_length - g_nodes[node].place;
}

/* For what is put next: a jump that reaches any distance. A verdict is there once more instead, from where
 * others reach it, too. */
static void put_near(unsigned number)
{
    struct node *node = &g_nodes[number];
    if (BPF_CLASS(node->code) != BPF_RET) {
        put(BPF_JMP | BPF_JA, distance(number), 0, 0);
        return;
    }
    put(node->code, node->k, 0, 0);
    node->place = g_length;
}

static void put_branch(const struct node *node)
{
    unsigned no = g_nodes[node->no].place;
    /* What is put near for one of the two takes the other further off. */
    if (g_length - no >= JUMP_MAX) {
        put_near(node->no);
        no = g_length;
    }
    unsigned yes = g_nodes[node->yes].place;
    if (g_length - yes > JUMP_MAX) {
        put_near(node->yes);
        yes = g_length;
    }
    put(node->code, node->k, g_length - yes, g_length - no);
}

static void lay_out(unsigned number)
{
    struct node *node = &g_nodes[number];
    if (node->place != 0)
        return;
    switch (BPF_CLASS(node->code)) {
    case BPF_RET:
        put(node->code, node->k, 0, 0);
        break;
    case BPF_JMP:
        /* What comes when the comparison fails lies behind it: the kernel needs one instruction less for such a jump. */
        lay_out(node->yes);
        lay_out(node->no);
        put_branch(node);
        break;
    default:
        lay_out(node->yes);
        if (distance(node->yes) != 0)
            put_near(node->yes);
        put(node->code, node->k, 0, 0);
    }
    node->place = g_length;
}

unsigned bpf_layout(unsigned root, struct sock_filter *out_program)
{
    g_length = 0;
    for (unsigned i = 0; i < g_count; i++)
        g_nodes[i].place = 0;
    lay_out(root);
    if (distance(root) != 0)
        put_near(root);
    for (unsigned i = 0; i < g_length; i++)
        out_program[i] = g_reversed[g_length - 1 - i];
    return g_length;
}
