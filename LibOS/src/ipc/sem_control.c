/* SPDX-License-Identifier: MIT */
/* semctl. */
#include "copy.h"
#include "ipc/sem.h"
#include "ipc.h"
#include "syscalls.h"

static size_t limits(const struct sysv_table *table, int last, int command, union sysv_limits *out)
{
    struct seminfo *info = &out->sem;
    *info = (struct seminfo){
        .semmap = 1024000000,
        .semmni = 32000,
        .semmns = 1024000000,
        .semmnu = 1024000000,
        .semmsl = 32000,
        .semopm = 500,
        .semume = 500,
        .semusz = 20,
        .semvmx = SEMVMX,
        .semaem = SEMAEM,
    };
    if (command == SEM_INFO) {
        info->semusz = (int)table->used;
        info->semaem = 0;
        for (int i = 0; i <= last; i++)
            info->semaem += table->objects[i].used ? (int)table->objects[i].sem.count : 0;
    }
    return sizeof(*info);
}

static void fill(const struct sysv_object *object, union sysv_data *data)
{
    struct semid64_ds *out = &data->sem;
    out->sem_otime = object->sem.operation_time;
    out->sem_ctime = object->change_time;
    out->sem_nsems = object->sem.count;
}

static int change(struct sysv_table *table, struct sysv_object *object, int command, const union sysv_data *data)
{
    (void)data;
    if (command == IPC_RMID)
        sem_destroy(table, object);
    return 0;
}

/***** One semaphore *****/

static int64_t get_one(const struct sysv_object *object, int number, int command)
{
    const struct semaphore *semaphore = number >= 0 ? sem_at(&object->sem, (uint32_t)number) : NULL;
    if (semaphore == NULL)
        return -EINVAL;
    switch (command) {
    case GETVAL:
        return semaphore->value;
    case GETPID:
        return semaphore->pid;
    case GETNCNT:
        return semaphore->waiting_more;
    default:
        return semaphore->waiting_zero;
    }
}

static int64_t set_one(struct sysv_object *object, int number, int value)
{
    struct semaphore *semaphore = sem_at(&object->sem, (uint32_t)number);
    if (semaphore == NULL)
        return -EINVAL;
    sem_forget_undo(&object->sem, number);
    semaphore->value = value;
    sem_changed(semaphore);
    semaphore->pid = g_process.pid;
    object->change_time = sysv_now();
    return 0;
}

static int64_t control_one(struct sysv_table *table, int id, int number, int command, int value)
{
    struct sysv_object *object;
    struct bell bell = {.count = 0};
    if (command == SETVAL && (value < 0 || value > SEMVMX))
        return -ERANGE;
    shared_lock(&table->lock);
    int64_t result = sysv_find(table, id, command == SETVAL ? 2 : 4, &object);
    if (result == 0)
        result = command == SETVAL ? set_one(object, number, value) : get_one(object, number, command);
    if (result == 0 && command == SETVAL)
        bell_take(&object->bell, &bell);
    sysv_unlock(table);
    if (bell.count != 0)
        bell_ring(&bell);
    return result;
}

/***** All of a set: they are copied without the lock *****/

static int64_t get_all(struct sysv_table *table, int id, void *to)
{
    struct sysv_object *object;
    uint16_t *values = NULL;
    uint32_t count = 0;
    shared_lock(&table->lock);
    int result = sysv_find(table, id, 4, &object);
    if (result == 0) {
        count = object->sem.count;
        values = heap_alloc(count * sizeof(*values));
        result = values == NULL ? -ENOMEM : 0;
    }
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        const struct semaphore *semaphore = sem_at(&object->sem, i);
        values[i] = semaphore != NULL ? (uint16_t)semaphore->value : 0;
    }
    sysv_unlock(table);
    if (result == 0)
        result = copy_out(to, values, count * sizeof(*values));
    heap_free(values);
    return result;
}

static int64_t set_all(struct sysv_table *table, int id, const void *from)
{
    struct sysv_object *object;
    struct bell bell = {.count = 0};
    shared_lock(&table->lock);
    int result = sysv_find(table, id, 2, &object);
    const uint32_t count = result == 0 ? object->sem.count : 0;
    sysv_unlock(table);
    if (result < 0)
        return result;
    uint16_t *values = heap_alloc(count * sizeof(*values));
    if (values == NULL)
        return -ENOMEM;
    result = copy_in(values, from, count * sizeof(*values));
    for (uint32_t i = 0; result == 0 && i < count; i++)
        result = values[i] > SEMVMX ? -ERANGE : 0;
    shared_lock(&table->lock);
    if (result == 0)
        result = sysv_find(table, id, 2, &object) < 0 ? -EIDRM : 0;
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        struct semaphore *semaphore = sem_at(&object->sem, i);
        if (semaphore != NULL) {
            semaphore->value = values[i];
            sem_changed(semaphore);
            semaphore->pid = g_process.pid;
        }
    }
    if (result == 0) {
        sem_forget_undo(&object->sem, -1);
        object->change_time = sysv_now();
        bell_take(&object->bell, &bell);
    }
    sysv_unlock(table);
    bell_ring(&bell);
    heap_free(values);
    return result;
}

/***** The call *****/

int64_t sys_semctl(int id, int number, int command, unsigned long argument)
{
    static const struct sysv_control control = {.kind = SYSV_SEM,
                                                .info = SEM_INFO,
                                                .stat = SEM_STAT,
                                                .stat_any = SEM_STAT_ANY,
                                                .size = sizeof(struct semid64_ds),
                                                .limits = limits,
                                                .fill = fill,
                                                .change = change};
    command &= ~IPC_64;
    if (id < 0)
        return -EINVAL;
    if (ipc_need() < 0)
        return -ENOMEM;
    struct sysv_table *table = sysv_table(SYSV_SEM);
    switch (command) {
    case GETALL:
        return get_all(table, id, (void *)argument);
    case SETALL:
        return set_all(table, id, (const void *)argument);
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
    case SETVAL:
        return control_one(table, id, number, command, (int)argument);
    default:
        return sysv_control(&control, id, command, (void *)argument);
    }
}
