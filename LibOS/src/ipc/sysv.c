/* SPDX-License-Identifier: MIT */
/* Objects of System V: keys, ids, permissions. Knows no kind of them. */
#include "ipc/sysv.h"
#include "clock.h"
#include "common_state.h"
#include "ipc.h"
#include "ipc/joint.h"
#include "ipc/mqueue.h"
#include "process/table.h"

static struct sysv_table *g_tables[SYSV_KINDS];
static bool g_used; /* this process, or one that it is a copy of, has asked for objects */

struct sysv_table *sysv_table(enum sysv_kind kind)
{
    return g_tables[kind];
}

int ipc_begin(void)
{
    bell_begin();
    for (unsigned i = 0; i < SYSV_KINDS; i++) {
        if (g_tables[i] == NULL)
            g_tables[i] = shared_place(sizeof(*g_tables[i]));
        if (g_tables[i] == NULL)
            return -ENOMEM;
    }
    joint_begin();
    return mqueue_begin();
}

int ipc_need(void)
{
    static struct lock beginning;
    g_used = true;
    if (g_tables[SYSV_KINDS - 1] != NULL)
        return 0;
    lock_acquire(&beginning);
    int result = table_begin();
    if (result == 0)
        result = tmp_space_begin();
    lock_release(&beginning);
    return result;
}

void ipc_process_ends(int32_t pid)
{
    bell_process_ends(pid);
    joint_process_ends(pid);
    /* Of another process nobody else can tell. */
    if (g_tables[SYSV_KINDS - 1] == NULL || (pid == g_process.pid && !g_used))
        return;
    sem_process_ends(pid);
    shm_process_ends(pid);
    mqueue_process_ends(pid);
}

int ipc_share(int32_t pid)
{
    return joint_share(pid);
}

void ipc_rung(void)
{
    common_rung();
    mqueue_rung();
    bell_rung();
}

void ipc_forked(void)
{
    bell_forked();
    common_forked();
    shm_forked();
    mqueue_forked();
    joint_forked();
}

struct sysv_table *sysv_lock(enum sysv_kind kind)
{
    if (ipc_need() < 0)
        return NULL;
    shared_lock(&g_tables[kind]->lock);
    return g_tables[kind];
}

int64_t sysv_now(void)
{
    return clock_seconds();
}

/***** Permissions *****/

static bool is_member(uint32_t gid)
{
    if (g_process.egid == gid)
        return true;
    for (uint32_t i = 0; i < g_process.group_count; i++) {
        if (g_process.groups[i] == gid)
            return true;
    }
    return false;
}

static int check(const struct sysv_object *object, uint32_t wanted)
{
    uint32_t granted = object->mode;
    if (g_process.euid == object->cuid || g_process.euid == object->uid)
        granted >>= 6;
    else if (is_member(object->cgid) || is_member(object->gid))
        granted >>= 3;
    return (wanted & ~granted & 7) == 0 || identity_has(CAP_IPC_OWNER) ? 0 : -EACCES;
}

int sysv_check_owner(const struct sysv_object *object)
{
    return g_process.euid == object->cuid || g_process.euid == object->uid || identity_has(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/***** Finding *****/

static uint32_t end_of(const struct sysv_table *table)
{
    return table->end < SYSV_SLOTS ? table->end : SYSV_SLOTS;
}

int sysv_id(const struct sysv_table *table, const struct sysv_object *object)
{
    return (int)(object->sequence % (INT32_MAX / SYSV_STEP) * SYSV_STEP + (uint32_t)(object - table->objects));
}

int sysv_find(struct sysv_table *table, int id, uint32_t wanted, struct sysv_object **out)
{
    if (id < 0 || (uint32_t)id % SYSV_STEP >= SYSV_SLOTS)
        return -EINVAL;
    struct sysv_object *object = &table->objects[(uint32_t)id % SYSV_STEP];
    if (!object->used)
        return -EINVAL;
    if (sysv_id(table, object) != id)
        return -EIDRM;
    *out = object;
    return check(object, wanted);
}

int sysv_find_slot(struct sysv_table *table, int slot, uint32_t wanted, struct sysv_object **out)
{
    if (slot < 0 || (uint32_t)slot >= SYSV_SLOTS || !table->objects[slot].used)
        return -EINVAL;
    *out = &table->objects[slot];
    return check(*out, wanted);
}

int sysv_last_slot(const struct sysv_table *table)
{
    for (uint32_t i = end_of(table); i > 0; i--) {
        if (table->objects[i - 1].used)
            return (int)(i - 1);
    }
    return 0;
}

static struct sysv_object *find_key(struct sysv_table *table, int32_t key)
{
    for (uint32_t i = 0, end = end_of(table); i < end; i++) {
        struct sysv_object *object = &table->objects[i];
        if (object->used && !object->removed && object->key == key)
            return object;
    }
    return NULL;
}

/***** Making *****/

static int64_t make(struct sysv_table *table, const struct sysv_making *making)
{
    uint32_t slot = 0;
    while (slot < end_of(table) && table->objects[slot].used)
        slot++;
    if (slot == SYSV_SLOTS)
        return -ENOSPC;
    struct sysv_object *object = &table->objects[slot];
    const uint32_t sequence = object->sequence;
    memset(object, 0, sizeof(*object));
    object->sequence = sequence + 1;
    object->key = making->key;
    object->uid = object->cuid = g_process.euid;
    object->gid = object->cgid = g_process.egid;
    object->mode = (uint32_t)making->flags & 0777;
    object->change_time = sysv_now();
    const int result = making->make(object, making);
    if (result < 0)
        return result;
    object->used = true;
    if (slot == end_of(table))
        table->end = slot + 1;
    table->used++;
    return sysv_id(table, object);
}

static int64_t find_or_make(struct sysv_table *table, const struct sysv_making *making)
{
    const uint32_t flags = (uint32_t)making->flags;
    struct sysv_object *object = making->key != IPC_PRIVATE ? find_key(table, making->key) : NULL;
    if (making->key == IPC_PRIVATE || (object == NULL && (flags & IPC_CREAT) != 0))
        return make(table, making);
    if (object == NULL)
        return -ENOENT;
    if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
        return -EEXIST;
    int result = making->check(object, making);
    if (result == 0)
        result = check(object, flags >> 6 | flags >> 3 | flags);
    return result < 0 ? result : sysv_id(table, object);
}

int64_t sysv_get(enum sysv_kind kind, const struct sysv_making *making)
{
    struct sysv_table *table = sysv_lock(kind);
    if (table == NULL)
        return -ENOMEM;
    const int64_t result = find_or_make(table, making);
    sysv_unlock(table);
    return result;
}

void sysv_free(struct sysv_table *table, struct sysv_object *object)
{
    object->used = false;
    if (table->used > 0)
        table->used--;
}

/***** What is told, and set *****/

void sysv_fill(const struct sysv_object *object, struct ipc64_perm *out)
{
    *out = (struct ipc64_perm){
        .key = object->key,
        .uid = object->uid,
        .gid = object->gid,
        .cuid = object->cuid,
        .cgid = object->cgid,
        .mode = object->mode,
        .seq = (uint16_t)object->sequence,
    };
}

void sysv_change(struct sysv_object *object, const struct ipc64_perm *from)
{
    object->uid = from->uid;
    object->gid = from->gid;
    object->mode = (object->mode & ~0777u) | (from->mode & 0777u);
    object->change_time = sysv_now();
}
