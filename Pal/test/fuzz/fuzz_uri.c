/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as a URI, as an address, as a range of ports. What is accepted must survive the way to text
 * and back; addresses are compared with libc's. Knows no socket. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inet.h"
#include "pal_error.h"
#include "uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool is_path(const struct uri *uri)
{
    return uri->scheme == URI_FILE || uri->scheme == URI_DIR || uri->scheme == URI_DEV || uri->scheme == URI_LINK ||
           uri->scheme == URI_POLL;
}

static bool uri_equal(const struct uri *a, const struct uri *b)
{
    return a->scheme == b->scheme && a->id == b->id && a->anonymous == b->anonymous && a->has_local == b->has_local &&
           a->has_peer == b->has_peer && inet_endpoint_equal(&a->local, &b->local) &&
           inet_endpoint_equal(&a->peer, &b->peer) &&
           (!is_path(a) || (a->len == b->len && memcmp(a->text, b->text, a->len) == 0));
}

static void check_uri(const char *text, size_t len)
{
    struct uri uri;
    int ret = uri_parse(text, len, &uri);
    if (ret < 0) {
        require(ret == -PAL_ERROR_INVAL || ret == -PAL_ERROR_NOTSUPPORT || ret == -PAL_ERROR_TOOLONG);
        require((ret == -PAL_ERROR_TOOLONG) == (len > URI_LEN_MAX));
        return;
    }
    require(uri.text > text && uri.text + uri.len == text + len);
    require(!uri.has_peer || uri.peer.port != 0);

    /* An accepted URI has one spelling but for its IPv6 addresses, which may grow: ::1.2.3.4 */
    char buf[URI_LEN_MAX + 1];
    int64_t printed_len = uri_print(&uri, buf, sizeof(buf));
    require(printed_len > 0 && strlen(buf) == (size_t)printed_len);
    bool v6 =
        (uri.has_local && uri.local.address.family == INET_V6) || (uri.has_peer && uri.peer.address.family == INET_V6);
    require(v6 || ((size_t)printed_len == len && memcmp(buf, text, len) == 0));
    struct uri again;
    require(uri_parse(buf, (size_t)printed_len, &again) == 0);
    require(uri_equal(&uri, &again));

    char *exact = malloc((size_t)printed_len + 1);
    require(uri_print(&again, exact, (size_t)printed_len + 1) == printed_len && strcmp(exact, buf) == 0);
    require(uri_print(&again, exact, (size_t)printed_len) == -PAL_ERROR_OVERFLOW);
    free(exact);
}

static void check_address(const char *text, size_t len)
{
    struct inet_address address;
    bool valid = inet_parse_address(text, len, &address) == 0;
    if (valid) {
        char buf[INET_ADDRESS_TEXT_SIZE];
        int64_t printed_len = inet_print_address(&address, buf, sizeof(buf));
        struct inet_address again;
        require(printed_len > 0 && inet_parse_address(buf, (size_t)printed_len, &again) == 0);
        require(inet_address_equal(&address, &again));
    }

    /* The oracle knows no scope and needs a NUL. */
    if (len >= 256 || memchr(text, '%', len) || memchr(text, '\0', len))
        return;
    char copy[256];
    memcpy(copy, text, len);
    copy[len] = '\0';
    struct inet_address expected = {.family = INET_V4};
    bool expected_valid = inet_pton(AF_INET, copy, expected.bytes) == 1;
    if (!expected_valid) {
        expected = (struct inet_address){.family = INET_V6};
        expected_valid = inet_pton(AF_INET6, copy, expected.bytes) == 1;
    }
    require(valid == expected_valid);
    require(!valid || inet_address_equal(&address, &expected));
}

static void check_range(const char *text, size_t len)
{
    struct inet_range range;
    struct inet_endpoint endpoint;
    bool is_range = inet_parse_range(text, len, &range) == 0;
    bool is_endpoint = inet_parse_endpoint(text, len, &endpoint) == 0;
    require(!is_endpoint || is_range);
    if (!is_range)
        return;
    require(range.first.port <= range.last_port);
    require(!is_endpoint || (inet_endpoint_equal(&range.first, &endpoint) && range.last_port == endpoint.port));
    char buf[INET_ENDPOINT_TEXT_SIZE];
    int64_t printed_len = inet_print_endpoint(&range.first, buf, sizeof(buf));
    require(printed_len > 0 && inet_parse_endpoint(buf, (size_t)printed_len, &endpoint) == 0);
    require(inet_endpoint_equal(&range.first, &endpoint));
}

/* The first bytes as an address: any is printed as libc does, but for ::/96 (test_inet.c says why). */
static void check_raw_address(const uint8_t *data, size_t size)
{
    static const uint8_t zeros[12];
    struct inet_address address = {.family = INET_V6};
    if (size < sizeof(address.bytes))
        return;
    memcpy(address.bytes, data, sizeof(address.bytes));
    char expected[INET6_ADDRSTRLEN];
    require(inet_ntop(AF_INET6, address.bytes, expected, sizeof(expected)));
    char buf[INET_ADDRESS_TEXT_SIZE];
    int64_t len = inet_print_address(&address, buf, sizeof(buf));
    require(len > 0 && strlen(buf) == (size_t)len);
    require(strcmp(buf, expected) == 0 || memcmp(data, zeros, sizeof(zeros)) == 0);
    struct inet_address again;
    require(inet_parse_address(buf, (size_t)len, &again) == 0 && inet_address_equal(&address, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    check_uri(text, size);
    check_address(text, size);
    check_range(text, size);
    check_raw_address(data, size);
    return 0;
}
