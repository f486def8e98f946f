/* SPDX-License-Identifier: MIT */
/* Terminals of the host: what is behind descriptors 0, 1 and 2 if they are terminals, and /dev/tty and /dev/console. */
#include <asm/poll.h>
#include <asm/termbits.h>

#include "pseudo/devices.h"
#include "poll.h"
#include "pty.h"
#include "terminal.h"

#define MAJOR_TTY 5

/* One for each stream; its handle is opened when it is asked for the first time. This is one of the documented places of
 * handles; a process that got the others' memory opens its own. */
struct host_terminal {
    struct terminal terminal;
    const char *uri;
    uint32_t generation;
    PAL_HANDLE handle;
};

static int host_get(struct terminal *terminal, struct pal_terminal *out);
static int host_set(struct terminal *terminal, const struct pal_terminal *settings, uint32_t when);
static struct job host_job(struct terminal *terminal);
static void host_set_job(struct terminal *terminal, struct job job);

#define HOST_TERMINAL(name)                                                                                            \
    {                                                                                                                  \
        .terminal = {.get = host_get, .set = host_set, .job = host_job, .set_job = host_set_job}, .uri = (name)        \
    }

static struct host_terminal g_terminals[] = {HOST_TERMINAL("dev:stdin.terminal"), HOST_TERMINAL("dev:stdout.terminal"),
                                             HOST_TERMINAL("dev:stderr.terminal"), HOST_TERMINAL("dev:tty.terminal")};
static struct lock g_terminals_lock; /* of their handles */

static PAL_HANDLE handle_of(struct terminal *terminal)
{
    struct host_terminal *host = container_of(terminal, struct host_terminal, terminal);
    lock_acquire(&g_terminals_lock);
    if (host->handle == NULL || host->generation != g_generation) {
        host->handle = DkStreamOpen(host->uri, PAL_ACCESS_RDWR, 0, 0, 0);
        host->generation = g_generation;
    }
    PAL_HANDLE handle = host->handle;
    lock_release(&g_terminals_lock);
    return handle;
}

static int host_get(struct terminal *terminal, struct pal_terminal *out)
{
    PAL_HANDLE handle = handle_of(terminal);
    if (handle == NULL || DkStreamRead(handle, 0, sizeof(*out), out, NULL, 0) != sizeof(*out))
        return -ENOTTY;
    return 0;
}

static int host_set(struct terminal *terminal, const struct pal_terminal *settings, uint32_t when)
{
    int64_t result = stream_write(handle_of(terminal), when, sizeof(*settings), settings);
    if (result == -EINTR)
        return -ERESTARTSYS;
    return result < 0 ? (int)result : 0;
}

/* As long as nobody says who is in the foreground, whoever asks is. */
static struct job host_job(struct terminal *terminal)
{
    struct job job = process_console_job();
    (void)terminal;
    if (job.group == 0 && job.session == process_session())
        job.group = process_group();
    return job;
}

static void host_set_job(struct terminal *terminal, struct job job)
{
    (void)terminal;
    process_set_console_job(job);
}

int64_t host_terminal_control(unsigned stream, uint32_t request, uint64_t argument)
{
    return terminal_control(&g_terminals[stream].terminal, request, argument);
}

bool host_terminal_exists(unsigned stream)
{
    struct pal_terminal state;
    return host_get(&g_terminals[stream].terminal, &state) == 0;
}

int host_terminal_check(unsigned stream, int signal)
{
    struct pal_terminal state;
    if (process_is_foreground() || host_get(&g_terminals[stream].terminal, &state) < 0)
        return 0;
    return signal == SIGTTIN || state.local & TOSTOP ? process_check_job(process_console_job(), signal) : 0;
}

/***** Checkpoints: a terminal that takes the place of another gets its settings, and has its own size *****/

static struct {
    bool known;
    struct pal_terminal state;
} g_kept;

void terminals_keep(void)
{
    g_kept.known = host_get(&g_terminals[TERMINAL_TTY].terminal, &g_kept.state) == 0;
}

void terminals_resumed(void)
{
    struct pal_terminal *kept = &g_kept.state, now;
    struct terminal *terminal = &g_terminals[TERMINAL_TTY].terminal;
    if (!g_kept.known || host_get(terminal, &now) < 0)
        return;
    const bool resized = kept->rows != now.rows || kept->columns != now.columns;
    if (memcmp(kept, &now, offsetof(struct pal_terminal, rows)) != 0)
        (void)host_set(terminal, kept, PAL_TERMINAL_NOW);
    if (resized)
        signal_send_self(SIGWINCH);
}

/***** /dev/tty *****/

static int64_t tty_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    (void)position;
    const int stopped = host_terminal_check(TERMINAL_TTY, SIGTTIN);
    if (stopped < 0)
        return stopped;
    int64_t result = stream_read(file->handle, 0, count, buffer);
    return result == -EINTR ? -ERESTARTSYS : result;
}

static int64_t tty_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    (void)position;
    const int stopped = host_terminal_check(TERMINAL_TTY, SIGTTOU);
    if (stopped < 0)
        return stopped;
    int64_t result = stream_write(file->handle, 0, count, buffer);
    return result == -EINTR ? -ERESTARTSYS : result;
}

static int tty_attributes(struct file *file, struct file_attr *out)
{
    *out = (struct file_attr){.device = file->mount != NULL ? file->mount->device : 0,
                              .inode = file->inode,
                              .rdev = DEVICE_NUMBER(MAJOR_TTY, 0),
                              .mode = S_IFCHR | 0666,
                              .links = 1,
                              .block_size = 1024};
    return 0;
}

static int64_t tty_control(struct file *file, uint32_t request, uint64_t argument)
{
    (void)file;
    return host_terminal_control(TERMINAL_TTY, request, argument);
}

static uint32_t tty_poll(struct file *file, struct poll_table *table)
{
    if (table == NULL)
        return poll_stream_now(file->handle, POLLIN | POLLOUT);
    poll_on_stream(table, file->handle);
    return 0;
}

static void tty_flags_changed(struct file *file)
{
    PAL_STREAM_ATTR attr;
    if (!DkStreamAttributesQuerybyHandle(file->handle, &attr))
        return;
    attr.nonblocking = file->flags & O_NONBLOCK;
    (void)DkStreamAttributesSetbyHandle(file->handle, &attr);
}

static int tty_keep(struct file *file)
{
    (void)file;
    return 0;
}

static int tty_resume(struct file *file)
{
    file->handle = DkStreamOpen("dev:tty", PAL_ACCESS_RDWR, 0, 0, file->flags & O_NONBLOCK ? PAL_OPTION_NONBLOCK : 0);
    return file->handle ? 0 : pal_failure();
}

static const struct file_ops tty_ops = {.read = tty_read,
                                        .write = tty_write,
                                        .attributes = tty_attributes,
                                        .control = tty_control,
                                        .poll = tty_poll,
                                        .tells_owner = true,
                                        .flags_changed = tty_flags_changed,
                                        .keep = tty_keep,
                                        .resume = tty_resume};

int console_open(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    (void)key;
    if (!host_terminal_exists(TERMINAL_TTY))
        return -ENXIO;
    PAL_HANDLE handle = DkStreamOpen("dev:tty", PAL_ACCESS_RDWR, 0, 0, flags & O_NONBLOCK ? PAL_OPTION_NONBLOCK : 0);
    if (handle == NULL)
        return pal_failure();
    *out = file_new(&tty_ops, flags, NULL);
    if (*out == NULL) {
        DkObjectClose(handle);
        return -ENOMEM;
    }
    (*out)->handle = handle;
    return 0;
}

int tty_open(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    const int result = pty_open_of_session(process_session(), flags, out);
    if (result != -ENXIO)
        return result;
    return process_console_job().session == process_session() ? console_open(key, flags, out) : -ENXIO;
}
