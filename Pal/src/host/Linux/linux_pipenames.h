/* SPDX-License-Identifier: MIT */
/* Which number stands for which pipe server or memory channel: those of this process are kept here, the others are asked
 * for at the broker. Knows no handle.
 *
 * No host name is involved, so no other instance and no other program can meet or connect to a server. A client is
 * delivered as a descriptor, its server's end of a new stream, through a socket pair (SOCK_SEQPACKET) that belongs to
 * the server: the pair's buffer is the backlog. */
#ifndef PAL_HOST_LINUX_LINUX_PIPENAMES_H
#define PAL_HOST_LINUX_LINUX_PIPENAMES_H

#include <stdbool.h>
#include <stdint.h>
#include "linux_broker.h"
#include "pal_attributes.h"

struct pipe_server;

/* Give a server its number, in the whole instance.
 * deliver_fd  sending end of its socket pair; the name's from here on, also on failure
 * errors      ADDRINUSE: the number is taken; NOMEM, TOOMANY, CONNFAILED: see linux_broker.h */
PAL_MUST_CHECK int linux_pipename_add(enum linux_name_kind kind, uint64_t id, int deliver_fd, struct pipe_server **out);

/* The same for a server that another process of the instance has passed to this one; its number is known. */
PAL_MUST_CHECK int linux_pipename_adopt(enum linux_name_kind kind, uint64_t id, int deliver_fd,
                                        struct pipe_server **out);

/* The sending end of a server; it stays the server's. */
int linux_pipename_fd(const struct pipe_server *server);

/* The server goes; clients that it has not waited for see the end of their streams. */
void linux_pipename_remove(struct pipe_server *server);

/* Deliver a client to the server of a number.
 * ends       the server's end of its stream, and perhaps of what carries handles; they stay the caller's
 * flags      MSG_DONTWAIT or 0
 * errors     STREAMNOTEXIST: no server; TRYAGAIN: no room in its backlog, and MSG_DONTWAIT; INTERRUPTED, TOOMANY, NOMEM,
 *            CONNFAILED: the broker has gone */
PAL_MUST_CHECK int linux_pipename_deliver(uint64_t id, const int *ends, unsigned count, int flags);

/* Find a server's descriptor, or a channel's.
 * returns  a duplicate, the caller's
 * errors   STREAMNOTEXIST: no such name; TOOMANY, NOMEM, CONNFAILED: the broker has gone */
PAL_MUST_CHECK int linux_pipename_find(enum linux_name_kind kind, uint64_t id);

/* The broker is another instance's from here on: the next one is to be told of all servers. */
void linux_pipes_keep_all(void);

/* Tell the broker of all servers of this process; to be called once g_linux.hub has been set.
 * errors     of linux_broker_register, from the first that failed; the others are registered nevertheless */
PAL_MUST_CHECK int linux_pipes_register_all(void);

#endif
