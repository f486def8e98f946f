/* SPDX-License-Identifier: MIT */
/* What the C library builds on futexes, with many threads at once: nothing is lost and nobody is left waiting. */
#include "report.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>

#define THREADS 8
#define ROUNDS  400

static pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t g_full = PTHREAD_COND_INITIALIZER, g_empty = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t g_rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t g_barrier;
static sem_t g_semaphore;
static int g_queue[4], g_length, g_inside, g_worst;
static long g_sum, g_value, g_torn;

static void run(void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, body, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void *mutex(void *argument)
{
    (void)argument;
    for (int i = 0; i < 20 * ROUNDS; i++) {
        pthread_mutex_lock(&g_mutex);
        g_sum++;
        pthread_mutex_unlock(&g_mutex);
    }
    return NULL;
}

/* Even threads produce, odd ones consume. */
static void *condition(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&g_mutex);
        if ((long)argument % 2 == 0) {
            while (g_length == 4)
                pthread_cond_wait(&g_empty, &g_mutex);
            g_queue[g_length++] = i;
            pthread_cond_signal(&g_full);
        } else {
            while (g_length == 0)
                pthread_cond_wait(&g_full, &g_mutex);
            g_sum += g_queue[--g_length];
            pthread_cond_signal(&g_empty);
        }
        pthread_mutex_unlock(&g_mutex);
    }
    return NULL;
}

static void *timed(void *argument)
{
    long timeouts = 0;
    for (int i = 0; i < 20; i++) {
        const int64_t until = now_ns(CLOCK_REALTIME) + 1000000;
        const struct timespec time = {until / 1000000000, until % 1000000000};
        pthread_mutex_lock(&g_mutex);
        timeouts += pthread_cond_timedwait(&g_full, &g_mutex, &time) == ETIMEDOUT;
        pthread_mutex_unlock(&g_mutex);
    }
    __atomic_fetch_add(&g_sum, timeouts, __ATOMIC_RELAXED);
    return argument;
}

static void *rwlock(void *argument)
{
    static long other;
    for (int i = 0; i < ROUNDS; i++) {
        if ((i + (long)argument) % 8 == 0) {
            pthread_rwlock_wrlock(&g_rwlock);
            g_value++;
            sched_yield();
            other++;
        } else {
            pthread_rwlock_rdlock(&g_rwlock);
            if (g_value != other)
                g_torn++;
        }
        pthread_rwlock_unlock(&g_rwlock);
    }
    return NULL;
}

static void *barrier(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        if (pthread_barrier_wait(&g_barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            g_sum++;
    }
    return NULL;
}

static void *semaphore(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        while (sem_wait(&g_semaphore) < 0)
            ;
        const int inside = __atomic_add_fetch(&g_inside, 1, __ATOMIC_SEQ_CST);
        if (inside > g_worst)
            g_worst = inside;
        sched_yield();
        __atomic_sub_fetch(&g_inside, 1, __ATOMIC_SEQ_CST);
        sem_post(&g_semaphore);
    }
    return argument;
}

static void handler(int signal)
{
    (void)signal;
    __atomic_fetch_add(&g_value, 1, __ATOMIC_RELAXED);
}

static volatile int g_stop;

static void *disturbs(void *threads)
{
    for (int i = 0; !g_stop; i++) {
        pthread_kill(((pthread_t *)threads)[i % THREADS], SIGUSR1);
        wait_ms(1);
    }
    return NULL;
}

static void *hold(void *argument)
{
    semaphore(argument);
    pthread_barrier_wait(&g_barrier);
    return NULL;
}

/* With signals all the while. */
static void disturbed(void)
{
    struct sigaction action = {.sa_handler = handler};
    pthread_t threads[THREADS], disturber;
    sigaction(SIGUSR1, &action, NULL);
    pthread_barrier_destroy(&g_barrier);
    pthread_barrier_init(&g_barrier, NULL, THREADS + 1);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, hold, (void *)i);
    pthread_create(&disturber, NULL, disturbs, threads);
    wait_ms(100);
    for (int i = 0; g_value <= 10 && i < 5000; i++)
        wait_ms(1);
    g_stop = 1;
    pthread_join(disturber, NULL);
    pthread_barrier_wait(&g_barrier);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("disturbed %d\n", g_value > 10);
}

static void *endless(void *argument)
{
    (void)argument;
    for (;;)
        pause();
    return NULL;
}

int main(void)
{
    pthread_barrier_init(&g_barrier, NULL, THREADS);
    sem_init(&g_semaphore, 0, 3);
    run(mutex);
    printf("mutex %ld\n", g_sum);
    g_sum = 0;
    run(condition);
    printf("condition %ld, %d left\n", g_sum, g_length);
    g_sum = 0;
    run(timed);
    printf("timed out %ld\n", g_sum);
    g_sum = 0;
    run(rwlock);
    printf("rwlock %ld, torn %ld\n", g_value, g_torn);
    run(barrier);
    printf("barrier %ld\n", g_sum);
    run(semaphore);
    printf("semaphore at most %d\n", g_worst);
    g_value = 0;
    disturbed();
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, endless, NULL);
    wait_ms(10);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled %d\n", result == PTHREAD_CANCELED);
    return 0;
}
