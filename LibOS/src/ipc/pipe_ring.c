/* SPDX-License-Identifier: MIT */
/* The bytes of a pipe. Knows no file. */
#include "pipe.h"

#define FIRST_SIZE 4096u

struct pipe *pipe_new(void)
{
    struct pipe *pipe = heap_zalloc(sizeof(*pipe));
    if (pipe == NULL)
        return NULL;
    pipe->references = 1;
    pipe->capacity = PIPE_CAPACITY;
    list_init(&pipe->packets);
    wait_queue_init(&pipe->read_queue);
    wait_queue_init(&pipe->write_queue);
    pipe->right = right_new(0600);
    return pipe;
}

static void drop_packet(struct pipe_packet *packet)
{
    list_remove(&packet->node);
    heap_free(packet);
}

void pipe_put(struct pipe *pipe)
{
    if (__atomic_sub_fetch(&pipe->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    list_for_each(node, &pipe->packets)
        drop_packet(list_entry(node, struct pipe_packet, node));
    if (pipe->stream != NULL)
        DkObjectClose(pipe->stream);
    heap_free(pipe->ring);
    heap_free(pipe);
}

/* Where bytes lie in the ring: up to its end, and from its start. */
struct span {
    uint8_t *first;
    size_t first_size, rest_size;
};

static struct span find_span(const struct pipe *pipe, uint64_t at, size_t count)
{
    const size_t offset = at & (pipe->size - 1);
    const size_t to_end = pipe->size - offset;
    const size_t first = count < to_end ? count : to_end;
    return (struct span){pipe->ring + offset, first, count - first};
}

/* Copy all that is in the pipe to where it lies in a larger ring. */
static void copy_ring(const struct pipe *pipe, uint8_t *ring, uint32_t size)
{
    uint64_t at = pipe->tail;
    while (at != pipe->head) {
        const size_t offset = at & (size - 1);
        const struct span span = find_span(pipe, at, pipe->head - at);
        const size_t part = span.first_size < size - offset ? span.first_size : size - offset;
        memcpy(ring + offset, span.first, part);
        at += part;
    }
}

/* The ring gets as large as it has to be, so that most pipes take little memory. */
static int make_room(struct pipe *pipe, uint64_t bytes)
{
    if (bytes <= pipe->size)
        return 0;
    uint32_t size = pipe->size != 0 ? pipe->size : FIRST_SIZE;
    while (size < bytes)
        size *= 2;
    uint8_t *ring = heap_alloc(size);
    if (ring == NULL)
        return -ENOMEM;
    copy_ring(pipe, ring, size);
    heap_free(pipe->ring);
    pipe->ring = ring;
    pipe->size = size;
    return 0;
}

int pipe_put_bytes(struct pipe *pipe, const void *buffer, size_t count)
{
    if (make_room(pipe, pipe_used(pipe) + count) < 0)
        return -ENOMEM;
    const struct span span = find_span(pipe, pipe->head, count);
    if (user_read(span.first, buffer, span.first_size) < 0 ||
        (span.rest_size != 0 && user_read(pipe->ring, (const char *)buffer + span.first_size, span.rest_size) < 0))
        return -EFAULT;
    __atomic_store_n(&pipe->head, pipe->head + count, __ATOMIC_RELEASE);
    return 0;
}

int pipe_get_bytes(struct pipe *pipe, void *buffer, size_t count, uint64_t offset)
{
    const struct span span = find_span(pipe, pipe->tail + offset, count);
    if (user_write(buffer, span.first, span.first_size) < 0 ||
        (span.rest_size != 0 && user_write((char *)buffer + span.first_size, pipe->ring, span.rest_size) < 0))
        return -EFAULT;
    return 0;
}

uint8_t *pipe_front(const struct pipe *pipe, size_t count, size_t *out_size)
{
    const struct span span = find_span(pipe, pipe->tail, count);
    *out_size = span.first_size;
    return span.first;
}

int pipe_free(struct pipe *pipe, size_t count, uint8_t **out, size_t *out_size)
{
    if (make_room(pipe, pipe_used(pipe) + count) < 0)
        return -ENOMEM;
    const struct span span = find_span(pipe, pipe->head, count);
    *out = span.first;
    *out_size = span.first_size;
    return 0;
}

void pipe_filled(struct pipe *pipe, size_t count)
{
    __atomic_store_n(&pipe->head, pipe->head + count, __ATOMIC_RELEASE);
}

uint64_t pipe_readable(const struct pipe *pipe)
{
    const struct list_node *node = list_first(&pipe->packets);
    if (node == NULL)
        return pipe_used(pipe);
    const struct pipe_packet *packet = list_entry(pipe->packets.head.next, struct pipe_packet, node);
    return (packet->start == pipe->tail ? packet->end : packet->start) - pipe->tail;
}

void pipe_consume(struct pipe *pipe, size_t count)
{
    struct list_node *node = list_first(&pipe->packets);
    struct pipe_packet *packet = node != NULL ? list_entry(node, struct pipe_packet, node) : NULL;
    uint64_t tail = pipe->tail + count;
    const bool ends = packet != NULL && tail > packet->start;
    if (ends)
        tail = packet->end;
    __atomic_store_n(&pipe->tail, tail, __ATOMIC_RELEASE);
    if (ends)
        drop_packet(packet);
}

void pipe_mark_packet(struct pipe *pipe, uint64_t start)
{
    struct pipe_packet *packet = heap_alloc(sizeof(*packet));
    if (packet == NULL)
        return;
    packet->start = start;
    packet->end = pipe->head;
    list_add_back(&pipe->packets, &packet->node);
}
