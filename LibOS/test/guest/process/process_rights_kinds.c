// SPDX-License-Identifier: MIT
// Descriptors of every kind that are sent from one process to another (SCM_RIGHTS), and what the two share then.
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "process_rights.h"

/***** Every kind *****/

// What was sent by name: the receiver uses it and then says so.
static void play_kinds(void)
{
    int fds[MAX];
    struct stat status;
    // A file: its position is the same one.
    receive_fds("file", g_pair[1], fds, 4, 100, 0);
    read_some("  read", fds[0], 5);
    fstat(fds[0], &status);
    printf("  mode %o, flags %#x\n", status.st_mode & S_IFMT,
           (unsigned)fcntl(fds[0], F_GETFL) & (O_ACCMODE | O_APPEND));
    show("  write", write(fds[0], "X", 1));
    fflush(stdout);
    close(fds[0]);
    step();
    // Both ends of a pipe.
    receive_fds("pipe", g_pair[1], fds, 4, 100, 0);
    read_some("  read", fds[0], 100);
    show("  write", write(fds[1], "second", 6));
    read_some("  read", fds[0], 100);
    close(fds[1]);
    step();
    read_some("  the parent's write end", fds[0], 100);
    read_some("  its end", fds[0], 100);
    close(fds[0]);
    // A socket.
    receive_fds("socket", g_pair[1], fds, 4, 100, 0);
    show("  send", send(fds[0], "by the socket", 13, 0));
    close(fds[0]);
    // One that listens.
    receive_fds("listener", g_pair[1], fds, 4, 100, 0);
    const int accepted = accept(fds[0], NULL, NULL);
    read_some("  accepted", accepted, 100);
    show("  write", write(accepted, "served", 6));
    close(accepted);
    close(fds[0]);
    // Memory.
    receive_fds("memfd", g_pair[1], fds, 4, 100, 0);
    char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
    printf("  %s\n", memory);
    strcpy(memory, "changed");
    show("  seals", fcntl(fds[0], F_GET_SEALS));
    close(fds[0]);
    step();
    // Directories, devices, files that have no name any more.
    receive_fds("others", g_pair[1], fds, 4, 100, 0);
    const int inside = openat(fds[0], "file", O_RDONLY);
    show("  openat", inside >= 0 ? 0 : -1);
    show("  write to null", write(fds[1], "x", 1));
    read_some("  unlinked", fds[2], 100);
    show("  standard error", fstat(fds[3], &status));
    fflush(stdout);
    step();
}

static void check_position(const char *what, int fd)
{
    show(what, lseek(fd, 0, SEEK_CUR));
}

static void test_kinds(int type)
{
    char text[100] = "";
    int fds[4], pipe_fds[2], other[2];
    socketpair(AF_UNIX, type, 0, g_pair);
    const pid_t pid = start_at_pair(play_kinds);

    const int file = open("file", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    write(file, "0123456789", 10);
    lseek(file, 2, SEEK_SET);
    send_fds(g_pair[0], "a file", &file, 1, 0);
    await();
    check_position("position", file);
    pread(file, text, 20, 0);
    printf("%s\n", text);

    fflush(stdout);
    pipe(pipe_fds);
    write(pipe_fds[1], "first", 5);
    send_fds(g_pair[0], "a pipe", pipe_fds, 2, 0);
    close(pipe_fds[0]);
    // The child has read both and has no write end any more.
    await();
    write(pipe_fds[1], "third", 5);
    close(pipe_fds[1]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, other);
    send_fds(g_pair[0], "a socket", &other[0], 1, 0);
    close(other[0]);
    memset(text, 0, sizeof(text));
    const ssize_t got = recv(other[1], text, sizeof(text), MSG_WAITALL);
    close(other[1]);

    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "rights.socket"};
    unlink(name.sun_path);
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&name, sizeof(name));
    listen(listener, 2);
    send_fds(g_pair[0], "a listener", &listener, 1, 0);
    close(listener);
    connect(client, (struct sockaddr *)&name, sizeof(name));
    write(client, "question", 8);
    char answer[20] = "";
    read(client, answer, sizeof(answer));
    close(client);
    unlink(name.sun_path);

    const int memory = memfd_create("passed", MFD_ALLOW_SEALING);
    write(memory, "in memory", 10);
    ftruncate(memory, 4096);
    fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK);
    send_fds(g_pair[0], "memory", &memory, 1, 0);
    await();
    char seen[20] = "";
    pread(memory, seen, sizeof(seen) - 1, 0);

    mkdir("directory", 0700);
    close(open("directory/file", O_CREAT | O_WRONLY, 0600));
    fds[0] = open("directory", O_RDONLY | O_DIRECTORY);
    fds[1] = open("/dev/null", O_WRONLY);
    fds[2] = open("gone", O_RDWR | O_CREAT, 0600);
    write(fds[2], "no name", 7);
    lseek(fds[2], 0, SEEK_SET);
    unlink("gone");
    fds[3] = 2;
    send_fds(g_pair[0], "four", fds, 4, 0);
    await();
    end_of(pid);
    printf("by the socket: %zd %s; by the listener: %s; memory: %s\n", got, text, answer, seen);
    check_position("the unlinked file's position", fds[2]);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close(memory);
    close(file);
    unlink("file");
    unlink("directory/file");
    rmdir("directory");
    close(g_pair[0]);
}

/***** Temporary files *****/

static void play_tmp(void)
{
    int fds[MAX];
    receive_fds("temporary file", g_pair[1], fds, 1, 100, 0);
    read_some("  read", fds[0], 100);
    show("  write", write(fds[0], " and the child", 14));
}

static void test_tmp(int type)
{
    char path[40], text[100] = "";
    snprintf(path, sizeof(path), "/tmp/process_rights.%d", (int)getpid());
    socketpair(AF_UNIX, type, 0, g_pair);
    const pid_t pid = start_at_pair(play_tmp);
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink(path);
    write(file, "the parent", 10);
    lseek(file, 4, SEEK_SET);
    send_fds(g_pair[0], "file", &file, 1, 0);
    end_of(pid);
    check_position("position", file);
    pread(file, text, sizeof(text), 0);
    printf("%s\n", text);
    close(file);
    close(g_pair[0]);
}

int main(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    steps_begin();
    for (int i = 0; i < 3; i++) {
        run("kinds", test_kinds, types[i]);
        run("temporary", test_tmp, types[i]);
    }
    return 0;
}
