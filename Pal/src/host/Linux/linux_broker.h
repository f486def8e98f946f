/* SPDX-License-Identifier: MIT */
/* The broker of an instance with several processes: which pipe server, memory channel or barred file has which number, and
 * who listens to what is broadcast. A process of its own that keeps a descriptor for each, to which clients of a server
 * are delivered, and hands it out. Knows no handle.
 *
 * The hub is a socket pair (SOCK_SEQPACKET): the broker reads one end, all processes of the instance share the other.
 * A request carries the socket for its answer, so answers cannot be mixed up. A server needs no farewell: when nobody
 * holds the receiving end of its descriptor any more, the broker forgets it, and a file when it is barred no more. */
#ifndef PAL_HOST_LINUX_LINUX_BROKER_H
#define PAL_HOST_LINUX_LINUX_BROKER_H

#include <stddef.h>
#include <stdint.h>
#include "pal.h"
#include "pal_attributes.h"

/* What has numbers; those of different kinds have nothing to do with each other. */
enum linux_name_kind {
    LINUX_NAME_PIPE,
    LINUX_NAME_CHANNEL,
    LINUX_NAME_LISTENER, /* to what is broadcast; its number is its own secret */
    LINUX_NAME_BARRED,   /* no server: a file (linux_barred.h) */
    LINUX_NAME_LIMIT
};

/* Make a server, or a file, known to the other processes.
 * deliver_fd  its sending end, or the file; stays the caller's
 * errors      ADDRINUSE: the number is taken; CONNFAILED: there is no broker any more; TOOMANY, NOMEM */
PAL_MUST_CHECK int linux_broker_register(enum linux_name_kind kind, uint64_t id, int deliver_fd);

/* Find a server, or a file.
 * returns  what was registered, the caller's from here on
 * errors   STREAMNOTEXIST; otherwise as above */
PAL_MUST_CHECK int linux_broker_find(enum linux_name_kind kind, uint64_t id);

/* Send a message to all listeners but one, in two parts of at most LINUX_BROADCAST_SIZE bytes together. A listener whose
 * buffer is full misses it.
 * flags    MSG_DONTWAIT or 0
 * errors   CONNFAILED: there is no broker any more; TRYAGAIN, INTERRUPTED, BADADDR, NOMEM */
#define LINUX_BROADCAST_SIZE (PAL_BROADCAST_MAX + 8)
PAL_MUST_CHECK int linux_broker_broadcast(uint64_t but, const void *head, size_t head_size, const void *data,
                                          size_t size, int flags);

/* Be the broker: returns when no process holds the hub's other end any more, or there is no memory to begin with.
 * hub_fd  the broker's end of the hub
 * Requests that are malformed are dropped with what they carry. To be called by a process of one thread that has
 * blocked all signals. */
void linux_broker_serve(int hub_fd);

#endif
