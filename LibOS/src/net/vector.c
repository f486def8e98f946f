/* SPDX-License-Identifier: MIT */
/* Memory of the program in pieces, and control messages in it. Knows no socket. */
#include "copy.h"
#include "socket.h"

size_t vector_part(struct vector *vector, size_t size, char **out_at)
{
    while (vector->count > 0 && vector->offset == vector->items->iov_len) {
        vector->items++;
        vector->count--;
        vector->offset = 0;
    }
    if (vector->count == 0)
        return 0;
    const size_t left = vector->items->iov_len - vector->offset;
    *out_at = (char *)vector->items->iov_base + vector->offset;
    return size < left ? size : left;
}

void vector_advance(struct vector *vector, size_t size)
{
    vector->offset += size;
    vector->left -= size;
}

int vector_read(struct vector *vector, void *to, size_t size)
{
    char *at = NULL;
    for (size_t done = 0, part; done < size; done += part) {
        part = vector_part(vector, size - done, &at);
        if (part == 0 || user_read((char *)to + done, at, part) < 0)
            return -EFAULT;
        vector_advance(vector, part);
    }
    return 0;
}

int vector_write(struct vector *vector, const void *from, size_t size)
{
    char *at = NULL;
    for (size_t done = 0, part; done < size; done += part) {
        part = vector_part(vector, size - done, &at);
        if (part == 0 || user_write(at, (const char *)from + done, part) < 0)
            return -EFAULT;
        vector_advance(vector, part);
    }
    return 0;
}

static size_t aligned(size_t size)
{
    return (size + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1);
}

size_t message_control_room(const struct message *message)
{
    const size_t left = message->control_size - message->control_done;
    return left > sizeof(struct control_header) ? left - sizeof(struct control_header) : 0;
}

int message_put_control(struct message *message, int type, const void *data, size_t size)
{
    struct control_header header = {.level = SOL_SOCKET, .type = type};
    const size_t left = message->control_size - message->control_done;
    if (message->control == NULL || left < sizeof(header)) {
        message->flags |= MSG_CTRUNC;
        return 0;
    }
    if (left - sizeof(header) < size) {
        message->flags |= MSG_CTRUNC;
        size = left - sizeof(header);
    }
    header.size = sizeof(header) + size;
    char *at = (char *)message->control + message->control_done;
    if (copy_out(at, &header, sizeof(header)) < 0 || copy_out(at + sizeof(header), data, size) < 0)
        return -EFAULT;
    message->control_done += aligned(header.size) < left ? aligned(header.size) : left;
    return 0;
}
