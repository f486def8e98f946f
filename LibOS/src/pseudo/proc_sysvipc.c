/* SPDX-License-Identifier: MIT */
/* /proc/sysvipc: System V's message queues, semaphores and shared memory. */
#include "ipc.h"
#include "proc.h"

#define LISTED(file, list)                                                                                             \
    static int show_##file(struct text *out, const struct pseudo_key *key)                                             \
    {                                                                                                                  \
        (void)key;                                                                                                     \
        list(out);                                                                                                     \
        return 0;                                                                                                      \
    }

LISTED(msg, ipc_list_queues)
LISTED(sem, ipc_list_semaphores)
LISTED(shm, ipc_list_segments)

const struct pseudo_node proc_sysvipc_nodes[] = {{.name = "msg", .mode = S_IFREG | 0444, .show = show_msg},
                                                 {.name = "sem", .mode = S_IFREG | 0444, .show = show_sem},
                                                 {.name = "shm", .mode = S_IFREG | 0444, .show = show_shm},
                                                 {0}};
