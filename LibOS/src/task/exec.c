/* SPDX-License-Identifier: MIT */
/* execve(2): another program in place of this one. Knows nothing of how programs are loaded (exec.h). */
#include "exec.h"
#include <linux/fcntl.h>
#include <linux/resource.h>
#include "clock.h"
#include "copy.h"
#include "format.h"
#include "fs.h"
#include "ipc.h"
#include "process.h"
#include "syscalls.h"
#include "task/task_room.h"

#define STRING_MAX  131072ul    /* bytes of one argument with its NUL */
#define TOTAL_LEAST 131072ul    /* of all of them, whatever the stack's limit */
#define TOTAL_MOST  (6ul << 20) /* three quarters of the usual stack */
#define FIRST_WORDS 64
#define PIECE_SIZE  (2 * STRING_MAX)

/* Copies of a NULL-terminated array of strings. */
struct strings {
    char **words;
    size_t count, room;
};

/* Strings, one behind the other: what is copied, and freed in two processes, lies in few pages. */
struct piece {
    struct piece *next;
    size_t used; /* of text */
    char text[PIECE_SIZE - sizeof(struct piece *) - sizeof(size_t)];
};

struct arguments {
    char *path;
    struct strings argv, envp;
    struct piece *pieces; /* newest first */
    uint64_t left;        /* bytes that may still be added */
};

static int append(struct strings *strings, char *word)
{
    if (strings->count == strings->room) {
        const size_t room = strings->room ? 2 * strings->room : FIRST_WORDS;
        char **words = heap_alloc(room * sizeof(*words));
        if (!words)
            return -ENOMEM;
        if (strings->words)
            memcpy(words, strings->words, strings->count * sizeof(*words));
        heap_free(strings->words);
        strings->words = words;
        strings->room = room;
    }
    strings->words[strings->count++] = word;
    return 0;
}

/* Room for a string, whatever its length; NULL = there is no memory. */
static char *string_room(struct arguments *arguments)
{
    struct piece *piece = arguments->pieces;
    if (!piece || sizeof(piece->text) - piece->used < STRING_MAX) {
        piece = heap_alloc(sizeof(*piece));
        if (!piece)
            return NULL;
        piece->next = arguments->pieces;
        piece->used = 0;
        arguments->pieces = piece;
    }
    return piece->text + piece->used;
}

/* len: of the string that is in the room now */
static int append_string(struct arguments *arguments, struct strings *strings, size_t len)
{
    const uint64_t cost = len + 1 + sizeof(char *);
    struct piece *piece = arguments->pieces;
    if (cost > arguments->left)
        return -E2BIG;
    arguments->left -= cost;
    char *word = piece->text + piece->used;
    piece->used += len + 1;
    return append(strings, word);
}

/* from may be NULL: an empty array. */
static int read_strings(struct arguments *arguments, struct strings *strings, const char *from)
{
    uint64_t address = 0;
    for (; from; from += sizeof(address)) {
        if (copy_in(&address, from, sizeof(address)) < 0)
            return -EFAULT;
        if (!address)
            break;
        if (!user_range_ok(address, 1))
            return -EFAULT;
        char *room = string_room(arguments);
        const int64_t len = room ? user_read_string(room, STRING_MAX, (const char *)address) : -ENOMEM;
        if (len < 0)
            return len == -ENAMETOOLONG ? -E2BIG : (int)len;
        const int error = append_string(arguments, strings, (size_t)len);
        if (error < 0)
            return error;
    }
    return 0;
}

static void free_arguments(struct arguments *arguments)
{
    while (arguments->pieces) {
        struct piece *piece = arguments->pieces;
        arguments->pieces = piece->next;
        heap_free(piece);
    }
    heap_free(arguments->argv.words);
    heap_free(arguments->envp.words);
    heap_free(arguments->path);
}

static int append_nothing(struct arguments *arguments)
{
    char *room = string_room(arguments);
    if (!room)
        return -ENOMEM;
    room[0] = '\0';
    return append_string(arguments, &arguments->argv, 0);
}

static uint64_t total_limit(void)
{
    const uint64_t quarter = limit_get(RLIMIT_STACK) / 4;
    return quarter < TOTAL_LEAST ? TOTAL_LEAST : quarter > TOTAL_MOST ? TOTAL_MOST : quarter;
}

/* A program's name, which it finds in argv[0], is never missing (Linux 5.18). */
static int read_arguments(struct arguments *arguments, const char *argv, const char *envp)
{
    arguments->left = total_limit();
    int error = read_strings(arguments, &arguments->argv, argv);
    if (error == 0)
        error = read_strings(arguments, &arguments->envp, envp);
    if (error == 0 && arguments->argv.count == 0)
        error = append_nothing(arguments);
    if (error == 0)
        error = append(&arguments->argv, NULL);
    if (error == 0)
        error = append(&arguments->envp, NULL);
    return error;
}

/* As a new program finds it: control words by default, registers empty. */
static void reset_vectors(void)
{
    static const struct {
        uint16_t control;
        uint16_t unused[11];
        uint32_t mxcsr;
        uint8_t rest[512 - 28];
    } initial __attribute__((aligned(16))) = {.control = 0x37f, .mxcsr = 0x1f80};
    __asm__ volatile("fxrstor64 %0" : : "m"(initial));
}

/* What a program does not leave to the next one. Its memory is gone, and so are its other threads. */
static void forget_program(void)
{
    struct thread *thread = self();
    thread->clear_tid = thread->robust_list = thread->guest_gs = 0;
    capabilities_exec();
    thread->task.timer_slack_ns = TIMER_SLACK_DEFAULT;
    sleep_forget(thread);
    g_process.suid = g_process.fsuid = g_process.euid;
    g_process.sgid = g_process.fsgid = g_process.egid;
    g_process.dumpable = true;
    process_executes();
    fd_close_on_exec();
    signals_exec();
    timers_exec();
    aio_forget();
    reset_vectors();
}

/* What is wrong with the file is told before what is wrong with the arguments, which are read first here. */
static int fault_of_arguments(const char *path, int error)
{
    struct file_attr attr;
    const int missing = name_attributes(AT_FDCWD, path, WALK_KERNEL | WALK_FOLLOW, &attr);
    if (missing < 0)
        return missing;
    return S_ISREG(attr.mode) && attr.mode & 0111 ? error : -EACCES;
}

/* path is of the heap, and freed. */
static int64_t execute(char *path, const char *argv, const char *envp)
{
    struct arguments arguments = {.path = path};
    const int32_t former = self()->tid;
    int error = read_arguments(&arguments, argv, envp);
    if (error < 0)
        error = fault_of_arguments(path, error);
    if (error == 0)
        error = process_before_exec(path);
    if (error > 0) {
        free_arguments(&arguments);
        process_return();
    }
    if (error == 0)
        error = program_load(path, (const char *const *)arguments.argv.words, (const char *const *)arguments.envp.words,
                             self()->regs);
    if (error == 0)
        forget_program();
    process_after_exec(error);
    if (__builtin_expect(error == 0 && self()->trace.slot != 0, 0))
        tracee_executed(former);
    free_arguments(&arguments);
    return error;
}

/* Copy a name to the heap. */
static int read_path(const char *name, char **out)
{
    char *path = heap_alloc(PATH_SIZE);
    if (!path)
        return -ENOMEM;
    const int len = user_range_ok((uintptr_t)name, 1) ? (int)user_read_string(path, PATH_SIZE, name) : -EFAULT;
    if (len < 0) {
        heap_free(path);
        return len;
    }
    *out = path;
    return 0;
}

int64_t sys_execve(const char *name, void *argv, void *envp)
{
    char *path = NULL;
    int error = read_path(name, &path);
    if (error == 0 && !path[0]) {
        heap_free(path);
        error = -ENOENT;
    }
    return error < 0 ? error : execute(path, argv, envp);
}

/* A name beside a descriptor's directory, or the descriptor itself, by the names that descriptors have. */
static int name_by_descriptor(int directory, const char *name, char **out)
{
    struct file *file = fd_get_path(directory);
    if (!file)
        return -EBADF;
    file_put(file);
    const size_t size = strlen(name) + 32;
    *out = heap_alloc(size);
    if (!*out)
        return -ENOMEM;
    format_string(*out, size, "/dev/fd/%d%s%s", directory, name[0] ? "/" : "", name);
    return 0;
}

/* What the name itself is, if links are not to be followed. */
static int refuse_link(const char *path)
{
    struct file_attr attr;
    const int error = name_attributes(AT_FDCWD, path, WALK_KERNEL, &attr);
    return error < 0 ? error : S_ISLNK(attr.mode) ? -ELOOP : 0;
}

static int64_t execute_at(int directory, char *path, const char *argv, const char *envp, int flags)
{
    char *full = path;
    int error = 0;
    if (!path[0] && !(flags & AT_EMPTY_PATH))
        error = -ENOENT;
    else if (path[0] != '/' && (directory != AT_FDCWD || !path[0]))
        error = name_by_descriptor(directory, path, &full);
    if (error == 0 && flags & AT_SYMLINK_NOFOLLOW && path[0])
        error = refuse_link(full);
    if (error < 0 || full != path)
        heap_free(path);
    if (error < 0 && full != path)
        heap_free(full);
    return error < 0 ? error : execute(full, argv, envp);
}

int64_t sys_execveat(int directory, const char *name, void *argv, void *envp, int flags)
{
    char *path = NULL;
    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return -EINVAL;
    const int error = read_path(name, &path);
    return path ? execute_at(directory, path, argv, envp, flags) : error;
}
