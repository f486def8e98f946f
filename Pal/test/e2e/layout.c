/* SPDX-License-Identifier: MIT */
/* Guest: says whether its own image arrived whole; linked in many ways, with bss.S. */
#include "guest.h"
#include "pal_string.h"
#include "symbols.h"

static const char g_text[] = "constant";
static char g_data[8192] = "variable";
static char g_zeros[100];
static const char *const volatile g_pointers[] = {g_text, g_data, &g_data[4096], bss_start};
static const char *volatile g_moving = &g_text[3];
static PAL_NUM (*volatile g_call)(void) = DkSystemTimeQuery;

static int fault(const char *what)
{
    say("%s is wrong\n", what);
    return 1;
}

static bool all_zero(const char *from, const char *to)
{
    while (from < to && *from == '\0')
        from++;
    return from == to;
}

int main(void)
{
    int faults = 0;
    if (!streq(g_text, "constant"))
        faults += fault("constant data");
    if (!streq(g_data, "variable") || !all_zero(g_data + 8, g_data + sizeof(g_data)))
        faults += fault("initialised data");
    if (!all_zero(g_zeros, g_zeros + sizeof(g_zeros)) || !all_zero(bss_start, bss_end))
        faults += fault("zeroed data");
    if (g_pointers[0] != g_text || g_pointers[1] != g_data || g_pointers[2] != g_data + 4096 ||
        g_pointers[3] != bss_start || g_moving != g_text + 3)
        faults += fault("a relocated pointer");
    if (g_call() < 1000000)
        faults += fault("a pointer to a function of the ABI");
    /* All of it can be written to. */
    memset(g_zeros, 1, sizeof(g_zeros));
    memset(bss_start, 1, (size_t)(bss_end - bss_start));
    g_data[sizeof(g_data) - 1] = 1;
    if (faults == 0)
        say("image at %p is whole\n", (const void *)__ehdr_start);
    return faults;
}
