/* SPDX-License-Identifier: MIT */
/* Sockets as files, and what every family uses. Knows no family's workings. */
#include "socket.h"
#include <asm/ioctls.h>
#include <linux/sockios.h>
#include "clock.h"
#include "copy.h"
#include "parcel.h"

#define BUFFER_DEFAULT 212992 /* net.core.wmem_default */

void socket_init(struct socket *socket, const struct socket_ops *ops, int family, int type, int protocol)
{
    socket->ops = ops;
    socket->family = family;
    socket->type = type;
    socket->protocol = protocol;
    socket->send_size = socket->receive_size = BUFFER_DEFAULT;
    socket->low_water = 1;
    socket->right = right_new(0777);
}

/***** Waiting *****/

int64_t socket_deadline(int64_t timeout_ns)
{
    int64_t deadline_ns;
    if (timeout_ns == 0 || __builtin_add_overflow(clock_monotonic_ns(), timeout_ns, &deadline_ns))
        return INT64_MAX;
    return deadline_ns;
}

int socket_interrupted(int64_t deadline_ns)
{
    if (!signal_interrupts())
        return 0;
    return deadline_ns == INT64_MAX ? -ERESTARTSYS : -EINTR;
}

int64_t socket_broken(int flags)
{
    if ((flags & MSG_NOSIGNAL) == 0)
        signal_send_self(SIGPIPE);
    return -EPIPE;
}

int socket_sleep(struct lock *lock, struct wait_queue *queue, int64_t deadline_ns)
{
    struct waiter waiter = {.notify = NULL};
    wait_queue_add(queue, &waiter);
    lock_release(lock);
    int result = thread_sleep(timeout_until(deadline_ns));
    wait_queue_remove(queue, &waiter);
    if (result == -ETIMEDOUT)
        result = clock_monotonic_ns() >= deadline_ns ? -EAGAIN : 0;
    else if (result == -EINTR)
        result = socket_interrupted(deadline_ns);
    lock_acquire(lock);
    return result;
}

int socket_take_error(struct socket *socket)
{
    return __atomic_exchange_n(&socket->error, 0, __ATOMIC_RELAXED);
}

/***** The file *****/

static int message_flags(const struct file *file)
{
    return (file->flags & O_NONBLOCK) != 0 ? MSG_DONTWAIT : 0;
}

static int64_t socket_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    struct socket *socket = file->data;
    struct iovec piece = {buffer, count};
    struct message message;
    (void)position;
    if (count == 0)
        return 0;
    message.data = (struct vector){.items = &piece, .count = 1, .left = count};
    message.name_size = 0;
    message.control = NULL;
    message.control_size = message.control_done = 0;
    message.flags = 0;
    message.wants_name = false;
    return socket->ops->receive(socket, &message, message_flags(file));
}

static int64_t socket_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    struct socket *socket = file->data;
    struct iovec piece = {(void *)(uintptr_t)buffer, count};
    struct message message;
    (void)position;
    message.data = (struct vector){.items = &piece, .count = 1, .left = count};
    message.name_size = 0;
    message.control = NULL;
    message.control_size = message.control_done = 0;
    return socket->ops->send(socket, &message, message_flags(file));
}

static uint32_t socket_poll(struct file *file, struct poll_table *table)
{
    struct socket *socket = file->data;
    return socket->ops->poll(socket, table);
}

static int64_t socket_control(struct file *file, uint32_t request, uint64_t argument)
{
    struct socket *socket = file->data;
    const int64_t result = socket->ops->control != NULL ? socket->ops->control(socket, request, argument) : -ENOTTY;
    return result == -ENOTTY ? interface_control(socket, request, argument) : result;
}

static int socket_attributes(struct file *file, struct file_attr *out)
{
    const struct socket *socket = file->data;
    right_attributes(file, S_IFSOCK, &socket->right, out);
    return 0;
}

static int socket_change(struct file *file, const struct attr_change *change)
{
    struct socket *socket = file->data;
    return right_change(&socket->right, change);
}

static void socket_close(struct file *file)
{
    struct socket *socket = file->data;
    socket->ops->close(socket);
}

static int socket_keep(struct file *file)
{
    const struct socket *socket = file->data;
    return file->handle == NULL && socket->handle == NULL && !socket->in_table ? 0 : -EOPNOTSUPP;
}

static int socket_share(struct file *file)
{
    struct socket *socket = file->data;
    return socket->ops->share != NULL ? socket->ops->share(socket) : 0;
}

static void socket_copied(struct file *file)
{
    struct socket *socket = file->data;
    if (socket->ops->copied != NULL)
        socket->ops->copied(socket);
}

/***** On the way to another process *****/

/* The kind of a parcel is the family's, the operations of the file are the same. */
static int pack_socket(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    struct socket *socket = file->data;
    parcel->state = (uint64_t)socket->family;
    return socket->ops->pack != NULL ? socket->ops->pack(socket, parcel, out_handle) : -EOPNOTSUPP;
}

static int unpack_socket(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    struct socket *socket;
    const int result = parcel->state == AF_UNIX ? unix_unpack_socket(parcel, handle, &socket)
                                                : inet_unpack_socket(parcel, handle, &socket);
    if (result < 0)
        return result;
    *out = socket_file(socket, parcel->flags & ~(uint32_t)O_ACCMODE);
    if (*out == NULL)
        socket->ops->close(socket);
    return *out != NULL ? 0 : -ENOMEM;
}

static void drop_socket(const struct file_parcel *parcel)
{
    if (parcel->state == AF_UNIX)
        unix_drop_socket(parcel);
}

const struct parcel_kind socket_parcels = {.pack = pack_socket, .unpack = unpack_socket, .drop = drop_socket};

static const struct file_ops socket_file_ops = {
    .kind = "socket",
    .read = socket_read,
    .write = socket_write,
    .attributes = socket_attributes,
    .change = socket_change,
    .control = socket_control,
    .poll = socket_poll,
    .tells_owner = true,
    .close = socket_close,
    .share = socket_share,
    .copied = socket_copied,
    .parcel = &socket_parcels,
    .keep = socket_keep,
};

struct file *socket_file(struct socket *socket, uint32_t flags)
{
    return file_new(&socket_file_ops, O_RDWR | flags, socket);
}

struct socket *socket_of_file(const struct file *file)
{
    return file->ops == &socket_file_ops ? file->data : NULL;
}

int socket_get(int fd, struct file **out_file, struct socket **out_socket)
{
    struct file *file = fd_get(fd);
    if (file == NULL)
        return -EBADF;
    if (file->ops != &socket_file_ops) {
        file_put(file);
        return -ENOTSOCK;
    }
    *out_file = file;
    *out_socket = file->data;
    return 0;
}
