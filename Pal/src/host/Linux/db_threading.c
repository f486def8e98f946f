/* SPDX-License-Identifier: MIT */
/* Linux: threads. Each lives in one mapping, which is used again when the kernel says that it has left it. */
#include "pal_host.h"
#include <asm/errno.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/time.h>
#include "linux_end.h"
#include "linux_error.h"
#include "linux_signal.h"
#include "linux_symbols.h"
#include "linux_wait.h"
#include "pal_handle.h"
#include "pal_string.h"
#include "sys_linux.h"

#define US_PER_S   UINT64_C(1000000)
#define NS_PER_US  1000
#define STACK_SIZE ((size_t)256 << 10)

/* The only word with which this process makes threads; the host's guard knows it. */
#define THREAD_FLAGS                                                                                                   \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |          \
     CLONE_CHILD_CLEARTID)

static struct {
    struct pal_lock lock;
    struct linux_thread *free; /* blocks whose threads have ended or are about to */
    bool ready;                /* signals are set up for more than one thread */
    int pid;
    unsigned others; /* threads besides one, which is the last */
} g_threads;
PAL_LOCK_AT_COPY(g_copied, &g_threads.lock);

/***** Blocks: guard, signal stack, guard, stack, control block *****/

static size_t control_size(void)
{
    return (sizeof(struct linux_thread) + 63) & ~(size_t)63;
}

static void *signal_stack(const struct linux_thread *thread)
{
    return (char *)thread->block + g_linux.page_size;
}

static int map_block(struct linux_thread **out)
{
    const size_t guard = g_linux.page_size, signals = linux_signal_stack_size();
    const size_t size = guard + signals + guard + STACK_SIZE;
    void *block;
    int error = _DkInternalAlloc(&block, size);
    if (error < 0)
        return error;
    error = sys_mprotect(block, guard, PROT_NONE);
    if (error == 0)
        error = sys_mprotect((char *)block + guard + signals, guard, PROT_NONE);
    if (error < 0) {
        sys_munmap(block, size);
        return (int)linux_error(error);
    }
    struct linux_thread *thread = (struct linux_thread *)(void *)((char *)block + size - control_size());
    thread->block = block;
    *out = thread;
    return 0;
}

/* A block that the kernel has left, or a new one. */
static int take_block(struct linux_thread **out)
{
    struct linux_thread *thread = NULL;
    pal_lock(&g_threads.lock);
    for (struct linux_thread **link = &g_threads.free; *link; link = &(*link)->next_free) {
        if (__atomic_load_n(&(*link)->kernel_tid, __ATOMIC_ACQUIRE) != 0)
            continue;
        thread = *link;
        *link = thread->next_free;
        break;
    }
    pal_unlock(&g_threads.lock);
    if (!thread)
        return map_block(out);
    void *block = thread->block;
    memset(thread, 0, sizeof(*thread));
    thread->block = block;
    *out = thread;
    return 0;
}

static void give_block(struct linux_thread *thread)
{
    pal_lock(&g_threads.lock);
    thread->next_free = g_threads.free;
    g_threads.free = thread;
    pal_unlock(&g_threads.lock);
}

/***** Life *****/

static void prepare_process(void)
{
    pal_lock(&g_threads.lock);
    if (!g_threads.ready) {
        g_threads.pid = (int)_DkGetProcessId();
        linux_watch_resume();
        g_threads.ready = true;
    }
    pal_unlock(&g_threads.lock);
}

/* The handle belongs to the caller, and as long as it runs to the thread, too. */
static int new_handle(PAL_HANDLE *out, struct linux_thread *thread)
{
    int error = pal_handle_new(PAL_TYPE_THREAD, out);
    if (error < 0)
        return error;
    list_init(&(*out)->thread.ended.nodes);
    (*out)->thread.thread = thread;
    thread->pal.handle = *out;
    pal_hdr(*out)->ref++; /* nobody else has it yet */
    return 0;
}

int _DkThreadCreate(PAL_HANDLE *out, void (*start)(void *), void *param)
{
    PAL_HANDLE handle = NULL;
    struct linux_thread *thread = NULL;
    prepare_process();
    int error = take_block(&thread);
    if (error < 0 || !thread)
        return error;
    error = new_handle(&handle, thread);
    if (error < 0)
        goto out;
    thread->pal.tcb.self = &thread->pal.tcb;
    thread->pal.tcb.canary = pal_self()->tcb.canary;
    thread->start = start;
    thread->param = param;
    __atomic_fetch_add(&g_threads.others, 1, __ATOMIC_RELAXED);
    error = (int)linux_error(linux_clone_thread(THREAD_FLAGS, thread, &thread->kernel_tid));
    if (error < 0) {
        __atomic_fetch_sub(&g_threads.others, 1, __ATOMIC_RELAXED);
        goto out;
    }
    *out = handle;
    return 0;
out:
    if (handle)
        pal_handle_discard(handle);
    give_block(thread);
    return error == -PAL_ERROR_TRYAGAIN ? -PAL_ERROR_TOOMANY : error;
}

/* Where a new thread begins. */
void linux_thread_run(struct linux_thread *thread)
{
    if (linux_signal_enter_thread(signal_stack(thread)) == 0)
        thread->start(thread->param);
    for (;;)
        _DkThreadExit();
}

int _DkThreadExit(void)
{
    struct linux_thread *self = linux_self();
    PAL_HANDLE handle = self->pal.handle;
    linux_wait_forget();
    if (handle) {
        pal_lock(&handle->thread.lock);
        handle->thread.thread = NULL;
        pal_unlock(&handle->thread.lock);
        __atomic_store_n(&handle->thread.ended.count, 1, __ATOMIC_SEQ_CST);
        linux_wake_all(&handle->thread.ended);
        pal_handle_put(handle);
    }
    if (self->block)
        give_block(self);
    if (__atomic_fetch_sub(&g_threads.others, 1, __ATOMIC_RELAXED) == 0)
        linux_end_tell(0);
    return (int)linux_error(sys_exit(0));
}

int _DkThreadAdopt(PAL_HANDLE *out)
{
    struct linux_thread *self = linux_self();
    prepare_process();
    self->kernel_tid = g_threads.pid; /* the first thread has the number of its process */
    return new_handle(out, self);
}

void linux_threads_begin_copy(void)
{
    g_threads.pid = g_linux.pid;
    g_threads.others = 0;
}

/* The first thread has the number of its process. */
static int resume_process(PAL_HANDLE process)
{
    const int pid = process->process.pid;
    if (pid <= 0 || __atomic_load_n(&process->process.ended, __ATOMIC_ACQUIRE))
        return -PAL_ERROR_NOTKILLABLE;
    return (int)linux_error(sys_tgkill(pid, pid, LINUX_SIGNAL_RESUME));
}

int _DkThreadResume(PAL_HANDLE thread)
{
    int error = -PAL_ERROR_NOTKILLABLE;
    if (pal_hdr(thread)->type == PAL_TYPE_PROCESS)
        return resume_process(thread);
    pal_lock(&thread->thread.lock);
    if (thread->thread.thread)
        error = (int)linux_error(sys_tgkill(g_threads.pid, thread->thread.thread->kernel_tid, LINUX_SIGNAL_RESUME));
    pal_unlock(&thread->thread.lock);
    return error;
}

const struct handle_ops linux_thread_ops = {0};

/***** The calling thread *****/

int _DkThreadPrivate(void **address)
{
    /* WRFSBASE faults on an address that is not canonical; the lower half is the program's. */
    if ((uintptr_t)*address >> 47)
        return -PAL_ERROR_INVAL;
    if (*address)
        __asm__ volatile("wrfsbase %0" : : "r"(*address));
    else
        __asm__ volatile("rdfsbase %0" : "=r"(*address));
    return 0;
}

int _DkThreadDelayExecution(uint64_t duration_us, uint64_t *out_slept_us)
{
    const struct __kernel_timespec request = {.tv_sec = (int64_t)(duration_us / US_PER_S),
                                              .tv_nsec = (int64_t)(duration_us % US_PER_S) * NS_PER_US};
    struct __kernel_timespec left = request;
    /* Waiting for no descriptor; the kernel puts the time that is left into the timeout. */
    const int result = sys_ppoll(NULL, 0, &left, NULL);
    const uint64_t left_us = (uint64_t)left.tv_sec * US_PER_S + (uint64_t)left.tv_nsec / NS_PER_US;
    *out_slept_us = result == 0 ? duration_us : duration_us - left_us;
    return (int)linux_error(result);
}

int _DkThreadYieldExecution(void)
{
    return (int)linux_error(sys_sched_yield());
}
