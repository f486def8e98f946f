/* SPDX-License-Identifier: MIT */
/* Tests of pal_policy.c: what manifests grant, and what is wrong with those that grant nonsense. */
#include "manifest_fixture.h"

#include <stdbool.h>
#include <stdio.h>

#include "pal_error.h"
#include "pal_policy.h"

/* A policy that was read, and the block that it takes. */
struct read_policy {
    struct loaded loaded;
    struct pal_policy policy;
    struct manifest_fault fault;
    void *block;
    unsigned alloc_calls;
    bool no_memory;
};

static void *alloc_block(void *arg, size_t size)
{
    struct read_policy *read = arg;
    read->alloc_calls++;
    read->block = read->no_memory ? NULL : malloc(size);
    return read->block;
}

static int read_text(struct read_policy *read, const char *text)
{
    load(&read->loaded, text);
    return pal_policy_read(&read->loaded.manifest, (struct manifest_memory){alloc_block, read}, &read->policy,
                           &read->fault);
}

static void release(struct read_policy *read)
{
    free(read->block);
    unload(&read->loaded);
}

/***** What is granted *****/

/* A policy in one line: mode, paths, what may be bound and connected to, limits. */
static void describe(char *out, size_t size, const struct pal_policy *policy)
{
    static const char *const modes[] = {"enforce", "best-effort", "off"};
    int len = snprintf(out, size, "%s", modes[policy->mode]);
    for (size_t i = 0; i < policy->path_count; i++)
        len += snprintf(out + len, size - (size_t)len, " %s:%s", policy->paths[i].writable ? "rw" : "ro",
                        policy->paths[i].path);
    if (policy->devices)
        len += snprintf(out + len, size - (size_t)len, " devices");
    if (policy->modes)
        len += snprintf(out + len, size - (size_t)len, " modes");
    for (size_t i = 0; i < policy->bind_count + policy->peer_count; i++) {
        const bool bind = i < policy->bind_count;
        const struct pal_policy_range *range = bind ? &policy->binds[i] : &policy->peers[i - policy->bind_count];
        len += snprintf(out + len, size - (size_t)len, " %s:%u-%u%s", bind ? "bind" : "peer", range->range.first.port,
                        range->range.last_port, pal_policy_any_address(range) ? "" : "!");
    }
    snprintf(out + len, size - (size_t)len, " %llu %llu", (unsigned long long)policy->memory_max,
             (unsigned long long)policy->files_max);
}

static void test_grants(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", "enforce rw:. 0 0"},
        {"loader.exec = file:x\n", "enforce rw:. 0 0"},
        {"loader.sandbox = enforce\n", "enforce rw:. 0 0"},
        {"loader.sandbox = best-effort\n", "best-effort rw:. 0 0"},
        {"loader.sandbox = off\n", "off rw:. 0 0"},
        {"fs.root.mode = ro\n", "enforce ro:. 0 0"},
        {"fs.root.mode = rw\n", "enforce rw:. 0 0"},
        {"fs.root.mode = ro\nfs.allow_modes = yes\n", "enforce ro:. modes 0 0"},
        {"fs.allow_modes = no\n", "enforce rw:. 0 0"},
        {"fs.root.type = chroot\n", "enforce rw:. 0 0"},
        {"fs.root.uri = file:/srv/a b\n", "enforce rw:/srv/a b 0 0"},
        {"fs.root.uri = \"file:a\\tb\"\nfs.root.mode = ro\n", "enforce ro:a\tb 0 0"},
        {"fs.mount.a.type = chroot\nfs.mount.a.uri = file:/a\n", "enforce rw:. rw:/a 0 0"},
        {"fs.mount.b.type=chroot\nfs.mount.b.uri=file:/b\nfs.mount.b.mode=ro\nfs.mount.a.type=chroot\n"
         "fs.mount.a.uri=file:/a\nfs.mount.a.path=/x\nfs.root.uri=file:/r\n",
         "enforce rw:/r ro:/b rw:/a 0 0"},
        {"fs.mount.root.type=chroot\nfs.mount.root.uri=file:/a\n", "enforce rw:. rw:/a 0 0"},
        {"fs.mount.a.type = tmpfs\nfs.mount.p.type = proc\nfs.mount.s.type = sys\n", "enforce rw:. 0 0"},
        {"fs.mount.d.type = dev\n", "enforce rw:. devices 0 0"},
        {"fs.mount.a.type = tmpfs\nfs.mount.a.uri = nonsense\n", "enforce rw:. 0 0"},
        {"fs.start_dir = /x\n", "enforce rw:. 0 0"},
        {"loader.restore = file:/x/y.image\n", "enforce rw:. ro:/x/y.image 0 0"},
        {"fs.root.mode = ro\nloader.restore = file:y\nfs.mount.a.type = chroot\nfs.mount.a.uri = file:/a\n",
         "enforce ro:. rw:/a ro:y 0 0"},
        {"net.allow_bind.0 = 0.0.0.0:80\n", "enforce rw:. bind:80-80 0 0"},
        {"net.allow_peer.0 = [::]:1-65535\n", "enforce rw:. peer:1-65535 0 0"},
        {"net.allow_peer.3 = 127.0.0.1:1\nnet.allow_bind.x = [::]:0\nnet.allow_peer.1 = [::1]:2-3\n",
         "enforce rw:. bind:0-0 peer:1-1! peer:2-3! 0 0"},
        {"net.port.rebase_on_lo = 0\n", "enforce rw:. 0 0"},
        {"sys.memory.max = 1G\nsys.files.max = 64\nsys.processes.max = 3\n", "enforce rw:. 1073741824 64"},
        {"sys.files.max = 4294967295\n", "enforce rw:. 0 4294967295"},
        {"sys.memory.max = 1\n", "enforce rw:. 1 0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct read_policy read = {0};
        char text[512];
        if (read_text(&read, rows[i].text) != 0)
            fail_msg("'%s': %s", rows[i].text, read.fault.text);
        describe(text, sizeof(text), &read.policy);
        assert_string_equal(text, rows[i].expected);
        assert_true(read.alloc_calls <= 1);
        release(&read);
    }
}

/* Messages need to know who has said it. */
static void test_entries(void **state)
{
    (void)state;
    struct read_policy read = {0};
    assert_int_equal(
        read_text(&read, "net.allow_peer.9 = 0.0.0.0:1\nfs.mount.a.type = chroot\nfs.mount.a.uri = file:/a\n"), 0);
    assert_null(read.policy.paths[0].entry);
    assert_text(read.policy.paths[1].entry->key, read.policy.paths[1].entry->key_len, "fs.mount.a.uri");
    assert_text(read.policy.peers[0].entry->key, read.policy.peers[0].entry->key_len, "net.allow_peer.9");
    release(&read);
}

/* Without keys of its own a policy costs nothing. */
static void test_no_memory_needed(void **state)
{
    static const char *const texts[] = {"", "loader.sandbox = off\n", "sys.files.max = 3\n",
                                        "fs.mount.a.type = tmpfs\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct read_policy read = {.no_memory = true};
        assert_int_equal(read_text(&read, texts[i]), 0);
        assert_int_equal(read.alloc_calls, 0);
        release(&read);
    }
    struct read_policy read = {.no_memory = true};
    assert_int_equal(read_text(&read, "fs.root.mode = ro\n"), -PAL_ERROR_NOMEM);
    assert_string_equal(read.fault.text,
                        "m:1:1: key 'fs.root.mode': found more grants than there is memory for, from here on");
    release(&read);
}

static void test_many(void **state)
{
    enum { COUNT = 20000 };
    (void)state;
    char *text = malloc((size_t)COUNT * 80);
    assert_non_null(text);
    size_t len = 0;
    for (int i = 0; i < COUNT; i++)
        len += (size_t)sprintf(text + len, "fs.mount.m%d.type=chroot\nfs.mount.m%d.uri=file:/%d\n", i, i, i);
    struct read_policy read = {0};
    assert_int_equal(read_text(&read, text), 0);
    assert_int_equal(read.policy.path_count, COUNT + 1);
    assert_string_equal(read.policy.paths[COUNT].path, "/19999");
    release(&read);
    free(text);
}

/***** What is refused *****/

static void test_faults(void **state)
{
    static const struct {
        const char *text, *fault;
        int error;
    } rows[] = {
        {"loader.sandbox = on\n", "found 'on', expected enforce, best-effort or off", -PAL_ERROR_INVAL},
        {"loader.sandbox =\n", "m:1:", -PAL_ERROR_INVAL},
        {"fs.root.type = tmpfs\n", "key 'fs.root.type': found 'tmpfs'", -PAL_ERROR_INVAL},
        {"fs.root.mode = x\n", "key 'fs.root.mode': found 'x'", -PAL_ERROR_INVAL},
        {"fs.allow_modes = x\n", "key 'fs.allow_modes': found 'x'", -PAL_ERROR_INVAL},
        {"fs.root.uri = /\n", "expected a file: URI", -PAL_ERROR_INVAL},
        {"fs.root.uri = dir:/\n", "expected a file: URI", -PAL_ERROR_INVAL},
        {"fs.root.uri = file:\n", "expected a file: URI", -PAL_ERROR_INVAL},
        {"fs.root.uri =\n", "expected a file: URI", -PAL_ERROR_INVAL},
        {"fs.mount.a.type = ext4\n", "key 'fs.mount.a.type': found 'ext4'", -PAL_ERROR_INVAL},
        {"fs.mount.a.type = chroot\n", "expected the mount's uri to be set, too", -PAL_ERROR_INVAL},
        {"\nfs.mount.a.uri = file:/\n", "m:2:18: key 'fs.mount.a.uri'", -PAL_ERROR_INVAL},
        {"fs.mount.a.path = /\n", "expected the mount's type to be set, too", -PAL_ERROR_INVAL},
        {"fs.mount.a = chroot\n", "expected the mount's type to be set, too", -PAL_ERROR_INVAL},
        {"net.allow_bind.0 = 1.2.3.4\n", "expected address:port or address:port-port", -PAL_ERROR_INVAL},
        {"net.allow_bind.0 =\n", "expected address:port or address:port-port", -PAL_ERROR_INVAL},
        {"net.allow_peer.0 = 1.2.3.4:80-79\n", "found '1.2.3.4:80-79'", -PAL_ERROR_INVAL},
        {"net.allow_peer.0.x = 1.2.3.4:80\n", "expected address:port or address:port-port", -PAL_ERROR_INVAL},
        {"net.allow_peer.0 = localhost:80\n", "found 'localhost:80'", -PAL_ERROR_INVAL},
        {"sys.memory.max = 0\n", "expected more than 0", -PAL_ERROR_INVAL},
        {"sys.memory.max = much\n", "found 'much'", -PAL_ERROR_INVAL},
        {"sys.memory.max = 99999999999999999999\n", "sys.memory.max", -PAL_ERROR_OVERFLOW},
        {"sys.files.max = 0\n", "expected more than 0", -PAL_ERROR_INVAL},
        {"net.port.rebase_on_lo = 1000\n", "expected 0: ports are as the program says", -PAL_ERROR_INVAL},
        {"net.port.rebase_on_lo = x\n", "found 'x'", -PAL_ERROR_INVAL},
        {"sys.files.max = 1K\n", "found '1K'", -PAL_ERROR_INVAL},
        {"sys.files.max = 4294967296\n", "sys.files.max", -PAL_ERROR_OVERFLOW},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct read_policy read = {0};
        assert_int_equal(read_text(&read, rows[i].text), rows[i].error);
        if (!strstr(read.fault.text, rows[i].fault))
            fail_msg("'%s' gave '%s'", rows[i].text, read.fault.text);
        release(&read);
    }
}

/***** Questions *****/

static void test_everything(void **state)
{
    static const struct {
        const char *text;
        bool expected;
    } rows[] = {
        {"", false},
        {"net.allow_peer.0 = 0.0.0.0:1-65535\n", true},
        {"net.allow_peer.0 = [::]:0-65535\n", true},
        {"net.allow_peer.0 = 0.0.0.0:2-65535\n", false},
        {"net.allow_peer.0 = 0.0.0.0:1-65534\n", false},
        {"net.allow_peer.0 = 127.0.0.1:1-65535\n", false},
        {"net.allow_peer.0 = [::1]:1-65535\n", false},
        {"net.allow_bind.0 = 0.0.0.0:1-65535\n", false},
        {"net.allow_peer.0 = 1.1.1.1:1\nnet.allow_peer.1 = 0.0.0.0:0-65535\n", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct read_policy read = {0};
        assert_int_equal(read_text(&read, rows[i].text), 0);
        assert_int_equal(pal_policy_is_everything(read.policy.peers, read.policy.peer_count), rows[i].expected);
        release(&read);
    }
}

static void test_read_only(void **state)
{
    static const struct {
        const char *text;
        bool expected;
    } rows[] = {
        {"", false},
        {"fs.root.mode = ro\n", true},
        {"fs.mount.a.type = chroot\nfs.mount.a.uri = file:/\nfs.mount.a.mode = ro\n", true},
        {"fs.mount.a.type = chroot\nfs.mount.a.uri = file:/\n", false},
        {"fs.mount.a.type = tmpfs\nfs.mount.a.mode = ro\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct read_policy read = {0};
        assert_int_equal(read_text(&read, rows[i].text), 0);
        assert_int_equal(pal_policy_has_read_only(&read.policy), rows[i].expected);
        release(&read);
    }
}

/* Every difference that matters makes another fingerprint; the same keys in another place do not. */
static void test_fingerprints(void **state)
{
    static const char *const texts[] = {
        "",
        "loader.sandbox = best-effort\n",
        "fs.root.mode = ro\n",
        "fs.allow_modes = 1\n",
        "fs.root.uri = file:/\n",
        "fs.root.uri = file:/a\n",
        "fs.mount.a.type=chroot\nfs.mount.a.uri=file:/\n",
        "fs.mount.a.type=chroot\nfs.mount.a.uri=file:/\nfs.mount.a.mode=ro\n",
        "fs.mount.d.type = dev\n",
        "net.allow_bind.0 = 0.0.0.0:1\n",
        "net.allow_peer.0 = 0.0.0.0:1\n",
        "net.allow_peer.0 = 0.0.0.0:1-2\n",
        "net.allow_peer.0 = 0.0.0.1:1\n",
        "sys.memory.max = 1\n",
        "sys.files.max = 1\n",
    };
    enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
    uint64_t seen[COUNT];
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        struct read_policy read = {0}, again = {0};
        char commented[256];
        assert_int_equal(read_text(&read, texts[i]), 0);
        snprintf(commented, sizeof(commented), "# a comment\nloader.exec = file:x\n%s", texts[i]);
        assert_int_equal(read_text(&again, commented), 0);
        seen[i] = read.policy.fingerprint;
        assert_int_not_equal(seen[i], 0);
        assert_int_equal(again.policy.fingerprint, seen[i]);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(seen[i], seen[j]);
        release(&read);
        release(&again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grants),    cmocka_unit_test(test_entries),      cmocka_unit_test(test_no_memory_needed),
        cmocka_unit_test(test_many),      cmocka_unit_test(test_faults),       cmocka_unit_test(test_everything),
        cmocka_unit_test(test_read_only), cmocka_unit_test(test_fingerprints),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
