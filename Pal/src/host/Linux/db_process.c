/* SPDX-License-Identifier: MIT */
/* Linux: processes. A handle is a stream, a second socket for handles, and the kernel's descriptor of the process.
 *
 * A child that has ended is a zombie until its exit code is fetched. That happens when somebody asks for the code, when
 * the handle is closed, and, for those whose handles are closed while they run, at every later creation and close. While
 * no handle of a child is open the kernel is told that nobody wants any code: then there are no zombies at all. */
#include "pal_host.h"
#include <asm/errno.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include "linux_barred.h"
#include "linux_broker.h"
#include "linux_child.h"
#include "linux_error.h"
#include "linux_pipenames.h"
#include "linux_poll.h"
#include "linux_signal.h"
#include "linux_sock.h"
#include "linux_terminal.h"
#include "linux_message.h"
#include "sys_linux.h"

#define EXIT_SIGNAL 128

/* The two connections of a process that ends are closed in one go; then it dies, which may take long. */
#define CONNECTIONS_LIMIT_S 1
#define DEATH_LIMIT_S       10

/* Children are made and buried under g_births. */
static struct {
    bool ready;
    struct list owned; /* handles that are open */
} g_children;

/***** Exit codes; under the lock *****/

static void bury(PAL_HANDLE process, const siginfo_t *info)
{
    process->process.reaped = true;
    process->process.exit_code = info->si_code == CLD_EXITED ? info->si_status : EXIT_SIGNAL + info->si_status;
}

/* Fetch the exit codes of all children that have ended; those without a handle are just forgotten. */
static void bury_all(void)
{
    siginfo_t info = {0};
    while (sys_waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
        list_for_each(node, &g_children.owned) {
            PAL_HANDLE process = (PAL_HANDLE)list_container(node, offsetof(union pal_handle, process.sibling));
            if (process->process.pid == info.si_pid && !process->process.reaped) {
                bury(process, &info);
                break;
            }
        }
        info.si_pid = 0;
    }
}

/* Whether somebody may ask for exit codes. */
static void want_codes(bool wanted)
{
    const struct linux_sigaction action = {.handler = wanted ? NULL : LINUX_IGNORE};
    sys_rt_sigaction(SIGCHLD, &action, NULL);
}

static bool has_ended(PAL_HANDLE process)
{
    siginfo_t info = {0};
    linux_lock(&g_births);
    if (!process->process.reaped && sys_waitid(P_PIDFD, process->process.pidfd, &info, WEXITED | WNOHANG) == 0 &&
        info.si_pid != 0)
        bury(process, &info);
    const bool ended = process->process.reaped;
    linux_unlock(&g_births);
    return ended;
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
    error = linux_give_birth(&birth, &pidfd);
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
static int begin_births(void)
{
    if (!g_children.ready)
        list_init(&g_children.owned);
    g_children.ready = true;
    if (list_is_empty(&g_children.owned))
        want_codes(true);
    bury_all();
    return g_linux.hub > 0 ? 0 : start_broker();
}

/* Make a child with its ends of the connections. */
static int create(PAL_HANDLE process, const struct connections *connections, PAL_STR *arguments)
{
    const struct linux_birth birth = {
        .stream = connections->stream[1], .cargo = connections->cargo[1], .hub = -1, .arguments = arguments};
    linux_lock(&g_births);
    int result = begin_births();
    if (result == 0)
        result = linux_give_birth(&birth, &process->process.pidfd);
    if (result > 0) {
        process->process.pid = result;
        list_add_back(&g_children.owned, &process->process.sibling);
    }
    linux_unlock(&g_births);
    return result < 0 ? result : 0;
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
    int result = begin_births();
    if (result == 0)
        result = linux_copy(stack, &process->process.pidfd);
    if (result > 0) {
        process->process.pid = result;
        list_add_back(&g_children.owned, &process->process.sibling);
        return 0;
    }
    process->process.pidfd = -1;
    process->process.pid = self;
    if (result < 0)
        return result;
    /* Those of the parent are not this process's to bury. */
    list_for_each(node, &g_children.owned)
        list_entry(node, union pal_handle, process.sibling)->process.reaped = true;
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

static void close_child(PAL_HANDLE handle)
{
    linux_lock(&g_births);
    list_remove(&handle->process.sibling);
    if (list_is_empty(&g_children.owned))
        want_codes(false);
    bury_all();
    linux_unlock(&g_births);
    sys_close(handle->process.pidfd);
}

static void process_close(PAL_HANDLE handle)
{
    const bool is_child = handle->process.pidfd >= 0;
    if (is_child)
        close_child(handle);
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

/* Wait at most so long for the end of the child's descriptor or connection. */
static bool comes_to_its_end(int fd, short events, int64_t limit_s)
{
    struct pollfd end = {.fd = fd, .events = events};
    struct __kernel_timespec limit = {.tv_sec = limit_s};
    return sys_poll_within(&end, 1, &limit) > 0 && (events == POLLIN || end.revents & POLLHUP);
}

/* Between the end of a child's stream and its exit code the kernel frees its memory and files. Whoever has seen the end may
 * ask for the code, so it is waited for; but not if the stream has ended because this process has shut down both of its
 * directions, or the child has closed its handle (process_close). */
static void linger(PAL_HANDLE handle)
{
    const PAL_FLG both = PAL_DELETE_RD | PAL_DELETE_WR;
    const bool own_end = __atomic_load_n(&handle->process.cut, __ATOMIC_RELAXED) == both;
    if (comes_to_its_end(handle->process.cargo, POLLRDHUP, own_end ? 0 : CONNECTIONS_LIMIT_S))
        (void)comes_to_its_end(handle->process.pidfd, POLLIN, DEATH_LIMIT_S);
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
