/* SPDX-License-Identifier: MIT */
/* Datagrams to names that all processes know: they wait in shared memory, in the receiver's box. Files that come with one travel
 * by a pipe of their own to the receiver's server, where the next of these belongs to the next datagram that has files. */
#include "unix_shared.h"
#include "clock.h"
#include "process.h"

#define BACKLOG_DGRAMS 10u /* net.unix.max_dgram_qlen */

struct unix_datagram {
    struct unix_datagram *next;
    struct credentials credentials;
    struct unix_end sender;
    struct unix_parcels *parcels; /* files, NULL = none */
    uint32_t handles;             /* that come with them */
    uint32_t size;
    uint8_t data[];
};

/* What a link of the queue leads to; NULL = the end, or nonsense. */
static struct unix_datagram *datagram_at(struct unix_datagram *const *link)
{
    struct unix_datagram *datagram = __atomic_load_n(link, __ATOMIC_RELAXED);
    if (datagram == NULL || (uintptr_t)datagram % 16 != 0 || !shared_has(datagram, sizeof(*datagram)))
        return NULL;
    const uint32_t size = __atomic_load_n(&datagram->size, __ATOMIC_RELAXED);
    return size <= SHARED_MAX && shared_has(datagram, sizeof(*datagram) + size) ? datagram : NULL;
}

static void free_datagram(struct unix_datagram *datagram, uint32_t size)
{
    shared_free(datagram, sizeof(*datagram) + size);
}

/* With the table locked: the first one, taken out. */
static struct unix_datagram *take_first(struct unix_box *box)
{
    struct unix_datagram *datagram = datagram_at(&box->first);
    if (datagram == NULL) {
        *box = (struct unix_box){.readers = box->readers};
        return NULL;
    }
    box->first = datagram->next;
    box->count -= box->count > 0;
    return datagram;
}

void unix_box_drop(struct unix_box *box)
{
    struct unix_datagram *datagram;
    for (unsigned i = 0; i <= UINT16_MAX && (datagram = take_first(box)) != NULL; i++) {
        unix_drop_parcels(datagram->parcels);
        free_datagram(datagram, datagram->size);
    }
}

/***** Sending *****/

static struct unix_datagram *make(struct unix_socket *sender, const struct unix_packet *from, const void *data,
                                  struct vector *vector, size_t size, int *result)
{
    struct unix_datagram *datagram = shared_alloc(sizeof(*datagram) + size);
    if (datagram == NULL) {
        *result = -ENOBUFS;
        return NULL;
    }
    datagram->size = (uint32_t)size;
    unix_link_describe(&datagram->sender, sender);
    datagram->credentials = from->credentials;
    *result = vector != NULL ? vector_read(vector, datagram->data, size) : 0;
    if (vector == NULL)
        memcpy(datagram->data, data, size);
    if (*result == 0)
        return datagram;
    free_datagram(datagram, (uint32_t)size);
    return NULL;
}

/* With the table locked: send the handles on their way. */
static int send_handles(const struct unix_target *target, const struct unix_outgoing *files)
{
    PAL_HANDLE stream;
    int result = unix_server_call(target->server, true, &stream);
    if (result < 0)
        return result == -EAGAIN ? -ETOOMANYREFS : result == -ENOENT ? -ECONNREFUSED : result;
    result = unix_send_handles(stream, files);
    if (result == 0 && stream_write_through(stream, PAL_SOCKET_NOW, 1, "f") != 1)
        result = -ECONNREFUSED;
    DkObjectClose(stream);
    return result;
}

/* With the table locked: at the end of the box. */
static int append(const struct unix_target *target, struct unix_datagram *datagram, const struct unix_outgoing *files)
{
    struct unix_box *box = &target->bound->box;
    const int result = files != NULL ? send_handles(target, files) : 0;
    if (result < 0)
        return result;
    if (files != NULL) {
        datagram->handles = files->count;
        datagram->parcels = files->parcels;
    }
    struct unix_datagram *last = box->first != NULL ? datagram_at(&box->last) : NULL;
    if (last != NULL)
        last->next = datagram;
    else
        box->first = datagram;
    box->last = datagram;
    box->count++;
    return 0;
}

static uint64_t own_number(const struct unix_socket *socket)
{
    return socket->name != NULL ? socket->name->number : 0;
}

int unix_box_permits(const struct unix_target *target, const struct unix_socket *sender)
{
    const uint64_t peer = __atomic_load_n(&target->bound->box.peer, __ATOMIC_RELAXED);
    return peer != 0 && peer != own_number(sender) ? -EPERM : 0;
}

/* With the table locked: whether a datagram may be put there now. */
static int check(const struct unix_target *target, const struct unix_socket *sender)
{
    const struct unix_bound *bound = target->bound;
    if (!unix_is_same(bound, target->server))
        return -ECONNREFUSED;
    const int error = unix_box_permits(target, sender);
    return error == 0 && bound->box.peer == 0 && bound->box.count > BACKLOG_DGRAMS ? -EAGAIN : error;
}

static int put(struct unix_socket *sender, const struct unix_target *target, struct unix_datagram *datagram,
               const struct unix_outgoing *files, bool nonblock)
{
    const int64_t deadline_ns = socket_deadline(sender->base.send_timeout_ns);
    struct bell bell = {.count = 0};
    int result;
    if (!unix_owner_lives(target))
        return -ECONNREFUSED;
    shared_lock(&g_unix_table->lock);
    while ((result = check(target, sender)) == -EAGAIN && !nonblock) {
        result = unix_wait_for_room(target, deadline_ns);
        if (result < 0)
            break;
    }
    if (result == 0)
        result = append(target, datagram, files);
    if (result == 0)
        bell_take(&target->bound->box.readers, &bell);
    shared_unlock(&g_unix_table->lock);
    if (result == 0)
        bell_ring(&bell);
    return result == -EINTR ? (deadline_ns == INT64_MAX ? -ERESTARTSYS : -EINTR) : result;
}

static int64_t send_made(struct unix_socket *sender, const struct unix_target *target, struct unix_datagram *datagram,
                         const struct unix_rights *rights, bool nonblock)
{
    struct unix_outgoing *files = NULL;
    const uint32_t size = datagram->size;
    int result = rights != NULL ? unix_pack(rights, &files) : 0;
    if (result == 0)
        result = put(sender, target, datagram, files, nonblock);
    if (result < 0) {
        free_datagram(datagram, size);
        unix_unpack_own(files);
        return result;
    }
    heap_free(files);
    return size;
}

int64_t unix_box_send(struct unix_socket *socket, const struct unix_target *target, struct message *message, int flags)
{
    struct unix_packet packet = {.rights = NULL, .credentials = unix_credentials()};
    int error = 0;
    int64_t result = message->control_size != 0 ? unix_read_control(message, &packet) : 0;
    struct unix_datagram *datagram =
        result == 0 ? make(socket, &packet, NULL, &message->data, message->data.left, &error) : NULL;
    if (datagram != NULL)
        result = send_made(socket, target, datagram, packet.rights, (flags & MSG_DONTWAIT) != 0);
    unix_free_rights(packet.rights);
    return result == 0 && error < 0 ? error : result;
}

int unix_box_move(struct unix_socket *receiver, const struct unix_packet *packet)
{
    const struct unix_target target = {.bound = receiver->name->bound, .server = receiver->name->number};
    int error = 0;
    struct unix_datagram *datagram = make(receiver, packet, packet->data, NULL, packet->size, &error);
    if (datagram == NULL)
        return error;
    datagram->sender = (struct unix_end){packet->credentials, packet->name_size, packet->name};
    const int64_t result = send_made(receiver, &target, datagram, packet->rights, true);
    return result < 0 ? (int)result : 0;
}

/***** Receiving *****/

/* With the table locked: the files of a datagram. What comes in otherwise only wanted to know whether the server is there. */
static struct unix_rights *take_files(const struct unix_name *name, const struct unix_datagram *datagram)
{
    char mark;
    PAL_HANDLE stream;
    if (datagram->parcels == NULL)
        return NULL;
    while ((stream = DkStreamWaitForClient(name->server)) != NULL || pal_failure() == -EINTR) {
        if (stream == NULL)
            continue;
        struct unix_rights *rights = NULL;
        const bool has_files = stream_read_through(stream, PAL_SOCKET_NOW, 1, &mark) == 1;
        if (has_files)
            rights = unix_receive_files(stream, datagram->parcels, datagram->handles);
        DkObjectClose(stream);
        if (has_files)
            return rights;
    }
    unix_drop_parcels(datagram->parcels);
    return NULL;
}

/* Wait until there is one, with the table locked. 0, 1 = none will come, -E... */
static int first(struct unix_socket *socket, bool nonblock, int64_t deadline_ns)
{
    struct unix_bound *bound = socket->name->bound;
    int result = 0;
    while (result == 0 && datagram_at(&bound->box.first) == NULL) {
        if ((socket->shut & SHUT_RECEIVE) != 0)
            return nonblock ? -EAGAIN : 1;
        result = nonblock ? -EAGAIN : bell_sleep(&g_unix_table->lock, &bound->box.readers, deadline_ns);
    }
    return result == -EINTR ? (deadline_ns == INT64_MAX ? -ERESTARTSYS : -EINTR) : result;
}

/* Give the program what is in a datagram: bytes of it. */
static int64_t hand_over(struct message *message, const struct unix_datagram *datagram, uint32_t whole, int flags)
{
    const size_t size = whole < message->data.left ? whole : message->data.left;
    if (vector_write(&message->data, datagram->data, size) < 0)
        return -EFAULT;
    message->name_size = unix_end_name(&datagram->sender, (struct sockaddr_un *)&message->name);
    if (size < whole)
        message->flags |= MSG_TRUNC;
    return (flags & MSG_TRUNC) != 0 ? (int64_t)whole : (int64_t)size;
}

int64_t unix_box_receive(struct unix_socket *socket, struct message *message, int flags)
{
    const bool nonblock = (flags & MSG_DONTWAIT) != 0, peek = (flags & MSG_PEEK) != 0;
    const int wanted = (int)message->flags & MSG_CMSG_CLOEXEC;
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(socket->base.receive_timeout_ns);
    struct unix_bound *bound = socket->name->bound;
    struct unix_rights *rights = NULL;
    struct bell bell = {.count = 0};
    shared_lock(&g_unix_table->lock);
    bound->box.owner = g_process.pid;
    int64_t result = first(socket, nonblock, deadline_ns);
    struct unix_datagram *datagram = result != 0 ? NULL
                                     : peek      ? datagram_at(&bound->box.first)
                                                 : take_first(&bound->box);
    const uint32_t whole = datagram != NULL ? datagram->size : 0;
    struct credentials credentials = {0};
    if (datagram != NULL && whole <= SHARED_MAX && shared_has(datagram, sizeof(*datagram) + whole)) {
        credentials = datagram->credentials;
        result = hand_over(message, datagram, whole, flags);
        if (!peek) {
            rights = take_files(socket->name, datagram);
            free_datagram(datagram, whole);
            bell_take(&bound->clients, &bell);
        }
    }
    shared_unlock(&g_unix_table->lock);
    if (bell.count != 0)
        bell_ring(&bell);
    if (result < 0 || datagram == NULL) {
        unix_free_rights(rights);
        return result < 0 ? result : 0;
    }
    message->flags |= (uint32_t)wanted;
    const int error = unix_write_control(socket, message, rights, &credentials, wanted);
    return error < 0 ? error : result;
}

/***** State *****/

/* With the table locked: whether its peer's box is full, and then it asks for its bell. */
static bool peer_is_full(struct unix_socket *socket)
{
    struct unix_bound *target = socket->target.bound;
    if (target == NULL || !unix_is_same(target, socket->target.server) || check(&socket->target, socket) != -EAGAIN)
        return false;
    bell_ask(&target->clients);
    return true;
}

uint32_t unix_box_poll(struct unix_socket *socket, struct poll_table *table)
{
    struct unix_bound *own = socket->name != NULL ? socket->name->bound : NULL;
    uint32_t ready = POLL_WRITABLE | POLLWRBAND;
    poll_on_queue(table, bell_queue());
    shared_lock(&g_unix_table->lock);
    if (own != NULL) {
        bell_ask(&own->box.readers);
        if (datagram_at(&own->box.first) != NULL)
            ready |= POLL_READABLE;
    }
    bool full = peer_is_full(socket);
    shared_unlock(&g_unix_table->lock);
    if (full && table != NULL) {
        unix_look_after(&socket->target);
        poll_on_time(table, clock_monotonic_ns() + UNIX_LOOK_AFTER_NS);
        full = unix_is_same(socket->target.bound, socket->target.server);
    }
    if (full)
        ready &= ~(uint32_t)(POLL_WRITABLE | POLLWRBAND);
    if ((socket->shut & SHUT_RECEIVE) != 0)
        ready |= POLLRDHUP | POLL_READABLE;
    if (socket->shut == (SHUT_RECEIVE | SHUT_SEND))
        ready |= POLLHUP;
    return ready;
}

int unix_box_bytes(struct unix_socket *socket)
{
    int size = 0;
    shared_lock(&g_unix_table->lock);
    const struct unix_datagram *datagram = datagram_at(&socket->name->bound->box.first);
    if (datagram != NULL)
        size = (int)datagram->size;
    shared_unlock(&g_unix_table->lock);
    return size;
}
