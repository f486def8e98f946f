/* SPDX-License-Identifier: MIT */
/* A hostile process of an instance, from outside: runs a command on the library OS and writes anything anywhere into the memory
 * that its processes share. They may say wrong things, wait for ever, and end; they may not crash inside the library OS.
 *
 *     scribble SECONDS SEED MICROSECONDS LOADER ARGUMENT...
 *
 * writes every so many microseconds; from the same seed, the same values at the same places of what is in use by then. Knows
 * nothing of what lies where. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8, PAGES_MAX = 1 << 16, LOOK_AGAIN = 200, FIRST_PAGES = 16 };

/* Memory that processes share has so many addresses when it is new; contents of large files, behind them, are nobody's pointers. */
static const off_t sizes[] = {64l << 20, 16l << 30};

struct memory {
    int fd;
    uint64_t *words;
    uint64_t size;
    uint64_t pages[PAGES_MAX]; /* in use, by number */
    uint64_t count;
};

static uint64_t g_random;

static uint64_t pick(uint64_t below)
{
    g_random ^= g_random << 13;
    g_random ^= g_random >> 7;
    g_random ^= g_random << 17;
    return g_random % below;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static pid_t start(char **command, int errors)
{
    const pid_t pid = fork();
    if (pid == 0) {
        const int null = open("/dev/null", O_RDWR);
        setpgid(0, 0);
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(errors, STDERR_FILENO);
        execvp(command[0], command);
        _exit(127);
    }
    setpgid(pid, pid);
    return pid;
}

/* The descriptor by which a process has the memory; -1 = it has none, or not yet. */
static int find_memory(pid_t pid)
{
    char path[64], target[64];
    int found = -1;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return -1;
    for (struct dirent *entry; found < 0 && (entry = readdir(directory)) != NULL;) {
        struct stat is;
        const ssize_t len = readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);
        if (len < 7 || memcmp(target, "/memfd:", 7) != 0 || fstatat(dirfd(directory), entry->d_name, &is, 0) < 0)
            continue;
        if (is.st_size >= sizes[0] && is.st_size <= sizes[1])
            found = openat(dirfd(directory), entry->d_name, O_RDWR);
    }
    closedir(directory);
    return found;
}

static int map_memory(pid_t pid, double end, struct memory *out)
{
    struct stat is;
    while ((out->fd = find_memory(pid)) < 0) {
        if (now() > end)
            return -1;
        usleep(1000);
    }
    if (fstat(out->fd, &is) < 0)
        return -1;
    out->size = (uint64_t)is.st_size;
    out->words = mmap(NULL, out->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, out->fd, 0);
    return out->words == MAP_FAILED ? -1 : 0;
}

static void look(struct memory *memory)
{
    off_t at = 0;
    memory->count = 0;
    while ((at = lseek(memory->fd, at, SEEK_DATA)) >= 0) {
        const off_t end = lseek(memory->fd, at, SEEK_HOLE);
        for (; at < end; at += PAGE) {
            if (memory->count == PAGES_MAX || (uint64_t)at >= memory->size)
                return;
            memory->pages[memory->count++] = (uint64_t)at / PAGE;
        }
    }
}

static uint64_t *any_word(const struct memory *memory)
{
    return memory->words + memory->pages[pick(memory->count)] * WORDS + pick(WORDS);
}

/* What looks like something, more often than not. */
static uint64_t any_value(const struct memory *memory, uint64_t old)
{
    switch (pick(6)) {
    case 0:
        return g_random;
    case 1:
        return pick(64);
    case 2:
        return 0;
    case 3:
        return UINT64_MAX;
    case 4:
        return *any_word(memory); /* a pointer, perhaps */
    default:
        return old + pick(17) - 8;
    }
}

static void scribble(struct memory *memory)
{
    /* The first pages are everybody's: a quarter of it is for them. */
    const uint64_t first = memory->count < FIRST_PAGES ? memory->count : FIRST_PAGES;
    uint64_t *word = pick(4) == 0 ? memory->words + memory->pages[pick(first)] * WORDS + pick(WORDS) : any_word(memory);
    if (*word == 0 && pick(4) != 0)
        return;
    const uint64_t value = any_value(memory, *word);
    if (pick(3) == 0)
        *(uint32_t *)word = (uint32_t)value;
    else
        *word = value;
}

/* Show what was said about crashes; how many there were. */
static int count_crashes(FILE *errors)
{
    char line[512];
    int crashes = 0, show = 0;
    rewind(errors);
    while (fgets(line, sizeof(line), errors) != NULL) {
        if (strstr(line, "inside the library OS") != NULL) {
            crashes++;
            show = 16;
        }
        if (show-- > 0)
            fputs(line, stdout);
    }
    return crashes;
}

int main(int argc, char **argv)
{
    static struct memory memory;
    if (argc < 5)
        return 2;
    const double end = now() + atof(argv[1]);
    const unsigned pause = (unsigned)atoi(argv[3]);
    FILE *errors = tmpfile();
    g_random = strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15ull + 1;
    const pid_t pid = errors != NULL ? start(argv + 4, fileno(errors)) : -1;
    if (pid < 0 || map_memory(pid, end, &memory) < 0) {
        puts("the command shares no memory");
        if (pid > 0)
            kill(-pid, SIGKILL);
        return 2;
    }
    for (unsigned i = 0; now() < end; i++) {
        if (i % LOOK_AGAIN == 0)
            look(&memory);
        if (memory.count != 0)
            scribble(&memory);
        usleep(pause);
    }
    kill(-pid, SIGKILL);
    waitpid(pid, NULL, 0);
    const int crashes = count_crashes(errors);
    if (crashes != 0)
        printf("%d crashes with seed %s\n", crashes, argv[2]);
    return crashes != 0;
}
