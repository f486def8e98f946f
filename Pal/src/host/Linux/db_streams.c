/* SPDX-License-Identifier: MIT */
/* Linux: which operations each type of handle has, and passing handles: the record that describes one to another process
 * (linux_cargo.c says how each type is described), and the descriptors beside it. */
#include "pal_host.h"
#include "linux_cargo.h"
#include "linux_poll.h"
#include "linux_rights.h"
#include "linux_socket.h"

const struct handle_ops *const pal_handle_ops[PAL_TYPE_LIMIT] = {
    [PAL_TYPE_FILE] = &linux_file_ops,
    [PAL_TYPE_DIR] = &linux_dir_ops,
    [PAL_TYPE_DEV] = &linux_dev_ops,
    [PAL_TYPE_PIPE] = &linux_pipe_ops,
    [PAL_TYPE_PIPESRV] = &linux_pipesrv_ops,
    [PAL_TYPE_TCP] = &linux_tcp_ops,
    [PAL_TYPE_TCPSRV] = &linux_tcpsrv_ops,
    [PAL_TYPE_UDP] = &linux_udp_ops,
    [PAL_TYPE_UDPSRV] = &linux_udpsrv_ops,
    [PAL_TYPE_PROCESS] = &linux_process_ops,
    [PAL_TYPE_GIPC] = &linux_gipc_ops,
    [PAL_TYPE_THREAD] = &linux_thread_ops,
    [PAL_TYPE_EVENT] = &linux_event_ops,
    [PAL_TYPE_SEMAPHORE] = &linux_semaphore_ops,
    [PAL_TYPE_LINK] = &linux_link_ops,
    [PAL_TYPE_POLL] = &linux_poll_ops,
    [PAL_TYPE_BROADCAST] = &linux_broadcast_ops,
};

/* What carries the handles that go through a handle, and how. */
struct carrier {
    int fd, flags;
};

static struct carrier carrier_of(PAL_HANDLE handle)
{
    if (pal_hdr(handle)->type == PAL_TYPE_PIPE)
        return (struct carrier){handle->sock.cargo, MSG_DONTWAIT};
    return (struct carrier){handle->process.cargo, handle->process.nonblocking ? MSG_DONTWAIT : 0};
}

int _DkSendHandle(PAL_HANDLE handle, PAL_HANDLE cargo)
{
    const struct carrier carrier = carrier_of(handle);
    if (carrier.fd < 0)
        return -PAL_ERROR_NOTCONNECTION;
    struct linux_cargo *record = pal_malloc(sizeof(*record));
    if (!record)
        return -PAL_ERROR_NOMEM;
    struct linux_message message = {.data = record};
    linux_poll_share();
    int error = linux_cargo_describe(cargo, record, &message);
    if (error == 0)
        error = linux_rights_send(carrier.fd, &message, carrier.flags);
    pal_free(record);
    return error;
}

int _DkReceiveHandle(PAL_HANDLE handle, PAL_HANDLE *out)
{
    const struct carrier carrier = carrier_of(handle);
    if (carrier.fd < 0)
        return -PAL_ERROR_NOTCONNECTION;
    struct linux_cargo *record = pal_malloc(sizeof(*record));
    if (!record)
        return -PAL_ERROR_NOMEM;
    struct linux_message message = {.data = record, .size = sizeof(*record)};
    linux_poll_share();
    int error = linux_rights_receive(carrier.fd, &message, carrier.flags);
    if (error == 0) {
        error = linux_cargo_make(record, &message, out);
        /* Those that the handle has not taken. */
        linux_rights_close(&message);
    }
    pal_free(record);
    return error;
}
