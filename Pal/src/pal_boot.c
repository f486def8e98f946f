/* SPDX-License-Identifier: MIT */
/* Finds manifest and executable, as the rules say, and loads what they name. Knows no host. */
#include "pal_boot.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "pal_log.h"
#include "pal_manifest.h"
#include "pal_streams.h"
#include "pal_string.h"

int boot_fail(const char *object, const char *what, int64_t error)
{
    pal_log(PAL_LOG_ERROR, "%s: %s: %s", object, what, pal_error_text(error));
    return (int)error;
}

int boot_complain(const struct boot *boot, int error)
{
    pal_log(PAL_LOG_ERROR, "%s", boot->fault.text);
    return error;
}

/* "file:" and a path of len bytes; lives as long as the process. */
static char *file_uri(const char *path, size_t len)
{
    static const char scheme[] = "file:";
    char *uri = pal_malloc(sizeof(scheme) + len);
    if (uri) {
        memcpy(uri, scheme, sizeof(scheme) - 1);
        memcpy(uri + sizeof(scheme) - 1, path, len);
        uri[sizeof(scheme) - 1 + len] = '\0';
    }
    return uri;
}

static int open_path(PAL_HANDLE *out, const char *path)
{
    char *uri = file_uri(path, strlen(path));
    const int error = uri ? pal_stream_open(out, uri, PAL_ACCESS_RDONLY, 0, 0, 0) : -PAL_ERROR_NOMEM;
    pal_free(uri);
    return error;
}

/* Whether a file that the rules thought of is there: whatever opens and is no directory. The handle stays open for the
 * one who needs it; a file that is there but cannot be opened counts, so that opening it later tells why. */
static bool probe(void *arg, const char *path)
{
    PAL_HANDLE *handle = arg;
    PAL_STREAM_ATTR attr;
    const int error = open_path(handle, path);
    if (error == 0 && pal_stream_attributes(*handle, &attr) == 0 && attr.type == PAL_TYPE_DIR) {
        DkObjectClose(*handle);
        *handle = NULL;
        return false;
    }
    return error != -PAL_ERROR_STREAMNOTEXIST && error != -PAL_ERROR_STREAMISFILE && error != -PAL_ERROR_TOOLONG;
}

/***** The manifest *****/

static int load_manifest(struct boot *boot)
{
    const char *name = boot->manifest_choice.path;
    int error = 0;
    if (!boot->manifest_handle)
        error = open_path(&boot->manifest_handle, name);
    if (error < 0)
        return boot_fail(name, "cannot open", error);
    struct pal_manifest file;
    error = pal_manifest_read(&file, boot->manifest_handle);
    if (error < 0)
        return boot_fail(name, "cannot read", error);
    error = pal_manifest_parse(&file, name, &boot->fault);
    if (error < 0)
        return boot_complain(boot, error);
    boot->manifest_text = file.text;
    boot->manifest_size = file.size;
    boot->manifest = file.parsed;
    return 0;
}

/***** The executable *****/

int boot_file_key(struct boot *boot, const char *key, const char **out_uri)
{
    const char *text;
    size_t len;
    struct uri uri;
    const struct manifest_entry *entry = manifest_find(&boot->manifest, key);
    if (!manifest_get_string(entry, &text, &len))
        return 0;
    if (uri_parse(text, len, &uri) < 0 || uri.scheme != URI_FILE) {
        const int error = manifest_refuse(&boot->manifest, entry, "a file: URI", &boot->fault);
        return boot_complain(boot, error);
    }
    *out_uri = pal_strdup(text, len);
    return *out_uri ? 1 : -PAL_ERROR_NOMEM;
}

static int find_executable(struct boot *boot, const char *file)
{
    struct loader_choice *choice = &boot->executable_choice;
    const struct loader_probe probe_executable = {probe, &boot->executable_handle};
    const int has_key = boot->is_elf ? 0 : boot_file_key(boot, "loader.exec", &boot->executable_uri);
    if (has_key < 0)
        return has_key;
    const int error =
        loader_choose_executable(file, boot->is_elf, &boot->manifest_choice, has_key, probe_executable, choice);
    if (error < 0)
        return boot_fail(file, "cannot find its executable", error);
    if (choice->reason == LOADER_NO_FILE)
        return 0;
    if (choice->reason != LOADER_EXEC_KEY)
        boot->executable_uri = file_uri(choice->path, strlen(choice->path));
    return boot->executable_uri ? 0 : boot_fail(file, "cannot find its executable", -PAL_ERROR_NOMEM);
}

/* Open the file that was named, and see what it is. */
static int open_named(struct boot *boot, const char *file)
{
    PAL_HANDLE handle = NULL;
    PAL_STREAM_ATTR attr;
    int error = open_path(&handle, file);
    if (error < 0)
        return boot_fail(file, "cannot open", error);
    error = elf_read_head(handle, &attr);
    if (error >= 0 && attr.type == PAL_TYPE_DIR)
        error = -PAL_ERROR_STREAMISDIR;
    if (error < 0)
        return boot_fail(file, "cannot read", error);
    boot->is_elf = error > 0;
    *(boot->is_elf ? &boot->executable_handle : &boot->manifest_handle) = handle;
    return 0;
}

int boot_find(struct boot *boot)
{
    const char *file = boot->file;
    /* A child's host has opened the files already. */
    const bool given = boot->manifest_handle || boot->executable_handle;
    int error = 0;
    if (given)
        boot->is_elf = boot->executable_handle;
    else
        error = open_named(boot, file);
    if (error < 0)
        return error;
    const struct loader_probe probe_manifest = {probe, &boot->manifest_handle};
    error = loader_choose_manifest(file, boot->is_elf, probe_manifest, &boot->manifest_choice);
    if (error < 0)
        return boot_fail(file, "cannot find its manifest", error);
    if (boot->manifest_choice.reason != LOADER_NO_FILE)
        error = load_manifest(boot);
    if (error == 0)
        error = find_executable(boot, file);
    return error;
}

/***** Objects *****/

/* The path of a name in the loader's own directory; NULL if that cannot be told. */
static char *beside_loader(const char *name)
{
    char *loader = pal_malloc(PATH_LEN_MAX + 1);
    char *beside = pal_malloc(PATH_LEN_MAX + 1);
    if (!loader || !beside || _DkGetLoaderPath(loader, PATH_LEN_MAX + 1) <= 0 ||
        path_sibling(loader, name, beside, PATH_LEN_MAX + 1) <= 0) {
        pal_free(beside);
        beside = NULL;
    }
    pal_free(loader);
    return beside;
}

/* Where a preload is: a bare name is looked for beside the loader, and if it is not there, where we are. out_name lives as
 * long as the process. */
static int open_preload(PAL_HANDLE *out, const struct uri *uri, const char **out_name)
{
    char *path = pal_strdup(uri->text, uri->len);
    *out_name = path;
    if (!path)
        return -PAL_ERROR_NOMEM;
    char *beside = path_is_bare(path) ? beside_loader(path) : NULL;
    const int error = beside ? open_path(out, beside) : -PAL_ERROR_STREAMNOTEXIST;
    if (error == -PAL_ERROR_STREAMNOTEXIST) {
        pal_free(beside);
        return open_path(out, path);
    }
    *out_name = beside;
    return error;
}

/* Map one object and append it to the list. */
static int load_object(struct boot *boot, struct elf_object ***end, const char *uri, PAL_HANDLE handle, void *at)
{
    struct elf_object *object;
    void *memory;
    _Static_assert(sizeof(*object) <= PAL_HEAP_MAX, "an object fits the heap");
    memory = pal_malloc(sizeof(*object));
    if (!memory)
        return boot_fail(uri, "cannot load", -PAL_ERROR_NOMEM);
    object = memset(memory, 0, sizeof(*object));
    object->uri = uri;
    object->path = uri + strlen("file:");
    object->is_executable = handle == boot->executable_handle;
    const int error = elf_map_object(object, handle, at);
    if (error < 0)
        return error;
    object->map = (struct link_map){
        .l_addr = object->bias,
        .l_name = object->path,
        .l_ld = object->layout.dynamic.present ? (void *)(object->bias + object->layout.dynamic.vaddr) : NULL,
    };
    pal_rtld_add(&object->map);
    **end = object;
    *end = &object->next;
    return 0;
}

static int load_preloads(struct boot *boot, struct elf_object ***end)
{
    const struct manifest *manifest = &boot->manifest;
    const struct manifest_entry *entry = manifest_find(manifest, "loader.preload");
    size_t cursor = 0, len;
    const char *text;
    int more;
    while ((more = manifest_list_next(manifest, entry, &cursor, &text, &len, &boot->fault)) > 0) {
        PAL_HANDLE handle;
        struct uri uri;
        const char *path;
        if (uri_parse(text, len, &uri) < 0 || uri.scheme != URI_FILE) {
            more = manifest_refuse(manifest, entry, "a list of file: URIs", &boot->fault);
            break;
        }
        int error = open_preload(&handle, &uri, &path);
        if (error < 0)
            return boot_fail(path ? path : "loader.preload", "cannot open the preload", error);
        const char *full = file_uri(path, strlen(path));
        struct elf_object **preload = *end;
        error = full ? load_object(boot, end, full, handle, NULL) : -PAL_ERROR_NOMEM;
        DkObjectClose(handle);
        boot->has_libos |= error == 0 && (*preload)->is_libos;
        if (error < 0)
            return error;
    }
    return more < 0 ? boot_complain(boot, more) : 0;
}

/* A library OS looks for the executable itself: it may lie where only that knows, and be no ELF file at all. */
static int load_executable(struct boot *boot, struct elf_object ***end)
{
    const char *uri = boot->executable_uri;
    int error = 0;
    if (boot->has_libos && boot->executable_handle) {
        DkObjectClose(boot->executable_handle);
        boot->executable_handle = NULL;
    }
    if (boot->has_libos || !uri)
        return 0;
    if (!boot->executable_handle)
        error = pal_stream_open(&boot->executable_handle, uri, PAL_ACCESS_RDONLY, 0, 0, 0);
    if (error < 0)
        return boot_fail(uri, "cannot open", error);
    struct elf_object **executable = *end;
    error = load_object(boot, end, uri, boot->executable_handle, boot->loaded_at);
    boot->executable = *executable;
    return error;
}

/* Something must be there to be entered, and what an interpreter is to relocate needs a library OS to bring it. */
static int check_entries(const struct boot *boot)
{
    const char *file = boot->file;
    unsigned entries = 0;
    for (const struct elf_object *object = boot->objects; object; object = object->next)
        entries += object->layout.entry != 0;
    if (boot->executable && boot->executable->left_alone && entries < 2) {
        pal_log(PAL_LOG_ERROR, "%s: needs the interpreter that it names, which takes a library OS (loader.preload)",
                boot->executable->uri);
        return -PAL_ERROR_NOEXEC;
    }
    if (entries == 0) {
        pal_log(PAL_LOG_ERROR, "%s: nothing to run: %s", file,
                boot->manifest_size == 0 && !boot->objects ? "the file is empty"
                                                           : "no executable and no preload with an entry");
        return -PAL_ERROR_NOEXEC;
    }
    return 0;
}

int boot_load(struct boot *boot)
{
    struct elf_object **end = &boot->objects;
    static struct link_map loader;
    loader.l_name = "";
    pal_rtld_add(&loader);
    int error = load_preloads(boot, &end);
    if (error == 0)
        error = load_executable(boot, &end);
    if (error == 0)
        error = check_entries(boot);
    if (error == 0 && boot->action == LOADER_RUN)
        error = elf_relocate_all(boot->objects);
    return error;
}
