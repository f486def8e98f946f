/* SPDX-License-Identifier: MIT */
/* What calls find fault with first, and what they do not change: names before times, flags of descriptors, owners that stay, seals,
 * renames, copies. Found by random sequences of calls (test/fuzz/same.c). */
#include "report.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#define NOEXEC_SEAL 8 /* MFD_NOEXEC_SEAL */

static void times(void)
{
    puts("-- times");
    const struct timespec wrong[2] = {{0, 0}, {0, 1000000000}};
    R(utimensat(AT_FDCWD, "none", wrong, 0));
    R(utimensat(AT_FDCWD, "a/x", wrong, 0));
    R(utimensat(AT_FDCWD, "a", wrong, 0));
    R(utimensat(77, "a", wrong, 0));
    R(futimens(77, wrong));
}

static void flags_of(const char *name, int flags)
{
    const int fd = open(name, flags);
    printf("%s: %#o %d\n", name, (unsigned)fcntl(fd, F_GETFL) & ~(unsigned)O_LARGEFILE & ~0100000u, fcntl(fd, F_GETFD));
    close(fd);
}

static void flags(void)
{
    puts("-- flags");
    flags_of(".", O_RDONLY);
    flags_of("d/", O_RDONLY);
    flags_of("d/..", O_RDONLY);
    flags_of(".", O_RDONLY | O_DIRECTORY);
    flags_of("a", O_PATH | O_CLOEXEC);
    flags_of("a", O_PATH);
    const int neither = open("a", O_ACCMODE);
    R(flock(neither, LOCK_SH | LOCK_NB));
    R(flock(neither, LOCK_UN));
    close(neither);
}

static void names(void)
{
    puts("-- names");
    R(chown("none", -1, -1));
    R(lchown("none", -1, -1));
    R(linkat(AT_FDCWD, "a", AT_FDCWD, "e", AT_EMPTY_PATH));
    R(linkat(AT_FDCWD, "d", AT_FDCWD, "f", AT_EMPTY_PATH) == -1);
    R(linkat(77, "a", AT_FDCWD, "g", AT_EMPTY_PATH));
    R(syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "d/in", RENAME_NOREPLACE));
    R(syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "d/none", RENAME_NOREPLACE));
    R(syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "d/none", RENAME_EXCHANGE));
    R(syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "d/in", RENAME_EXCHANGE));
    R(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "d//", RENAME_NOREPLACE));
}

static void copies(void)
{
    puts("-- copies");
    const int file = open("a", O_RDWR), memory = memfd_create("memory", 0);
    R(copy_file_range(file, NULL, memory, NULL, 1, 0));
    R(copy_file_range(memory, NULL, file, NULL, 1, 0));
    R(copy_file_range(memory, NULL, file, NULL, 0, 0));
    R(fallocate(memory, FALLOC_FL_ZERO_RANGE, 0, 10));
    off_t end = 1, far = LONG_MAX - 10, here = 0;
    R(write(memory, "x", 1));
    R(copy_file_range(memory, &here, memory, &end, 10, 0));
    R(copy_file_range(memory, &far, memory, &here, 100, 0));
    R(copy_file_range(memory, &far, 0, &here, 1, 0) == -1);
    R(write(memory, "", 0));
    close(file);
    close(memory);
}

static long mode_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) < 0 ? -1 : (long)(status.st_mode & 07777);
}

static void seals(void)
{
    puts("-- seals");
    const int plain = open("a", O_RDONLY), written = open("a", O_RDWR);
    R(fcntl(plain, F_ADD_SEALS, 0));
    R(fcntl(plain, F_ADD_SEALS, 0x10000));
    R(fcntl(written, F_ADD_SEALS, 0));
    const int sealed = memfd_create("sealed", 0);
    R(fcntl(sealed, F_ADD_SEALS, F_SEAL_GROW));
    R(fcntl(sealed, F_ADD_SEALS, 0x10000));
    const int memory = memfd_create("memory", MFD_ALLOW_SEALING);
    R(fcntl(memory, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    R(write(memory, "x", 1));
    R(write(memory, "x", 0));
    close(plain);
    close(written);
    close(sealed);
    close(memory);
}

/* Linux 6.3 */
static void executable(void)
{
    puts("-- executable");
    const int plain = memfd_create("plain", NOEXEC_SEAL), program = memfd_create("program", MFD_ALLOW_SEALING);
    R(mode_of(plain));
    R(fcntl(plain, F_GET_SEALS));
    R(fchmod(plain, 0700));
    R(fchmod(plain, 0600));
    R(mode_of(plain));
    R(fcntl(program, F_ADD_SEALS, F_SEAL_EXEC));
    R(fcntl(program, F_GET_SEALS));
    R(fchmod(program, 0600));
    R(fchmod(program, 0700));
    close(plain);
    close(program);
}

/* A transfer that would end behind the last place that there can be. */
static void ends(void)
{
    char byte[2] = "";
    puts("-- ends");
    const int file = open("a", O_RDWR), memory = memfd_create("memory", 0);
    R(pread(file, byte, 2, LONG_MAX - 1));
    R(pwrite(file, byte, 2, LONG_MAX - 1));
    R(pread(memory, byte, 2, LONG_MAX - 1));
    R(pread(memory, byte, 1, LONG_MAX - 1));
    R(lseek(memory, LONG_MAX, SEEK_SET) == LONG_MAX);
    R(read(memory, byte, 1));
    R(write(memory, byte, 1));
    close(file);
    close(memory);
}

static void pipes(void)
{
    int pair[2], other[2];
    puts("-- pipes");
    R(pipe2(pair, O_NONBLOCK));
    R(pipe2(other, O_NONBLOCK));
    R(fchmod(pair[1], 06755));
    R(mode_of(pair[1]));
    R(fchown(pair[1], getuid(), getgid()));
    R(mode_of(pair[1]));
    close(other[0]);
    R(tee(pair[0], other[1], 10, 0));
    R(splice(pair[0], NULL, other[1], NULL, 10, 0));
    close(pair[0]);
    close(pair[1]);
    close(other[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IONBF, 0);
    close(open("a", O_CREAT | O_WRONLY, 0644));
    mkdir("d", 0755);
    close(open("d/in", O_CREAT | O_WRONLY, 0644));
    times();
    flags();
    names();
    copies();
    seals();
    executable();
    ends();
    pipes();
    return 0;
}
