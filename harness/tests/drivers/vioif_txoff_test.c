/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver sends: what it leaves to the device (virtio 1.3, section
 * 5.1.6.2), and how a frame gets into descriptors.
 */
#include <stdio.h>
#include <string.h>

#include "model/wire/config.h"
#include "tests/drivers/vioframe.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

#define F(bit) VDEV_FEATURE(VIRTIO_NET_F_##bit)

static uint8_t bytes[VIORIG_BYTES];

static struct viorig_frame *
last_out(struct viorig *rig)
{
	return (&rig->out[(rig->sent - 1) % VIORIG_FRAMES]);
}

/* The stack's wish for a frame of that kind. */
static uint32_t
wish_of(const struct vioframe *f)
{
	if (f->ip6)
		return (f->udp ? NETIF_TX_UDP6 : NETIF_TX_TCP6);
	return (f->udp ? NETIF_TX_UDP4 : NETIF_TX_TCP4);
}

static int
send(struct viorig *rig, struct vioframe *f, struct netif_frame wish)
{
	f->partial = true;
	vioframe_make(f, bytes, NULL);
	wish.flags |= wish_of(f);
	return (viorig_send(rig, bytes, f->length, &wish));
}

static const struct vioframe kinds[] = {
	{ .payload = 100 },
	{ .payload = 101, .udp = true },
	{ .payload = 100, .ip6 = true },
	{ .payload = 1, .ip6 = true, .udp = true },
	{ .payload = 333, .ip6 = true, .extension = 60 },
	{ .payload = 1400, .tag = 7 },
	{ .payload = 0 },
};

/* 5.1.6.2: where the sum begins and where it goes. */
TEST(vioif_txoff, sums_are_left_to_the_device)
{
	struct viorig rig = { .takes = NET_OFFLOAD_ALL };
	struct vioframe f;

	viorig_boot(&rig);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		f = kinds[i];
		T_EQ(send(&rig, &f, (struct netif_frame) { 0 }), 0);
		T_EQ(rig.sent, i + 1);
		T_EQ(last_out(&rig)->flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
		T_EQ(last_out(&rig)->gso_type, VIRTIO_NET_HDR_GSO_NONE);
		T_EQ(last_out(&rig)->csum_start, f.l4);
		T_EQ(last_out(&rig)->csum_offset, f.csum - f.l4);
		T_EQ(last_out(&rig)->length, f.length);
		T_EQ(memcmp(last_out(&rig)->bytes, bytes, f.length), 0);
	}
	T_EQ(viorig_sysctl("tx0.csum"), rig.sent);
	viorig_halt(&rig, true);
}

/* The port cannot; then the device does it, as the frame's header says. */
TEST(vioif_txoff, sums_come_out_right)
{
	struct viorig rig = { 0 };
	struct vioframe f;

	viorig_boot(&rig);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		f = kinds[i];
		T_EQ(send(&rig, &f, (struct netif_frame) { 0 }), 0);
		T_EQ(rig.sent, i + 1);
		T_TRUE(vioframe_sum_is_good(&f, last_out(&rig)->bytes,
		    last_out(&rig)->length));
	}
	viorig_halt(&rig, true);
}

/* Without the feature the stack does it, and flags stay 0. */
TEST(vioif_txoff, sums_are_the_stacks_without_the_feature)
{
	struct viorig rig = { .takes = NET_OFFLOAD_ALL,
		.net = { .without = F(CSUM) } };
	struct netif_info info;
	struct vioframe f = { .payload = 100 };

	viorig_boot(&rig);
	viorig_info(&rig, &info);
	T_EQ(info.capabilities & (NETIF_CAP_TXCSUM | NETIF_CAP_TSO4), 0);
	T_EQ(send(&rig, &f, (struct netif_frame) { 0 }), 0);
	T_EQ(last_out(&rig)->flags, 0);
	T_TRUE(vioframe_sum_is_good(&f, last_out(&rig)->bytes,
	    last_out(&rig)->length));
	viorig_halt(&rig, true);
}

/*
 * --- segmentation ---
 */

static void
segment(struct viorig *rig, struct vioframe *f, uint8_t type)
{
	unsigned sent = rig->sent;

	T_EQ(send(rig, f,
		 (struct netif_frame) { .flags = NETIF_TX_SEGMENT,
		     .segment_size = 1448 }),
	    0);
	T_EQ(rig->sent, sent + 1);
	T_EQ(last_out(rig)->gso_type, type);
	T_EQ(last_out(rig)->gso_size, 1448);
	/* GUEST_HDRLEN: exactly. */
	T_EQ(last_out(rig)->hdr_len, f->headers);
	T_EQ(last_out(rig)->csum_start, f->l4);
	T_EQ(last_out(rig)->csum_offset, f->csum - f->l4);
	T_EQ(last_out(rig)->length, f->length);
	T_EQ(memcmp(last_out(rig)->bytes, bytes, f->length), 0);
}

TEST(vioif_txoff, segmentation_is_left_to_the_device)
{
	struct viorig rig = { .takes = NET_OFFLOAD_ALL };
	struct vioframe tcp4 = { .payload = 60000 };
	struct vioframe tcp6 = { .payload = 10000, .ip6 = true };
	struct vioframe cwr = { .payload = 3000, .tcp_flags = 0x80 };
	struct vioframe udp4 = { .payload = 20000, .udp = true };
	struct vioframe udp6 = { .payload = 3000, .udp = true, .ip6 = true };
	struct vioframe tagged = { .payload = 3000, .tag = 9 };

	viorig_boot(&rig);
	segment(&rig, &tcp4, VIRTIO_NET_HDR_GSO_TCPV4);
	segment(&rig, &tcp6, VIRTIO_NET_HDR_GSO_TCPV6);
	segment(&rig, &cwr, VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN);
	segment(&rig, &udp4, VIRTIO_NET_HDR_GSO_UDP_L4);
	segment(&rig, &udp6, VIRTIO_NET_HDR_GSO_UDP_L4);
	segment(&rig, &tagged, VIRTIO_NET_HDR_GSO_TCPV4);
	T_EQ(viorig_sysctl("tx0.tso"), rig.sent);
	viorig_halt(&rig, true);
}

/* 5.1.6.2.1: CWR and segmentation need HOST_ECN; UDP needs HOST_USO. */
TEST(vioif_txoff, what_the_device_cannot_segment_is_dropped)
{
	struct viorig rig = { .takes = NET_OFFLOAD_ALL,
		.net = { .without = F(HOST_ECN) | F(HOST_USO) } };
	struct vioframe cwr = { .payload = 3000, .tcp_flags = 0x80 };
	struct vioframe udp = { .payload = 3000, .udp = true };
	struct netif_frame wish = { .flags = NETIF_TX_SEGMENT,
		.segment_size = 1448 };
	struct netif_counters counters;

	viorig_boot(&rig);
	T_EQ(send(&rig, &cwr, wish), 45); /* EOPNOTSUPP */
	T_EQ(send(&rig, &udp, wish), 45);
	T_EQ(rig.sent, 0);
	viorig_counters(&rig, &counters);
	T_EQ(counters.oerrors, 2);
	T_EQ(viorig_sysctl("tx0.bad_offload"), 2);
	viorig_halt(&rig, true);
}

/* What the stack gets wrong is dropped here, and not the device's problem. */
TEST(vioif_txoff, wishes_that_make_no_sense_are_dropped)
{
	struct viorig rig = { .takes = NET_OFFLOAD_ALL };
	struct netif_frame wish = { .flags = NETIF_TX_RAW | NETIF_TX_TCP4 };
	struct vioframe f = { .payload = 100, .fragment = true };

	viorig_boot(&rig);
	/* A fragment has no sum of its own. */
	T_EQ(send(&rig, &f, wish), 22);
	/* Neither IPv4 nor IPv6. */
	memset(bytes, 0xff, 200);
	T_EQ(viorig_send(&rig, bytes, 200, &wish), 22);
	/* Not even Ethernet. */
	for (uint32_t length = 1; length < 14; length++)
		T_EQ(viorig_send(&rig, bytes, length,
			 &(struct netif_frame) { .flags = NETIF_TX_RAW }),
		    22);
	/* Cut off in its headers. */
	f.fragment = false;
	f.partial = true;
	vioframe_make(&f, bytes, NULL);
	for (uint32_t length = 14; length < f.csum + 2u; length++)
		T_EQ(viorig_send(&rig, bytes, length, &wish), 22);
	T_EQ(rig.sent, 0);
	/* Of no payload; of no size. */
	f.payload = 0;
	wish.flags |= NETIF_TX_SEGMENT;
	wish.segment_size = 1448;
	T_EQ(send(&rig, &f, wish), 22);
	f.payload = 3000;
	wish.segment_size = 0;
	T_EQ(send(&rig, &f, wish), 22);
	T_EQ(rig.sent, 0);
	viorig_halt(&rig, true);
}

/*
 * --- tags ---
 */

TEST(vioif_txoff, tags_are_put_into_the_frame)
{
	struct viorig rig = { .takes = NET_OFFLOAD_ALL };
	struct vioframe f = { .payload = 100 };
	struct viorig_frame *out;

	viorig_boot(&rig);
	T_EQ(send(&rig, &f,
		 (struct netif_frame) { .flags = NETIF_VLAN,
		     .vlan_tag = 0x6005 }),
	    0);
	T_EQ(rig.sent, 1);
	out = last_out(&rig);
	T_EQ(out->length, f.length + 4);
	T_EQ(rig.tapped_length, f.length + 4);
	T_EQ(memcmp(out->bytes, bytes, 12), 0);
	T_EQ(memcmp(out->bytes + 12, (uint8_t[]) { 0x81, 0, 0x60, 5 }, 4), 0);
	T_EQ(memcmp(out->bytes + 16, bytes + 12, f.length - 12), 0);
	/* And the offsets know of it. */
	T_EQ(out->csum_start, f.l4 + 4);
	viorig_halt(&rig, true);
}

/*
 * --- pieces ---
 */

struct pieces {
	uint32_t length;
	unsigned each; /* bytes */
	uint32_t flags;
	unsigned released;
	uint8_t *memory;
};

static void
released(void *arg)
{
	struct pieces *pieces = arg;

	pieces->released++;
}

/* Memory of somebody else's, read-only, in many pieces. */
static int
send_pieces(struct netif *netif, void *arg)
{
	struct pieces *p = arg;
	struct iovec iov[NETIF_EXTERNAL_IOV];
	struct netif_frame frame = { .iov = iov,
		.length = p->length,
		.flags = p->flags,
		.release = released,
		.release_arg = p };
	int error = 0;

	p->memory = kernel_buffer_alloc(2 * p->length);
	T_REQUIRE(p->memory != NULL);
	/* With gaps, lest neighbours become one segment. */
	for (uint32_t at = 0; at < p->length; at += p->each) {
		iov[frame.iovcnt].iov_base = p->memory + 2 * at;
		iov[frame.iovcnt].iov_len =
		    p->length - at < p->each ? p->length - at : p->each;
		memcpy(p->memory + 2 * at, bytes + at,
		    iov[frame.iovcnt].iov_len);
		frame.iovcnt++;
	}
	(void)netif_output(netif, &frame, 1, &error);
	return (error);
}

static void
free_pieces(void *arg)
{
	kernel_buffer_free(((struct pieces *)arg)->memory);
}

static void
in_pieces(struct viorig *rig, struct vioframe *f, unsigned each)
{
	struct pieces p = { .each = each, .flags = wish_of(f) };
	unsigned sent = rig->sent;

	f->partial = true;
	vioframe_make(f, bytes, NULL);
	p.length = f->length;
	T_EQ(viorig_call(rig, send_pieces, &p), 0);
	/* It is given back when the device has it, if not at once. */
	viorig_wait(2500);
	T_EQ(p.released, 1);
	T_EQ(rig->sent, sent + 1);
	T_EQ(memcmp(last_out(rig)->bytes, bytes, f->length), 0);
	T_EQ(last_out(rig)->csum_start, f->l4);
	fixture_run(free_pieces, &p);
}

TEST(vioif_txoff, headers_may_be_in_pieces)
{
	struct viorig rig = { .takes = NET_OFFLOAD_ALL };
	struct vioframe tcp4 = { .payload = 10 };
	struct vioframe udp6 = { .payload = 10, .ip6 = true, .udp = true };

	viorig_boot(&rig);
	for (unsigned each = 2; each < 8; each++) {
		in_pieces(&rig, &tcp4, each);
		in_pieces(&rig, &udp6, each);
	}
	viorig_halt(&rig, true);
}

/* More pieces than a chain may have segments. */
TEST(vioif_txoff, too_many_pieces_are_put_together)
{
	struct viorig rig = { .takes = NET_OFFLOAD_ALL,
		.net = { .queue_size = 16 } };
	struct vioframe f = { .payload = 500 };

	viorig_boot(&rig);
	in_pieces(&rig, &f, 10);
	T_TRUE(viorig_sysctl("tx0.collapsed") > 0);
	viorig_halt(&rig, true);
}
