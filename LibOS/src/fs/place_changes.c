/* SPDX-License-Identifier: MIT */
/* What has to be told when names change: what is known of the host, open files and the working directory. */
#include "fs_core.h"

void place_changed(const struct place *place)
{
    if (place->mount->host)
        prefix_remove(prefix_hash(place->path, place->len));
    cwd_removed(place->path);
}

struct move {
    const struct place *from, *to;
};

static void move_file(struct file *file, void *arg)
{
    const struct move *move = arg;
    const size_t len = move->from->len;
    if (!file->path || strncmp(file->path, move->from->path, len) != 0 ||
        (file->path[len] != '/' && file->path[len] != '\0'))
        return;
    char *old = file->path;
    const size_t rest_len = strlen(old + len);
    char *path = heap_alloc(move->to->len + rest_len + 1);
    if (!path)
        return;
    memcpy(path, move->to->path, move->to->len);
    memcpy(path + move->to->len, old + len, rest_len + 1);
    /* Another thread may be reading the old one. Renaming what is open is rare enough to let it be. */
    file->path = path;
}

void place_moved(const struct place *from, const struct place *to)
{
    struct move move = {from, to};
    if (from->mount->host) {
        prefix_moved(prefix_hash(from->path, from->len));
        prefix_remove(prefix_hash(to->path, to->len));
    }
    file_for_each(move_file, &move);
    cwd_moved(from->path, from->len, to->path);
}
