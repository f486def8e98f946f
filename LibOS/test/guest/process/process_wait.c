/* SPDX-License-Identifier: MIT */
/* wait4 and waitid: whom they wait for, what they tell, and when. */
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include "children.h"
#include "errors.h"
#include "moments.h"

static void end_with(int code)
{
    _exit(code);
}

static pid_t start_sleeper(void)
{
    const pid_t pid = fork_clean();
    while (pid == 0)
        pause();
    return pid;
}

/* One that ends when its parent has begun to wait. */
static pid_t start_later(int code)
{
    const pid_t pid = fork_clean();
    if (pid == 0) {
        wait_asleep(getppid(), 20);
        _exit(code);
    }
    return pid;
}

static void test_errors(void)
{
    int status;
    siginfo_t info;
    printf("no child: %s\n", outcome(wait(&status)));
    printf("no child, WNOHANG: %s\n", outcome(waitpid(-1, &status, WNOHANG)));
    printf("not a child: %s\n", outcome(waitpid(1, &status, 0)));
    printf("options: %s\n", outcome(waitpid(-1, &status, 0x4000)));
    printf("waitid without what: %s\n", outcome(waitid(P_ALL, 0, &info, 0)));
    printf("waitid which: %s\n", outcome(waitid(17, 0, &info, WEXITED)));
    printf("waitid pid 0: %s\n", outcome(waitid(P_PID, 0, &info, WEXITED)));
    const pid_t pid = start_with(end_with, 1);
    printf("status nowhere: %s\n", outcome(waitpid(pid, (int *)8, 0)));
    printf("it is gone: %s\n", outcome(waitpid(pid, &status, 0)));
}

static void test_choice(void)
{
    int status;
    const pid_t first = start_with(end_with, 1), second = start_with(end_with, 2), third = start_with(end_with, 3);
    printf("second: %d", waitpid(second, &status, 0) == second);
    printf(" %d\n", WEXITSTATUS(status));
    const pid_t any = wait(&status), rest = wait(&status);
    printf("the others: %d\n", any + rest == first + third);
    const pid_t sleeper = start_sleeper();
    printf("not yet: %d\n", waitpid(sleeper, &status, WNOHANG));
    printf("not this group: %s\n", outcome(waitpid(-sleeper, &status, WNOHANG)));
    setpgid(sleeper, sleeper);
    printf("its group: %d\n", waitpid(-sleeper, &status, WNOHANG));
    printf("my group: %s\n", outcome(waitpid(0, &status, WNOHANG)));
    kill(sleeper, SIGTERM);
    printf("killed: %d", waitpid(-sleeper, &status, 0) == sleeper);
    printf(" signaled %d by %d, core %d\n", WIFSIGNALED(status), WTERMSIG(status), WCOREDUMP(status) != 0);
}

static void print_info(const siginfo_t *info, pid_t pid)
{
    printf("signo %d code %d pid %d uid %d status %d\n", info->si_signo, info->si_code, info->si_pid == pid,
           info->si_uid == getuid(), info->si_status);
}

static void test_waitid(void)
{
    siginfo_t info;
    pid_t pid = start_with(end_with, 7);
    memset(&info, 0xff, sizeof(info));
    printf("waitid, kept: %s\n", outcome(waitid(P_PID, pid, &info, WEXITED | WNOWAIT)));
    print_info(&info, pid);
    printf("waitid: %s\n", outcome(waitid(P_ALL, 0, &info, WEXITED)));
    print_info(&info, pid);
    printf("again: %s\n", outcome(waitid(P_PID, pid, &info, WEXITED)));
    pid = start_sleeper();
    memset(&info, 0xff, sizeof(info));
    printf("nothing: %s", outcome(waitid(P_PID, pid, &info, WEXITED | WNOHANG)));
    printf(" %d %d\n", info.si_signo, info.si_pid);
    kill(pid, SIGKILL);
    printf("killed: %s\n", outcome(waitid(P_PID, pid, &info, WEXITED)));
    print_info(&info, pid);
}

static void test_stops(void)
{
    int status;
    siginfo_t info;
    const pid_t pid = start_sleeper();
    kill(pid, SIGSTOP);
    printf("stopped: %d", waitpid(pid, &status, WUNTRACED) == pid);
    printf(" %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
    printf("told once: %d\n", waitpid(pid, &status, WUNTRACED | WNOHANG));
    kill(pid, SIGCONT);
    printf("goes on: %d", waitpid(pid, &status, WCONTINUED) == pid);
    printf(" %d\n", WIFCONTINUED(status));
    kill(pid, SIGSTOP);
    printf("waitid: %s\n", outcome(waitid(P_PID, pid, &info, WSTOPPED)));
    print_info(&info, pid);
    kill(pid, SIGTERM); /* waits until it goes on */
    wait_ms(20);
    printf("still there: %d\n", waitpid(pid, &status, WNOHANG));
    kill(pid, SIGCONT);
    printf("ended: %d", waitpid(pid, &status, 0) == pid);
    printf(" %d\n", WTERMSIG(status));
    const pid_t other = start_sleeper();
    kill(other, SIGSTOP);
    waitpid(other, &status, WUNTRACED);
    kill(other, SIGKILL);
    printf("killed while stopped: %d", waitpid(other, &status, 0) == other);
    printf(" %d\n", WTERMSIG(status));
}

static volatile sig_atomic_t g_children;

static void on_child(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    g_children += info->si_code == CLD_EXITED ? info->si_status : 1000;
}

static void test_signal(void)
{
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART};
    int status;
    sigaction(SIGCHLD, &action, NULL);
    const pid_t pid = start_with(end_with, 5);
    printf("restarted: %d\n", waitpid(pid, &status, 0) == pid);
    for (int i = 0; i < 6000 && g_children == 0; i++)
        wait_ms(10);
    printf("SIGCHLD says %d\n", (int)g_children);
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGCHLD, &action, NULL);
    const pid_t sleeper = start_sleeper(), quick = start_later(6);
    printf("interrupted: %s\n", outcome(waitpid(sleeper, &status, 0)));
    printf("the quick one: %d\n", waitpid(quick, &status, 0) == quick);
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    signal(SIGCHLD, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    const pid_t ignored = start_with(end_with, 9);
    printf("ignored: %s\n", outcome(waitpid(ignored, &status, 0)));
    sigpending(&pending);
    printf("not even when it is blocked: %d\n", sigismember(&pending, SIGCHLD));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    signal(SIGCHLD, SIG_DFL);
    kill(sleeper, SIGKILL);
    waitpid(sleeper, &status, 0);
    action.sa_handler = SIG_DFL;
    action.sa_flags = SA_NOCLDWAIT;
    sigaction(SIGCHLD, &action, NULL);
    printf("not waited for: %s\n", outcome(waitpid(start_with(end_with, 9), &status, 0)));
    signal(SIGCHLD, SIG_DFL);
}

static void test_orphans(void)
{
    int status, fds[2];
    pid_t adopted = 0;
    pipe(fds);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t pid = fork_clean();
    if (pid == 0) {
        const pid_t grandchild = fork();
        if (grandchild == 0) {
            while (getppid() == pid)
                ;
            wait_ms(50);
            _exit(33);
        }
        write(fds[1], &grandchild, sizeof(grandchild));
        _exit(0);
    }
    read(fds[0], &adopted, sizeof(adopted));
    printf("child: %d\n", waitpid(pid, &status, 0) == pid);
    printf("grandchild: %d", waitpid(-1, &status, 0) == adopted);
    printf(" %d\n", WEXITSTATUS(status));
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    close(fds[0]);
    close(fds[1]);
}

/***** What is over when a child has been waited for *****/

#define OTHERS 400 // sets of semaphores before the one that the child uses: to be looked through

static int g_set, g_segment;

static int use_and_end(int code)
{
    struct sembuf down = {.sem_op = -1, .sem_flg = SEM_UNDO};
    const bool good = semop(g_set, &down, 1) == 0 && shmat(g_segment, NULL, 0) != (void *)-1;
    return good ? code : 1;
}

static volatile sig_atomic_t g_told;

static void told(int signal)
{
    (void)signal;
    g_told++;
}

static void test_over(void)
{
    struct shmid_ds segment;
    int sets[OTHERS], status, bad = 0, no_signal = 0, not_taken_back = 0, attached = 0;
    for (int i = 0; i < OTHERS; i++)
        sets[i] = semget(IPC_PRIVATE, 1, 0600);
    g_set = semget(IPC_PRIVATE, 1, 0600);
    g_segment = shmget(IPC_PRIVATE, 4096, 0600);
    semctl(g_set, 0, SETVAL, 1);
    signal(SIGCHLD, told);
    for (int i = 0; i < 150; i++) {
        g_told = 0;
        const pid_t pid = start_for_code(use_and_end, 0);
        while (waitpid(pid, &status, WNOHANG) == 0)
            ;
        no_signal += g_told != 1;
        not_taken_back += semctl(g_set, 0, GETVAL) != 1;
        attached += shmctl(g_segment, IPC_STAT, &segment) < 0 || segment.shm_nattch != 0;
        bad += status != 0;
    }
    signal(SIGCHLD, SIG_DFL);
    printf("over: bad %d, without a signal %d, not taken back %d, attached %d\n", bad, no_signal, not_taken_back,
           attached);
    for (int i = 0; i < OTHERS; i++)
        semctl(sets[i], 0, IPC_RMID);
    semctl(g_set, 0, IPC_RMID);
    shmctl(g_segment, IPC_RMID, NULL);
}

int main(void)
{
    test_errors();
    test_choice();
    test_waitid();
    test_stops();
    test_signal();
    test_orphans();
    test_over();
    return 0;
}
