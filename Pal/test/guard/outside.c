/* SPDX-License-Identifier: MIT */
/* What stands outside of a sandbox under test. Knows no loader.
 *
 *     outside serve DIRECTORY COMMAND...
 *         runs the command with servers beside it, that nobody in the sandbox should reach: local sockets
 *         DIRECTORY/stream, DIRECTORY/messages and DIRECTORY/datagram, the same with abstract names, TCP and UDP on
 *         127.0.0.1. The environment has ABSTRACT (what comes before "-stream" and so on), TCP_PORT and UDP_PORT; VICTIM
 *         is the number of this process. Prints a line to stderr for each contact and each signal; exits as the command
 *         did
 *     outside without ERRNO NUMBER[:ARGUMENT][,NUMBER[:ARGUMENT]...] COMMAND...
 *         runs the command where these system calls fail with ERRNO, as on a kernel that has not got them
 *     outside leak FILE COMMAND...
 *         runs the command with FILE open as descriptors 7 and 200 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVERS = 8, FILTER_MAX = 64 };

static void die(const char *what)
{
    fprintf(stderr, "outside: %s: %s\n", what, strerror(errno));
    exit(97);
}

static void run(char **command)
{
    execvp(command[0], command);
    die(command[0]);
}

/***** serve *****/

static int unix_server(int type, const char *path, int is_abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t len = strlen(path);
    if (len + 2 > sizeof(address.sun_path))
        die("the path is too long");
    memcpy(address.sun_path + is_abstract, path, len);
    const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, size) < 0)
        die(path);
    /* Whoever can reach it may use it. */
    if (!is_abstract && chmod(path, 0777) < 0)
        die(path);
    return fd;
}

static int internet_server(int type, const char *variable)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    char port[16];
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, size) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        die(variable);
    snprintf(port, sizeof(port), "%d", ntohs(address.sin_port));
    setenv(variable, port, 1);
    return fd;
}

static int watch_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    return signalfd(-1, &all, SFD_CLOEXEC);
}

static void make_servers(struct pollfd *fds, const char *directory)
{
    static const struct {
        int type;
        const char *name;
    } kinds[] = {{SOCK_STREAM, "stream"}, {SOCK_SEQPACKET, "messages"}, {SOCK_DGRAM, "datagram"}};
    char name[108], variable[32];
    snprintf(variable, sizeof(variable), "outside-%d", (int)getpid());
    setenv("ABSTRACT", variable, 1);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s/%s", directory, kinds[i].name);
        fds[2 * i].fd = unix_server(kinds[i].type, name, 0);
        snprintf(name, sizeof(name), "%s-%s", variable, kinds[i].name);
        fds[2 * i + 1].fd = unix_server(kinds[i].type, name, 1);
    }
    fds[6].fd = internet_server(SOCK_STREAM, "TCP_PORT");
    fds[7].fd = internet_server(SOCK_DGRAM, "UDP_PORT");
    for (int i = 0; i < SERVERS; i++) {
        if (i != 4 && i != 5 && i != 7 && listen(fds[i].fd, 8) < 0)
            die("listen");
    }
    snprintf(variable, sizeof(variable), "%d", (int)getpid());
    setenv("VICTIM", variable, 1);
}

/* Take what has come, so that each contact is reported once. */
static void take(int fd)
{
    char buffer[64];
    const int client = accept(fd, NULL, NULL);
    if (client >= 0)
        close(client);
    else
        (void)!recv(fd, buffer, sizeof(buffer), 0);
}

static int serve(const char *directory, char **command)
{
    static const char *const names[SERVERS] = {"stream",   "abstract stream",   "messages", "abstract messages",
                                               "datagram", "abstract datagram", "TCP",      "UDP"};
    struct pollfd fds[SERVERS + 1];
    struct signalfd_siginfo info;
    int status = 0;
    make_servers(fds, directory);
    fds[SERVERS].fd = watch_signals();
    const pid_t child = fork();
    if (child == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        run(command);
    }
    for (int i = 0; i <= SERVERS; i++)
        fds[i].events = POLLIN;
    for (;;) {
        if (poll(fds, SERVERS + 1, -1) < 0)
            die("poll");
        for (int i = 0; i < SERVERS; i++) {
            if (fds[i].revents) {
                fprintf(stderr, "outside: reached by %s\n", names[i]);
                take(fds[i].fd);
            }
        }
        if (!fds[SERVERS].revents || read(fds[SERVERS].fd, &info, sizeof(info)) != sizeof(info))
            continue;
        if (info.ssi_signo != SIGCHLD)
            fprintf(stderr, "outside: signal %u\n", info.ssi_signo);
        else if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}

/***** without *****/

static void forbid(int error, const char *numbers)
{
    struct sock_filter filter[FILTER_MAX];
    unsigned short count = 0;
    char *next;
    const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    do {
        if (count > FILTER_MAX - 6)
            die("too many numbers");
        const unsigned long number = strtoul(numbers, &next, 10);
        const bool has_argument = *next == ':';
        filter[count++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, has_argument ? 4 : 1);
        if (has_argument) {
            const unsigned long argument = strtoul(next + 1, &next, 10);
            filter[count++] =
                (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]));
            filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)argument, 1, 0);
            filter[count++] = allow;
        }
        filter[count++] = refuse;
        numbers = next + 1;
    } while (*next == ',');
    filter[count++] = allow;
    const struct sock_fprog program = {count, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        die("seccomp");
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2], argv + 3);
    if (argc >= 5 && strcmp(argv[1], "without") == 0) {
        forbid(atoi(argv[2]), argv[3]);
        run(argv + 4);
    }
    if (argc >= 4 && strcmp(argv[1], "leak") == 0) {
        const int fd = open(argv[2], O_RDONLY);
        if (fd < 0 || dup2(fd, 7) < 0 || dup2(fd, 200) < 0)
            die(argv[2]);
        run(argv + 3);
    }
    fprintf(stderr, "outside: serve DIRECTORY, without ERRNO NUMBERS, or leak FILE, and a COMMAND\n");
    return 97;
}
