// SPDX-License-Identifier: MIT
// A working directory that another process gives another name is where it was, under that name.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "children.h"
#include "fs_report.h"

static char g_base[4096];

static const char *without_base(const char *path)
{
    const size_t len = strlen(g_base);
    return strncmp(path, g_base, len) == 0 ? path + len : path;
}

static void where(const char *when)
{
    char cwd[4096], link[4096];
    struct stat here, dot;
    if (!getcwd(cwd, sizeof(cwd))) {
        printf("%s: %s\n", when, strerror(errno));
        return;
    }
    const ssize_t len = readlink("/proc/self/cwd", link, sizeof(link) - 1);
    link[len > 0 ? len : 0] = '\0';
    printf("%s: %s, %s, %s\n", when, without_base(cwd), without_base(link),
           stat(cwd, &here) == 0 && stat(".", &dot) == 0 && here.st_ino == dot.st_ino ? "the same" : "another");
    close(open("file", O_CREAT | O_WRONLY, 0644));
    char path[4200];
    snprintf(path, sizeof(path), "%s/file", cwd);
    printf("  file there: %s\n", access(path, F_OK) == 0 ? "yes" : strerror(errno));
    unlink("file");
}

// A path below the base, for who is elsewhere.
static const char *path_of(const char *name)
{
    static char paths[2][4200];
    static int which;
    snprintf(paths[which ^= 1], sizeof(paths[0]), "%s/%s", g_base, name);
    return paths[which];
}

static void enter(const char *name)
{
    R(chdir(path_of(name)));
}

static const char *g_from, *g_to;

static void move(void)
{
    R(rename(path_of(g_from), path_of(g_to)));
}

static void exchange(void)
{
    R(syscall(SYS_renameat2, AT_FDCWD, path_of(g_from), AT_FDCWD, path_of(g_to), 2));
}

static void moved_by_child(const char *from, const char *to)
{
    g_from = from, g_to = to;
    in_child(move);
}

static void show_of_child(void)
{
    where("in a child");
}

static void leave_and_move(void)
{
    R(chdir(g_base));
    move();
    where("who moved it");
}

int main(void)
{
    if (!getcwd(g_base, sizeof(g_base)))
        return 1;
    R(mkdir("a", 0755));
    R(mkdir("a/b", 0755));
    R(mkdir("a/b/c", 0755));
    R(mkdir("ab", 0755));

    enter("a/b");
    moved_by_child("a/b", "a/new");
    where("moved");
    moved_by_child("a", "above");
    where("moved above");
    moved_by_child("ab", "a");
    where("a like name moved");
    moved_by_child("above", "x"), moved_by_child("x", "y"), moved_by_child("y", "z");
    where("moved three times");

    g_from = "z", g_to = "a";
    in_child(exchange);
    where("exchanged");

    // The child has not seen it yet when it is made.
    moved_by_child("a", "before");
    in_child(show_of_child);
    where("its parent");

    // What had the name is not where the process is, nor does the old move touch who enters it anew.
    R(mkdir(path_of("a"), 0755));
    moved_by_child("before", "after");
    enter("a");
    where("entered a new one");
    moved_by_child("after", "gone");
    where("not moved");

    enter("gone/new/c");
    g_from = "gone/new", g_to = "last";
    in_child(leave_and_move);
    where("moved from outside");
    R(chdir(".."));
    where("one up");
    R(chdir("c"));
    where("and down");
    return 0;
}
