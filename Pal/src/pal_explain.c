/* SPDX-License-Identifier: MIT */
/* --explain: how manifest, executable and preloads were found, and where they went. Knows no host. */
#include "pal_boot.h"
#include "pal_log.h"

static void explain_object(const struct elf_object *object)
{
    const struct elf_layout *layout = &object->layout;
    pal_print("  %s 0x%lx-0x%lx", object->uri, object->bias + layout->span_start, object->bias + layout->span_end);
    if (layout->entry)
        pal_print(", entry 0x%lx", object->bias + layout->entry);
    pal_print(", %s%s\n", layout->fixed ? "at its fixed addresses" : "moved by its bias",
              object->left_alone ? ", to be relocated by the interpreter it names" : "");
}

void boot_explain(const struct boot *boot)
{
    const struct loader_choice *manifest = &boot->manifest_choice;
    pal_print("manifest: %s%s%s%s\n", manifest->path, manifest->path[0] ? " (" : "",
              loader_reason_text(manifest->reason), manifest->path[0] ? ")" : "");
    if (boot->executable_uri)
        pal_print("executable: %s (%s)%s\n", boot->executable_uri, loader_reason_text(boot->executable_choice.reason),
                  boot->has_libos ? ", left to the library OS" : "");
    else
        pal_print("executable: none\n");
    pal_print("objects, in the order of their entries:\n");
    for (const struct elf_object *object = boot->objects; object; object = object->next)
        explain_object(object);
}
