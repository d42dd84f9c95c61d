/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): the same bytes in other mbufs.
 */
#include "tests/kernel/mbuftest.h"
#include "tests/test.h"

static struct mbuf *
mixed(void)
{
	return (MBUF_MAKE(1, 100, 0, 1500, 60, 1339));
}

KERNEL_TEST(mbuf_shape, pullup_makes_headers_contiguous)
{
	struct mbuf *m;

	for (int len = 0; len <= MHLEN; len++) {
		m = m_pullup(mixed(), len);
		T_REQUIRE(m != NULL);
		T_TRUE(m->m_len >= len);
		T_EQ(m->m_flags & M_PKTHDR, M_PKTHDR);
		if (!mbuf_holds(m, 0, 3000))
			T_EQ(len, -1);
		m_freem(m);
		/* From a cluster. */
		m = m_pullup(MBUF_MAKE(500, 700), len);
		T_TRUE(m != NULL && m->m_len >= len);
		T_TRUE(mbuf_holds(m, 0, 1200));
		m_freem(m);
	}
	/* More than fits, and more than there is: the packet is gone. */
	T_EQ(m_pullup(mixed(), MHLEN + 1), NULL);
	T_EQ(m_pullup(MBUF_MAKE(10, 20), 31), NULL);
	T_EQ(m_pullup(MBUF_MAKE(300, 20), MHLEN + 1), NULL);
	mbuf_fault("mbuf@", 1);
	T_EQ(m_pullup(MBUF_MAKE(500, 700), 40), NULL);
	mbuf_fault(NULL, 0);
	T_EQ(mbuf_used(zone_mbuf) + mbuf_used(zone_pack), 0);
}

KERNEL_TEST(mbuf_shape, copyup_leaves_room_in_front)
{
	struct mbuf *m;

	for (int len = 0; len <= MHLEN - 16; len += 3) {
		m = m_copyup(mixed(), len, 16);
		T_REQUIRE(m != NULL);
		T_TRUE(m->m_len >= len);
		T_EQ(M_LEADINGSPACE(m), 16);
		T_TRUE(mbuf_holds(m, 0, 3000));
		m_freem(m);
	}
	T_EQ(m_copyup(mixed(), MHLEN - 15, 16), NULL);
	T_EQ(m_copyup(MBUF_MAKE(10, 20), 31, 0), NULL);
	T_EQ(mbuf_used(zone_mbuf) + mbuf_used(zone_pack), 0);
}

/* m_pulldown() at each place, in writable mbufs and in shared ones. */
KERNEL_TEST(mbuf_shape, pulldown_anywhere)
{
	struct mbuf *copy, *m, *n;
	int at, before;

	for (int shared = 0; shared < 2; shared++)
		for (int off = 0; off < 2900; off += 29)
			for (int len = 1; len <= 100; len += 33) {
				m = mixed();
				copy =
				    shared ? m_copypacket(m, M_WAITOK) : NULL;
				n = m_pulldown(m, off, len, &at);
				T_REQUIRE(n != NULL);
				T_TRUE(at >= 0 && n->m_len - at >= len);
				T_EQ(mtod(n, u_char *)[at], MBUF_BYTE(off));
				if (!mbuf_holds(m, 0, 3000))
					T_EQ(off, -len);
				m_freem(m);
				if (shared && !mbuf_holds(copy, 0, 3000))
					T_EQ(off, len);
				m_freem(copy);
			}
	/* What is contiguous already stays where it is. */
	m = mixed();
	n = m_pulldown(m, 1, 100, &at);
	T_EQ(n, m->m_next);
	T_EQ(at, 0);
	T_EQ(mbuf_count(m), 6);
	m_freem(m);
	/* Without offp it starts an mbuf. */
	m = mixed();
	n = m_pulldown(m, 700, 300, NULL);
	T_REQUIRE(n != NULL);
	T_EQ(mtod(n, u_char *)[0], MBUF_BYTE(700));
	T_EQ(n->m_len, 300);
	T_TRUE(mbuf_holds(m, 0, 3000));
	m_freem(m);
	T_EQ(m_pulldown(mixed(), 2990, 11, &at), NULL);
	T_EQ(m_pulldown(mixed(), 0, MCLBYTES + 1, &at), NULL);
	before = mbuf_used(zone_mbuf) + mbuf_used(zone_pack);
	for (int i = 1; i <= 2; i++) {
		m = mixed();
		mbuf_fault("mbuf@", i);
		n = m_pulldown(m, 700, 100, NULL);
		mbuf_fault(NULL, 0);
		T_EQ(n, NULL);
	}
	T_EQ(mbuf_used(zone_mbuf) + mbuf_used(zone_pack), before);
}

KERNEL_TEST(mbuf_shape, split_anywhere)
{
	struct mbuf *m, *n;

	for (int len = 0; len <= 3000; len += 10) {
		m = mixed();
		m->m_pkthdr.rcvif = (struct ifnet *)&m;
		n = m_split(m, len, M_NOWAIT);
		T_REQUIRE(n != NULL);
		T_EQ(m->m_pkthdr.len, len);
		T_EQ(n->m_pkthdr.len, 3000 - len);
		T_EQ(n->m_pkthdr.rcvif, (struct ifnet *)&m);
		if (!mbuf_holds(m, 0, len) || !mbuf_holds(n, len, 3000 - len))
			T_EQ(len, -1);
		m_freem(m);
		m_freem(n);
	}
	/* Of a chain that is no packet. */
	for (int len = 0; len < 300; len += 20) {
		m = m_get(M_WAITOK, MT_DATA);
		m->m_next = MBUF_MAKE(200, 100);
		n = m_split(m, len, M_NOWAIT);
		T_REQUIRE(n != NULL);
		T_EQ(m_length(m, NULL), len);
		T_EQ(m_length(n, NULL), 300 - len);
		m_freem(m);
		m_freem(n);
	}
	/* Beyond the end, and without memory: as it was. */
	m = mixed();
	T_EQ(m_split(m, 3001, M_NOWAIT), NULL);
	mbuf_fault("mbuf@", 1);
	T_EQ(m_split(m, 300, M_NOWAIT), NULL);
	mbuf_fault(NULL, 0);
	T_TRUE(mbuf_holds(m, 0, 3000));
	m_freem(m);
}

/* Data larger than MHLEN that are not external need a second mbuf. */
KERNEL_TEST(mbuf_shape, split_of_a_full_mbuf)
{
	struct mbuf *m, *n;

	m = MBUF_MAKE(10, MLEN);
	n = m_split(m, 12, M_NOWAIT);
	T_REQUIRE(n != NULL);
	T_TRUE(mbuf_holds(m, 0, 12));
	T_TRUE(mbuf_holds(n, 12, MLEN - 2));
	m_freem(m);
	m_freem(n);
	m = MBUF_MAKE(10, MLEN);
	mbuf_fault("mbuf@", 2);
	T_EQ(m_split(m, 12, M_NOWAIT), NULL);
	mbuf_fault(NULL, 0);
	T_TRUE(mbuf_holds(m, 0, 10 + MLEN));
	m_freem(m);
}

/* m_defrag(): clusters of MCLBYTES, as few as there can be. */
KERNEL_TEST(mbuf_shape, defrag_makes_few)
{
	struct mbuf *m, *n;

	m = mixed();
	m->m_pkthdr.csum_flags = CSUM_TCP;
	n = m_defrag(m, M_NOWAIT);
	T_REQUIRE(n != NULL);
	T_EQ(mbuf_count(n), 2);
	T_EQ(n->m_len, MCLBYTES);
	T_EQ(n->m_pkthdr.csum_flags, CSUM_TCP);
	T_TRUE(mbuf_holds(n, 0, 3000));
	m_freem(n);
	n = m_defrag(MBUF_MAKE(10, 10, 10, 10), M_NOWAIT);
	T_EQ(mbuf_count(n), 1);
	T_EQ(n->m_flags & M_EXT, 0);
	T_TRUE(mbuf_holds(n, 0, 40));
	m_freem(n);
	/* Each allocation may fail; the packet is as it was. */
	for (int i = 1; i <= 2; i++) {
		m = mixed();
		mbuf_fault("mbuf_packet", i);
		T_EQ(m_defrag(m, M_NOWAIT), NULL);
		mbuf_fault(NULL, 0);
		T_TRUE(mbuf_holds(m, 0, 3000));
		T_EQ(mbuf_count(m), 6);
		m_freem(m);
	}
	T_EQ(mbuf_used(zone_mbuf) + mbuf_used(zone_pack), 0);
}

KERNEL_TEST(mbuf_shape, fragment_makes_many)
{
	struct mbuf *m = m_fragment(mixed(), M_NOWAIT, 100);

	T_EQ(mbuf_count(m), 30);
	T_TRUE(mbuf_holds(m, 0, 3000));
	m_freem(m);
}

KERNEL_TEST(mbuf_shape, collapse_down_to_a_count)
{
	int lens[40];
	struct mbuf *m, *n;

	for (int i = 0; i < 40; i++)
		lens[i] = 150;
	for (int max = 40; max >= 5; max--) {
		m = mbuf_make(lens, 40);
		n = m_collapse(m, M_NOWAIT, max);
		T_EQ(n, m);
		T_REQUIRE(n != NULL);
		T_TRUE(mbuf_count(n) <= max);
		T_TRUE(mbuf_holds(n, 0, 6000));
		m_freem(n);
	}
	/* 6000 bytes do not fit two mbufs. */
	m = mbuf_make(lens, 40);
	T_EQ(m_collapse(m, M_NOWAIT, 2), NULL);
	T_TRUE(mbuf_holds(m, 0, 6000));
	m_freem(m);
	m = mbuf_make(lens, 40);
	mbuf_fault("mbuf_packet", 1);
	T_EQ(m_collapse(m, M_NOWAIT, 10), NULL);
	mbuf_fault(NULL, 0);
	T_TRUE(mbuf_holds(m, 0, 6000));
	m_freem(m);
	T_EQ(mbuf_used(zone_mbuf) + mbuf_used(zone_pack), 0);
}

KERNEL_TEST(mbuf_shape, unshare_makes_writable)
{
	struct mbuf *m, *n, *p;

	m = mixed();
	n = m_copypacket(m, M_NOWAIT);
	n = m_unshare(n, M_NOWAIT);
	T_REQUIRE(n != NULL);
	for (p = n; p != NULL; p = p->m_next) {
		T_TRUE(M_WRITABLE(p));
		if ((p->m_flags & M_EXT) != 0)
			memset(mtod(p, char *), 0, p->m_len);
	}
	T_EQ(n->m_pkthdr.len, 3000);
	T_TRUE(mbuf_holds(m, 0, 3000));
	m_freem(n);
	/* Larger than a cluster. */
	p = MBUF_MAKE(9000);
	n = m_unshare(m_copypacket(p, M_NOWAIT), M_NOWAIT);
	T_EQ(mbuf_count(n), 5);
	T_TRUE(mbuf_holds(n, 0, 9000));
	m_freem(n);
	for (int i = 1; i <= 5; i++) {
		n = m_copypacket(p, M_NOWAIT);
		mbuf_fault("mbuf_packet", i);
		T_EQ(m_unshare(n, M_NOWAIT), NULL);
		mbuf_fault(NULL, 0);
	}
	T_TRUE(mbuf_holds(p, 0, 9000));
	m_freem(p);
	T_TRUE(mbuf_holds(m, 0, 3000));
	m_freem(m);
	T_EQ(mbuf_used(zone_mbuf) + mbuf_used(zone_pack), 0);
}
