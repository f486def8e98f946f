/* SPDX-License-Identifier: MIT */
/* The host's part of an epoll set: a set of streams that it watches. Knows no file. */
#include "epoll.h"
#include "format.h"

#define URI_SIZE 40

static uint32_t host_modes(const struct epoll_member *member)
{
    const uint32_t events = member->events;
    return host_events_of_file(member->file, events) | ((events & EPOLLET) != 0 ? PAL_POLL_EDGE : 0) |
           ((events & EPOLLONESHOT) != 0 ? PAL_POLL_ONESHOT : 0) |
           ((events & EPOLLEXCLUSIVE) != 0 ? PAL_POLL_EXCLUSIVE : 0);
}

static int change_host(struct epoll_set *set, PAL_HANDLE stream, uint32_t events, uint32_t how, uint64_t cookie)
{
    struct pal_poll_change change = {.handle = stream, .events = events, .how = how, .cookie = cookie};
    return DkStreamWrite(set->file->handle, 0, sizeof(change), &change, NULL) != 0 ? 0 : pal_failure();
}

static int change_member(const struct epoll_member *member, uint32_t how)
{
    return change_host(member->set, member->stream, host_modes(member), how, member_cookie(member));
}

/* A sleeper in the host's set is woken by an edge of the doorbell, whose contents nobody reads until there are many. It is
 * needed when not only streams of the host become ready. */
int epoll_hang_doorbell(struct epoll_set *set, bool own)
{
    if (set->doorbell != NULL || set->stream_count == 0 || (set->stream_count == set->member_count && !own))
        return 0;
    PAL_HANDLE doorbell = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    if (doorbell == NULL)
        return pal_failure();
    const int result = change_host(set, doorbell, PAL_POLL_READ | PAL_POLL_EDGE, PAL_POLL_ADD, DOORBELL_COOKIE);
    if (result < 0)
        DkObjectClose(doorbell);
    else
        set->doorbell = doorbell;
    return result;
}

/***** A stream that is there already *****/

static PAL_HANDLE open_numbered(const char *scheme, uint64_t number, PAL_FLG options)
{
    char uri[URI_SIZE];
    format_string(uri, sizeof(uri), "%s:%lu", scheme, (unsigned long)number);
    return DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK | options);
}

/* One more handle of the same stream: what a pipe to ourselves carries comes out as one. NULL = there is none. */
static PAL_HANDLE another_handle(PAL_HANDLE stream)
{
    uint64_t number;
    if (DkRandomBitsRead(&number, sizeof(number)) != sizeof(number))
        return NULL;
    PAL_HANDLE server = open_numbered("pipe.srv", number, 0);
    PAL_HANDLE near = server != NULL ? open_numbered("pipe", number, PAL_OPTION_HANDLES) : NULL;
    PAL_HANDLE far = near != NULL ? DkStreamWaitForClient(server) : NULL;
    PAL_HANDLE twin = far != NULL && DkSendHandle(near, stream) ? DkReceiveHandle(far) : NULL;
    PAL_HANDLE done[] = {server, near, far};
    for (size_t i = 0; i < array_count(done); i++)
        if (done[i] != NULL)
            DkObjectClose(done[i]);
    return twin;
}

/* Of a pipe's two sides only the file's is kept: its end is told when nobody has the other one any more. */
static void keep_side(PAL_HANDLE stream, const struct file *file)
{
    if (!file_readable(file))
        DkStreamDelete(stream, PAL_DELETE_OWN | PAL_DELETE_RD);
    if (!file_writable(file))
        DkStreamDelete(stream, PAL_DELETE_OWN | PAL_DELETE_WR);
}

/* Whether the other end of a pipe is a member, which has the same stream. */
static bool has_other_end(const struct epoll_member *end)
{
    const struct epoll_set *set = end->set;
    for (uint32_t i = 0; end->file->ops->one_way && i < set->bucket_count; i++)
        for (const struct epoll_member *member = set->buckets[i]; member != NULL; member = member->next)
            if (member != end && member->stream == end->stream)
                return true;
    return false;
}

/* The host's set has a handle once, but a file may be a member by several descriptors (dup), and both ends of a pipe are one
 * stream: each member has a handle of its own then. */
int epoll_host_add_again(struct epoll_member *member)
{
    int result = has_other_end(member) ? -EEXIST : change_member(member, PAL_POLL_ADD);
    if (result != -EEXIST)
        return result;
    PAL_HANDLE twin = another_handle(member->stream);
    if (twin == NULL)
        return -ENOMEM;
    keep_side(twin, member->file);
    member->stream = twin;
    member->owns_stream = true;
    return change_member(member, PAL_POLL_ADD);
}

/***** Members *****/

static void let_go(struct epoll_member *member)
{
    if (member->owns_stream)
        DkObjectClose(member->stream);
    member->owns_stream = false;
    member->stream = NULL;
}

int epoll_host_add(struct epoll_member *member, PAL_HANDLE stream)
{
    struct epoll_set *set = member->set;
    if (set->file->handle == NULL) {
        set->file->handle = DkStreamOpen("poll:set", PAL_ACCESS_RDWR, 0, 0, 0);
        if (set->file->handle == NULL)
            return pal_failure();
    }
    member->stream = stream;
    const int result = epoll_host_add_again(member);
    if (result == 0)
        set->stream_count++;
    else
        let_go(member);
    return result;
}

int epoll_host_change(struct epoll_member *member)
{
    return change_member(member, PAL_POLL_CHANGE);
}

void epoll_host_remove(struct epoll_member *member)
{
    member->set->stream_count--;
    if (!member->set->closing)
        (void)change_host(member->set, member->stream, 0, PAL_POLL_REMOVE, 0);
    let_go(member);
}
