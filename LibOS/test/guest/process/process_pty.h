// SPDX-License-Identifier: MIT
// For programs that start children at the other side of a pseudo terminal.
#ifndef LIBOS_TEST_GUEST_PROCESS_PROCESS_PTY_H
#define LIBOS_TEST_GUEST_PROCESS_PROCESS_PTY_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include "children.h"
#include "errors.h"

static int g_master;
static char g_name[64];

static void open_pair(void)
{
    g_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    grantpt(g_master);
    unlockpt(g_master);
    ptsname_r(g_master, g_name, sizeof(g_name));
}

// The output of the other side up to a text; what comes is printed without carriage returns.
static void watch(const char *text)
{
    static char seen[4096];
    size_t size = 0;
    while (size + 1 < sizeof(seen)) {
        const long got = read(g_master, seen + size, 1);
        if (got <= 0) {
            printf("%.*s[%s]\n", (int)size, seen, got == 0 ? "end" : error_name(errno));
            return;
        }
        if (seen[size] != '\r')
            size++;
        seen[size] = '\0';
        if (size >= strlen(text) && strcmp(seen + size - strlen(text), text) == 0)
            break;
    }
    printf("%s|\n", seen);
}

static void type(const char *text)
{
    if (write(g_master, text, strlen(text)) != (long)strlen(text))
        printf("typed less\n");
}

// A child that leads a session whose terminal is the pair's; its standard streams are that.
static pid_t start_at_terminal(int (*run)(void))
{
    open_pair();
    const pid_t pid = fork_clean();
    if (pid != 0)
        return pid;
    setsid();
    const int fd = open(g_name, O_RDWR);
    close(g_master);
    for (int i = 0; i < 3; i++)
        dup2(fd, i);
    close(fd);
    setvbuf(stdout, NULL, _IONBF, 0);
    exit_clean(run());
}

static void on(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigaction(signal, &action, NULL);
}

static int be_default(void)
{
    printf("ready\n");
    while (pause() < 0)
        ;
    return 9;
}

// If all goes wrong, it ends.
static void begin(void)
{
    setvbuf(stdout, NULL, _IOFBF, 65536);
    alarm(50);
}

#endif
