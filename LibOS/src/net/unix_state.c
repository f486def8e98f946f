/* SPDX-License-Identifier: MIT */
/* What can be asked about a socket of AF_UNIX: what it is ready for, how much waits, its options. */
#include <asm/ioctls.h>
#include <linux/sockios.h>
#include "copy.h"
#include "unix_shared.h"

/***** Readiness *****/

uint32_t unix_poll(struct socket *base, struct poll_table *table)
{
    struct unix_socket *socket = unix_of(base);
    const bool connects = base->type != SOCK_DGRAM;
    uint32_t ready = 0;
    if (unix_stream(socket) != NULL)
        return unix_host_poll(socket, table);
    if (unix_has_box(socket) || socket->target.bound != NULL)
        return unix_box_poll(socket, table);
    if (base->listening && socket->name->bound != NULL)
        return unix_server_poll(socket, table);
    poll_on_queue(table, &socket->readers);
    poll_on_queue(table, &socket->writers);
    lock_acquire(&base->lock);
    if (base->error != 0)
        ready |= POLLERR;
    if (socket->shut == (SHUT_RECEIVE | SHUT_SEND))
        ready |= POLLHUP;
    if ((socket->shut & SHUT_RECEIVE) != 0)
        ready |= POLLRDHUP | POLL_READABLE;
    if (!list_is_empty(&socket->packets) || !list_is_empty(&socket->pending))
        ready |= POLL_READABLE;
    if (connects && !unix_is_connected(socket) && !base->listening)
        ready |= POLLHUP;
    /* Linux waits for three quarters of the room, so that not every read wakes the sender. */
    if (!base->listening && __atomic_load_n(&socket->sent, __ATOMIC_SEQ_CST) * 4 <= base->send_size)
        ready |= POLL_WRITABLE | POLLWRBAND;
    lock_release(&base->lock);
    return ready;
}

int64_t unix_control(struct socket *base, uint32_t request, uint64_t argument)
{
    struct unix_socket *socket = unix_of(base);
    int value;
    if (request == SIOCOUTQ) {
        value = (int)__atomic_load_n(&socket->sent, __ATOMIC_RELAXED);
        return copy_out((void *)argument, &value, sizeof(value));
    }
    if (request != FIONREAD)
        return -ENOTTY;
    if (base->listening)
        return -EINVAL;
    if (unix_stream(socket) != NULL) {
        value = unix_host_bytes(socket);
        return copy_out((void *)argument, &value, sizeof(value));
    }
    if (unix_has_box(socket)) {
        value = unix_box_bytes(socket);
        return copy_out((void *)argument, &value, sizeof(value));
    }
    lock_acquire(&base->lock);
    const struct list_node *first = list_first(&socket->packets);
    value = (int)socket->queued;
    if (base->type == SOCK_DGRAM)
        value = first != NULL ? (int)list_entry(socket->packets.head.next, struct unix_packet, node)->size : 0;
    lock_release(&base->lock);
    return copy_out((void *)argument, &value, sizeof(value));
}

/***** Options *****/

int unix_get_option(struct socket *base, int level, int option, void *value, uint32_t *size)
{
    struct unix_socket *socket = unix_of(base);
    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (option != SO_PEERCRED)
        return -ENOPROTOOPT;
    struct credentials credentials = {0, UINT32_MAX, UINT32_MAX};
    lock_acquire(&base->lock);
    if (socket->peer_credentials.pid != 0)
        credentials = socket->peer_credentials;
    lock_release(&base->lock);
    if (*size > sizeof(credentials))
        *size = sizeof(credentials);
    memcpy(value, &credentials, *size);
    return 0;
}

int unix_set_option(struct socket *socket, int level, int option, const void *value, uint32_t size)
{
    (void)socket;
    (void)option;
    (void)value;
    (void)size;
    return level == SOL_SOCKET ? -ENOPROTOOPT : -EOPNOTSUPP;
}
