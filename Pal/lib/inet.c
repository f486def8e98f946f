/* SPDX-License-Identifier: MIT */
/* Internet addresses as text and back.
 * Knows no socket and no byte order but the network's: an address is never read as a number. */
#include "inet.h"

#include "format.h"
#include "pal_error.h"
#include "pal_string.h"

enum { V4_SIZE = 4, V6_SIZE = 16, GROUP_SIZE = 2, GROUP_COUNT = V6_SIZE / GROUP_SIZE, GROUP_DIGITS_MAX = 4 };

/* RFC 4291 2.5.5.2 */
static const uint8_t v4_mapped_prefix[V6_SIZE - V4_SIZE] = {[10] = 0xff, [11] = 0xff};

static int parse_number(const char *text, size_t len, uint64_t max, uint64_t *out_value)
{
    if (len > 1 && text[0] == '0')
        return -PAL_ERROR_INVAL;
    uint64_t value;
    if (format_parse_u64(text, len, 10, &value) < 0 || value > max)
        return -PAL_ERROR_INVAL;
    *out_value = value;
    return 0;
}

static int parse_v4(const char *text, size_t len, uint8_t out[V4_SIZE])
{
    for (size_t i = 0; i < V4_SIZE; i++) {
        bool last = i == V4_SIZE - 1;
        const char *dot = last ? text + len : memchr(text, '.', len);
        uint64_t value;
        if (!dot || parse_number(text, (size_t)(dot - text), UINT8_MAX, &value) < 0)
            return -PAL_ERROR_INVAL;
        out[i] = (uint8_t)value;
        if (!last) {
            len -= (size_t)(dot + 1 - text);
            text = dot + 1;
        }
    }
    return 0;
}

static int parse_group(const char *text, size_t len, uint8_t out[GROUP_SIZE])
{
    uint64_t value;
    if (len > GROUP_DIGITS_MAX || format_parse_u64(text, len, 16, &value) < 0)
        return -PAL_ERROR_INVAL;
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return 0;
}

static int parse_v6(const char *text, size_t len, uint8_t out[V6_SIZE])
{
    const char *end = text + len;
    size_t size = 0;       /* bytes of out that are known so far */
    size_t gap = SIZE_MAX; /* where in out the `::` stands */

    if (len >= 2 && text[0] == ':' && text[1] == ':') {
        gap = 0;
        text += 2;
    }
    while (text < end) {
        const char *colon = memchr(text, ':', (size_t)(end - text));
        const char *stop = colon ? colon : end;
        size_t piece_len = (size_t)(stop - text);
        if (!colon && memchr(text, '.', piece_len)) {
            if (size > V6_SIZE - V4_SIZE || parse_v4(text, piece_len, out + size) < 0)
                return -PAL_ERROR_INVAL;
            size += V4_SIZE;
        } else {
            if (size > V6_SIZE - GROUP_SIZE || parse_group(text, piece_len, out + size) < 0)
                return -PAL_ERROR_INVAL;
            size += GROUP_SIZE;
        }
        if (!colon)
            break;
        text = colon + 1;
        if (text == end)
            return -PAL_ERROR_INVAL;
        if (*text == ':') {
            if (gap != SIZE_MAX)
                return -PAL_ERROR_INVAL;
            gap = size;
            text++;
        }
    }
    if (gap == SIZE_MAX)
        return size == V6_SIZE ? 0 : -PAL_ERROR_INVAL;
    if (size > V6_SIZE - GROUP_SIZE)
        return -PAL_ERROR_INVAL;
    memmove(out + V6_SIZE - (size - gap), out + gap, size - gap);
    memset(out + gap, 0, V6_SIZE - size);
    return 0;
}

static int parse_v6_scoped(const char *text, size_t len, struct inet_address *out)
{
    const char *percent = memchr(text, '%', len);
    uint64_t scope_id = 0;
    if (percent) {
        size_t digits = (size_t)(text + len - (percent + 1));
        if (parse_number(percent + 1, digits, UINT32_MAX, &scope_id) < 0)
            return -PAL_ERROR_INVAL;
        len = (size_t)(percent - text);
    }
    out->family = INET_V6;
    out->scope_id = (uint32_t)scope_id;
    return parse_v6(text, len, out->bytes);
}

int inet_parse_address(const char *text, size_t len, struct inet_address *out_address)
{
    struct inet_address address = {.family = INET_V4};
    if (len == 0)
        return -PAL_ERROR_INVAL;
    int ret = memchr(text, ':', len) ? parse_v6_scoped(text, len, &address) : parse_v4(text, len, address.bytes);
    if (ret < 0)
        return ret;
    *out_address = address;
    return 0;
}

int inet_parse_endpoint(const char *text, size_t len, struct inet_endpoint *out_endpoint)
{
    struct inet_endpoint endpoint;
    uint8_t family = INET_V4;
    size_t colon = len;
    while (colon > 0 && text[colon - 1] != ':')
        colon--;
    if (colon == 0)
        return -PAL_ERROR_INVAL;

    uint64_t port;
    if (parse_number(text + colon, len - colon, UINT16_MAX, &port) < 0)
        return -PAL_ERROR_INVAL;
    len = colon - 1;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        family = INET_V6;
        text++;
        len -= 2;
    }
    if (inet_parse_address(text, len, &endpoint.address) < 0 || endpoint.address.family != family)
        return -PAL_ERROR_INVAL;
    endpoint.port = (uint16_t)port;
    *out_endpoint = endpoint;
    return 0;
}

int inet_parse_range(const char *text, size_t len, struct inet_range *out_range)
{
    if (len == 0)
        return -PAL_ERROR_INVAL;
    const char *dash = memchr(text, '-', len);
    size_t first_len = dash ? (size_t)(dash - text) : len;
    struct inet_range range;
    if (inet_parse_endpoint(text, first_len, &range.first) < 0)
        return -PAL_ERROR_INVAL;
    uint64_t last_port = range.first.port;
    if (dash && parse_number(dash + 1, len - first_len - 1, UINT16_MAX, &last_port) < 0)
        return -PAL_ERROR_INVAL;
    if (last_port < range.first.port)
        return -PAL_ERROR_INVAL;
    range.last_port = (uint16_t)last_port;
    *out_range = range;
    return 0;
}

static unsigned group_at(const uint8_t *bytes, size_t index)
{
    return (unsigned)bytes[index * GROUP_SIZE] << 8 | bytes[index * GROUP_SIZE + 1];
}

/* Find what `::` stands for: the longest run of zero groups, the first among equals; a single group does not count
 * (RFC 5952 4.2).
 * out_start  group that the run starts with, GROUP_COUNT if there is none
 * returns    groups in the run */
static size_t find_gap(const uint8_t *bytes, size_t *out_start)
{
    size_t best = 1;
    size_t run = 0;
    *out_start = GROUP_COUNT;
    for (size_t i = 0; i < GROUP_COUNT; i++) {
        run = group_at(bytes, i) == 0 ? run + 1 : 0;
        if (run > best) {
            best = run;
            *out_start = i + 1 - run;
        }
    }
    return *out_start == GROUP_COUNT ? 0 : best;
}

static void print_v6(const uint8_t *bytes, char out[INET_ADDRESS_TEXT_SIZE])
{
    bool mapped = memcmp(bytes, v4_mapped_prefix, sizeof(v4_mapped_prefix)) == 0;
    size_t groups = mapped ? sizeof(v4_mapped_prefix) / GROUP_SIZE : GROUP_COUNT;
    size_t gap;
    size_t gap_groups = find_gap(bytes, &gap);
    int len = 0;

    for (size_t i = 0; i < groups; i++) {
        if (i == gap) {
            len += format_string(out + len, INET_ADDRESS_TEXT_SIZE - (size_t)len, "::");
            i += gap_groups - 1;
            continue;
        }
        bool joined = i == 0 || i == gap + gap_groups;
        len +=
            format_string(out + len, INET_ADDRESS_TEXT_SIZE - (size_t)len, joined ? "%x" : ":%x", group_at(bytes, i));
    }
    if (mapped)
        format_string(out + len, INET_ADDRESS_TEXT_SIZE - (size_t)len, ":%u.%u.%u.%u", bytes[12], bytes[13], bytes[14],
                      bytes[15]);
}

static int64_t printed(int len, size_t size)
{
    return (size_t)len < size ? len : -PAL_ERROR_OVERFLOW;
}

int64_t inet_print_address(const struct inet_address *address, char *buf, size_t size)
{
    const uint8_t *bytes = address->bytes;
    char text[INET_ADDRESS_TEXT_SIZE];
    switch (address->family) {
    case INET_V4:
        return printed(format_string(buf, size, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]), size);
    case INET_V6:
        print_v6(bytes, text);
        if (address->scope_id == 0)
            return printed(format_string(buf, size, "%s", text), size);
        return printed(format_string(buf, size, "%s%%%u", text, (unsigned)address->scope_id), size);
    default:
        return -PAL_ERROR_INVAL;
    }
}

int64_t inet_print_endpoint(const struct inet_endpoint *endpoint, char *buf, size_t size)
{
    char text[INET_ADDRESS_TEXT_SIZE];
    int64_t len = inet_print_address(&endpoint->address, text, sizeof(text));
    if (len < 0)
        return len;
    bool v6 = endpoint->address.family == INET_V6;
    return printed(format_string(buf, size, v6 ? "[%s]:%u" : "%s:%u", text, endpoint->port), size);
}

bool inet_address_equal(const struct inet_address *a, const struct inet_address *b)
{
    return a->family == b->family && a->scope_id == b->scope_id && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool inet_endpoint_equal(const struct inet_endpoint *a, const struct inet_endpoint *b)
{
    return a->port == b->port && inet_address_equal(&a->address, &b->address);
}
