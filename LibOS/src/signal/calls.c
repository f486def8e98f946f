/* SPDX-License-Identifier: MIT */
/* System calls that send signals. Knows processes by their ids. */
#include "process.h"
#include "signal/signal_room.h"
#include "syscalls.h"

static bool is_signal(int signal)
{
    return signal >= 0 && signal < SIGNAL_LIMIT;
}

static int64_t send_thread(int tgid, int tid, const siginfo_t *info)
{
    struct thread *current = self();
    if (tgid != 0 && tgid != own_pid())
        return process_kill_thread(tgid, tid, info);
    if (tid == current->tid)
        return info->si_signo == 0 ? 0 : signal_send_thread(current, info);
    struct thread *thread = thread_find(tid);
    if (!thread)
        return tgid == 0 ? process_kill_thread(0, tid, info) : -ESRCH;
    int result = tgid == 0 || thread_pid(thread) == tgid ? 0 : -ESRCH;
    if (result == 0 && info->si_signo != 0)
        result = signal_send_thread(thread, info);
    thread_put(thread);
    return result;
}

/* A number that is no signal is refused when somebody has been found for it: until then it is 0, which only looks. */
static int refused_number(int64_t found)
{
    return found == -ESRCH ? -ESRCH : -EINVAL;
}

int64_t sys_kill(int pid, int signal)
{
    siginfo_t info;
    signal_info(&info, is_signal(signal) ? signal : 0, SI_USER);
    const int64_t result = process_kill(pid, &info);
    return is_signal(signal) ? result : refused_number(result);
}

int64_t sys_tkill(int tid, int signal)
{
    siginfo_t info;
    if (tid <= 0)
        return -EINVAL;
    signal_info(&info, is_signal(signal) ? signal : 0, SI_TKILL);
    const int64_t result = send_thread(0, tid, &info);
    return is_signal(signal) ? result : refused_number(result);
}

int64_t sys_tgkill(int tgid, int tid, int signal)
{
    siginfo_t info;
    if (tgid <= 0 || tid <= 0)
        return -EINVAL;
    signal_info(&info, is_signal(signal) ? signal : 0, SI_TKILL);
    const int64_t result = send_thread(tgid, tid, &info);
    return is_signal(signal) ? result : refused_number(result);
}

/* What somebody else is sent must not look as if it came from the kernel or from kill. */
static int read_info(int id, int signal, const void *from, siginfo_t *out)
{
    if (user_read(out, from, sizeof(*out)) < 0)
        return -EFAULT;
    out->si_signo = is_signal(signal) ? signal : 0;
    if ((out->si_code >= 0 || out->si_code == SI_TKILL) && id != self()->tid)
        return -EPERM;
    return 0;
}

int64_t sys_rt_sigqueueinfo(int pid, int signal, void *from)
{
    siginfo_t info;
    const int error = read_info(pid, signal, from, &info);
    if (error < 0)
        return error;
    const int64_t result = pid > 0 ? process_kill(pid, &info) : -ESRCH;
    return is_signal(signal) ? result : refused_number(result);
}

int64_t sys_rt_tgsigqueueinfo(int tgid, int tid, int signal, void *from)
{
    siginfo_t info;
    if (tgid <= 0 || tid <= 0)
        return user_read(&info, from, sizeof(info)) < 0 ? -EFAULT : -EINVAL;
    const int error = read_info(tid, signal, from, &info);
    if (error < 0)
        return error;
    const int64_t result = send_thread(tgid, tid, &info);
    return is_signal(signal) ? result : refused_number(result);
}
