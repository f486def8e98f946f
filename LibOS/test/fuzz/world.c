/* SPDX-License-Identifier: MIT */
/* The fuzzer's world: memory, files and descriptors of every kind, and what calls may not do to it. */
#include "fuzz.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define FIRST_FD   3
#define FILE_LIMIT (64ul << 20)
#define ROOM       (1ul << 30) /* addresses on each side of the arena that stay empty */

unsigned char *g_arena, *g_yard;
static char start[4096];

static void fill_arena(void)
{
    mmap(g_arena, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    static const char path[] = "/proc/self/../self/fd/../../../a/b";
    for (size_t at = 0; at < ARENA_SIZE; at += 512)
        memcpy(g_arena + at, path, sizeof(path));
    unsigned long *word = (unsigned long *)(g_arena + ARENA_SIZE / 2);
    for (size_t i = 0; i < ARENA_SIZE / 4 / sizeof(*word); i++)
        word[i] = i % 3 ? i % 64 : (unsigned long)g_arena + i * 8;
}

static void make_files(void)
{
    close(open("a", O_RDWR | O_CREAT, 0644));
    truncate("a", 5000);
    mkdir("d", 0755);
    close(open("d/f", O_RDWR | O_CREAT, 0644));
    symlink("a", "link");
    symlink("loop", "loop");
    mkfifo("fifo", 0644);
    close(open("/tmp/a", O_RDWR | O_CREAT, 0644));
    mkdir("/tmp/d", 0755);
    symlink("a", "/tmp/link");
}

static void make_descriptors(void)
{
    static const struct {
        const char *name;
        int flags;
    } files[] = {{"a", O_RDWR},
                 {"a", O_RDONLY},
                 {"d/f", O_RDWR | O_APPEND},
                 {".", O_RDONLY},
                 {"d", O_PATH},
                 {"/", O_RDONLY},
                 {"/tmp/a", O_RDWR},
                 {"/tmp", O_RDONLY},
                 {"/dev/null", O_RDWR},
                 {"/dev/zero", O_RDWR},
                 {"/dev/urandom", O_RDWR},
                 {"/dev/full", O_RDWR},
                 {"/dev/ptmx", O_RDWR},
                 {"/proc", O_RDONLY},
                 {"/proc/self/maps", 0},
                 {"/proc/self/mem", O_RDWR},
                 {"/proc/self/fd", 0},
                 {"/sys", O_RDONLY},
                 {"link", O_PATH | O_NOFOLLOW},
                 {".", O_TMPFILE | O_RDWR},
                 {"fifo", O_RDWR | O_NONBLOCK}};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        open(files[i].name, files[i].flags, 0644);
    int pair[2];
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pipe(pair);
    pipe2(pair, O_NONBLOCK);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    socket(AF_UNIX, SOCK_SEQPACKET, 0);
    eventfd(1, 0);
    timerfd_create(CLOCK_MONOTONIC, 0);
    signalfd(-1, &set, 0);
    inotify_init1(IN_NONBLOCK);
    epoll_create1(0);
    memfd_create("memory", MFD_ALLOW_SEALING);
}

void world_refresh(void)
{
    syscall(SYS_close_range, FIRST_FD, ~0u, 0);
    syscall(SYS_munlockall);
    mmap(g_yard, YARD_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    mmap(g_yard, YARD_SIZE / 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    umask(022);
    chdir(start);
    fill_arena();
    make_files();
    make_descriptors();
}

void world_make(void)
{
    getcwd(start, sizeof(start));
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){FILE_LIMIT, FILE_LIMIT}); /* files are filled, not the disk */
    unsigned char *room = mmap(NULL, 3 * ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) {
        perror("no room");
        exit(1);
    }
    g_arena = room + ROOM;
    g_yard = room + 2 * ROOM;
    world_refresh();
}

static bool in_yard(unsigned long address, unsigned long length)
{
    const unsigned long yard = (unsigned long)g_yard;
    return address >= yard && address < yard + YARD_SIZE && length <= 2 * YARD_SIZE;
}

/* Addresses are refused by their value alone, or lie in the yard. */
static bool spares_memory(unsigned long address, unsigned long length)
{
    return in_yard(address, length) || address >= LIBRARY_TOP || length >= 1ul << 47;
}

static bool lies_in_program(unsigned long address)
{
    return address >= (unsigned long)__executable_start && address < (unsigned long)end;
}

static bool is_deadly(long signal)
{
    return (int)signal == SIGKILL || (int)signal == SIGSTOP || (int)signal == 32 ||
           (int)signal == 33; /* the C library's */
}

bool is_fault(long signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP ||
           signal == SIGSYS;
}

bool is_forbidden(const struct fuzz *fuzz, const struct call *call, const long *a)
{
    switch (call->number) {
    case SYS_exit:
    case SYS_exit_group:
    case SYS_fork:
    case SYS_vfork:
    case SYS_clone:
    case SYS_clone3:
        return true;
    case SYS_execve:
    case SYS_execveat:
    case SYS_symlink:
    case SYS_symlinkat:
    case SYS_link:
    case SYS_linkat:
        return a[0] == (long)own_program || a[1] == (long)own_program;
    case SYS_setuid:
    case SYS_setgid:
    case SYS_setreuid:
    case SYS_setregid:
    case SYS_setresuid:
    case SYS_setresgid:
    case SYS_setfsuid:
    case SYS_setfsgid:
    case SYS_capset:
    case SYS_chroot: /* what comes after them is mostly refused */
        return fuzz->random % 128;
    case SYS_rt_sigreturn:
    case SYS_sigaltstack:
        return !fuzz->wild || fuzz->random % 64;
    case SYS_rt_sigaction:
        return a[0] == SIGNAL_NUDGE || (!fuzz->wild && is_fault(a[0]));
    case SYS_kill:
    case SYS_tkill:
    case SYS_rt_sigqueueinfo:
        return is_deadly(a[1]);
    case SYS_tgkill:
    case SYS_rt_tgsigqueueinfo:
        return is_deadly(a[2]);
    case SYS_fcntl:
        return a[1] == 10; /* F_SETSIG: any signal */
    case SYS_timer_create:
        return a[1] != 0;
    case SYS_arch_prctl:
        return a[0] == 0x1001 || a[0] == 0x1002; /* GS and FS */
    case SYS_prctl:
        return a[0] == PR_SET_SECCOMP || a[0] == PR_SET_TSC || a[0] == PR_SET_UNALIGN;
    case SYS_seccomp:
        return (unsigned)a[0] <= 1; /* a mode: nothing would be allowed any more */
    case SYS_ptrace:
        return a[0] == 0;
    case SYS_setrlimit:
    case SYS_prlimit64: {
        const unsigned resource = (unsigned)a[call->number == SYS_prlimit64];
        return resource == RLIMIT_CPU || resource == RLIMIT_RTTIME || resource == RLIMIT_FSIZE ||
               resource == RLIMIT_NOFILE;
    }
    case SYS_close_range:
        return (unsigned)a[0] < FIRST_FD || fuzz->random % 32; /* few descriptors would be left */
    case SYS_dup2:
    case SYS_dup3:
        return (unsigned)a[1] < FIRST_FD;
    case SYS_pwrite64:
    case SYS_pwritev:
    case SYS_pwritev2:
        return lies_in_program((unsigned long)a[3]); /* it may be /proc/self/mem that is written to */
    case SYS_brk:
        return true;
    case SYS_mmap:
        return !in_yard((unsigned long)a[0], (unsigned long)a[1]);
    case SYS_mremap:
        return !spares_memory((unsigned long)a[0], (unsigned long)a[1]) ||
               !spares_memory((unsigned long)a[4], (unsigned long)a[2]);
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_pkey_mprotect:
    case SYS_madvise:
        return !spares_memory((unsigned long)a[0], (unsigned long)a[1]);
    default:
        return false;
    }
}
