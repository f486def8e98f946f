/* SPDX-License-Identifier: MIT */
/* The sockets of this process, for who lists them (/proc/net). Knows no text. */
#include "net.h"
#include "socket.h"

struct listing {
    void (*visit)(const struct socket_facts *facts, void *arg);
    void *arg;
    const struct file *last; /* dup and dup2 give neighbours as a rule */
};

static void visit_file(int fd, struct file *file, bool close_on_exec, void *arg)
{
    struct listing *listing = arg;
    struct socket *socket = socket_of_file(file);
    (void)fd, (void)close_on_exec;
    if (socket == NULL || file == listing->last || socket->ops->name == NULL ||
        (socket->family != AF_UNIX && socket->family != AF_INET && socket->family != AF_INET6))
        return;
    listing->last = file;
    struct socket_facts facts = {
        .family = socket->family, .type = socket->type, .listens = socket->listening, .inode = file->inode};
    const int size = socket->ops->name(socket, false, &facts.own);
    facts.own_size = size > (int)sizeof(facts.own.ss_family) ? (uint32_t)size : 0;
    facts.connected = !facts.listens && socket->ops->name(socket, true, &facts.peer) >= 0;
    listing->visit(&facts, listing->arg);
}

void net_for_each_socket(void (*visit)(const struct socket_facts *facts, void *arg), void *arg)
{
    struct listing listing = {.visit = visit, .arg = arg};
    fd_for_each(visit_file, &listing);
}
