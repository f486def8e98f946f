/* SPDX-License-Identifier: MIT */
/* Terminals: their settings and size, and putting them back as they were found. Knows no handle. */
#include "linux_terminal.h"
#include <asm/ioctls.h>
#include <asm/termios.h>
#include "linux_error.h"
#include "linux_signal.h"
#include "pal_host.h"
#include "pal_string.h"
#include "pal_user.h"
#include "sys_linux.h"

#define SETTINGS_SIZE offsetof(struct pal_terminal, rows)
_Static_assert(sizeof(struct termios) == SETTINGS_SIZE &&
                   sizeof(struct winsize) + SETTINGS_SIZE == sizeof(struct pal_terminal),
               "the kernel's structures, one behind the other");

enum { STANDARD_DESCRIPTORS = 3 };

/* How the terminals were when nobody had changed them; of the first process only. */
static struct {
    struct linux_lock lock;
    bool known;
    bool is_terminal[STANDARD_DESCRIPTORS];
    struct termios settings[STANDARD_DESCRIPTORS];
} g_terminals;
LINUX_LOCK_AT_COPY(g_copied, &g_terminals.lock);

int64_t linux_terminal_read(int fd, size_t count, void *buffer)
{
    struct pal_terminal *out = buffer;
    if (count < SETTINGS_SIZE)
        return -PAL_ERROR_OVERFLOW;
    int result = sys_ioctl(fd, TCGETS, buffer);
    if (result < 0 || count < sizeof(*out))
        return result < 0 ? linux_error(result) : (int64_t)SETTINGS_SIZE;
    result = sys_ioctl(fd, TIOCGWINSZ, &out->rows);
    return result < 0 ? linux_error(result) : (int64_t)sizeof(*out);
}

int64_t linux_terminal_write(int fd, uint64_t offset, size_t count, const void *buffer)
{
    static const unsigned requests[] = {[PAL_TERMINAL_NOW] = TCSETS,
                                        [PAL_TERMINAL_DRAIN] = TCSETSW,
                                        [PAL_TERMINAL_FLUSH] = TCSETSF,
                                        [PAL_TERMINAL_SIZE] = TIOCSWINSZ};
    struct pal_terminal given;
    const size_t size = offset == PAL_TERMINAL_SIZE ? sizeof(given) : SETTINGS_SIZE;
    if (offset > PAL_TERMINAL_SIZE || count < size)
        return -PAL_ERROR_INVAL;
    const int error = pal_user_read(&given, buffer, size);
    if (error < 0)
        return error;
    if (offset != PAL_TERMINAL_SIZE)
        linux_terminal_remember();
    const int result =
        sys_ioctl_blocking(fd, requests[offset], offset == PAL_TERMINAL_SIZE ? &given.rows : (void *)&given);
    return result < 0 ? linux_error(result) : (int64_t)size;
}

void linux_terminal_remember(void)
{
    if (pal_control.parent_process || __atomic_load_n(&g_terminals.known, __ATOMIC_ACQUIRE))
        return;
    linux_lock(&g_terminals.lock);
    for (int fd = 0; fd < STANDARD_DESCRIPTORS && !g_terminals.known; fd++)
        g_terminals.is_terminal[fd] = sys_ioctl(fd, TCGETS, &g_terminals.settings[fd]) == 0;
    __atomic_store_n(&g_terminals.known, true, __ATOMIC_RELEASE);
    linux_unlock(&g_terminals.lock);
}

void linux_terminal_restore(void)
{
    if (!__atomic_load_n(&g_terminals.known, __ATOMIC_ACQUIRE))
        return;
    for (int fd = 0; fd < STANDARD_DESCRIPTORS; fd++) {
        struct termios now;
        if (!g_terminals.is_terminal[fd] || sys_ioctl(fd, TCGETS, &now) < 0 ||
            memcmp(&now, &g_terminals.settings[fd], sizeof(now)) == 0)
            continue;
        /* A process in the background is stopped for this unless it blocks SIGTTOU. It is about to end. */
        linux_signal_block(~UINT64_C(0));
        sys_ioctl(fd, TCSETS, &g_terminals.settings[fd]);
    }
}

void linux_terminal_begin_copy(void)
{
    g_terminals.known = false;
}
