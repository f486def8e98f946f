/* SPDX-License-Identifier: MIT */
/* Tests of handles on their way between processes (linux_cargo.c) with a sender that has taken its PAL over: records in
 * which anything may stand, with descriptors of any kind. They make a handle that is closed like any other, or are
 * refused with INCONSIST; the sanitizers see that no memory is lost, and no descriptor is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"
#include "linux_cargo.h"
#include "linux_device.h"
#include "linux_pipenames.h"
#include "linux_socket.h"
#include "pal_host.h"

enum { HEAD = offsetof(struct linux_cargo, name), DEVICES = 3 };

/***** What the rest of the host would be *****/

struct linux_state g_linux;

int pal_handle_new(enum pal_handle_type type, PAL_HANDLE *out)
{
    *out = calloc(1, sizeof(**out));
    assert_non_null(*out);
    pal_hdr(*out)->type = type;
    return 0;
}

void pal_handle_discard(PAL_HANDLE handle)
{
    free(handle);
}

char *pal_strdup(const char *text, size_t len)
{
    return strndup(text, len);
}

void pal_free(void *memory)
{
    free(memory);
}

char *linux_name_copy(struct linux_name *name)
{
    return strdup(name->path);
}

int linux_device_find(const char *name, size_t len)
{
    return len == 4 && memcmp(name, "null", 4) == 0 ? DEVICES - 1 : -PAL_ERROR_STREAMNOTEXIST;
}

const char *linux_device_name(PAL_HANDLE handle)
{
    (void)handle;
    return "null";
}

/* The name keeps the descriptor; the tests close it with the handle. */
struct pipe_server {
    int fd;
};

int linux_pipename_adopt(enum linux_name_kind kind, uint64_t id, int deliver_fd, struct pipe_server **out)
{
    assert_int_equal(kind, LINUX_NAME_PIPE);
    if (id == 13) {
        close(deliver_fd);
        return -PAL_ERROR_NOMEM;
    }
    *out = malloc(sizeof(**out));
    (*out)->fd = deliver_fd;
    return 0;
}

int linux_pipename_fd(const struct pipe_server *server)
{
    return server->fd;
}

/***** Records *****/

/* Kinds of descriptors. */
enum fd_kind { NONE, FILE_FD, DIR_FD, STREAM_FD, PACKET_FD, DATAGRAM_FD, TCP_FD, UDP_FD, PIPE_FD, FD_KINDS };

static int first_of(const int fds[2])
{
    close(fds[1]);
    return fds[0];
}

static int make_fd(enum fd_kind kind)
{
    static const int types[FD_KINDS] = {
        [STREAM_FD] = SOCK_STREAM, [PACKET_FD] = SOCK_SEQPACKET, [DATAGRAM_FD] = SOCK_DGRAM};
    int fds[2];
    if (kind == FILE_FD || kind == DIR_FD)
        return (int)syscall(SYS_openat, AT_FDCWD, kind == FILE_FD ? "/dev/null" : "/", O_RDONLY, 0);
    if (kind == PIPE_FD)
        return pipe(fds) < 0 ? -1 : first_of(fds);
    if (kind == TCP_FD || kind == UDP_FD)
        return (int)syscall(SYS_socket, AF_INET, kind == TCP_FD ? SOCK_STREAM : SOCK_DGRAM, 0);
    return syscall(SYS_socketpair, AF_UNIX, types[kind], 0, fds) < 0 ? -1 : first_of(fds);
}

/* What is sound for each type that is passed. */
static const struct sound {
    enum pal_handle_type type;
    uint8_t flags;
    const char *name;
    enum fd_kind fds[2];
} sound[] = {
    {PAL_TYPE_FILE, 0, "/x", {FILE_FD, NONE}},
    {PAL_TYPE_FILE, 4 /* without a name */, "", {FILE_FD, NONE}},
    {PAL_TYPE_DIR, 0, "/", {DIR_FD, NONE}},
    {PAL_TYPE_DEV, 32 /* for reading */, "null", {FILE_FD, NONE}},
    {PAL_TYPE_PIPE, 0, "", {STREAM_FD, NONE}},
    {PAL_TYPE_PIPE, 2 /* carries handles */, "", {STREAM_FD, PACKET_FD}},
    {PAL_TYPE_PIPE, 4 + 32 + 64 /* anonymous, for reading and writing */, "", {STREAM_FD, STREAM_FD}},
    {PAL_TYPE_PIPE, 4 + 64 /* anonymous, for writing */, "", {STREAM_FD, NONE}},
    {PAL_TYPE_PIPE, 4 + 8 + 32 + 64 /* anonymous, no sockets */, "", {PIPE_FD, PIPE_FD}},
    {PAL_TYPE_PIPE, 4 + 8 + 32 /* the same, for reading */, "", {PIPE_FD, NONE}},
    {PAL_TYPE_PIPESRV, 0, "", {PACKET_FD, PACKET_FD}},
    {PAL_TYPE_TCP, 0, "", {TCP_FD, NONE}},
    {PAL_TYPE_TCPSRV, 0, "", {TCP_FD, NONE}},
    {PAL_TYPE_UDP, 0, "", {UDP_FD, NONE}},
    {PAL_TYPE_UDPSRV, 0, "", {UDP_FD, NONE}},
    {PAL_TYPE_GIPC, 0, "", {PACKET_FD, PACKET_FD}},
};
#define SOUND (sizeof(sound) / sizeof(sound[0]))

static void fill(const struct sound *from, struct linux_cargo *record, struct linux_message *message)
{
    memset(record, 0, sizeof(*record));
    record->magic = LINUX_CARGO_MAGIC;
    record->type = (uint8_t)from->type;
    record->flags = from->flags;
    record->name_len = (uint16_t)strlen(from->name);
    memcpy(record->name, from->name, record->name_len);
    *message = (struct linux_message){.data = record, .size = HEAD + record->name_len};
}

static void add_fds(struct linux_message *message, enum fd_kind first, enum fd_kind second)
{
    const enum fd_kind kinds[] = {first, second};
    message->count = 0;
    for (unsigned i = 0; i < 2; i++) {
        if (kinds[i] != NONE)
            message->descriptors[message->count++] = make_fd(kinds[i]);
    }
}

/* As the operations of each type do. */
static void close_handle(PAL_HANDLE handle)
{
    switch (pal_hdr(handle)->type) {
    case PAL_TYPE_FILE:
        close(handle->file.fd);
        free(handle->file.name.path);
        break;
    case PAL_TYPE_DIR:
        close(handle->dir.fd);
        free(handle->dir.name.path);
        break;
    case PAL_TYPE_DEV:
        if (handle->dev.input >= 0)
            close(handle->dev.input);
        if (handle->dev.output >= 0 && handle->dev.output != handle->dev.input)
            close(handle->dev.output);
        break;
    case PAL_TYPE_GIPC:
        close(handle->gipc.fd);
        if (handle->gipc.fd_other >= 0)
            close(handle->gipc.fd_other);
        break;
    default:
        close(handle->sock.fd);
        if (handle->sock.write_fd != handle->sock.fd)
            close(handle->sock.write_fd);
        if (handle->sock.cargo >= 0)
            close(handle->sock.cargo);
        if (handle->sock.server)
            close(handle->sock.server->fd);
        free(handle->sock.server);
    }
    free(handle);
}

/* Make a handle, and close it; or be refused. Nothing is left of either. */
static int receive(struct linux_cargo *record, struct linux_message *message)
{
    PAL_HANDLE handle = NULL;
    const int error = linux_cargo_make(record, message, &handle);
    if (error == 0)
        close_handle(handle);
    else
        assert_null(handle);
    linux_rights_close(message);
    return error;
}

/***** Tests *****/

static void test_sound(void **state)
{
    static struct linux_cargo record;
    struct linux_message message;
    (void)state;
    const int open_before = count_open();
    for (size_t i = 0; i < SOUND; i++) {
        fill(&sound[i], &record, &message);
        add_fds(&message, sound[i].fds[0], sound[i].fds[1]);
        assert_int_equal(receive(&record, &message), 0);
    }
    assert_int_equal(count_open(), open_before);
}

/* Every byte of a record with every value it may have. */
static void test_bytes(void **state)
{
    static struct linux_cargo record;
    struct linux_message message;
    (void)state;
    const int open_before = count_open();
    for (size_t i = 0; i < SOUND; i++) {
        for (size_t at = 0; at < HEAD + strlen(sound[i].name); at++) {
            for (unsigned value = 0; value < 256; value += at < 12 ? 1 : 17) {
                fill(&sound[i], &record, &message);
                add_fds(&message, sound[i].fds[0], sound[i].fds[1]);
                ((uint8_t *)&record)[at] = (uint8_t)value;
                const int error = receive(&record, &message);
                assert_true(error == 0 || error == -PAL_ERROR_INCONSIST || error == -PAL_ERROR_NOMEM);
                if (at < 4 && value != (LINUX_CARGO_MAGIC >> 8 * at & 0xff))
                    assert_int_equal(error, -PAL_ERROR_INCONSIST);
            }
        }
    }
    assert_int_equal(count_open(), open_before);
}

static bool is_sound_fd(const struct sound *of, enum fd_kind first, enum fd_kind second)
{
    if (of->type == PAL_TYPE_GIPC && second == NONE) /* one who opened the channel has one end of it only */
        return first == PACKET_FD;
    return first == of->fds[0] && second == of->fds[1];
}

/* Descriptors of every kind with every type: sockets are what they should be, and a directory is one. */
static void test_descriptors(void **state)
{
    static struct linux_cargo record;
    struct linux_message message;
    (void)state;
    const int open_before = count_open();
    for (size_t i = 0; i < SOUND; i++) {
        const bool is_checked = sound[i].type >= PAL_TYPE_PIPE || sound[i].type == PAL_TYPE_DIR;
        for (int first = NONE; first < FD_KINDS; first++) {
            for (int second = NONE; second < (first == NONE ? 1 : FD_KINDS); second++) {
                fill(&sound[i], &record, &message);
                add_fds(&message, (enum fd_kind)first, (enum fd_kind)second);
                const int error = receive(&record, &message);
                if (is_sound_fd(&sound[i], (enum fd_kind)first, (enum fd_kind)second))
                    assert_int_equal(error, 0);
                else if (is_checked || first == NONE || second != NONE)
                    assert_int_equal(error, -PAL_ERROR_INCONSIST);
            }
        }
    }
    assert_int_equal(count_open(), open_before);
}

/* Types that are not passed, and what comes without any descriptor. */
static void test_types(void **state)
{
    static struct linux_cargo record;
    struct linux_message message;
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        fill(&sound[SOUND - 1], &record, &message);
        record.type = (uint8_t)type;
        assert_int_equal(receive(&record, &message), -PAL_ERROR_INCONSIST);
    }
}

/* Sizes that do not fit what is in it. */
static void test_sizes(void **state)
{
    static struct linux_cargo record;
    struct linux_message message;
    (void)state;
    const int open_before = count_open();
    for (size_t i = 0; i < SOUND; i++) {
        for (size_t size = 0; size < sizeof(record); size += size < HEAD + 8 ? 1 : 97) {
            fill(&sound[i], &record, &message);
            add_fds(&message, sound[i].fds[0], sound[i].fds[1]);
            const bool fits = size == message.size;
            message.size = size;
            assert_int_equal(receive(&record, &message), fits ? 0 : -PAL_ERROR_INCONSIST);
        }
        fill(&sound[i], &record, &message);
        add_fds(&message, sound[i].fds[0], sound[i].fds[1]);
        record.name_len = UINT16_MAX;
        message.size = sizeof(record);
        assert_int_equal(receive(&record, &message), -PAL_ERROR_INCONSIST);
    }
    assert_int_equal(count_open(), open_before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound), cmocka_unit_test(test_bytes), cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_types), cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests_name("cargo", tests, NULL, NULL);
}
