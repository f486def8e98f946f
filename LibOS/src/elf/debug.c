/* SPDX-License-Identifier: MIT */
/* What the program has loaded, for debuggers: the loader keeps a list of what it has loaded itself, in the form that
 * debuggers read, and the files whose code the program maps are appended to that. Knows no debugger.
 *
 * The list is found by DT_DEBUG of our own dynamic section, each time: after a fork the loader is another one. */
#include "elf64.h"
#include "symbols.h"
#include "exec.h"
#include "fs/fs_core.h"
#include "mm.h"

#define HEADERS_MAX 32 /* program headers that are looked at */
#define STEPS_MAX   16 /* mappings between the first one of a file and its code */

/* As <link.h> has them. */
struct link_map {
    uint64_t bias;
    const char *name;
    uint64_t dynamic;
    struct link_map *next, *previous;
};

struct r_debug {
    int version;
    struct link_map *first;
    void (*changed)(void);
    int state;
    uint64_t loader;
};

struct object {
    struct link_map map;
    char *name;
    uint64_t code; /* address */
};

static struct {
    struct lock lock;
    struct link_map anchor; /* without a name, so debuggers pass it over; what is the program's follows */
} g_objects = {.anchor.name = ""};

static struct r_debug *find_list(void)
{
    const struct elf64_dyn *entry = (const void *)_DYNAMIC;
    while (entry->d_tag != ELF_DT_NULL && entry->d_tag != ELF_DT_DEBUG)
        entry++;
    return entry->d_tag == ELF_DT_DEBUG ? (struct r_debug *)entry->d_val : NULL; /* NULL: a loader that has none */
}

/* Where a file begins that has code at an address: the mapping of its headers lies before. */
static bool find_headers(uint64_t code, const struct file *file, uint64_t *out)
{
    struct mapping mapping = {.start = code + 1};
    for (unsigned i = 0; i < STEPS_MAX && mm_find(mapping.start - 1, &mapping); i++) {
        const bool same = mapping.file == file;
        if (mapping.file)
            file_put(mapping.file);
        if (same && mapping.offset == 0) {
            *out = mapping.start;
            return true;
        }
    }
    return false;
}

/* Load bias and dynamic section of an ELF file, from its headers in memory. */
static bool read_headers(uint64_t headers, uint64_t code, uint64_t offset, struct link_map *map)
{
    struct elf64_ehdr header;
    struct elf64_phdr part[HEADERS_MAX];
    bool found = false;
    if (user_read(&header, (const void *)headers, sizeof(header)) < 0 || memcmp(header.e_ident, "\177ELF", 4) != 0 ||
        header.e_phnum > HEADERS_MAX || header.e_phoff > PAGE_SIZE ||
        user_read(part, (const void *)(headers + header.e_phoff), header.e_phnum * sizeof(part[0])) < 0)
        return false;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        if (part[i].p_type == ELF_PT_LOAD && page_down(part[i].p_offset) == offset && part[i].p_flags & ELF_PF_X) {
            map->bias = code - page_down(part[i].p_vaddr);
            found = true;
        }
    }
    for (unsigned i = 0; found && i < header.e_phnum; i++) {
        if (part[i].p_type == ELF_PT_DYNAMIC)
            map->dynamic = map->bias + part[i].p_vaddr;
    }
    return found;
}

/* Have the anchor in the loader's list. After a fork that is a new one. */
static void tie_anchor(struct r_debug *list)
{
    struct link_map *last = list->first;
    while (last->next && last->next != &g_objects.anchor)
        last = last->next;
    last->next = &g_objects.anchor;
    g_objects.anchor.previous = last;
}

static void insert(struct object *object)
{
    struct link_map *anchor = &g_objects.anchor;
    object->map.previous = anchor;
    object->map.next = anchor->next;
    if (anchor->next)
        anchor->next->previous = &object->map;
    anchor->next = &object->map;
}

/* The host's name of a file; NULL = none that a debugger could open. */
static char *host_name(const struct file *file)
{
    int error;
    if (!file->path || !file->mount || !file->mount->host)
        return NULL;
    char *uri = chroot_path_uri("", file->mount, file->path, &error);
    char *name = uri ? heap_strdup(uri, strlen(uri)) : NULL;
    if (uri)
        chroot_uri_free(uri);
    return name;
}

void debug_code_mapped(uint64_t start, struct file *file, uint64_t offset)
{
    struct r_debug *list = find_list();
    struct object object = {.code = start}, *copy;
    uint64_t headers;
    if (!list || !list->first || !find_headers(start, file, &headers) ||
        !read_headers(headers, start, offset, &object.map))
        return;
    object.map.name = object.name = host_name(file);
    copy = object.name ? heap_alloc(sizeof(*copy)) : NULL;
    if (!copy) {
        heap_free(object.name);
        return;
    }
    *copy = object;
    lock_acquire(&g_objects.lock);
    tie_anchor(list);
    insert(copy);
    lock_release(&g_objects.lock);
    list->changed();
}

void debug_code_gone(uint64_t start, uint64_t end)
{
    struct link_map *gone = NULL;
    lock_acquire(&g_objects.lock);
    for (struct link_map *map = g_objects.anchor.next, *next; map; map = next) {
        const struct object *object = container_of(map, struct object, map);
        next = map->next;
        if (object->code < start || object->code >= end)
            continue;
        map->previous->next = next;
        if (next)
            next->previous = map->previous;
        map->next = gone;
        gone = map;
    }
    lock_release(&g_objects.lock);
    if (!gone)
        return;
    struct r_debug *list = find_list();
    if (list)
        list->changed();
    while (gone) {
        struct object *object = container_of(gone, struct object, map);
        gone = gone->next;
        heap_free(object->name);
        heap_free(object);
    }
}
