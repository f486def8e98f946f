/* SPDX-License-Identifier: MIT */
/* Guest: `list DIRECTORY` prints how many names it has, twice and in both ways of reading, and whether FILE in it opens. */
#include "guest.h"
#include "format.h"

static char g_buffer[4096];

/* Names that are read from the start on; a failure shows in the number. */
static unsigned count(PAL_HANDLE dir, bool records)
{
    unsigned names = 0;
    PAL_NUM got, offset = 0;
    while ((got = DkStreamRead(dir, offset, sizeof(g_buffer), g_buffer, NULL, 0)) > 0) {
        for (PAL_NUM i = 0; i < got; names++) {
            const struct pal_dirent *record = (const void *)(g_buffer + i);
            while (!records && g_buffer[i])
                i++;
            i += records ? record->size : 1;
        }
        offset = 1;
    }
    return names;
}

static void list(const char *uri, PAL_FLG options)
{
    PAL_HANDLE dir = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, options);
    say("%u names", count(dir, options != 0));
    say(", again %u\n", count(dir, options != 0));
}

int main(int argc, char **argv)
{
    char uri[256];
    if (argc != 2)
        return 1;
    format_string(uri, sizeof(uri), "dir:%s", argv[1]);
    list(uri, 0);
    list(uri, PAL_OPTION_ENTRIES);
    format_string(uri, sizeof(uri), "file:%s/file", argv[1]);
    say("file %s\n", DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, 0) ? "opens" : "does not open");
    return 0;
}
