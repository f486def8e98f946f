/* SPDX-License-Identifier: MIT */
/* execve: another program in place of this one, with threads, descriptors, handlers and timers of the old one around. */
#include "report.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

static void failures(void)
{
    static char long_text[200000];
    char *many[] = {"x", long_text, NULL}, *one[] = {"x", NULL}, *none[] = {NULL};
    int fd = open("text", O_CREAT | O_WRONLY, 0644);
    memset(long_text, 'a', sizeof(long_text) - 1);
    R(execve("", one, none));
    R(execve("missing", one, none));
    R(execve("text/x", one, none));
    R(execve("/", one, none));
    R(execve("text", one, none));
    close(fd);
    close(open("empty", O_CREAT | O_WRONLY, 0755));
    R(execve("empty", one, none));
    unlink("empty");
    R(execve("/proc/self/exe", many, none));
    R(execve("/proc/self/exe", (char **)WILD, none));
    R(execve("/proc/self/exe", one, (char **)WILD));
    R(syscall(SYS_execve, WILD, one, none));
    R(execve(long_text, one, none));
    R(syscall(SYS_execveat, 99, "x", one, none, 0));
    R(syscall(SYS_execveat, AT_FDCWD, "", one, none, 0));
    R(syscall(SYS_execveat, AT_FDCWD, "x", one, none, 1));
    fd = open("script", O_CREAT | O_WRONLY, 0755);
    if (write(fd, "#!/missing/interpreter\n", 23) != 23)
        puts("write");
    close(fd);
    R(execve("./script", one, none));
    unlink("text");
    unlink("script");
}

static void handler(int signal)
{
    (void)signal;
}

static void *bystander(void *argument)
{
    (void)argument;
    for (;;)
        pause();
    return NULL;
}

static void *executes(void *argument)
{
    char **argv = argument;
    char name[PATH_MAX] = {0};
    if (readlink("/proc/self/exe", name, sizeof(name) - 1) < 0)
        puts("readlink");
    fflush(stdout);
    execve(name, argv, argv + 1);
    puts("failed");
    _exit(9);
}

/* What is left in the new program. */
static int second(int argc, char **argv)
{
    struct sigaction action;
    sigset_t set;
    struct itimerval timer;
    sigaction(SIGUSR1, NULL, &action);
    printf("handler %s\n", action.sa_handler == SIG_DFL ? "default" : "kept");
    sigaction(SIGUSR2, NULL, &action);
    printf("ignored %s\n", action.sa_handler == SIG_IGN ? "kept" : "forgotten");
    sigprocmask(SIG_SETMASK, NULL, &set);
    sigpending(&set);
    printf("pending %d\n", sigismember(&set, SIGWINCH));
    printf("descriptors: %d %d\n", fcntl(50, F_GETFD), fcntl(51, F_GETFD));
    getitimer(ITIMER_REAL, &timer);
    printf("timer %d\n", timer.it_value.tv_sec > 100);
    printf("id %d\n", getpid() == (pid_t)syscall(SYS_gettid));
    for (int i = 0; i < argc; i++)
        printf("argv %d: %s\n", i, argv[i]);
    for (char **variable = environ; *variable; variable++)
        printf("environment: %s\n", *variable);
    return 5;
}

int main(int argc, char **argv)
{
    static char *words[] = {"second", "A=1", "B=two words", NULL};
    const struct itimerval later = {{0, 0}, {1000, 0}};
    pthread_t thread;
    sigset_t set;
    if (strcmp(argv[0], "second") == 0)
        return second(argc, argv);
    failures();
    signal(SIGUSR1, handler);
    signal(SIGUSR2, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGWINCH);
    dup2(0, 50);
    fcntl(dup2(0, 51), F_SETFD, FD_CLOEXEC);
    setitimer(ITIMER_REAL, &later, NULL);
    for (int i = 0; i < 3; i++)
        pthread_create(&thread, NULL, bystander, NULL);
    wait_ms(20);
    pthread_create(&thread, NULL, executes, words);
    for (;;)
        pause();
}
