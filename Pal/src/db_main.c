/* SPDX-License-Identifier: MIT */
/* The core's entry: from what the host has to a running program. Knows no host. */
#include "pal_atomic.h"
#include "pal_boot.h"
#include "pal_confine.h"
#include "pal_control.h"
#include "pal_exception.h"
#include "pal_handle.h"
#include "pal_log.h"
#include "pal_tcb.h"

/* Exit code of a loader that could not start the program. */
#define EXIT_LOADER 1

PAL_LARGE static struct boot g_boot;

const char *boot_file(void)
{
    return g_boot.file;
}

struct pal_range boot_stack(void)
{
    return g_boot.stack;
}

static void print_help(void)
{
    pal_print("usage: pal-<host> [--explain] [--] FILE [ARGUMENT...]\n"
              "       pal-<host> --help | --version\n\n"
              "FILE is an ELF executable, or a manifest that names one.\n"
              "  --explain   print which manifest, executable and preloads are used and where they go, and stop\n"
              "  --help      print this\n"
              "  --version   print the version of the PAL Host ABI\n");
}

static int exit_code_of_print(void)
{
    return pal_print_succeeded() ? 0 : EXIT_LOADER;
}

/* What the command line asks for besides running. Returns whether that was all, and the exit code. */
static bool run_option(const struct loader_command *command, int *out_exit_code)
{
    switch (command->action) {
    case LOADER_RUN:
    case LOADER_EXPLAIN:
        return false;
    case LOADER_HELP:
        print_help();
        *out_exit_code = exit_code_of_print();
        return true;
    case LOADER_VERSION:
        pal_print("PAL Host ABI %d.%d\n", PAL_ABI_MAJOR, PAL_ABI_MINOR);
        *out_exit_code = exit_code_of_print();
        return true;
    case LOADER_USAGE:
        break;
    }
    *out_exit_code = EXIT_LOADER;
    if (command->wrong)
        pal_log(PAL_LOG_ERROR, "%s: unknown option (--help lists them)", command->wrong);
    else
        pal_log(PAL_LOG_ERROR, "no file to run: name a manifest or an executable (--help tells more)");
    return true;
}

static void fill_control(const struct boot *boot)
{
    pal_control.manifest_handle = boot->manifest_handle;
    pal_control.executable = boot->executable_uri;
    pal_control.manifest_preload.start = (void *)(uintptr_t)boot->manifest_text;
    pal_control.manifest_preload.end = (void *)((uintptr_t)boot->manifest_text + boot->manifest_size);
    if (boot->executable) {
        const struct elf_object *object = boot->executable;
        pal_control.executable_range.start = (void *)(object->bias + object->layout.span_start);
        pal_control.executable_range.end = (void *)(object->bias + object->layout.span_end);
    }
    pal_control_complete(boot->has_libos);
}

/* Enter every object that has an entry, in order, up to the library OS; the last one's value is the exit code. */
static int run(struct boot *boot)
{
    void *stack;
    int value = 0;
    if (boot_build_stack(boot, &stack) < 0)
        return EXIT_LOADER;
    for (const struct elf_object *object = boot->objects; object; object = object->next) {
        if (object->layout.entry)
            value = pal_enter(object->bias + object->layout.entry, stack);
        if (object->is_libos)
            break;
    }
    return value;
}

static int start(struct boot *boot)
{
    struct pal_policy policy;
    if (boot_find(boot) < 0 || boot_configure(boot) < 0 || boot_read_policy(boot, &policy) < 0 || boot_load(boot) < 0)
        return EXIT_LOADER;
    if (boot->action == LOADER_EXPLAIN) {
        boot_explain(boot);
        return exit_code_of_print();
    }
    const int error = _DkExceptionInit(pal_exception_hears_others());
    if (error < 0 && error != -PAL_ERROR_NOTIMPLEMENTED) {
        pal_log(PAL_LOG_ERROR, "%s: cannot catch faults: %s", boot->file, pal_error_text(error));
        return EXIT_LOADER;
    }
    fill_control(boot);
    pal_rtld_publish();
    if (boot_confine(boot, &policy) < 0)
        return EXIT_LOADER;
    return run(boot);
}

void pal_main(PAL_NUM instance_id, PAL_HANDLE manifest_handle, PAL_HANDLE exec_handle, PAL_PTR exec_loaded_addr,
              PAL_HANDLE parent_process, PAL_HANDLE first_thread, PAL_STR *arguments, PAL_STR *environments)
{
    (void)instance_id; /* it is the host that makes names of it */
    int exit_code = EXIT_LOADER;
    pal_log_set_level(PAL_LOG_WARNING);
    g_single_thread = true;
    const int error = pal_handle_init();
    if (error < 0) {
        pal_log(PAL_LOG_ERROR, "cannot make the table of handles: %s", pal_error_text(error));
        goto out;
    }
    PAL_HANDLE given[] = {manifest_handle, exec_handle, parent_process, first_thread};
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        if (given[i])
            pal_handle_publish(given[i]);
    }
    g_boot.environment = environments;
    g_boot.is_child = parent_process;
    g_boot.manifest_handle = manifest_handle;
    g_boot.executable_handle = exec_handle;
    g_boot.loaded_at = exec_loaded_addr;
    pal_control.parent_process = parent_process;
    pal_control.first_thread = first_thread;
    pal_self()->handle = first_thread;
    if (manifest_handle || exec_handle) {
        g_boot.file = arguments[0];
        g_boot.arguments = arguments;
    } else {
        const struct loader_command command = loader_parse_command(arguments);
        if (run_option(&command, &exit_code))
            goto out;
        g_boot.action = command.action;
        g_boot.file = command.arguments[0];
        g_boot.arguments = command.arguments + (g_boot.is_child ? 1 : 0);
    }
    exit_code = start(&g_boot);
out:
    _DkProcessExit(exit_code);
}
