/* SPDX-License-Identifier: MIT */
/* A handle as another process of the instance is told of it. */
#include "linux_cargo.h"
#include <asm/errno.h>
#include <linux/fcntl.h>
#include "linux_device.h"
#include "linux_pipenames.h"
#include "linux_socket.h"
#include "pal_host.h"
#include "pal_string.h"
#include "sys_linux.h"

enum {
    CARGO_NONBLOCKING = 1,
    CARGO_STREAM = 2,    /* file: has no offsets */
    CARGO_ENTRIES = 2,   /* dir: is read as struct pal_dirent */
    CARGO_HANDLES = 2,   /* pipe: the second descriptor carries handles */
    CARGO_ANONYMOUS = 4, /* pipe: one descriptor is read from, another one written to; file: has no name */
    CARGO_BOTH = 8,      /* udp: of both families */
    CARGO_FIFO = 8,      /* anonymous pipe: no sockets */
    CARGO_SHARES_PORT = 16,
    CARGO_INPUT = 32,  /* dev, anonymous pipe: the first descriptor is read from ... */
    CARGO_OUTPUT = 64, /* ... and the last one is written to */
    CARGO_APPENDING = 128
};

_Static_assert(sizeof(struct linux_cargo) == offsetof(struct linux_cargo, name) + LINUX_CARGO_NAME_MAX, "no padding");

/***** Describing *****/

static void add_descriptor(struct linux_message *message, int fd)
{
    message->descriptors[message->count++] = fd;
}

static int describe_name(struct linux_cargo *out, const char *name)
{
    const size_t len = name ? strlen(name) : 0;
    if (len == 0 || len > LINUX_CARGO_NAME_MAX)
        return name ? -PAL_ERROR_TOOLONG : -PAL_ERROR_NOMEM;
    memcpy(out->name, name, len);
    out->name_len = (uint16_t)len;
    return 0;
}

static int describe_path(struct linux_cargo *out, struct linux_name *name)
{
    char *path = linux_name_copy(name);
    const int error = describe_name(out, path);
    pal_free(path);
    return error;
}

static int describe_file(PAL_HANDLE handle, struct linux_cargo *out, struct linux_message *message)
{
    out->access = (uint8_t)handle->file.access;
    const bool anonymous = !handle->file.name.path;
    out->flags =
        (uint8_t)((handle->file.nonblocking ? CARGO_NONBLOCKING : 0) | (handle->file.stream ? CARGO_STREAM : 0) |
                  (handle->file.appending ? CARGO_APPENDING : 0) | (anonymous ? CARGO_ANONYMOUS : 0));
    add_descriptor(message, handle->file.fd);
    return anonymous ? 0 : describe_path(out, &handle->file.name);
}

static int describe_dir(PAL_HANDLE handle, struct linux_cargo *out, struct linux_message *message)
{
    out->access = (uint8_t)handle->dir.access;
    out->flags = handle->dir.whole ? CARGO_ENTRIES : 0;
    add_descriptor(message, handle->dir.fd);
    return describe_path(out, &handle->dir.name);
}

static int describe_dev(PAL_HANDLE handle, struct linux_cargo *out, struct linux_message *message)
{
    const int input = handle->dev.input, output = handle->dev.output;
    out->flags = (uint8_t)((handle->dev.nonblocking ? CARGO_NONBLOCKING : 0) | (input >= 0 ? CARGO_INPUT : 0) |
                           (output >= 0 ? CARGO_OUTPUT : 0));
    if (input >= 0)
        add_descriptor(message, input);
    if (output >= 0 && output != input)
        add_descriptor(message, output);
    return describe_name(out, linux_device_name(handle));
}

static int describe_sock(PAL_HANDLE handle, struct linux_cargo *out, struct linux_message *message)
{
    if (__atomic_load_n(&handle->sock.first, __ATOMIC_RELAXED))
        return -PAL_ERROR_BUSY;
    const int input = handle->sock.fd, output = handle->sock.write_fd, carrier = handle->sock.cargo;
    const bool sides = handle->sock.anonymous;
    out->flags = (uint8_t)((handle->sock.nonblocking ? CARGO_NONBLOCKING : 0) | (sides ? CARGO_ANONYMOUS : 0) |
                           (handle->sock.both_families ? CARGO_BOTH : 0) | (handle->sock.fifo ? CARGO_FIFO : 0) |
                           (handle->sock.shares_port ? CARGO_SHARES_PORT : 0) | (carrier >= 0 ? CARGO_HANDLES : 0) |
                           (sides && input >= 0 ? CARGO_INPUT : 0) | (sides && output >= 0 ? CARGO_OUTPUT : 0));
    out->id = handle->sock.id;
    if (handle->sock.has_peer) {
        const struct inet_address *address = &handle->sock.peer.address;
        out->peer_family = address->family;
        out->peer_port = handle->sock.peer.port;
        out->peer_scope = address->scope_id;
        memcpy(out->peer_address, address->bytes, sizeof(out->peer_address));
    }
    /* A side of a pipe may have been given up. */
    if (input >= 0)
        add_descriptor(message, input);
    if (handle->sock.server)
        add_descriptor(message, linux_pipename_fd(handle->sock.server));
    else if (output >= 0 && output != input)
        add_descriptor(message, output);
    if (carrier >= 0)
        add_descriptor(message, carrier);
    return 0;
}

static int describe_gipc(PAL_HANDLE handle, struct linux_cargo *out, struct linux_message *message)
{
    if (handle->gipc.fd < 0)
        return -PAL_ERROR_NOTSUPPORT; /* inherited: nobody else can have it */
    out->id = handle->gipc.key;
    add_descriptor(message, handle->gipc.fd);
    if (handle->gipc.fd_other >= 0)
        add_descriptor(message, handle->gipc.fd_other);
    return 0;
}

int linux_cargo_describe(PAL_HANDLE handle, struct linux_cargo *out, struct linux_message *message)
{
    const PAL_IDX type = pal_hdr(handle)->type;
    int error = -PAL_ERROR_NOTSUPPORT;
    memset(out, 0, offsetof(struct linux_cargo, name));
    out->magic = LINUX_CARGO_MAGIC;
    out->type = (uint8_t)type;
    if (type == PAL_TYPE_FILE)
        error = describe_file(handle, out, message);
    else if (type == PAL_TYPE_DIR)
        error = describe_dir(handle, out, message);
    else if (type == PAL_TYPE_DEV)
        error = describe_dev(handle, out, message);
    else if (type >= PAL_TYPE_PIPE && type <= PAL_TYPE_UDPSRV)
        error = describe_sock(handle, out, message);
    else if (type == PAL_TYPE_GIPC)
        error = describe_gipc(handle, out, message);
    message->size = offsetof(struct linux_cargo, name) + out->name_len;
    return error;
}

/***** Making *****/

#define SOCK_FLAGS CARGO_NONBLOCKING

/* What a record of each type may have. */
static const struct kind {
    uint8_t flags;
    uint8_t fds_min, fds_max; /* 0 = not passed */
    bool has_name, may_have_peer;
    uint8_t socket_type; /* of its descriptors, 0 = any */
    bool is_unix;
} kinds[PAL_TYPE_LIMIT] = {
    [PAL_TYPE_FILE] = {CARGO_NONBLOCKING | CARGO_STREAM | CARGO_APPENDING | CARGO_ANONYMOUS, 1, 1, true, false, 0,
                       false},
    [PAL_TYPE_DIR] = {CARGO_ENTRIES, 1, 1, true, false, 0, false},
    [PAL_TYPE_DEV] = {CARGO_NONBLOCKING | CARGO_INPUT | CARGO_OUTPUT, 1, 2, true, false, 0, false},
    [PAL_TYPE_PIPE] = {SOCK_FLAGS | CARGO_ANONYMOUS | CARGO_FIFO | CARGO_HANDLES | CARGO_INPUT | CARGO_OUTPUT, 1, 2,
                       false, false, SOCK_STREAM, true},
    [PAL_TYPE_PIPESRV] = {SOCK_FLAGS, 2, 2, false, false, SOCK_SEQPACKET, true},
    [PAL_TYPE_TCP] = {SOCK_FLAGS, 1, 1, false, true, SOCK_STREAM, false},
    [PAL_TYPE_TCPSRV] = {SOCK_FLAGS, 1, 1, false, false, SOCK_STREAM, false},
    [PAL_TYPE_UDP] = {SOCK_FLAGS | CARGO_BOTH | CARGO_SHARES_PORT, 1, 1, false, true, SOCK_DGRAM, false},
    [PAL_TYPE_UDPSRV] = {SOCK_FLAGS, 1, 1, false, false, SOCK_DGRAM, false},
    [PAL_TYPE_GIPC] = {0, 1, 2, false, false, SOCK_SEQPACKET, true},
};

static bool is_right_kind(const struct linux_cargo *record, int fd, bool first)
{
    const struct kind *kind = &kinds[record->type];
    if (record->type == PAL_TYPE_PIPE && record->flags & CARGO_FIFO)
        return linux_rights_is_pipe(fd);
    if (kind->is_unix) {
        const bool carries = !first && record->type == PAL_TYPE_PIPE && record->flags & CARGO_HANDLES;
        return linux_rights_is_socket(fd, AF_UNIX, carries ? SOCK_SEQPACKET : kind->socket_type);
    }
    return linux_rights_is_socket(fd, AF_INET, kind->socket_type) ||
           linux_rights_is_socket(fd, AF_INET6, kind->socket_type);
}

static bool fits_flags(const struct linux_cargo *record, unsigned fds)
{
    const bool input = record->flags & CARGO_INPUT, output = record->flags & CARGO_OUTPUT;
    if (record->type == PAL_TYPE_DEV)
        return fds == 2 ? input && output : input || output;
    if (record->type != PAL_TYPE_PIPE)
        return true;
    if (record->flags & CARGO_ANONYMOUS)
        return !(record->flags & CARGO_HANDLES) && fds == 0u + input + output;
    return !(record->flags & CARGO_FIFO) && !input && !output && fds == (record->flags & CARGO_HANDLES ? 2 : 1);
}

static bool is_sound(const struct linux_cargo *record, const struct linux_message *message)
{
    const size_t head_size = offsetof(struct linux_cargo, name);
    if (message->size < head_size || record->magic != LINUX_CARGO_MAGIC || record->type >= PAL_TYPE_LIMIT)
        return false;
    const struct kind *kind = &kinds[record->type];
    if (record->flags & ~kind->flags || record->access > PAL_ACCESS_RDWR)
        return false;
    if (message->count == 0 || message->count < kind->fds_min || message->count > kind->fds_max)
        return false;
    const bool has_name = kind->has_name && !(record->flags & CARGO_ANONYMOUS);
    if (message->size != head_size + record->name_len || has_name != (record->name_len > 0) ||
        memchr(record->name, '\0', record->name_len))
        return false;
    const unsigned family = record->peer_family;
    if (family && (!kind->may_have_peer || (family != INET_V4 && family != INET_V6)))
        return false;
    if (!fits_flags(record, message->count))
        return false;
    for (unsigned i = 0; kind->socket_type && i < message->count; i++) {
        if (!is_right_kind(record, message->descriptors[i], i == 0))
            return false;
    }
    return true;
}

static int make_name(const struct linux_cargo *record, struct linux_name *name)
{
    name->path = pal_strdup(record->name, record->name_len);
    return name->path ? 0 : -PAL_ERROR_NOMEM;
}

static int make_file(PAL_HANDLE handle, const struct linux_cargo *record, struct linux_message *message)
{
    handle->file.fd = message->descriptors[0];
    handle->file.access = record->access;
    handle->file.nonblocking = record->flags & CARGO_NONBLOCKING;
    handle->file.appending = record->flags & CARGO_APPENDING;
    handle->file.stream = record->flags & CARGO_STREAM;
    const int error = record->name_len > 0 ? make_name(record, &handle->file.name) : 0;
    if (error == 0)
        message->count = 0;
    return error;
}

/* The position of a directory belongs to its descriptor, which the sender still uses: opened anew, it is this handle's.
 * Where that is not allowed, the two share it. */
static int make_dir(PAL_HANDLE handle, const struct linux_cargo *record, struct linux_message *message)
{
    handle->dir.access = record->access;
    handle->dir.whole = record->flags & CARGO_ENTRIES;
    const int error = make_name(record, &handle->dir.name);
    if (error < 0)
        return error;
    handle->dir.fd = sys_openat(message->descriptors[0], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (handle->dir.fd == -ENOTDIR) {
        pal_free(handle->dir.name.path);
        return -PAL_ERROR_INCONSIST;
    }
    if (handle->dir.fd < 0) {
        handle->dir.fd = message->descriptors[0];
        message->count = 0;
    }
    return 0;
}

static int make_dev(PAL_HANDLE handle, const struct linux_cargo *record, struct linux_message *message)
{
    const int device = linux_device_find(record->name, record->name_len);
    if (device < 0)
        return -PAL_ERROR_INCONSIST;
    handle->dev.device = (uint8_t)device;
    handle->dev.nonblocking = record->flags & CARGO_NONBLOCKING;
    handle->dev.input = record->flags & CARGO_INPUT ? message->descriptors[0] : -1;
    handle->dev.output = record->flags & CARGO_OUTPUT ? message->descriptors[message->count - 1] : -1;
    message->count = 0;
    return 0;
}

static int make_sock(PAL_HANDLE handle, const struct linux_cargo *record, struct linux_message *message)
{
    const bool sides = record->flags & CARGO_ANONYMOUS;
    const int first = message->descriptors[0], last = message->descriptors[message->count - 1];
    handle->sock.fd = !sides || record->flags & CARGO_INPUT ? first : -1;
    handle->sock.write_fd = !sides ? first : record->flags & CARGO_OUTPUT ? last : -1;
    handle->sock.cargo = record->type == PAL_TYPE_PIPE && record->flags & CARGO_HANDLES ? last : -1;
    handle->sock.nonblocking = record->flags & CARGO_NONBLOCKING;
    handle->sock.anonymous = record->flags & CARGO_ANONYMOUS;
    handle->sock.both_families = record->type == PAL_TYPE_UDP && record->flags & CARGO_BOTH;
    handle->sock.fifo = record->type == PAL_TYPE_PIPE && record->flags & CARGO_FIFO;
    handle->sock.shares_port = record->flags & CARGO_SHARES_PORT;
    handle->sock.id = record->id;
    handle->sock.has_peer = record->peer_family != 0;
    handle->sock.peer.port = record->peer_port;
    handle->sock.peer.address.family = record->peer_family;
    handle->sock.peer.address.scope_id = record->peer_scope;
    memcpy(handle->sock.peer.address.bytes, record->peer_address, sizeof(record->peer_address));
    if (record->type == PAL_TYPE_PIPESRV) {
        message->count = 1; /* the name takes the second descriptor in any case */
        const int error =
            linux_pipename_adopt(LINUX_NAME_PIPE, record->id, message->descriptors[1], &handle->sock.server);
        if (error < 0)
            return error;
    }
    message->count = 0;
    return 0;
}

static int make_gipc(PAL_HANDLE handle, const struct linux_cargo *record, struct linux_message *message)
{
    handle->gipc.key = record->id;
    handle->gipc.fd = message->descriptors[0];
    handle->gipc.fd_other = message->count > 1 ? message->descriptors[1] : -1;
    message->count = 0;
    return 0;
}

int linux_cargo_make(const struct linux_cargo *record, struct linux_message *message, PAL_HANDLE *out)
{
    if (!is_sound(record, message))
        return -PAL_ERROR_INCONSIST;
    PAL_HANDLE handle;
    int error = pal_handle_new(record->type, &handle);
    if (error < 0)
        return error;
    if (record->type == PAL_TYPE_FILE)
        error = make_file(handle, record, message);
    else if (record->type == PAL_TYPE_DIR)
        error = make_dir(handle, record, message);
    else if (record->type == PAL_TYPE_DEV)
        error = make_dev(handle, record, message);
    else if (record->type == PAL_TYPE_GIPC)
        error = make_gipc(handle, record, message);
    else
        error = make_sock(handle, record, message);
    if (error < 0) {
        pal_handle_discard(handle);
        return error;
    }
    *out = handle;
    return 0;
}
