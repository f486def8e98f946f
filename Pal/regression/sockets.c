/* SPDX-License-Identifier: MIT */
/* Names of sockets for the programs on them. Knows no test. */
#include "sockets.h"

const char *after_colon(const char *uri, unsigned n)
{
    bool bracketed = false;
    for (; *uri && n > 0; uri++) {
        if (*uri == '[' || *uri == ']')
            bracketed = *uri == '[';
        else if (*uri == ':' && !bracketed)
            n--;
    }
    return uri;
}

const char *name_of(PAL_HANDLE handle)
{
    char name[256];
    return DkStreamGetName(handle, name, sizeof(name)) ? text("%s", name) : "";
}
