/* SPDX-License-Identifier: MIT */
/* talk's pipes, FIFOs, and the calls that move bytes from one descriptor to another. */
#include "talk.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void make_pipe(void)
{
    static const struct word flags[] = {WORD(O_CLOEXEC), WORD(O_DIRECT)};
    int fds[2] = {-1, -1};
    const long chosen = (pick_flags(flags, 4) & (g_is_child ? ~O_DIRECT : -1)) | (one_in(40) ? O_APPEND : 0);
    say_result(pipe2(fds, (int)(chosen | O_NONBLOCK)));
    keep_pair(fds);
}

/* In /tmp, where the library OS has FIFOs of its own. */
static const char *fifo_name(void)
{
    static char name[64];
    if (name[0] == '\0')
        snprintf(name, sizeof(name), "/tmp/talk-%d", getpid());
    return name;
}

void pipes_end(void)
{
    unlink(fifo_name());
}

static void make_fifo(void)
{
    say_result(mkfifo(fifo_name(), 0600));
}

static void open_fifo(void)
{
    static const struct word flags[] = {WORD(O_RDONLY), WORD(O_WRONLY), WORD(O_RDWR), WORD(O_RDONLY | O_CLOEXEC)};
    const int fd = open(fifo_name(), (int)(pick_word(flags) | O_NONBLOCK));
    say_outcome(fd);
    keep_fd(fd);
}

static void unlink_fifo(void)
{
    if (one_in(3))
        say_result(unlink(fifo_name()));
}

static void pipe_size(void)
{
    static const struct word sizes[] = {WORD(0),    WORD(1),     WORD(4096),    WORD(5000),
                                        WORD(8192), WORD(65536), WORD(1048576), WORD(-1)};
    const int fd = pick_fd();
    if (one_in(2) && !g_is_child)
        say_result(fcntl(fd, F_SETPIPE_SZ, (int)pick_word(sizes)));
    say_result(fcntl(fd, F_GETPIPE_SZ));
}

static void fill(void)
{
    const int fd = pick_fd();
    const size_t size = (g_is_child ? 50000 : BYTES_MAX) - pick(3) * 20000; /* shared pipes may hold more */
    struct stat status;
    int used = 0;
    if (fstat(fd, &status) < 0 || !S_ISFIFO(status.st_mode) || is_shared_end(fd) || ioctl(fd, FIONREAD, &used) < 0 ||
        used > 0)
        return; /* how much more fits into a pipe that holds something depends on how it came there */
    say(" %zu", size);
    say_result(write(fd, next_bytes(size), size));
    say_all_states();
}

static void drain(void)
{
    static unsigned char bytes[BYTES_MAX];
    const int fd = pick_fd();
    const ssize_t size = read(fd, bytes, sizeof(bytes));
    say_result(size);
    if (size > 0)
        say_bytes(bytes, (size_t)size);
    say_all_states();
}

static unsigned splice_flags(void)
{
    static const struct word flags[] = {WORD(SPLICE_F_MOVE), WORD(SPLICE_F_MORE)};
    return (unsigned)pick_flags(flags, 4) | SPLICE_F_NONBLOCK | (one_in(40) ? 64u : 0);
}

/* Whether what /proc calls a descriptor begins so: FIFOs have a name in a directory. */
static bool is_called(int fd, const char *start)
{
    char link[32], name[64] = "";
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    return readlink(link, name, sizeof(name) - 1) > 0 && strncmp(name, start, strlen(start)) == 0;
}

static void splice_bytes(void)
{
    const int from = pick_fd(), to = pick_fd();
    if (g_is_child && is_called(from, "anon_inode:"))
        return; /* nothing comes from eventfds and the like, but a broken pipe may be noticed before that */
    loff_t from_at = (loff_t)pick(3) * 10, to_at = (loff_t)pick(3) * 10;
    const bool has_from = one_in(5), has_to = one_in(5);
    if (has_from)
        say(" from %ld", (long)from_at);
    if (has_to)
        say(" to %ld", (long)to_at);
    const size_t size = pick_size();
    say_result(splice(from, has_from ? &from_at : NULL, to, has_to ? &to_at : NULL, size, splice_flags()));
    say(" %ld %ld", (long)from_at, (long)to_at);
    say_all_states();
}

static void tee_bytes(void)
{
    const int from = pick_fd(), to = pick_fd();
    if (is_called(from, "/tmp/") || is_called(to, "/tmp/"))
        return; /* what is in a FIFO of the library OS cannot be looked at */
    const size_t size = pick_size();
    say_result(tee(from, to, size, splice_flags()));
    say_all_states();
}

static void vmsplice_bytes(void)
{
    const int fd = pick_fd();
    const size_t size = pick_size();
    struct iovec vector = {next_bytes(size), size};
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
        vector.iov_base =
            mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* what is lent stays as it is */
    say_result(vmsplice(fd, &vector, 1, splice_flags()));
    say_state(fd);
}

static void make_file(void)
{
    const int fd = memfd_create("file", 0);
    const size_t size = pick_size();
    say_result(write(fd, next_bytes(size), size));
    say(" %ld", (long)lseek(fd, (off_t)pick(5), SEEK_SET));
    keep_fd(fd);
}

static void send_file(void)
{
    const int to = pick_fd(), from = pick_fd();
    off_t at = (off_t)pick(20);
    struct stat status;
    if (from == to || fstat(from, &status) < 0 || !S_ISREG(status.st_mode) || lseek(from, 0, SEEK_CUR) < 0)
        return; /* of several things that are wrong kernels name the one or the other */
    const bool has_at = one_in(2);
    if (has_at)
        say(" at %ld", (long)at);
    const size_t size = pick_size();
    say_result(sendfile(to, from, has_at ? &at : NULL, size));
    say(" %ld", (long)at);
    say_all_states();
}

static const struct step steps[] = {
    STEP(make_pipe), STEP(make_pipe),      STEP(make_fifo), STEP(open_fifo), STEP(open_fifo),    STEP(unlink_fifo),
    STEP(pipe_size), STEP(fill),           STEP(drain),     STEP(drain),     STEP(splice_bytes), STEP(splice_bytes),
    STEP(tee_bytes), STEP(vmsplice_bytes), STEP(make_file), STEP(send_file),
};
const struct steps g_pipe_steps = {steps, COUNT(steps)};
