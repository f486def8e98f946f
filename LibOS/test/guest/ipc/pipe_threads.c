// SPDX-License-Identifier: MIT
// Pipes between threads: blocking, atomic writes, large transfers, interruption, closing under a sleeper's eyes.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include "show.h"

static int g_fds[2], g_back[2];

static void *ping(void *arg)
{
    char c;
    (void)arg;
    while (read(g_fds[0], &c, 1) == 1)
        if (write(g_back[1], &c, 1) != 1)
            break;
    return NULL;
}

#define TOTAL 3000000
static void *produce(void *arg)
{
    static unsigned char block[70000];
    size_t done = 0;
    (void)arg;
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (unsigned char)(i % 251);
    for (size_t size = 1; done < TOTAL; size = size * 3 % 69997 + 1) {
        if (size > TOTAL - done)
            size = TOTAL - done;
        if (write(g_fds[1], block, size) != (long)size)
            printf("short write\n");
        done += size;
    }
    close(g_fds[1]);
    return NULL;
}

/* Each line is one atomic write. */
#define LINES 300
static void *write_lines(void *arg)
{
    char line[1000];
    memset(line, 'a' + (int)(long)arg, sizeof(line));
    for (int i = 0; i < LINES; i++)
        write(g_fds[1], line, sizeof(line));
    return NULL;
}

static volatile sig_atomic_t g_caught;

static void on_signal(int signal)
{
    (void)signal;
    g_caught = 1;
}

static void *kill_later(void *arg)
{
    g_caught = 0;
    wait_asleep(getpid(), 20);
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    while (!g_caught) // until then what is written would be read instead
        wait_ms(1);
    write(g_fds[1], "x", 1);
    return NULL;
}

static void *close_later(void *arg)
{
    wait_ms(50);
    close(*(int *)arg);
    return NULL;
}

static void *poll_later(void *arg)
{
    struct pollfd item = {g_fds[1], POLLOUT, 0};
    (void)arg;
    poll(&item, 1, -1);
    printf("room %#x\n", (unsigned)item.revents);
    return NULL;
}

int main(void)
{
    pthread_t thread, threads[3], self = pthread_self();
    char c = 0;
    signal(SIGPIPE, SIG_IGN);
    pipe(g_fds);
    pipe(g_back);
    pthread_create(&thread, NULL, ping, NULL);
    int right = 0;
    for (int i = 0; i < 2000; i++) {
        c = (char)i;
        write(g_fds[1], &c, 1);
        read(g_back[0], &c, 1);
        right += c == (char)i;
    }
    printf("ping-pong %d\n", right);
    close(g_fds[1]);
    pthread_join(thread, NULL);
    close(g_fds[0]);

    pipe(g_fds);
    pthread_create(&thread, NULL, produce, NULL);
    static unsigned char buffer[50000];
    size_t sum = 0, bytes = 0;
    for (long got, size = 1; (got = read(g_fds[0], buffer, (size_t)size)) > 0; size = size * 7 % 49999 + 1) {
        bytes += (size_t)got;
        for (long i = 0; i < got; i++)
            sum += buffer[i];
    }
    printf("bytes %zu sum %zu\n", bytes, sum);
    pthread_join(thread, NULL);
    close(g_fds[0]);

    pipe(g_fds);
    fcntl(g_fds[0], F_SETPIPE_SZ, 4096);
    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, write_lines, (void *)i);
    int mixed = 0, counts[3] = {0};
    for (int i = 0; i < 3 * LINES; i++) {
        for (size_t got = 0; got < 1000;)
            got += (size_t)read(g_fds[0], buffer + got, 1000 - got);
        for (int j = 1; j < 1000; j++)
            mixed |= buffer[j] != buffer[0];
        counts[(buffer[0] - 'a') % 3]++;
    }
    printf("mixed %d: %d %d %d\n", mixed, counts[0], counts[1], counts[2]);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);

    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, kill_later, &self);
    show("interrupted", read(g_fds[0], &c, 1));
    pthread_join(thread, NULL);
    show("read", read(g_fds[0], &c, 1));
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, kill_later, &self);
    show("restarted", read(g_fds[0], &c, 1));
    pthread_join(thread, NULL);

    pthread_create(&thread, NULL, close_later, &g_fds[1]);
    show("closed", read(g_fds[0], &c, 1));
    pthread_join(thread, NULL);
    close(g_fds[0]);

    pipe(g_fds);
    static char block[65536];
    write(g_fds[1], block, sizeof(block));
    pthread_create(&thread, NULL, close_later, &g_fds[0]);
    show("no reader", write(g_fds[1], "x", 1));
    pthread_join(thread, NULL);
    close(g_fds[1]);

    pipe(g_fds);
    write(g_fds[1], block, sizeof(block));
    pthread_create(&thread, NULL, poll_later, NULL);
    wait_ms(50);
    const long count = read(g_fds[0], block, 4096);
    pthread_join(thread, NULL);
    show("read", count);
    return 0;
}
