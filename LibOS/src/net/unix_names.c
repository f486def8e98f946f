/* SPDX-License-Identifier: MIT */
/* Names of AF_UNIX sockets: files, which say only that there is one, and abstract ones. They are known in this process, or, from
 * the first fork on, to all (unix_table.c). */
#include "net.h"
#include "notify.h"
#include "unix_shared.h"

#define NAME_OFFSET offsetof(struct sockaddr_un, sun_path)
#define AUTO_NAMES  0x100000u /* five hexadecimal digits */

static struct {
    struct lock lock;
    struct list list; /* of struct unix_name */
    uint32_t last_auto;
} g_unix_names;

/* With the lock held. */
static struct list *names(void)
{
    if (g_unix_names.list.head.next == NULL)
        list_init(&g_unix_names.list);
    return &g_unix_names.list;
}

static int parse(const struct __kernel_sockaddr_storage *name, uint32_t size, struct unix_wanted *out)
{
    const struct sockaddr_un *address = (const void *)name;
    if (size <= NAME_OFFSET || size > sizeof(*address) || address->sun_family != AF_UNIX)
        return -EINVAL;
    const size_t len = size - NAME_OFFSET;
    out->device = out->inode = 0;
    out->address = address;
    out->size = size;
    out->path[0] = '\0';
    if (address->sun_path[0] != '\0') {
        const size_t path_len = strnlen(address->sun_path, len);
        memcpy(out->path, address->sun_path, path_len);
        out->path[path_len] = '\0';
        out->size = (uint32_t)(NAME_OFFSET + path_len + 1);
    }
    return 0;
}

/* Abstract names are each type's own. */
static struct unix_name *find(const struct unix_wanted *wanted, int type)
{
    list_for_each(node, names()) {
        struct unix_name *name = list_entry(node, struct unix_name, node);
        if (name->hidden)
            continue;
        if (wanted->inode != 0) {
            if (name->inode == wanted->inode && name->device == wanted->device)
                return name;
        } else if (name->inode == 0 && name->size == wanted->size && name->socket->base.type == type &&
                   memcmp(&name->address, wanted->address, wanted->size) == 0) {
            return name;
        }
    }
    return NULL;
}

/***** Files *****/

static int find_file(struct unix_wanted *wanted)
{
    struct place *place;
    struct file_attr attr;
    int result = place_find(AT_FDCWD, wanted->path, WALK_FOLLOW | WALK_KERNEL, &place);
    if (result < 0)
        return result;
    result = place->mount->ops->attributes(place, &attr);
    place_free(place);
    if (result < 0)
        return result;
    wanted->device = attr.device;
    wanted->inode = attr.inode;
    return 0;
}

/* Where no file can be made a socket an empty one stands for it. */
static int make_file(const struct socket *socket, struct unix_wanted *wanted)
{
    struct place *place;
    int result = place_find(AT_FDCWD, wanted->path, WALK_CREATE | WALK_KERNEL, &place);
    if (result < 0)
        return result == -EEXIST ? -EADDRINUSE : result;
    const uint32_t wished = socket->right.mode & 0777;
    const uint32_t mode = S_IFSOCK | (wished & ~__atomic_load_n(&g_umask, __ATOMIC_RELAXED));
    result = place->mount->read_only ? -EROFS : -EPERM;
    if (!place->mount->read_only && place->mount->ops->make_node != NULL)
        result = place->mount->ops->make_node(place, mode, 0);
    if (result == 0)
        notify_name(IN_CREATE, place->path);
    if (result == -EPERM || result == -EOPNOTSUPP) {
        struct file *file;
        result = file_open(wanted->path, O_WRONLY | O_CREAT | O_EXCL, wished, &file);
        if (result == 0)
            file_put(file);
    }
    place_free(place);
    if (result == -EEXIST)
        return -EADDRINUSE;
    return result < 0 ? result : find_file(wanted);
}

void net_file_replaced(uint64_t device, uint64_t inode, uint64_t new_inode)
{
    const struct unix_wanted wanted = {.device = device, .inode = inode};
    lock_acquire(&g_unix_names.lock);
    struct unix_name *name = find(&wanted, 0);
    if (name != NULL)
        name->inode = new_inode;
    lock_release(&g_unix_names.lock);
    if (g_unix_table != NULL)
        unix_table_replaced(&wanted, new_inode);
}

/***** Giving and finding *****/

/* With both locks held. */
static int enter(struct unix_name *name, const struct unix_wanted *wanted, int type)
{
    list_node_init(&name->node);
    if (g_unix_table != NULL)
        return unix_enter(name, type);
    struct unix_name *old = find(wanted, type);
    if (old != NULL && wanted->inode == 0)
        return -EADDRINUSE;
    if (old != NULL)
        old->hidden = true; /* its file has been removed, and the new one looks the same */
    list_add_back(names(), &name->node);
    return 0;
}

static int give_name(struct unix_socket *socket, const struct unix_wanted *wanted)
{
    struct unix_name *name = heap_zalloc(sizeof(*name));
    if (name == NULL)
        return -ENOMEM;
    name->socket = socket;
    name->device = wanted->device;
    name->inode = wanted->inode;
    name->size = wanted->size;
    memcpy(&name->address, wanted->address,
           wanted->size < sizeof(name->address) ? wanted->size : sizeof(name->address));

    int result = 0;
    lock_acquire(&g_unix_names.lock);
    lock_acquire(&socket->base.lock);
    if (socket->name != NULL)
        result = -EINVAL;
    else
        result = enter(name, wanted, socket->base.type);
    if (result == 0) {
        socket->name = name;
        socket->base.in_table = name->bound != NULL;
    }
    lock_release(&socket->base.lock);
    lock_release(&g_unix_names.lock);
    if (result < 0)
        heap_free(name);
    return result;
}

int unix_publish_name(struct unix_socket *socket)
{
    int result = 0;
    lock_acquire(&g_unix_names.lock);
    struct unix_name *name = socket->name;
    if (name != NULL && name->bound == NULL) {
        result = unix_enter(name, socket->base.type);
        if (result == 0) {
            list_remove(&name->node);
            socket->base.in_table = true;
        }
    }
    lock_release(&g_unix_names.lock);
    return result;
}

int unix_share_name(struct unix_socket *listener, struct unix_socket *client)
{
    struct unix_name *name = heap_alloc(sizeof(*name));
    if (name == NULL)
        return -ENOMEM;
    lock_acquire(&listener->base.lock);
    if (listener->name != NULL) {
        *name = *listener->name;
        name->socket = client;
        name->bound = NULL;
        name->server = NULL;
        list_node_init(&name->node);
        client->name = name;
    }
    lock_release(&listener->base.lock);
    if (client->name == NULL)
        heap_free(name);
    return 0;
}

int unix_autobind(struct unix_socket *socket)
{
    static const char digits[] = "0123456789abcdef";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct unix_wanted wanted = {.address = &address, .size = NAME_OFFSET + 6};
    for (uint32_t tries = 0; tries < AUTO_NAMES; tries++) {
        const uint32_t number = __atomic_add_fetch(&g_unix_names.last_auto, 1, __ATOMIC_RELAXED) % AUTO_NAMES;
        for (uint32_t i = 0; i < 5; i++)
            address.sun_path[1 + i] = digits[number >> (16 - 4 * i) & 15];
        const int result = give_name(socket, &wanted);
        if (result != -EADDRINUSE)
            return result == -EINVAL ? 0 : result;
    }
    return -ENOSPC;
}

int unix_introduce(struct unix_socket *socket, int found)
{
    const bool wanted = (socket->base.flags & SOCKET_FLAG(SO_PASSCRED)) != 0;
    const bool turns = found != -EINVAL && found != -ENOTCONN;
    if (!wanted || !turns || __atomic_load_n(&socket->name, __ATOMIC_RELAXED) != NULL)
        return found;
    const int error = unix_autobind(socket);
    return error < 0 ? error : found;
}

int unix_bind(struct socket *base, const struct __kernel_sockaddr_storage *name, uint32_t size)
{
    struct unix_socket *socket = unix_of(base);
    struct unix_wanted wanted;
    if (size == NAME_OFFSET && name->ss_family == AF_UNIX)
        return unix_autobind(socket);
    int result = parse(name, size, &wanted);
    if (result == 0 && __atomic_load_n(&socket->name, __ATOMIC_RELAXED) != NULL)
        result = wanted.path[0] != '\0' && find_file(&wanted) == 0 ? -EADDRINUSE : -EINVAL;
    if (result == 0 && wanted.path[0] != '\0')
        result = make_file(&socket->base, &wanted);
    /* What comes from a peer goes on doing so, and not to the box that belongs to the name. */
    if (result == 0 && base->type == SOCK_DGRAM && g_unix_table != NULL)
        result = unix_share(base);
    if (result == 0)
        result = give_name(socket, &wanted);
    if (result == 0 && socket->link != NULL)
        unix_link_describe(&socket->link->ends[socket->end], socket);
    return result;
}

int unix_read_name(const struct __kernel_sockaddr_storage *name, uint32_t size, struct unix_wanted *out)
{
    const int result = parse(name, size, out);
    return result == 0 && out->path[0] != '\0' ? find_file(out) : result;
}

int unix_find(const struct unix_wanted *wanted, int type, struct unix_socket **out)
{
    int result = 0;
    lock_acquire(&g_unix_names.lock);
    const struct unix_name *found = find(wanted, type);
    if (found == NULL) {
        result = -ECONNREFUSED;
    } else if (found->socket->base.type != type) {
        result = -EPROTOTYPE;
    } else {
        *out = found->socket;
        unix_get(*out);
    }
    lock_release(&g_unix_names.lock);
    return result;
}

void unix_forget_name(struct unix_socket *socket)
{
    if (__atomic_load_n(&socket->name, __ATOMIC_RELAXED) == NULL)
        return;
    lock_acquire(&g_unix_names.lock);
    lock_acquire(&socket->base.lock);
    struct unix_name *name = socket->name;
    socket->name = NULL;
    lock_release(&socket->base.lock);
    if (name != NULL)
        list_remove(&name->node);
    lock_release(&g_unix_names.lock);
    if (name != NULL && name->bound != NULL) {
        unix_bound_put(name->bound, name->number);
        DkObjectClose(name->server);
    }
    heap_free(name);
}

int unix_name(struct socket *base, bool of_peer, struct __kernel_sockaddr_storage *out)
{
    struct unix_socket *socket = unix_of(base);
    if (of_peer && socket->link != NULL) {
        const int size = (int)unix_end_name(unix_far_end(socket), (struct sockaddr_un *)out);
        out->ss_family = AF_UNIX;
        return size > 0 ? size : (int)sizeof(out->ss_family);
    }
    if (of_peer && socket->target.bound != NULL) {
        const int size = (int)unix_end_name(&socket->target.end, (struct sockaddr_un *)out);
        return size > 0 ? size : -ENOTCONN;
    }
    if (of_peer) {
        socket = unix_peer(socket);
        if (socket == NULL)
            return -ENOTCONN;
    } else {
        unix_get(socket);
    }
    int size = sizeof(out->ss_family);
    out->ss_family = AF_UNIX;
    lock_acquire(&socket->base.lock);
    if (socket->name != NULL) {
        size = (int)socket->name->size;
        memcpy(out, &socket->name->address,
               (size_t)size < sizeof(struct sockaddr_un) ? (size_t)size : sizeof(struct sockaddr_un));
    }
    lock_release(&socket->base.lock);
    unix_put(socket);
    return size;
}
