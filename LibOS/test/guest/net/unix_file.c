// SPDX-License-Identifier: MIT
// The file that is the name of an AF_UNIX socket: what it looks like to this process and others, and what can be done with it
// while the socket listens.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "children.h"
#include "memory_directory.h"
#include "show.h"

static int g_server;

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    return address;
}

static long bind_to(int fd, const char *path)
{
    const struct sockaddr_un address = address_of(path);
    return bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

// Whether who listens is reached by a name, and gets what is sent.
static void call(const char *path)
{
    const struct sockaddr_un address = address_of(path);
    char byte = 0;
    const int client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (show(path, connect(client, (const struct sockaddr *)&address, sizeof(address))) == 0) {
        const int end = accept(g_server, NULL, NULL);
        const int sent = write(client, "x", 1) == 1;
        printf("  %s\n", sent && read(end, &byte, 1) == 1 && byte == 'x' ? "heard" : "not heard");
        close(end);
    }
    close(client);
}

static void show_file(const char *path)
{
    struct stat st;
    if (lstat(path, &st) < 0) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    printf("%s: mode %o, %u links, %ld bytes, %s\n", path, st.st_mode, (unsigned)st.st_nlink, (long)st.st_size,
           S_ISSOCK(st.st_mode) ? "a socket" : "something else");
}

static void list_sockets(const char *directory)
{
    const struct dirent *entry;
    DIR *stream = opendir(directory);
    while (stream != NULL && (entry = readdir(stream)) != NULL)
        if (entry->d_type == DT_SOCK)
            printf("in the directory: %s\n", entry->d_name);
    closedir(stream);
}

static void play_outsider(void)
{
    show_file("s");
    list_sockets(".");
    show("chmod by another process", chmod("s", 0660));
    call("s");
}

static void look_from_outside(void)
{
    printf("an outsider: %d\n", status_of(start(play_outsider)));
    show_file("s");
    call("s");
}

static void use_name(void)
{
    struct stat st;
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    show("chmod", chmod("s", 0600));
    show_file("s");
    call("s");
    show("fchmodat", fchmodat(AT_FDCWD, "s", 0722, 0));
    show("chown to who it is", stat("s", &st) == 0 ? chown("s", st.st_uid, st.st_gid) : -1);
    show("times", utimensat(AT_FDCWD, "s", times, 0));
    show("open for writing", open("s", O_RDWR));
    show("open for reading", open("s", O_RDONLY));
    show("open without waiting", open("s", O_RDONLY | O_NONBLOCK));
    show("open to create it", open("s", O_RDONLY | O_CREAT, 0600));
    show("open to empty it", open("s", O_RDONLY | O_TRUNC));
    show("truncate", truncate("s", 0));
    show("another one of the name", bind_to(socket(AF_UNIX, SOCK_STREAM, 0), "s"));
    show("a second name", link("s", "t"));
    show_file("t");
    call("t");
    show("not the first any more", unlink("s"));
    call("s");
    show("renamed", rename("t", "s"));
    call("s");
}

static void without_socket(void)
{
    umask(027);
    show("mknod", mknod("n", S_IFSOCK | 0666, 0));
    show_file("n");
    call("n");
    show("chmod of nobody's", chmod("n", 0600));
    show_file("n");
    show("bind to it", bind_to(socket(AF_UNIX, SOCK_STREAM, 0), "n"));
    show("unlink", unlink("n"));
}

static void all(const char *where)
{
    printf("-- %s\n", where);
    umask(022);
    g_server = socket(AF_UNIX, SOCK_STREAM, 0);
    show("bind", bind_to(g_server, "s"));
    show("listen", listen(g_server, 5));
    show_file("s");
    list_sockets(".");
    use_name();
    look_from_outside();
    close(g_server);
    show_file("s");
    call("s");
    show("unlink", unlink("s"));
    without_socket();
}

int main(void)
{
    all("here");
    const char *memory = enter_memory();
    all("in memory");
    leave_memory(memory);
    return 0;
}
