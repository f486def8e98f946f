/* SPDX-License-Identifier: MIT */
/* Memory of the program in pieces, and control messages in it. Knows no socket. */
#include <linux/time.h>
#include "clock.h"
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

int message_put_control(struct message *message, int level, int type, const void *data, size_t size)
{
    struct control_header header = {.level = level, .type = type};
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

int message_put_time(struct message *message, uint64_t socket_flags)
{
    if (!(socket_flags & SOCKET_TIMES))
        return 0;
    const int64_t now_ns = clock_realtime_ns();
    const int64_t seconds = now_ns / NS_PER_SECOND, rest_ns = now_ns % NS_PER_SECOND;
    const struct __kernel_timespec exact = {.tv_sec = seconds, .tv_nsec = rest_ns};
    const struct __kernel_old_timeval rounded = {.tv_sec = seconds, .tv_usec = rest_ns / 1000};
    return socket_flags & SOCKET_FLAG(SO_TIMESTAMPNS_OLD)
               ? message_put_control(message, SOL_SOCKET, SO_TIMESTAMPNS_OLD, &exact, sizeof(exact))
               : message_put_control(message, SOL_SOCKET, SO_TIMESTAMP_OLD, &rounded, sizeof(rounded));
}
