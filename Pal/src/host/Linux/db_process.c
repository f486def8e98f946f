/* SPDX-License-Identifier: MIT */
/* Linux: processes. A handle is a stream, a second socket for handles, and the kernel's descriptor of the process. */
#include "pal_host.h"
#include <asm/errno.h>
#include <linux/sched.h>
#include "linux_barred.h"
#include "linux_broker.h"
#include "linux_child.h"
#include "linux_end.h"
#include "linux_error.h"
#include "linux_pipenames.h"
#include "linux_poll.h"
#include "linux_signal.h"
#include "linux_sock.h"
#include "linux_terminal.h"
#include "linux_message.h"
#include "sys_linux.h"

/* The two connections of a process that ends are closed in one go; then it dies, which may take long. */
#define CONNECTIONS_LIMIT_S 1
#define DEATH_LIMIT_S       10

/* How many copies lie between the first process and this one: the children of the others are not this one's. */
static unsigned g_generation;

/***** Ends *****/

/* Of a child. Threads that ask at the same time are told the same. */
static bool has_ended(PAL_HANDLE process)
{
    int code = 0;
    if (__atomic_load_n(&process->process.ended, __ATOMIC_ACQUIRE))
        return true;
    if (process->process.generation == g_generation &&
        !linux_end_of(process->process.pidfd, process->process.last_word, &code))
        return false;
    __atomic_store_n(&process->process.exit_code, code, __ATOMIC_RELAXED);
    __atomic_store_n(&process->process.ended, true, __ATOMIC_RELEASE);
    return true;
}

/***** Creation *****/

/* Make the broker, by which the processes of the instance find each other's servers. Under the lock. */
static int start_broker(void)
{
    int pair[2], pidfd;
    int error = (int)linux_error(sys_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
    if (error < 0)
        return error;
    const struct linux_birth birth = {.hub = pair[1]};
    error = linux_give_birth(&birth, NULL, &pidfd);
    sys_close(pair[1]);
    if (error < 0) {
        sys_close(pair[0]);
        return error;
    }
    sys_close(pidfd);
    __atomic_store_n(&g_linux.hub, pair[0], __ATOMIC_RELEASE);
    linux_barred_hand_over();
    return linux_pipes_register_all();
}

/* The two connections with a child; [0] is the parent's end of each. */
struct connections {
    int stream[2], cargo[2];
};

static int connect_child(struct connections *out)
{
    int result = sys_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out->stream);
    if (result < 0)
        return (int)linux_error(result);
    result = sys_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out->cargo);
    if (result < 0) {
        sys_close(out->stream[0]);
        sys_close(out->stream[1]);
    }
    return (int)linux_error(result);
}

static void close_ends(const struct connections *connections, unsigned end)
{
    sys_close(connections->stream[end]);
    sys_close(connections->cargo[end]);
}

/* Get ready to make a child, under the lock. */
static int begin_birth(PAL_HANDLE process)
{
    process->process.generation = g_generation;
    return g_linux.hub > 0 ? 0 : start_broker();
}

/* pid: what its making has told the parent */
static int end_birth(PAL_HANDLE process, int pid)
{
    if (pid < 0) {
        linux_end_forget(process->process.last_word);
        return pid;
    }
    process->process.pid = pid;
    linux_end_hide(process->process.last_word);
    return 0;
}

/* Make a child with its ends of the connections. */
static int create(PAL_HANDLE process, const struct connections *connections, PAL_STR *arguments)
{
    const struct linux_birth birth = {
        .stream = connections->stream[1], .cargo = connections->cargo[1], .hub = -1, .arguments = arguments};
    linux_lock(&g_births);
    int result = begin_birth(process);
    if (result == 0)
        result = end_birth(process, linux_give_birth(&birth, &process->process.last_word, &process->process.pidfd));
    linux_unlock(&g_births);
    return result;
}

int _DkProcessCreate(PAL_HANDLE *out, PAL_STR *arguments)
{
    struct connections connections;
    PAL_HANDLE process;
    linux_terminal_remember();
    linux_poll_share();
    int error = connect_child(&connections);
    if (error < 0)
        return error;
    error = pal_handle_new(PAL_TYPE_PROCESS, &process);
    if (error == 0) {
        process->process.stream = connections.stream[0];
        process->process.cargo = connections.cargo[0];
        error = create(process, &connections, arguments);
        if (error < 0)
            pal_handle_discard(process);
    }
    close_ends(&connections, 1);
    if (error < 0)
        close_ends(&connections, 0);
    else
        *out = process;
    return error;
}

/* Under the lock, which the copy holds, too. */
static int copy(PAL_HANDLE process, const struct pal_range *stack)
{
    const int self = (int)_DkGetProcessId();
    int result = begin_birth(process);
    if (result < 0)
        return result;
    result = linux_copy(stack, &process->process.last_word, &process->process.pidfd);
    if (result != 0)
        return end_birth(process, result);
    /* The handle is that of the parent now, whose children are not this process's. */
    process->process.last_word = NULL;
    process->process.pidfd = -1;
    process->process.pid = self;
    g_generation++;
    return 1;
}

int _DkProcessCopy(PAL_HANDLE *out, const struct pal_range *stack)
{
    PAL_HANDLE process;
    linux_terminal_remember();
    linux_poll_share();
    int result = pal_handle_new(PAL_TYPE_PROCESS, &process);
    if (result < 0)
        return result;
    process->process.stream = process->process.cargo = -1;
    linux_lock(&g_births);
    result = copy(process, stack);
    linux_unlock(&g_births);
    if (result < 0)
        pal_handle_discard(process);
    else
        *out = process;
    return result;
}

int _DkProcessIsolate(void)
{
    uint64_t instance;
    const int error = _DkRandomBitsRead(&instance, sizeof(instance));
    if (error < 0)
        return error;
    linux_lock(&g_births);
    const int hub = __atomic_exchange_n(&g_linux.hub, 0, __ATOMIC_ACQ_REL);
    if (hub > 0)
        sys_close(hub);
    g_linux.instance = instance;
    linux_pipes_keep_all();
    linux_barred_forget();
    linux_unlock(&g_births);
    return 0;
}

/***** Operations *****/

static int message_flags(PAL_HANDLE handle)
{
    return handle->process.nonblocking ? MSG_DONTWAIT : 0;
}

static int process_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create_flags,
                        PAL_FLG options)
{
    (void)access, (void)share, (void)create_flags, (void)options;
    if (uri->id == 0 || uri->id > INT32_MAX)
        return -PAL_ERROR_STREAMNOTEXIST;
    const int error = pal_handle_new(PAL_TYPE_PROCESS, out);
    if (error < 0)
        return error;
    (*out)->process.stream = (*out)->process.cargo = (*out)->process.pidfd = -1;
    (*out)->process.pid = (int)uri->id;
    return 0;
}

static bool is_stream(PAL_HANDLE handle)
{
    return handle->process.stream >= 0;
}

static int64_t process_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    (void)offset;
    if (!is_stream(handle))
        return -PAL_ERROR_NOTCONNECTION;
    const long result = linux_receive(handle->process.stream, buffer, count, message_flags(handle), NULL, NULL);
    /* It has ended without reading all that it was sent. */
    return result == -ECONNRESET ? 0 : linux_error(result);
}

static int64_t process_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    (void)offset;
    if (!is_stream(handle))
        return -PAL_ERROR_NOTCONNECTION;
    const long result = linux_send(handle->process.stream, buffer, count, message_flags(handle), NULL, 0);
    const bool full = result == -EAGAIN || (result >= 0 && (size_t)result < count);
    __atomic_store_n(&handle->process.full, full, __ATOMIC_RELAXED);
    return linux_error(result);
}

static void process_close(PAL_HANDLE handle)
{
    const bool is_child = handle->process.pidfd >= 0;
    if (is_child)
        sys_close(handle->process.pidfd);
    if (handle->process.generation == g_generation)
        linux_end_forget(handle->process.last_word);
    if (!is_stream(handle))
        return;
    sys_close(handle->process.stream);
    if (is_child)
        sys_close(handle->process.cargo);
    else
        /* The parent sees from this, and from the end of the stream, that its child lives on; see linger(). */
        sys_shutdown(handle->process.cargo, SHUT_WR);
}

static int process_delete(PAL_HANDLE handle, PAL_FLG access)
{
    int how = SHUT_RDWR;
    if (!is_stream(handle))
        return -PAL_ERROR_NOTCONNECTION;
    if (access == PAL_DELETE_RD)
        how = SHUT_RD;
    else if (access == PAL_DELETE_WR)
        how = SHUT_WR;
    const PAL_FLG sides = access ? access : PAL_DELETE_RD | PAL_DELETE_WR;
    __atomic_fetch_or(&handle->process.cut, sides, __ATOMIC_RELAXED);
    return (int)linux_error(sys_shutdown(handle->process.stream, how));
}

/* Between the end of a child's stream and its exit code the kernel frees its memory and files. Whoever has seen the end may
 * ask for the code, so it is waited for; but not if the stream has ended because this process has shut down both of its
 * directions, or the child has closed its handle (process_close). */
static void linger(PAL_HANDLE handle)
{
    const PAL_FLG both = PAL_DELETE_RD | PAL_DELETE_WR;
    const bool own_end = __atomic_load_n(&handle->process.cut, __ATOMIC_RELAXED) == both;
    if (linux_comes_to_its_end(handle->process.cargo, POLLRDHUP, own_end ? 0 : CONNECTIONS_LIMIT_S))
        (void)linux_comes_to_its_end(handle->process.pidfd, POLLIN, DEATH_LIMIT_S);
}

static int process_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    PAL_STREAM_ATTR attr = {.type = PAL_TYPE_PROCESS, .nonblocking = handle->process.nonblocking};
    const bool is_child = handle->process.pidfd >= 0, has_stream = is_stream(handle);
    const int error = has_stream ? linux_poll_attributes(handle->process.stream, handle->process.stream, &attr) : 0;
    if (error < 0)
        return error;
    if (is_child && attr.disconnected && !has_ended(handle))
        linger(handle);
    attr.disconnected = is_child ? has_ended(handle) : attr.disconnected;
    if (is_child && attr.disconnected)
        attr.size = (PAL_NUM)handle->process.exit_code;
    else if (has_stream)
        attr.size = linux_bytes_ready(handle->process.stream);
    *out = attr;
    return 0;
}

static int process_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    handle->process.nonblocking = attr->nonblocking;
    return 0;
}

const struct handle_ops linux_process_ops = {
    .open = process_open,
    .read = process_read,
    .write = process_write,
    .close = process_close,
    .delete = process_delete,
    .attrquerybyhdl = process_attrquerybyhdl,
    .attrsetbyhdl = process_attrsetbyhdl,
};
