/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf_tags(9), and send tags.
 */
#include "tests/kernel/mbuftest.h"
#include "tests/test.h"

#define COOKIE 1700000000

static struct m_tag *
put(struct mbuf *m, uint16_t type, int value)
{
	struct m_tag *t = m_tag_alloc(COOKIE, type, sizeof(int), M_WAITOK);

	*(int *)(t + 1) = value;
	m_tag_prepend(m, t);
	return (t);
}

KERNEL_TEST(mbuf_tag, are_found_by_cookie_and_type)
{
	struct mbuf *m = m_gethdr(M_WAITOK, MT_DATA);
	struct m_tag *one = put(m, 1, 11), *two = put(m, 2, 22), *three;

	three = put(m, 1, 33);
	T_EQ(m_tag_first(m), three);
	T_EQ(m_tag_next(m, three), two);
	T_EQ(m_tag_locate(m, COOKIE, 1, NULL), three);
	T_EQ(m_tag_locate(m, COOKIE, 1, three), one);
	T_EQ(m_tag_locate(m, COOKIE, 1, one), NULL);
	T_EQ(m_tag_locate(m, COOKIE + 1, 1, NULL), NULL);
	T_EQ(m_tag_find(m, 1, NULL), NULL);
	m_tag_prepend(m, m_tag_get(PACKET_TAG_GRE, 0, M_NOWAIT));
	T_TRUE(m_tag_find(m, PACKET_TAG_GRE, NULL) != NULL);
	m_tag_delete(m, two);
	T_EQ(m_tag_next(m, three), one);
	/* The rest goes with the mbuf; the ledger would tell. */
	m_freem(m);
}

KERNEL_TEST(mbuf_tag, lengths_that_there_are_not)
{
	T_EQ(m_tag_alloc(COOKIE, 1, -1, M_NOWAIT), NULL);
	T_EQ(m_tag_alloc(COOKIE, 1, UINT16_MAX + 1, M_NOWAIT), NULL);
}

KERNEL_TEST(mbuf_tag, persistent_ones_stay)
{
	struct mbuf *m = m_gethdr(M_WAITOK, MT_DATA);

	(void)put(m, 1, 0);
	(void)put(m, 2 | MTAG_PERSISTENT, 0);
	(void)put(m, 3, 0);
	m_tag_delete_nonpersistent(m);
	T_EQ(m_tag_first(m)->m_tag_id, 2 | MTAG_PERSISTENT);
	T_EQ(m_tag_next(m, m_tag_first(m)), NULL);
	m_freem(m);
}

KERNEL_TEST(mbuf_tag, are_copied_in_order)
{
	struct mbuf *from = m_gethdr(M_WAITOK, MT_DATA);
	struct mbuf *to = m_gethdr(M_WAITOK, MT_DATA);
	struct m_tag *t;

	(void)put(to, 9, 99);
	for (int i = 3; i > 0; i--)
		(void)put(from, i, i * 11);
	T_EQ(m_tag_copy_chain(to, from, M_NOWAIT), 1);
	t = m_tag_first(to);
	for (int i = 1; i <= 3; i++, t = m_tag_next(to, t)) {
		T_REQUIRE(t != NULL);
		T_EQ(t->m_tag_id, i);
		T_EQ(*(int *)(t + 1), i * 11);
	}
	T_EQ(t, NULL);
	m_freem(to);
	/* They are copied whole, or the copy fails. */
	to = m_gethdr(M_WAITOK, MT_DATA);
	for (int n = 1; n <= 3; n++) {
		kernel_faults_set(&(struct kernel_faults) { .site = "mbuf_tag",
		    .first = (uint64_t)n });
		T_EQ(m_dup_pkthdr(to, from, M_NOWAIT), 0);
		kernel_faults_set(NULL);
		T_EQ(m_tag_first(to), NULL);
		kernel_faults_set(&(struct kernel_faults) { .site = "mbuf_tag",
		    .first = (uint64_t)n });
		T_EQ(m_copypacket(from, M_NOWAIT), NULL);
		kernel_faults_set(NULL);
	}
	m_freem(to);
	m_freem(from);
	T_EQ(mbuf_used(zone_mbuf), 0);
}

/* A header that moves takes its tags along. */
KERNEL_TEST(mbuf_tag, move_with_the_header)
{
	struct mbuf *from = m_gethdr(M_WAITOK, MT_DATA);
	struct mbuf *to = m_gethdr(M_WAITOK, MT_DATA);
	struct m_tag *t = put(from, 1, 1);

	(void)put(to, 2, 2);
	m_move_pkthdr(to, from);
	T_EQ(m_tag_first(to), t);
	T_EQ(m_tag_next(to, t), NULL);
	m_freem(from);
	T_EQ(m_tag_first(to), t);
	m_freem(to);
}

static int own_frees;

static void
own_free(struct m_tag *t)
{
	own_frees++;
	m_tag_free_default(t);
}

KERNEL_TEST(mbuf_tag, free_routines_of_their_own)
{
	struct mbuf *m = m_getcl(M_WAITOK, MT_DATA, M_PKTHDR);

	own_frees = 0;
	put(m, 1, 1)->m_tag_free = own_free;
	put(m, 2, 2)->m_tag_free = own_free;
	m_tag_delete_chain(m, m_tag_next(m, m_tag_first(m)));
	T_EQ(own_frees, 1);
	m_freem(m);
	T_EQ(own_frees, 2);
}

#if __FreeBSD_version >= 1400000
static int snd_frees;

static void
snd_free(struct m_snd_tag *mst)
{
	(void)mst;
	snd_frees++;
}

KERNEL_TEST(mbuf_tag, send_tags_are_counted)
{
	static const struct if_snd_tag_sw sw = { .snd_tag_free = snd_free };
	struct mbuf *m = m_gethdr(M_WAITOK, MT_DATA), *n;
	struct m_snd_tag tag;

	snd_frees = 0;
	m_snd_tag_init(&tag, NULL, &sw);
	m->m_pkthdr.snd_tag = m_snd_tag_ref(&tag);
	m->m_pkthdr.csum_flags |= CSUM_SND_TAG;
	m->m_len = m->m_pkthdr.len = 10;
	T_EQ(m_rcvif(m), NULL);
	n = m_dup(m, M_WAITOK);
	T_EQ(tag.refcount, 3);
	m_freem(m);
	m_snd_tag_rele(&tag);
	T_EQ(snd_frees, 0);
	m_freem(n);
	T_EQ(snd_frees, 1);
}
#endif
