/* SPDX-License-Identifier: MIT */
/* Companions: processes that share the memory, descriptors and directory of who makes them, without being its threads (CLONE_VM
 * alone), as leak checkers have them to trace their own process. Each is one more thread of its maker's process of the host,
 * with an entry of its own in the table: id, parent, status, wait. Its dispositions are room signal's. What others send it comes
 * into its maker's mailbox, under its id. It ends with its maker. */
#include <linux/sched.h>
#include "process/table.h"

int32_t companion_add(const struct clone_request *request)
{
    if (self()->is_companion || (request->flags & COMPANION_SHARES) != COMPANION_SHARES ||
        request->flags & (CLONE_PARENT | CLONE_PIDFD)) {
        log_print(LOG_WARNING, "a process of this kind (clone flags 0x%lx) is not possible",
                  (unsigned long)request->flags);
        return -ENOSYS;
    }
    const int error = process_begin_child();
    if (error < 0)
        return error;
    const int32_t pid = table_add(g_process.pid, (int)request->exit_signal);
    if (pid < 0)
        return pid;
    struct process_entry *entry = table_entry(pid);
    entry->executed = 1;
    entry->host_id = shared_own_id();
    entry->maker = g_process.pid;
    g_own->has_companions = true;
    if (child_add(pid))
        return pid;
    companion_fails(pid);
    return -ENOMEM;
}

void companion_fails(int32_t pid)
{
    child_forget(pid);
}

void companion_ends(int32_t pid, int status)
{
    post_end(pid, status);
}
