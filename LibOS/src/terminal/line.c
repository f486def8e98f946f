/* SPDX-License-Identifier: MIT */
/* The line discipline: POSIX General Terminal Interface (XBD 11), with Linux's additions. Knows no file. */
#include "line.h"

#include <asm/signal.h>
#include <asm/termbits.h>

#define DISABLED 0 /* _POSIX_VDISABLE: a control character that there is none of */

_Static_assert((LINE_SIZE & (LINE_SIZE - 1)) == 0, "an index is a mask away");

static uint32_t index_of(uint32_t counter)
{
    return counter & (LINE_SIZE - 1);
}

static bool is_local(const struct line *line, uint32_t flag)
{
    return line->state.local & flag;
}

static bool is_control(const struct line *line, unsigned which, unsigned char byte)
{
    return line->state.cc[which] != DISABLED && line->state.cc[which] == byte;
}

void line_init(struct line *line)
{
    static const unsigned char characters[] = {
        [VINTR] = 3,  [VQUIT] = 28, [VERASE] = 127,  [VKILL] = 21,    [VEOF] = 4,     [VMIN] = 1,   [VSTART] = 17,
        [VSTOP] = 19, [VSUSP] = 26, [VREPRINT] = 18, [VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22};
    *line = (struct line){.state = {.input = ICRNL | IXON,
                                    .output = OPOST | ONLCR,
                                    .control = B38400 | CS8 | CREAD,
                                    .local = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN}};
    memcpy(line->state.cc, characters, sizeof(characters));
}

/***** Output *****/

static uint32_t output_room(const struct line *line)
{
    return LINE_SIZE - line_shown(line);
}

static void show(struct line *line, unsigned char byte)
{
    if (output_room(line) == 0)
        return;
    line->output[index_of(line->out_tail++)] = (char)byte;
    if (byte == '\r')
        line->column = 0;
    else if (byte == '\b')
        line->column -= line->column != 0;
    else if (byte >= ' ' && byte != 127)
        line->column++;
}

static void show_tab(struct line *line)
{
    uint32_t spaces = 8 - line->column % 8;
    if ((line->state.output & TABDLY) == XTABS) {
        while (spaces-- > 0)
            show(line, ' ');
        return;
    }
    show(line, '\t');
    line->column += spaces;
}

static void process(struct line *line, unsigned char byte)
{
    uint32_t mode = line->state.output;
    if (!(mode & OPOST)) {
        show(line, byte);
    } else if (byte == '\n') {
        if (mode & ONLCR)
            show(line, '\r');
        show(line, '\n');
        if (mode & (ONLCR | ONLRET))
            line->column = 0;
    } else if (byte == '\r') {
        if (!(mode & ONOCR) || line->column != 0)
            show(line, mode & OCRNL ? '\n' : '\r');
    } else if (byte == '\t') {
        show_tab(line);
    } else {
        show(line, mode & OLCUC && byte >= 'a' && byte <= 'z' ? byte - 32 : byte);
    }
}

bool line_print(struct line *line, unsigned char byte)
{
    if (line->stopped || output_room(line) < 8)
        return false;
    process(line, byte);
    return true;
}

size_t line_take_shown(struct line *line, char *to, size_t count)
{
    size_t taken = 0;
    while (taken < count && line_shown(line) != 0)
        to[taken++] = line->output[index_of(line->out_head++)];
    return taken;
}

/***** Echo *****/

static bool shows_as_control(const struct line *line, unsigned char byte)
{
    return is_local(line, ECHOCTL) && ((byte < ' ' && byte != '\t' && byte != '\n') || byte == 127);
}

static void echo(struct line *line, unsigned char byte)
{
    if (!is_local(line, ECHO) && !(byte == '\n' && is_local(line, ECHONL) && is_local(line, ICANON)))
        return;
    if (shows_as_control(line, byte)) {
        show(line, '^');
        show(line, byte ^ 64);
    } else {
        process(line, byte);
    }
}

/* Where the line that is edited begins on the screen is not kept; a tab is erased as far as its text before says. */
static uint32_t width_of(const struct line *line, uint32_t at)
{
    unsigned char byte = (unsigned char)line->input[index_of(at)];
    if (byte == '\t') {
        uint32_t column = 0;
        for (uint32_t i = at - line_bytes(line->commit, at); i != at; i++)
            column += line->input[index_of(i)] == '\t' ? 8 - column % 8 : 1;
        return 8 - column % 8;
    }
    if (shows_as_control(line, byte))
        return 2;
    return byte < ' ' || (line->state.input & IUTF8 && (byte & 0xc0) == 0x80) ? 0 : 1;
}

/* Bytes of the line that is edited. */
static uint32_t edited(const struct line *line)
{
    return line_bytes(line->commit, line->tail);
}

/* Take the last byte of the line that is edited back, with all of its bytes if it is one of UTF-8. */
static void erase_one(struct line *line)
{
    uint32_t width = 0;
    bool more = true, tab = edited(line) != 0 && line->input[index_of(line->tail - 1)] == '\t';
    while (more && edited(line) != 0) {
        line->tail--;
        width += width_of(line, line->tail);
        more = line->state.input & IUTF8 && (line->input[index_of(line->tail)] & 0xc0) == 0x80;
    }
    if (!is_local(line, ECHO))
        return;
    if (!is_local(line, ECHOE))
        echo(line, line->state.cc[VERASE]);
    for (; is_local(line, ECHOE) && width > 0; width--) {
        show(line, '\b');
        if (tab)
            continue; /* there is nothing to be seen */
        show(line, ' ');
        show(line, '\b');
    }
}

static bool is_word(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

static void erase_word(struct line *line)
{
    bool seen = false;
    for (uint32_t left = edited(line); left > 0 && edited(line) != 0; left--) {
        bool word = is_word(line->input[index_of(line->tail - 1)]);
        if (seen && !word)
            break;
        seen |= word;
        erase_one(line);
    }
}

static void erase_line(struct line *line)
{
    if (is_local(line, ECHOKE) && is_local(line, ECHOE)) {
        for (uint32_t left = edited(line); left > 0 && edited(line) != 0; left--)
            erase_one(line);
        return;
    }
    line->tail = line->commit;
    echo(line, line->state.cc[VKILL]);
    if (is_local(line, ECHOK) && is_local(line, ECHO))
        process(line, '\n');
}

static void reprint(struct line *line)
{
    echo(line, line->state.cc[VREPRINT]);
    process(line, '\n');
    const uint32_t end = line->tail;
    for (uint32_t i = end - line_bytes(line->commit, end); i != end; i++)
        echo(line, (unsigned char)line->input[index_of(i)]);
}

/***** Input *****/

static uint32_t input_room(const struct line *line)
{
    return LINE_SIZE - line_bytes(line->head, line->tail);
}

static void keep(struct line *line, unsigned char byte, uint8_t end)
{
    line->input[index_of(line->tail)] = (char)byte;
    line->ends[index_of(line->tail)] = end;
    line->tail++;
    if (end != 0 || !is_local(line, ICANON))
        line->commit = line->tail;
}

static bool take_signal(struct line *line, unsigned char byte)
{
    int signal = is_control(line, VINTR, byte) ? SIGINT : is_control(line, VQUIT, byte) ? SIGQUIT : 0;
    if (is_control(line, VSUSP, byte))
        signal = SIGTSTP;
    if (signal == 0 || !is_local(line, ISIG))
        return false;
    if (!is_local(line, NOFLSH)) {
        line_flush_input(line);
        line_flush_output(line);
    }
    line->stopped = false;
    echo(line, byte);
    line->raised = signal;
    return true;
}

static bool take_flow(struct line *line, unsigned char byte)
{
    if (!(line->state.input & IXON))
        return false;
    bool start = is_control(line, VSTART, byte), stop = is_control(line, VSTOP, byte);
    if (stop || start)
        line->stopped = stop && !(start && line->stopped);
    return stop || start;
}

/* What edits a line; false: the byte is one of it. */
static bool take_editing(struct line *line, unsigned char byte)
{
    bool extended = is_local(line, IEXTEN);
    if (is_control(line, VERASE, byte))
        erase_one(line);
    else if (is_control(line, VKILL, byte))
        erase_line(line);
    else if (extended && is_control(line, VWERASE, byte))
        erase_word(line);
    else if (extended && is_control(line, VREPRINT, byte) && is_local(line, ECHO))
        reprint(line);
    else if (is_control(line, VEOF, byte))
        keep(line, byte, LINE_EOF);
    else
        return false;
    return true;
}

static void take_byte(struct line *line, unsigned char byte, bool literal)
{
    bool end = byte == '\n' || is_control(line, VEOL, byte) || is_control(line, VEOL2, byte);
    end = end && !literal && is_local(line, ICANON);
    echo(line, byte);
    /* The last place is kept for the end of the line. */
    if (input_room(line) > 1 || end)
        keep(line, byte, end ? LINE_END : 0);
}

/* ISTRIP and its kin. -1: the byte is ignored. */
static int translate(const struct line *line, unsigned char byte)
{
    uint32_t mode = line->state.input;
    if (mode & ISTRIP)
        byte &= 127;
    if (mode & IUCLC && is_local(line, IEXTEN) && byte >= 'A' && byte <= 'Z')
        byte += 32;
    if (byte == '\r')
        return mode & IGNCR ? -1 : mode & ICRNL ? '\n' : '\r';
    return byte == '\n' && mode & INLCR ? '\r' : byte;
}

bool line_type(struct line *line, unsigned char byte)
{
    bool canonical = is_local(line, ICANON);
    if (input_room(line) < (canonical && line->commit == line->head ? 1 : 2))
        return false;
    if (line->literal) {
        line->literal = false;
        take_byte(line, byte, true);
        return true;
    }
    int translated = translate(line, byte);
    if (translated < 0)
        return true;
    byte = (unsigned char)translated;
    if (take_flow(line, byte) || take_signal(line, byte))
        return true;
    if (canonical && is_local(line, IEXTEN) && is_control(line, VLNEXT, byte)) {
        line->literal = true;
        if (is_local(line, ECHO) && is_local(line, ECHOCTL)) {
            show(line, '^');
            show(line, '\b');
        }
        return true;
    }
    if (!canonical || !take_editing(line, byte))
        take_byte(line, byte, false);
    return true;
}

uint32_t line_readable(const struct line *line)
{
    const uint32_t ready = line_waiting(line);
    return is_local(line, ICANON) ? ready != 0 : ready;
}

size_t line_read(struct line *line, char *to, size_t count)
{
    size_t taken = 0;
    while (taken < count && line->head != line->commit) {
        uint32_t at = index_of(line->head);
        uint8_t end = is_local(line, ICANON) ? line->ends[at] : 0;
        line->head++;
        if (end == LINE_EOF)
            break;
        to[taken++] = line->input[at];
        if (end != 0)
            break;
    }
    /* The end of a line that fills the buffer exactly goes with it. */
    if (taken == count && line->head != line->commit && is_local(line, ICANON) && taken != 0 &&
        line->ends[index_of(line->head - 1)] == 0 && line->ends[index_of(line->head)] == LINE_EOF)
        line->head++;
    return taken;
}

void line_flush_input(struct line *line)
{
    line->head = line->commit = line->tail;
}

void line_flush_output(struct line *line)
{
    line->out_head = line->out_tail;
}

void line_flow(struct line *line, uint32_t action)
{
    if (action == TCOOFF || action == TCOON)
        line->stopped = action == TCOOFF;
    else if (line->state.cc[action == TCIOFF ? VSTOP : VSTART] != DISABLED)
        show(line, line->state.cc[action == TCIOFF ? VSTOP : VSTART]);
}

void line_set(struct line *line, const struct pal_terminal *settings)
{
    bool was_canonical = is_local(line, ICANON);
    line->state = *settings;
    if (was_canonical && !is_local(line, ICANON))
        line->commit = line->tail;
    if (!(line->state.input & IXON))
        line->stopped = false;
}
