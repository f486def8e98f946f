/* SPDX-License-Identifier: MIT */
/* Messages that carry descriptors over AF_UNIX sockets (unix(7), SCM_RIGHTS). Knows no meaning of their bytes. */
#ifndef PAL_HOST_LINUX_LINUX_RIGHTS_H
#define PAL_HOST_LINUX_LINUX_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pal_attributes.h"

/* Descriptors that a message carries at most. */
#define LINUX_RIGHTS_MAX 2

/* What is sent and what was received. */
struct linux_message {
    void *data;
    size_t size; /* bytes at data; after receiving, those that came */
    int descriptors[LINUX_RIGHTS_MAX];
    unsigned count; /* of descriptors */
};

/* Send a message as a whole; the descriptors stay open here.
 * flags   MSG_DONTWAIT or 0
 * errors  CONNFAILED: nobody can receive it; TRYAGAIN, INTERRUPTED, TOOMANY, NOMEM */
PAL_MUST_CHECK int linux_rights_send(int fd, const struct linux_message *message, int flags);

/* Receive a message, with descriptors that are closed on exec and belong to the caller.
 * message  data and size say where its bytes go; all is filled on success
 * flags    MSG_DONTWAIT or 0
 * errors   CONNFAILED: nobody will send any more; INCONSIST: it has more bytes or descriptors than there is room for;
 *          TOOMANY: no descriptors left, the message is lost; TRYAGAIN, INTERRUPTED, NOMEM */
PAL_MUST_CHECK int linux_rights_receive(int fd, struct linux_message *message, int flags);

/* Close the descriptors of a message. */
void linux_rights_close(struct linux_message *message);

/* Whether a descriptor that somebody has sent is a socket of this family (AF_x) and type (SOCK_x). */
bool linux_rights_is_socket(int fd, int family, int type);

/* Whether it is one of a pipe. */
bool linux_rights_is_pipe(int fd);

#endif
