/* SPDX-License-Identifier: MIT */
/* What the system calls itself, and how large it is. */
#include <linux/sysinfo.h>
#include <linux/utsname.h>
#include "clock.h"
#include "copy.h"
#include "exec.h"
#include "mm.h"
#include "syscalls.h"
#include "task.h"

/* Of the kernel whose system calls these are. Programs take it apart, and take less than 6 for old. */
#define RELEASE "6.1.0-libos"
#define VERSION "#1 SMP PREEMPT_DYNAMIC"

static struct new_utsname g_name = {
    .sysname = "Linux",
    .nodename = "localhost",
    .release = RELEASE,
    .version = VERSION,
    .machine = "x86_64",
    .domainname = "(none)",
};

void system_name(struct new_utsname *out)
{
    lock_acquire(&g_process.lock);
    *out = g_name;
    lock_release(&g_process.lock);
}

int64_t sys_uname(void *name)
{
    struct new_utsname copy;
    system_name(&copy);
    if (g_process.personality & 0x0020000) /* UNAME26 */
        memcpy(copy.release, "2.6.61\0", 8);
    return copy_out(name, &copy, sizeof(copy));
}

static int64_t set_name(char *member, const void *name, unsigned long length)
{
    char copy[__NEW_UTS_LEN + 1] = {0};
    if (!identity_has(CAP_SYS_ADMIN))
        return -EPERM;
    if (length > __NEW_UTS_LEN)
        return -EINVAL;
    if (copy_in(copy, name, length) < 0)
        return -EFAULT;
    lock_acquire(&g_process.lock);
    memcpy(member, copy, sizeof(copy));
    lock_release(&g_process.lock);
    return 0;
}

int64_t sys_sethostname(void *name, unsigned long length)
{
    return set_name(g_name.nodename, name, length);
}

int64_t sys_setdomainname(void *name, unsigned long length)
{
    return set_name(g_name.domainname, name, length);
}

/* What the host does not tell, such as its load, is 0; memory is free but for what this process has mapped. */
int64_t sys_sysinfo(void *info)
{
    const uint64_t total = pal_control.mem_info.mem_total;
    const uint64_t used = mm_total() < total ? mm_total() : total;
    int64_t boot_ns = 0;
    if (clock_read(CLOCK_BOOTTIME, &boot_ns) < 0)
        boot_ns = clock_monotonic_ns();
    const struct sysinfo now = {
        .uptime = boot_ns / NS_PER_SECOND,
        .totalram = total,
        .freeram = total - used,
        .procs = (uint16_t)g_process.thread_count,
        .mem_unit = 1,
    };
    return copy_out(info, &now, sizeof(now));
}

/* There is no log of a kernel to be read. */
int64_t sys_syslog(int type, void *buf, int length)
{
    enum { CLOSE, OPEN, READ, READ_ALL, READ_CLEAR, CLEAR, CONSOLE_OFF, CONSOLE_ON, CONSOLE_LEVEL, UNREAD, SIZE };
    switch (type) {
    case READ:
    case READ_ALL:
    case READ_CLEAR:
        if (!buf || length < 0)
            return -EINVAL;
        return identity_has(CAP_SYSLOG) ? 0 : -EPERM;
    case CONSOLE_LEVEL:
        if (length < 1 || length > 8)
            return -EINVAL;
        return identity_has(CAP_SYSLOG) ? 0 : -EPERM;
    case CLOSE:
    case OPEN:
    case CLEAR:
    case CONSOLE_OFF:
    case CONSOLE_ON:
    case UNREAD:
    case SIZE:
        return identity_has(CAP_SYSLOG) ? 0 : -EPERM;
    default:
        return -EINVAL;
    }
}

int64_t sys_vhangup(void)
{
    return identity_has(CAP_SYS_TTY_CONFIG) ? 0 : -EPERM;
}
