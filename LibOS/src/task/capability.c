/* SPDX-License-Identifier: MIT */
/* Capabilities: root has all of them when it starts, and nobody else has any. They say what the library OS allows; what they
 * allow on the host, the host knows. */
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include "copy.h"
#include "syscalls.h"
#include "task/task_room.h"

static int words_of(uint32_t version)
{
    switch (version) {
    case _LINUX_CAPABILITY_VERSION_1:
        return _LINUX_CAPABILITY_U32S_1;
    case _LINUX_CAPABILITY_VERSION_2:
    case _LINUX_CAPABILITY_VERSION_3:
        return _LINUX_CAPABILITY_U32S_3;
    default:
        return -EINVAL;
    }
}

/* Read the header; of an unknown version it tells the program which one we would like. */
static int read_header(void *header, struct __user_cap_header_struct *out)
{
    static const uint32_t preferred = _LINUX_CAPABILITY_VERSION_3;
    if (copy_in(out, header, sizeof(*out)) < 0)
        return -EFAULT;
    const int words = words_of(out->version);
    if (words < 0 && copy_out(header, &preferred, sizeof(preferred)) < 0)
        return -EFAULT;
    return words;
}

#define ALL ((2ull << CAP_LAST_CAP) - 1)
/* What setfsuid(2) gives and takes. */
#define FILES                                                                                                          \
    (1ull << CAP_CHOWN | 1ull << CAP_MKNOD | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_DAC_READ_SEARCH |                  \
     1ull << CAP_FOWNER | 1ull << CAP_FSETID | 1ull << CAP_LINUX_IMMUTABLE | 1ull << CAP_MAC_OVERRIDE)

bool identity_has(unsigned capability)
{
    return g_process.capabilities.effective >> capability & 1;
}

/***** What changes them *****/

void capabilities_init(void)
{
    const uint64_t own = g_process.euid == 0 ? ALL : 0;
    g_process.capabilities = (struct capability_sets){.permitted = own, .effective = own, .bounding = ALL};
}

void capabilities_users_changed(const struct user_ids *old)
{
    struct capability_sets *sets = &g_process.capabilities;
    const uint32_t bits = self()->task.secure_bits;
    if (bits & SECBIT_NO_SETUID_FIXUP)
        return;
    const bool was_root = old->real == 0 || old->effective == 0 || old->saved == 0;
    if (was_root && g_process.uid != 0 && g_process.euid != 0 && g_process.suid != 0) {
        if (!(bits & SECBIT_KEEP_CAPS))
            sets->permitted = sets->effective = 0;
        sets->ambient = 0;
    }
    if (old->effective == 0 && g_process.euid != 0)
        sets->effective = 0;
    else if (old->effective != 0 && g_process.euid == 0)
        sets->effective = sets->permitted;
    else if (old->effective == g_process.euid && old->fs == 0 && g_process.fsuid != 0)
        sets->effective &= ~FILES;
    else if (old->effective == g_process.euid && old->fs != 0 && g_process.fsuid == 0)
        sets->effective |= sets->permitted & FILES;
}

/* As of files that have none, which here are all. */
void capabilities_exec(void)
{
    struct capability_sets *sets = &g_process.capabilities;
    uint32_t *bits = &self()->task.secure_bits;
    const bool root = !(*bits & SECBIT_NOROOT) && (g_process.euid == 0 || g_process.uid == 0);
    sets->permitted = sets->ambient | (root ? sets->inheritable | sets->bounding : 0);
    sets->effective = root && g_process.euid == 0 ? sets->permitted : sets->ambient;
    *bits &= ~(uint32_t)SECBIT_KEEP_CAPS;
}

/***** prctl *****/

int64_t capabilities_bounding(int option, unsigned long capability)
{
    if (capability > CAP_LAST_CAP)
        return -EINVAL;
    if (option == PR_CAPBSET_READ)
        return (int64_t)(g_process.capabilities.bounding >> capability & 1);
    if (!identity_has(CAP_SETPCAP))
        return -EPERM;
    g_process.capabilities.bounding &= ~(1ull << capability);
    return 0;
}

int64_t capabilities_ambient(unsigned long what, unsigned long capability)
{
    struct capability_sets *sets = &g_process.capabilities;
    if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
        if (capability)
            return -EINVAL;
        sets->ambient = 0;
        return 0;
    }
    if (capability > CAP_LAST_CAP)
        return -EINVAL;
    const uint64_t bit = 1ull << capability;
    switch (what) {
    case PR_CAP_AMBIENT_IS_SET:
        return (sets->ambient & bit) != 0;
    case PR_CAP_AMBIENT_LOWER:
        sets->ambient &= ~bit;
        return 0;
    case PR_CAP_AMBIENT_RAISE:
        if (!(sets->permitted & sets->inheritable & bit) || self()->task.secure_bits & SECBIT_NO_CAP_AMBIENT_RAISE)
            return -EPERM;
        sets->ambient |= bit;
        return 0;
    default:
        return -EINVAL;
    }
}

/***** capget and capset *****/

static void fill(const struct capability_sets *sets, struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3])
{
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        data[i].permitted = (uint32_t)(sets->permitted >> 32 * i);
        data[i].effective = (uint32_t)(sets->effective >> 32 * i);
        data[i].inheritable = (uint32_t)(sets->inheritable >> 32 * i);
    }
}

int64_t sys_capget(void *header, void *data)
{
    struct __user_cap_header_struct head;
    struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3];
    const int words = read_header(header, &head);
    if (words < 0)
        return words == -EINVAL && !data ? 0 : words;
    if (head.pid < 0)
        return -EINVAL;
    struct subject subject;
    const int error = subject_find(head.pid, &subject);
    if (error < 0)
        return error;
    const uint64_t others = subject.euid == 0 ? ALL : 0; /* what they have given up only they know */
    const struct capability_sets sets = {.permitted = others, .effective = others};
    fill(subject.thread ? &g_process.capabilities : &sets, now);
    subject_end(&subject);
    return copy_out_wanted(data, now, (size_t)words * sizeof(*now));
}

static bool is_subset(uint64_t set, uint64_t of)
{
    return (set & ~of) == 0;
}

int64_t sys_capset(void *header, void *data)
{
    struct __user_cap_header_struct head;
    struct __user_cap_data_struct user[_LINUX_CAPABILITY_U32S_3] = {{0}};
    const int words = read_header(header, &head);
    if (words < 0)
        return words;
    if (head.pid != 0 && head.pid != self()->tid)
        return -EPERM;
    if (copy_in(user, data, (size_t)words * sizeof(*user)) < 0)
        return -EFAULT;
    struct capability_sets *sets = &g_process.capabilities;
    lock_acquire(&g_process.lock);
    struct capability_sets wanted = *sets;
    wanted.permitted = (user[0].permitted | (uint64_t)user[1].permitted << 32) & ALL;
    wanted.effective = (user[0].effective | (uint64_t)user[1].effective << 32) & ALL;
    wanted.inheritable = (user[0].inheritable | (uint64_t)user[1].inheritable << 32) & ALL;
    wanted.ambient &= wanted.permitted & wanted.inheritable;
    const bool allowed =
        is_subset(wanted.permitted, sets->permitted) && is_subset(wanted.effective, wanted.permitted) &&
        is_subset(wanted.inheritable, sets->inheritable | sets->bounding) &&
        (identity_has(CAP_SETPCAP) || is_subset(wanted.inheritable, sets->inheritable | sets->permitted));
    if (allowed)
        *sets = wanted;
    lock_release(&g_process.lock);
    return allowed ? 0 : -EPERM;
}
