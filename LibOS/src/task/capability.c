/* SPDX-License-Identifier: MIT */
/* Capabilities: root has all of them and nobody else has any. What they allow on the host, the host knows. */
#include <linux/capability.h>
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

static void fill(bool root, struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3])
{
    const uint64_t full = root ? (2ull << CAP_LAST_CAP) - 1 : 0;
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        data[i].permitted = data[i].effective = (uint32_t)(full >> 32 * i);
        data[i].inheritable = 0;
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
    subject_end(&subject);
    fill(subject.euid == 0, now);
    return copy_out_wanted(data, now, (size_t)words * sizeof(*now));
}

/* Giving some up is allowed, and forgotten: there is nothing that they would allow here. */
int64_t sys_capset(void *header, void *data)
{
    struct __user_cap_header_struct head;
    struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3], wanted[_LINUX_CAPABILITY_U32S_3] = {{0}};
    const int words = read_header(header, &head);
    if (words < 0)
        return words;
    if (head.pid != 0 && head.pid != self()->tid)
        return -EPERM;
    if (copy_in(wanted, data, (size_t)words * sizeof(*wanted)) < 0)
        return -EFAULT;
    fill(identity_is_root(), now);
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        if (wanted[i].permitted & ~now[i].permitted || wanted[i].effective & ~wanted[i].permitted ||
            wanted[i].inheritable & ~now[i].permitted)
            return -EPERM;
    }
    return 0;
}
