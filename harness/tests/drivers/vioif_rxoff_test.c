/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver receives: what it believes of what the device says about
 * a packet (virtio 1.3, section 5.1.6.4).  A device that lies about it is
 * played by a port that does, or by changing the header just before the
 * driver sees it.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "model/wire/config.h"
#include "tests/drivers/vioframe.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

#define F(bit)	  VDEV_FEATURE(VIRTIO_NET_F_##bit)
#define GUEST_TSO (F(GUEST_TSO4) | F(GUEST_TSO6))
#define CAP_CSUM  (NETIF_CAP_RXCSUM | NETIF_CAP_RXCSUM_IPV6)

static uint8_t bytes[VIORIG_BYTES];

static struct viorig_frame *
last_in(struct viorig *rig)
{
	return (&rig->in[(rig->received - 1) % VIORIG_FRAMES]);
}

static bool looks_like_tcp;

/* Gives a frame of that kind; with a partial sum, told as 5.1.6.4 has it. */
static void
give(struct viorig *rig, struct vioframe *f, uint8_t flags)
{
	struct viorig_frame frame = { .bytes = bytes, .flags = flags };

	f->partial = (flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0;
	vioframe_make(f, bytes, NULL);
	/* Where TCP has the length of its header. */
	if (looks_like_tcp)
		bytes[f->l4 + 12] = 0x50;
	frame.length = f->length;
	if (f->partial) {
		frame.csum_start = f->l4;
		frame.csum_offset = (uint16_t)(f->csum - f->l4);
	}
	viorig_give(rig, &frame);
}

static const struct vioframe kinds[] = {
	{ .payload = 10 },
	{ .payload = 101, .udp = true },
	{ .payload = 100, .ip6 = true },
	{ .payload = 1, .ip6 = true, .udp = true },
	{ .payload = 333, .ip6 = true, .extension = 60 },
	{ .payload = 1400 },
};

static void
give_all(struct viorig *rig, uint8_t flags, uint32_t good)
{
	struct vioframe f;

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		f = kinds[i];
		give(rig, &f, flags);
		T_EQ(rig->received, i + 1);
		T_EQ(last_in(rig)->rx_flags & NETIF_RX_L4_GOOD, good);
		T_EQ(last_in(rig)->length, f.length);
		/* Whoever passes it on finds it whole. */
		T_TRUE(vioframe_sum_is_good(&f, last_in(rig)->bytes,
		    last_in(rig)->length));
	}
}

TEST(vioif_rxoff, a_partial_sum_is_completed)
{
	struct viorig rig = { 0 };

	viorig_boot(&rig);
	give_all(&rig, VIRTIO_NET_HDR_F_NEEDS_CSUM, NETIF_RX_L4_GOOD);
	T_EQ(viorig_sysctl("rx0.csum_filled"), rig.received);
	viorig_halt(&rig, true);
}

TEST(vioif_rxoff, or_not_if_nobody_wants_that)
{
	struct viorig rig = { 0 };
	struct vioframe f = { .payload = 100 };

	viorig_boot(&rig);
	T_EQ(viorig_set_sysctl("rx_csum_fill", "0"), 0);
	T_EQ(viorig_set_sysctl("rx_csum_fill", "2"), 22);
	give(&rig, &f, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	T_EQ(rig.received, 1);
	T_EQ(last_in(&rig)->rx_flags & NETIF_RX_L4_GOOD, NETIF_RX_L4_GOOD);
	T_EQ(memcmp(last_in(&rig)->bytes, bytes, f.length), 0);
	viorig_halt(&rig, true);
}

TEST(vioif_rxoff, a_sum_that_was_checked_is_good)
{
	struct viorig rig = { 0 };

	viorig_boot(&rig);
	give_all(&rig, VIRTIO_NET_HDR_F_DATA_VALID, NETIF_RX_L4_GOOD);
	T_EQ(viorig_sysctl("rx0.csum_valid"), rig.received);
	viorig_halt(&rig, true);
}

TEST(vioif_rxoff, a_sum_of_which_nothing_is_said_is_not)
{
	struct viorig rig = { 0 };

	viorig_boot(&rig);
	give_all(&rig, 0, 0);
	viorig_halt(&rig, true);
}

/* 5.1.6.4.1: nothing is said without GUEST_CSUM; the device completes it. */
TEST(vioif_rxoff, without_the_feature_sums_are_the_devices)
{
	struct viorig rig = { .net = { .without = F(GUEST_CSUM) } };

	viorig_boot(&rig);
	give_all(&rig, VIRTIO_NET_HDR_F_NEEDS_CSUM, 0);
	viorig_halt(&rig, true);
}

/* The same at run time, by a command, and by a new start without it. */
static void
switch_off(struct viorig *rig)
{
	uint64_t features;
	unsigned resets;

	viorig_boot(rig);
	resets = rig->resets;
	T_EQ(viorig_set_caps(rig, 0, CAP_CSUM), 0);
	features = viorig_sysctl("features");
	T_EQ(rig->resets == resets, (features & F(CTRL_GUEST_OFFLOADS)) != 0);
	T_EQ((features & F(GUEST_CSUM)) != 0,
	    (features & F(CTRL_GUEST_OFFLOADS)) != 0);
	give_all(rig, VIRTIO_NET_HDR_F_NEEDS_CSUM, 0);
	T_EQ(viorig_set_caps(rig, CAP_CSUM, 0), 0);
	T_TRUE((viorig_sysctl("features") & F(GUEST_CSUM)) != 0);
	rig->received = 0;
	give_all(rig, VIRTIO_NET_HDR_F_NEEDS_CSUM, NETIF_RX_L4_GOOD);
	viorig_halt(rig, true);
}

TEST(vioif_rxoff, switched_off_by_a_command)
{
	struct viorig rig = { 0 };

	switch_off(&rig);
}

TEST(vioif_rxoff, switched_off_by_a_reset)
{
	struct viorig rig = { .net = { .without = F(CTRL_GUEST_OFFLOADS) } };

	switch_off(&rig);
}

TEST(vioif_rxoff, switched_off_while_it_is_down)
{
	struct viorig rig = { .net = { .without = F(CTRL_GUEST_OFFLOADS) } };

	viorig_boot_down(&rig);
	T_EQ(viorig_set_caps(&rig, 0, CAP_CSUM), 0);
	T_EQ(viorig_up(&rig), 0);
	T_EQ(viorig_sysctl("features") & F(GUEST_CSUM), 0);
	give_all(&rig, VIRTIO_NET_HDR_F_NEEDS_CSUM, 0);
	viorig_halt(&rig, true);
}

/*
 * --- what is not believed ---
 */

/* Header fields that the device shall have written, from the next frame on. */
static struct lie {
	int flags, gso_type, gso_size, csum_start, csum_offset; /* -1: as is */
} lie;

static void
poke16(uint64_t gpa, int value)
{
	uint16_t wire = wire16((uint16_t)value);

	if (value >= 0)
		viorig_poke(gpa, &wire, sizeof(wire));
}

static void
tell_lies(struct viorig *rig, const struct model_event *event)
{
	uint64_t gpa = rig->first_gpa[0];
	uint8_t byte;

	if (event->type != MODEL_GIVE || event->queue != 0)
		return;
	if (lie.flags >= 0) {
		byte = (uint8_t)lie.flags;
		viorig_poke(gpa + offsetof(struct virtio_net_hdr, flags), &byte,
		    1);
	}
	if (lie.gso_type >= 0) {
		byte = (uint8_t)lie.gso_type;
		viorig_poke(gpa + offsetof(struct virtio_net_hdr, gso_type),
		    &byte, 1);
	}
	poke16(gpa + offsetof(struct virtio_net_hdr, gso_size), lie.gso_size);
	poke16(gpa + offsetof(struct virtio_net_hdr, csum_start),
	    lie.csum_start);
	poke16(gpa + offsetof(struct virtio_net_hdr, csum_offset),
	    lie.csum_offset);
}

/* The packet arrives as it was, and nothing good is said of its sum. */
static void
not_believed(struct vioframe *f, uint8_t flags, struct lie what)
{
	struct viorig rig = { .event = tell_lies };

	lie = what;
	viorig_boot(&rig);
	give(&rig, f, flags);
	T_EQ(rig.received, 1);
	if (rig.received == 1) {
		T_EQ(last_in(&rig)->rx_flags & NETIF_RX_L4_GOOD, 0);
		T_EQ(memcmp(last_in(&rig)->bytes, bytes, f->length), 0);
		T_EQ(viorig_sysctl("rx0.csum_bad"), 1);
	}
	viorig_halt(&rig, true);
}

TEST(vioif_rxoff, a_sum_at_another_place_is_not_written)
{
	static const int starts[] = { 0, 13, 33, 35, 36, 100, 153, 154, 155,
		1000, 65535 };
	static const int offsets[] = { 0, 6, 15, 17, 18, 120, 65535 };
	struct vioframe f = { .payload = 100 };

	for (unsigned i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		not_believed(&f, VIRTIO_NET_HDR_F_NEEDS_CSUM,
		    (struct lie) { -1, -1, -1, starts[i], -1 });
	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		not_believed(&f, VIRTIO_NET_HDR_F_NEEDS_CSUM,
		    (struct lie) { -1, -1, -1, -1, offsets[i] });
}

/* 5.1.6.4.2: with RSC_INFO, which was not negotiated, these are no offsets. */
TEST(vioif_rxoff, rsc_info_was_not_agreed_on)
{
	struct vioframe f = { .payload = 100 };

	not_believed(&f, VIRTIO_NET_HDR_F_NEEDS_CSUM,
	    (struct lie) { VIRTIO_NET_HDR_F_NEEDS_CSUM |
		    VIRTIO_NET_HDR_F_RSC_INFO,
		-1, -1, -1, -1 });
}

TEST(vioif_rxoff, nobody_vouches_for_a_fragment)
{
	struct vioframe f = { .payload = 100, .udp = true, .fragment = true };
	const struct lie none = { -1, -1, -1, -1, -1 };

	not_believed(&f, VIRTIO_NET_HDR_F_DATA_VALID, none);
	/* Nor is its sum completed: there is more of it elsewhere. */
	not_believed(&f, VIRTIO_NET_HDR_F_NEEDS_CSUM, none);
}

TEST(vioif_rxoff, nor_for_what_is_not_known)
{
	struct viorig rig = { 0 };
	struct viorig_frame frame = { .bytes = bytes,
		.length = 60,
		.flags = VIRTIO_NET_HDR_F_DATA_VALID };

	viorig_boot(&rig);
	memset(bytes, 0xff, 60);
	viorig_give(&rig, &frame);
	T_EQ(rig.received, 1);
	T_EQ(last_in(&rig)->rx_flags & NETIF_RX_L4_GOOD, 0);
	T_EQ(viorig_sysctl("rx0.csum_bad"), 1);
	viorig_halt(&rig, true);
}

/* Flags that were not agreed on (5.1.6.4.1). */
TEST(vioif_rxoff, flags_without_the_feature_are_ignored)
{
	struct viorig rig = { .event = tell_lies,
		.net = { .without = F(GUEST_CSUM) } };
	struct vioframe f = { .payload = 100, .bad_sum = true };

	lie = (struct lie) { VIRTIO_NET_HDR_F_DATA_VALID, -1, -1, -1, -1 };
	viorig_boot(&rig);
	give(&rig, &f, 0);
	T_EQ(rig.received, 1);
	T_EQ(last_in(&rig)->rx_flags & NETIF_RX_L4_GOOD, 0);
	/* Nothing is written where they say that a sum belongs. */
	lie = (struct lie) { VIRTIO_NET_HDR_F_NEEDS_CSUM, -1, -1, f.l4, 16 };
	give(&rig, &f, 0);
	T_EQ(rig.received, 2);
	T_EQ(memcmp(last_in(&rig)->bytes, bytes, f.length), 0);
	viorig_halt(&rig, true);
}

/* RFC 768: a sum of 0 would say that there is none. */
TEST(vioif_rxoff, a_sum_of_udp_is_never_zero)
{
	struct viorig rig = { 0 };
	struct vioframe f = { .payload = 2, .udp = true };
	struct viorig_frame frame = { .bytes = bytes,
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM };
	unsigned word;

	/* With these two bytes of payload the sum is 0. */
	vioframe_make(&f, bytes, NULL);
	word = (unsigned)(bytes[f.headers] << 8 | bytes[f.headers + 1]) +
	    (unsigned)(bytes[f.csum] << 8 | bytes[f.csum + 1]);
	word = (word & 0xffff) + (word >> 16);
	f.partial = true;
	vioframe_make(&f, bytes, NULL);
	bytes[f.headers] = (uint8_t)(word >> 8);
	bytes[f.headers + 1] = (uint8_t)word;
	frame.length = f.length;
	frame.csum_start = f.l4;
	frame.csum_offset = 6;
	viorig_boot(&rig);
	viorig_give(&rig, &frame);
	T_EQ(rig.received, 1);
	T_EQ(last_in(&rig)->bytes[f.csum], 0xff);
	T_EQ(last_in(&rig)->bytes[f.csum + 1], 0xff);
	viorig_halt(&rig, true);
}

/*
 * --- packets that were put together ---
 */

static void
give_big(struct viorig *rig, struct vioframe *f, uint8_t type, uint16_t size)
{
	struct viorig_frame frame = { .bytes = bytes,
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = type,
		.gso_size = size };

	f->partial = true;
	vioframe_make(f, bytes, NULL);
	frame.length = f->length;
	frame.csum_start = f->l4;
	frame.csum_offset = (uint16_t)(f->csum - f->l4);
	frame.hdr_len = f->headers;
	viorig_give(rig, &frame);
}

static void
receive_big(struct viorig *rig)
{
	static const uint32_t payloads[] = { 1449, 4000, 4096 * 4, 32768,
		65000 };
	struct vioframe f;
	struct viorig_frame *in;

	viorig_boot(rig);
	for (unsigned i = 0; i < 10; i++) {
		f = (struct vioframe) { .payload = payloads[i / 2],
			.ip6 = i % 2 != 0 };
		give_big(rig, &f,
		    f.ip6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
		    1448);
		T_EQ(rig->received, i + 1);
		if (rig->received != i + 1)
			break;
		in = last_in(rig);
		T_EQ(in->length, f.length);
		T_EQ(memcmp(in->bytes, bytes, f.length), 0);
		T_EQ(in->segments, (f.payload + 1447) / 1448);
		T_EQ(in->rx_flags & NETIF_RX_L4_GOOD, NETIF_RX_L4_GOOD);
	}
	T_EQ(viorig_sysctl("rx0.lro"), 10);
	/* And small ones still fit. */
	f = (struct vioframe) { .payload = 10 };
	give(rig, &f, 0);
	T_EQ(rig->received, 11);
	viorig_halt(rig, true);
}

TEST(vioif_rxoff, big_packets_in_mergeable_buffers)
{
	struct viorig rig = { 0 };

	receive_big(&rig);
}

TEST(vioif_rxoff, big_packets_in_big_buffers)
{
	struct viorig rig = { .net = { .without = F(MRG_RXBUF) } };

	receive_big(&rig);
}

TEST(vioif_rxoff, big_packets_in_a_ring_of_64_without_tables)
{
	struct viorig rig = { .net = { .queue_size = 64,
				  .without = F(MRG_RXBUF) |
				      VDEV_FEATURE(
					  VIRTIO_RING_F_INDIRECT_DESC) } };

	receive_big(&rig);
}

TEST(vioif_rxoff, big_packets_from_a_legacy_device)
{
	struct viorig rig = { .pci = { .kind = VPCI_LEGACY } };

	receive_big(&rig);
}

/* 2.7.5.3.1: a chain of 17 pages does not fit; so there are no big packets. */
TEST(vioif_rxoff, no_big_packets_in_a_short_ring)
{
	struct viorig rig = { .net = { .queue_size = 8,
				  .without = F(MRG_RXBUF) } };
	struct vioframe f = { .payload = 4344 };

	viorig_boot(&rig);
	T_EQ(viorig_sysctl("features") & GUEST_TSO, 0);
	/* Or software would put them together again. */
	T_EQ(viorig_set_caps(&rig, 0, NETIF_CAP_LRO), 0);
	give_big(&rig, &f, VIRTIO_NET_HDR_GSO_TCPV4, 1448);
	T_EQ(rig.received, 3);
	T_EQ(last_in(&rig)->length, 1448 + f.headers);
	viorig_halt(&rig, true);
}

/* The device cuts what it may not hand over whole. */
static void
without_lro(struct viorig *rig)
{
	struct vioframe f = { .payload = 14480 };

	viorig_boot(rig);
	T_EQ(viorig_set_caps(rig, 0, NETIF_CAP_LRO), 0);
	give_big(rig, &f, VIRTIO_NET_HDR_GSO_TCPV4, 1448);
	T_EQ(rig->received, 10);
	T_EQ(last_in(rig)->length, 1448 + f.headers);
	T_EQ(viorig_set_caps(rig, NETIF_CAP_LRO, 0), 0);
	give_big(rig, &f, VIRTIO_NET_HDR_GSO_TCPV4, 1448);
	T_EQ(rig->received, 11);
	viorig_halt(rig, true);
}

TEST(vioif_rxoff, none_by_a_command)
{
	struct viorig rig = { 0 };

	without_lro(&rig);
}

TEST(vioif_rxoff, none_by_a_command_and_other_buffers)
{
	struct viorig rig = { .net = { .without = F(MRG_RXBUF) } };

	without_lro(&rig);
}

TEST(vioif_rxoff, none_by_a_reset)
{
	struct viorig rig = { .net = { .without = F(CTRL_GUEST_OFFLOADS) } };

	without_lro(&rig);
}

/* What the header says must be a packet of that kind. */
static void
dropped(struct vioframe *f, uint64_t without, struct lie what)
{
	struct viorig rig = { .event = tell_lies, .net.without = without };

	lie = what;
	viorig_boot(&rig);
	looks_like_tcp = f->udp;
	give(&rig, f, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	looks_like_tcp = false;
	T_EQ(rig.received, 0);
	T_EQ(viorig_sysctl("rx0.bad_offload"), 1);
	/* Nothing is stuck. */
	rig.event = NULL;
	give(&rig, f, 0);
	T_EQ(rig.received, 1);
	viorig_halt(&rig, true);
}

TEST(vioif_rxoff, what_cannot_have_been_put_together_is_dropped)
{
	struct vioframe tcp = { .payload = 1000 };
	struct vioframe udp = { .payload = 1000, .udp = true };
	struct vioframe tcp6 = { .payload = 1000, .ip6 = true };
	struct vioframe empty = { .payload = 0 };

	/* No size; no such type; others than it is; nothing in it. */
	dropped(&tcp, 0, (struct lie) { -1, 1, 0, -1, -1 });
	dropped(&tcp, 0, (struct lie) { -1, 2, 500, -1, -1 });
	dropped(&tcp, 0, (struct lie) { -1, 0x21, 500, -1, -1 });
	dropped(&tcp, 0, (struct lie) { -1, 4, 500, -1, -1 });
	dropped(&tcp6, 0, (struct lie) { -1, 1, 500, -1, -1 });
	dropped(&udp, 0, (struct lie) { -1, 1, 500, -1, -1 });
	dropped(&empty, 0, (struct lie) { -1, 1, 500, -1, -1 });
	/* Kinds that were not agreed on. */
	dropped(&udp, 0, (struct lie) { -1, 5, 500, -1, -1 });
	dropped(&udp, 0, (struct lie) { -1, 3, 500, -1, -1 });
	dropped(&tcp, F(GUEST_TSO4), (struct lie) { -1, 1, 500, -1, -1 });
	dropped(&tcp6, F(GUEST_TSO6), (struct lie) { -1, 4, 500, -1, -1 });
	dropped(&tcp, F(GUEST_ECN), (struct lie) { -1, 0x81, 500, -1, -1 });
}

/*
 * --- the stack's own ---
 */

TEST(vioif_rxoff, software_puts_segments_together)
{
	struct viorig rig = { .net = { .without = GUEST_TSO } };
	struct viorig_frame frame = { .bytes = bytes,
		.flags = VIRTIO_NET_HDR_F_DATA_VALID };
	struct vioframe f = { .payload = 1000 };

	viorig_boot(&rig);
	for (unsigned i = 0; i < 5; i++) {
		f.seq = 1 + 1000 * i;
		vioframe_make(&f, bytes, NULL);
		frame.length = f.length;
		viorig_queue(&rig, &frame);
	}
	viorig_give(&rig, NULL);
	T_EQ(rig.received, 1);
	T_EQ(last_in(&rig)->length, f.headers + 5000);
	/* Not when it is switched off. */
	T_EQ(viorig_set_caps(&rig, 0, NETIF_CAP_LRO), 0);
	for (unsigned i = 0; i < 5; i++)
		viorig_queue(&rig, &frame);
	viorig_give(&rig, NULL);
	T_EQ(rig.received, 6);
	viorig_halt(&rig, true);
}

/*
 * --- tags ---
 */

TEST(vioif_rxoff, tags_are_taken_out_of_the_frame)
{
	struct viorig rig = { .net = { .without = F(CTRL_VLAN) } };
	struct vioframe f = { .payload = 300, .tag = 0x6007 };

	viorig_boot(&rig);
	give(&rig, &f, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	T_EQ(rig.received, 1);
	T_EQ(last_in(&rig)->rx_flags & NETIF_VLAN, NETIF_VLAN);
	T_EQ(last_in(&rig)->vlan_tag, 0x6007);
	T_EQ(last_in(&rig)->length, f.length - 4);
	T_EQ(memcmp(last_in(&rig)->bytes, bytes, 12), 0);
	/* The sum was completed where the tag still was. */
	T_EQ(last_in(&rig)->rx_flags & NETIF_RX_L4_GOOD, NETIF_RX_L4_GOOD);
	f.l3 -= 4;
	f.l4 -= 4;
	T_TRUE(vioframe_sum_is_good(&f, last_in(&rig)->bytes,
	    last_in(&rig)->length));
	viorig_halt(&rig, true);
}
