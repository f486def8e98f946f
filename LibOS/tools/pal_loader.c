/* SPDX-License-Identifier: MIT */
/* pal_loader: run a program under a PAL without writing a manifest. Makes one and hands it to the loader in an unnamed
 * file; what can be run by hand with a manifest can be run so, and nothing else. An ordinary program of the host. */
#include <errno.h>
#include <fcntl.h>
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
    "usage: pal_loader [-H host] [-k key=value]... [--] program [argument...]\n"
    "       pal_loader [-H host] [--] app.manifest [argument...]\n"
    "\n"
    "Runs a program of this system on the library OS, with the file system read-only, the working directory\n"
    "writable, a /tmp of its own, and no network. With a manifest, what that says holds instead.\n"
    "\n"
    "  -H host       the PAL to use: pal-HOST beside this program (default: $PAL_HOST, then Linux)\n"
    "  -k key=value  one more line for the manifest that is made\n"
    "  -s            print at the end how many system calls came by which way\n"
    "  -t            print system calls\n";

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
    struct stat stat;
    return access(path, X_OK) == 0 && lstat(path, &stat) == 0 && !S_ISDIR(stat.st_mode);
}

/* As execvp finds it; absolute, links as they are. */
static void find_program(const char *name, char *path)
{
    char found[PATH_MAX];
    snprintf(found, sizeof(found), "%s", name);
    if (!strchr(name, '/')) {
        const char *list = getenv("PATH");
        bool known = false;
        for (list = list ? list : "/usr/bin:/bin"; !known && *list; list += *list == ':') {
            const int len = (int)strcspn(list, ":");
            snprintf(found, sizeof(found), "%.*s%s%s", len, list, len ? "/" : "", name);
            known = is_program(found);
            list += len;
        }
        if (!known)
            fail(EXIT_MISSING, "%s: no such program in PATH", name);
    }
    if (access(found, F_OK) != 0)
        fail(EXIT_MISSING, "%s: %s", name, strerror(errno));
    char directory[PATH_MAX] = "";
    if (found[0] != '/' && !getcwd(directory, sizeof(directory)))
        fail(EXIT_CANNOT, "no working directory: %s", strerror(errno));
    if (snprintf(path, PATH_MAX, "%s%s%s", directory, found[0] == '/' ? "" : "/", found) >= PATH_MAX)
        fail(EXIT_CANNOT, "%s: path too long", name);
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

static void put_mount(FILE *out, const char *id, const char *path, const char *mode)
{
    char key[64];
    snprintf(key, sizeof(key), "fs.mount.%s.type", id);
    put_value(out, key, "", "chroot");
    snprintf(key, sizeof(key), "fs.mount.%s.path", id);
    put_value(out, key, "", path);
    snprintf(key, sizeof(key), "fs.mount.%s.uri", id);
    put_value(out, key, "file:", path);
    snprintf(key, sizeof(key), "fs.mount.%s.mode", id);
    put_value(out, key, "", mode);
}

struct options {
    const char *host;
    char **keys;
    int key_count;
};

/* An unnamed file with the manifest; its descriptor. */
static int make_manifest(const char *program, const char *name, const struct options *options)
{
    char cwd[PATH_MAX], directory[PATH_MAX], real[PATH_MAX];
    const int fd = memfd_create("manifest", 0);
    FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");
    if (!out || !getcwd(cwd, sizeof(cwd)))
        fail(EXIT_CANNOT, "cannot make a manifest: %s", strerror(errno));
    snprintf(directory, sizeof(directory), "%s", program);
    strrchr(directory, '/')[directory[0] == '/' && !strchr(directory + 1, '/')] = '\0';
    fputs("loader.preload = file:libsysdb.so\nloader.env_host = all\n", out);
    put_value(out, "loader.exec", "file:", program);
    put_value(out, "loader.execname", "", name);
    fputs("fs.root.type = chroot\nfs.root.uri = file:/\nfs.root.mode = ro\nfs.allow_modes = true\n", out);
    fputs("fs.mount.tmp.type = tmpfs\nfs.mount.tmp.path = /tmp\n", out);
    /* What the private /tmp would hide. */
    if (strncmp(directory, "/tmp", 4) == 0 && strcmp(directory, cwd) != 0)
        put_mount(out, "program", directory, "ro");
    if (strcmp(cwd, "/") != 0 && realpath(cwd, real))
        put_mount(out, "work", cwd, "rw");
    put_value(out, "fs.start_dir", "", cwd);
    for (int i = 0; i < options->key_count; i++) {
        const char *equals = strchr(options->keys[i], '=');
        if (!equals)
            fail(EXIT_USAGE, "-k %s: expected key=value", options->keys[i]);
        fprintf(out, "%.*s = %s\n", (int)(equals - options->keys[i]), options->keys[i], equals + 1);
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
    for (int option; (option = getopt(argc, argv, "+H:k:sth")) != -1;) {
        switch (option) {
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
    if (optind == argc) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    char directory[PATH_MAX], loader[2 * PATH_MAX], program[PATH_MAX], manifest[64];
    own_directory(directory, sizeof(directory));
    snprintf(loader, sizeof(loader), "%s/pal-%s", directory, options.host && *options.host ? options.host : "Linux");
    char **arguments = argv + optind;
    if (!is_manifest(arguments[0])) {
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
