/* SPDX-License-Identifier: MIT */
/* The broadcast stream of an instance (PAL_BROADCAST_MAX in pal.h). The broker passes each message on to all who listen,
 * each by a socket pair (SOCK_SEQPACKET) whose sending end the broker knows like a server's. A process that has not used
 * its stream has no socket for it, and an instance without a broker has nobody who could listen. */
#ifndef PAL_HOST_LINUX_LINUX_BROADCAST_H
#define PAL_HOST_LINUX_LINUX_BROADCAST_H

#include "pal_host_api.h"

/* What comes before the bytes of a message: the sender's instance, which it may have left since (_DkProcessIsolate). */
struct linux_broadcast {
    uint64_t instance;
};

/* Listen from here on, unless this process does already.
 * returns  the descriptor by which messages come
 * errors   TOOMANY, NOMEM; CONNFAILED: the broker has gone */
PAL_MUST_CHECK int linux_broadcast_listen(PAL_HANDLE stream);

/* A copy does not listen to what is its parent's. */
void linux_broadcast_begin_copy(void);

#endif
