/* SPDX-License-Identifier: MIT */
/* Users, groups, capabilities, process groups. Starts as root or not; what root alone may do is not asked. */
#include "report.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/fsuid.h>

int main(void)
{
    const uid_t uid = getuid(), euid = geteuid();
    const gid_t gid = getgid(), egid = getegid();
    uid_t r = 1, e = 1, s = 1;
    gid_t list[64];
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    R(uid);
    R(gid);
    R(getresuid(&r, &e, &s));
    printf("%d %d %d\n", r == uid, e == euid, s == euid);
    R(getresgid(&r, &e, &s));
    printf("%d %d %d\n", r == gid, e == egid, s == egid);
    R(syscall(SYS_getresuid, WILD, &e, &s));
    R(setuid(uid));
    R(setgid(gid));
    R(setreuid(-1, -1));
    R(setreuid(uid, euid));
    R(setregid(-1, egid));
    R(setresuid(-1, -1, -1));
    R(setresgid(gid, -1, gid));
    R(syscall(SYS_setuid, -1));
    R(syscall(SYS_setgid, -1));
    R(setfsuid(-1) == (int)euid);
    R(setfsgid(-1) == (int)egid);
    R(syscall(SYS_getgroups, -1, list));
    OK(getgroups(0, NULL));
    OK(getgroups(64, list));
    R(syscall(SYS_capget, WILD, data));
    R(syscall(SYS_capget, &header, WILD));
    header.version = 1;
    R(syscall(SYS_capget, &header, data));
    printf("version %x\n", header.version);
    header.version = 1;
    R(syscall(SYS_capget, &header, NULL));
    R(syscall(SYS_capget, &header, data));
    printf("inheritable %x\n", data[0].inheritable);
    header.pid = -1;
    R(syscall(SYS_capget, &header, data));
    header.pid = 99999999;
    R(syscall(SYS_capget, &header, data));
    R(syscall(SYS_capset, &header, data));
    header.pid = 0;

    R(getpid() == (pid_t)syscall(SYS_gettid));
    R(getpgid(0) == getpgrp());
    R(getpgid(getpid()) == getpgrp());
    R(getsid(0) == getsid(getpid()));
    R(getpgid(99999999));
    R(getsid(99999999));
    R(getpgid(-1));
    R(setpgid(0, -1));
    R(setpgid(99999999, 0));
    if (uid == 0) {
        R(setgroups(2, (gid_t[]){3, 4}));
        R(getgroups(1, list));
        R(getgroups(2, list));
        printf("%d %d\n", (int)list[0], (int)list[1]);
        R(syscall(SYS_getgroups, 2, WILD));
        R(setresgid(10, 11, 12));
        R(setresuid(1000, 1001, 1002));
        R(setresuid(1, -1, -1));
        R(setreuid(1002, 1000));
        R(getresuid(&r, &e, &s));
        printf("%d %d %d\n", (int)r, (int)e, (int)s);
        R(setuid(1002));
        R(setuid(0));
        R(setgid(12));
        R(setgid(0));
        R(setgroups(0, NULL));
        R(setfsuid(1002));
        R(setfsuid(7));
        R(setfsuid(-1));
        R(syscall(SYS_capget, &header, data));
        printf("permitted %x\n", data[0].permitted);
        data[0].effective = data[0].permitted = 1;
        data[1].effective = data[1].permitted = 0;
        R(syscall(SYS_capset, &header, data));
    }
    return 0;
}
