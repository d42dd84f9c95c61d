/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: transmission (virtio 1.3, section 5.1.6.2), in every
 * framing, and headers that break a rule.
 */
#include <string.h>

#include "model/net_csum.h"
#include "tests/model/netrig.h"
#include "tests/test.h"

static const uint8_t peer[6] = { 0x02, 0, 0, 0, 0, 0x11 };

static void
start(struct netrig *nr, uint64_t without)
{
	netrig_init(nr, NULL, NULL);
	netrig_start(nr, nr->rig.dev->offered & ~without);
}

TEST(net_tx, a_frame_goes_to_the_port)
{
	uint8_t frame[1514];
	struct netrig nr;
	size_t length;

	start(&nr, 0);
	netrig_ether(frame, peer, 0x1234, sizeof(frame));
	for (length = 14; length <= sizeof(frame); length += 100) {
		T_EQ(netrig_send(&nr, 0, NULL, frame, length), 1);
		T_EQ(netrig_last(&nr)->frame.length, length);
		T_EQ(netrig_last(&nr)->frame.flags, 0);
		T_EQ(netrig_last(&nr)->frame.gso_type, 0);
		T_TRUE(memcmp(netrig_last(&nr)->bytes, frame, length) == 0);
	}
	T_EQ(nr.rig.nreports, 0);
	T_EQ(netrig_stats(&nr)->pairs[0].tx_frames, 16);
	T_TRUE(nr.port.flushes > 0);
	netrig_fini(&nr);
}

/* Section 2.7.4: nothing is assumed about how it is cut. */
TEST(net_tx, any_layout)
{
	static const unsigned cuts[] = { 1, 5, 11, 12, 13, 19, 26, 27, 60 };
	const uint64_t none = 0;
	uint8_t frame[64];
	struct netrig_piece pieces[3];
	struct netrig nr;
	unsigned i, j;
	uint64_t gpa;

	start(&nr, NETBIT(HASH_REPORT));
	netrig_ether(frame, peer, 0x1234, sizeof(frame));
	for (i = 0; i < 9; i++) {
		for (j = i + 1; j < 9; j++) {
			gpa = netrig_alloc(&nr, 76);
			memcpy(rig_at(&nr.rig, gpa), &none, 8);
			memcpy(rig_at(&nr.rig, gpa + 8), &none, 4);
			memcpy(rig_at(&nr.rig, gpa + 12), frame, 64);
			pieces[0] = (struct netrig_piece) { gpa, cuts[i], 0 };
			pieces[1] = (struct netrig_piece) { gpa + cuts[i],
				cuts[j] - cuts[i], 0 };
			pieces[2] = (struct netrig_piece) { gpa + cuts[j],
				76 - cuts[j], 0 };
			(void)netrig_add(&nr, 1, pieces, 3);
			netrig_kick(&nr, 1);
			T_EQ(netrig_last(&nr)->frame.length, 64);
			T_TRUE(memcmp(netrig_last(&nr)->bytes, frame, 64) == 0);
		}
	}
	T_EQ(nr.port.nsent, 36);
	netrig_fini(&nr);
}

/* A header that breaks one rule each: reported, dropped, and given back. */
static const struct {
	const char *clause;
	uint64_t without;
	struct virtio_net_hdr header;
	enum vnet_drop drop;
} lies[] = {
	{ "5.1.6.2.1", 0, { .num_buffers = 1 }, VNET_DROP_HEADER },
	{ "5.1.6.2.1", 0, { .flags = 2 }, VNET_DROP_HEADER },
	{ "5.1.6.2.1", 0, { .flags = 4 }, VNET_DROP_HEADER },
	{ "5.1.6.2.1",
	    NETBIT(CSUM) | NETBIT(HOST_TSO4) | NETBIT(HOST_TSO6) |
		NETBIT(HOST_ECN) | NETBIT(HOST_UFO) | NETBIT(HOST_USO),
	    { .flags = 1, .csum_start = 34, .csum_offset = 16 },
	    VNET_DROP_HEADER },
	{ "5.1.6.2.1", 0, { .flags = 1, .csum_start = 1999, .csum_offset = 0 },
	    VNET_DROP_CHECKSUM },
	{ "5.1.6.2.1", 0, { .flags = 1, .csum_start = 34, .csum_offset = 1965 },
	    VNET_DROP_CHECKSUM },
	{ "5.1.6.2.1", 0,
	    { .flags = 1, .csum_start = 65535, .csum_offset = 65535 },
	    VNET_DROP_CHECKSUM },
	{ "5.1.6.2.1", 0,
	    { .flags = 1,
		.gso_type = 1,
		.gso_size = 0,
		.hdr_len = 54,
		.csum_start = 34,
		.csum_offset = 16 },
	    VNET_DROP_GSO },
	{ "5.1.6.2.1", 0,
	    { .gso_type = 1,
		.gso_size = 500,
		.hdr_len = 54,
		.csum_start = 34,
		.csum_offset = 16 },
	    VNET_DROP_GSO },
	{ "5.1.6.2.1", 0,
	    { .flags = 1,
		.gso_type = 2,
		.gso_size = 500,
		.hdr_len = 54,
		.csum_start = 34,
		.csum_offset = 16 },
	    VNET_DROP_GSO },
	{ "5.1.6.2.1", 0,
	    { .flags = 1,
		.gso_type = 4,
		.gso_size = 500,
		.hdr_len = 54,
		.csum_start = 34,
		.csum_offset = 16 },
	    VNET_DROP_GSO },
	{ "5.1.6.2.1", 0,
	    { .flags = 1,
		.gso_type = 1,
		.gso_size = 500,
		.hdr_len = 53,
		.csum_start = 34,
		.csum_offset = 16 },
	    VNET_DROP_GSO },
	{ "5.1.6.2.1", 0,
	    { .flags = 1,
		.gso_type = 1,
		.gso_size = 500,
		.hdr_len = 54,
		.csum_start = 54,
		.csum_offset = 16 },
	    VNET_DROP_GSO },
	{ "5.1.6.2.1", NETBIT(HOST_TSO4),
	    { .flags = 1,
		.gso_type = 1,
		.gso_size = 500,
		.hdr_len = 54,
		.csum_start = 34,
		.csum_offset = 16 },
	    VNET_DROP_GSO },
	{ "5.1.6.2.1", NETBIT(HOST_ECN),
	    { .flags = 1,
		.gso_type = 0x81,
		.gso_size = 500,
		.hdr_len = 54,
		.csum_start = 34,
		.csum_offset = 16 },
	    VNET_DROP_GSO },
};

TEST(net_tx, headers_that_lie)
{
	uint8_t frame[2000];
	struct netrig nr;
	unsigned i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		start(&nr, lies[i].without);
		(void)netrig_packet(frame, peer, 4, 6, sizeof(frame));
		T_EQ(netrig_send(&nr, 0, &lies[i].header, frame, sizeof(frame)),
		    0);
		T_EQ(nr.rig.nreports, 1);
		if (lies[i].header.gso_type == 1 &&
		    lies[i].header.gso_size == 0)
			T_HAS(nr.rig.reports[0].text, "gso_size 0");
		T_TRUE(rig_reported(&nr.rig, lies[i].clause));
		T_EQ(netrig_stats(&nr)->tx_drops[lies[i].drop], 1);
		/* And the queue goes on. */
		T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 1);
		netrig_fini(&nr);
	}
}

TEST(net_tx, frames_that_are_no_frames)
{
	uint8_t frame[14];
	struct netrig_piece piece;
	struct netrig nr;
	size_t length;

	start(&nr, 0);
	netrig_ether(frame, peer, 0x1234, sizeof(frame));
	for (length = 0; length < 14; length++) {
		T_EQ(netrig_send(&nr, 0, NULL, frame, length), 0);
		T_TRUE(rig_reported(&nr.rig, "5.1.6.2"));
	}
	T_EQ(netrig_stats(&nr)->tx_drops[VNET_DROP_LENGTH], 14);
	/* Not even a header, and one that the device would have to write. */
	piece = (struct netrig_piece) { netrig_alloc(&nr, 64), 19, 0 };
	(void)netrig_add(&nr, 1, &piece, 1);
	netrig_kick(&nr, 1);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.2"));
	piece = (struct netrig_piece) { netrig_alloc(&nr, 64), 64,
		VIRTQ_DESC_F_WRITE };
	(void)netrig_add(&nr, 1, &piece, 1);
	netrig_kick(&nr, 1);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.2"));
	T_EQ(netrig_stats(&nr)->tx_drops[VNET_DROP_HEADER], 2);
	T_EQ(nr.port.nsent, 0);
	netrig_fini(&nr);
}

/* Section 5.1.4.2; a VLAN tag belongs to the low level header. */
TEST(net_tx, the_mtu_is_a_limit)
{
	const struct vnet_config config = { .mtu = 1500 };
	static uint8_t frame[70000];
	struct netrig nr;

	netrig_init(&nr, &config, NULL);
	netrig_start(&nr, nr.rig.dev->offered);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	T_EQ(netrig_send(&nr, 0, NULL, frame, 1514), 1);
	T_EQ(netrig_send(&nr, 0, NULL, frame, 1515), 0);
	T_TRUE(rig_reported(&nr.rig, "5.1.4.2"));
	netrig_ether(frame, peer, 0x8100, sizeof(frame));
	T_EQ(netrig_send(&nr, 0, NULL, frame, 1518), 1);
	T_EQ(netrig_send(&nr, 0, NULL, frame, 1519), 0);
	T_TRUE(rig_reported(&nr.rig, "5.1.4.2"));
	T_EQ(netrig_stats(&nr)->tx_drops[VNET_DROP_LENGTH], 2);
	netrig_fini(&nr);
	/* Without the feature, the longest frame there is. */
	start(&nr, 0);
	T_EQ(netrig_send(&nr, 0, NULL, frame, 65593), 1);
	T_EQ(netrig_send(&nr, 0, NULL, frame, 65594), 0);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.2"));
	netrig_fini(&nr);
}

/* Section 5.1.6.2.2: without the flag, those fields are not looked at. */
TEST(net_tx, fields_that_mean_nothing)
{
	const struct virtio_net_hdr header = { .hdr_len = 9,
		.gso_size = 9,
		.csum_start = 9999,
		.csum_offset = 9999 };
	uint8_t frame[60];
	struct netrig nr;

	start(&nr, 0);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	T_EQ(netrig_send(&nr, 0, &header, frame, sizeof(frame)), 1);
	T_EQ(netrig_last(&nr)->frame.csum_start, 0);
	T_EQ(netrig_last(&nr)->frame.hdr_len, 0);
	T_EQ(nr.rig.nreports, 0);
	netrig_fini(&nr);
}

TEST(net_tx, offloads_pass_through)
{
	struct virtio_net_hdr header = { .flags = 1,
		.gso_type = 1,
		.hdr_len = wire16(54),
		.gso_size = wire16(1000),
		.csum_start = wire16(34),
		.csum_offset = wire16(16) };
	static uint8_t frame[9054];
	struct netrig nr;

	start(&nr, 0);
	(void)netrig_packet(frame, peer, 4, 6, sizeof(frame));
	T_EQ(netrig_send(&nr, 0, &header, frame, sizeof(frame)), 1);
	T_EQ(netrig_last(&nr)->frame.flags, 1);
	T_EQ(netrig_last(&nr)->frame.gso_type, 1);
	T_EQ(netrig_last(&nr)->frame.gso_size, 1000);
	T_EQ(netrig_last(&nr)->frame.hdr_len, 54);
	T_EQ(netrig_last(&nr)->frame.csum_start, 34);
	T_EQ(netrig_last(&nr)->frame.csum_offset, 16);
	netrig_fini(&nr);
	/* Without GUEST_HDRLEN it is a hint, and is put right. */
	start(&nr, NETBIT(GUEST_HDRLEN));
	header.hdr_len = wire16(20);
	T_EQ(netrig_send(&nr, 0, &header, frame, sizeof(frame)), 1);
	T_EQ(netrig_last(&nr)->frame.hdr_len, 54);
	T_EQ(nr.rig.nreports, 0);
	T_EQ(netrig_stats(&nr)->tx_gso, 1);
	netrig_fini(&nr);
}

/* A port that takes no offloads gets whole frames of the wire's size. */
TEST(net_tx, offloads_are_done_for_the_port)
{
	static const struct {
		uint8_t gso_type;
		unsigned version;
		uint8_t proto;
		unsigned frames;
	} cases[] = { { 1, 4, 6, 9 }, { 4, 6, 6, 9 }, { 5, 4, 17, 9 },
		{ 5, 6, 17, 9 }, { 0, 4, 6, 1 }, { 0, 6, 17, 1 } };
	struct virtio_net_hdr header = { .flags = 1, .gso_size = wire16(1000) };
	static uint8_t frame[9100];
	struct net_frame sent;
	struct iovec iov;
	struct netrig nr;
	unsigned i, j;
	size_t length, payload;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		netrig_init(&nr, NULL, NULL);
		nr.port.port.takes = 0;
		netrig_start(&nr, nr.rig.dev->offered);
		length = cases[i].version == 4 ? 34 : 54;
		header.csum_start = wire16((uint16_t)length);
		header.csum_offset = wire16(cases[i].proto == 6 ? 16 : 6);
		header.gso_type = cases[i].gso_type;
		length += cases[i].proto == 6 ? 20 : 8;
		header.hdr_len = wire16((uint16_t)length);
		length += cases[i].frames > 1 ? 9000 : 1000;
		payload = netrig_packet(frame, peer, cases[i].version,
		    cases[i].proto, length);
		T_EQ(netrig_send(&nr, 0, &header, frame, length),
		    cases[i].frames);
		for (j = 0; j < nr.port.nsent; j++) {
			sent = nr.port.sent[j].frame;
			iov.iov_base = nr.port.sent[j].bytes;
			iov.iov_len = sent.length;
			sent.iov = &iov;
			sent.iovcnt = 1;
			T_EQ(sent.length, payload + 1000);
			T_EQ(sent.flags & 1, 0);
			T_EQ(sent.gso_type, 0);
			T_EQ(net_csum_verify(&sent), NET_CSUM_GOOD);
			T_TRUE(memcmp(nr.port.sent[j].bytes + payload,
				   frame + payload + j * 1000, 1000) == 0);
		}
		T_EQ(netrig_stats(&nr)->tx_software, cases[i].frames);
		T_EQ(netrig_stats(&nr)->pairs[0].tx_frames, 1);
		netrig_fini(&nr);
	}
}

TEST(net_tx, a_full_port_holds_the_queue)
{
	uint8_t frame[60];
	struct netrig nr;
	struct virtq_used_elem elem;

	start(&nr, 0);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	nr.port.full = true;
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 0);
	frame[20] = 1;
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 0);
	T_FALSE(netrig_used(&nr, 1, &elem));
	T_TRUE(netrig_stats(&nr)->pairs[0].tx_full >= 1);
	nr.port.full = false;
	netport_ready(&nr.port.port, 0);
	rig_work(&nr.rig);
	T_EQ(nr.port.nsent, 2);
	T_EQ(nr.port.sent[0].bytes[20], (uint8_t)(20 * 7));
	T_EQ(nr.port.sent[1].bytes[20], 1);
	T_TRUE(netrig_used(&nr, 1, &elem));
	T_TRUE(netrig_used(&nr, 1, &elem));
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 1);
	netrig_fini(&nr);
}

/* In the middle of the segments of one frame, too. */
static bool
take_three(struct netport *port, unsigned queue, const struct net_frame *frame)
{
	struct netrig_port *np = (struct netrig_port *)(void *)port;

	if (np->nsent % 3 == 0 && !np->full) {
		np->full = true;
		return (false);
	}
	np->full = false;
	np->sent[np->nsent].frame = *frame;
	np->sent[np->nsent].bytes = NULL;
	np->nsent++;
	(void)queue;
	return (true);
}

TEST(net_tx, a_port_that_is_full_among_segments)
{
	const struct virtio_net_hdr header = { .flags = 1,
		.gso_type = 1,
		.hdr_len = wire16(54),
		.gso_size = wire16(1000),
		.csum_start = wire16(34),
		.csum_offset = wire16(16) };
	static uint8_t frame[9054];
	struct netport_ops ops;
	struct virtq_used_elem elem;
	struct netrig_piece pieces[2];
	struct netrig nr;
	unsigned i;

	netrig_init(&nr, NULL, NULL);
	nr.port.port.takes = 0;
	ops = *nr.port.port.ops;
	ops.transmit = take_three;
	nr.port.port.ops = &ops;
	netrig_start(&nr, nr.rig.dev->offered & ~NETBIT(HASH_REPORT));
	(void)netrig_packet(frame, peer, 4, 6, sizeof(frame));
	pieces[0] = (struct netrig_piece) { netrig_alloc(&nr, 12), 12, 0 };
	pieces[1] = (struct netrig_piece) { netrig_alloc(&nr, 9054), 9054, 0 };
	memcpy(rig_at(&nr.rig, pieces[0].gpa), &header, 12);
	memcpy(rig_at(&nr.rig, pieces[1].gpa), frame, 9054);
	(void)netrig_add(&nr, 1, pieces, 2);
	netrig_kick(&nr, 1);
	for (i = 0; i < 3; i++) {
		T_EQ(nr.port.nsent, 3 * i);
		T_FALSE(netrig_used(&nr, 1, &elem));
		netport_ready(&nr.port.port, 0);
		rig_work(&nr.rig);
	}
	T_EQ(nr.port.nsent, 9);
	T_TRUE(netrig_used(&nr, 1, &elem));
	netrig_fini(&nr);
}

/* A reset forgets what the port has refused. */
TEST(net_tx, a_reset_forgets_what_is_held)
{
	uint8_t frame[60];
	struct netrig nr;

	start(&nr, 0);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	nr.port.full = true;
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 0);
	RIG_SET(&nr.rig, device_status, 0);
	nr.port.full = false;
	netport_ready(&nr.port.port, 0);
	rig_work(&nr.rig);
	T_EQ(nr.port.nsent, 0);
	netrig_start(&nr, nr.rig.dev->offered);
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 1);
	netrig_fini(&nr);
}

/* Section 5.1.6.5.6.1: one queue until there are more. */
TEST(net_tx, queues_that_are_not_enabled)
{
	struct netrig_piece piece;
	struct virtq_used_elem elem;
	struct netrig nr;

	start(&nr, 0);
	piece = (struct netrig_piece) { netrig_alloc(&nr, 80), 80, 0 };
	memset(rig_at(&nr.rig, piece.gpa), 0, 80);
	(void)netrig_add(&nr, 3, &piece, 1);
	netrig_kick(&nr, 3);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.6.1"));
	T_FALSE(netrig_used(&nr, 3, &elem));
	T_EQ(netrig_command16(&nr, VIRTIO_NET_CTRL_MQ,
		 VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, 2),
	    VIRTIO_NET_OK);
	T_EQ(nr.port.pairs, 2);
	netrig_kick(&nr, 3);
	T_EQ(nr.port.nsent, 1);
	T_EQ(netrig_last(&nr)->queue, 1);
	T_EQ(nr.rig.nreports, 0);
	netrig_fini(&nr);
}

TEST(net_tx, legacy_headers)
{
	const struct vnet_config config = { .queue_size = NETRIG_SIZE };
	const struct vpci_virtio_config pci = { .kind = VPCI_LEGACY };
	const uint32_t any = UINT32_C(1) << VIRTIO_F_ANY_LAYOUT;
	struct netrig_piece piece;
	uint8_t frame[60];
	struct netrig nr;

	netrig_init(&nr, &config, &pci);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	netrig_start_legacy(&nr, NETBIT(MAC));
	T_EQ(nr.hdr_bytes, 10);
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 1);
	T_EQ(netrig_last(&nr)->frame.length, 60);
	T_EQ(nr.rig.nreports, 0);
	/* Section 5.1.6.6: header and frame in one, without ANY_LAYOUT. */
	piece = (struct netrig_piece) { netrig_alloc(&nr, 70), 70, 0 };
	memset(rig_at(&nr.rig, piece.gpa), 0, 70);
	(void)netrig_add(&nr, 1, &piece, 1);
	netrig_kick(&nr, 1);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.6"));
	netrig_start_legacy(&nr, NETBIT(MAC) | any);
	(void)netrig_add(&nr, 1, &piece, 1);
	netrig_kick(&nr, 1);
	T_EQ(nr.rig.nreports, 0);
	T_EQ(nr.port.nsent, 3);
	/* Merged buffers bring the longer header. */
	netrig_start_legacy(&nr, NETBIT(MRG_RXBUF) | any);
	nr.hdr_bytes = VIRTIO_NET_HDR_BYTES;
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 1);
	T_EQ(netrig_last(&nr)->frame.length, 60);
	netrig_fini(&nr);
}

TEST(net_tx, a_link_that_is_down)
{
	uint8_t frame[60];
	struct netrig nr;

	start(&nr, 0);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	netport_set_link(&nr.port.port, false);
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 0);
	T_EQ(netrig_stats(&nr)->tx_drops[VNET_DROP_DOWN], 1);
	netport_set_link(&nr.port.port, true);
	T_EQ(netrig_send(&nr, 0, NULL, frame, 60), 1);
	netrig_fini(&nr);
}
