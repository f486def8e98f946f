// SPDX-License-Identifier: MIT
// A pseudo terminal between processes: lines, settings, size, signals that it sends, much output and input, waiting for it.
#include <spawn.h>
#include <sys/epoll.h>
#include "process_pty.h"

/***** Lines and settings *****/

// What it has to say comes after the echo of all that is typed.
static int lines(void)
{
    static char all[1024];
    char line[256];
    while (fgets(line, sizeof(line), stdin) != NULL)
        strcat(strcat(all, "got "), line);
    printf("%seof %d\n", all, feof(stdin) != 0);
    return 3;
}

static int raw(void)
{
    char bytes[4];
    struct termios settings;
    tcgetattr(0, &settings);
    cfmakeraw(&settings);
    tcsetattr(0, TCSANOW, &settings);
    printf("raw\n");
    for (int i = 0; i < 4; i++)
        if (read(0, bytes + i, 1) != 1)
            return 9;
    printf("%d %d %d %d\n", bytes[0], bytes[1], bytes[2], bytes[3]);
    pause();
    return 0;
}

static void settings(void)
{
    struct termios now;
    printf("-- lines\n");
    pid_t pid = start_at_terminal(lines);
    type("one\ntwo\177\177\177\nth");
    type("ree\n");
    type("\004");
    watch("]");
    end_of(pid);
    close(g_master);

    printf("-- settings\n");
    pid = start_at_terminal(raw);
    watch("raw\n");
    tcgetattr(g_master, &now);
    printf("flags %d %d\n", (now.c_lflag & (ICANON | ECHO | ISIG)) != 0, (now.c_oflag & OPOST) != 0);
    type("\003\r\004x");
    watch("3 13 4 120\n");
    kill(pid, SIGKILL);
    end_of(pid);
    watch("]");
    close(g_master);
}

/***** Signals of the terminal *****/

static void handle(int signal)
{
    const char text[] = {'<', (char)('0' + signal / 10), (char)('0' + signal % 10), '>', '\n'};
    if (write(1, text, sizeof(text)) < 0)
        _exit(99);
}

// Signals come only while it waits for them. Their echo, which it might overtake, is off.
static int be_quiet(void)
{
    struct winsize size;
    struct termios settings;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &all, NULL);
    tcgetattr(0, &settings);
    settings.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(0, TCSANOW, &settings);
    on(SIGWINCH, handle);
    on(SIGINT, handle);
    on(SIGQUIT, handle);
    printf("ready\n");
    while (sigsuspend(&none) < 0 && ioctl(0, TIOCGWINSZ, &size) == 0)
        printf("%dx%d\n", size.ws_col, size.ws_row);
    return 9;
}

static void signals(void)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    printf("-- signals\n");
    pid_t pid = start_at_terminal(be_quiet);
    watch("ready\n");
    printf("size: %s\n", outcome(ioctl(g_master, TIOCSWINSZ, &size)));
    watch("80x24\n");
    printf("the same: %s\n", outcome(ioctl(g_master, TIOCSWINSZ, &size)));
    type("\003");
    watch("80x24\n");
    type("\034");
    watch("80x24\n");
    printf("TIOCSIG: %s\n", outcome(ioctl(g_master, TIOCSIG, SIGINT)));
    watch("80x24\n");
    printf("TIOCSIG: %s\n", outcome(ioctl(g_master, TIOCSIG, SIGUSR1)));
    close(g_master);
    end_of(pid);

    pid = start_at_terminal(be_default);
    watch("ready\n");
    type("\003");
    end_of(pid);
    close(g_master);
}

/***** Much *****/

#define MUCH 300000

static int print_much(void)
{
    static char bytes[MUCH];
    struct termios now;
    tcgetattr(0, &now);
    cfmakeraw(&now);
    tcsetattr(0, TCSANOW, &now);
    for (int i = 0; i < MUCH; i++)
        bytes[i] = (char)('a' + i % 26);
    printf("go\n");
    for (long done = 0; done < MUCH;) {
        const long written = write(1, bytes + done, (size_t)(MUCH - done));
        if (written <= 0)
            return 1;
        done += written;
    }
    return 0;
}

static int read_much(void)
{
    static char bytes[1000];
    struct termios now;
    long sum = 0, count = 0;
    tcgetattr(0, &now);
    cfmakeraw(&now);
    tcsetattr(0, TCSANOW, &now);
    printf("go\n");
    while (count < MUCH) {
        const long got = read(0, bytes, sizeof(bytes));
        if (got <= 0)
            return 1;
        count += got;
        for (long i = 0; i < got; i++)
            sum += bytes[i];
    }
    printf("sum %ld\n", sum);
    return 0;
}

static void much(void)
{
    static char bytes[MUCH];
    long count = 0, wrong = 0, got;
    printf("-- much\n");
    pid_t pid = start_at_terminal(print_much);
    watch("go\n");
    while ((got = read(g_master, bytes, 5000)) > 0)
        for (long i = 0; i < got; i++, count++)
            wrong += bytes[i] != (char)('a' + count % 26);
    printf("%ld bytes, %ld wrong\n", count, wrong);
    end_of(pid);
    close(g_master);

    pid = start_at_terminal(read_much);
    watch("go\n");
    for (int i = 0; i < MUCH; i++)
        bytes[i] = (char)(i % 100);
    for (count = 0; count < MUCH && (got = write(g_master, bytes + count, (size_t)(MUCH - count))) > 0;)
        count += got;
    watch("\n");
    end_of(pid);
    close(g_master);
}

/***** Waiting for it, and programs *****/

static int say_later(void)
{
    char byte;
    usleep(30000);
    printf("later\n");
    read(0, &byte, 1);
    return 0;
}

static void waiting(void)
{
    struct epoll_event event = {.events = EPOLLIN}, got;
    printf("-- waiting\n");
    const int set = epoll_create1(EPOLL_CLOEXEC);
    pid_t pid = start_at_terminal(say_later);
    epoll_ctl(set, EPOLL_CTL_ADD, g_master, &event);
    int count = epoll_wait(set, &got, 1, 10000);
    printf("epoll: %d %x\n", count, got.events & EPOLLIN);
    watch("later\n");
    printf("nothing: %d\n", epoll_wait(set, &got, 1, 0));
    type("\n");
    fd_set fds;
    FD_ZERO(&fds);
    FD_SET(g_master, &fds);
    printf("select: %d\n", select(g_master + 1, &fds, NULL, NULL, NULL));
    end_of(pid);
    watch("]");
    count = epoll_wait(set, &got, 1, 10000);
    printf("epoll: %d %x\n", count, got.events & EPOLLHUP);
    close(g_master);
    close(set);
}

static void spawned(void)
{
    static const char *const arguments[] = {"sh", "-c", "read line; echo \"$line is what came\"; test -t 0 && echo yes",
                                            NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    printf("-- a program\n");
    open_pair();
    const int fd = open(g_name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, 0);
    posix_spawn_file_actions_adddup2(&actions, fd, 1);
    printf("spawn: %d\n", posix_spawn(&pid, "/bin/sh", &actions, NULL, (char **)(uintptr_t)arguments, environ));
    close(fd);
    type("this\n");
    watch("yes\n");
    end_of(pid);
    watch("]");
    posix_spawn_file_actions_destroy(&actions);
    close(g_master);
}

int main(void)
{
    begin();
    settings();
    signals();
    much();
    waiting();
    spawned();
    return 0;
}
