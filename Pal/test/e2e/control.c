/* SPDX-License-Identifier: MIT */
/* Guest: prints the control block; `control debug TEXT` writes TEXT to the debug stream instead. */
#include "guest.h"
#include "pal_string.h"

static void say_range(const char *name, const PAL_PTR_RANGE *range)
{
    say("%s %p-%p\n", name, range->start, range->end);
}

/* What of the block disagrees with itself or with what the program knows. */
static void check(void)
{
    static char text[65536];
    const PAL_CONTROL *control = &pal_control;
    const uintptr_t here = (uintptr_t)&check;
    if (pal_control_addr() != control)
        say("pal_control_addr is wrong\n");
    if (here < (uintptr_t)control->executable_range.start || here >= (uintptr_t)control->executable_range.end)
        say("executable_range is wrong\n");
    if (control->executable_range.start < control->user_address.start ||
        control->executable_range.end > control->user_address.end)
        say("user_address is wrong\n");
    const size_t size = (size_t)((uintptr_t)control->manifest_preload.end - (uintptr_t)control->manifest_preload.start);
    if (control->manifest_handle) {
        const PAL_NUM got = DkStreamRead(control->manifest_handle, 0, sizeof(text), text, NULL, 0);
        if (got != size || memcmp(text, control->manifest_preload.start, size) != 0)
            say("manifest_preload is wrong\n");
    } else if (size > 0) {
        say("there is text of no manifest\n");
    }
}

static void print(void)
{
    const PAL_CONTROL *control = &pal_control;
    const PAL_CPU_INFO *cpu = &control->cpu_info;
    say("process_id %lu\nhost_id %lu\n", control->process_id, control->host_id);
    say("executable %s\n", control->executable ? control->executable : "none");
    say("manifest %s\n", control->manifest_handle ? "yes" : "no");
    say("parent %s\n", control->parent_process ? "yes" : "no");
    say("debug %s\n", control->debug_stream ? "yes" : "no");
    say_range("user_address", &control->user_address);
    say_range("executable_range", &control->executable_range);
    say("pagesize %lu\nalloc_align %lu\n", control->pagesize, control->alloc_align);
    say("cpu_num %lu\ncpu_vendor %s\ncpu_brand %s\n", cpu->cpu_num, cpu->cpu_vendor, cpu->cpu_brand);
    say("cpu_family %lu\ncpu_model %lu\ncpu_stepping %lu\n", cpu->cpu_family, cpu->cpu_model, cpu->cpu_stepping);
    say("cpu_flags %s\n", cpu->cpu_flags);
    say("mem_total %lu\n", control->mem_info.mem_total);
    say("manifest_text ");
    for (const char *c = control->manifest_preload.start; c < (const char *)control->manifest_preload.end; c++)
        say("%c", *c);
    say("\n");
}

int main(int argc, char **argv)
{
    if (argc == 3 && streq(argv[1], "debug")) {
        const size_t len = strlen(argv[2]);
        return DkStreamWrite(pal_control.debug_stream, 0, len, argv[2], NULL) != len;
    }
    check();
    print();
    return 0;
}
