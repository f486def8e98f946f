/* SPDX-License-Identifier: MIT */
/* What every room of the library OS uses: types, results, failures of the Host ABI, the log. Knows no room but base. */
#ifndef LIBOS_INCLUDE_LIBOS_H
#define LIBOS_INCLUDE_LIBOS_H

#include <asm/errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "list.h"
#include "pal.h"
#include "pal_attributes.h"
#include "pal_string.h"

/* Results. Functions return >= 0 or -E..., as Linux's system calls do. These never reach a program: a call that a signal
 * has interrupted goes on, or fails with EINTR, as the table says.
 *
 *                   no handler runs   handler with SA_RESTART   handler without it
 *   RESTARTSYS      again             again                     EINTR
 *   RESTARTNOHAND   again             EINTR                     EINTR
 *   RESTARTNOINTR   again             again                     again               */
#define ERESTARTSYS    512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514

static inline bool result_is_restart(int64_t result)
{
    return result <= -ERESTARTSYS && result >= -ERESTARTNOHAND;
}

#define PAGE_SIZE 4096ul
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PATH_SIZE 4096 /* bytes of a path with its NUL */

static inline uint64_t page_down(uint64_t value)
{
    return value & PAGE_MASK;
}

static inline uint64_t page_up(uint64_t value)
{
    return (value + PAGE_SIZE - 1) & PAGE_MASK;
}

#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define array_count(array)                  (sizeof(array) / sizeof((array)[0]))

/* A variable whose value is of the process of the host, and not of the program: one that goes on from a checkpoint keeps its
 * own. Handles in others are made anew (g_generation). */
#define OF_HOST __attribute__((section("of_host")))

/***** Failures of Host ABI calls *****/

/* What the call that has just failed, on this thread, failed with: -E..., never 0.
 * Calls tell failure by their result. Where that result is possible without failure (DkStreamRead, DkStreamWrite), call
 * pal_failure_clear before, and ask pal_failed after it. */
int pal_failure(void);
void pal_failure_clear(void);
bool pal_failed(void);

/* Read or write a stream; a blocking one ends with -EINTR when the thread has something to look after (task.h,
 * thread_attention), without a window in which that could be overlooked.
 * returns  bytes, or -E... */
int64_t stream_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer);
int64_t stream_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer);

/* The same, which signals do not interrupt: for what does not sleep, as files with positions and memory, and for what is not
 * to be left half done. Never -EINTR. */
int64_t stream_read_through(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer);
int64_t stream_write_through(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer);

/***** Log *****/

/* In the order of loader.log_level. */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_DEBUG, LOG_TRACE };
extern enum log_level g_log_level;

/* Print one line, "libos: " in front, if the level is wanted. */
void log_print(enum log_level level, const char *pattern, ...) __attribute__((format(printf, 2, 3)));

/* Print one line as it stands (trace). */
void log_raw(const char *text, size_t len);

/* End the instance with a line that says why; code as of a fatal start error. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *pattern, ...);

/***** Heap *****/

/* Memory of the library OS, at addresses that the program cannot map. 16-byte aligned, not zeroed (heap_alloc) or zeroed
 * (heap_zalloc). NULL = none left. heap_free takes NULL. From any thread; not from event handlers. */
void *heap_alloc(size_t size);
void *heap_zalloc(size_t size);
void heap_free(void *memory);
/* A NUL-terminated copy of len bytes. */
char *heap_strdup(const char *text, size_t len);

/***** Locks *****/

/* Sleeping mutual exclusion; zeroed memory is an open lock. Not recursive, not for event handlers, and held only for
 * short: never while waiting for something that the program decides on.
 * Order, outer first: see each room's header; a room's lock is not held when another room is called, unless it says so. */
struct lock {
    uint32_t state;      /* 0 open, 1 held, 2 held and somebody waits */
    uint32_t generation; /* of the process that made the event, see g_generation */
    PAL_HANDLE event;    /* synchronization event, made when somebody waits for the first time */
};

/* Changes when the process goes on as another one (fork), whose handles are others. */
extern uint32_t g_generation;

void lock_wait(struct lock *lock);
void lock_wake(struct lock *lock);

static inline void lock_acquire(struct lock *lock)
{
    uint32_t open = 0;
    if (!__atomic_compare_exchange_n(&lock->state, &open, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        lock_wait(lock);
}

/* Take it if nobody has it. */
static inline bool lock_try(struct lock *lock)
{
    uint32_t open = 0;
    return __atomic_compare_exchange_n(&lock->state, &open, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void lock_release(struct lock *lock)
{
    if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2)
        lock_wake(lock);
}

/***** Memory of the program *****/

/* Addresses below are the program's, those above the library OS's and the PAL's. */
extern uint64_t g_guest_end;

/* Whether a range lies where programs may have memory; it need not be mapped. */
static inline bool user_range_ok(uint64_t address, uint64_t size)
{
    return address <= g_guest_end && size <= g_guest_end - address;
}

/* Copy from and to the program. Returns 0 or -EFAULT; on failure the destination may be partly written. */
PAL_MUST_CHECK int user_read(void *to, const void *from, size_t size);
PAL_MUST_CHECK int user_write(void *to, const void *from, size_t size);
PAL_MUST_CHECK int user_zero(void *to, size_t size);

/* Copy a string with its NUL into size bytes. Returns its length, -EFAULT, or -ENAMETOOLONG if it does not fit. */
PAL_MUST_CHECK int64_t user_read_string(char *to, size_t size, const char *from);

/* Atomic access to a word of the program. 0 or -EFAULT. */
PAL_MUST_CHECK int user_load32(uint32_t *out, const uint32_t *from);
/* If *word is *expected store desired; *expected becomes what was there. */
PAL_MUST_CHECK int user_compare_exchange32(uint32_t *word, uint32_t *expected, uint32_t desired);

#endif
