// SPDX-License-Identifier: MIT
// Numbers that are no signals, sent to who is there and to nobody.
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include "show.h"

#define NOBODY 99999999

static void send_number(int number)
{
    siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
    printf("-- %d\n", number);
    show("kill oneself", kill(getpid(), number));
    show("kill one's group", kill(0, number));
    show("kill nobody", kill(NOBODY, number));
    show("kill nobody's group", kill(-NOBODY, number));
    show("kill the group that cannot be", kill(INT_MIN, number));
    show("tkill oneself", syscall(SYS_tkill, gettid(), number));
    show("tkill nobody", syscall(SYS_tkill, NOBODY, number));
    show("tkill 0", syscall(SYS_tkill, 0, number));
    show("tgkill oneself", syscall(SYS_tgkill, getpid(), gettid(), number));
    show("tgkill nobody", syscall(SYS_tgkill, NOBODY, NOBODY, number));
    show("tgkill 0", syscall(SYS_tgkill, 0, 1, number));
    show("sigqueue to oneself", syscall(SYS_rt_sigqueueinfo, getpid(), number, &info));
    show("sigqueue to nobody", syscall(SYS_rt_sigqueueinfo, NOBODY, number, &info));
    show("tgsigqueue to oneself", syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), number, &info));
    show("tgsigqueue to nobody", syscall(SYS_rt_tgsigqueueinfo, NOBODY, NOBODY, number, &info));
}

int main(void)
{
    setpgid(0, 0);
    send_number(0);
    send_number(65);
    send_number(-1);
    send_number(INT_MAX);
    return 0;
}
