/* SPDX-License-Identifier: MIT */
#include "regression.h"
void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    note("argc %d argv0 %s parent %p", argc, argc ? argv[0] : "-", (void *)pal_control.parent_process);
    if (pal_control.parent_process) {
        DkStreamWrite(pal_control.parent_process, 0, 5, "hello", NULL);
        DkProcessExit(42);
    }
    PAL_STR args[] = {"name", "a", NULL};
    PAL_HANDLE p = DkProcessCreate(NULL, 0, args);
    check(p != NULL, "created %d", failure());
    char b[10];
    PAL_NUM n = DkStreamRead(p, 0, 10, b, NULL, 0);
    check(n == 5, "read %d", (int)n);
    n = DkStreamRead(p, 0, 10, b, NULL, 0);
    check(n == 0, "read %d", (int)n);
    PAL_STREAM_ATTR attr;
    check(DkStreamAttributesQuerybyHandle(p, &attr) && attr.disconnected && attr.size == 42, "ended %d", (int)attr.size);
}
