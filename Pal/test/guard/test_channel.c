/* SPDX-License-Identifier: MIT */
/* Tests of the memory channel (db_ipc.c, linux_batch.c) with a peer that has taken its PAL over: what it sends comes from the
 * real kernel, and is nonsense. It is refused with INCONSIST, nothing of it stays open or mapped, and what is sound comes
 * through afterwards. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"
#include "linux_batch.h"
#include "linux_bequest.h"
#include "linux_child.h"
#include "linux_pipenames.h"
#include "linux_rights.h"
#include "linux_source.h"
#include "linux_stat.h"
#include "pal_host.h"
#include "pal_user.h"

#define PAGE ((size_t)4096)

/* What an announcement is on the wire. */
struct announcement {
    uint32_t magic, count;
};
enum { MAGIC = 0x50414c6d, ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/***** What the rest of the host would be *****/

struct linux_state g_linux = {.page_size = PAGE};
struct linux_lock g_births;
static struct linux_thread g_thread;
static union pal_handle g_channel;
static int g_peer;

long linux_map_anywhere(size_t size, int protection, int flags, int fd, uint64_t offset)
{
    return linux_syscall(SYS_mmap, 0, (long)size, protection, flags, fd, (long)offset);
}

void linux_memory_gets_file(void)
{
}

int linux_protection(PAL_FLG prot)
{
    return (int)prot & (PROT_READ | PROT_WRITE);
}

int _DkRandomBitsRead(void *buffer, size_t size)
{
    memset(buffer, 1, size);
    return 0;
}

int pal_handle_new(enum pal_handle_type type, PAL_HANDLE *out)
{
    memset(&g_channel, 0, sizeof(g_channel));
    pal_hdr(&g_channel)->type = type;
    *out = &g_channel;
    return 0;
}

int linux_pipename_add(enum linux_name_kind kind, uint64_t id, int deliver_fd, struct pipe_server **out)
{
    (void)kind, (void)id;
    g_peer = deliver_fd;
    *out = NULL;
    return 0;
}

void linux_pipename_remove(struct pipe_server *server)
{
    (void)server;
}

int linux_pipename_find(enum linux_name_kind kind, uint64_t id)
{
    (void)kind, (void)id;
    return -PAL_ERROR_STREAMNOTEXIST;
}

void *pal_malloc_any(size_t size)
{
    return malloc(size);
}

void pal_free_any(void *memory, size_t size)
{
    (void)size;
    free(memory);
}

int pal_user_read(void *to, const void *from_user, size_t size)
{
    memcpy(to, from_user, size);
    return 0;
}

/* What the tests say that /proc/swaps is; -1 = there is none. */
static int g_swaps = -1;

int linux_source(enum linux_source source)
{
    return source == LINUX_SOURCE_SWAPS && g_swaps >= 0 ? g_swaps : -ENOENT;
}

/* Nothing is inherited, nobody else is there. */
int linux_bequest_promise(PAL_HANDLE owner, uint64_t key, size_t count, const struct pal_range *ranges)
{
    (void)owner, (void)key, (void)count, (void)ranges;
    return -PAL_ERROR_NOMEM;
}

void linux_bequest_withdraw(PAL_HANDLE owner)
{
    (void)owner;
}

bool linux_bequest_has(uint64_t key)
{
    return key == 0;
}

int linux_bequest_map(uint64_t key, struct pal_range *range)
{
    (void)key, (void)range;
    return 0;
}

void linux_bequest_drop(uint64_t key)
{
    (void)key;
}

void linux_lock(struct linux_lock *lock)
{
    assert_int_equal(lock->state++, 0);
}

int linux_lock_or_event(struct linux_lock *lock)
{
    linux_lock(lock);
    return 0;
}

void linux_unlock(struct linux_lock *lock)
{
    assert_int_equal(lock->state--, 1);
}

int linux_stat_open(int fd, PAL_STREAM_ATTR *out)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -PAL_ERROR_IO;
    *out = (PAL_STREAM_ATTR){.size = (PAL_NUM)status.st_size};
    return 0;
}

/***** The peer *****/

/* Memory with these words at its start, of so many bytes. */
static int make_memory(const uint64_t *sizes, size_t count, size_t size, int seals)
{
    const int fd = (int)syscall(SYS_memfd_create, "peer", 3u /* MFD_CLOEXEC | MFD_ALLOW_SEALING */);
    assert_true(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    assert_int_equal(pwrite(fd, sizes, count * sizeof(*sizes), 0), count * sizeof(*sizes));
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

/* Send bytes with descriptors, which are the channel's from here on. */
static void send_raw(const void *data, size_t size, unsigned count, int first, int second)
{
    const struct linux_message message = {
        .data = (void *)(uintptr_t)data, .size = size, .descriptors = {first, second}, .count = count};
    assert_int_equal(linux_rights_send(g_peer, &message, 0), 0);
    if (count > 0)
        close(first);
    if (count > 1)
        close(second);
}

static void announce(uint32_t magic, uint32_t count, int fd)
{
    const struct announcement announcement = {magic, count};
    send_raw(&announcement, sizeof(announcement), 1, fd, -1);
}

/***** The channel *****/

static int64_t map(size_t size, void **out)
{
    struct pal_range range = {.size = size, .prot = PAL_PROT_READ};
    const int64_t result = _DkPhysicalMemoryMap(&g_channel, 1, &range);
    *out = range.address;
    return result;
}

static void expect_refused(void)
{
    void *address;
    assert_int_equal(map(PAGE, &address), -PAL_ERROR_INCONSIST);
    assert_null(address);
}

/* A sound batch of one page comes through. */
static void expect_sound(void)
{
    void *address;
    const uint64_t size = PAGE;
    const int fd = make_memory(&size, 1, 2 * PAGE, ALL_SEALS);
    assert_int_equal(pwrite(fd, "", 0, 0), 0);
    announce(MAGIC, 1, fd);
    assert_int_equal(map(PAGE, &address), 1);
    assert_int_equal(*(const char *)address, 0);
    munmap(address, PAGE);
}

static int begin(void **state)
{
    PAL_HANDLE channel;
    uint64_t key;
    (void)state;
    g_channel.gipc.fd = -1;
    return _DkCreatePhysicalMemoryChannel(&channel, &key);
}

static int end(void **state)
{
    (void)state;
    close(g_channel.gipc.fd);
    close(g_peer);
    return 0;
}

/***** Tests *****/

static void test_messages(void **state)
{
    const uint64_t size = PAGE;
    const struct {
        struct announcement head;
        uint32_t more;
    } longer = {{MAGIC, 1}, 0};
    (void)state;
    const int open_before = count_open();
    send_raw(&longer, sizeof(longer), 1, make_memory(&size, 1, 2 * PAGE, ALL_SEALS), -1);
    expect_refused();
    send_raw(&longer, 4, 1, make_memory(&size, 1, 2 * PAGE, ALL_SEALS), -1);
    expect_refused();
    send_raw(&longer.head, sizeof(longer.head), 0, -1, -1);
    expect_refused();
    send_raw(&longer.head, sizeof(longer.head), 2, make_memory(&size, 1, 2 * PAGE, ALL_SEALS),
             open("/dev/null", O_RDWR));
    expect_refused();
    announce(MAGIC + 1, 1, make_memory(&size, 1, 2 * PAGE, ALL_SEALS));
    expect_refused();
    static const uint32_t counts[] = {0, LINUX_BATCH_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        announce(MAGIC, counts[i], make_memory(&size, 1, 2 * PAGE, ALL_SEALS));
        expect_refused();
    }
    assert_int_equal(count_open(), open_before);
    expect_sound();
    assert_int_equal(count_open(), open_before);
}

/* What can be pulled away, or is no memory. */
static void test_descriptors(void **state)
{
    const uint64_t size = PAGE;
    int pipe_ends[2];
    (void)state;
    const int open_before = count_open();
    static const int seals[] = {0, F_SEAL_SHRINK, F_SEAL_WRITE, F_SEAL_GROW | F_SEAL_SEAL};
    for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
        announce(MAGIC, 1, make_memory(&size, 1, 2 * PAGE, seals[i]));
        expect_refused();
    }
    static const char *const names[] = {"/dev/zero", "/dev/null", "/", "/proc/self/exe", "/proc/self/mem"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        announce(MAGIC, 1, open(names[i], O_RDONLY | O_CLOEXEC));
        expect_refused();
    }
    assert_int_equal(pipe(pipe_ends), 0);
    announce(MAGIC, 1, pipe_ends[0]);
    expect_refused();
    close(pipe_ends[1]);
    announce(MAGIC, 1, dup(g_peer));
    expect_refused();
    assert_int_equal(count_open(), open_before);
    expect_sound();
}

/* Memory that has not what its words, or their number, say. */
static void test_sizes(void **state)
{
    (void)state;
    const int open_before = count_open();
    static const uint64_t wrong[] = {
        0, 1, PAGE + 1, 2 * PAGE, UINT64_MAX, 1ULL << 63, PAGE / 2, -(uint64_t)PAGE, INT64_MAX & ~4095ULL};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        announce(MAGIC, 1, make_memory(&wrong[i], 1, 2 * PAGE, ALL_SEALS));
        expect_refused();
    }
    /* More words than there is memory, and none at all. */
    const uint64_t size = PAGE;
    announce(MAGIC, 1024, make_memory(&size, 1, PAGE, ALL_SEALS));
    expect_refused();
    announce(MAGIC, 1024, make_memory(&size, 1, 2 * PAGE, ALL_SEALS));
    void *address;
    assert_int_equal(map(PAGE, &address), -PAL_ERROR_INCONSIST);
    announce(MAGIC, 1, make_memory(NULL, 0, 0, ALL_SEALS));
    expect_refused();
    announce(MAGIC, 1, make_memory(NULL, 0, 100, ALL_SEALS));
    expect_refused();
    assert_int_equal(count_open(), open_before);
    expect_sound();
}

/* The first range is sound, and the second one is not: what has come stays, and the batch is over. */
static void test_second(void **state)
{
    static const uint64_t wrong[] = {0, 1, 2 * PAGE, UINT64_MAX - PAGE + 1};
    (void)state;
    const int open_before = count_open();
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const uint64_t sizes[] = {PAGE, wrong[i]};
        void *address;
        announce(MAGIC, 2, make_memory(sizes, 2, 3 * PAGE, ALL_SEALS));
        assert_int_equal(map(PAGE, &address), 1);
        assert_int_equal(*(const char *)address, 0);
        expect_refused();
        munmap(address, PAGE);
    }
    assert_int_equal(count_open(), open_before);
    expect_sound();
}

/* Another size than the receiver's is a mistake of either; the range stays. */
static void test_other_size(void **state)
{
    void *address;
    const uint64_t size = 2 * PAGE;
    (void)state;
    announce(MAGIC, 1, make_memory(&size, 1, 3 * PAGE, ALL_SEALS));
    assert_int_equal(map(PAGE, &address), -PAL_ERROR_INVAL);
    assert_int_equal(map(2 * PAGE, &address), 1);
    munmap(address, 2 * PAGE);
    expect_sound();
}

static void test_gone(void **state)
{
    void *address;
    (void)state;
    const uint64_t size = PAGE;
    announce(MAGIC, 1, make_memory(&size, 1, 2 * PAGE, ALL_SEALS));
    close(g_peer);
    assert_int_equal(map(PAGE, &address), 1);
    munmap(address, PAGE);
    assert_int_equal(map(PAGE, &address), -PAL_ERROR_CONNFAILED);
}

/* Whether pages that nobody has touched are looked at when they are sent. */
static bool looks_at_absent(void)
{
    unsigned char present = 0;
    struct pal_range range = {.size = PAGE, .prot = PROT_READ | PROT_WRITE};
    range.address = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(range.address != MAP_FAILED);
    const int fd = linux_batch_make(1, &range);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(mincore(range.address, PAGE, &present), 0);
    munmap(range.address, PAGE);
    return present & 1;
}

/* They may be elsewhere if the machine has put any there, or nobody knows. */
static void test_swaps(void **state)
{
#define HEADING "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
    static const struct {
        const char *text;
        bool looks;
    } cases[] = {
        {HEADING, false},
        {HEADING "/dev/sda2 partition\t1048572\t\t0\t\t-2\n", false},
        {HEADING "/dev/sda2 partition\t1048572\t\t12\t\t-2\n", true},
        {HEADING "/a\\040b file\t\t1048572\t\t0\t\t-2\n/c file 4 0 -3\n", false},
        {HEADING "/a\\040b file\t\t1048572\t\t0\t\t-2\n/c file 4 4 -3\n", true},
        {HEADING "/dev/sda2 partition 1048572", true},
        {"", true},
    };
    (void)state;
    assert_true(looks_at_absent());
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        g_swaps = memfd_create("swaps", 0);
        assert_int_equal(write(g_swaps, cases[i].text, strlen(cases[i].text)), strlen(cases[i].text));
        assert_int_equal(looks_at_absent(), cases[i].looks);
        close(g_swaps);
    }
    g_swaps = -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_messages, begin, end),
        cmocka_unit_test_setup_teardown(test_descriptors, begin, end),
        cmocka_unit_test_setup_teardown(test_sizes, begin, end),
        cmocka_unit_test_setup_teardown(test_second, begin, end),
        cmocka_unit_test_setup_teardown(test_other_size, begin, end),
        cmocka_unit_test_setup_teardown(test_gone, begin, NULL),
        cmocka_unit_test(test_swaps),
    };
    /* %gs points at a thread's own structure, as everywhere in a loader. */
    g_thread.pal.tcb.self = &g_thread.pal.tcb;
    if (syscall(SYS_arch_prctl, ARCH_SET_GS, &g_thread) < 0)
        return 1;
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
