/* SPDX-License-Identifier: MIT */
/* Connections of AF_UNIX whose ends may be in different processes: their records, and the files that travel. */
#include "unix_link.h"

static int send_handle(PAL_HANDLE stream, PAL_HANDLE handle)
{
    int result = -EINTR;
    while (result == -EINTR)
        result = DkSendHandle(stream, handle) ? 0 : pal_failure();
    return result;
}

static PAL_HANDLE receive_handle(PAL_HANDLE stream)
{
    PAL_HANDLE handle;
    do
        handle = DkReceiveHandle(stream);
    while (handle == NULL && pal_failure() == -EINTR);
    return handle;
}

/***** Life *****/

struct unix_link *unix_link_new(void)
{
    struct unix_link *link = shared_alloc(sizeof(*link));
    if (link != NULL)
        link->users = 2;
    return link;
}

void unix_link_get(struct unix_link *link)
{
    __atomic_add_fetch(&link->users, 1, __ATOMIC_RELAXED);
}

void unix_link_describe(struct unix_end *end, const struct unix_socket *socket)
{
    end->credentials = unix_credentials();
    if (socket->name == NULL)
        return;
    end->name = socket->name->address;
    end->name_size = socket->name->size;
}

uint32_t unix_end_name(const struct unix_end *end, struct sockaddr_un *out)
{
    const uint32_t size = __atomic_load_n(&end->name_size, __ATOMIC_RELAXED);
    *out = end->name;
    return size <= sizeof(*out) ? size : 0;
}

/***** Parcels *****/

static size_t parcels_size(uint32_t count)
{
    return sizeof(struct unix_parcels) + count * sizeof(struct file_parcel);
}

/* How many there are, if these are parcels. */
static uint32_t count_of(const struct unix_parcels *parcels)
{
    if (parcels == NULL || !shared_has(parcels, sizeof(*parcels)))
        return 0;
    const uint32_t count = __atomic_load_n(&parcels->count, __ATOMIC_RELAXED);
    return count <= SCM_RIGHTS_MAX && shared_has(parcels, parcels_size(count)) ? count : 0;
}

void unix_drop_parcels(struct unix_parcels *parcels)
{
    const uint32_t count = count_of(parcels);
    for (uint32_t i = 0; i < count; i++)
        file_parcel_drop(&parcels->items[i]);
    if (count > 0)
        shared_free(parcels, parcels_size(count));
}

int unix_send_handles(PAL_HANDLE stream, const struct unix_outgoing *files)
{
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < files->count; i++)
        result = send_handle(stream, files->handles[i]);
    return result == -EAGAIN ? -ETOOMANYREFS : result;
}

int unix_pack(const struct unix_rights *rights, struct unix_outgoing **out)
{
    struct unix_outgoing *files = heap_alloc(sizeof(*files) + rights->count * sizeof(files->handles[0]));
    struct unix_parcels *parcels = files != NULL ? shared_alloc(parcels_size(rights->count)) : NULL;
    int result = parcels != NULL ? 0 : -ENOMEM;
    if (result == 0)
        *files = (struct unix_outgoing){.parcels = parcels};
    for (uint32_t i = 0; result == 0 && i < rights->count; i++) {
        PAL_HANDLE handle;
        result = file_pack(rights->files[i], &parcels->items[i], &handle);
        parcels->count = i + (result == 0);
        if (result == 0 && handle != NULL)
            files->handles[files->count++] = handle;
    }
    if (result == 0) {
        *out = files;
        return 0;
    }
    if (parcels != NULL && parcels->count > 0)
        unix_drop_parcels(parcels);
    heap_free(files);
    return result;
}

void unix_unpack_own(struct unix_outgoing *files)
{
    if (files == NULL)
        return;
    unix_drop_parcels(files->parcels);
    heap_free(files);
}

/***** Marks *****/

static struct unix_mark *mark_at(struct unix_way *way, uint32_t number)
{
    return &way->marks[number % LINK_MARKS];
}

/* With way->receiving held. False = there is none. */
static bool first_mark(const struct unix_way *way, struct unix_mark *out)
{
    const uint32_t taken = __atomic_load_n(&way->taken, __ATOMIC_RELAXED);
    if (__atomic_load_n(&way->posted, __ATOMIC_ACQUIRE) == taken)
        return false;
    *out = way->marks[taken % LINK_MARKS];
    return true;
}

int unix_way_begin(struct unix_way *way, PAL_HANDLE stream, const struct unix_outgoing *files)
{
    shared_lock(&way->sending);
    unix_way_sender(way);
    if (files == NULL)
        return 0;
    struct unix_mark mark = {.start = way->sent, .end = way->sent};
    int result = way->posted - __atomic_load_n(&way->taken, __ATOMIC_ACQUIRE) < LINK_MARKS ? 0 : -ETOOMANYREFS;
    for (uint32_t i = 0; result == 0 && i < files->count; i++) {
        result = send_handle(stream, files->handles[i]);
        mark.handles += result == 0;
    }
    if (result == 0)
        mark.parcels = files->parcels;
    if (result == 0 || mark.handles > 0) {
        *mark_at(way, way->posted) = mark;
        __atomic_add_fetch(&way->posted, 1, __ATOMIC_RELEASE);
    }
    if (result < 0)
        shared_unlock(&way->sending);
    return result == -EAGAIN ? -ETOOMANYREFS : result;
}

void unix_way_end(struct unix_way *way, const struct unix_outgoing *files, int64_t written)
{
    if (files != NULL) {
        struct unix_mark *mark = mark_at(way, way->posted - 1);
        if (written <= 0)
            __atomic_store_n(&mark->parcels, NULL, __ATOMIC_RELEASE);
        else
            __atomic_store_n(&mark->end, mark->start + (uint64_t)written, __ATOMIC_RELEASE);
    }
    unix_way_sent(way, written);
    shared_unlock(&way->sending);
}

void unix_way_sender(struct unix_way *way)
{
    if (way->sender.pid != g_process.pid || way->sender.uid != g_process.euid || way->sender.gid != g_process.egid)
        way->sender = unix_credentials();
}

void unix_way_sent(struct unix_way *way, int64_t size)
{
    if (size > 0)
        __atomic_add_fetch(&way->sent, (uint64_t)size, __ATOMIC_RELAXED);
}

uint64_t unix_way_limit(const struct unix_way *way)
{
    struct unix_mark mark;
    const uint64_t received = __atomic_load_n(&way->received, __ATOMIC_RELAXED);
    if (!first_mark(way, &mark) || mark.parcels == NULL || mark.end == mark.start || mark.end <= received)
        return UINT64_MAX;
    return mark.end - received;
}

/***** What arrives *****/

/* Make files of parcels, whose handles come by the stream. Those of which none becomes are left out. */
static struct unix_rights *unpack(struct unix_parcels *parcels, PAL_HANDLE *handles, uint32_t handle_count)
{
    const uint32_t count = count_of(parcels);
    struct unix_rights *rights = heap_alloc(sizeof(*rights) + count * sizeof(rights->files[0]));
    uint32_t used = 0;
    if (rights != NULL)
        rights->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct file_parcel *parcel = &parcels->items[i];
        PAL_HANDLE handle = parcel->has_handle && used < handle_count ? handles[used++] : NULL;
        struct file *file;
        if (rights != NULL && file_unpack(parcel, handle, &file) == 0)
            rights->files[rights->count++] = file;
        if (rights != NULL)
            continue;
        file_parcel_drop(parcel);
        if (handle != NULL)
            DkObjectClose(handle);
    }
    while (used < handle_count) {
        if (handles[used++] != NULL)
            DkObjectClose(handles[used - 1]);
    }
    if (count > 0)
        shared_free(parcels, parcels_size(count));
    return rights;
}

/* The handles that are there; returns how many. */
static uint32_t receive_handles(PAL_HANDLE stream, uint32_t count, PAL_HANDLE handles[SCM_RIGHTS_MAX])
{
    uint32_t done = 0;
    for (; done < count && done < SCM_RIGHTS_MAX; done++)
        handles[done] = receive_handle(stream);
    return done;
}

struct unix_rights *unix_receive_files(PAL_HANDLE stream, struct unix_parcels *parcels, uint32_t count)
{
    PAL_HANDLE handles[SCM_RIGHTS_MAX] = {NULL};
    return unpack(parcels, handles, receive_handles(stream, count, handles));
}

/* With way->receiving held: take the first mark out, with its handles. */
static struct unix_rights *take_mark(struct unix_way *way, PAL_HANDLE stream, const struct unix_mark *mark, bool wanted)
{
    PAL_HANDLE handles[SCM_RIGHTS_MAX];
    __atomic_add_fetch(&way->taken, 1, __ATOMIC_RELEASE);
    if (wanted && mark->parcels != NULL)
        return unix_receive_files(stream, mark->parcels, mark->handles);
    unix_drop_parcels(mark->parcels);
    const uint32_t count = receive_handles(stream, mark->handles, handles);
    for (uint32_t i = 0; i < count; i++) {
        if (handles[i] != NULL)
            DkObjectClose(handles[i]);
    }
    return NULL;
}

struct unix_rights *unix_way_take(struct unix_way *way, PAL_HANDLE stream, int64_t size)
{
    struct unix_rights *rights = NULL;
    struct unix_mark mark;
    if (size > 0)
        __atomic_add_fetch(&way->received, (uint64_t)size, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < LINK_MARKS && first_mark(way, &mark); i++) {
        if (mark.start >= __atomic_load_n(&way->received, __ATOMIC_RELAXED))
            break;
        struct unix_rights *taken = take_mark(way, stream, &mark, rights == NULL);
        if (taken != NULL)
            rights = taken;
    }
    return rights;
}

bool unix_way_received(struct unix_way *way, PAL_HANDLE stream, int64_t size)
{
    if (size <= 0)
        return false;
    if (!unix_way_has_files(way)) {
        __atomic_add_fetch(&way->received, (uint64_t)size, __ATOMIC_RELAXED);
        return false;
    }
    shared_lock(&way->receiving);
    struct unix_rights *rights = unix_way_take(way, stream, size);
    shared_unlock(&way->receiving);
    unix_free_rights(rights);
    return rights != NULL;
}

/* The last one closes what never arrived; handles on the way go with the stream. */
void unix_link_put(struct unix_link *link)
{
    if (link == NULL || __atomic_sub_fetch(&link->users, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (unsigned i = 0; i < 2; i++) {
        struct unix_way *way = &link->ways[i];
        struct unix_mark mark;
        for (unsigned j = 0; j < LINK_MARKS && first_mark(way, &mark); j++) {
            way->taken++;
            unix_drop_parcels(mark.parcels);
        }
    }
    shared_free(link, sizeof(*link));
}
