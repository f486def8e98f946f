/* SPDX-License-Identifier: MIT */
/* talk seed count [step...]: so many random steps, each a line, without those that are named. See talk.h. */
#include "talk.h"
#include "errors.h"
#include <stdarg.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool g_is_child;
static uint64_t random_state;
static char line[16384];
static size_t line_size;

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

unsigned long pick(unsigned long count)
{
    random_state += 0x9e3779b97f4a7c15;
    return mix(random_state) % count;
}

long pick_one_of(const struct word *words, size_t count)
{
    const struct word *word = &words[pick(count)];
    say(" %s", word->name);
    return word->value;
}

long pick_some_of(const struct word *words, size_t count, unsigned long rarity)
{
    long value = 0;
    for (size_t i = 0; i < count; i++)
        if (one_in(rarity)) {
            say("%s%s", value ? "|" : " ", words[i].name);
            value |= words[i].value;
        }
    return value;
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(line + line_size, sizeof(line) - line_size, format, arguments);
    va_end(arguments);
    const size_t left = sizeof(line) - 1 - line_size;
    line_size += (size_t)size < left ? (size_t)size : left;
}

long say_result(long result)
{
    if (result == -1)
        say(" = %s", error_name(errno));
    else
        say(" = %ld", result);
    return result;
}

long say_outcome(long result)
{
    say(" = %s", result == -1 ? error_name(errno) : "ok");
    return result;
}

/* Written at once: who dies in the next step has said this one. */
static void end_line(void)
{
    say("\n");
    if (write(STDOUT_FILENO, line, line_size) < 0)
        exit(1);
    line_size = 0;
}

/* What a run is about. */
static const struct theme {
    const char *name;
    bool in_child; /* steps are made by a process that has been forked, and leads its session */
    const struct steps *steps[6];
} themes[] = {
    {"pipes", false, {&g_pipe_steps, &g_file_steps, &g_poll_steps}},
    {"pipes of a child", true, {&g_pipe_steps, &g_file_steps, &g_poll_steps}},
    {"AF_UNIX", false, {&g_unix_steps, &g_socket_steps, &g_socket_steps, &g_file_steps}},
    {"AF_UNIX of a child", true, {&g_unix_steps, &g_socket_steps, &g_socket_steps, &g_file_steps}},
    {"AF_INET", false, {&g_inet_steps, &g_socket_steps, &g_file_steps, &g_poll_steps}},
    {"polling", false, {&g_pipe_steps, &g_unix_steps, &g_file_steps, &g_poll_steps, &g_poll_steps}},
    {"polling of a child", true, {&g_pipe_steps, &g_unix_steps, &g_file_steps, &g_poll_steps, &g_poll_steps}},
    {"signals", false, {&g_signal_steps}},
    {"signals of a child", true, {&g_signal_steps, &g_process_steps}},
    {"processes", true, {&g_process_steps, &g_process_steps, &g_pipe_steps}},
    {"queues", false, {&g_sysv_steps, &g_queue_steps, &g_futex_steps}},
    {"queues of a child", true, {&g_sysv_steps, &g_queue_steps, &g_futex_steps, &g_process_steps}},
};

static void make_step(const struct theme *theme)
{
    size_t count = 0;
    while (count < COUNT(theme->steps) && theme->steps[count])
        count++;
    const struct steps *steps = theme->steps[pick(count)];
    const struct step *step = &steps->steps[pick(steps->count)];
    say(" %s", step->name);
    step->make();
    say_caught();
}

static bool is_left_out(unsigned long number, char **left_out)
{
    for (; *left_out; left_out++)
        if (strtoul(*left_out, NULL, 0) == number)
            return true;
    return false;
}

static void run(const struct theme *theme, unsigned long seed, unsigned long count, char **left_out)
{
    signals_begin();
    for (unsigned long i = 1; i <= count; i++) {
        if (is_left_out(i, left_out))
            continue;
        random_state = mix(seed << 20 | i);
        say("%lu", i);
        make_step(theme);
        end_line();
    }
    processes_end();
    pipes_end();
    ipc_end();
}

static int run_in_child(const struct theme *theme, unsigned long seed, unsigned long count, char **left_out)
{
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setsid();
        g_is_child = true;
        run(theme, seed, count, left_out);
        exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    ipc_end();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: talk seed count [step...]\n", stderr);
        return 2;
    }
    const unsigned long seed = strtoul(argv[1], NULL, 0), count = strtoul(argv[2], NULL, 0);
    const struct theme *theme = &themes[seed % COUNT(themes)];
    close_range(STDERR_FILENO + 1, ~0u, 0); /* what whoever started it had open */
    say("%s", theme->name);
    end_line();
    if (theme->in_child)
        return run_in_child(theme, seed, count, argv + 3);
    run(theme, seed, count, argv + 3);
    return 0;
}
