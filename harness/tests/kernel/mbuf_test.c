/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): making mbufs and giving them back; zones, limits, faults.
 */
#include <vm/vm.h>
#include <vm/pmap.h>

#include "tests/kernel/mbuftest.h"
#include "tests/test.h"

static const int sizes[] = { MCLBYTES, MJUMPAGESIZE, MJUM9BYTES, MJUM16BYTES };

/* mbuf(9): an mbuf is 256 bytes, and MHLEN what a packet header leaves. */
KERNEL_TEST(mbuf, is_laid_out_as_in_freebsd)
{
	T_EQ(MSIZE, 256);
	T_EQ(MLEN, 224);
	T_EQ(MHLEN, __FreeBSD_version >= 1400000 ? 160 : 168);
	T_EQ(MINCLSIZE, MHLEN + 1);
	T_EQ(sizes[0], 2048);
	T_EQ(sizes[2], 9216);
	T_EQ(sizes[3], 16384);
}

KERNEL_TEST(mbuf, get_and_gethdr)
{
	struct mbuf *m = m_get(M_NOWAIT, MT_DATA);
	struct mbuf *h = m_gethdr(M_WAITOK, MT_CONTROL);

	T_EQ((uintptr_t)m % MSIZE, 0);
	T_EQ(m->m_flags, 0);
	T_EQ(m->m_type, MT_DATA);
	T_EQ(m->m_len, 0);
	T_EQ(m->m_data, m->m_dat);
	T_EQ(m->m_next, NULL);
	T_EQ(M_SIZE(m), MLEN);
	T_EQ(M_TRAILINGSPACE(m), MLEN);
	T_EQ(M_LEADINGSPACE(m), 0);
	T_EQ(h->m_flags, M_PKTHDR);
	T_EQ(h->m_type, MT_CONTROL);
	T_EQ(h->m_data, h->m_pktdat);
	T_EQ(M_SIZE(h), MHLEN);
	T_EQ(h->m_pkthdr.len, 0);
	T_EQ(h->m_pkthdr.csum_flags, 0);
	T_EQ(h->m_pkthdr.rcvif, NULL);
	T_EQ(M_HASHTYPE_GET(h), M_HASHTYPE_NONE);
#if __FreeBSD_version >= 1300000
	T_EQ(h->m_pkthdr.numa_domain, M_NODOM);
#endif
	T_TRUE(M_WRITABLE(m));
	m->m_next = h;
	T_EQ(m_free(m), h);
	m_freem(h);
	m_freem(NULL);
}

static const char *const zone_names[] = { "mbuf_packet", "mbuf_jumbo_page",
	"mbuf_jumbo_9k", "mbuf_jumbo_16k" };

KERNEL_TEST(mbuf, clusters_are_physically_contiguous)
{
	uma_zone_t zones[] = { zone_pack, zone_jumbop, zone_jumbo9,
		zone_jumbo16 };
	struct mbuf *m[8];
	char *p;

	for (size_t s = 0; s < nitems(sizes); s++) {
		T_EQ(m_getzone(sizes[s]), s == 0 ? zone_clust : zones[s]);
		for (size_t i = 0; i < nitems(m); i++) {
			m[i] = m_getjcl(M_NOWAIT, MT_DATA, M_PKTHDR, sizes[s]);
			T_REQUIRE(m[i] != NULL);
			T_EQ(m[i]->m_flags, M_PKTHDR | M_EXT);
			T_EQ(M_SIZE(m[i]), sizes[s]);
			T_EQ(m[i]->m_ext.ext_type,
			    s == 0 ? EXT_PACKET : m_gettype(sizes[s]));
			T_EQ(m_extrefcnt(m[i]), 1);
			p = mtod(m[i], char *);
			memset(p, 0xa5, sizes[s]);
			T_EQ(vtophys(p + sizes[s] - 1) - vtophys(p),
			    sizes[s] - 1);
			/* 2 KiB lie in one page. */
			if (s == 0)
				T_TRUE(((uintptr_t)p & PAGE_MASK) + MCLBYTES <=
				    PAGE_SIZE);
		}
		T_EQ(mbuf_used(zones[s]), nitems(m));
		for (size_t i = 0; i < nitems(m); i++)
			m_freem(m[i]);
		T_EQ(mbuf_used(zones[s]), 0);
	}
	T_EQ(mbuf_used(zone_mbuf), 0);
}

KERNEL_TEST_ALWAYS_PANICS(mbuf, there_are_four_sizes_of_clusters,
    "m_getzone: invalid cluster size 3000")
{
	(void)m_getjcl(M_NOWAIT, MT_DATA, 0, 3000);
}

KERNEL_TEST(mbuf, get2_takes_the_smallest)
{
	static const struct {
		int size, flags, room;
	} want[] = {
		{ MHLEN, M_PKTHDR, MHLEN },
		{ MHLEN + 1, M_PKTHDR, MCLBYTES },
		{ MLEN, 0, MLEN },
		{ MLEN + 1, 0, MCLBYTES },
		{ MCLBYTES, 0, MCLBYTES },
		{ MCLBYTES + 1, 0, MJUMPAGESIZE },
		{ MJUMPAGESIZE, M_PKTHDR, MJUMPAGESIZE },
	};
	struct mbuf *m;

	for (size_t i = 0; i < nitems(want); i++) {
		m = m_get2(want[i].size, M_NOWAIT, MT_DATA, want[i].flags);
		T_REQUIRE(m != NULL);
		T_EQ(M_SIZE(m), want[i].room);
		m_freem(m);
	}
	/* mbuf(9): no more than MJUMPAGESIZE. */
	T_EQ(m_get2(MJUMPAGESIZE + 1, M_NOWAIT, MT_DATA, 0), NULL);
#if __FreeBSD_version >= 1400000
	m = m_get3(MJUM9BYTES + 1, M_NOWAIT, MT_DATA, 0);
	T_EQ(M_SIZE(m), MJUM16BYTES);
	m_freem(m);
	T_EQ(m_get3(MJUM16BYTES + 1, M_NOWAIT, MT_DATA, 0), NULL);
#endif
}

KERNEL_TEST(mbuf, getm2_makes_a_chain)
{
	struct mbuf *m, *n;
	int room = 0;

	m = m_getm2(NULL, 10000, M_NOWAIT, MT_DATA, M_PKTHDR | M_EOR);
	T_REQUIRE(m != NULL);
	for (n = m; n != NULL; n = n->m_next) {
		room += M_TRAILINGSPACE(n);
		T_EQ((n->m_flags & M_PKTHDR) != 0, n == m);
		T_EQ((n->m_flags & M_EOR) != 0, n->m_next == NULL);
	}
	T_TRUE(room >= 10000 && room < 10000 + MCLBYTES);
	/* More of it goes to the end. */
	n = m_last(m);
	T_EQ(m_getm(m, 100, M_NOWAIT, MT_DATA), m);
	T_REQUIRE(n->m_next != NULL);
	T_EQ(n->m_next->m_flags & M_PKTHDR, 0);
	T_EQ(n->m_flags & M_EOR, 0);
	m_freem(m);
	/* All or nothing. */
	mbuf_fault("mbuf_jumbo_page", 2);
	T_EQ(m_getm2(NULL, 10000, M_NOWAIT, MT_DATA, M_PKTHDR), NULL);
	mbuf_fault(NULL, 0);
	T_EQ(mbuf_used(zone_jumbop) + mbuf_used(zone_mbuf), 0);
}

KERNEL_TEST(mbuf, clget_and_cljget)
{
	struct mbuf *m = m_gethdr(M_NOWAIT, MT_DATA);
	void *cl;

	T_EQ(MCLGET(m, M_NOWAIT), 1);
	T_EQ(m->m_ext.ext_type, EXT_CLUSTER);
	T_EQ(m->m_data, m->m_ext.ext_buf);
	T_EQ(mbuf_used(zone_clust), 1);
	m_freem(m);
	T_EQ(mbuf_used(zone_clust), 0);
	m = m_get(M_NOWAIT, MT_DATA);
	cl = m_cljget(m, M_NOWAIT, MJUM9BYTES);
	T_EQ(mtod(m, void *), cl);
	T_EQ(M_SIZE(m), MJUM9BYTES);
	m_freem(m);
	/* mbuf(9): a NULL mbuf gives the cluster alone. */
	cl = m_cljget(NULL, M_NOWAIT, MJUM16BYTES);
	T_REQUIRE(cl != NULL);
	m = m_get(M_NOWAIT, MT_DATA);
	m_cljset(m, cl, EXT_JUMBO16);
	T_EQ(mtod(m, void *), cl);
	m_freem(m);
	T_EQ(mbuf_used(zone_jumbo16), 0);
	/* What cannot be had leaves the mbuf as it is. */
	m = m_get(M_NOWAIT, MT_DATA);
	mbuf_fault("mbuf_cluster@test_mbuf_clget", 1);
	T_EQ(m_clget(m, M_NOWAIT), 0);
	mbuf_fault(NULL, 0);
	T_EQ(m->m_flags & M_EXT, 0);
	m_freem(m);
}

KERNEL_TEST_PANICS(mbuf, has_one_cluster, "has M_EXT")
{
	struct mbuf *m = m_getcl(M_NOWAIT, MT_DATA, 0);

	(void)m_clget(m, M_NOWAIT);
}

/* Each kind of mbuf can fail, under the name of its zone. */
KERNEL_TEST(mbuf, faults_are_named_by_zone)
{
	struct kernel_faults_seen seen;

	for (size_t s = 0; s < nitems(sizes); s++) {
		mbuf_fault(zone_names[s], 1);
		T_EQ(m_getjcl(M_NOWAIT, MT_DATA, 0, sizes[s]), NULL);
		kernel_faults_seen(&seen);
		T_EQ(seen.failed, 1);
		T_HAS(seen.site, zone_names[s]);
		/* The caller is who called mbuf(9). */
		T_HAS(seen.site, "faults_are_named_by_zone");
	}
	mbuf_fault("mbuf@", 1);
	T_EQ(m_get(M_NOWAIT, MT_DATA), NULL);
	mbuf_fault("mbuf@", 1);
	T_TRUE(m_gethdr(M_NOWAIT, MT_DATA) == NULL);
	mbuf_fault(NULL, 0);
	T_EQ(mbuf_used(zone_mbuf) + mbuf_used(zone_jumbo16), 0);
}

KERNEL_TEST(mbuf, limits_hold_and_can_be_raised)
{
	struct mbuf *m[3];
	char text[32];

	T_EQ(uma_zone_get_max(zone_jumbo16), nmbjumbo16);
	(void)uma_zone_set_max(zone_jumbo16, 2);
	nmbjumbo16 = 2;
	for (int i = 0; i < 2; i++)
		m[i] = m_getjcl(M_NOWAIT, MT_DATA, 0, MJUM16BYTES);
	T_TRUE(m[0] != NULL && m[1] != NULL);
	T_EQ(m_getjcl(M_NOWAIT, MT_DATA, 0, MJUM16BYTES), NULL);
	T_HAS(kernel_log_text(), "kern.ipc.nmbjumbo16 limit reached");
	/* Only up. */
	T_EQ(kernel_sysctl_write("kern.ipc.nmbjumbo16", "1"), EINVAL);
	T_EQ(kernel_sysctl_write("kern.ipc.nmbjumbo16", "3"), 0);
	T_EQ(kernel_sysctl_read("kern.ipc.nmbjumbo16", text, sizeof(text)), 0);
	T_STR(text, "3");
	m[2] = m_getjcl(M_NOWAIT, MT_DATA, 0, MJUM16BYTES);
	T_TRUE(m[2] != NULL);
	for (int i = 0; i < 3; i++)
		m_freem(m[i]);
}

/* mbuf(9) drains the packet zone when there are no clusters left. */
KERNEL_TEST(mbuf, free_packets_give_up_their_clusters)
{
	struct mbuf *m[4];

	for (int i = 0; i < 4; i++)
		m[i] = m_getcl(M_NOWAIT, MT_DATA, M_PKTHDR);
	for (int i = 0; i < 4; i++)
		m_freem(m[i]);
	T_EQ(mbuf_used(zone_clust), 4);
	(void)uma_zone_set_max(zone_clust, 4);
	for (int i = 0; i < 4; i++) {
		m[i] = m_gethdr(M_NOWAIT, MT_DATA);
		T_EQ(m_clget(m[i], M_NOWAIT), 1);
	}
	T_EQ(m_getcl(M_NOWAIT, MT_DATA, M_PKTHDR), NULL);
	for (int i = 0; i < 4; i++)
		m_freem(m[i]);
}

KERNEL_TEST_ALWAYS_PANICS(mbuf, a_double_free_is_found, "Duplicate free")
{
	struct mbuf *m = m_gethdr(M_NOWAIT, MT_DATA);

	uma_zfree_arg(zone_mbuf, m, (void *)(uintptr_t)MB_DTOR_SKIP);
	uma_zfree_arg(zone_mbuf, m, (void *)(uintptr_t)MB_DTOR_SKIP);
}

KERNEL_TEST_ALWAYS_PANICS(mbuf, a_packet_is_no_mbuf_alone,
    "did not belong to zone mbuf")
{
	struct mbuf *m = m_getcl(M_NOWAIT, MT_DATA, 0);

	uma_zfree_arg(zone_mbuf, m, (void *)(uintptr_t)MB_DTOR_SKIP);
}

KERNEL_TEST_PANICS(mbuf, assertvalid_knows_free_mbufs,
    "attempted use of a free mbuf")
{
	struct mbuf *m = m_get(M_NOWAIT, MT_DATA);

	M_ASSERTVALID(m);
	(void)m_free(m);
	M_ASSERTVALID(m);
}

KERNEL_TEST_PANICS(mbuf, assertpkthdr, "no mbuf packet header!")
{
	M_ASSERTPKTHDR(m_get(M_NOWAIT, MT_DATA));
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif
/* AddressSanitizer finds it at once, and ends the process. */
#if !defined(WITH_ASAN) && !defined(__SANITIZE_ADDRESS__)
KERNEL_TEST_PANICS(mbuf, a_write_to_a_free_cluster_is_found,
    "modified after free")
{
	struct mbuf *m = m_getcl(M_NOWAIT, MT_DATA, M_PKTHDR);
	volatile char *p = mtod(m, char *);

	m_freem(m);
	p[1000] = 1;
	(void)m_getcl(M_NOWAIT, MT_DATA, M_PKTHDR);
}
#endif

KERNEL_TEST(mbuf, room_in_front_and_behind)
{
	struct mbuf *m = m_gethdr(M_NOWAIT, MT_DATA);

	M_ALIGN(m, 50);
	m->m_len = 50;
	T_EQ((uintptr_t)m->m_data % sizeof(long), 0);
	T_EQ(M_LEADINGSPACE(m), (MHLEN - 50) & ~7);
	T_EQ(M_TRAILINGSPACE(m), MHLEN - 50 - M_LEADINGSPACE(m));
	T_EQ(mtodo(m, 3), m->m_data + 3);
	m->m_flags |= M_RDONLY;
	T_FALSE(M_WRITABLE(m));
	T_EQ(M_LEADINGSPACE(m), 0);
	T_EQ(M_TRAILINGSPACE(m), 0);
	m_freem(m);
}

KERNEL_TEST_PANICS(mbuf, align_is_for_fresh_mbufs, "not a virgin mbuf")
{
	struct mbuf *m = m_get(M_NOWAIT, MT_DATA);

	m->m_data++;
	M_ALIGN(m, 10);
}

KERNEL_TEST(mbuf, queues_have_a_limit)
{
	struct mbuf *m[3];
	struct mbufq a, b;

	mbufq_init(&a, 2);
	mbufq_init(&b, 0);
	for (int i = 0; i < 3; i++)
		m[i] = m_gethdr(M_NOWAIT, MT_DATA);
	T_TRUE(mbufq_empty(&a));
	T_EQ(mbufq_enqueue(&a, m[0]), 0);
	T_EQ(mbufq_enqueue(&a, m[1]), 0);
	T_TRUE(mbufq_full(&a));
	T_EQ(mbufq_enqueue(&a, m[2]), ENOBUFS);
	mbufq_prepend(&a, m[2]);
	T_EQ(mbufq_len(&a), 3);
	T_EQ(mbufq_first(&a), m[2]);
	T_EQ(mbufq_last(&a), m[1]);
	T_EQ(mbufq_dequeue(&a), m[2]);
	T_EQ(m[2]->m_nextpkt, NULL);
	T_EQ(mbufq_enqueue(&b, m[2]), 0);
	mbufq_concat(&b, &a);
	T_EQ(mbufq_len(&b), 3);
	T_EQ(mbufq_dequeue(&a), NULL);
	mbufq_drain(&b);
	T_EQ(mbufq_len(&b), 0);
	T_EQ(mbuf_used(zone_mbuf), 0);
}

KERNEL_TEST(mbuf, packet_headers_move_and_are_copied)
{
	struct mbuf *a = m_gethdr(M_NOWAIT, MT_DATA);
	struct mbuf *b = m_get(M_NOWAIT, MT_DATA);

	a->m_flags |= M_VLANTAG | M_MCAST;
	a->m_pkthdr.ether_vtag = 77;
	a->m_pkthdr.flowid = 0x1234;
	a->m_pkthdr.csum_flags = CSUM_TCP | CSUM_IP_TSO;
	a->m_pkthdr.tso_segsz = 1448;
	T_EQ(m_dup_pkthdr(b, a, M_NOWAIT), 1);
	T_EQ(b->m_flags, M_PKTHDR | M_VLANTAG | M_MCAST);
	T_EQ(b->m_data, b->m_pktdat);
	T_EQ(b->m_pkthdr.ether_vtag, 77);
	T_EQ(b->m_pkthdr.tso_segsz, 1448);
	b->m_pkthdr.flowid++;
	m_move_pkthdr(a, b);
	T_EQ(a->m_pkthdr.flowid, 0x1235);
	T_EQ(b->m_flags & M_PKTHDR, 0);
	a->m_next = b;
	m_demote(a, 1, 0);
	T_EQ(a->m_flags, 0);
	m_freem(a);
}
