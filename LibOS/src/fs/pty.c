/* SPDX-License-Identifier: MIT */
/* Pseudo terminals: /dev/pts/ptmx makes a pair, of which one side is a terminal with a line discipline (line.h) and the
 * other types and watches. */
#include <asm/poll.h>
#include <asm/termbits.h>

#include "devices.h"
#include "poll.h"
#include "pty.h"

#define MAJOR_TTY 5
#define MAJOR_PTS 136
#define PTY_LIMIT 4096 /* as /proc/sys/kernel/pty/max says */

PAL_LARGE static struct {
    struct lock lock; /* taken before one of a pty */
    struct pty *table[PTY_LIMIT];
} g_ptys;

/***** The table *****/

static struct pty *pty_new(void)
{
    struct pty *pty = heap_zalloc(sizeof(*pty));
    if (pty == NULL)
        return NULL;
    line_init(&pty->line);
    wait_queue_init(&pty->changed);
    pty->references = 1;
    pty->master = pty->locked = true;
    pty->number = PTY_LIMIT;
    lock_acquire(&g_ptys.lock);
    for (uint32_t i = 0; i < PTY_LIMIT && pty->number == PTY_LIMIT; i++)
        if (g_ptys.table[i] == NULL) {
            g_ptys.table[i] = pty;
            pty->number = i;
        }
    lock_release(&g_ptys.lock);
    if (pty->number != PTY_LIMIT)
        return pty;
    heap_free(pty);
    return NULL;
}

void pty_put(struct pty *pty)
{
    lock_acquire(&g_ptys.lock);
    bool last = --pty->references == 0;
    if (last)
        g_ptys.table[pty->number] = NULL;
    lock_release(&g_ptys.lock);
    if (last)
        heap_free(pty);
}

/* With a reference; NULL = there is none, or its other side has gone. */
static struct pty *pty_find(uint32_t number)
{
    lock_acquire(&g_ptys.lock);
    struct pty *pty = number < PTY_LIMIT ? g_ptys.table[number] : NULL;
    if (pty != NULL && pty->master)
        pty->references++;
    else
        pty = NULL;
    lock_release(&g_ptys.lock);
    return pty;
}

/***** Both sides *****/

void pty_send(const struct pty *pty, int signal)
{
    siginfo_t info;
    if (signal == 0 || pty->terminal.foreground != g_process.pgid)
        return;
    signal_info(&info, signal, SI_KERNEL);
    (void)!signal_send_process(&info);
}

void pty_changed(struct pty *pty)
{
    int signal = pty->line.raised;
    pty->line.raised = 0;
    lock_release(&pty->lock);
    wait_queue_wake(&pty->changed);
    pty_send(pty, signal);
}

static int terminal_get(struct terminal *terminal, struct pal_terminal *out)
{
    struct pty *pty = container_of(terminal, struct pty, terminal);
    lock_acquire(&pty->lock);
    *out = pty->line.state;
    lock_release(&pty->lock);
    return 0;
}

static int terminal_set(struct terminal *terminal, const struct pal_terminal *settings, uint32_t when)
{
    struct pty *pty = container_of(terminal, struct pty, terminal);
    lock_acquire(&pty->lock);
    if (when == PAL_TERMINAL_SIZE && memcmp(&settings->rows, &pty->line.state.rows, 8) != 0)
        pty->line.raised = SIGWINCH;
    if (when == PAL_TERMINAL_FLUSH)
        line_flush_input(&pty->line);
    line_set(&pty->line, settings);
    pty_changed(pty);
    return 0;
}

static int terminal_flush(struct terminal *terminal, uint32_t queue)
{
    struct pty *pty = container_of(terminal, struct pty, terminal);
    lock_acquire(&pty->lock);
    if (queue != TCOFLUSH)
        line_flush_input(&pty->line);
    if (queue != TCIFLUSH)
        line_flush_output(&pty->line);
    pty_changed(pty);
    return 0;
}

int64_t pty_put_bytes(struct file *file, const void *buffer, size_t count, bool (*give)(struct line *, unsigned char))
{
    struct pty *pty = pty_of(file);
    char piece[PTY_PIECE];
    size_t done = 0;
    while (done < count) {
        size_t size = count - done < PTY_PIECE ? count - done : PTY_PIECE, given = 0;
        if (user_read(piece, (const char *)buffer + done, size) < 0)
            return done != 0 ? (int64_t)done : -EFAULT;
        lock_acquire(&pty->lock);
        bool gone = give == line_print && !pty->master;
        while (!gone && given < size && pty->line.raised == 0 && give(&pty->line, (unsigned char)piece[given]))
            given++;
        bool raised = pty->line.raised != 0;
        pty_changed(pty);
        done += given;
        if (gone)
            return -EIO;
        if (given == size || raised)
            continue;
        int error = file_wait(file, POLLOUT);
        if (error < 0)
            return done != 0 ? (int64_t)done : error;
    }
    return (int64_t)done;
}

void pty_fill(const struct file *file, uint32_t mode, uint64_t rdev, struct file_attr *out)
{
    *out = (struct file_attr){.device = file->mount != NULL ? file->mount->device : 0,
                              .inode = file->inode,
                              .rdev = rdev,
                              .mode = S_IFCHR | mode,
                              .links = 1,
                              .block_size = 1024};
}

/***** Opening *****/

int pty_open_slave(uint32_t number, uint32_t flags, struct file **out)
{
    struct pty *pty = pty_find(number);
    if (pty == NULL)
        return -ENXIO;
    struct file *file = pty->locked ? NULL : file_new(&pty_slave_ops, flags, pty);
    if (file == NULL) {
        int error = pty->locked ? -EIO : -ENOMEM;
        pty_put(pty);
        return error;
    }
    lock_acquire(&pty->lock);
    pty->slaves++;
    pty->slave_seen = true;
    pty_changed(pty);
    *out = file;
    return 0;
}

static int open_master(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    (void)key;
    struct pty *pty = pty_new();
    if (pty == NULL)
        return -ENOSPC;
    pty->terminal = (struct terminal){.get = terminal_get, .set = terminal_set, .flush = terminal_flush};
    *out = file_new(&pty_master_ops, flags, pty);
    if (*out == NULL) {
        pty_put(pty);
        return -ENOMEM;
    }
    return 0;
}

/***** /dev/pts *****/

static bool is_pty(const char *name, size_t len, struct pseudo_key *key)
{
    int32_t number = pseudo_number(name, len);
    struct pty *pty = number >= 0 ? pty_find((uint32_t)number) : NULL;
    if (pty == NULL)
        return false;
    pty_put(pty);
    key->number = (uint32_t)number;
    return true;
}

static bool next_pty(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    (void)directory;
    for (; *cursor < PTY_LIMIT; ++*cursor) {
        struct pty *pty = pty_find(*cursor);
        if (pty == NULL)
            continue;
        pty_put(pty);
        pseudo_name(name, "", *cursor);
        return true;
    }
    return false;
}

static int open_pty(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return pty_open_slave(key->number, flags, out);
}

const struct pseudo_node pts_nodes[] = {
    {.name = "ptmx", .mode = S_IFCHR | 0666, .open = open_master, .rdev = DEVICE_NUMBER(MAJOR_TTY, 2)},
    {.mode = S_IFCHR | 0620, .match = is_pty, .next = next_pty, .open = open_pty, .rdev = DEVICE_NUMBER(MAJOR_PTS, 0)},
    {0}};
