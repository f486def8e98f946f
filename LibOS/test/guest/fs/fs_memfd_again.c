/* SPDX-License-Identifier: MIT */
/* A memfd that is opened again through /proc/self/fd: an access and a position of its own, one memory and one set of seals;
 * and how it comes out when it is sent to another process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_ADD_SEALS
#define F_ADD_SEALS   1033
#define F_GET_SEALS   1034
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW   4
#define F_SEAL_WRITE  8
#endif

static int open_again(int fd, int flags)
{
    char name[64];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    return open(name, flags);
}

static void show(const char *what, long result)
{
    if (result < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, result);
}

static int access_of(int fd)
{
    return fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND);
}

static void send_file(int socket, int fd)
{
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    if (sendmsg(socket, &message, 0) < 0)
        perror("sendmsg");
}

static int receive_file(int socket)
{
    char byte, control[CMSG_SPACE(sizeof(int))];
    int fd = -1;
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    if (recvmsg(socket, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

static void test_access(int fd)
{
    char text[64] = "";
    const int reader = open_again(fd, O_RDONLY), end = open_again(fd, O_RDWR | O_APPEND);
    struct stat one, other;
    printf("access %x %x, position %ld\n", access_of(reader), access_of(end), (long)lseek(reader, 0, SEEK_CUR));
    show("write to the reader", write(reader, "x", 1));
    show("truncate the reader", ftruncate(reader, 0));
    show("append", write(end, "end", 3));
    show("append at a position", pwrite(end, "!", 1, 0));
    show("read", read(reader, text, sizeof(text)));
    printf("%s\n", text);
    printf("map for writing: %s\n",
           mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED ? strerror(errno) : "done");
    fstat(reader, &one);
    fstat(fd, &other);
    printf("one file: %d\n", one.st_ino == other.st_ino && one.st_dev == other.st_dev);
    show("as a directory", open_again(fd, O_RDONLY | O_DIRECTORY));
    close(end);
    show("the first is open", write(fd, "", 0));
    close(reader);
}

static void test_seals(int fd)
{
    const int reader = open_again(fd, O_RDONLY);
    char *writable = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const char *readable = mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0);
    writable[0] = 'W';
    printf("one memory: %d\n", readable[0] == 'W');
    show("seal what is mapped", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(writable, 4096);
    show("seal", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW));
    show("seals of the reader", fcntl(reader, F_GET_SEALS));
    show("seal by the reader", fcntl(reader, F_ADD_SEALS, F_SEAL_SHRINK));
    const int late = open_again(fd, O_RDWR);
    show("write", write(late, "x", 1));
    show("map", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, late, 0) == MAP_FAILED ? -1 : 0);
    show("truncate", ftruncate(late, 1));
    show("truncate again", open_again(fd, O_RDWR | O_TRUNC) < 0 ? -1 : 0);
}

static void test_sent(void)
{
    int sockets[2];
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const int fd = memfd_create("sent", 0);
        send_file(sockets[1], fd);
        send_file(sockets[1], open_again(fd, O_RDONLY));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    const int writer = receive_file(sockets[0]), reader = receive_file(sockets[0]);
    printf("access %x %x\n", access_of(writer), access_of(reader));
    show("write to the writer", write(writer, "hello", 5));
    show("write to the reader", write(reader, "x", 1));
    char text[8] = "";
    show("read", pread(reader, text, 5, 0));
    printf("%s\n", text);
}

int main(void)
{
    const int fd = memfd_create("memory", MFD_ALLOW_SEALING);
    show("write", write(fd, "abc", 3));
    test_access(fd);
    test_seals(fd);
    test_sent();
    return 0;
}
