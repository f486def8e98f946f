/* SPDX-License-Identifier: MIT */
/* A process with one of everything that a checkpoint keeps. It is written to the image that its argument names, and says there
 * that it was; going on from the image it looks at what it has and tells what is wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define BIG        (3 << 20)
#define PAGE       4096
#define STACK_SIZE 1000
#define NAMES      300

static volatile sig_atomic_t g_alarms, g_users;

static void on_signal(int signal)
{
    if (signal == SIGALRM)
        g_alarms++;
    else
        g_users++;
}

static void expect(int good, const char *what)
{
    printf("%s: %s\n", what, good ? "as it was" : "lost");
}

static void fill(char *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
}

static int is_filled(const char *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (char)((seed = seed * 1103515245 + 12345) >> 16))
            return 0;
    return 1;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int make_file(const char *name, int flags, size_t size, unsigned seed)
{
    char *bytes = malloc(size);
    const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    fill(bytes, size, seed);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        exit(3);
    close(fd);
    free(bytes);
    return open(name, flags);
}

/* Entries of a directory from where it was read to, with a buffer for few of them. */
static int count_entries(int directory, int most)
{
    char buffer[600];
    int count = 0;
    long size;
    while (count < most && (size = syscall(SYS_getdents64, directory, buffer, sizeof(buffer))) > 0)
        for (long at = 0; at < size; at += *(unsigned short *)(buffer + at + 16))
            count++;
    return count;
}

static int g_reading, g_writing, g_directory, g_entries_read, g_memory_file, g_small_file, g_on_disk, g_memfd;
static int g_pipes[2], g_pair[2], g_event, g_timer, g_set;
static int g_has_input;
static char *g_big, *g_hidden, *g_sparse, *g_shared, *g_of_file, *g_copied, *g_of_memfd, *g_of_tmpfs;
static sigset_t g_blocked;
static double g_came_back;
static int64_t g_before;
static pid_t g_pid;
static char g_text[64];

static void set_up_files(void)
{
    char name[32];
    g_reading = make_file("reading", O_RDONLY, 100, 2);
    lseek(g_reading, 50, SEEK_SET);
    g_writing = make_file("writing", O_WRONLY | O_APPEND, 10, 3);
    mkdir("names", 0755);
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "names/%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    g_directory = open("names", O_RDONLY | O_DIRECTORY);
    g_entries_read = count_entries(g_directory, 20);
    g_memory_file = open("/tmp/checkpoint", O_RDWR | O_CREAT, 0600);
    g_big = malloc(BIG);
    fill(g_big, BIG, 4);
    if (write(g_memory_file, g_big, BIG) != BIG)
        exit(3);
    g_small_file = open("/tmp/small", O_RDWR | O_CREAT, 0600);
    if (write(g_small_file, "small", 5) != 5)
        exit(3);
}

static void set_up_memory(void)
{
    g_hidden = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fill(g_hidden, 4 * PAGE, 5);
    mprotect(g_hidden, 4 * PAGE, PROT_NONE);
    g_sparse = mmap(NULL, 1ul << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_sparse[12345678] = g_sparse[(1 << 30) - 1] = 7;
    g_shared = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fill(g_shared, BIG, 6);
    g_on_disk = make_file("mapped", O_RDWR, BIG, 7);
    g_of_file = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_SHARED, g_on_disk, 0);
    g_copied = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE, g_on_disk, 0);
    fill(g_copied + BIG / 2, PAGE, 8);
    g_memfd = memfd_create("memory", 0);
    if (ftruncate(g_memfd, 12345) != 0)
        exit(3);
    g_of_memfd = mmap(NULL, 12345, PROT_READ | PROT_WRITE, MAP_SHARED, g_memfd, 0);
    fill(g_of_memfd, 12345, 9);
    g_of_tmpfs = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_SHARED, g_memory_file, 0);
}

/* What is in memory of the library OS. */
static void set_up_objects(void)
{
    if (pipe(g_pipes) != 0 || write(g_pipes[1], "in the pipe", 11) != 11)
        exit(3);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair) != 0 || write(g_pair[0], "in the socket", 13) != 13)
        exit(3);
    g_event = eventfd(7, 0);
    g_timer = timerfd_create(CLOCK_MONOTONIC, 0);
    const struct itimerspec later = {.it_value.tv_nsec = 200000000};
    timerfd_settime(g_timer, 0, &later, NULL);
    g_set = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = 0};
    epoll_ctl(g_set, EPOLL_CTL_ADD, g_pipes[0], &wanted);
    g_has_input = epoll_ctl(g_set, EPOLL_CTL_ADD, 0, &wanted) == 0;
}

static void set_up_process(void)
{
    signal(SIGALRM, on_signal);
    signal(SIGUSR1, on_signal);
    sigemptyset(&g_blocked);
    sigaddset(&g_blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &g_blocked, NULL);
    raise(SIGUSR1);
    alarm(1);
    umask(027);
    if (chdir("names") != 0)
        exit(3);
    fesetround(FE_UPWARD);
    g_before = now_ms();
    g_pid = getpid();
}

static void check_memory(const char *on_stack)
{
    const int64_t after = now_ms();
    expect(after >= g_before && after < g_before + 5000, "monotonic time");
    expect(g_came_back == 1.5, "a vector register");
    expect(fegetround() == FE_UPWARD, "rounding");
    expect(getpid() == g_pid, "the process id");
    expect(is_filled(on_stack, STACK_SIZE, 1), "the stack");
    expect(is_filled(g_big, BIG, 4), "the heap");
    expect(g_sparse[12345678] == 7 && g_sparse[(1 << 30) - 1] == 7 && !g_sparse[1 << 29], "sparse memory");
    expect(mprotect(g_hidden, 4 * PAGE, PROT_READ) == 0 && is_filled(g_hidden, 4 * PAGE, 5), "memory without access");
    expect(madvise(g_hidden, PAGE, MADV_DONTNEED) == 0 && g_hidden[0] == 0 && g_hidden[1] == 0,
           "memory that is emptied");
    expect(is_filled(g_shared, BIG, 6), "shared memory");
    g_of_file[0] ^= 1;
    expect(pread(g_on_disk, g_text, 1, 0) == 1 && g_text[0] == g_of_file[0], "a shared mapping of a file");
    g_of_file[0] ^= 1;
    expect(is_filled(g_of_file, BIG, 7), "its contents");
    expect(is_filled(g_copied + BIG / 2, PAGE, 8) && memcmp(g_copied, g_of_file, BIG / 2) == 0 &&
               memcmp(g_copied + BIG / 2 + PAGE, g_of_file + BIG / 2 + PAGE, BIG / 2 - PAGE) == 0,
           "a private mapping of a file");
    struct stat stat_of;
    expect(fstat(g_memfd, &stat_of) == 0 && stat_of.st_size == 12345 && is_filled(g_of_memfd, 12345, 9), "a memfd");
    g_of_memfd[5] = 'x';
    expect(pread(g_memfd, g_text, 1, 5) == 1 && g_text[0] == 'x', "its mapping");
    expect(memcmp(g_of_tmpfs, g_big, BIG) == 0 && pwrite(g_memory_file, "tmpfs", 5, 77) == 5 &&
               memcmp(g_of_tmpfs + 77, "tmpfs", 5) == 0,
           "a mapping of a tmpfs file");
    expect(lseek(g_reading, 0, SEEK_CUR) == 50 && read(g_reading, g_text, 60) == 50, "the position of a file");
    expect(write(g_writing, "more", 4) == 4 && lseek(g_writing, 0, SEEK_CUR) == 14, "a file that grows");
    expect(g_entries_read >= 20 && g_entries_read + count_entries(g_directory, 1 << 30) == NAMES + 2,
           "the position in a directory");
    expect(pread(g_small_file, g_text, 60, 0) == 5 && memcmp(g_text, "small", 5) == 0, "a small tmpfs file");
}

static void check_objects(void)
{
    char cwd[4096];
    sigset_t pending;
    struct epoll_event ready[4];
    const int count = epoll_wait(g_set, ready, 4, 0);
    expect(count == 1 + (g_has_input > 0) || count == 1, "an epoll set");
    expect(read(g_pipes[0], g_text, 60) == 11 && memcmp(g_text, "in the pipe", 11) == 0, "a pipe");
    expect(read(g_pair[1], g_text, 60) == 13 && memcmp(g_text, "in the socket", 13) == 0, "a socket pair");
    uint64_t number = 0;
    expect(read(g_event, &number, 8) == 8 && number == 7, "an eventfd");
    expect(read(g_timer, &number, 8) == 8 && number == 1, "a timerfd");
    sigpending(&pending);
    expect(sigismember(&pending, SIGUSR1) == 1 && g_users == 0, "a pending signal");
    sigprocmask(SIG_UNBLOCK, &g_blocked, NULL);
    expect(g_users == 1, "its handler");
    while (g_alarms == 0)
        pause();
    expect(g_alarms == 1, "the alarm");
    expect(umask(0) == 027, "the umask");
    expect(getcwd(cwd, sizeof(cwd)) && strcmp(cwd + strlen(cwd) - 5, "names") == 0 && access("17", F_OK) == 0,
           "the working directory");
    free(g_big);
}

int main(int argc, char **argv)
{
    char on_stack[STACK_SIZE];
    fill(on_stack, sizeof(on_stack), 1);
    set_up_files();
    set_up_memory();
    set_up_objects();
    set_up_process();

    const int device = open("/dev/checkpoint", O_RDWR | O_CLOEXEC);
    const ssize_t len = (ssize_t)strlen(argv[argc - 1]);
    ssize_t written;
    const double in_register = 1.5;
    __asm__ volatile("movsd %2, %%xmm15\n\tsyscall\n\tmovsd %%xmm15, %1"
                     : "=a"(written), "=m"(g_came_back)
                     : "m"(in_register), "a"(1), "D"(device), "S"(argv[1]), "d"(len)
                     : "rcx", "r11", "xmm15", "memory");
    if (written != len) {
        printf("not written: %s\n", strerror((int)-written));
        return 1;
    }
    g_text[read(device, g_text, sizeof(g_text))] = '\0';
    printf("%s", g_text);
    if (strcmp(g_text, "saved\n") == 0)
        return 0;

    check_memory(on_stack);
    check_objects();
    return 7;
}
