// SPDX-License-Identifier: MIT
// Signals do not end what is done with files and memory: nobody waits there. Nor do they keep a program from being executed.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 150
#define EXECS  40

static volatile sig_atomic_t g_signals;
static char g_bytes[20000];

static void count(int signal)
{
    (void)signal;
    g_signals++;
}

// Says what failed, once for each kind of call.
static void check(const char *call, int good, int *told)
{
    if (!good && !*told) {
        *told = 1;
        printf("%s: %s\n", call, strerror(errno));
    }
}

static void use_files(const char *directory)
{
    static int told[8];
    char path[200], other[210];
    snprintf(path, sizeof(path), "%s/signal_files.%d", directory, (int)getpid());
    snprintf(other, sizeof(other), "%s.x", path);
    for (int i = 0; i < ROUNDS; i++) {
        const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        check("open", fd >= 0, &told[0]);
        check("write", write(fd, g_bytes, sizeof(g_bytes)) == sizeof(g_bytes), &told[1]);
        check("pread", pread(fd, g_bytes, sizeof(g_bytes), 0) == sizeof(g_bytes), &told[2]);
        check("ftruncate", ftruncate(fd, 10) == 0, &told[3]);
        check("fallocate", posix_fallocate(fd, 0, 5000) == 0, &told[4]);
        check("close", close(fd) == 0, &told[5]);
        check("rename", rename(path, other) == 0, &told[6]);
        check("unlink", unlink(other) == 0, &told[7]);
    }
}

static void use_memory(void)
{
    static int told[2];
    for (int i = 0; i < ROUNDS / 4; i++) {
        const int id = shmget(IPC_PRIVATE, 1 << 20, 0600);
        char *memory = shmat(id, NULL, 0);
        check("shmat", memory != (void *)-1, &told[0]);
        check("zeroed", memory[i] == 0 && memory[(1 << 20) - 1] == 0, &told[1]);
        memset(memory, 1, 1 << 20);
        shmdt(memory);
        shmctl(id, IPC_RMID, NULL);
    }
}

static void set_timer(long interval_us)
{
    const struct itimerval timer = {{0, interval_us}, {0, interval_us}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

// A program that executes itself so often; what it gets is ignored while it has no handler.
static int execute(int left)
{
    char number[20];
    struct sigaction action = {.sa_handler = count};
    if (left == 0)
        return 7;
    sigaction(SIGWINCH, &action, NULL);
    snprintf(number, sizeof(number), "%d", left - 1);
    execl("/proc/self/exe", "signal_files", number, (char *)NULL);
    printf("exec: %s\n", strerror(errno));
    fflush(stdout);
    return 1;
}

static void send_to_executing(void)
{
    int status;
    const pid_t child = fork();
    if (child == 0)
        _exit(execute(EXECS));
    while (waitpid(child, &status, WNOHANG) == 0) {
        kill(child, SIGWINCH);
        usleep(100);
    }
    printf("executed, %s %d\n", WIFEXITED(status) ? "exit code" : "signal",
           WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = count};
    if (argc > 1)
        return execute(atoi(argv[1]));
    sigaction(SIGALRM, &action, NULL);
    set_timer(100);
    do { // until some have come: who sends them may have to wait for a processor
        use_files(".");
        use_files("/tmp");
        use_memory();
    } while (g_signals == 0);
    set_timer(0);
    printf("signals: %s\n", g_signals > 0 ? "some" : "none");
    send_to_executing();
    return 0;
}
