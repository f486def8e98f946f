/* SPDX-License-Identifier: MIT */
/* What comes along with data: open files (SCM_RIGHTS) and who sends (SCM_CREDENTIALS). */
#include "copy.h"
#include "unix_socket.h"

void unix_free_rights(struct unix_rights *rights)
{
    if (rights == NULL)
        return;
    for (uint32_t i = 0; i < rights->count; i++)
        file_put(rights->files[i]);
    heap_free(rights);
}

struct unix_rights *unix_copy_rights(const struct unix_rights *rights)
{
    const size_t size = sizeof(*rights) + rights->count * sizeof(rights->files[0]);
    struct unix_rights *copy = heap_alloc(size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, rights, size);
    for (uint32_t i = 0; i < copy->count; i++)
        file_get(copy->files[i]);
    return copy;
}

/***** Sending *****/

/* Rights of several control messages are one list. */
static int add_rights(struct unix_packet *packet, const int *fds, size_t count)
{
    const uint32_t before = packet->rights != NULL ? packet->rights->count : 0;
    if (count > SCM_RIGHTS_MAX - before)
        return -EINVAL;
    if (count == 0)
        return 0;
    struct unix_rights *rights = heap_alloc(sizeof(*rights) + (before + count) * sizeof(rights->files[0]));
    if (rights == NULL)
        return -ENOMEM;
    rights->count = before;
    if (before != 0)
        memcpy(rights->files, packet->rights->files, before * sizeof(rights->files[0]));
    heap_free(packet->rights);
    packet->rights = rights;
    for (size_t i = 0; i < count; i++) {
        struct file *file = fd_get_path(fds[i]);
        if (file == NULL)
            return -EBADF;
        rights->files[rights->count++] = file;
    }
    return 0;
}

static int check_credentials(struct unix_packet *packet, const struct credentials *given)
{
    const bool mine = given->pid == g_process.pid &&
                      (given->uid == g_process.uid || given->uid == g_process.euid || given->uid == g_process.suid) &&
                      (given->gid == g_process.gid || given->gid == g_process.egid || given->gid == g_process.sgid);
    if (!mine && !identity_has(CAP_SYS_ADMIN))
        return -EPERM;
    packet->credentials = *given;
    return 0;
}

static int read_one(struct unix_packet *packet, const struct control_header *header)
{
    const size_t size = header->size - sizeof(*header);
    const void *data = header + 1;
    if (header->level != SOL_SOCKET)
        return 0;
    if (header->type == SCM_RIGHTS)
        return add_rights(packet, data, size / sizeof(int));
    if (header->type == SCM_CREDENTIALS && size == sizeof(struct credentials))
        return check_credentials(packet, data);
    return -EINVAL;
}

int unix_read_control(const struct message *message, struct unix_packet *packet)
{
    const char *at = message->control;
    size_t left = message->control_size;
    while (left >= sizeof(struct control_header)) {
        const struct control_header *header = (const void *)at; /* of the heap, and sizes are rounded up: aligned */
        if (header->size < sizeof(*header) || header->size > left)
            return -EINVAL;
        const int result = read_one(packet, header);
        if (result < 0)
            return result;
        const size_t step = (header->size + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1);
        if (step >= left)
            break;
        at += step;
        left -= step;
    }
    return 0;
}

/***** Receiving *****/

/* As many files as there is room for become descriptors; the others are closed. */
static int write_rights(struct message *message, struct unix_rights *rights, bool close_on_exec)
{
    int fds[SCM_RIGHTS_MAX];
    uint32_t count = 0;
    const size_t room = message->control != NULL ? message_control_room(message) / sizeof(fds[0]) : 0;
    for (; count < rights->count && count < room; count++) {
        struct file *file = rights->files[count];
        file_get(file);
        fds[count] = fd_install(file, 0, close_on_exec);
        if (fds[count] < 0)
            break;
    }
    if (count < rights->count)
        message->flags |= MSG_CTRUNC;
    return count > 0 ? message_put_control(message, SOL_SOCKET, SCM_RIGHTS, fds, count * sizeof(fds[0])) : 0;
}

int unix_write_control(struct unix_socket *socket, struct message *message, struct unix_rights *rights,
                       const struct credentials *credentials, int flags)
{
    int result = socket->base.type != SOCK_STREAM ? message_put_time(message, socket->base.flags) : 0;
    if ((socket->base.flags & SOCKET_FLAG(SO_PASSCRED)) != 0 && result == 0)
        result = message_put_control(message, SOL_SOCKET, SCM_CREDENTIALS, credentials, sizeof(*credentials));
    if (rights != NULL && result == 0)
        result = write_rights(message, rights, (flags & MSG_CMSG_CLOEXEC) != 0);
    unix_free_rights(rights);
    return result;
}
