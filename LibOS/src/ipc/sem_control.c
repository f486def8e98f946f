/* SPDX-License-Identifier: MIT */
/* semctl. */
#include "copy.h"
#include "ipc/sem.h"
#include "ipc.h"
#include "syscalls.h"

static const struct seminfo limits = {
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

static int64_t tell_limits(struct sysv_table *table, int command, void *to)
{
    struct seminfo info = limits;
    shared_lock(&table->lock);
    const int last = sysv_last_slot(table);
    if (command == SEM_INFO) {
        info.semusz = (int)table->used;
        info.semaem = 0;
        for (int i = 0; i <= last; i++)
            info.semaem += table->objects[i].used ? (int)table->objects[i].sem.count : 0;
    }
    sysv_unlock(table);
    return copy_out(to, &info, sizeof(info)) < 0 ? -EFAULT : last;
}

static void fill(const struct sysv_object *object, struct semid64_ds *out)
{
    memset(out, 0, sizeof(*out));
    sysv_fill(object, &out->sem_perm);
    out->sem_otime = object->sem.operation_time;
    out->sem_ctime = object->change_time;
    out->sem_nsems = object->sem.count;
}

/***** One semaphore *****/

static int64_t get_one(const struct semaphore *semaphore, int command)
{
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
    if (value < 0 || value > SEMVMX)
        return -ERANGE;
    sem_forget_undo(&object->sem, number);
    semaphore->value = value;
    semaphore->pid = g_process.pid;
    object->change_time = sysv_now();
    return 0;
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

/* Permissions that a command needs; -1: only of who owns the set; -2: unknown. */
static int wanted_by(int command)
{
    switch (command) {
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
    case IPC_STAT:
    case SEM_STAT:
        return 4;
    case SEM_STAT_ANY:
        return 0;
    case SETVAL:
        return 2;
    case IPC_SET:
    case IPC_RMID:
        return -1;
    default:
        return -2;
    }
}

/* With the table locked. */
static int64_t control(struct sysv_table *table, struct sysv_object *object, int number, int command, int value,
                       struct semid64_ds *data)
{
    switch (command) {
    case SETVAL:
        return set_one(object, number, value);
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY:
        fill(object, data);
        return command == IPC_STAT ? 0 : sysv_id(table, object);
    case IPC_SET:
        sysv_change(object, &data->sem_perm);
        return 0;
    case IPC_RMID:
        sem_destroy(table, object);
        return 0;
    default: {
        const struct semaphore *semaphore = number >= 0 ? sem_at(&object->sem, (uint32_t)number) : NULL;
        return semaphore != NULL ? get_one(semaphore, command) : -EINVAL;
    }
    }
}

int64_t sys_semctl(int id, int number, int command, unsigned long argument)
{
    struct semid64_ds data = {.sem_otime = 0};
    struct sysv_object *object;
    struct bell bell = {.count = 0};
    command &= ~IPC_64;
    if (id < 0)
        return -EINVAL;
    if (ipc_need() < 0)
        return -ENOMEM;
    struct sysv_table *table = sysv_table(SYSV_SEM);
    if (command == IPC_INFO || command == SEM_INFO)
        return tell_limits(table, command, (void *)argument);
    if (command == GETALL)
        return get_all(table, id, (void *)argument);
    if (command == SETALL)
        return set_all(table, id, (const void *)argument);
    const int wanted = wanted_by(command);
    if (wanted == -2)
        return -EINVAL;
    if (command == IPC_SET && copy_in(&data, (const void *)argument, sizeof(data)) < 0)
        return -EFAULT;

    const bool by_slot = command == SEM_STAT || command == SEM_STAT_ANY;
    const uint32_t permissions = wanted > 0 ? (uint32_t)wanted : 0;
    shared_lock(&table->lock);
    int64_t result =
        by_slot ? sysv_find_slot(table, id, permissions, &object) : sysv_find(table, id, permissions, &object);
    if (result == 0 && wanted == -1)
        result = sysv_check_owner(object);
    if (result == 0)
        result = control(table, object, number, command, (int)argument, &data);
    if (result == 0 && (command == SETVAL || command == IPC_RMID))
        bell_take(&object->bell, &bell);
    sysv_unlock(table);
    if (bell.count != 0)
        bell_ring(&bell);
    if (result >= 0 && (command == IPC_STAT || by_slot) && copy_out((void *)argument, &data, sizeof(data)) < 0)
        return -EFAULT;
    return result;
}
