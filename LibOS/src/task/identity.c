/* SPDX-License-Identifier: MIT */
/* Who the process is: users and groups. They are what the host says at the start, and names from then on: what the process
 * may do to files is decided by the host, which knows it as one user all the time. */
#include "copy.h"
#include "exec.h"
#include "process.h"
#include "syscalls.h"
#include "task/task_room.h"

#define KEEP UINT32_MAX /* -1: leave it as it is */

void identity_init(void)
{
    const struct host_facts *facts = &g_host_facts;
    g_process.uid = (uint32_t)facts->uid;
    g_process.euid = g_process.suid = g_process.fsuid = (uint32_t)facts->euid;
    g_process.gid = (uint32_t)facts->gid;
    g_process.egid = g_process.sgid = g_process.fsgid = (uint32_t)facts->egid;
    g_process.groups[0] = g_process.gid;
    g_process.group_count = 1;
    capabilities_init();
}

int64_t sys_getuid(void)
{
    return g_process.uid;
}

int64_t sys_geteuid(void)
{
    return g_process.euid;
}

int64_t sys_getgid(void)
{
    return g_process.gid;
}

int64_t sys_getegid(void)
{
    return g_process.egid;
}

/* The four ids of a kind, users or groups. */
struct ids {
    uint32_t *real, *effective, *saved, *fs;
    unsigned capability; /* which allows to set them to anything */
};

static const struct ids g_users = {&g_process.uid, &g_process.euid, &g_process.suid, &g_process.fsuid, CAP_SETUID};
static const struct ids g_groups = {&g_process.gid, &g_process.egid, &g_process.sgid, &g_process.fsgid, CAP_SETGID};

static struct user_ids users(void)
{
    return (struct user_ids){g_process.uid, g_process.euid, g_process.suid, g_process.fsuid};
}

static bool is_own(const struct ids *ids, uint32_t id)
{
    return id == *ids->real || id == *ids->effective || id == *ids->saved;
}

static void set(const struct ids *ids, uint32_t real, uint32_t effective, uint32_t saved)
{
    const struct user_ids old = users();
    if (real != KEEP)
        *ids->real = real;
    if (effective != KEEP)
        *ids->effective = effective;
    if (saved != KEEP)
        *ids->saved = saved;
    *ids->fs = *ids->effective;
    capabilities_users_changed(&old);
    process_changed();
}

/* setuid(2): root becomes it for good. */
static int64_t set_one(const struct ids *ids, uint32_t id)
{
    int64_t result = 0;
    if (id == KEEP)
        return -EINVAL;
    lock_acquire(&g_process.lock);
    if (identity_has(ids->capability))
        set(ids, id, id, id);
    else if (id == *ids->real || id == *ids->saved)
        set(ids, KEEP, id, KEEP);
    else
        result = -EPERM;
    lock_release(&g_process.lock);
    return result;
}

/* setreuid(2): the saved one follows when the real one is set, or the effective one to what is not the real one. */
static int64_t set_two(const struct ids *ids, uint32_t real, uint32_t effective)
{
    int64_t result = 0;
    lock_acquire(&g_process.lock);
    const bool real_ok = real == KEEP || real == *ids->real || real == *ids->effective;
    const bool effective_ok = effective == KEEP || is_own(ids, effective);
    if (identity_has(ids->capability) || (real_ok && effective_ok)) {
        const bool save = real != KEEP || (effective != KEEP && effective != *ids->real);
        set(ids, real, effective, !save ? KEEP : effective != KEEP ? effective : *ids->effective);
    } else {
        result = -EPERM;
    }
    lock_release(&g_process.lock);
    return result;
}

static int64_t set_three(const struct ids *ids, uint32_t real, uint32_t effective, uint32_t saved)
{
    int64_t result = 0;
    lock_acquire(&g_process.lock);
    if (identity_has(ids->capability) ||
        ((real == KEEP || is_own(ids, real)) && (effective == KEEP || is_own(ids, effective)) &&
         (saved == KEEP || is_own(ids, saved))))
        set(ids, real, effective, saved);
    else
        result = -EPERM;
    lock_release(&g_process.lock);
    return result;
}

static int64_t get_three(const struct ids *ids, void *real, void *effective, void *saved)
{
    if (copy_out(real, ids->real, 4) < 0 || copy_out(effective, ids->effective, 4) < 0 ||
        copy_out(saved, ids->saved, 4) < 0)
        return -EFAULT;
    return 0;
}

/* setfsuid(2): returns the old one, whether it was allowed or not. */
static int64_t set_fs(const struct ids *ids, uint32_t id)
{
    lock_acquire(&g_process.lock);
    const uint32_t old = *ids->fs;
    const struct user_ids before = users();
    if (id != KEEP && (identity_has(ids->capability) || id == old || is_own(ids, id))) {
        *ids->fs = id;
        capabilities_users_changed(&before);
    }
    lock_release(&g_process.lock);
    return old;
}

int64_t sys_setuid(unsigned id)
{
    return set_one(&g_users, id);
}

int64_t sys_setgid(unsigned id)
{
    return set_one(&g_groups, id);
}

int64_t sys_setreuid(unsigned real, unsigned effective)
{
    return set_two(&g_users, real, effective);
}

int64_t sys_setregid(unsigned real, unsigned effective)
{
    return set_two(&g_groups, real, effective);
}

int64_t sys_setresuid(unsigned real, unsigned effective, unsigned saved)
{
    return set_three(&g_users, real, effective, saved);
}

int64_t sys_setresgid(unsigned real, unsigned effective, unsigned saved)
{
    return set_three(&g_groups, real, effective, saved);
}

int64_t sys_getresuid(void *real, void *effective, void *saved)
{
    return get_three(&g_users, real, effective, saved);
}

int64_t sys_getresgid(void *real, void *effective, void *saved)
{
    return get_three(&g_groups, real, effective, saved);
}

int64_t sys_setfsuid(unsigned id)
{
    return set_fs(&g_users, id);
}

int64_t sys_setfsgid(unsigned id)
{
    return set_fs(&g_groups, id);
}

int64_t sys_getgroups(int count, void *list)
{
    uint32_t groups[GROUP_LIMIT];
    lock_acquire(&g_process.lock);
    const uint32_t have = g_process.group_count;
    memcpy(groups, g_process.groups, sizeof(groups));
    lock_release(&g_process.lock);
    if (count < 0 || (count > 0 && (uint32_t)count < have))
        return -EINVAL;
    if (count > 0 && copy_out(list, groups, have * sizeof(*groups)) < 0)
        return -EFAULT;
    return have;
}

int64_t sys_setgroups(int count, void *list)
{
    uint32_t groups[GROUP_LIMIT];
    if (!identity_has(CAP_SETGID))
        return -EPERM;
    if (count < 0 || count > GROUP_LIMIT)
        return -EINVAL;
    if (copy_in(groups, list, (size_t)count * sizeof(*groups)) < 0)
        return -EFAULT;
    lock_acquire(&g_process.lock);
    memcpy(g_process.groups, groups, (size_t)count * sizeof(*groups));
    g_process.group_count = (uint32_t)count;
    lock_release(&g_process.lock);
    return 0;
}
