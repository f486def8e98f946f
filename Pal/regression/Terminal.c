/* SPDX-License-Identifier: MIT */
/* The standard descriptors as devices, and terminals: what can be said of them whatever they are. With a terminal there is
 * more to do, which `Terminal` does with the one that it finds; Pal/test/e2e/terminal.sh makes one for it. */
#include "regression.h"

#define SETTINGS_SIZE offsetof(struct pal_terminal, rows)
#define ECHO          010 /* Linux's, of local */

_Static_assert(sizeof(struct pal_terminal) == 44 && SETTINGS_SIZE == 36, "Linux's layout");

static PAL_HANDLE open_device(const char *name, PAL_FLG access)
{
    return DkStreamOpen(text("dev:%s", name), access, 0, 0, 0);
}

static void test_standard(const char *name)
{
    PAL_STREAM_ATTR attr, named;
    char byte = 'x';
    PAL_HANDLE device = open_device(name, PAL_ACCESS_RDWR);
    PAL_HANDLE other = open_device(name, PAL_ACCESS_RDONLY);
    check(device && other, "dev:%s opens", name);
    check(has_name(device, text("dev:%s", name)), "it knows its name");
    check(DkStreamAttributesQuerybyHandle(device, &attr) && attr.type == PAL_TYPE_DEV, "it has attributes");
    check(DkStreamAttributesQuery(text("dev:%s", name), &named) && named.type == PAL_TYPE_DEV &&
              named.file_id == attr.file_id && named.mode == attr.mode && named.rdev_id == attr.rdev_id,
          "also by name");
    note("dev:%s has mode 0%o", name, attr.mode);
    check(PAL_MODE_KIND(attr.mode) != 0, "which say what it is");
    check_failure(DkStreamWrite(other, 0, 1, &byte, NULL), 0, PAL_ERROR_DENIED);
    check_failure(open_device(text("%s.", name), PAL_ACCESS_RDWR), 0, PAL_ERROR_STREAMNOTEXIST);
    DkObjectClose(other);
    DkObjectClose(device);
    device = open_device(name, PAL_ACCESS_RDWR);
    check(device && DkStreamAttributesQuerybyHandle(device, &named) && named.file_id == attr.file_id,
          "closing a handle does not close it");
    DkObjectClose(device);
}

static void test_output(void)
{
    static char comment[] = "# written to dev:stdout\n";
    PAL_HANDLE device = open_device("stdout", PAL_ACCESS_WRONLY);
    char byte;
    check(DkStreamWrite(device, 7, strlen(comment), comment, NULL) == strlen(comment),
          "dev:stdout is written to, whatever the offset");
    check_failure(DkStreamRead(device, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_DENIED);
    DkObjectClose(device);
}

/* What is no terminal says so. */
static void test_no_terminal(PAL_HANDLE device)
{
    struct pal_terminal state = {0};
    check_failure(DkStreamRead(device, 0, sizeof(state), &state, NULL, 0), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamWrite(device, PAL_TERMINAL_NOW, sizeof(state), &state, NULL), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamWrite(device, PAL_TERMINAL_SIZE, sizeof(state), &state, NULL), 0, PAL_ERROR_NOTSUPPORT);
}

static void test_terminal(PAL_HANDLE device)
{
    struct pal_terminal before, now, wanted;
    memset(&before, 0xee, sizeof(before));
    check(DkStreamRead(device, 0, SETTINGS_SIZE, &before, NULL, 0) == SETTINGS_SIZE && before.rows == 0xeeee,
          "the settings are read without the size");
    check(DkStreamRead(device, 0, sizeof(before), &before, NULL, 0) == sizeof(before), "and with it");
    note("%u rows, %u columns", before.rows, before.columns);
    static const PAL_NUM moments[] = {PAL_TERMINAL_NOW, PAL_TERMINAL_DRAIN, PAL_TERMINAL_FLUSH};
    for (unsigned i = 0; i < 3; i++) {
        wanted = before;
        wanted.local ^= i % 2 == 0 ? ECHO : 0;
        wanted.cc[0] = (unsigned char)(7 + i);
        check(DkStreamWrite(device, moments[i], SETTINGS_SIZE, &wanted, NULL) == SETTINGS_SIZE &&
                  DkStreamRead(device, 0, sizeof(now), &now, NULL, 0) == sizeof(now) &&
                  memcmp(&now, &wanted, sizeof(now)) == 0,
              "they are set (%lu)", moments[i]);
    }
    wanted.rows = 33, wanted.columns = 99, wanted.width = 990, wanted.height = 660, wanted.cc[0] = 1;
    check(DkStreamWrite(device, PAL_TERMINAL_SIZE, sizeof(wanted), &wanted, NULL) == sizeof(wanted) &&
              DkStreamRead(device, 0, sizeof(now), &now, NULL, 0) == sizeof(now),
          "the size is set");
    check(now.rows == 33 && now.columns == 99 && now.width == 990 && now.height == 660, "to what was asked for");
    check(now.cc[0] != 1, "and the settings are not");
    check_failure(DkStreamWrite(device, 0, SETTINGS_SIZE, (PAL_PTR)8, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamRead(device, 0, SETTINGS_SIZE, (PAL_PTR)8, NULL, 0), 0, PAL_ERROR_BADADDR);
}

static void test_state(const char *name)
{
    struct pal_terminal state = {0};
    PAL_STREAM_ATTR attr;
    PAL_HANDLE device = open_device(name, PAL_ACCESS_RDWR);
    PAL_HANDLE reader = open_device(name, PAL_ACCESS_RDONLY);
    PAL_HANDLE writer = open_device(name, PAL_ACCESS_WRONLY);
    check(device && reader && writer && has_name(device, text("dev:%s", name)), "dev:%s opens", name);
    check(DkStreamAttributesQuerybyHandle(device, &attr) && attr.type == PAL_TYPE_DEV, "it has attributes");
    failure();
    if (DkStreamRead(device, 0, sizeof(state), &state, NULL, 0) > 0)
        test_terminal(device);
    else
        test_no_terminal(device);
    check_failure(DkStreamRead(device, 0, SETTINGS_SIZE - 1, &state, NULL, 0), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamRead(device, 0, 0, NULL, NULL, 0), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamWrite(device, 4, sizeof(state), &state, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(device, 0, SETTINGS_SIZE - 1, &state, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(device, PAL_TERMINAL_SIZE, SETTINGS_SIZE, &state, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamRead(writer, 0, sizeof(state), &state, NULL, 0), 0, PAL_ERROR_DENIED);
    check_failure(DkStreamWrite(reader, 0, sizeof(state), &state, NULL), 0, PAL_ERROR_DENIED);
    DkObjectClose(device);
    DkObjectClose(reader);
    DkObjectClose(writer);
}

void regression_main(int argc, char **argv, char **envp)
{
    static const char *const standard[] = {"stdin", "stdout", "stderr"};
    static const char *const states[] = {"stdin.terminal", "stdout.terminal", "stderr.terminal", "tty.terminal"};
    (void)argc, (void)argv, (void)envp;
    for (unsigned i = 0; i < sizeof(standard) / sizeof(standard[0]); i++)
        test_standard(standard[i]);
    test_output();
    for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        test_state(states[i]);
}
