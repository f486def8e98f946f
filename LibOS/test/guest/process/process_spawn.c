/* SPDX-License-Identifier: MIT */
/* vfork, posix_spawn, execve and what stands on them. Runs itself as the program that is spawned. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include "children.h"
#include "errors.h"

static char g_self[4096];

/* The spawned program: tells what it was given. */
static int play(char **argv)
{
    sigset_t set;
    char path[4096];
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf("argument %s, variable %s, blocked %d, ignored %d, directory %s\n", argv[2], getenv("SPAWNED"),
           sigismember(&set, SIGUSR1), signal(SIGUSR2, SIG_DFL) == SIG_IGN,
           strrchr(getcwd(path, sizeof(path)), '/') + 1);
    printf("descriptor 7: %s, 8: %s\n", fcntl(7, F_GETFD) < 0 ? error_name(errno) : "open",
           fcntl(8, F_GETFD) < 0 ? error_name(errno) : "open");
    fflush(stdout);
    return atoi(argv[3]);
}

static void test_spawn(void)
{
    char *argv[] = {"spawned", "play", "hello", "5", NULL}, *none[] = {"none", NULL};
    char *envp[] = {"SPAWNED=yes", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t set;
    pid_t pid = 0;
    fflush(stdout);
    int error = posix_spawn(&pid, g_self, NULL, NULL, argv, envp);
    printf("spawn: %d code %d\n", error, code_of(pid));
    printf("missing: %s\n", error_name(posix_spawn(&pid, "/nonexistent", NULL, NULL, none, envp)));
    printf("not executable: %s\n", error_name(posix_spawn(&pid, "/etc/passwd", NULL, NULL, none, envp)));
    printf("directory: %s\n", error_name(posix_spawn(&pid, "/", NULL, NULL, none, envp)));

    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    mkdir("place", 0755);
    posix_spawn_file_actions_addopen(&actions, 7, "file", O_RDWR | O_CREAT, 0644);
    posix_spawn_file_actions_adddup2(&actions, 7, 8);
    posix_spawn_file_actions_addclose(&actions, 7);
    posix_spawn_file_actions_addchdir_np(&actions, "place");
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    posix_spawnattr_setsigmask(&attributes, &set);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    signal(SIGUSR2, SIG_IGN);
    fflush(stdout);
    error = posix_spawn(&pid, g_self, &actions, &attributes, argv, envp);
    printf("with actions: %d code %d\n", error, code_of(pid));
    printf("here: 8 %d, blocked %d\n", fcntl(8, F_GETFD),
           sigprocmask(SIG_BLOCK, NULL, &set) + sigismember(&set, SIGUSR1));
    signal(SIGUSR2, SIG_DFL);
    posix_spawn_file_actions_addclose(&actions, 1000);
    posix_spawn_file_actions_addopen(&actions, 9, "/nonexistent/file", O_RDONLY, 0);
    printf("bad action: %s\n", error_name(posix_spawn(&pid, g_self, &actions, NULL, argv, envp)));
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    unlink("file");
    rmdir("place");
}

static void test_vfork(void)
{
    volatile int variable = 1;
    int descriptor = -1;
    const pid_t before = getpid();
    fflush(stdout);
    pid_t pid = vfork();
    if (pid == 0) {
        variable = getpid() != before && getppid() == before ? 2 : 3;
        descriptor = open("/dev/null", O_RDONLY);
        chdir("/");
        signal(SIGUSR1, SIG_IGN);
        umask(077);
        _exit(9);
    }
    printf("child was here %d, code %d, its files %s, still the parent %d\n", variable, code_of(pid),
           fcntl(descriptor, F_GETFD) < 0 ? "closed" : "open", getpid() == before);
    char path[4096];
    printf("directory %s, umask %o, disposition %d\n",
           strcmp(getcwd(path, sizeof(path)), "/") ? "as before" : "changed", umask(022),
           signal(SIGUSR1, SIG_DFL) == SIG_DFL);
    pid = vfork();
    if (pid == 0) {
        kill(getpid(), SIGKILL);
        _exit(1);
    }
    printf("killed: %d\n", code_of(pid));
    fflush(stdout);
    pid = vfork();
    if (pid == 0) {
        execl("/nonexistent", "x", NULL);
        execl("/etc/passwd", "x", NULL);
        execl(g_self, "self", "play", "after failures", "6", NULL);
        _exit(1);
    }
    printf("execl: %d\n", code_of(pid));
}

static void test_libc(void)
{
    char text[64] = "";
    fflush(stdout);
    printf("system: %x\n", (unsigned)system("exit 3"));
    printf("system: %x\n", (unsigned)system("kill -9 $$"));
    FILE *pipe = popen("echo from popen; exit 4", "r");
    const char *line = fgets(text, sizeof(text), pipe);
    const int status = pclose(pipe);
    printf("popen: %s%x\n", line ? line : "nothing\n", (unsigned)status);
    fflush(stdout);
    pipe = popen("cat", "w");
    fputs("to popen\n", pipe);
    fflush(stdout);
    printf("popen: %x\n", (unsigned)pclose(pipe));
}

static void test_exec_errors(void)
{
    static char long_argument[200000];
    char *argv[] = {"x", long_argument, NULL}, *none[] = {NULL};
    char **volatile bad = (char **)8;
    memset(long_argument, 'a', sizeof(long_argument) - 1);
    printf("too long: %d", execve(g_self, argv, none));
    printf(" %s\n", error_name(errno));
    printf("bad array: %d", execve(g_self, bad, none));
    printf(" %s\n", error_name(errno));
    const int fd = open("script", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    write(fd, "#!/nonexistent/interpreter\n", 27);
    close(fd);
    argv[1] = NULL;
    printf("interpreter: %d", execve("./script", argv, none));
    printf(" %s\n", error_name(errno));
    unlink("script");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "play") == 0)
        return play(argv);
    if (!realpath("/proc/self/exe", g_self))
        return 1;
    test_spawn();
    test_vfork();
    test_libc();
    test_exec_errors();
    return 0;
}
