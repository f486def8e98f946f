// SPDX-License-Identifier: MIT
// epoll while other threads add, change, remove and close its members and the sets themselves. Prints only that it ended.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include "show.h"

enum { SETS = 3, FILES = 12, ROUNDS = 3000 };
static int g_sets[SETS], g_files[FILES];
static volatile int g_stop;

static unsigned next(unsigned *seed)
{
    return *seed = *seed * 1103515245u + 12345u, *seed >> 16;
}

static int make(unsigned kind)
{
    int fds[2];
    if (kind % 3 == 0)
        return eventfd(1, EFD_NONBLOCK);
    if (kind % 3 == 1 ? pipe2(fds, O_NONBLOCK) : socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds))
        return -1;
    const int kept = fds[kind / 3 % 2];
    close(fds[1 - kind / 3 % 2]);
    return kept;
}

static void *change(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    for (int i = 0; i < ROUNDS; i++) {
        unsigned which = next(&seed) % FILES, set = next(&seed) % SETS;
        uint32_t modes[] = {0, EPOLLET, EPOLLONESHOT, EPOLLET | EPOLLONESHOT};
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | modes[next(&seed) % 4], .data.u32 = which};
        switch (next(&seed) % 8) {
        case 0: {
            int fd = make(next(&seed));
            int old = __atomic_exchange_n(&g_files[which], fd, __ATOMIC_SEQ_CST);
            close(old);
            break;
        }
        case 1:
            epoll_ctl(g_sets[set], EPOLL_CTL_DEL, g_files[which], NULL);
            break;
        case 2:
            epoll_ctl(g_sets[set], EPOLL_CTL_MOD, g_files[which], &event);
            break;
        case 3:
            event.events = EPOLLIN;
            epoll_ctl(g_sets[set], EPOLL_CTL_ADD, g_sets[next(&seed) % SETS], &event);
            break;
        case 4: {
            uint64_t value = 1;
            if (write(g_files[which], &value, 8) < 0)
                read(g_files[which], &value, 8);
            break;
        }
        default:
            epoll_ctl(g_sets[set], EPOLL_CTL_ADD, g_files[which], &event);
        }
    }
    return NULL;
}

static void *wait(void *arg)
{
    struct epoll_event events[4];
    while (!g_stop)
        epoll_wait(g_sets[(uintptr_t)arg % SETS], events, 4, 1);
    return NULL;
}

int main(void)
{
    pthread_t threads[7];
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < SETS; i++)
        g_sets[i] = epoll_create1(0);
    for (int i = 0; i < FILES; i++)
        g_files[i] = make((unsigned)i);
    for (uintptr_t i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, change, (void *)(i + 1));
    for (uintptr_t i = 3; i < 7; i++)
        pthread_create(&threads[i], NULL, wait, (void *)i);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    g_stop = 1;
    for (int i = 3; i < 7; i++)
        pthread_join(threads[i], NULL);
    printf("ended\n");
    return 0;
}
