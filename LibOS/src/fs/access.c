/* SPDX-License-Identifier: MIT */
/* What the process may do with files, as far as permissions tell. Knows no file system. */
#include "attributes.h"
#include "syscalls.h"
#include "task.h"

uint32_t g_umask;

enum { MAY_EXECUTE = 1, MAY_WRITE = 2, MAY_READ = 4 };

static bool is_group(uint32_t gid)
{
    for (uint32_t i = 0; i < g_process.group_count; i++)
        if (g_process.groups[i] == gid)
            return true;
    return false;
}

int attributes_permit(const struct file_attr *attr, uint32_t wanted, uint32_t uid, uint32_t gid)
{
    if (uid == 0) {
        /* The superuser may everything but execute what nobody may. */
        bool runnable = S_ISDIR(attr->mode) || (attr->mode & 0111);
        return (wanted & MAY_EXECUTE) && !runnable ? -EACCES : 0;
    }
    uint32_t granted = attr->mode;
    if (attr->uid == uid)
        granted >>= 6;
    else if (attr->gid == gid || is_group(attr->gid))
        granted >>= 3;
    return wanted & ~granted & 7 ? -EACCES : 0;
}

bool process_has_group(uint32_t gid)
{
    return g_process.fsgid == gid || is_group(gid);
}

int attributes_permit_change(const struct file_attr *attr, const struct attr_change *change)
{
    const uint32_t uid = g_process.fsuid;
    const bool owner = uid == 0 || uid == attr->uid;
    if ((change->which & CHANGE_MODE) && !owner)
        return -EPERM;
    if ((change->which & CHANGE_UID) && uid != 0 && (change->uid != attr->uid || !owner))
        return -EPERM;
    if ((change->which & CHANGE_GID) && uid != 0 &&
        !(owner && (change->gid == attr->gid || process_has_group(change->gid))))
        return -EPERM;
    if (!(change->which & (CHANGE_ACCESS | CHANGE_MODIFY)) || owner)
        return 0;
    /* To now, both, whoever may write. */
    const bool now = change->which & CHANGE_ACCESS && change->which & CHANGE_MODIFY && change->access_ns == TIME_NOW &&
                     change->modify_ns == TIME_NOW;
    return now ? attributes_permit(attr, MAY_WRITE, uid, g_process.fsgid) : -EPERM;
}

/* access(2) asks for the real ids. Devices, pipes and sockets can be written on read-only mounts, too. */
static int place_permit(const struct place *place, uint32_t wanted, bool effective)
{
    uint32_t mode = place->attr.mode;
    const struct mount *mount = place_mount(place);
    uint32_t uid = effective ? g_process.fsuid : g_process.uid;
    uint32_t gid = effective ? g_process.fsgid : g_process.gid;
    int error = attributes_permit(&place->attr, wanted, uid, gid);
    bool stored = S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
    return error == 0 && (wanted & MAY_WRITE) && stored && mount != NULL && mount->read_only ? -EROFS : error;
}

int64_t sys_faccessat2(int directory, const char *name, int mode, int flags)
{
    if ((mode & ~(MAY_READ | MAY_WRITE | MAY_EXECUTE)) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
        return -EINVAL;
    struct place *place;
    int error = place_find(directory, name, walk_of_flags(flags), &place);
    if (error < 0)
        return error;
    error = place_look_kind(place);
    if (error == 0)
        error = place_permit(place, (uint32_t)mode, flags & AT_EACCESS);
    place_free(place);
    return error;
}

int64_t sys_faccessat(int directory, const char *name, int mode)
{
    return sys_faccessat2(directory, name, mode, 0);
}

int64_t sys_access(const char *name, int mode)
{
    return sys_faccessat2(AT_FDCWD, name, mode, 0);
}

int64_t sys_umask(unsigned mask)
{
    return __atomic_exchange_n(&g_umask, mask & 0777, __ATOMIC_RELAXED);
}
