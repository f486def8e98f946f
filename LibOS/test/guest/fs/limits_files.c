/* SPDX-License-Identifier: MIT */
/* Limits of files: descriptors, sizes, lengths of names, devices that are full, memory of a file that is no longer there. What
 * was refused leaves nothing behind, and the program goes on. */
#include "report.h"
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

static void set_limit(int resource, rlim_t soft)
{
    struct rlimit limit;
    getrlimit(resource, &limit);
    limit.rlim_cur = soft;
    R(setrlimit(resource, &limit));
}

static void descriptors(void)
{
    struct rlimit had;
    int fds[64], count = 0, pair[2] = {-7, -7};
    puts("-- descriptors");
    getrlimit(RLIMIT_NOFILE, &had);
    close(99);
    set_limit(RLIMIT_NOFILE, 20);
    while (count < 64 && (fds[count] = open("/dev/null", O_RDONLY)) >= 0)
        count++;
    printf("the last is %d: %s\n", fds[count - 1], error_name(errno));
    R(open("missing", O_RDONLY));
    R(open("made", O_CREAT | O_WRONLY, 0644));
    R(access("made", F_OK));
    R(dup(0));
    R(dup2(0, 20));
    R(dup2(0, 19));
    R(dup2(0, INT_MAX));
    R(dup3(0, 20, 0));
    R(fcntl(0, F_DUPFD, 20));
    R(fcntl(0, F_DUPFD, 19));
    R(fcntl(0, F_DUPFD, -1));
    R(fcntl(0, F_DUPFD_CLOEXEC, 1 << 30));
    R(pipe(pair));
    R(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    R(socket(AF_UNIX, SOCK_STREAM, 0));
    close(19);
    R(pipe(pair));
    R(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    printf("the pair is untouched: %d %d\n", pair[0], pair[1]);
    R(open("/dev/null", O_RDONLY));
    set_limit(RLIMIT_NOFILE, 5); /* those above stay open */
    R(write(18, "x", 1));
    R(read(18, pair, 1));
    R(dup(0));
    close(3);
    R(dup(0));
    set_limit(RLIMIT_NOFILE, 0);
    R(dup(0));
    R(open("/dev/null", O_RDONLY));
    setrlimit(RLIMIT_NOFILE, &had);
    R(dup2(0, 40));
    syscall(SYS_close_range, 3, ~0u, 0);
    R(setrlimit(RLIMIT_NOFILE, &(struct rlimit){10, 5}));
    R(syscall(SYS_setrlimit, 99, &had));
}

static volatile sig_atomic_t g_signals;

static void on_signal(int signal)
{
    (void)signal;
    g_signals++;
}

static void sizes(void)
{
    static char data[8192];
    struct rlimit had;
    puts("-- sizes of files");
    getrlimit(RLIMIT_FSIZE, &had);
    signal(SIGXFSZ, on_signal);
    const int fd = open("big", O_RDWR | O_CREAT, 0644);
    set_limit(RLIMIT_FSIZE, 10000);
    R(write(fd, data, 8192));
    R(write(fd, data, 8192)); /* as much as there is room for */
    printf("signals %d\n", g_signals);
    R(write(fd, data, 1));
    printf("signals %d\n", g_signals);
    R(write(fd, data, 0));
    R(pwrite(fd, data, 10, 9995));
    R(pwrite(fd, data, 10, 10000));
    printf("signals %d\n", g_signals);
    R(pwrite(fd, data, 10, 1l << 40));
    R(writev(fd, &(struct iovec){data, 100}, 1));
    printf("signals %d\n", g_signals);
    R(ftruncate(fd, 10000));
    R(ftruncate(fd, 10001));
    printf("signals %d\n", g_signals);
    R(truncate("big", 20000));
    printf("signals %d\n", g_signals);
    R(fallocate(fd, 0, 0, 20000));
    printf("signals %d\n", g_signals);
    R(lseek(fd, 0, SEEK_END));
    R(lseek(fd, 1l << 40, SEEK_SET));
    int pair[2];
    if (pipe(pair) == 0) { /* no file */
        R(write(pair[1], data, 4096));
        R(write(pair[1], data, 8192));
    }
    R(write(open("/dev/null", O_WRONLY), data, 8192));
    signal(SIGXFSZ, SIG_IGN);
    R(pwrite(fd, data, 10, 10000));
    setrlimit(RLIMIT_FSIZE, &had);
    R(pwrite(fd, data, 10, 10000));
    syscall(SYS_close_range, 3, ~0u, 0);
    unlink("big");
}

static void offsets(void)
{
    puts("-- offsets");
    char byte = 0;
    const int fd = open("far", O_RDWR | O_CREAT, 0644);
    R(pread(fd, &byte, 1, LONG_MAX));
    R(pwrite(fd, &byte, 1, LONG_MAX));
    R(pread(fd, &byte, 1, -1));
    R(pwrite(fd, &byte, 1, LONG_MIN));
    R(ftruncate(fd, -1));
    R(ftruncate(fd, LONG_MAX));
    R(lseek(fd, -1, SEEK_SET));
    R(lseek(fd, 0, 9));
    R(fallocate(fd, 0, 0, 0));
    R(fallocate(fd, 0, -1, 1));
    R(fallocate(fd, 0, 1, -1));
    R(fallocate(fd, 0, LONG_MAX, 1));
    close(fd);
    unlink("far");
}

static void lengths(void)
{
    static char name[400], path[5000];
    puts("-- names");
    memset(name, 'n', 255);
    R(mkdir(name, 0755));
    R(rmdir(name));
    name[255] = 'n';
    R(mkdir(name, 0755));
    R(open(name, O_RDONLY));
    R(open(name, O_RDONLY | O_CREAT, 0644));
    R(symlink(name, "link"));
    R(access("link", F_OK));
    unlink("link");
    for (int i = 0; i < 4095; i++)
        path[i] = i % 2 ? '/' : '.';
    path[4094] = '.'; /* 4095 bytes of ./. */
    R(access(path, F_OK));
    path[4095] = '/';
    R(access(path, F_OK));
    R(symlink(path, "link"));
    path[4095] = '\0';
    R(symlink(path, "link"));
    R(access("link", F_OK));
    R(readlink("link", path, sizeof(path)));
    R(unlink("link"));
    R(symlink("", "empty"));
    R(access("", F_OK));
}

static void deep(void)
{
    puts("-- deep directories");
    char name[201], back[4096];
    int depth = 0;
    memset(name, 'd', 200);
    name[200] = '\0';
    const int start = open(".", O_RDONLY | O_DIRECTORY);
    while (depth < 18 && mkdir(name, 0755) == 0 && chdir(name) == 0)
        depth++;
    printf("depth %d\n", depth);
    R(getcwd(back, sizeof(back)) == NULL);
    R(close(open("file", O_CREAT | O_WRONLY, 0644)));
    R(access("file", F_OK));
    R(unlink("file"));
    for (int i = 0; i < depth; i++)
        if (chdir("..") < 0 || rmdir(name) < 0)
            printf("up %d: %s\n", i, error_name(errno));
    struct stat here, there;
    fstat(start, &there);
    stat(".", &here);
    printf("back at the start: %d\n", here.st_ino == there.st_ino);
    close(start);
}

static void full(void)
{
    puts("-- a full device");
    const int fd = open("/dev/full", O_RDWR);
    char bytes[8] = "xxxxxxx";
    R(write(fd, bytes, 8));
    R(write(fd, bytes, 0));
    R(pwrite(fd, bytes, 1, 100));
    R(read(fd, bytes, 8));
    printf("zeros: %d\n", bytes[0] == 0 && bytes[7] == 0);
    R(lseek(fd, 1000, SEEK_SET) >= 0);
    R(fsync(fd));
    close(fd);
}

static sigjmp_buf g_out;

static void on_bus(int signal, siginfo_t *info, void *context)
{
    (void)context;
    siglongjmp(g_out, signal == SIGBUS && info->si_code == BUS_ADRERR ? 1 : 2);
}

static void vanishing(void)
{
    puts("-- memory of a file that shrinks");
    const struct sigaction action = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    const int fd = open("mapped", O_RDWR | O_CREAT, 0644);
    R(ftruncate(fd, 8192));
    for (int shared = 0; shared < 2; shared++) {
        volatile char *memory = mmap(NULL, 12288, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, fd, 0);
        memory[0] = 'a';
        for (int page = 0; page < 3; page++) {
            const int how = sigsetjmp(g_out, 1);
            if (how == 0)
                printf("page %d: %d\n", page, memory[page * 4096 + 1]);
            else
                printf("page %d: %s\n", page, how == 1 ? "SIGBUS" : "another signal");
        }
        R(ftruncate(fd, 100));
        if (sigsetjmp(g_out, 1) == 0)
            printf("behind the end, in its page: %d\n", memory[200]);
        if (sigsetjmp(g_out, 1) == 0)
            printf("cut off: %d\n", memory[5000]);
        else
            puts("cut off: SIGBUS");
        /* Calls fail where the program would fault. */
        R(write(1, (const char *)memory + 5000, 1));
        R(read(fd, (char *)memory + 5000, 1));
        R(open((const char *)memory + 5000, O_RDONLY));
        R(ftruncate(fd, 8192));
        if (sigsetjmp(g_out, 1) == 0)
            printf("there again: %d\n", memory[5000]);
        R(unlink("mapped") * 0);
        R(munmap((void *)memory, 12288));
    }
    close(fd);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    descriptors();
    sizes();
    offsets();
    lengths();
    deep();
    full();
    vanishing();
    return 0;
}
