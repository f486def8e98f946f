/* SPDX-License-Identifier: MIT */
/* Internet addresses as text and back: IPv4, IPv6, endpoints with a port and ranges of ports.
 * Knows no socket, no host's sockaddr and no name service; an address is bytes in network order. */
#ifndef PAL_LIB_INET_H
#define PAL_LIB_INET_H

#include "pal_attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INET_V4 = 4, INET_V6 = 6 };

enum {
    INET_ADDRESS_TEXT_SIZE = 51,                         /* eight full groups, `%`, ten digits of scope, NUL */
    INET_ENDPOINT_TEXT_SIZE = INET_ADDRESS_TEXT_SIZE + 8 /* brackets, `:`, five digits of port */
};

struct inet_address {
    uint8_t family;    /* INET_V4 or INET_V6 */
    uint8_t bytes[16]; /* network order; INET_V4 uses the first 4, the others are 0 */
    uint32_t scope_id; /* INET_V6: number of the interface, 0 = default (RFC 4007); INET_V4: 0 */
};

struct inet_endpoint {
    struct inet_address address;
    uint16_t port; /* host order */
};

struct inet_range {
    struct inet_endpoint first;
    uint16_t last_port; /* host order, >= first.port; both ends belong to the range */
};

/* Parse an address that fills the whole text.
 * text     IPv4: four decimal numbers without leading zeros, which other readers take for octal; IPv6: RFC 4291 2.2,
 *          with an IPv4 tail or not, then `%` and a decimal scope or not. Need not end in NUL
 * returns  0, with the address in *out_address, which is left alone on failure
 * errors   INVAL */
PAL_MUST_CHECK int inet_parse_address(const char *text, size_t len, struct inet_address *out_address);

/* Parse `a.b.c.d:port` or `[IPv6]:port`; the port is decimal without leading zeros, 0 to 65535.
 * text     need not end in NUL
 * returns  0, with the endpoint in *out_endpoint, which is left alone on failure
 * errors   INVAL */
PAL_MUST_CHECK int inet_parse_endpoint(const char *text, size_t len, struct inet_endpoint *out_endpoint);

/* Parse `endpoint` or `endpoint-port`, as the manifest's net.allow_bind and net.allow_peer have it.
 * text     need not end in NUL
 * returns  0, with the range in *out_range, which is left alone on failure; last_port is the first if none is given
 * errors   INVAL  also if the last port is less than the first */
PAL_MUST_CHECK int inet_parse_range(const char *text, size_t len, struct inet_range *out_range);

/* Print an address: IPv4 as a dotted quad, IPv6 by RFC 5952, its scope after `%` unless that is 0. Only v4-mapped
 * addresses (::ffff:0:0/96) get a dotted tail; RFC 4291 gave up the other form, ::a.b.c.d.
 * buf      receives the text and a NUL; INET_ADDRESS_TEXT_SIZE is always enough. Unspecified on failure
 * size     bytes at buf
 * returns  len of the text
 * errors   INVAL     no such family
 *          OVERFLOW  buf is too small */
PAL_MUST_CHECK int64_t inet_print_address(const struct inet_address *address, char *buf, size_t size);

/* Print an endpoint so that inet_parse_endpoint gives it back.
 * buf      receives the text and a NUL; INET_ENDPOINT_TEXT_SIZE is always enough. Unspecified on failure
 * size     bytes at buf
 * returns  len of the text
 * errors   INVAL     no such family
 *          OVERFLOW  buf is too small */
PAL_MUST_CHECK int64_t inet_print_endpoint(const struct inet_endpoint *endpoint, char *buf, size_t size);

/* Whether family, all bytes and scope are equal; a v4-mapped address is not equal to the IPv4 one. */
bool inet_address_equal(const struct inet_address *a, const struct inet_address *b);

/* Whether addresses and ports are equal. */
bool inet_endpoint_equal(const struct inet_endpoint *a, const struct inet_endpoint *b);

#endif
