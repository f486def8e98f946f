/* SPDX-License-Identifier: MIT */
/* What has to be told when names change: what is known of the host, open files and the working directory. */
#include "fs_core.h"
#include "process.h"

void place_changed(const struct place *place)
{
    if (place->mount->host)
        prefix_remove(prefix_hash(place->path, place->len));
    cwd_removed(place->path);
}

struct move {
    const struct place *from, *to;
    bool exchanged;
};

/* Whether a file has a path that is one of these, or below it; then it has another one now. */
static bool move_path(struct file *file, const struct place *from, const struct place *to)
{
    const size_t len = from->len;
    if (strncmp(file->path, from->path, len) != 0 || (file->path[len] != '/' && file->path[len] != '\0'))
        return false;
    const char *old = file->path;
    const size_t rest_len = strlen(old + len);
    char *path = heap_alloc(to->len + rest_len + 1);
    if (!path)
        return true;
    memcpy(path, to->path, to->len);
    memcpy(path + to->len, old + len, rest_len + 1);
    /* Another thread may be reading the old one. Renaming what is open is rare enough to let it be. */
    file->path = path;
    return true;
}

static void move_file(struct file *file, void *arg)
{
    const struct move *move = arg;
    if (file->path && !move_path(file, move->from, move->to) && move->exchanged)
        (void)move_path(file, move->to, move->from);
}

void place_moved(const struct place *from, const struct place *to, bool exchanged)
{
    struct move move = {from, to, exchanged};
    if (from->mount->host) {
        prefix_moved(prefix_hash(from->path, from->len));
        if (exchanged)
            prefix_moved(prefix_hash(to->path, to->len));
        else
            prefix_remove(prefix_hash(to->path, to->len));
    }
    file_for_each(move_file, &move);
    const struct path_move way = {from->path, to->path, exchanged};
    cwd_moved(&way);
    process_tell_moved(&way);
}
