/* SPDX-License-Identifier: MIT */
/* kcmp(2): whether two processes have something in common. Of their open files only the caller's own can be compared. */
#include <linux/kcmp.h>
#include "fs.h"
#include "process/table.h"
#include "syscalls.h"

/* The process of a thread; -ESRCH. */
static int32_t process_of(int32_t id)
{
    struct thread *thread = id > 0 ? thread_find(id) : NULL;
    if (thread) {
        thread_put(thread);
        return g_process.pid;
    }
    return id == g_process.pid || table_kin(id) ? id : -ESRCH;
}

/* As the kernel orders what is not the same. */
static int order(uint64_t a, uint64_t b)
{
    return a == b ? 0 : a < b ? 1 : 2;
}

static int64_t compare_files(uint64_t a, uint64_t b)
{
    struct file *first = a <= INT32_MAX ? fd_get_path((int)a) : NULL;
    struct file *second = b <= INT32_MAX ? fd_get_path((int)b) : NULL;
    const int64_t result = first && second ? order((uintptr_t)first, (uintptr_t)second) : -EBADF;
    if (first)
        file_put(first);
    if (second)
        file_put(second);
    return result;
}

int64_t sys_kcmp(int pid1, int pid2, int type, unsigned long index1, unsigned long index2)
{
    const int32_t first = process_of(pid1), second = process_of(pid2);
    if (first < 0 || second < 0)
        return -ESRCH;
    switch (type) {
    case KCMP_FILE:
        return first == g_process.pid && second == g_process.pid ? compare_files(index1, index2) : -EPERM;
    case KCMP_VM:
    case KCMP_FILES:
    case KCMP_FS:
    case KCMP_SIGHAND:
        return order((uint32_t)first, (uint32_t)second);
    case KCMP_IO:
    case KCMP_SYSVSEM:
        return 0; /* nobody has any of his own, which is the same */
    case KCMP_EPOLL_TFD:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
}
