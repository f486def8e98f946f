/* SPDX-License-Identifier: MIT */
/* Guest: a library OS that says what it was given to run, and ends with 5. */
#include "guest.h"
#include "pal_string.h"

int main(int argc, char **argv)
{
    const PAL_CONTROL *control = pal_control_addr();
    say("executable %s\n", control->executable ? control->executable : "none");
    say("mapped %d\n", control->executable_range.end != NULL);
    for (int i = 0; i < argc; i++)
        say("argv %d [%s]\n", i, argv[i]);
    /* A child is started with the same. */
    if (argc > 1 && streq(argv[1], "child")) {
        PAL_STR args[] = {"child-name", "x", NULL};
        PAL_HANDLE child = DkProcessCreate(NULL, 0, args);
        PAL_STREAM_ATTR attr = {0};
        if (!child || DkObjectsWaitAny(1, &child, 10000000) != child || !DkStreamAttributesQuerybyHandle(child, &attr))
            return 1;
        say("child %lu\n", attr.size);
    }
    return 5;
}
