/* SPDX-License-Identifier: MIT */
/* The world: a few names of files, directories, links and FIFOs, on which all steps work. Knows no step. */
#include "same.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NAME_LONG 255
#define OUTER_OWN 8 /* of the directories above the names, those that the fuzzer has made */
#define OUTER_MAX 32
#define OLD_TIME  1000000 /* times before it were set, those after it are of the moment */

/* Those that are looked at after each step. None of them leads through a symbolic link from the start. */
static const char *const places[] = {".",     "a",     "b",   "c",   "d",    "d/a",    "d/b",    "d/e",
                                     "d/e/a", "e",     "e/a", "e/d", "l",    "dl",     "dang",   "up",
                                     "loop",  "loop2", "p",   "d/p", "../o", "../o/a", "../o/e", "none"};
/* What comes at the end of a name, or instead of one. */
static const char *const endings[] = {"/", "/.", "/..", "/a", "/e", "/d", "//", "/./a", "/../a", "/none/a"};
static const char *const odd[] = {"",     "..",        "./a",     "./",     "dl/../a",
                                  ".//b", "d/../../o", "none/..", "a/../b", "d/e/../../c"};
static char longest[NAME_LONG + 1], too_long[NAME_LONG + 2], deep[4096], too_deep[4200];
static char root[PATH_MAX]; /* what getcwd says of the directory that nothing leaves */
static bool on_tmpfs;
/* The directories above the names: more than the names and links that there can be lead up. */
static struct stat outer[OUTER_MAX];
static size_t outer_count;

static const char *ask_odd(void)
{
    switch (pick(6)) {
    case 0:
        say("\"x255\"");
        return longest;
    case 1:
        say("\"x256\"");
        return too_long;
    case 2:
        say("\"deep a\"");
        return deep;
    case 3:
        say("\"too deep a\"");
        return too_deep;
    default: {
        const char *name = odd[pick(COUNT(odd))];
        say("\"%s\"", name);
        return name;
    }
    }
}

const char *ask_name(void)
{
    static char buffers[2][64];
    static int turn;
    if (once_in(16))
        return ask_odd();
    char *name = buffers[turn++ % 2];
    snprintf(name, sizeof(buffers[0]), "%s%s", places[pick(once_in(3) ? COUNT(places) : 12)],
             once_in(10) ? endings[pick(COUNT(endings))] : "");
    say("\"%s\"", name);
    return name;
}

/* Too long a name is told of sooner or later than others faults. */
const char *ask_short_name(void)
{
    const char *name = ask_name();
    return name == too_long ? longest : name;
}

int ask_directory(void)
{
    if (!once_in(4)) {
        say("AT_FDCWD, ");
        return AT_FDCWD;
    }
    const int fd = ask_fd();
    /* What is no directory may have lost its name, and several names may be wrong. */
    const bool is_taken = is_directory(fd);
    say(is_taken ? ", " : " no directory, ");
    return is_taken ? fd : -1;
}

const char *kind_of(const struct stat *status)
{
    switch (status->st_mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "directory";
    case S_IFLNK:
        return "link";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    default:
        return "other";
    }
}

static const char *time_of(const struct timespec *time, char text[32])
{
    if (time->tv_sec >= OLD_TIME)
        return "now";
    snprintf(text, 32, "%ld.%09ld", (long)time->tv_sec, time->tv_nsec);
    return text;
}

static void see_place(const char *name)
{
    struct stat status;
    char accessed[32], modified[32], target[256] = "";
    if (fstatat(FD_BASE, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        see("%s: %s", name, strerrorname_np(errno));
        return;
    }
    if (S_ISLNK(status.st_mode)) {
        const long len = readlinkat(FD_BASE, name, target, sizeof(target) - 1);
        see("%s: link to %.*s, size %ld, %ld names", name, (int)(len < 0 ? 0 : len), target, (long)status.st_size,
            (long)status.st_nlink);
        return;
    }
    /* Directories have a size of their file system's own. */
    see("%s: %s %#o, size %ld, %ld names, read %s, written %s", name, kind_of(&status), status.st_mode & 07777u,
        S_ISDIR(status.st_mode) ? 0 : (long)status.st_size, (long)status.st_nlink, time_of(&status.st_atim, accessed),
        time_of(&status.st_mtim, modified));
}

static void see_events(void)
{
    char events[4096] __attribute__((aligned(8)));
    long size = read(FD_EVENTS, events, sizeof(events));
    for (long at = 0; at < size;) {
        const struct inotify_event *event = (const struct inotify_event *)(events + at);
        say("    event: %d %#x%s %.20s\n", event->wd, event->mask, event->cookie ? " cookie" : "",
            event->len ? event->name : "");
        at += (long)(sizeof(*event) + event->len);
    }
}

void see_names(void)
{
    char here[PATH_MAX] = "";
    for (size_t i = 0; i < COUNT(places); i++)
        see_place(places[i]);
    if (syscall(SYS_getcwd, here, sizeof(here)) < 0)
        see("here: %s", strerrorname_np(errno));
    else
        see("here: %.60s", strncmp(here, root, strlen(root)) == 0 ? here + strlen(root) : here);
    see_events();
}

static void require(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        exit(2);
    }
}

static void enter_new(const char *name)
{
    require(mkdir(name, 0777) == 0 && chdir(name) == 0, name);
}

static void make_file(const char *name, long size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    const int fd = open(name, O_WRONLY | O_CREAT, 0666);
    for (long i = 0; i < size; i++)
        require(write(fd, &letters[i % 26], 1) == 1, name);
    require(close(fd) == 0, name);
}

static void fill(char *name, size_t size)
{
    for (size_t at = 0; at + 3 < size; at += 2)
        memcpy(name + at, "./", 2);
    name[strlen(name)] = 'a';
}

static void make_world(void)
{
    make_file("a", 100);
    make_file("b", 9000);
    mkdir("d", 0777);
    mkdir("d/e", 0777);
    mkdir("e", 0777);
    make_file("d/a", 0);
    require(symlink("a", "l") == 0, "l");
    require(symlink("d", "dl") == 0, "dl");
    require(symlink("none", "dang") == 0, "dang");
    require(symlink("../b", "up") == 0, "up");
    require(symlink("loop2", "loop") == 0, "loop");
    require(symlink("loop", "loop2") == 0, "loop2");
    require(mkfifo("p", 0666) == 0, "p");
}

/* The superuser could change whatever a mistake in here reached. */
static void shut_in(void)
{
    require(geteuid() != 0 || chroot(".") == 0, "chroot");
}

static void find_outer(void)
{
    char path[3 * OUTER_MAX + 2] = ".";
    do {
        require(stat(path, &outer[outer_count]) == 0, path);
        strcat(path, "/..");
    } while (++outer_count < OUTER_MAX);
}

void names_begin(const char *directory)
{
    char name[32];
    snprintf(name, sizeof(name), "same.%d", (int)getpid());
    require(dup2(open("/proc/self/maps", O_RDONLY), FD_MAPS) == FD_MAPS, "maps");
    require(dup2(open("/proc/self/fd", O_PATH), FD_DESCRIPTORS) == FD_DESCRIPTORS, "descriptors");
    require(chdir(directory) == 0, directory);
    enter_new(name);
    on_tmpfs = strcmp(directory, ".") != 0;
    shut_in();
    for (int i = 1; i < OUTER_OWN; i++)
        enter_new("x");
    require(getcwd(root, sizeof(root)) != NULL, "root");
    find_outer();
    enter_new("w");
    make_world();
    memset(longest, 'x', NAME_LONG);
    memset(too_long, 'x', NAME_LONG + 1);
    fill(deep, sizeof(deep));
    fill(too_deep, sizeof(too_deep));
    require(dup2(open(".", O_PATH), FD_BASE) == FD_BASE, "base");
    require(dup2(inotify_init1(IN_NONBLOCK), FD_EVENTS) == FD_EVENTS, "events");
    for (int fd = 3; fd < FD_LIMIT; fd++)
        close(fd);
}

bool is_on_tmpfs(void)
{
    return on_tmpfs;
}

static bool is_outer(const struct stat *status)
{
    for (size_t i = 0; i < outer_count; i++) {
        if (status->st_ino == outer[i].st_ino && status->st_dev == outer[i].st_dev)
            return true;
    }
    return false;
}

/* Nothing that the fuzzer has made may lead out of what it has made, also when it runs natively: whatever stands in the directory
 * above the names is taken away. */
void names_keep_inside(void)
{
    struct stat status;
    if (stat(".", &status) == 0 && is_outer(&status) && fchdir(FD_BASE) < 0)
        _exit(2);
    for (int fd = 3; fd < FD_LIMIT; fd++) {
        if (fstat(fd, &status) == 0 && is_outer(&status))
            close(fd);
    }
}
