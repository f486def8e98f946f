/* SPDX-License-Identifier: MIT */
/* Limits of resources: what they are. Who deals with a resource asks limit_get and does what the limit says. */
#include <linux/resource.h>
#include "clock.h"
#include "copy.h"
#include "exec.h"
#include "manifest.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "process.h"
#include "syscalls.h"
#include "task/task_room.h"

#define NONE       UINT64_MAX /* RLIM64_INFINITY */
#define FILES_HARD 1048576    /* /proc/sys/fs/nr_open */

_Static_assert(RLIM_NLIMITS == LIMIT_COUNT, "task.h knows all limits");
_Static_assert(PAL_LIMITS == LIMIT_COUNT, "and so does the PAL");

/* As Linux starts its first process, but that the number of signals and processes follows from the size of memory there. */
static struct limit g_limits[LIMIT_COUNT] = {
    [RLIMIT_CPU] = {NONE, NONE},
    [RLIMIT_FSIZE] = {NONE, NONE},
    [RLIMIT_DATA] = {NONE, NONE},
    [RLIMIT_STACK] = {8ul << 20, NONE},
    [RLIMIT_CORE] = {0, NONE},
    [RLIMIT_RSS] = {NONE, NONE},
    [RLIMIT_NPROC] = {31000, 31000},
    [RLIMIT_NOFILE] = {1024, FILES_HARD},
    [RLIMIT_MEMLOCK] = {8ul << 20, 8ul << 20},
    [RLIMIT_AS] = {NONE, NONE},
    [RLIMIT_LOCKS] = {NONE, NONE},
    [RLIMIT_SIGPENDING] = {31000, 31000},
    [RLIMIT_MSGQUEUE] = {819200, 819200},
    [RLIMIT_NICE] = {0, 0},
    [RLIMIT_RTPRIO] = {0, 0},
    [RLIMIT_RTTIME] = {NONE, NONE},
};

/* Threads that a process may have, whoever it is. */
static uint64_t g_threads_max = INT32_MAX;

static void set_from_manifest(unsigned resource, const char *key, uint64_t most, bool hard)
{
    struct manifest_fault fault;
    struct limit *limit = &g_limits[resource];
    const struct manifest_entry *entry = manifest_find(g_manifest, key);
    uint64_t value = most;
    if (!entry)
        return;
    int error = hard ? manifest_get_uint(g_manifest, entry, most, &value, &fault)
                     : manifest_get_size(g_manifest, entry, &value, &fault);
    if (error > 0 && hard && value == 0)
        error = manifest_refuse(g_manifest, entry, "more than 0", &fault);
    if (error < 0)
        die("%s", fault.text);
    if (hard)
        limit->hard = value;
    if (!hard || limit->soft > value)
        limit->soft = value;
}

static void set_from_starter(void)
{
    const PAL_STARTER *starter = &pal_control.starter;
    for (unsigned i = 0; starter->told && i < LIMIT_COUNT; i++)
        g_limits[i] = (struct limit){starter->limits[i].soft, starter->limits[i].hard};
    struct limit *files = &g_limits[RLIMIT_NOFILE];
    if (files->hard > FILES_HARD)
        files->hard = FILES_HARD;
    if (files->soft > files->hard)
        files->soft = files->hard;
}

void limits_init(void)
{
    set_from_starter();
    set_from_manifest(RLIMIT_STACK, "sys.stack.size", NONE, false);
    set_from_manifest(RLIMIT_NOFILE, "sys.files.max", FILES_HARD, true);
    set_from_manifest(RLIMIT_NPROC, "sys.processes.max", INT32_MAX, true);
    if (manifest_find(g_manifest, "sys.processes.max"))
        g_threads_max = g_limits[RLIMIT_NPROC].hard;
}

void task_init(void)
{
    identity_init();
    limits_init();
}

uint64_t limit_threads(void)
{
    return identity_has(CAP_SYS_RESOURCE) ? g_threads_max : limit_get(RLIMIT_NPROC);
}

/* A limit is read without the lock; it is one word. */
uint64_t limit_get(unsigned resource)
{
    return __atomic_load_n(&g_limits[resource].soft, __ATOMIC_RELAXED);
}

uint64_t limit_get_hard(unsigned resource)
{
    return __atomic_load_n(&g_limits[resource].hard, __ATOMIC_RELAXED);
}

static void set(unsigned resource, const struct limit *new)
{
    __atomic_store_n(&g_limits[resource].soft, new->soft, __ATOMIC_RELAXED);
    __atomic_store_n(&g_limits[resource].hard, new->hard, __ATOMIC_RELAXED);
}

void limits_read(struct limit out[LIMIT_COUNT])
{
    memcpy(out, g_limits, sizeof(g_limits));
}

void limits_write(const struct limit limits[LIMIT_COUNT])
{
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        set(i, &limits[i]);
    cpu_limit_changed();
}

void limit_raise_cpu(uint64_t seconds)
{
    lock_acquire(&g_process.lock);
    if (g_limits[RLIMIT_CPU].soft != NONE)
        __atomic_store_n(&g_limits[RLIMIT_CPU].soft, seconds, __ATOMIC_RELAXED);
    lock_release(&g_process.lock);
}

void limit_impose(unsigned resource, const struct limit *limit)
{
    struct limit sound = *limit;
    if (resource == RLIMIT_NOFILE && sound.hard > FILES_HARD)
        sound.hard = FILES_HARD;
    if (sound.soft > sound.hard)
        sound.soft = sound.hard;
    lock_acquire(&g_process.lock);
    set(resource, &sound);
    lock_release(&g_process.lock);
    if (resource == RLIMIT_CPU)
        cpu_limit_changed();
}

static int check(unsigned resource, const struct limit *old, const struct limit *new)
{
    if (new->soft > new->hard)
        return -EINVAL;
    if (resource == RLIMIT_NOFILE && new->hard > FILES_HARD)
        return -EPERM;
    return new->hard > old->hard && !identity_has(CAP_SYS_RESOURCE) ? -EPERM : 0;
}

/* new and old may be NULL. */
static int exchange(unsigned resource, const struct limit *new, struct limit *old)
{
    int error = 0;
    task_take_imposed();
    lock_acquire(&g_process.lock);
    if (old)
        *old = g_limits[resource];
    if (new && (error = check(resource, &g_limits[resource], new)) == 0)
        set(resource, new);
    lock_release(&g_process.lock);
    if (new &&error == 0 && resource == RLIMIT_CPU)
        cpu_limit_changed();
    if (new &&error == 0)
        process_traits_changed(NULL);
    return error;
}

/* All ids of another process have to be the caller's, but for root's. */
static bool is_same_user(const struct process_facts *facts)
{
    const uint32_t uid = g_process.uid, gid = g_process.gid;
    return uid == facts->uid && uid == facts->euid && uid == facts->suid && gid == facts->gid && gid == facts->egid &&
           gid == facts->sgid;
}

/* The same of another process. */
static int exchange_of(int pid, unsigned resource, const struct limit *new, struct limit *old)
{
    struct process_facts facts;
    if (pid == OUTER_PID)
        return -EPERM;
    if (!process_find(pid, &facts) || !process_get_limit(pid, resource, old))
        return -ESRCH;
    if (!is_same_user(&facts) && !identity_has(CAP_SYS_RESOURCE))
        return -EPERM;
    const int error = new ? check(resource, old, new) : 0;
    if (new &&error == 0 && !process_impose_limit(pid, resource, new))
        return -ESRCH;
    return error;
}

static bool is_here(int pid)
{
    struct thread *thread = pid == 0 ? NULL : thread_find(pid);
    if (thread)
        thread_put(thread);
    return pid == 0 || thread;
}

int64_t sys_getrlimit(unsigned resource, void *limit)
{
    struct limit now;
    if (resource >= RLIM_NLIMITS)
        return -EINVAL;
    exchange(resource, NULL, &now);
    return copy_out(limit, &now, sizeof(now));
}

int64_t sys_setrlimit(unsigned resource, void *limit)
{
    struct limit new;
    if (copy_in(&new, limit, sizeof(new)) < 0)
        return -EFAULT;
    return resource < RLIM_NLIMITS ? exchange(resource, &new, NULL) : -EINVAL;
}

static bool exists(int pid)
{
    struct process_facts facts;
    return is_here(pid) || pid == OUTER_PID || process_find(pid, &facts);
}

int64_t sys_prlimit64(int pid, unsigned resource, void *new, void *old)
{
    struct limit wanted, was;
    if (resource >= RLIM_NLIMITS)
        return exists(pid) ? -EINVAL : -ESRCH;
    if (new &&copy_in(&wanted, new, sizeof(wanted)) < 0)
        return -EFAULT;
    const struct limit *change = new ? &wanted : NULL;
    const int error = is_here(pid) ? exchange(resource, change, &was) : exchange_of(pid, resource, change, &was);
    return error < 0 ? error : copy_out_wanted(old, &was, sizeof(was));
}
