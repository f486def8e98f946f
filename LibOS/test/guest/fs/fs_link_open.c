// SPDX-License-Identifier: MIT
// Names for files that are open: without one from the start (O_TMPFILE), without one any more, and only names (O_PATH); by way
// of /proc/self/fd.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "memory_directory.h"
#include "show.h"

static long link_open(int fd, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static void show_file(const char *name)
{
    struct stat st;
    char text[64] = "";
    const int fd = open(name, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) < 0) {
        printf("%s: %s\n", name, strerror(errno));
        return;
    }
    const ssize_t size = read(fd, text, sizeof(text) - 1);
    printf("%s: mode %o, %u links, %ld bytes: %.*s\n", name, st.st_mode, (unsigned)st.st_nlink, (long)st.st_size,
           (int)(size > 0 ? size : 0), text);
    close(fd);
}

static void write_text(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        perror("write");
}

static void link_unnamed(int access)
{
    struct stat st, other;
    const int fd = open(".", O_TMPFILE | access, 0640);
    if (show("O_TMPFILE", fd < 0 ? -1 : 0) < 0)
        return;
    write_text(fd, "one ");
    show("fchmod", fchmod(fd, 0604));
    show("link", link_open(fd, "a"));
    show_file("a");
    show("link to what is there", link_open(fd, "a"));
    show("a second one", link_open(fd, "b"));
    show_file("b");
    write_text(fd, "two");
    show_file("a");
    printf("the same file: %d\n", fstat(fd, &st) == 0 && stat("a", &other) == 0 && st.st_ino == other.st_ino);
    unlink("a");
    unlink("b");
    show("link after all names are gone", link_open(fd, "a"));
    close(fd);
}

static void link_large(void)
{
    enum { SIZE = 300000 };
    static char out[SIZE], in[SIZE];
    for (int i = 0; i < SIZE; i++)
        out[i] = (char)(i * 7 + i / 251);
    const int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    printf("written: %zd\n", write(fd, out, SIZE));
    show("link", link_open(fd, "large"));
    printf("position: %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    close(fd);
    const int again = open("large", O_RDONLY);
    printf("read: %zd, %s\n", read(again, in, SIZE), memcmp(in, out, SIZE) == 0 ? "the same" : "different");
    close(again);
    unlink("large");
}

static void link_others(void)
{
    int fd = open(".", O_TMPFILE | O_EXCL | O_RDWR, 0600);
    show("O_EXCL: never", link_open(fd, "a"));
    close(fd);
    fd = open("n", O_RDWR | O_CREAT, 0600);
    write_text(fd, "named");
    show("link of one with a name", link_open(fd, "a"));
    show_file("a");
    unlink("n");
    show("the first name is gone, one is left", rename("a", "n"));
    unlink("n");
    show("none is left", link_open(fd, "a"));
    close(fd);
    close(open("n", O_RDWR | O_CREAT, 0600));
    fd = open("n", O_PATH);
    show("O_PATH", link_open(fd, "a"));
    show_file("a");
    close(fd);
    fd = open(".", O_PATH | O_DIRECTORY);
    show("a directory", link_open(fd, "d"));
    close(fd);
    unlink("a");
    unlink("n");
}

static void all(const char *where)
{
    printf("-- %s\n", where);
    link_unnamed(O_RDWR);
    link_unnamed(O_WRONLY);
    link_large();
    link_others();
}

int main(void)
{
    umask(022);
    all("here");
    const char *memory = enter_memory();
    all("in memory");
    leave_memory(memory);
    return 0;
}
