/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: reception (virtio 1.3, sections 5.1.6.3 and 5.1.6.4) into
 * buffers of all kinds, and what the driver does not accept.
 */
#include <string.h>

#include "model/net_csum.h"
#include "tests/model/netrig.h"
#include "tests/test.h"

#define GUEST_GSO                                                      \
	(NETBIT(GUEST_TSO4) | NETBIT(GUEST_TSO6) | NETBIT(GUEST_ECN) | \
	    NETBIT(GUEST_UFO) | NETBIT(GUEST_USO4) | NETBIT(GUEST_USO6))
#define HASH (NETBIT(HASH_REPORT) | NETBIT(RSS))
#define MS   UINT64_C(1000000)

static uint8_t big[70000];
static uint8_t got[70000];

/* A device that filters nothing, and hashes nothing. */
static void
start(struct netrig *nr, uint64_t without)
{
	netrig_init(nr, NULL, NULL);
	netrig_start(nr,
	    nr->rig.dev->offered & ~(without | NETBIT(CTRL_RX) | HASH));
}

static void
fill(size_t length)
{
	uint8_t mac[6] = { 0x02, 1, 2, 3, 4, 5 };

	netrig_ether(big, mac, 0x1234, length);
}

static bool
same(size_t length)
{
	return (memcmp(got, big, length) == 0);
}

TEST(net_rx, a_frame_into_one_buffer)
{
	struct virtio_net_hdr header;
	struct netrig nr;
	size_t length;

	start(&nr, NETBIT(MRG_RXBUF));
	netrig_buffers(&nr, 0, 32, 1526);
	for (length = 14; length <= 1514; length += 100) {
		fill(length);
		memset(&header, 0xee, sizeof(header));
		netrig_inject_bytes(&nr, 0, big, length);
		T_EQ(netrig_received(&nr, 0, &header, got), length);
		T_TRUE(same(length));
		T_EQ(header.flags, 0);
		T_EQ(header.gso_type, 0);
		/* Section 5.1.6.4.1: 1 where they are not merged. */
		T_EQ(wire16(header.num_buffers), 1);
	}
	T_EQ(netrig_stats(&nr)->pairs[0].rx_frames, 16);
	T_EQ(nr.rig.nreports, 0);
	netrig_fini(&nr);
}

/* Every way to cut header and frame in three. */
TEST(net_rx, any_layout)
{
	struct netrig_piece pieces[3];
	struct virtq_used_elem elem;
	struct netrig nr;
	unsigned i, j;
	uint64_t gpa;

	start(&nr, NETBIT(MRG_RXBUF));
	fill(20);
	for (i = 1; i < 31; i += 2) {
		for (j = i + 1; j < 32; j += 3) {
			gpa = netrig_alloc(&nr, 32);
			pieces[0] = (struct netrig_piece) { gpa, i,
				VIRTQ_DESC_F_WRITE };
			pieces[1] = (struct netrig_piece) { gpa + i, j - i,
				VIRTQ_DESC_F_WRITE };
			pieces[2] = (struct netrig_piece) { gpa + j, 32 - j,
				VIRTQ_DESC_F_WRITE };
			(void)netrig_add(&nr, 0, pieces, 3);
			netrig_inject_bytes(&nr, 0, big, 20);
			T_TRUE(netrig_used(&nr, 0, &elem));
			T_EQ(elem.len, 32);
			T_TRUE(memcmp(rig_at(&nr.rig, gpa + 12), big, 20) == 0);
			T_EQ(*(uint8_t *)rig_at(&nr.rig, gpa + 10), 1);
		}
	}
	netrig_fini(&nr);
}

TEST(net_rx, merged_buffers)
{
	static const struct {
		size_t length;
		uint32_t buffer;
		unsigned count;
	} cases[] = { { 52, 64, 1 }, { 53, 64, 2 }, { 116, 64, 2 },
		{ 117, 64, 3 }, { 20, 12, 3 }, { 24, 12, 3 }, { 1514, 2048, 1 },
		{ 65589, 2048, 33 }, { 65589, 1100, 60 } };
	struct virtio_net_hdr header;
	struct netrig nr;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&nr, 0);
		netrig_buffers(&nr, 0, 63, cases[i].buffer);
		fill(cases[i].length);
		netrig_inject_bytes(&nr, 0, big, cases[i].length);
		T_EQ(netrig_received(&nr, 0, &header, got), cases[i].length);
		T_EQ(wire16(header.num_buffers), cases[i].count);
		T_TRUE(same(cases[i].length));
		T_EQ(netrig_stats(&nr)->pairs[0].rx_buffers, cases[i].count);
		T_EQ(nr.rig.nreports, 0);
		netrig_fini(&nr);
	}
}

static unsigned seen_used;
static struct netrig *watched;

/* Section 5.1.6.4.1: they are used together, for whoever looks meanwhile. */
static void
look_at_used(struct rig *rig)
{
	const struct virtq_used *used = rig_at(rig, watched->queues[0].used);

	seen_used |= 1u << wire16(used->idx);
}

TEST(net_rx, merged_buffers_are_seen_together)
{
	struct netrig nr;

	start(&nr, 0);
	netrig_buffers(&nr, 0, 8, 100);
	watched = &nr;
	seen_used = 0;
	rig_points(&nr.rig, look_at_used);
	fill(300);
	netrig_inject_bytes(&nr, 0, big, 300);
	T_EQ(netrig_received(&nr, 0, NULL, got), 300);
	look_at_used(&nr.rig);
	T_EQ(seen_used, 1u << 0 | 1u << 4);
	netrig_fini(&nr);
}

TEST(net_rx, no_buffer_and_then_one)
{
	struct netrig nr;

	start(&nr, 0);
	fill(100);
	netrig_inject_bytes(&nr, 0, big, 100);
	T_EQ(netrig_received(&nr, 0, NULL, got), -1);
	T_EQ(nr.port.nwaiting, 1);
	T_EQ(netrig_stats(&nr)->pairs[0].rx_empty, 1);
	netrig_buffers(&nr, 0, 1, 2048);
	T_EQ(netrig_received(&nr, 0, NULL, got), 100);
	T_TRUE(same(100));
	T_EQ(nr.port.nwaiting, 0);
	netrig_fini(&nr);
}

/* Too few buffers: nothing is used, and all of them are there later. */
TEST(net_rx, too_few_buffers_wait_for_more)
{
	struct netrig nr;

	netrig_init(&nr, NULL, NULL);
	netrig_clock(&nr);
	netrig_start(&nr, nr.rig.dev->offered & ~(NETBIT(CTRL_RX) | HASH));
	netrig_buffers(&nr, 0, 2, 100);
	fill(300);
	netrig_inject_bytes(&nr, 0, big, 300);
	T_EQ(netrig_received(&nr, 0, NULL, got), -1);
	netrig_buffers(&nr, 0, 1, 100);
	T_EQ(netrig_received(&nr, 0, NULL, got), -1);
	netrig_pass(&nr, 9 * MS);
	T_EQ(nr.port.nwaiting, 1);
	netrig_buffers(&nr, 0, 1, 100);
	T_EQ(netrig_received(&nr, 0, NULL, got), 300);
	T_TRUE(same(300));
	T_EQ(nr.rig.events[MODEL_UNTAKE], 2 + 3);
	/* Not for ever: the next one is small enough. */
	netrig_buffers(&nr, 0, 2, 100);
	netrig_inject_bytes(&nr, 0, big, 300);
	netrig_inject_bytes(&nr, 0, big, 50);
	T_EQ(nr.port.nwaiting, 2);
	netrig_pass(&nr, 11 * MS);
	T_EQ(nr.port.nwaiting, 0);
	T_EQ(netrig_received(&nr, 0, NULL, got), 50);
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_BUFFER], 1);
	netrig_fini(&nr);
}

TEST(net_rx, frames_that_never_fit)
{
	struct netrig nr;

	/* One buffer, which has to do. */
	start(&nr, NETBIT(MRG_RXBUF));
	netrig_buffers(&nr, 0, 1, 112);
	fill(101);
	netrig_inject_bytes(&nr, 0, big, 101);
	T_EQ(netrig_received(&nr, 0, NULL, got), -1);
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_TOO_BIG], 1);
	netrig_inject_bytes(&nr, 0, big, 100);
	T_EQ(netrig_received(&nr, 0, NULL, got), 100);
	netrig_fini(&nr);
	/* A whole ring of them, which does not. */
	start(&nr, 0);
	netrig_buffers(&nr, 0, 64, 20);
	fill(1500);
	netrig_inject_bytes(&nr, 0, big, 1500);
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_TOO_BIG], 1);
	netrig_inject_bytes(&nr, 0, big, 1268);
	T_EQ(netrig_received(&nr, 0, NULL, got), 1268);
	T_EQ(nr.rig.nreports, 0);
	netrig_fini(&nr);
}

TEST(net_rx, lengths_that_are_none)
{
	const struct vnet_config config = { .mtu = 1500 };
	struct netrig nr;
	size_t length;

	netrig_init(&nr, &config, NULL);
	netrig_start(&nr,
	    nr.rig.dev->offered &
		~(NETBIT(CTRL_RX) | NETBIT(CTRL_VLAN) | HASH));
	netrig_buffers(&nr, 0, 8, 2048);
	fill(1600);
	for (length = 0; length < 14; length++)
		netrig_inject_bytes(&nr, 0, big, length);
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_LENGTH], 14);
	/* Section 5.1.4.1: nothing above the MTU. */
	netrig_inject_bytes(&nr, 0, big, 1515);
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_TOO_BIG], 1);
	netrig_inject_bytes(&nr, 0, big, 1514);
	T_EQ(netrig_received(&nr, 0, NULL, got), 1514);
	big[12] = 0x81;
	big[13] = 0;
	netrig_inject_bytes(&nr, 0, big, 1518);
	T_EQ(netrig_received(&nr, 0, NULL, got), 1518);
	T_EQ(netrig_received(&nr, 0, NULL, got), -1);
	netrig_fini(&nr);
}

/* Buffers that cannot even be answered with. */
TEST(net_rx, buffers_that_break_a_rule)
{
	struct netrig_piece pieces[2];
	struct netrig nr;

	start(&nr, 0);
	netrig_buffers(&nr, 0, 1, 11);
	fill(100);
	netrig_inject_bytes(&nr, 0, big, 100);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.3.1"));
	T_TRUE(RIG_GET(&nr.rig, device_status) & VIRTIO_CONFIG_S_NEEDS_RESET);
	netrig_fini(&nr);
	start(&nr, 0);
	pieces[0] = (struct netrig_piece) { netrig_alloc(&nr, 64), 64, 0 };
	(void)netrig_add(&nr, 0, pieces, 1);
	netrig_inject_bytes(&nr, 0, big, 100);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.3.1"));
	netrig_fini(&nr);
	/* One that has a part too many does. */
	start(&nr, 0);
	pieces[0] = (struct netrig_piece) { netrig_alloc(&nr, 64), 64, 0 };
	pieces[1] = (struct netrig_piece) { netrig_alloc(&nr, 200), 200,
		VIRTQ_DESC_F_WRITE };
	(void)netrig_add(&nr, 0, pieces, 2);
	nr.queues[0].buffer[0] = pieces[1].gpa;
	nr.queues[0].length[0] = 200;
	netrig_inject_bytes(&nr, 0, big, 100);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.3.1"));
	T_EQ(netrig_received(&nr, 0, NULL, got), 100);
	T_TRUE(same(100));
	netrig_fini(&nr);
}

static void
offer(struct netrig *nr, const struct net_frame *offload, size_t length)
{
	struct iovec iov = { big, length };
	struct net_frame frame = *offload;

	frame.iov = &iov;
	frame.iovcnt = 1;
	frame.length = (uint32_t)length;
	netrig_inject(nr, 0, &frame);
}

static enum net_csum_verdict
verdict(int length)
{
	struct iovec iov = { got, (size_t)length };
	const struct net_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = (uint32_t)length };

	return (net_csum_verify(&frame));
}

/* Checksums: as they are, validated, or done by the device. */
TEST(net_rx, checksums)
{
	const struct net_frame needs = { .flags = 1,
		.csum_start = 34,
		.csum_offset = 16 };
	const struct net_frame valid = { .flags = 2 };
	struct virtio_net_hdr header;
	struct netrig nr;

	(void)netrig_packet(big, (const uint8_t *)"\2\1\1\1\1\1", 4, 6, 1000);
	start(&nr, 0);
	netrig_buffers(&nr, 0, 8, 2048);
	offer(&nr, &needs, 1000);
	T_EQ(netrig_received(&nr, 0, &header, got), 1000);
	T_EQ(header.flags, 1);
	T_EQ(wire16(header.csum_start), 34);
	T_EQ(wire16(header.csum_offset), 16);
	T_TRUE(same(1000));
	offer(&nr, &valid, 1000);
	T_EQ(netrig_received(&nr, 0, &header, got), 1000);
	T_EQ(header.flags, 2);
	T_EQ(netrig_stats(&nr)->rx_checksums, 1);
	netrig_fini(&nr);
	/* Section 5.1.6.4.1: no flags, and a whole checksum. */
	start(&nr, GUEST_GSO | NETBIT(GUEST_CSUM));
	netrig_buffers(&nr, 0, 8, 2048);
	offer(&nr, &needs, 1000);
	T_EQ(netrig_received(&nr, 0, &header, got), 1000);
	T_EQ(header.flags, 0);
	T_EQ(wire16(header.csum_start), 0);
	T_EQ(verdict(1000), NET_CSUM_GOOD);
	offer(&nr, &valid, 1000);
	T_EQ(netrig_received(&nr, 0, &header, got), 1000);
	T_EQ(header.flags, 0);
	netrig_fini(&nr);
}

static const struct {
	struct net_frame frame;
	unsigned version;
	uint8_t proto;
	uint64_t features;
} segmented[] = {
	{ { .flags = 1,
	      .gso_type = 1,
	      .gso_size = 1000,
	      .hdr_len = 54,
	      .csum_start = 34,
	      .csum_offset = 16 },
	    4, 6, NETBIT(GUEST_TSO4) },
	{ { .flags = 1,
	      .gso_type = 0x81,
	      .gso_size = 1000,
	      .hdr_len = 54,
	      .csum_start = 34,
	      .csum_offset = 16 },
	    4, 6, NETBIT(GUEST_TSO4) | NETBIT(GUEST_ECN) },
	{ { .flags = 1,
	      .gso_type = 4,
	      .gso_size = 1000,
	      .hdr_len = 74,
	      .csum_start = 54,
	      .csum_offset = 16 },
	    6, 6, NETBIT(GUEST_TSO6) },
	{ { .flags = 1,
	      .gso_type = 5,
	      .gso_size = 1000,
	      .hdr_len = 42,
	      .csum_start = 34,
	      .csum_offset = 6 },
	    4, 17, NETBIT(GUEST_USO4) },
	{ { .flags = 1,
	      .gso_type = 5,
	      .gso_size = 1000,
	      .hdr_len = 62,
	      .csum_start = 54,
	      .csum_offset = 6 },
	    6, 17, NETBIT(GUEST_USO6) },
	{ { .flags = 1,
	      .gso_type = 3,
	      .gso_size = 1000,
	      .hdr_len = 42,
	      .csum_start = 34,
	      .csum_offset = 6 },
	    4, 17, NETBIT(GUEST_UFO) },
};

/* Segments: passed on to whom accepts them, by each feature alone. */
TEST(net_rx, segments_that_are_accepted)
{
	struct virtio_net_hdr header;
	struct netrig nr;
	size_t payload;
	unsigned i;

	for (i = 0; i < sizeof(segmented) / sizeof(segmented[0]); i++) {
		payload = netrig_packet(big, (const uint8_t *)"\2\1\1\1\1\1",
		    segmented[i].version, segmented[i].proto,
		    segmented[i].frame.hdr_len + 9000u);
		T_EQ(payload, segmented[i].frame.hdr_len);
		start(&nr, GUEST_GSO & ~segmented[i].features);
		netrig_buffers(&nr, 0, 32, 2048);
		offer(&nr, &segmented[i].frame, payload + 9000);
		T_EQ(netrig_received(&nr, 0, &header, got), payload + 9000);
		T_TRUE(same(payload + 9000));
		T_EQ(header.gso_type, segmented[i].frame.gso_type);
		T_EQ(wire16(header.gso_size), 1000);
		T_EQ(wire16(header.hdr_len), payload);
		T_EQ(header.flags, 1);
		T_EQ(netrig_stats(&nr)->rx_gso, 1);
		netrig_fini(&nr);
	}
}

/* Everything but the one that is needed: the device does it. */
TEST(net_rx, segments_that_are_not_accepted)
{
	struct virtio_net_hdr header;
	unsigned i, segments;
	struct netrig nr;
	size_t payload;
	int length;

	for (i = 0; i < sizeof(segmented) / sizeof(segmented[0]); i++) {
		payload = netrig_packet(big, (const uint8_t *)"\2\1\1\1\1\1",
		    segmented[i].version, segmented[i].proto,
		    segmented[i].frame.hdr_len + 9000u);
		start(&nr, segmented[i].features);
		netrig_buffers(&nr, 0, 32, 2048);
		offer(&nr, &segmented[i].frame, payload + 9000);
		segments = 0;
		while ((length = netrig_received(&nr, 0, &header, got)) >= 0) {
			T_EQ(header.gso_type, 0);
			T_EQ(header.flags, 2);
			T_TRUE(length <= (int)payload + 1000);
			if (segmented[i].frame.gso_type != 3) {
				T_EQ(verdict(length), NET_CSUM_GOOD);
				T_EQ(length, payload + 1000);
			}
			segments++;
		}
		T_TRUE(segments >= 9 && segments <= 10);
		T_EQ(netrig_stats(&nr)->rx_software, segments);
		netrig_fini(&nr);
	}
}

/* Section 5.1.6.5.8: switched at run time. */
TEST(net_rx, guest_offloads_are_switched)
{
	const struct net_frame tso = { .flags = 1,
		.gso_type = 1,
		.gso_size = 1000,
		.hdr_len = 54,
		.csum_start = 34,
		.csum_offset = 16 };
	struct virtio_net_hdr header;
	struct netrig nr;
	le64 offloads;

	(void)netrig_packet(big, (const uint8_t *)"\2\1\1\1\1\1", 4, 6, 2054);
	start(&nr, NETBIT(GUEST_USO6));
	T_EQ(nr.port.accepts, NET_OFFLOAD_ALL & ~NET_OFFLOAD_USO6);
	netrig_buffers(&nr, 0, 32, 2100);
	offloads = wire64(NETBIT(GUEST_CSUM));
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
		 VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, &offloads, 8),
	    VIRTIO_NET_OK);
	T_EQ(nr.port.accepts, NET_OFFLOAD_CSUM);
	offer(&nr, &tso, 2054);
	T_EQ(netrig_received(&nr, 0, &header, got), 1054);
	T_EQ(netrig_received(&nr, 0, &header, got), 1054);
	T_EQ(header.gso_type, 0);
	offloads = wire64(NETBIT(GUEST_CSUM) | NETBIT(GUEST_TSO4));
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
		 VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, &offloads, 8),
	    VIRTIO_NET_OK);
	offer(&nr, &tso, 2054);
	T_EQ(netrig_received(&nr, 0, &header, got), 2054);
	T_EQ(header.gso_type, 1);
	/* Without checksums, there is nothing at all. */
	offloads = wire64(NETBIT(GUEST_TSO4));
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
		 VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, &offloads, 8),
	    VIRTIO_NET_OK);
	T_EQ(nr.port.accepts, 0);
	/* Section 5.1.6.5.8.1 */
	offloads = wire64(NETBIT(GUEST_USO6));
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
		 VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, &offloads, 8),
	    VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.8.1"));
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
		 VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, &offloads, 7),
	    VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.8.1"));
	netrig_fini(&nr);
}

/* What a port gives that makes no sense, and nobody can segment. */
TEST(net_rx, offloads_that_lie)
{
	const struct net_frame liar = { .flags = 1,
		.gso_type = 1,
		.gso_size = 1000,
		.hdr_len = 54,
		.csum_start = 60,
		.csum_offset = 16 };
	struct netrig nr;

	(void)netrig_packet(big, (const uint8_t *)"\2\1\1\1\1\1", 4, 6, 2054);
	start(&nr, GUEST_GSO);
	netrig_buffers(&nr, 0, 8, 2100);
	offer(&nr, &liar, 2054);
	T_EQ(netrig_received(&nr, 0, NULL, got), -1);
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_OFFLOAD], 1);
	netrig_fini(&nr);
}

/* Buffers that run out among segments: the rest is lost, and counted. */
TEST(net_rx, segments_that_find_no_buffer)
{
	const struct net_frame tso = { .flags = 1,
		.gso_type = 1,
		.gso_size = 1000,
		.hdr_len = 54,
		.csum_start = 34,
		.csum_offset = 16 };
	struct netrig nr;

	(void)netrig_packet(big, (const uint8_t *)"\2\1\1\1\1\1", 4, 6, 3054);
	start(&nr, GUEST_GSO);
	offer(&nr, &tso, 3054);
	T_EQ(nr.port.nwaiting, 1);
	netrig_buffers(&nr, 0, 2, 2100);
	T_EQ(nr.port.nwaiting, 0);
	T_EQ(netrig_received(&nr, 0, NULL, got), 1054);
	T_EQ(netrig_received(&nr, 0, NULL, got), 1054);
	T_EQ(netrig_received(&nr, 0, NULL, got), -1);
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_BUFFER], 1);
	netrig_fini(&nr);
}

TEST(net_rx, legacy_headers)
{
	const struct vnet_config config = { .queue_size = NETRIG_SIZE };
	const struct vpci_virtio_config pci = { .kind = VPCI_LEGACY };
	const uint32_t any = UINT32_C(1) << VIRTIO_F_ANY_LAYOUT;
	struct netrig_piece pieces[2];
	struct virtq_used_elem elem;
	struct netrig nr;

	netrig_init(&nr, &config, &pci);
	netrig_start_legacy(&nr, NETBIT(MAC) | any);
	netrig_buffers(&nr, 0, 2, 1524);
	fill(1514);
	netrig_inject_bytes(&nr, 0, big, 1514);
	T_EQ(netrig_received(&nr, 0, NULL, got), 1514);
	T_TRUE(same(1514));
	T_EQ(nr.rig.nreports, 0);
	/* Section 5.1.6.6: the header in a descriptor of its own. */
	netrig_start_legacy(&nr, NETBIT(MAC));
	netrig_buffers(&nr, 0, 1, 1524);
	netrig_inject_bytes(&nr, 0, big, 100);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.6"));
	T_TRUE(netrig_used(&nr, 0, &elem));
	pieces[0] = (struct netrig_piece) { netrig_alloc(&nr, 10), 10,
		VIRTQ_DESC_F_WRITE };
	pieces[1] = (struct netrig_piece) { netrig_alloc(&nr, 200), 200,
		VIRTQ_DESC_F_WRITE };
	(void)netrig_add(&nr, 0, pieces, 2);
	netrig_inject_bytes(&nr, 0, big, 100);
	T_EQ(nr.rig.nreports, 0);
	T_TRUE(netrig_used(&nr, 0, &elem));
	T_EQ(elem.len, 110);
	T_TRUE(memcmp(rig_at(&nr.rig, pieces[1].gpa), big, 100) == 0);
	netrig_fini(&nr);
}

/* Frames that came before the driver did. */
TEST(net_rx, a_frame_waits_for_the_driver)
{
	struct netrig nr;

	netrig_init(&nr, NULL, NULL);
	fill(100);
	netrig_inject_bytes(&nr, 0, big, 100);
	T_EQ(nr.port.nwaiting, 1);
	netrig_start(&nr, nr.rig.dev->offered & ~(NETBIT(CTRL_RX) | HASH));
	netrig_buffers(&nr, 0, 1, 2048);
	T_EQ(netrig_received(&nr, 0, NULL, got), 100);
	netrig_fini(&nr);
}

static unsigned reset_at;

static void
reset_once(struct rig *rig)
{
	if (reset_at != 0 && --reset_at == 0)
		RIG_SET(rig, device_status, 0);
}

/* A reset between any two steps of a frame in three buffers. */
TEST(net_rx, a_reset_in_the_middle)
{
	struct netrig nr;
	unsigned at;

	for (at = 1; at < 40; at++) {
		start(&nr, 0);
		netrig_buffers(&nr, 0, 4, 100);
		rig_points(&nr.rig, reset_once);
		reset_at = at;
		fill(250);
		netrig_inject_bytes(&nr, 0, big, 250);
		reset_at = 0;
		RIG_SET(&nr.rig, device_status, 0);
		netrig_start(&nr,
		    nr.rig.dev->offered & ~(NETBIT(CTRL_RX) | HASH));
		netrig_buffers(&nr, 0, 4, 100);
		if (nr.port.nwaiting == 0)
			netrig_inject_bytes(&nr, 0, big, 250);
		T_EQ(netrig_received(&nr, 0, NULL, got), 250);
		T_TRUE(same(250));
		netrig_fini(&nr);
	}
}
