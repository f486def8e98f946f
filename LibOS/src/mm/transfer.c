/* SPDX-License-Identifier: MIT */
/* process_vm_readv and process_vm_writev: a copy that ends where memory does. That of other processes the Host ABI does not give,
 * but those give it themselves that the caller traces and has stopped. */
#include <linux/uio.h>
#include "copy.h"
#include "process.h"
#include "room.h"
#include "syscalls.h"

#define PIECE_SIZE 4096u

/* A list of the program's, of which so much has been used. */
struct pieces {
    const struct iovec *next;
    uint64_t left; /* pieces that have not been begun */
    struct iovec now;
    int32_t pid; /* whose memory that is; 0 = the caller's */
};

/* Have something in pieces->now: 1, 0 = there is no more, -EFAULT. */
static int advance(struct pieces *pieces)
{
    while (pieces->now.iov_len == 0) {
        if (pieces->left == 0)
            return 0;
        if (copy_in(&pieces->now, pieces->next, sizeof(pieces->now)) < 0)
            return -EFAULT;
        pieces->next++;
        pieces->left--;
    }
    return 1;
}

static void use(struct pieces *pieces, size_t size)
{
    pieces->now.iov_base = (char *)pieces->now.iov_base + size;
    pieces->now.iov_len -= size;
}

/* Pieces end at pages, so that whatever can be copied is. */
static size_t piece_size(const struct iovec *one, const struct iovec *other)
{
    const uint64_t to_page = PIECE_SIZE - (uintptr_t)one->iov_base % PIECE_SIZE;
    const uint64_t to_other = PIECE_SIZE - (uintptr_t)other->iov_base % PIECE_SIZE;
    uint64_t size = to_page < to_other ? to_page : to_other;
    size = size < one->iov_len ? size : one->iov_len;
    return size < other->iov_len ? size : other->iov_len;
}

static int fetch(const struct pieces *from, void *buffer, size_t size)
{
    if (!from->pid)
        return copy_in(buffer, from->now.iov_base, size);
    const int64_t done = tracer_transfer(from->pid, (uintptr_t)from->now.iov_base, buffer, size, false);
    return done == (int64_t)size ? 0 : done == -ESRCH ? -EPERM : -EFAULT;
}

static int deposit(const struct pieces *to, void *buffer, size_t size)
{
    if (!to->pid)
        return copy_out(to->now.iov_base, buffer, size);
    const int64_t done = tracer_transfer(to->pid, (uintptr_t)to->now.iov_base, buffer, size, true);
    return done == (int64_t)size ? 0 : done == -ESRCH ? -EPERM : -EFAULT;
}

static int64_t transfer(struct pieces *to, struct pieces *from)
{
    char buffer[PIECE_SIZE / 2];
    int64_t done = 0;
    for (;;) {
        const int more_to = advance(to), more_from = advance(from);
        if (more_to < 0 || more_from < 0)
            return done ? done : -EFAULT;
        if (!more_to || !more_from)
            return done;
        size_t size = piece_size(&to->now, &from->now);
        size = size < sizeof(buffer) ? size : sizeof(buffer);
        int error = fetch(from, buffer, size);
        if (error == 0)
            error = deposit(to, buffer, size);
        if (error < 0)
            return done ? done : error;
        use(to, size);
        use(from, size);
        done += (int64_t)size;
    }
}

int mm_whose(int pid)
{
    struct process_facts facts;
    struct thread *thread = thread_find(pid);
    if (thread) {
        thread_put(thread);
        return 0;
    }
    return process_find(pid, &facts) || pid == OUTER_PID ? -EPERM : -ESRCH;
}

/* Whose memory it is: 0 = the caller's, or the id of one that it traces. */
static int check(int pid, uint64_t local_count, uint64_t remote_count, uint64_t flags)
{
    bool stopped;
    if (flags || local_count > UIO_MAXIOV || remote_count > UIO_MAXIOV)
        return -EINVAL;
    const int whose = mm_whose(pid);
    if (whose == 0)
        return 0;
    return trace_get_tracer(pid, &stopped) == own_pid() && stopped ? pid : whose;
}

int64_t sys_process_vm_readv(int pid, void *local, unsigned long local_count, void *remote, unsigned long remote_count,
                             unsigned long flags)
{
    struct pieces to = {.next = local, .left = local_count}, from = {.next = remote, .left = remote_count};
    const int whose = check(pid, local_count, remote_count, flags);
    from.pid = whose;
    return whose < 0 ? whose : transfer(&to, &from);
}

int64_t sys_process_vm_writev(int pid, void *local, unsigned long local_count, void *remote, unsigned long remote_count,
                              unsigned long flags)
{
    struct pieces to = {.next = remote, .left = remote_count}, from = {.next = local, .left = local_count};
    const int whose = check(pid, local_count, remote_count, flags);
    to.pid = whose;
    return whose < 0 ? whose : transfer(&to, &from);
}
