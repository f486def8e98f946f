/* SPDX-License-Identifier: MIT */
/* The line discipline of a terminal in memory: editing, echo, signals and the translation of both directions, as termios(3)
 * says. Knows no file and takes no lock. It may lie in memory that others write to. */
#ifndef LIBOS_SRC_TERMINAL_LINE_H
#define LIBOS_SRC_TERMINAL_LINE_H

#include "libos.h"

#define LINE_SIZE 4096 /* bytes that wait in each direction; a power of two */

struct line {
    struct pal_terminal state; /* settings and window size */

    /* To the program: bytes from head to commit may be read, those up to tail are a line that is still edited. Counters
     * that wrap. */
    uint32_t head, commit, tail;
    char input[LINE_SIZE];
    uint8_t ends[LINE_SIZE]; /* of each byte: LINE_END, LINE_EOF */

    /* From the program, to be shown. */
    uint32_t out_head, out_tail;
    char output[LINE_SIZE];

    uint32_t column; /* where the cursor is, for tabs and their erasure */
    bool literal;    /* the next byte means nothing special (VLNEXT) */
    bool stopped;    /* by VSTOP */
    int raised;      /* signal that a byte has caused, 0 = none; the caller sends and clears it */
};

/* What is written about places in the buffers may be anybody's nonsense: no more than there is room for is looked at. */
static inline uint32_t line_bytes(uint32_t from, uint32_t to)
{
    return to - from <= LINE_SIZE ? to - from : 0;
}

#define LINE_END 1 /* the last byte of a line */
#define LINE_EOF 2 /* the end of a line that is not read itself */

/* As a new terminal: canonical, echoing, with Linux's control characters. */
void line_init(struct line *line);

/* A byte that was typed. false: there is no room for it now. */
bool line_type(struct line *line, unsigned char byte);
/* A byte that the program writes. false: no room, or stopped. */
bool line_print(struct line *line, unsigned char byte);

/* What can be read: in canonical mode 1 if there is a line, else bytes. */
uint32_t line_readable(const struct line *line);
/* Take at most count bytes, in canonical mode at most to the end of a line; 0 with LINE_EOF at the start of one. */
size_t line_read(struct line *line, char *to, size_t count);

/* Bytes of input that wait, lines or not; and whether what was read last was the end of a line. */
static inline uint32_t line_waiting(const struct line *line)
{
    return line_bytes(line->head, line->commit);
}
static inline bool line_has_ended(const struct line *line)
{
    return line->ends[(line->head - 1) % LINE_SIZE] != 0;
}
/* Whether there is room for what is typed, and for so many bytes that are printed. */
static inline bool line_can_type(const struct line *line)
{
    return line_bytes(line->head, line->tail) < LINE_SIZE - 1;
}
static inline bool line_can_print(const struct line *line, uint32_t count)
{
    return !line->stopped && line_bytes(line->out_head, line->out_tail) < LINE_SIZE - count;
}

static inline uint32_t line_shown(const struct line *line)
{
    return line_bytes(line->out_head, line->out_tail);
}
size_t line_take_shown(struct line *line, char *to, size_t count);

void line_flush_input(struct line *line);
void line_flush_output(struct line *line);
/* tcflow(3): TCOOFF and its kin. */
void line_flow(struct line *line, uint32_t action);
/* Settings have changed: a mode that is left takes its half-edited line along. */
void line_set(struct line *line, const struct pal_terminal *settings);

#endif
