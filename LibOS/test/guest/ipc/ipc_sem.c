// SPDX-License-Identifier: MIT
// Semaphores of System V: values, operations that wait, undo, removal, processes.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/time.h>
#include <sys/wait.h>
#include "show.h"

union semun {
    int value;
    struct semid_ds *data;
    unsigned short *array;
    struct seminfo *info;
};

static key_t g_key;
static int g_id;

static long operate(int number, int amount, int flags)
{
    struct sembuf operation = {number, amount, flags};
    return semop(g_id, &operation, 1);
}

static int value(int number)
{
    return semctl(g_id, number, GETVAL);
}

static void making(void)
{
    struct semid_ds data;
    show_id("no such key", semget(g_key, 1, 0600));
    show_id("none", semget(g_key, 0, IPC_CREAT | 0600));
    show_id("negative", semget(g_key, -1, IPC_CREAT | 0600));
    show_id("too many", semget(g_key, 32001, IPC_CREAT | 0600));
    g_id = semget(g_key, 4, IPC_CREAT | IPC_EXCL | 0640);
    show_id("made", g_id);
    show_id("again", semget(g_key, 4, IPC_CREAT | IPC_EXCL | 0600));
    show_id("more", semget(g_key, 5, 0));
    printf("the same: %d\n", semget(g_key, 0, 0) == g_id);
    show("stat", semctl(g_id, 0, IPC_STAT, (union semun){.data = &data}));
    printf("  mode %o, %lu, operated %d, changed %d\n", data.sem_perm.mode, (unsigned long)data.sem_nsems,
           data.sem_otime != 0, data.sem_ctime != 0);
    show("stat wild", semctl(g_id, 0, IPC_STAT, (union semun){.data = (void *)8}));
    data.sem_perm.mode = 0666;
    show("set", semctl(g_id, 0, IPC_SET, (union semun){.data = &data}));
    show("unknown", semctl(g_id, 0, 99));
    show("negative", semctl(-1, 0, GETVAL));
}

static void values(void)
{
    unsigned short array[4] = {1, 2, 3, 4};
    show("GETVAL", value(0));
    show("GETVAL of none", value(4));
    show("GETVAL of -1", value(-1));
    show("SETVAL", semctl(g_id, 1, SETVAL, 5));
    show("SETVAL too large", semctl(g_id, 1, SETVAL, 32768));
    show("SETVAL negative", semctl(g_id, 1, SETVAL, -1));
    show("GETVAL", value(1));
    printf("GETPID is mine: %d\n", semctl(g_id, 1, GETPID) == getpid());
    show("SETALL", semctl(g_id, 0, SETALL, (union semun){.array = array}));
    memset(array, 0, sizeof(array));
    show("GETALL", semctl(g_id, 0, GETALL, (union semun){.array = array}));
    printf("  %d %d %d %d\n", array[0], array[1], array[2], array[3]);
    array[2] = 40000;
    show("SETALL too large", semctl(g_id, 0, SETALL, (union semun){.array = array}));
    show("SETALL wild", semctl(g_id, 0, SETALL, (union semun){.array = (void *)8}));
    show("GETALL wild", semctl(g_id, 0, GETALL, (union semun){.array = (void *)8}));
    show("GETNCNT", semctl(g_id, 0, GETNCNT));
    show("GETZCNT", semctl(g_id, 0, GETZCNT));
}

static void operations(void)
{
    struct sembuf several[3] = {{0, -1, 0}, {1, 3, 0}, {2, -9, IPC_NOWAIT}}, many[600] = {{0}};
    struct timespec time = {0, 30000000};
    show("add", operate(0, 2, 0));
    show("take", operate(0, -3, 0));
    printf("  %d\n", value(0));
    show("zero", operate(0, 0, 0));
    show("take more, no wait", operate(0, -1, IPC_NOWAIT));
    show("zero, no wait", operate(1, 0, IPC_NOWAIT));
    show("too large", operate(1, 32767, 0));
    show("number", operate(4, 1, 0));
    operate(0, 1, 0);
    show("several", semop(g_id, several, 3));
    printf("  %d %d %d\n", value(0), value(1), value(2));
    several[2].sem_op = -1;
    show("several", semop(g_id, several, 3));
    printf("  %d %d %d\n", value(0), value(1), value(2));
    show("no operations", semop(g_id, several, 0));
    show("too many", semop(g_id, many, 501));
    show("many", semop(g_id, many, 500));
    show("wild", semop(g_id, (void *)8, 1));
    show("negative id", semop(-1, several, 1));
    long start = now_ms();
    several[0] = (struct sembuf){0, -1, 0};
    show("for 30 ms", semtimedop(g_id, several, 1, &time));
    printf("  %s\n", about(start, 30));
    time.tv_nsec = 1000000000;
    show("time", semtimedop(g_id, several, 1, &time));
    show("time wild", semtimedop(g_id, several, 1, (void *)8));
}

static void *wait_for_one(void *arg)
{
    (void)arg;
    return (void *)(operate(0, -1, 0) < 0 ? (long)errno : 0L);
}

// How many wait for more, once somebody does.
static int waiters_in_the_end(void)
{
    int count = 0;
    for (int tries = 0; tries < 10000 && (count = semctl(g_id, 0, GETNCNT)) == 0; tries++)
        wait_ms(1);
    return count;
}

static void waiting(void)
{
    pthread_t thread;
    void *result;
    semctl(g_id, 0, SETVAL, 0);
    pthread_create(&thread, NULL, wait_for_one, NULL);
    show("GETNCNT", waiters_in_the_end());
    show("add", operate(0, 1, 0));
    pthread_join(thread, &result);
    printf("the thread: %s\n", result ? strerror((int)(long)result) : "done");
    show("GETNCNT", semctl(g_id, 0, GETNCNT));
    pthread_create(&thread, NULL, wait_for_one, NULL);
    wait_ms(40);
    show("SETVAL", semctl(g_id, 0, SETVAL, 1));
    pthread_join(thread, &result);
    printf("the thread: %s\n", result ? strerror((int)(long)result) : "done");
    show("value", value(0));
}

// A value that is 0 for a moment only lets all go on that wait for it.
static void moments(void)
{
    show_id("get", g_id = semget(IPC_PRIVATE, 1, 0600));
    semctl(g_id, 0, SETVAL, (union semun){1});
    for (int round = 0; round < 20; round++) {
        pid_t pids[2];
        fflush(stdout);
        for (int i = 0; i < 2; i++) {
            pids[i] = fork();
            if (pids[i] == 0)
                _exit(operate(0, 0, 0) == 0 ? 0 : 1);
        }
        while (semctl(g_id, 0, GETZCNT) != 2)
            wait_ms(1);
        if (round % 2 == 0)
            operate(0, -1, 0);
        else
            semctl(g_id, 0, SETVAL, (union semun){0});
        operate(0, 1, 0);
        for (int i = 0; i < 2; i++) {
            int status;
            waitpid(pids[i], &status, 0);
            if (status != 0)
                printf("round %d: %#x\n", round, status);
        }
    }
    show("remove", semctl(g_id, 0, IPC_RMID));
}

// A barrier that is removed as soon as all may go on.
static void barriers(void)
{
    for (int round = 0; round < 20; round++) {
        g_id = semget(IPC_PRIVATE, 1, 0600);
        operate(0, 1, 0);
        fflush(stdout);
        const pid_t pid = fork();
        if (pid == 0)
            _exit(operate(0, 0, 0) == 0 ? 0 : errno);
        while (semctl(g_id, 0, GETZCNT) != 1)
            wait_ms(1);
        // Every other one is removed while it is closed.
        if (round % 2 == 0)
            operate(0, -1, 0);
        semctl(g_id, 0, IPC_RMID);
        int status;
        waitpid(pid, &status, 0);
        printf("barrier: %s\n", WIFEXITED(status) ? strerror(WEXITSTATUS(status)) : "killed");
    }
}

static void on_alarm(int signal)
{
    (void)signal;
}

static void interrupted(void)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval timer = {{0, 30000}, {0, 30000}}; // again and again, so that none comes too early
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    show("interrupted", operate(0, -1, 0));
    setitimer(ITIMER_REAL, &(struct itimerval){{0}}, NULL);
    show("GETNCNT", semctl(g_id, 0, GETNCNT));
}

static void processes(void)
{
    semctl(g_id, 0, SETVAL, 0);
    semctl(g_id, 1, SETVAL, 0);
    if (fork() == 0) {
        for (int i = 0; i < 100; i++) {
            operate(0, -1, 0);
            operate(1, 1, 0);
        }
        _exit(0);
    }
    for (int i = 0; i < 100; i++) {
        operate(0, 1, 0);
        operate(1, -1, 0);
    }
    wait(NULL);
    printf("ping and pong: %d %d\n", value(0), value(1));

    semctl(g_id, 0, SETVAL, 3);
    fflush(stdout);
    if (fork() == 0) {
        show("child takes", operate(0, -2, SEM_UNDO));
        show("child adds", operate(0, 1, SEM_UNDO));
        printf("  %d\n", value(0));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    printf("after its end: %d\n", value(0));
    fflush(stdout);
    const pid_t killed = fork();
    if (killed == 0) {
        operate(0, -3, SEM_UNDO);
        operate(1, 1, 0);
        pause();
    }
    operate(1, -1, 0);
    printf("taken: %d\n", value(0));
    kill(killed, SIGKILL);
    wait(NULL);
    printf("after it was killed: %d\n", value(0));
    fflush(stdout);
    // Undo wakes those who wait.
    if (fork() == 0) {
        operate(0, -3, SEM_UNDO);
        operate(1, 1, 0);
        wait_ms(40);
        _exit(0);
    }
    operate(1, -1, 0);
    show("take what the child has", operate(0, -3, 0));
    wait(NULL);
    printf("%d\n", value(0));
    semctl(g_id, 0, SETVAL, 0);
    fflush(stdout);
    if (fork() == 0) {
        show("child waits", operate(0, -1, 0));
        _exit(0);
    }
    show("GETNCNT", waiters_in_the_end());
    const int removed = semctl(g_id, 0, IPC_RMID);
    wait(NULL);
    show("removed", removed);
    show("operate", operate(0, 1, 0));
    show("remove", semctl(g_id, 0, IPC_RMID));
}

int main(void)
{
    g_key = 0x5b000000 + getpid() * 4;
    making();
    values();
    operations();
    waiting();
    interrupted();
    processes();
    moments();
    barriers();
    return 0;
}
