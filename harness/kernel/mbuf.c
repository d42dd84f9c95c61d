/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): the zones, and their limits.
 *
 * An mbuf of zone_pack keeps its cluster while it is free, so that m_getcl()
 * and m_freem() are one call of uma(9) each.  While somebody checks, both are
 * filled with a pattern meanwhile, all but the pointer from one to the other.
 */
#include "kernel/mbuf_var.h"
#include "kernel/uma_var.h"

#include <sys/eventhandler.h>
#include <sys/kernel.h>
#include <sys/sysctl.h>

uma_zone_t zone_mbuf;
uma_zone_t zone_clust;
uma_zone_t zone_pack;
uma_zone_t zone_jumbop;
uma_zone_t zone_jumbo9;
uma_zone_t zone_jumbo16;

int nmbufs;
int nmbclusters;
int nmbjumbop;
int nmbjumbo9;
int nmbjumbo16;

#if __FreeBSD_version >= 1400000
u_int max_linkhdr = 16, max_protohdr = 40, max_hdr = 56;
#else
int max_linkhdr = 16, max_protohdr = 40, max_hdr = 56;
int max_datalen = MHLEN - 56;
#endif

CTASSERT(sizeof(struct mbuf) <= MSIZE);
CTASSERT(offsetof(struct mbuf, m_dat) == 32);
CTASSERT(sizeof(struct pkthdr) == (__FreeBSD_version >= 1400000 ? 64 : 56));
CTASSERT(offsetof(struct mbuf, m_ext) == offsetof(struct mbuf, m_pktdat));

/* ext_size of a free packet that holds the pattern; else it is 0. */
#define PACK_JUNK 0xdead

typedef void (*nmbclusters_change_fn)(void *);
EVENTHANDLER_DECLARE(nmbclusters_change, nmbclusters_change_fn);

/*
 * --- constructors and destructors ---
 */

static int
mbuf_ctor(void *mem, int size, void *arg, int how)
{
	const struct mb_args *args = arg;

	(void)size;
	if (args->type == MT_NOINIT)
		return (0);
	return (m_init(mem, how, args->type, args->flags));
}

static void
mbuf_dtor(void *mem, int size, void *arg)
{
	struct mbuf *m = mem;

	(void)size;
	if ((uintptr_t)arg == MB_DTOR_SKIP)
		return;
	KASSERT((m->m_flags & M_NOFREE) == 0, ("%s: M_NOFREE set", __func__));
	if ((m->m_flags & M_PKTHDR) != 0 && !SLIST_EMPTY(&m->m_pkthdr.tags))
		m_tag_delete_chain(m, NULL);
}

/* The pattern is everywhere but in m_ext. */
#define PACK_HEAD offsetof(struct mbuf, m_ext)
#define PACK_TAIL (PACK_HEAD + sizeof(struct m_ext))

static void __noinline
pack_junk(struct mbuf *m)
{
	malloc_junk(m, PACK_HEAD);
	malloc_junk((char *)m + PACK_TAIL, MSIZE - PACK_TAIL);
	malloc_junk(m->m_ext.ext_buf, MCLBYTES);
	m->m_ext.ext_size = PACK_JUNK;
}

static void __noinline
pack_junk_check(const struct mbuf *m)
{
	static const char what[] = "modified after free";

	malloc_junk_check(m, PACK_HEAD, "m_getcl", what);
	malloc_junk_check((const char *)m + PACK_TAIL, MSIZE - PACK_TAIL,
	    "m_getcl", what);
	malloc_junk_check(m->m_ext.ext_buf, MCLBYTES, "m_getcl", what);
}

/* An mbuf gets its cluster; the caller has passed the point of both. */
static int
pack_init(void *mem, int size, int how)
{
	struct mbuf *m = mem;

	(void)size;
	m->m_ext.ext_buf =
	    uma_take(zone_clust, how & (M_WAITOK | M_NOWAIT | M_USE_RESERVE));
	m->m_ext.ext_size = 0;
	return (m->m_ext.ext_buf != NULL ? 0 : ENOMEM);
}

static void
pack_fini(void *mem, int size)
{
	struct mbuf *m = mem;

	(void)size;
	kern_unpoison(m->m_ext.ext_buf, MCLBYTES);
	uma_give(zone_clust, m->m_ext.ext_buf);
}

static int
pack_ctor(void *mem, int size, void *arg, int how)
{
	const struct mb_args *args = arg;
	struct mbuf *m = mem;
	int error = 0;

	(void)size;
	kern_unpoison(m->m_ext.ext_buf, MCLBYTES);
	if (__predict_false(m->m_ext.ext_size == PACK_JUNK))
		pack_junk_check(m);
	if (args->type != MT_NOINIT)
		error = m_init(m, how, args->type, args->flags);
	mb_cljset(m, m->m_ext.ext_buf, MCLBYTES, EXT_PACKET);
	return (error);
}

static void
pack_dtor(void *mem, int size, void *arg)
{
	struct mbuf *m = mem;

	(void)size;
	(void)arg;
	if ((m->m_flags & M_PKTHDR) != 0 && !SLIST_EMPTY(&m->m_pkthdr.tags))
		m_tag_delete_chain(m, NULL);
	KASSERT((m->m_flags & M_EXT) != 0, ("%s: M_EXT not set", __func__));
	KASSERT(m->m_ext.ext_type == EXT_PACKET,
	    ("%s: ext_type %u is not EXT_PACKET", __func__, m->m_ext.ext_type));
	KASSERT(m->m_ext.ext_size == MCLBYTES,
	    ("%s: ext_size %u is not MCLBYTES", __func__, m->m_ext.ext_size));
	m->m_ext.ext_size = 0;
	kern_dma_freed(m->m_ext.ext_buf, MCLBYTES, "m_free");
	if (__predict_false(uma_buffers_checked()))
		pack_junk(m);
	kern_poison(m->m_ext.ext_buf, MCLBYTES);
}

/*
 * --- limits: tunables, and sysctls that only raise them ---
 */

static void
limits_init(void)
{
	long half = physmem * PAGE_SIZE / 2;

	nmbclusters = (int)(half / MCLBYTES / 4);
	nmbjumbop = (int)(half / MJUMPAGESIZE / 4);
	nmbjumbo9 = (int)(half / MJUM9BYTES / 6);
	nmbjumbo16 = (int)(half / MJUM16BYTES / 6);
	nmbufs = MAX((int)(half / MSIZE / 5),
	    nmbclusters + nmbjumbop + nmbjumbo9 + nmbjumbo16);
	TUNABLE_INT_FETCH("kern.ipc.nmbclusters", &nmbclusters);
	TUNABLE_INT_FETCH("kern.ipc.nmbjumbop", &nmbjumbop);
	TUNABLE_INT_FETCH("kern.ipc.nmbjumbo9", &nmbjumbo9);
	TUNABLE_INT_FETCH("kern.ipc.nmbjumbo16", &nmbjumbo16);
	TUNABLE_INT_FETCH("kern.ipc.nmbufs", &nmbufs);
}

/* arg1: the limit; arg2: where it counts, see limit_zone(). */
enum limit { LIMIT_MBUF, LIMIT_CLUST, LIMIT_JUMBOP, LIMIT_9, LIMIT_16 };

static uma_zone_t
limit_zone(enum limit limit)
{
	switch (limit) {
	case LIMIT_CLUST:
		return (zone_clust);
	case LIMIT_JUMBOP:
		return (zone_jumbop);
	case LIMIT_9:
		return (zone_jumbo9);
	case LIMIT_16:
		return (zone_jumbo16);
	case LIMIT_MBUF:
		break;
	}
	return (zone_mbuf);
}

static int
sysctl_limit(SYSCTL_HANDLER_ARGS)
{
	int *limit = arg1, value = *limit, error;

	error = sysctl_handle_int(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL || value == *limit)
		return (error);
	if (value < *limit)
		return (EINVAL);
	*limit = value;
	(void)uma_zone_set_max(limit_zone((enum limit)arg2), value);
	if (arg2 == LIMIT_CLUST)
		EVENTHANDLER_INVOKE(nmbclusters_change);
	return (0);
}

#define LIMIT(name, limit, descr)                                      \
	SYSCTL_PROC(_kern_ipc, OID_AUTO, name,                         \
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, &name, (limit), \
	    sysctl_limit, "I", descr)

SYSCTL_NODE(_kern, OID_AUTO, ipc, CTLFLAG_RW, NULL, "IPC");
LIMIT(nmbufs, LIMIT_MBUF, "Maximum number of mbufs allowed");
LIMIT(nmbclusters, LIMIT_CLUST, "Maximum number of mbuf clusters allowed");
LIMIT(nmbjumbop, LIMIT_JUMBOP,
    "Maximum number of mbuf page size jumbo clusters allowed");
LIMIT(nmbjumbo9, LIMIT_9, "Maximum number of mbuf 9k jumbo clusters allowed");
LIMIT(nmbjumbo16, LIMIT_16,
    "Maximum number of mbuf 16k jumbo clusters allowed");

/*
 * --- life ---
 */

static uma_zone_t
cluster_zone(const char *name, size_t size, int limit, const char *warning)
{
	uma_zone_t zone;

	zone = uma_zcreate(name, size, NULL, NULL, NULL, NULL,
	    size < PAGE_SIZE ? (int)size - 1 : (int)UMA_ALIGN_PTR,
	    size > PAGE_SIZE ? UMA_ZONE_CONTIG : 0);
	uma_zone_set_buffers(zone);
	(void)uma_zone_set_max(zone, limit);
	uma_zone_set_warning(zone, warning);
	return (zone);
}

void
mbuf_boot(void)
{
	limits_init();
	zone_mbuf = uma_zcreate(MBUF_MEM_NAME, MSIZE, mbuf_ctor, mbuf_dtor,
	    NULL, NULL, MSIZE - 1, UMA_ZONE_MAXBUCKET);
	uma_zone_set_buffers(zone_mbuf);
	(void)uma_zone_set_max(zone_mbuf, nmbufs);
	uma_zone_set_warning(zone_mbuf, "kern.ipc.nmbufs limit reached");
	zone_clust = cluster_zone(MBUF_CLUSTER_MEM_NAME, MCLBYTES, nmbclusters,
	    "kern.ipc.nmbclusters limit reached");
	zone_pack = uma_zsecond_create(MBUF_PACKET_MEM_NAME, pack_ctor,
	    pack_dtor, pack_init, pack_fini, zone_mbuf);
	uma_zone_set_buffers(zone_pack);
	zone_jumbop = cluster_zone(MBUF_JUMBOP_MEM_NAME, MJUMPAGESIZE,
	    nmbjumbop, "kern.ipc.nmbjumbop limit reached");
	zone_jumbo9 = cluster_zone(MBUF_JUMBO9_MEM_NAME, MJUM9BYTES, nmbjumbo9,
	    "kern.ipc.nmbjumbo9 limit reached");
	zone_jumbo16 = cluster_zone(MBUF_JUMBO16_MEM_NAME, MJUM16BYTES,
	    nmbjumbo16, "kern.ipc.nmbjumbo16 limit reached");
}

/*
 * What is still in use is a leak, which the ledger reports by itself: then
 * the zones stay as long as uma(9) does.
 */
void
mbuf_halt(void)
{
	uma_zone_t *const all[] = { &zone_jumbo16, &zone_jumbo9, &zone_jumbop,
		&zone_pack, &zone_clust, &zone_mbuf };
	bool leaks = false;

	uma_zone_reclaim(zone_pack, UMA_RECLAIM_DRAIN);
	for (size_t i = 0; i < nitems(all); i++)
		leaks = leaks || uma_zone_get_cur(*all[i]) != 0;
	for (size_t i = 0; i < nitems(all); i++) {
		if (leaks)
			uma_zone_leave(*all[i]);
		else
			uma_zdestroy(*all[i]);
		*all[i] = NULL;
	}
}
