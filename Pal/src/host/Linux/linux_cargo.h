/* SPDX-License-Identifier: MIT */
/* A handle as another process of the instance is told of it: a record of fixed layout without addresses, and descriptors.
 * What arrives is mistrusted: the sender may be a program that has taken its PAL over. */
#ifndef PAL_HOST_LINUX_LINUX_CARGO_H
#define PAL_HOST_LINUX_LINUX_CARGO_H

#include "linux_rights.h"
#include "pal_host_api.h"

#define LINUX_CARGO_MAGIC 0x50414c44u /* and the version of this layout: raised when it changes */

/* Bytes of a name: the longest path. */
#define LINUX_CARGO_NAME_MAX 4096

struct linux_cargo {
    uint32_t magic;
    uint8_t type;  /* PAL_TYPE_x */
    uint8_t flags; /* CARGO_x of linux_cargo.c */
    uint8_t access;
    uint8_t peer_family; /* INET_x, 0 = no peer */
    uint16_t peer_port;
    uint16_t name_len; /* file, dir: the path, 0 for mem:; dev: the name */
    uint32_t peer_scope;
    uint8_t peer_address[16];
    uint64_t id;                     /* pipes, memory channels */
    char name[LINUX_CARGO_NAME_MAX]; /* only name_len bytes are sent */
};

/* Fill in a record, and the size and descriptors of the message that carries it; they stay the handle's.
 * errors  NOTSUPPORT: a type that is not passed; BUSY: a client of a UDP server whose first datagram has not been read */
PAL_MUST_CHECK int linux_cargo_describe(PAL_HANDLE handle, struct linux_cargo *out, struct linux_message *message);

/* Make a handle from a message that was received, whose data the record is. Descriptors that the handle takes over are
 * taken out of the message.
 * errors  INCONSIST: it is not as linux_cargo_describe makes it; NOMEM, TOOMANY */
PAL_MUST_CHECK int linux_cargo_make(const struct linux_cargo *record, struct linux_message *message, PAL_HANDLE *out);

#endif
