/* SPDX-License-Identifier: MIT */
/* Which manifest and which executable a command line means: the Host ABI's rules as a pure decision.
 * Knows no file: whoever asks says what exists and what it holds. */
#ifndef PAL_SRC_LOADER_RULES_H
#define PAL_SRC_LOADER_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include "pal_attributes.h"
#include "path.h"

/***** The command line *****/

enum loader_action {
    LOADER_RUN,
    LOADER_EXPLAIN, /* say what would be run, and stop */
    LOADER_HELP,
    LOADER_VERSION,
    LOADER_USAGE /* the command line is wrong: no file, or an unknown option */
};

struct loader_command {
    enum loader_action action;
    const char *const *arguments; /* from the file on; empty unless action is RUN or EXPLAIN */
    const char *wrong;            /* USAGE: the unknown option, or NULL if the file is missing */
};

/* Read a loader's command line, `LOADER [--help | --version | --explain] [--] FILE ARGUMENT...`.
 * argv  NULL-terminated, argv[0] is the loader; may be empty. Borrowed by the result */
struct loader_command loader_parse_command(const char *const *argv);

/***** Manifest and executable *****/

/* Why a file was chosen, or why none was. */
enum loader_reason {
    LOADER_NO_FILE,  /* none of the rules gave one */
    LOADER_NAMED,    /* named on the command line */
    LOADER_BESIDE,   /* X.manifest for the executable X */
    LOADER_DEFAULT,  /* `manifest` in the current directory */
    LOADER_EXEC_KEY, /* loader.exec of the manifest; its URI is not looked at here */
    LOADER_INFERRED  /* X for the manifest X.manifest */
};

/* A sentence on each reason, for --explain. */
const char *loader_reason_text(enum loader_reason reason);

struct loader_choice {
    enum loader_reason reason;
    char path[PATH_LEN_MAX + 1]; /* empty for NO_FILE and EXEC_KEY */
};

/* Whether a file of this name is there, as far as the rules are concerned: a directory is not. */
struct loader_probe {
    bool (*exists)(void *arg, const char *path);
    void *arg;
};

/* Choose the manifest.
 * file       as on the command line, NUL-terminated
 * is_elf     whether file is ELF; anything else is a manifest
 * errors     TOOLONG, INVAL: file cannot be a path, or X.manifest would be too long for one
 * source     Host ABI, "the loading rules" */
PAL_MUST_CHECK int loader_choose_manifest(const char *file, bool is_elf, struct loader_probe probe,
                                          struct loader_choice *out);

/* Choose the executable, when the manifest has been read.
 * manifest      what loader_choose_manifest chose
 * has_exec_key  whether it has loader.exec
 * An executable that was named stays the one to run, whatever its manifest says. Errors as above. */
PAL_MUST_CHECK int loader_choose_executable(const char *file, bool is_elf, const struct loader_choice *manifest,
                                            bool has_exec_key, struct loader_probe probe, struct loader_choice *out);

#endif
