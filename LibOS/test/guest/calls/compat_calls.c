/* SPDX-License-Identifier: MIT */
/* Corner cases of calls of all rooms, as they are on Linux: odd flags, sizes, times and orders of checks. */
#include "report.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>

static void opening(void)
{
    puts("-- open");
    mkdir("d", 0755);
    close(open("f", O_CREAT | O_RDWR, 0644));
    R(symlink("f", "l") + symlink("nowhere", "dangling") + symlink("loop", "loop") + symlink("d", "ld"));
    OK(open("f", O_RDWR | O_WRONLY));
    OK(open("f", O_CREAT | O_EXCL, 0644));
    OK(open("l", O_NOFOLLOW));
    OK(open("l", O_NOFOLLOW | O_PATH));
    OK(open("l", O_CREAT | O_EXCL, 0644));
    OK(open("dangling", O_CREAT | O_EXCL, 0644));
    OK(open("dangling", O_RDONLY));
    OK(open("dangling", O_CREAT | O_WRONLY, 0644));
    R(unlink("nowhere"));
    OK(open("loop", O_RDONLY));
    OK(open("loop", O_PATH | O_NOFOLLOW));
    OK(open("d", O_RDWR));
    OK(open("d", O_CREAT, 0644));
    OK(open("d/", O_CREAT, 0644));
    OK(open("d", O_TRUNC));
    OK(open("f", O_DIRECTORY));
    OK(open("f/", O_RDONLY));
    OK(open("f/.", O_RDONLY));
    OK(open("new/", O_CREAT | O_RDWR, 0644));
    OK(open("ld", O_DIRECTORY | O_NOFOLLOW));
    OK(open("ld/", O_DIRECTORY | O_NOFOLLOW));
    OK(open("f", O_RDONLY | O_DIRECT | 0x40000000));
    OK(open(".", O_TMPFILE, 0600));
    OK(open(".", O_TMPFILE | O_RDWR, 0600));
    OK(open("f", O_TMPFILE | O_RDWR, 0600));
    OK(open("missing", O_PATH));
    const int path = open("f", O_PATH | O_RDWR | O_TRUNC | O_APPEND);
    R(fcntl(path, F_GETFL) & ~O_LARGEFILE);
    char byte;
    R(read(path, &byte, 1));
    R(fchmod(path, 0600));
    R(fsync(path));
    R(ioctl(path, 0x541b, &byte));
    R(lseek(path, 0, SEEK_SET));
    R(ftruncate(path, 0));
    R(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, path, 0) == MAP_FAILED);
    struct stat s;
    R(fstat(path, &s));
    R(flock(path, 1));
    syscall(SYS_close_range, 3, ~0u, 0);
}

static long openat2_how(const char *name, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct open_how how = {flags, mode, resolve};
    const long fd = syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));
    if (fd >= 0)
        close((int)fd);
    return fd;
}

static void resolving(void)
{
    puts("-- openat2");
    OK(openat2_how("f", 0, 0, 0));
    OK(openat2_how("f", 0, 0644, 0));
    OK(openat2_how("f", O_CREAT, 010644, 0));
    OK(openat2_how("f", 1ul << 40, 0, 0));
    OK(openat2_how("f", 0, 0, 1ul << 40));
    OK(openat2_how("f", O_PATH | O_RDWR, 0, 0));
    OK(openat2_how("l", 0, 0, RESOLVE_NO_SYMLINKS));
    OK(openat2_how("ld/..", 0, 0, RESOLVE_NO_SYMLINKS));
    OK(openat2_how("d/../f", 0, 0, RESOLVE_BENEATH));
    OK(openat2_how("../x", 0, 0, RESOLVE_BENEATH));
    OK(openat2_how("/etc/passwd", 0, 0, RESOLVE_BENEATH));
    OK(openat2_how("/f", 0, 0, RESOLVE_IN_ROOT));
    OK(openat2_how("../../../f", 0, 0, RESOLVE_IN_ROOT));
    OK(openat2_how("/", 0, 0, RESOLVE_IN_ROOT | RESOLVE_BENEATH));
    OK(openat2_how("/proc/self/fd/0", O_PATH, 0, RESOLVE_NO_MAGICLINKS));
    OK(openat2_how("/proc/version", 0, 0, RESOLVE_NO_XDEV));
    struct {
        struct open_how how;
        uint64_t more;
    } longer = {{0, 0, 0}, 1};
    OK(syscall(SYS_openat2, AT_FDCWD, "f", &longer, sizeof(longer)));
    OK(syscall(SYS_openat2, AT_FDCWD, "f", &longer, 5000ul));
    syscall(SYS_close_range, 3, ~0u, 0);
}

static void moving_bytes(void)
{
    puts("-- reading and writing");
    char a[8] = "abcdefg", b[8];
    const int fd = open("data", O_RDWR | O_CREAT | O_APPEND, 0644);
    R(write(fd, "0123456789", 10));
    R(lseek(fd, 0, SEEK_CUR));
    R(lseek(fd, 0, SEEK_END));
    R(fcntl(fd, F_SETFL, 0));
    R(pwrite(fd, "y", 1, 0));
    R(lseek(fd, 3, SEEK_DATA));
    R(lseek(fd, 3, SEEK_HOLE));
    R(lseek(fd, 11, SEEK_DATA));
    R(lseek(fd, -1, SEEK_HOLE));
    R(lseek(fd, LONG_MIN, SEEK_CUR));
    const struct iovec none[] = {{NULL, 0}, {a, 0}, {b, 0}}, some[] = {{a, 3}, {NULL, 0}, {b, 3}};
    R(readv(fd, none, 3));
    R(readv(fd, some, -1));
    R(readv(fd, some, 1025));
    R(preadv(fd, some, 3, 0));
    R(writev(fd, (struct iovec[]){{a, SSIZE_MAX}, {a, 1}}, 2));
    R(writev(fd, (struct iovec[]){{a, (size_t)-1}}, 1));
    R(preadv(fd, some, 1, -1));
    R(syscall(SYS_preadv2, fd, some, 1, -1l, -1l, 0) >= 0);
    R(syscall(SYS_preadv2, fd, some, 1, 0l, 0l, 0x40000000));
    struct stat s;
    fstat(fd, &s);
    printf("size %ld\n", (long)s.st_size);
    R(dup3(fd, fd, 0));
    R(dup2(fd, fd) == fd);
    R(dup2(77, 77));
    R(dup3(fd, 30, 1));
    R(dup3(fd, -1, O_CLOEXEC));
    R(fcntl(dup3(fd, 30, O_CLOEXEC), F_GETFD));
    R(fcntl(fd, F_SETFD, 0x7fffffff));
    R(fcntl(fd, F_GETFD));
    R(fcntl(fd, 9999, 0));
    R(fcntl(fd, F_SETFL, 0xffffffff & ~O_DIRECT & ~O_ASYNC));
    R((fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK | O_RDWR | O_CREAT)) == (O_APPEND | O_NONBLOCK | O_RDWR));
    R(fcntl(fd, F_GETPIPE_SZ));
    R(fcntl(fd, F_GETLEASE) >= 0);
    R(posix_fadvise(fd, 0, 0, 99));
    R(readahead(fd, 0, 100));
    R(syscall(SYS_sync_file_range, fd, -1l, 0l, 0));
    syscall(SYS_close_range, 3, ~0u, 0);
    unlink("data");
}

static void naming(void)
{
    puts("-- names");
    struct stat s;
    R(rename("f", "f"));
    R(rename("f", "d"));
    R(rename("d", "f"));
    R(rename("d", "d/x"));
    R(rename(".", "x"));
    R(rename("d/.", "x"));
    R(rename("d/..", "x"));
    R(rename("missing", "f"));
    R(rename("f/", "g"));
    R(rename("d/", "e/"));
    R(rename("e", "d"));
    R(rename("loop", "loop2") + rename("loop2", "loop"));
    R(syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "l", 1)); /* NOREPLACE */
    R(syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "d", 3));
    R(link("f", "l"));
    R(linkat(AT_FDCWD, "l", AT_FDCWD, "hard2", AT_SYMLINK_FOLLOW));
    R(lstat("hard2", &s) == 0 && S_ISREG(s.st_mode));
    R(linkat(AT_FDCWD, "f", AT_FDCWD, "x", 0x10));
    if (geteuid() == 0) /* for others kernels have different answers */
        R(linkat(AT_FDCWD, "", AT_FDCWD, "x", AT_EMPTY_PATH));
    R(unlink("d"));
    R(unlink("f/"));
    R(rmdir("f"));
    R(rmdir("d/."));
    R(rmdir("d/.."));
    R(rmdir("ld"));
    R(unlinkat(AT_FDCWD, "d", 99));
    R(mkdir("f", 0755));
    R(mkdir("dangling", 0755));
    R(mkdir("loop/x", 0755));
    R(mkdirat(99, "x", 0755));
    R(mkdirat(99, "/", 0755));
    R(symlink("x", "f"));
    R(symlink("x", "none/y"));
    R(symlink("", "y"));
    char text[8];
    R(readlink("l", text, 0));
    R(readlink("l", text, 1));
    R(readlink("f", text, 8));
    R(readlinkat(AT_FDCWD, "", text, 8));
    R(truncate("d", 0));
    R(truncate("f", -1));
    R(chdir("f"));
    R(chroot("f"));
    R(access("f", 8));
    R(faccessat(AT_FDCWD, "f", R_OK, 1 << 20));
    R(unlink("hard2"));
    mode_t was = umask(0777);
    R(mkdir("masked", 0777));
    close(open("masked_file", O_CREAT | O_WRONLY, 01777));
    stat("masked", &s);
    printf("%o\n", s.st_mode);
    stat("masked_file", &s);
    printf("%o\n", s.st_mode);
    umask(0);
    R(mkdir("sticky", 01777));
    stat("sticky", &s);
    printf("%o\n", s.st_mode);
    printf("%o\n", umask(077777));
    printf("%o\n", umask(was));
    R(rmdir("masked") + rmdir("sticky") + unlink("masked_file"));
}

static void stamping(void)
{
    puts("-- times of files");
    struct stat s;
    const struct timespec set[2] = {{1000, 123456789}, {-5, 999999999}};
    R(utimensat(AT_FDCWD, "f", set, 0));
    stat("f", &s);
    printf("%ld.%ld %ld.%ld\n", (long)s.st_atim.tv_sec, s.st_atim.tv_nsec, (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    R(utimensat(AT_FDCWD, "f", (struct timespec[2]){{9, UTIME_OMIT}, {2000, 0}}, 0));
    stat("f", &s);
    printf("%ld %ld\n", (long)s.st_atim.tv_sec, (long)s.st_mtim.tv_sec);
    R(utimensat(AT_FDCWD, "missing", (struct timespec[2]){{0, UTIME_OMIT}, {0, UTIME_OMIT}}, 0));
    R(utimensat(AT_FDCWD, "f", (struct timespec[2]){{0, UTIME_NOW}, {3000, 0}}, 0));
    stat("f", &s);
    printf("%d %ld\n", s.st_atim.tv_sec > 1000000, (long)s.st_mtim.tv_sec);
    R(utimensat(AT_FDCWD, "f", (struct timespec[2]){{0, -1}, {0, 0}}, 0));
    R(utimensat(AT_FDCWD, "f", (struct timespec[2]){{0, 1000000000}, {0, 0}}, 0));
    R(utimensat(AT_FDCWD, "f", NULL, 99));
    R(syscall(SYS_utimensat, AT_FDCWD, NULL, set, 0));
    R(utimes("f", (struct timeval[2]){{0, 1000000}, {0, 0}}));
    char x[256];
    R(syscall(SYS_statx, AT_FDCWD, "f", 0, 0u, x));
    R(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000u, x));
    R(syscall(SYS_statx, AT_FDCWD, "f", 0x6000, 0x7ffu, x));
    R(syscall(SYS_statx, AT_FDCWD, "f", 0x100000, 0x7ffu, x));
    R(syscall(SYS_statx, AT_FDCWD, "", 0, 0x7ffu, x));
}

static void listing(void)
{
    puts("-- directories");
    char buffer[4096];
    const int fd = open("d", O_RDONLY);
    R(syscall(SYS_getdents64, fd, buffer, 0));
    R(syscall(SYS_getdents64, fd, buffer, 23));
    R(syscall(SYS_getdents64, fd, buffer, 24));
    R(syscall(SYS_getdents64, fd, buffer, 4096));
    R(syscall(SYS_getdents64, fd, buffer, 4096));
    R(syscall(SYS_getdents64, fd, buffer, 0));
    R(lseek(fd, 0, SEEK_SET));
    R(syscall(SYS_getdents64, fd, buffer, 4096));
    R(syscall(SYS_getdents64, 1, buffer, 4096));
    R(rmdir("d"));
    R(lseek(fd, 0, SEEK_SET));
    R(syscall(SYS_getdents64, fd, buffer, 4096));
    OK(openat(fd, "x", O_CREAT | O_RDWR, 0644));
    R(fchdir(fd));
    R(chdir(".."));
    R(mkdir("d", 0755));
    R(syscall(SYS_getcwd, buffer, 1));
    R(syscall(SYS_getcwd, buffer, 0));
    syscall(SYS_close_range, 3, ~0u, 0);
}

static void mapping(void)
{
    puts("-- memory");
    const int fd = open("f", O_RDWR), in = open("f", O_RDONLY), out = open("f", O_WRONLY);
    char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    R(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    R(mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    R(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED);
    R(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 1) == MAP_FAILED);
    R(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, in, 0) == MAP_FAILED);
    R(mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE, in, 0) != MAP_FAILED);
    R(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, out, 0) == MAP_FAILED);
    R(mmap((void *)1, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED);
    R(mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
    R(mmap(NULL, SIZE_MAX, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    R(mmap(NULL, SIZE_MAX - 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
    R(mmap(NULL, 4096, PROT_READ, MAP_SHARED_VALIDATE | 1 << 30, fd, 0) == MAP_FAILED);
    R(munmap(page, 0));
    R(munmap(page + 1, 4096));
    R(munmap((void *)-4096, 4096));
    R(munmap(page, SIZE_MAX));
    R(mprotect(page, 4096, 0x10000000));
    R(mprotect(page + 1, 4096, PROT_READ));
    R(mprotect(page, 0, PROT_READ));
    R(munmap(page + 4096, 4096));
    R(mprotect(page, 3 * 4096, PROT_READ)); /* the first part changes */
    R(mprotect(page, 4096, PROT_READ | PROT_GROWSDOWN));
    R(msync(page, 3 * 4096, MS_SYNC));
    R(msync(page, 4096, MS_SYNC | MS_ASYNC));
    R(msync(page + 1, 4096, MS_SYNC));
    R(madvise(page, 4096, 999));
    R(madvise(page + 1, 4096, MADV_DONTNEED));
    R(madvise(page, 3 * 4096, MADV_DONTNEED));
    R(mremap(page, 0, 4096, 0) == MAP_FAILED);
    R(mremap(page, 4096, 0, 0) == MAP_FAILED);
    R(mremap(page, 4096, 4096, 8) == MAP_FAILED);
    R(mremap(page, 4096, 4096, MREMAP_FIXED, page) == MAP_FAILED);
    R(mremap(page, 4096, 4096, MREMAP_FIXED | MREMAP_MAYMOVE, page) == MAP_FAILED);
    R(mremap(page + 4096, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED);
    R(mremap(page, 3 * 4096, 4 * 4096, MREMAP_MAYMOVE) == MAP_FAILED);
    R(mlock(page, 3 * 4096));
    R(munlock(page, SIZE_MAX));
    unsigned char there[4];
    R(mincore(page, 3 * 4096, there));
    R(mincore(page + 1, 1, there));
    R(mincore(page, 0, there));
    syscall(SYS_close_range, 3, ~0u, 0);
}

static void handler(int signal)
{
    (void)signal;
}

static void waiting(void)
{
    puts("-- signals, waiting and time");
    struct sigaction action = {.sa_handler = handler};
    R(sigaction(SIGKILL, &action, NULL));
    R(sigaction(SIGSTOP, NULL, &action));
    R(sigaction(0, NULL, NULL));
    R(sigaction(65, NULL, NULL));
    R(kill(0, 65));
    R(kill(getpid(), -1));
    R(kill(4000000, 0));
    R(syscall(SYS_tgkill, getpid(), 4000000, 0));
    R(syscall(SYS_tgkill, 0, getpid(), 0));
    R(syscall(SYS_tkill, 0, 0));
    R(syscall(SYS_tkill, -1, 0));
    R(select(0, NULL, NULL, NULL, &(struct timeval){0, 0}));
    R(select(-1, NULL, NULL, NULL, &(struct timeval){0, 0}));
    R(select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}));
    R(select(0, NULL, NULL, NULL, &(struct timeval){0, 1000001}));
    fd_set set;
    FD_ZERO(&set);
    FD_SET(
        50,
        &set); /* below 64, for which every table of descriptors has room: Linux overlooks those that it has none for */
    R(select(51, &set, NULL, NULL, &(struct timeval){0, 0}));
    R(poll(NULL, 0, 0));
    R(poll((struct pollfd[]){{-1, POLLIN, 77}, {-100, POLLIN, 0}}, 2, 0));
    struct pollfd fds[] = {{77, POLLIN, 0}, {-5, POLLIN, 5}, {1, 0, 0}};
    R(poll(fds, 3, 0));
    printf("%#x %#x %#x\n", fds[0].revents, fds[1].revents, fds[2].revents);
    R(poll(fds, 2, INT_MIN));
    R(ppoll(fds, 1, &(struct timespec){0, -1}, NULL));
    R(ppoll(fds, 1, &(struct timespec){LONG_MAX, 999999999}, NULL));
    const int epoll = epoll_create1(0);
    struct epoll_event event = {0};
    R(epoll_create(0));
    R(epoll_create1(1));
    R(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event));
    R(epoll_wait(epoll, &event, 0, 0));
    R(epoll_wait(epoll, &event, INT_MAX, 0));
    R(nanosleep(&(struct timespec){0, 1000000000}, NULL));
    R(nanosleep(&(struct timespec){-1, 0}, NULL));
    R(nanosleep(&(struct timespec){0, 0}, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &(struct timespec){0, 0}, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &(struct timespec){0, 0}, NULL));
    R(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &(struct timespec){0, 0}, NULL));
    struct timespec time;
    for (int clock = -3; clock < 14; clock++) {
        if (clock == 8 || clock == 9) /* there may be no hardware for alarms */
            continue;
        errno = 0;
        printf("clock %d: %ld %s\n", clock, syscall(SYS_clock_gettime, clock, &time), error_name(errno));
    }
    R(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NULL));
    struct itimerval timer;
    R(getitimer(ITIMER_REAL, &timer));
    R(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 1000000}}, NULL));
    R(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {-1, 0}}, NULL));
    R(alarm(100));
    R(alarm(0));
    R(getpriority(99, 0));
    R(getrusage(99, NULL));
    R(sched_yield());
    R(syscall(SYS_times, NULL) != -1);
    R(syscall(SYS_personality, 0xffffffff));
    close(epoll);
}

static void sockets(void)
{
    puts("-- sockets");
    int pair[2];
    R(socket(99, SOCK_STREAM, 0));
    R(socket(AF_UNIX, 99, 0));
    R(socket(AF_UNIX, SOCK_STREAM, 99));
    R(socket(AF_UNIX, SOCK_STREAM | 0x10000, 0));
    R(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    R(listen(pair[0], 1));
    R(accept(pair[0], NULL, NULL));
    R(shutdown(pair[0], 9));
    R(shutdown(1, SHUT_RD));
    R(send(pair[0], "x", 1, 0));
    R(recv(pair[1], pair + 1, 0, MSG_DONTWAIT));
    R(lseek(pair[0], 0, SEEK_SET));
    R(pread(pair[0], pair, 1, 0));
    R(ftruncate(pair[0], 0));
    R(fsync(pair[0]));
    R(shutdown(pair[0], SHUT_WR));
    signal(SIGPIPE, SIG_IGN);
    R(send(pair[0], "x", 1, 0));
    R(send(pair[0], "x", 1, MSG_NOSIGNAL));
    syscall(SYS_close_range, 3, ~0u, 0);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    opening();
    resolving();
    moving_bytes();
    naming();
    stamping();
    listing();
    mapping();
    waiting();
    sockets();
    R(unlink("f") + unlink("l") + unlink("dangling") + unlink("loop") + unlink("ld") + rmdir("d"));
    return 0;
}
