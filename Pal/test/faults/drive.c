/* SPDX-License-Identifier: MIT */
/* Runs a command again and again, each time with another host call that fails, and prints TAP: one test for each kind of
 * host call. The command has to end as it does when nothing fails, or with an error of its own before the program has
 * begun; it is not to crash, hang, or leave a process behind.
 *
 *     drive walk|start COMMAND...
 * in a directory of its own; by the first word it knows which calls there have to be. */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "faults.h"

enum { LIMIT_MS = 10000, TEXT_SIZE = 4096, ERRORS_MAX = 3 };

/* In which command a host call has to be. GUARD: at the start, where the program must not run when it has failed. */
enum where { ANYWHERE, WALK, START, GUARD };

/* Errors that the kernel gives; none: it cannot fail as this loader calls it. */
static const struct kind {
    uint32_t number;
    const char *name;
    enum where where;
    int errors[ERRORS_MAX];
} kinds[] = {
#define KIND(name, where, ...)                                                                                         \
    {                                                                                                                  \
        __NR_##name, #name, where,                                                                                     \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
    KIND(accept4, WALK, EMFILE, ECONNABORTED, EINTR),
    KIND(bind, WALK, EADDRINUSE),
    KIND(clone, WALK, EAGAIN, ENOMEM),
    KIND(close, WALK, EIO),
    KIND(connect, WALK, ECONNREFUSED, EADDRNOTAVAIL),
    KIND(epoll_create1, WALK, EMFILE),
    KIND(epoll_ctl, WALK, ENOMEM, ENOSPC),
    KIND(epoll_pwait2, WALK, EINTR),
    KIND(fchmod, WALK, EPERM, EIO),
    KIND(fchown, WALK, EPERM, EIO),
    KIND(fcntl, WALK, EMFILE),
    KIND(fstatfs, WALK, EIO),
    KIND(fsync, WALK, EIO, ENOSPC),
    KIND(ftruncate, WALK, EIO, EFBIG),
    KIND(getdents64, WALK, EIO, ENOENT),
    KIND(getsockname, WALK, ENOBUFS),
    KIND(getsockopt, WALK, ENOBUFS),
    KIND(ioctl, WALK, ENOTTY, EIO),
    KIND(linkat, WALK, EMLINK, ENOSPC),
    KIND(landlock_add_rule, GUARD, ENOMEM),
    KIND(landlock_create_ruleset, GUARD, ENOSYS, ENOMEM),
    KIND(landlock_restrict_self, GUARD, EPERM, E2BIG),
    KIND(listen, WALK, EADDRINUSE),
    KIND(lseek, ANYWHERE, ESPIPE),
    KIND(madvise, WALK, ENOMEM, EINVAL),
    KIND(memfd_create, WALK, EMFILE, ENOMEM),
    KIND(mkdirat, WALK, ENOSPC),
    KIND(mknodat, WALK, ENOSPC),
    KIND(mmap, WALK, ENOMEM, EAGAIN),
    KIND(mprotect, WALK, ENOMEM),
    KIND(mremap, WALK, ENOMEM),
    KIND(munmap, WALK, ENOMEM),
    KIND(openat, WALK, EMFILE, EACCES, EINTR),
    KIND(pipe2, WALK, EMFILE),
    KIND(ppoll, WALK, EINTR, ENOMEM),
    KIND(prctl, GUARD, EINVAL, ENOMEM),
    KIND(pread64, WALK, EIO, EINTR),
    KIND(prlimit64, ANYWHERE, EPERM),
    KIND(pwrite64, WALK, ENOSPC, EIO),
    KIND(read, WALK, EIO, EINTR),
    KIND(readlinkat, WALK, EIO, ENOENT),
    KIND(recvmsg, WALK, EINTR, ENOMEM, ECONNRESET),
    KIND(renameat2, WALK, EXDEV, ENOSPC),
    KIND(sendmsg, WALK, EINTR, ENOBUFS, EPIPE),
    KIND(setsockopt, WALK, ENOMEM),
    KIND(shutdown, WALK, ENOTCONN),
    KIND(sigaltstack, WALK, ENOMEM),
    KIND(socket, WALK, EMFILE, EAFNOSUPPORT),
    KIND(socketpair, WALK, EMFILE, ENOBUFS),
    KIND(statx, WALK, EIO, ENOENT),
    KIND(symlinkat, WALK, ENOSPC),
    KIND(sysinfo, ANYWHERE, EPERM),
    KIND(tgkill, WALK, ESRCH),
    KIND(unlinkat, WALK, EBUSY, EIO),
    KIND(utimensat, WALK, EPERM, EROFS),
    KIND(write, WALK, EIO, EINTR),
    KIND(clock_gettime, ANYWHERE, 0),
    KIND(close_range, START, 0),
    KIND(exit, WALK, 0),
    KIND(exit_group, WALK, 0),
    KIND(fchownat, ANYWHERE, 0),
    KIND(futex, WALK, 0),
    KIND(getpid, ANYWHERE, 0),
    KIND(mincore, ANYWHERE, 0),
    {462, "mseal", ANYWHERE, {0}}, /* headers may not know it */
    KIND(rt_sigaction, WALK, 0),
    KIND(rt_sigprocmask, WALK, 0),
    KIND(sched_getaffinity, WALK, 0),
    KIND(sched_yield, ANYWHERE, 0),
    KIND(umask, ANYWHERE, 0),
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct faults *g_faults;
static char **g_command;
static int g_tests, g_failed;

struct run {
    int status; /* as of waitpid; -1: it had to be killed */
    bool rest;  /* a process was left behind */
    char out[TEXT_SIZE], err[TEXT_SIZE];
};

static void die(const char *what)
{
    printf("Bail out! %s: %s\n", what, strerror(errno));
    exit(1);
}

static void result(bool good, const char *name)
{
    g_failed += !good;
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++g_tests, name);
    fflush(stdout);
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/***** One run *****/

static void make_empty(const char *name)
{
    const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        die(name);
    close(fd);
}

static void read_text(const char *name, char text[TEXT_SIZE])
{
    const int fd = open(name, O_RDONLY);
    const ssize_t size = fd < 0 ? -1 : read(fd, text, TEXT_SIZE - 1);
    if (size < 0)
        die(name);
    text[size] = '\0';
    close(fd);
}

static pid_t start(void)
{
    make_empty("out");
    make_empty("err");
    const pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid > 0)
        return pid;
    const int in = open("/dev/null", O_RDONLY), out = open("out", O_WRONLY), err = open("err", O_WRONLY | O_APPEND);
    if (setpgid(0, 0) < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(126);
    for (int fd = 3; fd < 16; fd++)
        close(fd);
    execv(g_command[0], g_command);
    _exit(127);
}

/* Wait for a process, or (-1) for all that there are; false: the time is over. */
static bool await(pid_t pid, int *out_status)
{
    const struct timespec moment = {.tv_nsec = 500000};
    for (const long end = now_ms() + LIMIT_MS; now_ms() < end;) {
        const pid_t got = waitpid(pid, out_status, WNOHANG);
        if (got < 0 || (got > 0 && pid > 0))
            return true;
        if (got == 0)
            nanosleep(&moment, NULL);
    }
    return false;
}

/* call: NULL = nothing fails */
static void run(const struct faults_call *call, uint32_t nth, int error, struct run *out)
{
    int ignored;
    memset(g_faults, 0, sizeof(*g_faults));
    if (call != NULL) {
        g_faults->process = call->process;
        g_faults->site = call->site;
    }
    g_faults->nth = nth;
    g_faults->error = -error;
    const pid_t pid = start();
    if (!await(pid, &out->status))
        out->status = -1;
    out->rest = !await(-1, &ignored);
    if (out->status == -1 || out->rest) {
        kill(-pid, SIGKILL);
        await(-1, &ignored);
    }
    read_text("out", out->out);
    read_text("err", out->err);
}

/***** What is to be made to fail: the first and the last call from each place *****/

struct place {
    struct faults_call call;
    uint32_t count;
};

static struct place g_places[FAULTS_CALLS];
static size_t g_place_count;

static struct place *find_place(const struct faults_call *call)
{
    for (size_t i = 0; i < g_place_count; i++) {
        if (g_places[i].call.process == call->process && g_places[i].call.site == call->site)
            return &g_places[i];
    }
    struct place *place = &g_places[g_place_count++];
    place->call = *call;
    return place;
}

/* Calls up to the program's first word. */
static void find_places(void)
{
    for (uint32_t i = 0; i < g_faults->count && i < FAULTS_CALLS; i++) {
        const struct faults_call *call = &g_faults->calls[i];
        if (call->process == 0 && call->number == __NR_write && call->argument == 1)
            break;
        find_place(call)->count++;
    }
}

static bool is_known(uint32_t number)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].number == number)
            return true;
    }
    return false;
}

/***** Judgement *****/

static const char *judge(const struct run *clean, const struct run *got, bool must_stop)
{
    if (got->status == -1)
        return "hangs";
    if (got->rest)
        return "leaves a process behind";
    if (strstr(got->err, "fault inside") != NULL || strstr(got->err, "stack frame") != NULL)
        return "crashes";
    if (!WIFEXITED(got->status) || WEXITSTATUS(got->status) >= 124)
        return "ends by a signal";
    if (WEXITSTATUS(got->status) == 0 && must_stop && g_faults->failed)
        return "runs a program that is not confined";
    if (WEXITSTATUS(got->status) == 0)
        return strcmp(got->out, clean->out) == 0 ? NULL : "has lost something";
    if (got->out[0] != '\0')
        return "has not recovered";
    return strncmp(got->err, "pal: ", 5) == 0 ? NULL : "gives up without a word";
}

static void tell(const char *text)
{
    for (const char *line = text; *line != '\0';) {
        const char *end = strchrnul(line, '\n');
        printf("# %.*s\n", (int)(end - line), line);
        line = *end == '\0' ? end : end + 1;
    }
}

/* All errors of one place. Returns whether all was well. */
static bool try_place(const struct run *clean, const struct place *place, const struct kind *kind, bool walks,
                      unsigned *tries)
{
    static struct run got;
    bool good = true;
    for (int i = 0; i < ERRORS_MAX && kind->errors[i] != 0; i++) {
        for (uint32_t nth = 1; nth <= place->count; nth += nth < place->count ? place->count - 1 : 1) {
            run(&place->call, nth, kind->errors[i], &got);
            ++*tries;
            const char *why = judge(clean, &got, kind->where == GUARD && !walks);
            if (why == NULL)
                continue;
            good = false;
            printf("# call %u from 0x%lx of process %u fails with %s: %s\n", nth, (unsigned long)place->call.site,
                   place->call.process, strerrorname_np(kind->errors[i]), why);
            tell(got.out);
            tell(got.err);
        }
    }
    return good;
}

/* One test, unless there is nothing to be tried. */
static void try_kind(const struct run *clean, const struct kind *kind, bool walks)
{
    const bool wanted = walks ? kind->where == WALK : kind->where == START || kind->where == GUARD;
    unsigned places = 0, tries = 0;
    bool good = true;
    for (size_t i = 0; i < g_place_count; i++) {
        if (g_places[i].call.number != kind->number)
            continue;
        places++;
        good &= try_place(clean, &g_places[i], kind, walks, &tries);
    }
    if (places > 0)
        printf("# %u failures in %u places\n", tries, places);
    if (wanted || tries > 0)
        result(good && (places > 0 || !wanted), kind->name);
}

int main(int argc, char **argv)
{
    static struct run clean;
    if (argc < 3)
        die("usage: drive walk|start COMMAND...");
    g_command = argv + 2;
    make_empty(FAULTS_FILE);
    const int fd = open(FAULTS_FILE, O_RDWR);
    if (fd < 0 || ftruncate(fd, sizeof(*g_faults)) < 0)
        die(FAULTS_FILE);
    g_faults = mmap(NULL, sizeof(*g_faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (g_faults == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        die("prepare");
    run(NULL, 0, 0, &clean);
    if (clean.status != 0 || clean.rest || g_faults->count > FAULTS_CALLS) {
        tell(clean.out);
        tell(clean.err);
        printf("Bail out! it does not work with nothing failing\n");
        return 1;
    }
    find_places();
    bool all_known = true;
    for (size_t i = 0; i < g_place_count; i++)
        all_known &= is_known(g_places[i].call.number);
    result(all_known, "what each host call can fail with is known");
    for (size_t i = 0; i < KINDS; i++)
        try_kind(&clean, &kinds[i], strcmp(argv[1], "walk") == 0);
    printf("1..%d\n", g_tests);
    return g_failed > 0;
}
