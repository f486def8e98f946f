/* SPDX-License-Identifier: MIT */
/* Queues, futexes, sets of epoll and what is moved between descriptors: what is said when several things are wrong. */
#include "report.h"
#include "children.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/uio.h>

#ifndef MSG_COPY
#define MSG_COPY 040000 /* musl has no name for it */
#endif

static void queue(void)
{
    struct {
        long type;
        char text[8];
    } message = {3, "message"};
    const int id = msgget(IPC_PRIVATE, 0600);
    R(msgrcv(id, &message, 8, 0, MSG_COPY | IPC_NOWAIT));
    R(msgsnd(id, &message, 8, 0));
    message.type = 4;
    R(msgsnd(id, &message, 4, 0));
    R(msgrcv(id, &message, 8, 1, MSG_COPY | IPC_NOWAIT));
    R(message.type);
    R(msgrcv(id, &message, 2, 0, MSG_COPY | IPC_NOWAIT));
    R(msgrcv(id, &message, 2, 0, MSG_COPY | IPC_NOWAIT | MSG_NOERROR));
    R(msgrcv(id, &message, 8, 2, MSG_COPY | IPC_NOWAIT));
    R(msgrcv(id, &message, 8, 0, IPC_NOWAIT));
    R(message.type);
    msgctl(id, IPC_RMID, NULL);
    R(semctl(id, 0, SETVAL, 40000));
}

static void futex(void)
{
    static uint32_t word = 0x31234560; /* nobody's id */
    R(syscall(SYS_futex, &word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
    R(word == (0x31234560 | FUTEX_WAITERS));
}

static void sets(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    const int set = epoll_create1(0), memory = memfd_create("memory", 0), watch = inotify_init1(0);
    R(epoll_ctl(memory, EPOLL_CTL_ADD, memory, &event));
    R(epoll_ctl(set, 77, memory, &event));
    inotify_add_watch(watch, ".", IN_CREATE);
    close(creat("new", 0600));
    unlink("new");
    struct pollfd item = {watch, POLLRDNORM, 0};
    R(poll(&item, 1, 0));
    R(item.revents);
    close(set);
    close(memory);
    close(watch);
}

static void moving(void)
{
    int pair[2], other[2], waiting = -1;
    long long size = -1;
    struct iovec nothing = {"", 0};
    const int counter = eventfd(1, EFD_NONBLOCK), memory = memfd_create("memory", 0);
    pipe2(pair, O_NONBLOCK);
    pipe2(other, O_NONBLOCK);
    R(vmsplice(counter, &nothing, 1, 0));
    R(splice(counter, NULL, pair[1], NULL, 8, 0));
    R(splice(pair[0], NULL, counter, NULL, 8, 0));
    close(other[0]);
    R(splice(pair[0], NULL, other[1], NULL, 8, SPLICE_F_NONBLOCK));
    R(write(memory, "abc", 3));
    R(ioctl(memory, FIOQSIZE, &size));
    R(size);
    R(fcntl(memory, F_SETFL, O_DIRECT));
    R(fcntl(counter, F_SETFL, O_DIRECT));
    R(fcntl(pair[1], F_SETFL, O_DIRECT));
    mkfifo("fifo", 0600);
    const int fifo = open("fifo", O_RDWR | O_NONBLOCK);
    struct stat status;
    R(write(fifo, "abc", 3));
    R(ioctl(fifo, FIONREAD, &waiting));
    R(waiting);
    R(fstat(fifo, &status));
    R(status.st_size);
    close(fifo);
    char name[64];
    snprintf(name, sizeof(name), "/tmp/call_refusals.%d", getpid());
    mkfifo(name, 0600);
    const int end = open(name, O_RDONLY | O_NONBLOCK);
    R(splice(end, NULL, pair[1], NULL, 8, SPLICE_F_NONBLOCK));
    unlink(name);
    close(end);
    unlink("fifo");
}

/***** Children *****/

static siginfo_t told;

static void on_child(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    told = *info;
}

/* Who is killed while it is stopped ends, and does not go on before. */
static void killed_in_stop(void)
{
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
    siginfo_t info;
    const pid_t pid = fork_clean();
    if (pid == 0) {
        raise(SIGSTOP);
        exit_clean(0);
    }
    const int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd item = {fd, POLLIN, 0};
    waitid(P_PID, (id_t)pid, &info, WSTOPPED);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigtimedwait(&set, NULL, &(struct timespec){10, 0}); /* that of the stop, which may come after it */
    sigaction(SIGCHLD, &action, NULL);
    kill(pid, SIGKILL);
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    R(told.si_code == CLD_KILLED);
    R(poll(&item, 1, 0));
    R(item.revents);
    R(waitid(P_PID, (id_t)pid, &info, WEXITED));
    R(syscall(SYS_prlimit64, pid, 99, NULL, NULL));
    R(ioctl(fd, FIONREAD, &(int){0}));
    close(fd);
}

int main(void)
{
    sigset_t set;
    setvbuf(stdout, NULL, _IOLBF, 0);
    queue();
    futex();
    sets();
    moving();
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    killed_in_stop();
    return 0;
}
