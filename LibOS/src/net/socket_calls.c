/* SPDX-License-Identifier: MIT */
/* Making sockets, names and connections: socket, socketpair, bind, connect, listen, accept, shutdown, names. */
#include "copy.h"
#include "socket.h"
#include "syscalls.h"

/***** Making *****/

/* The type without its flags. */
static int check_type(int type)
{
    if ((type & ~SOCK_TYPE_MASK & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0)
        return -EINVAL;
    return type & SOCK_TYPE_MASK;
}

static int check_family(int family, int type)
{
    if (family < 0 || family >= AF_LIMIT)
        return -EAFNOSUPPORT;
    return type >= SOCK_TYPES ? -EINVAL : 0;
}

static int new_socket(int family, int type, int protocol, struct socket **out)
{
    if (family == AF_INET || family == AF_INET6)
        return inet_socket_new(family, type, protocol, out);
    if (family == AF_NETLINK)
        return netlink_socket_new(type, protocol, out);
    if (family != AF_UNIX)
        return -EAFNOSUPPORT;
    if (protocol != 0 && protocol != AF_UNIX)
        return -EPROTONOSUPPORT;
    return unix_socket_new(type, out);
}

/* A descriptor for a socket, which goes if there is none. */
static int install(struct socket *socket, int flags)
{
    struct file *file = socket_file(socket, (uint32_t)flags & SOCK_NONBLOCK);
    if (file == NULL) {
        socket->ops->close(socket);
        return -ENOMEM;
    }
    return fd_install(file, 0, (flags & SOCK_CLOEXEC) != 0);
}

int64_t sys_socket(int family, int type, int protocol)
{
    const int plain = check_type(type);
    int result = plain < 0 ? plain : check_family(family, plain);
    struct socket *socket;
    if (result == 0)
        result = new_socket(family, plain, protocol, &socket);
    return result < 0 ? result : install(socket, type);
}

/* Of other families there are no pairs, but first there have to be such sockets. */
static int refuse_pair(int family, int type, int protocol)
{
    struct socket *socket;
    const int result = new_socket(family, type, protocol, &socket);
    if (result < 0)
        return result;
    socket->ops->close(socket);
    return -EOPNOTSUPP;
}

int64_t sys_socketpair(int family, int type, int protocol, void *user_fds)
{
    const int plain = check_type(type);
    int result = plain < 0 ? plain : check_family(family, plain);
    if (result < 0)
        return result;
    if (family != AF_UNIX)
        return refuse_pair(family, plain, protocol);
    if (protocol != 0 && protocol != AF_UNIX)
        return -EPROTONOSUPPORT;

    struct socket *pair[2];
    int fds[2];
    result = unix_socket_pair(plain, pair);
    if (result < 0)
        return result;
    fds[0] = install(pair[0], type);
    if (fds[0] < 0) {
        pair[1]->ops->close(pair[1]);
        return fds[0];
    }
    fds[1] = install(pair[1], type);
    if (fds[1] >= 0 && copy_out(user_fds, fds, sizeof(fds)) == 0)
        return 0;
    (void)fd_close(fds[0]);
    if (fds[1] < 0)
        return fds[1];
    (void)fd_close(fds[1]);
    return -EFAULT;
}

/***** Names *****/

int socket_read_name(struct __kernel_sockaddr_storage *out, const void *from, uint32_t size)
{
    if (size > sizeof(*out))
        return -EINVAL;
    memset(out, 0, sizeof(*out));
    return size == 0 ? 0 : copy_in(out, from, size);
}

int socket_write_name(void *to, void *user_size, const struct __kernel_sockaddr_storage *name, uint32_t size)
{
    int room, full = (int)size;
    if (copy_in(&room, user_size, sizeof(room)) < 0)
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    if (copy_out(to, name, (uint32_t)room < size ? (uint32_t)room : size) < 0)
        return -EFAULT;
    return copy_out(user_size, &full, sizeof(full));
}

int64_t sys_bind(int fd, void *address, unsigned length)
{
    struct __kernel_sockaddr_storage name;
    struct file *file;
    struct socket *socket;
    int result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    result = socket_read_name(&name, address, length);
    if (result == 0)
        result = socket->ops->bind(socket, &name, length);
    file_put(file);
    return result;
}

int64_t sys_connect(int fd, void *address, unsigned length)
{
    struct __kernel_sockaddr_storage name;
    struct file *file;
    struct socket *socket;
    int result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    result = socket_read_name(&name, address, length);
    if (result == 0)
        result = socket->ops->connect(socket, &name, length, (file->flags & O_NONBLOCK) != 0);
    file_put(file);
    return result;
}

static int64_t get_name(int fd, bool of_peer, void *address, void *length)
{
    struct __kernel_sockaddr_storage name;
    struct file *file;
    struct socket *socket;
    int result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    memset(&name, 0, sizeof(name));
    result = socket->ops->name(socket, of_peer, &name);
    file_put(file);
    return result < 0 ? result : socket_write_name(address, length, &name, (uint32_t)result);
}

int64_t sys_getsockname(int fd, void *address, void *length)
{
    return get_name(fd, false, address, length);
}

int64_t sys_getpeername(int fd, void *address, void *length)
{
    return get_name(fd, true, address, length);
}

/***** Connections *****/

int64_t sys_listen(int fd, int backlog)
{
    struct file *file;
    struct socket *socket;
    int result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    result = socket->ops->listen != NULL ? socket->ops->listen(socket, backlog) : -EOPNOTSUPP;
    file_put(file);
    return result;
}

static int accept_one(struct socket *socket, bool nonblock, void *address, void *length, int flags)
{
    struct socket *client;
    int result = socket->ops->accept != NULL ? socket->ops->accept(socket, nonblock, &client) : -EOPNOTSUPP;
    if (result < 0)
        return result;
    if (address != NULL) {
        struct __kernel_sockaddr_storage name;
        memset(&name, 0, sizeof(name));
        result = client->ops->name(client, true, &name);
        result = result < 0 ? -ECONNABORTED : socket_write_name(address, length, &name, (uint32_t)result);
        if (result < 0) {
            client->ops->close(client);
            return result;
        }
    }
    return install(client, flags);
}

int64_t sys_accept4(int fd, void *address, void *length, int flags)
{
    struct file *file;
    struct socket *socket;
    int result = socket_get(fd, &file, &socket);
    if (result != -EBADF && (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0) {
        if (result == 0)
            file_put(file);
        return -EINVAL;
    }
    if (result < 0)
        return result;
    result = accept_one(socket, (file->flags & O_NONBLOCK) != 0, address, length, flags);
    file_put(file);
    return result;
}

int64_t sys_accept(int fd, void *address, void *length)
{
    return sys_accept4(fd, address, length, 0);
}

int64_t sys_shutdown(int fd, int how)
{
    struct file *file;
    struct socket *socket;
    int result = socket_get(fd, &file, &socket);
    if (result < 0)
        return result;
    result = how < SHUT_RD || how > SHUT_RDWR ? -EINVAL : socket->ops->shutdown(socket, how);
    file_put(file);
    return result;
}
