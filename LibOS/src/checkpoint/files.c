/* SPDX-License-Identifier: MIT */
/* Open files of a process that is written and goes on: which of them can be kept, and their handles. Knows no kind of file. */
#include "errno_names.h"
#include "fs/fs_core.h"
#include "room.h"

#define FIRST_ROOM 16u

/* Memory for one more in an array. false = there is none. */
static bool make_room(void *array, uint32_t count, uint32_t *room, size_t size)
{
    void **items = array;
    if (count < *room)
        return true;
    const uint32_t more = *room ? *room * 2 : FIRST_ROOM;
    void *larger = heap_alloc(more * size);
    if (!larger)
        return false;
    if (count)
        memcpy(larger, *items, count * size);
    heap_free(*items);
    *items = larger;
    *room = more;
    return true;
}

/***** Keeping *****/

int checkpoint_keep_memory(PAL_HANDLE *stream)
{
    struct checkpoint_state *state = &g_checkpoint;
    PAL_STREAM_ATTR attr;
    if (!DkStreamAttributesQuerybyHandle(*stream, &attr))
        return pal_failure();
    if (!make_room(&state->streams, state->stream_count, &state->stream_room, sizeof(*state->streams)))
        return -ENOMEM;
    state->streams[state->stream_count++] = (struct kept_stream){.place = stream, .size = attr.size};
    return 0;
}

static struct kept_file *find_kept(const struct file *file)
{
    for (uint32_t i = 0; i < g_checkpoint.file_count; i++)
        if (g_checkpoint.files[i].file == file)
            return &g_checkpoint.files[i];
    return NULL;
}

/* The process relies on a file; on its contents, if it does not change them itself. */
static int rely(struct file *file, bool unchanged)
{
    struct checkpoint_state *state = &g_checkpoint;
    struct kept_file *kept = find_kept(file);
    struct file_attr attr = {0};
    if (!kept) {
        if (!make_room(&state->files, state->file_count, &state->file_room, sizeof(*state->files)))
            return -ENOMEM;
        kept = &state->files[state->file_count++];
        *kept = (struct kept_file){.file = file};
    }
    if (!unchanged || kept->unchanged)
        return 0;
    const int error = file_attributes(file, &attr);
    kept->unchanged = error == 0 && S_ISREG(attr.mode);
    kept->size = attr.size;
    kept->modify_ns = attr.modify_ns;
    return error;
}

static void refuse(const struct file *file, int fd)
{
    const char *what = file->path ? file->path : file->ops->kind ? file->ops->kind : "a file";
    if (fd >= 0)
        log_print(LOG_ERROR, "checkpoint: descriptor %d (%s) cannot be kept", fd, what);
    else
        log_print(LOG_ERROR, "checkpoint: %s, which is in use, cannot be kept", what);
}

int files_rely_on(struct file *file)
{
    int error = file->ops->keep && file->handle ? file->ops->keep(file) : 0;
    if (error == 0 && file->ops->resume)
        error = rely(file, !(file_writable(file)));
    if (error < 0)
        refuse(file, -1);
    return error;
}

/* Those with a descriptor. */
static void keep_open(int fd, struct file *file, bool close_on_exec, void *arg)
{
    int *error = arg;
    (void)close_on_exec;
    if (*error < 0 || find_kept(file))
        return;
    if (file->handle && !file->ops->keep)
        *error = -EOPNOTSUPP;
    else if (file->ops->keep)
        *error = file->ops->keep(file);
    if (*error < 0)
        refuse(file, fd);
    else if (file->handle && file->ops->resume)
        *error = rely(file, !file_writable(file));
}

/* Others, which are mapped, or on their way through a socket. What is mapped is written, so that it matters only to have a
 * handle. */
static void keep_other(struct file *file, void *arg)
{
    int *error = arg;
    if (*error < 0 || file == g_checkpoint.output || file->ops->resume || (!file->handle && !file->ops->keep))
        return;
    for (uint32_t i = 0; i < g_checkpoint.stream_count; i++)
        if (g_checkpoint.streams[i].place == &file->handle)
            return;
    *error = file->ops->keep ? file->ops->keep(file) : -EOPNOTSUPP;
    if (*error < 0)
        refuse(file, -1);
}

/* A memory file with two descriptors is kept once. */
static void drop_doubles(void)
{
    struct checkpoint_state *state = &g_checkpoint;
    for (uint32_t i = 0; i < state->stream_count; i++)
        for (uint32_t j = i + 1; j < state->stream_count;)
            if (state->streams[i].place == state->streams[j].place)
                state->streams[j] = state->streams[--state->stream_count];
            else
                j++;
}

int files_keep(void)
{
    int error = 0;
    fd_for_each(keep_open, &error);
    drop_doubles();
    if (error == 0)
        file_for_each(keep_other, &error);
    return error;
}

void files_keep_end(void)
{
    heap_free(g_checkpoint.files);
    heap_free(g_checkpoint.streams);
    g_checkpoint.files = NULL;
    g_checkpoint.streams = NULL;
    g_checkpoint.file_count = g_checkpoint.file_room = 0;
    g_checkpoint.stream_count = g_checkpoint.stream_room = 0;
}

/***** Going on *****/

static void resume_file(struct file *file, void *arg)
{
    const char *image = arg;
    const struct kept_file *kept = find_kept(file);
    struct file_attr attr;
    if (!file->handle || !file->ops->resume)
        return;
    file->handle = NULL;
    int error = file->ops->resume(file);
    if (!kept)
        return; /* its memory is in the image */
    if (error == 0 && kept->unchanged)
        error = file_attributes(file, &attr);
    if (error != 0)
        die("%s: needs %s: %s", image, file->path ? file->path : "a file", errno_name(-error));
    if (kept->unchanged && (attr.size != kept->size || attr.modify_ns != kept->modify_ns))
        die("%s: needs %s as it was, which has changed since", image, file->path ? file->path : "a file");
}

void files_resume(const char *image)
{
    file_for_each(resume_file, (void *)(uintptr_t)image);
}
