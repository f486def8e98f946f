/* SPDX-License-Identifier: MIT */
/* syscalls seed milliseconds [threads]: random system calls from some threads. What the library OS answers does not matter, as
 * long as it does: the exit code is 0 when the time is over, 3 when a call did not come back. A seed divisible by 4 is wild:
 * signal handlers, frames and stacks are garbage too, and a death by a signal is the program's own fault.
 * FUZZ_ONLY=name,... restricts the calls. */
#include "fuzz.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX   8
#define NUMBER_LIMIT  470
#define REFRESH_CALLS 500
#define NUDGE_MS      3
#define PATIENCE      500 /* nudges without a call ended until it counts as hanging */

static const struct call calls[] = {
#include "fuzz_calls.h"
};
static struct fuzz fuzzers[THREADS_MAX];
static const char *only;
static pthread_barrier_t start;

static void on_signal(int signal)
{
    (void)signal;
}

static bool is_wanted(const struct call *call)
{
    const char *found = only ? strstr(only, call->name) : NULL;
    const size_t len = strlen(call->name);
    return !only || (found && (found[len] == '\0' || found[len] == ',') && (found == only || found[-1] == ','));
}

static void make_call(struct fuzz *fuzz)
{
    static const struct call unknown = {
        0, true, "unknown", {{"ptr", ""}, {"ulong", ""}, {"ptr", ""}, {"ulong", ""}, {"ulong", ""}, {"ulong", ""}}};
    const bool is_known = only || pick(fuzz, 256);
    const struct call *call = is_known ? &calls[pick(fuzz, sizeof(calls) / sizeof(calls[0]))] : &unknown;
    const long number =
        is_known ? call->number : (long)(pick(fuzz, 2) ? NUMBER_LIMIT + pick(fuzz, 100) : fuzz->random | 1ul << 40);
    long values[6];
    for (int i = 0; i < 6; i++)
        values[i] = (long)(call->arguments[i].type ? make_value(fuzz, call, &call->arguments[i]) : fuzz->random);
    if (!is_wanted(call) || (!call->is_implemented && pick(fuzz, 64)) || is_forbidden(fuzz, call, values))
        return;
    for (int i = 0; i < 6; i++)
        fuzz->arguments[i] = values[i];
    fuzz->current = call;
    syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
    fuzz->made++;
}

static void *run(void *argument)
{
    struct fuzz *fuzz = argument;
    fuzz->pid = getpid();
    fuzz->tid = (int)syscall(SYS_gettid);
    pthread_barrier_wait(&start);
    for (unsigned long i = 1;; i++) {
        make_call(fuzz);
        if (fuzz == fuzzers && i % REFRESH_CALLS == 0)
            world_refresh();
    }
    return NULL;
}

static long now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A fault, or a signal that somebody has sent. In a wild run a fault is what garbage leads to. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    const bool is_real =
        info->si_code == SI_KERNEL || (info->si_code > 0 && info->si_code < 16); /* senders may claim anything */
    if (!is_real)
        return;
    dprintf(2, "fuzz: signal %d, code %d, address %p after %ld calls, %s\n", signal, info->si_code, info->si_addr,
            fuzzers[0].made, fuzzers[0].current ? fuzzers[0].current->name : "-");
    _exit(fuzzers[0].wild ? 0 : 4);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}, fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    for (int signal = 1; signal < NSIG; signal++)
        sigaction(signal, is_fault(signal) ? &fault : &action, NULL);
}

int main(int argc, char **argv)
{
    if ((unsigned long)__builtin_frame_address(0) > LIBRARY_TOP || argc < 3) {
        fputs(argc < 3 ? "usage: syscalls seed milliseconds [threads]\n" : "only under the library OS\n", stderr);
        return 2;
    }
    const unsigned long seed = strtoul(argv[1], NULL, 0);
    const long end = now_ms() + atol(argv[2]);
    const int wanted = argc > 3 ? atoi(argv[3]) : 1;
    const int threads = wanted < THREADS_MAX ? wanted : THREADS_MAX;
    only = getenv("FUZZ_ONLY");
    catch_signals();
    world_make();
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
        fuzzers[i].random = (seed + 1) * 0x9e3779b97f4a7c15 + (unsigned long)i * 0xbf58476d1ce4e5b9;
        fuzzers[i].wild = seed % 4 == 0;
        pthread_t thread;
        pthread_create(&thread, NULL, run, &fuzzers[i]);
    }
    /* Signals are the others' concern. */
    sigprocmask(SIG_SETMASK, &all, NULL);
    long seen[THREADS_MAX] = {0};
    int quiet[THREADS_MAX] = {0};
    while (now_ms() < end) {
        const struct timespec pause = {0, NUDGE_MS * 1000000};
        nanosleep(&pause, NULL);
        for (int i = 0; i < threads; i++) {
            struct fuzz *fuzz = &fuzzers[i];
            quiet[i] = fuzz->made == seen[i] ? quiet[i] + 1 : 0;
            seen[i] = fuzz->made;
            if (quiet[i] && fuzz->tid)
                syscall(SYS_tgkill, fuzz->pid, fuzz->tid, SIGNAL_NUDGE);
            if (quiet[i] > PATIENCE) {
                dprintf(2, "fuzz: call %ld of thread %d hangs: %s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx)\n", fuzz->made, i,
                        fuzz->current ? fuzz->current->name : "-", fuzz->arguments[0], fuzz->arguments[1],
                        fuzz->arguments[2], fuzz->arguments[3], fuzz->arguments[4], fuzz->arguments[5]);
                _exit(3);
            }
        }
    }
    for (int i = 0; i < threads; i++)
        dprintf(2, "fuzz: %ld calls\n", fuzzers[i].made);
    _exit(0);
}
