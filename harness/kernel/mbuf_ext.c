/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): external storage.
 *
 * The first mbuf that storage is attached to has the count of references in
 * itself (EXT_FLAG_EMBREF), and how the storage is freed; others point to its
 * count.  Freed before them, it stays, forgotten by all but these pointers,
 * until the last of them goes.  Storage of EXT_EXTREF has its count elsewhere,
 * and every mbuf knows how to free it.
 */
#include "kernel/mbuf_var.h"

void
m_cljset(struct mbuf *m, void *cl, int type)
{
	static const u_int sizes[] = {
		[EXT_CLUSTER] = MCLBYTES,
		[EXT_JUMBOP] = MJUMPAGESIZE,
		[EXT_JUMBO9] = MJUM9BYTES,
		[EXT_JUMBO16] = MJUM16BYTES,
	};

	if (type < 0 || (size_t)type >= nitems(sizes) || sizes[type] == 0)
		panic("%s: unknown cluster type %d", __func__, type);
	mb_cljset(m, cl, sizes[type], type);
}

void
m_extadd(struct mbuf *m, char *buf, u_int size, m_ext_free_t freef, void *arg1,
    void *arg2, int flags, int type)
{
	KASSERT(type != EXT_CLUSTER, ("%s: EXT_CLUSTER not allowed", __func__));
	KASSERT((m->m_flags & M_EXT) == 0,
	    ("%s: mbuf %p has M_EXT", __func__, m));
	mb_cljset(m, buf, size, type);
	m->m_flags |= flags;
	m->m_ext.ext_free = freef;
	m->m_ext.ext_arg1 = arg1;
	m->m_ext.ext_arg2 = arg2;
	if (type == EXT_EXTREF) /* the count is m_extaddref()'s */
		m->m_ext.ext_flags = 0;
}

void
m_extaddref(struct mbuf *m, char *buf, u_int size, u_int *ref_cnt,
    m_ext_free_t freef, void *arg1, void *arg2)
{
	KASSERT(ref_cnt != NULL, ("%s: ref_cnt not provided", __func__));
	atomic_add_int(ref_cnt, 1);
	mb_cljset(m, buf, size, EXT_EXTREF);
	m->m_ext.ext_cnt = ref_cnt;
	m->m_ext.ext_flags = 0;
	m->m_ext.ext_free = freef;
	m->m_ext.ext_arg1 = arg1;
	m->m_ext.ext_arg2 = arg2;
}

/* The mbuf that has the count. */
static struct mbuf *
ref_mbuf(struct mbuf *m)
{
	if ((m->m_ext.ext_flags & EXT_FLAG_EMBREF) != 0)
		return (m);
	KASSERT(m->m_ext.ext_cnt != NULL,
	    ("%s: no refcounting pointer on %p", __func__, m));
	return (__containerof(m->m_ext.ext_cnt, struct mbuf, m_ext.ext_count));
}

void
mb_dupcl(struct mbuf *m, struct mbuf *n)
{
	volatile u_int *count;

	KASSERT((n->m_flags & M_EXT) != 0,
	    ("%s: M_EXT not set on %p", __func__, n));
	KASSERT((m->m_flags & M_EXT) == 0,
	    ("%s: M_EXT set on %p", __func__, m));
	if ((n->m_ext.ext_flags & EXT_FLAG_EMBREF) != 0)
		count = &n->m_ext.ext_count;
	else
		count = n->m_ext.ext_cnt;
	KASSERT(*count > 0, ("%s: %p has no references", __func__, n));
	if (*count == 1)
		*count = 2;
	else
		atomic_add_int(count, 1);
	if (n->m_ext.ext_type == EXT_EXTREF)
		m->m_ext = n->m_ext;
	else
		memcpy(&m->m_ext, &n->m_ext, m_ext_copylen);
	m->m_ext.ext_cnt = count;
	m->m_ext.ext_flags &= ~EXT_FLAG_EMBREF;
	m->m_flags |= M_EXT;
	m->m_flags |= n->m_flags & M_RDONLY;
}

/* The last reference is gone. */
static void
storage_free(struct mbuf *m, struct mbuf *mref)
{
	switch (m->m_ext.ext_type) {
	case EXT_PACKET:
		uma_zfree(zone_pack, mref);
		return;
	case EXT_CLUSTER:
		uma_zfree(zone_clust, m->m_ext.ext_buf);
		break;
	case EXT_JUMBOP:
		uma_zfree(zone_jumbop, m->m_ext.ext_buf);
		break;
	case EXT_JUMBO9:
		uma_zfree(zone_jumbo9, m->m_ext.ext_buf);
		break;
	case EXT_JUMBO16:
		uma_zfree(zone_jumbo16, m->m_ext.ext_buf);
		break;
	case EXT_EXTREF: /* there is no mbuf beside m */
		KASSERT(m->m_ext.ext_free != NULL,
		    ("%s: ext_free not set", __func__));
		m->m_ext.ext_free(m);
		return;
	case EXT_RXRING: /* nor storage that is anybody's to free */
		return;
	default:
		KASSERT(mref->m_ext.ext_free != NULL,
		    ("%s: ext_free not set", __func__));
		mref->m_ext.ext_free(mref);
		break;
	}
	uma_zfree(zone_mbuf, mref);
}

void
mb_free_ext(struct mbuf *m)
{
	bool external = m->m_ext.ext_type == EXT_EXTREF;
	bool nofree = (m->m_flags & M_NOFREE) != 0;
	struct mbuf *mref = external ? NULL : ref_mbuf(m);
	volatile u_int *count =
	    mref != NULL ? &mref->m_ext.ext_count : m->m_ext.ext_cnt;

	KASSERT((m->m_flags & M_EXT) != 0,
	    ("%s: M_EXT not set on %p", __func__, m));
	/* The storage goes first: it may be where the mbuf is. */
	KASSERT(!nofree || external || m->m_ext.ext_type == EXT_RXRING,
	    ("%s: no-free mbuf %p has wrong type", __func__, m));
	KASSERT(*count > 0, ("%s: %p has no references", __func__, m));
	if (*count == 1 || atomic_fetchadd_int(count, -1) == 1)
		storage_free(m, mref);
	if (!nofree && m != mref)
		uma_zfree(zone_mbuf, m);
}
