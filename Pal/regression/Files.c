/* SPDX-License-Identifier: MIT */
/* Files: opening with every flag, reading and writing, mapping, length, names, deletion, and every documented error. */
#include "regression.h"

#define RW_ALL        0666
#define READERS       4
#define READS         2000
#define HANDLES_LIMIT 200000

static char g_buffer[65536], g_more[] = "-more", g_mark[] = "!", g_capital[] = "C";

/* Create a file in the test's directory with some contents; its handle is open for reading and writing. */
static PAL_HANDLE make_file(const char *name, const char *contents)
{
    PAL_HANDLE file = DkStreamOpen(scratch("file:", name), PAL_ACCESS_RDWR, RW_ALL, PAL_CREAT_ALWAYS, 0);
    const PAL_NUM size = strlen(contents);
    if (!file || DkStreamWrite(file, 0, size, (PAL_PTR)(uintptr_t)contents, NULL) != size)
        bail_out("no file can be made in REGRESSION_DIR");
    return file;
}

static void remove_file(PAL_HANDLE file)
{
    DkStreamDelete(file, 0);
    DkObjectClose(file);
}

static bool reads_as(PAL_HANDLE file, const char *contents)
{
    const PAL_NUM size = strlen(contents);
    return DkStreamRead(file, 0, sizeof(g_buffer), g_buffer, NULL, 0) == size && memcmp(g_buffer, contents, size) == 0;
}

static bool exists(const char *name)
{
    PAL_STREAM_ATTR attr;
    const bool found = DkStreamAttributesQuery(scratch("file:", name), &attr);
    failure();
    return found;
}

static bool make_link(const char *name, const char *target)
{
    PAL_HANDLE link = DkStreamOpen(scratch("link:", name), PAL_ACCESS_RDWR, 0, 0, 0);
    const PAL_NUM size = strlen(target);
    const bool made = link && DkStreamWrite(link, 0, size, (PAL_PTR)(uintptr_t)target, NULL) == size;
    DkObjectClose(link);
    return made;
}

static void remove_link(const char *name)
{
    remove_file(DkStreamOpen(scratch("link:", name), PAL_ACCESS_RDWR, 0, 0, 0));
}

/***** Opening *****/

static void test_create_flags(void)
{
    static const PAL_FLG creates[] = {0, PAL_CREAT_TRY, PAL_CREAT_ALWAYS, PAL_CREAT_TRY | PAL_CREAT_ALWAYS};
    static const PAL_FLG options[] = {0, PAL_OPTION_NONBLOCK};
    remove_file(make_file("present", "kept"));
    PAL_HANDLE present = make_file("present", "kept");
    for (unsigned i = 0; i < 4 * 3 * 2; i++) {
        const PAL_FLG create = creates[i % 4], access = i / 4 % 3, option = options[i / 12];
        failure();
        PAL_HANDLE old = DkStreamOpen(scratch("file:", "present"), access, RW_ALL, create, option);
        const int old_failure = failure();
        PAL_HANDLE new = DkStreamOpen(scratch("file:", "absent"), access, RW_ALL, create, option);
        const int new_failure = failure();
        const bool good_old = create & PAL_CREAT_ALWAYS ? !old && old_failure == PAL_ERROR_STREAMEXIST : old != NULL;
        const bool good_new = create ? new != NULL : !new &&new_failure == PAL_ERROR_STREAMNOTEXIST;
        check(good_old && good_new, "create 0%o, access %u, options 0%o", create, access, option);
        if (old)
            DkObjectClose(old);
        if (new)
            remove_file(new);
    }
    check(reads_as(present, "kept"), "no flag has changed what was there");
    remove_file(present);
}

static void test_access(void)
{
    char byte = 'x';
    PAL_HANDLE file = make_file("access", "abc");
    PAL_HANDLE reader = DkStreamOpen(scratch("file:", "access"), PAL_ACCESS_RDONLY, 0, 0, 0);
    PAL_HANDLE writer = DkStreamOpen(scratch("file:", "access"), PAL_ACCESS_WRONLY, 0, 0, 0);
    check(reads_as(reader, "abc"), "RDONLY reads");
    check_failure(DkStreamWrite(reader, 0, 1, &byte, NULL), 0, PAL_ERROR_DENIED);
    check_failure(DkStreamSetLength(reader, 1), 0, PAL_ERROR_DENIED);
    check(DkStreamWrite(writer, 0, 1, &byte, NULL) == 1, "WRONLY writes");
    check_failure(DkStreamRead(writer, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_DENIED);
    check(reads_as(file, "xbc"), "RDWR reads what another handle wrote");
    DkObjectClose(reader);
    DkObjectClose(writer);
    remove_file(file);
}

static PAL_FLG made_with(PAL_FLG share)
{
    PAL_STREAM_ATTR attr = {0};
    PAL_HANDLE file = DkStreamOpen(scratch("file:", "shared"), PAL_ACCESS_WRONLY, share, PAL_CREAT_ALWAYS, 0);
    DkStreamAttributesQuerybyHandle(file, &attr);
    remove_file(file);
    return attr.share_flags;
}

/* A user's mask may take flags away, as on any UNIX; no flag may appear. */
static void test_share_flags(void)
{
    const PAL_FLG mask = made_with(0777);
    bool good = mask & PAL_SHARE_OWNER_R && mask & PAL_SHARE_OWNER_W;
    for (PAL_FLG share = 0; share < 01000; share++)
        good = good && made_with(share) == (share & mask);
    check(good, "files have the share flags that they are made with, but for the user's mask (0%o)", 0777 & ~mask);
}

static void test_open_errors(void)
{
    remove_file(make_file("file", ""));
    PAL_HANDLE file = make_file("file", "");
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", "directory"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    char long_name[300];
    memset(long_name, 'n', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';

    check_failure(DkStreamOpen(scratch("file:", "absent"), 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen(scratch("file:", "absent/x"), 0, 0, PAL_CREAT_TRY, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen(scratch("file:", "file/x"), 0, 0, 0, 0), 0, PAL_ERROR_STREAMISFILE);
    check_failure(DkStreamOpen(scratch("file:", long_name), 0, 0, 0, 0), 0, PAL_ERROR_TOOLONG);
    check_failure(DkStreamOpen(scratch("file:", "directory"), PAL_ACCESS_WRONLY, 0, 0, 0), 0, PAL_ERROR_STREAMISDIR);
    check_failure(DkStreamOpen(scratch("file:", "file"), 3, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen(scratch("file:", "file"), 0, 01000, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen(scratch("file:", "file"), 0, 0, 0400, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen(scratch("file:", "file"), 0, 0, 0, 01), 0, PAL_ERROR_INVAL);
    PAL_HANDLE opened = DkStreamOpen(scratch("file:", "directory"), PAL_ACCESS_RDONLY, 0, 0, 0);
    check_failure(DkStreamRead(opened, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_STREAMISDIR);
    DkObjectClose(opened);
    remove_file(directory);
    remove_file(file);
}

static PAL_HANDLE open_with(const char *name, PAL_FLG access, PAL_FLG create, PAL_FLG options)
{
    return DkStreamOpen(scratch("file:", name), access, RW_ALL, create, options);
}

static void test_options(void)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE file = make_file("file", "contents"), directory, other;
    make_link("link", "file");
    check_failure(open_with("link", PAL_ACCESS_RDONLY, 0, PAL_OPTION_NOFOLLOW), 0, PAL_ERROR_LINKLOOP);
    check_failure(open_with("link", PAL_ACCESS_RDWR, PAL_CREAT_TRY, PAL_OPTION_NOFOLLOW), 0, PAL_ERROR_LINKLOOP);
    other = open_with("file", PAL_ACCESS_RDONLY, 0, PAL_OPTION_NOFOLLOW);
    check(other && reads_as(other, "contents"), "NOFOLLOW on a file");
    DkObjectClose(other);

    other = open_with("link", PAL_ACCESS_WRONLY, 0, PAL_OPTION_APPEND);
    check(DkStreamWrite(other, 0, 5, g_more, NULL) == 5 && reads_as(file, "contents-more"), "APPEND writes to the end");
    DkStreamWrite(file, 13, 1, g_mark, NULL);
    check(DkStreamWrite(other, 3, 1, g_mark, NULL) == 1 && reads_as(file, "contents-more!!"), "wherever that is now");
    check(DkStreamAttributesQuerybyHandle(other, &attr) && attr.appending && !attr.nonblocking, "attributes tell it");
    attr.nonblocking = true;
    check(DkStreamAttributesSetbyHandle(other, &attr) && DkStreamWrite(other, 0, 1, g_mark, NULL) == 1 &&
              reads_as(file, "contents-more!!!"),
          "NONBLOCK changes nothing of it");
    attr.appending = false;
    check(DkStreamAttributesSetbyHandle(other, &attr) && DkStreamWrite(other, 0, 1, g_capital, NULL) == 1 &&
              reads_as(file, "Contents-more!!!"),
          "it is taken back");
    DkObjectClose(other);

    check_failure(open_with("file", PAL_ACCESS_RDONLY, 0, PAL_OPTION_TRUNCATE), 0, PAL_ERROR_INVAL);
    check_failure(open_with("file", PAL_ACCESS_RDWR, PAL_CREAT_ALWAYS, PAL_OPTION_TRUNCATE), 0, PAL_ERROR_STREAMEXIST);
    check(reads_as(file, "Contents-more!!!"), "failures cut nothing");
    other = open_with("link", PAL_ACCESS_RDWR, PAL_CREAT_TRY, PAL_OPTION_TRUNCATE | PAL_OPTION_APPEND);
    check(other && DkStreamAttributesQuerybyHandle(file, &attr) && attr.size == 0, "TRUNCATE cuts a file");
    DkObjectClose(other);
    other = open_with("new", PAL_ACCESS_WRONLY, PAL_CREAT_TRY, PAL_OPTION_TRUNCATE);
    check(other && exists("new"), "and makes one");
    remove_file(other);
    check_failure(open_with("file", PAL_ACCESS_RDWR, 0, PAL_OPTION_ENTRIES), 0, PAL_ERROR_INVAL);

    directory = DkStreamOpen(scratch("dir:", "directory"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    check_failure(open_with("directory", PAL_ACCESS_RDWR, 0, PAL_OPTION_TRUNCATE), 0, PAL_ERROR_STREAMISDIR);
    remove_file(directory);
    remove_link("link");
    remove_file(file);
}

static void test_running_out(void)
{
    static PAL_HANDLE handles[HANDLES_LIMIT];
    PAL_HANDLE file = make_file("many", "here");
    const char *uri = scratch("file:", "many");
    unsigned count = 0;
    failure();
    while (count < HANDLES_LIMIT && (handles[count] = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, 0)))
        count++;
    const int code = failure();
    check(count == HANDLES_LIMIT || code == PAL_ERROR_TOOMANY || code == PAL_ERROR_NOMEM,
          "after %u open files there are no more: failure %d", count, code);
    for (unsigned i = 0; i < count; i++)
        DkObjectClose(handles[i]);
    PAL_HANDLE again = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, 0);
    check(again && reads_as(again, "here"), "and when they are closed there are again");
    DkObjectClose(again);
    remove_file(file);
}

/***** Reading and writing *****/

/* Some file systems have room for the largest number, as tmpfs; others say that it is too large for them. */
static void check_largest(PAL_NUM result, PAL_NUM success, const char *what)
{
    const int code = failure();
    check(result == success ? code == 0 : result == 0 && code == PAL_ERROR_TOOBIG, "%s: failure %d", what, code);
}

static void test_positions(void)
{
    PAL_HANDLE file = make_file("positions", "0123456789");
    char two[2];
    check(DkStreamRead(file, 4, 2, two, NULL, 0) == 2 && memcmp(two, "45", 2) == 0, "a read at an offset");
    check(DkStreamRead(file, 4, 2, two, NULL, 0) == 2 && memcmp(two, "45", 2) == 0, "has no effect on the next");
    check(DkStreamRead(file, 9, 2, two, NULL, 0) == 1 && two[0] == '9', "the last byte comes alone");
    failure();
    check(DkStreamRead(file, 10, 2, two, NULL, 0) == 0 && failure() == 0, "the end of a file is no failure");
    check(DkStreamRead(file, (PAL_NUM)1 << 40, 2, two, NULL, 0) == 0 && failure() == 0, "nor is a place far behind");
    check(DkStreamRead(file, 0, 0, NULL, NULL, 0) == 0 && failure() == 0, "nor a read of nothing");
    check(DkStreamWrite(file, 3, 0, NULL, NULL) == 0 && failure() == 0, "nor a write of nothing");
    two[0] = 'a', two[1] = 'b';
    check(DkStreamWrite(file, 14, 2, two, NULL) == 2, "a write behind the end");
    check(DkStreamRead(file, 0, sizeof(g_buffer), g_buffer, NULL, 0) == 16 &&
              memcmp(g_buffer, "0123456789\0\0\0\0ab", 16) == 0,
          "leaves zeros between");
    check_failure(DkStreamRead(file, (PAL_NUM)1 << 63, 1, two, NULL, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(file, (PAL_NUM)1 << 63, 1, two, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamRead(file, 0, (PAL_NUM)1 << 63, two, NULL, 0), 0, PAL_ERROR_INVAL);
    check_largest(DkStreamWrite(file, INT64_MAX - 1, 1, two, NULL), 1, "a write at the largest offset");
    check_failure(DkStreamWrite(file, 0, 1, two, "udp:127.0.0.1:9"), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamWaitForClient(file), 0, PAL_ERROR_NOTSERVER);
    check_failure(DkStreamWrite(file, 0, 1, NULL, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamRead(file, 0, 1, NULL, NULL, 0), 0, PAL_ERROR_BADADDR);
    remove_file(file);
}

static PAL_HANDLE g_shared;
static unsigned g_wrong, g_ended;

static void read_own_byte(void *param)
{
    const uint64_t place = (uintptr_t)param;
    regression_thread_init();
    for (unsigned i = 0; i < READS; i++) {
        char byte = 0;
        if (DkStreamRead(g_shared, place, 1, &byte, NULL, 0) != 1 || byte != (char)('a' + place))
            __atomic_fetch_add(&g_wrong, 1, __ATOMIC_RELAXED);
    }
    __atomic_fetch_add(&g_ended, 1, __ATOMIC_RELEASE);
}

static void test_concurrent_readers(void)
{
    g_shared = make_file("concurrent", "abcdefgh");
    for (uintptr_t i = 0; i < READERS; i++)
        DkObjectClose(DkThreadCreate(read_own_byte, (void *)(2 * i), 0));
    while (__atomic_load_n(&g_ended, __ATOMIC_ACQUIRE) < READERS)
        DkThreadYieldExecution();
    check(g_wrong == 0, "threads that read one handle at different places do not disturb each other");
    remove_file(g_shared);
}

static void test_length(void)
{
    PAL_HANDLE file = make_file("length", "0123456789");
    check(DkStreamSetLength(file, 4) == 4 && reads_as(file, "0123"), "a file is cut");
    check(DkStreamSetLength(file, 6) == 6 && DkStreamRead(file, 0, sizeof(g_buffer), g_buffer, NULL, 0) == 6 &&
              memcmp(g_buffer, "0123\0\0", 6) == 0,
          "a file is extended with zeros");
    failure();
    check(DkStreamSetLength(file, 0) == 0 && failure() == 0 && reads_as(file, ""), "a file is emptied");
    check_failure(DkStreamSetLength(file, (PAL_NUM)1 << 63), 0, PAL_ERROR_INVAL);
    check_largest(DkStreamSetLength(file, INT64_MAX), INT64_MAX, "the largest length");
    check(DkStreamFlush(file), "a file is flushed");
    remove_file(file);
}

/***** Mapping *****/

static bool g_faulted;

static void skip_fault(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)arg;
    g_faulted = true;
    context->rip += 2;
}

/* Whether reading a byte faults. */
static bool faults(const void *address)
{
    uint64_t value = 0;
    g_faulted = false;
    DkSetExceptionHandler(skip_fault, PAL_EVENT_MEMFAULT, 0);
    __asm__ volatile("movb (%1), %%al" /* two bytes long */ : "+a"(value) : "c"(address) : "memory");
    DkSetExceptionHandler(NULL, PAL_EVENT_MEMFAULT, 0);
    return g_faulted;
}

static void test_mapping(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    const PAL_FLG read_write = PAL_PROT_READ | PAL_PROT_WRITE;
    PAL_HANDLE file = make_file("mapped", "shared");
    check(DkStreamSetLength(file, 2 * page + 1) == 2 * page + 1, "a file of two pages and a byte");
    char *shared = DkStreamMap(file, NULL, read_write, 0, 4 * page);
    char *private = DkStreamMap(file, NULL, PAL_PROT_READ | PAL_PROT_WRITECOPY, 0, 3 * page);
    const char *second = DkStreamMap(file, NULL, PAL_PROT_READ, page, page);
    if (!shared || !private || !second)
        bail_out("files cannot be mapped");
    check(shared >= (char *)pal_control.user_address.start && shared + 4 * page <= (char *)pal_control.user_address.end,
          "mappings lie in the user's range");
    private[0] = 'P';
    check(shared[0] == 's' && reads_as(file, "shared") == false && g_buffer[0] == 's',
          "WRITECOPY keeps writes private");
    shared[1] = 'H';
    shared[page] = '2';
    check(DkStreamRead(file, 0, 2, g_buffer, NULL, 0) == 2 && g_buffer[1] == 'H', "WRITE writes to the file");
    check(second[0] == '2', "a mapping at an offset shows the same page");
    check(shared[2 * page + 1] == 0 && !faults(shared + 3 * page - 1), "the rest of the last page is zero");
    check(faults(shared + 3 * page), "pages behind the end fault");
    check(DkStreamMap(file, private, PAL_PROT_READ, page, page) == private && private[0] == '2',
          "a mapping replaces another at its address");
    DkStreamUnmap(private, page);
    check(failure() == 0 && faults(private) && !faults(private + page), "a part of a mapping is unmapped");
    DkStreamUnmap(private + page, 2 * page);
    DkStreamUnmap((PAL_PTR)(uintptr_t)second, page);
    DkObjectClose(file);
    check(shared[1] == 'H', "a mapping outlives its handle");
    DkStreamUnmap(shared, 4 * page);
    check(failure() == 0, "mappings are unmapped");
    remove_file(DkStreamOpen(scratch("file:", "mapped"), PAL_ACCESS_RDONLY, 0, 0, 0));
}

static void test_mapping_errors(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    char *end = pal_control.user_address.end;
    PAL_HANDLE file = make_file("mapped", "x");
    PAL_HANDLE reader = DkStreamOpen(scratch("file:", "mapped"), PAL_ACCESS_RDONLY, 0, 0, 0);
    PAL_HANDLE writer = DkStreamOpen(scratch("file:", "mapped"), PAL_ACCESS_WRONLY, 0, 0, 0);
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", "."), PAL_ACCESS_RDONLY, 0, 0, 0);
    check_failure(DkStreamMap(file, NULL, PAL_PROT_READ, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamMap(file, NULL, PAL_PROT_READ, 0, page + 1), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamMap(file, NULL, PAL_PROT_READ, 1, page), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamMap(file, (PAL_PTR)1, PAL_PROT_READ, 0, page), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamMap(file, NULL, 0x10, 0, page), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamMap(file, end, PAL_PROT_READ, 0, page), 0, PAL_ERROR_DENIED);
    check_failure(DkStreamMap(file, NULL, PAL_PROT_READ, (PAL_NUM)INT64_MAX / page * page, page), 0,
                  PAL_ERROR_OVERFLOW);
    check_failure(DkStreamMap(file, (PAL_PTR)-page, PAL_PROT_READ, 0, 2 * page), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamMap(reader, NULL, PAL_PROT_READ | PAL_PROT_WRITE, 0, page), 0, PAL_ERROR_DENIED);
    check_failure(DkStreamMap(writer, NULL, PAL_PROT_READ, 0, page), 0, PAL_ERROR_DENIED);
    check_failure(DkStreamMap(directory, NULL, PAL_PROT_READ, 0, page), 0, PAL_ERROR_NOTSUPPORT);
    char *copy = DkStreamMap(reader, NULL, PAL_PROT_READ | PAL_PROT_WRITECOPY, 0, page);
    check(copy && (copy[0] = 'y') == 'y' && reads_as(file, "x"), "WRITECOPY needs no right to write");
    DkStreamUnmap(copy, page);
    check_void(DkStreamUnmap(NULL, page), PAL_ERROR_INVAL);
    check_void(DkStreamUnmap(copy, 0), PAL_ERROR_INVAL);
    check_void(DkStreamUnmap(copy + 1, page), PAL_ERROR_INVAL);
    check_void(DkStreamUnmap(end, page), PAL_ERROR_DENIED);
    check_void(DkStreamUnmap((PAL_PTR)-page, 2 * page), PAL_ERROR_OVERFLOW);
    DkObjectClose(directory);
    DkObjectClose(writer);
    DkObjectClose(reader);
    remove_file(file);
}

/***** Names *****/

static void test_names(void)
{
    char name[512];
    PAL_HANDLE file = make_file("named", "contents");
    const char *uri = scratch("file:", "named");
    const PAL_NUM len = strlen(uri);
    check(DkStreamGetName(file, name, sizeof(name)) == len && strcmp(name, uri) == 0, "the name is the URI");
    check(DkStreamGetName(file, name, len + 1) == len, "a buffer that is just long enough");
    check_failure(DkStreamGetName(file, name, len), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamGetName(file, name, 0), 0, PAL_ERROR_ZEROSIZE);
    check_failure(DkStreamGetName(file, NULL, sizeof(name)), 0, PAL_ERROR_BADADDR);
    remove_file(file);
}

static void test_rename(void)
{
    char name[512];
    PAL_HANDLE file = make_file("old", "renamed"), other = make_file("other", "replaced");
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", "directory"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    failure();
    check(DkStreamChangeName(file, scratch("file:", "new")) && !exists("old") && exists("new"), "a file is renamed");
    check(DkStreamGetName(file, name, sizeof(name)) && strcmp(name, scratch("file:", "new")) == 0,
          "and knows its name");
    remove_file(make_file("third", "takes what memory the old name had"));
    check(DkStreamGetName(file, name, sizeof(name)) && strcmp(name, scratch("file:", "new")) == 0, "and keeps it");
    check(DkStreamChangeName(file, scratch("file:", "other")) && !exists("new"), "it replaces another");
    check(reads_as(other, "replaced") && reads_as(file, "renamed"), "of which the handle still reads");
    check_failure(DkStreamChangeName(file, scratch("dir:", "directory")), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(file, "pipe:1"), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(file, "file:"), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamChangeName(file, "nonsense"), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamChangeName(file, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamChangeName(file, scratch("file:", "absent/x")), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamChangeName(file, scratch("file:", "directory")), 0, PAL_ERROR_STREAMISDIR);
    /* A descriptor that is closed twice would be this one's. */
    PAL_HANDLE bystander = make_file("bystander", "alive");
    DkStreamDelete(file, 0);
    check(failure() == 0 && !exists("other"), "after a rename the new name is deleted");
    DkObjectClose(file);
    DkObjectClose(other);
    check(reads_as(bystander, "alive"), "and nothing else is closed");
    remove_file(bystander);
    remove_file(directory);
}

static void test_delete(void)
{
    PAL_HANDLE file = make_file("deleted", "still here");
    check_void(DkStreamDelete(file, PAL_DELETE_RD), PAL_ERROR_INVAL);
    check_void(DkStreamDelete(file, PAL_DELETE_WR), PAL_ERROR_INVAL);
    check_void(DkStreamDelete(file, 4), PAL_ERROR_INVAL);
    check(exists("deleted"), "the failures have left the file");
    check_void(DkStreamDelete(file, 0), 0);
    check(!exists("deleted") && reads_as(file, "still here"), "the name goes, the handle still reads");
    check_void(DkStreamDelete(file, 0), PAL_ERROR_STREAMNOTEXIST);
    DkObjectClose(file);
    check_failure(DkStreamRead(file, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_BADHANDLE);
    file = make_file("deleted", "");
    check_void(DkStreamDelete(file, PAL_DELETE_RD | PAL_DELETE_WR), 0);
    check(!exists("deleted"), "both sides together are the whole file");
    DkObjectClose(file);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_create_flags();
    test_access();
    test_share_flags();
    test_open_errors();
    test_options();
    test_positions();
    test_concurrent_readers();
    test_length();
    test_mapping();
    test_mapping_errors();
    test_names();
    test_rename();
    test_delete();
    test_running_out();
}
