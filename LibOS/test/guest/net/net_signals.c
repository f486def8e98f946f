// SPDX-License-Identifier: MIT
// Connections that are made while signals come all the time: none fails, whether the call waits or not.
#include <stdbool.h>
#include <sys/time.h>
#include "errors.h"
#include "net_tcp.h"

#define ROUNDS 4000

static volatile int g_signals;

static void on_alarm(int signal)
{
    (void)signal;
    g_signals++;
}

static int connect_nonblock(int fd)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
    int result = connect(fd, (struct sockaddr *)&g_name, sizeof(g_name));
    if (result == 0 || errno != EINPROGRESS)
        return result;
    struct pollfd item = {fd, POLLOUT, 0};
    while (poll(&item, 1, -1) < 0)
        continue;
    int error = -1;
    socklen_t size = sizeof(error);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    return error == 0 ? 0 : -1;
}

static void play(const char *what, bool nonblock)
{
    int failed = 0, error = 0;
    for (int i = 0; i < ROUNDS && failed == 0; i++) {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        const int result = nonblock ? connect_nonblock(fd) : connect(fd, (struct sockaddr *)&g_name, sizeof(g_name));
        if (result < 0) {
            failed++;
            error = errno;
        } else {
            close(accept(g_listener, NULL, NULL));
        }
        close(fd);
    }
    printf("%s: %d failed, %s\n", what, failed, error_name(error));
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    const struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    socklen_t size = sizeof(g_name);
    g_name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    g_listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(g_listener, (struct sockaddr *)&g_name, sizeof(g_name));
    listen(g_listener, 8);
    getsockname(g_listener, (struct sockaddr *)&g_name, &size);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    play("connect", false);
    play("without waiting", true);
    setitimer(ITIMER_REAL, &never, NULL);
    printf("signals came: %d\n", g_signals > 0);
    return 0;
}
