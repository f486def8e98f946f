// SPDX-License-Identifier: MIT
// A program that writes another title over its arguments, as servers do: /proc of itself and of others tells it.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include "children.h"
#include "report.h"

static char *g_args;
static size_t g_size; // of the arguments' strings

// The title, and how many bytes there are beside those of the arguments.
static void show(const char *who, pid_t pid)
{
    char name[32], text[8192];
    snprintf(name, sizeof(name), "/proc/%d/cmdline", pid);
    const int fd = open(name, O_RDONLY);
    const ssize_t size = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[size < 0 ? 0 : size] = '\0';
    const size_t len = strlen(text);
    printf("%s: ...%s, %ld beyond\n", who, len > 8 ? text + len - 8 : text, (long)size - (long)g_size);
}

static void set_title(const char *title)
{
    memset(g_args, 0, g_size);
    strcpy(g_args, title);
}

// Into what was the environment.
static void set_long_title(void)
{
    memset(g_args, 'x', g_size);
    strcpy(g_args + g_size, "end");
}

static void show_name(pid_t pid)
{
    char name[32], text[64];
    snprintf(name, sizeof(name), "/proc/%d/comm", pid);
    const int fd = open(name, O_RDONLY);
    const ssize_t size = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[size < 0 ? 0 : size] = '\0';
    printf("named %s", text);
}

static void spin(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}

static void sleep_on(void)
{
    for (;;)
        pause();
}

static void child(int ready, void (*wait)(void))
{
    const int fd = open("/proc/self/comm", O_WRONLY);
    set_title("waiting");
    if (wait == spin ? write(fd, "worker", 6) != 6 : prctl(PR_SET_NAME, "sleeper") != 0)
        return;
    if (write(ready, "", 1) == 1)
        wait();
}

// The parent's question finds the child at work, or asleep.
static void ask(const char *what, void (*wait)(void))
{
    int ready[2];
    char c;
    R(pipe(ready));
    const pid_t pid = fork_clean();
    if (pid == 0) {
        child(ready[1], wait);
        _exit(1);
    }
    R(read(ready[0], &c, 1));
    show(what, pid);
    show_name(pid);
    kill(pid, SIGKILL);
    R(waitpid(pid, NULL, 0) == pid);
    close(ready[0]);
    close(ready[1]);
}

static void show_parent(void)
{
    show("parent", getppid());
}

// The parent waits for the child that asks, and has changed its title before the fork, or after another one.
static void seen_by_child(void)
{
    in_child(show_parent);
    set_title("changed");
    in_child(show_parent);
    set_long_title();
    show("itself", getpid());
    in_child(show_parent);
}

int main(int argc, char **argv)
{
    g_args = argv[0];
    g_size = (size_t)(argv[argc - 1] - argv[0]) + strlen(argv[argc - 1]) + 1;
    set_title("titled");
    show("itself", getpid());
    seen_by_child();
    ask("asleep", sleep_on);
    ask("at work", spin);
    return 0;
}
