/* SPDX-License-Identifier: MIT */
/* Which of several things that are wrong a call tells of, and what is moved when a part of the memory is bad. */
#include "report.h"
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#define C(name, ...) R(syscall(SYS_##name, __VA_ARGS__))
#define FAR          ((char *)0xffff800000000000)

static int g_file, g_reading, g_writing, g_directory, g_pipe[2], g_set, g_event, g_pair[2];
static char g_text[64];
static off_t g_negative = -1, g_start = 0, g_far = INT64_MAX - 1;

static void prepare(void)
{
    g_file = open("file", O_CREAT | O_RDWR, 0644);
    if (write(g_file, "the bytes of a file", 19) != 19 || mkdir("directory", 0755) < 0 || pipe(g_pipe) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, g_pair) < 0)
        exit(9);
    g_reading = open("file", O_RDONLY);
    g_writing = open("file", O_WRONLY);
    g_directory = open("directory", O_RDONLY);
    g_set = epoll_create1(0);
    g_event = eventfd(3, EFD_NONBLOCK);
}

static void reads_and_writes(void)
{
    C(read, g_writing, FAR, 1);
    C(read, g_set, FAR, 1);
    C(read, g_directory, FAR, 1);
    C(write, g_reading, FAR, 1);
    C(write, g_set, FAR, 1);
    C(write, g_event, FAR, 8);
    C(pread64, g_event, FAR, 1, 0);
    C(pread64, g_pipe[1], g_text, 1, 0);
    C(pread64, g_writing, FAR, 1, 0);
    C(pread64, g_file, FAR, 1, -1L);
    C(pwrite64, g_pipe[0], g_text, 1, 0);
    C(pwrite64, g_reading, FAR, 1, 0);
    C(pwrite64, g_event, FAR, 1, 0);
}

static void vectors(void)
{
    struct iovec none[2] = {{g_text, 0}, {NULL, 0}}, far[1] = {{FAR, 4}}, bad[2] = {{g_text, 5}, {WILD, 5}};
    C(preadv, g_pipe[1], bad, 1, 0, 0);
    C(preadv, g_writing, WILD, 1, 0, 0);
    C(pwritev, g_pipe[0], bad, 1, 0, 0);
    C(preadv2, g_writing, none, 1, 0, 0, 0x1000);
    C(preadv2, g_file, none, 2, 0, 0, 0x1000);
    C(preadv2, g_file, WILD, 1, 0, 0, 0x1000);
    C(preadv2, g_file, bad, 1, 0, 0, 0x1000);
    C(preadv2, g_file, bad, 1, -2L, 0, 0x1000);
    C(preadv2, g_file, bad, 1, 0, 0, 0x10);
    C(preadv2, 99, bad, 1, 0, 0, 0x1000);
    C(pwritev2, g_event, far, 1, 0, 0, 0x1000);
    C(pwritev2, g_reading, far, 1, -1L, 0, 0x1000);
    C(readv, g_directory, none, 2);
    C(readv, g_directory, far, 1);
    C(writev, g_set, far, 1);
    C(writev, g_pair[0], none, 2);
    /* The good pieces before a bad one are moved. */
    lseek(g_file, 4, SEEK_SET);
    C(readv, g_file, bad, 2);
    printf("%.5s, at %ld\n", g_text, (long)lseek(g_file, 0, SEEK_CUR));
    C(preadv, g_file, bad, 2, 10, 0);
    printf("%.5s, at %ld\n", g_text, (long)lseek(g_file, 0, SEEK_CUR));
    C(pwritev, g_file, bad, 2, 100, 0);
    C(writev, g_file, bad, 2);
    printf("at %ld, size %ld\n", (long)lseek(g_file, 0, SEEK_CUR), (long)lseek(g_file, 0, SEEK_END));
    C(writev, g_pipe[1], bad, 2);
}

static void copies(void)
{
    C(sendfile, g_pipe[1], 99, WILD, 5);
    C(sendfile, 99, g_event, &g_negative, 5);
    C(sendfile, 99, g_file, &g_negative, 5);
    C(sendfile, 99, g_file, NULL, 5);
    C(sendfile, g_reading, g_writing, &g_negative, 5);
    C(sendfile, g_reading, g_file, &g_far, 2);
    C(sendfile, g_reading, g_file, &g_far, 1);
    C(sendfile, g_reading, g_file, NULL, SIZE_MAX);
    C(copy_file_range, g_writing, &g_negative, g_file, NULL, 5, 0);
    C(copy_file_range, g_event, WILD, g_file, NULL, 5, 7);
    C(copy_file_range, g_event, NULL, g_file, NULL, 5, 7);
    C(copy_file_range, g_file, &g_negative, g_file, NULL, 5, 0);
    C(splice, g_pipe[1], &g_start, g_event, NULL, 5, 0);
    C(splice, g_event, WILD, g_pipe[1], NULL, 5, 0);
    C(splice, g_writing, WILD, g_pipe[1], NULL, 5, 0);
    C(splice, g_writing, &g_negative, g_pipe[1], NULL, 5, 0);
    C(splice, g_file, &g_negative, g_pipe[1], NULL, 5, 0);
    C(splice, g_file, WILD, g_writing, NULL, 5, 0);
    C(splice, g_file, NULL, g_set, WILD, 5, 0);
    C(vmsplice, g_event, WILD, 0, 0);
    C(vmsplice, g_file, WILD, 1, 0);
    C(vmsplice, g_file, WILD, 5000L, 0);
    C(vmsplice, g_file, &(struct iovec){g_text, 5}, 1, 0);
}

static void names(void)
{
    C(linkat, AT_FDCWD, "/proc/self/stat", AT_FDCWD, "file", 0);
    C(linkat, AT_FDCWD, "/proc/self/stat", AT_FDCWD, "new", 0);
    C(mknodat, AT_FDCWD, "file", S_IFCHR | 0600, 0x103);
    C(mknodat, AT_FDCWD, "file", S_IFSOCK | 0600, 0);
    C(mknodat, AT_FDCWD, "file/new", S_IFBLK | 0600, 0);
    C(mknodat, AT_FDCWD, "missing/new", S_IFBLK | 0600, 0);
    C(mknodat, 99, "new", S_IFBLK | 0600, 0);
    C(mknodat, AT_FDCWD, WILD, S_IFBLK | 0600, 0);
    C(mknodat, AT_FDCWD, "file", S_IFDIR | 0600, 0);
    C(mknodat, AT_FDCWD, "file", S_IFLNK | 0600, 0);
}

static void others(void)
{
    const int watches = inotify_init1(0);
    C(inotify_add_watch, watches, "file", 0x40002);
    C(inotify_add_watch, 99, "file", 0x40002);
    C(inotify_add_watch, watches, "file", 0);
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    C(msync, page, -1L, MS_ASYNC);
    C(msync, page, -4095L, MS_ASYNC);
    C(msync, page, 4096, MS_ASYNC);
    C(waitid, 77, 0, WILD, 0, NULL);
    C(waitid, P_ALL, 0, WILD, 0, NULL);
    C(waitid, P_ALL, 0, WILD, WEXITED, NULL);
    siginfo_t info;
    memset(&info, 77, sizeof(info));
    C(waitid, 77, 0, &info, 0, NULL);
    printf("%d %d %d\n", info.si_signo, info.si_code, info.si_pid);
}

/* Sockets have permissions, which the file of their name gets. */
static void sockets(void)
{
    struct sockaddr_un name = {AF_UNIX, "name"};
    struct stat stat;
    const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    umask(022);
    R(fchmod(socket_fd, 0660));
    R(fchown(socket_fd, geteuid(), -1));
    R(fchown(socket_fd, -1, -1));
    if (fstat(socket_fd, &stat) == 0)
        printf("mode %o\n", stat.st_mode);
    R(bind(socket_fd, (struct sockaddr *)&name, sizeof(name)));
    if (lstat("name", &stat) == 0)
        printf("mode %o\n", stat.st_mode & 0777);
    unlink("name");
}

/* Directories that their owner may not read: all of this also holds for an ordinary user. */
static void closed_directories(void)
{
    const mode_t modes[] = {0, 0300, 0111, 01333, 0755};
    struct stat stat;
    umask(0);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        R(mkdir("closed", modes[i]));
        if (lstat("closed", &stat) == 0)
            printf("mode %o\n", stat.st_mode);
        R(rmdir("closed"));
    }
}

static void places(void)
{
    C(fadvise64, g_pipe[0], 0L, 0L, 0);
    C(fadvise64, g_pair[0], 0L, 0L, 0);
    C(fadvise64, g_pair[0], 0L, 0L, 77);
    C(fadvise64, g_event, 0L, -1L, 0);
    C(fadvise64, g_directory, 0L, 0L, 0);
    C(fallocate, g_pair[0], 0, 0L, 10L);
    C(fallocate, g_pipe[1], 0, 0L, 10L);
    C(fallocate, g_event, 0, 0L, 10L);
    R(open(".", O_TRUNC));
    R(open("directory", O_TRUNC));
    R(open("directory/", O_RDONLY | O_TRUNC));
    R(open("directory/..", O_RDONLY | O_TRUNC));
    R(open("directory", O_RDONLY | O_TRUNC | O_DIRECTORY));
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    C(mprotect, page, 0L, 0x10000);
    C(mprotect, -4096L, 0L, 0x10000);
    C(mprotect, page + 1, 0L, 0);
    C(mprotect, page, INT64_MAX, 0x10000);
    C(mprotect, page, -1L, 0x10000);
    C(mprotect, page, 4096L, 0x10000);
    C(splice, 99, NULL, 99, NULL, 0L, -1);
    C(tee, 99, 99, 0L, -1);
    C(madvise, page, 4096L, 77);
    C(madvise, page, 4096L, -1);
}

int main(void)
{
    prepare();
    reads_and_writes();
    vectors();
    copies();
    names();
    others();
    sockets();
    places();
    closed_directories();
    return 0;
}
