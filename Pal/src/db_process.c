/* SPDX-License-Identifier: MIT */
/* Host ABI, processes: says what a new process is to run; the host starts it. Knows no way to do that. */
#include "elf_header.h"
#include "pal_atomic.h"
#include "pal_boot.h"
#include "pal_confine.h"
#include "pal_exception.h"
#include "pal_manifest.h"
#include "pal_streams.h"
#include "pal_tcb.h"
#include "pal_string.h"
#include "pal_uri.h"
#include "pal_user.h"

/* Bytes that the command line of a process may take, pointers included: half of what fits the usual stack. */
#define COMMAND_SIZE_MAX ((size_t)1 << 20)

/***** The file *****/

/* Take a file: URI from the program. */
static int take_uri(PAL_STR text, struct pal_uri *out)
{
    const int error = pal_uri_take(text, out);
    if (error < 0 || out->parts.scheme == URI_FILE)
        return error;
    pal_uri_drop(out);
    return -PAL_ERROR_NOTSUPPORT;
}

/* Whether text that is no ELF file is a manifest. */
static int check_manifest(PAL_HANDLE handle)
{
    struct pal_manifest manifest;
    struct manifest_fault fault;
    int error = pal_manifest_read(&manifest, handle);
    if (error < 0)
        return error;
    error = pal_manifest_parse(&manifest, "", &fault);
    pal_manifest_free(&manifest);
    return error == 0 || error == -PAL_ERROR_NOMEM ? error : -PAL_ERROR_NOEXEC;
}

static int check_content(PAL_HANDLE handle)
{
    struct elf64_ehdr header;
    struct elf_fault fault;
    char start[sizeof(header)];
    PAL_STREAM_ATTR attr;
    int64_t result = pal_stream_attributes(handle, &attr);
    if (result == 0 && attr.type != PAL_TYPE_FILE)
        result = -PAL_ERROR_NOEXEC;
    if (result == 0)
        result = pal_stream_read_all(handle, 0, sizeof(start), start);
    if (result < 0)
        return (int)result;
    if (elf_is_elf(start, (size_t)result))
        return elf_check_header(start, (size_t)result, attr.size, &header, &fault);
    return check_manifest(handle);
}

/* Whether a process can be made of a file. What else is wrong with it, the new process says. A FIFO is none, whoever may
 * come to write to it. */
static int check_file(const char *uri)
{
    PAL_HANDLE handle;
    int error = pal_stream_open(&handle, uri, PAL_ACCESS_RDONLY, 0, 0, PAL_OPTION_NONBLOCK);
    if (error < 0)
        return error;
    error = check_content(handle);
    DkObjectClose(handle);
    return error;
}

/***** The command line *****/

/* A loader's command line: `pal -- FILE ARGUMENT...`, pointers first, then their strings. */
struct command {
    PAL_STR *pointers;
    size_t count; /* of pointers that are filled in */
    size_t size;  /* bytes of memory at pointers */
    char *text;   /* where the next string goes */
};

static void add(struct command *command, const char *text, size_t len)
{
    memcpy(command->text, text, len);
    command->text[len] = '\0';
    command->pointers[command->count++] = command->text;
    command->text += len + 1;
}

/* Count the program's arguments and their bytes, with NULs. */
static int measure(PAL_STR *args, size_t *out_count, size_t *out_size)
{
    size_t count = 0, size = 0;
    for (;;) {
        PAL_STR argument = NULL;
        int64_t len = args ? pal_user_read(&argument, args + count, sizeof(argument)) : 0;
        if (len == 0 && !argument)
            break;
        if (len == 0)
            len = pal_user_strnlen(argument, COMMAND_SIZE_MAX);
        if (len < 0)
            return (int)len;
        size += (size_t)len + 1;
        count++;
        if (size + count * sizeof(argument) > COMMAND_SIZE_MAX)
            return -PAL_ERROR_TOOBIG;
    }
    *out_count = count;
    *out_size = size;
    return 0;
}

/* Copy the arguments. Another thread may have changed them meanwhile, so the room is looked at again. */
static int add_arguments(struct command *command, PAL_STR *args, size_t count)
{
    const char *end = (char *)command->pointers + command->size;
    for (size_t i = 0; i < count; i++) {
        PAL_STR argument = NULL;
        int64_t result = pal_user_read(&argument, args + i, sizeof(argument));
        if (result == 0)
            result = pal_user_strnlen(argument, (size_t)(end - command->text));
        if (result >= end - command->text)
            return -PAL_ERROR_BADADDR;
        const size_t len = (size_t)result;
        if (result >= 0)
            result = pal_user_read(command->text, argument, len);
        if (result < 0)
            return (int)result;
        command->text[len] = '\0';
        command->pointers[command->count++] = command->text;
        command->text += len + 1;
    }
    return 0;
}

static int make_command(struct command *out, const char *file, size_t file_len, PAL_STR *args)
{
    static const char loader[] = "pal", end_of_options[] = "--";
    size_t count = 0, size = 0;
    int error = measure(args, &count, &size);
    if (error < 0)
        return error;
    const size_t pointers = (count + 4) * sizeof(PAL_STR);
    *out = (struct command){.size = pointers + sizeof(loader) + sizeof(end_of_options) + file_len + 1 + size};
    out->pointers = pal_malloc_any(out->size);
    if (!out->pointers)
        return -PAL_ERROR_NOMEM;
    out->text = (char *)out->pointers + pointers;
    add(out, loader, sizeof(loader) - 1);
    add(out, end_of_options, sizeof(end_of_options) - 1);
    add(out, file, file_len);
    error = add_arguments(out, args, count);
    out->pointers[out->count] = NULL;
    return error;
}

/* The copy goes on from here as a process of its own. */
static int copy(PAL_FLG flags, PAL_HANDLE *out)
{
    struct pal_range stack = boot_stack();
    const int result = _DkProcessCopy(out, flags & PAL_PROCESS_COMMITTED ? &stack : NULL);
    if (result <= 0)
        return result;
    g_single_thread = true;
    pal_control.parent_process = *out;
    pal_control.process_id = _DkGetProcessId();
    pal_control.first_thread = pal_self()->handle;
    return 0;
}

/* Apart, for its locals are large: what a copy writes to its stack is copied for both. */
PAL_APART static int start(PAL_STR text, PAL_STR *args, PAL_HANDLE *out)
{
    struct command command = {0};
    const char *own_file = boot_file() ? boot_file() : "";
    struct pal_uri uri;
    int error = text ? take_uri(text, &uri) : 0;
    if (error < 0)
        return error;
    if (text)
        error = check_file(uri.copy);
    if (error == 0)
        error = text ? make_command(&command, uri.parts.text, uri.parts.len, args)
                     : make_command(&command, own_file, strlen(own_file), args);
    if (error == 0)
        error = _DkProcessCreate(out, command.pointers);
    pal_free_any(command.pointers, command.size);
    if (text)
        pal_uri_drop(&uri);
    return error;
}

PAL_HANDLE DkProcessCreate(PAL_STR text, PAL_FLG flags, PAL_STR *args)
{
    PAL_HANDLE process = NULL;
    int error = -PAL_ERROR_INVAL;
    if (flags == 0)
        error = start(text, args, &process);
    else if ((flags == PAL_PROCESS_COPY || flags == PAL_PROCESS_COMMITTED) && !text && !args)
        error = copy(flags, &process);
    return pal_return_handle(error, process);
}

void DkProcessExit(PAL_NUM exitCode)
{
    (void)pal_return_bool(_DkProcessExit((int)exitCode));
}

PAL_BOL DkProcessSandboxCreate(PAL_STR manifest, PAL_FLG flags)
{
    struct pal_uri uri;
    int error = take_uri(manifest, &uri);
    if (error < 0)
        return pal_return_bool(error);
    if (flags & ~(PAL_FLG)PAL_SANDBOX_PIPE)
        error = -PAL_ERROR_INVAL;
    if (error == 0)
        error = pal_confine_by(uri.copy);
    if (error == 0 && flags & PAL_SANDBOX_PIPE)
        error = _DkProcessIsolate();
    pal_uri_drop(&uri);
    return pal_return_bool(error);
}
