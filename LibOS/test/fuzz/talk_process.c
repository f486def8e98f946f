/* SPDX-License-Identifier: MIT */
/* talk's processes: children that do one thing, and are waited for until they have done it. */
#include "talk.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 5

static pid_t children[CHILDREN];
static bool is_stopped[CHILDREN]; /* whether or not somebody has waited for it */

static size_t place_of(pid_t pid)
{
    size_t at = 0;
    while (at < CHILDREN && children[at] != pid)
        at++;
    return at;
}

/* Ids by what they are. */
void say_process(pid_t pid)
{
    if (pid == getpid())
        say(" own");
    else if (pid <= 0)
        say(" %d", pid);
    else if (place_of(pid) < CHILDREN)
        say(" child%zu", place_of(pid));
    else
        say(" other");
}

static pid_t pick_child(void)
{
    const size_t from = pick(CHILDREN);
    for (size_t i = 0; i < CHILDREN; i++) {
        const pid_t pid = children[(from + i) % CHILDREN];
        if (pid != 0) {
            say_process(pid);
            return pid;
        }
    }
    say(" none");
    return 4194000; /* nobody */
}

static void forget_child(pid_t pid)
{
    const size_t at = place_of(pid);
    if (at < CHILDREN)
        children[at] = 0;
}

/* Until it has come to the state that it is on the way to, which stays to be waited for. */
static void await(pid_t pid, int state)
{
    siginfo_t info;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    waitid(P_PID, (id_t)pid, &info, state | WNOWAIT);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* It must not run what the parent would. */
static void live_as_child(unsigned long way)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody stays behind */
    for (int number = 1; number < 65; number++)
        signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    switch (way) {
    case 0:
        _exit(0);
    case 1:
        _exit(77);
    case 2:
        kill(getpid(), SIGKILL);
        break;
    case 3:
        kill(getpid(), SIGTERM);
        break;
    case 4:
        kill(getpid(), SIGSTOP);
        break;
    default:
        break;
    }
    for (;;)
        pause();
}

static void make_child(void)
{
    static const struct word ways[] = {WORD(0), WORD(1), WORD(2), WORD(3), WORD(4), WORD(5), WORD(5), WORD(5)};
    size_t at = 0;
    while (at < CHILDREN && children[at])
        at++;
    if (at == CHILDREN)
        return;
    const unsigned long way = (unsigned long)pick_word(ways);
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before); /* until the child has taken leave of the parent's handlers */
    const pid_t pid = fork();
    if (pid == 0)
        live_as_child(way);
    sigprocmask(SIG_SETMASK, &before, NULL);
    say_outcome(pid);
    children[at] = pid;
    is_stopped[at] = way == 4;
    if (way < 5)
        await(pid, WEXITED | WSTOPPED);
}

static void make_borrower(void)
{
    static volatile int told;
    told = 0;
    const int code = (int)pick(100);
    const pid_t pid = vfork();
    if (pid == 0) {
        told = code;
        _exit(code);
    }
    int status = -1;
    say_outcome(waitpid(pid, &status, 0));
    say(" %d %#x", told, (unsigned)status);
}

static bool is_alive(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

/* Stop, go on, end: each is waited for. */
static void signal_child(void)
{
    static const struct word signals[] = {WORD(SIGSTOP), WORD(SIGCONT), WORD(SIGKILL), WORD(SIGUSR1),
                                          WORD(0),       WORD(SIGURG),  WORD(65)};
    const pid_t pid = pick_child();
    const int signal = (int)pick_word(signals);
    const size_t at = place_of(pid);
    const bool was_alive = is_alive(pid), was_stopped = at < CHILDREN && is_stopped[at];
    if (signal == SIGUSR1 && was_stopped)
        return;
    int result;
    if (one_in(3)) {
        const int fd = pidfd_open(pid, 0);
        result = pidfd_send_signal(fd, signal, NULL, one_in(10) ? 8 : 0);
        close(fd);
    } else {
        result = one_in(4) ? sigqueue(pid, signal, (union sigval){1}) : kill(pid, signal);
    }
    say_result(result);
    if (result < 0 || !was_alive)
        return;
    if (signal == SIGKILL || signal == SIGUSR1) {
        await(pid, WEXITED);
    } else if (signal == SIGSTOP && !was_stopped) {
        await(pid, WSTOPPED);
        is_stopped[at] = true;
    } else if (signal == SIGCONT && was_stopped) {
        await(pid, WCONTINUED);
        is_stopped[at] = false;
    }
}

static void wait_some(void)
{
    static const struct word flags[] = {WORD(WUNTRACED), WORD(WCONTINUED), WORD(__WALL), WORD(__WCLONE),
                                        WORD(__WNOTHREAD)};
    const pid_t pid = one_in(3) ? -1 : one_in(6) ? 0 : pick_child();
    int status = 0;
    struct rusage usage;
    say_process(pid);
    const pid_t got = wait4(pid, &status, (int)pick_flags(flags, 3) | WNOHANG | (one_in(30) ? 64 : 0), &usage);
    if (got < 0)
        say_result(got);
    else
        say_process(got);
    say(" %#x", (unsigned)status);
    if (got > 0 && (WIFEXITED(status) || WIFSIGNALED(status)))
        forget_child(got);
}

static void wait_by_id(void)
{
    static const struct word types[] = {WORD(P_PID), WORD(P_ALL), WORD(P_PGID), WORD(P_PIDFD), WORD(9)};
    static const struct word flags[] = {WORD(WEXITED), WORD(WSTOPPED), WORD(WCONTINUED), WORD(WNOWAIT), WORD(__WALL)};
    const int type = (int)pick_word(types);
    const pid_t pid = pick_child();
    const int fd = type == P_PIDFD ? pidfd_open(pid, PIDFD_NONBLOCK) : -1;
    siginfo_t info = {.si_pid = 0};
    const int options = (int)pick_flags(flags, 2) | WNOHANG;
    say_result(waitid((idtype_t)type, type == P_PIDFD ? (id_t)fd : type == P_PGID ? 0 : (id_t)pid, &info, options));
    say(" signo %d code %d status %d", info.si_signo, info.si_code, info.si_status);
    say_process(info.si_pid);
    close(fd);
    if (info.si_pid > 0 && !(options & WNOWAIT) && (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED))
        forget_child(info.si_pid);
}

/***** Groups and sessions *****/

static pid_t pick_someone(void)
{
    switch (pick(5)) {
    case 0:
        say(" 0");
        return 0;
    case 1:
        say(" own");
        return getpid();
    case 2:
        say(" -1");
        return -1;
    default:
        return pick_child();
    }
}

static void change_group(void)
{
    const pid_t who = pick_someone(), group = pick_someone();
    say_result(setpgid(who, group));
}

static void ask_group(void)
{
    const pid_t who = pick_someone();
    const pid_t group = getpgid(who);
    say(" %s", group < 0 && errno == ESRCH ? "ESRCH" : "");
    say_process(group);
    const pid_t session = getsid(who);
    say_process(session);
}

static void new_session(void)
{
    say_outcome(setsid());
}

/* Only signals that change nothing, and only to own groups. */
static void signal_group(void)
{
    const pid_t group = pick_child();
    const int signal = one_in(2) ? 0 : SIGURG;
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    sigprocmask(SIG_BLOCK, &set, &before);
    say_result(kill(-group, signal));
    say_result(killpg(0, signal));
    say_result(sigtimedwait(&set, NULL, &(struct timespec){0, 0}));
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/***** What processes are *****/

static void traits(void)
{
    char name[32] = "";
    int value = -1;
    switch (pick(9)) {
    case 0:
        say_result(prctl(PR_SET_PDEATHSIG, (long)pick(70)));
        say_result(prctl(PR_GET_PDEATHSIG, &value));
        say(" %d", value);
        break;
    case 1:
        say_result(prctl(PR_SET_NAME, one_in(2) ? "short" : "a name that is too long"));
        say_result(prctl(PR_GET_NAME, name));
        say(" %s", name);
        break;
    case 2:
        say_result(prctl(PR_SET_DUMPABLE, (long)pick(4)));
        say_result(prctl(PR_GET_DUMPABLE));
        break;
    case 3:
        say_result(prctl(PR_SET_CHILD_SUBREAPER, (long)pick(3)));
        say_result(prctl(PR_GET_CHILD_SUBREAPER, &value));
        say(" %d", value);
        break;
    case 4:
        say_result(prctl(PR_SET_TIMERSLACK, (long)pick(3) * 1000));
        say_result(prctl(PR_GET_TIMERSLACK));
        break;
    case 5:
        say_result(prctl(PR_SET_KEEPCAPS, (long)pick(3)));
        say_result(prctl(PR_GET_KEEPCAPS));
        break;
    case 6:
        say_result(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, (long)pick(2)));
        break;
    case 7:
        say_result(prctl(PR_SET_THP_DISABLE, (long)pick(2), 0, 0, 0));
        say_result(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
        break;
    default:
        say_result(prctl((int)pick(4) * 1000 + 500));
    }
}

static void priorities(void)
{
    static const struct word kinds[] = {WORD(PRIO_PROCESS), WORD(PRIO_PGRP), WORD(PRIO_USER), WORD(5)};
    const int kind = (int)pick_word(kinds);
    const pid_t who = kind == PRIO_USER ? 0 : pick_someone();
    errno = 0;
    const int value = getpriority(kind, (id_t)who);
    if (kind == PRIO_USER && value != -1) /* of all that the user runs */
        return;
    say(" %d %d", value, errno == ESRCH || errno == EINVAL ? errno : 0);
    if (kind != PRIO_USER)
        say_result(setpriority(kind, (id_t)who, value + (int)pick(2)));
}

static void scheduling(void)
{
    static const struct word policies[] = {WORD(SCHED_OTHER), WORD(SCHED_BATCH), WORD(SCHED_IDLE), WORD(SCHED_OTHER),
                                           WORD(17)};
    const pid_t who = pick_someone();
    struct sched_param parameter = {(int)pick(10) == 0};
    say_result(sched_getscheduler(who));
    const int policy = (int)pick_word(policies);
    if (policy != SCHED_IDLE)
        say_result(sched_setscheduler(who, policy, &parameter));
    say_result(sched_getparam(who, &parameter));
    say(" %d", parameter.sched_priority);
}

/* The hard ones stay, since who may raise them depends on who the tests run as. */
static void limits(void)
{
    static const struct word kinds[] = {WORD(RLIMIT_CORE), WORD(RLIMIT_RTTIME), WORD(RLIMIT_LOCKS), WORD(99)};
    const int kind = (int)pick_word(kinds);
    const pid_t who = one_in(2) ? 0 : pick_someone();
    struct rlimit limit = {0, 0};
    say_result(prlimit(who, (enum __rlimit_resource)kind, NULL, &limit));
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || one_in(4) ? 1000 * pick(3) : 0;
    say(" %lu", (unsigned long)limit.rlim_cur);
    say_result(prlimit(who, (enum __rlimit_resource)kind, &limit, NULL));
    if (say_result(prlimit(who, (enum __rlimit_resource)kind, NULL, &limit)) == 0)
        say(" %lu", (unsigned long)limit.rlim_cur);
}

/***** pidfds, and what a child shares *****/

static void make_pidfd(void)
{
    const pid_t who = pick_someone();
    const int fd = pidfd_open(who, one_in(2) ? PIDFD_NONBLOCK : one_in(10) ? 1 : 0);
    say_outcome(fd);
    keep_fd(fd);
}

static void get_fd(void)
{
    const int from = pidfd_open(getpid(), 0), fd = pick_fd();
    const int got = pidfd_getfd(from, fd, one_in(10) ? 1 : 0);
    say_outcome(got);
    close(from);
    if (got >= 0)
        say(" %d", fcntl(got, F_GETFD));
    keep_fd(got);
}

static void share_memory(void)
{
    const int fd = memfd_create("shared", 0);
    say_result(ftruncate(fd, 4096));
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const pid_t pid = fork();
    if (pid == 0) {
        strcpy(shared, "of the child");
        lseek(fd, 5, SEEK_SET);
        _exit(write(fd, "!", 1) == 1 ? 3 : 4);
    }
    int status = -1;
    say_outcome(waitpid(pid, &status, 0));
    say(" %#x %s %ld", (unsigned)status, shared, (long)lseek(fd, 0, SEEK_CUR));
    munmap(shared, 4096);
    close(fd);
}

/* A child uses what it has inherited. */
static void use_in_child(void)
{
    const int fd = pick_fd();
    const unsigned long way = pick(4);
    say(" %lu", way);
    const pid_t pid = fork();
    if (pid == 0) {
        char byte = 'x';
        signal(SIGPIPE, SIG_IGN);
        const long result = way == 0   ? read(fd, &byte, 1)
                            : way == 1 ? write(fd, "y", 1)
                            : way == 2 ? close(fd)
                                       : fcntl(fd, F_GETFL);
        _exit(result < 0 ? errno : way == 0 ? byte & 0x7f : 0);
    }
    int status = -1;
    say_outcome(waitpid(pid, &status, 0));
    say(" %#x", (unsigned)status);
    say_all_states();
}

void processes_end(void)
{
    signal(SIGCHLD, SIG_DFL);
    for (size_t i = 0; i < CHILDREN; i++)
        if (children[i] > 0) {
            kill(children[i], SIGKILL);
            waitpid(children[i], NULL, 0);
        }
}

static const struct step steps[] = {
    STEP(make_child),   STEP(make_child),   STEP(make_child),   STEP(make_child),   STEP(make_borrower),
    STEP(signal_child), STEP(signal_child), STEP(signal_child), STEP(wait_some),    STEP(wait_some),
    STEP(wait_by_id),   STEP(wait_by_id),   STEP(change_group), STEP(change_group), STEP(ask_group),
    STEP(new_session),  STEP(signal_group), STEP(traits),       STEP(priorities),   STEP(scheduling),
    STEP(limits),       STEP(make_pidfd),   STEP(get_fd),       STEP(share_memory), STEP(use_in_child),
    STEP(use_in_child),
};
const struct steps g_process_steps = {steps, COUNT(steps)};
