// SPDX-License-Identifier: MIT
// Job control at a pseudo terminal: sessions, groups in the foreground and the background, and the ends of both sides.
#include <stdbool.h>
#include "process_pty.h"

/***** Sessions and groups *****/

// A child with a group of its own, in the background.
static pid_t in_group(int (*run)(void))
{
    const pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        const int code = run();
        fflush(stdout);
        _exit(code);
    }
    setpgid(pid, pid);
    return pid;
}

static void stopped(pid_t pid)
{
    int status;
    waitpid(pid, &status, WUNTRACED);
    if (WIFSTOPPED(status))
        printf("stopped by %d\n", WSTOPSIG(status));
    else
        printf("not stopped: %x\n", status);
}

static int read_line(void)
{
    char byte;
    const long got = read(0, &byte, 1);
    printf("read %ld %s\n", got, got < 0 ? error_name(errno) : "");
    return 4;
}

static int take_foreground(void)
{
    printf("background: tcsetpgrp %s\n", outcome(tcsetpgrp(0, getpgrp())));
    return 5;
}

static int take_foreground_ignoring(void)
{
    signal(SIGTTOU, SIG_IGN);
    return take_foreground();
}

static int read_ignoring(void)
{
    signal(SIGTTIN, SIG_IGN);
    return read_line();
}

static int change_settings(void)
{
    struct termios now;
    tcgetattr(0, &now);
    printf("tcsetattr %s\n", outcome(tcsetattr(0, TCSADRAIN, &now)));
    return 6;
}

static int write_tostop(void)
{
    printf("written in the background\n");
    return 7;
}

static int groups(void)
{
    struct termios now;
    const int tty = open("/dev/tty", O_RDWR);
    const pid_t own = getpid();
    printf("/dev/tty: %d %d\n", tty >= 0, tcgetsid(tty) == own);
    printf("mine: %d %d %d\n", tcgetpgrp(0) == own, tcgetsid(0) == own, getpgrp() == own);
    printf("again: %s\n", outcome(ioctl(0, TIOCSCTTY, 0)));
    printf("no group: %s\n", outcome(tcsetpgrp(0, 999999)));
    printf("other session: %s\n", outcome(tcsetpgrp(0, getppid())));
    printf("negative: %s\n", outcome(tcsetpgrp(0, -3)));

    pid_t pid = in_group(read_line);
    stopped(pid);
    tcsetpgrp(0, pid);
    kill(pid, SIGCONT);
    end_of(pid);
    signal(SIGTTOU, SIG_IGN);
    printf("back: %s\n", outcome(tcsetpgrp(0, own)));
    signal(SIGTTOU, SIG_DFL);

    pid = in_group(take_foreground);
    stopped(pid);
    kill(pid, SIGKILL);
    end_of(pid);
    end_of(in_group(read_ignoring));
    end_of(in_group(take_foreground_ignoring));
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, own);
    signal(SIGTTOU, SIG_DFL);
    pid = in_group(change_settings);
    stopped(pid);
    kill(pid, SIGKILL);
    end_of(pid);

    end_of(in_group(write_tostop));
    tcgetattr(0, &now);
    now.c_lflag |= TOSTOP;
    tcsetattr(0, TCSANOW, &now);
    pid = in_group(write_tostop);
    stopped(pid);
    kill(pid, SIGKILL);
    end_of(pid);
    return 0;
}

static int no_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR);
    printf("in the session: %s\n", outcome(fd));
    const pid_t pid = fork();
    if (pid == 0) {
        setsid();
        printf("in another: %s\n", outcome(open("/dev/tty", O_RDWR)));
        printf("tcgetpgrp: %s\n", outcome(tcgetpgrp(0)));
        printf("tcgetsid: %s\n", outcome(tcgetsid(0)));
        printf("TIOCNOTTY: %s\n", outcome(ioctl(0, TIOCNOTTY)));
        printf("open for nothing: %s\n", outcome(open(g_name, O_RDWR)));
        printf("still none: %s\n", outcome(open("/dev/tty", O_RDWR)));
        fflush(stdout);
        _exit(0);
    }
    end_of(pid);
    signal(SIGHUP, SIG_IGN);
    printf("given up: %s\n", outcome(ioctl(0, TIOCNOTTY)));
    printf("none: %s %s\n", outcome(open("/dev/tty", O_RDWR)), outcome(tcgetpgrp(0)));
    printf("taken: %s\n", outcome(ioctl(0, TIOCSCTTY, 0)));
    printf("there: %s\n", outcome(open("/dev/tty", O_RDWR)));
    return 0;
}

static void sessions(void)
{
    printf("-- groups\n");
    pid_t pid = start_at_terminal(groups);
    watch("stopped by 21\n");
    type("x\n");
    watch("]");
    end_of(pid);
    close(g_master);
    printf("-- sessions\n");
    pid = start_at_terminal(no_terminal);
    watch("]");
    end_of(pid);
    close(g_master);
}

/***** Ends *****/

static int wait_for_hangup(void)
{
    char byte;
    on(SIGHUP, SIG_IGN);
    printf("ready\n");
    // Who waits when it happens gets EIO, others the end.
    const bool ended = read(0, &byte, 1) == 0 || errno == EIO;
    const int error = write(1, "x", 1) < 0 ? errno : 0;
    struct pollfd item = {0, POLLIN, 0};
    poll(&item, 1, 0);
    // What is left to tell by is the exit code.
    return (ended ? 1 : 0) | (error == EIO ? 2 : 0) | (item.revents & POLLHUP ? 4 : 0) |
           (open("/dev/tty", O_RDWR) < 0 && errno == ENXIO ? 8 : 0);
}

static int g_told[2];

static int leave_child(void)
{
    const pid_t pid = fork();
    if (pid == 0) {
        on(SIGHUP, SIG_DFL);
        for (;;)
            pause();
    }
    printf("ready\n");
    return 6;
}

static int leave_group_in_background(void)
{
    int ready[2];
    char byte;
    pipe(ready);
    const pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        close(g_told[0]);
        close(ready[1]);
        // Until the session's leader has gone; the terminal is there, and no longer this process's.
        while (tcgetpgrp(0) >= 0)
            usleep(1000);
        printf("in the background\n");
        write(g_told[1], errno == ENOTTY ? "alive" : "dead", 5);
        _exit(0);
    }
    close(ready[1]);
    read(ready[0], &byte, 1);
    return 6;
}

static void ends(void)
{
    struct pollfd item = {.events = POLLIN};
    char text[8] = "";
    printf("-- ends\n");
    pid_t pid = start_at_terminal(be_default);
    watch("ready\n");
    close(g_master);
    end_of(pid);

    pid = start_at_terminal(wait_for_hangup);
    watch("ready\n");
    close(g_master);
    end_of(pid);

    pid = start_at_terminal(leave_child);
    watch("]");
    end_of(pid);
    item.fd = g_master;
    poll(&item, 1, 0);
    printf("events %x\n", (unsigned)item.revents & (POLLIN | POLLHUP));
    close(g_master);

    pipe(g_told);
    pid = start_at_terminal(leave_group_in_background);
    close(g_told[1]);
    end_of(pid);
    read(g_told[0], text, 5);
    printf("in the background: %.5s\n", text);
    watch("]");
    close(g_told[0]);
    close(g_master);

    // A terminal whose users have gone can be used again.
    open_pair();
    int fd = open(g_name, O_RDWR | O_NOCTTY);
    close(fd);
    printf("left: %ld %s\n", (long)read(g_master, text, 1), error_name(errno));
    fd = open(g_name, O_RDWR | O_NOCTTY);
    printf("again: %ld\n", (long)write(fd, "y", 1));
    watch("y");
    close(fd);
    close(g_master);
}

int main(void)
{
    begin();
    sessions();
    ends();
    return 0;
}
