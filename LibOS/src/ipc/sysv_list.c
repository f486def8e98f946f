/* SPDX-License-Identifier: MIT */
/* What /proc/sysvipc lists: all objects of a kind, whoever may use them. */
#include "ipc.h"
#include "ipc/sysv.h"
#include "text.h"

/* The first columns of all kinds. */
static void add_name(struct text *out, const struct sysv_table *table, const struct sysv_object *object, uint32_t flags)
{
    text_add(out, "%10d %10d  %4o ", object->key, sysv_id(table, object), object->mode | flags);
}

static void add_owners(struct text *out, const struct sysv_object *object)
{
    text_add(out, " %5u %5u %5u %5u", object->uid, object->gid, object->cuid, object->cgid);
}

static void add_segment(struct text *out, const struct sysv_table *table, const struct sysv_object *object)
{
    const struct shm_segment *segment = &object->shm;
    add_name(out, table, object, shm_flags(object));
    text_add(out, "%21lu %5d %5d  %5lu", segment->size, segment->creator, segment->last_pid,
             ipc_users_count(&object->shm.users));
    add_owners(out, object);
    text_add(out, " %10ld %10ld %10ld %21lu %21u\n", segment->attach_time, segment->detach_time, object->change_time,
             segment->run.size, 0u);
}

static void add_set(struct text *out, const struct sysv_table *table, const struct sysv_object *object)
{
    add_name(out, table, object, 0);
    text_add(out, "%10u", object->sem.count);
    add_owners(out, object);
    text_add(out, " %10ld %10ld\n", object->sem.operation_time, object->change_time);
}

static void add_queue(struct text *out, const struct sysv_table *table, const struct sysv_object *object)
{
    const struct msg_queue *queue = &object->msg;
    add_name(out, table, object, 0);
    text_add(out, " %10lu %10lu %5d %5d", queue->bytes, queue->count, queue->sender, queue->receiver);
    add_owners(out, object);
    text_add(out, " %10ld %10ld %10ld\n", queue->send_time, queue->receive_time, object->change_time);
}

static void list(struct text *out, enum sysv_kind kind,
                 void (*add)(struct text *out, const struct sysv_table *table, const struct sysv_object *object))
{
    if (sysv_table(kind) == NULL)
        return;
    struct sysv_table *table = sysv_lock(kind);
    for (int i = 0, last = sysv_last_slot(table); i <= last; i++) {
        if (table->objects[i].used)
            add(out, table, &table->objects[i]);
    }
    sysv_unlock(table);
}

void ipc_list_segments(struct text *out)
{
    text_add(out, "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid"
                  "      atime      dtime      ctime                   rss                  swap\n");
    list(out, SYSV_SHM, add_segment);
}

void ipc_list_semaphores(struct text *out)
{
    text_add(out, "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
    list(out, SYSV_SEM, add_set);
}

void ipc_list_queues(struct text *out)
{
    text_add(out, "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
                  "      stime      rtime      ctime\n");
    list(out, SYSV_MSG, add_queue);
}
