/* SPDX-License-Identifier: MIT */
/* same directory seed step...: the numbered steps of a random sequence of calls, in a new directory below the given one, which is "."
 * for files of the host, or on a tmpfs. Each is
 * printed with its result, and with all that has changed by it. A step does not depend on the numbers before it, so that a long
 * sequence can be tried with steps left out. With SAME_EVENTS in the environment names are watched (inotify), too, of which not all
 * that Linux tells is told here. */
#include "same.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEEN_MAX  128
#define FILE_SIZE (1l << 20)

static uint64_t g_random;
static char g_text[1 << 16];
static size_t g_text_used;
static char g_seen[SEEN_MAX][256], g_seen_before[SEEN_MAX][256];
static size_t g_seen_count;

uint64_t pick(uint64_t count)
{
    g_random += 0x9e3779b97f4a7c15;
    uint64_t mixed = (g_random ^ g_random >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return (mixed >> 11) % count;
}

bool once_in(uint64_t count)
{
    return pick(count) == 0;
}

static void say_list(const char *format, va_list list)
{
    const int len = vsnprintf(g_text + g_text_used, sizeof(g_text) - g_text_used, format, list);
    if (len > 0)
        g_text_used += (size_t)len;
}

void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say_list(format, list);
    va_end(list);
}

void say_result(long result)
{
    if (result == -1)
        say(") = %s", strerrorname_np(errno));
    else
        say(") = %ld", result);
}

/* Bytes are said by a sum of them. */
void say_bytes(const void *bytes, long size)
{
    uint32_t sum = 1;
    for (long i = 0; i < size; i++)
        sum = sum * 31 + ((const unsigned char *)bytes)[i];
    if (size > 0)
        say(" {%08x}", sum);
}

void see(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (g_seen_count < SEEN_MAX)
        vsnprintf(g_seen[g_seen_count++], sizeof(g_seen[0]), format, list);
    va_end(list);
}

static bool was_seen(const char *what, char (*lines)[256])
{
    for (size_t i = 0; i < SEEN_MAX; i++) {
        if (strcmp(lines[i], what) == 0)
            return true;
    }
    return false;
}

/* What was not so before the step. */
static void look(void)
{
    g_seen_count = 0;
    memset(g_seen, 0, sizeof(g_seen));
    see_names();
    see_files();
    see_memory();
    for (size_t i = 0; i < g_seen_count; i++) {
        if (!was_seen(g_seen[i], g_seen_before))
            say("    %s\n", g_seen[i]);
    }
    memcpy(g_seen_before, g_seen, sizeof(g_seen));
}

static void print(void)
{
    if (write(1, g_text, g_text_used) < 0)
        _exit(2);
    g_text_used = 0;
}

long ask_word(const struct word *words, size_t count)
{
    const struct word *word = &words[pick(count)];
    say("%s", word->name);
    return word->value;
}

/* Each of them as likely as that there is one. */
long ask_words(const struct word *words, size_t count)
{
    long values = 0;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!once_in(count + 1))
            continue;
        say("%s%s", any ? "|" : "", words[i].name);
        values |= words[i].value;
        any = true;
    }
    if (!any)
        say("0");
    return values;
}

long ask_number(const long *numbers, size_t count)
{
    const long number = numbers[pick(count)];
    say("%ld", number);
    return number;
}

long ask_size(void)
{
    static const long sizes[] = {0, 1, 2, 7, 100, 511, 512, 4095, 4096, 4097, 5000, 8192, 12288, 20000};
    return ask_number(sizes, COUNT(sizes));
}

long ask_offset(void)
{
    static const long offsets[] = {0,    0,     1,     5,     100,   4095,   4096,    4097,          8192,
                                   9000, 12288, 16384, 20000, 65536, 100000, 1 << 20, (1 << 20) + 1, 1l << 31};
    /* The last ones are beyond all places that there are on a disk. */
    static const long odd[] = {-1, -4096, INT64_MIN, 1l << 62, INT64_MAX, INT64_MAX - 4095};
    if (once_in(12))
        return ask_number(odd, is_on_tmpfs() ? COUNT(odd) : 3);
    return ask_number(offsets, COUNT(offsets));
}

int ask_fd(void)
{
    static const int odd[] = {-1, -100, FD_LIMIT, 99, 1000000};
    const int fd = once_in(30) ? odd[pick(COUNT(odd))] : 3 + (int)pick(once_in(4) ? FD_LIMIT - 3 : 6);
    say("%d", fd);
    return fd;
}

/* On files of the host set-id bits are left out (choice 127), and a user's own files are changed by those who can open them. */
int ask_mode(void)
{
    static const int modes[] = {0,     0100,  0200,  0300,  0400, 0500, 0600,  0700,
                                01777, 02755, 04755, 06777, 0644, 0755, 07777, 0100644};
    int mode = once_in(2) ? 0755 : modes[pick(COUNT(modes))];
    if (!is_on_tmpfs())
        mode = (mode & ~06000) | (geteuid() != 0 ? 0500 : 0);
    say("%#o", (unsigned)mode);
    return mode;
}

/* Every fifth sequence is of all kinds of steps, the others are mostly of one. */
static const struct step *choose_step(uint64_t theme)
{
    const struct {
        const struct step *steps;
        size_t count;
    } kinds[] = {{g_name_steps, g_name_steps_count},
                 {g_descriptor_steps, g_descriptor_steps_count},
                 {g_file_steps, g_file_steps_count},
                 {g_memory_steps, g_memory_steps_count}};
    const size_t kind = theme == COUNT(kinds) || once_in(4) ? pick(COUNT(kinds)) : theme;
    return &kinds[kind].steps[pick(kinds[kind].count)];
}

static void make_step(uint64_t seed, uint64_t number)
{
    g_random = (seed << 20) + number;
    const struct step *step = choose_step(seed % 5);
    say("%lu %s(", number, step->name);
    step->make();
    say("\n");
    names_keep_inside();
    look();
    print();
}

static void limit(int resource, rlim_t most)
{
    if (setrlimit(resource, &(struct rlimit){most, most}) < 0)
        _exit(2);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: same directory seed step...\n", stderr);
        return 2;
    }
    const uint64_t seed = strtoul(argv[2], NULL, 0);
    syscall(SYS_close_range, 3, ~0u, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    umask(022);
    names_begin(argv[1]);
    memory_begin();
    limit(RLIMIT_FSIZE, FILE_SIZE);
    limit(RLIMIT_NOFILE, FD_LIMIT);
    look();
    print();
    for (int i = 3; i < argc; i++)
        make_step(seed, strtoul(argv[i], NULL, 0));
    return 0;
}
