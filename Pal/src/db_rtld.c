/* SPDX-License-Identifier: MIT */
/* The list of loaded objects, as debuggers read it. Knows no debugger in particular. */
#include "pal_rtld.h"
#include <stddef.h>
#include "elf_object.h"
#include "pal_host_api.h"

/* A debugger that finds this name in the loader stops here when the list has changed. */
void _r_debug_state(void);
__attribute__((noinline, used, retain)) void _r_debug_state(void)
{
    __asm__ volatile("");
}

struct r_debug pal_r_debug;
/* The last object of ours; a library OS may have appended others. */
static struct link_map *last;

void pal_rtld_add(struct link_map *map)
{
    pal_r_debug.r_version = 1;
    pal_r_debug.r_brk = (uintptr_t)&_r_debug_state;
    map->l_prev = last;
    *(last ? &last->l_next : &pal_r_debug.r_map) = map;
    last = map;
    _DkDebugAddMap(map);
}

void pal_rtld_publish(void)
{
    _r_debug_state();
}

const char *pal_rtld_find(uintptr_t address, uintptr_t *out_offset)
{
    /* The first entry of the list is the loader itself, of which the program knows nothing. */
    for (struct link_map *map = pal_r_debug.r_map; map != last;) {
        map = map->l_next;
        const struct elf_object *object = (const void *)((const char *)map - offsetof(struct elf_object, map));
        if (address - object->bias < object->layout.span_start || address - object->bias >= object->layout.span_end)
            continue;
        *out_offset = address - object->bias;
        return map->l_name;
    }
    return NULL;
}
