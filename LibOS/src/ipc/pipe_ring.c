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
    list_for_each (node, &pipe->packets)
        drop_packet(list_entry(node, struct pipe_packet, node));
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
    const size_t used = pipe_used(pipe);
    if (used != 0) {
        const struct span span = find_span(pipe, pipe->tail, used);
        memcpy(ring, span.first, span.first_size);
        memcpy(ring + span.first_size, pipe->ring, span.rest_size);
        list_for_each (node, &pipe->packets) {
            struct pipe_packet *packet = list_entry(node, struct pipe_packet, node);
            packet->start -= pipe->tail;
            packet->end -= pipe->tail;
        }
    }
    heap_free(pipe->ring);
    pipe->ring = ring;
    pipe->size = size;
    pipe->tail = 0;
    pipe->head = used;
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
    pipe->head += count;
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
    pipe->tail += count;
    if (packet != NULL && pipe->tail > packet->start) {
        pipe->tail = packet->end;
        drop_packet(packet);
    }
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
