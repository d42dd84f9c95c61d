/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mbuf(9): packet headers.
 */
#include "kernel/mbuf_var.h"

/* A reference to a send tag that the header holds. */
static void
snd_tag_hold(struct mbuf *m)
{
#if __FreeBSD_version >= 1400000
	if ((m->m_pkthdr.csum_flags & CSUM_SND_TAG) != 0)
		(void)m_snd_tag_ref(m->m_pkthdr.snd_tag);
#else
	(void)m;
#endif
}

static void
snd_tag_drop(struct mbuf *m)
{
#if __FreeBSD_version >= 1400000
	if ((m->m_pkthdr.csum_flags & CSUM_SND_TAG) != 0) {
		m_snd_tag_rele(m->m_pkthdr.snd_tag);
		m->m_pkthdr.csum_flags &= ~CSUM_SND_TAG;
	}
#else
	(void)m;
#endif
}

int
m_pkthdr_init(struct mbuf *m, int how)
{
	(void)how; /* nothing is allocated */
	m->m_data = m->m_pktdat;
	bzero(&m->m_pkthdr, sizeof(m->m_pkthdr));
#if __FreeBSD_version >= 1300000
	m->m_pkthdr.numa_domain = M_NODOM;
#endif
	return (0);
}

/* `to` becomes a packet; what its header is comes next. */
static void
pkthdr_begin(struct mbuf *to, const struct mbuf *from)
{
	if ((to->m_flags & M_PKTHDR) != 0) {
		snd_tag_drop(to);
		m_tag_delete_chain(to, NULL);
	}
	to->m_flags = (from->m_flags & M_COPYFLAGS) | (to->m_flags & M_EXT);
	if ((to->m_flags & M_EXT) == 0)
		to->m_data = to->m_pktdat;
	to->m_pkthdr = from->m_pkthdr;
}

void
m_move_pkthdr(struct mbuf *to, struct mbuf *from)
{
	M_ASSERTPKTHDR(from);
	pkthdr_begin(to, from);
	SLIST_INIT(&from->m_pkthdr.tags);
	from->m_flags &= ~M_PKTHDR;
	from->m_pkthdr.csum_flags &= ~CSUM_SND_TAG;
}

int
m_dup_pkthdr(struct mbuf *to, const struct mbuf *from, int how)
{
	M_ASSERTPKTHDR(from);
	MBUF_CHECKSLEEP(how);
	pkthdr_begin(to, from);
	snd_tag_hold(to);
	SLIST_INIT(&to->m_pkthdr.tags);
	return (m_tag_copy_chain(to, from, how));
}

static void
pkthdr_demote(struct mbuf *m)
{
	M_ASSERTPKTHDR(m);
	snd_tag_drop(m);
	m_tag_delete_chain(m, NULL);
	m->m_flags &= ~M_PKTHDR;
	bzero(&m->m_pkthdr, sizeof(m->m_pkthdr));
}

#if __FreeBSD_version >= 1400000
void
m_demote_pkthdr(struct mbuf *m)
{
	pkthdr_demote(m);
}
#endif

void
m_demote(struct mbuf *m, int all, int flags)
{
	flags |= M_DEMOTEFLAGS;
	for (m = all ? m : m->m_next; m != NULL; m = m->m_next) {
		KASSERT(m->m_nextpkt == NULL,
		    ("%s: m_nextpkt in m %p", __func__, m));
		if ((m->m_flags & M_PKTHDR) != 0)
			pkthdr_demote(m);
		m->m_flags &= flags;
	}
}
