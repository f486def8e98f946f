/* SPDX-License-Identifier: MIT */
/* Files of /proc/PID that only the process itself can tell: its memory, and what is in it. Its tracer is told while one of its
 * threads has stopped; others ask the process, but not for its memory, which is as if it were somebody else's. */
#include "mm.h"
#include "proc.h"
#include "process.h"

/* What is open. */
struct traced_file {
    int32_t pid;
    const char *name; /* of a file of text; NULL = memory */
    bool asked;       /* the process itself; else it is traced, or the caller */
};

#define PIECE 4096u /* of memory, on its way through here */

static int64_t read_piece(const struct traced_file *file, uint64_t position, void *to, size_t size)
{
    if (file->asked)
        return process_read_text(file->pid, file->name, position, to, size);
    if (file->name)
        return tracer_read_text(file->pid, file->name, position, to, size);
    return file->pid == g_process.pid ? tracee_copy(position, to, size, false)
                                      : tracer_transfer(file->pid, position, to, size, false);
}

static int64_t write_piece(const struct traced_file *file, uint64_t position, void *from, size_t size)
{
    return file->pid == g_process.pid ? tracee_copy(position, from, size, true)
                                      : tracer_transfer(file->pid, position, from, size, true);
}

/* What is not there is EIO; of a process that cannot be asked there is nothing. */
static int64_t error_of(const struct traced_file *file, int64_t error)
{
    if (error == -ESRCH)
        return file->name ? -EACCES : 0;
    return error == -EFAULT ? -EIO : error;
}

static int64_t traced_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    char piece[PIECE / 2];
    size_t done = 0;
    while (done < count) {
        const size_t size = count - done < sizeof(piece) ? count - done : sizeof(piece);
        const int64_t result = read_piece(file->data, (uint64_t)*position, piece, size);
        if (result <= 0)
            return done || result == 0 ? (int64_t)done : error_of(file->data, result);
        if (user_write((char *)buffer + done, piece, (size_t)result) < 0)
            return done ? (int64_t)done : -EFAULT;
        done += (size_t)result;
        *position += result;
    }
    return (int64_t)done;
}

static int64_t traced_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    char piece[PIECE / 2];
    size_t done = 0;
    while (done < count) {
        const size_t size = count - done < sizeof(piece) ? count - done : sizeof(piece);
        if (user_read(piece, (const char *)buffer + done, size) < 0)
            return done ? (int64_t)done : -EFAULT;
        const int64_t result = write_piece(file->data, (uint64_t)*position, piece, size);
        if (result <= 0)
            return done || result == 0 ? (int64_t)done : error_of(file->data, result);
        done += (size_t)result;
        *position += result;
    }
    return (int64_t)done;
}

/* Addresses are offsets, the whole of them. */
static int64_t traced_seek(struct file *file, int64_t offset, int whence)
{
    if (whence == SEEK_CUR)
        offset += file->position;
    else if (whence != SEEK_SET)
        return -EINVAL;
    return file->position = offset;
}

static int traced_attributes(struct file *file, struct file_attr *out)
{
    const struct traced_file *traced = file->data;
    *out = (struct file_attr){.inode = file->inode,
                              .device = file->mount ? file->mount->device : 0,
                              .mode = S_IFREG | (traced->name ? 0444 : 0600),
                              .links = 1,
                              .block_size = PAGE_SIZE};
    return 0;
}

static void traced_close(struct file *file)
{
    heap_free(file->data);
}

static const struct file_ops text_ops = {
    .read = traced_read, .seek = traced_seek, .attributes = traced_attributes, .close = traced_close};
static const struct file_ops memory_ops = {.read = traced_read,
                                           .write = traced_write,
                                           .seek = traced_seek,
                                           .attributes = traced_attributes,
                                           .close = traced_close};

static int open_traced(const struct pseudo_key *key, const char *name, uint32_t flags, struct file **out)
{
    bool stopped;
    const bool asked = key->pid != g_process.pid && trace_get_tracer(key->tid, &stopped) != own_pid();
    if (asked && (!name || !proc_may_look(key->pid)))
        return -EACCES;
    struct traced_file *traced = heap_alloc(sizeof(*traced));
    if (!traced)
        return -ENOMEM;
    *traced = (struct traced_file){.pid = key->pid, .name = name, .asked = asked};
    *out = file_new(name ? &text_ops : &memory_ops, flags, traced);
    if (!*out)
        heap_free(traced);
    return *out ? 0 : -ENOMEM;
}

int proc_open_memory(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return open_traced(key, NULL, flags, out);
}

int proc_open_auxv(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return open_traced(key, "auxv", flags, out);
}

int proc_open_environ(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return open_traced(key, "environ", flags, out);
}

int proc_open_maps(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return open_traced(key, "maps", flags, out);
}

int proc_open_smaps(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return open_traced(key, "smaps", flags, out);
}

int proc_open_smaps_rollup(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return open_traced(key, "smaps_rollup", flags, out);
}

int proc_open_io(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    return open_traced(key, "io", flags, out);
}
