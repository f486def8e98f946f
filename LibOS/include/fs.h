/* SPDX-License-Identifier: MIT */
/* Files: descriptors, open files, mounts and names. What other rooms need to make files of their own, and to use those of
 * others. Rooms that make files (poll, ipc, net) include this; it includes none of them. */
#ifndef LIBOS_INCLUDE_FS_H
#define LIBOS_INCLUDE_FS_H

#include <linux/fcntl.h>
#include <linux/stat.h>
#include "libos.h"
#include "shared.h"

struct file;
struct mount;
struct poll_table;
struct xattr_call;
struct parcel_kind;
struct text;

/***** Attributes *****/

/* What stat and statx tell. Times in nanoseconds since 1970. */
struct file_attr {
    uint64_t device, inode, rdev; /* devices as Linux encodes them (new_encode_dev) */
    uint32_t mode, links, uid, gid, block_size;
    uint64_t size, blocks; /* blocks of 512 bytes */
    int64_t access_ns, modify_ns, change_ns, birth_ns;
};

/* Members of a change that count. */
#define CHANGE_MODE   1u
#define CHANGE_UID    2u
#define CHANGE_GID    4u
#define CHANGE_ACCESS 8u
#define CHANGE_MODIFY 16u
#define CHANGE_SIZE   32u

/* Instead of a time: when the change is made. */
#define TIME_NOW ((int64_t)PAL_TIME_NOW)

struct attr_change {
    uint32_t which; /* CHANGE_x */
    uint32_t mode, uid, gid;
    int64_t access_ns, modify_ns; /* or TIME_NOW */
    uint64_t size;
};

struct fs_space {
    uint64_t type, block_size, blocks, free, available, files, files_free, name_max, flags; /* as in statfs(2) */
};

/***** Open files *****/

/* What an open file can do. Buffers are the program's and may be wild (or the library OS's own): they are reached with
 * user_read and user_write, or handed to the Host ABI. NULL operations give what Linux gives: EINVAL, ESPIPE, ENOTTY,
 * ENOTDIR, ENODEV.
 * The position: read and write use and advance *position; files without one ignore it. */
struct file_ops {
    const char
        *kind; /* "anon_inode:[eventfd]", "pipe"; what /proc/self/fd shows for files without a path, with the inode */
    int64_t (*read)(struct file *file, void *buffer, size_t count, int64_t *position);
    int64_t (*write)(struct file *file, const void *buffer, size_t count, int64_t *position);
    int64_t (*seek)(struct file *file, int64_t offset, int whence); /* with position_lock held; sets file->position */
    int (*attributes)(struct file *file, struct file_attr *out);
    int (*change)(struct file *file, const struct attr_change *change); /* also truncation */
    int64_t (*read_directory)(struct file *file, void *buffer,
                              size_t size); /* linux_dirent64 records, position_lock held */
    /* Map at an address where nothing of the program is in the way (MAP_FIXED); prot PROT_x, flags MAP_x. */
    int (*map)(struct file *file, uint64_t address, size_t size, int prot, int flags, uint64_t offset);
    bool (*is_sealed)(struct file *file); /* against writing by what is mapped shared from now on; NULL = never */
    int64_t (*control)(struct file *file, uint32_t request, uint64_t argument); /* ioctl; -ENOTTY = not mine */
    int (*flush)(struct file *file, bool data_only);
    int (*allocate)(struct file *file, int mode, int64_t offset, int64_t length);
    /* What is ready now, POLLx bits; with a table, also tell it what to wait for (poll.h). */
    uint32_t (*poll)(struct file *file, struct poll_table *table);
    bool tells_owner; /* O_ASYNC means something, unless the file has positions */
    bool one_way;     /* the stream that poll names has the other end of a pipe, too, if this process has that */
    /* Open it once more, with its own position (/proc/self/fd/N). NULL = by its path; without one it is given itself. */
    int (*open_again)(struct file *file, uint32_t flags, struct file **out);
    void (*flags_changed)(struct file *file);              /* O_NONBLOCK, O_APPEND ... were set by fcntl */
    void (*close)(struct file *file);                      /* the last reference has gone; frees what is behind data */
    void (*describe)(struct file *file, struct text *out); /* what its kind has in /proc/PID/fdinfo; NULL = nothing */
    bool (*seekable)(struct file *file);                   /* NULL = seek is not NULL */
    bool seeks_nowhere; /* lseek(2) does nothing and says so: there is no position, and no seek */
    /* Another process is about to have the file, too: what it needs must be the host's, or in shared memory (shared.h). No
     * lock held; may give the file other operations. 0 or -E... */
    int (*share)(struct file *file);
    void (*copied)(
        struct file *file); /* after that: one more process, or parcel, has the file, which may have no descriptor */
    const struct parcel_kind *parcel; /* how it is sent to another process (parcel.h); NULL = by its name, if at all */
    /* A checkpoint is about to be written: what the file needs must be in memory, or be opened anew by resume, or be given to
     * checkpoint_keep_memory. 0 or -E...: it cannot be kept. NULL = it can if it has no handle. No lock held. */
    int (*keep)(struct file *file);
    /* The process goes on from a checkpoint, and has no handles: open file->handle, which is NULL. 0 or -E... */
    int (*resume)(struct file *file);
};

/* An open file description. */
struct file {
    const struct file_ops *ops;
    uint32_t references;
    uint32_t flags; /* O_x, of open(2); the creation flags removed */
    struct lock position_lock;
    int64_t position;
    PAL_HANDLE handle;   /* host stream behind it, or NULL; registered here so that fork can pass it on. Closed after
                               * ops->close, unless that has closed it and set it to NULL */
    struct mount *mount; /* and the absolute path under which it was opened; NULL for files without a name (a path
                               * without a mount is only for /proc/self/fd to show) */
    char *path;
    void *data;                 /* the kind's own */
    uint64_t state;             /* so is this, 0 at first */
    uint64_t inode;             /* for files without a name */
    int32_t owner;              /* F_SETOWN: negative = a group; 0 = nobody */
    uint32_t owner_type;        /* F_OWNER_x */
    int32_t owner_signal;       /* F_SETSIG */
    uint32_t lock_place;        /* lock_hold.c's */
    uint64_t lock_id;           /* as an owner of locks, the same in all processes; 0 = none yet */
    struct file *former;        /* has what this one stood for before (file_become), or NULL; goes with it */
    struct file_shared *shared; /* what other processes have in common with this one of it (its position), or NULL */
    void *watchers;             /* room poll: sets of epoll that it is in, which epoll_file_closed tells; NULL = none */
};

/* Make an open file with one reference. It takes no descriptor. NULL = no memory. */
struct file *file_new(const struct file_ops *ops, uint32_t flags, void *data);
void file_get(struct file *file);
void file_put(struct file *file);

/* O_ACCMODE itself is neither: it asks for a descriptor for ioctl(2) alone. */
static inline bool file_readable(const struct file *file)
{
    return ((file->flags & O_ACCMODE) == O_RDONLY || (file->flags & O_ACCMODE) == O_RDWR) && !(file->flags & O_PATH);
}

static inline bool file_writable(const struct file *file)
{
    return ((file->flags & O_ACCMODE) == O_WRONLY || (file->flags & O_ACCMODE) == O_RDWR) && !(file->flags & O_PATH);
}

/* Read or write at a position as a system call does, all checks included; into memory of the program or of ours. */
int64_t file_read_at(struct file *file, void *buffer, size_t count, int64_t position);
int64_t file_write_at(struct file *file, const void *buffer, size_t count, int64_t position);
/* lseek(2) for files whose size is known; sets file->position. size is that of SEEK_END. */
int64_t seek_to(struct file *file, int64_t offset, int whence, int64_t size);

/* Read and write as read(2), write(2) and their kin, whose arguments have been checked.
 * position  NULL = the file's own */
int64_t io_read(struct file *file, void *buffer, size_t count, int64_t *position);
int64_t io_write(struct file *file, const void *buffer, size_t count, int64_t *position);
/* Whether a file can be read or written at a position of the caller's choice. */
bool io_has_positions(struct file *file);
/* Bytes that were read are not taken after all: the next read begins at them. position: NULL = the file's own. Those of a
 * stream are gone. */
void io_give_back(struct file *file, int64_t *position, size_t count);

/* Around the use of file->position, which other threads and processes may use, too. */
void position_begin(struct file *file);
void position_end(struct file *file);

/* A fork is about to give all open files to another process, and no other thread moves. 0 or -E... */
PAL_MUST_CHECK int files_share(void);

/* What the processes that have an open file have in common of it begins with this, in shared memory. */
struct file_shared {
    struct shared_lock lock;
    uint32_t users; /* processes */
    uint32_t size;
} __attribute__((aligned(8))); /* what follows it may have 64-bit members */
/* Make it, of so many bytes, zeroed, for a share operation; it goes with the last process that has the file. It is then not
 * used for a position. NULL = no memory. */
void *file_share_memory(struct file *file, size_t size);

/***** Descriptors *****/

/* Give a file the lowest free descriptor from `lowest` on; takes over the caller's reference, on failure drops it.
 * returns  the descriptor, -EMFILE, -ENOMEM */
int fd_install(struct file *file, int lowest, bool close_on_exec);
/* Whether there is a free descriptor, for calls that do something before they install one. */
bool fd_has_room(void);
/* The file of a descriptor, with a reference for the caller; NULL = none (EBADF). O_PATH ones only with fd_get_path. */
struct file *fd_get(int fd);
struct file *fd_get_path(int fd);
/* For fstat-like calls of /proc: call back for each open descriptor. */
void fd_for_each(void (*visit)(int fd, struct file *file, bool close_on_exec, void *arg), void *arg);
/* execve: close what is marked. */
void fd_close_on_exec(void);
int64_t fd_close(int fd);
/* Keep the table as it is, with its files; have that again, and close what is open then; or let it go. NULL = no memory. */
struct fd_saved *fd_save(void);
void fd_restore(struct fd_saved *saved);
void fd_forget_saved(struct fd_saved *saved);

/***** Names *****/

/* A name that has been resolved: an absolute path without links, dots or doubled slashes. */
struct place {
    struct mount *mount;
    const char *inside; /* path below the mount point, no leading slash; "" = its root */
    size_t len;         /* of path */
    bool must_be_dir;   /* the name ended in a slash or dots */
    uint8_t dots;       /* the last component was "." (1) or ".." (2), which some calls refuse */
    bool looked;        /* attr tells what is there; after WALK_FOLLOW (but see WALK_CREATE) and place_look */
    struct file_attr attr;
    struct file *magic; /* the name leads to this open file (a magic link, or WALK_EMPTY); with a reference; or NULL */
    uint32_t links;     /* followed so far, and the rest of what walk.c needs to go on */
    uint32_t walk;      /* WALK_x */
    uint32_t floor;     /* bytes of path that WALK_BENEATH and WALK_IN_ROOT do not leave */
    char path[PATH_SIZE];
};

/* What a file system can do with names; none of these follows a link in the last component. NULL = EPERM or EROFS as Linux.
 * The caller has checked read-only mounts. */
struct fs_ops {
    const char *name; /* "tmpfs" */
    bool strict; /* attributes are those of the very path: a link before its end is no directory, and not followed */
    /* May be NULL. Make mount->data, which is NULL, when a file system is mounted; mount->source is set. 0 or -E... */
    int (*begin)(struct mount *mount);
    int (*attributes)(const struct place *place, struct file_attr *out);
    int64_t (*read_link)(const struct place *place, char *buffer, size_t size);
    /* Open or create, as open(2) with O_NOFOLLOW; fills *out. -ELOOP = it is a link. mode has the umask applied. */
    int (*open)(const struct place *place, uint32_t flags, uint32_t mode, struct file **out);
    int (*make_directory)(const struct place *place, uint32_t mode);
    int (*make_node)(const struct place *place, uint32_t mode, uint64_t device);
    int (*make_link)(const struct place *place, const char *target);
    int (*remove)(const struct place *place);
    int (*remove_directory)(const struct place *place);
    int (*rename)(const struct place *from, const struct place *to, uint32_t flags); /* RENAME_x */
    int (*hard_link)(const struct place *from, const struct place *to);
    int (*link_file)(struct file *file,
                     const struct place *to); /* a file that may have lost its name, or has none yet */
    int (*change)(const struct place *place, const struct attr_change *change);
    int (*space)(const struct place *place, struct fs_space *out);
    /* Extended attributes (fs/xattr.h) of a place, or if it is not NULL of a file. NULL = there are none. */
    int64_t (*xattr)(const struct place *place, struct file *file, const struct xattr_call *call);
    /* A magic link (/proc/self/fd/3): the file itself, with a reference, or NULL: an ordinary link or none. */
    struct file *(*magic)(const struct place *place);
};

struct mount {
    struct list_node node;
    const struct fs_ops *ops;
    bool read_only;
    bool host; /* files are the host's: others may change them */
    uint64_t device;
    char *path; /* mount point, absolute, "" for the root */
    size_t path_len;
    char *source; /* URI or name, for /proc/mounts */
    void *data;   /* the file system's own */
};

/* Resolve flags. */
#define WALK_FOLLOW 1u /* look at the last component (place->attr), and follow it if it is a link */
#define WALK_CREATE 2u /* with WALK_FOLLOW: the last component need not exist */
#define WALK_EMPTY                                                                                                     \
    4u /* AT_EMPTY_PATH: "" is the directory, or any file, itself: place->magic, and its name if it has one */
#define WALK_KERNEL   8u   /* name is memory of the library OS */
#define WALK_NO_LINKS 16u  /* RESOLVE_NO_SYMLINKS */
#define WALK_BENEATH  32u  /* RESOLVE_BENEATH */
#define WALK_IN_ROOT  64u  /* RESOLVE_IN_ROOT */
#define WALK_NO_MAGIC 128u /* RESOLVE_NO_MAGICLINKS */
#define WALK_NO_XDEV  256u /* RESOLVE_NO_XDEV */
#define WALK_TRUE                                                                                                      \
    (512u | WALK_KERNEL) /* and an absolute one starts at the root of all mounts: file->path and its like */

/* Resolve a name relative to a directory descriptor. Without WALK_FOLLOW the last component is not looked at, whatever
 * follows it, and no host call is made if the directories before it are known.
 * returns  0 and a place, which the caller gives back with place_free; -E... as path_resolution(7). A name that ends in a
 *          slash or dots can still be one of a file: -ENOTDIR is then the caller's to say, see must_be_dir */
PAL_MUST_CHECK int place_find(int directory, const char *name, uint32_t flags, struct place **out);
void place_free(struct place *place);

/* Look at the last component: place->attr, or the attributes of place->magic. 0 or -E... */
PAL_MUST_CHECK int place_look(struct place *place);
/* The last component is a link: go where it leads; what is there is not looked at. -EINVAL: it is none (any more). */
PAL_MUST_CHECK int place_follow(struct place *place);

/* A name has been given to something else or taken away: called by whoever makes, removes or replaces links and
 * directories, after it has succeeded. */
void place_changed(const struct place *place);
/* A name of whatever kind has become another one, or two have been exchanged: also what is open knows its new path then. */
void place_moved(const struct place *from, const struct place *to, bool exchanged);

/* What stat tells of an open file, with ordinary answers for files that have nothing to say; of a name, without following a
 * link in its last component; and of a name with all links followed (WALK_FOLLOW counts), looking at it as seldom as can be.
 * Return 0 or -E... */
PAL_MUST_CHECK int file_attributes(struct file *file, struct file_attr *out);
PAL_MUST_CHECK int place_attributes(const struct place *place, struct file_attr *out);
PAL_MUST_CHECK int name_attributes(int directory, const char *name, uint32_t flags, struct file_attr *out);
/* Of a file that is in no file system: its inode, this process's ids, the time of the start.
 * mode  kind and permissions; what the kernel calls anon_inode: has no kind, and that is what files without an attributes
 *       operation are */
#define ANON_INODE_MODE 0600
/* Whether that is what the kernel calls it: such a file has no contents that could be spliced. */
bool file_is_anonymous(const struct file *file);
void anonymous_attributes(const struct file *file, uint32_t mode, struct file_attr *out);

/* Permissions and owner of a file that is in no file system and can be given others: at first the calling process's. */
struct file_right {
    uint32_t mode, uid, gid;
};
struct file_right right_new(uint32_t mode);
/* The attributes of such a file; kind is S_IFx. And change them: 0 or -E... That times are changed is not told. */
void right_attributes(const struct file *file, uint32_t kind, const struct file_right *right, struct file_attr *out);
PAL_MUST_CHECK int right_change(struct file_right *right, const struct attr_change *change);

/* Whether ids may do this (bits 4 read, 2 write, 1 execute or search) by permissions: 0 or -EACCES. */
PAL_MUST_CHECK int attributes_permit(const struct file_attr *attr, uint32_t wanted, uint32_t uid, uint32_t gid);

/* Whether the calling process may change a file with these attributes so: 0, -EPERM or -EACCES. */
PAL_MUST_CHECK int attributes_permit_change(const struct file_attr *attr, const struct attr_change *change);

/* Whether a group of files is one of the process's. */
bool process_has_group(uint32_t gid);

/* Permissions that what is created does not get: umask(2). Exchanged atomically. */
extern uint32_t g_umask;

/* Open by name as openat(2), from within the library OS; name is memory of ours: the program's, or a path as of WALK_TRUE. */
PAL_MUST_CHECK int file_open(const char *name, uint32_t flags, uint32_t mode, struct file **out);
PAL_MUST_CHECK int file_open_path(const char *path, uint32_t flags, uint32_t mode, struct file **out);

/* Mounts, from the manifest and the defaults; ends the process with one line if a key is wrong. Then descriptors 0 to 2. */
void fs_init(void);
/* Mount a file system; path and source are copied. */
int mount_add(const struct fs_ops *ops, const char *path, const char *source, bool read_only, void *data);

/* Advisory locks, for fcntl; and when a descriptor of a file goes (last = false), and the file itself (true). */
int64_t lock_control(struct file *file, int command, void *argument);
void lock_file_closed(struct file *file, bool last);
/* They hold between all processes. Before the first is made: have the table shared. 0 or -ENOMEM. */
PAL_MUST_CHECK int locks_begin(void);
/* Before a process is made that will have this one's open files, with other threads standing still: write down which. 0 or
 * -ENOMEM. It was not made, then; or in the new process; and when one has ended, whoever notices it. */
PAL_MUST_CHECK int locks_share(int32_t pid);
void locks_unshare(int32_t pid);
void locks_forked(int32_t pid);
void locks_process_ends(int32_t pid);
/* This process goes on as the one with this id, which it was before it was lent to a child (vfork). */
void locks_become(int32_t pid);
/* Another process has rung: it may have been for somebody who waits for a lock. */
void locks_rung(void);

/* The mount in which an absolute path without links and dots lies, and what of the path is inside. */
struct mount *mount_of(const char *path, size_t len, const char **out_inside);
/* Call back for each mount, the root first. */
void mount_for_each(void (*visit)(struct mount *mount, void *arg), void *arg);

/* What was called `from` is called `to` now, and if they were exchanged the other way round, too. Absolute paths without links. */
struct path_move {
    const char *from, *to;
    bool exchanged;
};
/* Have a path follow if it is what has moved, or lies below it. False = it does not. One that would be too long stays. */
bool path_follow(char *path, size_t size, const struct path_move *move);

/* The working directory's absolute path; copied. Error: -ERANGE, -ENOENT: it has been removed. */
int64_t cwd_get(char *buffer, size_t size);
/* Be in a directory, by its path, without a look at it. */
void cwd_init(const char *path);
/* The root directory's path as of WALK_TRUE, "" = the root of all. Returns its length. And another. */
size_t root_read(char to[PATH_SIZE]);
void root_set(const char *path);
/* What the program calls a path: without what leads to its root. NULL = its root does not lead there. */
const char *root_name(const char *path);

/* tmpfs is the same for all processes. Before a process is made that will have this one's open files, and with other threads
 * standing still: write down what it will have. 0 or -ENOMEM. In the new process; and when the calling one ends. */
PAL_MUST_CHECK int tmpfs_share(int32_t pid);
void tmpfs_forked(int32_t pid);
void tmpfs_process_ends(void);

/* The file systems. */
extern const struct fs_ops chroot_fs, tmpfs, proc_fs, dev_fs, sys_fs;

#endif
