/* SPDX-License-Identifier: MIT */
/* Sockets of AF_UNIX: their life and their queue. */
#include "unix_link.h"

struct credentials unix_credentials(void)
{
    return (struct credentials){g_process.pid, g_process.euid, g_process.egid};
}

/***** Life *****/

void unix_get(struct unix_socket *socket)
{
    __atomic_add_fetch(&socket->references, 1, __ATOMIC_RELAXED);
}

void unix_put(struct unix_socket *socket)
{
    if (__atomic_sub_fetch(&socket->references, 1, __ATOMIC_ACQ_REL) == 0)
        heap_free(socket);
}

int unix_socket_new(int type, struct socket **out)
{
    if (type == SOCK_RAW)
        type = SOCK_DGRAM; /* as Linux says since its beginning */
    if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
        return -ESOCKTNOSUPPORT;
    struct unix_socket *socket = heap_zalloc(sizeof(*socket));
    if (socket == NULL)
        return -ENOMEM;
    socket_init(&socket->base, &unix_ops, AF_UNIX, type, 0);
    socket->references = 1;
    list_init(&socket->packets);
    list_init(&socket->pending);
    list_node_init(&socket->pending_node);
    wait_queue_init(&socket->readers);
    wait_queue_init(&socket->writers);
    wait_queue_init(&socket->clients);
    *out = &socket->base;
    return 0;
}

void unix_join(struct unix_socket *a, struct unix_socket *b)
{
    unix_get(a);
    unix_get(b);
    a->peer = b;
    b->peer = a;
    a->peer_credentials = b->peer_credentials = unix_credentials();
}

int unix_socket_pair(int type, struct socket *out[2])
{
    int result = unix_socket_new(type, &out[0]);
    if (result < 0)
        return result;
    result = unix_socket_new(type, &out[1]);
    if (result < 0) {
        unix_put(unix_of(out[0]));
        return result;
    }
    unix_join(unix_of(out[0]), unix_of(out[1]));
    return 0;
}

struct unix_socket *unix_peer(struct unix_socket *socket)
{
    lock_acquire(&socket->base.lock);
    struct unix_socket *peer = socket->peer;
    if (peer != NULL)
        unix_get(peer);
    lock_release(&socket->base.lock);
    return peer;
}

/***** The queue *****/

static void wake_receiver(struct unix_socket *socket)
{
    wait_queue_wake(&socket->readers);
}

int unix_queue(struct unix_socket *receiver, struct unix_packet *packet)
{
    int result = 0;
    lock_acquire(&receiver->base.lock);
    if (receiver->closed) {
        result = receiver->base.type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
    } else if ((receiver->shut & SHUT_RECEIVE) != 0) {
        result = -EPIPE;
    } else {
        list_add_back(&receiver->packets, &packet->node);
        receiver->packet_count++;
        receiver->queued += packet->size;
    }
    lock_release(&receiver->base.lock);
    if (result == 0)
        wake_receiver(receiver);
    return result;
}

void unix_free_packet(struct unix_packet *packet)
{
    struct unix_socket *sender = packet->sender;
    const uint64_t before = __atomic_fetch_sub(&sender->sent, packet->cost, __ATOMIC_SEQ_CST);
    /* The one that makes it writable again; see unix_poll. */
    const uint64_t half = sender->base.send_size / 4;
    if (before > half || before >= sender->base.send_size)
        wait_queue_wake(&sender->writers);
    unix_put(sender);
    unix_free_rights(packet->rights);
    heap_free(packet);
}

static void free_packets(struct list *packets)
{
    list_for_each(node, packets) {
        list_remove(node);
        unix_free_packet(list_entry(node, struct unix_packet, node));
    }
}

/***** The end *****/

/* What a peer hears of the other one's closing or shutdown. */
static void shut_peer(struct unix_socket *peer, const struct unix_socket *socket, uint32_t shut, int error)
{
    lock_acquire(&peer->base.lock);
    if (peer->peer == socket) {
        peer->shut |= shut;
        if (error != 0)
            peer->base.error = error;
    }
    lock_release(&peer->base.lock);
    wait_queue_wake(&peer->readers);
    wait_queue_wake(&peer->writers);
}

static void unix_close(struct socket *base)
{
    struct unix_socket *socket = unix_of(base);
    struct list packets, pending;
    list_init(&packets);
    list_init(&pending);
    unix_forget_name(socket);

    lock_acquire(&base->lock);
    socket->closed = true;
    socket->shut = SHUT_RECEIVE | SHUT_SEND;
    struct unix_socket *peer = socket->peer;
    socket->peer = NULL;
    for (struct list_node *node; (node = list_first(&socket->packets)) != NULL;) {
        list_remove(node);
        list_add_back(&packets, node);
    }
    for (struct list_node *node; (node = list_first(&socket->pending)) != NULL;) {
        list_remove(node);
        list_add_back(&pending, node);
    }
    lock_release(&base->lock);
    wait_queue_wake(&socket->clients);

    if (base->handle != NULL)
        DkObjectClose(base->handle);
    unix_link_put(socket->link);
    if (peer != NULL) {
        const bool unread = !list_is_empty(&packets);
        if (base->handle != NULL)
            ; /* the host tells the peer, when the last process has closed it */
        else if (base->type == SOCK_DGRAM)
            wait_queue_wake(&peer->writers);
        else
            shut_peer(peer, socket, SHUT_RECEIVE | SHUT_SEND, unread ? -ECONNRESET : 0);
        unix_put(peer);
    }
    free_packets(&packets);
    list_for_each(node, &pending) {
        struct unix_socket *client = list_entry(node, struct unix_socket, pending_node);
        struct unix_socket *other = unix_peer(client);
        list_remove(node);
        if (other != NULL) {
            shut_peer(other, client, 0, -ECONNRESET);
            unix_put(other);
        }
        client->base.ops->close(&client->base);
    }
    unix_put(socket);
}

static int unix_shutdown(struct socket *base, int how)
{
    struct unix_socket *socket = unix_of(base);
    const uint32_t mine = how == SHUT_RDWR ? SHUT_RECEIVE | SHUT_SEND : how == SHUT_RD ? SHUT_RECEIVE : SHUT_SEND;
    if (unix_stream(socket) != NULL)
        return unix_host_shutdown(socket, how);
    const uint32_t theirs = ((mine & SHUT_RECEIVE) != 0 ? SHUT_SEND : 0) | ((mine & SHUT_SEND) != 0 ? SHUT_RECEIVE : 0);
    lock_acquire(&base->lock);
    socket->shut |= mine;
    struct unix_socket *peer = base->type != SOCK_DGRAM ? socket->peer : NULL;
    if (peer != NULL)
        unix_get(peer);
    lock_release(&base->lock);
    wait_queue_wake(&socket->readers);
    wait_queue_wake(&socket->writers);
    wait_queue_wake(&socket->clients);
    if (peer != NULL) {
        shut_peer(peer, socket, theirs, 0);
        unix_put(peer);
    }
    return 0;
}

const struct socket_ops unix_ops = {
    .bind = unix_bind,
    .connect = unix_connect,
    .listen = unix_listen,
    .accept = unix_accept,
    .name = unix_name,
    .send = unix_send,
    .receive = unix_receive,
    .shutdown = unix_shutdown,
    .poll = unix_poll,
    .control = unix_control,
    .get_option = unix_get_option,
    .set_option = unix_set_option,
    .close = unix_close,
    .share = unix_share,
    .copied = unix_copied,
    .pack = unix_pack_socket,
};
