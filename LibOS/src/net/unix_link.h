/* SPDX-License-Identifier: MIT */
/* Inside room net: connections of AF_UNIX whose ends may be in different processes. Bytes and handles go through a pipe of the
 * host; who is at the ends, and which bytes files came along with, is a record in shared memory.
 *
 * The files of a message are handles that were sent before it, and a mark: where in the stream of bytes it begins. So bytes go
 * as they are, by one host call, and who only reads or writes bytes counts them and no more. */
#ifndef LIBOS_SRC_NET_UNIX_LINK_H
#define LIBOS_SRC_NET_UNIX_LINK_H

#include "parcel.h"
#include "shared.h"
#include "unix_socket.h"

#define LINK_MARKS 16u /* messages with files that nobody has received; more are ETOOMANYREFS */

struct unix_parcels {
    uint32_t count;
    struct file_parcel items[];
};

struct unix_mark {
    uint64_t start, end;          /* of its message, as unix_way counts; the same while it is being written */
    struct unix_parcels *parcels; /* NULL = the message could not be sent */
    uint32_t handles;             /* that were sent for it */
};

/* One direction. Marks are put in under one lock and taken out under the other. */
struct unix_way {
    struct shared_lock sending, receiving;
    uint64_t sent, received; /* bytes */
    struct credentials sender;
    uint32_t posted, taken; /* marks; they lie at these numbers modulo LINK_MARKS */
    struct unix_mark marks[LINK_MARKS];
};

struct unix_link {
    uint32_t users; /* ends, times the processes that have them */
    struct unix_way ways[2];
    struct unix_end ends[2]; /* ends[i] sends by ways[i] */
};

static inline struct unix_way *unix_way_out(const struct unix_socket *socket)
{
    return &socket->link->ways[socket->end];
}

static inline struct unix_way *unix_way_in(const struct unix_socket *socket)
{
    return &socket->link->ways[1 - socket->end];
}

static inline struct unix_end *unix_far_end(const struct unix_socket *socket)
{
    return &socket->link->ends[1 - socket->end];
}

/* A link with a user for each end; NULL = no memory. */
struct unix_link *unix_link_new(void);
void unix_link_get(struct unix_link *link);
void unix_link_put(struct unix_link *link);
/* What the other end shall know of this one. */
void unix_link_describe(struct unix_end *end, const struct unix_socket *socket);
/* What a name in shared memory says; returns its size. */
uint32_t unix_end_name(const struct unix_end *end, struct sockaddr_un *out);

/* Files that are about to be sent, with their handles, which are borrowed; NULL = none. */
struct unix_outgoing {
    struct unix_parcels *parcels;
    uint32_t count; /* of handles */
    PAL_HANDLE handles[];
};
PAL_MUST_CHECK int unix_pack(const struct unix_rights *rights, struct unix_outgoing **out);
/* They were not sent. */
void unix_unpack_own(struct unix_outgoing *files);
/* Send the handles: 0, -ETOOMANYREFS: there is no room, or -E... And make the files at the other end; parcels are free then. */
PAL_MUST_CHECK int unix_send_handles(PAL_HANDLE stream, const struct unix_outgoing *files);
struct unix_rights *unix_receive_files(PAL_HANDLE stream, struct unix_parcels *parcels, uint32_t handles);
void unix_drop_parcels(struct unix_parcels *parcels);

/* Around the write of a message: files, which may be NULL, are sent before it. unix_way_end says how many bytes of it were
 * written; if none were, nothing was sent.
 * returns  0, and the way is locked; -ETOOMANYREFS or what the host says, and it is not */
PAL_MUST_CHECK int unix_way_begin(struct unix_way *way, PAL_HANDLE stream, const struct unix_outgoing *files);
void unix_way_end(struct unix_way *way, const struct unix_outgoing *files, int64_t written);

/* Before bytes are written without that: whose they are. */
void unix_way_sender(struct unix_way *way);
/* Bytes that were written or read without that. Files that came with what was read are closed; returns whether there were any. */
void unix_way_sent(struct unix_way *way, int64_t size);
bool unix_way_received(struct unix_way *way, PAL_HANDLE stream, int64_t size);
/* Whether files are on the way. */
static inline bool unix_way_has_files(const struct unix_way *way)
{
    return __atomic_load_n(&way->posted, __ATOMIC_ACQUIRE) != __atomic_load_n(&way->taken, __ATOMIC_RELAXED);
}

/* With way->receiving held: the bytes up to the end of the next message with files; and after a read: those that came with what
 * was read, NULL = none. */
uint64_t unix_way_limit(const struct unix_way *way);
struct unix_rights *unix_way_take(struct unix_way *way, PAL_HANDLE stream, int64_t size);

#endif
