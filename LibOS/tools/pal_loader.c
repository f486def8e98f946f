/* SPDX-License-Identifier: MIT */
/* pal_loader: run a program under a PAL without writing a manifest. Makes one and hands it to the loader in an unnamed
 * file; what can be run by hand with a manifest can be run so, and nothing else. An ordinary program of the host. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE   2
#define EXIT_CANNOT  126
#define EXIT_MISSING 127

static const char usage[] =
    "usage: pal_loader [-H host] [-k key=value]... [--checkpoint file] [--] program [argument...]\n"
    "       pal_loader [-H host] [-k key=value]... --resume file\n"
    "       pal_loader [-H host] [--] app.manifest [argument...]\n"
    "\n"
    "Runs a program of this system on the library OS, with the file system read-only, the working directory\n"
    "writable, a /tmp of its own, and no network. With a manifest, what that says holds instead.\n"
    "\n"
    "  -H host       the PAL to use: pal-HOST beside this program (default: $PAL_HOST, then Linux)\n"
    "  -k key=value  one more line for the manifest that is made\n"
    "  -s            print at the end how many system calls came by which way\n"
    "  -t            print system calls\n"
    "  --checkpoint file   write the process there when it first reads its standard input\n"
    "  --resume file       go on from what was written\n";

__attribute__((noreturn, format(printf, 2, 3))) static void fail(int code, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("pal_loader: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(code);
}

/* The directory of this program's own file. */
static void own_directory(char *path, size_t size)
{
    const ssize_t len = readlink("/proc/self/exe", path, size - 1);
    if (len < 0)
        fail(EXIT_CANNOT, "cannot find the loader: %s", strerror(errno));
    path[len] = '\0';
    *strrchr(path, '/') = '\0';
}

static bool is_program(const char *path)
{
    struct stat stat_of;
    return stat(path, &stat_of) == 0 && S_ISREG(stat_of.st_mode) && access(path, X_OK) == 0;
}

/* As execvp finds it: the path by which the program is known to itself. */
static void find_program(const char *name, char *path)
{
    snprintf(path, PATH_MAX, "%s", name);
    if (!strchr(name, '/')) {
        const char *list = getenv("PATH");
        bool known = false;
        for (list = list ? list : "/usr/bin:/bin"; !known && *list; list += *list == ':') {
            const int len = (int)strcspn(list, ":");
            snprintf(path, PATH_MAX, "%.*s%s%s", len, list, len ? "/" : "./", name);
            known = is_program(path);
            list += len;
        }
        if (!known)
            fail(EXIT_MISSING, "%s: no such program in PATH", name);
    }
    if (strlen(name) >= PATH_MAX)
        fail(EXIT_CANNOT, "%.100s...: %s", name, strerror(ENAMETOOLONG));
    if (access(path, F_OK) != 0)
        fail(errno == ENOENT ? EXIT_MISSING : EXIT_CANNOT, "%s: %s", name, strerror(errno));
    if (!is_program(path))
        fail(EXIT_CANNOT, "%s: not a file that can be executed", name);
}

struct options {
    const char *host;
    char **keys; /* key=value */
    int key_count;
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
static void put_value(FILE *out, const char *key, const char *prefix, const char *value)
{
    fprintf(out, "%s = \"%s", key, prefix);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            fputc('\\', out);
        fputc(*value, out);
    }
    fputs("\"\n", out);
}

/* A line of the default manifest, unless the user has one of the same key. */
static void put(FILE *out, const struct options *options, const char *key, const char *prefix, const char *value)
{
    if (!is_overridden(options, key))
        put_value(out, key, prefix, value);
}

/* What is there on the host, at the same place. */
static void put_mount(FILE *out, const struct options *options, const char *id, const char *path, const char *mode)
{
    char key[64];
    snprintf(key, sizeof(key), "fs.mount.%s.type", id);
    put(out, options, key, "", "chroot");
    snprintf(key, sizeof(key), "fs.mount.%s.path", id);
    put(out, options, key, "", path);
    snprintf(key, sizeof(key), "fs.mount.%s.uri", id);
    put(out, options, key, "file:", path);
    snprintf(key, sizeof(key), "fs.mount.%s.mode", id);
    put(out, options, key, "", mode);
}

/* Whether the private /tmp would hide a directory. */
static bool is_hidden(const char *directory)
{
    return strncmp(directory, "/tmp/", 5) == 0 || strcmp(directory, "/tmp") == 0;
}

/* Where the program lies has to be seen, by the name it is called by and, if that is made of links, by its own. */
static void put_program_mounts(FILE *out, const struct options *options, const char *program, const char *cwd)
{
    char directory[2 * PATH_MAX], real[PATH_MAX];
    snprintf(directory, sizeof(directory), "%s%s%s", program[0] == '/' ? "" : cwd, program[0] == '/' ? "" : "/",
             program);
    const bool known = realpath(directory, real) != NULL;
    *strrchr(directory, '/') = '\0';
    if (is_hidden(directory) && strcmp(directory, cwd) != 0)
        put_mount(out, options, "program", directory, "ro");
    if (!known)
        return;
    *strrchr(real, '/') = '\0';
    if (is_hidden(real) && strcmp(real, cwd) != 0 && strcmp(real, directory) != 0)
        put_mount(out, options, "program_itself", real, "ro");
}

/* An unnamed file with the manifest; its descriptor. */
static int make_manifest(const char *program, const char *name, const struct options *options)
{
    char cwd[PATH_MAX];
    const int fd = memfd_create("manifest", 0);
    FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");
    if (!out || !getcwd(cwd, sizeof(cwd)))
        fail(EXIT_CANNOT, "cannot make a manifest: %s", strerror(errno));
    put(out, options, "loader.preload", "", "file:libsysdb.so");
    put(out, options, "loader.env_host", "", "all");
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
    put(out, options, "fs.root.type", "", "chroot");
    put(out, options, "fs.root.uri", "", "file:/");
    put(out, options, "fs.root.mode", "", "ro");
    put(out, options, "fs.allow_modes", "", "true");
    if (!options->image)
        put_program_mounts(out, options, program, cwd);
    if (strcmp(cwd, "/") != 0)
        put_mount(out, options, "work", cwd, "rw");
    put(out, options, "fs.start_dir", "", cwd);
    for (int i = 0; i < options->key_count; i++) {
        char *equals = strchr(options->keys[i], '=');
        if (!equals)
            fail(EXIT_USAGE, "-k %s: expected key=value", options->keys[i]);
        *equals = '\0';
        put_value(out, options->keys[i], "", equals + 1);
    }
    if (fclose(out) != 0)
        fail(EXIT_CANNOT, "cannot write the manifest: %s", strerror(errno));
    return fd;
}

static bool is_manifest(const char *path)
{
    static const char suffix[] = ".manifest";
    const size_t len = strlen(path);
    return len >= sizeof(suffix) - 1 && strcmp(path + len - (sizeof(suffix) - 1), suffix) == 0;
}

int main(int argc, char **argv)
{
    struct options options = {.host = getenv("PAL_HOST")};
    static char stats_key[] = "loader.stats=true", trace_key[] = "loader.log_level=trace";
    options.keys = calloc((size_t)argc + 2, sizeof(*options.keys));
    static const struct option long_options[] = {
        {"checkpoint", required_argument, NULL, 'c'}, {"resume", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "+H:k:sth", long_options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            options.checkpoint = optarg;
            break;
        case 'r':
            options.image = optarg;
            break;
        case 'H':
            options.host = optarg;
            break;
        case 'k':
            options.keys[options.key_count++] = optarg;
            break;
        case 's':
            options.keys[options.key_count++] = stats_key;
            break;
        case 't':
            options.keys[options.key_count++] = trace_key;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if ((optind == argc) != (options.image != NULL)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    char directory[PATH_MAX], loader[2 * PATH_MAX], program[PATH_MAX], manifest[64];
    own_directory(directory, sizeof(directory));
    snprintf(loader, sizeof(loader), "%s/pal-%s", directory, options.host && *options.host ? options.host : "Linux");
    char **arguments = argv + optind;
    char *only_manifest[] = {manifest, NULL};
    if (options.image) {
        snprintf(manifest, sizeof(manifest), "/proc/self/fd/%d", make_manifest(NULL, NULL, &options));
        arguments = only_manifest;
        argc = optind + 1;
    } else if (!is_manifest(arguments[0])) {
        find_program(arguments[0], program);
        snprintf(manifest, sizeof(manifest), "/proc/self/fd/%d", make_manifest(program, arguments[0], &options));
        arguments[0] = manifest;
    }
    /* argv[0] of the loader, which then finds the manifest and the program's arguments. */
    char **words = calloc((size_t)argc + 2, sizeof(*words));
    words[0] = loader;
    memcpy(words + 1, arguments, (size_t)(argc - optind) * sizeof(*words));
    execv(loader, words);
    fail(EXIT_CANNOT, "%s: %s", loader, strerror(errno));
}
