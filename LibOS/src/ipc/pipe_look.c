/* SPDX-License-Identifier: MIT */
/* What tee(2) has looked at in a pipe that several processes have. A pipe of the host gives bytes only to who takes them, so
 * they are taken, and kept in the ring, which is free then, for whoever reads next in this process: a copy of it leaves them to
 * the original. */
#include "pipe.h"
#include "task.h"

uint64_t pipe_looked(const struct pipe *pipe)
{
    return pipe->stream != NULL && pipe->looker == own_pid() ? pipe_used(pipe) : 0;
}

/* With the lock held: have count bytes in the ring, at most a page, if there are so many. */
static int64_t fetch(struct pipe *pipe, size_t count)
{
    const size_t have = (size_t)pipe_used(pipe);
    uint8_t *room;
    size_t size;
    int64_t result = have < count ? pipe_free(pipe, count - have, &room, &size) : 0;
    if (have < count && result == 0)
        result = stream_read(pipe->stream, PAL_SOCKET_NOW, size, room);
    if (result > 0)
        pipe_filled(pipe, (size_t)result);
    return result;
}

int64_t pipe_look(struct pipe *pipe, void *bytes, size_t count)
{
    lock_acquire(&pipe->lock);
    if (pipe->looker != own_pid()) {
        pipe->tail = pipe->head;
        pipe->looker = own_pid();
    }
    int64_t result = fetch(pipe, count);
    const uint64_t have = pipe_used(pipe);
    if (have != 0) {
        const size_t size = have < count ? (size_t)have : count;
        result = pipe_get_bytes(pipe, bytes, size, 0);
        result = result == 0 ? (int64_t)size : result;
    }
    lock_release(&pipe->lock);
    return result;
}

int64_t pipe_take_looked(struct pipe *pipe, void *buffer, size_t count)
{
    if (pipe_looked(pipe) == 0)
        return 0;
    lock_acquire(&pipe->lock);
    const uint64_t have = pipe_looked(pipe);
    const size_t size = have < count ? (size_t)have : count;
    int64_t result = size != 0 ? pipe_get_bytes(pipe, buffer, size, 0) : 0;
    if (size != 0 && result == 0) {
        pipe_consume(pipe, size);
        result = (int64_t)size;
    }
    lock_release(&pipe->lock);
    return result;
}
