/* SPDX-License-Identifier: MIT */
/* What talk does to descriptors of any kind. */
#include "talk.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <termios.h>
#include <linux/sockios.h>
#include <unistd.h>

static void write_bytes(void)
{
    const int fd = pick_fd();
    const size_t size = pick_size();
    say_result(write(fd, next_bytes(size), size));
    say_all_states();
}

static void write_vector(void)
{
    const int fd = pick_fd();
    struct stat status;
    if (fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == 0)
        return; /* eventfds take the pieces one by one */
    const size_t first = pick_size(), second = pick_size();
    unsigned char *bytes = next_bytes(first + second);
    const struct iovec vector[] = {{bytes, first}, {NULL, 0}, {bytes + first, second}};
    say_result(writev(fd, vector, 3));
    say_all_states();
}

static void read_bytes(void)
{
    unsigned char bytes[8192];
    const int fd = pick_fd();
    const ssize_t size = read(fd, bytes, pick_size());
    say_result(size);
    if (size > 0)
        say_bytes(bytes, (size_t)size);
    say_all_states();
}

static void read_vector(void)
{
    unsigned char bytes[8192] = "";
    const int fd = pick_fd();
    const size_t first = pick_size(), second = first < 4000 ? pick_size() : 0;
    const struct iovec vector[] = {{bytes, first}, {bytes + first, second}};
    const ssize_t size = readv(fd, vector, 2);
    say_result(size);
    if (size > 0)
        say_bytes(bytes, (size_t)size);
}

static void read_at(void)
{
    unsigned char bytes[8192];
    const int fd = pick_fd();
    const size_t size = pick_size();
    const ssize_t got = pread(fd, bytes, size, (off_t)pick(10));
    say_result(got);
    say_result(lseek(fd, (off_t)pick(4), SEEK_CUR));
}

static void close_one(void)
{
    const int fd = pick_fd();
    say_result(close(fd));
    forget_fd(fd);
    say_all_states();
}

static void duplicate(void)
{
    const int fd = pick_fd();
    const int copy = one_in(2) ? dup(fd) : fcntl(fd, one_in(2) ? F_DUPFD : F_DUPFD_CLOEXEC, 20);
    say_outcome(copy);
    keep_fd(copy);
}

static void duplicate_over(void)
{
    static const struct word flags[] = {WORD(O_CLOEXEC), WORD(O_NONBLOCK)};
    const int from = pick_fd(), to = pick_fd();
    say_result(dup3(from, to, (int)pick_flags(flags, 10)));
    say_all_states();
}

static void flags_of_file(void)
{
    static const struct word flags[] = {WORD(O_APPEND), WORD(O_DIRECT), WORD(O_NOATIME), WORD(O_CREAT), WORD(O_WRONLY)};
    const int fd = pick_fd();
    if (one_in(2))
        say_result(fcntl(fd, F_SETFL, (int)pick_flags(flags, 4) | O_NONBLOCK));
    const int now = fcntl(fd, F_GETFL);
    say(" %#x %d", now == -1 ? 0u : (unsigned)now, fcntl(fd, F_GETFD));
}

static void flags_of_descriptor(void)
{
    const int fd = pick_fd();
    const int flags = (int)pick(4);
    say(" %d", flags);
    say_result(fcntl(fd, F_SETFD, flags));
    say_result(fcntl(fd, F_GETFD));
}

/* Nothing is sent: O_ASYNC is not set. */
static void owner(void)
{
    static const struct word types[] = {WORD(F_OWNER_PID), WORD(F_OWNER_TID), WORD(F_OWNER_PGRP), WORD(7)};
    const int fd = pick_fd();
    struct f_owner_ex owner = {.type = -1, .pid = -1};
    switch (pick(4)) {
    case 0:
        owner.type = (int)pick_word(types);
        owner.pid = one_in(4) || !g_is_child ? 0 : getpid(); /* which is a group only there */
        say(owner.pid ? " own" : " 0");
        say_result(fcntl(fd, F_SETOWN_EX, &owner));
        break;
    case 1:
        say_result(fcntl(fd, F_SETOWN, one_in(3) ? 0 : getpid()));
        break;
    case 2:
        say_result(fcntl(fd, F_SETSIG, (int[]){0, SIGURG, SIGIO, 65, -1}[pick(5)]));
        break;
    default:
        break;
    }
    owner.type = owner.pid = -1;
    say_result(fcntl(fd, F_GETOWN_EX, &owner));
    say(" %d %s", owner.type, owner.pid == getpid() ? "own" : owner.pid == 0 ? "0" : owner.pid == -1 ? "-1" : "other");
    say_result(fcntl(fd, F_GETSIG));
    const int id = fcntl(fd, F_GETOWN);
    say(" %s", id == getpid() ? "own" : id == 0 ? "0" : id == -1 ? "-1" : "other");
}

static void control(void)
{
    static const struct word requests[] = {WORD(FIONREAD),   WORD(FIONBIO),   WORD(SIOCOUTQ), WORD(TCGETS),
                                           WORD(TIOCGWINSZ), WORD(FIOCLEX),   WORD(FIONCLEX), WORD(FIOQSIZE),
                                           WORD(SIOCINQ),    WORD(SIOCGPGRP), WORD(FIOGETOWN)};
    const int fd = pick_fd();
    const long request = pick_word(requests);
    int value = 1;
    char room[64] = "";
    const bool is_large = request == TCGETS || request == TIOCGWINSZ || request == FIOQSIZE;
    if (request == FIONREAD && is_shared_end(fd))
        return;
    const int result = ioctl(fd, (unsigned long)request, is_large ? (void *)room : (void *)&value);
    if (result < 0 && (errno == ENOTTY || errno == EINVAL)) /* of sets of epoll kernels say the one or the other */
        say(" = no");
    else
        say_result(result);
    if (value == getpid())
        say(" own");
    else
        say(" %d",
            request == SIOCOUTQ ? value > 0 : value); /* what is charged for a packet is the kernel's own affair */
}

static void status(void)
{
    const int fd = pick_fd();
    struct stat status = {0};
    say_result(fstat(fd, &status));
    say(" %o %ld %ld %lu", S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) ? status.st_mode : 0,
        (long)status.st_size, (long)status.st_blksize, (unsigned long)status.st_nlink);
}

static void seek(void)
{
    const int fd = pick_fd();
    say_result(lseek(fd, (off_t)pick(20), (int)pick(4)));
    say_result(ftruncate(fd, 10));
    say_result(fsync(fd));
}

static const struct step steps[] = {
    STEP(write_bytes), STEP(write_bytes),    STEP(write_vector),  STEP(read_bytes),
    STEP(read_bytes),  STEP(read_vector),    STEP(read_at),       STEP(close_one),
    STEP(duplicate),   STEP(duplicate_over), STEP(flags_of_file), STEP(flags_of_descriptor),
    STEP(owner),       STEP(control),        STEP(status),        STEP(seek),
};
const struct steps g_file_steps = {steps, COUNT(steps)};
