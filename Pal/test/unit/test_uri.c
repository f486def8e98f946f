/* SPDX-License-Identifier: MIT */
/* Tests of uri.c: what is accepted, what is refused and with which error, and the way back to text.
 * Knows of addresses only how they are written; test_inet.c has their details. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pal_error.h"
#include "uri.h"

/* What a row's URI must have. */
enum { ID = 1, ANONYMOUS = 2, LOCAL = 4, PEER = 8 };

/* Exactly the bytes, so that the sanitizer sees a read past the end; the caller frees. */
static char *exact_copy(const char *text, size_t len)
{
    char *copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return copy;
}

static int parse_result(const char *text, size_t len)
{
    struct uri uri;
    struct uri before;
    memset(&uri, 0x55, sizeof(uri));
    memcpy(&before, &uri, sizeof(uri));
    char *copy = exact_copy(text, len);
    int ret = uri_parse(copy, len, &uri);
    free(copy);
    if (ret < 0)
        assert_memory_equal(&uri, &before, sizeof(uri));
    return ret;
}

static void check_equal(const struct uri *a, const struct uri *b)
{
    assert_int_equal(a->scheme, b->scheme);
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->anonymous, b->anonymous);
    assert_int_equal(a->has_local, b->has_local);
    assert_int_equal(a->has_peer, b->has_peer);
    if (a->has_local)
        assert_true(inet_endpoint_equal(&a->local, &b->local));
    if (a->has_peer)
        assert_true(inet_endpoint_equal(&a->peer, &b->peer));
    if (a->scheme == URI_FILE || a->scheme == URI_DIR || a->scheme == URI_DEV || a->scheme == URI_LINK ||
        a->scheme == URI_POLL) {
        assert_int_equal(a->len, b->len);
        assert_memory_equal(a->text, b->text, a->len);
    }
}

static void test_accepted_and_printed_back(void **state)
{
    static const struct {
        const char *text;
        enum uri_scheme scheme;
        unsigned parts;
        const char *printed; /* if not as text */
    } rows[] = {
        {"file:/bin/sh", URI_FILE, 0, NULL},
        {"file:a", URI_FILE, 0, NULL},
        {"file:.", URI_FILE, 0, NULL},
        {"file:a:b", URI_FILE, 0, NULL},
        {"file::", URI_FILE, 0, NULL},
        {"file: leading and trailing blanks ", URI_FILE, 0, NULL},
        {"file:%s%n\n\x01\xff", URI_FILE, 0, NULL},
        {"file:file:x", URI_FILE, 0, NULL},
        {"file:///x", URI_FILE, 0, NULL},
        {"dir:/", URI_DIR, 0, NULL},
        {"dir:../x/", URI_DIR, 0, NULL},
        {"dev:tty", URI_DEV, 0, NULL},
        {"link:/a/b/", URI_LINK, 0, NULL},
        {"link:mem:", URI_LINK, 0, NULL},
        {"mem:", URI_MEM, 0, NULL},
        {"poll:set", URI_POLL, 0, NULL},
        {"process:4711", URI_PROCESS, ID, NULL},
        {"pipe.srv:0", URI_PIPE_SRV, ID, NULL},
        {"pipe.srv:1", URI_PIPE_SRV, ID, NULL},
        {"pipe:18446744073709551615", URI_PIPE, ID, NULL},
        {"pipe:", URI_PIPE, ANONYMOUS, NULL},
        {"gipc:4711", URI_GIPC, ID, NULL},
        {"gipc:18446744073709551615", URI_GIPC, ID, NULL},
        {"tcp.srv:127.0.0.1:8000", URI_TCP_SRV, LOCAL, NULL},
        {"tcp.srv:0.0.0.0:0", URI_TCP_SRV, LOCAL, NULL},
        {"tcp.srv:[::]:0", URI_TCP_SRV, LOCAL, NULL},
        {"udp.srv:[FE80::0:1%2]:53", URI_UDP_SRV, LOCAL, "udp.srv:[fe80::1%2]:53"},
        {"udp.srv:255.255.255.255:65535", URI_UDP_SRV, LOCAL, NULL},
        {"tcp:127.0.0.1:1", URI_TCP, PEER, NULL},
        {"tcp:[::1]:65535", URI_TCP, PEER, NULL},
        {"tcp:127.0.0.1:0:127.0.0.2:80", URI_TCP, LOCAL | PEER, NULL},
        {"tcp:[::1]:1:[::2]:2", URI_TCP, LOCAL | PEER, NULL},
        {"tcp:[::1]:0:[::ffff:127.0.0.1]:2", URI_TCP, LOCAL | PEER, NULL},
        {"tcp:[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535:"
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535",
         URI_TCP, LOCAL | PEER, NULL},
        {"udp:127.0.0.1:53", URI_UDP, PEER, NULL},
        {"udp:0.0.0.0:0:127.0.0.1:53", URI_UDP, LOCAL | PEER, NULL},
        {"udp:", URI_UDP, 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *text = rows[i].text;
        const char *expected = rows[i].printed ? rows[i].printed : text;
        size_t len = strlen(text);
        char *copy = exact_copy(text, len);
        struct uri uri;
        if (uri_parse(copy, len, &uri) != 0)
            fail_msg("\"%s\" is refused", text);
        assert_int_equal(uri.scheme, rows[i].scheme);
        assert_int_equal(uri.anonymous, (rows[i].parts & ANONYMOUS) != 0);
        assert_int_equal(uri.has_local, (rows[i].parts & LOCAL) != 0);
        assert_int_equal(uri.has_peer, (rows[i].parts & PEER) != 0);
        assert_ptr_equal(uri.text, strchr(copy, ':') + 1);
        assert_ptr_equal(uri.text + uri.len, copy + len);
        if (rows[i].parts & ID)
            assert_int_equal(uri.id, strtoull(strchr(text, ':') + 1, NULL, 10));
        else
            assert_int_equal(uri.id, 0);

        assert_int_equal(uri_print(&uri, NULL, 0), -PAL_ERROR_OVERFLOW);
        for (size_t size = 1; size <= len + 2; size++) {
            char *buf = malloc(size);
            int64_t printed_len = uri_print(&uri, buf, size);
            if (size <= strlen(expected)) {
                assert_int_equal(printed_len, -PAL_ERROR_OVERFLOW);
            } else {
                assert_int_equal(printed_len, strlen(expected));
                assert_string_equal(buf, expected);
                struct uri again;
                assert_int_equal(uri_parse(buf, (size_t)printed_len, &again), 0);
                check_equal(&uri, &again);
            }
            free(buf);
        }
        free(copy);
    }
}

static void test_endpoints_are_told_apart(void **state)
{
    (void)state;
    static const char text[] = "tcp:10.0.0.1:1000:10.0.0.2:2000";
    static const uint8_t local[4] = {10, 0, 0, 1};
    static const uint8_t peer[4] = {10, 0, 0, 2};
    struct uri uri;
    assert_int_equal(uri_parse(text, strlen(text), &uri), 0);
    assert_memory_equal(uri.local.address.bytes, local, sizeof(local));
    assert_int_equal(uri.local.port, 1000);
    assert_memory_equal(uri.peer.address.bytes, peer, sizeof(peer));
    assert_int_equal(uri.peer.port, 2000);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        int error;
    } rows[] = {
        {":", PAL_ERROR_INVAL},
        {":x", PAL_ERROR_INVAL},
        {"file", PAL_ERROR_INVAL},
        {"/bin/sh", PAL_ERROR_INVAL},
        {"File:x", PAL_ERROR_NOTSUPPORT},
        {"files:x", PAL_ERROR_NOTSUPPORT},
        {"fil:x", PAL_ERROR_NOTSUPPORT},
        {" file:x", PAL_ERROR_NOTSUPPORT},
        {"file :x", PAL_ERROR_NOTSUPPORT},
        {"http://localhost", PAL_ERROR_NOTSUPPORT},
        {"pipe.:1", PAL_ERROR_NOTSUPPORT},
        {"pipe.srvx:1", PAL_ERROR_NOTSUPPORT},
        {"tcp.SRV:127.0.0.1:1", PAL_ERROR_NOTSUPPORT},
        {"gipc.srv:1", PAL_ERROR_NOTSUPPORT},
        {"/a:b", PAL_ERROR_NOTSUPPORT},
        {"file:", PAL_ERROR_INVAL},
        {"dir:", PAL_ERROR_INVAL},
        {"dev:", PAL_ERROR_INVAL},
        {"link:", PAL_ERROR_INVAL},
        {"mem:x", PAL_ERROR_INVAL},
        {"mem: ", PAL_ERROR_INVAL},
        {"mem::", PAL_ERROR_INVAL},
        {"links:x", PAL_ERROR_NOTSUPPORT},
        {"memory:", PAL_ERROR_NOTSUPPORT},
        {"pipe.srv:", PAL_ERROR_INVAL},
        {"gipc:", PAL_ERROR_INVAL},
        {"pipe:18446744073709551616", PAL_ERROR_INVAL},
        {"pipe:99999999999999999999999999", PAL_ERROR_INVAL},
        {"pipe:-1", PAL_ERROR_INVAL},
        {"pipe:+1", PAL_ERROR_INVAL},
        {"pipe: 1", PAL_ERROR_INVAL},
        {"pipe:1 ", PAL_ERROR_INVAL},
        {"pipe:1\n", PAL_ERROR_INVAL},
        {"pipe:01", PAL_ERROR_INVAL},
        {"pipe:00", PAL_ERROR_INVAL},
        {"pipe:0x1", PAL_ERROR_INVAL},
        {"pipe:a", PAL_ERROR_INVAL},
        {"pipe:1:2", PAL_ERROR_INVAL},
        {"pipe:1.0", PAL_ERROR_INVAL},
        {"tcp.srv:", PAL_ERROR_INVAL},
        {"udp.srv:", PAL_ERROR_INVAL},
        {"tcp:", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:", PAL_ERROR_INVAL},
        {"tcp::80", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:0", PAL_ERROR_INVAL},
        {"udp:[::1]:0", PAL_ERROR_INVAL},
        {"udp:1.2.3.4:1:5.6.7.8:0", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:65536", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:-1", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:080", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:80/", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1: 80", PAL_ERROR_INVAL},
        {"tcp:127.1:80", PAL_ERROR_INVAL},
        {"tcp:127.0.0.01:80", PAL_ERROR_INVAL},
        {"tcp:localhost:80", PAL_ERROR_INVAL},
        {"tcp:::1:80", PAL_ERROR_INVAL},
        {"tcp:[::1:80", PAL_ERROR_INVAL},
        {"tcp:[::1]", PAL_ERROR_INVAL},
        {"tcp:[::1]80", PAL_ERROR_INVAL},
        {"tcp:[127.0.0.1]:80", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:80:", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:80:127.0.0.1", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:80:127.0.0.1:80:", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:80:127.0.0.1:80:127.0.0.1:80", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:80127.0.0.1:80", PAL_ERROR_INVAL},
        {"tcp:127.0.0.1:80:[::1]:80", PAL_ERROR_INVAL},
        {"tcp:[::1]:80:127.0.0.1:80", PAL_ERROR_INVAL},
        {"tcp:[::1]:1[::2]:2", PAL_ERROR_INVAL},
        {"tcp.srv:127.0.0.1:1:127.0.0.1:2", PAL_ERROR_INVAL},
        {"udp.srv:[::1]:1:[::1]:2", PAL_ERROR_INVAL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int ret = parse_result(rows[i].text, strlen(rows[i].text));
        if (ret != -rows[i].error)
            fail_msg("\"%s\": %d instead of %d", rows[i].text, ret, -rows[i].error);
    }
}

static void test_embedded_nul_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "file:/x", "dev:tty", "pipe:1", "pipe:", "tcp:127.0.0.1:80", "udp:", "link:x", "mem:"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[64];
        size_t len = strlen(texts[i]);
        for (size_t at = 0; at <= len; at++) {
            memcpy(text, texts[i], at);
            text[at] = '\0';
            memcpy(text + at + 1, texts[i] + at, len - at);
            assert_int_equal(parse_result(text, len + 1), -PAL_ERROR_INVAL);
        }
    }
    assert_int_equal(parse_result("\0", 1), -PAL_ERROR_INVAL);
}

static void test_nothing_is_refused(void **state)
{
    (void)state;
    struct uri uri;
    assert_int_equal(uri_parse("", 0, &uri), -PAL_ERROR_INVAL);
    assert_int_equal(uri_parse(NULL, 0, &uri), -PAL_ERROR_INVAL);
}

static void test_longest(void **state)
{
    (void)state;
    char text[URI_LEN_MAX + 2];
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < strlen("file:"); i++)
        text[i] = "file:"[i];
    assert_int_equal(parse_result(text, URI_LEN_MAX), 0);
    assert_int_equal(parse_result(text, URI_LEN_MAX + 1), -PAL_ERROR_TOOLONG);

    struct uri uri;
    char buf[URI_LEN_MAX + 2];
    assert_int_equal(uri_parse(text, URI_LEN_MAX, &uri), 0);
    assert_int_equal(uri_print(&uri, buf, URI_LEN_MAX + 1), URI_LEN_MAX);
    assert_memory_equal(buf, text, URI_LEN_MAX);
    assert_int_equal(uri_print(&uri, buf, URI_LEN_MAX), -PAL_ERROR_OVERFLOW);
    uri.len++;
    assert_int_equal(uri_print(&uri, buf, sizeof(buf)), -PAL_ERROR_TOOLONG);
    uri.len = SIZE_MAX;
    assert_int_equal(uri_print(&uri, buf, sizeof(buf)), -PAL_ERROR_TOOLONG);
}

static void test_print_from_parts(void **state)
{
    (void)state;
    struct inet_endpoint v4 = {.address = {.family = INET_V4, .bytes = {10, 0, 0, 1}}, .port = 5};
    struct inet_endpoint v6 = {.address = {.family = INET_V6, .bytes = {[15] = 1}}, .port = 6};
    struct inet_endpoint v6_any_port = {.address = v6.address};
    struct inet_endpoint none = {.port = 7};
    const struct {
        struct uri uri;
        const char *printed; /* NULL: refused as INVAL */
    } rows[] = {
        {{.scheme = URI_FILE, .text = "a/b and more", .len = 3}, "file:a/b"},
        {{.scheme = URI_PIPE, .anonymous = true}, "pipe:"},
        {{.scheme = URI_PIPE_SRV, .id = UINT64_MAX}, "pipe.srv:18446744073709551615"},
        {{.scheme = URI_GIPC}, "gipc:0"},
        {{.scheme = URI_UDP}, "udp:"},
        {{.scheme = URI_MEM}, "mem:"},
        {{.scheme = URI_LINK, .text = "a/b and more", .len = 3}, "link:a/b"},
        {{.scheme = URI_LINK, .text = NULL, .len = 0}, NULL},
        {{.scheme = URI_MEM, .has_peer = true, .peer = v4}, NULL},
        {{.scheme = URI_UDP, .has_peer = true, .peer = v4}, "udp:10.0.0.1:5"},
        {{.scheme = URI_TCP, .has_local = true, .local = v6_any_port, .has_peer = true, .peer = v6},
         "tcp:[::1]:0:[::1]:6"},
        {{.scheme = URI_TCP_SRV, .has_local = true, .local = v6_any_port}, "tcp.srv:[::1]:0"},
        {{.scheme = URI_FILE, .text = NULL, .len = 0}, NULL},
        {{.scheme = URI_DIR, .text = "a\0b", .len = 3}, NULL},
        {{.scheme = URI_PIPE_SRV, .anonymous = true}, NULL},
        {{.scheme = URI_GIPC, .anonymous = true}, NULL},
        {{.scheme = URI_TCP}, NULL},
        {{.scheme = URI_TCP_SRV}, NULL},
        {{.scheme = URI_TCP, .has_peer = true, .peer = v6_any_port}, NULL},
        {{.scheme = URI_TCP, .has_peer = true, .peer = none}, NULL},
        {{.scheme = URI_UDP_SRV, .has_local = true, .local = none}, NULL},
        {{.scheme = URI_TCP, .has_local = true, .local = v4, .has_peer = true, .peer = v6}, NULL},
        {{.scheme = URI_UDP, .has_local = true, .local = v4}, NULL},
        {{.scheme = URI_UDP_SRV, .has_peer = true, .peer = v4}, NULL},
        {{.scheme = URI_UDP_SRV, .has_local = true, .local = v4, .has_peer = true, .peer = v4}, NULL},
        {{.scheme = (enum uri_scheme)99}, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char buf[64];
        int64_t len = uri_print(&rows[i].uri, buf, sizeof(buf));
        if (!rows[i].printed) {
            if (len != -PAL_ERROR_INVAL)
                fail_msg("row %zu: %lld", i, (long long)len);
            continue;
        }
        assert_int_equal(len, strlen(rows[i].printed));
        assert_string_equal(buf, rows[i].printed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted_and_printed_back),
        cmocka_unit_test(test_endpoints_are_told_apart),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_embedded_nul_is_refused),
        cmocka_unit_test(test_nothing_is_refused),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_print_from_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
