/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the headers of a frame are: see net_csum.h.
 */
#include <string.h>

#include "model/net_byte.h"
#include "model/net_csum.h"

#define ETHER_HEADER	14
#define VLAN_TAG	4
#define IP4_HEADER	20
#define IP6_HEADER	40
#define TCP_HEADER	20
#define UDP_HEADER	8

#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8
#define ETHERTYPE_QINQ9 0x9100 /* before 802.1ad had a number */

/* Extension headers, RFC 8200 and RFC 4302. */
#define PROTO_HOPOPTS	0
#define PROTO_ROUTING	43
#define PROTO_FRAGMENT	44
#define PROTO_AH	51
#define PROTO_DSTOPTS	60

#define OPTION_PAD1	0
#define OPTION_HOME	0xc9 /* home address, RFC 6275, 6.3 */
#define ROUTING_SOURCE	0    /* RFC 2460, 4.4 */
#define ROUTING_HOME	2    /* RFC 6275, 6.4 */
#define ROUTING_SEGMENT 4    /* RFC 8754 */

static void
net_parse_transport(const uint8_t *bytes, size_t have,
    struct net_headers *headers)
{
	size_t at = headers->l4, size = 0;

	if (headers->proto == NET_PROTO_UDP) {
		size = UDP_HEADER;
	} else if (headers->proto == NET_PROTO_TCP && at + TCP_HEADER <= have) {
		size = (size_t)(bytes[at + 12] >> 4) * 4;
		if (size < TCP_HEADER)
			return;
	}
	if (size != 0 && at + size <= have)
		headers->payload = (uint16_t)(at + size);
}

static void
net_parse_ip4(const uint8_t *bytes, size_t have, size_t length,
    struct net_headers *headers)
{
	const uint8_t *ip = bytes + headers->l3;
	size_t at = headers->l3, size, total;
	uint16_t offset;

	if (at + IP4_HEADER > have || ip[0] >> 4 != 4)
		return;
	size = (size_t)(ip[0] & 0xf) * 4;
	if (size < IP4_HEADER || at + size > have)
		return;
	headers->version = 4;
	headers->src = (uint16_t)(at + 12);
	headers->dst = (uint16_t)(at + 16);
	headers->proto = ip[9];
	total = net_get16(ip + 2);
	if (total >= size && at + total <= length)
		headers->end = (uint32_t)(at + total);
	offset = net_get16(ip + 6);
	headers->fragment = (offset & 0x3fff) != 0;
	if ((offset & 0x1fff) != 0)
		return;
	headers->l4 = (uint16_t)(at + size);
	net_parse_transport(bytes, have, headers);
}

/* Destination options: `at` has `size` bytes, all of which are there. */
static void
net_parse_options(const uint8_t *bytes, size_t at, size_t size,
    struct net_headers *headers)
{
	size_t end = at + size, length;

	at += 2;
	while (at < end) {
		if (bytes[at] == OPTION_PAD1) {
			at++;
			continue;
		}
		if (at + 2 > end)
			return;
		length = bytes[at + 1];
		if (at + 2 + length > end)
			return;
		if (bytes[at] == OPTION_HOME && length == 16)
			headers->src = (uint16_t)(at + 2);
		at += 2 + length;
	}
}

/* A routing header: the last of the addresses that are still ahead. */
static void
net_parse_routing(const uint8_t *bytes, size_t at, size_t size,
    struct net_headers *headers)
{
	/* Segments left, and room for an address. */
	if (bytes[at + 3] == 0 || size < 24)
		return;
	switch (bytes[at + 2]) {
	case ROUTING_SOURCE:
		headers->dst = (uint16_t)(at + size - 16);
		break;
	case ROUTING_HOME:
	case ROUTING_SEGMENT:
		headers->dst = (uint16_t)(at + 8);
		break;
	default:
		break;
	}
}

/*
 * Steps over the extension header at `*at`, of which `proto` is the type;
 * false when it is none, is not all there, or hides what follows.
 */
static bool
net_parse_extension(const uint8_t *bytes, size_t have, size_t *at,
    struct net_headers *headers)
{
	const uint8_t *header = bytes + *at;
	uint8_t proto = headers->proto;
	size_t size;

	if (*at + 8 > have)
		return (false);
	size = proto == PROTO_FRAGMENT ? 8 :
	    proto == PROTO_AH	       ? (size_t)(header[1] + 2) * 4 :
					 (size_t)(header[1] + 1) * 8;
	if (*at + size > have)
		return (false);
	if (proto == PROTO_DSTOPTS)
		net_parse_options(bytes, *at, size, headers);
	else if (proto == PROTO_ROUTING)
		net_parse_routing(bytes, *at, size, headers);
	/* Fragments of fragments there are none. */
	if (proto == PROTO_FRAGMENT)
		headers->frag_at = headers->frag_next = 0;
	else if ((proto == PROTO_HOPOPTS || proto == PROTO_ROUTING) &&
	    headers->frag_at != 0) {
		headers->frag_at = (uint16_t)(*at + size);
		headers->frag_next = (uint16_t)*at;
	}
	headers->proto = header[0];
	*at += size;
	if (proto != PROTO_FRAGMENT)
		return (true);
	headers->fragment |= (net_get16(header + 2) & 0xfff9) != 0;
	return ((net_get16(header + 2) & 0xfff8) == 0);
}

static void
net_parse_ip6(const uint8_t *bytes, size_t have, size_t length,
    struct net_headers *headers)
{
	const uint8_t *ip = bytes + headers->l3;
	size_t at = headers->l3, payload;

	if (at + IP6_HEADER > have || ip[0] >> 4 != 6)
		return;
	headers->version = 6;
	headers->src = (uint16_t)(at + 8);
	headers->dst = (uint16_t)(at + 24);
	headers->frag_next = (uint16_t)(at + 6);
	headers->proto = ip[6];
	payload = net_get16(ip + 4);
	at += IP6_HEADER;
	headers->frag_at = (uint16_t)at;
	if (payload != 0 && at + payload <= length)
		headers->end = (uint32_t)(at + payload);
	for (;;) {
		switch (headers->proto) {
		case PROTO_HOPOPTS:
		case PROTO_ROUTING:
		case PROTO_FRAGMENT:
		case PROTO_AH:
		case PROTO_DSTOPTS:
			if (!net_parse_extension(bytes, have, &at, headers))
				return;
			break;
		default:
			if (at > have)
				return;
			headers->l4 = (uint16_t)at;
			net_parse_transport(bytes, have, headers);
			return;
		}
	}
}

bool
net_parse(const uint8_t *bytes, size_t have, size_t length,
    struct net_headers *headers)
{
	size_t at = ETHER_HEADER;
	uint16_t type;

	memset(headers, 0, sizeof(*headers));
	if (have > NET_HEADERS_MAX)
		have = NET_HEADERS_MAX;
	if (have < ETHER_HEADER || have > length)
		return (false);
	type = net_get16(bytes + at - 2);
	while ((type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ ||
		   type == ETHERTYPE_QINQ9) &&
	    headers->vlans < 2 && at + VLAN_TAG <= have) {
		if (headers->vlans++ == 0)
			headers->vlan_tci = net_get16(bytes + at);
		at += VLAN_TAG;
		type = net_get16(bytes + at - 2);
	}
	headers->ethertype = type;
	headers->l3 = (uint16_t)at;
	if (type == NET_ETHERTYPE_IP4)
		net_parse_ip4(bytes, have, length, headers);
	else if (type == NET_ETHERTYPE_IP6)
		net_parse_ip6(bytes, have, length, headers);
	return (true);
}

bool
net_parse_frame(const struct net_frame *frame, uint8_t *copy,
    struct net_headers *headers)
{
	size_t have =
	    frame->length < NET_HEADERS_MAX ? frame->length : NET_HEADERS_MAX;

	if (!net_iov_read(frame->iov, frame->iovcnt, 0, copy, have)) {
		memset(headers, 0, sizeof(*headers));
		return (false);
	}
	return (net_parse(copy, have, frame->length, headers));
}
