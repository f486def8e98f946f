/* SPDX-License-Identifier: MIT */
/* Linked into a Linux loader in front of its one door to the kernel (--wrap): records every host call, and makes the one fail
 * that the plan says. Works in every process of the instance; a failed call is not made at all, but close, which
 * Linux does even if it reports an error. */
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include "faults.h"
#include "linux_symbols.h"
#include "pal_host.h"
#include "sys_linux.h"

/* The linker's names for the loader's own, and for what takes their place. */
typedef long host_call(long number, long a1, long a2, long a3, long a4, long a5, long a6);
host_call __real_linux_syscall, __real_linux_syscall_blocking, __wrap_linux_syscall, __wrap_linux_syscall_blocking;

/* Of the instance. */
LINUX_KEPT static struct faults *g_faults;
LINUX_KEPT static uint32_t g_next_process; /* the one that is being made */

/* Of this process; made anew in each. */
static struct {
    bool known;
    uint32_t process;
    uint32_t count; /* of calls from the place that is looked for */
} g_self;

static bool is_error(long result)
{
    return result < 0 && result >= -4095;
}

PAL_NO_GUARD static struct faults *map_plan(void)
{
    const int fd = (int)__real_linux_syscall(__NR_openat, AT_FDCWD, (long)FAULTS_FILE, O_RDWR, 0, 0, 0);
    if (fd < 0)
        return NULL;
    const long result =
        __real_linux_syscall(__NR_mmap, 0, sizeof(struct faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    __real_linux_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
    return is_error(result) ? NULL : (struct faults *)result;
}

PAL_NO_GUARD static bool fails(long number, long argument, uint64_t site)
{
    if (!g_self.known) {
        g_self.known = true;
        g_self.process = g_next_process;
        if (!g_faults)
            g_faults = map_plan();
    }
    if (!g_faults)
        return false;
    const uint32_t at = __atomic_fetch_add(&g_faults->count, 1, __ATOMIC_RELAXED);
    if (at < FAULTS_CALLS)
        g_faults->calls[at] = (struct faults_call){g_self.process, (uint32_t)number, (uint32_t)argument, site};
    if (g_self.process == 0 && number == __NR_write && argument == 1)
        g_faults->over = 1;
    if (g_faults->over || g_faults->nth == 0 || g_self.process != g_faults->process || site != g_faults->site)
        return false;
    if (__atomic_add_fetch(&g_self.count, 1, __ATOMIC_RELAXED) != g_faults->nth)
        return false;
    g_faults->failed = 1;
    return true;
}

/* CLONE_THREAD is not in the flags: linux_clone_thread makes threads. */
PAL_NO_GUARD static long make_process(long a1, long a2, long a3, long a4, long a5, long a6)
{
    g_next_process = __atomic_add_fetch(&g_faults->processes, 1, __ATOMIC_RELAXED);
    const long result = __real_linux_syscall(__NR_clone, a1, a2, a3, a4, a5, a6);
    if (result == 0) {
        g_self.process = g_next_process;
        g_self.count = 0;
    }
    return result;
}

#define SITE ((uint64_t)((uintptr_t)__builtin_return_address(0) - (uintptr_t)__ehdr_start))

PAL_NO_GUARD long __wrap_linux_syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6)
{
    if (fails(number, a1, SITE)) {
        if (number == __NR_close)
            __real_linux_syscall(number, a1, a2, a3, a4, a5, a6);
        return g_faults->error;
    }
    if (number == __NR_clone && g_faults)
        return make_process(a1, a2, a3, a4, a5, a6);
    return __real_linux_syscall(number, a1, a2, a3, a4, a5, a6);
}

PAL_NO_GUARD long __wrap_linux_syscall_blocking(long number, long a1, long a2, long a3, long a4, long a5, long a6)
{
    return fails(number, a1, SITE) ? g_faults->error : __real_linux_syscall_blocking(number, a1, a2, a3, a4, a5, a6);
}
