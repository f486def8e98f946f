/* SPDX-License-Identifier: MIT */
/* Semaphores of System V: making and operating them. */
#include "ipc/sem.h"
#include "clock.h"
#include "copy.h"
#include "syscalls.h"

#define OPERATIONS_MAX 500 /* kernel.sem */
#define SEMAPHORES_MAX 32000
#define FEW            8

struct semaphore *sem_at(const struct sem_set *set, uint32_t number)
{
    const uint32_t count = __atomic_load_n(&set->count, __ATOMIC_RELAXED);
    struct semaphore *semaphores = __atomic_load_n(&set->semaphores, __ATOMIC_RELAXED);
    if (number >= count || count > SEMAPHORES_MAX || !shared_has(semaphores, count * sizeof(*semaphores)))
        return NULL;
    return &semaphores[number];
}

/***** semget *****/

static int check_set(const struct sysv_object *object, const struct sysv_making *making)
{
    return making->size > object->sem.count ? -EINVAL : 0;
}

static int make_set(struct sysv_object *object, const struct sysv_making *making)
{
    if (making->size == 0)
        return -EINVAL;
    object->sem.semaphores = shared_alloc(making->size * sizeof(struct semaphore));
    if (object->sem.semaphores == NULL)
        return -ENOMEM;
    object->sem.count = (uint32_t)making->size;
    return 0;
}

int64_t sys_semget(int key, int count, int flags)
{
    const struct sysv_making making = {key, flags, (uint64_t)count, check_set, make_set};
    if (count < 0 || count > SEMAPHORES_MAX)
        return -EINVAL;
    return sysv_get(SYSV_SEM, &making);
}

/***** Operations *****/

/* What a thread waits for, 0 = nothing: the operations can be done. */
struct obstacle {
    const struct sembuf *operation;
    struct semaphore *semaphore;
};

static int undo_range(struct sem_set *set, const struct sembuf *operation, struct sem_undo *undo)
{
    const int amount = undo->amounts[operation->sem_num] - operation->sem_op;
    (void)set;
    return amount < -SEMAEM - 1 || amount > SEMAEM ? -ERANGE : 0;
}

/* Do them one by one; those that were done are undone by the caller if one cannot be. Returns 1 = done, 0 = has to wait, or
 * -E...; *out_done are those that were done. */
static int try_all(struct sem_set *set, const struct sembuf *operations, uint32_t count, struct sem_undo *undo,
                   struct obstacle *out, uint32_t *out_done)
{
    for (*out_done = 0; *out_done < count; ++*out_done) {
        const struct sembuf *operation = &operations[*out_done];
        struct semaphore *semaphore = sem_at(set, operation->sem_num);
        if (semaphore == NULL)
            return -EFBIG;
        const int32_t value = semaphore->value + operation->sem_op;
        if (operation->sem_op == 0 ? semaphore->value != 0 : value < 0) {
            *out = (struct obstacle){operation, semaphore};
            return (operation->sem_flg & IPC_NOWAIT) != 0 ? -EAGAIN : 0;
        }
        if (value > SEMVMX)
            return -ERANGE;
        if ((operation->sem_flg & SEM_UNDO) != 0 && undo != NULL) {
            if (undo_range(set, operation, undo) < 0)
                return -ERANGE;
            undo->amounts[operation->sem_num] = (int16_t)(undo->amounts[operation->sem_num] - operation->sem_op);
        }
        semaphore->value = value;
    }
    return 1;
}

static void undo_done(struct sem_set *set, const struct sembuf *operations, uint32_t done, struct sem_undo *undo)
{
    while (done-- > 0) {
        const struct sembuf *operation = &operations[done];
        struct semaphore *semaphore = sem_at(set, operation->sem_num);
        if (semaphore != NULL)
            semaphore->value -= operation->sem_op;
        if ((operation->sem_flg & SEM_UNDO) != 0 && undo != NULL)
            undo->amounts[operation->sem_num] = (int16_t)(undo->amounts[operation->sem_num] + operation->sem_op);
    }
}

static int operate(struct sem_set *set, const struct sembuf *operations, uint32_t count, bool with_undo,
                   struct obstacle *out)
{
    uint32_t done;
    struct sem_undo *undo = with_undo ? sem_own_undo(set) : NULL;
    if (with_undo && undo == NULL)
        return -ENOMEM;
    const int result = try_all(set, operations, count, undo, out, &done);
    if (result <= 0) {
        undo_done(set, operations, done, undo);
        return result;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct semaphore *semaphore = sem_at(set, operations[i].sem_num);
        if (semaphore == NULL)
            continue;
        semaphore->pid = g_process.pid;
        if (operations[i].sem_op != 0)
            sem_changed(semaphore);
    }
    set->operation_time = sysv_now();
    return 1;
}

static void count_waiter(const struct obstacle *obstacle, uint32_t by)
{
    if (obstacle->operation->sem_op == 0)
        obstacle->semaphore->waiting_zero += by;
    else
        obstacle->semaphore->waiting_more += by;
}

/* What a call asks for. */
struct request {
    int id;
    const struct sembuf *operations;
    uint32_t count;
    bool with_undo, changes;
    uint32_t largest; /* number of a semaphore */
    int64_t deadline_ns;
};

/* Who waits for nothing but a 0 has had it, although the value may be another one again. */
static bool has_passed(const struct request *request, uint32_t zeros_before, uint32_t zeros)
{
    return request->count == 1 && !request->changes && zeros != zeros_before;
}

/* The same of a set that has been removed, if it had one semaphore, as barriers have: they go as soon as all may go on. */
static bool had_passed(const struct sysv_table *table, const struct sysv_object *object, const struct request *request,
                       uint32_t zeros_before)
{
    return sysv_id(table, object) == request->id && object->sem.count == 1 &&
           has_passed(request, zeros_before, object->sem.last_zeros);
}

/* With the table locked: until it is done, or cannot be. */
static int operate_waiting(struct sysv_table *table, const struct request *request, struct bell *out_bell)
{
    struct sysv_object *object;
    struct obstacle obstacle = {0};
    bool waits = true;
    int result = sysv_find(table, request->id, request->changes ? 2 : 4, &object);
    if (result == 0 && request->largest >= object->sem.count)
        result = -EFBIG;
    while (result == 0) {
        result = operate(&object->sem, request->operations, request->count, request->with_undo, &obstacle);
        if (result == 1 && request->changes)
            bell_take(&object->bell, out_bell);
        if (result != 0)
            break;
        if (!waits)
            return -EAGAIN;
        const struct obstacle slept_for = obstacle;
        const uint32_t zeros = slept_for.semaphore->zeros;
        count_waiter(&slept_for, 1);
        result = bell_sleep(&table->lock, &object->bell, request->deadline_ns);
        struct sysv_object *again;
        const int found = sysv_find(table, request->id, 0, &again);
        if (found < 0)
            return had_passed(table, object, request, zeros) ? 1 : -EIDRM;
        count_waiter(&slept_for, UINT32_MAX);
        if (has_passed(request, zeros, slept_for.semaphore->zeros))
            return 1;
        waits = result != -EAGAIN;
        result = result == -EAGAIN ? 0 : result; /* look once more */
    }
    return result;
}

static void examine(struct request *request)
{
    for (uint32_t i = 0; i < request->count; i++) {
        const struct sembuf *operation = &request->operations[i];
        request->with_undo |= (operation->sem_flg & SEM_UNDO) != 0;
        request->changes |= operation->sem_op != 0;
        if (operation->sem_num > request->largest)
            request->largest = operation->sem_num;
    }
}

int64_t sys_semtimedop(int id, void *user, unsigned count, void *timeout)
{
    struct sembuf few[FEW], *operations = few;
    struct request request = {.id = id, .count = count, .deadline_ns = INT64_MAX};
    struct bell bell = {.count = 0};
    int64_t timeout_ns;
    if (count == 0 || id < 0)
        return -EINVAL;
    if (count > OPERATIONS_MAX)
        return -E2BIG;
    int result = timeout != NULL ? timespec_read(timeout, &timeout_ns) : 0;
    if (result < 0)
        return result;
    if (timeout != NULL && __builtin_add_overflow(clock_monotonic_ns(), timeout_ns, &request.deadline_ns))
        request.deadline_ns = INT64_MAX;
    if (count > FEW && (operations = heap_alloc(count * sizeof(*operations))) == NULL)
        return -ENOMEM;
    result = copy_in(operations, user, count * sizeof(*operations));
    struct sysv_table *table = result == 0 ? sysv_lock(SYSV_SEM) : NULL;
    if (table != NULL) {
        request.operations = operations;
        examine(&request);
        result = operate_waiting(table, &request, &bell);
        sysv_unlock(table);
        if (bell.count != 0)
            bell_ring(&bell);
    } else if (result == 0) {
        result = -ENOMEM;
    }
    if (operations != few)
        heap_free(operations);
    return result > 0 ? 0 : result;
}

int64_t sys_semop(int id, void *operations, unsigned count)
{
    return sys_semtimedop(id, operations, count, NULL);
}
