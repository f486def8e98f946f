/* SPDX-License-Identifier: MIT */
/* The console, dev:tty: the one device that every host has. */
#include "regression.h"

static void test_console(void)
{
    PAL_STREAM_ATTR attr;
    char byte;
    PAL_HANDLE reader = DkStreamOpen("dev:tty", PAL_ACCESS_RDONLY, 0, 0, 0);
    PAL_HANDLE writer = DkStreamOpen("dev:tty", PAL_ACCESS_WRONLY, 0, PAL_CREAT_TRY, 0);
    PAL_HANDLE both = DkStreamOpen("dev:tty", PAL_ACCESS_RDWR, 0777, 0, PAL_OPTION_NONBLOCK);
    static char comment[] = "# written to dev:tty\n";
    const PAL_NUM size = strlen(comment);
    check(reader && writer && both, "dev:tty opens in all ways");
    check(DkStreamWrite(writer, 0, size, comment, NULL) == size, "and is written to");
    check_failure(DkStreamWrite(reader, 0, size, comment, NULL), 0, PAL_ERROR_DENIED);
    check_failure(DkStreamRead(writer, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_DENIED);
    check(has_name(both, "dev:tty"), "it knows its name");
    check(DkStreamAttributesQuerybyHandle(both, &attr) && attr.type == PAL_TYPE_DEV && attr.nonblocking,
          "it has attributes");
    check(DkStreamAttributesQuery("dev:tty", &attr) && attr.type == PAL_TYPE_DEV, "also by name");
    failure();
    if (!DkStreamAttributesQuerybyHandle(both, &attr) || !attr.readable)
        check_failure(DkStreamRead(both, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkStreamOpen("dev:tty", PAL_ACCESS_RDWR, 0, PAL_CREAT_ALWAYS, 0), 0, PAL_ERROR_STREAMEXIST);
    DkObjectClose(reader);
    DkObjectClose(both);
    check(DkStreamWrite(writer, 0, size, comment, NULL) == size, "closing a handle does not close the console");
    DkObjectClose(writer);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_console();
}
