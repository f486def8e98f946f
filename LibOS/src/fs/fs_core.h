/* SPDX-License-Identifier: MIT */
/* What the files of room fs share and the other rooms need not know. */
#ifndef LIBOS_SRC_FS_FS_CORE_H
#define LIBOS_SRC_FS_FS_CORE_H

#include "fs.h"
#include "task.h"

#define RW_MAX 0x7ffff000ul /* bytes of one read or write, as on Linux */

/* Whether no other thread can be looking: then nothing needs a lock or an atomic. The answer holds until this thread
 * makes another one. */
static inline bool alone(void)
{
    return __atomic_load_n(&g_process.thread_count, __ATOMIC_ACQUIRE) <= 1;
}

/* A lock that only other threads make necessary. What shared_acquire returns tells shared_release whether it was taken: the
 * last other thread may end in between. */
static inline bool shared_acquire(struct lock *lock)
{
    if (alone())
        return false;
    lock_acquire(lock);
    return true;
}

static inline void shared_release(struct lock *lock, bool taken)
{
    if (taken)
        lock_release(lock);
}

static inline int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A large buffer that is needed for short, again and again: the one that was given back last serves next. */
static inline void *spare_take(void **spare)
{
    if (!alone())
        return __atomic_exchange_n(spare, NULL, __ATOMIC_ACQ_REL);
    void *memory = *spare;
    *spare = NULL;
    return memory;
}

static inline void spare_give(void **spare, void *memory)
{
    void *old = *spare;
    if (alone())
        *spare = memory;
    else
        old = __atomic_exchange_n(spare, memory, __ATOMIC_ACQ_REL);
    if (old)
        heap_free(old);
}

/***** file.c *****/

/* Take a reference unless the last one has gone, which memory that once was a struct file always tells. */
bool file_try_get(struct file *file);
/* Call back for each open file, whether it has a descriptor or not. Files may come and go meanwhile. */
void file_for_each(void (*visit)(struct file *file, void *arg), void *arg);
/* The path under which a file was opened, copied; and another. Without memory it has none. */
void file_set_path(struct file *file, struct mount *mount, const char *path, size_t len);
/* Have a file stand for what another one, whose reference it takes over, stands for: by its handle, and its path if it has one. Other
 * threads may be using what it stood for: the other one keeps that until the file goes. Once for each file. */
void file_become(struct file *file, struct file *other);

/***** share.c: positions that several processes use *****/

/* The file is about to go. Returns whether no other process has it. */
bool file_unshare(struct file *file);
/* The file, which nobody has yet, takes over a user's part in what is shared; and a user's part is given back. */
void file_give_shared(struct file *file, struct file_shared *shared);
void shared_user_put(struct file_shared *shared);
/* Somebody else is about to have this file. 0 or -E... */
PAL_MUST_CHECK int file_share(struct file *file);

/***** io.c *****/

/* RLIMIT_FSIZE, for files with a size: whether there is a limit, and how much of *count it leaves at a position.
 * returns  0 or -EFBIG, and then SIGXFSZ has been sent */
bool io_is_limited(void);
PAL_MUST_CHECK int io_limit_write(int64_t position, size_t *count);
/* Send SIGPIPE; returns -EPIPE. */
int64_t io_broken_pipe(void);

/***** holes.c *****/

/* Where from an offset on data begins, or a hole; size is the file's. Returns the offset, or -ENXIO: nowhere. */
int64_t hole_seek(struct file *file, int64_t offset, int64_t size, bool data);
/* Whether all of these bytes are zero, as those of holes are. */
bool hole_is_zero(const char *bytes, size_t size);

/***** host_file.c: open files of the host *****/

#define HOST_LINKABLE 0x20000u /* in file->state: without a name from the start, and may get one */

/* Make an open file of a host stream, which belongs to it from then on; on failure it is closed. kind is S_IFx, or 0 if it
 * is not known. */
struct file *host_file_new(PAL_HANDLE handle, uint32_t flags, uint32_t kind);
/* One that stands for a directory that has been removed. NULL = no memory. */
struct file *host_directory_removed(uint32_t flags);
/* Attributes of the Host ABI as those of files. */
void host_attributes(const PAL_STREAM_ATTR *from, struct file_attr *out);
/* Change what a handle of the host stands for. 0 or -E... */
int host_change(PAL_HANDLE handle, const struct attr_change *change);
/* Map what a handle of the host stands for, as a file is to be mapped. 0 or -E... */
int host_map(struct file *file, PAL_HANDLE handle, uint64_t address, size_t size, int prot, int flags, uint64_t offset);
extern const struct file_ops host_file_ops, host_directory_ops;

/* host_resume.c: see file_ops. */
int host_keep(struct file *file);
int host_resume(struct file *file);
int host_directory_resume(struct file *file);

/* extent.c: fallocate(2) by means of lengths and zeros. */
int host_allocate(struct file *file, int mode, int64_t offset, int64_t length);

/***** host_directory.c *****/

int64_t host_directory_read(struct file *file, void *buffer, size_t size);
int64_t host_directory_seek(struct file *file, int64_t offset, int whence);
void host_directory_close(struct file *file);
/* The handle is another one, that was not read yet: have it where the position says. 0 or -ENOMEM. */
PAL_MUST_CHECK int host_directory_go_on(struct file *file);

/***** chroot.c *****/

#define URI_ROOM (PATH_SIZE + PATH_SIZE / 2)

/* The URI of a place, or of an absolute path that lies in a mount: scheme is "file:", "dir:" or "link:".
 * returns  the URI, in memory to be given back; NULL = no memory, or it is too long, see *out_error */
char *chroot_uri(const char *scheme, const struct place *place, int *out_error);
char *chroot_path_uri(const char *scheme, const struct mount *mount, const char *path, int *out_error);
void chroot_uri_free(char *uri);

/***** prefix.c: what is known about directories and links of the host *****/

enum prefix_kind { PREFIX_UNKNOWN, PREFIX_DIRECTORY, PREFIX_LINK };

/* Hash of an absolute path without links, dots and doubled slashes; "" is the root. */
uint64_t prefix_hash(const char *path, size_t len);

/* What is known. out_mount, of a directory: in which mount it lies. target gets that of a link,
 * NUL-terminated; NULL = it is not wanted. */
enum prefix_kind prefix_find(uint64_t hash, struct mount **out_mount, char target[PATH_SIZE]);
void prefix_add_directory(uint64_t hash, struct mount *mount);
void prefix_add_link(uint64_t hash, const char *target);
/* The name stands for something else now, in all processes; or has become another one, with all that is in it. */
void prefix_remove(uint64_t hash);
void prefix_moved(uint64_t hash);
/* A fork is about to make another process. 0 or -ENOMEM. */
PAL_MUST_CHECK int prefix_share(void);
void prefix_clear(void);

/***** cwd.c, stdio.c *****/

/* A directory has another name, or is gone: whatever path it is. */
void cwd_moved(const struct path_move *move);
void cwd_removed(const char *path);
/* Whether a name for which nothing was found is "." in a directory that has been removed: it has nothing in it, and no name
 * can be made there, but it is one until the process leaves it. */
bool cwd_is_removed(const struct place *place);
/* What stat(2) tells of it: 0; or -ENOENT if it is something else. */
PAL_MUST_CHECK int cwd_removed_attributes(const struct place *place, struct file_attr *out);
void stdio_init(void);

#endif
