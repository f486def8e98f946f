/* SPDX-License-Identifier: MIT */
/* Steps that go by descriptors: reading, writing, places, space, copies, pipes. */
#include "same.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define BUFFER_SIZE 32768

static char g_buffer[BUFFER_SIZE];

/* No zeros among the bytes: a page of zeros may count as a hole. */
static char *new_bytes(void)
{
    const uint64_t from = pick(26);
    for (size_t i = 0; i < BUFFER_SIZE; i++)
        g_buffer[i] = (char)('a' + (i + from) % 26);
    return g_buffer;
}

static void say_read(long result)
{
    say_result(result);
    say_bytes(g_buffer, result);
}

static void step_read(void)
{
    const int fd = ask_fd();
    say(", ");
    const long size = ask_size();
    if (!is_directory(fd)) /* where it is decides on the error */
        say_read(read(fd, g_buffer, (size_t)size));
}

static void step_write(void)
{
    const int fd = ask_fd();
    say(", ");
    const long size = ask_size();
    if (!is_crowded(fd))
        say_result(write(fd, new_bytes(), (size_t)size));
}

static void step_pread(void)
{
    const int fd = ask_fd();
    say(", ");
    const long size = ask_size();
    say(", ");
    const long at = ask_offset();
    say_read(pread(fd, g_buffer, (size_t)size, at));
}

static void step_pwrite(void)
{
    const int fd = ask_fd();
    say(", ");
    const long size = ask_size();
    say(", ");
    const long at = ask_offset();
    say_result(pwrite(fd, new_bytes(), (size_t)size, at));
}

/* Two pieces, of which the second may lie where nothing is. */
static int ask_vector(int fd, struct iovec vector[2])
{
    const long first = ask_size();
    say(", ");
    const long second = ask_size() % 12288;
    const bool bad = once_in(12) && !is_pipe(fd); /* pipes move whole pages before it */
    say(bad ? " bad, " : ", ");
    vector[0] = (struct iovec){g_buffer, (size_t)first};
    vector[1] = (struct iovec){bad ? (char *)8 : g_buffer + first % (BUFFER_SIZE / 2), (size_t)second};
    return (int)ask_number((const long[]){0, 1, 2, 2, 2, -1, 1025}, 7);
}

static void step_readv(void)
{
    static const struct word flags[] = {WORD(0), WORD(0), WORD(RWF_HIPRI), WORD(0x40000000)};
    struct iovec vector[2];
    const int fd = ask_fd();
    say(", ");
    const int count = ask_vector(fd, vector);
    say(", ");
    const long at = once_in(2) ? -1 : ask_offset();
    say(", ");
    const long how = ask_word(WORDS(flags));
    memset(g_buffer, 0, sizeof(g_buffer));
    const long size = once_in(4) ? readv(fd, vector, count) : preadv2(fd, vector, count, at, (int)how);
    say_result(size);
    say_bytes(g_buffer, size);
}

static void step_writev(void)
{
    struct iovec vector[2];
    const int fd = ask_fd();
    say(", ");
    const int count = ask_vector(fd, vector);
    say(", ");
    const long at = once_in(2) ? -1 : ask_offset();
    new_bytes();
    if (is_crowded(fd))
        return;
    say_result(once_in(4) ? writev(fd, vector, count) : pwritev2(fd, vector, count, at, 0));
}

static void step_lseek(void)
{
    static const struct word whences[] = {WORD(SEEK_SET),  WORD(SEEK_SET),  WORD(SEEK_CUR), WORD(SEEK_END),
                                          WORD(SEEK_DATA), WORD(SEEK_HOLE), WORD(5)};
    struct stat status;
    const int fd = ask_fd();
    say(", ");
    const long at = ask_offset();
    say(", ");
    const long whence = ask_word(WORDS(whences));
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
        return; /* places in directories are the file system's own */
    if ((whence == SEEK_DATA || whence == SEEK_HOLE) &&
        (is_on_tmpfs() || is_memfd(fd) || fcntl(fd, F_GETFL) & O_ACCMODE))
        return; /* choice 120 */
    say_result(lseek(fd, at, (int)whence));
}

static void step_ftruncate(void)
{
    const int fd = ask_fd();
    say(", ");
    const long size = ask_offset();
    say_result(ftruncate(fd, size));
}

static void step_fallocate(void)
{
    static const struct word modes[] = {WORD(0),
                                        WORD(FALLOC_FL_KEEP_SIZE),
                                        WORD(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE),
                                        WORD(FALLOC_FL_PUNCH_HOLE),
                                        WORD(FALLOC_FL_ZERO_RANGE),
                                        WORD(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE),
                                        WORD(0x100)};
    const int fd = ask_fd();
    say(", ");
    const long mode = ask_word(WORDS(modes));
    say(", ");
    const long at = ask_offset();
    say(", ");
    const long size = ask_size();
    /* Without a new size the limit holds in some file systems only. */
    say_result(fallocate(fd, (int)mode, mode & FALLOC_FL_KEEP_SIZE && at > 100000 ? 100000 : at, size));
}

static void say_place(const long *place)
{
    if (place)
        say(" at %ld", *place);
}

/* NULL, for the descriptor's own place, or a place. */
static long *ask_place(long *place)
{
    say(", ");
    if (once_in(2)) {
        say("NULL");
        return NULL;
    }
    *place = ask_offset();
    return place;
}

static void step_copy_range(void)
{
    long place[2];
    const int from = ask_fd();
    long *from_place = ask_place(&place[0]);
    say(", ");
    const int to = ask_fd();
    long *to_place = ask_place(&place[1]);
    say(", ");
    const long size = ask_size();
    say_result(copy_file_range(from, from_place, to, to_place, (size_t)size, once_in(20)));
    say_place(from_place);
    say_place(to_place);
}

static bool is_file(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

static bool is_same(int a, int b)
{
    struct stat one, other;
    return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static void step_sendfile(void)
{
    long place;
    const int to = ask_fd();
    say(", ");
    const int from = ask_fd();
    long *at = ask_place(&place);
    say(", ");
    const long size = ask_size();
    if (is_broken(to) || is_crowded(to) || !is_file(from) || is_same(from, to) || size == 0)
        return; /* EPIPE is told before it is known whether there is anything */
    say_result(sendfile(to, from, at, (size_t)size));
    say_place(at);
}

static void step_splice(void)
{
    static const struct word flags[] = {WORD(0), WORD(SPLICE_F_MOVE), WORD(SPLICE_F_MORE), WORD(0x100)};
    long place[2];
    const int from = ask_fd();
    long *from_place = ask_place(&place[0]);
    say(", ");
    const int to = ask_fd();
    long *to_place = ask_place(&place[1]);
    say(", ");
    const long size = ask_size();
    say(", ");
    const long how = ask_word(WORDS(flags)) | SPLICE_F_NONBLOCK;
    if (is_directory(from) || is_crowded(to))
        return;
    say_result(splice(from, from_place, to, to_place, (size_t)size, (unsigned)how));
    say_place(from_place);
    say_place(to_place);
}

static void step_tee(void)
{
    const int from = ask_fd();
    say(", ");
    const int to = ask_fd();
    say(", ");
    const long size = ask_size();
    if (is_crowded(to))
        return;
    say_result(tee(from, to, (size_t)size, SPLICE_F_NONBLOCK));
}

static void step_vmsplice(void)
{
    static const char constant[BUFFER_SIZE] = "constant";
    struct iovec vector[2];
    const int fd = ask_fd();
    say(", ");
    const int count = ask_vector(fd, vector);
    /* Bytes that do not change: Linux takes the pages. */
    for (int i = 0; i < 2; i++)
        if (vector[i].iov_base >= (void *)g_buffer)
            vector[i].iov_base = (char *)constant;
    if (is_pipe(fd) && !is_crowded(fd))
        say_result(vmsplice(fd, vector, (size_t)count, SPLICE_F_NONBLOCK));
}

static void step_pipe(void)
{
    static const struct word flags[] = {WORD(0), WORD(O_CLOEXEC), WORD(O_NONBLOCK)};
    int pair[2] = {-1, -1};
    const long how = ask_word(WORDS(flags)) | O_NONBLOCK;
    say_result(pipe2(pair, (int)how));
    say(" %d %d", pair[0], pair[1]);
}

const struct step g_file_steps[] = {
    {"read", step_read},
    {"read", step_read},
    {"write", step_write},
    {"write", step_write},
    {"pread", step_pread},
    {"pwrite", step_pwrite},
    {"readv", step_readv},
    {"writev", step_writev},
    {"lseek", step_lseek},
    {"lseek", step_lseek},
    {"ftruncate", step_ftruncate},
    {"fallocate", step_fallocate},
    {"copy_file_range", step_copy_range},
    {"sendfile", step_sendfile},
    {"splice", step_splice},
    {"splice", step_splice},
    {"tee", step_tee},
    {"vmsplice", step_vmsplice},
    {"pipe2", step_pipe},
};
const size_t g_file_steps_count = COUNT(g_file_steps);
