/* SPDX-License-Identifier: MIT */
/* Files, directories and names. Knows no URI syntax: paths come parsed, and leave through uri_print. */
#include "pal_host.h"

/***** Files: file:PATH and mem: *****/

/* Step 2. mem:, of scheme URI_MEM, is optional: an empty file in memory without a name, whose getname, delete and
 * rename are NOTSUPPORT; without it, NOTIMPLEMENTED for that scheme, and a library OS has neither a /tmp of its own nor
 * processes. Otherwise the path is uri->text. STREAMNOTEXIST, STREAMEXIST and DENIED are to be told apart, for the core
 * tries names and reports what it found. A directory may open, but is not read (STREAMISDIR). Translate access, share
 * and create by tables, each flag alone: PAL_CREAT_TRY creates what is missing, PAL_CREAT_ALWAYS comes with TRY and
 * fails on what exists. A new process of the host must not inherit the file by accident. Options: PAL_OPTION_NOFOLLOW
 * gives LINKLOOP if the last name is a symbolic link, PAL_OPTION_APPEND has every write find the end and write there as
 * one, PAL_OPTION_TRUNCATE cuts what exists. */
static int file_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2. At the offset given, not at a position kept in the handle: two threads may read one handle. */
static int64_t file_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Likewise; DENIED if opened without PAL_ACCESS_WRONLY or RDWR, NOSPACE, TOOBIG. */
static int64_t file_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2. Nobody uses the handle any more; the core frees it, but not what hangs on it. */
static void file_close(PAL_HANDLE handle)
{
}

/* Step 4. The name goes, the handle still reads; INVAL unless access is 0. */
static int file_delete(PAL_HANDLE handle, PAL_FLG access)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2. The loader maps code and data with it, with PAL_PROT_WRITECOPY for what it relocates: then writes stay
 * private. A host that cannot map files allocates and reads. */
static int file_map(PAL_HANDLE handle, void **address, PAL_FLG prot, uint64_t offset, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. What is added reads as zeros. */
static int file_setlength(PAL_HANDLE handle, uint64_t length)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Return when the file is on its medium, not merely on the way. */
static int file_flush(PAL_HANDLE handle)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2. Of what the path names, which may turn out to be a directory or a device: type says so. Set the members that
 * the host knows, zero the others. */
static int file_attrquery(const struct uri *uri, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 2. The loader bounds every offset of an executable by the size that this reports. */
static int file_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. share_flags and the PAL_MODE_x of mode, owner_id and group_id, access_time and modify_time: those that differ,
 * but not those with PAL_ID_KEEP and PAL_TIME_KEEP; or exactly those that PAL_SET_x in share_flags asks for. Besides,
 * nonblocking and appending. file: on a directory does the same. */
static int file_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. The URI by which the file was opened, also after a rename by somebody else. */
static int64_t file_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Within one file system, replacing a file of that name; getname then tells the new one. To a URI_LINK: the file
 * keeps its name and has this one besides; it must be new. */
static int file_rename(PAL_HANDLE handle, const struct uri *to)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops file_ops = {
    .open = file_open,
    .read = file_read,
    .write = file_write,
    .close = file_close,
    .delete = file_delete,
    .map = file_map,
    .setlength = file_setlength,
    .flush = file_flush,
    .attrquery = file_attrquery,
    .attrquerybyhdl = file_attrquerybyhdl,
    .attrsetbyhdl = file_attrsetbyhdl,
    .getname = file_getname,
    .rename = file_rename,
};

/***** Directories: dir:PATH *****/

/* Step 4. STREAMISFILE on a file; with PAL_CREAT_TRY or ALWAYS make the directory, share tells its permissions.
 * PAL_OPTION_NOFOLLOW: STREAMISFILE on a symbolic link; PAL_OPTION_ENTRIES is for dir_read. */
static int dir_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                    PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Whole names only, each with its NUL, those of directories with '/' before it; not "." and "..". Offset 0
 * starts anew, another one goes on. If the next name does not fit into an empty buffer: OVERFLOW, and the name is not
 * lost, nor is it if the buffer turns out to be bad. DENIED if opened with PAL_ACCESS_WRONLY. Of a handle that was
 * opened with PAL_OPTION_ENTRIES: struct pal_dirent, with "." and "..". */
static int64_t dir_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for a file, with what dir_read remembers. */
static void dir_close(PAL_HANDLE handle)
{
}

/* Step 4. NOTEMPTY; INVAL unless access is 0. */
static int dir_delete(PAL_HANDLE handle, PAL_FLG access)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. STREAMISFILE on a file. */
static int dir_attrquery(const struct uri *uri, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for a file. */
static int dir_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for a file. */
static int dir_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for a file, with dir: before it. */
static int64_t dir_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Replaces an empty directory of that name. */
static int dir_rename(PAL_HANDLE handle, const struct uri *to)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops dir_ops = {
    .open = dir_open,
    .read = dir_read,
    .close = dir_close,
    .delete = dir_delete,
    .attrquery = dir_attrquery,
    .attrquerybyhdl = dir_attrquerybyhdl,
    .attrsetbyhdl = dir_attrsetbyhdl,
    .getname = dir_getname,
    .rename = dir_rename,
};

/***** Names: link:PATH, the name itself and not what it stands for *****/

/* Step 4. Ask the host nothing: there may be no such name yet. PAL_CREAT_ALWAYS is for link_rename,
 * and so are PAL_OPTION_EXCHANGE and FURTHER, which are optional: INVAL. */
static int link_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. At PAL_LINK_TARGET what a symbolic link stands for, as far as it fits and without a NUL; INVAL if the name is
 * none. At PAL_LINK_SPACE struct pal_space; OVERFLOW if it does not fit. */
static int64_t link_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. At PAL_LINK_TARGET make a symbolic link that stands for these bytes, which have no NUL behind them (INVAL if
 * there is one among them); at PAL_LINK_FIFO and PAL_LINK_SOCKET, which are optional, a FIFO or a socket's name with these
 * permissions; STREAMEXIST. */
static int64_t link_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for a file. */
static void link_close(PAL_HANDLE handle)
{
}

/* Step 4. Whatever it is but a directory: STREAMISDIR; with a '/' at the end an empty directory only: STREAMISFILE,
 * NOTEMPTY. */
static int link_delete(PAL_HANDLE handle, PAL_FLG access)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Of a symbolic link its own: type is PAL_TYPE_LINK. */
static int link_attrquery(const struct uri *uri, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Likewise. */
static int link_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Owner and times, as for a file; of a symbolic link its own. Permissions, if PAL_SET_PERMISSIONS asks for them, also of
 * what its owner may not read any more, if the host can do that; DENIED. */
static int link_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for a file, with link: before it. */
static int64_t link_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Whatever it is; STREAMEXIST instead of replacing anything if opened with PAL_CREAT_ALWAYS. */
static int link_rename(PAL_HANDLE handle, const struct uri *to)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops link_ops = {
    .open = link_open,
    .read = link_read,
    .write = link_write,
    .close = link_close,
    .delete = link_delete,
    .attrquery = link_attrquery,
    .attrquerybyhdl = link_attrquerybyhdl,
    .attrsetbyhdl = link_attrsetbyhdl,
    .getname = link_getname,
    .rename = link_rename,
};
