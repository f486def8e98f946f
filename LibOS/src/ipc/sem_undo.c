/* SPDX-License-Identifier: MIT */
/* Semaphores of System V: what the end of a process takes back, and the end of a set. */
#include "ipc.h"
#include "ipc/sem.h"

static struct sem_undo *undo_at(struct sem_undo *const *link, const struct sem_set *set)
{
    struct sem_undo *undo = __atomic_load_n(link, __ATOMIC_RELAXED);
    return shared_has(undo, sizeof(*undo) + set->count * sizeof(int16_t)) ? undo : NULL;
}

static size_t undo_size(const struct sem_set *set)
{
    return sizeof(struct sem_undo) + set->count * sizeof(int16_t);
}

/* A process's, and the link that leads to it; NULL = it has none. */
static struct sem_undo *find_undo(struct sem_set *set, int32_t pid, struct sem_undo ***out_link)
{
    struct sem_undo *undo;
    *out_link = &set->undo;
    for (unsigned i = 0; i < SYSV_SLOTS && (undo = undo_at(*out_link, set)) != NULL; i++, *out_link = &undo->next) {
        if (undo->pid == pid)
            return undo;
    }
    return NULL;
}

struct sem_undo *sem_own_undo(struct sem_set *set)
{
    struct sem_undo **link, *undo = find_undo(set, g_process.pid, &link);
    if (undo != NULL)
        return undo;
    undo = shared_alloc(undo_size(set));
    if (undo == NULL)
        return NULL;
    undo->next = set->undo;
    undo->pid = g_process.pid;
    set->undo = undo;
    return undo;
}

void sem_forget_undo(struct sem_set *set, int64_t number)
{
    struct sem_undo *undo, **link = &set->undo;
    for (unsigned i = 0; i < SYSV_SLOTS && (undo = undo_at(link, set)) != NULL; i++, link = &undo->next) {
        for (uint32_t j = 0; j < set->count; j++) {
            if (number < 0 || j == (uint64_t)number)
                undo->amounts[j] = 0;
        }
    }
}

void sem_destroy(struct sysv_table *table, struct sysv_object *object)
{
    struct sem_set *set = &object->sem;
    for (struct sem_undo *undo; (undo = undo_at(&set->undo, set)) != NULL;) {
        set->undo = undo->next;
        shared_free(undo, undo_size(set));
    }
    const struct semaphore *only = set->count == 1 ? sem_at(set, 0) : NULL;
    set->last_zeros = only != NULL ? only->zeros : 0;
    shared_free(set->semaphores, set->count * sizeof(*set->semaphores));
    sysv_free(table, object);
}

static void take_back(struct sem_set *set, int32_t pid)
{
    struct sem_undo **link, *undo = find_undo(set, pid, &link);
    if (undo == NULL)
        return;
    for (uint32_t i = 0; i < set->count; i++) {
        struct semaphore *semaphore = sem_at(set, i);
        if (semaphore == NULL || undo->amounts[i] == 0)
            continue;
        const int32_t value = semaphore->value + undo->amounts[i];
        semaphore->value = value < 0 ? 0 : value > SEMVMX ? SEMVMX : value;
        sem_changed(semaphore);
        semaphore->pid = pid;
    }
    *link = undo->next;
    shared_free(undo, undo_size(set));
    set->operation_time = sysv_now();
}

void sem_process_ends(int32_t pid)
{
    struct sysv_table *table = sysv_table(SYSV_SEM);
    if (table->used == 0)
        return;
    for (uint32_t i = 0; i < SYSV_SLOTS && i < table->end; i++) {
        struct bell bell;
        struct sem_undo **link;
        struct sysv_object *object = &table->objects[i];
        shared_lock(&table->lock);
        bell.count = 0;
        if (object->used && find_undo(&object->sem, pid, &link) != NULL) {
            take_back(&object->sem, pid);
            bell_take(&object->bell, &bell);
        }
        sysv_unlock(table);
        if (bell.count != 0)
            bell_ring(&bell);
    }
}
