/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Internet checksum, IPv6's headers, Ethernet's CRC and tags: against
 * published examples, and against sums of single bytes.
 */
#include <sys/endian.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/sctp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netinet6/ip6_var.h>
#include <machine/in_cksum.h>

#include "tests/kernel/mbuftest.h"
#include "tests/test.h"

/* A packet with these bytes, one mbuf for each of the lengths. */
static struct mbuf *
packet(const void *bytes, const int *lens, int n)
{
	struct mbuf *m = mbuf_make(lens, n);

	m_copyback(m, 0, m->m_pkthdr.len, bytes);
	return (m);
}

#define PACKET(bytes, ...)                             \
	packet((bytes), (const int[]) { __VA_ARGS__ }, \
	    (int)(sizeof((const int[]) { __VA_ARGS__ }) / sizeof(int)))

/* RFC 1071, section 3: the sum of these is ddf2. */
static const u_char rfc1071[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6,
	0xf7 };

KERNEL_TEST(in_cksum, example_of_rfc1071)
{
	struct mbuf *m = PACKET(rfc1071, 8);

	T_EQ(in_cksum(m, 8), htons(0xffff - 0xddf2));
	T_EQ(in_cksum_buffer(rfc1071, 8, 0), htons(0xddf2));
	m_freem(m);
}

/* A header whose checksum, b861, is right. */
static const u_char header[] = { 0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00,
	0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00,
	0xc7 };

KERNEL_TEST(in_cksum, header_of_ipv4)
{
	struct ip ip;

	memcpy(&ip, header, sizeof(ip));
	T_EQ(sizeof(ip), 20);
	T_EQ(ip.ip_hl, 5);
	T_EQ(ip.ip_v, IPVERSION);
	T_EQ(ip.ip_p, IPPROTO_UDP);
	T_EQ(in_cksum_hdr(&ip), 0);
	ip.ip_sum = 0;
	T_EQ(in_cksum_hdr(&ip), htons(0xb861));
}

/* One byte after the other, as RFC 1071 defines the sum. */
static u_short
slow_sum(const struct mbuf *m, int from, int to)
{
	uint32_t sum = 0;
	u_char byte;

	for (int i = from; i < to; i++) {
		m_copydata(m, i, 1, (caddr_t)&byte);
		sum += (i - from) % 2 == 0 ? byte << 8 : byte;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return ((u_short)(~sum & 0xffff));
}

/* Wherever the mbufs end, odd or even. */
KERNEL_TEST(in_cksum, sums_across_mbufs)
{
	struct mbuf *m = MBUF_MAKE(1, 2, 3, 0, 7, 64, 99, 1, 300, 5, 17);
	int bad = 0;

	for (int skip = 0; skip < m->m_pkthdr.len; skip += 3)
		for (int len = skip; len <= m->m_pkthdr.len; len += 5)
			bad += in_cksum_skip(m, len, skip) !=
			    htons(slow_sum(m, skip, len));
	T_EQ(bad, 0);
	m_freem(m);
	/* Sums that carry many times. */
	m = MBUF_MAKE(16000);
	memset(mtod(m, char *), 0xff, 16000);
	T_EQ(in_cksum(m, 16000), 0);
	T_EQ(in_cksum(m, 15999), htons(slow_sum(m, 0, 15999)));
	m_freem(m);
}

KERNEL_TEST(in_cksum, pieces_of_sums)
{
	T_EQ(in_addword(0xffff, 1), 1);
	T_EQ(in_addword(0x8000, 0x8000), 1);
	T_EQ(in_addword(1, 2), 3);
	T_EQ(in_pseudo(0, 0, 0), 0);
	T_EQ(in_pseudo(0xffffffff, 0xffffffff, 0xffffffff), 0xffff);
	T_EQ(in_pseudo(0x00010002, 0x00030004, 5), 15);
}

KERNEL_TEST_PANICS(in_cksum, skip_beyond_the_length, "in_cksum_skip")
{
	(void)in_cksum_skip(MBUF_MAKE(10), 4, 5);
}

/*
 * --- IPv6 ---
 */

/*
 * A UDP datagram from ::1 to ::1, ports 0x3039 to 0x0035, of "ringside";
 * behind a hop-by-hop header.  The sum was done by hand, see udp6_sum.
 */
static u_char udp6[] = {
	0x60,
	0,
	0,
	0,
	0,
	24,
	0,
	64, /* header, then addresses */
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1, /* source */
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1, /* destination */
	17,
	0,
	1,
	4,
	0,
	0,
	0,
	0, /* PadN */
	0x30,
	0x39,
	0x00,
	0x35,
	0x00,
	0x10,
	0,
	0, /* UDP */
	'r',
	'i',
	'n',
	'g',
	's',
	'i',
	'd',
	'e',
};
/*
 * Pseudo header: 0001 + 0001 + 0010 + 0011 = 0023.  UDP: 3039 + 0035 + 0010 =
 * 307e.  Data: 7269 + 6e67 + 7369 + 6465 = 1b89e = b89f.  Together e940.
 */
#define udp6_sum 0xe940

KERNEL_TEST(in_cksum, udp_over_ipv6)
{
	struct mbuf *m = PACKET(udp6, 40, 7, 9, 8);
	struct ip6_hdr ip6;

	memcpy(&ip6, udp6, sizeof(ip6));
	T_EQ(sizeof(ip6), 40);
	T_EQ(in6_cksum_pseudo(&ip6, 16, IPPROTO_UDP, 0), htons(0x23));
	T_EQ(in6_cksum(m, IPPROTO_UDP, 48, 16), htons(0xffff - udp6_sum));
	/* Without a protocol there is no pseudo header. */
	T_EQ(in6_cksum(m, 0, 48, 16), htons(0xffff - udp6_sum + 0x23));
	T_EQ(in6_cksum_partial(m, IPPROTO_UDP, 48, 16, 8),
	    htons(0xffff - (0x23 + 0x307e)));
	m_freem(m);
}

KERNEL_TEST(in_cksum, headers_of_ipv6)
{
	struct mbuf *m = PACKET(udp6, 20, 23, 21);
	int nxt;

	T_EQ(ip6_nexthdr(m, 0, IPPROTO_IPV6, &nxt), 40);
	T_EQ(nxt, IPPROTO_HOPOPTS);
	T_EQ(ip6_nexthdr(m, 40, nxt, &nxt), 48);
	T_EQ(nxt, IPPROTO_UDP);
	T_EQ(ip6_nexthdr(m, 48, nxt, &nxt), -1);
	nxt = -1;
	T_EQ(ip6_lasthdr(m, 0, IPPROTO_IPV6, &nxt), 48);
	T_EQ(nxt, IPPROTO_UDP);
	T_EQ(ip6_lasthdr(m, 0, IPPROTO_IPV6, NULL), 48);
	m_freem(m);
	/* Cut in each place: never beyond what there is. */
	for (int len = 0; len < (int)sizeof(udp6); len++) {
		m = PACKET(udp6, 20, 23, 21);
		m_adj(m, len - (int)sizeof(udp6));
		T_TRUE(ip6_lasthdr(m, 0, IPPROTO_IPV6, &nxt) <= len);
		m_freem(m);
	}
	/* A header that claims to be longer than the packet. */
	udp6[41] = 200;
	m = PACKET(udp6, 64);
	T_EQ(ip6_lasthdr(m, 0, IPPROTO_IPV6, &nxt), 40);
	udp6[41] = 0;
	m_freem(m);
}

KERNEL_TEST(in_cksum, fragments_end_the_walk)
{
	u_char bytes[48];
	struct mbuf *m;
	int nxt;

	memcpy(bytes, udp6, 40);
	memcpy(bytes + 40, "\6\0\0\1\0\0\0\11", 8);
	bytes[6] = IPPROTO_FRAGMENT;
	m = PACKET(bytes, 48);
	T_EQ(ip6_lasthdr(m, 0, IPPROTO_IPV6, &nxt), 48);
	T_EQ(nxt, IPPROTO_TCP);
	m_freem(m);
	bytes[42] = 8; /* not the first */
	m = PACKET(bytes, 48);
	T_EQ(ip6_lasthdr(m, 0, IPPROTO_IPV6, &nxt), 40);
	T_EQ(nxt, IPPROTO_FRAGMENT);
	m_freem(m);
}

/*
 * --- wire structures ---
 */

KERNEL_TEST(in_cksum, structures_are_those_of_the_wire)
{
	T_EQ(sizeof(struct ether_header), ETHER_HDR_LEN);
	T_EQ(sizeof(struct ether_vlan_header), 18);
	T_EQ(offsetof(struct ether_vlan_header, evl_tag), 14);
	T_EQ(sizeof(struct tcphdr), 20);
	T_EQ(offsetof(struct tcphdr, th_sum), 16);
	T_EQ(sizeof(struct udphdr), 8);
	T_EQ(offsetof(struct udphdr, uh_sum), 6);
	T_EQ(sizeof(struct sctphdr), 12);
	T_EQ(sizeof(struct sockaddr_in), 16);
	T_EQ(sizeof(struct sockaddr_in6), 28);
	T_EQ(sizeof(struct sockaddr_storage), 128);
	T_EQ(ETHERMTU, 1500);
	T_EQ(ETHERMIN, 46);
	T_EQ(ETHERMTU_JUMBO, 9000);
	T_EQ(EVL_MAKETAG(0x123, 5, 1), 0xb123);
	T_EQ(EVL_VLANOFTAG(0xb123), 0x123);
	T_EQ(EVL_PRIOFTAG(0xb123), 5);
	T_EQ(EVL_CFIOFTAG(0xb123), 1);
}

/* IEEE 802.3's check value: the CRC-32 of "123456789" is cbf43926. */
KERNEL_TEST(in_cksum, ethernet_crc)
{
	static const uint8_t text[] = "123456789";
	uint32_t le = ether_crc32_le(text, 9), reversed = 0;

	T_EQ(~le, 0xcbf43926);
	for (int i = 0; i < 32; i++)
		reversed |= ((le >> i) & 1) << (31 - i);
	T_EQ(ether_crc32_be(text, 9), reversed);
	T_STR(ether_sprintf((const u_int8_t[]) { 0, 1, 0xab, 3, 4, 0xff }),
	    "00:01:ab:03:04:ff");
}

KERNEL_TEST(in_cksum, vlan_tags_go_behind_the_addresses)
{
	struct mbuf *m = MBUF_MAKE(12, 88);
	struct ether_vlan_header evl;

	m = ether_vlanencap(m, 0x2007);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_pkthdr.len, 104);
	m_copydata(m, 0, sizeof(evl), (caddr_t)&evl);
	for (int i = 0; i < 6; i++) {
		T_EQ(evl.evl_dhost[i], MBUF_BYTE(i));
		T_EQ(evl.evl_shost[i], MBUF_BYTE(6 + i));
	}
	T_EQ(evl.evl_encap_proto, htons(ETHERTYPE_VLAN));
	T_EQ(evl.evl_tag, htons(0x2007));
	m_adj(m, 16);
	T_TRUE(mbuf_holds(m, 12, 88));
	m_freem(m);
	m = MBUF_MAKE(MHLEN);
	mbuf_fault("mbuf@", 1);
	T_EQ(ether_vlanencap(m, 1), NULL);
	mbuf_fault(NULL, 0);
	T_EQ(mbuf_used(zone_mbuf), 0);
}
