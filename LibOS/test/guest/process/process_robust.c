/* SPDX-License-Identifier: MIT */
/* Robust locks in memory that processes share: whoever ends with one, in whatever way, leaves it to the next. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "moments.h"
#include "report.h"

static struct shared {
    pthread_mutex_t lock, other, inheriting;
    atomic_int steps;
    int counter;
} * g_shared;

static void init(pthread_mutex_t *lock, int protocol)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void await(int steps)
{
    while (atomic_load(&g_shared->steps) < steps)
        wait_ms(1);
}

/* The lock is what whoever ended has left. */
static void take(const char *what, pthread_mutex_t *lock)
{
    const int error = pthread_mutex_lock(lock);
    printf("%s: %s\n", what, error == EOWNERDEAD ? "left by its owner" : error == 0 ? "free" : "?");
    fflush(stdout);
    if (error == EOWNERDEAD)
        pthread_mutex_consistent(lock);
    pthread_mutex_unlock(lock);
}

static void *hold(void *lock)
{
    pthread_mutex_lock(lock);
    atomic_fetch_add(&g_shared->steps, 1);
    for (;;)
        pause();
    return NULL;
}

static void *spin(void *lock)
{
    pthread_mutex_lock(lock);
    atomic_fetch_add(&g_shared->steps, 1);
    for (;;)
        continue;
    return NULL;
}

enum { BY_EXIT, BY_SIGNAL, BY_PROGRAM, BY_OTHER, BY_OTHER_BUSY };

static void end(int how)
{
    pthread_t thread;
    if (how != BY_OTHER && how != BY_OTHER_BUSY)
        pthread_mutex_lock(&g_shared->lock);
    else if (pthread_create(&thread, NULL, how == BY_OTHER ? hold : spin, &g_shared->lock) == 0)
        await(1);
    pthread_mutex_lock(&g_shared->other);
    switch (how) {
    case BY_SIGNAL:
        raise(SIGTERM);
        break;
    case BY_PROGRAM:
        execl("/bin/true", "true", NULL);
        break;
    default:
        break;
    }
    _exit(0);
}

static void test_end(const char *what, int how)
{
    atomic_store(&g_shared->steps, 0);
    printf("-- %s\n", what);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        end(how);
    waitpid(pid, NULL, 0);
    take("the lock", &g_shared->lock);
    take("the other", &g_shared->other);
    take("again", &g_shared->lock);
}

/* Who waits already is woken. */
static void test_waiter(void)
{
    printf("-- while somebody waits\n");
    fflush(stdout);
    atomic_store(&g_shared->steps, 0);
    const pid_t owner = fork();
    if (owner == 0)
        hold(&g_shared->lock);
    await(1);
    const pid_t waiter = fork();
    if (waiter == 0) {
        atomic_fetch_add(&g_shared->steps, 1);
        take("who waits", &g_shared->lock);
        _exit(0);
    }
    await(2);
    wait_ms(20);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    waitpid(waiter, NULL, 0);
    take("the lock", &g_shared->lock);
}

/***** Locks with priority inheritance *****/

#define ROUNDS 300

static int g_sum[2]; /* in memory of its own, for each thread */

static void *count(void *sum)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (pthread_mutex_lock(&g_shared->inheriting) == 0) {
            g_shared->counter++;
            ++*(int *)sum;
            pthread_mutex_unlock(&g_shared->inheriting);
        }
    }
    return NULL;
}

/* Three processes with two threads each want it at once; then one that has it ends, with another one waiting for it. */
static void test_inheriting(void)
{
    printf("-- with priority inheritance\n");
    fflush(stdout);
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            pthread_t thread;
            pthread_create(&thread, NULL, count, &g_sum[0]);
            count(&g_sum[1]);
            pthread_join(thread, NULL);
            _exit(g_sum[0] + g_sum[1] == 2 * ROUNDS ? 0 : 1);
        }
    }
    int status, failed = 0;
    while (wait(&status) > 0)
        failed += status != 0;
    printf("counted: %d, failed: %d\n", g_shared->counter, failed);
    fflush(stdout);
    atomic_store(&g_shared->steps, 0);
    if (fork() == 0) {
        pthread_mutex_lock(&g_shared->inheriting);
        atomic_fetch_add(&g_shared->steps, 1);
        await(2);
        wait_ms(20);
        _exit(0);
    }
    await(1);
    atomic_fetch_add(&g_shared->steps, 1);
    take("the lock", &g_shared->inheriting);
    wait(NULL);
    take("again", &g_shared->inheriting);
}

int main(void)
{
    g_shared = mmap(NULL, sizeof(*g_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (g_shared == MAP_FAILED)
        return 1;
    init(&g_shared->lock, PTHREAD_PRIO_NONE);
    init(&g_shared->other, PTHREAD_PRIO_NONE);
    init(&g_shared->inheriting, PTHREAD_PRIO_INHERIT);
    test_end("exit", BY_EXIT);
    test_end("a signal", BY_SIGNAL);
    test_end("another program", BY_PROGRAM);
    test_end("exit, of a lock that another thread has", BY_OTHER);
    test_end("the same, if that is busy", BY_OTHER_BUSY);
    test_waiter();
    test_inheriting();
    return 0;
}
