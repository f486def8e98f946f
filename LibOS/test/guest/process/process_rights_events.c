// SPDX-License-Identifier: MIT
// Descriptors that are sent to another process and stand for something other than bytes of a file: events, timers, signals,
// processes, queues, terminals, FIFOs, names.
#include <linux/mqueue.h>
#include <poll.h>
#include <stdbool.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include "process_rights.h"

// The child makes a descriptor and sends it; the parent uses it, and has the child do its part with a step.
struct kind {
    const char *title;
    int (*make)(void);
    void (*act)(int fd); // of the child, silently, after it was told to; NULL = it ends
    void (*use)(int fd); // of the parent
    bool closes;         // the child closes its own before that
};

static int g_to_child[2];

static void tell_child(void)
{
    if (write(g_to_child[1], "s", 1) != 1)
        exit(9);
}

static void await_parent(void)
{
    char byte;
    if (read(g_to_child[0], &byte, 1) != 1)
        _exit(9);
}

static void expect(bool done)
{
    if (!done)
        _exit(8);
}

static int wait_readable(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    return poll(&item, 1, 20000);
}

static void show_count(const char *what, int fd)
{
    uint64_t count = 0;
    if (show(what, read(fd, &count, sizeof(count))) > 0)
        printf("  count %d\n", (int)count);
}

/***** Events and timers *****/

static int make_eventfd(void)
{
    return eventfd(5, 0);
}

static void add_three(int fd)
{
    const uint64_t three = 3;
    expect(write(fd, &three, sizeof(three)) == sizeof(three));
}

static void use_eventfd(int fd)
{
    show_count("  read", fd);
    tell_child();
    show_count("  read what comes", fd);
}

static int make_semaphore(void)
{
    return eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
}

static void use_semaphore(int fd)
{
    const int again = dup(fd);
    show_count("  read", fd);
    show_count("  read", again);
    show_count("  read", fd);
    show("  flags", fcntl(fd, F_GETFL));
    close(again);
}

static int make_timer(void)
{
    const struct itimerspec soon = {.it_value = {.tv_nsec = 20000000}};
    const int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(fd, 0, &soon, NULL);
    return fd;
}

static void use_timer(int fd)
{
    struct itimerspec left;
    show_count("  expired", fd);
    show("  gettime", timerfd_gettime(fd, &left));
}

/***** Signals and processes *****/

static int make_signalfd(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return signalfd(-1, &set, 0);
}

static void use_signalfd(int fd)
{
    struct signalfd_siginfo info = {0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    show("  read", read(fd, &info, sizeof(info)));
    printf("  signal %u\n", info.ssi_signo);
}

static int make_pidfd(void)
{
    return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

static void use_pidfd(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    show("  lives", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
    show("  poll", poll(&item, 1, 0));
    tell_child();
    show("  it ends", wait_readable(fd));
}

/***** Queues, terminals, FIFOs *****/

static int make_queue(void)
{
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 16};
    char name[32];
    snprintf(name, sizeof(name), "/rights.%d", (int)getpid());
    const int fd = (int)syscall(SYS_mq_open, name + 1, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    syscall(SYS_mq_timedsend, fd, "hello", 6, 1, NULL);
    syscall(SYS_mq_unlink, name + 1);
    return fd;
}

static void use_queue(int fd)
{
    char text[16] = "";
    tell_child();
    show("  receive", syscall(SYS_mq_timedreceive, fd, text, sizeof(text), NULL, NULL));
    printf("  %s\n", text);
}

static int make_master(void)
{
    const int fd = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(fd);
    unlockpt(fd);
    return fd;
}

static void use_master(int fd)
{
    char name[64] = "", text[32] = "";
    show("  name", ptsname_r(fd, name, sizeof(name)));
    const int terminal = open(name, O_RDWR | O_NOCTTY);
    show("  terminal", terminal >= 0);
    show("  write", write(terminal, "hi\n", 3));
    show("  read", read(fd, text, sizeof(text)));
    close(terminal);
}

static int g_master = -1;

static int make_terminal(void)
{
    char name[64] = "";
    g_master = make_master();
    ptsname_r(g_master, name, sizeof(name));
    return open(name, O_RDWR | O_NOCTTY);
}

static void type_line(int fd)
{
    (void)fd;
    expect(write(g_master, "line\n", 5) == 5);
    await_parent();
}

static void use_terminal(int fd)
{
    char text[32] = "";
    tell_child();
    show("  read", read(fd, text, sizeof(text)));
    show("  is a terminal", isatty(fd));
    tell_child();
}

static int g_other = -1;

static int make_fifo(const char *name)
{
    unlink(name);
    mkfifo(name, 0600);
    g_other = open(name, O_RDONLY | O_NONBLOCK);
    const int fd = open(name, O_WRONLY);
    unlink(name);
    return fd;
}

static int make_host_fifo(void)
{
    return make_fifo("fifo");
}

static int make_memory_fifo(void)
{
    char name[32];
    snprintf(name, sizeof(name), "/tmp/rights.%d", (int)getpid());
    return make_fifo(name);
}

static void read_fifo(int fd)
{
    char text[8] = "";
    (void)fd;
    expect(wait_readable(g_other) == 1 && read(g_other, text, sizeof(text)) == 4);
}

static void use_fifo(int fd)
{
    struct stat status;
    fstat(fd, &status);
    printf("  mode %o\n", status.st_mode);
    show("  write", write(fd, "data", 4));
    tell_child();
}

/***** Names *****/

static int make_name(void)
{
    return open("/etc/passwd", O_PATH);
}

static void use_name(int fd)
{
    char name[64], byte;
    struct stat status;
    show("  fstat", fstat(fd, &status));
    show("  flags", fcntl(fd, F_GETFL));
    show("  read", read(fd, &byte, 1));
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    const int again = open(name, O_RDONLY);
    show("  open", again >= 0);
    close(again);
}

static int make_directory(void)
{
    return open("/etc", O_PATH | O_DIRECTORY);
}

static void use_directory(int fd)
{
    const int file = openat(fd, "passwd", O_RDONLY);
    show("  openat", file >= 0);
    close(file);
}

/***** All of them *****/

static const struct kind g_kinds[] = {
    {"eventfd", make_eventfd, add_three, use_eventfd, false},
    {"semaphore", make_semaphore, NULL, use_semaphore, true},
    {"timerfd", make_timer, NULL, use_timer, true},
    {"signalfd", make_signalfd, NULL, use_signalfd, true},
    {"pidfd", make_pidfd, NULL, use_pidfd, true},
    {"queue", make_queue, NULL, use_queue, true},
    {"master", make_master, NULL, use_master, true},
    {"terminal", make_terminal, type_line, use_terminal, true},
    {"FIFO", make_host_fifo, read_fifo, use_fifo, true},
    {"FIFO in memory", make_memory_fifo, read_fifo, use_fifo, true},
    {"name", make_name, NULL, use_name, true},
    {"name of a directory", make_directory, NULL, use_directory, true},
};

static void play(const struct kind *kind, int socket)
{
    int fd = kind->make();
    expect(send_fds(socket, "x", &fd, 1, 0) == 1);
    if (kind->closes)
        close(fd);
    await_parent();
    if (kind->act)
        kind->act(fd);
    _exit(0);
}

static void test(const struct kind *kind)
{
    int fds[MAX], status = -1;
    printf("--- %s\n", kind->title);
    fflush(stdout);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair) < 0 || pipe(g_to_child) < 0)
        exit(1);
    const pid_t pid = fork();
    if (pid == 0)
        play(kind, g_pair[1]);
    close(g_pair[1]);
    const int count = receive_fds("  received", g_pair[0], fds, 1, 100, 0);
    close(g_pair[0]);
    if (count == 1) {
        kind->use(fds[0]);
        close(fds[0]);
    }
    tell_child();
    waitpid(pid, &status, 0);
    printf("  its end: %#x\n", (unsigned)status);
    close(g_to_child[0]);
    close(g_to_child[1]);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(g_kinds) / sizeof(g_kinds[0]); i++)
        test(&g_kinds[i]);
    return 0;
}
