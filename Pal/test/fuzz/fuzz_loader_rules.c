/* SPDX-License-Identifier: MIT */
/* Fuzz target: any file name and any answers to the question whether a file exists. Whatever is chosen was named or is
 * there. Knows no file.
 * Input: a byte of facts, a byte of answers (a bit each), then the name, or a command line with a NUL after each word. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader_rules.h"
#include "pal_error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FACT_ELF = 1, FACT_KEY = 2, ARGUMENTS_MAX = 64 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Gives the answers one after the other. */
struct oracle {
    unsigned answers, questions;
    bool answer;                  /* the last one */
    char asked[PATH_LEN_MAX + 1]; /* about this path */
};

static bool ask(void *arg, const char *path)
{
    struct oracle *oracle = arg;
    const size_t len = strnlen(path, sizeof(oracle->asked));
    require(len > 0 && len < sizeof(oracle->asked));
    memcpy(oracle->asked, path, len + 1);
    oracle->answer = oracle->answers >> oracle->questions++ & 1;
    return oracle->answer;
}

/* What holds for every choice. */
static void check_choice(const struct loader_choice *choice, const char *file, const struct oracle *oracle)
{
    require(strnlen(choice->path, sizeof(choice->path)) < sizeof(choice->path));
    switch (choice->reason) {
    case LOADER_NO_FILE:
        require(choice->path[0] == '\0' && (oracle->questions == 0 || !oracle->answer));
        break;
    case LOADER_NAMED:
        require(strcmp(choice->path, file) == 0 && oracle->questions == 0);
        break;
    case LOADER_EXEC_KEY:
        require(choice->path[0] == '\0' && oracle->questions == 0);
        break;
    case LOADER_BESIDE:
    case LOADER_DEFAULT:
    case LOADER_INFERRED:
        require(oracle->questions > 0 && oracle->answer && strcmp(choice->path, oracle->asked) == 0);
        break;
    }
}

static const char g_suffix[] = ".manifest";

static int expected_error(const char *file, bool is_elf)
{
    const size_t len = strlen(file);
    if (len == 0)
        return -PAL_ERROR_INVAL;
    if (len > PATH_LEN_MAX)
        return -PAL_ERROR_TOOLONG;
    if (is_elf && file[len - 1] == '/')
        return -PAL_ERROR_INVAL;
    return is_elf && len > PATH_LEN_MAX - (sizeof(g_suffix) - 1) ? -PAL_ERROR_TOOLONG : 0;
}

static void check_files(const char *file, unsigned facts, unsigned answers)
{
    static struct loader_choice manifest, executable;
    static struct oracle oracle;
    const bool is_elf = facts & FACT_ELF, has_key = facts & FACT_KEY;
    const size_t len = strlen(file);
    oracle.answers = answers;
    oracle.questions = 0;
    const struct loader_probe probe = {ask, &oracle};
    memset(&manifest, 'm', sizeof(manifest));
    memset(&executable, 'e', sizeof(executable));

    int error = loader_choose_manifest(file, is_elf, probe, &manifest);
    require(error == expected_error(file, is_elf));
    if (error < 0)
        return;
    check_choice(&manifest, file, &oracle);
    require(oracle.questions <= (is_elf ? 2 : 0));
    require(is_elf ? manifest.reason == LOADER_BESIDE || manifest.reason == LOADER_DEFAULT ||
                         manifest.reason == LOADER_NO_FILE
                   : manifest.reason == LOADER_NAMED);
    if (manifest.reason == LOADER_BESIDE)
        require(strncmp(manifest.path, file, len) == 0 && strcmp(manifest.path + len, g_suffix) == 0);

    oracle.answers >>= oracle.questions;
    oracle.questions = 0;
    error = loader_choose_executable(file, is_elf, &manifest, has_key, probe, &executable);
    require(error == 0);
    check_choice(&executable, file, &oracle);
    require(is_elf == (executable.reason == LOADER_NAMED));
    require((!is_elf && has_key) == (executable.reason == LOADER_EXEC_KEY));
    if (executable.reason == LOADER_INFERRED) {
        const size_t stem = strlen(executable.path);
        require(strncmp(file, executable.path, stem) == 0 && strcmp(file + stem, g_suffix) == 0);
    }
}

/* Cut the text, which ends in NUL, into words. */
static void check_command(const char *text, size_t size)
{
    const char *argv[ARGUMENTS_MAX + 1] = {NULL};
    unsigned count = 0;
    for (size_t at = 0; at < size && count < ARGUMENTS_MAX; at += strlen(text + at) + 1)
        argv[count++] = text + at;
    const struct loader_command command = loader_parse_command(argv);
    const bool runs = command.action == LOADER_RUN || command.action == LOADER_EXPLAIN;
    require(command.arguments && runs == (command.arguments[0] != NULL));
    require(!command.wrong || (command.action == LOADER_USAGE && command.wrong[0] == '-'));
    if (runs) {
        const size_t first = (size_t)(command.arguments - argv);
        require(first >= 1 && first < count);
        require(command.arguments[0][0] != '-' || strcmp(argv[first - 1], "--") == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    /* Exactly the bytes and a NUL, so that the sanitizer sees a read past the end. */
    char *text = malloc(size - 1);
    require(text);
    memcpy(text, data + 2, size - 2);
    text[size - 2] = '\0';
    check_command(text, size - 1);
    check_files(text, data[0], data[1]);
    free(text);
    return 0;
}
