/* SPDX-License-Identifier: MIT */
/* Going on from an image: this process becomes the one that was written. All of the image that counts is looked at before
 * anything is changed; what it needs besides is missed with a line. Contents are mapped, not copied. */
#include "base.h"
#include "clock.h"
#include "entry.h"
#include "errno_names.h"
#include "exec.h"
#include "fs.h"
#include "terminal.h"
#include "tmpfs/tmpfs_space.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "mm/room.h"
#include "poll.h"
#include "process/table.h"
#include "room.h"
#include "shared.h"

#define HOST_ROOM 1024 /* bytes for variables that are this process's (OF_HOST) */

struct reader {
    const char *uri;
    PAL_HANDLE stream;
    const char *image; /* all of it, mapped among the heap's addresses */
    uint64_t size;
    const struct image_range *ranges;
    uint64_t range_count;
};

const char *checkpoint_wanted(char *buffer, size_t size)
{
    const char *text;
    size_t len;
    if (!manifest_get_string(manifest_find(g_manifest, "loader.restore"), &text, &len))
        return NULL;
    if (len >= size)
        die("loader.restore is too long");
    memcpy(buffer, text, len);
    buffer[len] = '\0';
    return buffer;
}

/***** Looking *****/

static void open_image(struct reader *reader)
{
    PAL_STREAM_ATTR attr;
    reader->stream = DkStreamOpen(reader->uri, PAL_ACCESS_RDONLY, 0, 0, 0);
    if (!reader->stream || !DkStreamAttributesQuerybyHandle(reader->stream, &attr))
        die("%s: %s", reader->uri, errno_name(-pal_failure()));
    if (PAL_MODE_KIND(attr.mode) != PAL_KIND_FILE || attr.size < PAGE_SIZE || attr.size > SCRATCH_SIZE)
        die("%s is not an image of a process", reader->uri);
    reader->size = attr.size;
    const uint64_t place = scratch_start();
    if (!DkStreamMap(reader->stream, (void *)place, PAL_PROT_READ, 0, page_up(attr.size)))
        die("%s: %s", reader->uri, errno_name(-pal_failure()));
    reader->image = (const char *)place;
}

static bool is_wanted(const char *key)
{
    struct manifest_fault fault;
    bool wanted = false;
    if (manifest_get_bool(g_manifest, manifest_find(g_manifest, key), &wanted, &fault) < 0)
        die("%s", fault.text);
    return wanted;
}

static bool is_in_place(const struct image_range *range)
{
    uint64_t heap_start, heap_end, data_start, data_end;
    heap_range(&heap_start, &heap_end);
    library_data(&data_start, &data_end);
    switch ((enum image_kind)range->kind) {
    case IMAGE_EMPTY:
    case IMAGE_FILE:
    case IMAGE_STORED:
        return range->end <= g_guest_end;
    case IMAGE_LIBRARY_EMPTY:
    case IMAGE_LIBRARY:
        return (range->start >= heap_start && range->end <= scratch_start()) ||
               (range->start == data_start && range->end == data_end);
    case IMAGE_SHARED:
    case IMAGE_STREAM:
    case IMAGE_KINDS:
        break;
    }
    return true;
}

static void check(struct reader *reader)
{
    struct image_header expected;
    image_expect(&expected);
    const char *fault = image_check(reader->image, reader->size, &expected);
    if (fault)
        die("%s %s", reader->uri, fault);
    const struct image_header *header = (const void *)reader->image;
    const bool all = is_wanted("sys.checkpoint.verify");
    reader->ranges = (const void *)(reader->image + header->ranges);
    reader->range_count = header->range_count;
    for (uint64_t i = 0; i < reader->range_count; i++) {
        const struct image_range *range = &reader->ranges[i];
        const bool has_contents = range->kind >= IMAGE_STORED && range->kind != IMAGE_LIBRARY_EMPTY;
        if (!is_in_place(range) ||
            (has_contents && (all || range->kind == IMAGE_LIBRARY) &&
             image_sum(0, reader->image + range->offset, range->end - range->start) != range->sum))
            die("%s is not as it was written", reader->uri);
    }
}

/***** Becoming it *****/

static void map_range(const struct reader *reader, const struct image_range *range)
{
    PAL_FLG prot = mm_host_prot((int)range->prot);
    if (prot & PAL_PROT_WRITE)
        prot |= PAL_PROT_WRITECOPY;
    if (!DkStreamMap(reader->stream, (void *)range->start, prot, range->offset, range->end - range->start))
        die("%s: no memory at 0x%lx: %s", reader->uri, (unsigned long)range->start, errno_name(-pal_failure()));
}

static void map_empty(const struct reader *reader, const struct image_range *range)
{
    const struct mapping map = {
        .start = range->start, .end = range->end, .prot = (int)range->prot, .flags = (int)range->flags};
    const int error = mm_host_fill(&map);
    if (error < 0)
        die("%s: no memory at 0x%lx: %s", reader->uri, (unsigned long)range->start, errno_name(-error));
}

/* What the program has mapped, from its files. */
static void map_file(const struct reader *reader, const struct image_range *range)
{
    const struct map_node *node = mm_node(range->start);
    if (node->map.start != range->start || node->map.end != range->end || !node->map.file)
        die("%s is not as it was written", reader->uri);
    const int error = mm_host_fill(&node->map);
    if (error < 0)
        die("%s: %s cannot be mapped: %s", reader->uri, node->map.file->path ? node->map.file->path : "memory",
            errno_name(-error));
}

static void map_kind(const struct reader *reader, enum image_kind kind,
                     void (*map)(const struct reader *reader, const struct image_range *range))
{
    for (uint64_t i = 0; i < reader->range_count; i++)
        if (reader->ranges[i].kind == (uint32_t)kind)
            map(reader, &reader->ranges[i]);
}

/* After this all variables and all of the heap are as they were written; only what is in frames, and in OF_HOST variables, is
 * this process's own. */
static void map_library(const struct reader *reader)
{
    char host[HOST_ROOM];
    const size_t size = (size_t)(of_host_end - of_host_start);
    if (size > sizeof(host))
        die("no room for the host's variables");
    memcpy(host, of_host_start, size);
    map_kind(reader, IMAGE_LIBRARY_EMPTY, map_empty);
    map_kind(reader, IMAGE_LIBRARY, map_range);
    memcpy(of_host_start, host, size);
    g_generation++;
}

static void fill_stream(const struct reader *reader, const struct image_range *range)
{
    const bool shared = range->kind == IMAGE_SHARED;
    uint64_t tmpfs_start;
    if (!shared && range->stream >= g_checkpoint.stream_count)
        die("%s is not as it was written", reader->uri);
    PAL_HANDLE stream = shared ? shared_stream(&tmpfs_start) : *g_checkpoint.streams[range->stream].place;
    const uint64_t size = range->end - range->start;
    if (stream_write_through(stream, range->start, size, reader->image + range->offset) != (int64_t)size)
        die("%s: no memory for what is shared", reader->uri);
}

static void make_streams(const struct reader *reader)
{
    const struct checkpoint_state *state = &g_checkpoint;
    if (g_shared && shared_resumed() < 0)
        die("%s: no memory for what is shared", reader->uri);
    for (uint32_t i = 0; i < state->stream_count; i++) {
        const struct kept_stream *kept = &state->streams[i];
        PAL_HANDLE stream = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
        if (!stream)
            die("%s: no memory for a file", reader->uri);
        *kept->place = stream;
    }
    map_kind(reader, IMAGE_SHARED, fill_stream);
    map_kind(reader, IMAGE_STREAM, fill_stream);
    /* Writing has left the length at the end of a page. */
    for (uint32_t i = 0; i < state->stream_count; i++)
        if (DkStreamSetLength(*state->streams[i].place, state->streams[i].size) != state->streams[i].size)
            die("%s: no memory for a file", reader->uri);
    if (g_shared && tmp_space_resumed() < 0)
        die("%s: no memory for what is shared", reader->uri);
    if (g_own)
        __atomic_store_n(&g_own->host_id, shared_own_id(), __ATOMIC_SEQ_CST);
}

/* The thread that goes on has this one's stack. */
static void become_thread(uint64_t stack)
{
    struct thread *thread = g_checkpoint.thread;
    thread->stack = stack;
    thread->handle = pal_control_addr()->first_thread;
    thread->wake = NULL;
    thread->regs = thread_regs(thread);
    *thread->regs = g_checkpoint.regs;
    entry_set_thread(thread);
    DkThreadPrivate((void *)g_checkpoint.fs_base);
}

static void find_vdso(const struct mapping *map, void *arg)
{
    uint64_t *address = arg;
    if (map->name && streq(map->name, "[vdso]"))
        *address = map->start;
}

static void resume_rooms(const struct reader *reader)
{
    uint64_t vdso = 0;
    boot_read_manifest();
    clock_resumed(g_checkpoint.monotonic_ns);
    make_streams(reader);
    g_checkpoint.output->handle = NULL;
    files_resume(reader->uri);
    epoll_resumed();
    map_kind(reader, IMAGE_EMPTY, map_empty);
    map_kind(reader, IMAGE_FILE, map_file);
    map_kind(reader, IMAGE_STORED, map_range);
    g_mm.of_image = true;
    stubs_resumed();
    mm_for_each(find_vdso, &vdso);
    if (vdso)
        vdso_resumed(vdso);
    timers_resumed();
    async_resumed();
    terminals_resumed();
}

static void forget_image(const struct reader *reader)
{
    struct checkpoint_state *state = &g_checkpoint;
    DkStreamUnmap((void *)(uintptr_t)reader->image, page_up(reader->size));
    DkObjectClose(reader->stream);
    file_put(state->output);
    state->output = NULL;
    files_keep_end();
    file_put(state->holder);
}

void checkpoint_resume(const char *uri)
{
    struct reader reader = {.uri = uri};
    const uint64_t stack = self()->stack;
    open_image(&reader);
    check(&reader);
    map_library(&reader);
    become_thread(stack);
    resume_rooms(&reader);
    forget_image(&reader);
    struct regs *regs = self()->regs;
    if (xstate_load(g_checkpoint.vectors, g_checkpoint.features) < 0)
        die("%s is not as it was written", uri);
    heap_free(g_checkpoint.vectors_memory);
    /* From here on nothing uses vector registers. Signals that wait are seen to, and a call that is to be made again is. */
    signal_deliver(regs);
    entry_return(regs);
}
