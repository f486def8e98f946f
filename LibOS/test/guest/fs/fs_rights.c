// SPDX-License-Identifier: MIT
// Permissions and owners of what is open and in no file system: pipes and sockets have them, and keep them when the process changes
// its own ids.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "show.h"

static void show_rights(const char *what, int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0)
        printf("%s: mode %o, uid %d, gid %d\n", what, st.st_mode, (int)st.st_uid, (int)st.st_gid);
}

static void show_both(const int fds[2])
{
    show_rights("one", fds[0]);
    show_rights("other", fds[1]);
}

static void change(const int fds[2])
{
    char name[64];
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_nsec = UTIME_OMIT}};
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fds[1]);
    show_both(fds);
    show("fchmod", fchmod(fds[0], 0640));
    show_both(fds);
    show("chmod by its number", chmod(name, 0604));
    show_both(fds);
    show("fchown to nobody else", fchown(fds[0], -1, -1));
    show("fchown to who it is", fchown(fds[0], getuid(), getgid()));
    show("fchown", fchown(fds[0], 5, 6));
    show_both(fds);
    show("chown by its number", chown(name, 7, -1));
    show_both(fds);
    show("times", futimens(fds[0], NULL));
    show("chosen times", futimens(fds[0], times));
    show("ftruncate", ftruncate(fds[1], 0));
}

static void change_of_others(const int fds[2])
{
    show("another's: fchmod", fchmod(fds[0], 0600));
    show("fchown", fchown(fds[0], getuid(), -1));
    show("fchown to nobody else", fchown(fds[0], -1, -1));
    show("times", futimens(fds[0], NULL));
    show_both(fds);
}

int main(void)
{
    int ends[2], pair[2];
    if (pipe(ends) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    puts("-- pipe");
    change(ends);
    puts("-- sockets");
    change(pair);
    if (getuid() == 0 && (setgid(1000) < 0 || setuid(1000) < 0))
        return 1;
    puts("-- after setuid");
    change_of_others(ends);
    change_of_others(pair);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    show_rights("its own", fd);
    show("fchmod", fchmod(fd, 0600));
    show_rights("its own", fd);
    return 0;
}
