/* SPDX-License-Identifier: MIT */
/* /dev: the table of its nodes, and the devices that need no host: null, zero, full, random. Terminals are in tty.c and
 * pty.c. */
#include <linux/mman.h>
#include <linux/random.h>

#include "devices.h"
#include "poll.h"
#include "pseudo.h"

#define MAJOR_MEMORY 1
#define MAJOR_TTY    5
#define MAJOR_MISC   10

#define PIECE        65536ul /* bytes between two looks at whether the program has to look after something else */

/***** null *****/

static int64_t null_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    (void)file, (void)buffer, (void)count, (void)position;
    return 0;
}

static int64_t null_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    (void)file, (void)buffer, (void)position;
    return (int64_t)count;
}

static uint32_t always_ready(struct file *file, struct poll_table *table)
{
    (void)file, (void)table;
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
}

static int device_change(struct file *file, const struct attr_change *change)
{
    (void)file;
    return change->which & CHANGE_SIZE ? -EINVAL : 0;
}

static const struct file_ops null_ops = {.read = null_read,
                                         .write = null_write,
                                         .seek = device_seek,
                                         .attributes = device_attributes,
                                         .change = device_change,
                                         .poll = always_ready};

/***** zero, full *****/

static int64_t zero_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    (void)file, (void)position;
    size_t done = 0;
    while (done < count) {
        size_t size = count - done < PIECE ? count - done : PIECE;
        if (user_zero((char *)buffer + done, size) < 0)
            return done != 0 ? (int64_t)done : -EFAULT;
        done += size;
        if (done < count && thread_is_wanted())
            break;
    }
    return (int64_t)done;
}

static int64_t full_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    (void)file, (void)buffer, (void)count, (void)position;
    return -ENOSPC;
}

static PAL_FLG pal_protection(int prot)
{
    return (prot & PROT_READ ? PAL_PROT_READ : 0u) | (prot & PROT_WRITE ? PAL_PROT_WRITE : 0u) |
           (prot & PROT_EXEC ? PAL_PROT_EXEC : 0u);
}

/* A shared mapping of zeros is memory that children share; a private one is just memory. */
static int zero_map(struct file *file, uint64_t address, size_t size, int prot, int flags, uint64_t offset)
{
    (void)file, (void)offset;
    if ((flags & MAP_TYPE) == MAP_PRIVATE)
        return DkVirtualMemoryAlloc((void *)address, size, 0, pal_protection(prot)) != NULL ? 0 : pal_failure();
    PAL_HANDLE memory = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    if (memory == NULL)
        return pal_failure();
    int error = 0;
    if (DkStreamSetLength(memory, size) == 0 ||
        DkStreamMap(memory, (void *)address, pal_protection(prot), 0, size) == NULL)
        error = pal_failure();
    DkObjectClose(memory);
    return error;
}

static const struct file_ops zero_ops = {.read = zero_read,
                                         .write = null_write,
                                         .seek = device_seek,
                                         .attributes = device_attributes,
                                         .change = device_change,
                                         .map = zero_map,
                                         .poll = always_ready};

static const struct file_ops full_ops = {.read = zero_read,
                                         .write = full_write,
                                         .seek = device_seek,
                                         .attributes = device_attributes,
                                         .change = device_change,
                                         .poll = always_ready};

/***** random, urandom *****/

static int64_t random_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    (void)file, (void)position;
    size_t done = 0;
    while (done < count) {
        size_t size = count - done < PIECE ? count - done : PIECE;
        if (DkRandomBitsRead((char *)buffer + done, size) == 0)
            return done != 0 ? (int64_t)done : pal_failure();
        done += size;
        if (done < count && thread_is_wanted())
            break;
    }
    return (int64_t)done;
}

/* What is written may add to the host's randomness, but need not; it must be readable, though. */
static int64_t random_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    (void)file, (void)position;
    char piece[256];
    for (size_t done = 0; done < count; done += sizeof(piece)) {
        size_t size = count - done < sizeof(piece) ? count - done : sizeof(piece);
        if (user_read(piece, (const char *)buffer + done, size) < 0)
            return done != 0 ? (int64_t)done : -EFAULT;
    }
    return (int64_t)count;
}

static int64_t random_control(struct file *file, uint32_t request, uint64_t argument)
{
    (void)file;
    const int bits = 256;
    if (request == RNDGETENTCNT)
        return user_write((void *)argument, &bits, sizeof(bits));
    return request == RNDADDTOENTCNT || request == RNDADDENTROPY || request == RNDRESEEDCRNG ? -EPERM : -ENOTTY;
}

static const struct file_ops random_ops = {.read = random_read,
                                           .write = random_write,
                                           .seek = device_seek,
                                           .attributes = device_attributes,
                                           .change = device_change,
                                           .control = random_control,
                                           .poll = always_ready};

/***** Links *****/

static int link_fd(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "/proc/self/fd");
    return 0;
}

static int link_stdin(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "/proc/self/fd/0");
    return 0;
}

static int link_stdout(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "/proc/self/fd/1");
    return 0;
}

static int link_stderr(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "/proc/self/fd/2");
    return 0;
}

static int link_ptmx(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "pts/ptmx");
    return 0;
}

/***** The table *****/

static const struct pseudo_node no_nodes[] = {{0}};

static const struct pseudo_node dev_nodes[] = {
    {.name = "checkpoint",
     .mode = S_IFCHR | 0600,
     .device = &checkpoint_device_ops,
     .rdev = DEVICE_NUMBER(MAJOR_MISC, 250)},
    {.name = "console", .mode = S_IFCHR | 0600, .open = console_open, .rdev = DEVICE_NUMBER(MAJOR_TTY, 1)},
    {.name = "fd", .mode = S_IFLNK | 0777, .read_link = link_fd},
    {.name = "full", .mode = S_IFCHR | 0666, .device = &full_ops, .rdev = DEVICE_NUMBER(MAJOR_MEMORY, 7)},
    {.name = "null", .mode = S_IFCHR | 0666, .device = &null_ops, .rdev = DEVICE_NUMBER(MAJOR_MEMORY, 3)},
    {.name = "ptmx", .mode = S_IFLNK | 0777, .read_link = link_ptmx},
    {.name = "pts", .mode = S_IFDIR | 0755, .children = pts_nodes},
    {.name = "random", .mode = S_IFCHR | 0666, .device = &random_ops, .rdev = DEVICE_NUMBER(MAJOR_MEMORY, 8)},
    {.name = "shm", .mode = S_IFDIR | S_ISVTX | 0777, .children = no_nodes}, /* a tmpfs is mounted there */
    {.name = "stderr", .mode = S_IFLNK | 0777, .read_link = link_stderr},
    {.name = "stdin", .mode = S_IFLNK | 0777, .read_link = link_stdin},
    {.name = "stdout", .mode = S_IFLNK | 0777, .read_link = link_stdout},
    {.name = "tty", .mode = S_IFCHR | 0666, .open = tty_open, .rdev = DEVICE_NUMBER(MAJOR_TTY, 0)},
    {.name = "urandom", .mode = S_IFCHR | 0666, .device = &random_ops, .rdev = DEVICE_NUMBER(MAJOR_MEMORY, 9)},
    {.name = "zero", .mode = S_IFCHR | 0666, .device = &zero_ops, .rdev = DEVICE_NUMBER(MAJOR_MEMORY, 5)},
    {0}};

const struct pseudo_node dev_root = {.mode = S_IFDIR | 0755, .children = dev_nodes};
