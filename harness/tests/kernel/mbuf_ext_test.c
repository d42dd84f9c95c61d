/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): external storage and who frees it when.
 */
#include "tests/kernel/mbuftest.h"
#include "tests/test.h"

static int frees;
static void *arg1, *arg2;
static struct mbuf *freed;

static void
freed_by(struct mbuf *m)
{
	frees++;
	freed = m;
	arg1 = m->m_ext.ext_arg1;
	arg2 = m->m_ext.ext_arg2;
}

static char storage[4096];

static struct mbuf *
attach(int flags, int type)
{
	struct mbuf *m = m_gethdr(M_WAITOK, MT_DATA);

	frees = 0;
	MEXTADD(m, storage, sizeof(storage), freed_by, &frees, storage, flags,
	    type);
	m->m_len = m->m_pkthdr.len = 100;
	return (m);
}

KERNEL_TEST(mbuf_ext, is_freed_with_its_arguments)
{
	struct mbuf *m = attach(M_RDONLY, EXT_NET_DRV);

	T_EQ(m->m_flags, M_PKTHDR | M_EXT | M_RDONLY);
	T_EQ(m->m_data, storage);
	T_EQ(M_SIZE(m), sizeof(storage));
	T_EQ(m_extrefcnt(m), 1);
	T_FALSE(M_WRITABLE(m));
	m_freem(m);
	T_EQ(frees, 1);
	T_EQ(freed, m);
	T_EQ(arg1, &frees);
	T_EQ(arg2, storage);
	T_EQ(mbuf_used(zone_mbuf), 0);
}

/* Whatever order the references go in, the last one frees. */
KERNEL_TEST(mbuf_ext, last_reference_frees)
{
	static const int order[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	struct mbuf *m[3], *owner;

	for (size_t o = 0; o < nitems(order); o++) {
		m[0] = owner = attach(0, EXT_MOD_TYPE);
		m[1] = m_copym(m[0], 10, 20, M_NOWAIT);
		m[2] = m_copypacket(m[1 - 1], M_NOWAIT);
		T_EQ(m_extrefcnt(m[0]), 3);
		T_EQ(m_extrefcnt(m[1]), 3);
		T_EQ(m[1]->m_data, storage + 10);
		T_FALSE(M_WRITABLE(m[0]));
		T_FALSE(M_WRITABLE(m[2]));
		m_freem(m[order[o][0]]);
		m_freem(m[order[o][1]]);
		T_EQ(frees, 0);
		T_EQ(m_extrefcnt(m[order[o][2]]), 1);
		T_TRUE(M_WRITABLE(m[order[o][2]]));
		m_freem(m[order[o][2]]);
		T_EQ(frees, 1);
		/* The one that has the arguments. */
		T_EQ(freed, owner);
		T_EQ(mbuf_used(zone_mbuf), 0);
	}
}

/* The same with each of the zones' own clusters. */
KERNEL_TEST(mbuf_ext, clusters_have_references_too)
{
	static const int sizes[] = { MCLBYTES, MJUMPAGESIZE, MJUM9BYTES,
		MJUM16BYTES };
	struct mbuf *a, *b;

	for (size_t s = 0; s <= nitems(sizes); s++)
		for (int first = 0; first < 2; first++) {
			if (s < nitems(sizes))
				a = m_getjcl(M_WAITOK, MT_DATA, M_PKTHDR,
				    sizes[s]);
			else {
				a = m_gethdr(M_WAITOK, MT_DATA);
				(void)m_clget(a, M_WAITOK);
			}
			a->m_len = a->m_pkthdr.len = 1000;
			b = m_copypacket(a, M_WAITOK);
			T_EQ(b->m_data, a->m_data);
			m_freem(first ? b : a);
			m_freem(first ? a : b);
			T_EQ(mbuf_used(zone_mbuf), 0);
			T_EQ(mbuf_used(zone_pack), 0);
			if (s < nitems(sizes) && s > 0)
				T_EQ(mbuf_used(m_getzone(sizes[s])), 0);
		}
}

KERNEL_TEST(mbuf_ext, a_counter_of_the_owners)
{
	struct mbuf *a = m_get(M_WAITOK, MT_DATA);
	struct mbuf *b = m_get(M_WAITOK, MT_DATA);
	u_int count = 1;

	frees = 0;
	m_extaddref(a, storage, 64, &count, freed_by, &count, NULL);
	T_EQ(count, 2);
	T_EQ(a->m_ext.ext_type, EXT_EXTREF);
	mb_dupcl(b, a);
	T_EQ(count, 3);
	T_EQ(b->m_ext.ext_arg1, &count);
	m_freem(a);
	m_freem(b);
	T_EQ(count, 1);
	T_EQ(frees, 0);
	a = m_get(M_WAITOK, MT_DATA);
	m_extaddref(a, storage, 64, &count, freed_by, &count, NULL);
	count--; /* the owner's own */
	m_freem(a);
	T_EQ(frees, 1);
	T_EQ(arg1, &count);
}

/* An mbuf that is part of its own storage goes with that. */
KERNEL_TEST(mbuf_ext, an_mbuf_within_its_storage)
{
	static char room[MSIZE + 1024] __aligned(MSIZE);
	struct mbuf *m = (struct mbuf *)room;
	u_int count = 0;

	frees = 0;
	(void)m_init(m, M_NOWAIT, MT_DATA, M_NOFREE);
	m_extaddref(m, room + MSIZE, 1024, &count, freed_by, NULL, NULL);
	T_EQ(m->m_flags & M_NOFREE, M_NOFREE);
	T_EQ(m_free(m), NULL);
	T_EQ(frees, 1);
}

KERNEL_TEST_PANICS(mbuf_ext, needs_a_free_routine, "ext_free not set")
{
	struct mbuf *m = m_get(M_WAITOK, MT_DATA);

	m_extadd(m, storage, 10, NULL, NULL, NULL, 0, EXT_NET_DRV);
	m_freem(m);
}

KERNEL_TEST_PANICS(mbuf_ext, clusters_are_not_added, "EXT_CLUSTER not allowed")
{
	struct mbuf *m = m_get(M_WAITOK, MT_DATA);

	m_extadd(m, storage, 10, freed_by, NULL, NULL, 0, EXT_CLUSTER);
}

KERNEL_TEST_ALWAYS_PANICS(mbuf_ext, cljset_knows_the_types,
    "m_cljset: unknown cluster type 6")
{
	m_cljset(m_get(M_WAITOK, MT_DATA), storage, EXT_PACKET);
}
