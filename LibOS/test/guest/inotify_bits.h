// SPDX-License-Identifier: MIT
// The bits of an event of inotify, by name.
#ifndef LIBOS_TEST_GUEST_INOTIFY_BITS_H
#define LIBOS_TEST_GUEST_INOTIFY_BITS_H

#include <stdint.h>
#include <stdio.h>
#include <sys/inotify.h>

static inline void print_bits(uint32_t mask)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } bits[] = {
        {IN_ACCESS, "ACCESS"},
        {IN_MODIFY, "MODIFY"},
        {IN_ATTRIB, "ATTRIB"},
        {IN_CLOSE_WRITE, "CLOSE_WRITE"},
        {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"},
        {IN_OPEN, "OPEN"},
        {IN_MOVED_FROM, "MOVED_FROM"},
        {IN_MOVED_TO, "MOVED_TO"},
        {IN_CREATE, "CREATE"},
        {IN_DELETE, "DELETE"},
        {IN_DELETE_SELF, "DELETE_SELF"},
        {IN_MOVE_SELF, "MOVE_SELF"},
        {IN_UNMOUNT, "UNMOUNT"},
        {IN_Q_OVERFLOW, "Q_OVERFLOW"},
        {IN_IGNORED, "IGNORED"},
        {IN_ISDIR, "ISDIR"},
    };
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        if (mask & bits[i].bit)
            printf(" %s", bits[i].name);
    }
}

#endif
