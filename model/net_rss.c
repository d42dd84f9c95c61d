/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: hashes of received frames (virtio 1.3, section
 * 5.1.6.4.3), and automatic steering (section 5.1.6.5.6).
 */
#include "model/net_byte.h"
#include "model/net_var.h"

#define TYPE(name) VIRTIO_NET_HASH_TYPE_##name

/* The input of the longest hash: two IPv6 addresses and two ports. */
#define INPUT_MAX 36

_Static_assert(VNET_RSS_KEY - 4 == INPUT_MAX, "key and input");

/* The 32 bits of the key that begin with this one. */
static uint32_t
vnet_key_window(const struct vnet_hash *hash, unsigned bit)
{
	const uint8_t *at = hash->key + bit / 8;
	const unsigned shift = bit % 8;
	uint32_t word;

	word = net_get32(at);
	if (shift != 0)
		word = word << shift | at[4] >> (8 - shift);
	return (word);
}

/*
 * The Toeplitz hash is linear: each byte of the input adds something of its
 * own, which is looked up for each frame.
 */
void
vnet_hash_set_key(struct vnet_hash *hash, const uint8_t *key, size_t length)
{
	uint32_t windows[8], sum;
	unsigned i, bit, value;

	memset(hash->key, 0, sizeof(hash->key));
	memcpy(hash->key, key, length);
	for (i = 0; i < INPUT_MAX; i++) {
		for (bit = 0; bit < 8; bit++)
			windows[bit] = vnet_key_window(hash, 8 * i + bit);
		for (value = 0; value < 256; value++) {
			sum = 0;
			for (bit = 0; bit < 8; bit++) {
				if (value & (0x80u >> bit))
					sum ^= windows[bit];
			}
			hash->partial[i][value] = sum;
		}
	}
}

static uint32_t
vnet_hash_part(const struct vnet_hash *hash, unsigned at, const uint8_t *bytes,
    unsigned length)
{
	uint32_t sum;
	unsigned i;

	sum = 0;
	for (i = 0; i < length; i++)
		sum ^= hash->partial[at + i][bytes[i]];
	return (sum);
}

/* Which of three types it is: with ports where they are there and enabled. */
static uint16_t
vnet_hash_choose(uint32_t enabled, const struct net_headers *headers,
    uint16_t ip, uint16_t tcp, uint16_t udp)
{
	const bool ports = headers->payload != 0 && !headers->fragment;

	if (ports && headers->proto == NET_PROTO_TCP && (enabled & tcp) != 0)
		return (tcp);
	if (ports && headers->proto == NET_PROTO_UDP && (enabled & udp) != 0)
		return (udp);
	return (enabled & ip);
}

/* The hash type of a frame, as a bit; 0: none that is enabled. */
static uint16_t
vnet_hash_type(uint32_t enabled, const struct net_headers *headers,
    const uint8_t *bytes)
{
	uint16_t type;

	if (headers->version == 4)
		return (vnet_hash_choose(enabled, headers, TYPE(IPv4),
		    TYPE(TCPv4), TYPE(UDPv4)));
	if (headers->version != 6)
		return (0);
	/* With extension headers, the IP header does not name the last one. */
	type = 0;
	if (bytes[headers->l3 + 6] != headers->proto ||
	    (headers->l4 != 0 && headers->l4 != headers->l3 + 40))
		type = vnet_hash_choose(enabled, headers, TYPE(IP_EX),
		    TYPE(TCP_EX), TYPE(UDP_EX));
	if (type == 0)
		type = vnet_hash_choose(enabled, headers, TYPE(IPv6),
		    TYPE(TCPv6), TYPE(UDPv6));
	return (type);
}

void
vnet_hash_frame(const struct vnet_hash *hash, const struct net_frame *frame,
    struct vnet_hashed *hashed)
{
	const uint16_t with_ports = TYPE(TCPv4) | TYPE(UDPv4) | TYPE(TCPv6) |
	    TYPE(UDPv6) | TYPE(TCP_EX) | TYPE(UDP_EX);
	const uint16_t extended = TYPE(IP_EX) | TYPE(TCP_EX) | TYPE(UDP_EX);
	uint8_t bytes[NET_HEADERS_MAX];
	struct net_headers headers;
	unsigned size, src, dst;
	uint16_t type;

	if (!net_parse_frame(frame, bytes, &headers))
		return;
	type = vnet_hash_type(hash->types, &headers, bytes);
	if (type == 0)
		return;
	size = headers.version == 4 ? 4 : 16;
	src = headers.src;
	dst = headers.dst;
	if (headers.version == 6 && (type & extended) == 0) {
		src = headers.l3 + 8;
		dst = headers.l3 + 24;
	}
	hashed->value = vnet_hash_part(hash, 0, bytes + src, size) ^
	    vnet_hash_part(hash, size, bytes + dst, size);
	if ((type & with_ports) != 0)
		hashed->value ^=
		    vnet_hash_part(hash, 2 * size, bytes + headers.l4, 4);
	/* Section 5.1.6.4.4: report n is bit n - 1. */
	hashed->report = (uint16_t)__builtin_ctz(type) + 1;
}

/*
 * --- automatic steering ---
 */

/*
 * The place of a frame's flow, the same in both directions; false when it
 * belongs to none.  Flows that share a place share a queue.
 */
static bool
vnet_flow(const struct net_frame *frame, unsigned *place)
{
	uint8_t bytes[NET_HEADERS_MAX];
	struct net_headers headers;
	uint32_t sum;
	unsigned i, size;

	if (!net_parse_frame(frame, bytes, &headers) || headers.version == 0)
		return (false);
	size = headers.version == 4 ? 4 : 16;
	sum = headers.proto;
	for (i = 0; i < size; i += 4)
		sum = (sum << 5 | sum >> 27) ^
		    net_get32(bytes + headers.src + i) ^
		    net_get32(bytes + headers.dst + i);
	if (headers.payload != 0 && !headers.fragment)
		sum ^= (uint32_t)(net_get16(bytes + headers.l4) ^
			   net_get16(bytes + headers.l4 + 2))
		    << 16;
	sum *= UINT32_C(0x9e3779b1);
	*place = sum >> 22;
	return (true);
}

_Static_assert(VNET_FLOWS == 1 << 10, "places are 10 bits");

void
vnet_flow_learn(struct vnet *net, unsigned pair, const struct net_frame *frame)
{
	unsigned place;

	if (vnet_flow(frame, &place))
		net->flows[place] = (uint8_t)pair;
}

unsigned
vnet_flow_find(struct vnet *net, const struct net_frame *frame)
{
	unsigned place;

	if (!vnet_flow(frame, &place))
		return (0);
	/* There may be fewer queues than when it was learnt. */
	return (net->flows[place] % net->rx_pairs);
}
