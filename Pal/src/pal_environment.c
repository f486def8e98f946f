/* SPDX-License-Identifier: MIT */
/* The program's arguments and environment, out of manifest, command line and host. Knows no host. */
#include "manifest_keys.h"
#include "manifest_value.h"
#include "pal_boot.h"
#include "pal_string.h"

/* What a program may see of the host's environment when the manifest does not say. */
static const char g_default_names[][8] = {"TERM", "LANG", "TZ"};

/* Take one string, made of up to three parts. */
static void take(struct string_sink *sink, const char *a, size_t a_len, const char *b, size_t b_len, const char *c,
                 size_t c_len)
{
    const size_t len = a_len + b_len + c_len;
    if (sink->pointers) {
        sink->pointers[sink->count] = (uintptr_t)sink->text;
        memcpy(sink->text, a, a_len);
        memcpy(sink->text + a_len, b, b_len);
        memcpy(sink->text + a_len + b_len, c, c_len);
        sink->text[len] = '\0';
        sink->text += len + 1;
    }
    sink->count++;
    sink->size += len + 1;
}

static void take_text(struct string_sink *sink, const char *text, size_t len)
{
    take(sink, text, len, "", 0, "", 0);
}

/* What the parent process says, but for the name that the manifest gives the program. */
static void emit_childs_arguments(const struct boot *boot, struct string_sink *sink)
{
    const char *const *next = boot->arguments;
    const char *name;
    size_t name_len;
    if (*next && manifest_get_string(manifest_find(&boot->manifest, "loader.execname"), &name, &name_len)) {
        take_text(sink, name, name_len);
        next++;
    }
    for (; *next; next++)
        take_text(sink, *next, strlen(*next));
}

int boot_emit_arguments(struct boot *boot, struct string_sink *sink)
{
    if (boot->is_child) {
        emit_childs_arguments(boot, sink);
        return 0;
    }
    const struct manifest *manifest = &boot->manifest;
    const struct manifest_entry *argument;
    uint32_t cursor = 0;
    const char *name = boot->executable_uri ? boot->executable_uri : boot->file;
    size_t name_len = strlen(name);
    int more = manifest_index_next(manifest, "loader.argv", &cursor, &argument, &boot->fault);
    const bool fixed = more > 0;
    if (fixed)
        manifest_get_string(argument, &name, &name_len);
    manifest_get_string(manifest_find(manifest, "loader.execname"), &name, &name_len);
    if (more >= 0)
        take_text(sink, name, name_len);
    while (more > 0 && (more = manifest_index_next(manifest, "loader.argv", &cursor, &argument, &boot->fault)) > 0)
        take_text(sink, argument->value, argument->value_len);
    for (const char *const *next = boot->arguments + 1; more == 0 && !fixed && *next; next++)
        take_text(sink, *next, strlen(*next));
    return more < 0 ? boot_complain(boot, more) : 0;
}

/* Which variables of the host the program may see. */
struct env_filter {
    bool all;
    bool by_default;
    const struct manifest_entry *names; /* NULL = none, or one of the others */
};

/* Whether a variable NAME=VALUE is visible by default. Most are refused by their first byte: this runs for each of the host's
 * variables. */
static bool is_default(const char *variable)
{
    for (size_t i = 0; i < sizeof(g_default_names) / sizeof(g_default_names[0]); i++) {
        const char *name = g_default_names[i];
        size_t same = 0;
        while (name[same] && name[same] == variable[same])
            same++;
        if (!name[same] && variable[same] == '=')
            return true;
    }
    return false;
}

/* Whether a variable of the host's is visible: 1, 0, or an error of the list. */
static int is_visible(struct boot *boot, const struct env_filter *filter, const char *variable)
{
    size_t cursor = 0, item_len;
    const char *item;
    int more = 0;
    if (filter->by_default)
        return is_default(variable);
    const char *equals = strchr(variable, '=');
    const size_t len = equals ? (size_t)(equals - variable) : 0;
    if (filter->all)
        return len > 0;
    while ((more = manifest_list_next(&boot->manifest, filter->names, &cursor, &item, &item_len, &boot->fault)) > 0) {
        if (item_len == len && memcmp(item, variable, len) == 0)
            return 1;
    }
    return more;
}

static struct env_filter read_filter(const struct manifest *manifest)
{
    const char *text;
    size_t len;
    const struct manifest_entry *entry = manifest_find(manifest, "loader.env_host");
    if (!manifest_get_string(entry, &text, &len))
        return (struct env_filter){.by_default = true};
    if (len == 3 && memcmp(text, "all", 3) == 0)
        return (struct env_filter){.all = true};
    if (len == 4 && memcmp(text, "none", 4) == 0)
        return (struct env_filter){0};
    return (struct env_filter){.names = entry};
}

/* Whether a variable can be called so; words that stand alone are no names. */
static bool is_name(const char *item, size_t len)
{
    if ((len == 3 && memcmp(item, "all", 3) == 0) || (len == 4 && memcmp(item, "none", 4) == 0))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (item[i] == '=' || (unsigned char)item[i] <= ' ')
            return false;
    }
    return true;
}

/* A list is wrong whether or not the host has a variable. */
static int check_names(struct boot *boot, const struct manifest_entry *names)
{
    size_t cursor = 0, len;
    const char *item;
    int more;
    while ((more = manifest_list_next(&boot->manifest, names, &cursor, &item, &len, &boot->fault)) > 0) {
        if (!is_name(item, len))
            return manifest_refuse(&boot->manifest, names, "none, all, or names separated by commas", &boot->fault);
    }
    return more;
}

int boot_emit_environment(struct boot *boot, struct string_sink *sink)
{
    const struct manifest *manifest = &boot->manifest;
    const struct env_filter filter = read_filter(manifest);
    const int error = check_names(boot, filter.names);
    if (error < 0)
        return boot_complain(boot, error);
    for (const char *const *next = boot->environment; *next; next++) {
        const int visible = is_visible(boot, &filter, *next);
        if (visible < 0)
            return boot_complain(boot, visible);
        /* The manifest's own value, or its wish to have none, comes first. */
        if (visible && !manifest_find_member(manifest, "loader.env", *next, (size_t)(strchr(*next, '=') - *next), NULL))
            take_text(sink, *next, strlen(*next));
    }
    struct manifest_member member;
    uint32_t cursor = 0;
    while (manifest_group_next(manifest, "loader.env", &cursor, &member)) {
        if (member.value && member.value->value_len > 0)
            take(sink, member.name, member.name_len, "=", 1, member.value->value, member.value->value_len);
    }
    return 0;
}
