/* SPDX-License-Identifier: MIT */
/* The system calls that this host makes, typed; each returns what the kernel returns: >= 0, or -errno.
 * Knows no PAL error and no policy. */
#ifndef PAL_HOST_LINUX_SYS_LINUX_H
#define PAL_HOST_LINUX_SYS_LINUX_H

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The one door to the kernel (syscall.S). */
long linux_syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6);

/* The same for calls that may sleep; -EINTR also if an event is pending for the thread. */
long linux_syscall_blocking(long number, long a1, long a2, long a3, long a4, long a5, long a6);

#define SYS0(name)                linux_syscall(__NR_##name, 0, 0, 0, 0, 0, 0)
#define SYS1(name, a)             linux_syscall(__NR_##name, (long)(a), 0, 0, 0, 0, 0)
#define SYS2(name, a, b)          linux_syscall(__NR_##name, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS3(name, a, b, c)       linux_syscall(__NR_##name, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS4(name, a, b, c, d)    linux_syscall(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS5(name, a, b, c, d, e) linux_syscall(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS6(name, a, b, c, d, e, f)                                                                                   \
    linux_syscall(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#define BLOCKING3(name, a, b, c) linux_syscall_blocking(__NR_##name, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define BLOCKING4(name, a, b, c, d)                                                                                    \
    linux_syscall_blocking(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define BLOCKING5(name, a, b, c, d, e)                                                                                 \
    linux_syscall_blocking(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define BLOCKING6(name, a, b, c, d, e, f)                                                                              \
    linux_syscall_blocking(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* The highest descriptor that this process has been given, but for those that are just being given (linux_child.c). */
extern int linux_fd_highest;

/* Of a call that gives one; returns it, or the error. */
static inline int linux_given(long fd)
{
    int highest = __atomic_load_n(&linux_fd_highest, __ATOMIC_RELAXED);
    while (fd > highest &&
           !__atomic_compare_exchange_n(&linux_fd_highest, &highest, (int)fd, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    return (int)fd;
}

/* Of a call that gives two; returns what it returns. */
static inline int linux_given_two(long result, const int *fds)
{
    if (result == 0)
        linux_given(fds[0] > fds[1] ? fds[0] : fds[1]);
    return (int)result;
}

static inline long sys_read(int fd, void *buffer, size_t count)
{
    return BLOCKING3(read, fd, buffer, count);
}

/* Of what never sleeps; whatever happens to the thread meanwhile. */
static inline long sys_read_now(int fd, void *buffer, size_t count)
{
    return SYS3(read, fd, buffer, count);
}

static inline long sys_write(int fd, const void *buffer, size_t count)
{
    return BLOCKING3(write, fd, buffer, count);
}

static inline long sys_pread64(int fd, void *buffer, size_t count, uint64_t offset)
{
    return SYS4(pread64, fd, buffer, count, offset);
}

static inline long sys_pwrite64(int fd, const void *buffer, size_t count, uint64_t offset)
{
    return SYS4(pwrite64, fd, buffer, count, offset);
}

static inline long sys_lseek(int fd, uint64_t offset, int whence)
{
    return SYS3(lseek, fd, offset, whence);
}

static inline int sys_close(int fd)
{
    return (int)SYS1(close, fd);
}

static inline int sys_openat(int directory, const char *path, int flags, unsigned mode)
{
    return linux_given(SYS4(openat, directory, path, flags, mode));
}

/* Opening what has no other end yet (a FIFO) sleeps. */
static inline int sys_openat_blocking(int directory, const char *path, int flags, unsigned mode)
{
    return linux_given(BLOCKING4(openat, directory, path, flags, mode));
}

static inline int sys_fcntl(int fd, int command, long argument)
{
    return (int)SYS3(fcntl, fd, command, argument);
}

/* Another descriptor of the same file. */
static inline int sys_dup(int fd)
{
    return linux_given(SYS3(fcntl, fd, F_DUPFD_CLOEXEC, 0));
}

static inline int sys_ioctl(int fd, unsigned long request, void *argument)
{
    return (int)SYS3(ioctl, fd, request, argument);
}

/* Some settings of terminals wait until what was written has gone. */
static inline int sys_ioctl_blocking(int fd, unsigned long request, void *argument)
{
    return (int)BLOCKING3(ioctl, fd, request, argument);
}

struct pollfd;

/* What holds now. */
static inline int sys_poll_now(struct pollfd *fds, size_t count)
{
    const struct __kernel_timespec now = {0};
    return (int)SYS5(ppoll, fds, count, &now, NULL, sizeof(uint64_t));
}

/* The same within a time, whatever happens to the thread meanwhile. */
static inline int sys_poll_within(struct pollfd *fds, size_t count, struct __kernel_timespec *limit)
{
    int result;
    do
        result = (int)SYS5(ppoll, fds, count, limit, NULL, sizeof(uint64_t));
    while (result == -4 /* EINTR; the kernel has taken off limit what is over */);
    return result;
}

struct epoll_event;

static inline int sys_epoll_create1(int flags)
{
    return linux_given(SYS1(epoll_create1, flags));
}

static inline int sys_epoll_ctl(int set, int operation, int fd, const struct epoll_event *event)
{
    return (int)SYS4(epoll_ctl, set, operation, fd, event);
}

/* timeout  NULL = none */
static inline int sys_epoll_pwait2(int set, struct epoll_event *events, int count,
                                   const struct __kernel_timespec *timeout)
{
    return (int)BLOCKING6(epoll_pwait2, set, events, count, timeout, NULL, sizeof(uint64_t));
}

/* Sleep while the word has this value.
 * deadline  of CLOCK_MONOTONIC; NULL = none */
static inline int sys_futex_wait(uint32_t *word, uint32_t value, const struct __kernel_timespec *deadline)
{
    return (int)BLOCKING6(futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value, deadline, NULL,
                          FUTEX_BITSET_MATCH_ANY);
}

static inline int sys_futex_wake(uint32_t *word, int count)
{
    return (int)SYS3(futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count);
}

static inline int sys_socket(int family, int type, int protocol)
{
    return linux_given(SYS3(socket, family, type, protocol));
}

static inline int sys_socketpair(int family, int type, int protocol, int *out_fds)
{
    return linux_given_two(SYS4(socketpair, family, type, protocol, out_fds), out_fds);
}

static inline int sys_bind(int fd, const void *address, size_t size)
{
    return (int)SYS3(bind, fd, address, size);
}

static inline int sys_listen(int fd, int backlog)
{
    return (int)SYS2(listen, fd, backlog);
}

static inline int sys_connect(int fd, const void *address, size_t size, bool waits)
{
    return (int)(waits ? BLOCKING3(connect, fd, address, size) : SYS3(connect, fd, address, size));
}

static inline int sys_accept4(int fd, void *out_address, int *size, int flags)
{
    return linux_given(BLOCKING4(accept4, fd, out_address, size, flags));
}

static inline int sys_getsockname(int fd, void *out_address, int *size)
{
    return (int)SYS3(getsockname, fd, out_address, size);
}

static inline int sys_shutdown(int fd, int how)
{
    return (int)SYS2(shutdown, fd, how);
}

static inline int sys_getsockopt(int fd, int level, int name, void *out_value, int *size)
{
    return (int)SYS5(getsockopt, fd, level, name, out_value, size);
}

static inline int sys_setsockopt(int fd, int level, int name, const void *value, int size)
{
    return (int)SYS5(setsockopt, fd, level, name, value, size);
}

struct msghdr;

static inline long sys_sendmsg(int fd, const struct msghdr *message, int flags)
{
    return BLOCKING3(sendmsg, fd, message, flags);
}

static inline long sys_recvmsg(int fd, struct msghdr *message, int flags)
{
    return BLOCKING3(recvmsg, fd, message, flags);
}

static inline int sys_mkdirat(int directory, const char *path, unsigned mode)
{
    return (int)SYS3(mkdirat, directory, path, mode);
}

static inline int sys_mknodat(int directory, const char *path, unsigned mode, unsigned device)
{
    return (int)SYS4(mknodat, directory, path, mode, device);
}

static inline int sys_unlinkat(int directory, const char *path, int flags)
{
    return (int)SYS3(unlinkat, directory, path, flags);
}

static inline int sys_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    return (int)SYS5(renameat2, from_directory, from, to_directory, to, flags);
}

static inline int sys_statx(int directory, const char *path, int flags, unsigned mask, struct statx *out)
{
    return (int)SYS5(statx, directory, path, flags, mask, out);
}

static inline long sys_getdents64(int fd, void *buffer, size_t size)
{
    return SYS3(getdents64, fd, buffer, size);
}

static inline int sys_ftruncate(int fd, uint64_t length)
{
    return (int)SYS2(ftruncate, fd, length);
}

static inline int sys_fsync(int fd)
{
    return (int)SYS1(fsync, fd);
}

static inline int sys_fchmod(int fd, unsigned mode)
{
    return (int)SYS2(fchmod, fd, mode);
}

static inline int sys_fchown(int fd, unsigned owner, unsigned group)
{
    return (int)SYS3(fchown, fd, owner, group);
}

static inline int sys_fchownat(int directory, const char *path, unsigned owner, unsigned group, int flags)
{
    return (int)SYS5(fchownat, directory, path, owner, group, flags);
}

/* Set both times; of what fd stands for if path is NULL. */
static inline int sys_utimensat(int fd, const char *path, const struct __kernel_timespec times[2], int flags)
{
    return (int)SYS4(utimensat, fd, path, times, flags);
}

static inline int sys_symlinkat(const char *target, int directory, const char *path)
{
    return (int)SYS3(symlinkat, target, directory, path);
}

static inline int sys_linkat(int from_directory, const char *from, int to_directory, const char *to)
{
    return (int)SYS5(linkat, from_directory, from, to_directory, to, 0);
}

static inline long sys_readlinkat(int directory, const char *path, char *buffer, size_t size)
{
    return SYS4(readlinkat, directory, path, buffer, size);
}

/* Returns the address, or -errno as a value above -4096. */
static inline long sys_mmap(void *address, size_t size, int protection, int flags, int fd, uint64_t offset)
{
    return SYS6(mmap, address, size, protection, flags, fd, offset);
}

static inline int sys_munmap(void *address, size_t size)
{
    return (int)SYS2(munmap, address, size);
}

static inline int sys_mprotect(void *address, size_t size, int protection)
{
    return (int)SYS3(mprotect, address, size, protection);
}

static inline int sys_exit_group(int code)
{
    return (int)SYS1(exit_group, code);
}

static inline int sys_sched_yield(void)
{
    return (int)SYS0(sched_yield);
}

static inline int sys_clock_gettime(int clock, struct __kernel_timespec *out)
{
    return (int)SYS2(clock_gettime, clock, out);
}

static inline int sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return (int)SYS5(prctl, option, a, b, c, d);
}

static inline int sys_tgkill(int process, int thread, int signal)
{
    return (int)SYS3(tgkill, process, thread, signal);
}

static inline int sys_exit(int code)
{
    return (int)SYS1(exit, code);
}

struct pollfd;

static inline int sys_ppoll(struct pollfd *fds, unsigned long count, struct __kernel_timespec *timeout,
                            const void *mask)
{
    return (int)BLOCKING5(ppoll, fds, count, timeout, mask, sizeof(unsigned long));
}

/* Processes and what they take over. */

/* Copy this process; the copy goes on with %rsp at stack. out_child_pid is written to in the copy. */
static inline int sys_clone_process(unsigned long flags, const void *stack, int *out_pidfd, int *out_child_pid)
{
    const int pid = (int)SYS5(clone, flags, stack, out_pidfd, out_child_pid, 0);
    if (pid > 0)
        linux_given(*out_pidfd);
    return pid;
}

static inline int sys_madvise(void *address, size_t size, int advice)
{
    return (int)SYS3(madvise, address, size, advice);
}

/* Returns the new address, or -errno as a value above -4096. */
static inline long sys_mremap(void *from, size_t old_size, size_t size, int flags, void *to)
{
    return SYS5(mremap, from, old_size, size, flags, to);
}

/* Tell for each page whether it is in memory, in the lowest bit of a byte. */
static inline int sys_mincore(void *address, size_t size, unsigned char *out)
{
    return (int)SYS3(mincore, address, size, out);
}

static inline int sys_memfd_create(const char *name, unsigned flags)
{
    return linux_given(SYS2(memfd_create, name, flags));
}

/* As sys_futex_wait, but events do not end it: for locks that are held during host calls. */
static inline int sys_futex_wait_lock(uint32_t *word, uint32_t value)
{
    return (int)SYS6(futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value, NULL, NULL, FUTEX_BITSET_MATCH_ANY);
}

/* The guard (linux_guard.c). */

static inline int sys_landlock_create_ruleset(const void *attr, size_t size, unsigned flags)
{
    return linux_given(SYS3(landlock_create_ruleset, attr, size, flags));
}

static inline int sys_landlock_add_rule(int ruleset, int type, const void *attr)
{
    return (int)SYS4(landlock_add_rule, ruleset, type, attr, 0);
}

static inline int sys_landlock_restrict_self(int ruleset)
{
    return (int)SYS2(landlock_restrict_self, ruleset, 0);
}

struct statfs;

static inline int sys_fstatfs(int fd, struct statfs *out)
{
    return (int)SYS2(fstatfs, fd, out);
}

#endif
