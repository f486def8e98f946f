/* SPDX-License-Identifier: MIT */
/* Values for arguments: half of them sensible, the others at and beyond every edge. Knows nothing of the results. */
#include "fuzz.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

#define choose(fuzz, list) (list)[pick(fuzz, sizeof(list) / sizeof((list)[0]))]

const char own_program[] = "/proc/self/exe";

uint64_t pick(struct fuzz *fuzz, uint64_t count)
{
    fuzz->random ^= fuzz->random << 13;
    fuzz->random ^= fuzz->random >> 7;
    fuzz->random ^= fuzz->random << 17;
    return (fuzz->random * 0x2545f4914f6cdd1dul >> 11) % count;
}

/* Room for a structure that no other call changes. */
static void *clean(struct fuzz *fuzz, size_t size)
{
    if (fuzz->clean_used + size > sizeof(fuzz->clean))
        fuzz->clean_used = 0;
    void *room = fuzz->clean + fuzz->clean_used;
    fuzz->clean_used += (size + 15) / 16 * 16;
    return memset(room, 0, size);
}

static unsigned long bad_pointer(struct fuzz *fuzz)
{
    const unsigned long list[] = {
        0,
        1,
        8,
        4095,
        4096,
        (unsigned long)g_arena + ARENA_SIZE,                  /* unmapped */
        (unsigned long)g_arena + ARENA_SIZE - pick(fuzz, 64), /* the end comes too early */
        (unsigned long)g_arena - 1 - pick(fuzz, 64),
        (unsigned long)"a constant that cannot be written",
        (unsigned long)bad_pointer,
        LIBRARY_TOP - 1 - pick(fuzz, 4096),
        LIBRARY_TOP,
        LIBRARY_TOP + pick(fuzz, 1 << 24),
        0x7ffffffff000,
        0x7fffffffffff,
        0x800000000000,
        0xffff800000000000,
        0xffffffff81000000,
        0xffffffffff600000,
        ~0ul - pick(fuzz, 4096),
        ~0ul,
        fuzz->random,
    };
    return choose(fuzz, list);
}

static unsigned long unreadable_pointer(struct fuzz *fuzz)
{
    const unsigned long list[] = {1,
                                  4096,
                                  (unsigned long)g_arena + ARENA_SIZE,
                                  (unsigned long)g_arena - 1,
                                  LIBRARY_TOP,
                                  LIBRARY_TOP + PAGE,
                                  0x7ffffffff000,
                                  0x800000000000,
                                  0xffffffff81000000,
                                  ~0ul};
    return choose(fuzz, list);
}

static unsigned long some_pointer(struct fuzz *fuzz)
{
    if (pick(fuzz, 4) == 0)
        return bad_pointer(fuzz);
    const uint64_t at = pick(fuzz, ARENA_SIZE);
    return (unsigned long)g_arena + (pick(fuzz, 8) ? at & ~15ul : at);
}

/* A valid structure, or a pointer to nothing; any other could have calls wait for ever. */
static unsigned long mostly(struct fuzz *fuzz, void *structure)
{
    return pick(fuzz, 8) ? (unsigned long)structure : unreadable_pointer(fuzz);
}

static unsigned long some_number(struct fuzz *fuzz)
{
    static const unsigned long edges[] = {0,
                                          1,
                                          2,
                                          3,
                                          4,
                                          7,
                                          8,
                                          16,
                                          64,
                                          255,
                                          256,
                                          511,
                                          512,
                                          1023,
                                          1024,
                                          4095,
                                          4096,
                                          4097,
                                          65535,
                                          65536,
                                          0x7fffffff,
                                          0x80000000,
                                          0xffffffff,
                                          0x100000000,
                                          1ul << 40,
                                          1ul << 47,
                                          0x7fffffffffffffff,
                                          0x8000000000000000,
                                          ~0ul,
                                          ~0ul - 1,
                                          ~0ul - 4095};
    switch (pick(fuzz, 8)) {
    case 0:
        return 1ul << pick(fuzz, 64);
    case 1:
        return pick(fuzz, 4096);
    case 2:
        return choose(fuzz, edges);
    default:
        return pick(fuzz, pick(fuzz, 2) ? 4 : 24);
    }
}

static unsigned long some_flags(struct fuzz *fuzz)
{
    unsigned long flags = 0;
    for (uint64_t bits = pick(fuzz, 2) * pick(fuzz, 4); bits; bits--)
        flags |= 1ul << pick(fuzz, pick(fuzz, 4) ? 14 : 40);
    return pick(fuzz, 24) ? flags : some_number(fuzz);
}

static unsigned long some_size(struct fuzz *fuzz)
{
    const unsigned long list[] = {0,
                                  1,
                                  4,
                                  8,
                                  12,
                                  16,
                                  24,
                                  32,
                                  48,
                                  64,
                                  88,
                                  104,
                                  128,
                                  144,
                                  256,
                                  pick(fuzz, 4096),
                                  4096,
                                  PAGE * pick(fuzz, 64),
                                  pick(fuzz, ARENA_SIZE)};
    return pick(fuzz, 16) ? choose(fuzz, list) : some_number(fuzz);
}

/* The standard streams are not for calls: the fuzzer speaks there. */
static unsigned long some_fd(struct fuzz *fuzz)
{
    switch (pick(fuzz, 16)) {
    case 0:
        return ~0ul;
    case 1:
        return (unsigned)(3 + pick(fuzz, 1 << 20));
    case 2:
        return (unsigned)-100; /* AT_FDCWD */
    case 3:
        return 0x80000000 | pick(fuzz, 1 << 30);
    default:
        return 3 + pick(fuzz, 40);
    }
}

static unsigned long some_path(struct fuzz *fuzz)
{
    static char longest[4095 + 4097];
    static const char *const names[] = {"a",
                                        "b",
                                        "c",
                                        "d",
                                        "d/e",
                                        "d/f",
                                        "e/../a",
                                        ".",
                                        "..",
                                        "/",
                                        "",
                                        "a/b",
                                        "d/",
                                        "d/.",
                                        "d/..",
                                        "link",
                                        "link/x",
                                        "loop",
                                        "loop/x",
                                        "fifo",
                                        "socket",
                                        "missing/x",
                                        "/tmp",
                                        "/tmp/a",
                                        "/tmp/b",
                                        "/tmp/d",
                                        "/tmp/d/e",
                                        "/tmp/link",
                                        "/dev",
                                        "/dev/null",
                                        "/dev/zero",
                                        "/dev/full",
                                        "/dev/urandom",
                                        "/dev/tty",
                                        "/dev/ptmx",
                                        "/dev/pts",
                                        "/dev/pts/0",
                                        "/dev/shm/a",
                                        "/dev/fd",
                                        "/dev/fd/5",
                                        "/dev/fd/99",
                                        "/dev/stdin",
                                        "/proc",
                                        "/proc/self",
                                        "/proc/self/maps",
                                        "/proc/self/mem",
                                        "/proc/self/fd",
                                        "/proc/self/fd/7",
                                        "/proc/self/fdinfo/7",
                                        own_program,
                                        "/proc/self/cwd",
                                        "/proc/self/root",
                                        "/proc/self/status",
                                        "/proc/self/stat",
                                        "/proc/self/task",
                                        "/proc/thread-self/comm",
                                        "/proc/1/maps",
                                        "/proc/meminfo",
                                        "/proc/cpuinfo",
                                        "/proc/self/mounts",
                                        "/proc/self/environ",
                                        "/proc/self/oom_score_adj",
                                        "/proc/sys/kernel/pid_max",
                                        "/proc/sys/fs/pipe-max-size",
                                        "/sys",
                                        "/sys/devices/system/cpu/online",
                                        "/etc/passwd",
                                        "/etc",
                                        "/usr/lib",
                                        "/root",
                                        "////tmp///a"};
    if (!longest[0]) {
        memset(longest, 'n', sizeof(longest) - 1);
        for (size_t i = 4095; i < sizeof(longest) - 1; i += 250)
            longest[i] = '/';
        longest[4094] = '\0';
    }
    switch (pick(fuzz, 24)) {
    case 0:
        return some_pointer(fuzz);
    case 1:
        return (unsigned long)longest + 4095 - pick(fuzz, 300); /* a component of about the longest length */
    case 2:
        return (unsigned long)longest + 4094 + pick(fuzz, 4); /* a path of about the longest length */
    default:
        return (unsigned long)choose(fuzz, names);
    }
}

static unsigned long some_signal(struct fuzz *fuzz)
{
    return pick(fuzz, 12) ? pick(fuzz, 66) : some_number(fuzz);
}

/* Itself, nobody, or what is not a number of a process; a group is not harmed, for it has only this one. */
static unsigned long some_pid(struct fuzz *fuzz)
{
    const unsigned long list[] = {0,
                                  0,
                                  (unsigned)fuzz->pid,
                                  (unsigned)fuzz->tid,
                                  (unsigned)fuzz->pid,
                                  (unsigned)fuzz->tid,
                                  (unsigned)-fuzz->pid,
                                  4000000,
                                  0x7fffffff,
                                  0x80000000};
    return choose(fuzz, list);
}

static unsigned long some_set(struct fuzz *fuzz)
{
    uint64_t *set = clean(fuzz, sizeof(*set));
    *set = (fuzz->random * pick(fuzz, 3)) & ~(1ul << (SIGNAL_NUDGE - 1));
    return mostly(fuzz, set);
}

static unsigned long some_time(struct fuzz *fuzz, long unit)
{
    const long seconds[] = {0, 0, 0, 0, -1, 1, 0x7fffffffffffffff},
               parts[] = {0, 1, 1000, 500000, -1, 999999999, 1000000000};
    long *time = clean(fuzz, 2 * sizeof(*time));
    time[0] = choose(fuzz, seconds);
    time[1] = choose(fuzz, parts) % (unit + 1);
    return mostly(fuzz, time);
}

static unsigned long some_timer(struct fuzz *fuzz)
{
    const long parts[] = {0, 0, 1, 100, 999999, -1, 1000000000};
    long *timer = clean(fuzz, 4 * sizeof(*timer));
    timer[1] = choose(fuzz, parts) * (long)pick(fuzz, 2);
    timer[2] = (long)pick(fuzz, 2);
    timer[3] = choose(fuzz, parts);
    if (timer[1] > 0 && timer[1] < 100000)
        timer[1] = 100000; /* an interval that leaves time for other things */
    return mostly(fuzz, timer);
}

static void on_signal(int signal)
{
    (void)signal;
}

/* As the kernel takes it. */
static unsigned long some_action(struct fuzz *fuzz)
{
    struct kernel_action {
        unsigned long handler, flags, restorer, mask;
    } *action = clean(fuzz, sizeof(*action)), had;
    syscall(SYS_rt_sigaction, SIGNAL_NUDGE, NULL, &had, 8);
    action->handler = (unsigned long)(pick(fuzz, 3) ? on_signal : SIG_IGN);
    action->restorer = had.restorer;
    action->flags = 0x04000000 | (some_flags(fuzz) & (SA_NODEFER | SA_NOCLDSTOP | SA_RESTART | SA_SIGINFO));
    action->mask = fuzz->random & ~(1ul << (SIGNAL_NUDGE - 1));
    return fuzz->wild && pick(fuzz, 8) == 0 ? some_pointer(fuzz) : mostly(fuzz, action);
}

/* Of a signal that is sent: nothing that looks like a fault. */
static unsigned long some_info(struct fuzz *fuzz)
{
    siginfo_t *info = clean(fuzz, sizeof(*info));
    info->si_code = pick(fuzz, 2) ? SI_QUEUE : -(int)pick(fuzz, 70);
    info->si_value.sival_ptr = (void *)fuzz->random;
    return mostly(fuzz, info);
}

static unsigned long some_vector(struct fuzz *fuzz)
{
    struct iovec *vector = clean(fuzz, 8 * sizeof(*vector));
    for (int i = 0; i < 8; i++)
        vector[i] = (struct iovec){(void *)some_pointer(fuzz), some_size(fuzz)};
    return pick(fuzz, 8) ? (unsigned long)vector : some_pointer(fuzz);
}

static unsigned long some_polls(struct fuzz *fuzz)
{
    struct pollfd *fds = (struct pollfd *)g_arena + pick(fuzz, 16); /* calls write there */
    for (int i = 0; i < 8; i++)
        fds[i] = (struct pollfd){(int)some_fd(fuzz), (short)some_flags(fuzz), 0};
    return pick(fuzz, 8) ? (unsigned long)fds : some_pointer(fuzz);
}

static unsigned long some_milliseconds(struct fuzz *fuzz)
{
    static const int list[] = {0, 0, 0, 1, 2, -1, (int)0x80000000, 0x7fffffff};
    return (unsigned long)choose(fuzz, list);
}

/* A place in the yard, or one where mapping is refused; nothing of the fuzzer's own. */
static unsigned long some_address(struct fuzz *fuzz)
{
    static const unsigned long refused[] = {0x7ffffffff000, 0x800000000000, 0xffff800000000000, ~0ul & ~4095ul,
                                            ~0ul,           LIBRARY_TOP,    LIBRARY_TOP + PAGE};
    if (pick(fuzz, 16) == 0)
        return choose(fuzz, refused);
    const unsigned long address = (unsigned long)g_yard + pick(fuzz, YARD_SIZE / PAGE) * PAGE;
    return pick(fuzz, 16) ? address : address + pick(fuzz, PAGE);
}

/* As much as fits behind any place of the yard, for addresses there end before it; or more than there are addresses. */
static unsigned long some_length(struct fuzz *fuzz)
{
    static const unsigned long huge[] = {1ul << 47, 1ul << 48, 1ul << 62, 1ul << 63, ~0ul, ~0ul - 4095};
    switch (pick(fuzz, 16)) {
    case 0:
        return choose(fuzz, huge);
    case 1:
        return 0;
    case 2:
        return pick(fuzz, 64 * PAGE);
    default:
        return PAGE * (1 + pick(fuzz, 64));
    }
}

static unsigned long some_request(struct fuzz *fuzz)
{
    static const unsigned long requests[] = {0x5401,     0x5402,     0x5403, 0x5404, 0x5405,    0x5409, 0x540b,
                                             0x540e,     0x540f,     0x5410, 0x5411, 0x5413,    0x5414, 0x541b,
                                             0x5420,     0x5421,     0x5422, 0x5429, 0x5450,    0x5451, 0x5452,
                                             0x80045430, 0x40045431, 0x5441, 0x6601, 0x80086601};
    return pick(fuzz, 8) ? choose(fuzz, requests) : some_number(fuzz);
}

static unsigned long some_set_size(struct fuzz *fuzz)
{
    return pick(fuzz, 16) ? 8 : some_size(fuzz);
}

static unsigned long some_attribute(struct fuzz *fuzz)
{
    static const char *const names[] = {
        "user.a", "user.b", "trusted.a", "security.capability", "system.posix_acl_access", "user.", "user", ""};
    return pick(fuzz, 16) ? (unsigned long)choose(fuzz, names) : some_pointer(fuzz);
}

static const struct maker {
    const char *type, *name; /* NULL: any */
    unsigned long (*make)(struct fuzz *fuzz);
} makers[] = {
    {"size", "set_size", some_set_size},
    {"ptr", "attribute", some_attribute},
    {"hex", "request", some_request},
    {"ptr", "fds", some_polls},
    {"int", "timeout_ms", some_milliseconds},
    {"ptr", "mask", some_set},
    {"ptr", "set", some_set},
    {"ptr", "action", some_action},
    {"ptr", "info", some_info},
    {"ptr", "value", some_timer},
    {"in", "vector", some_vector},
    {"ptr", "vector", some_vector},
    {"addr", NULL, some_address},
    {"size", "length", some_length},
    {"size", "old_size", some_length},
    {"size", "new_size", some_length},
    {"fd", NULL, some_fd},
    {"dirfd", NULL, some_fd},
    {"path", NULL, some_path},
    {"sig", NULL, some_signal},
    {"pid", NULL, some_pid},
    {"int", "who", some_pid},
    {"in", NULL, some_pointer},
    {"out", NULL, some_pointer},
    {"ptr", NULL, some_pointer},
    {"size", NULL, some_size},
    {"uint", "size", some_size},
    {"uint", "length", some_size},
    {"oflags", NULL, some_flags},
    {"mode", NULL, some_flags},
    {"mapflags", NULL, some_flags},
    {"uint", "flags", some_flags},
    {"int", "flags", some_flags},
    {"hex", NULL, some_flags},
    {NULL, NULL, some_number},
};

static bool matches(const char *wanted, const char *word)
{
    return !wanted || strcmp(wanted, word) == 0;
}

unsigned long make_value(struct fuzz *fuzz, const struct call *call, const struct argument *argument)
{
    if (pick(fuzz, 3) == 0 && strcmp(argument->type, "ulong") == 0)
        return some_pointer(fuzz);
    if (matches("timeout", argument->name) || (matches("request", argument->name) && matches("ptr", argument->type)))
        return some_time(fuzz, call->number == SYS_select ? 999999 : 1000000000);
    if (call->number == SYS_pipe || call->number == SYS_pipe2 || call->number == SYS_socketpair)
        return *argument->type == 'p' ? some_pointer(fuzz)
               : pick(fuzz, 4)        ? pick(fuzz, 4) | pick(fuzz, 2) << 11
                                      : some_flags(fuzz);
    for (const struct maker *maker = makers;; maker++)
        if (matches(maker->type, argument->type) && matches(maker->name, argument->name))
            return maker->make(fuzz);
}
