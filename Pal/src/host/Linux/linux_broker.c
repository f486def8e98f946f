/* SPDX-License-Identifier: MIT */
/* The broker of an instance with several processes: which server has which number. Knows no handle. */
#include "linux_broker.h"
#include "linux_barred.h"
#include "linux_error.h"
#include "linux_rights.h"
#include "linux_socket.h"
#include "pal_host.h"
#include "sys_linux.h"

/* Servers of an instance; addresses are reserved for so many, memory is taken only for those there are. */
#define SERVERS_MAX 65536

/* Files that are barred, of which nobody says when they no longer are: that is looked at so often. */
#define BARRED_MAX      1024
#define BARRED_REVIEW_S 1

enum { REQUEST_REGISTER = 0x50414c01, REQUEST_FIND = 0x50414c02, REQUEST_BROADCAST = 0x50414c03 };

/* Carries the socket for the answer, and with REQUEST_REGISTER the server's sending end. REQUEST_BROADCAST has none, and the
 * message behind it; its id is who does not get it. */
struct request {
    uint32_t operation;
    uint32_t kind; /* enum linux_name_kind */
    uint64_t id;
};

/* Carries the server's sending end if that was asked for and found. */
struct answer {
    int32_t result; /* 0 or -PAL_ERROR_x */
};

/***** In the processes *****/

/* The broker answers at once, and a request that was given up in the midst would leave a name half known. So events of
 * this thread wait: take them off its list, for take_up. */
static uint32_t put_off(void)
{
    return __atomic_exchange_n(&pal_self()->tcb.pending, 0, __ATOMIC_RELAXED);
}

static void take_up(uint32_t events)
{
    __atomic_fetch_or(&pal_self()->tcb.pending, events, __ATOMIC_RELAXED);
}

/* Send a request and wait for its answer.
 * descriptor  to send along, -1 = none
 * returns     0, or the descriptor that came back if one was asked for */
static int ask(uint32_t operation, enum linux_name_kind kind, uint64_t id, int descriptor)
{
    int pair[2];
    int error = (int)linux_error(sys_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
    if (error < 0)
        return error;
    struct request request = {.operation = operation, .kind = kind, .id = id};
    struct linux_message message = {
        .data = &request, .size = sizeof(request), .descriptors = {pair[1], descriptor}, .count = 1};
    if (descriptor >= 0)
        message.count = 2;
    uint32_t events = put_off();
    while ((error = linux_rights_send(g_linux.hub, &message, 0)) == -PAL_ERROR_INTERRUPTED)
        events |= put_off();
    sys_close(pair[1]);
    struct answer answer = {0};
    struct linux_message reply = {.data = &answer, .size = sizeof(answer)};
    while (error == 0 && (error = linux_rights_receive(pair[0], &reply, 0)) == -PAL_ERROR_INTERRUPTED) {
        events |= put_off();
        error = 0;
    }
    take_up(events);
    sys_close(pair[0]);
    if (error < 0)
        return error;
    const unsigned expected = operation == REQUEST_FIND && answer.result == 0 ? 1 : 0;
    if (reply.size == sizeof(answer) && reply.count == expected && answer.result <= 0)
        return expected ? reply.descriptors[0] : answer.result;
    linux_rights_close(&reply);
    return -PAL_ERROR_INCONSIST;
}

int linux_broker_register(enum linux_name_kind kind, uint64_t id, int deliver_fd)
{
    return ask(REQUEST_REGISTER, kind, id, deliver_fd);
}

int linux_broker_find(enum linux_name_kind kind, uint64_t id)
{
    return ask(REQUEST_FIND, kind, id, -1);
}

int linux_broker_broadcast(uint64_t but, const void *head, size_t head_size, const void *data, size_t size, int flags)
{
    struct request request = {.operation = REQUEST_BROADCAST, .kind = LINUX_NAME_LISTENER, .id = but};
    struct iovec parts[] = {
        {&request, sizeof(request)}, {(void *)(uintptr_t)head, head_size}, {(void *)(uintptr_t)data, size}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    const int64_t result = linux_error(sys_sendmsg(g_linux.hub, &message, flags | MSG_NOSIGNAL));
    return result < 0 ? (int)result : 0;
}

/***** In the broker *****/

struct name {
    uint64_t id;
    uint32_t kind;
};

/* The hub is fds[0]; server i is fds[i + 1] with the name names[i]. */
struct broker {
    struct request request;          /* the one that is served ... */
    char data[LINUX_BROADCAST_SIZE]; /* ... and what is behind it */
    size_t count;                    /* of servers and files */
    size_t barred;                   /* files among them */
    struct name names[SERVERS_MAX];
    struct pollfd fds[SERVERS_MAX + 1];
};

static void forget(struct broker *broker, size_t i)
{
    sys_close(broker->fds[i + 1].fd);
    if (broker->names[i].kind == LINUX_NAME_BARRED)
        broker->barred--;
    broker->count--;
    broker->names[i] = broker->names[broker->count];
    broker->fds[i + 1] = broker->fds[broker->count + 1];
}

/* The server of a name, or count. One whose receiving end has gone is forgotten on the way. */
static size_t find(struct broker *broker, const struct name *name)
{
    for (size_t i = 0; i < broker->count; i++) {
        if (broker->names[i].id != name->id || broker->names[i].kind != name->kind)
            continue;
        if (sys_poll_now(&broker->fds[i + 1], 1) == 0)
            return i;
        forget(broker, i);
        break;
    }
    return broker->count;
}

static void review_barred(struct broker *broker)
{
    for (size_t i = broker->count; i-- > 0;) {
        if (broker->names[i].kind == LINUX_NAME_BARRED && !linux_is_barred(broker->fds[i + 1].fd))
            forget(broker, i);
    }
}

/* Nobody is held up by a descriptor of another kind. */
static bool is_of_kind(uint32_t kind, int fd)
{
    return kind == LINUX_NAME_BARRED ? linux_is_barred(fd) : linux_rights_is_socket(fd, AF_UNIX, SOCK_SEQPACKET);
}

static int add(struct broker *broker, const struct name *name, int deliver_fd)
{
    const bool barred = name->kind == LINUX_NAME_BARRED;
    if (!is_of_kind(name->kind, deliver_fd))
        return -PAL_ERROR_INVAL;
    if (barred)
        review_barred(broker);
    if (find(broker, name) < broker->count)
        return -PAL_ERROR_ADDRINUSE;
    if (broker->count == SERVERS_MAX || (barred && broker->barred == BARRED_MAX))
        return -PAL_ERROR_TOOMANY;
    broker->barred += barred;
    broker->names[broker->count++] = *name;
    /* Only its end is of interest, which the kernel reports without being asked. */
    broker->fds[broker->count] = (struct pollfd){.fd = deliver_fd};
    return 0;
}

/* Nobody who does not read the answer, or sends a socket that is none, can hold the broker up. */
static void answer_with(int fd, int result, int descriptor)
{
    struct answer answer = {result};
    const struct linux_message message = {
        .data = &answer, .size = sizeof(answer), .descriptors = {descriptor}, .count = descriptor < 0 ? 0 : 1};
    const int error = linux_rights_send(fd, &message, MSG_DONTWAIT);
    (void)error; /* the asker has gone */
}

/* Nobody who does not read can hold it up. */
static void broadcast(struct broker *broker, size_t size)
{
    struct iovec data = {broker->data, size};
    const struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    for (size_t i = 0; i < broker->count; i++) {
        if (broker->names[i].kind == LINUX_NAME_LISTENER && broker->names[i].id != broker->request.id)
            (void)sys_sendmsg(broker->fds[i + 1].fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

static void handle_request(struct broker *broker, struct linux_message *message)
{
    const struct request *request = &broker->request;
    const bool complete = message->size == sizeof(*request) && request->kind < LINUX_NAME_LIMIT;
    const struct name name = {request->id, request->kind};
    if (complete && request->operation == REQUEST_FIND && message->count == 1) {
        const size_t i = find(broker, &name);
        if (i < broker->count)
            answer_with(message->descriptors[0], 0, broker->fds[i + 1].fd);
        else
            answer_with(message->descriptors[0], -PAL_ERROR_STREAMNOTEXIST, -1);
    } else if (complete && request->operation == REQUEST_REGISTER && message->count == 2) {
        const int error = add(broker, &name, message->descriptors[1]);
        if (error == 0)
            message->count = 1; /* the other descriptor is kept */
        answer_with(message->descriptors[0], error, -1);
    } else if (message->size > sizeof(*request) && request->operation == REQUEST_BROADCAST && message->count == 0) {
        broadcast(broker, message->size - sizeof(*request));
    }
    linux_rights_close(message);
}

static void forget_dead(struct broker *broker)
{
    for (size_t i = broker->count; i-- > 0;) {
        if (broker->fds[i + 1].revents)
            forget(broker, i);
    }
}

/* Take one request; returns false at the end of all. */
static bool serve_one(struct broker *broker)
{
    struct linux_message message = {.data = &broker->request, .size = sizeof(broker->request) + sizeof(broker->data)};
    const short seen = broker->fds[0].revents;
    if (!(seen & (POLLIN | POLLHUP | POLLERR)))
        return true;
    const int error = linux_rights_receive(broker->fds[0].fd, &message, MSG_DONTWAIT);
    if (error == 0)
        handle_request(broker, &message);
    /* An empty message, which some process may send, looks like the end but for what the poll said. */
    return error != -PAL_ERROR_CONNFAILED || !(seen & POLLHUP);
}

void linux_broker_serve(int hub_fd)
{
    void *memory;
    if (_DkInternalAlloc(&memory, sizeof(struct broker)) < 0)
        return;
    struct broker *broker = memory;
    /* What this process's parent was asked to do by events is not for the broker. */
    pal_self()->tcb.pending = 0;
    broker->fds[0] = (struct pollfd){.fd = hub_fd, .events = POLLIN};
    do {
        struct __kernel_timespec pause = {.tv_sec = BARRED_REVIEW_S};
        const int ready = sys_ppoll(broker->fds, broker->count + 1, broker->barred > 0 ? &pause : NULL, NULL);
        if (ready < 0)
            continue;
        if (ready == 0)
            review_barred(broker);
        forget_dead(broker);
    } while (serve_one(broker));
}
