/* SPDX-License-Identifier: MIT */
/* What shmctl, semctl and msgctl have in common. Knows no kind of object. */
#include "copy.h"
#include "ipc.h"
#include "ipc/sysv.h"

static int64_t tell_limits(const struct sysv_control *control, int command, void *to)
{
    union sysv_limits limits;
    struct sysv_table *table = sysv_lock(control->kind);
    const int last = sysv_last_slot(table);
    const size_t size = control->limits(table, last, command, &limits);
    sysv_unlock(table);
    return copy_out(to, &limits, size) < 0 ? -EFAULT : last;
}

static int64_t tell(const struct sysv_control *control, int id, int command, void *to)
{
    union sysv_data data;
    struct sysv_object *object;
    struct sysv_table *table = sysv_lock(control->kind);
    const uint32_t wanted = command == control->stat_any ? 0 : 4;
    int result =
        command == IPC_STAT ? sysv_find(table, id, wanted, &object) : sysv_find_slot(table, id, wanted, &object);
    if (result == 0) {
        memset(&data, 0, control->size);
        sysv_fill(object, &data.perm);
        control->fill(object, &data);
        result = command == IPC_STAT ? 0 : sysv_id(table, object);
    }
    sysv_unlock(table);
    return result >= 0 && copy_out(to, &data, control->size) < 0 ? -EFAULT : result;
}

static int64_t change(const struct sysv_control *control, int id, int command, const union sysv_data *data)
{
    struct sysv_object *object;
    struct bell bell = {.count = 0};
    struct sysv_table *table = sysv_lock(control->kind);
    int result = sysv_find(table, id, 0, &object);
    if (result == 0)
        result = sysv_check_owner(object);
    if (result == 0)
        result = control->change(table, object, command, data);
    if (result == 0) {
        if (command == IPC_SET)
            sysv_change(object, &data->perm);
        bell_take(&object->bell, &bell);
    }
    sysv_unlock(table);
    if (bell.count != 0)
        bell_ring(&bell);
    return result;
}

int64_t sysv_control(const struct sysv_control *control, int id, int command, void *user)
{
    union sysv_data data;
    if (id < 0 || command < 0)
        return -EINVAL;
    if (command == IPC_SET && copy_in(&data, user, control->size) < 0)
        return -EFAULT;
    if (ipc_need() < 0)
        return -ENOMEM;
    if (command == IPC_INFO || command == control->info)
        return tell_limits(control, command, user);
    if (command == IPC_STAT || command == control->stat || command == control->stat_any)
        return tell(control, id, command, user);
    const bool is_own = command < 32 && (control->own >> command & 1) != 0;
    if (!is_own && command != IPC_SET && command != IPC_RMID)
        return -EINVAL;
    return change(control, id, command, &data);
}
