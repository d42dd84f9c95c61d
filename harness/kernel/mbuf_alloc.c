/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): making and freeing mbufs.
 *
 * What one call here makes of several items is either all there or not at
 * all; what stands for a failure is the caller of that call.
 */
#include "kernel/mbuf_var.h"
#include "kernel/uma_var.h"

struct mbuf *
mb_get(int how, short type, int flags, const void *caller)
{
	struct mb_args args = { .flags = flags, .type = type };

	return (uma_zalloc_from(zone_mbuf, &args, how, caller));
}

struct mbuf *
mb_getcl(int how, short type, int flags, const void *caller)
{
	struct mb_args args = { .flags = flags, .type = type };

	return (uma_zalloc_from(zone_pack, &args, how, caller));
}

int
m_gettype(int size)
{
	switch (size) {
	case MSIZE:
		return (EXT_MBUF);
	case MCLBYTES:
		return (EXT_CLUSTER);
	case MJUMPAGESIZE:
		return (EXT_JUMBOP);
	case MJUM9BYTES:
		return (EXT_JUMBO9);
	case MJUM16BYTES:
		return (EXT_JUMBO16);
	default:
		panic("%s: invalid cluster size %d", __func__, size);
	}
}

uma_zone_t
m_getzone(int size)
{
	switch (size) {
	case MCLBYTES:
		return (zone_clust);
	case MJUMPAGESIZE:
		return (zone_jumbop);
	case MJUM9BYTES:
		return (zone_jumbo9);
	case MJUM16BYTES:
		return (zone_jumbo16);
	default:
		panic("%s: invalid cluster size %d", __func__, size);
	}
}

void *
mb_cluster(int how, int size, const void *caller)
{
	uma_zone_t zone = m_getzone(size);
	void *cl;

	cl = uma_zalloc_from(zone, NULL, how, caller);
	/* Free packets hold clusters that they can do without. */
	if (__predict_false(cl == NULL) && zone == zone_clust &&
	    uma_zone_exhausted(zone)) {
		uma_zone_reclaim(zone_pack, UMA_RECLAIM_DRAIN);
		cl = uma_zalloc_from(zone, NULL, how, caller);
	}
	return (cl);
}

struct mbuf *
mb_getjcl(int how, short type, int flags, int size, const void *caller)
{
	struct mbuf *m;
	void *cl;

	if (size == MCLBYTES)
		return (mb_getcl(how, type, flags, caller));
	m = mb_get(how, type, flags, caller);
	if (m == NULL)
		return (NULL);
	cl = mb_cluster(how, size, caller);
	if (cl == NULL) {
		(void)m_free(m);
		return (NULL);
	}
	mb_cljset(m, cl, (u_int)size, m_gettype(size));
	return (m);
}

struct mbuf *
m_getjcl(int how, short type, int flags, int size)
{
	return (mb_getjcl(how, type, flags, size, __builtin_return_address(0)));
}

/* The smallest mbuf for that many bytes; size of its cluster at most max. */
static struct mbuf *
get_for(int size, int max, int how, short type, int flags, const void *caller)
{
	static const int sizes[] = { MCLBYTES, MJUMPAGESIZE, MJUM9BYTES,
		MJUM16BYTES };

	if (size <= MHLEN || (size <= MLEN && (flags & M_PKTHDR) == 0))
		return (mb_get(how, type, flags, caller));
	for (size_t i = 0; i < nitems(sizes) && sizes[i] <= max; i++)
		if (size <= sizes[i])
			return (mb_getjcl(how, type, flags, sizes[i], caller));
	return (NULL);
}

struct mbuf *
m_get2(int size, int how, short type, int flags)
{
	return (get_for(size, MJUMPAGESIZE, how, type, flags,
	    __builtin_return_address(0)));
}

#if __FreeBSD_version >= 1400000
struct mbuf *
m_get3(int size, int how, short type, int flags)
{
	return (get_for(size, MJUM16BYTES, how, type, flags,
	    __builtin_return_address(0)));
}
#endif

struct mbuf *
m_getm2(struct mbuf *m, int len, int how, short type, int flags)
{
	const void *caller = __builtin_return_address(0);
	struct mbuf *first = NULL, **end = &first, *mb;

	KASSERT(len >= 0, ("%s: len is < 0", __func__));
	flags &= M_PKTHDR | M_EOR;
	/* Only one of them starts a packet, and only the last ends a record. */
	if (m != NULL)
		flags &= ~M_PKTHDR;
	while (len > 0) {
		if (len > MCLBYTES)
			mb = mb_getjcl(how, type, flags & M_PKTHDR,
			    MJUMPAGESIZE, caller);
		else if (len >= MINCLSIZE)
			mb = mb_getcl(how, type, flags & M_PKTHDR, caller);
		else
			mb = mb_get(how, type, flags & M_PKTHDR, caller);
		if (mb == NULL) {
			m_freem(first);
			return (NULL);
		}
		len -= M_SIZE(mb);
		*end = mb;
		end = &mb->m_next;
		if (len <= 0 && (flags & M_EOR) != 0)
			mb->m_flags |= M_EOR;
		flags &= ~M_PKTHDR;
	}
	if (m == NULL)
		return (first);
	mb = m_last(m);
	mb->m_next = first;
	mb->m_flags &= ~M_EOR;
	return (m);
}

int
m_clget(struct mbuf *m, int how)
{
	void *cl;

	KASSERT((m->m_flags & M_EXT) == 0,
	    ("%s: mbuf %p has M_EXT", __func__, m));
	cl = mb_cluster(how, MCLBYTES, __builtin_return_address(0));
	if (cl == NULL)
		return (0);
	mb_cljset(m, cl, MCLBYTES, EXT_CLUSTER);
	return (1);
}

void *
m_cljget(struct mbuf *m, int how, int size)
{
	void *cl;

	KASSERT(m == NULL || (m->m_flags & M_EXT) == 0,
	    ("%s: mbuf %p has M_EXT", __func__, m));
	cl = mb_cluster(how, size, __builtin_return_address(0));
	if (cl != NULL && m != NULL)
		mb_cljset(m, cl, (u_int)size, m_gettype(size));
	return (cl);
}

struct mbuf *
m_free(struct mbuf *m)
{
	struct mbuf *next = m->m_next;

	if ((m->m_flags & (M_PKTHDR | M_NOFREE)) == (M_PKTHDR | M_NOFREE))
		m_tag_delete_chain(m, NULL);
#if __FreeBSD_version >= 1400000
	if ((m->m_flags & M_PKTHDR) != 0 &&
	    (m->m_pkthdr.csum_flags & CSUM_SND_TAG) != 0)
		m_snd_tag_rele(m->m_pkthdr.snd_tag);
#endif
	if ((m->m_flags & M_EXT) != 0)
		mb_free_ext(m);
	else if ((m->m_flags & M_NOFREE) == 0)
		uma_zfree(zone_mbuf, m);
	return (next);
}

void
m_freem(struct mbuf *m)
{
	while (m != NULL)
		m = m_free(m);
}

#if __FreeBSD_version >= 1400000
void
m_freemp(struct mbuf *m)
{
	struct mbuf *next;

	for (; m != NULL; m = next) {
		next = m->m_nextpkt;
		m_freem(m);
	}
}
#endif

void
m_assert_valid(const struct mbuf *m, const char *func)
{
#ifdef INVARIANTS
	const struct uma_slab *slab;
	u_int i;

	if (m == NULL)
		panic("%s: no mbuf", func);
	slab = (const struct uma_slab *)malloc_page_find(m);
	/* One that is part of a cluster is no item of the zone. */
	if (slab == NULL || slab->page.owner != MALLOC_UMA ||
	    slab->zone != zone_mbuf)
		return;
	i = (u_int)((size_t)((const char *)m - slab->page.va) /
	    zone_mbuf->stride);
	if (i >= slab->nitems || !slab->items[i].used)
		panic("%s: attempted use of a free mbuf!", func);
#else
	(void)m;
	(void)func;
#endif
}
