// SPDX-License-Identifier: MIT
// Devices: null, zero, full, random, urandom; links to descriptors; shared memory.
#include "fs_report.h"
#include <dirent.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sysmacros.h>

static void kind(const char *name)
{
    struct stat s;
    if (stat(name, &s) < 0)
        printf("%s: %s\n", name, strerror(errno));
    else
        printf("%s: %o %u:%u size %ld\n", name, s.st_mode & S_IFMT, major(s.st_rdev), minor(s.st_rdev),
               (long)s.st_size);
}

static void null(void)
{
    char b[32];
    printf("-- null\n");
    kind("/dev/null");
    int fd = RFD(open("/dev/null", O_RDWR));
    R(read(fd, b, sizeof(b)));
    R(write(fd, b, sizeof(b)));
    R(write(fd, WILD, 100));
    R(lseek(fd, 100, SEEK_SET));
    R(lseek(fd, 0, SEEK_END));
    R(pread(fd, b, 4, 1000));
    R(pwrite(fd, b, 4, 1000));
    R(ftruncate(fd, 0));
    R(isatty(fd));
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    R(poll(&p, 1, 0));
    printf("%x\n", p.revents);
    R(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
    R(close(fd));
    fd = RFD(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666));
    R(write(fd, b, 1));
    R(read(fd, b, 1));
    R(close(fd));
    fd = RFD(open("/dev/null", O_RDONLY));
    R(write(fd, b, 1));
    R(close(fd));
    R(open("/dev/null", O_RDONLY | O_DIRECTORY));
    R(open("/dev/null/x", O_RDONLY));
    R(open("/dev/null", O_CREAT | O_EXCL | O_RDWR, 0600));
    R(mkdir("/dev/null", 0700));
    if (geteuid() == 0)
        R(rmdir("/dev/null"));
    R(truncate("/dev/null", 0));
    R(access("/dev/null", R_OK | W_OK));
}

static int all_zero(const char *b, int size)
{
    for (int i = 0; i < size; i++)
        if (b[i])
            return 0;
    return 1;
}

static void zero(void)
{
    static char b[200000];
    printf("-- zero, full\n");
    kind("/dev/zero");
    int fd = RFD(open("/dev/zero", O_RDWR));
    memset(b, 1, sizeof(b));
    R(read(fd, b, sizeof(b)));
    printf("zero: %d\n", all_zero(b, sizeof(b)));
    R(read(fd, b, 0));
    R(read(fd, WILD, 10));
    R(write(fd, b, 10));
    R(lseek(fd, 5, SEEK_CUR));
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    printf("private: %d %d\n", p != MAP_FAILED, p[0] == 0 && p[8191] == 0);
    p[0] = 7;
    R(munmap(p, 8192));
    p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    printf("shared: %d %d\n", p != MAP_FAILED, p[0] == 0);
    p[8191] = 7;
    R(munmap(p, 8192));
    R(close(fd));
    kind("/dev/full");
    fd = RFD(open("/dev/full", O_RDWR));
    R(read(fd, b, 10));
    R(write(fd, b, 10));
    R(write(fd, b, 0));
    R(close(fd));
}

static void randomness(void)
{
    static unsigned char a[100000], b[100000];
    unsigned counts[256] = {0}, rare = 0;
    printf("-- random\n");
    kind("/dev/random");
    kind("/dev/urandom");
    int fd = RFD(open("/dev/urandom", O_RDWR));
    R(read(fd, a, sizeof(a)));
    R(read(fd, b, sizeof(b)));
    printf("different: %d\n", memcmp(a, b, sizeof(a)) != 0);
    for (unsigned i = 0; i < sizeof(a); i++)
        counts[a[i]]++;
    for (int i = 0; i < 256; i++)
        rare += counts[i] < 200;
    printf("rare: %u\n", rare);
    R(write(fd, a, 1000));
    R(write(fd, WILD, 10));
    R(read(fd, WILD, 10));
    R(read(fd, a, 0));
    R(close(fd));
}

static void links(void)
{
    char b[64] = {0};
    struct stat s, t;
    printf("-- links\n");
    R(readlink("/dev/fd", b, sizeof(b)));
    show("fd", b, 13);
    int fd = RFD(open("f", O_RDWR | O_CREAT, 0644));
    R(dup2(fd, 50));
    R(write(50, "contents", 8));
    R(stat("/dev/fd/50", &s));
    R(fstat(50, &t));
    printf("same: %d\n", s.st_ino == t.st_ino);
    int again = RFD(open("/dev/fd/50", O_RDONLY));
    R(read(again, b, 3));
    show("b", b, 3);
    R(close(again));
    R(open("/dev/fd/51", O_RDONLY));
    R(readlink("/dev/stdin", b, sizeof(b)));
    show("stdin", b, 15);
    R(dup2(50, 0));
    R(stat("/dev/stdin", &s));
    printf("same: %d\n", s.st_ino == t.st_ino);
    R(close(50));
    R(close(fd));
    R(unlink("f"));
}

static void shared_memory(void)
{
    char name[64];
    printf("-- shm\n");
    snprintf(name, sizeof(name), "/libos-test-%d", getpid());
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    printf("open: %d\n", fd >= 0);
    R(ftruncate(fd, 10000));
    int again = shm_open(name, O_RDWR, 0);
    char *p = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *q = mmap(NULL, 12288, PROT_READ, MAP_SHARED, again, 0);
    char *r = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE, again, 0);
    strcpy(p + 5000, "seen by all");
    show("q", q + 5000, 11);
    strcpy(r + 6000, "mine");
    show("p", p + 6000, 4);
    char b[16] = {0};
    R(pread(again, b, 11, 5000));
    show("b", b, 11);
    R(pwrite(again, "written", 7, 100));
    show("p", p + 100, 7);
    R(mprotect(q, 4096, PROT_READ | PROT_WRITE));
    q[0] = 'Q';
    show("p", p, 1);
    R(close(fd));
    R(close(again));
    R(munmap(p, 12288));
    R(munmap(q, 12288));
    R(munmap(r, 12288));
    printf("unlink: %d\n", shm_unlink(name));
    printf("unlink: %d\n", shm_unlink(name));
}

int main(void)
{
    null();
    zero();
    randomness();
    links();
    shared_memory();
    return 0;
}
