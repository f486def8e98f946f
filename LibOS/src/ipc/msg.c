/* SPDX-License-Identifier: MIT */
/* Message queues of System V. */
#include "copy.h"
#include "ipc.h"
#include "ipc/sysv.h"
#include "syscalls.h"

#define MESSAGE_MAX 8192  /* kernel.msgmax */
#define QUEUE_MAX   16384 /* kernel.msgmnb */
#define QUEUES_MAX  32000 /* kernel.msgmni */

static size_t room_of(uint64_t size)
{
    return sizeof(struct msg) + size;
}

/* What a link leads to; NULL = the end, or nonsense. */
static struct msg *msg_at(struct msg *const *link)
{
    struct msg *msg = __atomic_load_n(link, __ATOMIC_RELAXED);
    if (!shared_has(msg, sizeof(*msg)) || msg->size > MESSAGE_MAX || !shared_has(msg, room_of(msg->size)))
        return NULL;
    return msg;
}

static int check_queue(const struct sysv_object *object, const struct sysv_making *making)
{
    (void)object;
    (void)making;
    return 0;
}

static int make_queue(struct sysv_object *object, const struct sysv_making *making)
{
    (void)making;
    object->msg.bytes_max = QUEUE_MAX;
    return 0;
}

int64_t sys_msgget(int key, int flags)
{
    const struct sysv_making making = {key, flags, 0, check_queue, make_queue};
    return sysv_get(SYSV_MSG, &making);
}

/***** Sending *****/

static bool has_room(const struct msg_queue *queue, uint64_t size)
{
    return size + queue->bytes <= queue->bytes_max && 1 + queue->count <= queue->bytes_max;
}

static void add(struct msg_queue *queue, struct msg *msg)
{
    struct msg *last = msg_at(&queue->last);
    if (queue->first == NULL || last == NULL)
        queue->first = msg;
    else
        last->next = msg;
    queue->last = msg;
    queue->bytes += msg->size;
    queue->count++;
    queue->send_time = sysv_now();
    queue->sender = g_process.pid;
}

/* With the table locked: wait for room, and put it in. */
static int send(struct sysv_table *table, int id, struct msg *msg, int flags, struct bell *out_bell)
{
    struct sysv_object *object;
    for (bool first = true;; first = false) {
        int result = sysv_find(table, id, 2, &object);
        if (result < 0)
            return first ? result : -EIDRM;
        if (has_room(&object->msg, msg->size)) {
            add(&object->msg, msg);
            bell_take(&object->bell, out_bell);
            return 0;
        }
        if ((flags & IPC_NOWAIT) != 0)
            return -EAGAIN;
        result = bell_sleep(&table->lock, &object->bell, INT64_MAX);
        if (result < 0)
            return -ERESTARTNOHAND;
    }
}

int64_t sys_msgsnd(int id, void *user, unsigned long size, int flags)
{
    struct bell bell = {.count = 0};
    int64_t type;
    if (copy_in(&type, user, sizeof(type)) < 0)
        return -EFAULT;
    if (size > MESSAGE_MAX || id < 0 || type < 1)
        return -EINVAL;
    if (ipc_need() < 0)
        return -ENOMEM;
    struct msg *msg = shared_alloc(room_of(size));
    if (msg == NULL)
        return -ENOMEM;
    msg->type = type;
    msg->size = size;
    int result = copy_in(msg->data, (const char *)user + sizeof(type), size);
    if (result == 0) {
        struct sysv_table *table = sysv_lock(SYSV_MSG);
        result = send(table, id, msg, flags, &bell);
        sysv_unlock(table);
        if (result == 0)
            bell_ring(&bell);
    }
    if (result < 0)
        shared_free(msg, room_of(size));
    return result;
}

/***** Receiving *****/

/* Which message is wanted. */
struct choice {
    int64_t type;
    int flags;
    uint64_t size;
};

static bool fits(const struct msg *msg, const struct choice *choice)
{
    if (choice->type > 0)
        return (msg->type == choice->type) == ((choice->flags & MSG_EXCEPT) == 0);
    return choice->type == 0 || msg->type <= (choice->type == INT64_MIN ? INT64_MAX : -choice->type);
}

/* The message that is to be received, and the link to it; for a negative type the first one of the lowest. */
static struct msg *choose(struct msg_queue *queue, const struct choice *choice, struct msg ***out_link)
{
    struct msg *found = NULL, *msg, **link = &queue->first;
    for (uint64_t i = 0; i <= queue->count && (msg = msg_at(link)) != NULL; i++, link = &msg->next) {
        if (!fits(msg, choice))
            continue;
        if (found == NULL || msg->type < found->type) {
            found = msg;
            *out_link = link;
        }
        if (choice->type >= 0)
            break;
    }
    return found;
}

static void take(struct msg_queue *queue, struct msg *msg, struct msg **link)
{
    *link = msg->next;
    if (queue->last == msg) {
        struct msg *last = NULL, *next, **at = &queue->first;
        for (uint64_t i = 0; i < queue->count && (next = msg_at(at)) != NULL; i++, at = &next->next)
            last = next;
        queue->last = last;
    }
    queue->bytes -= msg->size < queue->bytes ? msg->size : queue->bytes;
    queue->count -= queue->count > 0;
    queue->receive_time = sysv_now();
    queue->receiver = g_process.pid;
}

/* MSG_COPY: another message like the one at a place in the queue, which stays there. */
static int copy_at(struct msg_queue *queue, const struct choice *choice, struct msg **out)
{
    struct msg *msg, **link = &queue->first;
    for (int64_t i = 0; (msg = msg_at(link)) != NULL && i != choice->type && (uint64_t)i < queue->count; i++)
        link = &msg->next;
    if (msg == NULL || choice->type < 0 || (uint64_t)choice->type >= queue->count)
        return -ENOMSG;
    const uint64_t size = msg->size; /* others may have changed it */
    if (size > MESSAGE_MAX || !shared_has(msg, room_of(size)))
        return -ENOMSG;
    if (size > choice->size)
        return (choice->flags & MSG_NOERROR) != 0 ? -EINVAL : -E2BIG;
    struct msg *copy = shared_alloc(room_of(size));
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, msg, room_of(size));
    copy->size = size;
    *out = copy;
    return 0;
}

static int receive(struct sysv_table *table, int id, const struct choice *choice, struct msg **out,
                   struct bell *out_bell)
{
    struct sysv_object *object;
    for (bool first = true;; first = false) {
        int result = sysv_find(table, id, 4, &object);
        if (result < 0)
            return first ? result : -EIDRM;
        if ((choice->flags & MSG_COPY) != 0)
            return copy_at(&object->msg, choice, out);
        struct msg **link = NULL, *msg = choose(&object->msg, choice, &link);
        if (msg != NULL) {
            if (msg->size > choice->size && (choice->flags & MSG_NOERROR) == 0)
                return -E2BIG;
            take(&object->msg, msg, link);
            bell_take(&object->bell, out_bell);
            *out = msg;
            return 0;
        }
        if ((choice->flags & IPC_NOWAIT) != 0)
            return -ENOMSG;
        result = bell_sleep(&table->lock, &object->bell, INT64_MAX);
        if (result < 0)
            return -ERESTARTNOHAND;
    }
}

int64_t sys_msgrcv(int id, void *user, unsigned long size, long type, int flags)
{
    const struct choice choice = {type, flags, size};
    struct bell bell = {.count = 0};
    struct msg *msg = NULL;
    if (id < 0 || (int64_t)size < 0)
        return -EINVAL;
    if ((flags & MSG_COPY) != 0 && ((flags & MSG_EXCEPT) != 0 || (flags & IPC_NOWAIT) == 0))
        return -EINVAL;
    struct sysv_table *table = sysv_lock(SYSV_MSG);
    if (table == NULL)
        return -ENOMEM;
    int64_t result = receive(table, id, &choice, &msg, &bell);
    sysv_unlock(table);
    if (result < 0 || msg == NULL)
        return result;
    bell_ring(&bell);
    const uint64_t whole = msg->size, told = whole < size ? whole : size;
    result = (int64_t)told;
    if (copy_out(user, &msg->type, sizeof(msg->type)) < 0 ||
        copy_out((char *)user + sizeof(msg->type), msg->data, told) < 0)
        result = -EFAULT;
    shared_free(msg, room_of(whole));
    return result;
}

/***** msgctl *****/

static void fill(const struct sysv_object *object, union sysv_data *data)
{
    const struct msg_queue *queue = &object->msg;
    struct msqid64_ds *out = &data->msg;
    out->msg_stime = queue->send_time;
    out->msg_rtime = queue->receive_time;
    out->msg_ctime = object->change_time;
    out->msg_cbytes = queue->bytes;
    out->msg_qnum = queue->count;
    out->msg_qbytes = queue->bytes_max;
    out->msg_lspid = queue->sender;
    out->msg_lrpid = queue->receiver;
}

static int change(struct sysv_table *table, struct sysv_object *object, int command, const union sysv_data *data)
{
    struct msg_queue *queue = &object->msg;
    if (command == IPC_SET) {
        if (data->msg.msg_qbytes > QUEUE_MAX && !identity_has(CAP_SYS_RESOURCE))
            return -EPERM;
        queue->bytes_max = data->msg.msg_qbytes;
        return 0;
    }
    for (struct msg *msg; (msg = msg_at(&queue->first)) != NULL;) {
        queue->first = msg->next;
        shared_free(msg, room_of(msg->size));
    }
    sysv_free(table, object);
    return 0;
}

static size_t limits(const struct sysv_table *table, int last, int command, union sysv_limits *out)
{
    struct msginfo *info = &out->msg;
    *info = (struct msginfo){.msgmax = MESSAGE_MAX,
                             .msgmnb = QUEUE_MAX,
                             .msgmni = QUEUES_MAX,
                             .msgssz = 16,
                             .msgpool = QUEUES_MAX * QUEUE_MAX / 1024,
                             .msgmap = QUEUE_MAX,
                             .msgtql = QUEUE_MAX,
                             .msgseg = 0xffff};
    if (command == MSG_INFO) {
        info->msgpool = (int)table->used;
        info->msgmap = info->msgtql = 0;
        for (int i = 0; i <= last; i++) {
            info->msgmap += table->objects[i].used ? (int)table->objects[i].msg.count : 0;
            info->msgtql += table->objects[i].used ? (int)table->objects[i].msg.bytes : 0;
        }
    }
    return sizeof(*info);
}

int64_t sys_msgctl(int id, int command, void *user)
{
    static const struct sysv_control control = {.kind = SYSV_MSG,
                                                .info = MSG_INFO,
                                                .stat = MSG_STAT,
                                                .stat_any = MSG_STAT_ANY,
                                                .size = sizeof(struct msqid64_ds),
                                                .limits = limits,
                                                .fill = fill,
                                                .change = change};
    return sysv_control(&control, id, command & ~IPC_64, user);
}
