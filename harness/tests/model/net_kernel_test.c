/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Checksums and segments against those of Linux: a frame that goes into a TAP
 * with all that is left to be done to it comes out of another one, behind a
 * bridge, with nothing left.
 */
#include <sys/uio.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/net_gso.h"
#include "tests/model/netframe.h"
#include "tests/model/netns.h"
#include "tests/test.h"

static struct netframe nf;
static struct net_gso gso;
static struct netns_frame theirs;
static uint8_t ours[NETFRAME_ROOM];

static bool
put(int tap, const struct net_frame *frame)
{
	struct virtio_net_hdr header = {
		.flags = frame->flags,
		.gso_type = frame->gso_type,
		.hdr_len = wire16(frame->hdr_len),
		.gso_size = wire16(frame->gso_size),
		.csum_start = wire16(frame->csum_start),
		.csum_offset = wire16(frame->csum_offset),
	};
	struct iovec iov[2] = { { &header, VIRTIO_NET_HDR_BYTES },
		{ nf.bytes, frame->length } };

	return (writev(tap, iov, 2) ==
	    (ssize_t)(VIRTIO_NET_HDR_BYTES + frame->length));
}

/* What the host's kernel makes of it, and what we do, are the same. */
static void
compare(int in, int out, const struct netframe_spec *spec)
{
	struct net_frame segment;
	uint32_t length;

	netframe_make(&nf, spec);
	T_TRUE(put(in, &nf.frame));
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
	while (net_gso_next(&gso, &segment)) {
		length = netframe_flat(&segment, ours);
		T_REQUIRE(netns_read(out, nf.bytes + 6, &theirs));
		T_EQ(theirs.header.gso_type, 0);
		T_EQ(theirs.header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, 0);
		T_REQUIRE(theirs.length == length);
		/* It takes identifications of IPv6 fragments from a hash. */
		if (spec->version == 6 &&
		    spec->gso_type == VIRTIO_NET_HDR_GSO_UDP)
			memcpy(ours + gso.headers.frag_at + 4,
			    theirs.bytes + gso.headers.frag_at + 4, 4);
		T_TRUE(memcmp(theirs.bytes, ours, length) == 0);
	}
}

static void
all_shapes(const struct netframe_spec *kind)
{
	static const uint32_t payloads[] = { 1, 99, 100, 101, 200, 201, 1999,
		12000 };
	/* Multiples of 8, and up to 128 segments: so wants Linux. */
	static const uint16_t sizes[] = { 104, 536, 1440 };
	struct netframe_spec spec = *kind;
	size_t i, j;
	int in, out;

	in = netns_tap("in", 0);
	out = netns_tap("out", 0);
	netns_bridge("bridge", "in", "out");
	spec.partial = true;
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			spec.payload = payloads[i];
			spec.gso_size = sizes[j];
			/* What fits is not to be cut at all. */
			spec.gso_type = spec.payload > spec.gso_size ?
			    kind->gso_type :
			    VIRTIO_NET_HDR_GSO_NONE;
			if (spec.gso_type == VIRTIO_NET_HDR_GSO_NONE &&
			    spec.payload > 1400)
				continue;
			compare(in, out, &spec);
		}
	(void)close(in);
	(void)close(out);
}

static void
tcp4(void)
{
	const struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_TCP,
		.tcp_options = 12,
		.tcp_flags = 0x19,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4 };

	all_shapes(&spec);
}

TEST(net_gso, linux_tso4)
{
	netns_run(tcp4);
}

static void
tcp4_ecn(void)
{
	const struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_TCP,
		.options = 8,
		.tcp_flags = 0xd8,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN };

	all_shapes(&spec);
}

TEST(net_gso, linux_tso4_ecn)
{
	netns_run(tcp4_ecn);
}

static void
tcp6(void)
{
	const struct netframe_spec spec = { .version = 6,
		.proto = NET_PROTO_TCP,
		.tcp_options = 12,
		.tcp_flags = 0x11,
		.dstopts = true,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV6 };

	all_shapes(&spec);
}

TEST(net_gso, linux_tso6)
{
	netns_run(tcp6);
}

/* Linux 6.2 and later take these from a TAP. */
static void
need_uso(void)
{
	const struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_UDP,
		.payload = 300,
		.partial = true,
		.gso_size = 100,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4 };
	int tap = netns_tap("probe", 0);
	bool taken;

	netns_up("probe", true);
	netframe_make(&nf, &spec);
	taken = put(tap, &nf.frame);
	(void)close(tap);
	if (!taken)
		test_skip("the host's kernel has no USO");
}

static void
uso4(void)
{
	const struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_UDP,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4 };

	need_uso();
	all_shapes(&spec);
}

TEST(net_gso, linux_uso4)
{
	netns_run(uso4);
}

static void
uso6(void)
{
	const struct netframe_spec spec = { .version = 6,
		.hopopts = true,
		.proto = NET_PROTO_UDP,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4 };

	need_uso();
	all_shapes(&spec);
}

TEST(net_gso, linux_uso6)
{
	netns_run(uso6);
}

static void
ufo4(void)
{
	const struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_UDP,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP };

	all_shapes(&spec);
}

TEST(net_gso, linux_ufo4)
{
	netns_run(ufo4);
}

static void
ufo6(void)
{
	/*
	 * Without extension headers: Linux counts those in front of the
	 * fragment header as if they were fragments' data.
	 */
	const struct netframe_spec spec = { .version = 6,
		.proto = NET_PROTO_UDP,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP };

	all_shapes(&spec);
}

TEST(net_gso, linux_ufo6)
{
	netns_run(ufo6);
}
