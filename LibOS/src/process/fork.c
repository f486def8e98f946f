/* SPDX-License-Identifier: MIT */
/* fork and its kin: a process of the host that begins as a copy of this one (PAL_PROCESS_COPY). Knows nothing of what other
 * rooms have to do about that but their names. */
#include <linux/resource.h>
#include <linux/sched.h>
#include "clock.h"
#include "copy.h"
#include "exec.h"
#include "fd.h"
#include "fs.h"
#include "ipc.h"
#include "mm.h"
#include "notify.h"
#include "poll.h"
#include "process/table.h"
#include "process/wait.h"
#include "syscalls.h"

/* Of processes that have memory of their own. */
#define SHARING (CLONE_SIGHAND | CLONE_FILES | CLONE_FS | CLONE_IO | CLONE_SYSVSEM)

/***** The child *****/

/* What the copy has of the parent and must not have. The calling thread is its only one. */
static void begin_thread(struct thread *thread, int32_t pid)
{
    thread->tid = pid;
    thread->handle = pal_control_addr()->first_thread;
    thread->robust_list = thread->clear_tid = 0;
    thread->futex_waiter = NULL;
    thread->task.death_signal = 0;
    thread->task.traits = traits_inherited(&thread->task.traits);
    thread->cpu_start_ns = 0;
    sleep_forget(thread);
    list_init(&g_process.threads);
    list_add_back(&g_process.threads, &thread->peers);
    g_process.thread_count = 1;
    g_process.companions = 0;
    g_process.survivor = NULL;
    g_process.lock = (struct lock){0};
    wait_queue_init(&g_process.ended);
}

void fork_begin_child(int32_t pid, int32_t parent)
{
    struct thread *thread = self();
    forget_others();
    begin_thread(thread, pid);
    g_process.pid = pid;
    g_process.ppid = parent;
    g_process.start_ns = (uint64_t)clock_monotonic_ns();
    g_process.subreaper = false;
    trace_forked();
    children_forget();
    vfork_forget();
    g_own = entry_at(slot_of(pid));
    fd_forked();
    signals_forked();
    timers_forked();
    mm_forked();
    async_forked();
    epoll_forked();
    ipc_forked();
    aio_forget();
    notify_forked();
    __atomic_store_n(&g_own->host_id, shared_own_id(), __ATOMIC_SEQ_CST);
    process_child_signal_changed();
    /* Who has rung before this was known has rung in vain. */
    if (process_has_mail())
        thread_attend(thread, ATTENTION_SIGNAL);
}

void fork_arrange(const struct clone_request *request, int32_t pid)
{
    struct thread *thread = self();
    /* As on Linux, who gave a bad address finds nothing there. */
    if (request->flags & CLONE_CHILD_SETTID && copy_out(request->child_tid, &pid, sizeof(pid)) < 0)
        log_print(LOG_DEBUG, "fork: no memory where the child's id is wanted");
    thread->clear_tid = request->flags & CLONE_CHILD_CLEARTID ? (uintptr_t)request->child_tid : 0;
    if (request->flags & CLONE_SETTLS)
        DkThreadPrivate((void *)request->tls);
    if (request->flags & CLONE_CLEAR_SIGHAND)
        signals_default();
    if (request->stack) {
        thread->regs->rsp = request->stack;
        thread->regs->rax = 0;
        thread->regs->number = NO_CALL;
        thread->regs->changed = 1;
    }
}

static void enter_child(const struct clone_request *request, int32_t pid, int32_t parent,
                        const struct trace_birth *birth)
{
    tmpfs_forked(pid);
    locks_forked(pid);
    fork_begin_child(pid, parent);
    trace_born(self(), birth);
    fork_arrange(request, pid);
}

bool fork_is_child(PAL_HANDLE handle)
{
    /* Kept open as long as it tells children from their parents, and closed by their children. */
    OF_HOST static PAL_HANDLE of_parent = NULL;
    if (!handle || handle != pal_control_addr()->parent_process)
        return false;
    if (of_parent)
        DkObjectClose(of_parent);
    of_parent = handle;
    return true;
}

/***** The parent *****/

/* Shells try again after EAGAIN, which is in vain on a host that has no such call. */
static int error_of_host(int error)
{
    return error == -ENOMEM || error == -ENOSYS ? error : -EAGAIN;
}

/* The copy that stands in for the child of a vfork shares no memory with its parent, which has more than one thread. What
 * such a child leaves behind when it cannot execute a program lies in the frame that its parent will go on with
 * (posix_spawn's error): that part of the stack is given back. */
#define FRAME_SIZE 4096ul
static struct {
    char *copy; /* in shared memory, NULL = none is wanted */
    char *frame;
    size_t size;
} g_stand_in;

static char *wish_frame(const struct clone_request *request)
{
    if (!(request->flags & CLONE_VM))
        return NULL;
    g_stand_in.frame = (char *)self()->regs->rsp;
    g_stand_in.copy = shared_alloc(FRAME_SIZE);
    g_stand_in.size = FRAME_SIZE;
    /* The stack may end before that. */
    if (g_stand_in.copy && user_read(g_stand_in.copy, g_stand_in.frame, FRAME_SIZE) < 0)
        g_stand_in.size = page_up((uintptr_t)g_stand_in.frame) - (uintptr_t)g_stand_in.frame;
    return g_stand_in.copy;
}

void fork_give_frame(void)
{
    if (g_stand_in.copy && g_own->executed == 0 && user_read(g_stand_in.copy, g_stand_in.frame, g_stand_in.size) == 0)
        g_own->executed = EXECUTED_NOT;
}

static void take_frame(int32_t pid, char *copy)
{
    const struct process_entry *entry = table_entry(pid);
    if (!copy)
        return;
    char *frame = (char *)self()->regs->rsp;
    const size_t rest = page_up((uintptr_t)frame) - (uintptr_t)frame;
    if (entry && entry->executed == EXECUTED_NOT && user_write(frame, copy, FRAME_SIZE) < 0 &&
        user_write(frame, copy, rest) < 0)
        log_print(LOG_DEBUG, "vfork: the parent's frame is gone");
    shared_free(copy, FRAME_SIZE);
}

/* What both will have is made ready for that, before the copy. */
static int share_all(int32_t pid)
{
    int error = files_share();
    if (error == 0)
        error = tmpfs_share(pid);
    if (error == 0)
        error = locks_share(pid);
    return error < 0 ? error : ipc_share(pid);
}

static void forget_child(int32_t pid)
{
    locks_unshare(pid);
    child_forget(pid);
    ipc_process_ends(pid);
}

static int64_t copy_process(const struct clone_request *request, struct trace_birth *out_birth, char **out_frame)
{
    /* A sibling ends with the signal that its maker ends with. */
    const bool is_child = !(request->flags & CLONE_PARENT);
    const int32_t parent = is_child ? g_process.pid : process_parent();
    const int32_t pid = table_add(parent, is_child ? (int)request->exit_signal : g_own->exit_signal);
    if (pid < 0)
        return pid;
    struct child *child = child_add(pid);
    int error = child ? freeze_others() : -ENOMEM;
    const bool frozen = error == 0;
    if (!(request->flags & CLONE_VFORK))
        table_entry(pid)->executed = 1; /* nobody waits for that */
    if (error == 0 && (error = share_all(pid)) < 0)
        error = error_of_host(error); /* as where the host has no more descriptors: EMFILE is no error of fork(2) */
    if (error == 0) {
        if (request->flags & CLONE_PARENT_SETTID && copy_out(request->parent_tid, &pid, sizeof(pid)) < 0)
            log_print(LOG_DEBUG, "fork: no memory where the parent wants the child's id");
        *out_frame = wish_frame(request);
        trace_birth_begin(out_birth, request->flags, request->exit_signal, pid);
        PAL_HANDLE handle = DkProcessCreate(NULL, PAL_PROCESS_COPY, NULL);
        if (fork_is_child(handle)) {
            enter_child(request, pid, parent, out_birth);
            return 0;
        }
        error = handle ? 0 : error_of_host(pal_failure());
        g_stand_in.copy = NULL;
        child->handle = handle;
    }
    if (frozen)
        thaw_others();
    if (error == 0)
        return pid;
    trace_birth_fails(out_birth, NULL);
    forget_child(pid);
    return error;
}

/* The parent of a vfork goes on when its child has another program, or has ended. */
static void wait_for_program(int32_t pid)
{
    struct waiter waiter = {.notify = NULL};
    wait_queue_add(&g_children_queue, &waiter);
    for (;;) {
        const struct process_entry *entry = table_entry(pid);
        PAL_HANDLE handle = NULL;
        size_t ready;
        if (!entry || entry->state != STATE_LIVE || __atomic_load_n(&entry->executed, __ATOMIC_ACQUIRE) > 0)
            break;
        lock_acquire(&g_children_lock);
        const struct child *child = child_find(pid);
        if (child)
            handle = child->handle;
        lock_release(&g_children_lock);
        if (!handle)
            break;
        const int result = thread_sleep_streams(&handle, 1, NO_TIMEOUT, &ready);
        if (result == 0 && ready == 0)
            children_bury();
        else if (result < 0)
            DkThreadYieldExecution(); /* signals wait, as on Linux */
    }
    wait_queue_remove(&g_children_queue, &waiter);
}

static bool too_many(void)
{
    return g_table->count >= limit_get(RLIMIT_NPROC) && !identity_has(CAP_SYS_RESOURCE);
}

int process_begin_child(void)
{
    const int error = table_begin();
    if (error < 0)
        return error_of_host(error);
    return too_many() ? -EAGAIN : 0;
}

int64_t process_create(const struct clone_request *request)
{
    const uint64_t flags = request->flags;
    const bool is_vfork = (flags & (CLONE_VM | CLONE_VFORK)) == (CLONE_VM | CLONE_VFORK);
    if (self()->is_companion || (flags & (CLONE_VM | SHARING) && !is_vfork)) {
        log_print(LOG_WARNING, "a process of this kind (clone flags 0x%lx) is not possible", (unsigned long)flags);
        return -ENOSYS;
    }
    if (vfork_is_lent() && is_vfork)
        return -EAGAIN;
    const int error = process_begin_child();
    if (error < 0)
        return error;
    patch_learn();
    /* A tracer may want to see parent and child at the same time. */
    if (is_vfork && g_process.thread_count == 1 && !(flags & CLONE_PIDFD) && !self()->trace.slot)
        return vfork_begin(request);
    char *frame = NULL;
    struct trace_birth birth = {0};
    const int64_t pid = copy_process(request, &birth, &frame);
    if (pid == 0)
        return 0; /* the frame's copy is the parent's to free */
    if (pid > 0 && flags & CLONE_PIDFD) {
        /* The child has it not; on Linux it has, and can do nothing with it that it could not do otherwise. */
        const int fd = pidfd_install((int32_t)pid, 0);
        if (copy_out(request->pidfd, &fd, sizeof(fd)) < 0)
            log_print(LOG_DEBUG, "clone: no memory where the descriptor of the child is wanted");
    }
    if (pid > 0)
        trace_birth_end(&birth, (int32_t)pid);
    if (pid > 0 && flags & CLONE_VFORK) {
        wait_for_program((int32_t)pid);
        trace_vfork_done((int32_t)pid);
    }
    take_frame((int32_t)pid, frame);
    return pid;
}

int64_t sys_fork(void)
{
    const struct clone_request request = {.exit_signal = SIGCHLD};
    return process_create(&request);
}

int64_t sys_vfork(void)
{
    const struct clone_request request = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};
    return process_create(&request);
}
