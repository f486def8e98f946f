/* SPDX-License-Identifier: MIT */
/* seccomp(2), PR_SET_SECCOMP, PR_GET_SECCOMP: errors, strict mode, and who has a filter: children, programs, threads. */
#include "filters.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>

static void available(void)
{
    const unsigned actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,  SECCOMP_RET_ERRNO,
                                SECCOMP_RET_TRACE,        SECCOMP_RET_LOG,         SECCOMP_RET_ALLOW, 0x12340000,
                                SECCOMP_RET_ERRNO | 1};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        unsigned action = actions[i];
        printf("%08x ", action);
        R(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action));
    }
    R(seccomp(SECCOMP_GET_ACTION_AVAIL, 1, NULL));
    R(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, NULL));
    R(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, WILD));
}

static void errors(void)
{
    struct sock_filter allow[] = {ANSWER(SECCOMP_RET_ALLOW)};
    R(seccomp(77, 0, NULL));
    R(seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL));
    R(seccomp(SECCOMP_SET_MODE_STRICT, 0, allow));
    R(seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL));
    R(seccomp(SECCOMP_SET_MODE_FILTER, 0, WILD));
    R(seccomp(SECCOMP_SET_MODE_FILTER, 0x8000, PROGRAM(allow)));
    R(seccomp(SECCOMP_SET_MODE_FILTER, 0x8000, NULL));
    R(prctl(PR_SET_SECCOMP, 0, 0, 0, 0));
    R(prctl(PR_SET_SECCOMP, 3, 0, 0, 0));
    R(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0));
    R(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
    show_status();
    R(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    R(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PROGRAM(allow), 0, 0));
    R(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
    R(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0));
    R(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL));
    R(seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW, PROGRAM(allow)));
    show_status();
}

/* Who may gain privileges installs none. */
static void privileged(void)
{
    struct sock_filter allow[] = {ANSWER(SECCOMP_RET_ALLOW)};
    struct sock_filter bad[] = {ANSWER(SECCOMP_RET_ALLOW), BPF_STMT(BPF_LD | BPF_IMM, 0)};
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
        exit(9);
    R(install_flags(allow, 1, 0));
    R(install_flags(bad, 2, 0));
    R(install_flags(WILD, 2, 0));
    R(install_flags(allow, 0, 0));
    give_up_privileges();
    R(install_flags(allow, 1, 0));
    R(install_flags(bad, 2, 0));
}

static void strict(int number)
{
    char byte = 'x';
    int fds[2];
    if (pipe(fds) < 0 || (number && prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0) < 0) ||
        (!number && seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL) < 0))
        exit(9);
    if (write(fds[1], &byte, 1) == 1 && read(fds[0], &byte, 1) == 1 && write(1, "strict\n", 7) == 7)
        syscall(number ? number : SYS_exit, 5);
    (void)!write(1, "alive\n", 6);
}

/***** Who has it *****/

static void inherited(void)
{
    filter_call(SYS_getppid, ERRNO(44));
    end_of(start(show_status));
    pid_t pid = fork_clean();
    if (pid == 0) {
        errno = 0;
        printf("child: %ld %d\n", syscall(SYS_getppid), errno);
        exit_clean(0);
    }
    end_of(pid);
    if (fork_clean() == 0) {
        execl("/proc/self/exe", "filter_calls", "again", NULL);
        _exit(9);
    }
    wait(NULL);
    char *arguments[] = {"filter_calls", "again", NULL}, *none[] = {NULL};
    if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, none) == 0)
        end_of(pid);
}

/* A child that has borrowed its parent's thread leaves it no filter. */
static void borrowed(void)
{
    struct sock_filter filter[] = {ONLY(SYS_getppid, ERRNO(45))};
    pid_t pid = vfork();
    if (pid == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        install_flags(filter, COUNT_OF(filter), 0);
        execl("/proc/self/exe", "filter_calls", "again", NULL);
        _exit(9);
    }
    end_of(pid);
    fflush(stdout);
    pid = vfork();
    if (pid == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        install_flags(filter, COUNT_OF(filter), 0);
        _exit(syscall(SYS_getppid) < 0 ? errno : 0);
    }
    end_of(pid);
    OK(syscall(SYS_getppid));
    show_status();
}

static void again(void)
{
    errno = 0;
    printf("program: %ld %d\n", syscall(SYS_getppid), errno);
    show_status();
    fflush(stdout);
}

/***** Threads *****/

static pthread_barrier_t g_barrier;

static void *look(void *argument)
{
    (void)argument;
    pthread_barrier_wait(&g_barrier);
    pthread_barrier_wait(&g_barrier);
    errno = 0;
    printf("thread: %s\n", syscall(SYS_getppid) < 0 ? error_name(errno) : "ok");
    show_status();
    return NULL;
}

static void with_thread(void *(*play)(void *), void (*meanwhile)(void))
{
    pthread_t thread;
    pthread_barrier_init(&g_barrier, NULL, 2);
    pthread_create(&thread, NULL, play, NULL);
    pthread_barrier_wait(&g_barrier);
    meanwhile();
    fflush(stdout);
    pthread_barrier_wait(&g_barrier);
    pthread_join(thread, NULL);
}

static void for_itself(void)
{
    filter_call(SYS_getppid, ERRNO(EPERM));
    R(syscall(SYS_getppid));
}

static void for_all(void)
{
    struct sock_filter filter[] = {ONLY(SYS_getppid, ERRNO(EACCES))};
    for_itself();
    R(install_flags(filter, COUNT_OF(filter), SECCOMP_FILTER_FLAG_TSYNC));
    R(syscall(SYS_getppid));
}

static void *differ(void *argument)
{
    filter_call(SYS_getppid, ERRNO(ESRCH));
    return look(argument);
}

/* It is told which thread has filters of its own. */
static void for_all_fails(void)
{
    struct sock_filter filter[] = {ONLY(SYS_getppid, ERRNO(EACCES))};
    give_up_privileges();
    const long result = install_flags(filter, COUNT_OF(filter), SECCOMP_FILTER_FLAG_TSYNC);
    printf("%s\n", result > 0 && result != getpid() ? "a thread" : "none");
    R(install_flags(filter, COUNT_OF(filter), SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH));
    OK(syscall(SYS_getppid));
    R(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

static void threads(void)
{
    with_thread(look, for_itself);
}

static void threads_synchronised(void)
{
    with_thread(look, for_all);
}

static void threads_differ(void)
{
    with_thread(differ, for_all_fails);
}

static void thread_born_later(void)
{
    for_itself();
    with_thread(look, show_status);
}

static void *die(void *argument)
{
    pthread_barrier_wait(&g_barrier);
    pthread_barrier_wait(&g_barrier);
    filter_call(SYS_getppid, *(unsigned *)argument);
    syscall(SYS_getppid);
    puts("alive");
    return NULL;
}

/* Not pthread_join: musl waits for what the thread itself would have said. */
static void wait_for_threads(void)
{
    struct stat directory;
    while (stat("/proc/self/task", &directory) == 0 && directory.st_nlink > 3)
        usleep(1000);
}

/* Others go on when one is ended. */
static void thread_dies(int answer)
{
    pthread_t thread;
    pthread_barrier_init(&g_barrier, NULL, 2);
    pthread_create(&thread, NULL, die, &answer);
    pthread_barrier_wait(&g_barrier);
    pthread_barrier_wait(&g_barrier);
    wait_for_threads();
    puts("the others go on");
}

static void *strict_thread(void *argument)
{
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
    syscall(SYS_getppid);
    return argument;
}

static void strict_thread_dies(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, strict_thread, NULL);
    wait_for_threads();
    puts("the others go on");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "again") == 0) {
        again();
        return 0;
    }
    void (*const plays[])(void) = {available,        errors,  privileged,           inherited,
                                   borrowed,         threads, threads_synchronised, threads_differ,
                                   thread_born_later};
    for (size_t i = 0; i < COUNT_OF(plays); i++)
        end_of(start(plays[i]));
    const int numbers[] = {0, SYS_exit, SYS_exit_group, SYS_getpid, SYS_prctl};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        end_of(start_with(strict, numbers[i]));
    end_of(start_with(thread_dies, (int)SECCOMP_RET_KILL_THREAD));
    end_of(start_with(thread_dies, (int)SECCOMP_RET_KILL_PROCESS));
    end_of(start(strict_thread_dies));
    return 0;
}
