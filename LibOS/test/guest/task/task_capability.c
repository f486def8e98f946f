// SPDX-License-Identifier: MIT
// Capabilities: what sets of them become when users change, programs are executed, and some are given up. Who is not root
// natively has none here either.
#include <linux/capability.h>
#include <grp.h>
#include <stdint.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "children.h"
#include "show.h"

#define BIT(capability) (1ull << (capability))

struct sets {
    uint64_t effective, permitted, inheritable;
};

static struct sets get(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    syscall(SYS_capget, &header, data);
    return (struct sets){data[0].effective | (uint64_t)data[1].effective << 32,
                         data[0].permitted | (uint64_t)data[1].permitted << 32,
                         data[0].inheritable | (uint64_t)data[1].inheritable << 32};
}

static long set(struct sets sets)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++)
        data[i] =
            (struct __user_cap_data_struct){(uint32_t)(sets.effective >> 32 * i), (uint32_t)(sets.permitted >> 32 * i),
                                            (uint32_t)(sets.inheritable >> 32 * i)};
    return syscall(SYS_capset, &header, data);
}

static void tell(const char *what)
{
    struct sets now = get();
    printf("%s: effective %s, permitted %s, CAP_CHOWN %d%d%d, ambient %d\n", what, now.effective ? "some" : "none",
           now.permitted ? "some" : "none", (now.effective & BIT(CAP_CHOWN)) != 0,
           (now.permitted & BIT(CAP_CHOWN)) != 0, (now.inheritable & BIT(CAP_CHOWN)) != 0,
           prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
}

static void try(const char *name, void (*work)(void))
{
    printf("-- %s\n", name);
    show("status", in_child(work));
}

static void become_another(void)
{
    show("setresuid", setresuid(65534, 65534, 65534));
    tell("another user");
    show("back", setuid(0));
    show("setgid", setgid(3));
    show("setgroups", setgroups(0, NULL));
}

static void keep(void)
{
    show("keep", prctl(PR_SET_KEEPCAPS, 1));
    show("setresuid", setresuid(65534, 65534, 65534));
    tell("another user");
    struct sets sets = get();
    sets.effective = sets.permitted;
    show("raise", set(sets));
    tell("raised");
    show("back", setuid(0));
}

static void for_a_while(void)
{
    show("seteuid", seteuid(65534));
    tell("another effective user");
    show("setgid", setgid(3));
    show("back", seteuid(0));
    tell("back");
    setfsuid(65534);
    tell("another user for files");
    setfsuid(0);
    tell("back");
}

static void give_up(void)
{
    struct sets sets = get();
    sets.effective &= ~BIT(CAP_CHOWN);
    show("lower", set(sets));
    tell("lowered");
    sets.effective |= BIT(CAP_CHOWN);
    show("raise", set(sets));
    sets.effective &= ~BIT(CAP_CHOWN);
    sets.permitted &= ~BIT(CAP_CHOWN);
    show("drop", set(sets));
    tell("dropped");
    sets.permitted |= BIT(CAP_CHOWN);
    show("take", set(sets));
    sets.permitted &= ~BIT(CAP_CHOWN);
    sets.effective |= BIT(CAP_CHOWN);
    show("more effective than permitted", set(sets));
    show("all", set((struct sets){0, 0, 0}));
    tell("none");
    show("setuid", setuid(65534));
    show("inherit", set((struct sets){0, 0, BIT(CAP_CHOWN)}));
}

static void ambient(void)
{
    struct sets sets = get();
    show("ambient, not inheritable", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
    sets.inheritable |= BIT(CAP_CHOWN);
    show("inheritable", set(sets));
    show("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
    tell("raised");
    sets.inheritable = 0;
    show("not inheritable", set(sets));
    tell("lost");
    show("ambient of none", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 100, 0, 0));
    show("ambient of nothing", prctl(PR_CAP_AMBIENT, 77, CAP_CHOWN, 0, 0));
}

static void bound(void)
{
    show("bound", prctl(PR_CAPBSET_DROP, CAP_SYS_TIME));
    show("bounded", prctl(PR_CAPBSET_READ, CAP_SYS_TIME));
    show("others", prctl(PR_CAPBSET_READ, CAP_CHOWN));
    show("none", prctl(PR_CAPBSET_READ, 100));
    execl("/proc/self/exe", "task_capability", "bounded", NULL);
}

static void execute(void)
{
    prctl(PR_SET_KEEPCAPS, 1);
    show("setresuid", setresuid(65534, 65534, 65534));
    struct sets sets = get();
    sets.effective = sets.permitted;
    sets.inheritable = sets.permitted & BIT(CAP_CHOWN);
    show("inheritable", set(sets));
    show("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
    fflush(stdout);
    execl("/proc/self/exe", "task_capability", "executed", NULL);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        tell(argv[1]);
        show("keep", prctl(PR_GET_KEEPCAPS));
        show("bounded", (get().permitted & BIT(CAP_SYS_TIME)) != 0);
        return 0;
    }
    tell("at first");
    try("become another user", become_another);
    try("and keep them", keep);
    try("for a while", for_a_while);
    try("give up", give_up);
    try("ambient", ambient);
    try("bound", bound);
    try("execute", execute);
    tell("at last");
    return 0;
}
