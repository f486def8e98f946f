/* SPDX-License-Identifier: MIT */
/* Open files on their way to another process: a description in shared memory, and for most of them a handle of the host, which
 * whoever sends them passes on. What comes from a parcel is mistrusted like all that lies in shared memory. */
#ifndef LIBOS_INCLUDE_PARCEL_H
#define LIBOS_INCLUDE_PARCEL_H

#include "fs.h"

#define PARCEL_WORDS 16

struct file_parcel {
    uint32_t kind;
    uint32_t flags; /* O_x */
    bool has_handle;
    bool has_mount;             /* the path is a name, and not only shown */
    uint32_t path_size;         /* with its NUL; 0 = none */
    char *path;                 /* in shared memory */
    struct file_shared *shared; /* its position */
    uint64_t inode, state;
    uint64_t data[PARCEL_WORDS]; /* the kind's own */
};

/* What a kind of files does about it; file_ops has a pointer to this, and parcel.c a list of all. */
struct parcel_kind {
    /* Fill in state and data. The file has been shared, which counts for the parcel as it does for a new process. *out_handle,
     * NULL at first, is what goes along; it stays the file's. 0 or -E... */
    int (*pack)(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle);
    /* Make the file. Handle and what pack has put in are the file's from here on, also on failure. */
    int (*unpack)(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out);
    /* Give back what pack has put in. NULL = nothing. */
    void (*drop)(const struct file_parcel *parcel);
};
extern const struct parcel_kind host_parcels, directory_parcels, standard_parcels, tmpfs_parcels, memfd_parcels,
    pipe_parcels, socket_parcels, eventfd_parcels, timerfd_parcels, signalfd_parcels, pidfd_parcels, mqueue_parcels,
    pty_master_parcels, pty_slave_parcels, fifo_parcels, path_parcels;

/* Who has what is on its way, where processes are counted by their ids. */
#define PARCEL_HOLDER (-1)

/* Pack a file, whose description lies in shared memory afterwards; *out_handle is borrowed from the file, or NULL.
 * returns  0, -EOPNOTSUPP: files of this kind stay where they are, -E... of shared memory or the host */
PAL_MUST_CHECK int file_pack(struct file *file, struct file_parcel *out, PAL_HANDLE *out_handle);
/* Make the file that was packed, once; the handle belongs to it from here on, also on failure. The parcel is empty then. */
PAL_MUST_CHECK int file_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out);
/* Nobody gets the file. */
void file_parcel_drop(const struct file_parcel *parcel);

#endif
