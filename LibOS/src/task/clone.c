/* SPDX-License-Identifier: MIT */
/* clone and clone3: new threads of this process; new processes are process.c's. */
#include <linux/sched.h>
#include <linux/resource.h>
#include "copy.h"
#include "entry.h"
#include "syscalls.h"
#include "process.h"
#include "task/task_room.h"

/* What makes a thread. Linux knows threads that share less; no libc makes any. */
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define NAMESPACES                                                                                                     \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |       \
     CLONE_NEWTIME)
#define KNOWN_FLAGS (UINT32_MAX | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP)
#define SET_TID_MAX 32

/* Handed to the new thread, which frees it. */
struct start {
    uint8_t vector[512]; /* as FXSAVE has it, 16-byte aligned */
    struct regs regs;
    struct thread *thread;
    uint64_t fs_base;
    void *child_tid; /* NULL = not to be told */
};

/* Runs on the stack that the host gave the thread, which is its library OS stack below this frame from here on. */
static int run(void *argument)
{
    struct regs regs __attribute__((aligned(16)));
    struct start *start = argument;
    struct thread *thread = start->thread;
    _Static_assert(sizeof(regs) % 16 == 0, "the stack stays aligned");
    thread->stack = (uintptr_t)(&regs + 1);
    thread->regs = &regs;
    entry_set_thread(thread);
    if (start->fs_base)
        DkThreadPrivate((void *)start->fs_base);
    /* As on Linux, who gave a bad address finds nothing there. */
    if (start->child_tid && copy_out(start->child_tid, &thread->tid, sizeof(thread->tid)) < 0)
        start->child_tid = NULL;
    regs = start->regs;
    __asm__ volatile("fxrstor64 %0" : : "m"(start->vector));
    heap_free(start);
    entry_return(&regs);
}

static struct thread *make_thread(const struct clone_request *request, int32_t tid)
{
    const struct thread *creator = self();
    struct thread *thread = heap_zalloc(sizeof(*thread));
    if (!thread)
        return NULL;
    thread->tid = tid;
    thread->references = 1;
    thread->clear_tid = request->flags & CLONE_CHILD_CLEARTID ? (uintptr_t)request->child_tid : 0;
    thread->guest_gs = creator->guest_gs;
    memcpy(thread->name, creator->name, sizeof(thread->name));
    thread->task = creator->task;
    thread->task.death_signal = 0;
    thread->task.traits = traits_inherited(&creator->task.traits);
    sleep_forget(thread);
    thread_signals_init(thread, creator);
    thread->is_companion = !(request->flags & CLONE_THREAD);
    if (thread->is_companion && companion_signals_init(thread, request->flags & CLONE_SIGHAND) < 0) {
        heap_free(thread);
        return NULL;
    }
    return thread;
}

static struct start *make_start(const struct clone_request *request, struct thread *thread)
{
    struct start *start = heap_alloc(sizeof(*start));
    if (!start)
        return NULL;
    __asm__ volatile("fxsave64 %0" : "=m"(start->vector));
    start->regs = *self()->regs;
    start->regs.rax = 0;
    start->regs.number = NO_CALL;
    if (request->stack)
        start->regs.rsp = request->stack;
    start->thread = thread;
    start->fs_base = request->flags & CLONE_SETTLS ? request->tls : (uintptr_t)DkThreadPrivate(NULL);
    start->child_tid = request->flags & CLONE_CHILD_SETTID ? request->child_tid : NULL;
    return start;
}

static bool too_many_threads(void)
{
    return g_process.thread_count >= limit_threads();
}

static int64_t begin(struct thread *thread, struct start *start)
{
    const int32_t tid = thread->tid;
    if (!start || !thread_link(thread))
        return -EAGAIN;
    /* The creator may be the last to know of it: the thread runs, and may end, before this call returns. */
    thread_get(thread);
    PAL_HANDLE handle = DkThreadCreate((void *)run, start, 0);
    if (!handle) {
        thread_unlink(thread);
        unlisted_end();
        thread_put(thread);
        return -EAGAIN;
    }
    __atomic_store_n(&thread->handle, handle, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&thread->attention, __ATOMIC_SEQ_CST))
        DkThreadResume(handle);
    thread_put(thread);
    return tid;
}

/* tid: that of the thread, or the id of a companion. */
static int64_t create_thread(const struct clone_request *request, int32_t tid)
{
    if (too_many_threads())
        return -EAGAIN;
    struct thread *thread = make_thread(request, tid);
    if (!thread)
        return -ENOMEM;
    /* Before the thread can look at it. */
    if (request->flags & CLONE_PARENT_SETTID && copy_out(request->parent_tid, &tid, sizeof(tid)) < 0)
        log_print(LOG_DEBUG, "clone: no memory where the parent wants the id of thread %d", tid);
    struct start *start = make_start(request, thread);
    struct trace_birth birth = {0};
    if (!thread->is_companion) /* nobody traces these */
        trace_birth_begin(&birth, request->flags, 0, tid);
    trace_born(thread, &birth);
    const int64_t result = begin(thread, start);
    if (result < 0) {
        trace_birth_fails(&birth, thread);
        heap_free(start);
        thread_signals_end(thread);
        thread_put(thread);
    } else {
        trace_birth_end(&birth, tid);
    }
    return result;
}

static int64_t create_companion(const struct clone_request *request)
{
    const int32_t pid = companion_add(request);
    if (pid < 0)
        return pid;
    const int64_t result = create_thread(request, pid);
    if (result < 0)
        companion_fails(pid);
    return result;
}

/* The rules of clone(2) that hold for threads and processes; others are in the callers. */
static int check(const struct clone_request *request)
{
    const uint64_t flags = request->flags;
    if ((flags & CLONE_FS && flags & (CLONE_NEWNS | CLONE_NEWUSER)) ||
        (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND)) || (flags & CLONE_SIGHAND && !(flags & CLONE_VM)) ||
        (flags & CLONE_THREAD && flags & (CLONE_NEWUSER | CLONE_NEWPID | CLONE_PIDFD)) ||
        (flags & CLONE_PIDFD && flags & CLONE_DETACHED) || (flags & CLONE_CLEAR_SIGHAND && flags & CLONE_SIGHAND))
        return -EINVAL;
    if (flags & NAMESPACES)
        return -EPERM;
    if (flags & CLONE_SETTLS && request->tls >= g_guest_end)
        return -EPERM;
    return 0;
}

static int64_t create(const struct clone_request *request)
{
    const int error = check(request);
    if (error < 0)
        return error;
    if (self()->is_companion && request->flags & CLONE_THREAD)
        return -ENOSYS;
    if ((request->flags & THREAD_FLAGS) == THREAD_FLAGS)
        return create_thread(request, pid_allocate());
    if ((request->flags & (CLONE_THREAD | CLONE_VM | CLONE_VFORK)) == CLONE_VM)
        return create_companion(request);
    return request->flags & CLONE_THREAD ? -ENOSYS : process_create(request);
}

int64_t sys_clone(unsigned flags, unsigned long stack, void *parent_tid, void *child_tid, unsigned long tls)
{
    const struct clone_request request = {
        .flags = flags & ~(uint32_t)CSIGNAL,
        .exit_signal = flags & CSIGNAL,
        .stack = stack,
        .tls = tls,
        .parent_tid = parent_tid,
        .child_tid = child_tid,
        .pidfd = parent_tid,
    };
    if (flags & CLONE_PIDFD && flags & CLONE_PARENT_SETTID)
        return -EINVAL;
    return create(&request);
}

/* A structure may be shorter than ours, or longer if there is nothing in what we do not know. */
static int read_arguments(const char *from, size_t size, struct clone_args *out)
{
    if (size < CLONE_ARGS_SIZE_VER0)
        return -EINVAL;
    if (size > PAGE_SIZE)
        return -E2BIG;
    memset(out, 0, sizeof(*out));
    const size_t known = size < sizeof(*out) ? size : sizeof(*out);
    if (copy_in(out, from, known) < 0)
        return -EFAULT;
    for (size_t i = known; i < size; i++) {
        char byte;
        if (copy_in(&byte, from + i, 1) < 0)
            return -EFAULT;
        if (byte)
            return -E2BIG;
    }
    return 0;
}

static int check_arguments(const struct clone_args *arguments)
{
    const uint64_t flags = arguments->flags;
    if (arguments->set_tid_size > SET_TID_MAX || !arguments->set_tid != !arguments->set_tid_size)
        return -EINVAL;
    if (arguments->exit_signal & ~(uint64_t)CSIGNAL || arguments->exit_signal >= SIGNAL_LIMIT)
        return -EINVAL;
    if (flags & ~KNOWN_FLAGS || flags & ((CLONE_DETACHED | CSIGNAL) & ~(uint64_t)CLONE_NEWTIME))
        return -EINVAL;
    if (flags & (CLONE_THREAD | CLONE_PARENT) && arguments->exit_signal)
        return -EINVAL;
    if (!arguments->stack != !arguments->stack_size || !user_range_ok(arguments->stack, arguments->stack_size))
        return -EINVAL;
    return arguments->set_tid_size || flags & CLONE_INTO_CGROUP ? -EPERM : 0;
}

int64_t sys_clone3(void *arguments, unsigned long size)
{
    struct clone_args given;
    int error = read_arguments(arguments, size, &given);
    if (error == 0)
        error = check_arguments(&given);
    if (error < 0)
        return error;
    const struct clone_request request = {
        .flags = given.flags,
        .exit_signal = (uint32_t)given.exit_signal,
        .stack = given.stack + given.stack_size,
        .tls = given.tls,
        .parent_tid = (void *)given.parent_tid,
        .child_tid = (void *)given.child_tid,
        .pidfd = (void *)given.pidfd,
    };
    return create(&request);
}

int64_t sys_set_tid_address(void *tid)
{
    self()->clear_tid = (uintptr_t)tid;
    return self()->tid;
}
