// SPDX-License-Identifier: MIT
// What one process has learned of directories and links is not what it believes after another has changed them.
#include "children.h"
#include "fs_report.h"

static void look(void)
{
    static const char *const names[] = {"a/b/file", "moved/b/file", "link/file", "far/file", "d/file", "d"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int fd = open(names[i], O_RDONLY);
        char b[16] = {0};
        if (fd < 0)
            printf("  %s: %s\n", names[i], strerror(errno));
        else if (read(fd, b, 15) < 0)
            printf("  %s: open, %s\n", names[i], strerror(errno));
        else
            printf("  %s: %s\n", names[i], b);
        close(fd);
    }
}

static void make_all(void)
{
    R(mkdir("a", 0755));
    R(mkdir("a/b", 0755));
    R(mkdir("d", 0755));
    make_file("a/b/file", "a/b");
    make_file("d/file", "d");
    R(symlink("a/b", "link"));
    R(symlink("link", "far"));
}

static void move_directory(void)
{
    R(rename("a", "moved"));
}

static void change_link(void)
{
    R(unlink("link"));
    R(symlink("d", "link"));
}

static void replace_link(void)
{
    R(symlink("moved/b", "new"));
    R(rename("new", "link"));
}

static void make_file_of_directory(void)
{
    R(unlink("d/file"));
    R(rmdir("d"));
    make_file("d", "a file");
}

static void many_changes(void)
{
    char name[32];
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "many%d", i);
        mkdir(name, 0755);
        rmdir(name);
    }
    R(rename("moved", "a"));
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "many%d", i);
        mkdir(name, 0755);
        rmdir(name);
    }
}

static void remove_all(void)
{
    R(unlink("a/b/file"));
    R(rmdir("a/b"));
    R(rmdir("a"));
    R(unlink("link"));
    R(unlink("far"));
    R(unlink("d"));
}

int main(void)
{
    static void (*const steps[])(void) = {
        make_all, move_directory, change_link, replace_link, make_file_of_directory, many_changes, remove_all};
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        look();
        printf("step %u: %d\n", i, in_child(steps[i]));
        look();
    }
    return 0;
}
