// SPDX-License-Identifier: MIT
// /proc: what it says must agree with what system calls say.
#include "fs_report.h"
#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

static char g_text[65536];

static long slurp(const char *name)
{
    int fd = open(name, O_RDONLY);
    long used = 0, size;
    g_text[0] = '\0';
    if (fd < 0)
        return -errno;
    while ((size = read(fd, g_text + used, sizeof(g_text) - 1 - (size_t)used)) > 0)
        used += size;
    g_text[used] = '\0';
    close(fd);
    return size < 0 ? -errno : used;
}

// The number behind a word at the beginning of a line.
static long number(const char *word)
{
    for (const char *line = g_text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, word, strlen(word)))
            return atol(line + strlen(word));
    }
    return -1;
}

// What /proc says of a descriptor whose name is gone, and whether it does before.
static void removed(const char *what, int fd, const char *name, bool is_directory)
{
    char link[64], before[4096] = {0}, after[4096] = {0};
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    R(readlink(link, before, sizeof(before) - 1) > 0);
    R(is_directory ? rmdir(name) : unlink(name));
    R(readlink(link, after, sizeof(after) - 1) > 0);
    const char *slash = strrchr(after, '/');
    printf("%s: %d %s\n", what, strstr(before, "(deleted)") != NULL, slash != NULL ? slash : after);
    close(fd);
}

static void names_that_are_gone(void)
{
    static const char *const directories[] = {".", "/tmp"};
    printf("-- names that are gone\n");
    for (int i = 0; i < 2; i++) {
        char name[64], other[64], link[64], text[4096] = {0};
        snprintf(name, sizeof(name), "%s/fs_proc-gone", directories[i]);
        snprintf(other, sizeof(other), "%s/fs_proc-other", directories[i]);
        removed("file", open(name, O_RDWR | O_CREAT, 0600), name, false);
        mkdir(name, 0700);
        removed("directory", open(name, O_RDONLY | O_DIRECTORY), name, true);
        symlink("x", name);
        removed("link", open(name, O_PATH | O_NOFOLLOW), name, false);
        const int fd = open(directories[i], O_TMPFILE | O_RDWR, 0600);
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        readlink(link, text, sizeof(text) - 1);
        printf("without a name: %d\n", strstr(text, " (deleted)") != NULL);
        close(fd);
    }
}

static void links(char **argv)
{
    char a[4096] = {0}, b[4096] = {0};
    printf("-- links\n");
    R(readlink("/proc/self/exe", a, sizeof(a)) > 0);
    printf("exe: %d\n", realpath(argv[0], b) != NULL && !strcmp(a, b));
    memset(a, 0, sizeof(a));
    R(readlink("/proc/self/cwd", a, sizeof(a)) > 0);
    printf("cwd: %d\n", !strcmp(a, getcwd(b, sizeof(b))));
    R(readlink("/proc/self/root", a, sizeof(a)));
    memset(a, 0, sizeof(a));
    R(readlink("/proc/self", a, sizeof(a)) > 0);
    printf("self: %d\n", atoi(a) == getpid());
    snprintf(b, sizeof(b), "%d/task/%d", getpid(), (int)syscall(SYS_gettid));
    memset(a, 0, sizeof(a));
    readlink("/proc/thread-self", a, sizeof(a));
    printf("thread-self: %d\n", !strcmp(a, b));
    R(access("/proc/self/cwd/.", X_OK));
    R(access("/proc/self/root/proc", X_OK));
    struct stat s, t;
    R(stat("/proc/self/exe", &s));
    R(stat(argv[0], &t));
    printf("same: %d\n", s.st_ino == t.st_ino && s.st_dev == t.st_dev);
    R(lstat("/proc/self/exe", &s));
    printf("mode: %o\n", s.st_mode);
    R(readlink("/proc/self/maps", a, sizeof(a)));
    R(readlink("/proc/self/none", a, sizeof(a)));
    R(open("/proc/none", O_RDONLY));
    R(open("/proc/99999999", O_RDONLY));
    R(open("/proc/self/maps/x", O_RDONLY));
    R(open("/proc/none", O_RDWR | O_CREAT, 0600));
    R(mkdir("/proc/x", 0700));
    R(unlink("/proc/self/exe"));
    R(rmdir("/proc/self/fd"));
    R(rename("/proc/self/maps", "/proc/self/x"));
}

static void strings(int argc, char **argv, char **envp)
{
    printf("-- arguments\n");
    long size = slurp("/proc/self/cmdline"), at = 0;
    int same = 1;
    for (int i = 0; i < argc; i++) {
        same &= at < size && !strcmp(g_text + at, argv[i]);
        at += (long)strlen(argv[i]) + 1;
    }
    printf("cmdline: %d %d\n", same, at == size);
    size = slurp("/proc/self/environ");
    at = 0;
    same = 1;
    for (; *envp; envp++) {
        same &= at < size && !strcmp(g_text + at, *envp);
        at += (long)strlen(*envp) + 1;
    }
    printf("environ: %d %d\n", same, at == size);
    size = slurp("/proc/self/auxv");
    unsigned long *auxv = (unsigned long *)g_text, entry = 0, page = 0;
    for (long i = 0; i < size / 16; i++) {
        entry = auxv[2 * i] == AT_ENTRY ? auxv[2 * i + 1] : entry;
        page = auxv[2 * i] == AT_PAGESZ ? auxv[2 * i + 1] : page;
    }
    printf("auxv: %d %lu\n", entry == getauxval(AT_ENTRY), page);
    R(slurp("/proc/self/comm") > 0);
    printf("comm: %s", g_text);
    int fd = RFD(open("/proc/self/comm", O_WRONLY));
    R(write(fd, "another name that is long", 25));
    R(close(fd));
    slurp("/proc/self/comm");
    printf("comm: %s", g_text);
    slurp("/proc/self/stat");
    printf("stat: %s\n", strchr(g_text, '(') ? strtok(strchr(g_text, '('), ")") : "?");
}

static int g_data = 1;

// The line of maps that an address is in.
static void print_mapping(const char *what, const void *address)
{
    char line[5000], access[8], name[4096];
    unsigned long start, end, offset;
    slurp("/proc/self/maps");
    for (char *at = g_text; *at; at = strchr(at, '\n') + 1) {
        int len = (int)(strchr(at, '\n') - at);
        snprintf(line, sizeof(line), "%.*s", len, at);
        name[0] = '\0';
        if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %4095s", &start, &end, access, &offset, name) < 4)
            printf("odd line: %s\n", line);
        if ((unsigned long)address >= start && (unsigned long)address < end) {
            char *base = strrchr(name, '/');
            printf("%s: %s %s\n", what, access, base ? base + 1 : name);
            return;
        }
    }
    printf("%s: not there\n", what);
}

static void maps(void)
{
    int local;
    printf("-- maps\n");
    print_mapping("stack", &local);
    print_mapping("null", NULL);
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(p + 4096, 4096, PROT_NONE);
    mprotect(p + 8192, 4096, PROT_READ | PROT_EXEC);
    print_mapping("written", p);
    print_mapping("none", p + 4096);
    print_mapping("executable", p + 8192);
    munmap(p, 3 * 4096);
    int fd = open("mapped", O_RDWR | O_CREAT, 0600);
    R(ftruncate(fd, 8192));
    p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    print_mapping("file", p);
    munmap(p, 8192);
    close(fd);
    unlink("mapped");
    g_data++;
}

static int by_name(const void *a, const void *b)
{
    return atoi(*(char *const *)a) - atoi(*(char *const *)b);
}

static void descriptors(void)
{
    char *names[64], a[4096] = {0}, b[4096];
    int count = 0;
    printf("-- fd\n");
    int fd = open("open", O_RDWR | O_CREAT, 0600), p[2];
    dup2(fd, 100);
    pipe(p);
    dup2(p[1], 102);
    fcntl(102, F_SETFD, FD_CLOEXEC);
    DIR *dir = opendir("/proc/self/fd");
    for (struct dirent *e; (e = readdir(dir)) && count < 64;)
        if (atoi(e->d_name) >= 100 && atoi(e->d_name) < 110)
            names[count++] = strdup(e->d_name);
    closedir(dir);
    qsort(names, (size_t)count, sizeof(*names), by_name);
    for (int i = 0; i < count; i++)
        printf("%s%s", names[i], i + 1 < count ? " " : "\n");
    R(readlink("/proc/self/fd/100", a, sizeof(a)) > 0);
    printf("name: %d\n", realpath("open", b) && !strcmp(a, b));
    memset(a, 0, sizeof(a));
    R(readlink("/proc/self/fd/102", a, sizeof(a)) > 0);
    printf("%.6s\n", a);
    R(readlink("/proc/self/fd/99", a, sizeof(a)));
    struct stat link;
    R(lstat("/proc/self/fd/100", &link));
    printf("%o\n", link.st_mode);
    R(lstat("/proc/self/fd/102", &link));
    printf("%o\n", link.st_mode);
    R(write(100, "abcdef", 6));
    int again = RFD(open("/proc/self/fd/100", O_RDONLY));
    R(read(again, a, 3));
    R(lseek(100, 0, SEEK_CUR));
    close(again);
    R(unlink("open"));
    R(slurp("/proc/self/fdinfo/100") > 0);
    printf("pos %ld\n", number("pos:"));
    R(slurp("/proc/self/fdinfo/99"));
    struct stat s;
    R(stat("/proc/self/fd/102", &s));
    printf("%o\n", s.st_mode & S_IFMT);
    close(100);
    close(102);
    close(fd);
    close(p[0]);
    close(p[1]);
}

static void status(void)
{
    struct rlimit limit;
    printf("-- status\n");
    R(slurp("/proc/self/status") > 0);
    printf("pid %d ppid %d threads %ld\n", number("Pid:") == getpid(), number("PPid:") == getppid(),
           number("Threads:"));
    printf("uid %d gid %d\n", number("Uid:") == (long)getuid(), number("Gid:") == (long)getgid());
    printf("memory %d %d\n", number("VmSize:") > 100, number("VmRSS:") > 100);
    umask(027);
    slurp("/proc/self/status");
    printf("umask %ld\n", number("Umask:"));
    umask(022);
    R(slurp("/proc/self/limits") > 0);
    getrlimit(RLIMIT_STACK, &limit);
    char *line = strstr(g_text, "Max stack size");
    printf("stack: %d\n", line && atol(line + 26) == (long)limit.rlim_cur);
    R(slurp("/proc/self/statm") > 0);
    int fields = 0;
    for (char *at = strtok(g_text, " \n"); at; at = strtok(NULL, " \n"))
        fields++;
    printf("statm: %d\n", fields);
    slurp("/proc/self/stat");
    fields = 0;
    for (char *at = strtok(strrchr(g_text, ')'), " \n"); at; at = strtok(NULL, " \n"))
        fields++;
    printf("stat: %d\n", fields);
    R(slurp("/proc/self/oom_score_adj") > 0);
    R(slurp("/proc/self/timerslack_ns") > 0);
    R(slurp("/proc/self/schedstat") > 0);
    int filter = open("/proc/self/coredump_filter", O_RDWR);
    R(write(filter, "0x27\n", 5));
    R(pread(filter, g_text, sizeof(g_text), 0));
    printf("filter: %.9s", g_text);
    R(pwrite(filter, "55", 2, 0));
    R(pread(filter, g_text, sizeof(g_text), 0));
    printf("filter: %.9s", g_text);
    R(pwrite(filter, "x", 1, 0));
    close(filter);
    R(chmod("/proc/self", 0555));
    R(chmod("/proc/self/stat", 0444));
    R(slurp("/proc/self/mounts") > 0);
    printf("proc mounted: %d\n", strstr(g_text, " /proc proc ") != NULL);
    R(slurp("/proc/self/mountinfo") > 0);
    printf("proc mounted: %d\n", strstr(g_text, " /proc ") != NULL && strstr(g_text, " - proc ") != NULL);
    R(slurp("/proc/mounts") > 0);
}

static pthread_barrier_t g_barrier;

static void *thread(void *arg)
{
    *(int *)arg = (int)syscall(SYS_gettid);
    pthread_barrier_wait(&g_barrier);
    pthread_barrier_wait(&g_barrier);
    return NULL;
}

static void threads(void)
{
    char name[64];
    int tid, count = 0;
    pthread_t handle;
    struct stat attr;
    printf("-- threads\n");
    pthread_barrier_init(&g_barrier, NULL, 2);
    pthread_create(&handle, NULL, thread, &tid);
    pthread_barrier_wait(&g_barrier);
    snprintf(name, sizeof(name), "/proc/self/task/%d/comm", tid);
    R(slurp(name) > 0);
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *e; (e = readdir(dir));)
        count += e->d_name[0] != '.';
    closedir(dir);
    slurp("/proc/self/status");
    stat("/proc/self/task", &attr);
    printf("threads: %d %ld, links %d\n", count, number("Threads:"), (int)attr.st_nlink);
    snprintf(name, sizeof(name), "/proc/%d/status", tid);
    slurp(name);
    printf("by its own number: %d %d\n", number("Pid:") == tid, number("Tgid:") == getpid());
    pthread_barrier_wait(&g_barrier);
    pthread_join(handle, NULL);
    R(access("/proc/self/task/99999999", F_OK));
}

/* What is told of a cache, where it is, is what the C library finds out by itself: size, line, ways. */
static bool is_true(int cache, const int asked[3])
{
    static const char *const names[] = {"size", "coherency_line_size", "ways_of_associativity"};
    for (int i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/%s", cache, names[i]);
        const long told = slurp(path) < 0 ? -1 : atol(g_text) * (i == 0 ? 1024 : 1);
        if (told >= 0 && asked[i] >= 0 && told != sysconf(asked[i]))
            return false;
    }
    return true;
}

static void caches(void)
{
#ifdef _SC_LEVEL1_DCACHE_SIZE
    static const int asked[][3] = {
        {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL1_DCACHE_LINESIZE, _SC_LEVEL1_DCACHE_ASSOC},
        {_SC_LEVEL1_ICACHE_SIZE, -1, -1},
        {_SC_LEVEL2_CACHE_SIZE, _SC_LEVEL2_CACHE_LINESIZE, _SC_LEVEL2_CACHE_ASSOC},
        {_SC_LEVEL3_CACHE_SIZE, _SC_LEVEL3_CACHE_LINESIZE, _SC_LEVEL3_CACHE_ASSOC},
    };
#else
    static const int asked[4][3] = {{-1, -1, -1}, {-1, -1, -1}, {-1, -1, -1}, {-1, -1, -1}};
#endif
    for (int i = 0; i < 4; i++)
        printf("cache %d: %d\n", i, is_true(i, asked[i]));
    R(access("/sys/devices/system/cpu/cpu0/cache/index99", F_OK));
}

/* The number behind a word, a colon and blanks. */
static long behind_colon(const char *word)
{
    const char *line = strstr(g_text, word), *colon = line ? strchr(line, ':') : NULL;
    return colon ? atol(colon + 1) : -1;
}

static void processors(void)
{
    slurp("/proc/cpuinfo");
    int count = 0;
    for (char *at = g_text; (at = strstr(at, "processor\t:")); at++)
        count++;
    printf("processors: %d\n", count >= sysconf(_SC_NPROCESSORS_ONLN));
    printf("frequency: %d %d\n", behind_colon("cpu MHz") > 100, behind_colon("bogomips") > 200);
    printf("addresses: %ld\n", behind_colon("address sizes"));
    printf("cpuid: %ld\n", behind_colon("cpuid level"));
    printf("features: %d %d\n", strstr(g_text, " sse2 ") != NULL, strstr(g_text, " lm ") != NULL);
    caches();
}

static void whole_system(void)
{
    static const char *const names[] = {"/proc/cpuinfo",
                                        "/proc/meminfo",
                                        "/proc/stat",
                                        "/proc/uptime",
                                        "/proc/loadavg",
                                        "/proc/version",
                                        "/proc/filesystems",
                                        "/proc/cmdline",
                                        "/proc/partitions",
                                        "/proc/vmstat",
                                        "/proc/sys/fs/file-nr",
                                        "/proc/sys/kernel/printk",
                                        "/proc/sys/vm/dirty_ratio",
                                        "/proc/sys/kernel/pid_max",
                                        "/proc/sys/kernel/ngroups_max",
                                        "/proc/sys/kernel/cap_last_cap",
                                        "/proc/sys/vm/overcommit_memory",
                                        "/proc/sys/vm/max_map_count",
                                        "/proc/sys/fs/file-max",
                                        "/proc/sys/fs/nr_open",
                                        "/proc/sys/fs/pipe-max-size",
                                        "/sys/devices/system/cpu/online",
                                        "/sys/devices/system/cpu/possible"};
    struct utsname u;
    printf("-- system\n");
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
        printf("%s: %d\n", names[i], slurp(names[i]) > 0);
    slurp("/proc/meminfo");
    printf("memory: %d\n", number("MemTotal:") > 1000 && number("MemTotal:") >= number("MemFree:"));
    processors();
    uname(&u);
    slurp("/proc/sys/kernel/osrelease");
    printf("release: %d\n", !strncmp(g_text, u.release, strlen(u.release)));
    slurp("/proc/sys/kernel/hostname");
    printf("host: %d\n", !strncmp(g_text, u.nodename, strlen(u.nodename)));
    R(slurp("/proc/sys/kernel/random/uuid"));
    char first[64], boot[64];
    strcpy(first, g_text);
    slurp("/proc/sys/kernel/random/uuid");
    printf("another: %d %c\n", strcmp(first, g_text) != 0, g_text[14]);
    R(slurp("/proc/sys/kernel/random/boot_id"));
    strcpy(boot, g_text);
    slurp("/proc/sys/kernel/random/boot_id");
    printf("the same: %d\n", strcmp(boot, g_text) == 0);
    struct statfs s;
    R(statfs("/proc", &s));
    printf("%lx\n", (long)s.f_type);
    // Read in pieces, and again from the start.
    char b[8], c[8];
    int fd = RFD(open("/proc/version", O_RDONLY));
    R(read(fd, b, 5));
    R(lseek(fd, 0, SEEK_SET));
    R(read(fd, c, 5));
    printf("%d\n", memcmp(b, c, 5) == 0);
    R(pread(fd, b, 5, 6));
    show("b", b, 5);
    R(read(fd, WILD, 5));
    R(pread(fd, b, 5, 100000));
    R(lseek(fd, -1, SEEK_SET));
    R(write(fd, b, 1));
    R(close(fd));
}

int main(int argc, char **argv, char **envp)
{
    links(argv);
    names_that_are_gone();
    strings(argc, argv, envp);
    maps();
    descriptors();
    status();
    threads();
    whole_system();
    return 0;
}
