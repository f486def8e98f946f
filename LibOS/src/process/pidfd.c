/* SPDX-License-Identifier: MIT */
/* Descriptors that stand for processes: pidfd_open(2) and what takes them. */
#include <asm/fcntl.h>
#include "clock.h"
#include "copy.h"
#include "format.h"
#include "fs.h"
#include "parcel.h"
#include "poll.h"
#include "process/table.h"
#include "process/wait.h"
#include "text.h"
#include "syscalls.h"

/* How often one is looked after that may be killed from outside, of which nobody tells. */
#define LOOK_AFTER_NS 50000000

static int32_t pid_of(const struct file *file)
{
    return (int32_t)file->state;
}

/* One that has ended can be waited for, or has been, which is a hang-up. */
static uint32_t ready_of(int32_t pid)
{
    if (pid == g_process.pid)
        return 0;
    children_bury();
    const struct process_entry *entry = table_entry(pid);
    if (!entry)
        return POLL_READABLE | POLLHUP;
    return entry->state != STATE_LIVE ? POLL_READABLE : 0;
}

static uint32_t pidfd_poll(struct file *file, struct poll_table *table)
{
    poll_on_queue(table, children_queue());
    const uint32_t ready = ready_of(pid_of(file));
    if (ready == 0)
        poll_on_time(table, clock_monotonic_ns() + LOOK_AFTER_NS);
    return ready;
}

static int pidfd_attributes(struct file *file, struct file_attr *out)
{
    anonymous_attributes(file, S_IFREG | 0600, out);
    return 0;
}

/* By this pidfd_getpid(3) finds the process. Who has ended is there until his parent has heard of it. */
static void pidfd_describe(struct file *file, struct text *out)
{
    const int32_t pid = pid_of(file);
    const int32_t shown = pid == g_process.pid || table_entry(pid) ? pid : -1;
    text_add(out, "Pid:\t%d\nNSpid:\t%d\n", shown, shown);
}

static const struct file_ops pidfd_ops;

static int new_pidfd(int32_t pid, uint32_t flags, struct file **out)
{
    struct file *file = file_new(&pidfd_ops, O_RDWR | flags, NULL);
    if (!file)
        return -ENOMEM;
    file->state = (uint32_t)pid;
    *out = file;
    return 0;
}

static int pidfd_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    (void)out_handle;
    parcel->data[0] = (uint32_t)pid_of(file);
    return 0;
}

static int pidfd_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    if (handle)
        DkObjectClose(handle);
    return new_pidfd((int32_t)(parcel->data[0] & INT32_MAX), parcel->flags & O_NONBLOCK, out);
}

const struct parcel_kind pidfd_parcels = {.pack = pidfd_pack, .unpack = pidfd_unpack};

static const struct file_ops pidfd_ops = {
    .kind = "anon_inode:[pidfd]",
    .attributes = pidfd_attributes,
    .poll = pidfd_poll,
    .describe = pidfd_describe,
    .parcel = &pidfd_parcels,
};

int pidfd_install(int32_t pid, uint32_t flags)
{
    struct file *file;
    const int error = new_pidfd(pid, flags & O_NONBLOCK, &file);
    return error < 0 ? error : fd_install(file, 0, true);
}

int32_t pidfd_get(int fd, bool *out_nonblocking)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    if (out_nonblocking)
        *out_nonblocking = file->flags & O_NONBLOCK;
    const int32_t pid = file->ops == &pidfd_ops ? pid_of(file) : -EBADF;
    file_put(file);
    return pid;
}

int64_t sys_pidfd_open(int pid, unsigned flags)
{
    if (flags & ~(unsigned)O_NONBLOCK || pid <= 0)
        return -EINVAL;
    if (pid != g_process.pid && !table_kin(pid))
        return -ESRCH;
    return pidfd_install(pid, flags);
}

/* The process whose directory in /proc is open: such descriptors may stand for processes, too. -EBADF: it is none. */
static int32_t pid_of_directory(int fd)
{
    uint64_t number;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    const bool in_proc = file->path && file->mount && file->mount->ops == &proc_fs;
    const char *name = in_proc ? file->path + file->mount->path_len : "";
    const size_t len = strlen(name);
    const bool is_process = len > 1 && format_parse_u64(name + 1, len - 1, 10, &number) == 0 && number <= INT32_MAX;
    file_put(file);
    return is_process ? (int32_t)number : -EBADF;
}

int64_t sys_pidfd_send_signal(int fd, int signal, void *from, unsigned flags)
{
    siginfo_t info;
    int32_t pid = pidfd_get(fd, NULL);
    if (flags)
        return -EINVAL;
    if (pid < 0)
        pid = pid_of_directory(fd);
    if (pid < 0)
        return pid;
    signal_info(&info, signal, SI_USER);
    if (from && copy_in(&info, from, sizeof(info)) < 0)
        return -EFAULT;
    if (signal < 0 || signal >= SIGNAL_LIMIT || info.si_signo != signal)
        return -EINVAL;
    if (from && (info.si_code >= 0 || info.si_code == SI_TKILL) && pid != g_process.pid)
        return -EPERM;
    return process_kill(pid, &info);
}

/* What other processes have open is theirs: taking it would need their help. */
int64_t sys_pidfd_getfd(int pidfd, int fd, unsigned flags)
{
    if (flags)
        return -EINVAL;
    const int32_t pid = pidfd_get(pidfd, NULL);
    if (pid < 0)
        return pid;
    if (pid != g_process.pid)
        return ready_of(pid) != 0 ? -ESRCH : -EPERM;
    struct file *file = fd_get_path(fd);
    return file ? fd_install(file, 0, true) : -EBADF;
}
