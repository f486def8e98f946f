/* SPDX-License-Identifier: MIT */
/* What the system tells of itself and of what has been used; random numbers. */
#include "report.h"
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
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
    R(syscall(SYS_membarrier, 1 << 20, 0, 0) == -1);
    return 0;
}
