/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Segmentation: what has to be in each segment, what tshark thinks of it, and
 * headers that lie.
 */
#include "model/net_gso.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/net_byte.h"
#include "tests/model/netframe.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

static struct netframe nf;
static struct net_gso gso;
static uint8_t flat[NETFRAME_ROOM];
static uint8_t stream[NETFRAME_ROOM];

/* All of TCP and USO, in all shapes; false at the end. */
static bool
shape(unsigned i, struct netframe_spec *spec)
{
	*spec = (struct netframe_spec) {
		.vlans = i % 3,
		.version = i / 3 % 2 ? 6 : 4,
		.proto = i / 6 % 2 ? NET_PROTO_TCP : NET_PROTO_UDP,
		.options = i / 12 % 2 * 8,
		.hopopts = i / 12 % 2,
		.routing = i / 24 % 2,
		.dstopts = i / 48 % 2,
		.tcp_options = i % 2 * 12,
		.tcp_flags = 0xd9, /* CWR, ECE, ACK, PSH, FIN */
		.payload = 1 + i * 211 % 20000,
		.partial = true,
		.gso_size = (uint16_t)(1 + i * 97 % 1448),
	};
	spec->gso_type = spec->proto == NET_PROTO_UDP ?
	    VIRTIO_NET_HDR_GSO_UDP_L4 :
	    spec->version == 4 ?
	    VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN :
	    VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN;
	return (i < 96);
}

static void
check_tcp(const uint8_t *tcp, uint32_t at, bool first, bool last)
{
	uint8_t flags = 0x50; /* ECE and ACK: in all of them */

	if (first)
		flags |= 0x80;
	if (last)
		flags |= 0x09;
	T_EQ(net_get32(tcp + 4), 0xfffffff0 + at);
	T_EQ(net_get32(tcp + 8), 77);
	T_EQ(tcp[13], flags);
}

/* One segment; returns how many bytes of payload it has. */
static uint32_t
check_segment(const struct netframe_spec *spec, const struct net_frame *segment,
    unsigned index, uint32_t at)
{
	uint32_t length = netframe_flat(segment, flat), data;
	const uint8_t *ip = flat + nf.l3, *l4 = flat + nf.l4;

	data = length - nf.payload;
	T_EQ(segment->flags, 0);
	T_EQ(segment->gso_type, 0);
	T_TRUE(data == spec->gso_size || at + data == spec->payload);
	T_TRUE(memcmp(flat, nf.bytes, nf.l3) == 0);
	if (spec->version == 4) {
		T_EQ(net_get16(ip + 2), length - nf.l3);
		T_EQ(net_get16(ip + 4), (0xfffe + index) & 0xffff);
	} else {
		T_EQ(net_get16(ip + 4), length - nf.l3 - 40);
	}
	if (spec->proto == NET_PROTO_TCP)
		check_tcp(l4, at, at == 0, at + data == spec->payload);
	else
		T_EQ(net_get16(l4 + 4), 8 + data);
	memcpy(stream + at, flat + nf.payload, data);
	return (data);
}

TEST(net_gso, segments_of_all_kinds)
{
	struct netframe_spec spec;
	struct net_frame segment;
	struct netframe *other = calloc(1, sizeof(*other));
	unsigned i, n;
	uint32_t at, length;

	T_REQUIRE(other != NULL);
	for (i = 0; shape(i, &spec); i++) {
		netframe_make(&nf, &spec);
		netframe_split(&nf, 1 + i * 37);
		T_EQ(net_gso_begin(&gso, &nf.frame, NET_OFFLOAD_CSUM), 0);
		at = n = 0;
		while (net_gso_next(&gso, &segment)) {
			at += check_segment(&spec, &segment, n++, at);
			/* The plain code comes to the same checksums. */
			length = segment.length;
			netframe_raw(other, flat, length);
			other->l3 = nf.l3;
			other->l4 = nf.l4;
			other->payload = nf.payload;
			netframe_finish(other);
			T_TRUE(memcmp(flat, other->bytes, length) == 0);
		}
		T_EQ(at, spec.payload);
		T_EQ(n, (spec.payload + spec.gso_size - 1) / spec.gso_size);
		T_TRUE(memcmp(stream, nf.bytes + nf.payload, at) == 0);
	}
	free(other);
}

TEST(net_gso, what_a_port_takes_is_left)
{
	struct netframe_spec spec;
	struct net_frame out;
	unsigned i;

	for (i = 0; shape(i, &spec); i++) {
		netframe_make(&nf, &spec);
		T_EQ(net_gso_begin(&gso, &nf.frame, NET_OFFLOAD_ALL), 0);
		T_TRUE(net_gso_next(&gso, &out));
		T_TRUE(out.iov == nf.frame.iov);
		T_EQ(out.iovcnt, nf.frame.iovcnt);
		T_EQ(out.length, nf.frame.length);
		T_EQ(out.flags, nf.frame.flags);
		T_EQ(out.gso_type, nf.frame.gso_type);
		T_EQ(out.gso_size, nf.frame.gso_size);
		T_EQ(out.csum_start, nf.frame.csum_start);
		T_FALSE(net_gso_next(&gso, &out));
	}
}

TEST(net_gso, needs)
{
	struct netframe_spec spec = { .version = 6,
		.proto = NET_PROTO_UDP,
		.payload = 100,
		.partial = true,
		.gso_size = 8,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4 };

	netframe_make(&nf, &spec);
	T_EQ(net_gso_needs(&nf.frame), NET_OFFLOAD_CSUM | NET_OFFLOAD_USO6);
	spec.version = 4;
	netframe_make(&nf, &spec);
	T_EQ(net_gso_needs(&nf.frame), NET_OFFLOAD_CSUM | NET_OFFLOAD_USO4);
	nf.frame.gso_type = VIRTIO_NET_HDR_GSO_UDP;
	T_EQ(net_gso_needs(&nf.frame), NET_OFFLOAD_CSUM | NET_OFFLOAD_UFO);
	nf.frame.gso_type = VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN;
	T_EQ(net_gso_needs(&nf.frame),
	    NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO6 | NET_OFFLOAD_ECN);
	nf.frame.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	T_EQ(net_gso_needs(&nf.frame), NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4);
	nf.frame.flags = nf.frame.gso_type = 0;
	T_EQ(net_gso_needs(&nf.frame), 0);
}

TEST(net_gso, a_checksum_alone)
{
	struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_TCP,
		.payload = 777 };
	struct net_frame out;
	uint8_t whole[1000];
	size_t piece;

	netframe_make(&nf, &spec);
	memcpy(whole, nf.bytes, nf.frame.length);
	spec.partial = true;
	netframe_make(&nf, &spec);
	for (piece = 1; piece < 100; piece++) {
		/* netframe_split() has room for so many pieces. */
		netframe_split(&nf, piece + 2);
		T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
		T_TRUE(net_gso_next(&gso, &out));
		T_EQ(netframe_flat(&out, flat), nf.frame.length);
		T_EQ(out.flags, 0);
		T_TRUE(memcmp(flat, whole, nf.frame.length) == 0);
		T_FALSE(net_gso_next(&gso, &out));
	}
}

/*
 * --- tshark ---
 */

TEST(net_gso, tshark_finds_no_bad_segment)
{
	struct netframe_spec spec;
	struct net_frame segment;
	struct netpcap pcap;
	unsigned i;

	tshark_need();
	netpcap_begin(&pcap);
	for (i = 0; shape(i, &spec); i++) {
		/* tshark does not follow routing headers of type 2. */
		spec.routing = false;
		spec.payload %= 3000;
		netframe_make(&nf, &spec);
		if (spec.payload == 0)
			continue;
		T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
		while (net_gso_next(&gso, &segment))
			netpcap_add(&pcap, &segment);
	}
	netpcap_end(&pcap);
	T_TRUE(pcap.count > 200);
	T_EQ(tshark_count(tempfile_path, TSHARK_GOOD), pcap.count);
	T_EQ(tshark_count(tempfile_path, TSHARK_BAD), 0);
	tempfile_remove();
}

static const struct netframe_spec ufo = { .version = 4,
	.proto = NET_PROTO_UDP,
	.payload = 5000,
	.partial = true,
	.gso_type = VIRTIO_NET_HDR_GSO_UDP,
	.gso_size = 1480 };

/* It puts the fragments together; their checksum is right, and only theirs. */
TEST(net_gso, tshark_reassembles_fragments)
{
	struct netframe_spec spec;
	struct net_frame fragment;
	struct netpcap pcap;
	char command[400];
	unsigned i;

	tshark_need();
	netpcap_begin(&pcap);
	for (i = 0; i < 16; i++) {
		spec = ufo;
		spec.version = i % 2 ? 6 : 4;
		spec.options = i / 2 % 2 * 8;
		spec.hopopts = i / 2 % 2;
		spec.dstopts = i / 4 % 2;
		spec.gso_size = (uint16_t)(40 + i * 91);
		netframe_make(&nf, &spec);
		/* Another identification for each, as a sender would. */
		if (spec.version == 4)
			nf.bytes[nf.l3 + 4] = (uint8_t)i;
		T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
		while (net_gso_next(&gso, &fragment))
			netpcap_add(&pcap, &fragment);
	}
	netpcap_end(&pcap);
	(void)snprintf(command, sizeof(command),
	    "test \"$(tshark -n -r \"$1\" -o ip.check_checksum:TRUE"
	    " -o udp.check_checksum:TRUE -o ip.defragment:TRUE"
	    " -o ipv6.defragment:TRUE -Y 'udp.checksum.status==1&&"
	    "udp.length==5008' -T fields -e frame.number 2>/dev/null |"
	    " wc -l)\" = 16");
	T_EQ(tempfile_shell(command), 0);
	T_EQ(
	    tshark_count(tempfile_path, "ip.checksum.status==0||_ws.malformed"),
	    0);
	tempfile_remove();
}

/* RFC 791, 3.2; RFC 8200, 4.5. */
TEST(net_gso, fragments)
{
	struct netframe_spec spec = ufo;
	struct net_frame fragment;
	uint32_t at = 0, length, data;
	const uint8_t *ip = flat + 14;
	unsigned n;

	spec.options = 8;
	spec.gso_size = 1487; /* not a multiple of 8 */
	netframe_make(&nf, &spec);
	T_EQ(net_gso_begin(&gso, &nf.frame, NET_OFFLOAD_CSUM), 0);
	for (n = 0; net_gso_next(&gso, &fragment); n++) {
		length = netframe_flat(&fragment, flat);
		data = length - nf.l4;
		T_EQ(at % 8, 0);
		T_EQ(net_get16(ip + 4), 0xfffe);
		T_EQ(net_get16(ip + 6),
		    at / 8 | (at + data < 5008 ? 0x2000 : 0));
		T_EQ(net_get16(ip + 2), 28 + data);
		/* The timestamp is in the first one only. */
		T_EQ(ip[20], n == 0 ? 0x44 : 1);
		T_EQ(net_sum(ip, 28, 0), 0xffff);
		memcpy(stream + at, flat + nf.l4, data);
		at += data;
	}
	T_EQ(n, 4);
	T_EQ(at, 5008);
	T_TRUE(memcmp(stream + 8, nf.bytes + nf.payload, 5000) == 0);
}

TEST(net_gso, ipv6_fragments_are_told_apart)
{
	struct netframe_spec spec = ufo;
	struct net_frame fragment;
	uint32_t first, second;

	spec.version = 6;
	netframe_make(&nf, &spec);
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
	T_TRUE(net_gso_next(&gso, &fragment));
	(void)netframe_flat(&fragment, flat);
	first = net_get32(flat + 14 + 40 + 4);
	T_TRUE(net_gso_next(&gso, &fragment));
	(void)netframe_flat(&fragment, flat);
	T_EQ(net_get32(flat + 14 + 40 + 4), first);
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
	T_TRUE(net_gso_next(&gso, &fragment));
	(void)netframe_flat(&fragment, flat);
	second = net_get32(flat + 14 + 40 + 4);
	T_TRUE(first != second);
}

/*
 * --- lies ---
 */

TEST(net_gso, headers_that_lie)
{
	struct netframe_spec spec;
	struct net_frame good;
	unsigned i;

#define LIE(field, value)                                        \
	do {                                                     \
		nf.frame.field = value;                          \
		T_EQ(net_gso_begin(&gso, &nf.frame, 0), EINVAL); \
		nf.frame = good;                                 \
	} while (0)
	for (i = 0; shape(i, &spec); i += 5) {
		netframe_make(&nf, &spec);
		good = nf.frame;
		LIE(flags, 0);
		LIE(gso_size, 0);
		LIE(gso_type, 2);
		LIE(gso_type, 0x7f);
		LIE(gso_type,
		    VIRTIO_NET_HDR_GSO_UDP_L4 | VIRTIO_NET_HDR_GSO_ECN);
		LIE(gso_type, VIRTIO_NET_HDR_GSO_ECN);
		LIE(gso_type,
		    spec.proto == NET_PROTO_TCP ? VIRTIO_NET_HDR_GSO_UDP :
						  VIRTIO_NET_HDR_GSO_TCPV4);
		LIE(gso_type,
		    spec.version == 4 ? VIRTIO_NET_HDR_GSO_TCPV6 :
					VIRTIO_NET_HDR_GSO_TCPV4);
		LIE(csum_start, (uint16_t)(good.csum_start + 1));
		LIE(csum_start, 0xffff);
		LIE(csum_offset, 4);
		/* Only headers, and less than that. */
		LIE(length, nf.payload);
		LIE(length, nf.l4 + 4);
		LIE(length, 14);
	}
#undef LIE
}

TEST(net_gso, fragments_are_not_segmented_again)
{
	struct netframe_spec spec = ufo;

	netframe_make(&nf, &spec);
	nf.bytes[nf.l3 + 6] = 0x20;
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), EINVAL);
	nf.bytes[nf.l3 + 6] = 0;
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
	/* The header does not fit into the first one. */
	nf.frame.gso_size = 7;
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), EINVAL);
	spec.version = 6;
	spec.dstopts = true;
	spec.gso_size = 8;
	netframe_make(&nf, &spec);
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), EINVAL);
	nf.frame.gso_size = 16;
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
}

TEST(net_gso, segments_that_ip_cannot_have)
{
	struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_TCP,
		.payload = 65530,
		.partial = true,
		.gso_size = 65530,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4 };

	netframe_make(&nf, &spec);
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), EMSGSIZE);
	nf.frame.gso_size = 65535 - 40;
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
	spec.proto = NET_PROTO_UDP;
	spec.gso_type = VIRTIO_NET_HDR_GSO_UDP;
	netframe_make(&nf, &spec);
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), EMSGSIZE);
}

TEST(net_gso, too_many_pieces)
{
	static struct iovec iov[NETPORT_SEGMENTS_MAX + 1];
	struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_TCP,
		.payload = 2000,
		.partial = true };
	struct net_frame out;
	unsigned i;

	netframe_make(&nf, &spec);
	for (i = 0; i < NETPORT_SEGMENTS_MAX + 1; i++)
		iov[i] = (struct iovec) { nf.bytes + i, 1 };
	nf.frame.iov = iov;
	nf.frame.length = nf.frame.iovcnt = NETPORT_SEGMENTS_MAX - 1;
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), EMSGSIZE);
	nf.frame.length = nf.frame.iovcnt = NETPORT_SEGMENTS_MAX - 2;
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
	T_TRUE(net_gso_next(&gso, &out));
	nf.frame.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	nf.frame.gso_size = 1;
	nf.frame.length = nf.frame.iovcnt = NETPORT_SEGMENTS_MAX;
	T_EQ(net_gso_begin(&gso, &nf.frame, 0), 0);
	while (net_gso_next(&gso, &out))
		T_EQ(out.length, nf.payload + 1);
}

/* Whatever lies in the headers, what comes out has the frame's payload. */
TEST(net_gso, random_headers)
{
	struct netframe_spec spec;
	struct net_frame out;
	uint64_t seed = 11;
	unsigned round, taken = 0;
	uint32_t bytes;

	for (round = 0; round < 5000; round++) {
		(void)shape(round % 96, &spec);
		spec.payload = spec.payload % 400 + 1;
		if (round % 3 == 0 && spec.proto == NET_PROTO_UDP)
			spec.gso_type = VIRTIO_NET_HDR_GSO_UDP;
		netframe_make(&nf, &spec);
		netframe_split(&nf, 1 + round % 61);
		seed = seed * UINT64_C(6364136223846793005) + 1;
		nf.bytes[12 + (seed >> 33) % 80] ^= (uint8_t)(seed >> 25);
		if (net_gso_begin(&gso, &nf.frame, 0) != 0)
			continue;
		taken++;
		for (bytes = 0; net_gso_next(&gso, &out);) {
			bytes += out.length;
			(void)netframe_flat(&out, flat);
			T_TRUE(out.iovcnt <= NETPORT_SEGMENTS_MAX);
		}
		T_TRUE(bytes >= nf.frame.length);
	}
	T_TRUE(taken > 100);
}
