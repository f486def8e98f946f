/* SPDX-License-Identifier: MIT */
/* talk's objects of System V: queues, semaphores and memory, all of them without waiting. */
#include "talk.h"
#include <errno.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#define OBJECTS 2

static int queues[OBJECTS] = {-1, -1}, semaphores[OBJECTS] = {-1, -1}, memories[OBJECTS] = {-1, -1};
static void *attached[OBJECTS];

static int pick_id(const int *ids)
{
    const size_t which = pick(OBJECTS);
    say(" %zu", which);
    return ids[which] == -1 && one_in(2) ? ids[1 - which] : ids[which];
}

static void say_permissions(const struct ipc_perm *permissions)
{
    say(" %o %s %s", permissions->mode, permissions->uid == geteuid() ? "own" : "other",
        permissions->cgid == getegid() ? "own" : "other");
}

/***** Queues *****/

struct message {
    long type;
    char text[300];
};

static void make_queue(void)
{
    int *id = &queues[pick(OBJECTS)];
    if (*id == -1)
        say_outcome(*id = msgget(IPC_PRIVATE, 0600 | (one_in(4) ? IPC_CREAT | IPC_EXCL : 0)));
}

static void send_to_queue(void)
{
    struct message message = {.type = (long)pick(5)};
    const int id = pick_id(queues);
    const size_t size = pick(6) * 60;
    memcpy(message.text, next_bytes(size), size);
    say(" %ld %zu", message.type, size);
    say_result(msgsnd(id, &message, one_in(20) ? 100000 : size, IPC_NOWAIT));
}

static void receive_from_queue(void)
{
    static const struct word flags[] = {WORD(MSG_NOERROR), WORD(MSG_EXCEPT), WORD(MSG_COPY)};
    struct message message = {0};
    const int id = pick_id(queues);
    const long type = (long)pick(9) - 4;
    const size_t size = pick(6) * 60;
    say(" %ld %zu", type, size);
    const ssize_t got = msgrcv(id, &message, size, type, (int)pick_flags(flags, 4) | IPC_NOWAIT);
    if (say_result(got) >= 0) {
        say(" %ld", message.type);
        say_bytes((unsigned char *)message.text, (size_t)got);
    }
}

static void control_queue(void)
{
    int *id = &queues[pick(OBJECTS)];
    struct msqid_ds state = {0};
    if (one_in(8)) {
        say(" remove");
        say_result(msgctl(*id, IPC_RMID, NULL));
        *id = -1;
        return;
    }
    if (say_result(msgctl(*id, IPC_STAT, &state)) < 0)
        return;
    say_permissions(&state.msg_perm);
    say(" %lu %lu %lu", (unsigned long)state.msg_cbytes, (unsigned long)state.msg_qnum,
        (unsigned long)state.msg_qbytes);
    say(" %s %s",
        state.msg_lspid == getpid() ? "own"
        : state.msg_lspid           ? "other"
                                    : "0",
        state.msg_lrpid == getpid() ? "own"
        : state.msg_lrpid           ? "other"
                                    : "0");
    say(" %d %d", state.msg_stime != 0, state.msg_rtime != 0);
    if (one_in(3)) {
        state.msg_qbytes = 100 * (1 + pick(10));
        state.msg_perm.mode = 0640;
        say(" set %lu", (unsigned long)state.msg_qbytes);
        say_result(msgctl(*id, IPC_SET, &state));
    }
}

/***** Semaphores *****/

union semun {
    int value;
    struct semid_ds *state;
    unsigned short *array;
};

static void make_semaphores(void)
{
    int *id = &semaphores[pick(OBJECTS)];
    const int count = (int)pick(5);
    say(" %d", count);
    if (*id == -1)
        say_outcome(*id = semget(IPC_PRIVATE, one_in(20) ? 100000 : count, 0600));
}

static void operate(void)
{
    struct sembuf operations[3];
    const int id = pick_id(semaphores);
    const size_t count = pick(4);
    for (size_t i = 0; i < count; i++) {
        operations[i].sem_num = (unsigned short)pick(one_in(10) ? 8 : 2);
        operations[i].sem_op = (short)((int)pick(7) - 3);
        operations[i].sem_flg = (short)(IPC_NOWAIT | (one_in(3) ? SEM_UNDO : 0));
        say(" %u:%d:%#x", operations[i].sem_num, operations[i].sem_op, (unsigned)operations[i].sem_flg);
    }
    say_result(one_in(2) ? semop(id, operations, count) : semtimedop(id, operations, count, &(struct timespec){0, 0}));
}

static void control_semaphores(void)
{
    static const struct word commands[] = {WORD(GETVAL), WORD(GETPID), WORD(GETNCNT), WORD(GETZCNT), WORD(999)};
    int *id = &semaphores[pick(OBJECTS)];
    struct semid_ds state = {0};
    unsigned short values[8] = {1, 2, 3, 4, 5, 6, 7, 40000};
    switch (pick(6)) {
    case 0:
        if (say_result(semctl(*id, 0, IPC_STAT, (union semun){.state = &state})) == 0) {
            say_permissions(&state.sem_perm);
            say(" %lu %d", (unsigned long)state.sem_nsems, state.sem_otime != 0);
        }
        break;
    case 1:
        if (say_result(semctl(*id, 0, GETALL, (union semun){.array = values})) == 0)
            say(" %u %u %u %u", values[0], values[1], values[2], values[3]);
        break;
    case 2:
        values[pick(4)] += one_in(4) ? 40000 : 0;
        say_result(semctl(*id, 0, SETALL, (union semun){.array = values}));
        break;
    case 3:
        say_result(semctl(*id, (int)pick(6) - 1, SETVAL, (union semun){(int)pick(5) * 10000 - 10000}));
        break;
    case 4: {
        const int number = (int)pick(6) - 1, command = (int)pick_word(commands);
        const int result = semctl(*id, number, command, (union semun){0});
        if (command == GETPID && result > 0)
            say(" %s", result == getpid() ? "own" : "other");
        else
            say_result(result);
        break;
    }
    default:
        if (one_in(3)) {
            say(" remove");
            say_result(semctl(*id, 0, IPC_RMID, (union semun){0}));
            *id = -1;
        }
    }
}

/***** Memory *****/

static void make_memory(void)
{
    int *id = &memories[pick(OBJECTS)];
    const size_t size = pick(3) * 5000;
    say(" %zu", size);
    if (*id == -1)
        say_outcome(*id = shmget(IPC_PRIVATE, size, 0600));
}

static void attach(void)
{
    void **where = &attached[pick(OBJECTS)];
    const int id = pick_id(memories);
    if (*where)
        return;
    void *at = shmat(id, one_in(10) ? (void *)8 : NULL, one_in(3) ? SHM_RDONLY : 0);
    if (say_outcome(at == (void *)-1 ? -1 : 0) == 0)
        *where = at;
}

static void detach(void)
{
    void **where = &attached[pick(OBJECTS)];
    say_result(shmdt(*where));
    *where = NULL;
}

static void control_memory(void)
{
    int *id = &memories[pick(OBJECTS)];
    struct shmid_ds state = {0};
    switch (pick(4)) {
    case 0:
        say(" remove");
        say_result(shmctl(*id, IPC_RMID, NULL));
        if (one_in(2))
            *id = -1;
        break;
    case 1:
        say(" lock");
        say_result(shmctl(*id, one_in(2) ? SHM_LOCK : SHM_UNLOCK, NULL));
        break;
    default:
        if (say_result(shmctl(*id, IPC_STAT, &state)) == 0) {
            say_permissions(&state.shm_perm);
            say(" %lu %lu", (unsigned long)state.shm_segsz, (unsigned long)state.shm_nattch);
            say(" %s %s", state.shm_cpid == getpid() ? "own" : "other",
                state.shm_lpid == getpid() ? "own"
                : state.shm_lpid           ? "other"
                                           : "0");
            say(" %d %d", state.shm_atime != 0, state.shm_dtime != 0);
        }
    }
}

static void sysv_end(void)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        msgctl(queues[i], IPC_RMID, NULL);
        semctl(semaphores[i], 0, IPC_RMID, (union semun){0});
        shmctl(memories[i], IPC_RMID, NULL);
    }
}

void ipc_end(void)
{
    sysv_end();
    queues_end();
}

static const struct step steps[] = {
    STEP(make_queue),
    STEP(send_to_queue),
    STEP(send_to_queue),
    STEP(receive_from_queue),
    STEP(receive_from_queue),
    STEP(control_queue),
    STEP(make_semaphores),
    STEP(operate),
    STEP(operate),
    STEP(control_semaphores),
    STEP(control_semaphores),
    STEP(make_memory),
    STEP(attach),
    STEP(detach),
    STEP(control_memory),
    STEP(control_memory),
};
const struct steps g_sysv_steps = {steps, COUNT(steps)};
