/* SPDX-License-Identifier: MIT */
/* Names: symbolic links, further names of files, renaming and deleting whatever it is, what a name is, the space where it
 * lies, and every documented error. */
#include "regression.h"

#define TARGET_MAX 4095

static char g_buffer[8192];

static PAL_HANDLE open_name(const char *name, PAL_FLG create)
{
    PAL_HANDLE link = DkStreamOpen(scratch("link:", name), PAL_ACCESS_RDWR, 0, create, 0);
    if (!link)
        bail_out("a name cannot be opened");
    return link;
}

static void make_file(const char *name, const char *contents)
{
    PAL_HANDLE file = DkStreamOpen(scratch("file:", name), PAL_ACCESS_RDWR, 0600, PAL_CREAT_ALWAYS, 0);
    const PAL_NUM size = strlen(contents);
    if (!file || DkStreamWrite(file, 0, size, (PAL_PTR)(uintptr_t)contents, NULL) != size)
        bail_out("no file can be made in REGRESSION_DIR");
    DkObjectClose(file);
}

static void make_directory(const char *name)
{
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", name), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    if (!directory)
        bail_out("no directory can be made in REGRESSION_DIR");
    DkObjectClose(directory);
}

static bool make_link(const char *name, const char *target)
{
    PAL_HANDLE link = open_name(name, 0);
    const PAL_NUM size = strlen(target);
    const bool made = DkStreamWrite(link, PAL_LINK_TARGET, size, (PAL_PTR)(uintptr_t)target, NULL) == size;
    DkObjectClose(link);
    return made;
}

/* Delete a name; returns the failure. */
static int delete_name(const char *name)
{
    PAL_HANDLE link = open_name(name, 0);
    failure();
    DkStreamDelete(link, 0);
    DkObjectClose(link);
    return failure();
}

static bool leads_to(const char *name, const char *target)
{
    PAL_HANDLE link = open_name(name, 0);
    const PAL_NUM len = DkStreamRead(link, PAL_LINK_TARGET, sizeof(g_buffer), g_buffer, NULL, 0);
    DkObjectClose(link);
    return len == strlen(target) && memcmp(g_buffer, target, len) == 0;
}

/* What a name is: PAL_KIND_x, or -1 if there is no such name. */
static int kind_of(const char *name)
{
    PAL_STREAM_ATTR attr;
    const bool found = DkStreamAttributesQuery(scratch("link:", name), &attr);
    failure();
    return found ? (int)PAL_MODE_KIND(attr.mode) : -1;
}

static bool reads_as(const char *name, const char *contents)
{
    PAL_HANDLE file = DkStreamOpen(scratch("file:", name), PAL_ACCESS_RDONLY, 0, 0, 0);
    const PAL_NUM len = file ? DkStreamRead(file, 0, sizeof(g_buffer), g_buffer, NULL, 0) : 0;
    if (file)
        DkObjectClose(file);
    return len == strlen(contents) && memcmp(g_buffer, contents, len) == 0;
}

/***** Symbolic links *****/

static void test_targets(void)
{
    static char longest[TARGET_MAX + 1];
    PAL_HANDLE link = open_name("link", 0);
    make_file("file", "contents");
    check(make_link("link", "file") && kind_of("link") == PAL_KIND_LINK, "a symbolic link is made");
    check(leads_to("link", "file") && reads_as("link", "contents"), "it leads to the file");
    check(DkStreamRead(link, 0, 2, g_buffer, NULL, 0) == 2 && memcmp(g_buffer, "fi", 2) == 0,
          "a target is cut off where the buffer ends");
    check_failure(DkStreamWrite(link, 0, 1, g_buffer, NULL), 0, PAL_ERROR_STREAMEXIST);
    check(delete_name("link") == 0 && kind_of("link") == -1 && reads_as("file", "contents"),
          "it is deleted, and the file is not");
    memset(longest, 'x', TARGET_MAX);
    check(make_link("link", longest) && leads_to("link", longest), "the longest target");
    delete_name("link");
    check(make_link("link", "/absent/\n\xff") && leads_to("link", "/absent/\n\xff"), "a target that is not there");
    check_failure(DkStreamOpen(scratch("file:", "link"), 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamRead(link, 0, 0, g_buffer, NULL, 0), 0, PAL_ERROR_INVAL);
    DkStreamDelete(link, 0);
    check(failure() == 0 && kind_of("link") == -1, "the same handle deletes it");
    DkObjectClose(link);
    delete_name("file");
}

static void test_target_errors(void)
{
    static char too_long[TARGET_MAX + 1 + 1], nul[] = "a\0b";
    PAL_HANDLE link = open_name("absent", 0), lost = open_name("absent/x", 0);
    make_file("file", "");
    PAL_HANDLE file = open_name("file", 0);
    memset(too_long, 'x', sizeof(too_long));
    check_failure(DkStreamRead(link, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamRead(file, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamRead(link, 0, 1, NULL, NULL, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamWrite(link, 0, sizeof(too_long), too_long, NULL), 0, PAL_ERROR_TOOLONG);
    check_failure(DkStreamWrite(link, 0, 0, too_long, NULL), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamWrite(link, 0, 3, nul, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(link, PAL_LINK_SPACE, 1, nul, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(link, PAL_LINK_SOCKET + 1, sizeof(PAL_FLG), nul, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(link, 0, 1, NULL, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamWrite(link, 0, 100, (PAL_PTR)16, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamWrite(lost, 0, 1, nul, NULL), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen("link:", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen(scratch("link:", "x"), 0, 0, 0, PAL_OPTION_NOFOLLOW), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamMap(link, NULL, PAL_PROT_READ, 0, pal_control.alloc_align), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamSetLength(link, 1), 0, PAL_ERROR_NOTSUPPORT);
    check(DkObjectsWaitAny(1, &link, NO_TIMEOUT) == link, "a name is not waited for");
    DkObjectClose(file);
    DkObjectClose(lost);
    DkObjectClose(link);
    delete_name("file");
}

/***** What a name is *****/

static void test_attributes(void)
{
    PAL_STREAM_ATTR attr, other;
    make_directory("directory");
    make_link("link", "directory");
    PAL_HANDLE link = open_name("link", 0);
    check(DkStreamAttributesQuery(scratch("link:", "link"), &attr) && attr.type == PAL_TYPE_LINK && attr.size == 9 &&
              PAL_MODE_KIND(attr.mode) == PAL_KIND_LINK,
          "attributes of a symbolic link");
    check(DkStreamAttributesQuerybyHandle(link, &other) && other.file_id == attr.file_id, "the same by handle");
    check(DkStreamAttributesQuery(scratch("link:", "link/"), &other) && other.type == PAL_TYPE_DIR,
          "a slash at the end is what it stands for");
    check(DkStreamAttributesQuery(scratch("link:", "directory"), &attr) && attr.type == PAL_TYPE_DIR &&
              attr.file_id == other.file_id,
          "attributes of a directory");
    check(DkStreamGetName(link, g_buffer, sizeof(g_buffer)) && strcmp(g_buffer, scratch("link:", "link")) == 0,
          "the handle knows its name");
    DkObjectClose(link);
    link = open_name("absent", 0);
    check_failure(DkStreamAttributesQuerybyHandle(link, &attr), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamAttributesQuery(scratch("link:", "absent"), &attr), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamAttributesSetbyHandle(link, &attr), 0, PAL_ERROR_STREAMNOTEXIST);
    DkObjectClose(link);
    delete_name("link");
    delete_name("directory/");
}

static bool sets_times(const char *name, PAL_NUM access_time, PAL_NUM modify_time)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE link = open_name(name, 0);
    failure();
    bool good = DkStreamAttributesQuerybyHandle(link, &attr);
    attr.access_time = access_time;
    attr.modify_time = modify_time;
    good = good && DkStreamAttributesSetbyHandle(link, &attr) && DkStreamAttributesQuerybyHandle(link, &attr);
    DkObjectClose(link);
    return good && attr.access_time == access_time && attr.modify_time == modify_time;
}

static void test_set_attributes(void)
{
    PAL_STREAM_ATTR before, after;
    make_file("file", "");
    make_link("link", "file");
    check(sets_times("file", 1000000001, 2000000002), "times of a file by its name");
    DkStreamAttributesQuery(scratch("file:", "file"), &before);
    const bool set = sets_times("link", 3000000003, 4000000004);
    check(set || failure() == PAL_ERROR_DENIED, "times of the link itself, unless the program is confined");
    check(DkStreamAttributesQuery(scratch("file:", "link"), &after) && after.modify_time == before.modify_time &&
              after.change_time == before.change_time,
          "do not change the file");
    PAL_HANDLE link = open_name("file", 0);
    after.share_flags = PAL_SET_OWNER;
    check(DkStreamAttributesSetbyHandle(link, &after), "the owner of a file by its name");
    DkObjectClose(link);
    delete_name("link");
    delete_name("file");
}

/* Set only the permissions of what has a name. */
static bool permits(const char *name, PAL_FLG share)
{
    PAL_STREAM_ATTR attr = {.share_flags = share | PAL_SET_PERMISSIONS};
    PAL_HANDLE link = open_name(name, 0);
    failure();
    const bool good = DkStreamAttributesSetbyHandle(link, &attr) && DkStreamAttributesQuerybyHandle(link, &attr);
    DkObjectClose(link);
    return good && attr.share_flags == share;
}

/* Those that keep the owner himself from opening it can be changed again, whoever that is. */
static void test_permissions(void)
{
    PAL_STREAM_ATTR before, after;
    make_file("file", "text");
    make_directory("directory");
    check(permits("file", 0640), "permissions of a file by its name");
    check(permits("file", 0200) && permits("file", 0), "also those to read it");
    check(sets_times("file", 1000000001, 2000000002), "its times nevertheless");
    check(permits("file", 0600) && reads_as("file", "text"), "and back");
    check(permits("directory", 0) && permits("directory", 0700), "of a directory, too");
    PAL_HANDLE file = DkStreamOpen(scratch("file:", "unreadable"), PAL_ACCESS_WRONLY, 0, PAL_CREAT_ALWAYS, 0);
    DkObjectClose(file);
    check(file && permits("unreadable", 0400) && reads_as("unreadable", ""), "of what nobody could ever open");
    make_link("link", "file");
    DkStreamAttributesQuery(scratch("file:", "file"), &before);
    check(!permits("link", 0400) && failure() == PAL_ERROR_DENIED, "those of a link mean nothing");
    check(DkStreamAttributesQuery(scratch("file:", "file"), &after) && after.share_flags == before.share_flags,
          "and are not the file's");
    check(!permits("absent", 0400) && failure() == PAL_ERROR_STREAMNOTEXIST, "there is nothing");
    delete_name("link");
    delete_name("unreadable");
    delete_name("file");
    delete_name("directory/");
}

/* Give what has a name another one. */
static bool change_name(const char *name, PAL_FLG options, const char *to)
{
    PAL_HANDLE link = DkStreamOpen(scratch("link:", name), 0, 0, 0, options);
    failure();
    const bool changed = link && DkStreamChangeName(link, scratch("link:", to));
    DkObjectClose(link);
    return changed;
}

static void test_options_of_names(void)
{
    PAL_STREAM_ATTR one, other;
    make_file("file", "contents");
    make_link("link", "file");
    make_directory("directory");
    check(change_name("file", PAL_OPTION_FURTHER, "more") && reads_as("more", "contents") &&
              reads_as("file", "contents"),
          "a further name of a file");
    check(change_name("link", PAL_OPTION_FURTHER, "links") && leads_to("links", "file") && leads_to("link", "file") &&
              DkStreamAttributesQuery(scratch("link:", "link"), &one) &&
              DkStreamAttributesQuery(scratch("link:", "links"), &other) && one.file_id == other.file_id &&
              one.link_count == 2,
          "a further name of a symbolic link");
    check(!change_name("link", PAL_OPTION_FURTHER, "file") && failure() == PAL_ERROR_STREAMEXIST,
          "which replaces nothing");
    check(!change_name("absent", PAL_OPTION_FURTHER, "x") && failure() == PAL_ERROR_STREAMNOTEXIST, "of nothing");
    check(!change_name("directory", PAL_OPTION_FURTHER, "x") && failure() == PAL_ERROR_DENIED,
          "a directory has one name");
    check(change_name("link", PAL_OPTION_EXCHANGE, "directory") && kind_of("link") == PAL_KIND_DIRECTORY &&
              leads_to("directory", "file"),
          "two names are exchanged");
    check(!change_name("file", PAL_OPTION_EXCHANGE, "absent") && failure() == PAL_ERROR_STREAMNOTEXIST &&
              kind_of("file") == PAL_KIND_FILE,
          "both have to be there");
    check_failure(DkStreamOpen(scratch("file:", "file"), 0, 0, 0, PAL_OPTION_EXCHANGE), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen(scratch("dir:", "link"), 0, 0, 0, PAL_OPTION_FURTHER), 0, PAL_ERROR_INVAL);
    delete_name("link/");
    delete_name("directory");
    delete_name("links");
    delete_name("more");
    delete_name("file");
}

static void test_space(void)
{
    struct pal_space space;
    PAL_HANDLE link;
    make_link("link", "/absent");
    link = open_name("link", 0);
    memset(&space, 0, sizeof(space));
    check(DkStreamRead(link, PAL_LINK_SPACE, sizeof(space), &space, NULL, 0) == sizeof(space) && space.block_size > 0 &&
              space.free <= space.blocks && space.available <= space.free && space.files_free <= space.files &&
              space.name_max > 0,
          "the space of a file system");
    check_failure(DkStreamRead(link, PAL_LINK_SPACE, sizeof(space) - 1, &space, NULL, 0), 0, PAL_ERROR_OVERFLOW);
    check_failure(DkStreamRead(link, PAL_LINK_SPACE, sizeof(space), (PAL_PTR)16, NULL, 0), 0, PAL_ERROR_BADADDR);
    DkStreamDelete(link, 0);
    check_failure(DkStreamRead(link, PAL_LINK_SPACE, sizeof(space), &space, NULL, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    DkObjectClose(link);
}

static void test_socket(void)
{
    PAL_STREAM_ATTR attr;
    PAL_FLG share = 0640, special = PAL_MODE_SETUID | 0600;
    PAL_HANDLE link = open_name("socket", 0);
    check_failure(DkStreamWrite(link, PAL_LINK_SOCKET, sizeof(share) - 1, &share, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(link, PAL_LINK_SOCKET, sizeof(special), &special, NULL), 0, PAL_ERROR_INVAL);
    check(DkStreamWrite(link, PAL_LINK_SOCKET, sizeof(share), &share, NULL) == sizeof(share) &&
              kind_of("socket") == PAL_KIND_SOCKET,
          "the name of a socket is made");
    check(DkStreamAttributesQuerybyHandle(link, &attr) && attr.share_flags == 0640, "with its permissions");
    check_failure(DkStreamWrite(link, PAL_LINK_SOCKET, sizeof(share), &share, NULL), 0, PAL_ERROR_STREAMEXIST);
    check(DkStreamOpen(scratch("file:", "socket"), PAL_ACCESS_RDWR, 0, 0, 0) == NULL &&
              failure() == PAL_ERROR_STREAMISDEVICE,
          "nobody is behind it");
    check_failure(DkStreamOpen(scratch("file:", "socket"), PAL_ACCESS_RDONLY, 0, 0, 0), 0, PAL_ERROR_STREAMISDEVICE);
    DkStreamDelete(link, 0);
    check(failure() == 0 && kind_of("socket") == -1, "it is deleted as any other name");
    DkObjectClose(link);
}

static void test_fifo(void)
{
    PAL_STREAM_ATTR attr;
    PAL_FLG share = 0600, special = PAL_MODE_SETUID | 0600;
    char byte = 0;
    PAL_HANDLE link = open_name("fifo", 0), lost = open_name("absent/x", 0);
    check_failure(DkStreamWrite(link, PAL_LINK_FIFO, sizeof(share) - 1, &share, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(link, PAL_LINK_FIFO, sizeof(share) + 1, &share, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(link, PAL_LINK_FIFO, sizeof(special), &special, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(link, PAL_LINK_FIFO, sizeof(share), (PAL_PTR)16, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamWrite(lost, PAL_LINK_FIFO, sizeof(share), &share, NULL), 0, PAL_ERROR_STREAMNOTEXIST);
    check(kind_of("fifo") == -1, "nothing has been made");
    check(DkStreamWrite(link, PAL_LINK_FIFO, sizeof(share), &share, NULL) == sizeof(share) &&
              kind_of("fifo") == PAL_KIND_FIFO,
          "a FIFO is made");
    check(DkStreamAttributesQuerybyHandle(link, &attr) && attr.share_flags == 0600, "with its permissions");
    check_failure(DkStreamWrite(link, PAL_LINK_FIFO, sizeof(share), &share, NULL), 0, PAL_ERROR_STREAMEXIST);
    char x[] = "x";
    PAL_HANDLE both = DkStreamOpen(scratch("file:", "fifo"), PAL_ACCESS_RDWR, 0, 0, 0);
    check(DkObjectsWaitAny(1, &both, 0) == NULL && failure() == PAL_ERROR_TRYAGAIN,
          "nothing is in it, before anybody has tried");
    check(DkStreamWrite(both, 0, 1, x, NULL) == 1 && DkObjectsWaitAny(1, &both, 0) == both, "something is");
    check(DkStreamRead(both, 0, 1, &byte, NULL, 0) == 1 && DkObjectsWaitAny(1, &both, 0) == NULL &&
              failure() == PAL_ERROR_TRYAGAIN,
          "and no more");
    check(DkStreamWrite(both, 0, 1, x, NULL) == 1 && DkStreamRead(both, 0, 1, &byte, NULL, 0) == 1 && byte == 'x',
          "what is written to it is read");
    DkObjectClose(both);
    DkStreamDelete(link, 0);
    check(failure() == 0 && kind_of("fifo") == -1, "it is deleted as any other name");
    DkObjectClose(lost);
    DkObjectClose(link);
}

/***** Names of files and directories *****/

static void test_delete(void)
{
    make_file("file", "");
    make_directory("directory");
    make_file("directory/child", "");
    check(delete_name("absent") == PAL_ERROR_STREAMNOTEXIST, "what is not there is not deleted");
    check(delete_name("file/") == PAL_ERROR_STREAMISFILE && kind_of("file") == PAL_KIND_FILE, "a file with a slash");
    check(delete_name("file") == 0 && kind_of("file") == -1, "a file");
    check(delete_name("directory") == PAL_ERROR_STREAMISDIR, "a directory without a slash");
    check(delete_name("directory/") == PAL_ERROR_NOTEMPTY, "a directory that is not empty");
    check(delete_name("directory/child") == 0 && delete_name("directory/") == 0 && kind_of("directory") == -1,
          "a directory");
    PAL_HANDLE link = open_name("file", 0);
    check_void(DkStreamDelete(link, PAL_DELETE_RD), PAL_ERROR_INVAL);
    DkObjectClose(link);
}

static void test_rename(void)
{
    PAL_HANDLE file, careful;
    make_file("a", "from a");
    make_file("b", "from b");
    make_directory("directory");
    make_link("link", "directory");
    file = open_name("a", 0);
    careful = open_name("b", PAL_CREAT_ALWAYS);
    check_failure(DkStreamChangeName(careful, scratch("link:", "a")), 0, PAL_ERROR_STREAMEXIST);
    check(DkStreamChangeName(file, scratch("link:", "b")) && kind_of("a") == -1 && reads_as("b", "from a"),
          "a file replaces another one");
    check(DkStreamGetName(file, g_buffer, sizeof(g_buffer)) && strcmp(g_buffer, scratch("link:", "b")) == 0,
          "and the handle knows the new name");
    check(DkStreamChangeName(careful, scratch("link:", "c")) && reads_as("c", "from a"),
          "who is careful takes a new one");
    check_failure(DkStreamChangeName(careful, scratch("link:", "directory")), 0, PAL_ERROR_STREAMEXIST);
    check_failure(DkStreamChangeName(careful, scratch("file:", "d")), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(careful, "mem:"), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(file, scratch("link:", "d")), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamChangeName(careful, scratch("link:", "absent/x")), 0, PAL_ERROR_STREAMNOTEXIST);
    DkObjectClose(careful);
    DkObjectClose(file);
    file = open_name("c", 0);
    check_failure(DkStreamChangeName(file, scratch("link:", "directory")), 0, PAL_ERROR_STREAMISDIR);
    DkObjectClose(file);
    file = open_name("link", 0);
    check(DkStreamChangeName(file, scratch("link:", "moved")) && leads_to("moved", "directory"), "a symbolic link");
    DkObjectClose(file);
    file = open_name("directory", 0);
    check(DkStreamChangeName(file, scratch("link:", "folder")) && kind_of("folder") == PAL_KIND_DIRECTORY,
          "a directory");
    DkObjectClose(file);
    check(delete_name("moved") == 0 && delete_name("folder/") == 0 && delete_name("c") == 0, "all are deleted");
}

static void test_further_names(void)
{
    PAL_STREAM_ATTR attr;
    make_file("file", "shared");
    make_directory("directory");
    PAL_HANDLE file = DkStreamOpen(scratch("file:", "file"), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE directory = DkStreamOpen(scratch("file:", "directory"), PAL_ACCESS_RDONLY, 0, 0, 0);
    check(DkStreamChangeName(file, scratch("link:", "other")) && reads_as("other", "shared"), "a file has two names");
    check(DkStreamAttributesQuerybyHandle(file, &attr) && attr.link_count == 2, "which its attributes tell");
    check(DkStreamGetName(file, g_buffer, sizeof(g_buffer)) && strcmp(g_buffer, scratch("file:", "file")) == 0,
          "the handle keeps the first one");
    check(DkStreamChangeName(file, scratch("link:", "directory/third")) && reads_as("directory/third", "shared"),
          "or three, in two directories");
    check_failure(DkStreamChangeName(file, scratch("link:", "other")), 0, PAL_ERROR_STREAMEXIST);
    check_failure(DkStreamChangeName(file, scratch("link:", "absent/x")), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamChangeName(directory, scratch("link:", "x")), 0, PAL_ERROR_DENIED);
    check(delete_name("file") == 0 && reads_as("other", "shared"), "one is left when the other is deleted");
    check_failure(DkStreamChangeName(file, scratch("link:", "x")), 0, PAL_ERROR_STREAMNOTEXIST);
    DkObjectClose(directory);
    DkObjectClose(file);
    delete_name("other");
    delete_name("directory/third");
    delete_name("directory/");
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_targets();
    test_target_errors();
    test_attributes();
    test_set_attributes();
    test_permissions();
    test_options_of_names();
    test_space();
    test_fifo();
    test_socket();
    test_delete();
    test_rename();
    test_further_names();
}
