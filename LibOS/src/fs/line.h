/* SPDX-License-Identifier: MIT */
/* The line discipline of a terminal in memory: editing, echo, signals and the translation of both directions, as termios(3)
 * says. Knows no file and takes no lock. */
#ifndef LIBOS_SRC_FS_LINE_H
#define LIBOS_SRC_FS_LINE_H

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

uint32_t line_shown(const struct line *line);
size_t line_take_shown(struct line *line, char *to, size_t count);

void line_flush_input(struct line *line);
void line_flush_output(struct line *line);
/* Settings have changed: a mode that is left takes its half-edited line along. */
void line_set(struct line *line, const struct pal_terminal *settings);

#endif
