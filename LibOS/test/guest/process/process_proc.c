/* SPDX-License-Identifier: MIT */
/* What /proc tells of another process: links, limits, priorities, ids, threads, and how it is called. */
#include "report.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static pid_t g_child;

static char *name_of(const char *file)
{
    static char name[64];
    snprintf(name, sizeof(name), "/proc/%d/%s", g_child, file);
    return name;
}

/* The target of a link, and whether it is that of this process, too. */
static void show_link(const char *file)
{
    char own[PATH_MAX] = "", other[PATH_MAX] = "", self[32];
    snprintf(self, sizeof(self), "/proc/self/%s", file);
    const ssize_t own_len = readlink(self, own, sizeof(own) - 1);
    const ssize_t len = readlink(name_of(file), other, sizeof(other) - 1);
    const char *last = strrchr(other, '/');
    printf("%s: %d %d %s, as here: %d\n", file, own_len > 0, len > 0, last ? last : "none", strcmp(own, other) == 0);
}

static size_t read_file(const char *file, char *buffer, size_t size)
{
    const int fd = open(name_of(file), O_RDONLY);
    const ssize_t count = fd < 0 ? -1 : read(fd, buffer, size - 1);
    if (fd >= 0)
        close(fd);
    buffer[count < 0 ? 0 : count] = '\0';
    return count < 0 ? 0 : (size_t)count;
}

/* Lines of a file that begin with a word. */
static void show_line(const char *file, const char *word)
{
    char text[8192];
    read_file(file, text, sizeof(text));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strncmp(line, word, strlen(word)) == 0)
            printf("%s: %s\n", file, line);
}

/* Priority, nice value and policy. */
static void show_stat(void)
{
    char text[1024];
    read_file("stat", text, sizeof(text));
    int field = 2;
    for (char *word = strtok(strrchr(text, ')') + 2, " "); word; word = strtok(NULL, " "))
        if (++field == 18 || field == 19 || field == 40 || field == 41)
            printf("stat %d: %s\n", field, word);
}

static void show_tasks(void)
{
    int all = 0, known = 0;
    char text[64], name[64];
    DIR *directory = opendir(name_of("task"));
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (entry->d_name[0] != '.') {
            all++;
            known += atoi(entry->d_name) == g_child;
        }
    if (directory)
        closedir(directory);
    snprintf(name, sizeof(name), "task/%d/comm", g_child);
    read_file(name, text, sizeof(text));
    printf("tasks %d, known %d, named %s", all, known, text);
    R(access(name_of("task/1"), F_OK));
}

/* Descriptors of these numbers: others may be those that the test was started with. */
#define FIRST_FD 100
#define LAST_FD  104

static void show_descriptor(int fd)
{
    char file[32], target[PATH_MAX] = "";
    struct stat attr;
    snprintf(file, sizeof(file), "fd/%d", fd);
    if (lstat(name_of(file), &attr) < 0 || readlink(name_of(file), target, sizeof(target) - 1) < 0) {
        printf("%s: %s\n", file, strerror(errno));
        return;
    }
    char *last = strrchr(target, '/'), *number = strchr(target, '[');
    if (number)
        number[1] = '\0';
    printf("%s: %o %s\n", file, attr.st_mode, last ? last : target);
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void show_descriptors(void)
{
    int fds[64], count = 0;
    DIR *directory = opendir(name_of("fd"));
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (atoi(entry->d_name) >= FIRST_FD && atoi(entry->d_name) <= LAST_FD && count < 64)
            fds[count++] = atoi(entry->d_name);
    if (directory)
        closedir(directory);
    qsort(fds, (size_t)count, sizeof(fds[0]), by_number);
    for (int i = 0; i < count; i++)
        show_descriptor(fds[i]);
    show_descriptor(LAST_FD);
    const int fd = open(name_of("fd/103"), O_RDONLY);
    char text[16] = "";
    R(read(fd, text, sizeof(text) - 1));
    puts(text);
    close(fd);
}

static void show_all(void)
{
    char text[64];
    struct stat attr;
    show_link("exe");
    show_link("cwd");
    show_link("root");
    R(stat(name_of("cwd/below"), &attr));
    show_line("limits", "Max core");
    show_line("limits", "Max open");
    show_line("status", "Name");
    show_line("status", "Uid");
    show_stat();
    show_tasks();
    read_file("comm", text, sizeof(text));
    printf("comm %s", text);
    R(read_file("cmdline", text, sizeof(text)) > 0);
    R(read_file("mounts", text, sizeof(text)) > 0);
    R(stat(name_of("fd"), &attr));
    printf("%o %d\n", attr.st_mode, attr.st_uid == geteuid());
    show_descriptors();
    R(stat(name_of("maps"), &attr));
    R(stat(name_of("environ"), &attr));
    R(stat(name_of("nothing"), &attr));
}

static void child(int ready)
{
    int pipes[2];
    if (chdir("directory") != 0 || pipe(pipes) != 0)
        _exit(1);
    dup2(open("below", O_RDONLY), FIRST_FD);
    dup2(pipes[1], FIRST_FD + 1);
    dup2(open("gone", O_RDWR | O_CREAT, 0600), FIRST_FD + 2);
    dup2(open("text", O_WRONLY | O_CREAT, 0600), FIRST_FD + 3);
    unlink("gone");
    if (write(FIRST_FD + 3, "a text", 6) != 6 || write(ready, "", 1) != 1)
        _exit(1);
    pause();
    _exit(0);
}

/* What a process opens of itself is about it in the hands of its child, too. */
static void hand_down(void)
{
    static const char *const files[] = {"comm", "status", "stat", "statm", "cmdline", "limits", "task/%d/comm"};
    const pid_t parent = getpid();
    int fds[7];
    char name[64], text[8192];
    puts("-- handed down");
    for (int i = 0; i < 7; i++) {
        char file[32];
        snprintf(file, sizeof(file), files[i], parent);
        snprintf(name, sizeof(name), "/proc/self/%s", file);
        fds[i] = open(name, O_RDONLY);
    }
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_NAME, "another");
        for (int i = 0; i < 7; i++) {
            const ssize_t count = pread(fds[i], text, sizeof(text) - 1, 0);
            text[count < 0 ? 0 : count] = '\0';
            const char *line = strstr(text, "\nTgid:");
            printf("%s: %d, named so %d, of the parent %d\n", files[i], count > 0, strstr(text, "a name") != NULL,
                   line ? atoi(line + 6) == parent : atoi(text) == parent);
        }
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    /* The other way: of a process that has ended there is nothing to be read. */
    g_child = fork();
    if (g_child == 0)
        pause();
    const int fd = open(name_of("status"), O_RDONLY);
    R(read(fd, text, 1));
    kill(g_child, SIGKILL);
    waitpid(g_child, NULL, 0);
    R(pread(fd, text, 1, 0));
    for (int i = 0; i < 7; i++)
        close(fds[i]);
    close(fd);
}

static void *tell_id(void *to)
{
    const pid_t tid = (pid_t)syscall(SYS_gettid);
    if (write(*(int *)to, &tid, sizeof(tid)) == sizeof(tid))
        pause();
    return NULL;
}

/* Threads of others have directories of their own beside those of processes, under no process's name. */
static void show_thread(void)
{
    int pipes[2];
    char stat[64], beginning[32];
    pid_t tid = 0;
    R(pipe(pipes));
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, tell_id, &pipes[1]);
        pthread_join(thread, NULL);
        _exit(0);
    }
    R(read(pipes[0], &tid, sizeof(tid)));
    g_child = tid;
    read_file("stat", stat, sizeof(stat));
    snprintf(beginning, sizeof(beginning), "%d (", tid);
    printf("stat begins with its id: %d\n", strncmp(stat, beginning, strlen(beginning)) == 0);
    R(access(name_of("comm"), R_OK));
    show_link("exe");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    R(access(name_of(""), F_OK));
}

int main(void)
{
    const struct rlimit core = {0, 12345}, files = {100, 200};
    int pipes[2];
    char c;
    mkdir("directory", 0755);
    mkdir("directory/below", 0755);
    prctl(PR_SET_NAME, "a name");
    R(pipe(pipes));
    fflush(stdout);
    g_child = fork();
    if (g_child == 0)
        child(pipes[1]);
    R(read(pipes[0], &c, 1));
    R(prlimit(g_child, RLIMIT_CORE, &core, NULL));
    R(prlimit(g_child, RLIMIT_NOFILE, &files, NULL));
    R(setpriority(PRIO_PROCESS, (id_t)g_child, 7));
    show_all();
    kill(g_child, SIGKILL);
    waitpid(g_child, NULL, 0);
    puts("-- afterwards");
    R(unlink("directory/text"));
    show_link("exe");
    show_descriptor(FIRST_FD);
    R(access(name_of(""), F_OK));
    hand_down();
    puts("-- a thread");
    show_thread();
    return 0;
}
