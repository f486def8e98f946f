/* SPDX-License-Identifier: MIT */
/* Sending and receiving: sendto, sendmsg, sendmmsg, recvfrom, recvmsg, recvmmsg. Knows no family. */
#include "clock.h"
#include "copy.h"
#include "socket.h"
#include "syscalls.h"

#define FEW_PIECES 8

/***** Pieces of memory *****/

/* Read and check a vector; items are `few` or of the heap. */
static int read_vector(struct vector *out, struct iovec *few, const struct iovec *user, size_t count)
{
    if (count > IOV_LIMIT)
        return -EMSGSIZE;
    *out = (struct vector){.items = few, .count = count};
    if (count > FEW_PIECES) {
        out->items = heap_alloc(count * sizeof(*few));
        if (out->items == NULL)
            return -ENOMEM;
    }
    int result = copy_in(out->items, user, count * sizeof(*user));
    for (size_t i = 0; i < count && result == 0; i++) {
        struct iovec *item = &out->items[i];
        if ((int64_t)item->iov_len < 0)
            result = -EINVAL;
        else if (!user_range_ok((uintptr_t)item->iov_base, item->iov_len))
            result = -EFAULT;
        else if (item->iov_len > INT32_MAX - PAGE_SIZE - out->left)
            item->iov_len = INT32_MAX - PAGE_SIZE - out->left; /* no call moves more than that */
        out->left += item->iov_len;
    }
    if (result < 0 && out->items != few)
        heap_free(out->items);
    return result;
}

/* A message that is one piece of memory. Its name is not touched: it is large. */
static void message_of_piece(struct message *message, struct iovec *piece)
{
    message->data = (struct vector){.items = piece, .count = 1, .left = piece->iov_len};
    message->name_size = 0;
    message->control = NULL;
    message->control_size = message->control_done = 0;
    message->flags = 0;
}

/***** Sending *****/

static int read_address(struct message *message, const void *name, uint32_t size)
{
    message->name_size = name != NULL ? size : 0;
    return socket_read_name(&message->name, name, message->name_size);
}

static int read_control(struct message *message, const struct user_msghdr *header)
{
    message->control = NULL;
    message->control_size = header->control != NULL ? header->control_size : 0;
    message->control_done = 0;
    if (message->control_size == 0)
        return 0;
    if (message->control_size > CONTROL_LIMIT)
        return -ENOBUFS;
    message->control = heap_alloc(message->control_size);
    if (message->control == NULL)
        return -ENOBUFS;
    if (copy_in(message->control, header->control, message->control_size) == 0)
        return 0;
    heap_free(message->control);
    return -EFAULT;
}

static int message_flags(const struct file *file, int flags)
{
    return (file->flags & O_NONBLOCK) != 0 ? flags | MSG_DONTWAIT : flags;
}

static int64_t send_message(struct file *file, const struct user_msghdr *header, int flags)
{
    struct socket *socket = file->data;
    struct message message;
    struct iovec few[FEW_PIECES];
    if (header->name_size < 0)
        return -EINVAL;
    const uint32_t name_size = (uint32_t)header->name_size;
    int64_t result =
        read_address(&message, header->name, name_size < sizeof(message.name) ? name_size : sizeof(message.name));
    if (result < 0)
        return result;
    result = read_vector(&message.data, few, header->vector, header->vector_count);
    if (result < 0)
        return result;
    struct iovec *items = message.data.items;
    result = read_control(&message, header);
    if (result == 0) {
        result = socket->ops->send(socket, &message, message_flags(file, flags));
        heap_free(message.control);
    }
    if (items != few)
        heap_free(items);
    return result;
}

int64_t sys_sendto(int fd, const void *buffer, unsigned long count, int flags, void *address, unsigned length)
{
    struct file *file;
    struct socket *socket;
    struct message message;
    if (!user_range_ok((uintptr_t)buffer, count))
        return -EFAULT;
    int64_t result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    struct iovec piece = {(void *)(uintptr_t)buffer, count};
    message_of_piece(&message, &piece);
    result = read_address(&message, address, length);
    if (result == 0)
        result = socket->ops->send(socket, &message, message_flags(file, flags));
    file_put(file);
    return result;
}

int64_t sys_sendmsg(int fd, void *user, int flags)
{
    struct user_msghdr header;
    struct file *file;
    struct socket *socket;
    int64_t result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    result = copy_in(&header, user, sizeof(header));
    if (result == 0)
        result = send_message(file, &header, flags);
    file_put(file);
    return result;
}

int64_t sys_sendmmsg(int fd, void *messages, unsigned count, int flags)
{
    struct user_mmsghdr *user = messages;
    struct file *file;
    struct socket *socket;
    int64_t result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    unsigned done = 0;
    for (unsigned limit = count < IOV_LIMIT ? count : IOV_LIMIT; done < limit; done++) {
        struct user_msghdr header;
        result = copy_in(&header, &user[done].header, sizeof(header));
        if (result == 0)
            result = send_message(file, &header, flags);
        if (result < 0)
            break;
        const uint32_t size = (uint32_t)result;
        result = copy_out(&user[done].size, &size, sizeof(size));
        if (result < 0)
            break;
    }
    file_put(file);
    return done > 0 || result >= 0 ? (int64_t)done : result;
}

/***** Receiving *****/

static int64_t receive_message(struct file *file, struct user_msghdr *user, int flags)
{
    struct socket *socket = file->data;
    struct user_msghdr header;
    struct message message;
    struct iovec few[FEW_PIECES];
    if (copy_in(&header, user, sizeof(header)) < 0)
        return -EFAULT;
    if (header.name_size < 0)
        return -EINVAL;
    int64_t result = read_vector(&message.data, few, header.vector, header.vector_count);
    if (result < 0)
        return result;
    struct iovec *items = message.data.items;
    message.name_size = 0;
    message.control = header.control;
    message.control_size = header.control != NULL ? header.control_size : 0;
    message.control_done = 0;
    message.flags = (uint32_t)flags & MSG_CMSG_CLOEXEC;
    message.wants_name = header.name != NULL;
    result = socket->ops->receive(socket, &message, message_flags(file, flags));
    if (items != few)
        heap_free(items);
    if (result < 0)
        return result;
    message.flags |= (uint32_t)flags & MSG_CMSG_CLOEXEC; /* Linux tells it, too */

    if (header.name != NULL) {
        const uint32_t room = (uint32_t)header.name_size;
        const int full = (int)message.name_size;
        if (copy_out(header.name, &message.name, room < message.name_size ? room : message.name_size) < 0 ||
            copy_out(&user->name_size, &full, sizeof(full)) < 0)
            return -EFAULT;
    }
    if (copy_out(&user->control_size, &message.control_done, sizeof(message.control_done)) < 0 ||
        copy_out(&user->flags, &message.flags, sizeof(message.flags)) < 0)
        return -EFAULT;
    return result;
}

int64_t sys_recvfrom(int fd, void *buffer, unsigned long count, int flags, void *address, void *length)
{
    struct file *file;
    struct socket *socket;
    struct message message;
    if (!user_range_ok((uintptr_t)buffer, count))
        return -EFAULT;
    int64_t result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    struct iovec piece = {buffer, count};
    message_of_piece(&message, &piece);
    message.wants_name = address != NULL;
    result = socket->ops->receive(socket, &message, message_flags(file, flags));
    file_put(file);
    if (result < 0 || address == NULL)
        return result;
    const int error = socket_write_name(address, length, &message.name, message.name_size);
    return error < 0 ? error : result;
}

int64_t sys_recvmsg(int fd, void *message, int flags)
{
    struct file *file;
    struct socket *socket;
    int64_t result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    result = receive_message(file, message, flags);
    file_put(file);
    return result;
}

int64_t sys_recvmmsg(int fd, void *messages, unsigned count, int flags, void *timeout)
{
    struct user_mmsghdr *user = messages;
    struct file *file;
    struct socket *socket;
    int64_t timeout_ns = INT64_MAX;
    int64_t result = timeout != NULL ? timespec_read(timeout, &timeout_ns) : 0;
    if (result == 0)
        result = socket_get(fd, &file, &socket);
    if (result != 0)
        return result;
    const int64_t deadline_ns = timeout != NULL ? socket_deadline(timeout_ns) : INT64_MAX;
    unsigned done = 0;
    for (unsigned limit = count < IOV_LIMIT ? count : IOV_LIMIT; done < limit;) {
        result = receive_message(file, &user[done].header, flags & ~MSG_WAITFORONE);
        if (result < 0)
            break;
        const uint32_t size = (uint32_t)result;
        result = copy_out(&user[done].size, &size, sizeof(size));
        if (result < 0)
            break;
        done++;
        if ((flags & MSG_WAITFORONE) != 0)
            flags |= MSG_DONTWAIT;
        if (timeout != NULL && clock_monotonic_ns() >= deadline_ns)
            break;
    }
    file_put(file);
    return done > 0 || result >= 0 ? (int64_t)done : result;
}
