// SPDX-License-Identifier: MIT
// A program that executes itself again and again, by fork, by vfork and in place: what its C library has learnt of the
// processor's caches is what it was at the first start, and calls of all kinds work from the first on.
#include <stdlib.h>
#include "children.h"

#define ROUNDS 20

static const int g_names[] = {
#ifdef _SC_LEVEL1_DCACHE_SIZE
    _SC_LEVEL1_ICACHE_SIZE, _SC_LEVEL1_ICACHE_ASSOC, _SC_LEVEL1_ICACHE_LINESIZE,
    _SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL1_DCACHE_ASSOC, _SC_LEVEL1_DCACHE_LINESIZE,
    _SC_LEVEL2_CACHE_SIZE,  _SC_LEVEL2_CACHE_ASSOC,  _SC_LEVEL2_CACHE_LINESIZE,
    _SC_LEVEL3_CACHE_SIZE,  _SC_LEVEL3_CACHE_ASSOC,  _SC_LEVEL3_CACHE_LINESIZE,
    _SC_LEVEL4_CACHE_SIZE,
#endif
    _SC_PAGESIZE,
};
#define NAMES (sizeof(g_names) / sizeof(g_names[0]))

static void tell(char *text, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < NAMES; i++)
        len += (size_t)snprintf(text + len, size - len, "%ld ", sysconf(g_names[i]));
}

// argv: the program, what the first one has learnt, how many are still to come
static int play(char **argv)
{
    char text[512], left[16];
    tell(text, sizeof(text));
    if (strcmp(text, argv[1]) != 0) {
        printf("other caches: %s, not %s\n", text, argv[1]);
        return 1;
    }
    if (atoi(argv[2]) == 0)
        return 0;
    snprintf(left, sizeof(left), "%d", atoi(argv[2]) - 1);
    execl("/proc/self/exe", "again", argv[1], left, NULL);
    return 2;
}

static int by_fork(const char *text, const char *left)
{
    const pid_t pid = fork_clean();
    if (pid == 0) {
        execl("/proc/self/exe", "again", text, left, NULL);
        _exit(3);
    }
    return code_of(pid);
}

static int by_vfork(const char *text, const char *left)
{
    const pid_t pid = vfork();
    if (pid == 0) {
        execl("/proc/self/exe", "again", text, left, NULL);
        _exit(3);
    }
    return code_of(pid);
}

static void repeat(const char *how, int (*once)(const char *text, const char *left), const char *left)
{
    char text[512];
    int failed = 0;
    tell(text, sizeof(text));
    for (int i = 0; i < ROUNDS; i++)
        failed += once(text, left) != 0;
    printf("%s: %d failed\n", how, failed);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return play(argv);
    repeat("fork", by_fork, "0");
    repeat("vfork", by_vfork, "0");
    repeat("again in place", by_fork, "3");
    return 0;
}
