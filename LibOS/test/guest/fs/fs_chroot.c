/* SPDX-License-Identifier: MIT */
/* chroot: where names start and end afterwards, in this process and those that it makes; for who may not, what is said, and
 * that is all if it is who runs this. */
#include "report.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void make(const char *name, const char *text)
{
    int fd = open(name, O_CREAT | O_WRONLY, 0644);
    OK(write(fd, text, strlen(text)));
    close(fd);
}

static void show(const char *name)
{
    char text[32] = "";
    int fd = open(name, O_RDONLY);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
        printf("%s: %s\n", name, error_name(errno));
    else
        printf("%s has %s\n", name, text);
    close(fd);
}

static void directory(void)
{
    char path[4096];
    if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
        printf("no directory: %s\n", error_name(errno));
    else if (strncmp(path, "(unreachable)/", 14) == 0)
        puts("(unreachable)");
    else
        printf("in %s\n", path);
}

static void show_link(const char *name)
{
    char target[4096];
    ssize_t len = readlink(name, target, sizeof(target));
    printf("%s: %.*s\n", name, len < 0 ? 0 : (int)len, target);
}

static void prepare(void)
{
    mkdir("jail", 0755);
    mkdir("jail/inner", 0755);
    make("where", "outside");
    make("jail/where", "inside");
    make("jail/inner/where", "deeper");
    symlink("/where", "jail/absolute");
    symlink("../../../where", "jail/inner/relative");
    symlink("/", "jail/root");
    symlink("/missing", "jail/dangling");
}

static void inside(void)
{
    struct stat root, above;
    show("/where");
    show("/../../where");
    show("/inner/../where");
    show("/inner/../../../where");
    show("/absolute");
    show("/inner/relative");
    show("/root/root/inner/where");
    show("/etc/passwd");
    R(stat("/", &root) + stat("/..", &above));
    R(root.st_ino == above.st_ino);
    R(symlink("/inner", "/made"));
    show("/made/where");
    R(unlink("/made"));
    OK(open("/dangling", O_CREAT | O_EXCL | O_WRONLY, 0600));
    OK(open("/dangling", O_CREAT | O_WRONLY, 0600));
    R(rename("/missing", "/inner/found"));
    R(unlink("/inner/found"));
    show_link("/absolute");
}

static void enter(int before)
{
    int status;
    R(chroot("jail"));
    inside();
    puts("-- the working directory is still outside");
    directory();
    show("where");
    show("../jail/where");
    R(fchdir(before));
    show("jail/where");
    puts("-- and now inside");
    R(chdir("/inner"));
    directory();
    show("where");
    show("../../where");
    R(chdir("../.."));
    directory();
    puts("-- a process of its own");
    fflush(stdout);
    if (fork() == 0) {
        show("/where");
        R(chroot("inner"));
        show("/where");
        fflush(stdout);
        _exit(0);
    }
    wait(&status);
    show("/where");
    fflush(stdout);
    if (vfork() == 0)
        _exit(chroot("/inner"));
    wait(&status);
    show("/where");
    puts("-- a descriptor from before leads out");
    R(fchdir(before));
    show("where");
    R(chroot("."));
    R(chdir("/"));
    show("where");
    show("jail/where");
    directory();
}

int main(void)
{
    int before = open(".", O_RDONLY | O_DIRECTORY);
    prepare();
    R(chroot("missing"));
    R(chroot("where"));
    R(chroot(""));
    R(chroot(WILD));
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        OK(setresuid(1, 1, 1));
        R(chroot("jail"));
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    if (geteuid() != 0) {
        R(chroot("jail"));
        return 0;
    }
    enter(before);
    R(access("/jail", F_OK));
    return 0;
}
