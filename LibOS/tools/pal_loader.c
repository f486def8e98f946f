/* SPDX-License-Identifier: MIT */
/* pal_loader: run a program under a PAL without writing a manifest. Makes one and hands it to the loader in an unnamed
 * file; what can be run by hand with a manifest can be run so, and nothing else. An ordinary program of the host, but for
 * the C library: it takes part in every start. */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/stat.h>
#include <stdarg.h>

#include "bare.h"
#include "format.h"
#include "pal_string.h"

#define STDOUT       1
#define STDERR       2
#define X_OK         1
#define EXIT_USAGE   2
#define EXIT_CANNOT  126
#define EXIT_MISSING 127

static const char usage[] =
    "usage: pal_loader [-H host] [-k key=value]... [--checkpoint file] [--] program [argument...]\n"
    "       pal_loader [-H host] [-k key=value]... -r directory [--] program [argument...]\n"
    "       pal_loader [-H host] [-k key=value]... --resume file\n"
    "       pal_loader [-H host] [--] app.manifest [argument...]\n"
    "\n"
    "Runs a program of this system on the library OS, with the file system read-only, the working directory\n"
    "writable, a /tmp of its own, and no network. With a manifest, what that says holds instead.\n"
    "\n"
    "  -H host       the PAL to use: pal-HOST beside this program (default: $PAL_HOST, then Linux)\n"
    "  -k key=value  one more line for the manifest that is made\n"
    "  -r directory  the root directory of the program: another system's files, all writable, and none of this one's\n"
    "  -h, --help    print this\n"
    "  -s            print at the end how many system calls came by which way\n"
    "  -t            print system calls\n"
    "  --checkpoint file   write the process there when it first reads its standard input\n"
    "  --resume file       go on from what was written\n";

static void put_piece(void *output, const char *text, size_t len)
{
    bare_put(output, text, len);
}

__attribute__((format(printf, 2, 3))) static void print(struct bare_output *output, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    format_to(put_piece, output, format, values);
    va_end(values);
}

__attribute__((noreturn, format(printf, 2, 3))) static void fail(int code, const char *format, ...)
{
    struct bare_output output = {.fd = STDERR};
    va_list values;
    print(&output, "pal_loader: ");
    va_start(values, format);
    format_to(put_piece, &output, format, values);
    va_end(values);
    print(&output, "\n");
    (void)bare_flush(&output);
    bare_exit(code);
}

static int show_usage(void)
{
    struct bare_output output = {.fd = STDOUT};
    print(&output, "%s", usage);
    return bare_flush(&output) ? 0 : EXIT_CANNOT;
}

/* What a symbolic link stands for, without a NUL at its end if it fills all of the path; -errno. */
static long read_link(const char *link, char *path, size_t size)
{
    const long len = BARE(readlinkat, AT_FDCWD, (long)link, (long)path, (long)size);
    if (len >= 0 && (size_t)len < size)
        path[len] = '\0';
    return len < 0 || (size_t)len < size ? len : -ENAMETOOLONG;
}

/* The directory of this program's own file. */
static void own_directory(char *path, size_t size)
{
    const long len = read_link("/proc/self/exe", path, size);
    if (len < 0)
        fail(EXIT_CANNOT, "cannot find the loader: %s", bare_error_text(len));
    *strrchr(path, '/') = '\0';
}

/* The path without symbolic links. */
static bool find_real(const char *path, char *real, size_t size)
{
    char link[64];
    const int fd = (int)BARE(openat, AT_FDCWD, (long)path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return false;
    format_string(link, sizeof(link), "/proc/self/fd/%d", fd);
    const long len = read_link(link, real, size);
    BARE(close, fd);
    return len > 0 && real[0] == '/';
}

/* Where programs of a root directory of its own are looked for. */
static const char root_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static bool is_program(const char *path)
{
    struct statx attributes;
    const long known = BARE(statx, AT_FDCWD, (long)path, 0, STATX_TYPE, (long)&attributes);
    return known == 0 && S_ISREG(attributes.stx_mode) && BARE(faccessat, AT_FDCWD, (long)path, X_OK) == 0;
}

/* Make a path of the first directory of a list and a name, and go on to the next one; false = the list is empty. */
static bool take_directory(const char **list, const char *name, char *path)
{
    const char *colon = strchr(*list, ':');
    const int len = (int)(colon ? (size_t)(colon - *list) : strlen(*list));
    if (**list == '\0')
        return false;
    format_string(path, PATH_MAX, "%.*s%s%s", len, *list, len ? "/" : "./", name);
    *list += len + (colon != NULL);
    return true;
}

static void check_length(const char *name, size_t max)
{
    if (strlen(name) >= max)
        fail(EXIT_CANNOT, "%.100s...: %s", name, bare_error_text(-ENAMETOOLONG));
}

/* As execvp finds it: the path by which the program is known to itself. */
static void find_program(const char *name, const char *list, char *path)
{
    check_length(name, PATH_MAX);
    format_string(path, PATH_MAX, "%s", name);
    if (!strchr(name, '/')) {
        bool known = false;
        list = list ? list : "/usr/bin:/bin";
        while (!known && take_directory(&list, name, path))
            known = is_program(path);
        if (!known)
            fail(EXIT_MISSING, "%s: no such program in PATH", name);
    }
    const long there = BARE(faccessat, AT_FDCWD, (long)path);
    if (there < 0)
        fail(there == -ENOENT ? EXIT_MISSING : EXIT_CANNOT, "%s: %s", name, bare_error_text(there));
    if (!is_program(path))
        fail(EXIT_CANNOT, "%s: not a file that can be executed", name);
}

/* The same below a root directory. What links stand for is the business of those for whom it is the root. */
static void find_below(const char *root, const char *name, char *path)
{
    struct statx attributes;
    char file[2 * PATH_MAX];
    const char *list = root_path;
    bool known = false;
    check_length(name, PATH_MAX / 2);
    format_string(path, PATH_MAX, "%s%s", name[0] == '/' ? "" : "/", name);
    if (strchr(name, '/'))
        return;
    while (!known && take_directory(&list, name, path)) {
        format_string(file, sizeof(file), "%s%s", root, path);
        known = BARE(statx, AT_FDCWD, (long)file, AT_SYMLINK_NOFOLLOW, STATX_TYPE, (long)&attributes) == 0;
    }
    if (!known)
        fail(EXIT_MISSING, "%s: no such program in %s", name, root);
}

struct options {
    const char *host;
    const char *root; /* NULL = that of the host */
    char **keys;      /* key=value */
    int key_count;
    bool stats, trace, help;
    const char *checkpoint, *image; /* NULL = none */
};

static bool is_overridden(const struct options *options, const char *key)
{
    const size_t len = strlen(key);
    for (int i = 0; i < options->key_count; i++) {
        if (strncmp(options->keys[i], key, len) == 0 && options->keys[i][len] == '=')
            return true;
    }
    return false;
}

/* A value in quotes, as the manifest's syntax wants it. */
static void put_value(struct bare_output *out, const char *key, const char *prefix, const char *value)
{
    print(out, "%s = \"%s", key, prefix);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            bare_put(out, "\\", 1);
        bare_put(out, value, 1);
    }
    print(out, "\"\n");
}

/* A line of the default manifest, unless the user has one of the same key. */
static void put(struct bare_output *out, const struct options *options, const char *key, const char *prefix,
                const char *value)
{
    if (!is_overridden(options, key))
        put_value(out, key, prefix, value);
}

/* What is there on the host, at the same place. */
static void put_mount(struct bare_output *out, const struct options *options, const char *id, const char *path,
                      const char *mode)
{
    char key[64];
    format_string(key, sizeof(key), "fs.mount.%s.type", id);
    put(out, options, key, "", "chroot");
    format_string(key, sizeof(key), "fs.mount.%s.path", id);
    put(out, options, key, "", path);
    format_string(key, sizeof(key), "fs.mount.%s.uri", id);
    put(out, options, key, "file:", path);
    format_string(key, sizeof(key), "fs.mount.%s.mode", id);
    put(out, options, key, "", mode);
}

/* Whether the private /tmp would hide a directory. */
static bool is_hidden(const char *directory)
{
    return strncmp(directory, "/tmp/", 5) == 0 || strcmp(directory, "/tmp") == 0;
}

/* Where the program lies has to be seen, by the name it is called by and, if that is made of links, by its own. */
static void put_program_mounts(struct bare_output *out, const struct options *options, const char *program,
                               const char *cwd)
{
    char directory[2 * PATH_MAX], real[PATH_MAX];
    format_string(directory, sizeof(directory), "%s%s%s", program[0] == '/' ? "" : cwd, program[0] == '/' ? "" : "/",
                  program);
    const bool known = find_real(directory, real, sizeof(real));
    *strrchr(directory, '/') = '\0';
    if (is_hidden(directory) && strcmp(directory, cwd) != 0)
        put_mount(out, options, "program", directory, "ro");
    if (!known)
        return;
    *strrchr(real, '/') = '\0';
    if (is_hidden(real) && strcmp(real, cwd) != 0 && strcmp(real, directory) != 0)
        put_mount(out, options, "program_itself", real, "ro");
}

static void put_program(struct bare_output *out, const struct options *options, const char *program, const char *name)
{
    if (options->image) {
        put(out, options, "loader.restore", "file:", options->image);
    } else {
        put(out, options, "loader.exec", "file:", program);
        put(out, options, "loader.execname", "", name);
    }
    if (options->checkpoint) {
        put(out, options, "sys.checkpoint.at", "", "stdin");
        put(out, options, "sys.checkpoint.file", "", options->checkpoint);
    }
}

static void put_keys(struct bare_output *out, const struct options *options)
{
    for (int i = 0; i < options->key_count; i++) {
        char *equals = strchr(options->keys[i], '=');
        if (!equals)
            fail(EXIT_USAGE, "-k %s: expected key=value", options->keys[i]);
        *equals = '\0';
        put_value(out, options->keys[i], "", equals + 1);
    }
    if (options->stats)
        put_value(out, "loader.stats", "", "true");
    if (options->trace)
        put_value(out, "loader.log_level", "", "trace");
}

/* Files and environment of the host. */
static void put_this_system(struct bare_output *out, const struct options *options, const char *program,
                            const char *cwd)
{
    put(out, options, "loader.env_host", "", "all");
    put(out, options, "fs.root.uri", "", "file:/");
    put(out, options, "fs.root.mode", "", "ro");
    put(out, options, "fs.allow_modes", "", "true");
    if (!options->image)
        put_program_mounts(out, options, program, cwd);
    if (strcmp(cwd, "/") != 0)
        put_mount(out, options, "work", cwd, "rw");
    put(out, options, "fs.start_dir", "", cwd);
}

/* Files of a directory alone, and an environment that says nothing of the host. */
static void put_other_system(struct bare_output *out, const struct options *options)
{
    put(out, options, "loader.env.PATH", "", root_path);
    put(out, options, "loader.env.HOME", "", "/root");
    put(out, options, "fs.root.uri", "file:", options->root);
}

/* An unnamed file, not at the place of a standard descriptor that is closed: the program would have it. */
static long make_file(void)
{
    const long fd = BARE(memfd_create, (long)"manifest");
    if (fd < 0 || fd > STDERR)
        return fd;
    const long higher = BARE(fcntl, fd, F_DUPFD, STDERR + 1);
    BARE(close, fd);
    return higher;
}

/* An unnamed file with the manifest; its descriptor. */
static int make_manifest(const char *program, const char *name, const struct options *options)
{
    char cwd[PATH_MAX];
    const long fd = make_file();
    const long len = fd < 0 ? fd : BARE(getcwd, (long)cwd, sizeof(cwd));
    struct bare_output output = {.fd = (int)fd}, *out = &output;
    if (len < 0)
        fail(EXIT_CANNOT, "cannot make a manifest: %s", bare_error_text(len));
    put(out, options, "loader.preload", "", "file:libsysdb.so");
    put_program(out, options, program, name);
    put(out, options, "fs.root.type", "", "chroot");
    if (options->root)
        put_other_system(out, options);
    else
        put_this_system(out, options, program, cwd);
    put_keys(out, options);
    if (!bare_flush(out))
        fail(EXIT_CANNOT, "cannot write the manifest");
    return (int)fd;
}

static bool is_manifest(const char *path)
{
    static const char suffix[] = ".manifest";
    const size_t len = strlen(path);
    return len >= sizeof(suffix) - 1 && strcmp(path + len - (sizeof(suffix) - 1), suffix) == 0;
}

/***** The command line *****/

/* Where the next option is: a word, or a letter in one. */
struct cursor {
    char **next;  /* words that are left */
    char *letter; /* in a word of several; "" = none */
};

/* The value of an option: the rest of its word, or the next one. */
static char *take_value(struct cursor *cursor)
{
    char *value = *cursor->letter ? cursor->letter : *cursor->next;
    if (!*cursor->letter && value)
        cursor->next++;
    cursor->letter += strlen(cursor->letter);
    return value;
}

/* --name VALUE or --name=VALUE. NULL: it is another option, or has no value. */
static char *take_long(struct cursor *cursor, const char *name)
{
    const size_t len = strlen(name);
    char **word = cursor->next;
    if (strncmp(*word, name, len) != 0)
        return NULL;
    if ((*word)[len] == '=') {
        cursor->next++;
        return *word + len + 1;
    }
    if ((*word)[len] != '\0' || !word[1])
        return NULL;
    cursor->next += 2;
    return word[1];
}

/* False: nobody knows it, or it has no value. */
static bool take_letter(struct cursor *cursor, struct options *options)
{
    char *key;
    switch (*cursor->letter++) {
    case 'H':
        options->host = take_value(cursor);
        return options->host;
    case 'k':
        key = take_value(cursor);
        options->keys[options->key_count++] = key;
        return key;
    case 'r':
        options->root = take_value(cursor);
        return options->root;
    case 's':
        options->stats = true;
        return true;
    case 't':
        options->trace = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        return false;
    }
}

/* Read the options; *words is where the program begins. */
static void read_options(char ***words, struct options *options)
{
    static char none[] = "";
    struct cursor cursor = {*words, none};
    while (*cursor.letter || (*cursor.next && (*cursor.next)[0] == '-' && (*cursor.next)[1])) {
        char *value;
        if (*cursor.letter) {
            const char letter = *cursor.letter;
            if (!take_letter(&cursor, options))
                fail(EXIT_USAGE, "-%c: no such option, or one without its value (--help lists them)", letter);
        } else if (strcmp(*cursor.next, "--") == 0) {
            cursor.next++;
            break;
        } else if (strcmp(*cursor.next, "--help") == 0) {
            cursor.next++;
            options->help = true;
        } else if ((value = take_long(&cursor, "--checkpoint")) != NULL) {
            options->checkpoint = value;
        } else if ((value = take_long(&cursor, "--resume")) != NULL) {
            options->image = value;
        } else if ((*cursor.next)[1] == '-') {
            fail(EXIT_USAGE, "%s: no such option, or one without its value (--help lists them)", *cursor.next);
        } else {
            cursor.letter = *cursor.next++ + 1;
        }
    }
    *words = cursor.next;
}

int bare_main(int argc, char **argv, char **envp)
{
    /* A key takes a word at least, so those that have been read have room for them; and for the loader and its manifest. */
    struct options options = {.host = bare_environment(envp, "PAL_HOST"), .keys = argv};
    char **words = argc > 0 ? argv + 1 : argv;
    char directory[PATH_MAX], loader[2 * PATH_MAX], program[PATH_MAX], manifest[64];
    read_options(&words, &options);
    if (options.help)
        return show_usage();
    if ((*words == NULL) != (options.image != NULL))
        fail(EXIT_USAGE, "%s (--help tells more)",
             options.image ? "a checkpoint goes on as it was, without a program or arguments" : "no program to run");
    own_directory(directory, sizeof(directory));
    format_string(loader, sizeof(loader), "%s/pal-%s", directory,
                  options.host && *options.host ? options.host : "Linux");
    if (options.image) {
        format_string(manifest, sizeof(manifest), "/proc/self/fd/%d", make_manifest(NULL, NULL, &options));
        *--words = manifest;
    } else if (!is_manifest(words[0])) {
        if (options.root)
            find_below(options.root, words[0], program);
        else
            find_program(words[0], bare_environment(envp, "PATH"), program);
        format_string(manifest, sizeof(manifest), "/proc/self/fd/%d", make_manifest(program, words[0], &options));
        words[0] = manifest;
    }
    /* argv[0] of the loader, which then finds the manifest and the program's arguments. */
    *--words = loader;
    fail(EXIT_CANNOT, "%s: %s", loader, bare_error_text(BARE(execve, (long)loader, (long)words, (long)envp)));
}
