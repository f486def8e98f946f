/* SPDX-License-Identifier: MIT */
/* Shared memory of System V: segments. Each is a run of the stream that all processes have. */
#include "copy.h"
#include "ipc.h"
#include "ipc/sysv.h"
#include "mm.h"
#include "syscalls.h"

#define SHM_SIZE_MAX 18446744073692774399ul /* kernel.shmmax */

/***** The end of a segment; with the table locked *****/

static void destroy(struct sysv_table *table, struct sysv_object *object)
{
    struct tmp_run run = object->shm.run;
    run.used = run.size;
    sysv_free(table, object);
    tmp_run_give(&run);
}

void shm_drop_user(struct sysv_table *table, struct sysv_object *object, int32_t pid, bool all)
{
    if (!ipc_users_drop(&object->shm.users, pid, all))
        return;
    object->shm.detach_time = sysv_now();
    object->shm.last_pid = pid;
    if (object->removed && ipc_users_count(&object->shm.users) == 0)
        destroy(table, object);
}

void shm_process_ends(int32_t pid)
{
    struct sysv_table *table = sysv_table(SYSV_SHM);
    if (table->used == 0)
        return;
    shared_lock(&table->lock);
    for (uint32_t i = 0; i < SYSV_SLOTS && i < table->end; i++) {
        if (table->objects[i].used)
            shm_drop_user(table, &table->objects[i], pid, true);
    }
    sysv_unlock(table);
}

/***** shmget *****/

static int check_segment(const struct sysv_object *object, const struct sysv_making *making)
{
    return making->size > object->shm.size ? -EINVAL : 0;
}

/* What was used before is zeroed. */
static int zero(const struct tmp_run *run)
{
    static const char zeros[16 * PAGE_SIZE];
    for (uint64_t done = 0; done < run->used;) {
        const uint64_t left = run->used - done;
        const int64_t count = stream_write_through(tmp_space_stream(), run->start + done,
                                                   left < sizeof(zeros) ? left : sizeof(zeros), zeros);
        if (count <= 0)
            return count == 0 ? -EIO : (int)count;
        done += (uint64_t)count;
    }
    return 0;
}

static int make_segment(struct sysv_object *object, const struct sysv_making *making)
{
    struct shm_segment *segment = &object->shm;
    if (making->size == 0 || making->size > SHM_SIZE_MAX)
        return -EINVAL;
    if (tmp_run_take(page_up(making->size), &segment->run) < 0)
        return -ENOMEM;
    const int result = zero(&segment->run);
    if (result < 0) {
        tmp_run_give(&segment->run);
        return result;
    }
    segment->size = making->size;
    segment->creator = g_process.pid;
    return 0;
}

int64_t sys_shmget(int key, unsigned long size, int flags)
{
    const struct sysv_making making = {key, flags, size, check_segment, make_segment};
    if ((flags & SHM_HUGETLB) != 0)
        return identity_has(CAP_IPC_LOCK) ? -ENOMEM : -EPERM;
    return sysv_get(SYSV_SHM, &making);
}

/***** shmctl *****/

static void fill(const struct sysv_object *object, union sysv_data *data)
{
    const struct shm_segment *segment = &object->shm;
    struct shmid64_ds *out = &data->shm;
    out->shm_perm.mode |= shm_flags(object);
    out->shm_segsz = segment->size;
    out->shm_atime = segment->attach_time;
    out->shm_dtime = segment->detach_time;
    out->shm_ctime = object->change_time;
    out->shm_cpid = segment->creator;
    out->shm_lpid = segment->last_pid;
    out->shm_nattch = ipc_users_count(&segment->users);
}

static int change(struct sysv_table *table, struct sysv_object *object, int command, const union sysv_data *data)
{
    (void)data;
    switch (command) {
    case IPC_SET:
        return 0;
    case SHM_LOCK:
    case SHM_UNLOCK:
        object->shm.locked = command == SHM_LOCK;
        return 0;
    default:
        object->removed = true;
        object->key = IPC_PRIVATE;
        if (ipc_users_count(&object->shm.users) == 0)
            destroy(table, object);
        return 0;
    }
}

static size_t limits(const struct sysv_table *table, int last, int command, union sysv_limits *out)
{
    if (command == IPC_INFO) {
        out->shm = (struct shminfo64){
            .shmmax = SHM_SIZE_MAX, .shmmin = 1, .shmmni = SYSV_SLOTS, .shmseg = SYSV_SLOTS, .shmall = SHM_SIZE_MAX};
        return sizeof(out->shm);
    }
    out->shm_use = (struct shm_info){.used_ids = (int)table->used};
    for (int i = 0; i <= last; i++)
        out->shm_use.shm_tot += table->objects[i].used ? table->objects[i].shm.run.size / PAGE_SIZE : 0;
    return sizeof(out->shm_use);
}

int64_t sys_shmctl(int id, int command, void *user)
{
    static const struct sysv_control control = {.kind = SYSV_SHM,
                                                .info = SHM_INFO,
                                                .stat = SHM_STAT,
                                                .stat_any = SHM_STAT_ANY,
                                                .size = sizeof(struct shmid64_ds),
                                                .own = 1u << SHM_LOCK | 1u << SHM_UNLOCK,
                                                .limits = limits,
                                                .fill = fill,
                                                .change = change};
    return sysv_control(&control, id, command & ~IPC_64, user);
}
