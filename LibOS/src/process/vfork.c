/* SPDX-License-Identifier: MIT */
/* vfork: the child runs on its parent's thread and in its parent's memory until it ends or executes a program; only then it
 * gets a process of its own, which begins without any memory of the program's. So nothing is copied, and what the child
 * writes its parent sees, as vfork(2) and posix_spawn(3) have it.
 *
 * While the thread is lent, this process is the child for all rooms; what the child can change of it and memory is kept for
 * the parent. Only a process with one thread does this. */
#include <linux/sched.h>
#include "base.h"
#include "clock.h"
#include "copy.h"
#include "entry.h"
#include "symbols.h"
#include "fd.h"
#include "ipc.h"
#include "poll.h"
#include "process/table.h"
#include "process/wait.h"

/* The parent, as it was. */
PAL_LARGE static struct {
    struct regs regs;
    uint64_t fs_base;
    struct process process; /* ids and what of it a program sets */
    struct thread_signals signals;
    struct thread_private task;
    struct thread_filter filters;
    struct limit limits[LIMIT_COUNT];
    uint64_t clear_tid, robust_list;
    char name[16];
    struct process_entry *own;
    struct fd_saved *files;
    struct signals_saved *dispositions;
    uint32_t umask;
    char directory[PATH_SIZE], root[PATH_SIZE];
    int32_t child;
} g_lender;
static bool g_lent; /* the child has the thread now */
static bool g_made; /* this process was made for a program, which is not loaded yet */

bool vfork_is_lent(void)
{
    return g_lent;
}

int32_t process_holder(void)
{
    return vfork_is_lent() ? g_lender.process.pid : g_process.pid;
}

void vfork_forget(void)
{
    g_lent = false;
}

static void save(void)
{
    struct thread *thread = self();
    g_lender.regs = *thread->regs;
    g_lender.fs_base = (uintptr_t)DkThreadPrivate(NULL);
    g_lender.process = g_process;
    g_lender.signals = thread->signals;
    g_lender.task = thread->task;
    filters_copy(&g_lender.filters, &thread->filters);
    limits_read(g_lender.limits);
    g_lender.clear_tid = thread->clear_tid;
    g_lender.robust_list = thread->robust_list;
    memcpy(g_lender.name, thread->name, sizeof(g_lender.name));
    g_lender.own = g_own;
    g_lender.umask = g_umask;
    if (cwd_get(g_lender.directory, sizeof(g_lender.directory)) < 0)
        g_lender.directory[0] = '\0';
    (void)root_read(g_lender.root);
}

/* Be the parent again; but for what belongs to the process as such. */
static void restore(void)
{
    struct thread *thread = self();
    const struct process now = g_process;
    g_process = g_lender.process;
    g_process.lock = now.lock;
    g_process.threads = now.threads;
    g_process.ended = now.ended;
    thread->tid = g_process.pid;
    thread->signals.blocked = g_lender.signals.blocked;
    thread->signals.stack_base = g_lender.signals.stack_base;
    thread->signals.stack_size = g_lender.signals.stack_size;
    thread->signals.stack_flags = g_lender.signals.stack_flags;
    thread->signals.restore_blocked = false;
    thread->task = g_lender.task;
    filters_drop(&thread->filters);
    thread->filters = g_lender.filters;
    filters_changed();
    limits_write(g_lender.limits);
    thread->clear_tid = g_lender.clear_tid;
    thread->robust_list = g_lender.robust_list;
    memcpy(thread->name, g_lender.name, sizeof(thread->name));
    DkThreadPrivate((void *)g_lender.fs_base);
    g_own = g_lender.own;
    g_umask = g_lender.umask;
    if (g_lender.directory[0])
        cwd_init(g_lender.directory);
    root_set(g_lender.root);
    fd_restore(g_lender.files);
    locks_become(g_process.pid);
    signals_restore(g_lender.dispositions);
    g_lent = false;
    trace_become();
    /* Others may have sent something to either. */
    thread_attend(thread, ATTENTION_SIGNAL);
}

int64_t vfork_begin(const struct clone_request *request)
{
    struct thread *thread = self();
    const int32_t pid = table_add(g_process.pid, (int)request->exit_signal);
    if (pid < 0)
        return pid;
    struct child *child = child_add(pid);
    g_lender.files = child ? fd_save() : NULL;
    g_lender.dispositions = g_lender.files ? signals_save() : NULL;
    if (!g_lender.dispositions) {
        if (g_lender.files)
            fd_restore(g_lender.files);
        child_forget(pid);
        return -ENOMEM;
    }
    if (request->flags & CLONE_PARENT_SETTID && copy_out(request->parent_tid, &pid, sizeof(pid)) < 0)
        log_print(LOG_DEBUG, "vfork: no memory where the parent wants the child's id");
    save();
    g_lender.child = pid;
    g_lent = true;
    g_process.ppid = g_process.pid;
    g_process.pid = thread->tid = pid;
    thread->robust_list = 0;
    g_own = entry_at(slot_of(pid));
    g_own->host_id = g_lender.own->host_id;
    fork_arrange(request, pid);
    return 0;
}

void process_return(void)
{
    const int32_t child = g_lender.child;
    struct thread *thread = self();
    struct regs *regs = thread_regs(thread);
    restore();
    *regs = g_lender.regs;
    regs->rax = (uint64_t)child;
    regs->number = NO_CALL;
    thread->regs = regs;
    entry_return(regs);
}

void vfork_end(int status)
{
    const int32_t pid = g_lender.child;
    g_process.exiting = 0;
    fd_close_range(0, UINT32_MAX);
    g_own->host_id = 0;
    post_end(pid, status);
    process_return();
}

/***** execve *****/

/* Leave what is the library OS's to the next child: its image, its heap, and what is shared. */
static int commit(void)
{
    OF_HOST static PAL_HANDLE channel = NULL;
    uint64_t heap_start, heap_end, shared_start, shared_end;
    PAL_NUM key;
    if (!channel && !(channel = DkCreatePhysicalMemoryChannel(&key)))
        return pal_failure();
    heap_range(&heap_start, &heap_end);
    shared_range(&shared_start, &shared_end);
    const uint64_t image_start = page_down((uintptr_t)__ehdr_start), image_end = page_up((uintptr_t)_end);
    PAL_PTR starts[] = {(void *)image_start, (void *)heap_start, (void *)shared_start};
    PAL_NUM sizes[] = {image_end - image_start, heap_end - heap_start, shared_end - shared_start};
    return DkPhysicalMemoryCommit(channel, 3, starts, sizes, PAL_COMMIT_CHILD) == 3 ? 0 : pal_failure();
}

/* The new process: it is the child, and the lender's things are not its own. */
static void become_child(void)
{
    const int32_t pid = g_lender.child, parent = g_lender.process.pid;
    g_lent = false;
    g_made = true;
    tmpfs_forked(pid);
    locks_forked(pid);
    fd_forget_saved(g_lender.files);
    filters_drop(&g_lender.filters);
    fork_begin_child(pid, parent);
    trace_become();
}

/* What became of the program. 0, or -E... */
static int wait_for_program(struct child *child)
{
    const struct process_entry *entry = entry_at(slot_of(child->pid));
    struct waiter waiter = {.notify = NULL};
    wait_queue_add(&g_children_queue, &waiter);
    while (__atomic_load_n(&entry->executed, __ATOMIC_ACQUIRE) == 0) {
        PAL_STREAM_ATTR attr;
        size_t ready;
        const int result = thread_sleep_streams(&child->handle, 1, NO_TIMEOUT, &ready);
        if (result < 0)
            DkThreadYieldExecution();
        else if (ready == 0 && DkStreamAttributesQuerybyHandle(child->handle, &attr) && attr.disconnected)
            break;
    }
    wait_queue_remove(&g_children_queue, &waiter);
    const int executed = __atomic_load_n(&entry->executed, __ATOMIC_ACQUIRE);
    return executed < 0 ? executed : 0;
}

int process_before_exec(const char *path)
{
    struct file_attr attr;
    if (self()->is_companion) {
        log_print(LOG_WARNING, "a process that shares memory cannot execute %s", path);
        return -ENOSYS;
    }
    if (!g_lent)
        return 0;
    /* Programs are looked for in one directory after the other, so this is the usual result. */
    const int missing = name_attributes(AT_FDCWD, path, WALK_KERNEL | WALK_FOLLOW, &attr);
    if (missing < 0)
        return missing;
    struct child *child = child_find(g_lender.child);
    int error = files_share();
    if (error == 0)
        error = tmpfs_share(g_lender.child);
    if (error == 0)
        error = locks_share(g_lender.child);
    if (error == 0)
        error = ipc_share(g_lender.child);
    if (error == 0)
        error = commit();
    if (error < 0 || !child) {
        locks_unshare(g_lender.child);
        return error < 0 ? error : -ENOMEM;
    }
    g_own->executed = 0;
    g_own->host_id = 0;
    timers_freeze();
    async_freeze();
    PAL_HANDLE handle = DkProcessCreate(NULL, PAL_PROCESS_COMMITTED, NULL);
    if (fork_is_child(handle)) {
        become_child();
        return 0;
    }
    async_thaw();
    timers_thaw();
    error = handle ? 0 : pal_failure() == -ENOMEM ? -ENOMEM : -EAGAIN;
    if (error == 0) {
        child->handle = handle;
        error = wait_for_program(child);
        if (error == 0)
            return 1;
        DkObjectClose(handle);
        child->handle = NULL;
    }
    locks_unshare(g_lender.child);
    g_own->host_id = g_lender.own->host_id;
    return error;
}

void process_after_exec(int error)
{
    if (!g_own || (error < 0 && !g_made))
        return;
    if (!__atomic_exchange_n(&g_own->executed, error < 0 ? error : 1, __ATOMIC_ACQ_REL))
        mail_nudge(process_parent());
    if (error < 0)
        DkProcessExit(0);
    g_made = false;
    process_executed();
}
