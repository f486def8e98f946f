/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets that other processes are about to have: by a fork, or because they are sent there. Knows nothing of data. */
#include "unix_shared.h"

/***** Names *****/

/* A listener's clients who wait in memory come in by the server instead, one by one as they have come. */
static int move_client(struct unix_socket *listener, struct unix_socket *client)
{
    struct unix_name *name = listener->name;
    const struct unix_target target = {
        name->bound, name->number, {listener->peer_credentials, name->size, name->address}};
    struct unix_socket *caller = unix_peer(client);
    struct unix_end from = {.credentials = client->peer_credentials};
    struct unix_link *link;
    PAL_HANDLE stream;
    if (caller != NULL)
        unix_link_describe(&from, caller);
    const int result = unix_call(&target, &from, &stream, &link, true);
    if (result == 0) {
        unix_move_packets(client, &link->ways[0], stream);
        if ((client->shut & SHUT_RECEIVE) != 0)
            DkStreamDelete(stream, PAL_DELETE_WR);
        if (caller != NULL) {
            lock_acquire(&caller->base.lock);
            caller->peer = NULL;
            unix_give_stream(caller, stream, link, 0);
            lock_release(&caller->base.lock);
            unix_put(client);
        } else {
            unix_link_put(link);
            DkObjectClose(stream);
        }
        name->bound->pending++;
    }
    if (caller != NULL)
        unix_put(caller);
    return result;
}

static struct unix_socket *next_pending(struct unix_socket *listener)
{
    lock_acquire(&listener->base.lock);
    struct list_node *node = list_first(&listener->pending);
    if (node != NULL) {
        list_remove(node);
        listener->pending_count--;
    }
    lock_release(&listener->base.lock);
    return node != NULL ? list_entry(node, struct unix_socket, pending_node) : NULL;
}

static int move_clients(struct unix_socket *listener)
{
    struct unix_socket *client;
    int result = 0;
    while (result == 0 && (client = next_pending(listener)) != NULL) {
        result = move_client(listener, client);
        client->base.ops->close(&client->base);
    }
    return result;
}

/* Datagrams that wait in memory. What there is no room for stays with this process. */
static int move_datagrams(struct unix_socket *socket)
{
    list_for_each(node, &socket->packets) {
        struct unix_packet *packet = list_entry(node, struct unix_packet, node);
        const int result = unix_box_move(socket, packet);
        if (result < 0)
            return result == -EAGAIN || result == -ETOOMANYREFS ? 0 : result;
        list_remove(node);
        socket->packet_count--;
        socket->queued -= packet->size;
        unix_free_packet(packet);
    }
    return 0;
}

/* What has a name gets into the table. */
static int share_name(struct unix_socket *socket)
{
    int result = unix_publish_name(socket);
    if (result == 0 && socket->base.listening) {
        unix_set_listening(socket->name->bound, socket->backlog);
        socket->name->bound->credentials = socket->peer_credentials;
        result = move_clients(socket);
    }
    if (result == 0 && socket->base.type == SOCK_DGRAM)
        result = move_datagrams(socket);
    wait_queue_wake(&socket->readers);
    wait_queue_wake(&socket->clients);
    return result;
}

static bool has_name_here(const struct unix_socket *socket)
{
    return socket->name != NULL && socket->name->bound == NULL && list_is_linked(&socket->name->node);
}

/***** Connections *****/

/* A socket for datagrams whose peer is found by its name, and does not know it. */
static int share_target(struct unix_socket *socket, struct unix_socket *peer)
{
    const int result = has_name_here(peer) ? share_name(peer) : 0;
    if (result < 0 || peer->name->bound == NULL)
        return result;
    lock_acquire(&socket->base.lock);
    socket->target = (struct unix_target){peer->name->bound, peer->name->number, {.name_size = 0}};
    unix_link_describe(&socket->target.end, peer);
    socket->peer = NULL;
    if (unix_has_box(socket))
        unix_set_peer(socket->name->bound, &socket->target);
    lock_release(&socket->base.lock);
    unix_put(peer);
    return 0;
}

static int share_connection(struct unix_socket *socket)
{
    struct unix_socket *peer = unix_peer(socket);
    if (peer == NULL)
        return 0;
    /* One that has been closed has nothing more to say in any process. */
    int result = 0;
    if (!peer->closed && peer->peer == socket)
        result = unix_share_pair(socket, peer);
    else if (!peer->closed && peer->name != NULL)
        result = share_target(socket, peer);
    unix_put(peer);
    return result;
}

int unix_share(struct socket *base)
{
    struct unix_socket *socket = unix_of(base);
    int result = 0;
    if (socket->link == NULL)
        result = share_connection(socket);
    if (result == 0 && has_name_here(socket))
        result = share_name(socket);
    if (result == 0 && unix_has_box(socket) && socket->target.bound != NULL)
        unix_set_peer(socket->name->bound, &socket->target);
    return result;
}

void unix_copied(struct socket *base)
{
    struct unix_socket *socket = unix_of(base);
    if (socket->link != NULL)
        unix_link_get(socket->link);
    if (socket->name != NULL && socket->name->bound != NULL)
        unix_bound_get(socket->name->bound);
}

/***** On the way to another process *****/

/* In file_parcel.data. */
struct packed {
    int32_t type;
    uint32_t end;
    struct unix_link *link;
    struct unix_bound *bound;
    uint64_t number, flags;
    uint32_t listening, shut, backlog;
    struct credentials peer_credentials;
    struct unix_bound *target;
    uint64_t target_number;
};
_Static_assert(sizeof(struct packed) <= sizeof(((struct file_parcel *)NULL)->data), "it fits");

int unix_pack_socket(struct socket *base, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    struct unix_socket *socket = unix_of(base);
    struct unix_name *name = socket->name;
    const bool is_bound = name != NULL && name->bound != NULL && socket->link == NULL;
    const struct packed packed = {.type = base->type,
                                  .end = socket->end,
                                  .link = socket->link,
                                  .bound = is_bound ? name->bound : NULL,
                                  .number = is_bound ? name->number : 0,
                                  .flags = base->flags,
                                  .listening = base->listening,
                                  .shut = socket->shut,
                                  .backlog = socket->backlog,
                                  .peer_credentials = socket->peer_credentials,
                                  .target = socket->target.bound,
                                  .target_number = socket->target.server};
    memcpy(parcel->data, &packed, sizeof(packed));
    *out_handle = socket->link != NULL ? base->handle : is_bound ? name->server : NULL;
    return 0;
}

static struct packed packed_in(const struct file_parcel *parcel)
{
    struct packed packed;
    memcpy(&packed, parcel->data, sizeof(packed));
    if (packed.link != NULL && ((uintptr_t)packed.link % 16 != 0 || !shared_has(packed.link, sizeof(*packed.link))))
        packed.link = NULL;
    if (packed.bound != NULL && !unix_is_bound(packed.bound))
        packed.bound = NULL;
    return packed;
}

void unix_drop_socket(const struct file_parcel *parcel)
{
    const struct packed packed = packed_in(parcel);
    unix_link_put(packed.link);
    if (packed.bound != NULL)
        unix_bound_put(packed.bound, packed.number);
}

static struct unix_name *name_of(const struct packed *packed, struct unix_socket *socket, PAL_HANDLE server)
{
    struct unix_name *name = heap_zalloc(sizeof(*name));
    if (name == NULL)
        return NULL;
    list_node_init(&name->node);
    name->socket = socket;
    name->bound = packed->bound;
    name->number = packed->number;
    name->server = server;
    name->device = packed->bound->device;
    name->inode = packed->bound->inode;
    name->address = packed->bound->address;
    name->size = packed->bound->size <= sizeof(name->address) ? packed->bound->size : 0;
    return name;
}

static int make_socket(const struct packed *packed, PAL_HANDLE handle, struct unix_socket **out)
{
    struct socket *base;
    if ((packed->link != NULL || packed->bound != NULL) != (handle != NULL))
        return -EBADMSG;
    const int result = unix_socket_new(packed->type, &base);
    if (result < 0)
        return result;
    struct unix_socket *socket = unix_of(base);
    if (packed->link == NULL && packed->bound != NULL && (socket->name = name_of(packed, socket, handle)) == NULL) {
        base->ops->close(base);
        return -ENOMEM;
    }
    base->flags = packed->flags;
    base->listening = packed->listening != 0;
    base->in_table = socket->name != NULL;
    socket->shut = packed->shut & (SHUT_RECEIVE | SHUT_SEND);
    socket->backlog = packed->backlog;
    socket->peer_credentials = packed->peer_credentials;
    if (packed->target != NULL && unix_is_bound(packed->target)) {
        struct unix_target *target = &socket->target;
        *target = (struct unix_target){packed->target, packed->target_number, {.name = packed->target->address}};
        target->end.name_size = packed->target->size <= sizeof(target->end.name) ? packed->target->size : 0;
    }
    *out = socket;
    return 0;
}

int unix_unpack_socket(const struct file_parcel *parcel, PAL_HANDLE handle, struct socket **out)
{
    const struct packed packed = packed_in(parcel);
    struct unix_socket *socket;
    const int result = make_socket(&packed, handle, &socket);
    if (result < 0) {
        unix_drop_socket(parcel);
        if (handle != NULL)
            DkObjectClose(handle);
        return result;
    }
    if (packed.link != NULL)
        unix_give_stream(socket, handle, packed.link, packed.end & 1);
    *out = &socket->base;
    return 0;
}
