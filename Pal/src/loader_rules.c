/* SPDX-License-Identifier: MIT */
/* Which manifest and which executable a command line means: the Host ABI's rules as a pure decision.
 * Knows no file: whoever asks says what exists and what it holds. */
#include "loader_rules.h"
#include "pal_error.h"
#include "pal_string.h"

#define MANIFEST_SUFFIX  ".manifest"
#define MANIFEST_DEFAULT "manifest"

struct loader_command loader_parse_command(const char *const *argv)
{
    static const char *const nothing[] = {NULL};
    struct loader_command command = {.action = LOADER_USAGE, .arguments = nothing};
    enum loader_action action = LOADER_RUN;
    const char *const *next = argv[0] ? argv + 1 : argv;
    for (; *next && (*next)[0] == '-'; next++) {
        if (streq(*next, "--")) {
            next++;
            break;
        }
        if (streq(*next, "--help"))
            command.action = LOADER_HELP;
        else if (streq(*next, "--version"))
            command.action = LOADER_VERSION;
        else if (streq(*next, "--explain"))
            action = LOADER_EXPLAIN;
        else
            command.wrong = *next;
        if (command.action != LOADER_USAGE || command.wrong)
            return command;
    }
    if (*next) {
        command.action = action;
        command.arguments = next;
    }
    return command;
}

const char *loader_reason_text(enum loader_reason reason)
{
    switch (reason) {
    case LOADER_NO_FILE:
        break;
    case LOADER_NAMED:
        return "named on the command line";
    case LOADER_BESIDE:
        return "beside the executable";
    case LOADER_DEFAULT:
        return "in the current directory";
    case LOADER_EXEC_KEY:
        return "loader.exec of the manifest";
    case LOADER_INFERRED:
        return "the manifest's name without its extension";
    }
    return "none";
}

static int set_path(struct loader_choice *out, enum loader_reason reason, const char *path, size_t len)
{
    if (len == 0)
        return -PAL_ERROR_INVAL;
    if (len > PATH_LEN_MAX)
        return -PAL_ERROR_TOOLONG;
    memcpy(out->path, path, len);
    out->path[len] = '\0';
    out->reason = reason;
    return 0;
}

/* A path that a rule made up counts only if such a file is there. */
static int keep_if_there(struct loader_choice *out, struct loader_probe probe)
{
    if (!probe.exists(probe.arg, out->path)) {
        out->reason = LOADER_NO_FILE;
        out->path[0] = '\0';
    }
    return 0;
}

int loader_choose_manifest(const char *file, bool is_elf, struct loader_probe probe, struct loader_choice *out)
{
    const size_t len = strnlen(file, PATH_LEN_MAX + 1);
    int error = set_path(out, LOADER_NAMED, file, len);
    if (error < 0 || !is_elf)
        return error;
    const int64_t joined = path_with_suffix(file, len, MANIFEST_SUFFIX, out->path, sizeof(out->path));
    if (joined < 0)
        return (int)joined;
    out->reason = LOADER_BESIDE;
    error = keep_if_there(out, probe);
    if (error < 0 || out->reason != LOADER_NO_FILE)
        return error;
    error = set_path(out, LOADER_DEFAULT, MANIFEST_DEFAULT, strlen(MANIFEST_DEFAULT));
    return error < 0 ? error : keep_if_there(out, probe);
}

int loader_choose_executable(const char *file, bool is_elf, const struct loader_choice *manifest, bool has_exec_key,
                             struct loader_probe probe, struct loader_choice *out)
{
    out->path[0] = '\0';
    if (is_elf)
        return set_path(out, LOADER_NAMED, file, strnlen(file, PATH_LEN_MAX + 1));
    out->reason = has_exec_key ? LOADER_EXEC_KEY : LOADER_NO_FILE;
    const size_t len = strlen(manifest->path);
    const size_t stem = path_without_suffix(manifest->path, len, MANIFEST_SUFFIX);
    if (has_exec_key || stem == len)
        return 0;
    const int error = set_path(out, LOADER_INFERRED, manifest->path, stem);
    return error < 0 ? error : keep_if_there(out, probe);
}
