/* SPDX-License-Identifier: MIT */
/* What the system calls itself, and how large it is. */
#include <linux/sysinfo.h>
#include <linux/utsname.h>
#include "clock.h"
#include "copy.h"
#include "exec.h"
#include "mm.h"
#include "shared.h"
#include "syscalls.h"
#include "task.h"

/* Of the kernel whose system calls these are. Programs take it apart, and take less than 6 for old. */
#define RELEASE "6.1.0-libos"
#define VERSION "#1 SMP PREEMPT_DYNAMIC"

/* What all processes of the instance have in common, and may change. */
struct system_state {
    struct shared_lock lock;
    bool has_boot_id;
    char names[SYSTEM_NAMES][__NEW_UTS_LEN + 1];
    uint8_t boot_id[UUID_SIZE];
};

/* Before the first fork; then in shared memory. */
static struct system_state g_first = {.names = {[SYSTEM_HOST] = "localhost", [SYSTEM_DOMAIN] = "(none)"}};
static struct system_state *g_state = &g_first;

int system_share(void)
{
    struct system_state *state = shared_alloc(sizeof(*state));
    if (!state)
        return -ENOMEM;
    *state = g_first;
    g_state = state;
    return 0;
}

void system_name(struct new_utsname *out)
{
    *out = (struct new_utsname){.sysname = "Linux", .release = RELEASE, .version = VERSION, .machine = "x86_64"};
    shared_lock(&g_state->lock);
    memcpy(out->nodename, g_state->names[SYSTEM_HOST], __NEW_UTS_LEN);
    memcpy(out->domainname, g_state->names[SYSTEM_DOMAIN], __NEW_UTS_LEN);
    shared_unlock(&g_state->lock);
}

void system_set_name(enum system_name which, const char *name, size_t len)
{
    shared_lock(&g_state->lock);
    memset(g_state->names[which], 0, sizeof(g_state->names[which]));
    memcpy(g_state->names[which], name, len < __NEW_UTS_LEN ? len : __NEW_UTS_LEN);
    shared_unlock(&g_state->lock);
}

int uuid_make(uint8_t bytes[UUID_SIZE])
{
    if (DkRandomBitsRead(bytes, UUID_SIZE) == 0)
        return pal_failure();
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* RFC 4122: version 4, of random numbers */
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    return 0;
}

int system_boot_id(uint8_t out[UUID_SIZE])
{
    int error = 0;
    shared_lock(&g_state->lock);
    if (!g_state->has_boot_id)
        error = uuid_make(g_state->boot_id);
    g_state->has_boot_id = error == 0;
    memcpy(out, g_state->boot_id, UUID_SIZE);
    shared_unlock(&g_state->lock);
    return error;
}

int64_t sys_uname(void *name)
{
    struct new_utsname copy;
    system_name(&copy);
    if (g_process.personality & 0x0020000) /* UNAME26 */
        memcpy(copy.release, "2.6.61\0", 8);
    return copy_out(name, &copy, sizeof(copy));
}

static int64_t set_name(enum system_name which, const void *name, unsigned long length)
{
    char copy[__NEW_UTS_LEN];
    if (!identity_has(CAP_SYS_ADMIN))
        return -EPERM;
    if (length > sizeof(copy))
        return -EINVAL;
    if (copy_in(copy, name, length) < 0)
        return -EFAULT;
    system_set_name(which, copy, length);
    return 0;
}

int64_t sys_sethostname(void *name, unsigned long length)
{
    return set_name(SYSTEM_HOST, name, length);
}

int64_t sys_setdomainname(void *name, unsigned long length)
{
    return set_name(SYSTEM_DOMAIN, name, length);
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
    if (!identity_has(CAP_SYSLOG))
        return -EPERM;
    switch (type) {
    case READ:
    case READ_ALL:
    case READ_CLEAR:
        return !buf || length < 0 ? -EINVAL : 0;
    case CONSOLE_LEVEL:
        return length < 1 || length > 8 ? -EINVAL : 0;
    case CLOSE:
    case OPEN:
    case CLEAR:
    case CONSOLE_OFF:
    case CONSOLE_ON:
    case UNREAD:
    case SIZE:
        return 0;
    default:
        return -EINVAL;
    }
}

int64_t sys_vhangup(void)
{
    return identity_has(CAP_SYS_TTY_CONFIG) ? 0 : -EPERM;
}
