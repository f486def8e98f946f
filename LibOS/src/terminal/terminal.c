/* SPDX-License-Identifier: MIT */
/* ioctl(2) on terminals. Knows no kind of terminal, and nothing of what is read and written. */
#include "terminal.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>

#include "copy.h"
#include "task.h"

#define SETTINGS_SIZE offsetof(struct pal_terminal, rows) /* struct termios of the kernel */

_Static_assert(SETTINGS_SIZE == sizeof(struct termios), "the same members");

/* The speed that the settings stand for; terminals without a line have one, too. */
static uint32_t speed_of(const struct pal_terminal *settings)
{
    static const uint32_t speeds[] = {0,   50,   75,   110,  134,  150,  200,   300,
                                      600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
    uint32_t code = settings->control & CBAUD;
    return code < array_count(speeds) ? speeds[code] : 38400;
}

static int64_t get_settings(struct terminal *terminal, void *to, bool speeds)
{
    struct pal_terminal state;
    struct termios2 settings = {0};
    int error = terminal->get(terminal, &state);
    if (error < 0)
        return error;
    memcpy(&settings, &state, SETTINGS_SIZE);
    settings.c_ispeed = settings.c_ospeed = speed_of(&state);
    return copy_out(to, &settings, speeds ? sizeof(settings) : SETTINGS_SIZE);
}

static int64_t set_settings(struct terminal *terminal, const void *from, uint32_t when)
{
    struct pal_terminal state;
    int error = terminal->get(terminal, &state);
    if (error < 0)
        return error;
    if (copy_in(&state, from, SETTINGS_SIZE) < 0)
        return -EFAULT;
    return terminal->set(terminal, &state, when);
}

/***** The older structure, which has the lower half of the settings *****/

static int64_t get_old_settings(struct terminal *terminal, void *to)
{
    struct pal_terminal state;
    struct termio old = {0};
    int error = terminal->get(terminal, &state);
    if (error < 0)
        return error;
    old.c_iflag = (unsigned short)state.input;
    old.c_oflag = (unsigned short)state.output;
    old.c_cflag = (unsigned short)state.control;
    old.c_lflag = (unsigned short)state.local;
    old.c_line = state.line;
    memcpy(old.c_cc, state.cc, sizeof(old.c_cc));
    return copy_out(to, &old, sizeof(old));
}

static PAL_FLG lower_half(PAL_FLG settings, unsigned short half)
{
    return (settings & ~(PAL_FLG)UINT16_MAX) | half;
}

static int64_t set_old_settings(struct terminal *terminal, const void *from, uint32_t when)
{
    struct pal_terminal state;
    struct termio old;
    int error = terminal->get(terminal, &state);
    if (error < 0)
        return error;
    if (copy_in(&old, from, sizeof(old)) < 0)
        return -EFAULT;
    state.input = lower_half(state.input, old.c_iflag);
    state.output = lower_half(state.output, old.c_oflag);
    state.control = lower_half(state.control, old.c_cflag);
    state.local = lower_half(state.local, old.c_lflag);
    state.line = old.c_line;
    memcpy(state.cc, old.c_cc, sizeof(old.c_cc));
    return terminal->set(terminal, &state, when);
}

/***** Sizes, and what waits *****/

static int64_t get_size(struct terminal *terminal, void *to)
{
    struct pal_terminal state;
    int error = terminal->get(terminal, &state);
    return error < 0 ? error : copy_out(to, &state.rows, sizeof(struct winsize));
}

static int64_t set_size(struct terminal *terminal, const void *from)
{
    struct pal_terminal state;
    int error = terminal->get(terminal, &state);
    if (error < 0)
        return error;
    if (copy_in(&state.rows, from, sizeof(struct winsize)) < 0)
        return -EFAULT;
    return terminal->set(terminal, &state, PAL_TERMINAL_SIZE);
}

/* Wait until what was written has gone, by setting what is set. */
static int64_t drain(struct terminal *terminal, uint32_t when)
{
    struct pal_terminal state;
    int error = terminal->get(terminal, &state);
    return error < 0 ? error : terminal->set(terminal, &state, when);
}

static int64_t flush(struct terminal *terminal, uint64_t queue)
{
    if (queue != TCIFLUSH && queue != TCOFLUSH && queue != TCIOFLUSH)
        return -EINVAL;
    if (terminal->flush != NULL)
        return terminal->flush(terminal, (uint32_t)queue);
    return queue == TCOFLUSH ? 0 : drain(terminal, PAL_TERMINAL_FLUSH);
}

static int64_t flow(struct terminal *terminal, uint64_t action)
{
    if (action > TCION)
        return -EINVAL;
    return terminal->flow != NULL ? terminal->flow(terminal, (uint32_t)action) : 0;
}

static int64_t dispatch(struct terminal *terminal, uint32_t request, uint64_t argument)
{
    void *to = (void *)argument;
    struct pal_terminal state;
    int error;
    switch (request) {
    case TCGETS:
        return get_settings(terminal, to, false);
    case TCGETS2:
        return get_settings(terminal, to, true);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_settings(terminal, to, request - TCSETS);
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
        return set_settings(terminal, to, (uint32_t)(request - TCSETS2));
    case TCGETA:
        return get_old_settings(terminal, to);
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
        return set_old_settings(terminal, to, request - TCSETA);
    case TIOCGWINSZ:
        return get_size(terminal, to);
    case TIOCSWINSZ:
        return set_size(terminal, to);
    case TCSBRK:
    case TCSBRKP:
        return drain(terminal, PAL_TERMINAL_DRAIN);
    case TCXONC:
        return flow(terminal, argument);
    case TCFLSH:
        return flush(terminal, argument);
    case TIOCEXCL:
    case TIOCNXCL:
        return 0;
    case TIOCSTI:
        return -EIO; /* as Linux where legacy_tiocsti is off */
    case TIOCGPGRP:
    case TIOCSPGRP:
    case TIOCGSID:
    case TIOCSCTTY:
    case TIOCNOTTY:
        error = terminal->get(terminal, &state);
        return error < 0 ? error : job_control(terminal, request, argument);
    default:
        return -ENOTTY;
    }
}

int64_t terminal_control(struct terminal *terminal, uint32_t request, uint64_t argument)
{
    _Static_assert(PAL_TERMINAL_NOW == 0 && PAL_TERMINAL_DRAIN == 1 && PAL_TERMINAL_FLUSH == 2,
                   "in the order of TCSETS");
    const int error = job_check_request(terminal, request);
    return error < 0 ? error : dispatch(terminal, request, argument);
}
