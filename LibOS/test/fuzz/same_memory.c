/* SPDX-License-Identifier: MIT */
/* Steps that go by addresses, all of them in a range that nothing else uses: mappings, and touching them. */
#include "same.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARENA       0x100000000000ul
#define ARENA_PAGES 16ul

static sigjmp_buf g_escape;
static volatile int g_signal, g_code;
static volatile uintptr_t g_address;
static char *g_break;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    g_signal = signal;
    g_code = info->si_code;
    g_address = (uintptr_t)info->si_addr;
    siglongjmp(g_escape, 1);
}

void memory_begin(void)
{
    const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    g_break = sbrk(0);
}

struct region {
    unsigned long start, end, offset;
    char access[8], name[64];
};

/* Neighbours that could as well be one: when the kernel joins two is its own affair. */
static bool continues(const struct region *before, const struct region *region)
{
    const bool is_file = strcmp(before->name, "") != 0;
    return before->end == region->start && strcmp(before->access, region->access) == 0 &&
           strcmp(before->name, region->name) == 0 &&
           (!is_file || before->offset + (before->end - before->start) == region->offset);
}

static void see_region(const struct region *region)
{
    if (region->end > region->start)
        see("memory %lu-%lu %s %lu %s", (region->start - ARENA) / PAGE, (region->end - ARENA) / PAGE, region->access,
            region->name[0] ? region->offset / PAGE : 0, region->name);
}

static bool read_region(const char *line, struct region *region)
{
    int at = 0;
    *region = (struct region){0};
    if (sscanf(line, "%lx-%lx %7s %lx %*s %*s%n", &region->start, &region->end, region->access, &region->offset, &at) <
        4)
        return false;
    /* Names of files change, and there are those that have lost them. */
    const char *name = strchr(line + at, '/');
    const bool is_line = name && name < strchr(line, '\n');
    const bool is_memory = is_line && (strncmp(name, "/memfd:", 7) == 0 || strncmp(name, "/dev/zero ", 10) == 0);
    strcpy(region->name, is_memory ? "memory" : is_line ? "file" : "");
    return region->start >= ARENA && region->start < ARENA + 4 * ARENA_PAGES * PAGE;
}

void see_memory(void)
{
    static char maps[1 << 16];
    struct region last = {0}, region;
    long size = 0, more;
    while ((more = pread(FD_MAPS, maps + size, sizeof(maps) - 1 - (size_t)size, size)) > 0)
        size += more;
    maps[size] = '\0';
    for (const char *line = maps; *line; line = strchr(line, '\n') + 1) {
        if (!read_region(line, &region))
            continue;
        if (continues(&last, &region)) {
            last.end = region.end;
            continue;
        }
        see_region(&last);
        last = region;
    }
    see_region(&last);
}

static char *ask_address(void)
{
    const unsigned long page = pick(ARENA_PAGES), odd = once_in(20) ? 1 + pick(PAGE - 1) : 0;
    say("%lu", page);
    if (odd)
        say("+%lu", odd);
    return (char *)ARENA + page * PAGE + odd;
}

static size_t ask_pages(void)
{
    static const long odd[] = {0, 1, 4095, 4097, -1};
    if (once_in(12))
        return (size_t)ask_number(odd, COUNT(odd));
    const unsigned long pages = 1 + pick(5);
    say("%lu pages", pages);
    return pages * PAGE;
}

static size_t ask_length(void)
{
    static const long huge[] = {INT64_MAX, 1l << 47};
    return once_in(30) ? (size_t)ask_number(huge, COUNT(huge)) : ask_pages();
}

static long ask_access(void)
{
    static const struct word accesses[] = {WORD(PROT_NONE),
                                           WORD(PROT_READ),
                                           WORD(PROT_READ | PROT_WRITE),
                                           WORD(PROT_READ | PROT_WRITE),
                                           WORD(PROT_READ | PROT_WRITE),
                                           WORD(PROT_WRITE),
                                           WORD(PROT_READ | PROT_EXEC)};
    return ask_word(WORDS(accesses));
}

/* Where something came to lie; elsewhere it does not stay. */
static void say_address(void *address, size_t size)
{
    const uintptr_t value = (uintptr_t)address;
    if (address == MAP_FAILED) {
        say_result(-1);
    } else if (value >= ARENA && value < ARENA + ARENA_PAGES * PAGE) {
        say(") = page %lu", (value - ARENA) / PAGE);
    } else {
        say(") = elsewhere");
        munmap(address, size);
    }
}

static void step_mmap(void)
{
    static const struct word kinds[] = {WORD(MAP_PRIVATE), WORD(MAP_SHARED), WORD(MAP_SHARED_VALIDATE), WORD(0)};
    static const struct word places[] = {WORD(MAP_FIXED), WORD(MAP_FIXED), WORD(MAP_FIXED_NOREPLACE), WORD(0)};
    static const struct word flags[] = {WORD(MAP_ANONYMOUS), WORD(MAP_ANONYMOUS), WORD(MAP_NORESERVE),
                                        WORD(MAP_POPULATE),  WORD(MAP_LOCKED),    WORD(MAP_STACK),
                                        WORD(MAP_GROWSDOWN), WORD(1 << 30)};
    char *address = ask_address();
    say(", ");
    const size_t size = ask_length();
    say(", ");
    long access = ask_access();
    say(", ");
    long how = kinds[once_in(20) ? 3 : pick(3)].value;
    say("%ld|", how);
    how |= ask_word(WORDS(places));
    say("|");
    how |= ask_words(WORDS(flags));
    if (once_in(3))
        how |= MAP_ANONYMOUS;
    say(how & MAP_ANONYMOUS ? " anonymous, " : ", ");
    const int fd = ask_fd();
    say(", ");
    const long offset = ask_number((const long[]){0, 0, 0, 4096, 8192, 1, -4096, 1l << 40}, 8);
    how &= ~(long)MAP_GROWSDOWN; /* its guard is the kernel's own affair */
    access &= is_pipe(fd) ? ~(long)PROT_EXEC : ~0l;
    if (is_on_tmpfs() && !(how & MAP_ANONYMOUS) && !is_memfd(fd))
        return; /* choice 114 */
    say_address(mmap(address, size, (int)access, (int)how, fd, offset), size);
}

static void step_munmap(void)
{
    char *address = ask_address();
    say(", ");
    const size_t size = ask_length();
    say_result(munmap(address, size));
}

static void step_mprotect(void)
{
    char *address = ask_address();
    say(", ");
    const size_t size = ask_pages();
    say(", ");
    const long access = ask_access() | (once_in(20) ? 0x100 : 0);
    say_result(mprotect(address, size, (int)access));
}

static void step_mremap(void)
{
    static const struct word flags[] = {WORD(0),
                                        WORD(MREMAP_MAYMOVE),
                                        WORD(MREMAP_MAYMOVE | MREMAP_FIXED),
                                        WORD(MREMAP_FIXED),
                                        WORD(MREMAP_MAYMOVE | MREMAP_DONTUNMAP),
                                        WORD(8)};
    char *address = ask_address();
    say(", ");
    const size_t size = ask_pages();
    say(", ");
    const size_t new_size = ask_length();
    say(", ");
    const long how = ask_word(WORDS(flags));
    say(", ");
    char *to = ask_address();
    if (how & MREMAP_FIXED && new_size < size)
        return; /* kernels do not agree about what lies behind the mapping */
    say_address(mremap(address, size, new_size, (int)how, to), new_size);
}

static void step_msync(void)
{
    static const struct word flags[] = {WORD(MS_SYNC), WORD(MS_ASYNC), WORD(MS_INVALIDATE), WORD(MS_SYNC | MS_ASYNC),
                                        WORD(8),       WORD(0)};
    char *address = ask_address();
    say(", ");
    const size_t size = ask_pages();
    say(", ");
    const long how = ask_word(WORDS(flags));
    say_result(msync(address, size, (int)how));
}

/* MADV_FREE may take the contents at any time; a huge range has the program's own memory in it. */
static void step_madvise(void)
{
    static const struct word advices[] = {WORD(MADV_NORMAL),   WORD(MADV_DONTNEED),      WORD(MADV_DONTNEED),
                                          WORD(MADV_WILLNEED), WORD(MADV_REMOVE),        WORD(MADV_DONTFORK),
                                          WORD(MADV_DOFORK),   WORD(MADV_WIPEONFORK),    WORD(MADV_KEEPONFORK),
                                          WORD(MADV_COLD),     WORD(MADV_POPULATE_READ), WORD(MADV_POPULATE_WRITE),
                                          WORD(MADV_DONTDUMP), WORD(MADV_SEQUENTIAL),    WORD(99)};
    char *address = ask_address();
    say(", ");
    const size_t size = ask_pages();
    say(", ");
    const long advice = ask_word(WORDS(advices));
    say_result(madvise(address, size, (int)advice));
}

/* What is resident is choice 72. */
static void step_mincore(void)
{
    unsigned char pages[64];
    char *address = ask_address();
    say(", ");
    const size_t size = ask_length();
    say_result(size > 64 * PAGE ? 0 : mincore(address, size, pages));
}

static void step_mlock(void)
{
    char *address = ask_address();
    say(", ");
    const size_t size = ask_pages();
    say_result(munlock(address, size));
}

static void step_brk(void)
{
    const long by = ask_number((const long[]){0, 1, 4096, 100000, -5000, 1l << 46}, 6);
    const uintptr_t now = (uintptr_t)syscall(SYS_brk, 0),
                    then = (uintptr_t)syscall(SYS_brk,
                                              by < 0 && now < (uintptr_t)g_break + 5000 ? now : now + (uintptr_t)by);
    say(") = %ld", (long)(then - now));
}

static void say_fault(void)
{
    if (g_address < ARENA)
        say(") = %s %d at %lu", g_signal == SIGBUS ? "SIGBUS" : "SIGSEGV", g_code, g_address);
    else
        say(") = %s %d at page %lu", g_signal == SIGBUS ? "SIGBUS" : "SIGSEGV", g_code, (g_address - ARENA) / PAGE);
}

static void step_touch(void)
{
    volatile char *at = ask_address();
    at += pick(PAGE);
    if (sigsetjmp(g_escape, 1))
        say_fault();
    else
        say(") = %d", *at);
}

static void step_store(void)
{
    volatile char *at = ask_address();
    at += pick(PAGE);
    if (sigsetjmp(g_escape, 1)) {
        say_fault();
        return;
    }
    *at = (char)('A' + pick(26));
    say(") = %d", *at);
}

/* All that can be read, by a call: how far it goes. */
static void step_send(void)
{
    const int fd = ask_fd();
    say(", ");
    const char *address = ask_address();
    say(", ");
    const long size = ask_size();
    if (!is_crowded(fd))
        say_result(write(fd, address, (size_t)size));
}

static void step_receive(void)
{
    const int fd = ask_fd();
    say(", ");
    char *address = ask_address();
    say(", ");
    const long size = ask_size();
    if (!is_directory(fd))
        say_result(read(fd, address, (size_t)size));
}

/* The sum of a page's bytes. */
static void step_sum(void)
{
    const char *address = ask_address();
    if (sigsetjmp(g_escape, 1)) {
        say_fault();
        return;
    }
    say(")");
    say_bytes(address, (long)PAGE);
}

const struct step g_memory_steps[] = {
    {"mmap", step_mmap},       {"mmap", step_mmap},     {"mmap", step_mmap},         {"mmap", step_mmap},
    {"mmap", step_mmap},       {"munmap", step_munmap}, {"mprotect", step_mprotect}, {"mremap", step_mremap},
    {"mremap", step_mremap},   {"msync", step_msync},   {"madvise", step_madvise},   {"madvise", step_madvise},
    {"mincore", step_mincore}, {"munlock", step_mlock}, {"brk", step_brk},           {"load", step_touch},
    {"load", step_touch},      {"store", step_store},   {"store", step_store},       {"store", step_store},
    {"write", step_send},      {"read", step_receive},  {"sum", step_sum},           {"sum", step_sum},
};
const size_t g_memory_steps_count = COUNT(g_memory_steps);
