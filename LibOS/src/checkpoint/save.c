/* SPDX-License-Identifier: MIT */
/* Writing the process into an image. The caller is its only thread, and holds no lock. */
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
#include "poll.h"
#include "process/table.h"
#include "room.h"
#include "shared.h"

#define VECTORS_SIZE  16384ul /* of vector state */
#define VECTORS_ALIGN 64ul
#define MAPS_SIZE     (8ul << 20)
#define TABLES_SIZE   (32ul << 20)
#define SCANNED_MAX   (64ul << 30) /* bytes of addresses; each page is looked at */

bool g_checkpoint_at_input;
static char *g_input_path;

/***** What the manifest asks for *****/

void checkpoint_init(void)
{
    static const char *const moments[] = {"stdin", NULL};
    const struct manifest_entry *file = manifest_find(g_manifest, "sys.checkpoint.file");
    const struct manifest_entry *at = manifest_find(g_manifest, "sys.checkpoint.at");
    struct manifest_fault fault;
    const char *text;
    size_t len;
    unsigned moment;
    if (at && manifest_get_choice(g_manifest, at, moments, &moment, &fault) < 0)
        die("%s", fault.text);
    if (!manifest_get_string(file, &text, &len))
        return;
    g_input_path = heap_strdup(text, len);
    if (!g_input_path)
        die("no memory for sys.checkpoint.file");
    g_checkpoint_at_input = true;
}

void checkpoint_before_input(struct file *input)
{
    g_checkpoint_at_input = false;
    /* Why not has been said. */
    while (checkpoint_save(g_input_path, input, -ERESTARTNOINTR) < 0)
        DkProcessExit(EXIT_START_FAILED);
}

/***** What the process is *****/

static bool is_alone(void)
{
    if (g_process.thread_count > 1) {
        log_print(LOG_ERROR, "checkpoint: the process has %u threads", g_process.thread_count);
        return false;
    }
    if (vfork_is_lent() || (g_table && (g_table->count > 1 || !list_is_empty(&g_children)))) {
        log_print(LOG_ERROR, "checkpoint: there are other processes");
        return false;
    }
    return true;
}

static int keep_vectors(struct checkpoint_state *state)
{
    state->vectors_memory = heap_zalloc(VECTORS_SIZE + VECTORS_ALIGN);
    if (!state->vectors_memory)
        return -ENOMEM;
    state->vectors = state->vectors_memory + (VECTORS_ALIGN - (uintptr_t)state->vectors_memory % VECTORS_ALIGN);
    state->features = xstate_features();
    return xstate_save(state->vectors, state->features);
}

/* What the process that goes on finds in the library OS's memory. */
static int keep_state(struct file *holder, int64_t result)
{
    struct checkpoint_state *state = &g_checkpoint;
    state->holder = holder;
    state->thread = self();
    state->regs = *self()->regs;
    state->regs.rax = (uint64_t)result;
    state->regs.changed = 1;
    state->fs_base = (uintptr_t)DkThreadPrivate(NULL);
    const int error = keep_vectors(state);
    return error < 0 ? error : files_keep();
}

static void forget_state(void)
{
    struct checkpoint_state *state = &g_checkpoint;
    heap_free(state->vectors_memory);
    state->vectors_memory = NULL;
    files_keep_end();
}

/***** Writing *****/

static void note_mapping(const struct mapping *map, void *arg)
{
    struct writer *writer = arg;
    if (writer->map_count < MAPS_SIZE / sizeof(*map))
        writer->maps[writer->map_count++] = *map;
}

static int write_program(struct writer *writer)
{
    uint64_t scanned = 0;
    int error = 0;
    mm_for_each(note_mapping, writer);
    for (uint32_t i = 0; i < writer->map_count && error == 0; i++) {
        scanned += writer->maps[i].end - writer->maps[i].start;
        if (scanned > SCANNED_MAX) {
            log_print(LOG_ERROR, "checkpoint: more than %lu GiB of addresses are mapped", SCANNED_MAX >> 30);
            return -ENOMEM;
        }
        error = scan_mapping(writer, &writer->maps[i], IMAGE_STORED);
    }
    return error;
}

/* The stream of what processes share: its memory, and behind that what tmpfs has in it. */
static int write_shared(struct writer *writer)
{
    uint64_t start, end;
    PAL_HANDLE stream = shared_stream(&start);
    const int error = scan_stream(writer, stream, 0, shared_used(), IMAGE_SHARED, 0);
    tmp_space_used(&start, &end);
    return error == 0 ? scan_stream(writer, stream, start, end, IMAGE_SHARED, 0) : error;
}

static int write_streams(struct writer *writer)
{
    const struct checkpoint_state *state = &g_checkpoint;
    int error = 0;
    for (uint32_t i = 0; i < state->stream_count && error == 0; i++)
        error = scan_stream(writer, *state->streams[i].place, 0, state->streams[i].size, IMAGE_STREAM, i);
    return error == 0 && g_shared ? write_shared(writer) : error;
}

/* Last, since all before may change it. */
static int write_library(struct writer *writer)
{
    struct mapping heap = {.prot = PROT_READ | PROT_WRITE, .flags = MAP_PRIVATE | MAP_ANONYMOUS}, data = heap;
    heap_range(&heap.start, &heap.end);
    library_data(&data.start, &data.end);
    const int error = scan_mapping(writer, &heap, IMAGE_LIBRARY);
    return error < 0 ? error : scan_mapping(writer, &data, IMAGE_LIBRARY);
}

static int write_bytes(struct writer *writer, uint64_t offset, const void *bytes, size_t size)
{
    return stream_write_through(writer->output, offset, size, bytes) == (int64_t)size ? 0 : -ENOSPC;
}

/* The table, and the header, which makes it an image. */
static int write_tables(struct writer *writer)
{
    const size_t size = writer->range_count * sizeof(*writer->ranges);
    struct image_header header;
    image_expect(&header);
    header.ranges = writer->size;
    header.range_count = writer->range_count;
    header.ranges_sum = image_sum_bytes(0, writer->ranges, size);
    header.size = writer->size + size;
    header.sum = image_sum_bytes(0, &header, offsetof(struct image_header, sum));
    const int error = write_bytes(writer, header.ranges, writer->ranges, size);
    return error < 0 ? error : write_bytes(writer, 0, &header, sizeof(header));
}

static int write_all(PAL_HANDLE output)
{
    const uint64_t scratch = scratch_start();
    if (!DkVirtualMemoryAlloc((void *)scratch, TABLES_SIZE, 0, PAL_PROT_READ | PAL_PROT_WRITE))
        return pal_failure();
    struct writer writer = {
        .output = output,
        .size = PAGE_SIZE,
        .buffer = (char *)scratch,
        .compare = (char *)scratch + CHUNK_SIZE,
        .maps = (void *)(scratch + 2 * CHUNK_SIZE),
        .ranges = (void *)(scratch + 2 * CHUNK_SIZE + MAPS_SIZE),
    };
    int error = write_program(&writer);
    if (error == 0)
        error = write_streams(&writer);
    g_checkpoint.monotonic_ns = clock_monotonic_ns();
    if (error == 0)
        error = write_library(&writer);
    if (error == 0)
        error = write_tables(&writer);
    DkVirtualMemoryFree((void *)scratch, TABLES_SIZE);
    return error;
}

static int open_output(const char *path, struct file **out)
{
    int error = file_open_path(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600, out);
    if (error == 0 && (!(*out)->handle || !(*out)->ops->map)) {
        file_put(*out);
        error = -EOPNOTSUPP;
    }
    if (error < 0)
        log_print(LOG_ERROR, "checkpoint: %s: %s", path, errno_name(-error));
    return error;
}

int checkpoint_save(const char *path, struct file *holder, int64_t result)
{
    struct checkpoint_state *state = &g_checkpoint;
    const char *told = state->told;
    if (!is_alone())
        return -EBUSY;
    int error = open_output(path, &state->output);
    if (error < 0)
        return error;
    state->told = "resumed\n";
    terminals_keep();
    timers_freeze();
    async_freeze();
    error = keep_state(holder, result);
    if (error == 0) {
        error = write_all(state->output->handle);
        if (error < 0)
            log_print(LOG_ERROR, "checkpoint: %s: %s", path, errno_name(-error));
    }
    async_thaw();
    timers_thaw();
    forget_state();
    state->told = error == 0 ? "saved\n" : told;
    file_put(state->output);
    state->output = NULL;
    return error;
}
