/* SPDX-License-Identifier: MIT */
/* Keys of the manifest that the loader itself obeys: what it prints, and where the debug stream goes. Knows no host. */
#include "manifest_keys.h"
#include "manifest_value.h"
#include "pal_boot.h"
#include "pal_log.h"
#include "pal_streams.h"

static int read_log_level(struct boot *boot)
{
    static const char *const levels[] = {"error", "warning", "debug", "trace", NULL};
    const struct manifest_entry *entry = manifest_find(&boot->manifest, "loader.log_level");
    unsigned level = PAL_LOG_WARNING;
    const int error = manifest_get_choice(&boot->manifest, entry, levels, &level, &boot->fault);
    if (error < 0)
        return boot_complain(boot, error);
    pal_log_set_level((enum pal_log_level)level);
    return 0;
}

static void warn_of_unknown_keys(const struct manifest *manifest)
{
    struct manifest_unknown cursor = {0};
    struct manifest_fault warning;
    while (manifest_next_unknown(manifest, &cursor, &warning))
        pal_log(PAL_LOG_WARNING, "%s", warning.text);
}

/* Open the debug stream; a file begins empty. */
static int open_debug_stream(const char *uri, bool is_file)
{
    PAL_STREAM_ATTR attr = {0};
    int error = pal_stream_open(&pal_control.debug_stream, uri, PAL_ACCESS_WRONLY,
                                PAL_SHARE_OWNER_R | PAL_SHARE_OWNER_W, is_file ? PAL_CREAT_TRY : 0, 0);
    if (error == 0 && is_file)
        error = pal_stream_attributes(pal_control.debug_stream, &attr);
    /* What is no file, such as a terminal or a pipe, has no length. */
    if (error == 0 && is_file && attr.type == PAL_TYPE_FILE)
        error = pal_handle_ops[PAL_TYPE_FILE]->setlength(pal_control.debug_stream, 0);
    return error < 0 ? boot_fail(uri, "cannot open the debug stream", error) : 0;
}

static int begin_debug_stream(struct boot *boot)
{
    enum { NONE, INLINE, TO_FILE };
    static const char *const types[] = {[NONE] = "none", [INLINE] = "inline", [TO_FILE] = "file", NULL};
    const struct manifest_entry *entry = manifest_find(&boot->manifest, "loader.debug_type");
    unsigned type = NONE;
    const char *uri = NULL;
    int error = manifest_get_choice(&boot->manifest, entry, types, &type, &boot->fault);
    if (error < 0)
        return boot_complain(boot, error);
    if (type == NONE)
        return 0;
    if (type == INLINE)
        return open_debug_stream("dev:tty", false);
    error = boot_file_key(boot, "loader.debug_file", &uri);
    if (error < 0)
        return error;
    if (error == 0) {
        error = manifest_refuse(&boot->manifest, entry, "loader.debug_file to be set, too", &boot->fault);
        return boot_complain(boot, error);
    }
    return open_debug_stream(uri, true);
}

int boot_configure(struct boot *boot)
{
    const int error = read_log_level(boot);
    if (error < 0)
        return error;
    warn_of_unknown_keys(&boot->manifest);
    return begin_debug_stream(boot);
}
