/* SPDX-License-Identifier: MIT */
/* Steps on descriptors themselves: closing, duplicating, flags, locks, attributes, seals; and looking at all of them. */
#include "same.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether a descriptor has no name, and is called so instead. */
static bool is_called(int fd, const char *what)
{
    char link[32], target[16] = "";
    snprintf(link, sizeof(link), "%d", fd);
    return readlinkat(FD_DESCRIPTORS, link, target, sizeof(target) - 1) > 0 && strncmp(target, what, strlen(what)) == 0;
}

bool is_memfd(int fd)
{
    return is_called(fd, "/memfd:");
}

bool is_pipe(int fd)
{
    return is_called(fd, "pipe:");
}

/* Whether nobody reads what would be written. */
bool is_broken(int fd)
{
    struct pollfd poll_fd = {fd, POLLOUT, 0};
    return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & POLLERR;
}

/* Whether the pipe holds so much that it matters how: Linux counts its pages, the library OS bytes. */
bool is_crowded(int fd)
{
    int size = 0;
    return is_pipe(fd) && ioctl(fd, FIONREAD, &size) == 0 && size > 8192;
}

/* One that is still there: in the library OS it is known by its name. */
bool is_directory(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) && status.st_nlink > 0;
}

/* FIFOs with names: one of a tmpfs tells of itself what was so when it was opened, and one of the host not how much is in it. */
static bool is_fifo(int fd)
{
    struct stat status;
    return !is_pipe(fd) && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

void see_files(void)
{
    for (int fd = 3; fd < FD_LIMIT; fd++) {
        struct stat status;
        const int flags = fcntl(fd, F_GETFL);
        if (flags < 0)
            continue;
        if (flags & O_PATH) {
            see("%d: flags %#o, %d", fd, (unsigned)flags, fcntl(fd, F_GETFD));
            continue;
        }
        if (fstat(fd, &status) < 0) {
            see("%d: %s", fd, strerrorname_np(errno));
            continue;
        }
        if (is_fifo(fd))
            status.st_mode = S_IFIFO, status.st_nlink = 1;
        int ready = -1;
        if (is_pipe(fd))
            ioctl(fd, FIONREAD, &ready);
        struct pollfd poll_fd = {fd, POLLIN | POLLOUT, 0};
        poll(&poll_fd, 1, 0);
        if (is_crowded(fd))
            poll_fd.revents &= ~POLLOUT;
        see("%d: %s %#o, size %ld, %ld names, flags %#o, %d, at %ld, %d bytes, %#x", fd, kind_of(&status),
            status.st_mode & 07777u, S_ISDIR(status.st_mode) ? 0 : (long)status.st_size, (long)status.st_nlink,
            (unsigned)flags, fcntl(fd, F_GETFD), S_ISREG(status.st_mode) ? (long)lseek(fd, 0, SEEK_CUR) : 0, ready,
            (unsigned)poll_fd.revents);
    }
}

static void step_close(void)
{
    const int fd = ask_fd();
    say_result(close(fd));
}

static void step_dup(void)
{
    const int fd = ask_fd();
    say_result(dup(fd));
}

static void step_dup3(void)
{
    static const struct word flags[] = {WORD(0), WORD(0), WORD(O_CLOEXEC), WORD(O_NONBLOCK)};
    const int fd = ask_fd();
    say(", ");
    const int to = ask_fd();
    say(", ");
    const long how = ask_word(WORDS(flags));
    say_result(once_in(2) ? dup3(fd, to, (int)how) : dup2(fd, to));
}

/* Nothing is made to wait. */
static void step_flags(void)
{
    static const struct word commands[] = {WORD(F_SETFL),      WORD(F_SETFD),    WORD(F_DUPFD), WORD(F_DUPFD_CLOEXEC),
                                           WORD(F_GETPIPE_SZ), WORD(F_GETLEASE), WORD(9999)};
    static const struct word values[] = {WORD(0),
                                         WORD(1),
                                         WORD(O_APPEND),
                                         WORD(O_NOATIME),
                                         WORD(O_CREAT | O_RDWR),
                                         WORD(5),
                                         WORD(O_APPEND | O_NOATIME),
                                         WORD(77),
                                         WORD(65536)};
    const int fd = ask_fd();
    say(", ");
    const long command = ask_word(WORDS(commands));
    say(", ");
    const long value = ask_word(WORDS(values));
    if (command == F_GETPIPE_SZ && is_fifo(fd))
        return;
    say_result(fcntl(fd, (int)command, command == F_SETFL ? value | O_NONBLOCK : value));
}

static void step_lock(void)
{
    static const struct word commands[] = {WORD(F_SETLK),     WORD(F_GETLK),     WORD(F_OFD_SETLK),
                                           WORD(F_OFD_GETLK), WORD(F_OFD_SETLK), WORD(F_OFD_GETLK)};
    static const struct word types[] = {WORD(F_RDLCK), WORD(F_WRLCK), WORD(F_UNLCK), WORD(F_WRLCK)};
    static const struct word whences[] = {WORD(SEEK_SET), WORD(SEEK_SET), WORD(SEEK_CUR), WORD(SEEK_END), WORD(9)};
    const int fd = ask_fd();
    say(", ");
    const long command = ask_word(WORDS(commands));
    say(", ");
    const long type = ask_word(WORDS(types));
    say(", ");
    const long whence = ask_word(WORDS(whences));
    say(", ");
    const long start = ask_number((const long[]){0, 0, 10, 100, -5, INT64_MAX}, 6);
    say(", ");
    const long size = ask_number((const long[]){0, 10, 50, -10, INT64_MAX}, 5);
    const bool asks = command == F_GETLK || command == F_OFD_GETLK;
    if (is_directory(fd) && whence != SEEK_SET)
        return;
    struct flock lock = {.l_type = (short)(asks && type == F_UNLCK ? F_RDLCK : type),
                         .l_whence = (short)whence,
                         .l_start = start,
                         .l_len = size};
    const int result = fcntl(fd, (int)command, &lock);
    say_result(result);
    if (result == 0 && asks)
        say(" %d %d %ld %ld %s", lock.l_type, lock.l_whence, (long)lock.l_start, (long)lock.l_len,
            lock.l_pid == getpid() ? "own"
            : lock.l_pid == -1     ? "none's"
                                   : "0");
}

static void step_flock(void)
{
    static const struct word operations[] = {WORD(LOCK_SH), WORD(LOCK_EX), WORD(LOCK_UN),
                                             WORD(LOCK_EX), WORD(0),       WORD(32)};
    const int fd = ask_fd();
    say(", ");
    const long operation = ask_word(WORDS(operations)) | LOCK_NB;
    say_result(flock(fd, (int)operation));
}

static void step_fchmod(void)
{
    const int fd = ask_fd();
    say(", ");
    const int mode = ask_mode() & 07777;
    if (is_fifo(fd))
        return;
    say_result(fchmod(fd, (mode_t)(is_memfd(fd) ? mode & 01777 : is_directory(fd) ? mode | 0700 : mode)));
}

static void step_fchown(void)
{
    const int fd = ask_fd();
    if (!is_fifo(fd))
        say_result(fchown(fd, getuid(), getgid()));
}

static void step_futimens(void)
{
    const struct timespec times[2] = {{(long)pick(1000), 5}, {(long)pick(1000), UTIME_OMIT - (long)pick(2)}};
    const int fd = ask_fd();
    if (!is_fifo(fd))
        say_result(futimens(fd, times));
}

static void step_memfd(void)
{
    static const struct word flags[] = {WORD(0), WORD(MFD_CLOEXEC), WORD(MFD_ALLOW_SEALING), WORD(MFD_ALLOW_SEALING),
                                        WORD(8), WORD(0x100)};
    const long how = ask_word(WORDS(flags));
    say_result(memfd_create("memory", (unsigned)how));
}

static void step_seals(void)
{
    static const struct word seals[] = {WORD(F_SEAL_SEAL),  WORD(F_SEAL_SHRINK),       WORD(F_SEAL_GROW),
                                        WORD(F_SEAL_WRITE), WORD(F_SEAL_FUTURE_WRITE), WORD(0x20),
                                        WORD(0x100)};
    const int fd = ask_fd();
    say(", ");
    const long wanted = ask_words(WORDS(seals));
    if (!is_memfd(fd))
        return; /* Linux has sealed the files of a tmpfs, too */
    say_result(fcntl(fd, F_ADD_SEALS, wanted));
    say(" %d", fcntl(fd, F_GET_SEALS));
}

static void step_advise(void)
{
    const int fd = ask_fd();
    say(", ");
    const long advice = ask_number((const long[]){0, 1, 2, 3, 4, 5, 6, -1}, 8);
    errno = (int)syscall(SYS_fadvise64, fd, 0, once_in(10) ? -1 : 100, advice) < 0 ? errno : 0;
    say(") = %s", errno ? strerrorname_np(errno) : "0");
}

static void step_ioctl(void)
{
    static const struct word requests[] = {WORD(FIONREAD), WORD(FIOCLEX), WORD(FIONCLEX), WORD(TIOCGWINSZ),
                                           WORD(0x1234)};
    int value[8] = {-7};
    const int fd = ask_fd();
    say(", ");
    const long request = ask_word(WORDS(requests));
    if (request == FIONREAD && is_fifo(fd))
        return;
    say_result(ioctl(fd, (unsigned long)request, value));
    say(" %d", value[0]);
}

static void step_close_range(void)
{
    const unsigned first = 6 + (unsigned)pick(8), last = first + (unsigned)pick(3) - (once_in(9) ? 5 : 0);
    const unsigned flags = once_in(2) ? 4u : once_in(4) ? 8u : 0u;
    say("%u, %u, %u", first, last, flags);
    say_result(syscall(SYS_close_range, first, last, flags));
}

const struct step g_descriptor_steps[] = {
    {"close", step_close},   {"close", step_close},    {"dup", step_dup},           {"dup3", step_dup3},
    {"fcntl", step_flags},   {"lock", step_lock},      {"lock", step_lock},         {"flock", step_flock},
    {"fchmod", step_fchmod}, {"fchown", step_fchown},  {"futimens", step_futimens}, {"memfd_create", step_memfd},
    {"seals", step_seals},   {"fadvise", step_advise}, {"ioctl", step_ioctl},       {"close_range", step_close_range},
};
const size_t g_descriptor_steps_count = COUNT(g_descriptor_steps);
