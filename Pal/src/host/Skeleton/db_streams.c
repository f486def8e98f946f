/* SPDX-License-Identifier: MIT */
/* Which operations each type of handle has, and handles on their way to other processes. Knows no type from inside. */
#include "pal_host.h"

/* Step 2: file, for the loader. Step 3: dev. Step 4: the rest. A type without an entry answers NOTIMPLEMENTED, an
 * operation that is left out of a table NOTSUPPORT; the core looks, not the host. */
const struct handle_ops *const pal_handle_ops[PAL_TYPE_LIMIT] = {
    [PAL_TYPE_FILE] = &file_ops,
    [PAL_TYPE_DIR] = &dir_ops,
    [PAL_TYPE_DEV] = &dev_ops,
    [PAL_TYPE_PIPE] = &pipe_ops,
    [PAL_TYPE_PIPESRV] = &pipesrv_ops,
    [PAL_TYPE_TCP] = &tcp_ops,
    [PAL_TYPE_TCPSRV] = &tcpsrv_ops,
    [PAL_TYPE_UDP] = &udp_ops,
    [PAL_TYPE_UDPSRV] = &udpsrv_ops,
    [PAL_TYPE_PROCESS] = &process_ops,
    [PAL_TYPE_BROADCAST] = &broadcast_ops,
    [PAL_TYPE_GIPC] = &gipc_ops,
    [PAL_TYPE_THREAD] = &thread_ops,
    [PAL_TYPE_SEMAPHORE] = &semaphore_ops,
    [PAL_TYPE_EVENT] = &event_ops,
    [PAL_TYPE_POLL] = &poll_ops,
    [PAL_TYPE_LINK] = &link_ops,
};

/* Step 4. One message to the process, or beside the bytes of a pipe that was opened with PAL_OPTION_HANDLES: what the
 * handle is, never the structure itself, for its pointers mean nothing there, and the host's object. NOTSUPPORT for
 * types that cannot travel: threads, processes, semaphores, events. */
int _DkSendHandle(PAL_HANDLE carrier, PAL_HANDLE cargo)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. The other side has the memory of a hostile program: check all that comes, INCONSIST if it is not as sent
 * above. */
int _DkReceiveHandle(PAL_HANDLE carrier, PAL_HANDLE *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}
