/* SPDX-License-Identifier: MIT */
/* Devices: the sources and sinks that every host can have, the files behind the standard streams, and names that are none.
 * The console is in Console.c, terminals are in Terminal.c. */
#include "regression.h"

static char g_buffer[8192];

static bool is_zero(const char *bytes, PAL_NUM size)
{
    for (PAL_NUM i = 0; i < size; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

/* Nothing may be printed in between: it could be to this file. */
static bool moves_and_returns(PAL_HANDLE file)
{
    PAL_STREAM_ATTR attr, moved;
    if (!DkStreamAttributesQuerybyHandle(file, &attr))
        return false;
    const PAL_NUM place = attr.place;
    attr.share_flags = PAL_SET_PLACE;
    attr.place = place + 1;
    const bool set = DkStreamAttributesSetbyHandle(file, &attr) && DkStreamAttributesQuerybyHandle(file, &moved);
    attr.place = place;
    return DkStreamAttributesSetbyHandle(file, &attr) && set && moved.place == place + 1;
}

/* What the standard streams are is the business of who started this. */
static void test_standard_files(void)
{
    static const struct {
        const char *stream, *file;
        PAL_FLG access;
    } rows[] = {{"dev:stdin", "dev:stdin.file", PAL_ACCESS_RDONLY},
                {"dev:stdout", "dev:stdout.file", PAL_ACCESS_WRONLY},
                {"dev:stderr", "dev:stderr.file", PAL_ACCESS_WRONLY}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        PAL_STREAM_ATTR attr;
        if (!DkStreamAttributesQuery(rows[i].stream, &attr)) {
            check(failure() == PAL_ERROR_DENIED, "it may be closed");
            continue;
        }
        PAL_HANDLE file = DkStreamOpen(rows[i].file, rows[i].access, 0, 0, 0);
        if (PAL_MODE_KIND(attr.mode) != PAL_KIND_FILE) {
            check_failure(file, NULL, PAL_ERROR_STREAMISDEVICE);
            continue;
        }
        check(file && DkStreamAttributesQuerybyHandle(file, &attr) && attr.type == PAL_TYPE_FILE, "%s", rows[i].file);
        check(moves_and_returns(file), "its place can be set");
        attr.place = (PAL_NUM)INT64_MAX + 1;
        attr.share_flags = PAL_SET_PLACE;
        check_failure(DkStreamAttributesSetbyHandle(file, &attr), PAL_FALSE, PAL_ERROR_INVAL);
        attr.place = 0;
        attr.share_flags = PAL_SET_PLACE | PAL_SET_TIMES;
        check_failure(DkStreamAttributesSetbyHandle(file, &attr), PAL_FALSE, PAL_ERROR_INVAL);
        check_failure(DkStreamGetName(file, g_buffer, sizeof(g_buffer)), 0, PAL_ERROR_NOTSUPPORT);
        DkObjectClose(file);
    }
    check_failure(DkStreamOpen("dev:tty.file", PAL_ACCESS_RDONLY, 0, 0, 0), NULL, PAL_ERROR_STREAMNOTEXIST);
}

static void test_null(void)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE device = DkStreamOpen("dev:null", PAL_ACCESS_RDWR, 0, 0, 0);
    failure();
    check(DkStreamWrite(device, 0, sizeof(g_buffer), g_buffer, NULL) == sizeof(g_buffer), "dev:null takes all");
    check(DkStreamRead(device, 0, 1, g_buffer, NULL, 0) == 0 && failure() == 0, "and has nothing");
    check(has_name(device, "dev:null"), "it knows its name");
    check(DkStreamAttributesQuery("dev:null", &attr) && attr.type == PAL_TYPE_DEV, "it has attributes by name");
    check(DkStreamAttributesQuerybyHandle(device, &attr) && attr.readable && attr.writeable && !attr.nonblocking,
          "and by handle");
    attr.nonblocking = true;
    check(DkStreamAttributesSetbyHandle(device, &attr) && DkStreamAttributesQuerybyHandle(device, &attr) &&
              attr.nonblocking,
          "of which nonblocking can be set");
    DkObjectClose(device);
}

static void test_sources(void)
{
    static const char *const randoms[] = {"dev:random", "dev:urandom"};
    PAL_HANDLE zero = DkStreamOpen("dev:zero", PAL_ACCESS_RDONLY, 0, 0, 0);
    memset(g_buffer, 1, sizeof(g_buffer));
    check(DkStreamRead(zero, 0, sizeof(g_buffer), g_buffer, NULL, 0) == sizeof(g_buffer) &&
              is_zero(g_buffer, sizeof(g_buffer)),
          "dev:zero has zeros");
    check_failure(DkStreamWrite(zero, 0, 1, g_buffer, NULL), 0, PAL_ERROR_DENIED);
    DkObjectClose(zero);
    PAL_HANDLE full = DkStreamOpen("dev:full", PAL_ACCESS_WRONLY, 0, 0, 0);
    check_failure(DkStreamWrite(full, 0, 1, g_buffer, NULL), 0, PAL_ERROR_NOSPACE);
    check_failure(DkStreamRead(full, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_DENIED);
    DkObjectClose(full);
    for (unsigned i = 0; i < 2; i++) {
        PAL_HANDLE device = DkStreamOpen(randoms[i], PAL_ACCESS_RDONLY, 0, 0, 0);
        memset(g_buffer, 0, 64);
        check(DkStreamRead(device, 0, 64, g_buffer, NULL, 0) == 64 && !is_zero(g_buffer, 64), "%s has bits",
              randoms[i]);
        DkObjectClose(device);
    }
}

static void test_errors(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    PAL_STREAM_ATTR attr;
    PAL_HANDLE device = DkStreamOpen("dev:null", PAL_ACCESS_RDWR, 0, 0, 0);
    check_failure(DkStreamOpen("dev:", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("dev:mem", 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen("dev:tt", 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen("dev:tty0", 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen("dev:../etc/passwd", 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen("dev:null", 0, 0, PAL_CREAT_ALWAYS, 0), 0, PAL_ERROR_STREAMEXIST);
    check_failure(DkStreamAttributesQuery("dev:none", &attr), PAL_FALSE, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamMap(device, NULL, PAL_PROT_READ, 0, page), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamSetLength(device, 1), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamFlush(device), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(device, "dev:zero"), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamWaitForClient(device), 0, PAL_ERROR_NOTSERVER);
    check_void(DkStreamDelete(device, 0), PAL_ERROR_NOTSUPPORT);
    DkObjectClose(device);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_standard_files();
    test_null();
    test_sources();
    test_errors();
}
