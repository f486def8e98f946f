/* SPDX-License-Identifier: MIT */
/* One operation of Linux, over and over: linux_calls OPERATION prints nanoseconds for one. Run natively and on the library
 * OS, in an empty writable directory of its own or one that it may use. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "linux_operation.h"

#define BLOCK      4096
#define ENTRIES    1000
#define FILE_SIZE  (1 << 20)
#define MEASURE_NS 100000000ll /* that long, at least */

static char g_block[BLOCK];
static char g_directory[64];

/***** What operations work on *****/

static int g_fd, g_set, g_pipes[2][2];
static int g_count; /* of descriptors */
static struct pollfd *g_polls;
static pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
static uint32_t g_word;
static char *g_memory;
static bool g_stop;

static void open_file(const char *path, int flags)
{
    g_fd = (int)check(open(path, flags, 0600), path);
}

static void in_directory(void)
{
    snprintf(g_directory, sizeof(g_directory), "bench-%d", getpid());
    check(mkdir(g_directory, 0700), "mkdir");
    check(chdir(g_directory), "chdir");
}

static void set_up_file(void)
{
    in_directory();
    open_file("file", O_RDWR | O_CREAT);
    for (int i = 0; i < FILE_SIZE / BLOCK; i++)
        check(write(g_fd, g_block, BLOCK), "write");
}

static void set_up_zero(void)
{
    open_file("/dev/zero", O_RDONLY);
}

static void set_up_null(void)
{
    open_file("/dev/null", O_WRONLY);
}

static void set_up_entries(void)
{
    in_directory();
    for (int i = 0; i < ENTRIES; i++) {
        char name[32];
        snprintf(name, sizeof(name), "entry-%d", i);
        close((int)check(open(name, O_WRONLY | O_CREAT, 0600), name));
    }
}

static void set_up_event(void)
{
    g_fd = (int)check(eventfd(0, 0), "eventfd");
}

/* So many empty pipes, and one that is ready. */
static void set_up_pipes(int count)
{
    g_count = count;
    g_polls = calloc((size_t)count, sizeof(*g_polls));
    g_set = (int)check(epoll_create1(0), "epoll_create1");
    for (int i = 0; i < count; i++) {
        int fds[2];
        check(pipe(fds), "pipe");
        g_polls[i] = (struct pollfd){.fd = fds[0], .events = POLLIN};
        struct epoll_event event = {.events = EPOLLIN};
        check(epoll_ctl(g_set, EPOLL_CTL_ADD, fds[0], &event), "epoll_ctl");
        if (i == count - 1)
            check(write(fds[1], "x", 1), "write");
    }
}

static void set_up_1(void)
{
    set_up_pipes(1);
}

static void set_up_10(void)
{
    set_up_pipes(10);
}

static void set_up_100(void)
{
    set_up_pipes(100);
}

static void *echo_pipe(void *arg)
{
    char byte;
    while (read(g_pipes[0][0], &byte, 1) == 1)
        check(write(g_pipes[1][1], &byte, 1), "write");
    return arg;
}

static void start(void *(*body)(void *))
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, body, NULL);
    if (errno)
        fail("pthread_create");
}

static void set_up_pipe_pair(void)
{
    check(pipe(g_pipes[0]), "pipe");
    check(pipe(g_pipes[1]), "pipe");
    start(echo_pipe);
}

static long futex(int operation, uint32_t value)
{
    return syscall(SYS_futex, &g_word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* The word is 0 or 1: whose turn it is. */
static void pass_turn(uint32_t mine)
{
    while (__atomic_load_n(&g_word, __ATOMIC_ACQUIRE) != mine)
        futex(FUTEX_WAIT, 1 - mine);
    __atomic_store_n(&g_word, 1 - mine, __ATOMIC_RELEASE);
    futex(FUTEX_WAKE, 1);
}

static void *echo_futex(void *arg)
{
    while (!g_stop)
        pass_turn(1);
    return arg;
}

static void set_up_futex_pair(void)
{
    start(echo_futex);
}

static void on_signal(int signal)
{
    (void)signal;
}

static void set_up_signal(void)
{
    signal(SIGUSR1, on_signal);
}

static void set_up_memory(void)
{
    g_memory = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/***** Operations *****/

static void do_getppid(void)
{
    syscall(SYS_getppid);
}

static void do_read_1(void)
{
    read(g_fd, g_block, 1);
}

static void do_write_1(void)
{
    write(g_fd, g_block, 1);
}

static void do_open(void)
{
    close(open("/etc/passwd", O_RDONLY));
}

static void do_stat(void)
{
    struct stat stat_buffer;
    stat("/etc/passwd", &stat_buffer);
}

static void do_missing(void)
{
    struct stat stat_buffer;
    stat("/etc/no-such-file", &stat_buffer);
}

static void do_fstat(void)
{
    struct stat stat_buffer;
    fstat(g_fd, &stat_buffer);
}

static void do_lseek(void)
{
    lseek(g_fd, 0, SEEK_SET);
}

static void do_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
}

static void do_pread_4k(void)
{
    pread(g_fd, g_block, BLOCK, 0);
}

static void do_pwrite_4k(void)
{
    pwrite(g_fd, g_block, BLOCK, 0);
}

static void do_read_4k(void)
{
    if (read(g_fd, g_block, BLOCK) <= 0)
        lseek(g_fd, 0, SEEK_SET);
}

static void do_write_4k(void)
{
    static int count;
    if (++count % 64 == 0)
        lseek(g_fd, 0, SEEK_SET);
    write(g_fd, g_block, BLOCK);
}

static void do_mmap(void)
{
    char *memory = mmap(NULL, 16 * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile char *)memory = 1;
    munmap(memory, 16 * BLOCK);
}

static void do_map_file(void)
{
    char *memory = mmap(NULL, FILE_SIZE, PROT_READ, MAP_PRIVATE, g_fd, 0);
    for (int i = 0; i < FILE_SIZE; i += BLOCK)
        (void)*(volatile char *)(memory + i);
    munmap(memory, FILE_SIZE);
}

static void do_fault(void)
{
    static size_t at;
    if (at == 64 << 20) {
        madvise(g_memory, 64 << 20, MADV_DONTNEED);
        at = 0;
    }
    *(volatile char *)(g_memory + at) = 1;
    at += BLOCK;
}

static void do_mutex(void)
{
    pthread_mutex_lock(&g_mutex);
    pthread_mutex_unlock(&g_mutex);
}

static void do_futex_wake(void)
{
    futex(FUTEX_WAKE, 1);
}

static void do_futex_ping_pong(void)
{
    pass_turn(0);
}

static void do_pipe_ping_pong(void)
{
    char byte = 0;
    check(write(g_pipes[0][1], &byte, 1), "write");
    check(read(g_pipes[1][0], &byte, 1), "read");
}

static void *nothing(void *arg)
{
    return arg;
}

static void do_thread(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, nothing, NULL);
    if (errno)
        fail("pthread_create");
    pthread_join(thread, NULL);
}

static void do_sigaction(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR2, &action, NULL);
}

static void do_signal(void)
{
    raise(SIGUSR1);
}

static void do_poll(void)
{
    poll(g_polls, (nfds_t)g_count, 0);
}

static void do_select(void)
{
    fd_set set;
    int highest = 0;
    FD_ZERO(&set);
    for (int i = 0; i < g_count; i++) {
        FD_SET(g_polls[i].fd, &set);
        if (g_polls[i].fd > highest)
            highest = g_polls[i].fd;
    }
    struct timeval none = {0, 0};
    select(highest + 1, &set, NULL, NULL, &none);
}

static void do_epoll(void)
{
    struct epoll_event events[16];
    epoll_wait(g_set, events, 16, 0);
}

static void do_eventfd(void)
{
    uint64_t value = 1;
    write(g_fd, &value, sizeof(value));
    read(g_fd, &value, sizeof(value));
}

static void do_directory(void)
{
    DIR *directory = opendir(".");
    int count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    if (count != ENTRIES + 2)
        fail("readdir");
}

static void do_create(void)
{
    close(open("new", O_WRONLY | O_CREAT, 0600));
    unlink("new");
}

static const struct operation operations[] = {
    {"getppid", NULL, do_getppid},
    {"read-1", set_up_zero, do_read_1},
    {"write-1", set_up_null, do_write_1},
    {"open", NULL, do_open},
    {"stat", NULL, do_stat},
    {"missing", NULL, do_missing},
    {"fstat", set_up_file, do_fstat},
    {"lseek", set_up_file, do_lseek},
    {"clock", NULL, do_clock},
    {"read-4k", set_up_file, do_read_4k},
    {"write-4k", set_up_file, do_write_4k},
    {"pread-4k", set_up_file, do_pread_4k},
    {"pwrite-4k", set_up_file, do_pwrite_4k},
    {"mmap", NULL, do_mmap},
    {"map-file", set_up_file, do_map_file},
    {"fault", set_up_memory, do_fault},
    {"mutex", NULL, do_mutex},
    {"futex-wake", NULL, do_futex_wake},
    {"futex-ping-pong", set_up_futex_pair, do_futex_ping_pong},
    {"pipe-ping-pong", set_up_pipe_pair, do_pipe_ping_pong},
    {"thread", NULL, do_thread},
    {"sigaction", NULL, do_sigaction},
    {"signal", set_up_signal, do_signal},
    {"poll-1", set_up_1, do_poll},
    {"poll-10", set_up_10, do_poll},
    {"poll-100", set_up_100, do_poll},
    {"select-10", set_up_10, do_select},
    {"select-100", set_up_100, do_select},
    {"epoll-1", set_up_1, do_epoll},
    {"epoll-10", set_up_10, do_epoll},
    {"epoll-100", set_up_100, do_epoll},
    {"eventfd", set_up_event, do_eventfd},
    {"directory", set_up_entries, do_directory},
    {"create", in_directory, do_create},
};

static void clean_up(void)
{
    if (!*g_directory)
        return;
    DIR *directory = opendir(".");
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (entry->d_name[0] != '.')
            unlink(entry->d_name);
    }
    if (chdir("..") == 0)
        rmdir(g_directory);
}

/* The best of several rounds, for other programs run as well. */
static double measure(void (*body)(void))
{
    long count = 1;
    double best = 0;
    for (int64_t spent = 0; spent < MEASURE_NS;) {
        const int64_t begin = now_ns();
        for (long i = 0; i < count; i++)
            body();
        const int64_t took = now_ns() - begin;
        spent += took;
        if (took < MEASURE_NS / 20) {
            count *= 2;
            continue;
        }
        if (best == 0 || (double)took / (double)count < best)
            best = (double)took / (double)count;
    }
    return best;
}

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (size_t i = 0; i < OPERATIONS; i++)
            puts(operations[i].name);
        return 0;
    }
    const struct operation *operation = argc == 2 ? operation_begin(operations, OPERATIONS, argv[1]) : NULL;
    if (!operation) {
        fprintf(stderr, "usage: linux_calls list | OPERATION\n");
        return 2;
    }
    printf("%.1f\n", measure(operation->body));
    clean_up();
    fflush(stdout);
    _exit(0);
}
