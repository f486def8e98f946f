/* SPDX-License-Identifier: MIT */
/* /proc/PID/ns: the name spaces, of which there is one of each kind for all processes. They are names, and nothing to be opened. */
#include "proc.h"

#define SPACE(file, shown)                                                                                             \
    static int link_##file(struct text *out, const struct pseudo_key *key)                                             \
    {                                                                                                                  \
        (void)key;                                                                                                     \
        text_add(out, shown);                                                                                          \
        return 0;                                                                                                      \
    }

/* The numbers are those of the first ones of a kernel. */
SPACE(cgroup, "cgroup:[4026531835]")
SPACE(ipc, "ipc:[4026531839]")
SPACE(mnt, "mnt:[4026531841]")
SPACE(net, "net:[4026531840]")
SPACE(pid, "pid:[4026531836]")
SPACE(time, "time:[4026531834]")
SPACE(user, "user:[4026531837]")
SPACE(uts, "uts:[4026531838]")

#define LINK(file, function)                                                                                           \
    {                                                                                                                  \
        .name = (file), .mode = S_IFLNK | 0777, .read_link = link_##function                                           \
    }

const struct pseudo_node proc_ns_nodes[] = {LINK("cgroup", cgroup),
                                            LINK("ipc", ipc),
                                            LINK("mnt", mnt),
                                            LINK("net", net),
                                            LINK("pid", pid),
                                            LINK("pid_for_children", pid),
                                            LINK("time", time),
                                            LINK("time_for_children", time),
                                            LINK("user", user),
                                            LINK("uts", uts),
                                            {0}};
