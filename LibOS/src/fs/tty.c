/* SPDX-License-Identifier: MIT */
/* /dev/tty and /dev/console: the terminal of the instance. What terminals can do is in terminal.c. */
#include "devices.h"

int tty_open(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    (void)key, (void)flags, (void)out;
    return -ENXIO;
}
