/* SPDX-License-Identifier: MIT */
/* How the other processes of an instance begin. Knows no program. */
#include "linux_child.h"
#include <asm/errno.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include "linux_bequest.h"
#include "linux_broadcast.h"
#include "linux_broker.h"
#include "linux_end.h"
#include "linux_error.h"
#include "linux_poll.h"
#include "linux_signal.h"
#include "linux_source.h"
#include "linux_symbols.h"
#include "linux_terminal.h"
#include "linux_wait.h"
#include "pal_atomic.h"
#include "pal_handle.h"
#include "pal_host.h"
#include "pal_log.h"
#include "pal_string.h"
#include "sys_linux.h"

/* The only word with which this process makes others; the host's guard knows it. */
#define PROCESS_FLAGS (CLONE_PIDFD | CLONE_CHILD_SETTID | SIGCHLD)

#define EXIT_UNBORN   1

/* Descriptors that a child keeps: the stream, the cargo and the hub, and the host's sources. */
enum { OWN_DESCRIPTORS = 3, KEPT_MAX = OWN_DESCRIPTORS + LINUX_SOURCES };

/* What a birth is in the memory of both: one mapping, which is the child's as long as it lives. */
struct cradle {
    uintptr_t stack[2]; /* linux_child_entry, and the stack that it goes to */
    size_t size;        /* of the mapping */
    int parent;         /* its process id */
    bool alone;         /* the parent had one thread */
    struct linux_birth birth;
    uint32_t *last_word; /* where it says how it ends; NULL = nowhere (linux_end.h) */
    size_t bequest_count;
    struct linux_bequest bequest[]; /* what the parent leaves to the child, then the arguments */
};

struct linux_lock g_births;

/* This process's own, which is kept from its children; NULL in a first one. */
static struct cradle *g_cradle;

/***** In the child *****/

LINUX_KEPT int linux_fd_highest;

static bool is_kept(int fd, const int *kept, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (kept[i] == fd)
            return true;
    }
    return false;
}

/* Close all descriptors from first on but these. Those that other threads of the parent were just being given lie above the
 * highest that is known without a gap, since the kernel gives the lowest that is free. */
static void close_others(int first, const int *kept, unsigned count)
{
    for (int fd = first;; fd++) {
        if (!is_kept(fd, kept, count) && sys_close(fd) == -EBADF && fd > linux_fd_highest)
            break;
    }
    linux_fd_highest = 0;
    for (unsigned i = 0; i < count; i++)
        linux_given(kept[i]);
}

static void close_descriptors(const struct linux_birth *birth)
{
    int kept[KEPT_MAX] = {birth->stream, birth->cargo, g_linux.hub};
    for (int source = 0; source < LINUX_SOURCES; source++)
        kept[OWN_DESCRIPTORS + source] = linux_source_held((enum linux_source)source);
    if (birth->hub >= 0)
        close_others(0, &birth->hub, 1);
    else
        close_others(3, kept, KEPT_MAX);
}

static void forget_memory(struct cradle *cradle)
{
    linux_bequest_take(cradle->bequest, cradle->bequest_count);
    /* What another thread of the parent mapped while this process was made, or could not be moved. */
    if (!cradle->alone || cradle->bequest_count > 0)
        sys_munmap((void *)g_linux.user_start, g_linux.user_end - g_linux.user_start);
}

static int run(const struct cradle *cradle)
{
    const struct linux_birth *birth = &cradle->birth;
    PAL_HANDLE parent = NULL;
    int error = pal_handle_init();
    if (error == 0)
        error = pal_handle_new(PAL_TYPE_PROCESS, &parent);
    if (error < 0 || !parent)
        return error;
    parent->process.stream = birth->stream;
    parent->process.cargo = birth->cargo;
    parent->process.pidfd = -1;
    parent->process.pid = cradle->parent;
    linux_run(parent, birth->arguments);
    return 0;
}

/* The first C code of a child: on the first stack of the first process, with all signals blocked
 * until it has a stack for them (_DkExceptionInit). */
PAL_NO_GUARD __attribute__((noreturn, used)) void linux_child_start(struct cradle *cradle);
PAL_NO_GUARD void linux_child_start(struct cradle *cradle)
{
    linux_begin_again();
    g_cradle = cradle;
    linux_end_begin(cradle->last_word);
    close_descriptors(&cradle->birth);
    forget_memory(cradle);
    if (cradle->birth.hub >= 0) {
        linux_broker_serve(cradle->birth.hub);
        sys_exit_group(0);
    }
    const int error = run(cradle);
    pal_log(PAL_LOG_ERROR, "cannot start a child process: %s", pal_error_text(error));
    linux_end_tell(EXIT_UNBORN);
    for (;;)
        sys_exit_group(EXIT_UNBORN);
}

/***** In the parent *****/

/* Bytes that the arguments take, with their pointers. */
static size_t arguments_size(PAL_STR *arguments)
{
    size_t size = sizeof(*arguments);
    for (; *arguments; arguments++)
        size += sizeof(*arguments) + strlen(*arguments) + 1;
    return size;
}

static PAL_STR *copy_arguments(PAL_STR *arguments, void *memory)
{
    PAL_STR *pointers = memory;
    size_t count = 0;
    while (arguments[count])
        count++;
    char *text = (char *)(pointers + count + 1);
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(arguments[i]) + 1;
        pointers[i] = memcpy(text, arguments[i], size);
        text += size;
    }
    pointers[count] = NULL;
    return pointers;
}

/* One of a page is kept for the next birth: who makes a process often makes more. It may lie in a hole of the internal memory. */
static struct cradle *g_kept_cradle;

/* What the kernel has been told to give to new processes; for a new one, nothing yet. */
static enum { NOT_SAID, FOR_CHILDREN, FOR_COPIES } g_advice;
static bool g_user_hidden;

static int advise(unsigned wanted)
{
    const int advice = wanted == FOR_CHILDREN ? MADV_DONTFORK : MADV_DOFORK;
    if (g_advice == wanted)
        return 0;
    const int error = wanted == FOR_CHILDREN ? linux_prepare_child() : linux_prepare_copy();
    if (error < 0)
        return error;
    linux_advise_internal(advice);
    if (g_cradle)
        sys_madvise(g_cradle, g_cradle->size, advice);
    if (g_kept_cradle)
        sys_madvise(g_kept_cradle, g_kept_cradle->size, MADV_DOFORK);
    g_advice = wanted;
    return 0;
}

/* The whole range has holes, which the kernel reports and passes over. */
static void advise_user(int advice)
{
    sys_madvise((void *)g_linux.user_start, g_linux.user_end - g_linux.user_start, advice);
    g_user_hidden = advice == MADV_DONTFORK;
}

/* NULL: no memory. */
static struct cradle *take_cradle(size_t size)
{
    struct cradle *cradle = g_kept_cradle;
    if (cradle && size <= g_linux.page_size) {
        g_kept_cradle = NULL;
        return cradle;
    }
    const long mapped = sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return (unsigned long)mapped > -4096ul ? NULL : (void *)mapped;
}

static void give_cradle(struct cradle *cradle)
{
    if (cradle->size <= g_linux.page_size && !g_kept_cradle)
        g_kept_cradle = cradle;
    else
        sys_munmap(cradle, cradle->size);
}

/* NULL: no memory. */
static struct cradle *make_cradle(const struct linux_birth *birth)
{
    const size_t bequests = birth->hub < 0 ? linux_bequest_count() : 0;
    const size_t head = sizeof(struct cradle) + bequests * sizeof(struct linux_bequest);
    const size_t size = head + (birth->arguments ? arguments_size(birth->arguments) : 0);
    struct cradle *cradle = take_cradle(size);
    if (!cradle)
        return NULL;
    *cradle = (struct cradle){
        .stack = {(uintptr_t)linux_child_entry, (uintptr_t)g_linux.stack},
        .size = size,
        .parent = (int)_DkGetProcessId(),
        .alone = g_single_thread,
        .birth = *birth,
        .bequest_count = bequests,
    };
    if (birth->arguments)
        cradle->birth.arguments = copy_arguments(birth->arguments, (char *)cradle + head);
    return cradle;
}

int linux_give_birth(const struct linux_birth *birth, uint32_t **out_last_word, int *out_pidfd)
{
    int error = advise(FOR_CHILDREN);
    if (error == 0 && out_last_word)
        error = linux_end_expect(out_last_word);
    if (error < 0)
        return error;
    struct cradle *cradle = make_cradle(birth);
    if (!cradle)
        return -PAL_ERROR_NOMEM;
    cradle->last_word = out_last_word ? *out_last_word : NULL;
    advise_user(MADV_DONTFORK);
    cradle->bequest_count = linux_bequest_give(cradle->bequest, cradle->bequest_count);
    linux_signal_block(~UINT64_C(0));
    const int pid = (int)linux_error(sys_clone_process(PROCESS_FLAGS, cradle->stack, out_pidfd, &g_linux.pid));
    linux_signal_block(0);
    if (pid > 0 && cradle->bequest_count > 0)
        linux_bequest_given();
    give_cradle(cradle);
    return pid == -PAL_ERROR_TRYAGAIN ? -PAL_ERROR_TOOMANY : pid;
}

/***** Copies *****/

/* The locks of a handle, in no order with others: free again, whoever had them. */
static void forget_holders(PAL_HANDLE handle)
{
    switch (pal_hdr(handle)->type) {
    case PAL_TYPE_FILE:
        handle->file.name.lock = (struct pal_lock){0};
        break;
    case PAL_TYPE_DIR:
        handle->dir.name.lock = (struct pal_lock){0};
        handle->dir.lock = (struct linux_lock){0};
        break;
    case PAL_TYPE_LINK:
        handle->link.name.lock = (struct pal_lock){0};
        break;
    case PAL_TYPE_THREAD:
        handle->thread.lock = (struct pal_lock){0};
        break;
    case PAL_TYPE_GIPC:
        handle->gipc.lock = (struct linux_lock){0};
        break;
    default:
        break;
    }
}

/* What all threads but this one left in the midst of things. */
static void forget_threads(void)
{
    PAL_HANDLE handle = NULL;
    while ((handle = pal_handle_next(handle))) {
        linux_forget_waiters(handle);
        forget_holders(handle);
        pal_handle_forget_others(handle);
    }
}

/* In the copy. Streams, memory and the thread's own state are as they were. */
static void begin_copy(void)
{
    struct linux_thread *self = linux_self();
    if (!g_single_thread) {
        linux_locks_release();
        pal_locks_release();
    }
    self->kernel_tid = g_linux.pid;
    linux_threads_begin_copy();
    linux_wait_begin_copy();
    linux_bequest_begin_copy();
    linux_broadcast_begin_copy();
    linux_poll_begin_copy();
    linux_terminal_begin_copy();
    if (!g_single_thread)
        forget_threads();
    linux_signal_dispatch();
}

/* No signal is blocked meanwhile: the handler of a wish only leaves a note with the thread, which the copy has as it was, with
 * its stack for signals and its mask; and it takes no lock. What comes in the midst of the clone the kernel keeps for the one to
 * whom it was sent. */
int linux_copy(const struct pal_range *stack, uint32_t **out_last_word, int *out_pidfd)
{
    int error = advise(FOR_COPIES);
    if (error == 0)
        error = linux_end_expect(out_last_word);
    if (error < 0)
        return error;
    if (stack) {
        advise_user(MADV_DONTFORK);
        linux_bequest_let();
        sys_madvise(stack->address, stack->size, MADV_DOFORK);
    } else if (g_user_hidden) {
        advise_user(MADV_DOFORK);
    }
    const bool alone = g_single_thread;
    if (!alone) {
        linux_locks_take();
        pal_locks_take();
    }
    const int pid = (int)linux_error(sys_clone_process(PROCESS_FLAGS, NULL, out_pidfd, &g_linux.pid));
    if (pid == 0) {
        linux_end_begin(*out_last_word);
        begin_copy();
        return 0;
    }
    if (!alone) {
        pal_locks_release();
        linux_locks_release();
    }
    if (pid > 0 && stack)
        linux_bequest_given();
    return pid == -PAL_ERROR_TRYAGAIN ? -PAL_ERROR_TOOMANY : pid;
}
