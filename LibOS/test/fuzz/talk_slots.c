/* SPDX-License-Identifier: MIT */
/* talk's descriptors: where they are kept, and what can be seen of one. */
#include "talk.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NO_FD 300

int g_slots[SLOTS] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
static unsigned char bytes[BYTES_MAX];

/* Sockets of the network whose connection has failed: who hears of that first is said by others than Linux in other words. */
static bool has_failed(int fd)
{
    int family = 0;
    struct pollfd item = {.fd = fd};
    return poll(&item, 1, 0) > 0 && item.revents & POLLERR &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &(socklen_t){sizeof(family)}) == 0 && family == AF_INET;
}

/* Slots that are empty are passed over, so that most calls get something. */
int pick_fd(void)
{
    if (one_in(50)) {
        say(" fd%d", NO_FD);
        return NO_FD;
    }
    const size_t from = pick(SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        const int fd = g_slots[(from + i) % SLOTS];
        if (fd >= 0 && !has_failed(fd)) {
            say(" fd%d", fd);
            return fd;
        }
    }
    say(" fd%d", NO_FD);
    return NO_FD;
}

void keep_fd(int fd)
{
    if (fd < 0)
        return;
    int *slot = &g_slots[pick(SLOTS)];
    say(" (fd%d", fd);
    if (*slot >= 0 && *slot != fd)
        say(" for fd%d: %d", *slot, close(*slot));
    *slot = fd;
    say(")");
}

void keep_pair(int *fds)
{
    keep_fd(fds[0]);
    keep_fd(fds[1]);
}

void forget_fd(int fd)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (g_slots[i] == fd)
            g_slots[i] = -1;
}

unsigned ready_bits(unsigned ready, unsigned wanted)
{
    return g_is_child && ready & POLLHUP ? ready | (wanted & (POLLIN | POLLRDNORM)) : ready;
}

bool is_shared_end(int fd)
{
    return g_is_child && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
}

void say_state(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP};
    int waiting = -1;
    poll(&item, 1, 0);
    ioctl(fd, FIONREAD, &waiting);
    say(" [fd%d %#x", fd, ready_bits(item.revents, POLLIN));
    if (waiting >= 0 && !is_shared_end(fd))
        say(" %d", waiting);
    say("]");
}

void say_all_states(void)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (g_slots[i] >= 0)
            say_state(g_slots[i]);
}

void say_bytes(const unsigned char *data, size_t size)
{
    say(" \"");
    for (size_t i = 0; i < size && i < 6; i++)
        say("%c", data[i] >= 'a' && data[i] <= 'z' ? data[i] : '.');
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    say("\" %04x", sum & 0xffff);
}

size_t pick_size(void)
{
    static const size_t sizes[] = {0, 1, 2, 3, 5, 8, 13, 100, 300, 4095, 4096, 4097};
    const size_t size = sizes[pick(COUNT(sizes) - (one_in(4) ? 0 : 3))];
    say(" %zu", size);
    return size;
}

unsigned char *next_bytes(size_t size)
{
    const unsigned from = (unsigned)pick(26);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)('a' + (from + i) % 26);
    return bytes;
}
