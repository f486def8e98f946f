/* SPDX-License-Identifier: MIT */
/* Policies and priorities of scheduling. They are kept and told; the host, which is not asked, schedules as it likes. */
#include <asm/resource.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include "clock.h"
#include "copy.h"
#include "syscalls.h"
#include "task/task_room.h"

#define SLICE_NS       3000000   /* of SCHED_OTHER, as sched_rr_get_interval tells it */
#define ROUND_ROBIN_NS 100000000 /* of SCHED_RR */
#define KNOWN_FLAGS    SCHED_FLAG_ALL

int64_t sys_sched_yield(void)
{
    DkThreadYieldExecution();
    return 0;
}

/* The thread or process of an id, 0 = the caller. */
static int find(int pid, struct subject *out)
{
    return pid < 0 ? -EINVAL : subject_find(pid, out);
}

/* reset: whether children are to begin without it */
static int check(const struct subject *subject, int policy, int priority, bool reset)
{
    const struct task_traits *traits = &subject->traits;
    if (!is_realtime(policy) && !is_normal(policy))
        return -EINVAL;
    if (priority < (is_realtime(policy) ? 1 : 0) || priority > (is_realtime(policy) ? REALTIME_MAX : 0))
        return -EINVAL;
    if (!subject_is_ours(subject))
        return -EPERM;
    if (identity_has(CAP_SYS_NICE))
        return 0;
    if (traits->policy == SCHED_IDLE && policy != SCHED_IDLE && !nice_is_within_limit(traits->nice))
        return -EPERM;
    if (traits->reset_on_fork && !reset)
        return -EPERM;
    if (!is_realtime(policy))
        return 0;
    const bool same = policy == traits->policy && priority <= traits->priority;
    return same || (uint64_t)priority <= limit_get(RLIMIT_RTPRIO) ? 0 : -EPERM;
}

/* policy -1 = leave it as it is. */
static int64_t set_policy(int pid, int policy, const void *param)
{
    struct sched_param wanted;
    struct subject subject;
    if (!param || pid < 0)
        return -EINVAL;
    if (copy_in(&wanted, param, sizeof(wanted)) < 0)
        return -EFAULT;
    int error = find(pid, &subject);
    if (error < 0)
        return error;
    struct task_traits *traits = &subject.traits;
    const int plain = policy < 0 ? traits->policy : policy & ~SCHED_RESET_ON_FORK;
    const bool reset = policy < 0 ? traits->reset_on_fork : (policy & SCHED_RESET_ON_FORK) != 0;
    error = check(&subject, plain, wanted.sched_priority, reset);
    if (error == 0) {
        traits->policy = plain;
        traits->priority = wanted.sched_priority;
        traits->reset_on_fork = reset;
        error = subject_set(&subject);
    }
    subject_end(&subject);
    return error;
}

/* What a thread or process has, to be told. */
static int look(int pid, struct task_traits *out)
{
    struct subject subject;
    const int error = find(pid, &subject);
    if (error < 0)
        return error;
    *out = subject.traits;
    subject_end(&subject);
    return 0;
}

int64_t sys_sched_setparam(int pid, void *param)
{
    return set_policy(pid, -1, param);
}

int64_t sys_sched_setscheduler(int pid, int policy, void *param)
{
    return policy < 0 ? -EINVAL : set_policy(pid, policy, param);
}

int64_t sys_sched_getscheduler(int pid)
{
    struct task_traits traits;
    const int error = look(pid, &traits);
    return error < 0 ? error : traits.policy | (traits.reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

int64_t sys_sched_getparam(int pid, void *param)
{
    struct task_traits traits;
    if (!param)
        return -EINVAL;
    const int error = look(pid, &traits);
    if (error < 0)
        return error;
    const struct sched_param now = {.sched_priority = traits.priority};
    return copy_out(param, &now, sizeof(now));
}

int64_t sys_sched_get_priority_max(int policy)
{
    if (is_realtime(policy))
        return REALTIME_MAX;
    return is_normal(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

int64_t sys_sched_get_priority_min(int policy)
{
    if (is_realtime(policy))
        return 1;
    return is_normal(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

int64_t sys_sched_rr_get_interval(int pid, void *interval)
{
    struct task_traits traits;
    const int error = look(pid, &traits);
    if (error < 0)
        return error;
    const int policy = traits.policy;
    return timespec_write(interval, policy == SCHED_RR ? ROUND_ROBIN_NS : policy == SCHED_FIFO ? 0 : SLICE_NS);
}

/* A structure that is larger than ours must have nothing in what we do not know; its size is told back. */
static int read_attributes(void *from, struct sched_attr *out)
{
    uint32_t size;
    memset(out, 0, sizeof(*out));
    if (copy_in(&size, from, sizeof(size)) < 0)
        return -EFAULT;
    if (size == 0)
        size = SCHED_ATTR_SIZE_VER0;
    const uint32_t ours = sizeof(*out);
    bool unknown = size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE;
    if (!unknown && copy_in(out, from, size < ours ? size : ours) < 0)
        return -EFAULT;
    for (uint32_t i = ours; !unknown && i < size; i++) {
        char byte;
        if (copy_in(&byte, (char *)from + i, 1) < 0)
            return -EFAULT;
        unknown = byte != 0;
    }
    if (!unknown)
        return 0;
    return copy_out(from, &ours, sizeof(ours)) < 0 ? -EFAULT : -E2BIG;
}

int64_t sys_sched_setattr(int pid, void *attributes, unsigned flags)
{
    struct sched_attr wanted;
    struct subject subject;
    if (!attributes || pid < 0 || flags)
        return -EINVAL;
    int error = read_attributes(attributes, &wanted);
    if (error < 0)
        return error;
    if ((int)wanted.sched_policy < 0 || wanted.sched_flags & ~(uint64_t)KNOWN_FLAGS)
        return -EINVAL;
    if ((error = find(pid, &subject)) < 0)
        return error;
    struct task_traits *traits = &subject.traits;
    const int nice = nice_clamp(wanted.sched_nice);
    const int policy = wanted.sched_flags & SCHED_FLAG_KEEP_POLICY ? traits->policy : (int)wanted.sched_policy;
    const bool reset = (wanted.sched_flags & SCHED_FLAG_RESET_ON_FORK) != 0;
    if (policy == SCHED_DEADLINE)
        error = -EPERM;
    else
        error = check(&subject, policy, (int)wanted.sched_priority, reset);
    if (error == 0 && is_normal(policy) && !nice_is_allowed(traits, nice))
        error = -EPERM;
    if (error == 0) {
        traits->policy = policy;
        traits->priority = (int)wanted.sched_priority;
        traits->reset_on_fork = reset;
        if (is_normal(policy))
            traits->nice = nice;
        error = subject_set(&subject);
    }
    subject_end(&subject);
    return error;
}

int64_t sys_sched_getattr(int pid, void *attributes, unsigned size, unsigned flags)
{
    struct task_traits traits;
    if (!attributes || pid < 0 || size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE || flags)
        return -EINVAL;
    const int error = look(pid, &traits);
    if (error < 0)
        return error;
    const uint32_t ours = size < sizeof(struct sched_attr) ? size : (uint32_t)sizeof(struct sched_attr);
    const struct sched_attr now = {
        .size = ours,
        .sched_policy = (uint32_t)traits.policy,
        .sched_flags = traits.reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0,
        .sched_nice = is_normal(traits.policy) ? traits.nice : 0,
        .sched_priority = (uint32_t)traits.priority,
    };
    return copy_out(attributes, &now, ours);
}
