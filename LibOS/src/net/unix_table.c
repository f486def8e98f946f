/* SPDX-License-Identifier: MIT */
/* The table of AF_UNIX sockets whose names all processes know. Any process may die at any moment; what it leaves is found to be
 * dead when somebody wants to connect to it, or its name. Knows no socket of this process. */
#include "unix_shared.h"
#include "clock.h"
#include "entry.h"
#include "format.h"
#include "net.h"
#include "process.h"

struct unix_table *g_unix_table;

int net_begin(void)
{
    if (g_unix_table == NULL)
        g_unix_table = shared_place(sizeof(*g_unix_table));
    return g_unix_table != NULL ? 0 : -ENOMEM;
}

bool unix_is_bound(const struct unix_bound *bound)
{
    const uintptr_t offset = (uintptr_t)bound - (uintptr_t)g_unix_table->slots;
    return offset < sizeof(g_unix_table->slots) && offset % sizeof(*bound) == 0;
}

/***** Servers *****/

static void print_uri(char out[UNIX_URI_SIZE], const char *scheme, uint64_t number)
{
    format_string(out, UNIX_URI_SIZE, "%s:%lu", scheme, (unsigned long)number);
}

int unix_server_open(uint64_t *out_number, PAL_HANDLE *out)
{
    char uri[UNIX_URI_SIZE];
    if (DkRandomBitsRead(out_number, sizeof(*out_number)) != sizeof(*out_number))
        return pal_failure();
    print_uri(uri, "pipe.srv", *out_number);
    *out = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    return *out != NULL ? 0 : pal_failure();
}

int unix_server_call(uint64_t number, bool nonblock, PAL_HANDLE *out)
{
    char uri[UNIX_URI_SIZE];
    const PAL_FLG options = PAL_OPTION_HANDLES | (nonblock ? PAL_OPTION_NONBLOCK : 0);
    int result;
    print_uri(uri, "pipe", number);
    do {
        thread_rests(!nonblock);
        *out = nonblock ? DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, options)
                        : block_open(uri, PAL_ACCESS_RDWR, 0, 0, options);
        thread_rests(false);
        result = *out != NULL ? 0 : pal_failure();
    } while (result == -EINTR && nonblock);
    return result;
}

/* Whether anybody still has a server. It sees a client that says nothing. */
static bool is_alive(uint64_t number)
{
    PAL_HANDLE stream;
    const int result = unix_server_call(number, true, &stream);
    if (result == 0)
        DkObjectClose(stream);
    return result == 0 || result == -EAGAIN;
}

/***** The table *****/

static uint32_t used_slots(void)
{
    return g_unix_table->end < UNIX_SLOTS ? g_unix_table->end : UNIX_SLOTS;
}

/* With the table locked, as all that follow. NULL = there is none. */
static struct unix_bound *find(const struct unix_wanted *wanted, int type)
{
    for (uint32_t i = 0; i < used_slots(); i++) {
        struct unix_bound *bound = &g_unix_table->slots[i];
        if (bound->used == 0)
            continue;
        if (wanted->inode != 0) {
            if (bound->inode == wanted->inode && bound->device == wanted->device)
                return bound;
        } else if (bound->inode == 0 && bound->size == wanted->size && bound->type == type &&
                   wanted->size <= sizeof(bound->address) &&
                   memcmp(&bound->address, wanted->address, wanted->size) == 0) {
            return bound;
        }
    }
    return NULL;
}

static struct unix_bound *new_slot(void)
{
    struct unix_table *table = g_unix_table;
    for (uint32_t i = 0; i < used_slots(); i++) {
        if (table->slots[i].used == 0)
            return &table->slots[i];
    }
    if (table->end < UNIX_SLOTS)
        return &table->slots[table->end++];
    for (uint32_t i = 0; i < UNIX_SLOTS; i++) {
        if (!is_alive(table->slots[i].server))
            return &table->slots[i];
    }
    return NULL;
}

static int enter(struct unix_name *name, int type, uint64_t server)
{
    const struct unix_wanted wanted = {
        .device = name->device, .inode = name->inode, .address = &name->address, .size = name->size};
    struct unix_bound *old = find(&wanted, type);
    if (old != NULL && name->inode != 0)
        old->device = old->inode = old->size = 0; /* its file has been removed, and the new one looks the same */
    else if (old != NULL && is_alive(old->server))
        return -EADDRINUSE;
    else if (old != NULL)
        old->used = 0;
    struct unix_bound *bound = new_slot();
    if (bound == NULL)
        return -ENOMEM;
    *bound = (struct unix_bound){.type = type,
                                 .users = 1,
                                 .server = server,
                                 .device = name->device,
                                 .inode = name->inode,
                                 .size = name->size,
                                 .address = name->address,
                                 .box = {.owner = g_process.pid}};
    bound->used = 1;
    name->bound = bound;
    return 0;
}

int unix_enter(struct unix_name *name, int type)
{
    uint64_t number = 0;
    PAL_HANDLE server = NULL;
    int result = unix_server_open(&number, &server);
    if (result < 0)
        return result;
    shared_lock(&g_unix_table->lock);
    result = enter(name, type, number);
    shared_unlock(&g_unix_table->lock);
    if (result < 0) {
        DkObjectClose(server);
        return result;
    }
    name->server = server;
    name->number = number;
    return 0;
}

void unix_table_replaced(const struct unix_wanted *wanted, uint64_t new_inode)
{
    shared_lock(&g_unix_table->lock);
    struct unix_bound *bound = find(wanted, 0);
    if (bound != NULL)
        bound->inode = new_inode;
    shared_unlock(&g_unix_table->lock);
}

void unix_bound_get(struct unix_bound *bound)
{
    __atomic_add_fetch(&bound->users, 1, __ATOMIC_RELAXED);
}

void unix_bound_put(struct unix_bound *bound, uint64_t server)
{
    struct bell bell = {.count = 0};
    shared_lock(&g_unix_table->lock);
    if (unix_is_same(bound, server) && __atomic_sub_fetch(&bound->users, 1, __ATOMIC_RELAXED) == 0) {
        unix_box_drop(&bound->box);
        bell_take(&bound->clients, &bell);
        bound->used = 0;
    }
    shared_unlock(&g_unix_table->lock);
    if (bell.count != 0)
        bell_ring(&bell);
}

void unix_bound_gone(const struct unix_target *target)
{
    struct bell bell = {.count = 0};
    shared_lock(&g_unix_table->lock);
    if (unix_is_same(target->bound, target->server)) {
        unix_box_drop(&target->bound->box);
        bell_take(&target->bound->clients, &bell);
        target->bound->used = 0;
    }
    shared_unlock(&g_unix_table->lock);
    if (bell.count != 0)
        bell_ring(&bell);
}

/***** Waiting *****/

void unix_look_after(const struct unix_target *target)
{
    if (!process_lives(target->bound->box.owner) && !is_alive(target->server))
        unix_bound_gone(target);
}

int unix_wait_for_room(const struct unix_target *target, int64_t deadline_ns)
{
    const int64_t look_ns = clock_monotonic_ns() + UNIX_LOOK_AFTER_NS;
    const int result =
        bell_sleep(&g_unix_table->lock, &target->bound->clients, deadline_ns < look_ns ? deadline_ns : look_ns);
    if (result != -EAGAIN || deadline_ns <= look_ns)
        return result;
    shared_unlock(&g_unix_table->lock);
    unix_look_after(target);
    shared_lock(&g_unix_table->lock);
    return 0;
}

/***** Connecting *****/

int unix_find_server(const struct unix_wanted *wanted, int type, struct unix_target *out)
{
    int result = 0;
    shared_lock(&g_unix_table->lock);
    struct unix_bound *bound = find(wanted, type);
    if (bound != NULL && bound->type != type)
        result = -EPROTOTYPE;
    else if (bound == NULL || (type != SOCK_DGRAM && bound->listening == 0))
        result = -ECONNREFUSED;
    else
        *out = (struct unix_target){
            bound,
            bound->server,
            {bound->credentials, bound->size <= sizeof(bound->address) ? bound->size : 0, bound->address}};
    shared_unlock(&g_unix_table->lock);
    return result;
}

int unix_take_place(const struct unix_target *target, bool nonblock, int64_t deadline_ns)
{
    struct unix_bound *bound = target->bound;
    int result = 0;
    shared_lock(&g_unix_table->lock);
    while (result == 0 && unix_is_same(bound, target->server) && bound->pending > bound->backlog)
        result = nonblock ? -EAGAIN : unix_wait_for_room(target, deadline_ns);
    if (!unix_is_same(bound, target->server))
        result = -ECONNREFUSED;
    if (result == 0)
        bound->pending++;
    shared_unlock(&g_unix_table->lock);
    return result == -EINTR ? socket_interrupted(deadline_ns) : result;
}

void unix_leave_place(struct unix_bound *bound, uint64_t server)
{
    struct bell bell = {.count = 0};
    shared_lock(&g_unix_table->lock);
    if (unix_is_same(bound, server) && bound->pending > 0) {
        bound->pending--;
        bell_take(&bound->clients, &bell);
    }
    shared_unlock(&g_unix_table->lock);
    if (bell.count != 0)
        bell_ring(&bell);
}

void unix_set_listening(struct unix_bound *bound, uint32_t backlog)
{
    struct bell bell;
    shared_lock(&g_unix_table->lock);
    bound->backlog = backlog;
    bound->credentials = unix_credentials();
    bound->listening = 1;
    bell_take(&bound->clients, &bell);
    shared_unlock(&g_unix_table->lock);
    if (bell.count != 0)
        bell_ring(&bell);
}

bool unix_bound_listens(const struct unix_bound *bound)
{
    return __atomic_load_n(&bound->listening, __ATOMIC_ACQUIRE) != 0;
}

/***** Datagrams *****/

bool unix_owner_lives(const struct unix_target *target)
{
    struct process_facts facts;
    if (process_find(target->bound->box.owner, &facts) && facts.state != 'Z')
        return true;
    if (is_alive(target->server))
        return true;
    unix_bound_gone(target);
    return false;
}

void unix_set_peer(struct unix_bound *bound, const struct unix_target *target)
{
    shared_lock(&g_unix_table->lock);
    bound->box.peer = target->bound != NULL ? target->server : 0;
    shared_unlock(&g_unix_table->lock);
}
