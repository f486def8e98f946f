/* SPDX-License-Identifier: MIT */
/* Files that signals are read from: signalfd(2). Each reader takes what itself or the process has pending. */
#include <linux/signalfd.h>
#include "fs.h"
#include "parcel.h"
#include "poll.h"
#include "text.h"
#include "signals.h"
#include "syscalls.h"

#define SET_SIZE        8
#define SET_UNBLOCKABLE (1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1))

struct signalfd {
    uint64_t set; /* atomic: signalfd(2) may change it at any time */
};

static uint64_t set_of(const struct file *file)
{
    const struct signalfd *data = file->data;
    return __atomic_load_n(&data->set, __ATOMIC_SEQ_CST);
}

/* si_code says which members of an info there are (sigaction(2)). */
static void describe(const siginfo_t *info, struct signalfd_siginfo *out)
{
    memset(out, 0, sizeof(*out));
    out->ssi_signo = (uint32_t)info->si_signo;
    out->ssi_errno = info->si_errno;
    out->ssi_code = info->si_code;
    if (info->si_code == SI_TIMER) {
        out->ssi_tid = (uint32_t)info->si_tid;
        out->ssi_overrun = (uint32_t)info->si_overrun;
        out->ssi_ptr = (uint64_t)(uintptr_t)info->si_ptr;
        out->ssi_int = info->si_int;
        return;
    }
    if (info->si_code > 0 && info->si_code < SI_KERNEL) {
        if (info->si_signo == SIGSEGV || info->si_signo == SIGBUS || info->si_signo == SIGILL ||
            info->si_signo == SIGFPE || info->si_signo == SIGTRAP) {
            out->ssi_addr = (uint64_t)(uintptr_t)info->si_addr;
            return;
        }
        if (info->si_signo == SIGPOLL) {
            out->ssi_band = (uint32_t)info->si_band;
            out->ssi_fd = info->si_fd;
            return;
        }
    }
    out->ssi_pid = (uint32_t)info->si_pid;
    out->ssi_uid = info->si_uid;
    if (info->si_signo == SIGCHLD && info->si_code > 0) {
        out->ssi_status = info->si_status;
        out->ssi_utime = (uint64_t)info->si_utime;
        out->ssi_stime = (uint64_t)info->si_stime;
    } else if (info->si_code < 0 && info->si_code != SI_TKILL) {
        out->ssi_ptr = (uint64_t)(uintptr_t)info->si_ptr;
        out->ssi_int = info->si_int;
    }
}

static int64_t signalfd_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    (void)position;
    struct signalfd_siginfo record;
    const size_t limit = count / sizeof(record);
    size_t done = 0;
    siginfo_t info;
    if (limit == 0)
        return -EINVAL;
    while (done < limit) {
        if (!signal_take(set_of(file), &info)) {
            if (done > 0)
                break;
            const int error = file_wait(file, POLLIN);
            if (error < 0)
                return error;
            continue;
        }
        describe(&info, &record);
        if (user_write((char *)buffer + done * sizeof(record), &record, sizeof(record)) < 0)
            return done > 0 ? (int64_t)(done * sizeof(record)) : -EFAULT;
        done++;
    }
    return (int64_t)(done * sizeof(record));
}

static uint32_t signalfd_poll(struct file *file, struct poll_table *table)
{
    if (table)
        poll_on_queue(table, signal_arrivals());
    return signal_pending_in(set_of(file)) ? POLLIN : 0;
}

static void signalfd_close(struct file *file)
{
    heap_free(file->data);
}

static const struct file_ops signalfd_ops;

static int new_signalfd(uint64_t set, uint32_t flags, struct file **out)
{
    struct signalfd *data = heap_zalloc(sizeof(*data));
    struct file *file = data ? file_new(&signalfd_ops, O_RDWR | flags, data) : NULL;
    if (!file) {
        heap_free(data);
        return -ENOMEM;
    }
    data->set = set;
    *out = file;
    return 0;
}

/* On the way to another process: who gets it reads his own signals. */
static int signalfd_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    (void)out_handle;
    parcel->data[0] = set_of(file);
    return 0;
}

static int signalfd_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    if (handle)
        DkObjectClose(handle);
    return new_signalfd(parcel->data[0] & ~SET_UNBLOCKABLE, parcel->flags & O_NONBLOCK, out);
}

const struct parcel_kind signalfd_parcels = {.pack = signalfd_pack, .unpack = signalfd_unpack};

static void signalfd_describe(struct file *file, struct text *out)
{
    text_add(out, "sigmask:\t%016lx\n", set_of(file));
}

static const struct file_ops signalfd_ops = {
    .kind = "anon_inode:[signalfd]",
    .read = signalfd_read,
    .seeks_nowhere = true,
    .poll = signalfd_poll,
    .close = signalfd_close,
    .describe = signalfd_describe,
    .parcel = &signalfd_parcels,
};

static int64_t make(uint64_t set, uint32_t flags)
{
    struct file *file;
    const int error = new_signalfd(set, flags & O_NONBLOCK, &file);
    return error < 0 ? error : fd_install(file, 0, flags & O_CLOEXEC);
}

static int64_t change(int fd, uint64_t set)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    const bool is_signalfd = file->ops == &signalfd_ops;
    if (is_signalfd) {
        __atomic_store_n(&((struct signalfd *)file->data)->set, set, __ATOMIC_SEQ_CST);
        wait_queue_wake(signal_arrivals());
    }
    file_put(file);
    return is_signalfd ? fd : -EINVAL;
}

int64_t sys_signalfd4(int fd, void *mask, unsigned long set_size, int flags)
{
    uint64_t set;
    if (set_size != SET_SIZE)
        return -EINVAL;
    if (user_read(&set, mask, sizeof(set)) < 0)
        return -EFAULT;
    if (flags & ~(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    set &= ~SET_UNBLOCKABLE;
    return fd == -1 ? make(set, (uint32_t)flags) : change(fd, set);
}

int64_t sys_signalfd(int fd, void *mask, unsigned long set_size)
{
    return sys_signalfd4(fd, mask, set_size, 0);
}
