/* SPDX-License-Identifier: MIT */
/* /proc/PID/ns: the name spaces, of which there is one of each kind for all processes. They are names, and nothing to be opened. */
#include "proc.h"

/* The numbers are those of the first ones of a kernel. */
SHOWS(link_cgroup, "cgroup:[4026531835]")
SHOWS(link_ipc, "ipc:[4026531839]")
SHOWS(link_mnt, "mnt:[4026531841]")
SHOWS(link_net, "net:[4026531840]")
SHOWS(link_pid, "pid:[4026531836]")
SHOWS(link_time, "time:[4026531834]")
SHOWS(link_user, "user:[4026531837]")
SHOWS(link_uts, "uts:[4026531838]")

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
