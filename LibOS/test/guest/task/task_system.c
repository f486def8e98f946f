/* SPDX-License-Identifier: MIT */
/* What the system tells of itself and of what has been used; random numbers. */
#include "report.h"
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/wait.h>

static void random_bytes(void)
{
    static unsigned char a[100000], b[64];
    int same = 0;
    R(getrandom(a, 0, 0));
    R(getrandom(a, sizeof(a), 0));
    R(getrandom(b, sizeof(b), GRND_NONBLOCK));
    for (int i = 0; i < 64; i++)
        same += a[i] == b[i];
    R(same < 10);
    R(getrandom(a, 10, 8));
    R(getrandom(a, 10, GRND_RANDOM | 4));
    R(syscall(SYS_getrandom, WILD, 10, 0));
    R(syscall(SYS_getrandom, -1, 10, 0));
}

/* How the clock is kept: only asked, for who may sets it. */
static void clocks(void)
{
    struct timex state = {0};
    R(adjtimex(&state) >= 0 && state.tick > 0 && state.time.tv_sec > 0);
    state.modes = ADJ_OFFSET_SS_READ;
    R(adjtimex(&state) >= 0);
    R(syscall(SYS_clock_adjtime, CLOCK_MONOTONIC, &state));
    R(syscall(SYS_clock_adjtime, 99, &state));
    R(syscall(SYS_adjtimex, WILD));
}

/* What changes the machine, from a process that may not. */
static void refused(void)
{
    struct timex state = {.modes = ADJ_TICK, .tick = 10000};
    if (setresuid(1, 1, 1) < 0)
        return;
    R(adjtimex(&state));
    R(mount("none", "/tmp", "tmpfs", 0, NULL));
    R(umount2("/tmp", 0));
    R(syscall(SYS_pivot_root, "/", "/"));
    R(syscall(SYS_swapon, "/missing", 0));
    R(syscall(SYS_swapoff, "/missing"));
    R(syscall(SYS_reboot, 1, 2, 3, NULL));
    R(syscall(SYS_acct, "/missing"));
}

int main(void)
{
    struct utsname name;
    struct sysinfo info;
    struct rusage usage = {0};
    struct tms used;
    R(uname(&name));
    printf("%s %s\n", name.sysname, name.machine);
    R(name.nodename[0] && name.release[0] >= '4' && name.version[0] == '#');
    R(syscall(SYS_uname, WILD));
    R(sysinfo(&info));
    R(info.totalram > 0 && info.freeram <= info.totalram && info.procs > 0 && info.uptime > 0);
    R(syscall(SYS_sysinfo, WILD));
    for (volatile long i = 0; i < 100000000; i++)
        ;
    R(getrusage(RUSAGE_SELF, &usage));
    R(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec > 10000 && usage.ru_maxrss > 0);
    R(getrusage(1 /* RUSAGE_THREAD */, &usage));
    R(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec > 10000);
    R(getrusage(RUSAGE_CHILDREN, &usage));
    R(usage.ru_utime.tv_sec + usage.ru_maxrss);
    R(syscall(SYS_getrusage, 5, &usage));
    R(syscall(SYS_getrusage, 0, WILD));
    OK(times(&used));
    R(used.tms_utime > 0 && used.tms_cutime == 0);
    OK(times(NULL));
    R(syscall(SYS_times, WILD));
    random_bytes();
    R(wait4(-1, NULL, 0, NULL));
    R(wait4(-1, NULL, WNOHANG, NULL));
    R(wait4(-1, NULL, 64, NULL));
    R(syscall(SYS_waitid, P_ALL, 0, NULL, 0, NULL));
    R(syscall(SYS_waitid, P_ALL, 0, NULL, WEXITED, NULL));
    R(syscall(SYS_waitid, 9, 0, NULL, WEXITED, NULL));
    R(syscall(SYS_waitid, P_PID, 0, NULL, WEXITED, NULL));
    R(syscall(SYS_membarrier, 1 << 20, 0, 0));
    R(syscall(SYS_membarrier, 0, 1, 0));
    clocks();
    refused();
    return 0;
}
