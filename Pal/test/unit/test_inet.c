/* SPDX-License-Identifier: MIT */
/* Tests of inet.c, with libc's inet_pton and inet_ntop as the oracle.
 * Knows nothing of URIs and manifests, which have tests of their own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inet.h"
#include "pal_error.h"

/* Exactly the bytes, so that the sanitizer sees a read past the end; the caller frees. */
static char *exact_copy(const char *text, size_t len)
{
    char *copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return copy;
}

static int parse_address(const char *text, struct inet_address *out)
{
    char *copy = exact_copy(text, strlen(text));
    int ret = inet_parse_address(copy, strlen(text), out);
    free(copy);
    return ret;
}

static int parse_endpoint(const char *text, struct inet_endpoint *out)
{
    char *copy = exact_copy(text, strlen(text));
    int ret = inet_parse_endpoint(copy, strlen(text), out);
    free(copy);
    return ret;
}

static int parse_range(const char *text, struct inet_range *out)
{
    char *copy = exact_copy(text, strlen(text));
    int ret = inet_parse_range(copy, strlen(text), out);
    free(copy);
    return ret;
}

/* xorshift64, with a fixed seed: the same addresses in each run. */
static uint64_t random_u64(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static bool oracle_parse(const char *text, struct inet_address *out)
{
    *out = (struct inet_address){.family = INET_V4};
    if (inet_pton(AF_INET, text, out->bytes) == 1)
        return true;
    out->family = INET_V6;
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

static void check_against_oracle(const char *text)
{
    struct inet_address expected;
    struct inet_address found;
    bool valid = oracle_parse(text, &expected);
    int ret = parse_address(text, &found);
    if ((ret == 0) != valid)
        fail_msg("\"%s\": found %d, inet_pton says %s", text, ret, valid ? "valid" : "invalid");
    if (valid && !inet_address_equal(&found, &expected))
        fail_msg("\"%s\": other bytes than inet_pton's", text);
}

static void test_parse_agrees_with_inet_pton(void **state)
{
    /* The formatter would give each text a line of its own. */
    /* clang-format off */
    static const char *const texts[] = {
        "0.0.0.0", "127.0.0.1", "255.255.255.255", "1.2.3.4", "256.1.1.1", "1.1.1.256", "1.2.3", "1.2.3.4.5",
        "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "01.2.3.4", "1.2.3.00", "0x1.2.3.4", "+1.2.3.4", "-1.2.3.4",
        " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n", "1.2.3.99999999999999999999999", "1", "16909060", "...", "",
        "::", "::1", "1::", "2001:db8::1", "2001:DB8:0:0:8:800:200C:417A", "fe80::1:2:3:4", "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8",
        "1:2:3::4:5:6:7:8:9", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "1::2::3", "::1::", ":::", "1:::2", "::::",
        ":", ":1", "1:", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7:8", "12345::",
        "00001::", "0001::", "g::", "0x1::", "-1::", "1: :2", "::1.2.3.4", "::ffff:1.2.3.4", "64:ff9b::192.0.2.33",
        "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1:2:3:4:5::1.2.3.4",
        "1:2:3:4:5:6::1.2.3.4", "::1.2.3.4:5", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "::1.2.3.04", ":1.2.3.4",
        "1.2.3.4::", "::.1.2.3", "[::1]", "[::1", "::1]", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555",
        "localhost"
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_against_oracle(texts[i]);
}

/* One character of a valid text deleted, inserted or replaced. */
static void mutate(char *text, size_t size)
{
    static const char alphabet[] = "0123456789abcdefABCDEF::::....xg[]- ";
    size_t len = strlen(text);
    size_t at = random_u64() % (len + 1);
    char new_char = alphabet[random_u64() % (sizeof(alphabet) - 1)];
    switch (random_u64() % 3) {
    case 0:
        if (at < len)
            memmove(text + at, text + at + 1, len - at);
        break;
    case 1:
        if (len + 1 < size) {
            memmove(text + at + 1, text + at, len - at + 1);
            text[at] = new_char;
        }
        break;
    default:
        if (at < len)
            text[at] = new_char;
    }
}

static struct inet_address random_address(void)
{
    struct inet_address address = {.family = random_u64() % 4 == 0 ? INET_V4 : INET_V6};
    size_t size = address.family == INET_V4 ? 4 : 16;
    uint64_t zero_groups = random_u64();
    zero_groups &= random_u64();
    for (size_t i = 0; i < size; i++) {
        if (address.family == INET_V4 || !(zero_groups >> (i / 2) & 1))
            address.bytes[i] = (uint8_t)(random_u64() >> (random_u64() % 8));
    }
    if (address.family == INET_V6 && random_u64() % 8 == 0) {
        memset(address.bytes, 0, 10);
        memset(address.bytes + 10, random_u64() % 2 ? 0xff : 0, 2);
    }
    return address;
}

/* glibc prints all of ::/96 but :: and ::0.0.x.y with a dotted tail; RFC 5952 5 wants that only where the prefix tells
 * that an IPv4 address follows, and RFC 4291 2.5.5.1 gave up that use of ::/96. */
static bool glibc_differs(const struct inet_address *address)
{
    static const uint8_t zeros[12];
    return address->family == INET_V6 && memcmp(address->bytes, zeros, sizeof(zeros)) == 0 &&
           (address->bytes[12] != 0 || address->bytes[13] != 0);
}

static void test_random_addresses_agree_with_libc(void **state)
{
    (void)state;
    size_t compared = 0;
    for (int i = 0; i < 50000; i++) {
        struct inet_address address = random_address();
        char text[INET_ADDRESS_TEXT_SIZE];
        int64_t len = inet_print_address(&address, text, sizeof(text));
        assert_int_equal(len, strlen(text));

        char expected[INET6_ADDRSTRLEN];
        assert_non_null(
            inet_ntop(address.family == INET_V4 ? AF_INET : AF_INET6, address.bytes, expected, sizeof(expected)));
        if (!glibc_differs(&address)) {
            assert_string_equal(text, expected);
            compared++;
        }

        struct inet_address parsed;
        assert_int_equal(parse_address(text, &parsed), 0);
        assert_true(inet_address_equal(&parsed, &address));
        mutate(text, sizeof(text));
        check_against_oracle(text);
        mutate(text, sizeof(text));
        check_against_oracle(text);
    }
    assert_true(compared > 40000);
}

static void test_print_follows_rfc_5952(void **state)
{
    static const struct {
        const char *text, *printed;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"1:0:0:0:0:0:0:0", "1::"},
        {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"},
        {"2001:0db8::0001", "2001:db8::1"},
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* one group is not worth a `::` */
        {"0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"}, /* the first of equals */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},       /* the longest */
        {"0:0:1:0:0:0:0:0", "0:0:1::"},
        {"1:0:0:0:2:0:0:0", "1::2:0:0:0"},
        {"::ffff:192.0.2.128", "::ffff:192.0.2.128"},
        {"::ffff:c000:280", "::ffff:192.0.2.128"},
        {"::ffff:0:0", "::ffff:0.0.0.0"},
        {"::ffff:0:c000:280", "::ffff:0:c000:280"},
        {"::192.0.2.128", "::c000:280"}, /* not as glibc has it, see above */
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"fe80::1%3", "fe80::1%3"},
        {"fe80::1%0", "fe80::1"}, /* RFC 4007 6: 0 is the default */
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct inet_address address;
        char text[INET_ADDRESS_TEXT_SIZE];
        assert_int_equal(parse_address(rows[i].text, &address), 0);
        assert_int_equal(inet_print_address(&address, text, sizeof(text)), strlen(rows[i].printed));
        assert_string_equal(text, rows[i].printed);
    }
}

static void test_bytes_are_in_network_order(void **state)
{
    (void)state;
    struct inet_address address;
    static const uint8_t v4[16] = {192, 0, 2, 1};
    assert_int_equal(parse_address("192.0.2.1", &address), 0);
    assert_int_equal(address.family, INET_V4);
    assert_memory_equal(address.bytes, v4, sizeof(v4));
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = 0x12, [15] = 0x34};
    assert_int_equal(parse_address("2001:db8::1234%7", &address), 0);
    assert_int_equal(address.family, INET_V6);
    assert_int_equal(address.scope_id, 7);
    assert_memory_equal(address.bytes, v6, sizeof(v6));
    struct inet_endpoint endpoint;
    assert_int_equal(parse_endpoint("192.0.2.1:258", &endpoint), 0);
    assert_int_equal(endpoint.port, 258);
}

static void test_scope_is_refused_if_not_a_number(void **state)
{
    static const char *const texts[] = {"fe80::1%",    "fe80::1%eth0",       "fe80::1%01",  "fe80::1%-1", "fe80::1%+1",
                                        "fe80::1% 1",  "fe80::1%4294967296", "fe80::1%1%2", "fe80::%1::", "%1",
                                        "127.0.0.1%1", "fe80::1%1:2",        "1.2.3.4%1::", "%::"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct inet_address address = {.family = 99};
        if (parse_address(texts[i], &address) != -PAL_ERROR_INVAL || address.family != 99)
            fail_msg("\"%s\" is accepted, or the result was touched", texts[i]);
    }
}

static void test_embedded_nul_is_refused(void **state)
{
    (void)state;
    struct inet_address address;
    struct inet_endpoint endpoint;
    assert_int_equal(inet_parse_address("1.2.3.4", 8, &address), -PAL_ERROR_INVAL);
    assert_int_equal(inet_parse_address("::1", 4, &address), -PAL_ERROR_INVAL);
    assert_int_equal(inet_parse_address("\0::1", 4, &address), -PAL_ERROR_INVAL);
    assert_int_equal(inet_parse_endpoint("1.2.3.4:80", 11, &endpoint), -PAL_ERROR_INVAL);
    assert_int_equal(inet_parse_address(NULL, 0, &address), -PAL_ERROR_INVAL);
    assert_int_equal(inet_parse_endpoint(NULL, 0, &endpoint), -PAL_ERROR_INVAL);
}

static void test_endpoints(void **state)
{
    static const struct {
        const char *text;
        bool valid;
        uint16_t port;
    } rows[] = {
        {"127.0.0.1:80", true, 80},
        {"0.0.0.0:0", true, 0},
        {"255.255.255.255:65535", true, 65535},
        {"[::1]:80", true, 80},
        {"[::]:0", true, 0},
        {"[::ffff:1.2.3.4]:65535", true, 65535},
        {"[fe80::1%4294967295]:1", true, 1},
        {"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535", true, 65535},
        {"127.0.0.1:65536", false, 0},
        {"127.0.0.1:99999999999999999999", false, 0},
        {"127.0.0.1:", false, 0},
        {"127.0.0.1", false, 0},
        {"127.0.0.1:080", false, 0},
        {"127.0.0.1:00", false, 0},
        {"127.0.0.1:+80", false, 0},
        {"127.0.0.1:-80", false, 0},
        {"127.0.0.1: 80", false, 0},
        {"127.0.0.1:80 ", false, 0},
        {"127.0.0.1:0x50", false, 0},
        {"127.0.0.1:http", false, 0},
        {"127.0.0.1 :80", false, 0},
        {"127.0.0.1:80:80", false, 0},
        {"127.0.0.1::80", false, 0},
        {":80", false, 0},
        {":", false, 0},
        {"80", false, 0},
        {"", false, 0},
        {"::1:80", false, 0},
        {"[::1]", false, 0},
        {"[::1]:", false, 0},
        {"[::1]80", false, 0},
        {"[::1:80", false, 0},
        {"::1]:80", false, 0},
        {"[]:80", false, 0},
        {"[:80", false, 0},
        {"]:80", false, 0},
        {"[::1]]:80", false, 0},
        {"[[::1]]:80", false, 0},
        {"[::1]:80]", false, 0},
        {"[127.0.0.1]:80", false, 0},
        {"[::1] :80", false, 0},
        {"localhost:80", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct inet_endpoint endpoint = {.port = 4711};
        int ret = parse_endpoint(rows[i].text, &endpoint);
        if (ret != (rows[i].valid ? 0 : -PAL_ERROR_INVAL))
            fail_msg("\"%s\": %d", rows[i].text, ret);
        assert_int_equal(endpoint.port, rows[i].valid ? rows[i].port : 4711);
        if (!rows[i].valid)
            continue;
        char text[INET_ENDPOINT_TEXT_SIZE];
        assert_int_equal(inet_print_endpoint(&endpoint, text, sizeof(text)), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void test_ranges(void **state)
{
    static const struct {
        const char *text;
        bool valid;
        uint16_t first, last;
    } rows[] = {
        {"127.0.0.1:80", true, 80, 80},
        {"127.0.0.1:80-80", true, 80, 80},
        {"0.0.0.0:0-65535", true, 0, 65535},
        {"[::]:1024-2048", true, 1024, 2048},
        {"[fe80::1%2]:0", true, 0, 0},
        {"127.0.0.1:81-80", false, 0, 0},
        {"127.0.0.1:80-", false, 0, 0},
        {"127.0.0.1:-80", false, 0, 0},
        {"127.0.0.1:80-65536", false, 0, 0},
        {"127.0.0.1:80-90-100", false, 0, 0},
        {"127.0.0.1:80-090", false, 0, 0},
        {"127.0.0.1:80 - 90", false, 0, 0},
        {"127.0.0.1:80--90", false, 0, 0},
        {"127.0.0.1-127.0.0.9:80", false, 0, 0},
        {"[::1]-90", false, 0, 0},
        {"127.0.0.1", false, 0, 0},
        {"-", false, 0, 0},
        {"-80", false, 0, 0},
        {"", false, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct inet_range range = {.last_port = 4711};
        int ret = parse_range(rows[i].text, &range);
        if (ret != (rows[i].valid ? 0 : -PAL_ERROR_INVAL))
            fail_msg("\"%s\": %d", rows[i].text, ret);
        assert_int_equal(range.last_port, rows[i].valid ? rows[i].last : 4711);
        assert_int_equal(range.first.port, rows[i].first);
    }
}

static void test_small_buffers_are_not_overrun(void **state)
{
    static const char *const texts[] = {
        "127.0.0.1:80",
        "[::]:0",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535",
        "[::ffff:255.255.255.255]:1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct inet_endpoint endpoint;
        assert_int_equal(parse_endpoint(texts[i], &endpoint), 0);
        char address_text[INET_ADDRESS_TEXT_SIZE];
        int64_t address_len = inet_print_address(&endpoint.address, address_text, sizeof(address_text));
        assert_int_equal(inet_print_endpoint(&endpoint, NULL, 0), -PAL_ERROR_OVERFLOW);
        assert_int_equal(inet_print_address(&endpoint.address, NULL, 0), -PAL_ERROR_OVERFLOW);
        for (size_t size = 1; size < INET_ENDPOINT_TEXT_SIZE; size++) {
            char *buf = malloc(size);
            int64_t len = inet_print_endpoint(&endpoint, buf, size);
            assert_int_equal(len, size > strlen(texts[i]) ? (int64_t)strlen(texts[i]) : -PAL_ERROR_OVERFLOW);
            len = inet_print_address(&endpoint.address, buf, size);
            assert_int_equal(len, (int64_t)size > address_len ? address_len : -PAL_ERROR_OVERFLOW);
            free(buf);
        }
    }
    assert_int_equal(strlen(texts[2]) + 1, INET_ENDPOINT_TEXT_SIZE);
}

static void test_unknown_family_is_refused(void **state)
{
    (void)state;
    char text[INET_ENDPOINT_TEXT_SIZE];
    struct inet_endpoint endpoint = {.address = {.family = 5}, .port = 1};
    assert_int_equal(inet_print_endpoint(&endpoint, text, sizeof(text)), -PAL_ERROR_INVAL);
    assert_int_equal(inet_print_address(&endpoint.address, text, sizeof(text)), -PAL_ERROR_INVAL);
}

static void test_equality(void **state)
{
    (void)state;
    static const char *const texts[] = {"1.2.3.4:5", "1.2.3.4:6", "1.2.3.5:5", "[::ffff:1.2.3.4]:5", "[102:304::]:5",
                                        "[::1]:5",   "[::1%1]:5", "[::1%2]:5", "[::1:0:0:0:0:0]:5",  "[::]:5"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
            struct inet_endpoint a;
            struct inet_endpoint b;
            assert_int_equal(parse_endpoint(texts[i], &a), 0);
            assert_int_equal(parse_endpoint(texts[j], &b), 0);
            assert_int_equal(inet_endpoint_equal(&a, &b), i == j);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_agrees_with_inet_pton),
        cmocka_unit_test(test_random_addresses_agree_with_libc),
        cmocka_unit_test(test_print_follows_rfc_5952),
        cmocka_unit_test(test_bytes_are_in_network_order),
        cmocka_unit_test(test_scope_is_refused_if_not_a_number),
        cmocka_unit_test(test_embedded_nul_is_refused),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_small_buffers_are_not_overrun),
        cmocka_unit_test(test_unknown_family_is_refused),
        cmocka_unit_test(test_equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
