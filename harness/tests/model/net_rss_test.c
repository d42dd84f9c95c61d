/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: hashes (virtio 1.3, section 5.1.6.4.3), against the
 * vectors that Microsoft has published to verify RSS with, and steering by
 * them (section 5.1.6.5.7) and by flow (section 5.1.6.5.6).
 */
#include <stddef.h>
#include <string.h>

#include "model/net_byte.h"
#include "tests/model/netrig.h"
#include "tests/test.h"

#define TCP 6
#define UDP 17

static const uint8_t key[40] = { 0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2,
	0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
	0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa };

struct vector {
	unsigned version;
	uint8_t dst[16];
	uint8_t src[16];
	uint16_t dst_port;
	uint16_t src_port;
	uint32_t ip;
	uint32_t with_ports;
};

static const struct vector vectors[] = {
	{ 4, { 161, 142, 100, 80 }, { 66, 9, 149, 187 }, 1766, 2794, 0x323e8fc2,
	    0x51ccc178 },
	{ 4, { 65, 69, 140, 83 }, { 199, 92, 111, 2 }, 4739, 14230, 0xd718262a,
	    0xc626b0ea },
	{ 4, { 12, 22, 207, 184 }, { 24, 19, 198, 95 }, 38024, 12898,
	    0xd2d0a5de, 0x5c2b394a },
	{ 4, { 209, 142, 163, 6 }, { 38, 27, 205, 30 }, 2217, 48228, 0x82989176,
	    0xafc7327f },
	{ 4, { 202, 188, 127, 2 }, { 153, 39, 163, 191 }, 1303, 44251,
	    0x5d1809c5, 0x10e828a2 },
	{ 6,
	    { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, 0, 0, 0, 0, 0, 0,
		0, 1 },
	    { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0,
		0, 7 },
	    1766, 2794, 0x2cc18cd5, 0x40207d3d },
	{ 6, { 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
	    { 0x3f, 0xfe, 0x05, 0x01, 0x00, 0x08, 0, 0, 0x02, 0x60, 0x97, 0xff,
		0xfe, 0x40, 0xef, 0xab },
	    4739, 14230, 0x0f0c461c, 0xdde51bbf },
	{ 6,
	    { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x00, 0xf8, 0xff, 0xfe, 0x21,
		0x67, 0xcf },
	    { 0x3f, 0xfe, 0x19, 0x00, 0x45, 0x45, 0x00, 0x03, 0x02, 0x00, 0xf8,
		0xff, 0xfe, 0x21, 0x67, 0xcf },
	    38024, 44251, 0x4b61e985, 0x02d1feef },
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static size_t
packet(uint8_t *frame, const struct vector *v, uint8_t proto)
{
	static const uint8_t mac[6] = { 0x02, 0, 0, 0, 0, 1 };
	const size_t l4 = v->version == 4 ? 34 : 54;

	(void)netrig_packet(frame, mac, v->version, proto, 100);
	if (v->version == 4) {
		memcpy(frame + 26, v->src, 4);
		memcpy(frame + 30, v->dst, 4);
	} else {
		memcpy(frame + 22, v->src, 16);
		memcpy(frame + 38, v->dst, 16);
	}
	if (proto == TCP || proto == UDP) {
		net_put16(frame + l4, v->src_port);
		net_put16(frame + l4 + 2, v->dst_port);
	}
	return (100);
}

static uint8_t
hash_config(struct netrig *nr, uint32_t types, unsigned length)
{
	uint8_t data[13 + 41] = { 0 };

	data[0] = (uint8_t)types;
	data[1] = (uint8_t)(types >> 8);
	data[12] = (uint8_t)length;
	memcpy(data + 13, key, sizeof(key));
	return (netrig_command(nr, VIRTIO_NET_CTRL_MQ,
	    VIRTIO_NET_CTRL_MQ_HASH_CONFIG, data, 13 + length));
}

static void
start(struct netrig *nr, unsigned pairs)
{
	const struct vnet_config config = { .pairs = (uint16_t)pairs };
	unsigned i;

	netrig_init(nr, &config, NULL);
	netrig_start(nr, nr->rig.dev->offered & ~NETBIT(CTRL_RX));
	for (i = 0; i < pairs; i++)
		netrig_buffers(nr, i, 32, 256);
}

static void
expect(struct netrig *nr, const uint8_t *frame, size_t length, unsigned report,
    uint32_t value)
{
	struct virtio_net_hdr header = { .flags = 0 };

	netrig_inject_bytes(nr, 0, frame, length);
	T_EQ(netrig_received(nr, 0, &header, NULL), length);
	T_EQ(wire16(header.hash_report), report);
	T_EQ(wire32(header.hash_value), value);
	T_EQ(header.padding_reserved, 0);
}

TEST(net_rss, published_vectors)
{
	uint8_t frame[100];
	struct netrig nr;
	unsigned i;

	start(&nr, 1);
	/* Section 5.1.6.5.6.4: nothing until it is asked for. */
	expect(&nr, frame, packet(frame, &vectors[0], TCP), 0, 0);
	T_EQ(hash_config(&nr, 0x1ff, 40), VIRTIO_NET_OK);
	for (i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];

		expect(&nr, frame, packet(frame, v, TCP),
		    v->version == 4 ? VIRTIO_NET_HASH_REPORT_TCPv4 :
				      VIRTIO_NET_HASH_REPORT_TCPv6,
		    v->with_ports);
		expect(&nr, frame, packet(frame, v, UDP),
		    v->version == 4 ? VIRTIO_NET_HASH_REPORT_UDPv4 :
				      VIRTIO_NET_HASH_REPORT_UDPv6,
		    v->with_ports);
		expect(&nr, frame, packet(frame, v, 99),
		    v->version == 4 ? VIRTIO_NET_HASH_REPORT_IPv4 :
				      VIRTIO_NET_HASH_REPORT_IPv6,
		    v->ip);
	}
	/* Types that are not enabled fall back, or are none. */
	T_EQ(hash_config(&nr,
		 VIRTIO_NET_HASH_TYPE_IPv4 | VIRTIO_NET_HASH_TYPE_UDPv6, 40),
	    VIRTIO_NET_OK);
	expect(&nr, frame, packet(frame, &vectors[0], TCP),
	    VIRTIO_NET_HASH_REPORT_IPv4, vectors[0].ip);
	expect(&nr, frame, packet(frame, &vectors[5], TCP), 0, 0);
	expect(&nr, frame, packet(frame, &vectors[5], UDP),
	    VIRTIO_NET_HASH_REPORT_UDPv6, vectors[5].with_ports);
	T_EQ(nr.rig.nreports, 0);
	netrig_fini(&nr);
}

/* Fragments have no ports, VLAN tags are stepped over, ARP has no hash. */
TEST(net_rss, what_has_no_ports)
{
	const struct vector *v = &vectors[0];
	uint8_t frame[104];
	struct netrig nr;

	start(&nr, 1);
	T_EQ(hash_config(&nr, 0x1ff, 40), VIRTIO_NET_OK);
	(void)packet(frame, v, TCP);
	frame[20] = 0x20; /* more fragments */
	expect(&nr, frame, 100, VIRTIO_NET_HASH_REPORT_IPv4, v->ip);
	(void)packet(frame, v, TCP);
	net_put16(frame + 12, 0x0806);
	expect(&nr, frame, 100, VIRTIO_NET_HASH_REPORT_NONE, 0);
	(void)packet(frame, v, TCP);
	memmove(frame + 16, frame + 12, 88);
	net_put16(frame + 12, 0x8100);
	net_put16(frame + 14, 0);
	expect(&nr, frame, 104, VIRTIO_NET_HASH_REPORT_TCPv4, v->with_ports);
	netrig_fini(&nr);
}

/* With a destination option that holds the home address (RFC 6275, 6.3). */
TEST(net_rss, extension_headers)
{
	const struct vector *v = &vectors[5];
	const uint8_t option[24] = { TCP, 2, 1, 2, 0, 0, 0xc9, 16 };
	uint8_t frame[124];
	struct netrig nr;

	start(&nr, 1);
	T_EQ(hash_config(&nr, 0x1ff, 40), VIRTIO_NET_OK);
	(void)packet(frame, v, TCP);
	memmove(frame + 78, frame + 54, 46);
	memcpy(frame + 54, option, 24);
	memcpy(frame + 62, v->src, 16);
	memset(frame + 22, 0x77, 16);
	frame[20] = 60;
	net_put16(frame + 18, 70);
	expect(&nr, frame, 124, VIRTIO_NET_HASH_REPORT_TCPv6_EX, v->with_ports);
	T_EQ(hash_config(&nr, VIRTIO_NET_HASH_TYPE_IP_EX, 40), VIRTIO_NET_OK);
	expect(&nr, frame, 124, VIRTIO_NET_HASH_REPORT_IPv6_EX, v->ip);
	/* Without those types: as if there were none of it. */
	T_EQ(hash_config(&nr, VIRTIO_NET_HASH_TYPE_TCPv6, 40), VIRTIO_NET_OK);
	memcpy(frame + 22, v->src, 16);
	memset(frame + 62, 0x77, 16);
	expect(&nr, frame, 124, VIRTIO_NET_HASH_REPORT_TCPv6, v->with_ports);
	netrig_fini(&nr);
}

TEST(net_rss, hash_configurations_that_break_a_rule)
{
	uint8_t data[13 + 40] = { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40 };
	struct netrig nr;

	start(&nr, 1);
	T_EQ(hash_config(&nr, 0x200, 40), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.6.4"));
	T_EQ(hash_config(&nr, 1, 41), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.6.4"));
	T_EQ(hash_config(&nr, 1, 0), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.6.4"));
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_MQ,
		 VIRTIO_NET_CTRL_MQ_HASH_CONFIG, data, sizeof(data) - 1),
	    VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.6.4"));
	data[8] = 1;
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_MQ,
		 VIRTIO_NET_CTRL_MQ_HASH_CONFIG, data, sizeof(data)),
	    VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.6.4"));
	T_EQ(hash_config(&nr, 0, 0), VIRTIO_NET_OK);
	netrig_fini(&nr);
}

/*
 * --- steering ---
 */

struct rss {
	uint32_t types;
	uint16_t mask;
	uint16_t unclassified;
	uint16_t table[4];
	uint16_t max_tx;
	uint8_t key_length;
};

static uint8_t
rss_config(struct netrig *nr, const struct rss *rss, size_t cut)
{
	uint8_t data[512];
	size_t at;
	unsigned i;

	memset(data, 0, sizeof(data));
	data[0] = (uint8_t)rss->types;
	data[1] = (uint8_t)(rss->types >> 8);
	data[4] = (uint8_t)rss->mask;
	data[5] = (uint8_t)(rss->mask >> 8);
	data[6] = (uint8_t)rss->unclassified;
	data[7] = (uint8_t)(rss->unclassified >> 8);
	for (at = 8, i = 0; i <= rss->mask && i < 160; i++, at += 2) {
		data[at] = (uint8_t)rss->table[i % 4];
		data[at + 1] = (uint8_t)(rss->table[i % 4] >> 8);
	}
	data[at++] = (uint8_t)rss->max_tx;
	data[at++] = (uint8_t)(rss->max_tx >> 8);
	data[at++] = rss->key_length;
	memcpy(data + at, key, sizeof(key));
	at += rss->key_length;
	return (netrig_command(nr, VIRTIO_NET_CTRL_MQ,
	    VIRTIO_NET_CTRL_MQ_RSS_CONFIG, data, at - cut));
}

static const struct rss good = { 0x1ff, 127, 3, { 1, 0, 2, 1 }, 4, 40 };

TEST(net_rss, the_hash_decides_about_the_queue)
{
	struct virtio_net_hdr header = { .flags = 0 };
	uint8_t frame[100];
	struct netrig nr;
	unsigned i, pair;

	start(&nr, 4);
	/* Before that, all comes by the first (5.1.6.5.6.2). */
	(void)packet(frame, &vectors[0], TCP);
	netrig_inject_bytes(&nr, 2, frame, 100);
	T_EQ(netrig_received(&nr, 0, NULL, NULL), 100);
	T_EQ(rss_config(&nr, &good, 0), VIRTIO_NET_OK);
	T_EQ(nr.port.pairs, 4);
	T_EQ(vnet_pairs(nr.rig.dev), 4);
	for (i = 0; i < VECTORS; i++) {
		(void)packet(frame, &vectors[i], TCP);
		netrig_inject_bytes(&nr, i, frame, 100);
		pair = good.table[(vectors[i].with_ports & 127) % 4];
		T_EQ(netrig_received(&nr, pair, &header, NULL), 100);
		T_EQ(wire32(header.hash_value), vectors[i].with_ports);
	}
	net_put16(frame + 12, 0x0806);
	netrig_inject_bytes(&nr, 0, frame, 100);
	T_EQ(netrig_received(&nr, 3, &header, NULL), 100);
	T_EQ(wire16(header.hash_report), 0);
	T_EQ(nr.rig.nreports, 0);
	/* Section 5.1.6.5.5: the last command decides. */
	T_EQ(netrig_command16(&nr, VIRTIO_NET_CTRL_MQ,
		 VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, 1),
	    VIRTIO_NET_OK);
	netrig_inject_bytes(&nr, 0, frame, 100);
	T_EQ(netrig_received(&nr, 0, &header, NULL), 100);
	netrig_fini(&nr);
}

TEST(net_rss, configurations_that_break_a_rule)
{
	struct rss bad[] = { good, good, good, good, good, good, good, good,
		good, good };
	struct netrig nr;
	unsigned i;

	bad[0].types = 0x200;
	bad[1].mask = 2;
	bad[2].mask = 255;
	bad[3].unclassified = 4;
	bad[4].table[3] = 4;
	bad[5].table[0] = 0x8000;
	bad[6].max_tx = 0;
	bad[7].max_tx = 5;
	bad[8].key_length = 41;
	bad[9].key_length = 0;
	start(&nr, 4);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		T_EQ(rss_config(&nr, &bad[i], 0), VIRTIO_NET_ERR);
		T_TRUE(rig_reported(&nr.rig, "5.1.6.5.7.1"));
	}
	for (i = 1; i < 8 + 256 + 3 + 40; i++) {
		T_EQ(rss_config(&nr, &good, i), VIRTIO_NET_ERR);
		T_TRUE(rig_reported(&nr.rig, "5.1.6.5.7.1"));
	}
	T_EQ(vnet_pairs(nr.rig.dev), 1);
	for (i = 0; i < 3; i++) {
		static const uint16_t counts[] = { 0, 5, 0xffff };

		T_EQ(netrig_command16(&nr, VIRTIO_NET_CTRL_MQ,
			 VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, counts[i]),
		    VIRTIO_NET_ERR);
		T_TRUE(rig_reported(&nr.rig, "5.1.6.5.6.1"));
	}
	netrig_fini(&nr);
}

/* Section 5.1.6.5.6: what was sent by one queue comes back by it. */
TEST(net_rss, flows_come_back_where_they_went)
{
	const struct vnet_config config = { .pairs = 4 };
	struct vector reply;
	uint8_t frame[100];
	struct netrig nr;
	unsigned i;

	netrig_init(&nr, &config, NULL);
	nr.port.port.nqueues = 1;
	netrig_start(&nr, nr.rig.dev->offered & ~NETBIT(CTRL_RX));
	for (i = 0; i < 4; i++)
		netrig_buffers(&nr, i, 16, 256);
	T_EQ(netrig_command16(&nr, VIRTIO_NET_CTRL_MQ,
		 VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, 4),
	    VIRTIO_NET_OK);
	for (i = 0; i < VECTORS; i++) {
		(void)packet(frame, &vectors[i], i % 2 == 0 ? TCP : UDP);
		T_EQ(netrig_send(&nr, i % 4, NULL, frame, 100), 1);
	}
	for (i = 0; i < VECTORS; i++) {
		reply = vectors[i];
		memcpy(reply.src, vectors[i].dst, 16);
		memcpy(reply.dst, vectors[i].src, 16);
		reply.src_port = vectors[i].dst_port;
		reply.dst_port = vectors[i].src_port;
		(void)packet(frame, &reply, i % 2 == 0 ? TCP : UDP);
		netrig_inject_bytes(&nr, 0, frame, 100);
		T_EQ(netrig_received(&nr, i % 4, NULL, NULL), 100);
	}
	netrig_fini(&nr);
}

/* A frame for a queue without buffers holds up its queue of the port. */
TEST(net_rss, one_queue_without_buffers)
{
	const struct vnet_config config = { .pairs = 2 };
	struct rss rss = { 0x1ff, 0, 0, { 1 }, 2, 40 };
	uint8_t frame[100];
	struct netrig nr;

	netrig_init(&nr, &config, NULL);
	netrig_start(&nr, nr.rig.dev->offered & ~NETBIT(CTRL_RX));
	netrig_buffers(&nr, 0, 4, 256);
	T_EQ(rss_config(&nr, &rss, 0), VIRTIO_NET_OK);
	(void)packet(frame, &vectors[0], TCP);
	netrig_inject_bytes(&nr, 0, frame, 100);
	netrig_inject_bytes(&nr, 6, frame, 100);
	T_EQ(nr.port.nwaiting, 2);
	netrig_buffers(&nr, 1, 4, 256);
	T_EQ(nr.port.nwaiting, 0);
	T_EQ(netrig_received(&nr, 1, NULL, NULL), 100);
	T_EQ(netrig_received(&nr, 1, NULL, NULL), 100);
	netrig_fini(&nr);
}
