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

#define BIG   (3 << 20)
#define PAGE  4096
#define NAMES 300

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

int main(int argc, char **argv)
{
    char text[64], name[32], cwd[4096], on_stack[1000];
    int pipes[2], pair[2];
    fill(on_stack, sizeof(on_stack), 1);

    /* files */
    const int reading = make_file("reading", O_RDONLY, 100, 2);
    lseek(reading, 50, SEEK_SET);
    const int writing = make_file("writing", O_WRONLY | O_APPEND, 10, 3);
    mkdir("names", 0755);
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "names/%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    const int directory = open("names", O_RDONLY | O_DIRECTORY);
    const int entries_read = count_entries(directory, 20);
    const int memory_file = open("/tmp/checkpoint", O_RDWR | O_CREAT, 0600);
    char *big = malloc(BIG);
    fill(big, BIG, 4);
    if (write(memory_file, big, BIG) != BIG)
        return 3;
    const int small_file = open("/tmp/small", O_RDWR | O_CREAT, 0600);
    if (write(small_file, "small", 5) != 5)
        return 3;

    /* memory */
    char *hidden = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fill(hidden, 4 * PAGE, 5);
    mprotect(hidden, 4 * PAGE, PROT_NONE);
    char *sparse = mmap(NULL, 1ul << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    sparse[12345678] = sparse[(1 << 30) - 1] = 7;
    char *shared = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fill(shared, BIG, 6);
    const int on_disk = make_file("mapped", O_RDWR, BIG, 7);
    char *of_file = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_SHARED, on_disk, 0);
    char *copied = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE, on_disk, 0);
    fill(copied + BIG / 2, PAGE, 8);
    const int memfd = memfd_create("memory", 0);
    if (ftruncate(memfd, 12345) != 0)
        return 3;
    char *of_memfd = mmap(NULL, 12345, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
    fill(of_memfd, 12345, 9);
    char *of_tmpfs = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_SHARED, memory_file, 0);

    /* what is in memory of the library OS */
    if (pipe(pipes) != 0 || write(pipes[1], "in the pipe", 11) != 11)
        return 3;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || write(pair[0], "in the socket", 13) != 13)
        return 3;
    const int event = eventfd(7, 0);
    const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    const struct itimerspec later = {.it_value.tv_nsec = 200000000};
    timerfd_settime(timer, 0, &later, NULL);
    const int set = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = 0};
    epoll_ctl(set, EPOLL_CTL_ADD, pipes[0], &wanted);
    const int has_input = epoll_ctl(set, EPOLL_CTL_ADD, 0, &wanted) == 0;

    /* of the process */
    sigset_t blocked, pending;
    signal(SIGALRM, on_signal);
    signal(SIGUSR1, on_signal);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR1);
    alarm(1);
    umask(027);
    if (chdir("names") != 0)
        return 3;
    fesetround(FE_UPWARD);
    const double in_register = 1.5;
    double came_back = 0;
    const int64_t before = now_ms();
    const pid_t pid = getpid();

    const int device = open("/dev/checkpoint", O_RDWR | O_CLOEXEC);
    const ssize_t len = (ssize_t)strlen(argv[argc - 1]);
    ssize_t written;
    __asm__ volatile("movsd %2, %%xmm15\n\tsyscall\n\tmovsd %%xmm15, %1"
                     : "=a"(written), "=m"(came_back)
                     : "m"(in_register), "a"(1), "D"(device), "S"(argv[1]), "d"(len)
                     : "rcx", "r11", "xmm15", "memory");
    if (written != len) {
        printf("not written: %s\n", strerror((int)-written));
        return 1;
    }
    text[read(device, text, sizeof(text))] = '\0';
    printf("%s", text);
    if (strcmp(text, "saved\n") == 0)
        return 0;

    const int64_t after = now_ms();
    expect(after >= before && after < before + 5000, "monotonic time");
    expect(came_back == 1.5, "a vector register");
    expect(fegetround() == FE_UPWARD, "rounding");
    expect(getpid() == pid, "the process id");
    expect(is_filled(on_stack, sizeof(on_stack), 1), "the stack");
    expect(is_filled(big, BIG, 4), "the heap");
    expect(sparse[12345678] == 7 && sparse[(1 << 30) - 1] == 7 && !sparse[1 << 29], "sparse memory");
    expect(mprotect(hidden, 4 * PAGE, PROT_READ) == 0 && is_filled(hidden, 4 * PAGE, 5), "memory without access");
    expect(is_filled(shared, BIG, 6), "shared memory");
    of_file[0] ^= 1;
    expect(pread(on_disk, text, 1, 0) == 1 && text[0] == of_file[0], "a shared mapping of a file");
    of_file[0] ^= 1;
    expect(is_filled(of_file, BIG, 7), "its contents");
    expect(is_filled(copied + BIG / 2, PAGE, 8) && memcmp(copied, of_file, BIG / 2) == 0 &&
               memcmp(copied + BIG / 2 + PAGE, of_file + BIG / 2 + PAGE, BIG / 2 - PAGE) == 0,
           "a private mapping of a file");
    struct stat stat_of;
    expect(fstat(memfd, &stat_of) == 0 && stat_of.st_size == 12345 && is_filled(of_memfd, 12345, 9), "a memfd");
    of_memfd[5] = 'x';
    expect(pread(memfd, text, 1, 5) == 1 && text[0] == 'x', "its mapping");
    expect(memcmp(of_tmpfs, big, BIG) == 0 && pwrite(memory_file, "tmpfs", 5, 77) == 5 &&
               memcmp(of_tmpfs + 77, "tmpfs", 5) == 0,
           "a mapping of a tmpfs file");
    expect(lseek(reading, 0, SEEK_CUR) == 50 && read(reading, text, 60) == 50, "the position of a file");
    expect(write(writing, "more", 4) == 4 && lseek(writing, 0, SEEK_CUR) == 14, "a file that grows");
    expect(entries_read >= 20 && entries_read + count_entries(directory, 1 << 30) == NAMES + 2,
           "the position in a directory");
    expect(pread(small_file, text, 60, 0) == 5 && memcmp(text, "small", 5) == 0, "a small tmpfs file");
    struct epoll_event ready[4];
    const int count = epoll_wait(set, ready, 4, 0);
    expect(count == 1 + (has_input > 0) || count == 1, "an epoll set");
    expect(read(pipes[0], text, 60) == 11 && memcmp(text, "in the pipe", 11) == 0, "a pipe");
    expect(read(pair[1], text, 60) == 13 && memcmp(text, "in the socket", 13) == 0, "a socket pair");
    uint64_t number = 0;
    expect(read(event, &number, 8) == 8 && number == 7, "an eventfd");
    expect(read(timer, &number, 8) == 8 && number == 1, "a timerfd");
    sigpending(&pending);
    expect(sigismember(&pending, SIGUSR1) == 1 && g_users == 0, "a pending signal");
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    expect(g_users == 1, "its handler");
    while (g_alarms == 0)
        pause();
    expect(g_alarms == 1, "the alarm");
    expect(umask(0) == 027, "the umask");
    expect(getcwd(cwd, sizeof(cwd)) && strcmp(cwd + strlen(cwd) - 5, "names") == 0 && access("17", F_OK) == 0,
           "the working directory");
    free(big);
    return 7;
}
