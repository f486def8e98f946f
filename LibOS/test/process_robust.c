/* SPDX-License-Identifier: MIT */
/* Robust locks in memory that processes share: whoever ends with one, in whatever way, leaves it to the next. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "report.h"

static struct shared {
    pthread_mutex_t lock, other;
    atomic_int steps;
} * g_shared;

static void init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void await(int steps)
{
    while (atomic_load(&g_shared->steps) < steps)
        pause_ms(1);
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
    pause_ms(20);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    waitpid(waiter, NULL, 0);
    take("the lock", &g_shared->lock);
}

int main(void)
{
    g_shared = mmap(NULL, sizeof(*g_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (g_shared == MAP_FAILED)
        return 1;
    init(&g_shared->lock);
    init(&g_shared->other);
    test_end("exit", BY_EXIT);
    test_end("a signal", BY_SIGNAL);
    test_end("another program", BY_PROGRAM);
    test_end("exit, of a lock that another thread has", BY_OTHER);
    test_end("the same, if that is busy", BY_OTHER_BUSY);
    test_waiter();
    return 0;
}
