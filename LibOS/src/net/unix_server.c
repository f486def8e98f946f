/* SPDX-License-Identifier: MIT */
/* Connections of AF_UNIX by names that all processes know: who connects opens a pipe of the host to the server and says in its
 * first bytes which link the two have. Knows nothing of how names are found. */
#include "unix_shared.h"
#include "clock.h"

/* The first bytes of a connection. */
struct hello {
    uint32_t magic;
    uint32_t nothing;
    struct unix_link *link;
};
#define HELLO_MAGIC 0x756e6978u

/* How long one who has connected may take to say so, which takes two host calls, before it is taken for dead. */
#define HELLO_NAP_US 50
#define HELLO_NAPS   40000u

int unix_call(const struct unix_target *target, const struct unix_end *from, PAL_HANDLE *out_stream,
              struct unix_link **out_link, bool nonblock)
{
    struct unix_link *link = unix_link_new();
    if (link == NULL)
        return -ENOMEM;
    link->ends[0] = *from;
    link->ends[1] = target->end;
    PAL_HANDLE stream;
    int result = unix_server_call(target->server, nonblock, &stream);
    if (result == 0) {
        const struct hello hello = {HELLO_MAGIC, 0, link};
        if (stream_write_through(stream, PAL_SOCKET_NOW, sizeof(hello), &hello) == sizeof(hello)) {
            *out_stream = stream;
            *out_link = link;
            return 0;
        }
        DkObjectClose(stream);
        result = -ECONNREFUSED;
    }
    shared_free(link, sizeof(*link));
    if (result == -ENOENT)
        unix_bound_gone(target);
    /* One that ended before it looked has reset what waited. */
    if (result == -ENOENT || result == -ECONNRESET)
        return -ECONNREFUSED;
    return result == -EINTR ? -ERESTARTSYS : result;
}

int unix_connect_shared(struct unix_socket *socket, const struct unix_wanted *wanted, bool nonblock)
{
    struct unix_target target;
    struct unix_end own = {.name_size = 0};
    struct unix_link *link = NULL;
    PAL_HANDLE stream = NULL;
    int result = unix_find_server(wanted, socket->base.type, &target);
    if (result == 0)
        result = unix_take_place(&target, nonblock, socket_deadline(socket->base.send_timeout_ns));
    if (result < 0)
        return result;
    lock_acquire(&socket->base.lock);
    if (socket->base.listening)
        result = -EINVAL;
    else if (unix_is_connected(socket))
        result = -EISCONN;
    unix_link_describe(&own, socket);
    lock_release(&socket->base.lock);
    if (result == 0)
        result = unix_call(&target, &own, &stream, &link, nonblock);
    if (result < 0) {
        unix_leave_place(target.bound, target.server);
        return result;
    }
    lock_acquire(&socket->base.lock);
    if (unix_is_connected(socket))
        result = -EISCONN;
    else
        unix_give_stream(socket, stream, link, 0);
    lock_release(&socket->base.lock);
    if (result < 0) {
        unix_link_put(link);
        DkObjectClose(stream);
    }
    return result;
}

/***** Accepting *****/

static struct unix_link *read_hello(PAL_HANDLE stream)
{
    struct hello hello = {0};
    int64_t result = -EAGAIN;
    for (unsigned i = 0; i < HELLO_NAPS && result == -EAGAIN; i++) {
        if (i > 0)
            DkThreadDelayExecution(HELLO_NAP_US);
        result = stream_read_through(stream, PAL_SOCKET_NOW, sizeof(hello), &hello);
    }
    const bool sound = result == sizeof(hello) && hello.magic == HELLO_MAGIC && (uintptr_t)hello.link % 16 == 0 &&
                       shared_has(hello.link, sizeof(*hello.link));
    return sound ? hello.link : NULL;
}

/* The next client that has something to say. */
static int next_client(const struct unix_name *name, PAL_HANDLE *out_stream, struct unix_link **out_link)
{
    for (;;) {
        PAL_HANDLE stream = DkStreamWaitForClient(name->server);
        if (stream == NULL)
            return pal_failure();
        struct unix_link *link = read_hello(stream);
        if (link != NULL) {
            *out_stream = stream;
            *out_link = link;
            return 0;
        }
        DkObjectClose(stream);
    }
}

static int make_client(struct unix_socket *listener, PAL_HANDLE stream, struct unix_link *link, struct socket **out)
{
    struct socket *client;
    int result = unix_socket_new(listener->base.type, &client);
    if (result == 0)
        result = unix_share_name(listener, unix_of(client));
    if (result < 0) {
        unix_link_put(link);
        DkObjectClose(stream);
        return result;
    }
    unix_give_stream(unix_of(client), stream, link, 1);
    *out = client;
    return 0;
}

int unix_accept_shared(struct unix_socket *socket, bool nonblock, struct socket **out)
{
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(socket->base.receive_timeout_ns);
    const struct unix_name *name = socket->name;
    for (;;) {
        PAL_HANDLE stream = NULL;
        struct unix_link *link = NULL;
        if ((socket->shut & SHUT_RECEIVE) != 0)
            return nonblock ? -EAGAIN : -EINVAL;
        int result = next_client(name, &stream, &link);
        if (result == 0) {
            unix_leave_place(name->bound, name->number);
            return make_client(socket, stream, link, out);
        }
        if (result != -EAGAIN || nonblock)
            return result == -EINTR ? -ERESTARTSYS : result;
        result = socket_wait_stream(name->server, POLL_READABLE, deadline_ns);
        if (result < 0)
            return result;
    }
}

uint32_t unix_server_poll(struct unix_socket *socket, struct poll_table *table)
{
    PAL_HANDLE server = socket->name->server;
    if (table == NULL)
        return poll_stream_now(server, POLL_READABLE);
    poll_on_stream(table, server);
    return 0;
}
