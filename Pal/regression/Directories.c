/* SPDX-License-Identifier: MIT */
/* Directories: making, listing with any buffer and a cursor, renaming, deleting, and every documented error. */
#include "regression.h"

#define ENTRIES  300
#define NAME_MAX 255

static char g_buffer[131072] __attribute__((aligned(8)));
static char g_directory[] = "directory";

static PAL_HANDLE make_directory(const char *name)
{
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", name), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    if (!directory)
        bail_out("no directory can be made in REGRESSION_DIR");
    return directory;
}

static void make_file(const char *name)
{
    PAL_HANDLE file = DkStreamOpen(scratch("file:", name), PAL_ACCESS_WRONLY, 0600, PAL_CREAT_ALWAYS, 0);
    if (!file)
        bail_out("no file can be made in REGRESSION_DIR");
    DkObjectClose(file);
}

static void remove_stream(PAL_HANDLE handle)
{
    DkStreamDelete(handle, 0);
    DkObjectClose(handle);
}

static void remove_named(const char *scheme, const char *name)
{
    remove_stream(DkStreamOpen(scratch(scheme, name), PAL_ACCESS_RDONLY, 0, 0, 0));
}

static bool exists(const char *name)
{
    PAL_STREAM_ATTR attr;
    const bool found = DkStreamAttributesQuery(scratch("dir:", name), &attr);
    failure();
    return found;
}

/***** Opening *****/

static void test_create_flags(void)
{
    static const PAL_FLG creates[] = {0, PAL_CREAT_TRY, PAL_CREAT_ALWAYS, PAL_CREAT_TRY | PAL_CREAT_ALWAYS};
    PAL_HANDLE present = make_directory("present");
    for (unsigned i = 0; i < 4; i++) {
        const PAL_FLG create = creates[i];
        failure();
        PAL_HANDLE old = DkStreamOpen(scratch("dir:", "present"), PAL_ACCESS_RDONLY, 0700, create, 0);
        const int old_failure = failure();
        PAL_HANDLE new = DkStreamOpen(scratch("dir:", "absent"), PAL_ACCESS_RDONLY, 0700, create, 0);
        const int new_failure = failure();
        const bool good_old = create & PAL_CREAT_ALWAYS ? !old && old_failure == PAL_ERROR_STREAMEXIST : old != NULL;
        const bool good_new = create ? new != NULL : !new &&new_failure == PAL_ERROR_STREAMNOTEXIST;
        check(good_old && good_new, "create 0%o", create);
        if (old)
            DkObjectClose(old);
        if (new)
            remove_stream(new);
    }
    remove_stream(present);
}

static PAL_FLG made_with(PAL_FLG share)
{
    PAL_STREAM_ATTR attr = {0};
    const char *uri = scratch("dir:", "shared");
    PAL_HANDLE directory = DkStreamOpen(uri, PAL_ACCESS_RDONLY, share | PAL_SHARE_OWNER_R, PAL_CREAT_ALWAYS, 0);
    DkStreamAttributesQuerybyHandle(directory, &attr);
    remove_stream(directory);
    return attr.share_flags;
}

/* One that its owner may not read could not be opened. */
static void test_share_flags(void)
{
    const PAL_FLG mask = made_with(0777);
    bool good = true;
    for (PAL_FLG share = 0; share < 01000; share++)
        good = good && made_with(share) == ((share | PAL_SHARE_OWNER_R) & mask);
    check(good, "directories have the share flags that they are made with, but for the user's mask");
}

static void test_errors(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    make_file("file");
    PAL_HANDLE directory = make_directory("directory");
    check_failure(DkStreamOpen(scratch("dir:", "file"), 0, 0, 0, 0), 0, PAL_ERROR_STREAMISFILE);
    check_failure(DkStreamOpen(scratch("dir:", "file"), 0, 0700, PAL_CREAT_TRY, 0), 0, PAL_ERROR_STREAMISFILE);
    check_failure(DkStreamOpen(scratch("dir:", "file"), 0, 0700, PAL_CREAT_ALWAYS, 0), 0, PAL_ERROR_STREAMEXIST);
    check_failure(DkStreamOpen(scratch("dir:", "absent/x"), 0, 0700, PAL_CREAT_TRY, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamWrite(directory, 0, 1, g_buffer, NULL), 0, PAL_ERROR_STREAMISDIR);
    check_failure(DkStreamMap(directory, NULL, PAL_PROT_READ, 0, page), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamSetLength(directory, 1), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamWaitForClient(directory), 0, PAL_ERROR_NOTSERVER);
    PAL_HANDLE writer = DkStreamOpen(scratch("dir:", "directory"), PAL_ACCESS_WRONLY, 0, 0, 0);
    check_failure(DkStreamRead(writer, 0, sizeof(g_buffer), g_buffer, NULL, 0), 0, PAL_ERROR_DENIED);
    DkObjectClose(writer);
    check(DkStreamFlush(directory), "a directory is flushed");
    remove_stream(directory);
    remove_named("file:", "file");
}

/***** Listing *****/

/* Entry i: names of all lengths, every third a directory. */
static bool is_directory(unsigned i)
{
    return i % 3 == 0;
}

static unsigned entry_name(unsigned i, char *out)
{
    const unsigned len = i < 3 ? 3 : 3 + (i * 37) % (NAME_MAX - 2);
    memset(out, 'n', len);
    out[0] = (char)('0' + i / 100), out[1] = (char)('0' + i / 10 % 10), out[2] = (char)('0' + i % 10);
    out[len] = '\0';
    return len;
}

static void make_entries(void)
{
    char name[NAME_MAX + 1];
    for (unsigned i = 0; i < ENTRIES; i++) {
        entry_name(i, name);
        const char *path = text("listed/%s", name);
        if (is_directory(i))
            DkObjectClose(make_directory(path));
        else
            make_file(path);
    }
}

static void remove_entries(void)
{
    char name[NAME_MAX + 1];
    for (unsigned i = 0; i < ENTRIES; i++) {
        entry_name(i, name);
        remove_named(is_directory(i) ? "dir:" : "file:", text("listed/%s", name));
    }
}

/* Mark the entries that a buffer names; false if it has anything but whole names of entries. */
static bool mark(const char *buffer, PAL_NUM size, uint8_t *seen)
{
    char name[NAME_MAX + 2];
    for (PAL_NUM at = 0; at < size;) {
        const PAL_NUM len = strlen(buffer + at);
        const unsigned i = (unsigned)((buffer[at] - '0') * 100 + (buffer[at + 1] - '0') * 10 + buffer[at + 2] - '0');
        if (at + len >= size || i >= ENTRIES)
            return false;
        unsigned expected = entry_name(i, name);
        if (is_directory(i))
            name[expected++] = '/';
        if (len != expected || memcmp(buffer + at, name, len) != 0)
            return false;
        seen[i]++;
        at += len + 1;
    }
    return true;
}

static bool all_once(const uint8_t *seen)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (seen[i] != 1)
            return false;
    }
    return true;
}

/* List from the start with buffers of one size. */
static bool lists_all(PAL_HANDLE directory, PAL_NUM size)
{
    uint8_t seen[ENTRIES] = {0};
    bool good = true;
    PAL_NUM got;
    failure();
    for (PAL_NUM offset = 0; good && (got = DkStreamRead(directory, offset, size, g_buffer, NULL, 0)) > 0;
         offset += got)
        good = mark(g_buffer, got, seen);
    return good && failure() == 0 && all_once(seen);
}

static void test_listing(void)
{
    static const PAL_NUM sizes[] = {NAME_MAX + 2, NAME_MAX + 3, 300, 511, 4096, 8192, 40000, sizeof(g_buffer)};
    PAL_HANDLE directory = make_directory("listed");
    failure();
    check(DkStreamRead(directory, 0, sizeof(g_buffer), g_buffer, NULL, 0) == 0 && failure() == 0, "an empty directory");
    make_entries();
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        check(lists_all(directory, sizes[i]), "%u entries in buffers of %lu bytes", ENTRIES, sizes[i]);
    check(DkStreamRead(directory, 1, sizeof(g_buffer), g_buffer, NULL, 0) == 0, "the end stays the end");
    check_failure(DkStreamRead(directory, 0, 0, NULL, NULL, 0), 0, PAL_ERROR_OVERFLOW);
    DkObjectClose(directory);
}

/* However a read fails, the next one goes on with the name that it could not give. */
static void test_nothing_is_lost(void)
{
    uint8_t seen[ENTRIES] = {0};
    const PAL_NUM page = pal_control.alloc_align;
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", "listed"), PAL_ACCESS_RDONLY, 0, 0, 0);
    PAL_HANDLE other = DkStreamOpen(scratch("dir:", "listed"), PAL_ACCESS_RDONLY, 0, 0, 0);
    char *closed = DkVirtualMemoryAlloc(NULL, page, 0, PAL_PROT_NONE);
    bool good = true;
    unsigned small = 0, bad = 0;
    failure();
    for (PAL_NUM offset = 0;; offset = 1) {
        small += DkStreamRead(directory, offset, 3, g_buffer, NULL, 0) == 0 && failure() == PAL_ERROR_OVERFLOW;
        bad += DkStreamRead(directory, 1, page, closed, NULL, 0) == 0 && failure() == PAL_ERROR_BADADDR;
        DkStreamRead(other, 1, 1000, g_buffer, NULL, 0);
        const PAL_NUM got = DkStreamRead(directory, 1, 1000, g_buffer, NULL, 0);
        if (got == 0)
            break;
        good = good && mark(g_buffer, got, seen);
    }
    check(small > 1, "a buffer that is too small for one name is told from the end");
    check(bad == small, "a buffer that may not be written to is a bad address");
    check(good && all_once(seen), "after both, and with another reader, each name came once");
    DkVirtualMemoryFree(closed, page);
    DkObjectClose(other);
    DkObjectClose(directory);
    remove_entries();
    remove_named("dir:", "listed");
}

/***** Entries *****/

/* Mark the entries that a buffer of records has; counts "." and ".." as well. False if a record is not sound. */
static bool mark_entries(const char *buffer, PAL_NUM size, uint8_t *seen, unsigned *dots)
{
    char name[NAME_MAX + 2];
    for (PAL_NUM at = 0; at < size;) {
        const struct pal_dirent *entry = (const void *)(buffer + at);
        const PAL_NUM room = entry->size - offsetof(struct pal_dirent, name);
        if (entry->size % 8 != 0 || entry->size > size - at || strlen(entry->name) >= room)
            return false;
        at += entry->size;
        if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) {
            *dots += entry->kind == PAL_KIND_DIRECTORY || entry->kind == PAL_KIND_UNKNOWN;
            continue;
        }
        const char *text = entry->name;
        const unsigned i = (unsigned)((text[0] - '0') * 100 + (text[1] - '0') * 10 + text[2] - '0');
        if (i >= ENTRIES)
            return false;
        name[entry_name(i, name)] = '\0';
        const unsigned char kind = is_directory(i) ? PAL_KIND_DIRECTORY : PAL_KIND_FILE;
        if (strcmp(name, text) != 0 || (entry->kind != kind && entry->kind != PAL_KIND_UNKNOWN))
            return false;
        seen[i]++;
    }
    return true;
}

static bool lists_entries(PAL_HANDLE directory, PAL_NUM size)
{
    uint8_t seen[ENTRIES] = {0};
    unsigned dots = 0;
    bool good = true;
    PAL_NUM got;
    failure();
    for (PAL_NUM offset = 0; good && (got = DkStreamRead(directory, offset, size, g_buffer, NULL, 0)) > 0; offset = 1)
        good = mark_entries(g_buffer, got, seen, &dots);
    return good && failure() == 0 && all_once(seen) && dots == 2;
}

static void test_entries(void)
{
    static const PAL_NUM sizes[] = {280, 300, 511, 4096, 8192, 40000, sizeof(g_buffer)};
    PAL_STREAM_ATTR attr;
    DkObjectClose(make_directory("listed"));
    make_entries();
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", "listed"), PAL_ACCESS_RDONLY, 0, 0, PAL_OPTION_ENTRIES);
    const struct pal_dirent *entry = (const void *)g_buffer;
    check(DkStreamRead(directory, 1, 280, g_buffer, NULL, 0) > 0, "entries without a start");
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        check(lists_entries(directory, sizes[i]), "%u entries as records in buffers of %lu bytes", ENTRIES, sizes[i]);
    check(DkStreamRead(directory, 1, 280, g_buffer, NULL, 0) == 0 && failure() == 0, "the end stays the end");
    check_failure(DkStreamRead(directory, 0, 23, g_buffer, NULL, 0), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamRead(directory, 1, 0, NULL, NULL, 0), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamRead(directory, 1, 4096, (PAL_PTR)16, NULL, 0), 0, PAL_ERROR_BADADDR);
    check(DkStreamRead(directory, 1, sizeof(g_buffer), g_buffer, NULL, 0) > 0, "failures leave the place as it is");
    for (entry = (const void *)g_buffer; strcmp(entry->name, ".") != 0;)
        entry = (const void *)((const char *)entry + entry->size);
    check(DkStreamAttributesQuerybyHandle(directory, &attr) && attr.file_id == entry->file_id, "identities");
    DkObjectClose(directory);
    check_failure(DkStreamOpen(scratch("dir:", "listed"), 0, 0, 0, PAL_OPTION_APPEND), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen(scratch("dir:", "listed"), 0, 0, 0, PAL_OPTION_TRUNCATE), 0, PAL_ERROR_INVAL);
    remove_entries();
    remove_named("dir:", "listed");
}

static void test_nofollow(void)
{
    PAL_HANDLE directory = make_directory("directory");
    PAL_HANDLE link = DkStreamOpen(scratch("link:", "link"), PAL_ACCESS_RDWR, 0, 0, 0);
    check(DkStreamWrite(link, 0, 9, g_directory, NULL) == 9, "a symbolic link to a directory");
    PAL_HANDLE followed = DkStreamOpen(scratch("dir:", "link"), PAL_ACCESS_RDONLY, 0, 0, 0);
    check(followed != NULL, "is followed");
    DkObjectClose(followed);
    check_failure(DkStreamOpen(scratch("dir:", "link"), 0, 0, 0, PAL_OPTION_NOFOLLOW), 0, PAL_ERROR_STREAMISFILE);
    followed = DkStreamOpen(scratch("dir:", "directory"), PAL_ACCESS_RDONLY, 0, 0, PAL_OPTION_NOFOLLOW);
    check(followed != NULL, "NOFOLLOW on a directory");
    DkObjectClose(followed);
    remove_stream(link);
    remove_stream(directory);
}

/***** Names *****/

static void test_rename(void)
{
    char name[512];
    PAL_HANDLE directory = make_directory("old");
    make_file("old/child");
    DkObjectClose(make_directory("full"));
    make_file("full/child");
    DkObjectClose(make_directory("empty"));
    make_file("file");
    failure();
    check(DkStreamChangeName(directory, scratch("dir:", "new")) && !exists("old") && exists("new"), "it is renamed");
    check(DkStreamGetName(directory, name, sizeof(name)) && strcmp(name, scratch("dir:", "new")) == 0,
          "and knows its name");
    check(DkStreamRead(directory, 0, sizeof(g_buffer), g_buffer, NULL, 0) == 6 && strcmp(g_buffer, "child") == 0,
          "and has its entries");
    check_failure(DkStreamChangeName(directory, scratch("dir:", "full")), 0, PAL_ERROR_NOTEMPTY);
    check_failure(DkStreamChangeName(directory, scratch("dir:", "file")), 0, PAL_ERROR_STREAMISFILE);
    check_failure(DkStreamChangeName(directory, scratch("file:", "file")), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(directory, scratch("dir:", "new/inside")), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamChangeName(directory, scratch("dir:", "absent/x")), 0, PAL_ERROR_STREAMNOTEXIST);
    check(DkStreamChangeName(directory, scratch("dir:", "empty")) && !exists("new"), "it replaces an empty one");
    remove_named("file:", "empty/child");
    remove_stream(directory);
    check(failure() == 0 && !exists("empty"), "the new name is deleted");
    remove_named("file:", "full/child");
    remove_named("dir:", "full");
    remove_named("file:", "file");
}

static void test_delete(void)
{
    PAL_HANDLE directory = make_directory("deleted");
    make_file("deleted/child");
    check_void(DkStreamDelete(directory, PAL_DELETE_RD), PAL_ERROR_INVAL);
    check_void(DkStreamDelete(directory, 0), PAL_ERROR_NOTEMPTY);
    remove_named("file:", "deleted/child");
    check_void(DkStreamDelete(directory, 0), 0);
    check(!exists("deleted"), "a directory is deleted");
    check_void(DkStreamDelete(directory, 0), PAL_ERROR_STREAMNOTEXIST);
    DkObjectClose(directory);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_create_flags();
    test_share_flags();
    test_errors();
    test_listing();
    test_nothing_is_lost();
    test_entries();
    test_nofollow();
    test_rename();
    test_delete();
}
