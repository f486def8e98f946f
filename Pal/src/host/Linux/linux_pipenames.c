/* SPDX-License-Identifier: MIT */
/* Which number stands for which pipe server or memory channel. Knows no handle. */
#include "linux_pipenames.h"
#include <linux/fcntl.h>
#include "linux_error.h"
#include "linux_rights.h"
#include "pal_host.h"
#include "pal_string.h"
#include "sys_linux.h"

/* Sent with a client, for a message has to have something in it. */
#define CLIENT_MARK 'c'

struct pipe_server {
    struct pipe_server *next;
    uint64_t id;
    enum linux_name_kind kind;
    int deliver_fd;
    int users;      /* the handle, and threads that are about to deliver a client */
    bool announced; /* the broker knows it, or is just being told */
    bool live;      /* may be found: no other process has the number */
};

static struct {
    struct pal_lock lock;
    struct pipe_server *first;
} g_servers;
PAL_LOCK_AT_COPY(g_copied, &g_servers.lock);

/* Under the lock. */
static struct pipe_server *find(enum linux_name_kind kind, uint64_t id)
{
    struct pipe_server *server = g_servers.first;
    while (server && (server->id != id || server->kind != kind))
        server = server->next;
    return server;
}

static void put(struct pipe_server *server)
{
    if (__atomic_sub_fetch(&server->users, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    sys_close(server->deliver_fd);
    pal_free(server);
}

/* Put a server into the list unless its number is taken; reports whether the instance has a broker. */
static int enter(struct pipe_server *server, bool exclusive, bool *out_hub)
{
    int error = 0;
    pal_lock(&g_servers.lock);
    if (exclusive && find(server->kind, server->id)) {
        error = -PAL_ERROR_ADDRINUSE;
    } else {
        /* The hub is looked at here and set before linux_pipes_register_all takes the lock: one of the two sees the
         * other. */
        *out_hub = __atomic_load_n(&g_linux.hub, __ATOMIC_ACQUIRE) > 0;
        server->live = !exclusive || !*out_hub;
        server->announced = !exclusive;
        server->next = g_servers.first;
        g_servers.first = server;
    }
    pal_unlock(&g_servers.lock);
    return error;
}

/* Tell the broker, unless another thread does. */
static int announce(struct pipe_server *server)
{
    if (__atomic_exchange_n(&server->announced, true, __ATOMIC_ACQ_REL))
        return 0;
    return linux_broker_register(server->kind, server->id, server->deliver_fd);
}

void linux_pipename_remove(struct pipe_server *server)
{
    pal_lock(&g_servers.lock);
    struct pipe_server **link = &g_servers.first;
    while (*link && *link != server)
        link = &(*link)->next;
    if (*link)
        *link = server->next;
    pal_unlock(&g_servers.lock);
    put(server);
}

static int make(enum linux_name_kind kind, uint64_t id, int deliver_fd, bool exclusive, struct pipe_server **out)
{
    struct pipe_server *server = pal_malloc(sizeof(*server));
    if (!server) {
        sys_close(deliver_fd);
        return -PAL_ERROR_NOMEM;
    }
    *server = (struct pipe_server){.kind = kind, .id = id, .deliver_fd = deliver_fd, .users = 1};
    bool hub = false;
    int error = enter(server, exclusive, &hub);
    if (error < 0) {
        put(server);
        return error;
    }
    if (exclusive && hub) {
        error = announce(server);
        if (error < 0) {
            linux_pipename_remove(server);
            return error;
        }
        __atomic_store_n(&server->live, true, __ATOMIC_RELEASE);
    }
    *out = server;
    return 0;
}

int linux_pipename_add(enum linux_name_kind kind, uint64_t id, int deliver_fd, struct pipe_server **out)
{
    return make(kind, id, deliver_fd, true, out);
}

int linux_pipename_adopt(enum linux_name_kind kind, uint64_t id, int deliver_fd, struct pipe_server **out)
{
    return make(kind, id, deliver_fd, false, out);
}

int linux_pipename_fd(const struct pipe_server *server)
{
    return server->deliver_fd;
}

static int send_client(int deliver_fd, const int *ends, unsigned count, int flags)
{
    char mark = CLIENT_MARK;
    struct linux_message message = {.data = &mark, .size = 1, .count = count};
    memcpy(message.descriptors, ends, count * sizeof(*ends));
    const int error = linux_rights_send(deliver_fd, &message, flags);
    return error == -PAL_ERROR_CONNFAILED ? -PAL_ERROR_STREAMNOTEXIST : error;
}

/* A server of this process, with a reference; NULL = none. */
static struct pipe_server *get(enum linux_name_kind kind, uint64_t id)
{
    pal_lock(&g_servers.lock);
    struct pipe_server *server = find(kind, id);
    if (server && __atomic_load_n(&server->live, __ATOMIC_ACQUIRE))
        __atomic_fetch_add(&server->users, 1, __ATOMIC_RELAXED);
    else
        server = NULL;
    pal_unlock(&g_servers.lock);
    return server;
}

int linux_pipename_find(enum linux_name_kind kind, uint64_t id)
{
    struct pipe_server *server = get(kind, id);
    if (server) {
        const int fd = (int)linux_error(sys_dup(server->deliver_fd));
        put(server);
        return fd;
    }
    if (__atomic_load_n(&g_linux.hub, __ATOMIC_ACQUIRE) <= 0)
        return -PAL_ERROR_STREAMNOTEXIST;
    return linux_broker_find(kind, id);
}

int linux_pipename_deliver(uint64_t id, const int *ends, unsigned count, int flags)
{
    struct pipe_server *server = get(LINUX_NAME_PIPE, id);
    if (server) {
        const int error = send_client(server->deliver_fd, ends, count, flags);
        put(server);
        return error;
    }
    if (__atomic_load_n(&g_linux.hub, __ATOMIC_ACQUIRE) <= 0)
        return -PAL_ERROR_STREAMNOTEXIST;
    const int deliver_fd = linux_broker_find(LINUX_NAME_PIPE, id);
    if (deliver_fd < 0)
        return deliver_fd;
    const int error = send_client(deliver_fd, ends, count, flags);
    sys_close(deliver_fd);
    return error;
}

/* A server of which the broker does not know yet, with a reference; NULL = none. */
static struct pipe_server *next_unannounced(void)
{
    pal_lock(&g_servers.lock);
    struct pipe_server *server = g_servers.first;
    while (server && __atomic_load_n(&server->announced, __ATOMIC_RELAXED))
        server = server->next;
    if (server)
        __atomic_fetch_add(&server->users, 1, __ATOMIC_RELAXED);
    pal_unlock(&g_servers.lock);
    return server;
}

int linux_pipes_register_all(void)
{
    int error = 0;
    struct pipe_server *server;
    while ((server = next_unannounced())) {
        const int result = announce(server);
        if (error == 0)
            error = result;
        put(server);
    }
    return error;
}

void linux_pipes_keep_all(void)
{
    pal_lock(&g_servers.lock);
    for (struct pipe_server *server = g_servers.first; server; server = server->next)
        __atomic_store_n(&server->announced, false, __ATOMIC_RELAXED);
    pal_unlock(&g_servers.lock);
}
