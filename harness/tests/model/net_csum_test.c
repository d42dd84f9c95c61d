/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Checksums and headers, against RFC 1071's example, plain code and tshark.
 */
#include "model/net_csum.h"

#include <stdlib.h>
#include <string.h>

#include "tests/model/netframe.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

static struct netframe nf;

/* As a number: what lies in memory, read as the network does. */
static unsigned
number(uint16_t sum)
{
	uint8_t bytes[2];

	memcpy(bytes, &sum, 2);
	return ((unsigned)bytes[0] << 8 | bytes[1]);
}

TEST(net_csum, rfc_1071_example)
{
	/* Section 3: the sum of these is ddf2, and the checksum 220d. */
	static const uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5,
		0xf6, 0xf7 };

	T_EQ(number(net_sum(bytes, sizeof(bytes), 0)), 0xddf2);
	T_EQ(number((uint16_t)~net_sum(bytes, sizeof(bytes), 0)), 0x220d);
}

TEST(net_csum, any_length_at_any_address)
{
	uint8_t bytes[400];
	size_t length, at, i;
	unsigned differ = 0;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167 + i / 3);
	for (length = 0; length < 300; length++)
		for (at = 0; at < 16; at++)
			differ += number(net_sum(bytes + at, length, 0)) !=
			    netframe_sum(bytes + at, length, 0);
	T_EQ(differ, 0);
}

TEST(net_csum, carries_are_not_lost)
{
	static uint8_t ones[65536];

	memset(ones, 0xff, sizeof(ones));
	/* Both zeros of one's complement: this is the other one. */
	T_EQ(net_sum(ones, sizeof(ones), 0), 0xffff);
	T_EQ(net_sum(ones, sizeof(ones), 1), 1);
	ones[1] = 0xfe;
	T_EQ(number(net_sum(ones, sizeof(ones), 0)), 0xfffe);
	T_EQ(net_sum_add(0xffff, 1), 1);
}

TEST(net_csum, pieces_of_any_length)
{
	uint8_t bytes[257];
	struct iovec iov[257];
	size_t piece, from, i;
	unsigned n, differ = 0;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 91 + 5);
	for (piece = 1; piece < 40; piece++) {
		for (n = 0, i = 0; i < sizeof(bytes); i += piece)
			iov[n++] = (struct iovec) { bytes + i,
				i + piece < sizeof(bytes) ? piece :
							    sizeof(bytes) - i };
		for (from = 0; from < 50; from++)
			differ += net_sum_iov(iov, n, from, 200, 0) !=
			    net_sum(bytes + from, 200, 0);
	}
	T_EQ(differ, 0);
}

TEST(net_csum, reading_needs_all_of_a_range)
{
	uint8_t bytes[10] = "abcdefghi", to[10] = "";
	struct iovec iov[2] = { { bytes, 4 }, { bytes + 4, 6 } };

	T_TRUE(net_iov_read(iov, 2, 3, to, 3));
	T_TRUE(memcmp(to, "def", 3) == 0);
	T_TRUE(net_iov_read(iov, 2, 10, to, 0));
	T_FALSE(net_iov_read(iov, 2, 5, to, 6));
	T_FALSE(net_iov_read(iov, 0, 0, to, 1));
	T_TRUE(memcmp(to, "def", 3) == 0);
}

/*
 * --- headers ---
 */

static void
parse(const struct netframe_spec *spec, struct net_headers *headers)
{
	netframe_make(&nf, spec);
	T_TRUE(net_parse(nf.bytes, nf.frame.length, nf.frame.length, headers));
	T_EQ(headers->l3, nf.l3);
	T_EQ(headers->l4, nf.l4);
	T_EQ(headers->payload, nf.payload);
	T_EQ(headers->end, nf.frame.length);
	T_EQ(headers->version, spec->version);
	T_EQ(headers->proto, spec->proto);
	T_EQ(headers->vlans, spec->vlans);
	T_FALSE(headers->fragment);
}

TEST(net_csum, headers_of_all_kinds)
{
	struct net_headers headers;
	unsigned i;

	for (i = 0; i < 3 * 2 * 2 * 8; i++) {
		struct netframe_spec spec = {
			.vlans = i % 3,
			.version = i / 3 % 2 ? 6 : 4,
			.proto = i / 6 % 2 ? NET_PROTO_TCP : NET_PROTO_UDP,
			.options = i / 12 % 8 * 4,
			.hopopts = i / 12 % 2,
			.dstopts = i / 24 % 2,
			.routing = i / 48 % 2,
			.tcp_options = 12,
			.payload = 100,
		};

		parse(&spec, &headers);
	}
}

TEST(net_csum, vlan_tags)
{
	const struct netframe_spec spec = { .vlans = 2,
		.version = 4,
		.proto = NET_PROTO_UDP,
		.payload = 10 };
	struct net_headers headers;

	parse(&spec, &headers);
	T_EQ(headers.vlan_tci, 0x2064);
	T_EQ(headers.ethertype, NET_ETHERTYPE_IP4);
	/* A third one is a type that we do not know. */
	memmove(nf.bytes + 16, nf.bytes + 12, nf.frame.length - 12);
	T_TRUE(net_parse(nf.bytes, 64, 64, &headers));
	T_EQ(headers.vlans, 2);
	T_EQ(headers.version, 0);
}

/* RFC 8200, 4.5: behind hop-by-hop and routing headers. */
TEST(net_csum, place_of_a_fragment_header)
{
	struct netframe_spec spec = { .version = 6,
		.proto = NET_PROTO_UDP,
		.dstopts = true };
	struct net_headers headers;

	parse(&spec, &headers);
	T_EQ(headers.frag_at, 14 + 40);
	T_EQ(headers.frag_next, 14 + 6);
	spec.hopopts = true;
	parse(&spec, &headers);
	T_EQ(headers.frag_at, 14 + 40 + 8);
	T_EQ(headers.frag_next, 14 + 40);
	spec.routing = true;
	parse(&spec, &headers);
	T_EQ(headers.frag_at, 14 + 40 + 8 + 24);
	T_EQ(headers.frag_next, 14 + 40 + 8);
	T_EQ(headers.dst, 14 + 40 + 8 + 8);
}

TEST(net_csum, fragments_are_known)
{
	const struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_UDP,
		.payload = 64 };
	struct net_headers headers;

	netframe_make(&nf, &spec);
	nf.bytes[nf.l3 + 6] = 0x20; /* the first of several */
	T_TRUE(net_parse(nf.bytes, 64, nf.frame.length, &headers));
	T_TRUE(headers.fragment);
	T_EQ(headers.l4, nf.l4);
	T_EQ(net_csum_verify(&nf.frame), NET_CSUM_NONE);
	nf.bytes[nf.l3 + 6] = 0;
	nf.bytes[nf.l3 + 7] = 8; /* the last */
	T_TRUE(net_parse(nf.bytes, 64, nf.frame.length, &headers));
	T_TRUE(headers.fragment);
	T_EQ(headers.l4, 0);
	T_EQ(headers.payload, 0);
	nf.bytes[nf.l3 + 6] = 0x40; /* must not be one */
	nf.bytes[nf.l3 + 7] = 0;
	T_TRUE(net_parse(nf.bytes, 64, nf.frame.length, &headers));
	T_FALSE(headers.fragment);
}

/* A frame that is cut anywhere is read no further; ASan looks on. */
TEST(net_csum, cut_frames)
{
	static const struct netframe_spec specs[] = {
		{ .vlans = 2,
		    .version = 4,
		    .proto = NET_PROTO_TCP,
		    .options = 40,
		    .tcp_options = 40,
		    .payload = 5 },
		{ .vlans = 1,
		    .version = 6,
		    .proto = NET_PROTO_UDP,
		    .hopopts = true,
		    .dstopts = true,
		    .routing = true,
		    .payload = 5 },
	};
	struct net_headers headers;
	uint32_t length;
	uint8_t *copy;
	size_t i;

	for (i = 0; i < 2; i++) {
		netframe_make(&nf, &specs[i]);
		for (length = 0; length < nf.frame.length; length++) {
			copy = malloc(length + 1);
			T_REQUIRE(copy != NULL);
			memcpy(copy + 1, nf.bytes, length);
			T_EQ(net_parse(copy + 1, length, length, &headers),
			    length >= 14);
			T_EQ(headers.end, 0);
			T_TRUE(headers.payload <= length);
			T_TRUE(headers.l4 <= length);
			free(copy);
		}
	}
}

/* Whatever the bytes are, offsets stay inside. */
TEST(net_csum, random_headers)
{
	static const struct netframe_spec spec = { .version = 6,
		.proto = NET_PROTO_TCP,
		.hopopts = true,
		.dstopts = true,
		.routing = true,
		.payload = 60 };
	struct net_headers headers;
	unsigned round, outside = 0;
	uint64_t seed = 5;

	for (round = 0; round < 20000; round++) {
		netframe_make(&nf, &spec);
		for (unsigned n = 0; n < 4; n++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			nf.bytes[12 + (seed >> 33) % 120] =
			    (uint8_t)(seed >> 25);
		}
		(void)net_parse(nf.bytes, nf.frame.length, nf.frame.length,
		    &headers);
		outside += headers.l4 > nf.frame.length ||
		    headers.payload > nf.frame.length ||
		    headers.end > nf.frame.length ||
		    headers.frag_at > nf.frame.length ||
		    headers.src + 16u > nf.frame.length ||
		    headers.dst + 16u > nf.frame.length;
		(void)net_csum_verify(&nf.frame);
	}
	T_EQ(outside, 0);
}

/*
 * --- checksums ---
 */

TEST(net_csum, partial_checksums_are_finished)
{
	uint8_t whole[2];
	uint16_t sum;
	unsigned i;

	for (i = 0; i < 48; i++) {
		struct netframe_spec spec = {
			.version = i % 2 ? 6 : 4,
			.proto = i / 2 % 2 ? NET_PROTO_TCP : NET_PROTO_UDP,
			.routing = i / 4 % 2,
			.payload = 1 + i * 31,
		};

		netframe_make(&nf, &spec);
		memcpy(whole, nf.bytes + nf.l4 + (i / 2 % 2 ? 16 : 6), 2);
		spec.partial = true;
		netframe_make(&nf, &spec);
		netframe_split(&nf, 1 + i);
		T_TRUE(net_csum_finish(&nf.frame, &sum));
		T_TRUE(memcmp(whole, &sum, 2) == 0);
	}
}

TEST(net_csum, nothing_is_finished_outside_of_a_frame)
{
	uint8_t zeros[64] = { 0 };
	uint16_t sum = 0;

	netframe_raw(&nf, zeros, sizeof(zeros));
	nf.frame.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	nf.frame.csum_start = 60;
	nf.frame.csum_offset = 2;
	T_TRUE(net_csum_finish(&nf.frame, &sum));
	/* UDP has no other way to say 0 (RFC 768). */
	T_EQ(sum, 0xffff);
	nf.frame.csum_offset = 3;
	T_FALSE(net_csum_finish(&nf.frame, &sum));
	nf.frame.csum_start = 0xffff;
	nf.frame.csum_offset = 0xffff;
	T_FALSE(net_csum_finish(&nf.frame, &sum));
}

TEST(net_csum, verdicts)
{
	struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_UDP,
		.payload = 33 };

	netframe_make(&nf, &spec);
	netframe_split(&nf, 7);
	T_EQ(net_csum_verify(&nf.frame), NET_CSUM_GOOD);
	/* Padding does not count. */
	nf.frame.length += 3;
	netframe_split(&nf, 100);
	T_EQ(net_csum_verify(&nf.frame), NET_CSUM_GOOD);
	nf.bytes[nf.payload] ^= 1;
	T_EQ(net_csum_verify(&nf.frame), NET_CSUM_BAD);
	nf.bytes[nf.payload] ^= 1;
	nf.bytes[nf.l3 + 8] ^= 1; /* time to live */
	T_EQ(net_csum_verify(&nf.frame), NET_CSUM_BAD);
	nf.bytes[nf.l3 + 8] ^= 1;
	memset(nf.bytes + nf.l4 + 6, 0, 2);
	T_EQ(net_csum_verify(&nf.frame), NET_CSUM_NONE);
	/* UDP says that it is longer than IP is. */
	netframe_make(&nf, &spec);
	nf.bytes[nf.l4 + 5]++;
	T_EQ(net_csum_verify(&nf.frame), NET_CSUM_NONE);
	/* IP says that it is longer than the frame is. */
	netframe_make(&nf, &spec);
	nf.bytes[nf.l3 + 3]++;
	T_EQ(net_csum_verify(&nf.frame), NET_CSUM_NONE);
}

/* What tshark calls good and bad. */
TEST(net_csum, tshark_agrees)
{
	struct netpcap pcap;
	unsigned i, good = 0, bad = 0;

	tshark_need();
	netpcap_begin(&pcap);
	for (i = 0; i < 96; i++) {
		struct netframe_spec spec = {
			.vlans = i % 3,
			.version = i / 3 % 2 ? 6 : 4,
			.proto = i / 6 % 2 ? NET_PROTO_TCP : NET_PROTO_UDP,
			.options = i / 12 % 2 * 8,
			.hopopts = i / 12 % 2,
			.dstopts = i / 24 % 2,
			.payload = 1 + i * 15,
		};

		netframe_make(&nf, &spec);
		if (i / 48)
			nf.bytes[nf.frame.length - 1 - i % 2] ^= 0x10;
		netpcap_add(&pcap, &nf.frame);
		good += net_csum_verify(&nf.frame) == NET_CSUM_GOOD;
		bad += net_csum_verify(&nf.frame) == NET_CSUM_BAD;
	}
	netpcap_end(&pcap);
	T_EQ(good, 48);
	T_EQ(bad, 48);
	T_EQ(tshark_count(tempfile_path, TSHARK_GOOD), good);
	T_EQ(tshark_count(tempfile_path, TSHARK_BAD), bad);
	tempfile_remove();
}
