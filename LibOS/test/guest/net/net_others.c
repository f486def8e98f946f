/* SPDX-License-Identifier: MIT */
/* What /proc tells of another process that only that can know: its memory, environment, sockets, children, processor time. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "show.h"

static char g_text[1 << 20];
static char g_name[48];
static int g_port;

/* The whole of a file of a process. */
static const char *read_of(pid_t pid, const char *file)
{
    char name[64];
    size_t size = 0;
    ssize_t got = 0;
    snprintf(name, sizeof(name), "/proc/%d/%s", pid, file);
    const int fd = open(name, O_RDONLY);
    if (fd < 0)
        return strerror(errno);
    while (size < sizeof(g_text) - 1 && (got = read(fd, g_text + size, sizeof(g_text) - 1 - size)) > 0)
        size += (size_t)got;
    g_text[size] = '\0';
    for (size_t i = 0; i < size; i++) /* between strings */
        if (g_text[i] == '\0')
            g_text[i] = '\n';
    close(fd);
    return got < 0 ? strerror(errno) : g_text;
}

static int count(const char *text, const char *part)
{
    int found = 0;
    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        found++;
    }
    return found;
}

/* Whether it may say that somebody else has logged in. */
static int log_in(void)
{
    char number[16];
    const int fd = open("/proc/self/loginuid", O_RDWR);
    if (fd < 0)
        return 0;
    const ssize_t size = read(fd, number, sizeof(number) - 1);
    number[size > 0 ? size : 0] = '\0';
    const int done = pwrite(fd, strcmp(number, "1234") == 0 ? "1235" : "1234", 4, 0) == 4;
    close(fd);
    return done;
}

/* The child has what its parent has not. */
static void be_child(int ready)
{
    const int logs_in = log_in();
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(inet);
    const int server = socket(AF_INET, SOCK_STREAM, 0), named = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(local.sun_path + 1, g_name, strlen(g_name));
    if (bind(server, (struct sockaddr *)&inet, size) < 0 || listen(server, 1) < 0 ||
        bind(named, (struct sockaddr *)&local,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(g_name))) < 0 ||
        listen(named, 1) < 0)
        _exit(1);
    getsockname(server, (struct sockaddr *)&inet, &size);
    g_port = ntohs(inet.sin_port);
    if (fork() == 0) /* has the sockets as well */
        for (;;)
            pause();
    (void)!write(ready, &g_port, sizeof(g_port));
    (void)!write(ready, &logs_in, sizeof(logs_in));
    for (;;)
        ;
}

static void end(pid_t child)
{
    char part[32];
    snprintf(part, sizeof(part), "task/%d/children", child);
    const pid_t grandchild = (pid_t)atoi(read_of(child, part));
    kill(grandchild, SIGKILL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void look(pid_t child)
{
    char part[64];
    printf("environment: %d\n", count(read_of(child, "environ"), "ASKED_OF_OTHERS="));
    printf("maps: %d\n", count(read_of(child, "maps"), "[stack]"));
    printf("smaps: %d\n", count(read_of(child, "smaps"), "Anonymous:") > 3);
    printf("smaps_rollup: %d\n", count(read_of(child, "smaps_rollup"), "[rollup]"));
    printf("io: %d\n", count(read_of(child, "io"), "rchar:"));
    printf("auxv: %d\n", strlen(read_of(child, "auxv")) > 0);
    snprintf(part, sizeof(part), " 0100007F:%04X 00000000:0000 0A ", g_port);
    printf("tcp: %d\n", count(read_of(getpid(), "net/tcp"), part));
    snprintf(part, sizeof(part), "@%s", g_name);
    printf("unix: %d\n", count(read_of(getpid(), "net/unix"), part));
    snprintf(part, sizeof(part), "task/%d/children", child);
    printf("children: %d\n", count(read_of(child, part), " "));
    snprintf(part, sizeof(part), "task/%d/children", getpid());
    printf("own children: %d\n", count(read_of(getpid(), part), " "));
    printf("cpuset: %s", count(read_of(child, "cpuset"), "/") > 0 ? "there\n" : "not there\n");
}

/* Processor time goes on for who works. */
static void clocks(pid_t child)
{
    clockid_t clock;
    struct timespec before, now;
    show("clock_getcpuclockid", clock_getcpuclockid(child, &clock));
    show("clock_gettime", clock_gettime(clock, &before));
    do {
        clock_gettime(clock, &now);
    } while (now.tv_sec == before.tv_sec && now.tv_nsec < before.tv_nsec + 50000000);
    puts("it works");
    printf("no process: %d\n", clock_getcpuclockid(0x3ffff0, &clock) == ESRCH);
}

static void foreigner(pid_t child)
{
    fflush(stdout);
    const pid_t other = geteuid() == 0 ? fork() : -1;
    if (other == 0) {
        if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
            _exit(1);
        printf("environ: %s\n", read_of(child, "environ"));
        printf("maps: %s\n", read_of(child, "maps"));
        fflush(stdout);
        _exit(0);
    }
    if (other > 0)
        waitpid(other, NULL, 0);
}

/* RELRO and data have been written, whatever they are now; code has not. */
static void written(void)
{
    char *line = strtok((char *)(size_t)read_of(getpid(), "smaps"), "\n");
    int code = 0, data = 0, is_code = 0, is_data = 0;
    unsigned long size;
    for (; line; line = strtok(NULL, "\n")) {
        if (strstr(line, " r-xp ") || strstr(line, " rw-p ")) {
            is_code = strstr(line, " r-xp ") && strchr(line, '/');
            is_data = strstr(line, " rw-p ") && strchr(line, '/');
        } else if (sscanf(line, "Anonymous: %lu", &size) == 1) {
            code += is_code && size != 0;
            data += is_data && size != 0;
            is_code = is_data = 0;
        }
    }
    printf("written: code %d, data %d\n", code > 0, data > 0);
}

int main(void)
{
    int ready[2];
    snprintf(g_name, sizeof(g_name), "others.%d.%lx", getpid(), (unsigned long)time(NULL));
    setenv("ASKED_OF_OTHERS", "1", 1);
    if (!getenv("ASKED_AGAIN")) { /* what was set is not in the environment that a program is given */
        setenv("ASKED_AGAIN", "1", 1);
        execl("/proc/self/exe", "net_others", NULL);
    }
    if (pipe(ready) < 0)
        return 1;
    const pid_t child = fork();
    if (child == 0)
        be_child(ready[1]);
    if (read(ready[0], &g_port, sizeof(g_port)) != sizeof(g_port))
        return 1;
    int logs_in = 0;
    char own[16];
    if (read(ready[0], &logs_in, sizeof(logs_in)) != sizeof(logs_in))
        return 1;
    snprintf(own, sizeof(own), "%.15s", read_of(getpid(), "loginuid"));
    printf("loginuid: %s\n", (strcmp(own, read_of(child, "loginuid")) != 0) == logs_in ? "right" : "wrong");
    look(child);
    clocks(child);
    end(child);
    const pid_t sleeper = fork();
    if (sleeper == 0)
        for (;;)
            pause();
    foreigner(sleeper);
    kill(sleeper, SIGKILL);
    waitpid(sleeper, NULL, 0);
    written();
    return 0;
}
