/* SPDX-License-Identifier: MIT */
/* Job control by ioctl(2): whose a terminal is, and who is in its foreground. Knows no kind of terminal. */
#include <asm/ioctls.h>
#include <asm/termbits.h>

#include "copy.h"
#include "pty.h"
#include "terminal.h"

static bool leads_session(void)
{
    return process_session() == g_process.pid;
}

static bool has_terminal(void)
{
    uint32_t device;
    int32_t group;
    return process_console_job().session == process_session() || pty_find_session(process_session(), &device, &group);
}

int job_check_request(struct terminal *terminal, uint32_t request)
{
    switch (request) {
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
    case TCSBRK:
    case TCSBRKP:
    case TCXONC:
    case TCFLSH:
    case TIOCSPGRP:
        return process_check_job(terminal->job(terminal), SIGTTOU);
    default:
        return 0;
    }
}

static int64_t set_group(struct terminal *terminal, struct job job, const void *from)
{
    if (copy_in(&job.group, from, sizeof(job.group)) < 0)
        return -EFAULT;
    if (job.group < 0)
        return -EINVAL;
    const int32_t session = process_group_session(job.group);
    if (session < 0)
        return -ESRCH;
    if (session != job.session)
        return -EPERM;
    terminal->set_job(terminal, job);
    return 0;
}

/* TIOCSCTTY: the leader of a session without a terminal takes one. Root can take it from another session. */
static int64_t take(struct terminal *terminal, struct job job, uint64_t by_force)
{
    const int32_t session = process_session();
    if (leads_session() && job.session == session)
        return 0;
    if (!leads_session() || has_terminal() || (job.session != 0 && (by_force != 1 || !identity_has(CAP_SYS_ADMIN))))
        return -EPERM;
    terminal->set_job(terminal, (struct job){session, process_group()});
    return 0;
}

/* TIOCNOTTY. What a process that does not lead its session gives up is not kept. */
static int64_t give_up(struct terminal *terminal, struct job job)
{
    if (!leads_session())
        return 0;
    terminal->set_job(terminal, (struct job){0, 0});
    process_signal_group(job.group, SIGHUP);
    process_signal_group(job.group, SIGCONT);
    return 0;
}

int64_t job_control(struct terminal *terminal, uint32_t request, uint64_t argument)
{
    void *to = (void *)argument;
    const struct job job = terminal->job(terminal);
    const bool is_own = job.session != 0 && job.session == process_session();
    switch (request) {
    case TIOCGPGRP:
        return is_own || terminal->is_master ? copy_out(to, &job.group, sizeof(job.group)) : -ENOTTY;
    case TIOCGSID:
        if (job.session == 0 || (!is_own && !terminal->is_master))
            return -ENOTTY;
        return copy_out(to, &job.session, sizeof(job.session));
    case TIOCSPGRP:
        return is_own ? set_group(terminal, job, to) : -ENOTTY;
    case TIOCSCTTY:
        return take(terminal, job, argument);
    case TIOCNOTTY:
        return is_own && !terminal->is_master ? give_up(terminal, job) : -ENOTTY;
    default:
        return -ENOTTY;
    }
}
