// SPDX-License-Identifier: MIT
// Names several directories deep, with links, files and changes on the way: of host files and in a tmpfs.
#include "fs_report.h"
#include "memory_directory.h"

static char g_base[256], g_name[512];

static void look(const char *name)
{
    struct stat s;
    if (stat(name, &s) < 0)
        printf("  %s: %s\n", name, error_name(errno));
    else
        printf("  %s: %s\n", name, S_ISDIR(s.st_mode) ? "directory" : "file");
}

static const char *absolute(const char *name)
{
    snprintf(g_name, sizeof(g_name), "%s/%s", g_base, name);
    return g_name;
}

// By a name from the working directory and by one from the root, which is not printed.
static void look_twice(const char *name)
{
    struct stat s;
    look(name);
    printf("  from the root: %s\n", stat(absolute(name), &s) < 0 ? error_name(errno) : "there");
}

static void ways(void)
{
    static const char *const names[] = {"a/b/c/f",    "a/b/c/none", "a/b/c/f/x",  "a/none/c/f",  "a/link/c/f",
                                        "a/b/c/up/f", "a/b/loop/f", "a/b/c/",     "a/b/c/f/",    "a//b/c/f",
                                        "a/./b/c/f",  "a/b/../b/c", "a/f/../b/c", "a/none/../b", "a/link/../link/c"};
    printf("-- ways\n");
    R(mkdir("a", 0755) + mkdir("a/b", 0755) + mkdir("a/b/c", 0755));
    R(symlink("b", "a/link") + symlink("../c", "a/b/c/up") + symlink("loop", "a/b/loop"));
    make_file("a/f", "");
    make_file("a/b/c/f", "");
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        look_twice(names[i]);
}

static void lengths(void)
{
    printf("-- lengths\n");
    for (int len = 254; len <= 257; len++) {
        int before = snprintf(g_name, sizeof(g_name), "a/b/");
        memset(g_name + before, 'n', (size_t)len);
        g_name[before + len] = '\0';
        int fd = open(g_name, O_CREAT | O_WRONLY, 0644);
        printf("%d: %s\n", len, fd < 0 ? error_name(errno) : "made");
        if (fd >= 0)
            printf("left: %d %d\n", close(fd), unlink(g_name));
    }
}

static void changes(void)
{
    printf("-- changes\n");
    int directory = RFD(open("a/b", O_RDONLY | O_DIRECTORY));
    R(rename("a/b", "a/d"));
    look_twice("a/b/c/f");
    look_twice("a/d/c/f");
    look_twice("a/link/c/f");
    R(faccessat(directory, "c/f", F_OK, 0));
    R(symlink("d", "a/b"));
    look_twice("a/b/c/f");
    R(unlink("a/b"));
    look_twice("a/b/c/f");
    make_file("a/b", "");
    look_twice("a/b/c/f");
    R(unlink("a/b"));
    R(close(directory));
}

static void clean(void)
{
    R(unlink("a/d/c/f") + unlink("a/d/c/up") + unlink("a/d/loop") + unlink("a/link") + unlink("a/f"));
    R(rmdir("a/d/c") + rmdir("a/d") + rmdir("a"));
}

int main(void)
{
    printf("== host\n");
    if (!getcwd(g_base, sizeof(g_base)))
        return 1;
    ways();
    lengths();
    changes();
    clean();
    printf("== tmpfs\n");
    snprintf(g_base, sizeof(g_base), "%s", enter_memory());
    ways();
    lengths();
    changes();
    clean();
    leave_memory(g_base);
    return 0;
}
