/* SPDX-License-Identifier: MIT */
/* Opening files of the host by name. Knows nothing of links on the way, which have been followed. */
#include "chroot.h"
#include "entry.h"
#include "format.h"
#include "fs/mount.h"

/* The host says of a link that it is no directory. */
static int explain_not_directory(const struct place *place)
{
    struct file_attr attr;
    const int error = chroot_attributes(place, &attr);
    if (error < 0)
        return error;
    return S_ISLNK(attr.mode) ? -ELOOP : -ENOTDIR;
}

static int open_directory(const struct place *place, uint32_t flags, struct file **out)
{
    int error;
    char *uri = chroot_uri("dir:", place, &error);
    if (!uri)
        return error;
    const PAL_FLG options = PAL_OPTION_ENTRIES | (place->inside[0] ? PAL_OPTION_NOFOLLOW : 0u);
    PAL_HANDLE handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, options);
    error = handle ? 0 : pal_failure();
    chroot_uri_free(uri);
    if (error == -ENOTDIR)
        return explain_not_directory(place);
    if (error == -ENOENT && mount_is_above(place->path, place->len))
        error = 0;
    if (error < 0)
        return error;
    if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC) {
        DkObjectClose(handle);
        return -EISDIR;
    }
    *out = host_file_new(handle, flags, S_IFDIR);
    return *out ? 0 : -ENOMEM;
}

static PAL_FLG options_of(const struct place *place, uint32_t flags)
{
    PAL_FLG options = place->inside[0] ? PAL_OPTION_NOFOLLOW : 0;
    if (flags & O_NONBLOCK)
        options |= PAL_OPTION_NONBLOCK;
    if (flags & O_APPEND)
        options |= PAL_OPTION_APPEND;
    if (flags & O_TRUNC)
        options |= PAL_OPTION_TRUNCATE;
    return options;
}

static PAL_FLG create_of(uint32_t flags)
{
    if (!(flags & O_CREAT))
        return 0;
    return flags & O_EXCL ? PAL_CREAT_ALWAYS : PAL_CREAT_TRY;
}

/* Errors that the Host ABI has no names of their own for. */
static int explain(uint32_t flags, int error)
{
    if (error == -EINTR)
        return -ERESTARTSYS;
    if (error == -EBUSY && (flags & O_ACCMODE) != O_RDONLY)
        return -ETXTBSY;
    return error;
}

/* Only who waits for the other side of a FIFO, or for a line, hears of signals. */
static bool is_waited_for(const struct place *place)
{
    struct file_attr attr;
    return chroot_attributes(place, &attr) == 0 && (S_ISFIFO(attr.mode) || S_ISCHR(attr.mode));
}

static PAL_HANDLE open_rested(const char *uri, PAL_FLG access, uint32_t mode, PAL_FLG create, PAL_FLG options)
{
    thread_rests(true);
    PAL_HANDLE handle = block_open(uri, access, mode & 0777, create, options);
    thread_rests(false);
    return handle;
}

static PAL_HANDLE open_stream(const struct place *place, const char *uri, PAL_FLG access, uint32_t mode, PAL_FLG create,
                              PAL_FLG options)
{
    PAL_HANDLE handle = open_rested(uri, access, mode, create, options);
    if (handle || pal_failure() != -EINTR)
        return handle;
    if (is_waited_for(place))
        return open_rested(uri, access, mode, create, options);
    while (!(handle = DkStreamOpen(uri, access, mode & 0777, create, options)) && pal_failure() == -EINTR)
        ;
    return handle;
}

static PAL_HANDLE open_file(const struct place *place, const char *uri, uint32_t flags, uint32_t mode)
{
    static const PAL_FLG access[] = {PAL_ACCESS_RDONLY, PAL_ACCESS_WRONLY, PAL_ACCESS_RDWR, PAL_ACCESS_RDWR};
    const PAL_FLG create = create_of(flags), options = options_of(place, flags);
    if (!(flags & O_TRUNC) || (flags & O_ACCMODE) != O_RDONLY)
        return open_stream(place, uri, access[flags & O_ACCMODE], mode, create, options);
    /* Linux truncates what is then read only, too. */
    PAL_HANDLE handle = open_stream(place, uri, PAL_ACCESS_WRONLY, mode, create, options);
    if (!handle)
        return NULL;
    DkObjectClose(handle);
    return open_stream(place, uri, PAL_ACCESS_RDONLY, 0, 0, options & ~(PAL_FLG)PAL_OPTION_TRUNCATE);
}

void chroot_set_mode(PAL_HANDLE handle, uint32_t mode)
{
    PAL_STREAM_ATTR attr = {.share_flags = PAL_SET_PERMISSIONS | (mode & 0777), .mode = mode & 07000};
    if (DkStreamAttributesSetbyHandle(handle, &attr))
        return;
    attr.mode = mode & PAL_MODE_STICKY; /* set-id bits are what hosts refuse */
    (void)DkStreamAttributesSetbyHandle(handle, &attr);
}

/* The host takes permissions away that its user does not give, as a rule those to write for others. Who wants such ones must
 * say so once more, of a file that is known to be new. */
static PAL_HANDLE create_file(const struct place *place, const char *uri, uint32_t flags, uint32_t mode)
{
    if (!(flags & O_CREAT) || !(mode & MASKED_MODE))
        return open_file(place, uri, flags, mode);
    PAL_HANDLE handle = open_file(place, uri, flags | O_EXCL, mode);
    if (handle)
        chroot_set_mode(handle, mode);
    else if (!(flags & O_EXCL) && pal_failure() == -EEXIST)
        handle = open_file(place, uri, flags, mode);
    return handle;
}

void chroot_hidden_name(char out[CHROOT_HIDDEN_SIZE])
{
    uint64_t random[2] = {0};
    DkRandomBitsRead(random, sizeof(random));
    format_string(out, CHROOT_HIDDEN_SIZE, "/.tmp-%016lx%016lx", random[0], random[1]);
}

/* O_TMPFILE: a name that nobody guesses, for a moment. */
static int open_unnamed(const struct place *place, uint32_t flags, uint32_t mode, struct file **out)
{
    char name[CHROOT_HIDDEN_SIZE];
    int error;
    if ((flags & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    /* The host would follow a link to where it leads there. */
    struct file_attr attr;
    error = chroot_attributes(place, &attr);
    if (error < 0)
        return error;
    if (!S_ISDIR(attr.mode))
        return S_ISLNK(attr.mode) ? -ELOOP : -ENOTDIR;
    char *uri = chroot_uri("file:", place, &error);
    if (!uri)
        return error;
    const size_t len = strlen(uri);
    PAL_HANDLE handle = NULL;
    chroot_hidden_name(name);
    if (len + sizeof(name) < URI_ROOM) {
        memcpy(uri + len, name, sizeof(name));
        /* To be read by whoever copies it, when it gets a name. */
        const uint32_t creation = (flags & ~(uint32_t)(O_TMPFILE | O_TRUNC | O_ACCMODE)) | O_RDWR | O_CREAT | O_EXCL;
        handle = create_file(place, uri, creation, mode);
        error = handle ? 0 : pal_failure();
    }
    chroot_uri_free(uri);
    if (!handle)
        return error;
    DkStreamDelete(handle, 0);
    *out = host_file_new(handle, flags, S_IFREG);
    if (*out && !(flags & O_EXCL))
        (*out)->state |= HOST_LINKABLE;
    return *out ? 0 : -ENOMEM;
}

int chroot_open(const struct place *place, uint32_t flags, uint32_t mode, struct file **out)
{
    if ((flags & O_TMPFILE) == O_TMPFILE)
        return open_unnamed(place, flags, mode, out);
    if (flags & O_DIRECTORY || (place->inside[0] == '\0' && !(flags & O_CREAT)))
        return open_directory(place, flags, out);
    int error;
    char *uri = chroot_uri("file:", place, &error);
    if (!uri)
        return error;
    PAL_HANDLE handle = create_file(place, uri, flags, mode);
    error = handle ? 0 : pal_failure();
    chroot_uri_free(uri);
    if (error < 0)
        return explain(flags, error);
    *out = host_file_new(handle, flags, flags & O_CREAT && flags & O_EXCL ? S_IFREG : 0);
    return *out ? 0 : -ENOMEM;
}
